//! One database's slice of a shard: entries by key, and which of them expire.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::hash::Seed;
use super::keyspace::Running;
use super::value::{EMBSTR_BYTES_MAX, Encoding, Inserted, Kind, OwnedEntry, OwnedValue, Str, ValueRef};

type Id = (u64, Box<[u8]>);

struct Node {
    value: OwnedValue,
    expire_ms: Option<i64>,
    access: Cell<u32>,
    epoch: u8,
}

/// One database of one shard.
pub struct Db {
    map: BTreeMap<Id, Node>,
    expires: usize,
    seed: Seed,
    epoch: u8,
    snapshot: Option<DbSnapshot>,
}

struct DbSnapshot {
    running: Running,
    id: usize,
    cursor: Option<u64>,
    left: Vec<BTreeMap<Id, Node>>,
}

/// What a cleared database held: drop it where it does not hurt.
pub struct Detached {
    map: BTreeMap<Id, Node>,
}

impl Detached {
    /// Number of entries in it.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

/// An entry to look at.
#[derive(Clone, Copy)]
pub struct EntryRef<'a> {
    key: &'a [u8],
    node: &'a Node,
}

impl<'a> EntryRef<'a> {
    /// The key.
    pub fn key(&self) -> &'a [u8] {
        self.key
    }

    /// The type of the value.
    pub fn kind(&self) -> Kind {
        Kind::String
    }

    /// The value.
    pub fn value(&self) -> ValueRef<'a> {
        self.node.value.as_ref()
    }

    /// The encoding as users see it.
    pub fn encoding(&self) -> Encoding {
        match &self.node.value {
            OwnedValue::Int(_) => Encoding::Int,
            OwnedValue::Str(_, encoding) => *encoding,
        }
    }

    /// When the entry expires, in milliseconds since the Unix epoch.
    pub fn expire_ms(&self) -> Option<i64> {
        self.node.expire_ms
    }

    /// The 24 access bits (see `lru`).
    pub fn access(&self) -> u32 {
        self.node.access.get()
    }

    /// Sets the access bits. Not a change of the entry: no snapshot sees it.
    pub fn touch(&self, access: u32) {
        self.node.access.set(access);
    }

    /// The epoch of the snapshot that last saw this entry.
    pub fn epoch(&self) -> u8 {
        self.node.epoch
    }

    /// Bytes of memory that this entry takes, its share of the table included.
    pub fn mem_bytes(&self) -> usize {
        64 + self.key.len() + self.value().str_len()
    }

    /// A copy that can be put elsewhere (COPY).
    pub fn to_owned(&self) -> OwnedEntry {
        let node = self.node;
        OwnedEntry { value: node.value.clone(), expire_ms: node.expire_ms, access: node.access.get() }
    }
}

/// An entry to change. Every change hands the old version to a running snapshot first.
pub struct EntryMut<'a> {
    key: &'a [u8],
    node: &'a mut Node,
    expires: &'a mut usize,
    snapshot: &'a mut Option<DbSnapshot>,
}

impl EntryMut<'_> {
    /// The entry to look at.
    pub fn as_ref(&self) -> EntryRef<'_> {
        EntryRef { key: self.key, node: self.node }
    }

    /// The value.
    pub fn value(&self) -> ValueRef<'_> {
        self.node.value.as_ref()
    }

    /// When the entry expires, in milliseconds since the Unix epoch.
    pub fn expire_ms(&self) -> Option<i64> {
        self.node.expire_ms
    }

    /// Sets the access bits. Not a change of the entry: no snapshot sees it.
    pub fn touch(&mut self, access: u32) {
        self.node.access.set(access);
    }

    /// Replaces the value, whatever its type was; the expiry stays.
    pub fn set(&mut self, value: Str<'_>) {
        self.before_change();
        self.node.value = owned(value);
    }

    /// Replaces the value by an integer; the expiry stays.
    pub fn set_int(&mut self, number: i64) {
        self.set(Str::Int(number));
    }

    /// Appends to the string and returns its new length. An integer becomes its spelling first.
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        self.edit(|text| text.extend_from_slice(bytes))
    }

    /// Overwrites the string from `offset` on, padding with zero bytes up to there, and returns its
    /// new length. An integer becomes its spelling first.
    pub fn set_range(&mut self, offset: usize, bytes: &[u8]) -> usize {
        self.edit(|text| {
            let end = offset + bytes.len();
            if text.len() < end {
                text.resize(end, 0);
            }
            text[offset..end].copy_from_slice(bytes);
        })
    }

    /// Sets or removes the expiry.
    pub fn set_expire(&mut self, expire_ms: Option<i64>) {
        self.before_change();
        *self.expires -= usize::from(self.node.expire_ms.is_some());
        *self.expires += usize::from(expire_ms.is_some());
        self.node.expire_ms = expire_ms;
    }

    fn edit(&mut self, change: impl FnOnce(&mut Vec<u8>)) -> usize {
        self.before_change();
        let mut text = match std::mem::replace(&mut self.node.value, OwnedValue::Int(0)) {
            OwnedValue::Int(number) => super::IntText::default().spell(number).to_vec(),
            OwnedValue::Str(text, _) => text,
        };
        change(&mut text);
        let len = text.len();
        self.node.value = OwnedValue::Str(text, Encoding::Raw);
        len
    }

    fn before_change(&mut self) {
        save(self.snapshot, self.key, self.node);
    }
}

