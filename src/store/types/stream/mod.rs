//! The stream: entries in nodes, and consumer groups.
//!
//! ```text
//! Stream   nodes   first id of a node -> Arc<Node>      a sorted map in shared chunks
//!          groups  name -> Arc<Group>
//!          length, last id, first id, largest deleted id, entries added
//! ```
//!
//! A copy shares nodes, groups and the maps they lie in; whoever writes copies one node, one leaf of the map
//! and the map's directory of leaves.

mod group;
mod id;
mod node;
mod progress;
mod tree;
mod trim;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use group::{Consumer, Group, Pending};
pub use id::Id;
pub use node::{Entry, Node};
pub use tree::Tree;
pub use trim::{Refs, Threshold, Trim};

use crate::store::packed::listpack;

/// The limits of a node, from redis.conf; 0 is none.
#[derive(Clone, Copy, Debug)]
pub struct NodeLimits {
    /// `stream-node-max-bytes`.
    pub bytes: usize,
    /// `stream-node-max-entries`.
    pub entries: usize,
}

/// Why an entry cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// The id is not above the last one.
    TooSmall,
    /// There is no id above the last one.
    Exhausted,
    /// Its bytes exceed what a node can hold.
    TooLarge,
}

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    nodes: Tree<Arc<Node>>,
    groups: Arc<BTreeMap<Box<[u8]>, Arc<Group>>>,
    length: usize,
    /// Bytes of all nodes.
    bytes: usize,
    /// The id added last.
    pub last_id: Id,
    /// The largest id that was deleted.
    pub max_deleted_id: Id,
    /// Entries ever added.
    pub entries_added: u64,
    first_id: Id,
}

impl Stream {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none. (A stream stays when it is empty.)
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes of memory it takes.
    pub fn mem_bytes(&self) -> usize {
        let groups: usize = self.groups.iter().map(|(name, group)| name.len() + 48 + group.mem_bytes()).sum();
        self.nodes.mem_bytes() + self.bytes + groups
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        let groups: usize = self.groups.values().map(|group| 2 + group.effort()).sum();
        self.nodes.effort() + 2 * self.nodes.len() + groups
    }

    /// The nodes, by the id of each.
    pub fn nodes(&self) -> &Tree<Arc<Node>> {
        &self.nodes
    }

    /// Id of the first entry; 0-0 when there is none.
    pub fn first_id(&self) -> Id {
        self.first_id
    }

    /// Id of the last entry that is there; 0-0 when there is none.
    pub fn last_entry_id(&self) -> Id {
        match self.nodes.last() {
            Some((_, node)) if node.ends_live() => node.last(),
            _ => self.range_back(Id::MIN, Id::MAX).next().map_or(Id::MIN, |entry| entry.id),
        }
    }

    /// The id of an entry that is added at some time with `*`.
    pub fn next_id(&self, now_ms: u64) -> Option<Id> {
        if now_ms > self.last_id.ms { Some(Id::new(now_ms, 0)) } else { self.last_id.next() }
    }

    /// The id of an entry that is added with `ms-*`.
    pub fn next_id_at(&self, ms: u64) -> Result<Id, AddError> {
        if ms != self.last_id.ms {
            return Ok(Id::new(ms, 0));
        }
        self.last_id.seq.checked_add(1).map(|seq| Id::new(ms, seq)).ok_or(AddError::TooSmall)
    }

