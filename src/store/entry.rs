//! The entry: key, value and what is known about them in one block of memory.
//!
//! ```text
//! offset 0   u16   meta: kind 0-2 | form 3-4 | slot 5 | expires 6 | raw 7 | heap 8 | class 9-14
//!        2   u24   access bits (LRU clock or LFU pair)
//!        5   u8    epoch of the last snapshot that saw the entry, or was there when it was made
//!        6   u8    length of the key; 255: the four-byte length follows
//!        7   u8    length of an inline value
//!        8   [i64]       expiry in ms, when `slot` (valid when `expires`: PERSIST keeps the slot)
//!        .   [u32 u32]   length of the key, size of the block, when the length at 6 is 255
//!        .   key
//!        .   value, by form:   int: i64   inline: its bytes   vec: address, length, capacity of a Vec
//!                              object: address of a boxed `Object`
//! ```
//!
//! `class` and `heap` are the block's, as the slab wants them back. A whole entry of up to 320 bytes is
//! one block; a longer value is a `Vec` taken apart (so APPEND is amortised, and RENAME moves it without
//! a copy). How a string is shown (`embstr` or `raw`) is the `raw` bit, whatever its form. A small
//! collection is packed bytes (a listpack, or with the `raw` bit an intset), inline or in a vec like a
//! string; a big one is an `Object`.
//!
//! Invariants: an [`Entry`] is the address of a live block in this layout, made by [`Entry::create`],
//! 8-byte aligned, below 2^48; the bytes from its start to the end of its value are initialised; a `vec`
//! or `object` value is owned by the entry alone. All accesses happen under the lock of the entry's shard:
//! [`EntryRef`] is not `Send`, and the header (written through shared references by `touch` and `stamp`)
//! is never covered by a slice that is handed out.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::memory;
use super::object::Object;
use super::reclaim;
use super::slab::{BLOCK_BYTES_MAX, Block, Slab, block_size, class_size};
use super::table::{Handle, prefetch};
use super::value::{EMBSTR_BYTES_MAX, Encoding, Kind, OwnedEntry, OwnedValue, Packing, Str, ValueRef};

const HEADER: usize = 8;
const EXPIRY: usize = 8;
/// Key length that says "a longer length follows".
const LONG_KEY: u8 = u8::MAX;
/// Bytes of the two lengths of a long key.
const LONG_LENGTHS: usize = 8;
/// Bytes of a value in int form.
const INT: usize = 8;
/// Bytes of a value in vec form: address, length, capacity.
const VEC: usize = 16;
/// Bytes of a value in object form: its address.
const OBJECT: usize = 8;
/// Longest inline value: its length has a byte.
const INLINE_MAX: usize = u8::MAX as usize;
/// A block may be this much larger than its entry needs, or twice as large, before a new value moves it.
const SLACK_MAX: usize = 64;
/// A string grows by doubling up to this size, and by this much beyond it.
const GROWTH_BYTES_MAX: usize = 1024 * 1024;
/// What an entry costs in the table, on average, for `mem_bytes`.
const TABLE_SHARE: usize = 11;

/// Bytes of a cache line.
const LINE: usize = 64;
/// The bits of a word that hold the number of further lines.
const HINT: u64 = 7;

const _: () = assert!((LINE - 1 + BLOCK_BYTES_MAX - 1) / LINE <= HINT as usize);

const KIND_MASK: u16 = 7;
const FORM_SHIFT: u16 = 3;
const FORM_MASK: u16 = 3 << FORM_SHIFT;
const SLOT: u16 = 1 << 5;
const EXPIRES: u16 = 1 << 6;
const RAW: u16 = 1 << 7;
const HEAP: u16 = 1 << 8;
const CLASS_SHIFT: u16 = 9;
const CLASS_MASK: u16 = 63 << CLASS_SHIFT;

const FORM_INT: u16 = 0;
const FORM_INLINE: u16 = 1 << FORM_SHIFT;
const FORM_VEC: u16 = 2 << FORM_SHIFT;
const FORM_OBJECT: u16 = 3 << FORM_SHIFT;

