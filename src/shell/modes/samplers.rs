//! `--bigkeys` and `--memkeys`: the biggest key of each type, found by asking for the size of every key.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;

use super::scan::{CALLS_PER_PAUSE, Walk, database_size};
use super::{Context, Step};
use crate::resp::quote::repr;
use crate::resp::value::Value;
use crate::ui::Exit;

/// What a key's size is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Elements, by the type's own command.
    Elements,
    /// Bytes, by MEMORY USAGE.
    Memory,
}

/// A type: its name, the command that counts its elements, what those are called.
struct Type {
    name: String,
    size_command: Option<&'static str>,
    unit: &'static str,
}

/// The known types in the order of redis-cli's summary.
const TYPES: &[(&str, &str, &str)] = &[
    ("list", "LLEN", "items"),
    ("hash", "HLEN", "fields"),
    ("string", "STRLEN", "bytes"),
    ("stream", "XLEN", "entries"),
    ("set", "SCARD", "members"),
    ("zset", "ZCARD", "members"),
];

/// What is known of a type's keys.
struct Tally {
    kind: Type,
    count: u64,
    total: u64,
    biggest: u64,
    biggest_key: Option<Vec<u8>>,
}

/// All types met, the known ones first.
struct Tallies {
    rows: Vec<Tally>,
    by_name: HashMap<String, usize>,
}

impl Tallies {
    fn new() -> Self {
        let mut all = Self { rows: Vec::new(), by_name: HashMap::new() };
        for &(name, command, unit) in TYPES {
            all.add(Type { name: name.to_owned(), size_command: Some(command), unit });
        }
        all
    }

    fn add(&mut self, kind: Type) -> usize {
        self.by_name.insert(kind.name.clone(), self.rows.len());
        self.rows.push(Tally { kind, count: 0, total: 0, biggest: 0, biggest_key: None });
        self.rows.len() - 1
    }

    /// The place of a type, new ones (modules') included; none for a key that is gone.
    fn place(&mut self, name: &str) -> Option<usize> {
        match self.by_name.get(name) {
            Some(&at) => Some(at),
            None if name == "none" => None,
            None => Some(self.add(Type { name: name.to_owned(), size_command: None, unit: "?" })),
        }
    }
}

const INTRODUCTION: &str = "
# Scanning the entire keyspace to find biggest keys as well as
# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec
# per 100 SCAN commands (not usually needed).

";

/// Keys between two lines of progress.
const KEYS_PER_LINE: u64 = 1_000_000;

/// Looks at every key, or at those until Ctrl-C.
pub async fn run(context: &mut Context<'_>, measure: Measure) -> Step<Exit> {
    context.interrupt.listen()?;
    let mut survey = Survey {
        measure,
        samples: context.modes().memkeys_samples.unwrap_or(0),
        tallies: Tallies::new(),
        sampled: 0,
        name_bytes: 0,
        expected: database_size(context).await?,
    };
    if !context.wants_json() {
        context.print(INTRODUCTION)?;
    }
    let mut walk = Walk::new(context, 0)?;
    let mut calls = 0u64;
    let mut percent = 0.0;
    while let Some(keys) = walk.next(context).await? {
        percent = survey.percent();
        survey.look_at(context, &keys, percent).await?;
        calls += 1;
        if context.interrupt.is_asked() {
            break;
        }
        pause(context, calls).await;
    }
    let stopped_at = context.interrupt.is_asked().then_some(percent);
    survey.summary(context, stopped_at)?;
    Ok(Exit::DONE)
}

/// The pause of `-i`, each hundred calls.
pub async fn pause(context: &mut Context<'_>, calls: u64) {
    if calls.is_multiple_of(CALLS_PER_PAUSE) {
        let time = context.interval_or(Duration::ZERO);
        context.interrupt.sleep(time).await;
    }
}

/// The types of keys, by TYPE in one pipeline; an error ends the mode.
pub async fn types_of(context: &mut Context<'_>, keys: &[Vec<u8>]) -> Step<Vec<String>> {
    let commands: Vec<Vec<&[u8]>> = keys.iter().map(|key| vec![b"TYPE" as &[u8], key]).collect();
    let replies = context.pipeline(&commands).await?;
    let mut types = Vec::with_capacity(keys.len());
    for reply in replies {
        if let Some(error) = reply.error() {
            return Err(context.refused(&error, &format!("TYPE returned an error: {error}")));
        }
        types.push(reply.as_str().unwrap_or("none").to_owned());
    }
    Ok(types)
}

struct Survey {
    measure: Measure,
    samples: u64,
    tallies: Tallies,
    sampled: u64,
    name_bytes: u64,
    expected: u64,
}

impl Survey {
    fn percent(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { 100.0 * self.sampled as f64 / self.expected as f64 }
    }

