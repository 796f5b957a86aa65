//! The keyspace: 64 shards by key hash, each with its own lock and its own slice of every database.
//! One lock a shard, the same shards for every database, so a command that knows its keys knows its
//! locks. Databases take memory in a shard when they first get a key there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hash::Seed;
use super::snapshot::SnapshotSink;
use super::{Db, Detached};
use crate::limits::SHARDS;

/// Alone on its cache lines (two, since they are fetched in pairs): workers on neighbouring shards
/// do not slow each other down.
#[repr(align(128))]
struct Slot(Mutex<Shard>);

/// All keys of the process.
pub struct Keyspace {
    shards: Box<[Slot]>,
    seed: Seed,
    dbs: usize,
}

impl Keyspace {
    /// An empty keyspace of `dbs` databases; `seed` must be random and secret.
    pub fn new(dbs: usize, seed: [u8; 16]) -> Keyspace {
        let seed = Seed::new(seed);
        let shards = (0..SHARDS).map(|_| Slot(Mutex::new(Shard::new(dbs, seed)))).collect();
        Keyspace { shards, seed, dbs }
    }

    /// Number of databases.
    pub fn dbs(&self) -> usize {
        self.dbs
    }

    /// The hash of a key: computed once per command, passed to every call that takes `h`.
    #[inline]
    pub fn hash(&self, key: &[u8]) -> u64 {
        self.seed.hash(key)
    }

    /// The shard that a key with this hash lives in.
    #[inline]
    pub fn shard_of(&self, hash: u64) -> usize {
        (hash >> 50) as usize % SHARDS
    }

    /// Locks shard `index`. A thread that panicked under this lock is no reason to stop serving: every
    /// method leaves the shard whole before it can panic.
    #[inline]
    pub fn lock(&self, index: usize) -> MutexGuard<'_, Shard> {
        self.shards[index].0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The snapshot that runs on a shard.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) sink: Arc<dyn SnapshotSink>,
    pub(super) epoch: u8,
}

/// One shard: its slice of every database, and the state of a running snapshot.
pub struct Shard {
    dbs: Vec<Option<Box<Db>>>,
    /// What a database looks like before it has got a key here.
    empty: Db,
    seed: Seed,
    /// Most databases there may be.
    limit: usize,
    /// Epoch stamped into entries; one more with each snapshot.
    epoch: u8,
    /// No entry here is of an epoch before this one.
    oldest: u8,
    running: Option<Running>,
}

impl Shard {
    fn new(limit: usize, seed: Seed) -> Shard {
        Shard { dbs: Vec::new(), empty: Db::new(seed), seed, limit, epoch: 0, oldest: 0, running: None }
    }

    /// Database `index` of this shard, to read.
    #[inline]
    pub fn db(&self, index: usize) -> &Db {
        match self.dbs.get(index) {
            Some(Some(db)) => db,
            _ => &self.empty,
        }
    }

    /// Database `index` of this shard, to change.
    #[inline]
    pub fn db_mut(&mut self, index: usize) -> &mut Db {
        assert!(index < self.limit, "database {index} of {}", self.limit);
        if index >= self.dbs.len() {
            self.dbs.resize_with(index + 1, || None);
        }
        let (seed, epoch, running) = (self.seed, self.epoch, &self.running);
        self.dbs[index].get_or_insert_with(|| {
            let mut db = Box::new(Db::new(seed));
            db.set_epoch(epoch);
            if let Some(running) = running {
                db.begin_snapshot(index, running.clone());
            }
            db
        })
    }

    /// Exchanges two databases (SWAPDB).
    pub fn swap_dbs(&mut self, a: usize, b: usize) {
        self.db_mut(a);
        self.db_mut(b);
        self.dbs.swap(a, b);
    }

    /// Empties every database; what they held can be dropped elsewhere.
    pub fn clear_all(&mut self) -> Vec<Detached> {
        self.dbs.iter_mut().flatten().filter(|db| !db.is_empty()).map(|db| db.clear()).collect()
    }

    /// Number of keys in all databases.
    pub fn len(&self) -> usize {
        self.dbs.iter().flatten().map(|db| db.len()).sum()
    }

    /// Whether no database has a key here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts a snapshot of this shard as it is now. One at a time: a running one is ended.
    pub fn begin_snapshot(&mut self, sink: Arc<dyn SnapshotSink>) {
        self.end_snapshot();
        self.next_epoch();
        let running = Running { sink, epoch: self.epoch };
        for (index, db) in self.dbs.iter_mut().enumerate() {
            if let Some(db) = db {
                db.begin_snapshot(index, running.clone());
            }
        }
        self.running = Some(running);
    }

    /// Delivers entries which the snapshot has not got yet, looking at about `budget` entries. True
    /// when the whole shard is delivered (or no snapshot runs).
    pub fn walk(&mut self, budget: usize) -> bool {
        if self.running.is_none() {
            return true;
        }
        let mut left = budget.max(1);
        for db in self.dbs.iter_mut().flatten() {
            if !db.walk(&mut left) {
                return false;
            }
        }
        self.oldest = self.epoch; // whatever is here now is stamped
        true
    }

    /// Ends the snapshot, complete or not, and lets go of the sink.
    pub fn end_snapshot(&mut self) {
        if self.running.take().is_some() {
            self.dbs.iter_mut().flatten().for_each(|db| db.end_snapshot());
        }
    }

    /// Whether a snapshot is running on this shard.
    pub fn in_snapshot(&self) -> bool {
        self.running.is_some()
    }

    /// Eight bits of epoch are enough because a finished walk leaves one epoch only. After 255
    /// snapshots in a row that were given up, every entry is stamped anew, once.
    fn next_epoch(&mut self) {
        let next = self.epoch.wrapping_add(1);
        if next == self.oldest {
            self.dbs.iter_mut().flatten().for_each(|db| db.stamp_all(self.epoch));
            self.oldest = self.epoch;
        }
        self.epoch = next;
    }
}
