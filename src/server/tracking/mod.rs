//! Client-side caching: which client has read which key and wants to know when it changes (CLIENT TRACKING).
//!
//! ```text
//!   A: GET k   [shard of k: read; table of the shard: k -> A]        A keeps k in its own memory
//!   B: SET k   [shard of k: write; take k out of the table]  -->  A's outbox: invalidate k
//! ```
//!
//! A key is remembered and forgotten while its shard is held, so no change slips between a reply and its
//! place in the table. There is one table a shard, each behind a leaf lock of its own; keys of all databases
//! share it, as in Redis, where a message does not name the database. A client that leaves stays in the table
//! until its keys change; ids are never used again.
//!
//! With BCAST a client is told of every change of keys with its prefixes, and nothing is remembered.
//!
//! While nobody tracks, a command pays for one bit of the gates (`gate::TRACKED`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use bytes::Bytes;

use crate::limits::SHARDS;
use crate::server::Server;
use crate::server::gate;
use crate::server::session::ClientShared;
use crate::server::sync::{locked, reading, writing};
use crate::store::reclaim;

pub mod message;
pub mod mode;
mod table;
mod told;

use message::Message;
use table::{Added, Entry, Table};
pub use told::{Cause, Own, Told};

/// Keys that are forgotten at once when there are too many; and the share of what is too much, as a divisor,
/// that goes beyond it.
const FORGOTTEN_AT_ONCE: usize = 100;
const FORGOTTEN_SHARE: usize = 16;

/// Everyone who tracks.
#[derive(Debug)]
pub struct Tracking {
    members: RwLock<HashMap<u64, Arc<ClientShared>>>,
    clients: AtomicUsize,
    prefixes: RwLock<BTreeMap<Bytes, Vec<Arc<ClientShared>>>>,
    broadcasting: AtomicUsize,
    tables: Vec<Mutex<Table>>,
    keys: AtomicUsize,
    items: AtomicUsize,
    random: AtomicU64,
}

impl Default for Tracking {
    fn default() -> Tracking {
        Tracking {
            members: RwLock::default(),
            clients: AtomicUsize::new(0),
            prefixes: RwLock::default(),
            broadcasting: AtomicUsize::new(0),
            tables: (0..SHARDS).map(|_| Mutex::default()).collect(),
            keys: AtomicUsize::new(0),
            items: AtomicUsize::new(0),
            random: AtomicU64::new(0),
        }
    }
}

/// Numbers for INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Clients that track.
    pub clients: usize,
    /// Keys in the tables.
    pub keys: usize,
    /// Clients in the tables, once for each of their keys.
    pub items: usize,
    /// Prefixes that somebody has.
    pub prefixes: usize,
}

impl Tracking {
    /// A client begins to track, or tracks in another way.
    pub fn join(
        &self,
        gates: &gate::Gates,
        client: &Arc<ClientShared>,
        bits: u32,
        redirect: u64,
        prefixes: &[Bytes],
    ) {
        let fresh = client.tracking.begin(bits, redirect, prefixes);
        {
            let mut all = writing(&self.prefixes);
            fresh.into_iter().for_each(|prefix| all.entry(prefix).or_default().push(Arc::clone(client)));
            self.broadcasting.store(all.len(), Ordering::Release);
        }
        let mut members = writing(&self.members);
        members.insert(client.id, Arc::clone(client));
        self.clients.store(members.len(), Ordering::Release);
        gates.set(gate::TRACKED, true);
    }

    /// A client tracks no longer.
    pub fn leave(&self, gates: &gate::Gates, client: &ClientShared) {
        if !client.tracking.is(mode::ON) {
            return;
        }
        let prefixes = client.tracking.end();
        if !prefixes.is_empty() {
            let mut all = writing(&self.prefixes);
            for prefix in &prefixes {
                if let Some(clients) = all.get_mut(prefix) {
                    clients.retain(|known| known.id != client.id);
                }
            }
            all.retain(|_, clients| !clients.is_empty());
            self.broadcasting.store(all.len(), Ordering::Release);
        }
        let mut members = writing(&self.members);
        members.remove(&client.id);
        self.clients.store(members.len(), Ordering::Release);
        gates.set(gate::TRACKED, !members.is_empty());
    }

    fn member(&self, id: u64) -> Option<Arc<ClientShared>> {
        reading(&self.members).get(&id).cloned()
    }

    /// Who is told of which prefix.
    fn listeners(&self) -> Vec<(Bytes, Vec<Arc<ClientShared>>)> {
        reading(&self.prefixes).iter().map(|(prefix, clients)| (prefix.clone(), clients.clone())).collect()
    }

    /// A client has read a key of this shard, which is held.
    pub fn remember(&self, shard: usize, key: &[u8], client: u64) {
        let added = locked(&self.tables[shard]).add(key, client);
        self.keys.fetch_add(usize::from(added == Added::Key), Ordering::Relaxed);
        self.items.fetch_add(usize::from(added != Added::Nothing), Ordering::Relaxed);
    }

