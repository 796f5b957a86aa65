//! Freeing big values where it holds nobody up. An object that takes many allocations to free is put in
//! a queue, and a thread of the server ([`run`]) frees it; without such a thread (tests, tools) and for
//! small objects it is freed at once.
//!
//! The queue needs no maximum of its own: what waits in it is memory that was in use a moment before, and
//! nothing enters that was not already counted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::object::Object;

/// Objects that take fewer allocations are freed on the spot: some tens of microseconds.
const EFFORT_AT_ONCE: usize = 128;

static QUEUE: Mutex<Vec<Object>> = Mutex::new(Vec::new());
static READY: Condvar = Condvar::new();
static SERVED: AtomicBool = AtomicBool::new(false);
static PENDING: AtomicUsize = AtomicUsize::new(0);
static FREED: AtomicUsize = AtomicUsize::new(0);

/// Frees an object, here or on the reclaimer's thread.
pub fn release(object: Box<Object>) {
    if !SERVED.load(Ordering::Relaxed) || object.effort() <= EFFORT_AT_ONCE {
        drop(object);
        return;
    }
    PENDING.fetch_add(1, Ordering::Relaxed);
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).push(*object);
    READY.notify_one();
}

/// Objects that wait to be freed (INFO `lazyfree_pending_objects`).
pub fn pending() -> usize {
    PENDING.load(Ordering::Relaxed)
}

/// Objects the reclaimer has freed (INFO `lazyfreed_objects`).
pub fn freed() -> usize {
    FREED.load(Ordering::Relaxed)
}

/// Frees what comes, for ever: the body of the reclaimer's thread.
pub fn run() {
    SERVED.store(true, Ordering::Relaxed);
    loop {
        let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
        while queue.is_empty() {
            queue = READY.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let batch = std::mem::take(&mut *queue);
        drop(queue);
        for object in batch {
            free(object);
            PENDING.fetch_sub(1, Ordering::Relaxed);
            FREED.fetch_add(1, Ordering::Relaxed);
        }
        super::memory::flush();
    }
}

/// Ends the life of an object, and with it that of the chunks it does not share.
fn free(_: Object) {}
