//! Active expiry: finds keys whose time is over although nobody asks for them. A cycle visits the shards
//! in turn, a few entries of the expiring keys at a time, each step under one shard's lock for some tens
//! of microseconds. Shards where more than a tenth of the visited keys was expired are visited again, until
//! none is left.
//!
//! ```text
//!   burst | pause | burst | pause | burst  ...  rest until the next cycle (hz)
//!         `- so long that bursts take the share of time that active-expire-effort allows
//! ```
//!
//! Bursts are short, so that a worker which wants the processor has it soon; and a shard is not taken again
//! at once while there are others: locks are not fair, and keep out who sleeps on them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock;
use crate::limits::SHARDS;
use crate::replication::Unit;
use crate::replication::delete_verb;
use crate::server::config::{Events, Settings};
use crate::server::held::Held;
use crate::server::local_keys::Place;
use crate::server::{Server, durability, fields, gate, notify};

/// Entries visited under one hold of a shard's lock.
const STEP_ENTRIES: usize = 64;

/// Share of the time that bursts may take, in percent, at effort 1.
const SHARE_PERCENT: u32 = 25;

/// The longest that one burst takes, but for its last step.
const BURST: Duration = Duration::from_micros(500);

/// Keys that clients made on a replica which one cycle looks at.
const LOCAL_KEYS: usize = 256;

/// Where the cycle is.
pub struct Cycle {
    server: &'static Server,
    shard: usize,
    /// Shards that this cycle still has to visit.
    rich: VecDeque<usize>,
    cursors: Vec<Vec<u64>>,
    unit: Unit,
    /// The last key of `local_keys` that was looked at.
    local: Option<Place>,
}

/// Runs cycles until the process ends.
pub async fn run(server: &'static Server) {
    let mut cycle = Cycle::new(server);
    let mut more = false;
    loop {
        let settings = server.config.snapshot();
        let rest = Duration::from_millis(1000 / settings.hz.clamp(1, 500) as u64);
        tokio::time::sleep(if more { pause(&settings) } else { rest }).await;
        more = !server.switches.cron_paused.is_on() && cycle.burst(&server.config.snapshot());
    }
}

/// The time between two bursts of one cycle.
fn pause(settings: &Settings) -> Duration {
    let share = SHARE_PERCENT + 2 * (settings.active_expire_effort.clamp(1, 10) - 1);
    BURST * (100 - share) / share
}

impl Cycle {
    /// Before its first shard.
    fn new(server: &'static Server) -> Cycle {
        let cursors = vec![Vec::new(); SHARDS];
        Cycle { server, shard: 0, rich: VecDeque::new(), cursors, unit: Unit::new(), local: None }
    }

    /// One burst; true when the cycle is not at its end.
    fn burst(&mut self, settings: &Settings) -> bool {
        let server = self.server;
        if !server.expires_actively() || server.scripts.running.is_seen() {
            return false;
        }
        match server.gates.get() & (gate::REPLICA | gate::PAUSED | gate::LOADING) {
            0 => {}
            gate::REPLICA => {
                self.step_local(settings);
                return false;
            }
            _ => return false,
        }
        if self.rich.is_empty() {
            self.rich = (0..SHARDS).collect();
        }
        let deadline_us = clock::mono_us() + BURST.as_micros() as u64;
        while let Some(shard) = self.rich.pop_front() {
            self.shard = shard;
            if self.visit(settings) {
                self.rich.push_back(shard);
            }
            if clock::mono_us() > deadline_us {
                break;
            }
        }
        if !self.rich.is_empty() {
            server.stats.expired_time_cap_reached.add_shared(1);
        }
        !self.rich.is_empty()
    }

    /// A replica looks at the keys that clients made here, some of them in each cycle.
    fn step_local(&mut self, settings: &Settings) {
        let server = self.server;
        if server.local_keys.is_empty() {
            return;
        }
        let places = server.local_keys.next(self.local.as_ref(), LOCAL_KEYS);
        for place in &places {
            self.visit_local(settings, place);
        }
        self.local = places.last().cloned();
    }