/// The bits of `meta` that a value decides.
const VALUE_MASK: u16 = KIND_MASK | FORM_MASK | RAW;

/// What bytes are: the kind of the value and the raw bit, as they stand in `meta`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag(u16);

impl Tag {
    /// A string, shown as `raw` or as `embstr`.
    #[inline]
    pub(super) fn string(raw: bool) -> Tag {
        Tag(if raw { RAW } else { 0 })
    }

    /// A packed collection.
    #[inline]
    pub(super) fn packed(kind: Kind, packing: Packing) -> Tag {
        Tag(kind as u16 | if packing == Packing::Intset { RAW } else { 0 })
    }
}

/// A value on its way into an entry. It is passed by reference, since it is larger than two registers.
#[derive(Debug)]
pub(super) enum Incoming<'a> {
    Int(i64),
    /// Bytes to be copied.
    Bytes(&'a [u8], Tag),
    /// Bytes that change hands (the entry takes them out).
    Vec(Vec<u8>, Tag),
    /// An object that changes hands (the entry takes it out).
    Object(Option<Box<Object>>),
}

impl<'a> From<Str<'a>> for Incoming<'a> {
    #[inline]
    fn from(value: Str<'a>) -> Incoming<'a> {
        match value {
            Str::Int(number) => Incoming::Int(number),
            Str::Bytes(bytes) => Incoming::Bytes(bytes, Tag::string(bytes.len() > EMBSTR_BYTES_MAX)),
            Str::Raw(bytes) => Incoming::Bytes(bytes, Tag::string(true)),
        }
    }
}

impl From<OwnedValue> for Incoming<'_> {
    fn from(value: OwnedValue) -> Self {
        match value {
            OwnedValue::Int(number) => Incoming::Int(number),
            OwnedValue::Str(bytes, encoding) => Incoming::Vec(bytes, Tag::string(encoding == Encoding::Raw)),
            OwnedValue::Packed(kind, packing, bytes) => Incoming::Vec(bytes, Tag::packed(kind, packing)),
            OwnedValue::Object(object) => Incoming::Object(Some(object)),
        }
    }
}

impl Incoming<'_> {
    /// The form this value takes behind `before` bytes of header and key.
    #[inline]
    fn form(&self, before: usize) -> Form {
        match self {
            Incoming::Int(_) => Form { bits: FORM_INT, bytes: INT },
            Incoming::Bytes(bytes, tag) => Form::of_bytes(bytes.len(), *tag, before),
            Incoming::Vec(bytes, tag) => Form::of_bytes(bytes.len(), *tag, before),
            Incoming::Object(object) => {
                let kind = object.as_ref().map_or(Kind::String, |object| object.kind());
                Form { bits: FORM_OBJECT | kind as u16, bytes: OBJECT }
            }
        }
    }
}

/// How a value lies in its block: kind, form and raw bits, and the bytes it takes there.
#[derive(Clone, Copy)]
struct Form {
    bits: u16,
    bytes: usize,
}

impl Form {
    #[inline]
    fn of_bytes(len: usize, tag: Tag, before: usize) -> Form {
        if len <= INLINE_MAX && before + len <= BLOCK_BYTES_MAX {
            Form { bits: FORM_INLINE | tag.0, bytes: len }
        } else {
            Form { bits: FORM_VEC | tag.0, bytes: VEC }
        }
    }
}

/// The address of an entry. Copying it copies no ownership: see `entries` for who owns it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(NonNull<u8>);

// SAFETY: user-space addresses are below 2^48 (asserted where memory comes from the system and again
// where the table packs the word), and the address is restored as it was: blocks are 8-byte aligned, so
// the three low bits are free for a hint, the number of cache lines to fetch after the first one.
unsafe impl Handle for Entry {
    #[inline]
    unsafe fn word(self) -> u64 {
        let address = self.0.as_ptr().expose_provenance();
        // SAFETY: the entry is live (promised).
        let room = unsafe { self.room() };
        let further = (address % LINE + room.min(BLOCK_BYTES_MAX) - 1) / LINE;
        (address | further) as u64
    }

