//! The hash table: linear hashing over 64-byte buckets with one-byte tags, so that a lookup costs one
//! cache line for the bucket and, nearly always, one for the entry it wants.
//!
//! ```text
//! bucket, 64 bytes, aligned     [ 8 tags ][ 8 pointers of 48 bits ][ child: 48 bits ][ 2 spare ]
//! child, 48 bytes               [ 6 tags ][ 6 pointers of 48 bits ][ next: 48 bits  ]
//! ```
//!
//! A tag is the hash's highest byte (0 means "free slot", so 0 is stored as 1); eight are compared at
//! once in a 64-bit register. Slots fill from the front, and a removed one is filled from the chain's
//! end, so a chain has no holes and no empty child.
//!
//! **Growth.** There are n buckets, 2^L <= n < 2^(L+1). A hash belongs to the bucket of its low L+1
//! bits, or, when that one is not there yet, of its low L bits. Each insertion that makes the mean fill
//! exceed 7.5 splits the one bucket whose turn it is (n - 2^L) and adds its partner at the end; each
//! removal that leaves it under 2.5 merges the last bucket back. So no operation moves more than a
//! bucket or two, ever. Buckets lie in segments of 256 under a small directory. A segment is a page of
//! the slab's pool (and so in huge pages), but for the first one: it is on the heap and doubles until
//! it has 256 buckets; nothing else is ever reallocated.
//!
//! **Scan.** The cursor counts the buckets of the *small* mask (low L bits) with its bits reversed; a
//! step visits bucket i and, if it has been split, its partner i + 2^L, with all children. Bits that a
//! larger mask adds are lower digits of the reversed count, so what was visited stays behind the cursor
//! whether the table grows or shrinks between two steps.
//!
//! **Memory** at a mean fill of 7.5: 64 / 7.5 bytes for the bucket and about 2.3 for children.
//!
//! The table does not own what it points to: it keeps [`Handle`]s, which must stay valid while they are
//! in it ([`Table::insert`] is `unsafe` for this). User-space addresses have 47 bits on x86-64 and 48 on
//! AArch64; packing asserts it.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::memory;
use super::slab::{PAGE_BYTES, pool_give, pool_take};

/// Slots of a bucket.
const WIDE: usize = 8;
/// Slots of a child.
const NARROW: usize = 6;
const CHILD_BYTES: usize = 48;
/// Buckets in a segment: what a page has room for.
const SEGMENT: usize = PAGE_BYTES / size_of::<Bucket>();
/// Bits that a packed pointer has.
const POINTER_BITS: u32 = 48;
const POINTER_MASK: u64 = (1 << POINTER_BITS) - 1;
const ONES: u64 = 0x0101_0101_0101_0101;
const LOW7: u64 = 0x7f7f_7f7f_7f7f_7f7f;
/// Slots drawn from when choosing at random: a chain with more than these is as good as impossible.
const RANDOM_SLOTS: u64 = 32;
/// Draws before the choice falls on the next handle there is.
const RANDOM_DRAWS: usize = 256;
/// Buckets between the fetch of what a handle stands for and its visit.
const AHEAD: usize = 2;

/// Something with a key that a table can point to. Its word may carry hints beside the address.
///
/// # Safety
/// `word` must be below 2^48, and `from_word` must undo it.
pub(super) unsafe trait Handle: Copy + PartialEq {
    /// The handle as a number below 2^48, not zero.
    ///
    /// # Safety
    /// What the handle stands for is live.
    unsafe fn word(self) -> u64;

    /// The handle whose word this is.
    fn from_word(word: u64) -> Self;

    /// The key.
    ///
    /// # Safety
    /// What the handle stands for is live, and stays so for `'a`.
    unsafe fn key<'a>(self) -> &'a [u8];

    /// Fetches the memory behind a word into the cache.
    fn prefetch(word: u64);
}

#[repr(C, align(64))]
struct Bucket([u8; 64]);

/// A bucket or a child: slots with tags, and a link to the next child.
#[derive(Clone, Copy)]
struct Node<const CAP: usize> {
    at: *mut u8,
}

type Parent = Node<WIDE>;
type Child = Node<NARROW>;

