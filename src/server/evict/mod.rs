//! `maxmemory`: makes room by evicting keys, as the policy says, before a command runs.
//!
//! ```text
//!   over the limit?  --no-->  (one compare)
//!        | yes: one evictor at a time, holding no shard
//!        v
//!   sample a few keys of one shard -> pool of the best candidates -> remove the best -> enough? again
//!                                                                                  time over? later
//! ```
//!
//! Each step holds one shard. Workers that need room at once wait for one another and look again, so
//! nothing is evicted twice for the same bytes. Memory that the reclaimer is about to free counts as free.
//! What time did not suffice for is done by a task of the main thread, in slices.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock;
use crate::limits::SHARDS;
use crate::replication::{Unit, delete_verb};
use crate::server::config::{Events, MaxmemoryPolicy, Settings};
use crate::server::held::Held;
use crate::server::session::leaving;
use crate::server::signal::Signal;
use crate::server::sync::locked;
use crate::server::{Server, gate, notify, random_bytes};
use crate::store::{self, Db, EntryRef, lru, reclaim};

pub mod clients;
mod pool;

use pool::{Candidate, Pool};

/// Keys evicted between two looks at the clock.
const KEYS_PER_LOOK: usize = 16;

/// Most keys sampled in one step, whatever `maxmemory-samples` says.
const SAMPLES_MAX: u32 = 1024;

/// Is there room for the next command?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Yes.
    Enough,
    /// Not yet, but it is being made.
    Soon,
    /// No, and none can be made.
    None,
}

/// The state of eviction.
#[derive(Debug, Default)]
pub struct Eviction {
    state: Mutex<State>,
    work: Signal,
    /// Since when the limit is exceeded, monotonic; 0: it is not.
    since_us: AtomicU64,
    /// Time that it was exceeded before.
    total_us: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    policy: Option<MaxmemoryPolicy>,
    pool: Pool,
    random: u64,
    unit: Unit,
}

impl State {
    /// The next random number (splitmix64).
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Scores of another policy mean nothing.
    fn follow(&mut self, policy: MaxmemoryPolicy) {
        if self.policy != Some(policy) {
            self.policy = Some(policy);
            self.random ^= u64::from_le_bytes(random_bytes());
            self.pool.clear();
        }
    }
}

impl Eviction {
    /// Calls the task that makes room in the background.
    pub fn call(&self) {
        self.work.raise();
    }

    /// Milliseconds that the limit was exceeded since the start, and in one go until now.
    pub fn exceeded_ms(&self) -> (u64, u64) {
        let since = self.since_us.load(Ordering::Relaxed);
        let now = if since == 0 { 0 } else { clock::mono_us().saturating_sub(since) };
        ((self.total_us.load(Ordering::Relaxed) + now) / 1000, now / 1000)
    }

    /// CONFIG RESETSTAT.
    pub fn reset(&self) {
        self.total_us.store(0, Ordering::Relaxed);
        self.since_us.store(0, Ordering::Relaxed);
    }

    fn note(&self, room: Room) {
        let since = self.since_us.load(Ordering::Relaxed);
        if room != Room::Enough && since == 0 {
            self.since_us.store(clock::mono_us().max(1), Ordering::Relaxed);
        } else if room == Room::Enough && since != 0 && self.since_us.swap(0, Ordering::Relaxed) == since {
            self.total_us.fetch_add(clock::mono_us().saturating_sub(since), Ordering::Relaxed);
        }
    }
}

/// Makes room in the background, until the process ends.
pub async fn run(server: &'static Server) {
    loop {
        let called = server.eviction.work.changed();
        let settings = server.config.snapshot();
        match make_room(server, &settings) {
            Room::Soon => tokio::time::sleep(Duration::from_millis(1)).await,
            Room::Enough | Room::None => called.await,
        }
    }
}

/// Makes room when the limit is exceeded. The caller holds no shard.
pub fn make_room(server: &'static Server, settings: &Settings) -> Room {
    let gates = server.gates.get();
    let room = if settings.maxmemory == 0 || fits(server, settings) {
        Room::Enough
    } else if gates & (gate::LOADING | gate::PAUSED) != 0
        || gates & gate::REPLICA != 0 && settings.replica_ignore_maxmemory
    {
        return Room::Enough;
    } else {
        evict(server, settings)
    };
    server.eviction.note(room);
    room
}

/// Is the data within the limit? What replicas and the append-only file have still to be sent does not
/// count: evicting a key makes it grow.
fn fits(server: &Server, settings: &Settings) -> bool {
    let limit = settings.maxmemory as usize;
    let used = store::used_memory().saturating_sub(reclaim::pending_bytes());
    used <= limit || used.saturating_sub(not_counted(server) + leaving()) <= limit
}

/// Bytes of buffers that `maxmemory` does not cover.
pub fn not_counted(server: &Server) -> usize {
    let aof = server.durability.aof().map_or(0, |aof| aof.status().pending_bytes as usize);
    server.journal.usage().memory_for_readers + aof
}

