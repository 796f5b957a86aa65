//! The process's allocator and the count of the bytes that are in use.
//!
//! Every allocation goes through [`Counting`], a thin layer over mimalloc which adds the size (rounded
//! to the class mimalloc serves it from) to a counter of the thread. The thread passes the sum on to the
//! process when it exceeds [`PASS_ON_BYTES`] and when the thread has nothing to do, so the hot path has no
//! shared write, and the total is wrong by at most that much per busy thread.
//!
//! The slab takes whole chunks from the system past this count and reports its blocks itself
//! ([`count`]): free blocks of a page are not "used".

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};

#[cfg(not(sanitized))]
use mimalloc::MiMalloc as Inner;
// What a sanitizer watches is the system's allocator.
#[cfg(sanitized)]
use std::alloc::System as Inner;

/// Blocks up to this size are moved when they get smaller, in bytes: a tenth of a millisecond.
const SHRINK_BYTES_MAX: usize = 1024 * 1024;

/// How far a thread's own sum may be from what it has passed on, in bytes.
const PASS_ON_BYTES: isize = 32 * 1024;

static USED: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    static OWN: Cell<isize> = const { Cell::new(0) };
}

/// The allocator of the process: mimalloc, counted.
pub struct Counting;

// SAFETY: every call is passed on to mimalloc unchanged; the count never touches the memory, and the
// thread-local it uses is a constant-initialised cell without a destructor, so it never allocates.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(class_bytes(layout.size()) as isize);
        // SAFETY: the caller's contract is the one of `alloc`.
        unsafe { Inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(class_bytes(layout.size()) as isize);
        // SAFETY: the caller's contract is the one of `alloc_zeroed`.
        unsafe { Inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(class_bytes(layout.size()) as isize));
        // SAFETY: the caller's contract is the one of `dealloc`.
        unsafe { Inner.dealloc(at, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (old, new) = (class_bytes(layout.size()), class_bytes(new_size));
        if new < old && layout.size() <= SHRINK_BYTES_MAX {
            // SAFETY: as of `realloc`.
            return unsafe { self.shrink(at, layout, new_size) };
        }
        count(new as isize - old as isize);
        // SAFETY: the caller's contract is the one of `realloc`.
        unsafe { Inner.realloc(at, layout, new_size) }
    }
}

impl Counting {
    /// Moves to a smaller block: mimalloc would stay in the old one as long as half of it is used.
    ///
    /// # Safety
    /// That of `realloc`, with a size below the old one.
    unsafe fn shrink(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the size is not zero and below one that was valid with this alignment; both blocks are live
        // and apart, and `new_size` bytes are in each.
        unsafe {
            let to = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !to.is_null() {
                std::ptr::copy_nonoverlapping(at, to, new_size);
                self.dealloc(at, layout);
            }
            to
        }
    }
}

/// Adds to (or takes from) the bytes in use: for memory that does not come through [`Counting`].
#[inline]
pub(super) fn count(delta: isize) {
    // A thread that is being torn down has no counter any more: it passes the bytes on at once.
    let counted = OWN.try_with(|own| {
        let sum = own.get() + delta;
        if sum.unsigned_abs() < PASS_ON_BYTES.unsigned_abs() {
            own.set(sum);
        } else {
            own.set(0);
            USED.fetch_add(sum, Ordering::Relaxed);
        }
    });
    if counted.is_err() {
        USED.fetch_add(delta, Ordering::Relaxed);
    }
}

/// Gives memory that is free back to the system: what has been for a second, or with `all` whatever this thread can.
/// mimalloc does so only when it looks for memory, which a server that has nothing to do never does: without this what
/// FLUSHALL frees would stay with the process.
#[cfg(not(sanitized))]
pub fn give_back(all: bool) {
    // SAFETY: any thread may call it at any time; what is in use stays.
    unsafe { libmimalloc_sys::mi_collect(all) }
}

/// The system's allocator is not asked.
#[cfg(sanitized)]
pub fn give_back(_all: bool) {}

/// Passes the calling thread's sum on; a thread calls it before it ends or goes idle for long.
pub fn flush() {
    let own = OWN.try_with(Cell::take).unwrap_or(0);
    if own != 0 {
        USED.fetch_add(own, Ordering::Relaxed);
    }
}

/// Bytes that the process has in use, up to 32 KiB for each other thread that has not passed on its sum.
pub fn used_memory() -> usize {
    flush();
    usize::try_from(USED.load(Ordering::Relaxed)).unwrap_or(0)
}

/// The size that mimalloc serves a request of `size` bytes with: 8 bytes, steps of 16 up to 128, then
/// four steps to each doubling.
#[inline]
pub fn class_bytes(size: usize) -> usize {
    if size <= 128 {
        return if size <= 8 { 8 } else { size.next_multiple_of(16) };
    }
    let step = 1usize << (usize::BITS - 3 - (size - 1).leading_zeros());
    size.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neighbours among many blocks of a size are as far apart as the class is large.
    fn distance(size: usize) -> usize {
        let blocks: Vec<Vec<u8>> = (0..200).map(|_| Vec::with_capacity(size)).collect();
        let mut places: Vec<usize> = blocks.iter().map(|block| block.as_ptr().addr()).collect();
        places.sort_unstable();
        places.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(0)
    }

    #[test]
    fn classes_are_those_of_the_allocator() {
        let differs = |size: &usize| class_bytes(*size) != distance(*size);
        let different: Vec<usize> = (1..300).chain((300..9000).step_by(37)).filter(differs).collect();
        assert!(different.is_empty(), "{different:?}");
    }

    #[test]
    fn what_is_allocated_is_counted_and_what_is_freed_is_not() {
        const BIG: usize = 1 << 28; // other tests allocate meanwhile, but not this much
        let before = used_memory();
        let block: Vec<u8> = Vec::with_capacity(BIG);
        assert!(used_memory() >= before + BIG / 2);
        drop(block);
        assert!(used_memory() < before + BIG / 2);
    }

    #[test]
    fn what_shrinks_moves_into_a_block_of_its_size() {
        for (from, to) in [(4096, 2100), (4096, 4090), (160, 20), (SHRINK_BYTES_MAX, 700_000)] {
            let mut bytes: Vec<u8> = (0..from).map(|at| at as u8).collect();
            let before = bytes.as_ptr();
            bytes.truncate(to);
            bytes.shrink_to_fit();
            assert!(bytes.iter().enumerate().all(|(at, byte)| *byte == at as u8), "{from} -> {to}");
            assert_eq!(bytes.as_ptr() == before, class_bytes(from) == class_bytes(to), "{from} -> {to}");
        }
    }

    #[test]
    fn sums_of_other_threads_arrive() {
        let before = USED.load(Ordering::Relaxed);
        std::thread::spawn(|| count(1 << 29)).join().expect("the thread ends");
        assert!(USED.load(Ordering::Relaxed) > before + (1 << 28));
        count(-(1 << 29));
    }
}