    #[inline]
    fn from_word(word: u64) -> Entry {
        let at = std::ptr::with_exposed_provenance_mut((word & !HINT) as usize);
        debug_assert!(word & !HINT != 0);
        // SAFETY: the word was made by `word` from an address that is not null.
        Entry(unsafe { NonNull::new_unchecked(at) })
    }

    #[inline]
    unsafe fn key<'a>(self) -> &'a [u8] {
        // SAFETY: the entry is live (promised); the key lies where the header says.
        unsafe {
            let (start, len) = self.key_span();
            std::slice::from_raw_parts(self.at(start), len)
        }
    }

    #[inline]
    fn prefetch(word: u64) {
        let at = std::ptr::without_provenance::<u8>((word & !HINT) as usize);
        for line in 0..=(word & HINT) as usize {
            prefetch(at.wrapping_add(line * LINE));
        }
    }
}

// SAFETY of all methods: the entry is live (the caller's promise, kept by `entries`), so reads and
// writes at the offsets of the layout stay in its block.
impl Entry {
    /// Makes an entry in a block of `slab`.
    #[inline]
    pub(super) fn create(slab: &mut Slab, key: &[u8], value: &mut Incoming<'_>, about: &About) -> Entry {
        let long = key.len() >= usize::from(LONG_KEY);
        let slot = about.expire_ms.is_some();
        let start = HEADER + if slot { EXPIRY } else { 0 } + if long { LONG_LENGTHS } else { 0 };
        let before = start + key.len();
        let form = value.form(before);
        let size = before + form.bytes;
        let block = slab.alloc(size);
        let entry = Entry(block.at);
        // SAFETY: the block has room for the header, the lengths, the key and the value, in this order.
        unsafe {
            entry.set_meta(form.bits | if slot { SLOT | EXPIRES } else { 0 } | block_bits(block));
            entry.set_access(about.access);
            entry.set_epoch(about.epoch);
            entry.at(6).write(if long { LONG_KEY } else { key.len() as u8 });
            if let Some(at) = about.expire_ms {
                entry.at(HEADER).cast::<i64>().write_unaligned(at);
            }
            if long {
                let lengths = entry.at(start - LONG_LENGTHS).cast::<u32>();
                lengths.write_unaligned(len32(key.len()));
                lengths.add(1).write_unaligned(len32(block_size(size)));
            }
            std::ptr::copy_nonoverlapping(key.as_ptr(), entry.at(start), key.len());
            entry.write_value(entry.at(before), value, form);
        }
        entry
    }

    /// Frees the entry and its value.
    ///
    /// # Safety
    /// It is live, of this slab, and nobody uses it after this.
    pub(super) unsafe fn free(self, slab: &mut Slab) {
        // SAFETY: as promised.
        unsafe {
            self.drop_value();
            self.free_block(slab);
        }
    }

    /// Frees what the entry has outside the slab's pages: a value in vec form, a block from the global
    /// allocator. The pages are to be given back as a whole.
    ///
    /// # Safety
    /// As of `free`.
    pub(super) unsafe fn free_outside(self, slab: &mut Slab) {
        // SAFETY: as promised.
        unsafe {
            self.drop_value();
            if self.meta() & HEAP != 0 {
                self.free_block(slab);
            }
        }
    }

    /// Frees the entry and returns what it held; a value in vec form is not copied.
    ///
    /// # Safety
    /// As of `free`.
    pub(super) unsafe fn take(self, slab: &mut Slab) -> OwnedEntry {
        // SAFETY: as promised; the vec is taken out before the block goes.
        unsafe {
            let value = self.take_value();
            let taken = OwnedEntry { value, expire_ms: self.expire_ms(), access: self.access() };
            self.free_block(slab);
            taken
        }
    }

    /// A view of the entry.
    ///
    /// # Safety
    /// It is live for `'a`, and not changed meanwhile except through `touch` and `stamp`.
    #[inline]
    pub(super) unsafe fn view<'a>(self) -> EntryRef<'a> {
        EntryRef { entry: self, life: PhantomData }
    }

