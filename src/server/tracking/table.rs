//! The keys of one shard that clients have read, each with the ids of these clients.
//!
//! Entries lie in a vector that a map leads into, so that any of them can be picked without a search: when
//! there are too many, one goes at random.

use std::collections::HashMap;
use std::sync::Arc;

/// A key, and who has read it.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: Arc<[u8]>,
    /// Ids of clients, ascending.
    pub clients: Vec<u64>,
}

/// What adding a client has added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// Its key, and the client.
    Key,
    /// The client.
    Client,
    /// Nothing: all of it was known.
    Nothing,
}

/// The keys of one shard.
#[derive(Debug, Default)]
pub struct Table {
    places: HashMap<Arc<[u8]>, usize>,
    entries: Vec<Entry>,
}

impl Table {
    /// Remembers that a client has read a key.
    pub fn add(&mut self, key: &[u8], client: u64) -> Added {
        if let Some(entry) = self.places.get(key).and_then(|place| self.entries.get_mut(*place)) {
            let Err(place) = entry.clients.binary_search(&client) else { return Added::Nothing };
            entry.clients.insert(place, client);
            return Added::Client;
        }
        let key: Arc<[u8]> = key.into();
        self.places.insert(Arc::clone(&key), self.entries.len());
        self.entries.push(Entry { key, clients: vec![client] });
        Added::Key
    }

    /// Takes a key out.
    pub fn take(&mut self, key: &[u8]) -> Option<Entry> {
        let place = self.places.remove(key)?;
        let gone = self.entries.swap_remove(place);
        if let Some(moved) = self.entries.get(place)
            && let Some(known) = self.places.get_mut(&moved.key)
        {
            *known = place;
        }
        Some(gone)
    }

    /// Takes the key out that a number picks.
    pub fn take_any(&mut self, number: u64) -> Option<Entry> {
        let place = number.checked_rem(self.entries.len() as u64)? as usize;
        let key = Arc::clone(&self.entries.get(place)?.key);
        self.take(&key)
    }

    /// Number of keys, and of clients over all of them.
    pub fn sizes(&self) -> (usize, usize) {
        (self.entries.len(), self.entries.iter().map(|entry| entry.clients.len()).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Debug, Clone)]
    enum Op {
        Add(u8, u64),
        Take(u8),
        TakeAny(u64),
    }

    fn ops() -> impl Strategy<Value = Op> {
        prop_oneof![
            (0..20u8, 0..5u64).prop_map(|(key, client)| Op::Add(key, client)),
            (0..20u8).prop_map(Op::Take),
            any::<u64>().prop_map(Op::TakeAny),
        ]
    }

    fn words(entry: Option<Entry>) -> Option<(u8, Vec<u64>)> {
        entry.map(|entry| (entry.key[0], entry.clients))
    }

    proptest! {
        #[test]
        fn is_a_map_of_sets(all in proptest::collection::vec(ops(), 0..200)) {
            let (mut table, mut model) = (Table::default(), BTreeMap::<u8, BTreeSet<u64>>::new());
            let list = |set: BTreeSet<u64>| set.into_iter().collect::<Vec<_>>();
            for op in all {
                match op {
                    Op::Add(key, client) => {
                        let is_new = !model.contains_key(&key);
                        let grew = model.entry(key).or_default().insert(client);
                        let wanted = match (is_new, grew) {
                            (true, _) => Added::Key,
                            (false, true) => Added::Client,
                            (false, false) => Added::Nothing,
                        };
                        prop_assert_eq!(table.add(&[key], client), wanted);
                    }
                    Op::Take(key) => {
                        let wanted = model.remove(&key).map(|set| (key, list(set)));
                        prop_assert_eq!(words(table.take(&[key])), wanted);
                    }
                    Op::TakeAny(number) => match words(table.take_any(number)) {
                        None => prop_assert!(model.is_empty()),
                        Some((key, clients)) => prop_assert_eq!(model.remove(&key).map(list), Some(clients)),
                    },
                }
                let clients = model.values().map(BTreeSet::len).sum::<usize>();
                prop_assert_eq!(table.sizes(), (model.len(), clients));
            }
        }
    }
}
