//! A unit: the effects of one command or of one transaction, encoded once, as the bytes a replica
//! reads and the append-only file stores. The engine fills one while it holds the shard locks and
//! appends it to the journal in one piece; the buffers are kept from one command to the next.
//!
//! ```text
//!   bytes   *3 $3 SET ...  | *2 $3 DEL ... | *3 $7 PUBLISH ...
//!   marks   (db 0, data)     (db 0, data)    (db 0, replica only)
//! ```
//!
//! `SELECT`, `MULTI` and `EXEC` are not in here: whether a `SELECT` is due depends on what stands in
//! front of the unit, which only the journal knows, under its lock.

use crate::resp::request::encode_command;

/// Who reads an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A change of the data: replicas and the append-only file.
    Data,
    /// A message of the replication stream (PING, GETACK, PUBLISH): replicas only. It counts in the
    /// offset, and the append-only file skips it.
    ReplicaOnly,
}

/// One effect inside a unit's bytes: it reaches from the previous mark's end to `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) end: usize,
    pub(super) db: u32,
    pub(super) class: Class,
}

/// Effects of one command or transaction, in order.
#[derive(Debug, Default)]
pub struct Unit {
    pub(super) bytes: Vec<u8>,
    pub(super) marks: Vec<Mark>,
    pub(super) bare: bool,
}

/// A unit's buffer above this size is given back after use, so that one huge value does not stay
/// with its connection forever.
const KEEP_BYTES: usize = 64 * 1024;

/// The command that deletes keys, as the stream names it where the server frees their values at once, or
/// leaves that to another thread (the `lazyfree-lazy-*` settings).
pub fn delete_verb(lazily: bool) -> &'static [u8] {
    if lazily { b"UNLINK" } else { b"DEL" }
}

impl Unit {
    /// An empty unit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an effect that changes database `db`: the command's words.
    pub fn effect(&mut self, db: u32, words: &[&[u8]]) {
        self.effect_iter(db, Class::Data, words);
    }

    /// Adds an effect of the given class from any list of words whose length is known.
    pub fn effect_iter<A: AsRef<[u8]>>(
        &mut self,
        db: u32,
        class: Class,
        words: impl IntoIterator<Item = A, IntoIter: ExactSizeIterator>,
    ) {
        encode_command(&mut self.bytes, words);
        self.mark(db, class);
    }

    /// Adds an effect that is encoded already (a request passed on as it came in).
    pub fn effect_raw(&mut self, db: u32, class: Class, encoded: &[u8]) {
        self.bytes.extend_from_slice(encoded);
        self.mark(db, class);
    }

    fn mark(&mut self, db: u32, class: Class) {
        self.marks.push(Mark { end: self.bytes.len(), db, class });
    }

    /// Says that the effects stand for themselves: they are never wrapped in MULTI/EXEC, however many
    /// there are (keys that expired or were evicted, found by nobody's command).
    pub fn set_bare(&mut self) {
        self.bare = true;
    }

    /// Gives the effects from the `first` on another class.
    pub fn restrict(&mut self, first: usize, class: Class) {
        self.marks.iter_mut().skip(first).for_each(|mark| mark.class = class);
    }

    /// Number of effects.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// True when there is nothing to append.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Encoded size of the effects, in bytes, without framing.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Empties the unit for the next command; a usual buffer is kept, a huge one is not.
    pub fn clear(&mut self) {
        self.marks.clear();
        self.bare = false;
        if self.bytes.capacity() > KEEP_BYTES {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_requests_on_the_wire() {
        let mut unit = Unit::new();
        unit.effect(3, &[b"SET", b"k", b"0123456789"]);
        assert_eq!(unit.bytes, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\n0123456789\r\n");
        assert_eq!((unit.len(), unit.byte_len()), (1, 37));
        unit.clear();
        assert!(unit.is_empty());
    }

    #[test]
    fn a_huge_buffer_is_given_back() {
        let mut unit = Unit::new();
        unit.effect(0, &[b"SET", b"k", &vec![0; 2 * KEEP_BYTES]]);
        unit.clear();
        assert_eq!(unit.bytes.capacity(), 0);
    }
}
