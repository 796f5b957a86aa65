//! WATCH: which clients want to know of a change of which key. Registered while the key's shard is held,
//! so no change slips between the look and the registration. Writers pay one atomic load while nobody
//! watches anything.
//!
//! A key whose time was over when it was watched counts as absent for its client: that it is removed is
//! no change, and that it is written is one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::server::session::WatchedKey;
use crate::server::sync::locked;

type Keys = HashMap<Box<[u8]>, Vec<Arc<WatchedKey>>>;

/// Every watched key. A leaf lock, held for a few instructions.
#[derive(Debug, Default)]
pub struct Watches {
    registrations: AtomicUsize,
    by_db: Mutex<HashMap<usize, Keys>>,
}

/// What a database holds under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Absent,
    /// A key whose time is over.
    Stale,
    /// A key.
    Live,
}

impl Watches {
    /// Starts telling a client of changes of a key.
    pub fn add(&self, watched: &Arc<WatchedKey>) {
        self.registrations.fetch_add(1, Ordering::AcqRel);
        let mut by_db = locked(&self.by_db);
        let keys = by_db.entry(watched.db).or_default();
        keys.entry(watched.key.clone()).or_default().push(Arc::clone(watched));
    }

    /// Stops telling it.
    pub fn remove(&self, watched: &Arc<WatchedKey>) {
        let mut by_db = locked(&self.by_db);
        let Some(keys) = by_db.get_mut(&watched.db) else { return };
        let Some(all) = keys.get_mut(&watched.key) else { return };
        let before = all.len();
        all.retain(|known| !Arc::ptr_eq(known, watched));
        self.registrations.fetch_sub(before - all.len(), Ordering::AcqRel);
        if all.is_empty() {
            keys.remove(&watched.key);
        }
    }

    /// A key changed; `absent` says whether it is gone now, and is asked only when somebody watches.
    pub fn touch(&self, db: usize, key: &[u8], absent: impl FnOnce() -> bool) {
        if self.registrations.load(Ordering::Acquire) != 0 {
            self.mark(db, key, absent());
        }
    }

    #[cold]
    fn mark(&self, db: usize, key: &[u8], absent: bool) {
        if let Some(all) = locked(&self.by_db).get(&db).and_then(|keys| keys.get(key)) {
            all.iter().for_each(|watched| changed(watched, absent));
        }
    }

    /// Whole databases change (FLUSHALL, FLUSHDB, SWAPDB): `look` says of a watched key of `db` (of all
    /// databases for `None`) what is there before and after.
    pub fn replace(&self, db: Option<usize>, mut look: impl FnMut(usize, &[u8]) -> (There, There)) {
        if self.registrations.load(Ordering::Acquire) == 0 {
            return;
        }
        for (&at, keys) in locked(&self.by_db).iter().filter(|(at, _)| db.is_none_or(|db| db == **at)) {
            for (key, all) in keys {
                let (before, after) = look(at, key);
                all.iter().for_each(|watched| replaced(watched, before, after));
            }
        }
    }

    /// Every watched key may have changed: the whole data set is another.
    pub fn mark_all(&self) {
        let by_db = locked(&self.by_db);
        by_db.values().flat_map(HashMap::values).flatten().for_each(|watched| watched.flag.mark());
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

fn changed(watched: &WatchedKey, absent: bool) {
    if absent && watched.is_stale() {
        watched.set_stale(false);
    } else {
        watched.flag.mark();
    }
}

fn replaced(watched: &WatchedKey, before: There, after: There) {
    match (before, after) {
        (There::Absent, There::Absent) => {}
        (There::Absent, There::Stale) => watched.set_stale(true),
        (_, There::Stale) if watched.is_stale() => {}
        (_, There::Absent) if watched.is_stale() => watched.set_stale(false),
        _ => watched.flag.mark(),
    }
}
