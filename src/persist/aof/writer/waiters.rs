//! Who waits for the file to reach an offset.
//!
//! No wake-up is lost: the thread publishes an offset first and then looks through the list under its
//! lock; a waiter enters the list under the same lock and looks at the offset again before it leaves.

use std::sync::Mutex;
use std::task::Waker;

use super::{Shared, lock};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Milestone {
    /// Replies may be sent.
    Settled,
    /// It would survive a power cut.
    Synced,
}

struct Waiter {
    milestone: Milestone,
    offset: u64,
    waker: Waker,
}

/// The list of waiters. At most one per connection and milestone is useful; a waker that is already
/// listed is not listed again.
#[derive(Default)]
pub(super) struct Waiters {
    list: Mutex<Vec<Waiter>>,
}

impl Waiters {
    pub(super) fn poll(&self, shared: &Shared, milestone: Milestone, offset: u64, waker: &Waker) -> bool {
        if shared.offset(milestone) >= offset {
            return true;
        }
        let mut list = lock(&self.list);
        if shared.offset(milestone) >= offset {
            return true;
        }
        let known = list.iter_mut().find(|w| w.milestone == milestone && w.waker.will_wake(waker));
        match known {
            Some(waiter) => waiter.offset = offset,
            None => list.push(Waiter { milestone, offset, waker: waker.clone() }),
        }
        false
    }

    /// Wakes all whose offset has been reached.
    pub(super) fn wake(&self, shared: &Shared) {
        let ready: Vec<Waiter> = {
            let mut list = lock(&self.list);
            list.extract_if(.., |waiter| shared.offset(waiter.milestone) >= waiter.offset).collect()
        };
        ready.into_iter().for_each(|waiter| waiter.waker.wake());
    }
}
