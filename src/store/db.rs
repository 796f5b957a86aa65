//! One database's slice of a shard: entries by key, and the hooks of a running snapshot inside every
//! method that changes or removes an entry.

use super::due::Due;
use super::entries::{Entries, Spot};
use super::entry::{About, Edit, EntryRef, Incoming};
use super::hash::Seed;
use super::keyspace::Running;
use super::object::Object;
use super::reclaim;
use super::value::{Inserted, OwnedEntry, OwnedValue, Str, ValueRef};

/// One database of one shard. The fields are in the order of their use: what a lookup needs comes first.
#[repr(C)]
pub struct Db {
    snapshot: Option<Box<DbSnapshot>>,
    /// Stamped into new entries.
    epoch: u8,
    entries: Entries,
    /// Hashes with fields that expire.
    due: Due,
}

/// What a running snapshot knows of one database.
struct DbSnapshot {
    running: Running,
    /// The database's number when the snapshot began: SWAPDB does not change it.
    id: usize,
    /// Where the walk goes on; `None`: it has visited everything.
    cursor: Option<u64>,
    /// What the database held before it was cleared, until the walk is through with it.
    cleared: Vec<Walked>,
}

/// Storage that is no longer the database's, and how far the walk has come in it.
struct Walked {
    entries: Entries,
    cursor: u64,
}

impl Walked {
    /// Frees it where it does not hold the shard up.
    fn release(self) {
        reclaim::release_entries(Detached { entries: self.entries });
    }
}

impl DbSnapshot {
    /// Delivers an entry, unless that has been done.
    #[inline]
    fn save(&self, entry: EntryRef<'_>) {
        if entry.epoch() != self.running.epoch {
            self.running.sink.save(self.id, entry);
            entry.stamp(self.running.epoch);
        }
    }

    /// Delivers entries from `cursor` on, as long as `left` lasts, and returns where to go on (0: the
    /// end). At least one step is made, so that every call gets further.
    fn visit(&self, entries: &Entries, mut cursor: u64, left: &mut usize) -> u64 {
        loop {
            cursor = entries.scan(cursor, &mut |entry| {
                self.save(entry);
                *left = left.saturating_sub(1);
            });
            if cursor == 0 || *left == 0 {
                return cursor;
            }
        }
    }
}

/// What a cleared database held: drop it where it does not hurt.
pub struct Detached {
    entries: Entries,
}

impl Detached {
    /// Number of entries in it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An entry to change. Every change hands the old version to a running snapshot first.
pub struct EntryMut<'a> {
    spot: Spot<'a>,
    snapshot: Option<&'a DbSnapshot>,
    due: &'a mut Due,
}

impl<'a> EntryMut<'a> {
    /// The entry to look at.
    #[inline]
    pub fn as_ref(&self) -> EntryRef<'_> {
        self.spot.view()
    }

    /// The entry to look at, for as long as the database is borrowed.
    pub fn into_view(self) -> EntryRef<'a> {
        self.spot.into_view()
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> ValueRef<'_> {
        self.as_ref().value()
    }

    /// When the entry expires, in milliseconds since the Unix epoch.
    #[inline]
    pub fn expire_ms(&self) -> Option<i64> {
        self.as_ref().expire_ms()
    }

    /// Sets the access bits. Not a change of the entry: no snapshot sees it.
    #[inline]
    pub fn touch(&mut self, access: u32) {
        self.as_ref().touch(access);
    }

    /// Replaces the value, whatever its type was; the expiry stays.
    #[inline]
    pub fn set(&mut self, value: Str<'_>) {
        self.before_change();
        self.change_due(None);
        self.spot.set(&mut value.into());
    }

    /// Replaces the value by an integer; the expiry stays.
    #[inline]
    pub fn set_int(&mut self, number: i64) {
        self.set(Str::Int(number));
    }

    /// Appends to the string and returns its new length. An integer becomes its spelling first.
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        self.before_change();
        self.spot.edit(&Edit { offset: None, bytes })
    }

    /// Overwrites the string from `offset` on, padding with zero bytes up to there, and returns its
    /// new length. An integer becomes its spelling first. The caller has checked the length's limit.
    pub fn set_range(&mut self, offset: usize, bytes: &[u8]) -> usize {
        self.before_change();
        self.spot.edit(&Edit { offset: Some(offset), bytes })
    }

    /// Replaces the value, whatever its type was, by one that changes hands; the expiry stays.
    pub fn set_value(&mut self, value: OwnedValue) {
        self.before_change();
        let mut value = value.into();
        self.change_due(due_of(&value));
        self.spot.set(&mut value);
    }

    /// The earliest time of the fields of the value, which is changed in place, was `old` and is `new`.
    pub(super) fn due_changed(&mut self, old: Option<i64>, new: Option<i64>) {
        self.due.change(self.spot.view().key(), old, new);
    }

    /// The value gives way to one whose fields have this earliest time.
    #[inline]
    fn change_due(&mut self, new: Option<i64>) {
        if self.due.is_empty() && new.is_none() {
            return;
        }
        let old = match self.value() {
            ValueRef::Object(object) => object.due(),
            _ => None,
        };
        self.due_changed(old, new);
    }

    /// Lets `edit` change the bytes of a packed collection, whose kind and packing stay. Only for values
    /// that are [`ValueRef::Packed`].
    pub fn edit_packed<R>(&mut self, edit: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.before_change();
        let (mut edit, mut result) = (Some(edit), None);
        self.spot.edit_packed(&mut |bytes| result = edit.take().map(|edit| edit(bytes)));
        result.unwrap_or_else(|| unreachable!("the spot calls the edit once"))
    }

    /// The value as an object to change, when it is one.
    pub fn object_mut(&mut self) -> Option<&mut Object> {
        self.before_change();
        self.spot.object_mut()
    }

    /// Sets or removes the expiry.
    #[inline]
    pub fn set_expire(&mut self, expire_ms: Option<i64>) {
        self.before_change();
        self.spot.set_expire(expire_ms);
    }

    #[inline]
    fn before_change(&mut self) {
        if let Some(snapshot) = self.snapshot {
            snapshot.save(self.spot.view());
        }
    }

    fn remove(mut self) {
        self.before_change();
        self.change_due(None);
        self.spot.remove();
    }

    fn take(mut self) -> OwnedEntry {
        self.before_change();
        self.change_due(None);
        self.spot.take()
    }

    #[inline]
    fn overwrite(mut self, value: &mut Incoming<'_>, expire_ms: Option<i64>, access: u32) -> Inserted {
        let old = Inserted::Replaced { expire_ms: self.expire_ms() };
        self.before_change();
        self.change_due(due_of(value));
        self.spot.set(value);
        self.spot.set_expire(expire_ms);
        self.touch(access);
        old
    }
}