    /// Replaces the value in place if the block has room for it and not far too much; says whether.
    ///
    /// # Safety
    /// It is live, and no view of it is in use.
    #[inline]
    pub(super) unsafe fn try_set(self, value: &mut Incoming<'_>) -> bool {
        // SAFETY: as promised; the old value's vec, if any, is reused or dropped before it is overwritten.
        unsafe {
            let before = self.value_at();
            let form = value.form(before);
            let (need, room) = (before + form.bytes, self.room());
            if need > room || room - need > need.max(SLACK_MAX) {
                return false;
            }
            if self.form_bits() >= FORM_VEC && self.reuse_vec(value, form) {
                return true;
            }
            self.write_value(self.at(before), value, form);
            self.set_bits(VALUE_MASK, form.bits);
        }
        true
    }

    /// Puts bytes that need a vec into the one that is there; drops what is there when they don't fit it.
    unsafe fn reuse_vec(self, value: &Incoming<'_>, form: Form) -> bool {
        // SAFETY: the form is vec or object; after the drop the caller writes another value.
        unsafe {
            if let (Incoming::Bytes(bytes, _), FORM_VEC) = (value, form.bits & FORM_MASK)
                && self.form_bits() == FORM_VEC
                && self.refill_vec(bytes)
            {
                self.set_bits(VALUE_MASK, form.bits);
                return true;
            }
            self.drop_value();
        }
        false
    }

    /// Sets or removes the expiry in place if the entry has a slot for it or needs none.
    ///
    /// # Safety
    /// It is live, and no view of it is in use.
    pub(super) unsafe fn try_set_expire(self, expire_ms: Option<i64>) -> bool {
        // SAFETY: as promised; the slot is written only when there is one.
        unsafe {
            match expire_ms {
                None => self.set_bits(EXPIRES, 0),
                Some(_) if self.meta() & SLOT == 0 => return false,
                Some(at) => {
                    self.at(HEADER).cast::<i64>().write_unaligned(at);
                    self.set_bits(EXPIRES, EXPIRES);
                }
            }
        }
        true
    }

    /// Lets `edit` change the string's bytes, if the outcome can stay in this block: a vec is edited in
    /// place; an inline value grows by `more` bytes inside the block. Returns the new length.
    ///
    /// # Safety
    /// It is live, and no view of it is in use.
    pub(super) unsafe fn try_edit(self, edit: &Edit<'_>) -> Option<usize> {
        // SAFETY: as promised; an inline value is resized only within the block's room, and what it
        // gains is zeroed before it counts as initialised.
        unsafe {
            match self.form_bits() {
                FORM_VEC => {
                    let mut vec = self.vec();
                    edit.apply(&mut vec);
                    self.put_vec(&vec);
                    self.set_bits(RAW, RAW);
                    Some(vec.len())
                }
                FORM_INLINE => {
                    let (at, old) = (self.value_at(), self.inline_len());
                    let new = edit.len_after(old);
                    if new > INLINE_MAX || at + new > self.room() {
                        return None;
                    }
                    self.at(at + old).write_bytes(0, new.saturating_sub(old));
                    edit.write(std::slice::from_raw_parts_mut(self.at(at), new), old);
                    self.at(7).write(new as u8);
                    self.set_bits(RAW, RAW);
                    Some(new)
                }
                _ => None,
            }
        }
    }

    /// Lets `f` change packed bytes that lie in a vec; none when they lie in the block.
    ///
    /// # Safety
    /// It is live, and no view of it is in use.
    pub(super) unsafe fn try_edit_packed(self, f: &mut dyn FnMut(&mut Vec<u8>)) -> bool {
        // SAFETY: as promised; a panic in `f` leaks the vec, since the entry still owns its old parts,
        // which is why they are written back first as an empty vec.
        unsafe {
            if self.form_bits() != FORM_VEC {
                return false;
            }
            let mut vec = ManuallyDrop::into_inner(self.vec());
            self.put_vec(&ManuallyDrop::new(Vec::new()));
            f(&mut vec);
            trim(&mut vec);
            self.put_vec(&ManuallyDrop::new(vec));
        }
        true
    }

