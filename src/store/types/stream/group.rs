//! Consumer groups: what was given to whom and not acknowledged.
//!
//! ```text
//! Group  last id, entries read
//!        pending     id -> (delivered when, how often, to which consumer)      the group's list
//!        consumers   number -> Consumer { name, times, pending: the ids }      each consumer's list
//!        names       name -> number
//! ```
//!
//! An entry is in the group's list exactly when it is in that of one consumer. The consumer stands in the
//! group's list as a number, which is the consumer's for as long as it lives. Everything is shared by copies
//! and copied on write.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::id::Id;
use super::tree::Tree;

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// When it was delivered last, Unix ms.
    pub delivered_ms: i64,
    /// How often it was delivered.
    pub count: u64,
    /// To whom.
    pub consumer: u32,
}

/// A consumer of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name.
    pub name: Arc<[u8]>,
    /// When it last tried something, Unix ms.
    pub seen_ms: i64,
    /// When it last got something, Unix ms; -1 is never.
    pub active_ms: i64,
    pending: Tree<()>,
}

impl Consumer {
    /// Ids of what it has not acknowledged.
    pub fn pending(&self) -> &Tree<()> {
        &self.pending
    }
}

/// A consumer group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The id delivered last.
    pub last_id: Id,
    /// Entries of the stream read so far, when it is known.
    pub entries_read: Option<u64>,
    pending: Tree<Pending>,
    consumers: BTreeMap<u32, Arc<Consumer>>,
    names: BTreeMap<Arc<[u8]>, u32>,
}

impl Group {
    /// A group that goes on behind an id.
    pub fn new(last_id: Id, entries_read: Option<u64>) -> Group {
        Group { last_id, entries_read, ..Group::default() }
    }

    /// What is not acknowledged.
    pub fn pending(&self) -> &Tree<Pending> {
        &self.pending
    }

    /// Number of consumers.
    pub fn consumer_count(&self) -> usize {
        self.names.len()
    }

    /// The consumers, by name.
    pub fn consumers(&self) -> impl Iterator<Item = &Consumer> {
        self.names.values().filter_map(|number| self.consumer(*number))
    }

    /// The consumer with a number.
    pub fn consumer(&self, number: u32) -> Option<&Consumer> {
        self.consumers.get(&number).map(|consumer| &**consumer)
    }

    /// The same, to be changed.
    pub fn consumer_mut(&mut self, number: u32) -> Option<&mut Consumer> {
        self.consumers.get_mut(&number).map(Arc::make_mut)
    }

    /// The number of a consumer.
    pub fn number_of(&self, name: &[u8]) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The number of a consumer, who is made when there is none of that name; says whether it was.
    pub fn number_or_create(&mut self, name: &[u8], now_ms: i64) -> (u32, bool) {
        if let Some(number) = self.number_of(name) {
            return (number, false);
        }
        let number = self.free_number();
        let name: Arc<[u8]> = name.into();
        let consumer =
            Consumer { name: Arc::clone(&name), seen_ms: now_ms, active_ms: -1, pending: Tree::default() };
        self.consumers.insert(number, Arc::new(consumer));
        self.names.insert(name, number);
        (number, true)
    }

    /// One behind the largest, or, when there is none behind it, the first gap.
    fn free_number(&self) -> u32 {
        let next = self.consumers.last_key_value().map_or(Some(0), |(last, _)| last.checked_add(1));
        next.unwrap_or_else(|| {
            let taken = self.consumers.keys().zip(0u32..).take_while(|(number, place)| *number == place);
            taken.count() as u32
        })
    }

    /// Removes a consumer with what it has not acknowledged; says how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let number = self.names.remove(name)?;
        let consumer = self.consumers.remove(&number)?;
        for (id, ()) in consumer.pending.iter() {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// Gives an entry to a consumer, whoever had it before.
    pub fn assign(&mut self, id: Id, pending: Pending) {
        let before = self.pending.insert(id, pending).map(|old| old.consumer);
        if before == Some(pending.consumer) {
            return;
        }
        if let Some(old) = before.and_then(|number| self.consumer_mut(number)) {
            old.pending.remove(id);
        }
        if let Some(new) = self.consumer_mut(pending.consumer) {
            new.pending.insert(id, ());
        }
    }

    /// A pending entry was delivered to its consumer once more.
    pub fn redeliver(&mut self, id: Id, now_ms: i64) {
        if let Some(pending) = self.pending.get_mut(id) {
            pending.delivered_ms = now_ms;
            pending.count = pending.count.wrapping_add(1);
        }
    }

    /// An entry is pending no longer; says whether it was.
    pub fn acknowledge(&mut self, id: Id) -> bool {
        let Some(pending) = self.pending.remove(id) else { return false };
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.remove(id);
        }
        true
    }

    /// An entry that is pending, with who has it.
    pub fn holder(&self, id: Id) -> Option<(&Pending, &Consumer)> {
        let pending = self.pending.get(id)?;
        Some((pending, self.consumer(pending.consumer)?))
    }

    /// Bytes of memory, counted in steps of consumers, not of entries.
    pub fn mem_bytes(&self) -> usize {
        let consumer = |consumer: &Arc<Consumer>| {
            size_of::<Consumer>() + 2 * consumer.name.len() + 96 + consumer.pending.mem_bytes()
        };
        size_of::<Group>() + self.pending.mem_bytes() + self.consumers.values().map(consumer).sum::<usize>()
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        let consumers: usize = self.consumers.values().map(|consumer| 4 + consumer.pending.effort()).sum();
        2 + self.pending.effort() + consumers
    }

    /// Puts an entry into the group's list while the group is being read from a file: the consumer, who is
    /// told later, is no one's number. False when it is there already.
    pub fn restore_pending(&mut self, id: Id, delivered_ms: i64, count: u64) -> bool {
        self.pending.insert(id, Pending { delivered_ms, count, consumer: u32::MAX }).is_none()
    }

    /// Says whose a restored entry is; false when it is not there or has an owner.
    pub fn restore_owner(&mut self, id: Id, number: u32) -> bool {
        let Some(pending) = self.pending.get_mut(id).filter(|pending| pending.consumer == u32::MAX) else {
            return false;
        };
        pending.consumer = number;
        let consumer = self.consumer_mut(number);
        consumer.is_some_and(|consumer| consumer.pending.insert(id, ()).is_none())
    }

    /// Whether every restored entry has an owner.
    pub fn is_whole(&self) -> bool {
        let owned: usize = self.consumers.values().map(|consumer| consumer.pending.len()).sum();
        owned == self.pending.len()
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
