//! Entries by key, with the slab they lie in and the table of those that expire: the owner of all
//! three, and the only place that knows they belong together.
//!
//! ```text
//!  table   --48 bits-->  entry (a block of the slab)
//!  expires --48 bits-->  the same entry, when it has an expiry
//! ```
//!
//! Invariants, kept by every method here, on which the `unsafe` calls rest:
//! 1. `table` has each entry of this owner exactly once, and every entry in it is live and of `slab`.
//! 2. `expires` has exactly those entries of `table` that have an expiry.
//! 3. An entry is freed, or moved to another block, only while `self` is borrowed mutably and after both
//!    tables have let go of the old address; views borrow `self`.
//! 4. The key of an entry never changes.

use super::entry::{About, Edit, Entry, EntryRef, Incoming, Tag};
use super::hash::Seed;
use super::object::Object;
use super::slab::Slab;
use super::table::{Handle, Table};
use super::value::{IntText, OwnedEntry, OwnedValue, ValueRef};

/// The entries of one database of one shard; what a lookup needs comes first.
#[repr(C)]
pub(super) struct Entries {
    table: Table<Entry>,
    seed: Seed,
    expires: Table<Entry>,
    slab: Slab,
    /// Where packed bytes that lie in a block are edited.
    scratch: Vec<u8>,
}

/// Room that the scratch buffer keeps between two uses.
const SCRATCH_BYTES: usize = 1024;

// SAFETY: everything that the entries point to is owned by this struct alone.
unsafe impl Send for Entries {}

impl Entries {
    pub(super) const fn new(seed: Seed) -> Entries {
        Entries { table: Table::new(), expires: Table::new(), slab: Slab::new(), seed, scratch: Vec::new() }
    }

    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn expires_len(&self) -> usize {
        self.expires.len()
    }

    /// Bytes of both tables.
    pub(super) fn table_bytes(&self) -> usize {
        self.table.bytes() + self.expires.bytes()
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.seed.hash(key)
    }

    #[inline]
    pub(super) fn get(&self, h: u64, key: &[u8]) -> Option<EntryRef<'_>> {
        let entry = self.table.find(h, key)?;
        // SAFETY: invariant 1; the view borrows `self`, invariant 3.
        Some(unsafe { entry.view() })
    }

    #[inline]
    pub(super) fn spot(&mut self, h: u64, key: &[u8]) -> Option<Spot<'_>> {
        let entry = self.table.find(h, key)?;
        Some(Spot { entries: self, entry, h })
    }

    /// The entry of `key`, added with the value of `empty` when it is not there; and whether it was.
    pub(super) fn spot_or_add(
        &mut self,
        h: u64,
        key: &[u8],
        empty: impl FnOnce() -> OwnedValue,
        about: &About,
    ) -> (Spot<'_>, bool) {
        match self.table.find(h, key) {
            Some(entry) => (Spot { entries: self, entry, h }, false),
            None => (self.add(h, key, &mut empty().into(), about), true),
        }
    }

    /// Adds an entry. The key must not be there.
    #[inline]
    pub(super) fn add(&mut self, h: u64, key: &[u8], value: &mut Incoming<'_>, about: &About) -> Spot<'_> {
        let entry = Entry::create(&mut self.slab, key, value, about);
        let seed = self.seed;
        // SAFETY: the entry is live, and is removed from the tables before it is freed (invariant 3).
        unsafe {
            self.table.insert(h, entry, |key| seed.hash(key));
            if about.expire_ms.is_some() {
                self.expires.insert(h, entry, |key| seed.hash(key));
            }
        }
        Spot { entries: self, entry, h }
    }

    /// Makes room for `len` entries, so that adding them does not grow the table step by step.
    pub(super) fn reserve(&mut self, len: usize) {
        let seed = self.seed;
        self.table.reserve(len, |key| seed.hash(key));
    }

    pub(super) fn scan(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        // SAFETY: invariants 1 and 3.
        self.table.scan(cursor, &mut |entry| visit(unsafe { entry.view() }))
    }

    pub(super) fn scan_expires(&self, cursor: u64, visit: &mut dyn FnMut(EntryRef<'_>)) -> u64 {
        // SAFETY: invariants 1, 2 and 3.
        self.expires.scan(cursor, &mut |entry| visit(unsafe { entry.view() }))
    }

    pub(super) fn each(&self, visit: &mut dyn FnMut(EntryRef<'_>)) {
        // SAFETY: invariants 1 and 3.
        self.table.each(&mut |entry| visit(unsafe { entry.view() }));
    }

    pub(super) fn random(&self, random: u64) -> Option<EntryRef<'_>> {
        // SAFETY: invariants 1 and 3.
        self.table.random(random).map(|entry| unsafe { entry.view() })
    }

    pub(super) fn random_expiring(&self, random: u64) -> Option<EntryRef<'_>> {
        // SAFETY: invariants 1, 2 and 3.
        self.expires.random(random).map(|entry| unsafe { entry.view() })
    }

    #[inline]
    pub(super) fn prefetch_bucket(&self, h: u64) {
        self.table.prefetch_bucket(h);
    }

    #[inline]
    pub(super) fn prefetch_entry(&self, h: u64) -> bool {
        self.table.prefetch_entry(h)
    }

    #[inline]
    pub(super) fn prefetch_child_entry(&self, h: u64) {
        self.table.prefetch_child_entry(h);
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        let Entries { table, slab, .. } = self;
        // SAFETY: invariant 1; the tables are dropped next and do not look at their entries.
        unsafe {
            table.each(&mut |entry| entry.free_outside(slab));
            slab.release();
        }
    }
}

