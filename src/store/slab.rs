//! Memory of entries: blocks of 16 to 320 bytes in steps of 8, so that an entry wastes 3.5 bytes on
//! average and has no header of the allocator's. A slab belongs to one database of one shard and is
//! used under the shard's lock: no atomics, and a cleared database takes its slab with it.
//!
//! ```text
//! chunk, 2 MiB from the system, aligned to its size     (process-wide pool, locked once per page)
//! +--------+--------+--------+-- ... --+
//! | page 0 | page 1 | page 2 |   127   |   a page: 16 KiB, aligned to its size, one class, one slab
//! +--------+--------+--------+-- ... --+
//!
//! page: [header 32 B: links, first free, used, fresh ...][block][block][block] ...
//!        free blocks are chained through their first two bytes (offset / 8, 0 ends the chain)
//! ```
//!
//! The table's larger segments are pages of the pool, too.
//!
//! The first [`HEAP_FIRST`] blocks of a class come from the global allocator, so that a small database
//! does not spread a page per class and shard. Whether a block does is the block owner's to remember.
//!
//! Invariants:
//! 1. A page is linked in its class's list exactly when it has a free block.
//! 2. `used` counts the blocks handed out; a page with none goes back to the pool, unless it is the
//!    only one in its list (so that a block freed and taken again at the edge does not thrash).
//! 3. `pages[page.index]` is the page: every page of the slab is there once.
//! 4. A block is freed into the slab that it came from, with its class; [`Slab::free`] is `unsafe` for
//!    this reason, and `entries` keeps it by never letting a block leave its slab.

use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc, handle_alloc_error};
use std::collections::{BTreeMap, BTreeSet};
use std::ptr::{NonNull, null_mut};
use std::sync::{Mutex, PoisonError};

use super::memory;

/// Size of a page, and its alignment.
pub(super) const PAGE_BYTES: usize = 16 * 1024;
/// Size of a chunk, and its alignment: one huge page of the hardware.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Bytes at a page's start that are no blocks.
const HEADER_BYTES: usize = 32;
/// Sizes are multiples of this.
const STEP: usize = 8;
/// Largest block of a slab; bigger ones are of class 0 and come from the global allocator.
pub(super) const BLOCK_BYTES_MAX: usize = 320;
/// Number of classes: class c has blocks of 8 * (c + 1) bytes; class 0 stands for "not of a slab".
const CLASSES: usize = BLOCK_BYTES_MAX / STEP;
/// So many blocks of each class come from the global allocator first: all that there are where a sanitizer
/// has to see where each one begins and ends.
const HEAP_FIRST: u16 = if cfg!(sanitized) { u16::MAX } else { 64 };

const _: () = assert!(CHUNK_BYTES / PAGE_BYTES == u128::BITS as usize);
const _: () = assert!(size_of::<Page>() <= HEADER_BYTES);
const _: () = assert!(CLASSES <= 64);

/// A block handed out.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Its address: 8-byte aligned, below 2^48.
    pub(super) at: NonNull<u8>,
    /// Its class, to be given back with it.
    pub(super) class: u8,
    /// Whether it is from the global allocator, to be given back with it.
    pub(super) heap: bool,
}

/// Number of bytes of a block of this class (not of class 0).
#[inline]
pub(super) fn class_size(class: u8) -> usize {
    STEP * (usize::from(class) + 1)
}

/// What a request of `size` bytes is rounded to.
#[inline]
pub(super) fn block_size(size: usize) -> usize {
    size.next_multiple_of(STEP).max(2 * STEP)
}

struct Page {
    next: *mut Page,
    prev: *mut Page,
    /// Offset / 8 of the first block that was freed; 0: none.
    free: u16,
    /// Blocks handed out.
    used: u16,
    /// Blocks that have ever been handed out: those after have never been touched.
    fresh: u16,
    /// Blocks that fit.
    room: u16,
    /// Where the page is in the slab's list of all its pages.
    index: u32,
    class: u8,
}

/// The pages of one database of one shard.
pub(super) struct Slab {
    /// Per class, the pages that have a free block.
    open: [*mut Page; CLASSES],
    /// Per class, the blocks that come from the global allocator.
    heap: [u16; CLASSES],
    /// All pages.
    pages: Vec<*mut Page>,
}

