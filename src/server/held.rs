//! The shards a command holds while it runs. The engine locks them in ascending order before the
//! handler starts and they are unlocked when this value is dropped, after the effects were journaled:
//! conservative two-phase locking, so every history is serializable and nothing deadlocks.
//! The keyspace lives as long as the process, so the guards need no lifetime of their own.
//!
//! A script is the exception: it may touch keys it did not declare, and then takes all other shards while it holds
//! some (`extend`). That cannot deadlock. One script runs at a time, and it has its turn before any shard; whoever
//! else waits for a shard while holding others has not begun yet, so it lets go of them and starts again; whoever
//! has begun holds all it needs, and ends.

use crate::limits::SHARDS;
use crate::store::{Keyspace, Locked, Shard};

/// A set of shards as bits.
pub type ShardMask = u64;

/// Every shard.
pub const ALL_SHARDS: ShardMask = ShardMask::MAX;

const _: () = assert!(SHARDS == ShardMask::BITS as usize);

enum Guards {
    None,
    One(Locked<'static>),
    /// In ascending shard order, one per set bit of the mask.
    Many(Vec<Locked<'static>>),
}

/// Shards locked for one command or transaction.
pub struct Held {
    keyspace: &'static Keyspace,
    mask: ShardMask,
    guards: Guards,
}

impl Held {
    /// Holds nothing.
    pub fn none(keyspace: &'static Keyspace) -> Held {
        Held { keyspace, mask: 0, guards: Guards::None }
    }

    /// Locks one shard.
    pub fn one(keyspace: &'static Keyspace, shard: usize) -> Held {
        Held { keyspace, mask: 1 << shard, guards: Guards::One(keyspace.lock(shard)) }
    }

    /// Locks the shards of a mask, ascending.
    #[inline]
    pub fn many(keyspace: &'static Keyspace, mask: ShardMask) -> Held {
        if mask == 0 {
            return Held::none(keyspace);
        }
        if mask.is_power_of_two() {
            return Held::one(keyspace, mask.trailing_zeros() as usize);
        }
        loop {
            if let Some(guards) = ascending(keyspace, mask) {
                return Held { keyspace, mask, guards: Guards::Many(guards) };
            }
            std::thread::yield_now();
        }
    }

    /// Takes every other shard as well. Only the script whose turn it is may do so.
    pub fn extend(&mut self) {
        if self.is_all() {
            return;
        }
        let (keyspace, missing) = (self.keyspace, !self.mask);
        let more = keyspace.extending(|| bits(missing).map(|i| keyspace.lock(i)).collect::<Vec<_>>());
        let have = match std::mem::replace(&mut self.guards, Guards::None) {
            Guards::None => Vec::new(),
            Guards::One(guard) => vec![guard],
            Guards::Many(guards) => guards,
        };
        let mut all: Vec<_> = bits(self.mask).zip(have).chain(bits(missing).zip(more)).collect();
        all.sort_by_key(|(index, _)| *index);
        self.guards = Guards::Many(all.into_iter().map(|(_, guard)| guard).collect());
        self.mask = ALL_SHARDS;
    }

    /// Locks every shard.
    pub fn all(keyspace: &'static Keyspace) -> Held {
        Held::many(keyspace, ALL_SHARDS)
    }

    /// The shards it holds.
    pub fn mask(&self) -> ShardMask {
        self.mask
    }

    /// Does it hold every shard?
    pub fn is_all(&self) -> bool {
        self.mask == ALL_SHARDS
    }

    /// A shard this command holds. Asking for another one is a fault of the command's lock plan.
    pub fn shard(&mut self, index: usize) -> &mut Shard {
        assert!(self.mask & (1 << index) != 0, "a command touched a shard its lock plan does not name");
        match &mut self.guards {
            Guards::One(guard) => guard,
            Guards::Many(guards) => {
                let below = (self.mask & ((1 << index) - 1)).count_ones() as usize;
                &mut guards[below]
            }
            Guards::None => unreachable!("an empty mask has no bit set"),
        }
    }

    /// The same to read, so that several can be looked at together.
    pub fn shard_ref(&self, index: usize) -> &Shard {
        assert!(self.mask & (1 << index) != 0, "a command touched a shard its lock plan does not name");
        match &self.guards {
            Guards::One(guard) => guard,
            Guards::Many(guards) => {
                let below = (self.mask & ((1 << index) - 1)).count_ones() as usize;
                &guards[below]
            }
            Guards::None => unreachable!("an empty mask has no bit set"),
        }
    }

    /// Runs `f` with every shard held: these, or, when nothing is held, under locks of its own.
    pub fn whole<R>(&mut self, f: impl FnOnce(&mut Held) -> R) -> R {
        if self.is_all() {
            return f(self);
        }
        assert!(self.mask == 0, "locking every shard while holding some would break the order");
        f(&mut Held::all(self.keyspace))
    }

    /// Runs `f` on any shard: the held one, or, when nothing is held, under a lock of its own.
    pub fn visit<R>(&mut self, index: usize, f: impl FnOnce(&mut Shard) -> R) -> R {
        if self.mask & (1 << index) != 0 {
            return f(self.shard(index));
        }
        assert!(self.mask == 0, "locking another shard while holding some would break the order");
        f(&mut self.keyspace.lock(index))
    }
}

/// The locks of a mask, taken in order; `None` when all of them had to be let go of.
fn ascending(keyspace: &'static Keyspace, mask: ShardMask) -> Option<Vec<Locked<'static>>> {
    let mut guards = Vec::with_capacity(mask.count_ones() as usize);
    for index in bits(mask) {
        guards.push(if guards.is_empty() { keyspace.lock(index) } else { keyspace.lock_behind(index)? });
    }
    Some(guards)
}

/// The set bits of a mask, ascending.
fn bits(mut mask: ShardMask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = mask.trailing_zeros() as usize;
        (mask != 0).then(|| {
            mask &= mask - 1;
            next
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_ascending_order() {
        assert_eq!(bits(0b1011).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(bits(0).count(), 0);
        assert_eq!(bits(ALL_SHARDS).count(), SHARDS);
    }
}
