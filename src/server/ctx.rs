//! What a command handler sees. `Ctx` has three parts that can be borrowed apart: `data` (the keys,
//! with expiry, statistics, WATCH and the journal taken care of), `reply` (the writer) and `session`
//! (the client). A handler never sees shards or locks.

use std::cell::Cell;

use tokio::sync::oneshot;

use crate::catalog::Command;
use crate::replication::{Unit, delete_verb};
use crate::resp::{Args, OwnedArgs, Reply};
use crate::server::Server;
use crate::server::blocking::{self, KeyWait, Ready};
use crate::server::config::{Events, MaxmemoryPolicy, Settings};
use crate::server::durability::save::Ended;
use crate::server::fault::{self, Fault};
use crate::server::gate;
use crate::server::held::Held;
use crate::server::links::ReplicaRequest;
use crate::server::migration::Job;
use crate::server::notify;
use crate::server::session::{Origin, Session};
use crate::server::shutdown::ShutdownRequest;
use crate::server::stats::WorkerStats;
use crate::server::tracking::{Cause, Told};
use crate::server::wait::Wait;
use crate::store::{
    Db, EntryMut, EntryRef, Inserted, Kind, OwnedEntry, OwnedValue, Shard, Str, ValueRef, expiry, lru,
};

/// A command's implementation. An error becomes the reply and is counted as a failed call.
pub type Handler = fn(&mut Ctx<'_>, Args<'_>) -> Result<(), Fault>;

/// What the connection does after a command.
pub enum Next {
    /// Goes on with the next command.
    Continue,
    /// Ends once the replies are out.
    Close,
    /// Ends now.
    Drop,
    /// Waits, then replies.
    Block(Wait),
    /// The command has to be run again once what is in its way is gone.
    Paused(Hurdle),
    /// The replies wait for the append-only file to be on disk, then the other thing happens.
    Hold(Box<Next>),
    /// The reply is sent after this time (a wrong password).
    Delay(std::time::Duration),
    /// The replies wait for a save to end.
    Saved(Ended),
    /// The replies wait until memory has been given back, and for a save to end if there is one.
    Freed(oneshot::Receiver<()>, Option<Ended>),
    /// The connection becomes the link of a replica.
    Replica(Box<ReplicaRequest>),
    /// Keys go to another server.
    Migrate(Box<Job>),
    /// The server shuts down.
    Shutdown(ShutdownRequest),
}

/// What keeps a command from running now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurdle {
    /// CLIENT PAUSE.
    Pause,
    /// A script was busy, and this command cannot run beside it.
    Busy,
    /// MIGRATE moves one of its keys; with the moves that had ended when it was met.
    Move(u64),
}

/// How a write goes to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagate {
    /// The command as it came, if it changed anything.
    AsIs,
    /// The command as it came, changed or not, to replicas and AOF.
    Always,
    /// The command as it came, to replicas only (PUBLISH).
    ReplicasOnly,
    /// The handler put its own effects into the unit, or wants none.
    Custom,
}

/// The context of one command.
pub struct Ctx<'a> {
    /// The server.
    pub server: &'static Server,
    /// The settings in force.
    pub settings: &'a Settings,
    /// The client.
    pub session: &'a mut Session,
    /// The reply.
    pub reply: &'a mut Reply,
    /// The keys.
    pub data: Data<'a>,
    /// The command's catalog entry.
    pub command: &'static Command,
    /// How the command is propagated.
    pub propagate: Propagate,
    /// What happens after the command.
    pub next: Next,
}