/// An entry that was found, to be changed or removed.
pub(super) struct Spot<'a> {
    entries: &'a mut Entries,
    entry: Entry,
    h: u64,
}

// SAFETY of all methods: `entry` is in `entries.table` (it was found there, and `rebuild` keeps both in
// step), so it is live by invariant 1; the views given out borrow the spot.
impl<'a> Spot<'a> {
    #[inline]
    pub(super) fn view(&self) -> EntryRef<'_> {
        // SAFETY: as above.
        unsafe { self.entry.view() }
    }

    pub(super) fn into_view(self) -> EntryRef<'a> {
        // SAFETY: as above; the view takes the spot's borrow over.
        unsafe { self.entry.view() }
    }

    /// Replaces the value; the rest stays.
    #[inline]
    pub(super) fn set(&mut self, value: &mut Incoming<'_>) {
        // SAFETY: as above.
        if !unsafe { self.entry.try_set(value) } {
            self.rebuild(value, self.view().expire_ms());
        }
    }

    /// Changes the bytes of the string and returns its new length.
    pub(super) fn edit(&mut self, edit: &Edit<'_>) -> usize {
        // SAFETY: as above.
        if let Some(len) = unsafe { self.entry.try_edit(edit) } {
            return len;
        }
        let mut text = match self.view().value() {
            ValueRef::Int(number) => IntText::default().spell(number).to_vec(),
            ValueRef::Str(bytes) => bytes.to_vec(),
            ValueRef::Packed(..) | ValueRef::Object(_) => unreachable!("only strings are edited"),
        };
        edit.apply(&mut text);
        let len = text.len();
        self.set(&mut Incoming::Vec(text, Tag::string(true)));
        len
    }

    /// Lets `f` change the bytes of a packed collection, whose kind and packing stay.
    pub(super) fn edit_packed(&mut self, f: &mut dyn FnMut(&mut Vec<u8>)) {
        // SAFETY: as above.
        if unsafe { self.entry.try_edit_packed(f) } {
            return;
        }
        let mut bytes = std::mem::take(&mut self.entries.scratch);
        bytes.clear();
        let ValueRef::Packed(kind, packing, old) = self.view().value() else {
            unreachable!("the caller has checked that the value is packed")
        };
        bytes.extend_from_slice(old);
        f(&mut bytes);
        self.set(&mut Incoming::Bytes(&bytes, Tag::packed(kind, packing)));
        if bytes.capacity() <= SCRATCH_BYTES {
            self.entries.scratch = bytes;
        }
    }

    /// The value as an object to change, when it is one.
    pub(super) fn object_mut(&mut self) -> Option<&mut Object> {
        // SAFETY: as above; the borrow of the spot keeps views away.
        unsafe { self.entry.object_mut() }
    }

    /// Sets or removes the expiry.
    #[inline]
    pub(super) fn set_expire(&mut self, expire_ms: Option<i64>) {
        let (had, has) = (self.view().expire_ms().is_some(), expire_ms.is_some());
        if had && !has {
            self.entries.expires.remove(self.h, self.entry);
        }
        // SAFETY: as above.
        if !unsafe { self.entry.try_set_expire(expire_ms) } {
            // SAFETY: as above.
            let value = unsafe { self.entry.take_value() };
            self.rebuild(&mut value.into(), expire_ms);
        }
        if has && !had {
            let seed = self.entries.seed;
            // SAFETY: the entry is live, and is removed before it is freed (invariant 3).
            unsafe { self.entries.expires.insert(self.h, self.entry, |key| seed.hash(key)) };
        }
    }

    /// Removes the entry.
    #[inline]
    pub(super) fn remove(mut self) {
        self.unlink();
        // SAFETY: as above; both tables have let go of it.
        unsafe { self.entry.free(&mut self.entries.slab) };
    }

    /// Removes the entry and returns what it held.
    pub(super) fn take(mut self) -> OwnedEntry {
        self.unlink();
        // SAFETY: as above; both tables have let go of it.
        unsafe { self.entry.take(&mut self.entries.slab) }
    }

    /// Takes the entry out of both tables.
    #[inline]
    fn unlink(&mut self) {
        if self.view().expire_ms().is_some() {
            self.entries.expires.remove(self.h, self.entry);
        }
        self.entries.table.remove(self.h, self.entry);
    }

    /// Moves the entry to another block, with another value and expiry.
    #[cold]
    fn rebuild(&mut self, value: &mut Incoming<'_>, expire_ms: Option<i64>) {
        let old = self.entry;
        // SAFETY: as above; the old block is freed after both tables point to the new one.
        unsafe {
            let about = About { expire_ms, access: old.access(), epoch: old.epoch() };
            let new = Entry::create(&mut self.entries.slab, old.key(), value, &about);
            self.entries.table.replace(self.h, old, new);
            self.entries.expires.replace(self.h, old, new);
            old.free(&mut self.entries.slab);
            self.entry = new;
        }
    }
}