    /// The object, to change.
    ///
    /// # Safety
    /// It is live for `'a`, and no view of it is in use meanwhile.
    pub(super) unsafe fn object_mut<'a>(self) -> Option<&'a mut Object> {
        // SAFETY: as promised; the entry owns the object alone.
        unsafe { (self.form_bits() == FORM_OBJECT).then(|| &mut *self.object()) }
    }

    /// Takes the value out; the entry is left with an empty string.
    ///
    /// # Safety
    /// It is live, and no view of it is in use.
    pub(super) unsafe fn take_value(self) -> OwnedValue {
        // SAFETY: as promised; after the vec or object was taken out, the form no longer says that there
        // is one.
        unsafe {
            let view = self.view();
            let value = match self.form_bits() {
                FORM_VEC => view.owned_bytes(ManuallyDrop::into_inner(self.vec())),
                FORM_OBJECT => OwnedValue::Object(Box::from_raw(self.object())),
                _ => view.to_owned().value,
            };
            self.at(7).write(0);
            self.set_bits(VALUE_MASK, FORM_INLINE); // an empty string fits anywhere
            value
        }
    }

    #[inline]
    unsafe fn at(self, offset: usize) -> *mut u8 {
        // SAFETY: the offset is inside the block.
        unsafe { self.0.as_ptr().add(offset) }
    }

    #[inline]
    unsafe fn meta(self) -> u16 {
        // SAFETY: as above; blocks are 8-byte aligned.
        unsafe { self.at(0).cast::<u16>().read() }
    }

    #[inline]
    unsafe fn set_meta(self, meta: u16) {
        // SAFETY: as above.
        unsafe { self.at(0).cast::<u16>().write(meta) }
    }

    #[inline]
    unsafe fn set_bits(self, mask: u16, bits: u16) {
        // SAFETY: as above.
        unsafe { self.set_meta(self.meta() & !mask | bits) }
    }

    #[inline]
    unsafe fn form_bits(self) -> u16 {
        // SAFETY: as above.
        unsafe { self.meta() & FORM_MASK }
    }

    #[inline]
    pub(super) unsafe fn access(self) -> u32 {
        // SAFETY: as above: bytes 2 to 4.
        unsafe { u32::from(self.at(2).cast::<u16>().read()) | u32::from(self.at(4).read()) << 16 }
    }

    #[inline]
    unsafe fn set_access(self, access: u32) {
        // SAFETY: as above.
        unsafe {
            self.at(2).cast::<u16>().write(access as u16);
            self.at(4).write((access >> 16) as u8);
        }
    }

    #[inline]
    pub(super) unsafe fn epoch(self) -> u8 {
        // SAFETY: as above.
        unsafe { self.at(5).read() }
    }

    #[inline]
    pub(super) unsafe fn set_epoch(self, epoch: u8) {
        // SAFETY: as above.
        unsafe { self.at(5).write(epoch) }
    }

    #[inline]
    pub(super) unsafe fn expire_ms(self) -> Option<i64> {
        // SAFETY: as above; an entry that expires has a slot.
        unsafe { (self.meta() & EXPIRES != 0).then(|| self.at(HEADER).cast::<i64>().read_unaligned()) }
    }

    /// Where the key starts, and how long it is.
    #[inline]
    unsafe fn key_span(self) -> (usize, usize) {
        // SAFETY: as above.
        unsafe {
            let start = HEADER + usize::from(self.meta() & SLOT != 0) * EXPIRY;
            let len = self.at(6).read();
            if len != LONG_KEY {
                return (start, usize::from(len));
            }
            (start + LONG_LENGTHS, self.at(start).cast::<u32>().read_unaligned() as usize)
        }
    }

    #[inline]
    unsafe fn value_at(self) -> usize {
        // SAFETY: as above.
        let (start, len) = unsafe { self.key_span() };
        start + len
    }