/// The keys of the selected database, among the shards the command holds.
pub struct Data<'a> {
    /// The server.
    pub server: &'static Server,
    /// The shards held.
    pub held: &'a mut Held,
    /// Selected database.
    pub db: usize,
    /// The client whose command it is.
    pub client: u64,
    /// The time of the command (of the whole transaction): wall clock, ms.
    pub now_ms: i64,
    /// The same in microseconds.
    pub now_us: i64,
    /// Changes made so far.
    pub dirty: u64,
    /// Where the command comes from.
    pub origin: Origin,
    /// The client asked that its reads leave the LRU clock alone.
    pub no_touch: bool,
    /// A client's write.
    pub(super) writes: bool,
    /// A client's write on a replica that allows it.
    pub(super) writes_on_replica: bool,
    pub(super) settings: &'a Settings,
    pub(super) unit: &'a mut Unit,
    pub(super) journaling: bool,
    pub(super) stats: &'a WorkerStats,
    /// Keys that changed while somebody waits for them.
    pub(super) ready: &'a mut Vec<Ready>,
    /// Changes that clients which track have still to be told of.
    pub told: &'a mut Told,
    pub(super) known: KnownKeys<'a>,
}

/// A key with its hash: computed once per command.
#[derive(Clone, Copy)]
pub struct Key<'k> {
    /// The bytes.
    pub bytes: &'k [u8],
    /// `Keyspace::hash` of them.
    pub hash: u64,
}

/// An argument of the batch that is a key, with its hash. Where it lies says which one it is: the input
/// stays where it is while the batch runs.
#[derive(Clone, Copy)]
pub struct HashedKey {
    address: usize,
    len: usize,
    /// `Keyspace::hash` of the key.
    pub hash: u64,
}

impl HashedKey {
    /// A key and its hash.
    pub fn new(key: &[u8], hash: u64) -> HashedKey {
        HashedKey { address: key.as_ptr().addr(), len: key.len(), hash }
    }

    fn is(&self, key: &[u8]) -> bool {
        self.address == key.as_ptr().addr() && self.len == key.len()
    }
}

/// The command's keys as the engine has hashed them for the prefetch. Handlers take keys mostly in the
/// order in which they are given, so a cursor finds them.
pub struct KnownKeys<'a> {
    keys: &'a [HashedKey],
    cursor: Cell<usize>,
}

