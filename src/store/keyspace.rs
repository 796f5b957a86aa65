//! The keyspace: 64 shards by key hash, each with its own lock and its own slice of every database.
//! One lock a shard, the same shards for every database, so a command that knows its keys knows its
//! locks. Databases take memory in a shard when they first get a key there.
//!
//! A thread that waits for a lock looks up from time to time: it may be told what to do meanwhile (`on_wait`), and
//! who holds other shards gives way to a script that has to hold all of them (`lock_behind`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::hash::Seed;
use super::snapshot::SnapshotSink;
use super::table::prefetch_own;
use super::{Db, Detached};
use crate::limits::SHARDS;

/// Alone on its cache lines (two, since they are fetched in pairs): workers on neighbouring shards
/// do not slow each other down.
#[repr(align(128))]
struct Slot(Mutex<Shard>);

/// A locked shard.
pub type Locked<'a> = MutexGuard<'a, Shard>;

/// How long a thread waits for a lock before it looks up.
const WAIT_SLICE: Duration = Duration::from_millis(2);

/// All keys of the process.
pub struct Keyspace {
    shards: Box<[Slot]>,
    seed: Seed,
    dbs: usize,
    /// Somebody who holds shards wants more of them, out of order.
    extending: AtomicBool,
    /// What a thread does while it waits.
    on_wait: OnceLock<fn()>,
}

impl Keyspace {
    /// An empty keyspace of `dbs` databases; `seed` must be random and secret.
    pub fn new(dbs: usize, seed: [u8; 16]) -> Keyspace {
        let seed = Seed::new(seed);
        Keyspace::with_seed(dbs, seed)
    }

    fn with_seed(dbs: usize, seed: Seed) -> Keyspace {
        let shards = (0..SHARDS).map(|_| Slot(Mutex::new(Shard::new(dbs, seed)))).collect();
        Keyspace { shards, seed, dbs, extending: AtomicBool::new(false), on_wait: OnceLock::new() }
    }

    /// An empty keyspace beside this one, with the same hashes: their shards can be exchanged.
    pub fn spare(&self) -> Keyspace {
        Keyspace::with_seed(self.dbs, self.seed)
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

    /// Fetches the lock of shard `index` (and the head of its table, which shares the line) from the core that
    /// held it last.
    #[inline]
    pub fn prefetch_lock(&self, index: usize) {
        prefetch_own(std::ptr::from_ref(&self.shards[index]).cast());
    }

    /// Locks shard `index`. There is no poison: every method leaves the shard whole before it can panic.
    #[inline]
    pub fn lock(&self, index: usize) -> Locked<'_> {
        match self.shards[index].0.try_lock() {
            Some(shard) => shard,
            None => self.wait(index),
        }
    }

    #[cold]
    fn wait(&self, index: usize) -> Locked<'_> {
        loop {
            if let Some(shard) = self.shards[index].0.try_lock_for(WAIT_SLICE) {
                return shard;
            }
            self.look_up();
        }
    }

    /// Locks shard `index` for somebody who holds others; `None` while one with precedence needs all of them: then
    /// the others are to be let go of.
    #[inline]
    pub fn lock_behind(&self, index: usize) -> Option<Locked<'_>> {
        self.shards[index].0.try_lock().or_else(|| self.wait_behind(index))
    }

    #[cold]
    fn wait_behind(&self, index: usize) -> Option<Locked<'_>> {
        loop {
            if self.extending.load(Ordering::Acquire) {
                return None;
            }
            if let Some(shard) = self.shards[index].0.try_lock_for(WAIT_SLICE) {
                return Some(shard);
            }
            self.look_up();
        }
    }

    /// Runs `f`, which locks shards out of order, while whoever holds some and waits for others gives way. One thread
    /// at a time may do so: the one whose turn it is to run a script.
    pub fn extending<R>(&self, f: impl FnOnce() -> R) -> R {
        self.extending.store(true, Ordering::Release);
        let result = f();
        self.extending.store(false, Ordering::Release);
        result
    }

    /// Sets what a thread does between two attempts at a lock; once, before there is more than one thread.
    pub fn set_on_wait(&self, on_wait: fn()) {
        let _ = self.on_wait.set(on_wait);
    }

    /// For whoever waits for another lock in the same manner.
    pub fn look_up(&self) {
        if let Some(on_wait) = self.on_wait.get() {
            on_wait();
        }
    }
}