    #[inline]
    unsafe fn inline_len(self) -> usize {
        // SAFETY: as above.
        usize::from(unsafe { self.at(7).read() })
    }

    /// Bytes of the block.
    #[inline]
    unsafe fn room(self) -> usize {
        // SAFETY: as above; an entry of class 0 has a long key, and so the block's size in its header.
        unsafe {
            match ((self.meta() & CLASS_MASK) >> CLASS_SHIFT) as u8 {
                0 => self.at(self.key_span().0 - 4).cast::<u32>().read_unaligned() as usize,
                class => class_size(class),
            }
        }
    }

    unsafe fn free_block(self, slab: &mut Slab) {
        // SAFETY: as above; the header says how the block was allocated.
        unsafe {
            let meta = self.meta();
            let class = ((meta & CLASS_MASK) >> CLASS_SHIFT) as u8;
            let block = Block { at: self.0, class, heap: meta & HEAP != 0 };
            slab.free(block, self.room());
        }
    }

    /// Writes a value of this form to `at`, where the value lies; what was there is forgotten.
    #[inline]
    unsafe fn write_value(self, at: *mut u8, value: &mut Incoming<'_>, form: Form) {
        // SAFETY: the block has room for `form.bytes` there (checked by the callers).
        unsafe {
            match (value, form.bits & FORM_MASK) {
                (Incoming::Int(number), _) => at.cast::<i64>().write_unaligned(*number),
                (Incoming::Bytes(bytes, _), FORM_INLINE) => self.write_inline(at, bytes),
                (Incoming::Vec(bytes, _), FORM_INLINE) => self.write_inline(at, bytes),
                (Incoming::Bytes(bytes, _), _) => put_vec(at, &ManuallyDrop::new(bytes.to_vec())),
                (Incoming::Vec(bytes, _), _) => put_vec(at, &ManuallyDrop::new(std::mem::take(bytes))),
                (Incoming::Object(object), _) => put_object(at, object),
            }
        }
    }

    #[inline]
    unsafe fn write_inline(self, at: *mut u8, bytes: &[u8]) {
        // SAFETY: as of `write_value`.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
            self.at(7).write(bytes.len() as u8);
        }
    }

    /// The value in vec form, put together again; the entry still owns it.
    unsafe fn vec(self) -> ManuallyDrop<Vec<u8>> {
        // SAFETY: the form is vec: `put_vec` wrote the three parts of a live Vec, owned by the entry.
        unsafe {
            let at = self.at(self.value_at());
            let start = std::ptr::with_exposed_provenance_mut(at.cast::<u64>().read_unaligned() as usize);
            let len = at.add(8).cast::<u32>().read_unaligned() as usize;
            let capacity = at.add(12).cast::<u32>().read_unaligned() as usize;
            ManuallyDrop::new(Vec::from_raw_parts(start, len, capacity))
        }
    }

    /// The address of the value in object form.
    unsafe fn object(self) -> *mut Object {
        // SAFETY: the form is object: `put_object` wrote the address of a live one, owned by the entry.
        unsafe {
            let word = self.at(self.value_at()).cast::<u64>().read_unaligned();
            std::ptr::with_exposed_provenance_mut(word as usize)
        }
    }

    unsafe fn put_vec(self, vec: &ManuallyDrop<Vec<u8>>) {
        // SAFETY: the form is vec, so there is room for its parts.
        unsafe { put_vec(self.at(self.value_at()), vec) }
    }

    /// Puts other bytes into the vec, when its capacity fits them well.
    unsafe fn refill_vec(self, bytes: &[u8]) -> bool {
        // SAFETY: the form is vec.
        unsafe {
            let mut vec = self.vec();
            if vec.capacity() < bytes.len() || vec.capacity() / 2 > bytes.len() {
                return false;
            }
            vec.clear();
            vec.extend_from_slice(bytes);
            self.put_vec(&vec);
        }
        true
    }

    #[inline]
    unsafe fn drop_value(self) {
        // SAFETY: as above; the caller writes another value or frees the block.
        unsafe {
            match self.form_bits() {
                FORM_VEC => drop(ManuallyDrop::into_inner(self.vec())),
                FORM_OBJECT => reclaim::release(Box::from_raw(self.object())),
                _ => {}
            }
        }
    }
}