impl<'a> KnownKeys<'a> {
    /// These keys, in the order of the arguments.
    pub fn new(keys: &'a [HashedKey]) -> KnownKeys<'a> {
        KnownKeys { keys, cursor: Cell::new(0) }
    }

    /// The hash of a key, when it is the one at the cursor or the one after it.
    #[inline]
    fn hash(&self, key: &[u8]) -> Option<u64> {
        let at = self.cursor.get();
        let here = self.keys.get(at)?;
        if here.is(key) {
            return Some(here.hash);
        }
        let next = if at + 1 < self.keys.len() { at + 1 } else { 0 };
        self.cursor.set(next);
        self.keys.get(next).filter(|known| known.is(key)).map(|known| known.hash)
    }
}

impl<'a> Data<'a> {
    /// The settings in force.
    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// Hashes a key, unless that has been done.
    #[inline]
    pub fn key<'k>(&self, bytes: &'k [u8]) -> Key<'k> {
        let hash = self.known.hash(bytes).unwrap_or_else(|| self.server.keyspace.hash(bytes));
        Key { bytes, hash }
    }

    fn shard_of(&mut self, key: Key<'_>) -> &mut Shard {
        let index = self.server.keyspace.shard_of(key.hash);
        self.held.shard(index)
    }

    /// The slice of a database that holds a key.
    pub(super) fn db_of(&mut self, db: usize, key: Key<'_>) -> &mut Db {
        self.shard_of(key).db_mut(db)
    }

    /// Must this key be treated as gone? A replica hides expired keys from clients but shows them to
    /// its master's stream; the AOF holds explicit deletions.
    fn is_gone(&self, expire_ms: Option<i64>) -> bool {
        self.origin == Origin::Client && expiry::is_expired(expire_ms, self.now_ms)
    }

    /// Does this client not see a key that is there, because its time is over?
    pub fn hides(&self, key: &[u8]) -> bool {
        let key = self.key(key);
        let index = self.server.keyspace.shard_of(key.hash);
        let entry = self.held.shard_ref(index).db(self.db).get(key.hash, key.bytes);
        self.is_gone(entry.and_then(|entry| entry.expire_ms()))
    }

    /// Fields of hashes whose time was over before this one do not exist for this command.
    pub fn fields_from_ms(&self) -> i64 {
        if self.origin == Origin::Client { self.now_ms } else { i64::MIN }
    }

    /// May this process delete expired keys by itself? While paused, and on a replica, only where a client
    /// writes: what it wrote must not take the place of a value that is still there, or replicas keep its time.
    /// (A pause may begin while a write runs.)
    pub(super) fn may_expire(&self) -> bool {
        match self.server.gates.get() & (gate::REPLICA | gate::PAUSED | gate::LOADING) {
            0 => true,
            gate::PAUSED => self.writes,
            gates if gates & gate::LOADING == 0 => self.writes_on_replica,
            _ => false,
        }
    }

    /// Does an expiry in the past delete the key at once? Not when the command comes from the master or
    /// the AOF: they say DEL themselves.
    pub fn deletes_past(&self) -> bool {
        self.origin == Origin::Client && !self.server.gates.has(gate::REPLICA)
    }

    /// Looks a key up for a read command: counts a hit or miss and touches the LRU clock.
    pub fn read(&mut self, key: &[u8]) -> Option<EntryRef<'_>> {
        let (touch, settings, now_ms) = (!self.no_touch, self.settings, self.now_ms);
        let found = self.look(key)?;
        if touch {
            found.touch(accessed(settings, found.access(), now_ms));
        }
        Some(found)
    }

    /// Looks a key up for a command that reads but is no use of the key (TTL, TYPE, EXISTS): counts a hit
    /// or miss and leaves the LRU clock alone.
    pub fn look(&mut self, key: &[u8]) -> Option<EntryRef<'_>> {
        self.find(key, true)
    }

    /// As `look`, and a miss is counted but no event (OBJECT).
    pub fn look_silently(&mut self, key: &[u8]) -> Option<EntryRef<'_>> {
        self.find(key, false)
    }

    fn find(&mut self, key: &[u8], tells: bool) -> Option<EntryRef<'_>> {
        let key = self.key(key);
        let (settings, server, stats, db) = (self.settings, self.server, self.stats, self.db);
        let gone = self.expire_if_needed(db, key);
        let index = server.keyspace.shard_of(key.hash);
        let found = self.held.shard(index).db(db).get(key.hash, key.bytes).filter(|_| !gone);
        if found.is_some() {
            stats.hits.add(1);
        } else {
            stats.misses.add(1);
            if tells {
                notify::event(server, settings, Events::KEY_MISS, "keymiss", db, key.bytes);
            }
        }
        found
    }

    /// Looks a key up without any trace (TTL, OBJECT, EXISTS count no LRU touch).
    pub fn peek(&mut self, key: &[u8]) -> Option<EntryRef<'_>> {
        self.peek_in(self.db, key)
    }

    /// The same in another database.
    pub fn peek_in(&mut self, db: usize, key: &[u8]) -> Option<EntryRef<'_>> {
        let key = self.key(key);
        if self.expire_if_needed(db, key) {
            return None;
        }
        let index = self.server.keyspace.shard_of(key.hash);
        self.held.shard(index).db(db).get(key.hash, key.bytes)
    }

    /// A value of the selected database as it lies there, beside others: for keys that were read before.
    pub fn value_of(&self, key: &[u8]) -> Option<ValueRef<'_>> {
        let key = self.key(key);
        let index = self.server.keyspace.shard_of(key.hash);
        self.held.shard_ref(index).db(self.db).get(key.hash, key.bytes).map(|entry| entry.value())
    }

    /// Looks a key up to change it in place. The caller reports the change with `changed`.
    pub fn write(&mut self, key: &[u8]) -> Option<EntryMut<'_>> {
        let key = self.key(key);
        if self.expire_if_needed(self.db, key) {
            return None;
        }
        let db = self.db;
        self.db_of(db, key).get_mut(key.hash, key.bytes)
    }

    /// As `read`, for a command on values of one type.
    pub fn read_as(&mut self, key: &[u8], kind: Kind) -> Result<Option<EntryRef<'_>>, Fault> {
        match self.read(key) {
            Some(entry) if entry.kind() != kind => Err(fault::WRONG_TYPE),
            found => Ok(found),
        }
    }

    /// As `write`, for a command on values of one type.
    pub fn write_as(&mut self, key: &[u8], kind: Kind) -> Result<Option<EntryMut<'_>>, Fault> {
        match self.write(key) {
            Some(entry) if entry.as_ref().kind() != kind => Err(fault::WRONG_TYPE),
            found => Ok(found),
        }
    }

    /// The entry of a key to change; when the key is not there it is made with the value of `empty`, which
    /// also says the type. The caller reports the change with `changed`, and must not leave it empty.
    pub fn write_or_create(
        &mut self,
        key: &[u8],
        empty: impl FnOnce() -> OwnedValue,
        kind: Kind,
    ) -> Result<EntryMut<'_>, Fault> {
        let key = self.key(key);
        let (db, access) = (self.db, fresh_access(self.settings, self.now_ms));
        let (server, settings) = (self.server, self.settings);
        if self.expire_if_needed(db, key) {
            self.db_of(db, key).remove(key.hash, key.bytes); // over, but not deleted: on a replica
        }
        let (entry, created) = self.db_of(db, key).get_or_create(key.hash, key.bytes, empty, access);
        if created {
            notify::event(server, settings, Events::NEW, "new", db, key.bytes);
        }
        if entry.as_ref().kind() == kind { Ok(entry) } else { Err(fault::WRONG_TYPE) }
    }

    /// Sets a key to a string, with or without expiry, whatever it held before.
    pub fn put(&mut self, key: &[u8], value: Str<'_>, expire_ms: Option<i64>) {
        let key = self.key(key);
        let (db, access) = (self.db, fresh_access(self.settings, self.now_ms));
        let met = self.db_of(db, key).insert(key.hash, key.bytes, value, expire_ms, access);
        self.stored(key, met);
    }

    /// Sets a key to a value that changes hands, without expiry, whatever it held before.
    pub fn put_owned(&mut self, key: &[u8], value: OwnedValue) {
        let key = self.key(key);
        let (db, access) = (self.db, fresh_access(self.settings, self.now_ms));
        let entry = OwnedEntry { value, expire_ms: None, access };
        let met = self.db_of(db, key).put(key.hash, key.bytes, entry);
        self.stored(key, met);
    }

    /// Tells of a key that is new, or whose old value was over.
    fn stored(&mut self, key: Key<'_>, met: Inserted) {
        match met {
            Inserted::New => {}
            Inserted::Replaced { expire_ms } if self.is_gone(expire_ms) => {
                if self.may_expire() {
                    self.tell_expired(self.db, key);
                }
            }
            Inserted::Replaced { .. } => return,
        }
        self.created_in(self.db, key.bytes);
    }

    /// Reports a key that was not there before, ahead of what is reported of the command itself. `put`
    /// does it; whoever makes keys in another way calls it.
    pub fn created(&mut self, key: &[u8]) {
        self.created_in(self.db, key);
    }

    /// The same in another database.
    pub fn created_in(&mut self, db: usize, key: &[u8]) {
        notify::event(self.server, self.settings, Events::NEW, "new", db, key);
    }

    /// Removes a key that is there (and not expired); says whether it was.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let key = self.key(key);
        if self.expire_if_needed(self.db, key) {
            return false;
        }
        let db = self.db;
        self.db_of(db, key).remove(key.hash, key.bytes)
    }

    /// The slice of any database that holds a key, for what the methods here do not cover.
    pub fn raw(&mut self, db: usize, key: &[u8]) -> (&mut Db, u64) {
        let key = self.key(key);
        (self.db_of(db, key), key.hash)
    }

    /// Reports a change of a key: WATCH, the dirty counter, and a keyspace event of a class.
    pub fn changed(&mut self, class: u32, event: &str, key: &[u8]) {
        self.changed_in(self.db, class, event, key);
    }

    /// The same in another database.
    pub fn changed_in(&mut self, db: usize, class: u32, event: &str, key: &[u8]) {
        self.dirty += 1;
        let (server, held) = (self.server, &mut *self.held);
        server.watches.touch(db, key, || {
            let hash = server.keyspace.hash(key);
            held.shard(server.keyspace.shard_of(hash)).db(db).get(hash, key).is_none()
        });
        self.tell_trackers(key, Cause::Command(self.client));
        if self.writes_on_replica {
            self.remember_local(db, key);
        }
        self.wake(db, key);
        notify::event(self.server, self.settings, class, event, db, key);
    }

    /// Tells clients that track of a change; `changed` does it.
    #[inline]
    pub fn tell_trackers(&mut self, key: &[u8], cause: Cause) {
        if self.server.gates.get() & gate::TRACKED != 0 {
            self.server.tracking.changed(self.server, key, cause, self.told);
        }
    }

    /// A client changed a key of a writable replica: nobody else will end its time.
    #[cold]
    fn remember_local(&mut self, db: usize, key: &[u8]) {
        let (slice, hash) = self.raw(db, key);
        if slice.get(hash, key).is_some_and(|entry| entry.expire_ms().is_some()) {
            self.server.local_keys.add(db, key);
        }
    }

    /// Whoever waits for this key is served when the command (or the transaction) is over, if the key then
    /// holds what they want. `changed` says so of every key it is told of.
    #[inline]
    pub fn wake(&mut self, db: usize, key: &[u8]) {
        if !self.server.blocking.is_idle() {
            self.note_ready(db, key);
        }
    }

    #[cold]
    fn note_ready(&mut self, db: usize, key: &[u8]) {
        let shard = self.server.keyspace.shard_of(self.server.keyspace.hash(key));
        let known = |ready: &Ready| ready.db == db && *ready.key == *key;
        if self.server.blocking.waits(shard, db, key) && !self.ready.iter().any(known) {
            self.ready.push(Ready { db, key: key.into() });
        }
    }

    /// As `wake`, for every key of some databases, all shards held.
    pub fn wake_all(&mut self, dbs: impl Iterator<Item = usize>) {
        self.ready.extend(blocking::all_of(self.server, dbs));
    }

    /// Only the event, no change.
    pub fn event(&mut self, class: u32, event: &str, key: &[u8]) {
        notify::event(self.server, self.settings, class, event, self.db, key);
    }

    /// Puts an effect into the unit that goes to the journal with this command.
    pub fn effect(&mut self, db: usize, args: &[&[u8]]) {
        if self.journaling {
            self.unit.effect(db as u32, args);
        }
    }

    /// Deletes the key if its time is over and this process may; says whether it must be treated as
    /// gone. The deletion is an effect of its own, ahead of the command's.
    pub fn expire_if_needed(&mut self, db: usize, key: Key<'_>) -> bool {
        let index = self.server.keyspace.shard_of(key.hash);
        let slice = self.held.shard(index).db(db);
        if slice.expires_len() == 0 {
            return false;
        }
        let expire_ms = slice.get(key.hash, key.bytes).and_then(|e| e.expire_ms());
        if !self.is_gone(expire_ms) {
            return false;
        }
        if self.may_expire() {
            self.delete_expired(db, key);
        }
        true
    }

    /// Deletes keys that a walk over one shard found expired. Where the walk holds no shards the
    /// deletions have a lock and a place in the journal of their own.
    pub fn expire_found(&mut self, shard: usize, keys: &[Vec<u8>]) {
        if keys.is_empty() {
            return;
        }
        if self.held.is_all() {
            self.expire_each(keys);
            return;
        }
        let mut unit = Unit::default();
        let mut held = Held::one(&self.server.keyspace, shard);
        let (ready, told) = (&mut Vec::new(), &mut *self.told);
        Data { held: &mut held, unit: &mut unit, ready, told, known: KnownKeys::new(&[]), ..*self }
            .expire_each(keys);
        for gone in ready.drain(..) {
            self.server.blocking.removed(&self.server.keyspace, gone.db, &gone.key);
        }
        if !unit.is_empty() {
            unit.set_bare();
            self.server.journal.append(&unit);
        }
    }

    fn expire_each(&mut self, keys: &[Vec<u8>]) {
        for key in keys {
            let key = self.key(key);
            self.expire_if_needed(self.db, key);
        }
    }

    fn delete_expired(&mut self, db: usize, key: Key<'_>) {
        self.db_of(db, key).remove(key.hash, key.bytes);
        self.tell_expired(db, key);
    }

    fn tell_expired(&mut self, db: usize, key: Key<'_>) {
        self.stats.expired.add(1);
        let verb = delete_verb(self.settings.lazyfree_lazy_expire);
        self.effect(db, &[verb, key.bytes]);
        self.server.watches.touch(db, key.bytes, || true);
        self.tell_trackers(key.bytes, Cause::Expiry(self.client));
        self.wake(db, key.bytes);
        notify::event(self.server, self.settings, Events::EXPIRED, "expired", db, key.bytes);
    }
}