    /// Deletes a key of a client whose time is over; one that has no expiry any more is forgotten.
    fn visit_local(&mut self, settings: &Settings, place: &Place) {
        let (server, (db, key)) = (self.server, place);
        let hash = server.keyspace.hash(key);
        self.shard = server.keyspace.shard_of(hash);
        let mut held = Held::one(&server.keyspace, self.shard);
        let expire_ms = held.shard(self.shard).db(*db).get(hash, key).and_then(|e| e.expire_ms());
        let over = crate::store::expiry::is_expired(expire_ms, clock::wall_ms());
        if over {
            self.delete(settings, &mut held, *db, key, false);
            server.stats.expired_active.add_shared(1);
        }
        if over || expire_ms.is_none() {
            server.local_keys.remove(place);
        }
    }

    /// One step in the current shard; true when it is worth staying.
    fn visit(&mut self, settings: &Settings) -> bool {
        let (server, shard) = (self.server, self.shard);
        let now_ms = clock::wall_ms();
        let mut held = Held::one(&server.keyspace, shard);
        let journaling = server.journal.active();
        let (mut seen, mut gone) = (0usize, 0usize);
        let mut more = false;
        for db in 0..server.keyspace.dbs() {
            more |= self.expire_fields(settings, &mut held, db, now_ms, journaling);
            let (s, found) = self.expired_keys(&mut held, db, now_ms);
            seen += s;
            gone += found.len();
            for key in &found {
                self.delete(settings, &mut held, db, key, journaling);
            }
        }
        if !self.unit.is_empty() {
            self.unit.set_bare();
            server.journal.append(&self.unit);
            self.unit.clear();
        }
        drop(held);
        server.journal.wake();
        durability::write_through(server);
        server.stats.expired_active.add_shared(gone as u64);
        more || gone * 10 > seen
    }

    /// Removes some fields of hashes whose time is over; true when there are more.
    fn expire_fields(
        &mut self,
        settings: &Settings,
        held: &mut Held,
        db: usize,
        now_ms: i64,
        journaling: bool,
    ) -> bool {
        let (server, shard) = (self.server, self.shard);
        let unit = &mut self.unit;
        fields::step(server, settings, (held, shard), db, now_ms, &mut |words| {
            if journaling {
                unit.effect(db as u32, words);
            }
        })
    }

    /// Visits some of the expiring keys of a database's slice.
    fn expired_keys(&mut self, held: &mut Held, db: usize, now_ms: i64) -> (usize, Vec<Box<[u8]>>) {
        let slice = held.shard(self.shard).db(db);
        if slice.expires_len() == 0 {
            return (0, Vec::new());
        }
        let cursors = &mut self.cursors[self.shard];
        if cursors.len() <= db {
            cursors.resize(db + 1, 0);
        }
        let (mut seen, mut found) = (0, Vec::new());
        while seen < STEP_ENTRIES {
            cursors[db] = slice.scan_expires(cursors[db], &mut |entry| {
                seen += 1;
                if crate::store::expiry::is_expired(entry.expire_ms(), now_ms) {
                    found.push(entry.key().into());
                }
            });
            if cursors[db] == 0 {
                break;
            }
        }
        (seen, found)
    }

    fn delete(&mut self, settings: &Settings, held: &mut Held, db: usize, key: &[u8], journaling: bool) {
        let server = self.server;
        let hash = server.keyspace.hash(key);
        if !held.shard(self.shard).db_mut(db).remove(hash, key) {
            return;
        }
        if journaling {
            let verb = delete_verb(settings.lazyfree_lazy_expire);
            self.unit.effect(db as u32, &[verb, key]);
        }
        server.watches.touch(db, key, || true);
        server.tracking.removed(server, key);
        server.blocking.removed(&server.keyspace, db, key);
        notify::event(server, settings, Events::EXPIRED, "expired", db, key);
    }
}