    /// Adds an entry; `pairs` are fields and values in turn.
    pub fn add<'a>(
        &mut self,
        id: Id,
        pairs: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
        limits: NodeLimits,
    ) -> Result<(), AddError> {
        if id <= self.last_id {
            return Err(AddError::TooSmall);
        }
        let bytes: usize = pairs.clone().map(<[u8]>::len).sum();
        if bytes > listpack::BYTES_MAX {
            return Err(AddError::TooLarge);
        }
        self.append(id, pairs, bytes, limits);
        if self.length == 0 {
            self.first_id = id;
        }
        self.length += 1;
        self.entries_added += 1;
        self.last_id = id;
        Ok(())
    }

    fn append<'a>(
        &mut self,
        id: Id,
        pairs: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
        bytes: usize,
        limits: NodeLimits,
    ) {
        let most =
            if limits.bytes == 0 { listpack::BYTES_MAX } else { limits.bytes.min(listpack::BYTES_MAX) };
        if let Some((master, shared)) = self.nodes.last_mut() {
            let full = shared.packed_bytes() + bytes >= most;
            let before = shared.mem_bytes(); // making it ours may give back room
            let node = Arc::make_mut(shared);
            if full || (limits.entries != 0 && node.all() >= limits.entries) {
                node.seal();
                self.bytes = self.bytes + node.mem_bytes() - before;
            } else {
                node.append(master, id, pairs);
                self.bytes = self.bytes + node.mem_bytes() - before;
                return;
            }
        }
        let mut node = Node::new(node::fields_of(pairs.clone()));
        node.append(id, id, pairs);
        self.bytes += node.mem_bytes();
        self.nodes.insert(id, Arc::new(node));
    }

    /// The entries from `start` to `end`, in order.
    pub fn range(&self, start: Id, end: Id) -> impl Iterator<Item = Entry<'_>> {
        let from = self.nodes.at_or_before(start).map_or(start, |(master, _)| master);
        let nodes = self.nodes.range_from(from).take_while(move |(master, _)| *master <= end);
        nodes
            .flat_map(move |(master, node)| node.entries_from(master, start))
            .take_while(move |entry| entry.id <= end)
    }

    /// The entries from `end` back to `start`.
    pub fn range_back(&self, start: Id, end: Id) -> impl Iterator<Item = Entry<'_>> {
        let nodes = self.nodes.range_back(end).take_while(move |(_, node)| node.last() >= start);
        nodes
            .flat_map(|(master, node)| node.entries(master).collect::<Vec<_>>().into_iter().rev())
            .skip_while(move |entry| entry.id > end)
            .take_while(move |entry| entry.id >= start)
    }

    /// The entry with this id.
    pub fn get(&self, id: Id) -> Option<Entry<'_>> {
        let (master, node) = self.nodes.at_or_before(id)?;
        node.find(master, id)
    }

    /// Deletes an entry; says whether it was there.
    pub fn delete(&mut self, id: Id) -> bool {
        let Some((master, node)) = self.nodes.at_or_before(id) else { return false };
        if node.find(master, id).is_none() {
            return false;
        }
        if node.live() == 1 {
            self.drop_node(master);
        } else if let Some(node) = self.nodes.get_mut(master) {
            let before = node.mem_bytes();
            Arc::make_mut(node).delete(master, id);
            self.bytes = self.bytes + node.mem_bytes() - before;
        }
        self.length -= 1;
        self.max_deleted_id = self.max_deleted_id.max(id);
        if id == self.first_id {
            self.find_first();
        }
        true
    }

    fn drop_node(&mut self, master: Id) {
        if let Some(node) = self.nodes.remove(master) {
            self.bytes -= node.mem_bytes();
        }
    }

    fn find_first(&mut self) {
        let first = self.range(Id::MIN, Id::MAX).next().map(|entry| entry.id);
        self.first_id = first.unwrap_or_default();
    }

    /// Adds a node that was read from a file; false when it is not behind the ones before.
    pub fn restore_node(&mut self, master: Id, node: Node) -> bool {
        if self.nodes.last().is_some_and(|(_, before)| before.last() >= master) {
            return false;
        }
        self.length += node.live();
        self.bytes += node.mem_bytes();
        self.nodes.insert(master, Arc::new(node));
        self.find_first_once();
        true
    }

    fn find_first_once(&mut self) {
        if self.nodes.len() == 1 {
            self.find_first();
        }
    }

    /// Number of groups.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// The groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = (&[u8], &Group)> {
        self.groups.iter().map(|(name, group)| (&**name, &**group))
    }

    /// A group.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.groups.get(name).map(|group| &**group)
    }

    /// A group to be changed.
    pub fn group_mut(&mut self, name: &[u8]) -> Option<&mut Group> {
        if !self.groups.contains_key(name) {
            return None;
        }
        Arc::make_mut(&mut self.groups).get_mut(name).map(Arc::make_mut)
    }

    /// Every group to be changed.
    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        Arc::make_mut(&mut self.groups).values_mut().map(Arc::make_mut)
    }

    /// Adds a group; false when there is one of that name.
    pub fn add_group(&mut self, name: &[u8], group: Group) -> bool {
        if self.groups.contains_key(name) {
            return false;
        }
        Arc::make_mut(&mut self.groups).insert(name.into(), Arc::new(group));
        true
    }

    /// Removes a group; says whether it was there.
    pub fn remove_group(&mut self, name: &[u8]) -> bool {
        self.groups.contains_key(name) && Arc::make_mut(&mut self.groups).remove(name).is_some()
    }
}
