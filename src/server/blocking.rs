//! Clients that wait for keys: BLPOP, BLMOVE, BZPOPMIN, XREAD BLOCK ... A command that finds nothing returns
//! `Next::Block(Wait::Keys(..))`; the engine enlists a waiter under each of its keys while it still holds
//! their shards, so no change slips between the look and the registration. Whoever changes a key that
//! somebody waits for serves the waiters before it lets go of the shards:
//!
//! ```text
//!  client A: BLPOP k      [shard of k: nothing there -> enlist]          ... task sleeps ...   wakes, sends
//!  client B: LPUSH k x        [shard of k: push, journal, run A's BLPOP, journal, put its reply]
//! ```
//!
//! So an element goes to the longest waiter as if it ran its command right behind the one that made the
//! key ready, and nobody can take it in between. A waiter's command may need further shards (BLMOVE's
//! destination, BLPOP's other keys), and serving one may wake others; [`Blocking::reach`] says which shards
//! that can be, and the writer takes them all before it runs.
//!
//! A waiter has a state that is changed by compare-and-swap, so it is served once however many of its
//! keys become ready, on whichever thread, while its own task may give up at any time:
//!
//! ```text
//!   WAITING --a server claims--> CLAIMED --reply is there--> ENDED
//!      ^                            |
//!      +---- nothing for it --------+        WAITING --timeout, UNBLOCK, gone--> ENDED
//! ```
//!
//! The registry is one map a shard behind a leaf lock of its own. While nobody waits a write pays one
//! atomic load.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::catalog::Command;
use crate::limits::SHARDS;
use crate::resp::{OwnedArgs, Proto, Reply};
use crate::server::Server;
use crate::server::acl::Identity;
use crate::server::fault::Fault;
use crate::server::held::{Held, ShardMask};
use crate::server::session::{ClientShared, KILL, Origin, SERVED, Session, UNBLOCK, UNBLOCK_ERROR};
use crate::server::sync::locked;
use crate::store::{Keyspace, Kind};

const WAITING: u8 = 0;
const CLAIMED: u8 = 1;
const ENDED: u8 = 2;

/// The error of clients that waited while the role changed.
pub const ROLE_CHANGED: Fault = Fault::new(
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
);
/// The error of CLIENT UNBLOCK ... ERROR.
pub const UNBLOCKED: Fault = Fault::new("UNBLOCKED client unblocked via CLIENT UNBLOCK");

/// What a client gets that waited in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// The null of a single value.
    Null,
    /// The null of an array.
    NullArray,
}

impl Empty {
    /// Writes it.
    pub fn write(self, reply: &mut Reply) {
        match self {
            Empty::Null => reply.null(),
            Empty::NullArray => reply.null_array(),
        }
    }
}

/// What a command that found nothing waits for.
#[derive(Debug, Clone)]
pub struct KeyWait {
    /// The type that serves it.
    pub kind: Kind,
    /// Any of these keys, in the selected database.
    pub keys: Vec<Box<[u8]>>,
    /// Monotonic time to give up, ms.
    pub deadline_ms: Option<u64>,
    /// Runs again as well when a key is deleted or becomes another type (XREADGROUP).
    pub on_gone: bool,
    /// The reply when the time is over.
    pub empty: Empty,
}

/// How a waiter was served.
#[derive(Debug)]
pub enum Outcome {
    /// Its command ran: the reply, and the journal's offset after its writes.
    Reply(Vec<u8>, u64),
    /// It waits no longer, and its connection ends.
    Dismissed(Fault),
    /// Its connection has to run the command again.
    Again,
}

/// A command that waits.
#[derive(Debug)]
pub struct Waiter {
    /// What it waits for.
    pub wait: KeyWait,
    /// The command.
    pub command: &'static Command,
    /// Its arguments, name included.
    pub args: OwnedArgs,
    client: Arc<ClientShared>,
    identity: Identity,
    db: usize,
    proto: Proto,
    local: bool,
    /// The shards its command touches.
    mask: ShardMask,
    /// Its place in every queue: the longest waiter has the smallest.
    turn: u64,
    state: AtomicU8,
    outcome: Mutex<Option<Outcome>>,
}

impl Waiter {
    /// A client as its waiting command sees it: the connection's own session stays with its task.
    pub fn session(&self) -> Session {
        let identity = self.identity.clone();
        let mut session = Session::new(Arc::clone(&self.client), Origin::Client, self.local, identity);
        session.db = self.db;
        session.proto = self.proto;
        session.authenticated = true;
        session
    }

    /// The shards its command touches.
    pub fn mask(&self) -> ShardMask {
        self.mask
    }