impl Ctx<'_> {
    /// Replaces the command by an effect of another form in the journal.
    pub fn effect_instead(&mut self, args: &[&[u8]]) {
        self.propagate = Propagate::Custom;
        let db = self.data.db;
        self.data.effect(db, args);
    }

    /// Sends nothing to the journal for this command.
    pub fn no_effect(&mut self) {
        self.propagate = Propagate::Custom;
    }

    /// Nothing is there: waits until a key holds what the command wants. Inside a transaction nobody waits:
    /// the reply is that of a wait in vain.
    pub fn wait_for_keys(&mut self, wait: KeyWait) {
        if self.session.in_exec || self.session.origin != Origin::Client {
            return wait.empty.write(self.reply);
        }
        self.next = Next::Block(Wait::Keys(Box::new(wait)));
    }

    /// The same, and when the command runs again it has these arguments.
    pub fn wait_for_keys_as(&mut self, wait: KeyWait, args: OwnedArgs) {
        if self.session.in_exec || self.session.origin != Origin::Client {
            return wait.empty.write(self.reply);
        }
        self.next = Next::Block(Wait::KeysAs(Box::new((wait, args))));
    }

    /// The time of the command, ms.
    pub fn now_ms(&self) -> i64 {
        self.data.now_ms
    }
}

/// Do the access bits count uses (LFU) rather than remember the last (LRU)?
fn is_lfu(settings: &Settings) -> bool {
    matches!(settings.maxmemory_policy, MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu)
}

/// Access bits of an entry that is used now.
fn accessed(settings: &Settings, bits: u32, now_ms: i64) -> u32 {
    if !is_lfu(settings) {
        return lru::lru_clock(now_ms);
    }
    let random = (now_ms as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(bits);
    lru::lfu_touch(bits, now_ms, settings.lfu_decay_time, settings.lfu_log_factor, random)
}

/// Access bits of an entry that is made now.
pub fn fresh_access(settings: &Settings, now_ms: i64) -> u32 {
    if is_lfu(settings) { lru::lfu_bits(lru::LFU_INITIAL, now_ms) } else { lru::lru_clock(now_ms) }
}
