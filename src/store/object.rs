//! A big collection: what an entry points to when a value has outgrown its packed form.
//!
//! ```text
//! entry --address--> Object --> chunks, each reference-counted and shared with copies of the object
//! ```
//!
//! A copy (COPY, a snapshot's view) shares every chunk and costs next to nothing; whoever writes to a
//! shared chunk copies that chunk first. So a snapshot may keep a view of a value of any size while
//! commands go on, and freeing one in small steps is [`reclaim`](super::reclaim)'s work.

use super::hash;
use super::types::{Hash, List, Set, Stream, Zset};
use super::value::{Encoding, Kind};

/// A big collection.
#[derive(Clone, Debug)]
pub enum Object {
    /// A list, shown as `quicklist`.
    List(List),
    /// A set, shown as `hashtable`.
    Set(Set),
    /// A sorted set, shown as `skiplist`.
    Zset(Zset),
    /// A hash, shown as `hashtable`.
    Hash(Hash),
    /// A stream.
    Stream(Stream),
}

/// A member that a command is going to look at.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// [`Object::member_hash`] of it.
    pub hash: u64,
    /// The score that it is going to get, in a sorted set.
    pub score: Option<f64>,
}

/// An empty list: only what takes the place of an object that was moved out.
impl Default for Object {
    fn default() -> Object {
        Object::List(List::default())
    }
}

impl Object {
    /// The type.
    pub fn kind(&self) -> Kind {
        match self {
            Object::List(_) => Kind::List,
            Object::Set(_) => Kind::Set,
            Object::Zset(_) => Kind::Zset,
            Object::Hash(_) => Kind::Hash,
            Object::Stream(_) => Kind::Stream,
        }
    }

    /// The encoding as users see it.
    pub fn encoding(&self) -> Encoding {
        match self {
            Object::List(_) => Encoding::Quicklist,
            Object::Set(_) => Encoding::Hashtable,
            Object::Zset(_) => Encoding::Skiplist,
            Object::Hash(hash) => hash.encoding(),
            Object::Stream(_) => Encoding::Stream,
        }
    }

    /// Number of elements (of entries, for a stream).
    pub fn len(&self) -> usize {
        match self {
            Object::List(list) => list.len(),
            Object::Set(set) => set.len(),
            Object::Zset(zset) => zset.len(),
            Object::Hash(hash) => hash.len(),
            Object::Stream(stream) => stream.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes, shared chunks counted in full.
    pub fn mem_bytes(&self) -> usize {
        let parts = match self {
            Object::List(list) => list.mem_bytes(),
            Object::Set(set) => set.mem_bytes(),
            Object::Zset(zset) => zset.mem_bytes(),
            Object::Hash(hash) => hash.mem_bytes(),
            Object::Stream(stream) => stream.mem_bytes(),
        };
        parts + size_of::<Object>()
    }

    /// When the first of its parts expires that has a time to live of its own (a field of a hash).
    pub fn due(&self) -> Option<i64> {
        match self {
            Object::Hash(hash) => hash.due(),
            _ => None,
        }
    }

    /// The hash of a member or field, for the prefetches.
    #[inline]
    pub fn member_hash(member: &[u8]) -> u64 {
        hash::of_values().hash(member)
    }

    /// Fetches into the cache what looks at these members are going to need.
    pub fn prefetch(&self, wanted: &[Wanted]) {
        match self {
            Object::Set(set) => set.prefetch(wanted),
            Object::Hash(hash) => hash.prefetch(wanted),
            Object::Zset(zset) => zset.prefetch(wanted),
            Object::List(_) | Object::Stream(_) => {}
        }
    }

    /// Fetches what taking the first (or last) `count` elements out is going to need.
    pub fn prefetch_ends(&self, count: usize, last: bool) {
        if let Object::Zset(zset) = self {
            zset.prefetch_ends(count, last);
        }
    }

    /// About how many allocations freeing it takes: what decides who frees it.
    pub fn effort(&self) -> usize {
        match self {
            Object::List(list) => list.effort(),
            Object::Set(set) => set.effort(),
            Object::Zset(zset) => zset.effort(),
            Object::Hash(hash) => hash.effort(),
            Object::Stream(stream) => stream.effort(),
        }
    }
}