// SAFETY of all methods: `at` is a live bucket (CAP 8) or child (CAP 6) of the table that is borrowed,
// and `slot` is below CAP. Eight-byte reads stay inside: tags at 0..8; word `slot` at CAP + 6 * slot,
// ending at 58 of 64 or 44 of 48; the link read ends at 62 of 64 or 48 of 48.
impl<const CAP: usize> Node<CAP> {
    /// The tags, slot 0 in the lowest byte; bytes past CAP are zero.
    #[inline]
    unsafe fn tags(self) -> u64 {
        // SAFETY: as above.
        let raw = u64::from_le(unsafe { self.at.cast::<u64>().read_unaligned() });
        if CAP == WIDE { raw } else { raw & ((1 << (8 * CAP)) - 1) }
    }

    #[inline]
    unsafe fn word(self, slot: usize) -> u64 {
        // SAFETY: as above.
        let raw = unsafe { self.at.add(CAP + 6 * slot).cast::<u64>().read_unaligned() };
        u64::from_le(raw) & POINTER_MASK
    }

    #[inline]
    unsafe fn set(self, slot: usize, tag: u8, word: u64) {
        // SAFETY: as above.
        unsafe {
            self.at.add(slot).write(tag);
            self.set_word(slot, word);
        }
    }

    #[inline]
    unsafe fn set_word(self, slot: usize, word: u64) {
        // SAFETY: as above; exactly six bytes are written.
        unsafe { std::ptr::copy_nonoverlapping(word.to_le_bytes().as_ptr(), self.at.add(CAP + 6 * slot), 6) }
    }

    #[inline]
    unsafe fn tag(self, slot: usize) -> u8 {
        // SAFETY: as above.
        unsafe { self.at.add(slot).read() }
    }

    #[inline]
    unsafe fn next(self) -> Option<Child> {
        // SAFETY: as above.
        let raw = u64::from_le(unsafe { self.at.add(CAP * 7 - 2).cast::<u64>().read_unaligned() });
        let word = (raw >> 16) & POINTER_MASK;
        (word != 0).then(|| Node { at: std::ptr::with_exposed_provenance_mut(word as usize) })
    }

    unsafe fn set_next(self, next: Option<Child>) {
        let word = next.map_or(0, |child| child.at.expose_provenance() as u64);
        assert!(word <= POINTER_MASK, "user space ends below 2^48");
        // SAFETY: as above; exactly six bytes are written.
        unsafe { std::ptr::copy_nonoverlapping(word.to_le_bytes().as_ptr(), self.at.add(CAP * 7), 6) }
    }

    /// Number of slots in use: they fill from the front.
    #[inline]
    unsafe fn filled(self) -> usize {
        // SAFETY: as above.
        let tags = unsafe { self.tags() };
        8 - tags.leading_zeros() as usize / 8
    }
}

/// A bit (the byte's highest) for each byte of `tags` that equals `tag`.
#[inline]
fn matches(tags: u64, tag: u8) -> u64 {
    let differ = tags ^ (ONES * u64::from(tag));
    !(((differ & LOW7) + LOW7) | differ | LOW7)
}

#[inline]
fn tag_of(h: u64) -> u8 {
    ((h >> 56) as u8).max(1)
}

/// Where a handle is.
enum Place {
    Bucket(Parent, usize),
    Child(Child, usize),
}

impl Place {
    /// # Safety
    /// The place is in the table that is borrowed, and in use.
    unsafe fn item(&self) -> (u8, u64) {
        // SAFETY: as promised.
        unsafe {
            match *self {
                Place::Bucket(node, slot) => (node.tag(slot), node.word(slot)),
                Place::Child(node, slot) => (node.tag(slot), node.word(slot)),
            }
        }
    }

    /// # Safety
    /// The place is in the table that is mutably borrowed.
    unsafe fn set(&self, tag: u8, word: u64) {
        // SAFETY: as promised.
        unsafe {
            match *self {
                Place::Bucket(node, slot) => node.set(slot, tag, word),
                Place::Child(node, slot) => node.set(slot, tag, word),
            }
        }
    }
}

