//! The table of segments against a map, its scan against changes between steps, its random choice against
//! the uniform one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Items of a test: a time of eight bytes, then the key.
struct Timed;

impl Shape for Timed {
    fn key(item: &[u8]) -> &[u8] {
        &item[8..]
    }

    fn due(item: &[u8]) -> i64 {
        item.first_chunk().map_or(NEVER, |bytes| i64::from_le_bytes(*bytes))
    }
}

const SEED: fn() -> Seed = || Seed::new([3; 16]);

fn set(table: &mut Segments<Timed>, key: &[u8], due: i64) {
    let h = SEED().hash(key);
    let parts: [&[u8]; 2] = [&due.to_le_bytes(), key];
    match table.locate(h, key) {
        Some(place) => table.replace(place, &parts, due),
        None => table.push(h, &parts, due, SEED()),
    }
}

fn unset(table: &mut Segments<Timed>, key: &[u8]) -> bool {
    let place = table.locate(SEED().hash(key), key);
    place.map(|place| table.remove(place, SEED())).is_some()
}

fn check(table: &Segments<Timed>, model: &BTreeMap<Vec<u8>, i64>) {
    assert_eq!(table.len(), model.len());
    let found: BTreeMap<Vec<u8>, i64> =
        table.items().map(|item| (Timed::key(item).to_vec(), Timed::due(item))).collect();
    assert_eq!(&found, model);
    assert_eq!(table.due(), model.values().copied().min().unwrap_or(NEVER));
    assert_eq!(table.expiring(), model.values().filter(|due| **due != NEVER).count());
    let segments = (0..table.segments).map(|index| segment::mem_bytes(table.segment(index).len()));
    assert_eq!(table.bytes, segments.sum::<usize>());
    for slot in &table.pages {
        assert_eq!(slot.due, earliest::<Timed>(&slot.page));
    }
}

proptest! {
    #[test]
    fn behaves_as_a_map(ops in vec((0u8..4, 0u16..600, 0i64..50), 1..400), wide in any::<bool>()) {
        let (mut table, mut model) = (Segments::<Timed>::default(), BTreeMap::new());
        let mut copy = None;
        for (i, (what, key, due)) in ops.into_iter().enumerate() {
            let key = format!("{key}{}", if wide { "x".repeat(700) } else { String::new() }).into_bytes();
            match what {
                0 => prop_assert_eq!(unset(&mut table, &key), model.remove(&key).is_some()),
                _ => {
                    let due = if due % 3 == 0 { due } else { NEVER };
                    set(&mut table, &key, due);
                    model.insert(key, due);
                }
            }
            if i == 100 {
                copy = Some((table.clone(), model.clone()));
            }
        }
        check(&table, &model);
        if let Some((table, model)) = &copy {
            check(table, model);
        }
        let overdue: BTreeSet<_> = table.overdue(20, usize::MAX).into_iter().map(Vec::from).collect();
        let expected: BTreeSet<_> = model.iter().filter(|(_, due)| **due < 20).map(|(k, _)| k.clone()).collect();
        prop_assert_eq!(overdue, expected);
        for key in model.keys() {
            prop_assert!(unset(&mut table, key));
        }
        check(&table, &BTreeMap::new());
    }

    #[test]
    fn a_scan_misses_nothing_that_stays(grow in any::<bool>(), every in 1usize..5) {
        let mut table = Segments::<Timed>::default();
        let stays: Vec<String> = (0..300).map(|i| format!("stays{i}")).collect();
        let others: Vec<String> = (0..3000).map(|i| format!("other{i}")).collect();
        stays.iter().for_each(|key| set(&mut table, key.as_bytes(), NEVER));
        if !grow {
            others.iter().for_each(|key| set(&mut table, key.as_bytes(), NEVER));
        }
        let (mut seen, mut cursor, mut next) = (BTreeSet::new(), 0, others.iter());
        loop {
            cursor = table.scan(cursor, &mut |item| {
                seen.insert(Timed::key(item).to_vec());
            });
            if cursor == 0 {
                break;
            }
            for key in next.by_ref().take(30 * every) {
                if grow { set(&mut table, key.as_bytes(), NEVER) } else { assert!(unset(&mut table, key.as_bytes())) }
            }
        }
        prop_assert!(stays.iter().all(|key| seen.contains(key.as_bytes())));
    }
}

#[test]
fn every_item_is_chosen_as_often() {
    let mut table = Segments::<Timed>::default();
    (0..200).for_each(|i| set(&mut table, format!("{i}").as_bytes(), NEVER));
    let mut state = 42u64;
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 31)
    };
    let mut counts = BTreeMap::new();
    for _ in 0..200_000 {
        let item = table.random(&mut random).expect("there are items");
        *counts.entry(item.to_vec()).or_insert(0u32) += 1;
    }
    assert_eq!(counts.len(), 200);
    assert!(counts.values().all(|count| (800..1200).contains(count)), "{counts:?}");
}