    fn shift(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Takes it for a server; false when somebody else has, or its client is about to end.
    pub fn claim(&self) -> bool {
        self.client.flags() & KILL == 0 && self.shift(WAITING, CLAIMED)
    }

    /// What came of it, once.
    pub fn take_outcome(&self) -> Option<Outcome> {
        locked(&self.outcome).take()
    }
}

/// Who waits for one key.
#[derive(Debug, Default)]
struct Queue {
    by_turn: BTreeMap<u64, Arc<Waiter>>,
    /// Those of them that also want to know when the key is gone.
    on_gone: usize,
}

/// The queues of one database, by key.
type Queues = HashMap<Box<[u8]>, Queue>;

/// The keys of one shard that somebody waits for.
#[derive(Debug, Default)]
struct Waited {
    /// The shards that serving a waiter here may need; 0 when nobody waits.
    reach: AtomicU64,
    keys: Mutex<HashMap<usize, Queues>>,
}

/// Everyone who waits for keys.
#[derive(Debug)]
pub struct Blocking {
    waiters: AtomicUsize,
    turns: AtomicU64,
    shards: Vec<Waited>,
}

impl Default for Blocking {
    fn default() -> Blocking {
        let shards = (0..SHARDS).map(|_| Waited::default()).collect();
        Blocking { waiters: AtomicUsize::new(0), turns: AtomicU64::new(0), shards }
    }
}

/// A key that changed while somebody waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its database.
    pub db: usize,
    /// The key.
    pub key: Box<[u8]>,
}