    fn unit(&self, kind: &Type) -> &'static str {
        if self.measure == Measure::Memory { "bytes" } else { kind.unit }
    }

    async fn look_at(&mut self, context: &mut Context<'_>, keys: &[Vec<u8>], percent: f64) -> Step<()> {
        let types = types_of(context, keys).await?;
        let places: Vec<Option<usize>> = types.iter().map(|name| self.tallies.place(name)).collect();
        let sizes = self.sizes(context, keys, &places).await?;
        for ((key, place), size) in keys.iter().zip(places).zip(sizes) {
            let Some(place) = place else { continue };
            self.count(context, key, place, size, percent)?;
        }
        Ok(())
    }

    /// The command that measures a key, if its type has one.
    fn size_command<'k>(&self, key: &'k [u8], place: Option<usize>) -> Option<Vec<&'k [u8]>> {
        let kind = &self.tallies.rows[place?].kind;
        match self.measure {
            Measure::Memory => Some(vec![b"MEMORY", b"USAGE", key]),
            Measure::Elements => Some(vec![kind.size_command?.as_bytes(), key]),
        }
    }

    async fn sizes(
        &self,
        context: &mut Context<'_>,
        keys: &[Vec<u8>],
        places: &[Option<usize>],
    ) -> Step<Vec<u64>> {
        let samples = self.samples.to_string();
        let commands: Vec<Option<Vec<&[u8]>>> = keys
            .iter()
            .zip(places)
            .map(|(key, place)| {
                let mut words = self.size_command(key, *place)?;
                if self.measure == Measure::Memory && self.samples != 0 {
                    words.extend([b"SAMPLES", samples.as_bytes()]);
                }
                Some(words)
            })
            .collect();
        let sent: Vec<Vec<&[u8]>> = commands.iter().flatten().cloned().collect();
        let mut replies = context.pipeline(&sent).await?.into_iter();
        let mut sizes = Vec::with_capacity(keys.len());
        for (key, command) in keys.iter().zip(&commands) {
            let reply = command.as_ref().and_then(|_| replies.next());
            sizes.push(match reply.as_ref().map(Value::as_int) {
                None => 0,
                Some(Some(size)) => size.unsigned_abs(),
                Some(None) => {
                    self.warn(context, key, command);
                    0
                }
            });
        }
        Ok(sizes)
    }

    fn warn(&self, context: &mut Context<'_>, key: &[u8], command: &Option<Vec<&[u8]>>) {
        let name = match (self.measure, command) {
            (Measure::Memory, _) | (_, None) => "MEMORY USAGE".to_owned(),
            (Measure::Elements, Some(words)) => String::from_utf8_lossy(words[0]).into_owned(),
        };
        let key = String::from_utf8_lossy(key);
        let line = format!("Warning:  {name} on '{key}' failed (may have changed type)");
        context.engine.console.notes.note(&line);
    }

    fn count(
        &mut self,
        context: &mut Context<'_>,
        key: &[u8],
        place: usize,
        size: u64,
        percent: f64,
    ) -> Step<()> {
        let unit = self.unit(&self.tallies.rows[place].kind);
        let tally = &mut self.tallies.rows[place];
        tally.total += size;
        tally.count += 1;
        self.name_bytes += key.len() as u64;
        self.sampled += 1;
        let is_biggest = tally.biggest < size;
        if is_biggest {
            tally.biggest = size;
            tally.biggest_key = Some(key.to_vec());
        }
        if context.wants_json() {
            return Ok(());
        }
        if is_biggest {
            let (name, key) = (&tally.kind.name, quoted(key));
            context.print(&format!(
                "[{percent:05.2}%] Biggest {name:<6} found so far '{key}' with {size} {unit}\n"
            ))?;
        }
        if self.sampled.is_multiple_of(KEYS_PER_LINE) {
            context.print(&format!("[{percent:05.2}%] Sampled {} keys so far\n", self.sampled))?;
        }
        Ok(())
    }

    fn summary(&self, context: &mut Context<'_>, stopped_at: Option<f64>) -> Step<()> {
        if context.wants_json() {
            return context.json(&self.json(stopped_at.is_none()));
        }
        let stopped = stopped_at.map(|percent| format!("[{percent:05.2}%] ")).unwrap_or_default();
        let average = ratio(self.name_bytes, self.sampled);
        let mut text = format!(
            "\n-------- summary -------\n\n{stopped}Sampled {} keys in the keyspace!\n\
             Total key length in bytes is {} (avg len {average:.2})\n\n",
            self.sampled, self.name_bytes
        );
        for tally in &self.tallies.rows {
            let Some(key) = &tally.biggest_key else { continue };
            let (name, unit) = (&tally.kind.name, self.unit(&tally.kind));
            text.push_str(&format!(
                "Biggest {name:>6} found '{}' has {} {unit}\n",
                quoted(key),
                tally.biggest
            ));
        }
        text.push('\n');
        for tally in &self.tallies.rows {
            let (count, name, total, unit) =
                (tally.count, &tally.kind.name, tally.total, self.unit(&tally.kind));
            let share = 100.0 * ratio(count, self.sampled);
            let average = ratio(total, count);
            text.push_str(&format!(
                "{count} {name}s with {total} {unit} ({share:05.2}% of keys, avg size {average:.2})\n"
            ));
        }
        context.print(&text)
    }

    fn json(&self, complete: bool) -> serde_json::Value {
        let types: serde_json::Map<_, _> = self
            .tallies
            .rows
            .iter()
            .map(|tally| {
                let key = tally.biggest_key.as_ref().map(|key| super::json_key(key));
                let row = json!({
                    "keys": tally.count, "total": tally.total, "unit": self.unit(&tally.kind),
                    "biggest": { "key": key, "size": tally.biggest },
                });
                (tally.kind.name.clone(), row)
            })
            .collect();
        json!({ "keys": self.sampled, "name_bytes": self.name_bytes, "complete": complete, "types": types })
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A key as the prompt would quote it.
pub fn quoted(key: &[u8]) -> String {
    let mut text = Vec::new();
    repr(&mut text, key);
    String::from_utf8_lossy(&text).into_owned()
}
