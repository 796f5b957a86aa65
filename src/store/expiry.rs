//! Expiry: what "expired" means, and the bounded step of active expiry. When, how often and whether
//! at all (never on a replica) is the caller's decision.

use super::{Db, EntryRef};

/// Whether an entry with this expiry is past it.
#[inline]
pub fn is_expired(expire_ms: Option<i64>, now_ms: i64) -> bool {
    expire_ms.is_some_and(|at| at < now_ms)
}

/// What one step of active expiry did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Entries with an expiry that were looked at.
    pub seen: usize,
    /// Entries that were past it and were removed.
    pub expired: usize,
    /// Where the next step continues; 0 after a full round.
    pub cursor: u64,
}

/// Looks at about `budget` entries that have an expiry, from `cursor` on, and removes those that are
/// past it. `before` sees each one before it goes.
pub fn step(
    db: &mut Db,
    cursor: u64,
    budget: usize,
    now_ms: i64,
    before: &mut dyn FnMut(EntryRef<'_>),
) -> Step {
    let mut step = Step { cursor, ..Step::default() };
    let mut due: Vec<Vec<u8>> = Vec::new();
    while step.seen < budget {
        step.cursor = db.scan_expires(step.cursor, &mut |entry| {
            step.seen += 1;
            if is_expired(entry.expire_ms(), now_ms) {
                before(entry);
                due.push(entry.key().to_vec());
            }
        });
        if step.cursor == 0 {
            break;
        }
    }
    step.expired = due.len();
    for key in due {
        db.remove(db.hash(&key), &key);
    }
    step
}