// SAFETY: pages belong to one slab only, and nothing in them refers to a thread.
unsafe impl Send for Slab {}

impl Slab {
    pub(super) const fn new() -> Slab {
        Slab { open: [null_mut(); CLASSES], heap: [0; CLASSES], pages: Vec::new() }
    }

    /// A block of at least `size` bytes, not initialised.
    #[inline]
    pub(super) fn alloc(&mut self, size: usize) -> Block {
        let size = block_size(size);
        if size > BLOCK_BYTES_MAX {
            return Block { at: heap_alloc(size), class: 0, heap: true };
        }
        let class = size / STEP - 1;
        if self.heap[class] < HEAP_FIRST {
            self.heap[class] += 1;
            return Block { at: heap_alloc(size), class: class as u8, heap: true };
        }
        memory::count(size as isize);
        Block { at: self.take(class, size), class: class as u8, heap: false }
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// The block is from `alloc` of this slab, with the class and origin it said (and, for class 0,
    /// the size asked for), and nobody uses it any more.
    #[inline]
    pub(super) unsafe fn free(&mut self, block: Block, size: usize) {
        let class = usize::from(block.class);
        let size = if class == 0 { block_size(size) } else { class_size(block.class) };
        if block.heap {
            self.heap[class] -= u16::from(class != 0);
            // SAFETY: `heap_alloc` made it with this size (promised by the caller).
            unsafe { dealloc(block.at.as_ptr(), heap_layout(size)) };
            return;
        }
        memory::count(-(size as isize));
        // SAFETY: a block that is not from the heap lies in a page of this slab (promised).
        unsafe { self.give(block.at.as_ptr(), class) };
    }

    /// Gives all pages back at once, with whatever blocks are in them. Blocks that come from the global
    /// allocator are not freed.
    ///
    /// # Safety
    /// No block of a page is used any more.
    pub(super) unsafe fn release(&mut self) {
        for page in std::mem::take(&mut self.pages) {
            // SAFETY: pages of the list are live and ours, and nobody uses their blocks (promised).
            unsafe {
                let in_use = usize::from((*page).used) * class_size((*page).class);
                memory::count(-(in_use as isize));
                pool_give(page.cast());
            }
        }
        self.open = [null_mut(); CLASSES];
    }

    /// Takes a page, which is in no class's list, off the slab.
    ///
    /// # Safety
    /// `page` is a live page of this slab, and none of its blocks is in use.
    unsafe fn close_page(&mut self, page: *mut Page) {
        // SAFETY: as promised; the page that moves into the gap is live, too.
        unsafe {
            let index = (*page).index;
            self.pages.swap_remove(index as usize);
            if let Some(&moved) = self.pages.get(index as usize) {
                (*moved).index = index;
            }
            pool_give(page.cast());
        }
    }

    #[inline]
    fn take(&mut self, class: usize, size: usize) -> NonNull<u8> {
        let mut page = self.open[class];
        if page.is_null() {
            page = self.open_page(class, size);
        }
        // SAFETY: the page is live and, being listed, has a free block (invariant 1): either one that
        // was freed, whose first two bytes hold the next one's offset, or one never touched.
        unsafe {
            let base = page.cast::<u8>();
            let at = if (*page).free != 0 {
                let at = base.add(usize::from((*page).free) * STEP);
                (*page).free = at.cast::<u16>().read();
                at
            } else {
                let at = base.add(HEADER_BYTES + usize::from((*page).fresh) * size);
                (*page).fresh += 1;
                at
            };
            (*page).used += 1;
            if (*page).used == (*page).room {
                self.unlink(page, class);
            }
            NonNull::new_unchecked(at)
        }
    }

    /// # Safety
    /// `at` is a block of a page of this slab and class, in use until now.
    #[inline]
    unsafe fn give(&mut self, at: *mut u8, class: usize) {
        let offset = at.addr() % PAGE_BYTES;
        // SAFETY: pages are aligned to their size, so the header is at the page's start; the block is
        // ours to write to now.
        unsafe {
            let page = at.sub(offset).cast::<Page>();
            debug_assert_eq!(usize::from((*page).class), class);
            at.cast::<u16>().write((*page).free);
            (*page).free = (offset / STEP) as u16;
            if (*page).used == (*page).room {
                self.link(page, class);
            }
            (*page).used -= 1;
            let alone = (*page).next.is_null() && (*page).prev.is_null();
            if (*page).used == 0 && !alone {
                self.unlink(page, class);
                self.close_page(page);
            }
        }
    }

    #[cold]
    fn open_page(&mut self, class: usize, size: usize) -> *mut Page {
        let page = pool_take().cast::<Page>();
        let room = ((PAGE_BYTES - HEADER_BYTES) / size) as u16;
        let header = Page {
            next: null_mut(),
            prev: null_mut(),
            free: 0,
            used: 0,
            fresh: 0,
            room,
            index: self.pages.len() as u32,
            class: class as u8,
        };
        self.pages.push(page);
        // SAFETY: the pool's page is ours alone, aligned and large enough for the header.
        unsafe {
            page.write(header);
            self.link(page, class);
        }
        page
    }

    /// # Safety
    /// `page` is a live page of this slab and class, and not linked.
    unsafe fn link(&mut self, page: *mut Page, class: usize) {
        let head = self.open[class];
        // SAFETY: both are live pages of this slab.
        unsafe {
            (*page).next = head;
            (*page).prev = null_mut();
            if !head.is_null() {
                (*head).prev = page;
            }
        }
        self.open[class] = page;
    }

    /// # Safety
    /// `page` is a live page of this slab and class, and linked.
    unsafe fn unlink(&mut self, page: *mut Page, class: usize) {
        // SAFETY: the links of a linked page lead to live pages or nowhere.
        unsafe {
            let (next, prev) = ((*page).next, (*page).prev);
            if prev.is_null() {
                self.open[class] = next;
            } else {
                (*prev).next = next;
            }
            if !next.is_null() {
                (*next).prev = prev;
            }
        }
    }
}

fn heap_layout(size: usize) -> Layout {
    // The size is at most a string's length and a key's; it cannot come near isize::MAX.
    Layout::from_size_align(size, STEP).unwrap_or(Layout::new::<u64>())
}

fn heap_alloc(size: usize) -> NonNull<u8> {
    let layout = heap_layout(size);
    // SAFETY: the size is not zero.
    let at = unsafe { alloc(layout) };
    NonNull::new(at).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Asks for the chunk to be one huge page: entries are visited at random, and with small pages nearly
/// each visit would miss the translation cache too. Nothing here is shared with a forked child, so what
/// makes huge pages bad for Redis (copying 2 MiB for a write) does not apply.
#[cfg(target_os = "linux")]
fn advise_huge(chunk: *mut u8) {
    use std::ffi::{c_int, c_void};
    const MADV_HUGEPAGE: c_int = 14;
    unsafe extern "C" {
        fn madvise(start: *mut c_void, bytes: usize, advice: c_int) -> c_int;
    }
    // SAFETY: the range is the chunk, which is ours; advice changes no contents. It may be refused.
    unsafe { madvise(chunk.cast(), CHUNK_BYTES, MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise_huge(_chunk: *mut u8) {}

/// The chunks of the process, and which of their pages are free (bit set: free).
struct Pool {
    chunks: BTreeMap<usize, u128>,
    /// Addresses of chunks with a free page; the lowest is used first, so that high ones can go.
    partial: BTreeSet<usize>,
    /// Chunks without a page in use; one is kept.
    idle: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { chunks: BTreeMap::new(), partial: BTreeSet::new(), idle: 0 });

fn chunk_layout() -> Layout {
    const LAYOUT: Layout = match Layout::from_size_align(CHUNK_BYTES, CHUNK_BYTES) {
        Ok(layout) => layout,
        Err(_) => panic!("a power of two is an alignment"),
    };
    LAYOUT
}

/// A page of the pool, not initialised, aligned to its size.
pub(super) fn pool_take() -> *mut u8 {
    POOL.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Gives a page back.
///
/// # Safety
/// `page` is from `pool_take`, and nobody uses it any more.
pub(super) unsafe fn pool_give(page: *mut u8) {
    // SAFETY: as promised by the caller.
    unsafe { POOL.lock().unwrap_or_else(PoisonError::into_inner).give(page) }
}

impl Pool {
    fn take(&mut self) -> *mut u8 {
        let base = match self.partial.first() {
            Some(&base) => base,
            None => self.grow(),
        };
        let free = self.chunks.entry(base).or_default();
        self.idle -= usize::from(*free == u128::MAX);
        let index = free.trailing_zeros() as usize;
        *free &= *free - 1;
        if *free == 0 {
            self.partial.remove(&base);
        }
        std::ptr::with_exposed_provenance_mut(base + index * PAGE_BYTES)
    }

    fn grow(&mut self) -> usize {
        // SAFETY: the layout is not of size zero.
        let at = unsafe { System.alloc(chunk_layout()) };
        if at.is_null() {
            handle_alloc_error(chunk_layout());
        }
        advise_huge(at);
        let base = at.expose_provenance();
        assert!(base < 1 << 48, "user space ends below 2^48 (invariant of the table's packed pointers)");
        self.chunks.insert(base, u128::MAX);
        self.partial.insert(base);
        self.idle += 1;
        base
    }

    /// # Safety
    /// As of `pool_give`.
    unsafe fn give(&mut self, page: *mut u8) {
        let base = page.addr() & !(CHUNK_BYTES - 1);
        let index = (page.addr() - base) / PAGE_BYTES;
        let free = self.chunks.entry(base).or_default();
        *free |= 1 << index;
        self.partial.insert(base);
        if *free != u128::MAX {
            return;
        }
        if self.idle == 0 {
            self.idle = 1;
            return;
        }
        self.chunks.remove(&base);
        self.partial.remove(&base);
        // SAFETY: `grow` made the chunk with this layout, and none of its pages is in use.
        unsafe { System.dealloc(std::ptr::with_exposed_provenance_mut(base), chunk_layout()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(block: Block, size: usize, byte: u8) {
        // SAFETY: the block has at least `size` bytes and is ours.
        unsafe { block.at.as_ptr().write_bytes(byte, size) };
    }

    fn check(block: Block, size: usize, byte: u8) {
        // SAFETY: as above, and initialised by `fill`.
        let bytes = unsafe { std::slice::from_raw_parts(block.at.as_ptr(), size) };
        assert!(bytes.iter().all(|&found| found == byte));
    }

    #[test]
    fn blocks_do_not_overlap_and_are_used_again() {
        let mut slab = Slab::new();
        let mut live = Vec::new();
        let mut state = 12_345u64;
        for round in 0..60_000usize {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = (state >> 33) as usize;
            let growing = round % 20_000 < 12_000;
            if live.is_empty() || pick % 10 < if growing { 7 } else { 3 } {
                let size = 9 + pick % 400;
                let block = slab.alloc(size);
                assert_eq!(block.at.addr().get() % 8, 0);
                fill(block, size, round as u8);
                live.push((block, size, round as u8));
            } else {
                let (block, size, byte) = live.swap_remove(pick % live.len());
                check(block, size, byte);
                // SAFETY: it came from this slab and is forgotten here.
                unsafe { slab.free(block, size) };
            }
        }
        for (block, size, byte) in live {
            check(block, size, byte);
            // SAFETY: as above.
            unsafe { slab.free(block, size) };
        }
        assert!(slab.heap.iter().all(|&count| count == 0));
        assert!(slab.pages.len() <= CLASSES, "an empty page was kept beside another one");
        for (index, &page) in slab.pages.iter().enumerate() {
            // SAFETY: pages of the list are live.
            let page = unsafe { &*page };
            assert_eq!((page.used, page.index as usize), (0, index));
        }
        // SAFETY: nothing is in use.
        unsafe { slab.release() };
    }

    #[test]
    fn classes_cover_every_size_closely() {
        let mut slab = Slab::new();
        for size in 1..=BLOCK_BYTES_MAX {
            let block = slab.alloc(size);
            let room = class_size(block.class);
            assert!(room >= size && (room < size + STEP || room == 2 * STEP), "{size} got {room}");
            // SAFETY: it came from this slab.
            unsafe { slab.free(block, size) };
        }
    }
}
