//! `--keystats`: memory and elements of every key in one walk: the biggest by each, how sizes are distributed,
//! how long names are. It can be stopped and go on: `--cursor` takes the number it ended with.

use serde_json::json;

use super::samplers::{pause, quoted, types_of};
use super::scan::{Walk, database_size};
use super::stat::human;
use super::{Context, Step};
use crate::resp::value::Value;
use crate::ui::Exit;
use crate::ui::progress::{Progress, Unit};

/// Percentiles that are shown.
const PERCENTILES: &[f64] = &[50.0, 90.0, 99.0, 99.9, 100.0];

/// Sizes are kept in classes, this many for each doubling: an error of at most 1/32.
const CLASSES_PER_DOUBLING: u32 = 32;

/// Looks at every key, or at those until Ctrl-C.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    context.interrupt.listen()?;
    let expected = database_size(context).await?;
    let progress = Progress::start(&context.engine.console.notes, "keys", Unit::Items);
    let start = context.modes().cursor;
    let mut walk = Walk::new(context, start)?;
    let mut stats = Stats::new(context.modes().top);
    let mut calls = 0u64;
    while let Some(keys) = walk.next(context).await? {
        look_at(context, &mut stats, &keys).await?;
        progress.set(stats.keys.min(expected), expected);
        calls += 1;
        if context.interrupt.is_asked() {
            break;
        }
        pause(context, calls).await;
    }
    drop(progress);
    match context.wants_json() {
        true => context.json(&stats.json(walk.cursor))?,
        false => context.print(&stats.text(walk.cursor))?,
    }
    Ok(Exit::DONE)
}

async fn look_at(context: &mut Context<'_>, stats: &mut Stats, keys: &[Vec<u8>]) -> Step<()> {
    let types = types_of(context, keys).await?;
    let samples = context.modes().keystats_samples.map(|samples| samples.to_string());
    let mut commands: Vec<Vec<&[u8]>> = Vec::new();
    for (key, name) in keys.iter().zip(&types) {
        let mut memory: Vec<&[u8]> = vec![b"MEMORY", b"USAGE", key];
        if let Some(samples) = &samples {
            memory.extend([b"SAMPLES", samples.as_bytes()]);
        }
        commands.push(memory);
        commands.push(vec![length_command(name), key]);
    }
    let replies = context.pipeline(&commands).await?;
    for ((key, name), pair) in keys.iter().zip(&types).zip(replies.chunks(2)) {
        if let [Value::Int(memory), length] = pair {
            let elements = if name == "string" { 1 } else { length.as_int().unwrap_or(0).unsigned_abs() };
            stats.add(key, name, memory.unsigned_abs(), elements);
        }
    }
    Ok(())
}

fn length_command(name: &str) -> &'static [u8] {
    match name {
        "list" => b"LLEN",
        "hash" => b"HLEN",
        "stream" => b"XLEN",
        "set" => b"SCARD",
        "zset" => b"ZCARD",
        _ => b"EXISTS",
    }
}

/// A key and what it holds.
#[derive(Clone)]
struct Entry {
    key: Vec<u8>,
    kind: String,
    memory: u64,
    elements: u64,
}

struct Stats {
    keys: u64,
    memory: u64,
    top: usize,
    by_memory: Vec<Entry>,
    by_elements: Vec<Entry>,
    /// Keys and bytes of each type.
    types: Vec<(String, u64, u64)>,
    sizes: Classes,
    names: Classes,
}

impl Stats {
    fn new(top: usize) -> Self {
        Self {
            keys: 0,
            memory: 0,
            top,
            by_memory: Vec::new(),
            by_elements: Vec::new(),
            types: Vec::new(),
            sizes: Classes::default(),
            names: Classes::default(),
        }
    }

    fn add(&mut self, key: &[u8], kind: &str, memory: u64, elements: u64) {
        self.keys += 1;
        self.memory += memory;
        self.sizes.add(memory);
        self.names.add(key.len() as u64);
        match self.types.iter_mut().find(|row| row.0 == kind) {
            Some(row) => (row.1, row.2) = (row.1 + 1, row.2 + memory),
            None => self.types.push((kind.to_owned(), 1, memory)),
        }
        let entry = Entry { key: key.to_vec(), kind: kind.to_owned(), memory, elements };
        keep(&mut self.by_memory, &entry, self.top, |entry| entry.memory);
        keep(&mut self.by_elements, &entry, self.top, |entry| entry.elements);
    }

