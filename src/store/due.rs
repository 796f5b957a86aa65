//! Which hashes of a database have fields that expire, by the time of the first one: what active expiry
//! looks at. Kept exact by every method of the database that changes, adds or removes a value, so it
//! holds nothing that is gone.

use std::collections::BTreeSet;

/// Keys by the earliest time of their fields.
#[derive(Default)]
pub(super) struct Due {
    keys: BTreeSet<(i64, Box<[u8]>)>,
}

impl Due {
    pub(super) const fn new() -> Due {
        Due { keys: BTreeSet::new() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The earliest time of a key's fields was `old` and is `new`.
    pub(super) fn change(&mut self, key: &[u8], old: Option<i64>, new: Option<i64>) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.keys.remove(&(old, Box::from(key)));
        }
        if let Some(new) = new {
            self.keys.insert((new, Box::from(key)));
        }
    }

    /// The key whose field's time was the first to be over before `now_ms`.
    pub(super) fn first(&self, now_ms: i64) -> Option<&[u8]> {
        self.keys.first().filter(|(at, _)| *at < now_ms).map(|(_, key)| &**key)
    }
}