impl Blocking {
    /// Does anybody wait?
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.waiters.load(Ordering::Acquire) == 0
    }

    /// The shards a writer of `mask` needs so that it can serve everyone it may wake. Exact while the
    /// shards of the result are held: enlisting takes a waiter's shards.
    pub fn reach(&self, mask: ShardMask) -> ShardMask {
        let (mut all, mut fresh) = (mask, mask);
        while fresh != 0 {
            let mut next = 0;
            while fresh != 0 {
                next |= self.shards[fresh.trailing_zeros() as usize].reach.load(Ordering::Acquire);
                fresh &= fresh - 1;
            }
            fresh = next & !all;
            all |= next;
        }
        all
    }

    /// Locks the shards of a writer, and those of everyone it may wake.
    pub fn hold(&self, keyspace: &'static Keyspace, mask: ShardMask) -> Held {
        let mut held = Held::many(keyspace, mask);
        while !self.is_idle() {
            let needed = self.reach(held.mask());
            if needed == held.mask() {
                break;
            }
            drop(held);
            held = Held::many(keyspace, needed);
        }
        held
    }

    /// Enlists a command that found nothing; its shards are held.
    pub fn enlist(
        &self,
        keyspace: &Keyspace,
        session: &Session,
        (command, args): (&'static Command, OwnedArgs),
        wait: KeyWait,
        mask: ShardMask,
    ) -> Arc<Waiter> {
        session.shared.take_flags(UNBLOCK | UNBLOCK_ERROR | SERVED);
        session.shared.blocked.store(true, Ordering::Release);
        let waiter = Arc::new(Waiter {
            wait,
            command,
            args,
            client: Arc::clone(&session.shared),
            identity: session.identity.clone(),
            db: session.db,
            proto: session.proto,
            local: session.local,
            mask,
            turn: self.turns.fetch_add(1, Ordering::Relaxed),
            state: AtomicU8::new(WAITING),
            outcome: Mutex::new(None),
        });
        for key in &waiter.wait.keys {
            let shard = &self.shards[keyspace.shard_of(keyspace.hash(key))];
            let mut keys = locked(&shard.keys);
            let queue = keys.entry(waiter.db).or_default().entry(key.clone()).or_default();
            if queue.by_turn.insert(waiter.turn, Arc::clone(&waiter)).is_none() && waiter.wait.on_gone {
                queue.on_gone += 1;
            }
            shard.reach.fetch_or(mask, Ordering::AcqRel);
        }
        self.waiters.fetch_add(1, Ordering::AcqRel);
        waiter
    }

    /// Takes a waiter that has ended out of its queues.
    fn dismiss(&self, keyspace: &Keyspace, waiter: &Waiter) {
        let mut gone = false;
        for key in &waiter.wait.keys {
            let shard = &self.shards[keyspace.shard_of(keyspace.hash(key))];
            let mut keys = locked(&shard.keys);
            gone |= remove(&mut keys, waiter, key);
            if keys.is_empty() {
                shard.reach.store(0, Ordering::Release);
            }
        }
        if gone {
            self.waiters.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Does anybody wait for this key?
    pub fn waits(&self, shard: usize, db: usize, key: &[u8]) -> bool {
        let shard = &self.shards[shard];
        shard.reach.load(Ordering::Acquire) != 0
            && locked(&shard.keys).get(&db).is_some_and(|keys| keys.contains_key(key))
    }

    /// Every key of a database that somebody waits for.
    pub fn waited_keys(&self, db: usize) -> Vec<Ready> {
        let of = |shard: &Waited| -> Vec<Ready> {
            let keys = locked(&shard.keys);
            keys.get(&db)
                .into_iter()
                .flat_map(|keys| keys.keys())
                .map(|key| Ready { db, key: key.clone() })
                .collect()
        };
        self.shards.iter().flat_map(of).collect()
    }

    /// The next in the queue of a key, from `turn` on, who wants to run now that the key holds a value of
    /// `kind` (`None`: is not there).
    pub fn next_for(
        &self,
        shard: usize,
        ready: &Ready,
        kind: Option<Kind>,
        turn: u64,
    ) -> Option<Arc<Waiter>> {
        let keys = locked(&self.shards[shard].keys);
        let queue = keys.get(&ready.db)?.get(&ready.key)?;
        if kind.is_none() && queue.on_gone == 0 {
            return None;
        }
        let wants = |waiter: &&Arc<Waiter>| waiter.wait.on_gone || kind == Some(waiter.wait.kind);
        queue.by_turn.range(turn..).map(|(_, waiter)| waiter).find(wants).cloned()
    }

    /// A claimed waiter is done: its client's task takes the outcome.
    pub fn finish(&self, keyspace: &Keyspace, waiter: &Waiter, outcome: Outcome) {
        self.dismiss(keyspace, waiter);
        *locked(&waiter.outcome) = Some(outcome);
        waiter.state.store(ENDED, Ordering::Release);
        waiter.client.raise(SERVED);
    }

    /// There was nothing for a claimed waiter: it goes on waiting in its old place.
    pub fn release(&self, keyspace: &Keyspace, waiter: &Waiter) {
        if waiter.shift(CLAIMED, WAITING) {
            waiter.client.raise(SERVED); // its time may be over by now
        } else {
            self.dismiss(keyspace, waiter);
        }
    }

    /// The waiter's own task gives up; false when a server has claimed it: then an outcome comes.
    pub fn give_up(&self, keyspace: &Keyspace, waiter: &Waiter) -> bool {
        let ended = waiter.shift(WAITING, ENDED);
        if ended {
            self.dismiss(keyspace, waiter);
        }
        ended
    }

    /// The waiter's client is gone, whatever its state.
    pub fn abandon(&self, keyspace: &Keyspace, waiter: &Waiter) {
        waiter.state.store(ENDED, Ordering::Release);
        self.dismiss(keyspace, waiter);
    }

    /// A key was removed by somebody who runs no commands (expiry, eviction); its shard is held. Those who
    /// want to know run their command again on their own.
    pub fn removed(&self, keyspace: &Keyspace, db: usize, key: &[u8]) {
        if self.is_idle() {
            return;
        }
        let shard = keyspace.shard_of(keyspace.hash(key));
        let ready = Ready { db, key: key.into() };
        let mut turn = 0;
        while let Some(waiter) = self.next_for(shard, &ready, None, turn) {
            turn = waiter.turn + 1;
            if waiter.wait.on_gone && waiter.claim() {
                self.finish(keyspace, &waiter, Outcome::Again);
            }
        }
    }

    /// The role changes, with every shard held: nobody here waits any longer.
    pub fn dismiss_all(&self, keyspace: &Keyspace, fault: &Fault) {
        for shard in &self.shards {
            let all: Vec<Arc<Waiter>> = {
                let keys = locked(&shard.keys);
                let queues = keys.values().flat_map(HashMap::values);
                queues.flat_map(|queue| queue.by_turn.values().cloned()).collect()
            };
            for waiter in all {
                if waiter.claim() {
                    self.finish(keyspace, &waiter, Outcome::Dismissed(fault.clone()));
                }
            }
        }
    }

    /// For INFO: keys that somebody waits for, and those whose deletion somebody waits for.
    pub fn key_counts(&self) -> (usize, usize) {
        let (mut all, mut on_gone) = (0, 0);
        for shard in &self.shards {
            for queue in locked(&shard.keys).values().flat_map(HashMap::values) {
                all += 1;
                on_gone += usize::from(queue.on_gone > 0);
            }
        }
        (all, on_gone)
    }
}

impl Waiter {
    /// The place behind it.
    pub fn next_turn(&self) -> u64 {
        self.turn + 1
    }
}

/// Takes a waiter out of one key's queue; says whether it was there.
fn remove(keys: &mut HashMap<usize, Queues>, waiter: &Waiter, key: &[u8]) -> bool {
    let Some(of_db) = keys.get_mut(&waiter.db) else { return false };
    let Some(queue) = of_db.get_mut(key) else { return false };
    let found = queue.by_turn.remove(&waiter.turn).is_some();
    if found && waiter.wait.on_gone {
        queue.on_gone -= 1;
    }
    if queue.by_turn.is_empty() {
        of_db.remove(key);
    }
    if of_db.is_empty() {
        keys.remove(&waiter.db);
    }
    found
}

/// Waits are told of every key of these databases (FLUSHALL, SWAPDB): the keys, to be served.
pub fn all_of(server: &Server, dbs: impl Iterator<Item = usize>) -> Vec<Ready> {
    if server.blocking.is_idle() {
        return Vec::new();
    }
    dbs.flat_map(|db| server.blocking.waited_keys(db)).collect()
}
