//! Keys that MIGRATE is moving: they are here until the other server has answered, which may take as long as
//! the command's timeout. Nobody holds their shards meanwhile; who wants to change one of them waits.
//!
//! ```text
//!   MIGRATE k   [shard of k: look, encode, note k as moving]   ... the other server ...   [shard of k: delete k]
//!   GET k       [runs at any time]
//!   SET k x     [shard of k: k is moving -> wait] ......................................... runs again [SET]
//! ```
//!
//! A key is noted, and looked for by writers, under the lock of its shard, so none slips through. Keys are known
//! by their names alone, whatever their databases: COPY, MOVE and a SELECT inside a transaction name keys of
//! several. Expiry and eviction ask nobody: the key is then gone here, as it would have been a moment later.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::server::Server;
use crate::server::gate;
use crate::server::signal::Signal;
use crate::server::sync::locked;

/// The keys that are being moved.
#[derive(Debug, Default)]
pub struct Moving {
    keys: Mutex<HashSet<Box<[u8]>>>,
    /// Moves that have ended.
    ended: AtomicU64,
    changed: Signal,
}

/// A move under way; dropped when it is over, however it ended.
pub struct Move {
    server: &'static Server,
    keys: Vec<Box<[u8]>>,
}

impl Moving {
    /// Notes keys as moving; their shards are held.
    pub fn begin(server: &'static Server, keys: Vec<Box<[u8]>>) -> Move {
        let mut all = locked(&server.moving.keys);
        all.extend(keys.iter().cloned());
        server.gates.set(gate::MOVING, !all.is_empty());
        Move { server, keys }
    }

    /// Is one of these keys moving? Their shards are held.
    pub fn has_any<'k>(&self, mut keys: impl Iterator<Item = &'k [u8]>) -> bool {
        let all = locked(&self.keys);
        keys.any(|key| all.contains(key))
    }

    /// Moves that have ended so far: what [`Moving::over`] waits from.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }

    /// Waits until a move has ended after that many.
    pub async fn over(&self, ended: u64) {
        loop {
            let changed = self.changed.changed();
            if self.ended() != ended {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Move {
    fn drop(&mut self) {
        let moving = &self.server.moving;
        {
            let mut all = locked(&moving.keys);
            for key in &self.keys {
                all.remove(key);
            }
            self.server.gates.set(gate::MOVING, !all.is_empty());
            moving.ended.fetch_add(1, Ordering::AcqRel);
        }
        moving.changed.raise();
    }
}