    /// Counts a key that was taken out of its table.
    fn forgotten(&self, entry: &Entry) {
        self.keys.fetch_sub(1, Ordering::Relaxed);
        self.items.fetch_sub(entry.clients.len(), Ordering::Relaxed);
    }

    /// A key changed or went; its shard is held. The others are told at once, the client whose command runs
    /// and those with a prefix later.
    #[cold]
    pub fn changed(&self, server: &Server, key: &[u8], cause: Cause, told: &mut Told) {
        let shard = server.keyspace.shard_of(server.keyspace.hash(key));
        let entry = locked(&self.tables[shard]).take(key);
        if let Some(entry) = entry {
            self.forgotten(&entry);
            self.invalidate(server, &entry, cause.runs(), Some(told));
        }
        if self.broadcasting.load(Ordering::Acquire) != 0 && self.is_listened_to(key) {
            told.broadcast_later(key, cause);
        }
    }

    /// The same for who runs no commands: everyone is told at once.
    pub fn removed(&self, server: &Server, key: &[u8]) {
        if server.gates.has(gate::TRACKED) {
            let mut told = Told::default();
            self.changed(server, key, Cause::Server, &mut told);
            told.broadcast(server);
        }
    }

    fn is_listened_to(&self, key: &[u8]) -> bool {
        reading(&self.prefixes).keys().any(|prefix| key.starts_with(prefix))
    }

    /// Tells those who have read a key. What a client has read before it went over to BCAST is of no interest
    /// to it any more.
    fn invalidate(&self, server: &Server, entry: &Entry, runs: u64, mut told: Option<&mut Told>) {
        let mut message = Message::key(&entry.key);
        for client in entry.clients.iter().filter_map(|id| self.member(*id)) {
            let own = client.id == runs;
            let tracking = &client.tracking;
            if tracking.is(mode::BCAST) || own && tracking.is(mode::NOLOOP) {
                continue;
            }
            match told.as_mut().filter(|_| own) {
                Some(told) => told.own.push(Own::Key((&*entry.key).into())),
                None => message.send(server, &client),
            }
        }
    }

    /// All data is another, or gone; every shard is held. `runs` is the client whose command has done it, 0
    /// when none has.
    pub fn flushed(&self, server: &Server, runs: u64, told: &mut Told) {
        if self.keys.load(Ordering::Relaxed) != 0 {
            self.clear();
        }
        if !server.gates.has(gate::TRACKED) {
            return;
        }
        let members: Vec<Arc<ClientShared>> = reading(&self.members).values().cloned().collect();
        let mut message = Message::everything();
        for client in members {
            if client.id == runs {
                told.own.push(Own::Everything);
            } else {
                message.send(server, &client);
            }
        }
    }

    /// The same for who runs no commands.
    pub fn replaced(&self, server: &Server) {
        self.flushed(server, 0, &mut Told::default());
    }

    /// Forgets every key. The memory is given back on another thread.
    fn clear(&self) {
        let gone: Vec<Table> = self.tables.iter().map(|table| self.empty(&mut locked(table))).collect();
        reclaim::when_done(move || drop(gone));
    }

    fn empty(&self, table: &mut Table) -> Table {
        let gone = std::mem::take(table);
        let (keys, items) = gone.sizes();
        self.keys.fetch_sub(keys, Ordering::Relaxed);
        self.items.fetch_sub(items, Ordering::Relaxed);
        gone
    }

    /// Keeps to `tracking-table-max-keys`: forgets some keys when there are more, and tells those who have read
    /// them. A part of what is too much at a time, so that no command waits for all of it.
    pub fn keep_to(&self, server: &Server, most: u64) {
        let excess = self.keys.load(Ordering::Relaxed).saturating_sub(most as usize);
        if most == 0 || excess == 0 {
            return;
        }
        for _ in 0..excess.min(FORGOTTEN_AT_ONCE + excess / FORGOTTEN_SHARE) {
            let number = self.random.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let first = (number >> 32) as usize % SHARDS;
            let mut shards = (0..SHARDS).map(|step| (first + step) % SHARDS);
            let Some(entry) = shards.find_map(|shard| locked(&self.tables[shard]).take_any(number >> 8))
            else {
                return;
            };
            self.forgotten(&entry);
            self.invalidate(server, &entry, 0, None);
        }
    }

    /// From time to time: keeps to the limit, and gives the memory back when nobody tracks any more.
    pub fn tick(&self, server: &Server, most: u64) {
        self.keep_to(server, most);
        if self.keys.load(Ordering::Relaxed) == 0 || self.clients.load(Ordering::Acquire) != 0 {
            return;
        }
        for table in &self.tables {
            let mut table = locked(table);
            // Whoever joins does so before it remembers a key here: this look is the one that counts.
            if self.clients.load(Ordering::Acquire) == 0 {
                drop(self.empty(&mut table));
            }
        }
    }

    /// The numbers that INFO shows.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            clients: self.clients.load(Ordering::Relaxed),
            keys: self.keys.load(Ordering::Relaxed),
            items: self.items.load(Ordering::Relaxed),
            prefixes: self.broadcasting.load(Ordering::Relaxed),
        }
    }
}