fn evict(server: &'static Server, settings: &Settings) -> Room {
    let hopeless = || if reclaim::pending() > 0 { Room::Soon } else { Room::None };
    if settings.maxmemory_policy == MaxmemoryPolicy::NoEviction {
        return hopeless();
    }
    let mut state = locked(&server.eviction.state);
    state.follow(settings.maxmemory_policy);
    let started_us = clock::mono_us();
    let most_us = time_limit_us(settings.maxmemory_eviction_tenacity);
    let mut evicted = 0;
    let room = loop {
        if fits(server, settings) {
            break Room::Enough;
        }
        if !evict_one(server, settings, &mut state) {
            break hopeless();
        }
        evicted += 1;
        if evicted % KEYS_PER_LOOK == 0 && clock::mono_us().saturating_sub(started_us) > most_us {
            server.eviction.call();
            break Room::Soon;
        }
    };
    drop(state);
    server.journal.wake();
    let spent_ms = clock::mono_us().saturating_sub(started_us) / 1000;
    server.latency.event(settings, "eviction-cycle", spent_ms, clock::wall_ms());
    room
}

/// Time that one call may take, as in Redis: 0.5 ms at the default tenacity of 10, without end at 100.
fn time_limit_us(tenacity: u32) -> u64 {
    match tenacity {
        0..=10 => 50 * u64::from(tenacity),
        11..=99 => (500.0 * 1.15f64.powi(tenacity as i32 - 10)) as u64,
        _ => u64::MAX,
    }
}

/// Evicts the best key in sight; false when no key may go.
fn evict_one(server: &'static Server, settings: &Settings, state: &mut State) -> bool {
    let first = state.random() as usize % SHARDS;
    for step in 0..SHARDS {
        sample(server, settings, state, (first + step) % SHARDS);
        while let Some(candidate) = state.pool.pop() {
            if remove(server, settings, state, &candidate) {
                return true;
            }
        }
    }
    false
}

/// Offers some keys of one shard to the pool.
fn sample(server: &'static Server, settings: &Settings, state: &mut State, index: usize) {
    let policy = settings.maxmemory_policy;
    let now_ms = clock::wall_ms();
    let random = matches!(policy, MaxmemoryPolicy::AllkeysRandom | MaxmemoryPolicy::VolatileRandom);
    let samples = if random { 1 } else { settings.maxmemory_samples.min(SAMPLES_MAX) };
    let shard = server.keyspace.lock(index);
    for db in 0..server.keyspace.dbs() {
        let slice = shard.db(db);
        for _ in 0..samples {
            let number = state.random();
            let Some(entry) = pick(slice, policy, number) else { break };
            let score = if random { number } else { score(entry, settings, now_ms) };
            if state.pool.wants(score) {
                state.pool.offer(Candidate { score, db, shard: index, key: entry.key().into() });
            }
        }
    }
}

/// A random key among those that may go.
fn pick(slice: &Db, policy: MaxmemoryPolicy, number: u64) -> Option<EntryRef<'_>> {
    if volatile(policy) { slice.random_expiring(number) } else { slice.random_entry(number) }
}

/// May only keys with an expiry go?
fn volatile(policy: MaxmemoryPolicy) -> bool {
    matches!(
        policy,
        MaxmemoryPolicy::VolatileLru
            | MaxmemoryPolicy::VolatileLfu
            | MaxmemoryPolicy::VolatileRandom
            | MaxmemoryPolicy::VolatileTtl
    )
}

/// How much a key deserves to go.
fn score(entry: EntryRef<'_>, settings: &Settings, now_ms: i64) -> u64 {
    match settings.maxmemory_policy {
        MaxmemoryPolicy::AllkeysLru | MaxmemoryPolicy::VolatileLru => {
            u64::from(lru::lru_idle_seconds(entry.access(), now_ms))
        }
        MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu => {
            u64::from(u8::MAX - lru::lfu_counter(entry.access(), now_ms, settings.lfu_decay_time))
        }
        MaxmemoryPolicy::VolatileTtl => entry.expire_ms().map_or(0, |ms| u64::MAX - ms.max(0) as u64),
        _ => 0,
    }
}

/// Removes a candidate, unless it has gone, or was used since it was sampled.
fn remove(server: &'static Server, settings: &Settings, state: &mut State, candidate: &Candidate) -> bool {
    let Candidate { score: was, db, shard, ref key } = *candidate;
    let (policy, hash) = (settings.maxmemory_policy, server.keyspace.hash(key));
    let mut held = Held::one(&server.keyspace, shard);
    let slice = held.shard(shard).db_mut(db);
    let random = matches!(policy, MaxmemoryPolicy::AllkeysRandom | MaxmemoryPolicy::VolatileRandom);
    let still = slice.get(hash, key).is_some_and(|entry| {
        let may_go = !volatile(policy) || entry.expire_ms().is_some();
        may_go && (random || score(entry, settings, clock::wall_ms()) >= was)
    });
    if !still || !slice.remove(hash, key) {
        return false;
    }
    if server.journal.active() && !server.gates.has(gate::REPLICA) {
        let verb = delete_verb(settings.lazyfree_lazy_eviction);
        state.unit.effect(db as u32, &[verb, key]);
        server.journal.append(&state.unit);
        state.unit.clear();
    }
    server.stats.evicted.add_shared(1);
    server.watches.touch(db, key, || true);
    server.tracking.removed(server, key);
    server.blocking.removed(&server.keyspace, db, key);
    notify::event(server, settings, Events::EVICTED, "evicted", db, key);
    true
}
