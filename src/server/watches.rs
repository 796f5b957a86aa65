//! WATCH: which clients want to know of a change of which key. Registered while the key's shard is held,
//! so no change slips between the look and the registration. Writers pay one atomic load while nobody
//! watches anything.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::server::session::WatchFlag;
use crate::server::sync::locked;

type Keys = HashMap<Box<[u8]>, Vec<Arc<WatchFlag>>>;

/// Every watched key. A leaf lock, held for a few instructions.
#[derive(Debug, Default)]
pub struct Watches {
    registrations: AtomicUsize,
    by_db: Mutex<HashMap<usize, Keys>>,
}

impl Watches {
    /// Starts telling `flag` of changes of a key.
    pub fn add(&self, db: usize, key: &[u8], flag: &Arc<WatchFlag>) {
        self.registrations.fetch_add(1, Ordering::AcqRel);
        locked(&self.by_db).entry(db).or_default().entry(key.into()).or_default().push(Arc::clone(flag));
    }

    /// Stops telling it.
    pub fn remove(&self, db: usize, key: &[u8], flag: &Arc<WatchFlag>) {
        let mut by_db = locked(&self.by_db);
        let Some(keys) = by_db.get_mut(&db) else { return };
        let Some(flags) = keys.get_mut(key) else { return };
        let before = flags.len();
        flags.retain(|known| !Arc::ptr_eq(known, flag));
        self.registrations.fetch_sub(before - flags.len(), Ordering::AcqRel);
        if flags.is_empty() {
            keys.remove(key);
        }
    }

    /// A key changed.
    pub fn touch(&self, db: usize, key: &[u8]) {
        if self.registrations.load(Ordering::Acquire) != 0 {
            self.mark(db, key);
        }
    }

    #[cold]
    fn mark(&self, db: usize, key: &[u8]) {
        if let Some(flags) = locked(&self.by_db).get(&db).and_then(|keys| keys.get(key)) {
            flags.iter().for_each(|flag| flag.mark());
        }
    }

    /// Whole databases change (FLUSHALL, FLUSHDB, SWAPDB): every watched key of `db` (of all databases
    /// for `None`) for which `concerns` holds is marked.
    pub fn touch_all(&self, db: Option<usize>, mut concerns: impl FnMut(usize, &[u8]) -> bool) {
        if self.registrations.load(Ordering::Acquire) == 0 {
            return;
        }
        for (&at, keys) in locked(&self.by_db).iter().filter(|(at, _)| db.is_none_or(|db| db == **at)) {
            for (_, flags) in keys.iter().filter(|(key, _)| concerns(at, key)) {
                flags.iter().for_each(|flag| flag.mark());
            }
        }
    }

    /// Number of clients' watches.
    pub fn len(&self) -> usize {
        self.registrations.load(Ordering::Relaxed)
    }

    /// Whether nobody watches.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