/// The snapshot that runs on a shard.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) sink: Arc<dyn SnapshotSink>,
    pub(super) epoch: u8,
}

/// One shard: its slice of every database, and the state of a running snapshot. Database 0, which nearly
/// everybody uses, is inline and first: its table's head shares the lock's cache line.
#[repr(C)]
pub struct Shard {
    first: Db,
    /// Databases from 1 on, made when they first get a key here.
    others: Vec<Option<Box<Db>>>,
    /// What a database looks like before that.
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
        let (first, empty) = (Db::new(seed), Db::new(seed));
        Shard { first, others: Vec::new(), empty, seed, limit, epoch: 0, oldest: 0, running: None }
    }

    /// Database `index` of this shard, to read.
    #[inline]
    pub fn db(&self, index: usize) -> &Db {
        match index.checked_sub(1).map(|other| self.others.get(other)) {
            None => &self.first,
            Some(Some(Some(db))) => db,
            Some(_) => &self.empty,
        }
    }

    /// Database `index` of this shard, to change.
    #[inline]
    pub fn db_mut(&mut self, index: usize) -> &mut Db {
        match index.checked_sub(1) {
            None => &mut self.first,
            Some(other) => self.other_mut(other),
        }
    }

    /// Database `other` + 1, to change.
    fn other_mut(&mut self, other: usize) -> &mut Box<Db> {
        assert!(other + 1 < self.limit, "database {} of {}", other + 1, self.limit);
        if other >= self.others.len() {
            self.others.resize_with(other + 1, || None);
        }
        let (seed, epoch, running) = (self.seed, self.epoch, &self.running);
        self.others[other].get_or_insert_with(|| {
            let mut db = Box::new(Db::new(seed));
            db.set_epoch(epoch);
            if let Some(running) = running {
                db.begin_snapshot(other + 1, running.clone());
            }
            db
        })
    }

    /// Exchanges two databases (SWAPDB).
    pub fn swap_dbs(&mut self, a: usize, b: usize) {
        let (low, high) = (a.min(b), a.max(b));
        if low == high {
            return;
        }
        self.other_mut(high - 1);
        match low.checked_sub(1) {
            Some(other) => {
                self.other_mut(other);
                self.others.swap(other, high - 1);
            }
            None => {
                if let Some(Some(db)) = self.others.get_mut(high - 1) {
                    std::mem::swap(&mut self.first, &mut **db);
                }
            }
        }
    }

    /// The databases that there are, in order.
    fn dbs(&self) -> impl Iterator<Item = &Db> {
        std::iter::once(&self.first).chain(self.others.iter().flatten().map(|db| &**db))
    }

    /// The databases that there are, in order, to change.
    fn dbs_mut(&mut self) -> impl Iterator<Item = &mut Db> {
        std::iter::once(&mut self.first).chain(self.others.iter_mut().flatten().map(|db| &mut **db))
    }

    /// Exchanges everything with the same shard of a spare keyspace. A snapshot that was given up here ends;
    /// none may be running.
    pub fn exchange(&mut self, spare: &mut Shard) {
        self.end_snapshot();
        std::mem::swap(self, spare);
    }

    /// Empties every database; what they held can be dropped elsewhere.
    pub fn clear_all(&mut self) -> Vec<Detached> {
        self.dbs_mut().filter(|db| !db.is_empty()).map(Db::clear).collect()
    }

    /// Number of keys in all databases.
    pub fn len(&self) -> usize {
        self.dbs().map(Db::len).sum()
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
        self.first.begin_snapshot(0, running.clone());
        for (other, db) in self.others.iter_mut().enumerate() {
            if let Some(db) = db {
                db.begin_snapshot(other + 1, running.clone());
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
        for db in self.dbs_mut() {
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
            self.dbs_mut().for_each(Db::end_snapshot);
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
            let epoch = self.epoch;
            self.dbs_mut().for_each(|db| db.stamp_all(epoch));
            self.oldest = epoch;
        }
        self.epoch = next;
    }
}
