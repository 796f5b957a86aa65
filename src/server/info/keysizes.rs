//! INFO keysizes: how many keys of each type have how many elements (strings: bytes), by powers of two. Redis 8
//! keeps these numbers with every write; here the keys are counted when somebody asks, and only then: ten million
//! keys take about a second of one worker. So the section is shown when it is asked for by name.
//!
//! A shard is let go of after a bounded number of keys; what is written meanwhile may be counted or not.

use std::fmt::{self, Write as _};

use crate::limits::{KEYS_COUNTED_AT_ONCE, SHARDS};
use crate::server::info::{Facts, Lines};
use crate::store::types::list::ListRef;
use crate::store::types::zset::ZsetRef;
use crate::store::types::{HashRef, SetRef};
use crate::store::{Db, EntryRef, Kind, ValueRef};

/// The types that are counted, with their names in the order of the lines.
const TYPES: [(Kind, &str); 5] = [
    (Kind::String, "strings_sizes"),
    (Kind::List, "lists_items"),
    (Kind::Set, "sets_items"),
    (Kind::Zset, "zsets_items"),
    (Kind::Hash, "hashes_items"),
];

/// Sizes of 0, of 1, of 2 and 3, of 4 to 7, and so on.
const STEPS: usize = 1 + usize::BITS as usize;

/// The numbers of one database, by the place of the type in [`TYPES`].
struct Sizes([[u64; STEPS]; TYPES.len()]);

impl Sizes {
    fn count(&mut self, entry: &EntryRef<'_>) {
        let kind = entry.kind();
        if let Some(at) = TYPES.iter().position(|(known, _)| *known == kind) {
            self.0[at][step(size(kind, entry.value()))] += 1;
        }
    }
}

fn size(kind: Kind, value: ValueRef<'_>) -> usize {
    match kind {
        Kind::String => value.str_len(),
        Kind::List => ListRef::of(value).map_or(0, ListRef::len),
        Kind::Set => SetRef::of(value).len(),
        Kind::Zset => ZsetRef::new(value).map_or(0, ZsetRef::len),
        Kind::Hash => HashRef::of(value).len(),
        Kind::Stream => 0,
    }
}

/// The place of a size: 0 for 0, else one more than the power of two it reaches.
fn step(size: usize) -> usize {
    size.checked_ilog2().map_or(0, |power| power as usize + 1)
}

/// The least size of a step, as Redis writes it: 512, 1K, 2M.
fn label(step: usize) -> String {
    let Some(power) = step.checked_sub(1) else { return "0".into() };
    let unit = ["", "K", "M", "G", "T", "P", "E"][power / 10];
    format!("{}{unit}", 1u64 << (power % 10))
}

/// The section.
pub(super) fn keysizes(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    for db in 0..facts.server.keyspace.dbs() {
        let sizes = count(facts, db);
        for ((_, name), steps) in TYPES.iter().zip(&sizes.0) {
            let mut parts = String::new();
            for (step, keys) in steps.iter().enumerate().filter(|(_, keys)| **keys > 0) {
                let comma = if parts.is_empty() { "" } else { "," };
                write!(parts, "{comma}{}={keys}", label(step))?;
            }
            if !parts.is_empty() {
                lines.add(&format!("db{db}_distrib_{name}"), parts)?;
            }
        }
    }
    Ok(())
}

fn count(facts: &mut Facts<'_>, db: usize) -> Sizes {
    let mut sizes = Sizes([[0; STEPS]; TYPES.len()]);
    for index in 0..SHARDS {
        let mut cursor = 0;
        loop {
            cursor = facts.held.visit(index, |shard| count_some(shard.db(db), cursor, &mut sizes));
            if cursor == 0 {
                break;
            }
        }
    }
    sizes
}

/// Counts a bounded number of keys from a cursor on; where to go on, 0 at the end.
fn count_some(db: &Db, mut cursor: u64, sizes: &mut Sizes) -> u64 {
    let mut left = KEYS_COUNTED_AT_ONCE;
    if db.is_empty() {
        return 0;
    }
    loop {
        cursor = db.scan(cursor, &mut |entry| {
            sizes.count(&entry);
            left = left.saturating_sub(1);
        });
        if cursor == 0 || left == 0 {
            return cursor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_sorted_by_powers_of_two() {
        let cases =
            [(0, "0"), (1, "1"), (2, "2"), (3, "2"), (4, "4"), (1023, "512"), (1024, "1K"), (5000, "4K")];
        for (size, name) in cases {
            assert_eq!(label(step(size)), name, "{size}");
        }
        assert_eq!(label(step(3_000_000)), "2M");
        assert_eq!(label(step(usize::MAX)), "8E");
    }
}
