//! Fields of hashes whose time is over: found when their hash is used, and by active expiry. They go with
//! one HDEL for replicas and file; a hash that loses its last field so goes too. A replica waits for its
//! master's HDEL and only hides them.

use crate::server::commands::hash;
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Data, Key};
use crate::server::notify;
use crate::server::tracking::Cause;
use crate::server::{Server, held::Held};
use crate::store::types::{HashMut, HashRef};
use crate::store::{Db, Kind};

/// Fields removed at once: the rest is hidden until its turn comes.
pub const FIELDS_AT_ONCE: usize = 64;

/// What was removed from a hash.
pub struct Gone {
    /// The fields.
    pub fields: Vec<Box<[u8]>>,
    /// Nothing is left of it, and its key was removed.
    pub key: bool,
}

/// Removes fields of one hash whose time was over before `now_ms`.
pub fn remove_overdue(db: &mut Db, key: Key<'_>, settings: &Settings, now_ms: i64) -> Option<Gone> {
    let mut entry = db.get_mut(key.hash, key.bytes).filter(|entry| entry.as_ref().kind() == Kind::Hash)?;
    let due = HashRef::of(entry.value()).big().and_then(|hash| hash.due());
    if due.is_none_or(|at| at >= now_ms) {
        return None;
    }
    let mut editor = HashMut::new(&mut entry, hash::limits(settings));
    let mut fields = editor.view().big().map(|hash| hash.overdue(now_ms, FIELDS_AT_ONCE)).unwrap_or_default();
    fields.truncate(FIELDS_AT_ONCE);
    for field in &fields {
        editor.remove(field);
    }
    let empty = editor.view().is_empty();
    if empty {
        db.remove(key.hash, key.bytes);
    }
    Some(Gone { fields, key: empty })
}

/// Tells of fields that were removed: WATCH and events. The effect is the caller's.
pub fn tell(server: &'static Server, settings: &Settings, db: usize, key: &[u8], gone: &Gone) {
    server.stats.expired_fields.add_shared(gone.fields.len() as u64);
    server.watches.touch(db, key, || gone.key);
    notify::event(server, settings, Events::HASH, "hexpired", db, key);
    if gone.key {
        notify::event(server, settings, Events::GENERIC, "del", db, key);
    }
}

/// The HDEL that stands for them.
pub fn effect<'a>(key: &'a [u8], gone: &'a Gone) -> Vec<&'a [u8]> {
    [b"HDEL".as_slice(), key].into_iter().chain(gone.fields.iter().map(|field| &**field)).collect()
}

impl Data<'_> {
    /// Removes fields of a hash of the selected database whose time is over, if this process may; says
    /// whether the key has gone with the last of them.
    #[inline]
    pub fn expire_fields(&mut self, key: &[u8]) -> bool {
        let key = self.key(key);
        let index = self.server.keyspace.shard_of(key.hash);
        self.held.shard(index).db(self.db).due_len() > 0 && self.expire_fields_of(key)
    }

    fn expire_fields_of(&mut self, key: Key<'_>) -> bool {
        if self.fields_from_ms() == i64::MIN || !self.may_expire() {
            return false;
        }
        let (db, now_ms, settings) = (self.db, self.now_ms, self.settings);
        let Some(gone) = remove_overdue(self.db_of(db, key), key, settings, now_ms) else { return false };
        self.effect(db, &effect(key.bytes, &gone));
        self.tell_trackers(key.bytes, Cause::Expiry(self.client));
        tell(self.server, settings, db, key.bytes, &gone);
        gone.key
    }
}

/// Hashes looked at under one hold of a shard's lock.
const STEP_HASHES: usize = 16;

/// One step of active expiry in a database's slice of a shard: calls `journal` with each effect, and
/// returns whether there is more to do.
pub fn step(
    server: &'static Server,
    settings: &Settings,
    (held, shard): (&mut Held, usize),
    db: usize,
    now_ms: i64,
    journal: &mut dyn FnMut(&[&[u8]]),
) -> bool {
    for _ in 0..STEP_HASHES {
        let slice = held.shard(shard).db(db);
        let Some(key) = slice.overdue_hash(now_ms).map(Box::<[u8]>::from) else { return false };
        let hashed = Key { bytes: &key, hash: server.keyspace.hash(&key) };
        let slice = held.shard(shard).db_mut(db);
        let Some(gone) = remove_overdue(slice, hashed, settings, now_ms) else { return false };
        journal(&effect(&key, &gone));
        tell(server, settings, db, &key, &gone);
        server.tracking.removed(server, &key);
    }
    true
}