/// The earliest time of the fields of a value on its way in.
#[inline]
fn due_of(value: &Incoming<'_>) -> Option<i64> {
    match value {
        Incoming::Object(Some(object)) => object.due(),
        _ => None,
    }
}

impl Db {
    pub(super) fn new(seed: Seed) -> Db {
        Db { entries: Entries::new(seed), epoch: 0, snapshot: None, due: Due::new() }
    }

    /// The hash of a key (the same as `Keyspace::hash`).
    #[inline]
    pub fn hash(&self, key: &[u8]) -> u64 {
        self.entries.hash(key)
    }

    /// The entry of `key`, expired or not.
    #[inline]
    pub fn get(&self, h: u64, key: &[u8]) -> Option<EntryRef<'_>> {
        self.entries.get(h, key)
    }

    /// The entry of `key`, expired or not, to change.
    #[inline]
    pub fn get_mut(&mut self, h: u64, key: &[u8]) -> Option<EntryMut<'_>> {
        let spot = self.entries.spot(h, key)?;
        Some(EntryMut { spot, snapshot: self.snapshot.as_deref(), due: &mut self.due })
    }

    /// Stores a string under `key`, replacing whatever was there, its expiry included. The old block is
    /// used again when the new value fits it.
    #[inline]
    pub fn insert(
        &mut self,
        h: u64,
        key: &[u8],
        value: Str<'_>,
        expire_ms: Option<i64>,
        access: u32,
    ) -> Inserted {
        self.store(h, key, &mut value.into(), expire_ms, access)
    }

    /// Stores an entry that was taken or copied elsewhere, replacing whatever was there.
    pub fn put(&mut self, h: u64, key: &[u8], entry: OwnedEntry) -> Inserted {
        self.store(h, key, &mut entry.value.into(), entry.expire_ms, entry.access)
    }

    #[inline]
    fn store(
        &mut self,
        h: u64,
        key: &[u8],
        value: &mut Incoming<'_>,
        expire_ms: Option<i64>,
        access: u32,
    ) -> Inserted {
        if let Some(entry) = self.get_mut(h, key) {
            return entry.overwrite(value, expire_ms, access);
        }
        let about = About { expire_ms, access, epoch: self.epoch };
        self.due.change(key, None, due_of(value));
        self.entries.add(h, key, value, &about);
        Inserted::New
    }

    /// The entry of `key`, expired or not, to change; made with the value of `empty` when it is not there.
    /// The second is whether it was made.
    pub fn get_or_create(
        &mut self,
        h: u64,
        key: &[u8],
        empty: impl FnOnce() -> OwnedValue,
        access: u32,
    ) -> (EntryMut<'_>, bool) {
        let snapshot = self.snapshot.as_deref();
        let about = About { expire_ms: None, access, epoch: self.epoch };
        let (spot, added) = self.entries.spot_or_add(h, key, empty, &about);
        (EntryMut { spot, snapshot, due: &mut self.due }, added)
    }

    /// Removes `key`; false when it is not there.
    pub fn remove(&mut self, h: u64, key: &[u8]) -> bool {
        self.get_mut(h, key).map(EntryMut::remove).is_some()
    }

    /// Removes `key` and returns what it held; a big value changes hands without being copied.
    pub fn take(&mut self, h: u64, key: &[u8]) -> Option<OwnedEntry> {
        self.get_mut(h, key).map(EntryMut::take)
    }

    /// Sets or removes the expiry of `key`; false when the key is not there.
    pub fn set_expire(&mut self, h: u64, key: &[u8], expire_ms: Option<i64>) -> bool {
        self.get_mut(h, key).map(|mut entry| entry.set_expire(expire_ms)).is_some()
    }

    /// Number of keys, expired ones that are still here included.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of keys that have an expiry.
    pub fn expires_len(&self) -> usize {
        self.entries.expires_len()
    }

    /// The hash whose field's time was the first to be over before `now_ms`.
    pub fn overdue_hash(&self, now_ms: i64) -> Option<&[u8]> {
        self.due.first(now_ms)
    }

    /// Number of hashes with fields that expire.
    pub fn due_len(&self) -> usize {
        self.due.len()
    }

    /// Bytes that the tables take (keys and values not included).
    pub fn table_bytes(&self) -> usize {
        self.entries.table_bytes()
    }

    /// Prepares for `keys` keys, so that adding them does not grow the table step by step (loading).
    pub fn reserve(&mut self, keys: usize) {
        self.entries.reserve(keys);
    }

    /// Removes every key and returns the storage, to be dropped elsewhere. A running snapshot keeps
    /// what it has not saved yet until it has; then the result is empty.
    pub fn clear(&mut self) -> Detached {
        let fresh = Entries::new(self.entries.seed());
        let entries = std::mem::replace(&mut self.entries, fresh);
        self.due = Due::new();
        match &mut self.snapshot {
            Some(snapshot) if snapshot.cursor.is_some() => {
                // Nothing changes in it any more, but buckets before the cursor are done with.
                let cursor = snapshot.cursor.replace(0).unwrap_or(0);
                snapshot.cleared.push(Walked { entries, cursor });
                Detached { entries: Entries::new(self.entries.seed()) }
            }
            _ => Detached { entries },
        }
    }

    /// Visits the entries of a bucket or two from `cursor` on (0: the start) and returns the cursor to
    /// go on with (0: the end). An entry that is there during the whole round is visited at least once,
    /// however the table grows or shrinks meanwhile.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        self.entries.scan(cursor, visit)
    }

    /// As `scan`, over the entries that have an expiry.
    pub fn scan_expires(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        self.entries.scan_expires(cursor, visit)
    }

    /// Visits every entry.
    pub fn each(&self, visit: &mut dyn FnMut(EntryRef<'_>)) {
        self.entries.each(visit);
    }

    /// An entry chosen by `random` (any uniformly distributed number); all are equally likely.
    pub fn random_entry(&self, random: u64) -> Option<EntryRef<'_>> {
        self.entries.random(random)
    }

    /// As `random_entry`, among the entries that have an expiry.
    pub fn random_expiring(&self, random: u64) -> Option<EntryRef<'_>> {
        self.entries.random_expiring(random)
    }

    /// First stage of a batch's prefetch: the bucket of the key.
    #[inline]
    pub fn prefetch_bucket(&self, h: u64) {
        self.entries.prefetch_bucket(h);
    }

    /// Second stage, when the bucket has arrived: the entry of the key, or the bucket's child. True
    /// when it is worth while to go on with the third stage.
    #[inline]
    pub fn prefetch_entry(&self, h: u64) -> bool {
        self.entries.prefetch_entry(h)
    }

    /// Third stage, for the keys that are in a child (about one in eight): their entries.
    #[inline]
    pub fn prefetch_child_entry(&self, h: u64) {
        self.entries.prefetch_child_entry(h);
    }

    pub(super) fn set_epoch(&mut self, epoch: u8) {
        self.epoch = epoch;
    }

    pub(super) fn begin_snapshot(&mut self, id: usize, running: Running) {
        self.epoch = running.epoch;
        self.snapshot = Some(Box::new(DbSnapshot { running, id, cursor: Some(0), cleared: Vec::new() }));
    }

    pub(super) fn end_snapshot(&mut self) {
        let cleared = self.snapshot.take().map(|snapshot| snapshot.cleared).unwrap_or_default();
        cleared.into_iter().for_each(Walked::release);
    }

    /// Delivers what the snapshot has not got yet, as long as `left` lasts. True when it has got all.
    pub(super) fn walk(&mut self, left: &mut usize) -> bool {
        let Some(snapshot) = self.snapshot.as_deref_mut() else { return true };
        while let Some(mut walked) = snapshot.cleared.pop() {
            let next = snapshot.visit(&walked.entries, walked.cursor, left);
            if next != 0 {
                walked.cursor = next;
                snapshot.cleared.push(walked);
                return false;
            }
            walked.release();
        }
        if let Some(cursor) = snapshot.cursor {
            let next = snapshot.visit(&self.entries, cursor, left);
            snapshot.cursor = (next != 0).then_some(next);
        }
        snapshot.cursor.is_none()
    }

    pub(super) fn stamp_all(&mut self, epoch: u8) {
        self.entries.each(&mut |entry| entry.stamp(epoch));
    }
}