/// The table. See the file's header. What a lookup needs comes first.
#[repr(C)]
pub(super) struct Table<H> {
    /// Segments of 256 buckets; the first may be smaller.
    segments: Vec<NonNull<Bucket>>,
    /// Number of buckets.
    buckets: usize,
    /// The mask of the smaller level: 2^L - 1.
    small: usize,
    /// Buckets that the first segment has room for.
    first_room: usize,
    /// Number of handles.
    len: usize,
    /// Number of children.
    children: usize,
    handles: PhantomData<H>,
}

// SAFETY: buckets belong to the table alone; what handles stand for is the owner's concern.
unsafe impl<H: Send> Send for Table<H> {}

impl<H: Handle> Table<H> {
    pub(super) const fn new() -> Table<H> {
        Table {
            segments: Vec::new(),
            buckets: 0,
            small: 0,
            first_room: 0,
            len: 0,
            children: 0,
            handles: PhantomData,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes that the table itself takes.
    pub(super) fn bytes(&self) -> usize {
        let rest = self.segments.len().saturating_sub(1) * SEGMENT;
        (self.first_room + rest) * size_of::<Bucket>()
            + self.children * CHILD_BYTES
            + self.segments.capacity() * 8
    }

    #[inline]
    fn bucket(&self, index: usize) -> Parent {
        debug_assert!(index < self.buckets);
        let segment = self.segments[index / SEGMENT];
        // SAFETY: every bucket below `buckets` lies in its segment.
        Node { at: unsafe { segment.add(index % SEGMENT) }.as_ptr().cast() }
    }

    /// Sets the number of buckets, and the mask that goes with it.
    fn set_buckets(&mut self, buckets: usize) {
        self.buckets = buckets;
        self.small = (1 << buckets.max(1).ilog2()) - 1;
    }

    #[inline]
    fn index_of(&self, h: u64) -> usize {
        let large = self.small << 1 | 1;
        let index = h as usize & large;
        if index < self.buckets { index } else { index & self.small }
    }

    #[inline]
    fn home(&self, h: u64) -> Option<Parent> {
        (self.buckets != 0).then(|| self.bucket(self.index_of(h)))
    }

    /// The handle of `key`.
    #[inline]
    pub(super) fn find(&self, h: u64, key: &[u8]) -> Option<H> {
        // SAFETY: handles in the table are live.
        let place = self.locate(h, |handle| unsafe { handle.key() } == key)?;
        // SAFETY: `locate` found it in this table.
        Some(H::from_word(unsafe { place.item() }.1))
    }

    #[inline]
    fn locate(&self, h: u64, wanted: impl Fn(H) -> bool) -> Option<Place> {
        let bucket = self.home(h)?;
        let tag = tag_of(h);
        // SAFETY: nodes come from the table's own links; matched slots are below the capacity.
        unsafe {
            if let Some(slot) = locate_in(bucket, tag, &wanted) {
                return Some(Place::Bucket(bucket, slot));
            }
            let mut next = bucket.next();
            while let Some(child) = next {
                if let Some(slot) = locate_in(child, tag, &wanted) {
                    return Some(Place::Child(child, slot));
                }
                next = child.next();
            }
        }
        None
    }

    /// Adds a handle whose key is not in the table.
    ///
    /// # Safety
    /// What the handle stands for stays live, and keeps its key, until the handle is removed.
    #[inline]
    pub(super) unsafe fn insert(&mut self, h: u64, handle: H, hash: impl Fn(&[u8]) -> u64) {
        if self.buckets == 0 {
            self.add_bucket();
        }
        // SAFETY: what the handle stands for is live (promised).
        let word = unsafe { handle.word() };
        self.append(self.index_of(h), tag_of(h), word);
        self.len += 1;
        if self.len * 2 > self.buckets * 15 {
            self.split(&hash);
        }
    }

    /// Makes the table as large as `len` handles will need, so that adding them splits nothing.
    pub(super) fn reserve(&mut self, len: usize, hash: impl Fn(&[u8]) -> u64) {
        while self.buckets * 15 < len * 2 {
            if self.buckets == 0 {
                self.add_bucket();
            } else {
                self.split(&hash);
            }
        }
    }

    /// Removes this very handle; false when it is not there. Its key is not looked at.
    pub(super) fn remove(&mut self, h: u64, handle: H) -> bool {
        let place = self.locate(h, |other| other == handle);
        place.map(|place| self.remove_at(h, &place)).is_some()
    }

    /// Puts `new` in the place of `old`, which has the same key; false when `old` is not there.
    ///
    /// # Safety
    /// As of `insert`, for `new`.
    pub(super) unsafe fn replace(&mut self, h: u64, old: H, new: H) -> bool {
        let Some(place) = self.locate(h, |other| other == old) else { return false };
        // SAFETY: `locate` found the place in this table; the new handle is of something live (promised).
        unsafe { place.set(tag_of(h), checked(new.word())) };
        true
    }

    /// Fetches the bucket that a key with this hash is in.
    #[inline]
    pub(super) fn prefetch_bucket(&self, h: u64) {
        if let Some(bucket) = self.home(h) {
            prefetch(bucket.at);
        }
    }

    /// Fetches the entries that may be the one of a key with this hash, or, when the bucket has none,
    /// its child; true in the latter case.
    #[inline]
    pub(super) fn prefetch_entry(&self, h: u64) -> bool {
        let Some(bucket) = self.home(h) else { return false };
        // SAFETY: nodes come from the table's own links.
        unsafe {
            if prefetch_matches::<H, WIDE>(bucket, tag_of(h)) {
                return false;
            }
            let child = bucket.next();
            if let Some(child) = child {
                prefetch(child.at);
            }
            child.is_some()
        }
    }

    /// As `prefetch_entry`, for the keys whose child has arrived since.
    #[inline]
    pub(super) fn prefetch_child_entry(&self, h: u64) {
        let Some(bucket) = self.home(h) else { return };
        // SAFETY: nodes come from the table's own links.
        unsafe {
            if matches(bucket.tags(), tag_of(h)) == 0
                && let Some(child) = bucket.next()
            {
                prefetch_matches::<H, NARROW>(child, tag_of(h));
            }
        }
    }

    /// Visits the buckets at `cursor` and returns the next cursor, 0 at the end. See the file's header.
    pub(super) fn scan(&self, cursor: u64, visit: &mut dyn FnMut(H)) -> u64 {
        if self.buckets == 0 {
            return 0;
        }
        let small = self.small;
        let index = cursor as usize & small;
        let pair = [index, index + small + 1];
        let pair = || pair.into_iter().filter(|&index| index < self.buckets);
        pair().for_each(|index| self.each_word(index, &mut H::prefetch));
        pair().for_each(|index| self.each_in(index, visit));
        (cursor | !(small as u64)).reverse_bits().wrapping_add(1).reverse_bits()
    }

    /// Visits every handle; what it stands for is fetched a bucket or two ahead.
    pub(super) fn each(&self, visit: &mut dyn FnMut(H)) {
        for index in 0..self.buckets + AHEAD {
            if index < self.buckets {
                self.each_word(index, &mut H::prefetch);
            }
            if let Some(now) = index.checked_sub(AHEAD) {
                self.each_in(now, visit);
            }
        }
    }

    /// A handle chosen by `random`: a bucket and a slot are drawn until they hit, which makes all
    /// handles equally likely. In a table that is nearly empty the next handle after the last draw is
    /// taken.
    pub(super) fn random(&self, random: u64) -> Option<H> {
        if self.len == 0 {
            return None;
        }
        let (mut state, mut index) = (random, 0);
        for _ in 0..RANDOM_DRAWS {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let wide = u128::from(state ^ state >> 32) * 0xd6e8_feb8_6659_fd93_u128;
            let drawn = wide as u64 ^ (wide >> 64) as u64;
            index = ((u128::from(drawn) * self.buckets as u128) >> 64) as usize;
            if let Some(found) = self.nth_in(index, (drawn & (RANDOM_SLOTS - 1)) as usize) {
                return Some(found);
            }
        }
        (index..self.buckets).chain(0..index).find_map(|index| self.nth_in(index, 0))
    }

    fn each_in(&self, index: usize, visit: &mut dyn FnMut(H)) {
        self.each_word(index, &mut |word| visit(H::from_word(word)));
    }

    fn each_word(&self, index: usize, visit: &mut dyn FnMut(u64)) {
        let bucket = self.bucket(index);
        // SAFETY: nodes come from the table's own links, slots are below `filled`.
        unsafe {
            (0..bucket.filled()).for_each(|slot| visit(bucket.word(slot)));
            let mut next = bucket.next();
            while let Some(child) = next {
                (0..child.filled()).for_each(|slot| visit(child.word(slot)));
                next = child.next();
            }
        }
    }

    fn nth_in(&self, index: usize, nth: usize) -> Option<H> {
        let mut at = 0;
        let mut found = None;
        self.each_in(index, &mut |handle| {
            if at == nth {
                found = Some(handle);
            }
            at += 1;
        });
        found
    }

    /// Appends to the chain of a bucket.
    #[inline]
    fn append(&mut self, index: usize, tag: u8, word: u64) {
        let word = checked(word);
        let bucket = self.bucket(index);
        // SAFETY: nodes come from the table's own links; a slot is written only below the capacity.
        unsafe {
            let filled = bucket.filled();
            if filled < WIDE {
                bucket.set(filled, tag, word);
                return;
            }
            let Some(mut last) = bucket.next() else {
                bucket.set_next(Some(self.new_child(tag, word)));
                return;
            };
            while let Some(next) = last.next() {
                last = next;
            }
            let filled = last.filled();
            if filled < NARROW {
                last.set(filled, tag, word);
            } else {
                last.set_next(Some(self.new_child(tag, word)));
            }
        }
    }

    fn new_child(&mut self, tag: u8, word: u64) -> Child {
        let child: Child = Node { at: zeroed(child_layout()) };
        self.children += 1;
        // SAFETY: the child is new, and zero is an empty one.
        unsafe { child.set(0, tag, word) };
        child
    }

    fn remove_at(&mut self, h: u64, place: &Place) {
        // SAFETY: the place was found in this table and is in use.
        let (_, word) = unsafe { place.item() };
        let (tag, last) = self.pop(self.index_of(h)).unwrap_or((0, word));
        if last != word {
            // SAFETY: what was popped is another item of the same chain, so the place is still there.
            unsafe { place.set(tag, last) };
        }
        self.len -= 1;
        if self.len * 2 < self.buckets * 5 {
            self.shrink();
        }
    }

    /// Takes the last item of a bucket's chain, and its node when that was the node's only one.
    fn pop(&mut self, index: usize) -> Option<(u8, u64)> {
        let bucket = self.bucket(index);
        // SAFETY: nodes come from the table's own links; a freed child is unlinked first.
        unsafe {
            let Some(first) = bucket.next() else { return pop_slot(bucket) };
            let (mut before, mut last) = (None, first);
            while let Some(next) = last.next() {
                (before, last) = (Some(last), next);
            }
            let item = pop_slot(last);
            if last.filled() == 0 {
                match before {
                    Some(node) => node.set_next(None),
                    None => bucket.set_next(None),
                }
                self.free_child(last);
            }
            item
        }
    }

    /// # Safety
    /// The child is of this table and not linked any more.
    unsafe fn free_child(&mut self, child: Child) {
        self.children -= 1;
        // SAFETY: made by `new_child` with this layout.
        unsafe { dealloc(child.at, child_layout()) };
    }

    /// Splits the bucket whose turn it is.
    fn split(&mut self, hash: &impl Fn(&[u8]) -> u64) {
        let large = self.small << 1 | 1;
        let source = self.buckets & self.small;
        let target = self.buckets;
        self.add_bucket();
        let moved = self.take_chain(source);
        for &(tag, word) in moved.iter() {
            // SAFETY: handles in the table are live.
            let h = hash(unsafe { H::from_word(word).key() });
            let index = if h as usize & large == target { target } else { source };
            self.append(index, tag, word);
        }
        self.prefetch_split();
    }

    /// Fetches what the next split will read, and the bucket of the one after it.
    fn prefetch_split(&self) {
        let source = self.buckets & self.small;
        self.each_word(source, &mut H::prefetch);
        prefetch(self.bucket(source + 1).at);
    }

    /// Merges the last bucket into the one it was split from; the last one of all goes when empty.
    fn shrink(&mut self) {
        let last = self.buckets - 1;
        if last == 0 {
            if self.len == 0 {
                self.drop_bucket();
            }
            return;
        }
        let moved = self.take_chain(last);
        self.drop_bucket();
        let target = last & self.small;
        for &(tag, word) in moved.iter() {
            self.append(target, tag, word);
        }
    }

    /// Empties a bucket and returns what was in its chain.
    fn take_chain(&mut self, index: usize) -> Items {
        let mut items = Items::new();
        let bucket = self.bucket(index);
        // SAFETY: nodes come from the table's own links; a child is freed after it was read.
        unsafe {
            (0..bucket.filled()).for_each(|slot| items.push((bucket.tag(slot), bucket.word(slot))));
            let mut next = bucket.next();
            while let Some(child) = next {
                (0..child.filled()).for_each(|slot| items.push((child.tag(slot), child.word(slot))));
                next = child.next();
                self.free_child(child);
            }
            bucket.at.write_bytes(0, size_of::<Bucket>());
        }
        items
    }

    /// Adds an empty bucket at the end.
    fn add_bucket(&mut self) {
        if self.buckets == self.first_room && self.first_room < SEGMENT {
            self.enlarge_first();
        } else if self.buckets == self.segments.len() * SEGMENT {
            self.segments.push(new_segment());
        }
        self.set_buckets(self.buckets + 1);
        let bucket = self.bucket(self.buckets - 1);
        // SAFETY: the segment has room for it; zero is an empty bucket.
        unsafe { bucket.at.write_bytes(0, size_of::<Bucket>()) };
    }

    /// Doubles the first segment (from none to one bucket, at first).
    fn enlarge_first(&mut self) {
        let room = (self.first_room * 2).max(1);
        let new = new_first(room);
        match self.segments.first_mut() {
            Some(first) => {
                let old = std::mem::replace(first, new);
                // SAFETY: both have room for `first_room` buckets, all of which are in use, and the old
                // one is not referred to any more; it was made with this room.
                unsafe {
                    std::ptr::copy_nonoverlapping(old.as_ptr(), new.as_ptr(), self.first_room);
                    free_first(old, self.first_room);
                }
            }
            None => self.segments.push(new),
        }
        self.first_room = room;
    }

    /// Removes the last bucket, which is empty, and its segment when it was the first one there.
    fn drop_bucket(&mut self) {
        self.set_buckets(self.buckets - 1);
        if !self.buckets.is_multiple_of(SEGMENT) {
            return;
        }
        if let Some(segment) = self.segments.pop() {
            // SAFETY: no bucket of it is in use; the last segment to go is the first one.
            unsafe {
                match self.segments.len() {
                    0 => free_first(segment, std::mem::take(&mut self.first_room)),
                    _ => free_segment(segment),
                }
            }
        }
        if self.segments.len() * 4 < self.segments.capacity() {
            self.segments.shrink_to(self.segments.len() * 2);
        }
    }
}

impl<H> Drop for Table<H> {
    fn drop(&mut self) {
        for (number, &segment) in self.segments.iter().enumerate() {
            let room = if number == 0 { self.first_room } else { SEGMENT };
            let used = self.buckets.saturating_sub(number * SEGMENT).min(room);
            for index in 0..used {
                // SAFETY: the first `used` buckets of the segment are live, and so are their children,
                // each of which is read before it is freed.
                unsafe {
                    let bucket: Parent = Node { at: segment.add(index).as_ptr().cast() };
                    let mut next = bucket.next();
                    while let Some(child) = next {
                        next = child.next();
                        dealloc(child.at, child_layout());
                    }
                }
            }
            // SAFETY: the first one was made with this room, the others as pages; none is used again.
            unsafe { if number == 0 { free_first(segment, room) } else { free_segment(segment) } };
        }
    }
}

/// # Safety
/// The node is live.
#[inline]
unsafe fn locate_in<H: Handle, const CAP: usize>(
    node: Node<CAP>,
    tag: u8,
    wanted: &impl Fn(H) -> bool,
) -> Option<usize> {
    // SAFETY: as promised; a match is at a slot below CAP, because tags past it read as zero.
    unsafe {
        let mut hits = matches(node.tags(), tag);
        while hits != 0 {
            let slot = hits.trailing_zeros() as usize / 8;
            if wanted(H::from_word(node.word(slot))) {
                return Some(slot);
            }
            hits &= hits - 1;
        }
    }
    None
}

/// # Safety
/// The node is live.
#[inline]
unsafe fn prefetch_matches<H: Handle, const CAP: usize>(node: Node<CAP>, tag: u8) -> bool {
    // SAFETY: as promised; a match is at a slot below CAP.
    unsafe {
        let mut hits = matches(node.tags(), tag);
        let any = hits != 0;
        while hits != 0 {
            H::prefetch(node.word(hits.trailing_zeros() as usize / 8));
            hits &= hits - 1;
        }
        any
    }
}

/// Takes the last item of a node.
///
/// # Safety
/// The node is live.
unsafe fn pop_slot<const CAP: usize>(node: Node<CAP>) -> Option<(u8, u64)> {
    // SAFETY: as promised; the slot is one in use.
    unsafe {
        let slot = node.filled().checked_sub(1)?;
        let item = (node.tag(slot), node.word(slot));
        node.set(slot, 0, 0);
        Some(item)
    }
}

/// Items of one chain: nearly always few enough to need no allocation.
struct Items {
    near: [(u8, u64); 32],
    count: usize,
    far: Vec<(u8, u64)>,
}

impl Items {
    fn new() -> Items {
        Items { near: [(0, 0); 32], count: 0, far: Vec::new() }
    }

    fn push(&mut self, item: (u8, u64)) {
        match self.near.get_mut(self.count) {
            Some(place) => {
                *place = item;
                self.count += 1;
            }
            None => self.far.push(item),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &(u8, u64)> {
        self.near[..self.count].iter().chain(&self.far)
    }
}

#[inline]
fn checked(word: u64) -> u64 {
    assert!(word <= POINTER_MASK && word != 0, "a handle's word has at most 48 bits");
    word
}

fn child_layout() -> Layout {
    Layout::new::<[u64; CHILD_BYTES / 8]>()
}

fn first_layout(room: usize) -> Layout {
    Layout::array::<Bucket>(room).unwrap_or(Layout::new::<Bucket>())
}

/// A first segment.
fn new_first(room: usize) -> NonNull<Bucket> {
    let layout = first_layout(room);
    NonNull::new(zeroed(layout).cast()).unwrap_or_else(|| handle_alloc_error(layout))
}

/// # Safety
/// Made by `new_first` with the same `room`, and not used any more.
unsafe fn free_first(segment: NonNull<Bucket>, room: usize) {
    // SAFETY: as promised.
    unsafe { dealloc(segment.as_ptr().cast(), first_layout(room)) }
}

/// A further segment; its buckets are not initialised.
fn new_segment() -> NonNull<Bucket> {
    memory::count(PAGE_BYTES as isize);
    // SAFETY: pages of the pool are not at address zero, and are aligned for a bucket.
    unsafe { NonNull::new_unchecked(pool_take().cast()) }
}

/// # Safety
/// Made by `new_segment`, and not used any more.
unsafe fn free_segment(segment: NonNull<Bucket>) {
    memory::count(-(PAGE_BYTES as isize));
    // SAFETY: as promised.
    unsafe { pool_give(segment.as_ptr().cast()) }
}

fn zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: no layout here is of size zero.
    let at = unsafe { alloc_zeroed(layout) };
    if at.is_null() {
        handle_alloc_error(layout);
    }
    at
}

/// Fetches the cache line at `at`, which need not be valid.
#[inline]
pub(super) fn prefetch(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// The same for a line that is going to be written, which other cores may have: it comes as this core's own.
#[inline]
pub(super) fn prefetch_own(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: as above; a processor without the instruction takes it for one that does nothing.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(target_arch = "x86_64"))]
    prefetch(at);
}

#[cfg(test)]
mod tests;
