//! Freeing big values where it holds nobody up. An object that takes many allocations to free, and the
//! storage of a database that was emptied (whatever is in it: all shards are held then), are put in a
//! queue, and a thread of the server ([`run`]) frees them; without such a thread (tests, tools) and for
//! small objects it is done at once. Who wants the memory back asks to be told ([`when_done`]).
//!
//! The queue needs no maximum of its own: what waits in it is memory that was in use a moment before, and
//! nothing enters that was not already counted.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::Detached;
use super::object::Object;

/// Objects that take no more allocations are freed on the spot: some microseconds. Redis's threshold.
const EFFORT_AT_ONCE: usize = 64;

/// What waits to be freed, or to be told that everything before it was.
enum Waste {
    Object(Box<Object>),
    Entries(Box<Detached>),
    Mark(Box<dyn FnOnce() + Send>),
}

static QUEUE: Mutex<Vec<Waste>> = Mutex::new(Vec::new());
static READY: Condvar = Condvar::new();
static SERVED: AtomicBool = AtomicBool::new(false);
static PENDING: AtomicUsize = AtomicUsize::new(0);
static PENDING_BYTES: AtomicUsize = AtomicUsize::new(0);
static FREED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Is this the reclaimer's thread? What is inside of what it frees goes at once.
    static RECLAIMS: Cell<bool> = const { Cell::new(false) };
}

/// Frees an object, here or on the reclaimer's thread.
pub fn release(object: Box<Object>) {
    if !SERVED.load(Ordering::Relaxed) || RECLAIMS.get() || object.effort() <= EFFORT_AT_ONCE {
        drop(object);
        return;
    }
    hand_over(Waste::Object(object));
}

/// Frees the storage of an emptied database, here or on the reclaimer's thread.
pub fn release_entries(gone: Detached) {
    if SERVED.load(Ordering::Relaxed) && !gone.is_empty() {
        hand_over(Waste::Entries(Box::new(gone)));
    }
}

/// Calls back when everything that waits now has been freed; at once when nothing does.
pub fn when_done(then: impl FnOnce() + Send + 'static) {
    if SERVED.load(Ordering::Relaxed) {
        hand_over(Waste::Mark(Box::new(then)));
    } else {
        then();
    }
}

fn hand_over(waste: Waste) {
    PENDING.fetch_add(waste.objects(), Ordering::Relaxed);
    PENDING_BYTES.fetch_add(waste.bytes(), Ordering::Relaxed);
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).push(waste);
    READY.notify_one();
}

impl Waste {
    fn objects(&self) -> usize {
        match self {
            Waste::Object(_) => 1,
            Waste::Entries(entries) => entries.len(),
            Waste::Mark(_) => 0,
        }
    }

    /// Bytes that freeing it gives back, as far as they are known without a walk.
    fn bytes(&self) -> usize {
        match self {
            Waste::Object(object) => object.mem_bytes(),
            Waste::Entries(_) | Waste::Mark(_) => 0,
        }
    }
}

/// Objects that wait to be freed (INFO `lazyfree_pending_objects`).
pub fn pending() -> usize {
    PENDING.load(Ordering::Relaxed)
}

/// Bytes that are still in use but will be given back soon.
pub fn pending_bytes() -> usize {
    PENDING_BYTES.load(Ordering::Relaxed)
}

/// Objects the reclaimer has freed (INFO `lazyfreed_objects`).
pub fn freed() -> usize {
    FREED.load(Ordering::Relaxed)
}

/// Counts the freed objects from zero again (CONFIG RESETSTAT).
pub fn reset_freed() {
    FREED.store(0, Ordering::Relaxed);
}

/// From now on the queue is used: [`run`] is about to serve it.
pub fn serve() {
    SERVED.store(true, Ordering::Relaxed);
}

/// Frees what comes, for ever: the body of the reclaimer's thread.
pub fn run() {
    RECLAIMS.set(true);
    loop {
        let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
        while queue.is_empty() {
            queue = READY.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let batch = std::mem::take(&mut *queue);
        drop(queue);
        batch.into_iter().for_each(free);
    }
}

/// Ends the life of what was handed over, and with it that of the chunks it does not share.
fn free(waste: Waste) {
    let (objects, bytes) = (waste.objects(), waste.bytes());
    match waste {
        Waste::Object(object) => drop(object),
        Waste::Entries(entries) => drop(entries),
        Waste::Mark(then) => then(),
    }
    super::memory::flush();
    PENDING_BYTES.fetch_sub(bytes, Ordering::Relaxed);
    PENDING.fetch_sub(objects, Ordering::Relaxed);
    FREED.fetch_add(objects, Ordering::Relaxed);
}