fn save(snapshot: &mut Option<DbSnapshot>, key: &[u8], node: &mut Node) {
    if let Some(snapshot) = snapshot {
        if node.epoch != snapshot.running.epoch {
            snapshot.running.sink.save(snapshot.id, EntryRef { key, node });
            node.epoch = snapshot.running.epoch;
        }
    }
}

fn owned(value: Str<'_>) -> OwnedValue {
    match value {
        Str::Int(number) => OwnedValue::Int(number),
        Str::Bytes(bytes) if bytes.len() <= EMBSTR_BYTES_MAX => {
            OwnedValue::Str(bytes.to_vec(), Encoding::Embstr)
        }
        Str::Bytes(bytes) | Str::Raw(bytes) => OwnedValue::Str(bytes.to_vec(), Encoding::Raw),
    }
}

fn id(h: u64, key: &[u8]) -> Id {
    (h, key.into())
}

impl Db {
    pub(super) fn new(seed: Seed) -> Db {
        Db { map: BTreeMap::new(), expires: 0, seed, epoch: 0, snapshot: None }
    }

    /// The hash of a key (the same as `Keyspace::hash`).
    #[inline]
    pub fn hash(&self, key: &[u8]) -> u64 {
        self.seed.hash(key)
    }

    /// The entry of `key`, expired or not.
    pub fn get(&self, h: u64, key: &[u8]) -> Option<EntryRef<'_>> {
        self.map.get_key_value(&id(h, key)).map(|(id, node)| EntryRef { key: &id.1, node })
    }

    /// The entry of `key`, expired or not, to change.
    pub fn get_mut(&mut self, h: u64, key: &[u8]) -> Option<EntryMut<'_>> {
        let from = id(h, key);
        let (id, node) = self.map.range_mut(from..).next().filter(|(id, _)| id.0 == h && *id.1 == *key)?;
        Some(EntryMut { key: &id.1, node, expires: &mut self.expires, snapshot: &mut self.snapshot })
    }

    /// Stores a string under `key`, replacing whatever was there, its expiry included.
    pub fn insert(
        &mut self,
        h: u64,
        key: &[u8],
        value: Str<'_>,
        expire_ms: Option<i64>,
        access: u32,
    ) -> Inserted {
        self.put(h, key, OwnedEntry { value: owned(value), expire_ms, access })
    }

    /// Stores an entry that was taken or copied elsewhere, replacing whatever was there.
    pub fn put(&mut self, h: u64, key: &[u8], entry: OwnedEntry) -> Inserted {
        let old = self.take(h, key);
        self.expires += usize::from(entry.expire_ms.is_some());
        let OwnedEntry { value, expire_ms, access } = entry;
        let node = Node { value, expire_ms, access: Cell::new(access), epoch: self.epoch };
        self.map.insert(id(h, key), node);
        old.map_or(Inserted::New, |old| Inserted::Replaced { expire_ms: old.expire_ms })
    }

    /// Removes `key`; false when it is not there.
    pub fn remove(&mut self, h: u64, key: &[u8]) -> bool {
        self.take(h, key).is_some()
    }

    /// Removes `key` and returns what it held; a big value changes hands without being copied.
    pub fn take(&mut self, h: u64, key: &[u8]) -> Option<OwnedEntry> {
        let mut node = self.map.remove(&id(h, key))?;
        save(&mut self.snapshot, key, &mut node);
        self.expires -= usize::from(node.expire_ms.is_some());
        Some(OwnedEntry { value: node.value, expire_ms: node.expire_ms, access: node.access.get() })
    }

    /// Sets or removes the expiry of `key`; false when the key is not there.
    pub fn set_expire(&mut self, h: u64, key: &[u8], expire_ms: Option<i64>) -> bool {
        self.get_mut(h, key).map(|mut entry| entry.set_expire(expire_ms)).is_some()
    }

    /// Number of keys, expired ones that are still here included.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Number of keys that have an expiry.
    pub fn expires_len(&self) -> usize {
        self.expires
    }

    /// Removes every key and returns the storage, to be dropped elsewhere. A running snapshot keeps
    /// what it has not saved yet until it has; then the result is empty.
    pub fn clear(&mut self) -> Detached {
        self.expires = 0;
        let map = std::mem::take(&mut self.map);
        match &mut self.snapshot {
            Some(snapshot) => {
                snapshot.left.push(map);
                snapshot.cursor.get_or_insert(0);
                Detached { map: BTreeMap::new() }
            }
            None => Detached { map },
        }
    }

    /// Visits a few entries from `cursor` on (0: the start) and returns the cursor to go on with (0:
    /// the end). An entry that is there during the whole round is visited at least once, however the
    /// table grows or shrinks meanwhile.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        scan(&self.map, cursor, visit)
    }

    /// As `scan`, over the entries that have an expiry.
    pub fn scan_expires(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        scan(&self.map, cursor, &mut |entry| {
            if entry.expire_ms().is_some() {
                visit(entry);
            }
        })
    }

    /// An entry chosen by `random` (any uniformly distributed number); all are about equally likely.
    pub fn random_entry(&self, random: u64) -> Option<EntryRef<'_>> {
        let from = id(random, &[]);
        let found = self.map.range(from..).next().or_else(|| self.map.iter().next());
        found.map(|(id, node)| EntryRef { key: &id.1, node })
    }

    /// As `random_entry`, among the entries that have an expiry.
    pub fn random_expiring(&self, random: u64) -> Option<EntryRef<'_>> {
        let from = id(random, &[]);
        let mut around = self.map.range(from..).chain(self.map.iter());
        let found = around.find(|(_, node)| node.expire_ms.is_some());
        found.map(|(id, node)| EntryRef { key: &id.1, node })
    }

    /// First stage of a batch's prefetch: the bucket of the key.
    #[inline]
    pub fn prefetch_bucket(&self, _h: u64) {}

    /// Second stage, when the bucket is here: the entry of the key.
    #[inline]
    pub fn prefetch_entry(&self, _h: u64) {}

    pub(super) fn set_epoch(&mut self, epoch: u8) {
        self.epoch = epoch;
    }

    pub(super) fn begin_snapshot(&mut self, id: usize, running: Running) {
        self.epoch = running.epoch;
        self.snapshot = Some(DbSnapshot { running, id, cursor: Some(0), left: Vec::new() });
    }

    pub(super) fn end_snapshot(&mut self) {
        self.snapshot = None;
    }

    pub(super) fn walk(&mut self, left: &mut usize) -> bool {
        let Some(snapshot) = &mut self.snapshot else { return true };
        if snapshot.cursor.is_none() {
            return true;
        }
        let epoch = snapshot.running.epoch;
        for (id, node) in self.map.iter_mut().chain(snapshot.left.iter_mut().flatten()) {
            if *left == 0 {
                return false;
            }
            if node.epoch != epoch {
                snapshot.running.sink.save(snapshot.id, EntryRef { key: &id.1, node });
                node.epoch = epoch;
                *left -= 1;
            }
        }
        snapshot.left.clear();
        snapshot.cursor = None;
        true
    }

    pub(super) fn stamp_all(&mut self, epoch: u8) {
        self.map.values_mut().for_each(|node| node.epoch = epoch);
    }
}

fn scan(map: &BTreeMap<Id, Node>, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
    let mut seen = 0;
    let mut last = None;
    for (id, node) in map.range((cursor, Box::default())..) {
        if seen >= 8 && last != Some(id.0) {
            return id.0;
        }
        visit(EntryRef { key: &id.1, node });
        (seen, last) = (seen + 1, Some(id.0));
    }
    0
}
