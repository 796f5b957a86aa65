//! The gates: conditions of the whole server under which commands may be refused or held back, as bits
//! of one word. While the word is zero, admission is one load and one compare.

use std::sync::atomic::{AtomicU32, Ordering};

/// The data set is being loaded.
pub const LOADING: u32 = 1;
/// This server is a replica.
pub const REPLICA: u32 = 1 << 1;
/// This server is a replica without a link to its master.
pub const LINK_DOWN: u32 = 1 << 2;
/// Saving failed and writes are stopped for it.
pub const DISK_ERROR: u32 = 1 << 3;
/// Too few good replicas.
pub const FEW_REPLICAS: u32 = 1 << 4;
/// A memory limit is set.
pub const MEMORY_LIMIT: u32 = 1 << 5;
/// CLIENT PAUSE is on.
pub const PAUSED: u32 = 1 << 6;
/// Somebody runs MONITOR.
pub const MONITORED: u32 = 1 << 7;
/// The loading goes on beside the old data (diskless load into a spare keyspace).
pub const ASYNC_LOADING: u32 = 1 << 8;
/// DEBUG SLEEP is on: commands of every worker wait for its end.
pub const ASLEEP: u32 = 1 << 9;
/// MIGRATE is moving keys.
pub const MOVING: u32 = 1 << 10;
/// Somebody tracks keys for client-side caching.
pub const TRACKED: u32 = 1 << 11;
/// A script runs for longer than `busy-reply-threshold`.
pub const BUSY: u32 = 1 << 12;

/// There is, or was, a user who may not do everything.
pub const ACL: u32 = 1 << 13;

/// The word of gates.
#[derive(Debug, Default)]
pub struct Gates(AtomicU32);

impl Gates {
    /// All bits.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets or clears a bit.
    pub fn set(&self, bit: u32, on: bool) {
        if on {
            self.0.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.0.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    /// Sets a bit for as long as the result lives.
    pub fn raise(&'static self, bit: u32) -> Raised {
        self.set(bit, true);
        Raised { gates: self, bit }
    }

    /// Is a bit set?
    pub fn has(&self, bit: u32) -> bool {
        self.get() & bit != 0
    }
}

/// A bit that is set while this lives.
#[derive(Debug)]
pub struct Raised {
    gates: &'static Gates,
    bit: u32,
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.gates.set(self.bit, false);
    }
}
