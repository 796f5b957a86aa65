//! How far a group has come: how many entries it has read and how many lie ahead of it, as far as that can
//! be told when entries were deleted.

use super::{Group, Id, Stream};

impl Stream {
    /// Whether an entry was deleted at or behind `start`, for all that is known.
    fn has_holes_from(&self, start: Id) -> bool {
        self.length > 0 && self.max_deleted_id != Id::MIN && start <= self.max_deleted_id
    }

    /// How many entries were ever added up to and with `id`, when that can be told.
    pub fn distance_to(&self, id: Id) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.length == 0 && id <= self.last_id {
            return Some(self.entries_added);
        }
        if id != Id::MIN && id < self.max_deleted_id {
            return None; // there are holes behind it
        }
        if id >= self.last_id {
            return (id == self.last_id).then_some(self.entries_added);
        }
        let before = self.entries_added.saturating_sub(self.length as u64);
        let whole = self.max_deleted_id == Id::MIN || self.max_deleted_id < self.first_id;
        match id.cmp(&self.first_id) {
            std::cmp::Ordering::Less if whole => Some(before),
            std::cmp::Ordering::Equal if whole => Some(before + 1),
            _ => None,
        }
    }

    /// How many entries a group has still to read, when that can be told. As in Redis 8: what 7.2 and Valkey say of a
    /// group whose place was trimmed away counts entries that are gone, or is negative.
    pub fn lag(&self, group: &Group) -> Option<i64> {
        if self.length == 0 {
            return Some(0);
        }
        if group.last_id < self.first_id && self.max_deleted_id < self.first_id {
            return Some(self.length as i64); // all of them, with no holes
        }
        let read = match group.entries_read {
            Some(read) if !self.has_holes_from(group.last_id) => read,
            _ => self.distance_to(group.last_id)?,
        };
        Some(self.entries_added.wrapping_sub(read) as i64)
    }

    /// What a group has read once it is given the entry `id`, the next behind its last.
    pub fn read_after(&self, group_last: Id, read: Option<u64>, id: Id) -> Option<u64> {
        match read {
            Some(read) if group_last >= self.first_id && !self.has_holes_from(group_last) => Some(read + 1),
            _ if self.entries_added > 0 => self.distance_to(id),
            read => read,
        }
    }
}