    fn text(&self, cursor: u64) -> String {
        let average = human((self.memory / self.keys.max(1)) as i64);
        let mut text = format!(
            "\nSampled {} keys, {} in all, {average} on average\n",
            self.keys,
            human(self.memory as i64)
        );
        if cursor != 0 {
            text.push_str(&format!("Stopped; go on with --cursor {cursor}\n"));
        }
        text.push_str("\nBiggest by memory\n");
        self.by_memory.iter().for_each(|entry| text.push_str(&entry.line()));
        text.push_str("\nBiggest by elements\n");
        self.by_elements.iter().for_each(|entry| text.push_str(&entry.line()));
        text.push_str("\nType       Keys         Memory\n");
        for (kind, keys, memory) in &self.types {
            text.push_str(&format!("{kind:<10} {keys:<12} {}\n", human(*memory as i64)));
        }
        text.push_str("\nShare of keys   Memory up to   Name up to\n");
        for percentile in PERCENTILES {
            let (size, name) = (self.sizes.at(*percentile), self.names.at(*percentile));
            text.push_str(&format!("{:<15} {:<14} {name}B\n", format!("{percentile}%"), human(size as i64)));
        }
        text
    }

    fn json(&self, cursor: u64) -> serde_json::Value {
        let rows = |entries: &[Entry]| entries.iter().map(Entry::json).collect::<Vec<_>>();
        let types: Vec<_> = self
            .types
            .iter()
            .map(|(kind, keys, memory)| json!({ "type": kind, "keys": keys, "memory": memory }))
            .collect();
        let percentiles: Vec<_> = PERCENTILES
            .iter()
            .map(|p| json!({ "percent": p, "memory": self.sizes.at(*p), "name_bytes": self.names.at(*p) }))
            .collect();
        json!({
            "keys": self.keys, "memory": self.memory, "cursor": cursor, "complete": cursor == 0,
            "by_memory": rows(&self.by_memory), "by_elements": rows(&self.by_elements),
            "types": types, "percentiles": percentiles,
        })
    }
}

/// Keeps the `top` entries with the highest value, the highest first.
fn keep(list: &mut Vec<Entry>, entry: &Entry, top: usize, value: fn(&Entry) -> u64) {
    let place = list.partition_point(|other| value(other) >= value(entry));
    if place < top {
        list.insert(place, entry.clone());
        list.truncate(top);
    }
}

impl Entry {
    fn line(&self) -> String {
        let memory = human(self.memory as i64);
        format!("  {memory:>10}  {:>10} elements  {:<7} {}\n", self.elements, self.kind, quoted(&self.key))
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "key": super::json_key(&self.key), "type": self.kind, "memory": self.memory,
            "elements": self.elements,
        })
    }
}

/// Counts by size class: bounded memory, whatever the keys.
#[derive(Default)]
struct Classes {
    counts: Vec<u64>,
    max: u64,
}

impl Classes {
    fn add(&mut self, size: u64) {
        let class = class(size);
        if self.counts.len() <= class {
            self.counts.resize(class + 1, 0);
        }
        self.counts[class] += 1;
        self.max = self.max.max(size);
    }

    /// The size that this share of what was counted does not exceed.
    fn at(&self, percentile: f64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let wanted = (percentile / 100.0 * total as f64).ceil() as u64;
        let mut seen = 0;
        for (class, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && wanted > 0 {
                return upper(class).min(self.max);
            }
        }
        self.max
    }
}

/// Small sizes have classes of their own; above, each doubling has as many.
fn class(size: u64) -> usize {
    let steps = u64::from(CLASSES_PER_DOUBLING);
    if size < steps {
        return size as usize;
    }
    let doubling = size.ilog2() - steps.ilog2();
    (u64::from(doubling) * steps + (size >> doubling)) as usize
}

/// The largest size of a class.
fn upper(class: usize) -> u64 {
    let steps = u64::from(CLASSES_PER_DOUBLING);
    let class = class as u64;
    if class < 2 * steps {
        return class;
    }
    let doubling = class / steps - 1;
    ((class % steps + steps + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_they_say() {
        for size in (0..5000).chain([1 << 20, (1 << 20) + 17, u64::from(u32::MAX), 1 << 40]) {
            let upper = upper(class(size));
            assert!(upper >= size && upper <= size + size / 32, "{size} is in a class up to {upper}");
        }
        let mut classes = Classes::default();
        (1..=1000).for_each(|size| classes.add(size));
        assert_eq!(classes.at(100.0), 1000);
        assert!((500..=516).contains(&classes.at(50.0)), "{}", classes.at(50.0));
        assert_eq!(Classes::default().at(50.0), 0);
    }

    #[test]
    fn the_biggest_come_first() {
        let mut stats = Stats::new(2);
        for (name, memory, elements) in [("a", 10, 5), ("b", 30, 1), ("c", 20, 9)] {
            stats.add(name.as_bytes(), "list", memory, elements);
        }
        let names = |list: &[Entry]| {
            list.iter().map(|entry| String::from_utf8_lossy(&entry.key).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&stats.by_memory), ["b", "c"]);
        assert_eq!(names(&stats.by_elements), ["c", "a"]);
        assert!(stats.text(7).contains("--cursor 7"));
    }
}
