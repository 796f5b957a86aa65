//! Keys with an expiry that clients made on a writable replica. Their master does not know them and will
//! never say when their time is over, so they are the only keys a replica expires by itself.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::sync::locked;

/// A key and its database.
pub type Place = (usize, Box<[u8]>);

/// The keys to look at. A leaf lock, held for a few instructions.
#[derive(Debug, Default)]
pub struct LocalKeys {
    keys: Mutex<BTreeSet<Place>>,
    count: AtomicUsize,
}

impl LocalKeys {
    /// Remembers a key.
    pub fn add(&self, db: usize, key: &[u8]) {
        let mut keys = locked(&self.keys);
        keys.insert((db, key.into()));
        self.count.store(keys.len(), Ordering::Relaxed);
    }

    /// Forgets a key: it is gone, or it has no expiry any more.
    pub fn remove(&self, place: &Place) {
        let mut keys = locked(&self.keys);
        keys.remove(place);
        self.count.store(keys.len(), Ordering::Relaxed);
    }

    /// Forgets every key: there is a new data set.
    pub fn clear(&self) {
        if !self.is_empty() {
            locked(&self.keys).clear();
            self.count.store(0, Ordering::Relaxed);
        }
    }

    /// The next keys behind `last`, at most so many; from the start when there is none behind it.
    pub fn next(&self, last: Option<&Place>, most: usize) -> Vec<Place> {
        let keys = locked(&self.keys);
        let start = last.map_or(Bound::Unbounded, Bound::Excluded);
        let found: Vec<Place> = keys.range((start, Bound::Unbounded)).take(most).cloned().collect();
        if found.is_empty() { keys.iter().take(most).cloned().collect() } else { found }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_gets_its_turn() {
        let keys = LocalKeys::default();
        for name in ["c", "a", "b", "a"] {
            keys.add(0, name.as_bytes());
        }
        let mut last = None;
        let mut turn = || {
            let next = keys.next(last.as_ref(), 2);
            last = next.last().cloned();
            next.iter().map(|(_, key)| key[0]).collect::<Vec<_>>()
        };
        assert_eq!([turn(), turn(), turn()], [b"ab".to_vec(), b"c".to_vec(), b"ab".to_vec()]);
        keys.remove(&(0, b"b"[..].into()));
        assert_eq!(keys.len(), 2);
        keys.clear();
        assert!(keys.is_empty() && keys.next(None, 9).is_empty());
    }
}
