//! The id of a stream entry: milliseconds and a sequence number within them.

use std::fmt;

/// An id. Ids compare as users expect: by time, then by sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Milliseconds since the Unix epoch, usually.
    pub ms: u64,
    /// Place among the entries of that millisecond.
    pub seq: u64,
}

impl Id {
    /// The smallest id, which no entry has.
    pub const MIN: Id = Id { ms: 0, seq: 0 };
    /// The largest id.
    pub const MAX: Id = Id { ms: u64::MAX, seq: u64::MAX };

    /// An id of its parts.
    pub fn new(ms: u64, seq: u64) -> Id {
        Id { ms, seq }
    }

    /// The id right behind this one.
    pub fn next(self) -> Option<Id> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Id { ms: self.ms, seq }),
            None => Some(Id { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }

    /// The id right ahead of this one.
    pub fn prev(self) -> Option<Id> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Id { ms: self.ms, seq }),
            None => Some(Id { ms: self.ms.checked_sub(1)?, seq: u64::MAX }),
        }
    }

    /// Sixteen bytes, big-endian: as RDB holds it.
    pub fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    /// The id of sixteen such bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Id {
        let both = u128::from_be_bytes(bytes);
        Id { ms: (both >> 64) as u64, seq: both as u64 }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}