/// # Safety
/// There are 8 bytes to write at `at`.
unsafe fn put_object(at: *mut u8, object: &mut Option<Box<Object>>) {
    let object = object.take().unwrap_or_default();
    // SAFETY: as promised; the address is exposed so that the box can be put together again.
    unsafe { at.cast::<u64>().write_unaligned(Box::into_raw(object).expose_provenance() as u64) }
}

/// # Safety
/// There are 16 bytes to write at `at`.
unsafe fn put_vec(at: *mut u8, vec: &ManuallyDrop<Vec<u8>>) {
    // SAFETY: as promised; the address is exposed so that it can be put together again.
    unsafe {
        at.cast::<u64>().write_unaligned(vec.as_ptr().expose_provenance() as u64);
        at.add(8).cast::<u32>().write_unaligned(len32(vec.len()));
        at.add(12).cast::<u32>().write_unaligned(len32(vec.capacity()));
    }
}

/// A vec grows by doubling, a packed collection by one of the allocator's classes: there are many of
/// them, and they are small enough to be moved now and then.
fn trim(vec: &mut Vec<u8>) {
    let len = vec.len();
    if vec.capacity() > memory::class_bytes(len + len / 8) {
        vec.shrink_to(memory::class_bytes(len));
    }
}

fn block_bits(block: Block) -> u16 {
    u16::from(block.class) << CLASS_SHIFT | if block.heap { HEAP } else { 0 }
}

/// Lengths are kept in 32 bits; the server's limits are far below.
fn len32(len: usize) -> u32 {
    assert!(u32::try_from(len).is_ok(), "keys and strings are shorter than 4 GiB");
    len as u32
}

/// What else a new entry is made of.
pub(super) struct About {
    pub(super) expire_ms: Option<i64>,
    pub(super) access: u32,
    pub(super) epoch: u8,
}

/// A change of a string's bytes from `offset` (`None`: its end) on; the gap up to there is zeroed.
pub(super) struct Edit<'a> {
    pub(super) offset: Option<usize>,
    pub(super) bytes: &'a [u8],
}

impl Edit<'_> {
    pub(super) fn len_after(&self, len: usize) -> usize {
        (self.offset.unwrap_or(len) + self.bytes.len()).max(len)
    }

    /// Writes the bytes into `text`, which was `old` long and has the length after the change.
    fn write(&self, text: &mut [u8], old: usize) {
        let offset = self.offset.unwrap_or(old);
        text[offset..offset + self.bytes.len()].copy_from_slice(self.bytes);
    }

    pub(super) fn apply(&self, text: &mut Vec<u8>) {
        let old = text.len();
        let new = self.len_after(old);
        if new > text.capacity() {
            text.reserve_exact(new + new.min(GROWTH_BYTES_MAX) - old);
        }
        text.resize(new, 0);
        self.write(text, old);
    }
}

/// An entry to look at, under the lock of its shard.
#[derive(Clone, Copy)]
pub struct EntryRef<'a> {
    entry: Entry,
    life: PhantomData<&'a *const u8>,
}

