//! Heavy hitters of a stream in fixed room: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi 2005).
//!
//! A key that is not known takes the place of the one with the least weight and inherits that weight as its
//! possible error. What is sure of a key is its weight without its error; a key with more than one part in
//! [`SKETCH_KEYS`] of the whole is never missed.

use crate::limits::{HOTKEY_BYTES_MAX, SKETCH_KEYS};

/// A key as a sketch knows it.
#[derive(Debug, Clone, Copy)]
pub struct HotKey<'k> {
    /// Its database.
    pub db: usize,
    /// `Keyspace::hash` of it.
    pub hash: u64,
    /// Its name.
    pub name: &'k [u8],
}

/// What is known of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its database.
    pub db: usize,
    /// Its name, at most [`HOTKEY_BYTES_MAX`] bytes of it.
    pub name: Box<[u8]>,
    hash: u64,
    weight: u64,
    error: u64,
}

impl Counter {
    /// The weight that is surely its own.
    pub fn sure(&self) -> u64 {
        self.weight - self.error
    }

    fn is(&self, key: &HotKey<'_>) -> bool {
        self.hash == key.hash && self.db == key.db && *self.name == *shown(key.name)
    }
}

fn shown(name: &[u8]) -> &[u8] {
    name.get(..HOTKEY_BYTES_MAX).unwrap_or(name)
}

/// The keys with the greatest weight, as far as they can be told.
#[derive(Debug, Default)]
pub struct Sketch {
    counters: Vec<Counter>,
}

impl Sketch {
    /// Adds to the weight of a key.
    pub fn add(&mut self, key: &HotKey<'_>, weight: u64) {
        if let Some(known) = self.counters.iter_mut().find(|known| known.is(key)) {
            known.weight += weight;
            return;
        }
        let (db, hash, name) = (key.db, key.hash, Box::from(shown(key.name)));
        if self.counters.len() < SKETCH_KEYS {
            self.counters.push(Counter { db, name, hash, weight, error: 0 });
        } else if let Some(least) = self.counters.iter_mut().min_by_key(|known| known.weight) {
            let error = least.weight;
            *least = Counter { db, name, hash, weight: error + weight, error };
        }
    }

    /// Lets every weight count half.
    pub fn halve(&mut self) {
        for known in &mut self.counters {
            known.weight /= 2;
            known.error = known.error.div_ceil(2).min(known.weight);
        }
        self.counters.retain(|known| known.weight > 0);
    }

    /// The counters, in no order.
    pub fn counters(&self) -> &[Counter] {
        &self.counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> HotKey<'_> {
        HotKey { db: 0, hash: name.len() as u64, name: name.as_bytes() }
    }

    fn sure(sketch: &Sketch, name: &str) -> Option<u64> {
        let found = sketch.counters().iter().find(|known| *known.name == *name.as_bytes());
        found.map(Counter::sure)
    }

    #[test]
    fn few_keys_are_counted_exactly() {
        let mut sketch = Sketch::default();
        for (name, weight) in [("a", 3), ("b", 10), ("a", 4)] {
            sketch.add(&key(name), weight);
        }
        assert_eq!((sure(&sketch, "a"), sure(&sketch, "b"), sure(&sketch, "c")), (Some(7), Some(10), None));
    }

    #[test]
    fn the_same_name_in_another_database_is_another_key() {
        let mut sketch = Sketch::default();
        sketch.add(&key("a"), 1);
        sketch.add(&HotKey { db: 1, ..key("a") }, 1);
        assert_eq!(sketch.counters().len(), 2);
    }

    /// Against exact counts, whatever the stream: no more is said to be sure than was added, room stays
    /// bounded, and a key with more than its part of all is there.
    #[test]
    fn heavy_keys_are_found_among_many() {
        for seed in 1..200u64 {
            let mut random = seed;
            let mut next = || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random
            };
            let (mut sketch, mut exact) = (Sketch::default(), std::collections::HashMap::new());
            for _ in 0..4000 {
                let name =
                    if next() % 4 == 0 { format!("hot{}", next() % 3) } else { format!("k{}", next() % 900) };
                let weight = next() % 9 + 1;
                sketch.add(&key(&name), weight);
                *exact.entry(name).or_insert(0) += weight;
            }
            let all: u64 = exact.values().sum();
            assert!(sketch.counters().len() <= SKETCH_KEYS, "seed {seed}");
            for (name, weight) in exact {
                match sure(&sketch, &name) {
                    Some(sure) => assert!(sure <= weight, "seed {seed}: {name}"),
                    None => assert!(weight <= all / SKETCH_KEYS as u64, "seed {seed}: {name}"),
                }
            }
        }
    }

    #[test]
    fn old_weight_fades() {
        let mut sketch = Sketch::default();
        sketch.add(&key("a"), 5);
        sketch.add(&key("bb"), 1);
        sketch.halve();
        assert_eq!((sure(&sketch, "a"), sure(&sketch, "bb")), (Some(2), None));
    }

    #[test]
    fn a_long_name_takes_bounded_room() {
        let mut sketch = Sketch::default();
        let name = "x".repeat(HOTKEY_BYTES_MAX * 3);
        sketch.add(&key(&name), 1);
        sketch.add(&key(&name), 1);
        assert_eq!(sketch.counters().len(), 1);
        assert_eq!(sketch.counters()[0].name.len(), HOTKEY_BYTES_MAX);
    }
}
