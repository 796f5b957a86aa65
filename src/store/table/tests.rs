//! The table alone, with handles to leaked keys: structure after growth and shrinking, and scanning.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::store::hash::Seed;

/// A handle to a key of this test, which is never freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Leaked(&'static [u8; 8]);

// SAFETY: a reference's address is below 2^48 and comes back as it was; the key lives for ever.
unsafe impl Handle for Leaked {
    unsafe fn word(self) -> u64 {
        self.0.as_ptr().expose_provenance() as u64
    }

    fn from_word(word: u64) -> Leaked {
        // SAFETY: the word is of a leaked key.
        Leaked(unsafe { &*std::ptr::with_exposed_provenance(word as usize) })
    }

    unsafe fn key<'a>(self) -> &'a [u8] {
        self.0
    }

    fn prefetch(_word: u64) {}
}

fn leak(number: u64) -> Leaked {
    Leaked(Box::leak(Box::new(number.to_le_bytes())))
}

/// A table and what should be in it.
struct Pair {
    table: Table<Leaked>,
    model: HashMap<u64, Leaked>,
    seed: Seed,
    /// Bits of the hash that count: few make long chains.
    mask: u64,
}

impl Pair {
    fn new(mask: u64) -> Pair {
        Pair { table: Table::new(), model: HashMap::new(), seed: Seed::new([3; 16]), mask }
    }

    fn hash(&self, number: u64) -> u64 {
        self.seed.hash(&number.to_le_bytes()) & self.mask
    }

    fn insert(&mut self, number: u64) {
        if self.model.contains_key(&number) {
            return;
        }
        let handle = leak(number);
        let (seed, mask) = (self.seed, self.mask);
        // SAFETY: the key is never freed.
        unsafe { self.table.insert(self.hash(number), handle, |key| seed.hash(key) & mask) };
        self.model.insert(number, handle);
    }

    fn remove(&mut self, number: u64) {
        let h = self.hash(number);
        if let Some(handle) = self.model.remove(&number) {
            assert!(self.table.remove(h, handle));
        }
        assert_eq!(self.table.find(h, &number.to_le_bytes()), None);
    }

    fn check(&self) {
        assert_eq!(self.table.len(), self.model.len());
        for (&number, &handle) in &self.model {
            assert_eq!(self.table.find(self.hash(number), &number.to_le_bytes()), Some(handle));
        }
        let mut seen = HashSet::new();
        self.table.each(&mut |handle| assert!(seen.insert(u64::from_le_bytes(*handle.0))));
        assert_eq!(seen.len(), self.model.len());
    }
}

#[test]
fn grows_and_shrinks_to_nothing() {
    let mut pair = Pair::new(u64::MAX);
    for number in 0..20_000 {
        pair.insert(number);
    }
    pair.check();
    let full = pair.table.bytes();
    assert!(full < 12 * 20_000, "{full} bytes for 20000 handles");
    for number in 0..20_000 {
        pair.remove(number);
        if number % 3_000 == 0 {
            pair.check();
        }
    }
    assert_eq!((pair.table.buckets, pair.table.children, pair.table.segments.len()), (0, 0, 0));
}

#[test]
fn bytes_per_handle_stay_low_in_every_phase_of_growth() {
    let mut pair = Pair::new(u64::MAX);
    for number in 0..200_000u64 {
        pair.insert(number);
        if number > 40_000 && number % 5_000 == 0 {
            let each = pair.table.bytes() as f64 / pair.table.len() as f64;
            assert!(each <= 11.4, "{each} bytes a handle at {number}");
        }
    }
}

#[test]
fn a_reserved_table_does_not_grow() {
    let mut pair = Pair::new(u64::MAX);
    pair.table.reserve(10_000, |_| 0);
    let buckets = pair.table.buckets;
    (0..10_000).for_each(|number| pair.insert(number));
    assert_eq!(pair.table.buckets, buckets);
    pair.check();
}

#[test]
fn random_choice_is_fair() {
    let mut pair = Pair::new(u64::MAX);
    (0..1_000).for_each(|number| pair.insert(number));
    let mut counts = HashMap::<u64, u32>::new();
    for draw in 0..200_000u64 {
        let handle = pair.table.random(draw.wrapping_mul(0x1234_5678_9abc_def1)).unwrap();
        *counts.entry(u64::from_le_bytes(*handle.0)).or_default() += 1;
    }
    assert_eq!(counts.len(), 1_000, "some handle never came");
    let (low, high) = (counts.values().min().unwrap(), counts.values().max().unwrap());
    assert!(*low > 110 && *high < 300, "{low} to {high} times, 200 are expected");
}

#[test]
fn one_handle_in_a_large_empty_table_is_found() {
    let mut pair = Pair::new(u64::MAX);
    pair.table.reserve(1_000_000, |_| 0);
    assert_eq!(pair.table.random(9), None);
    pair.insert(7);
    assert_eq!(pair.table.random(9), pair.model.get(&7).copied());
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u64),
    Remove(u64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![(0..2_000u64).prop_map(Op::Insert), (0..2_000u64).prop_map(Op::Remove)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random insertions and removals, also with hashes that collide heavily.
    #[test]
    fn behaves_like_a_map(
        mask in prop_oneof![Just(u64::MAX), Just(0xff00_0000_0000_000f), Just(7), Just(0)],
        start in 0..400u64,
        ops in prop::collection::vec(op(), 1..600),
    ) {
        let mut pair = Pair::new(mask);
        (0..start).for_each(|number| pair.insert(number * 5));
        for op in ops {
            match op {
                Op::Insert(number) => pair.insert(number),
                Op::Remove(number) => pair.remove(number),
            }
        }
        pair.check();
    }

    /// What is there during a whole round of SCAN is seen, whatever comes and goes meanwhile.
    #[test]
    fn scan_misses_nothing_that_stays(
        stay in 0..300u64,
        first in 0..3_000u64,
        steps in prop::collection::vec((any::<bool>(), 1..200u64), 1..60),
    ) {
        let mut pair = Pair::new(u64::MAX);
        (0..stay).for_each(|number| pair.insert(number));
        let mut others: Vec<u64> = (10_000..10_000 + first).collect();
        others.iter().for_each(|&number| pair.insert(number));
        let mut fresh = 1_000_000;
        let mut seen = HashSet::new();
        let mut cursor = 0;
        let mut steps = steps.into_iter().cycle();
        for round in 0..100_000 {
            cursor = pair.table.scan(cursor, &mut |handle| { seen.insert(u64::from_le_bytes(*handle.0)); });
            if cursor == 0 {
                break;
            }
            assert!(round < 90_000, "the scan does not end");
            let Some((grow, count)) = steps.next() else { break };
            for _ in 0..count {
                if grow && pair.model.len() < 5_000 {
                    pair.insert(fresh);
                    others.push(fresh);
                    fresh += 1;
                } else if let Some(number) = others.pop() {
                    pair.remove(number);
                }
            }
        }
        for number in 0..stay {
            prop_assert!(seen.contains(&number), "{} was missed", number);
        }
    }
}