// SAFETY of all methods: a view is made from a live entry and lives as long as the borrow of what owns
// it. Values are slices of the block, or of the vec that the entry owns, past the header.
impl<'a> EntryRef<'a> {
    /// The key.
    #[inline]
    pub fn key(&self) -> &'a [u8] {
        // SAFETY: as above.
        unsafe { self.entry.key() }
    }

    /// The type of the value.
    #[inline]
    pub fn kind(&self) -> Kind {
        // SAFETY: as above.
        Kind::from_bits(unsafe { self.entry.meta() } & KIND_MASK)
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> ValueRef<'a> {
        // SAFETY: as above.
        unsafe {
            let at = self.entry.at(self.entry.value_at());
            match self.entry.form_bits() {
                FORM_INLINE => self.tagged(std::slice::from_raw_parts(at, self.entry.inline_len())),
                FORM_INT => ValueRef::Int(at.cast::<i64>().read_unaligned()),
                FORM_OBJECT => ValueRef::Object(&*self.entry.object()),
                _ => {
                    let vec = self.entry.vec();
                    self.tagged(std::slice::from_raw_parts(vec.as_ptr(), vec.len()))
                }
            }
        }
    }

    /// Bytes of the value as what they are.
    #[inline]
    fn tagged(&self, bytes: &'a [u8]) -> ValueRef<'a> {
        match self.kind() {
            Kind::String => ValueRef::Str(bytes),
            kind => ValueRef::Packed(kind, self.packing(), bytes),
        }
    }

    fn packing(&self) -> Packing {
        // SAFETY: as above.
        if unsafe { self.entry.meta() } & RAW != 0 { Packing::Intset } else { Packing::Listpack }
    }

    /// The encoding as users see it.
    pub fn encoding(&self) -> Encoding {
        if let ValueRef::Object(object) = self.value() {
            return object.encoding();
        }
        // SAFETY: as above.
        let meta = unsafe { self.entry.meta() };
        match (self.kind(), meta & FORM_MASK, meta & RAW) {
            (Kind::String, FORM_INT, _) => Encoding::Int,
            (Kind::String, _, 0) => Encoding::Embstr,
            (Kind::String, _, _) => Encoding::Raw,
            (_, _, 0) => Encoding::Listpack,
            _ => Encoding::Intset,
        }
    }

    /// Bytes that were the entry's, as the value they were.
    fn owned_bytes(&self, bytes: Vec<u8>) -> OwnedValue {
        match self.kind() {
            Kind::String => OwnedValue::Str(bytes, self.encoding()),
            kind => OwnedValue::Packed(kind, self.packing(), bytes),
        }
    }

    /// When the entry expires, in milliseconds since the Unix epoch.
    #[inline]
    pub fn expire_ms(&self) -> Option<i64> {
        // SAFETY: as above.
        unsafe { self.entry.expire_ms() }
    }

    /// The 24 access bits (see `lru`).
    #[inline]
    pub fn access(&self) -> u32 {
        // SAFETY: as above.
        unsafe { self.entry.access() }
    }

    /// Sets the access bits. Not a change of the entry: no snapshot sees it.
    #[inline]
    pub fn touch(&self, access: u32) {
        // SAFETY: as above; the header is not covered by any slice.
        unsafe { self.entry.set_access(access) }
    }

    /// The epoch of the last snapshot that saw the entry, or was there when it was made.
    pub fn epoch(&self) -> u8 {
        // SAFETY: as above.
        unsafe { self.entry.epoch() }
    }

    /// Marks the entry as seen by the snapshot of this epoch.
    pub(super) fn stamp(&self, epoch: u8) {
        // SAFETY: as above; the header is not covered by any slice.
        unsafe { self.entry.set_epoch(epoch) }
    }

    /// Bytes of memory that the entry takes, its share of the table included.
    pub fn mem_bytes(&self) -> usize {
        // SAFETY: as above.
        unsafe {
            let beside = match self.entry.form_bits() {
                FORM_VEC => self.entry.vec().capacity(),
                FORM_OBJECT => (*self.entry.object()).mem_bytes(),
                _ => 0,
            };
            self.entry.room() + beside + TABLE_SHARE
        }
    }

    /// A copy that can be put elsewhere (COPY).
    pub fn to_owned(&self) -> OwnedEntry {
        let value = match self.value() {
            ValueRef::Int(number) => OwnedValue::Int(number),
            ValueRef::Str(bytes) | ValueRef::Packed(_, _, bytes) => self.owned_bytes(bytes.to_vec()),
            ValueRef::Object(object) => OwnedValue::Object(Box::new(object.clone())),
        };
        OwnedEntry { value, expire_ms: self.expire_ms(), access: self.access() }
    }
}
