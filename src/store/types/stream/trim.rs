//! Trimming: removing entries from the front, whole nodes where that is enough; and what becomes of the
//! references that groups hold to entries that are removed.

use std::sync::Arc;

use super::{Id, Stream};

/// Down to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// So many entries stay.
    MaxLen(u64),
    /// Entries from this id on stay.
    MinId(Id),
}

/// What becomes of references when entries are removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refs {
    /// They stay.
    #[default]
    Keep,
    /// They are removed too.
    Delete,
    /// Entries that somebody has not read or not acknowledged are not removed.
    Acked,
}

/// How to trim.
#[derive(Clone, Copy, Debug)]
pub struct Trim {
    /// Down to what.
    pub to: Threshold,
    /// Whole nodes only.
    pub approximate: bool,
    /// At most about so many entries; 0 is no limit.
    pub limit: u64,
    /// What becomes of references.
    pub refs: Refs,
}

impl Stream {
    /// Whether a group has still to read or to acknowledge an entry.
    pub fn is_referenced(&self, id: Id) -> bool {
        self.groups.values().any(|group| group.last_id < id || group.pending().get(id).is_some())
    }

    /// Removes the references of every group to an entry.
    pub fn delete_refs(&mut self, id: Id) {
        if self.groups.values().any(|group| group.pending().get(id).is_some()) {
            self.groups_mut().for_each(|group| {
                group.acknowledge(id);
            });
        }
    }

    /// The id of the first entry, deleted or not: trimming to it removes what trimming has removed here. The
    /// largest of all when there is none.
    pub fn front_id(&self) -> Id {
        self.nodes.range_from(Id::MIN).next().map_or(Id::MAX, |(master, _)| master)
    }

    /// Removes entries from the front; returns how many.
    pub fn trim(&mut self, trim: &Trim) -> u64 {
        let mut removed = 0;
        let mut from = Id::MIN;
        loop {
            let Some((master, node)) = self.nodes.range_from(from).next() else { break };
            let live = node.live() as u64;
            let over = match trim.to {
                Threshold::MaxLen(max) => (self.length as u64).saturating_sub(max),
                Threshold::MinId(_) => u64::MAX,
            };
            if over == 0 || (trim.limit > 0 && removed + live > trim.limit) {
                break;
            }
            let whole = match trim.to {
                Threshold::MaxLen(_) => live <= over,
                Threshold::MinId(min) => node.last() < min,
            };
            let held = || trim.refs == Refs::Acked && node.entries(master).any(|e| self.is_referenced(e.id));
            if trim.approximate && (!whole || held()) {
                break;
            }
            if whole && trim.refs == Refs::Keep {
                self.length -= live as usize;
                self.drop_node(master);
                removed += live;
                continue;
            }
            removed += self.trim_node(master, trim, over);
            if !whole {
                break;
            }
            let Some(next) = master.next() else { break };
            from = next;
        }
        if removed > 0 {
            self.find_first();
        }
        removed
    }

    /// Removes up to `most` entries of one node; returns how many.
    fn trim_node(&mut self, master: Id, trim: &Trim, most: u64) -> u64 {
        let Some(node) = self.nodes.get(master) else { return 0 };
        let goes = |id: &Id| match trim.to {
            Threshold::MaxLen(_) => true,
            Threshold::MinId(min) => *id < min,
        };
        let ids = node.entries(master).map(|entry| entry.id).take_while(goes);
        let ids = ids.filter(|id| trim.refs != Refs::Acked || !self.is_referenced(*id));
        let ids: Vec<Id> = ids.take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
        if ids.len() == node.live() {
            self.drop_node(master);
        } else if let Some(node) = self.nodes.get_mut(master).filter(|_| !ids.is_empty()) {
            let before = node.mem_bytes();
            let own = Arc::make_mut(node);
            for id in &ids {
                own.delete(master, *id);
            }
            self.bytes = self.bytes + own.mem_bytes() - before;
        }
        if trim.refs == Refs::Delete {
            ids.iter().for_each(|id| self.delete_refs(*id));
        }
        self.length -= ids.len();
        ids.len() as u64
    }
}
