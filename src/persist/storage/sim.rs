//! A storage for tests that knows what would survive a power cut, and breaks on demand.
//!
//! Each file has the bytes a reader sees and the bytes that were synced; each directory the names seen,
//! and the changes not yet synced. [`Sim::crash`] keeps what was synced and, by the seed, any part of the
//! rest: a prefix of unsynced bytes, any subset of unsynced names.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Sink, Storage, parent};

/// Which operation breaks, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// The power goes at this operation (counted from 0): it and all later ones fail.
    pub(crate) power_cut_at: Option<u64>,
    /// This one operation fails, with an I/O error.
    pub(crate) fail_at: Option<u64>,
    /// So many bytes fit in all files together.
    pub(crate) capacity: Option<usize>,
}

#[derive(Debug, Default, Clone)]
struct Inode {
    seen: Vec<u8>,
    synced: Vec<u8>,
}

/// One unsynced change of a name: what it points to now (`None`: removed).
type NameChange = (String, Option<usize>);

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    /// In order, for all directories; a rename is one change of two names.
    pending: Vec<Vec<NameChange>>,
    faults: Faults,
    operations: u64,
    syncs: u64,
}

/// The simulated storage; clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sim {
    state: Arc<Mutex<State>>,
}

impl Sim {
    pub(crate) fn new(faults: Faults) -> Self {
        let sim = Sim::default();
        sim.set_faults(faults);
        sim
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Operations so far: where faults can be placed.
    pub(crate) fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// File syncs so far.
    pub(crate) fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// What a machine finds when it comes up after a power cut; `seed` decides what of the unsynced
    /// made it.
    pub(crate) fn crash(&self, seed: u64) -> Sim {
        let state = self.lock();
        let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut roll = |sides: usize| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            (dice % sides as u64) as usize
        };
        let mut names = state.synced_names.clone();
        for (name, inode) in state.pending.iter().filter(|_| roll(2) == 0).flatten() {
            match inode {
                Some(inode) => names.insert(name.clone(), *inode),
                None => names.remove(name),
            };
        }
        let survivors = names.iter().map(|(name, &inode)| {
            let Inode { seen, synced } = &state.inodes[inode];
            let kept = match seen.strip_prefix(&synced[..]) {
                Some(tail) => [synced, &tail[..roll(tail.len() + 1)]].concat(),
                None if roll(2) == 0 => synced.clone(),
                None => seen.clone(),
            };
            (name.clone(), kept)
        });
        let after = Sim::default();
        survivors.for_each(|(name, bytes)| after.put(&name, &bytes));
        after
    }

    /// Puts a file there, synced, without counting as an operation.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        let mut state = self.lock();
        let id = state.inodes.len();
        state.inodes.push(Inode { seen: bytes.to_vec(), synced: bytes.to_vec() });
        state.names.insert(path.into(), id);
        state.synced_names.insert(path.into(), id);
    }

    /// The bytes a reader sees.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        state.names.get(path).map(|&id| state.inodes[id].seen.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one operation, or makes it fail.
    fn step(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        let now = state.operations;
        state.operations += 1;
        if state.faults.power_cut_at.is_some_and(|at| now >= at) {
            return Err(io::Error::other("the power is gone"));
        }
        if state.faults.fail_at == Some(now) {
            return Err(io::Error::other("injected fault"));
        }
        Ok(state)
    }

    fn file(&self, id: usize) -> Box<dyn Sink> {
        Box::new(SimFile { sim: self.clone(), id })
    }
}

impl State {
    fn find(&self, path: &str) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&mut self, changes: Vec<NameChange>) {
        for (name, inode) in &changes {
            match inode {
                Some(inode) => self.names.insert(name.clone(), *inode),
                None => self.names.remove(name),
            };
        }
        self.pending.push(changes);
    }

    fn used(&self) -> usize {
        self.names.values().map(|&id| self.inodes[id].seen.len()).sum()
    }
}

impl Storage for Sim {
    /// Opening with O_TRUNC keeps the inode: unsynced, the old bytes may come back.
    fn create(&self, path: &str) -> io::Result<Box<dyn Sink>> {
        let file = self.append(path)?;
        let mut state = self.lock();
        let id = state.find(path)?;
        state.inodes[id].seen.clear();
        Ok(file)
    }

    fn append(&self, path: &str) -> io::Result<Box<dyn Sink>> {
        let mut state = self.step()?;
        let id = match state.find(path) {
            Ok(id) => id,
            Err(_) => {
                let id = state.inodes.len();
                state.inodes.push(Inode::default());
                state.change(vec![(path.into(), Some(id))]);
                id
            }
        };
        Ok(self.file(id))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        let state = self.step()?;
        let id = state.find(path)?;
        Ok(Box::new(Cursor::new(state.inodes[id].seen.clone())))
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let state = self.step()?;
        let id = state.find(path)?;
        Ok(state.inodes[id].seen.len() as u64)
    }

    fn truncate(&self, path: &str, len: u64) -> io::Result<()> {
        let mut state = self.step()?;
        let id = state.find(path)?;
        let inode = &mut state.inodes[id];
        inode.seen.resize(len as usize, 0);
        inode.synced = inode.seen.clone();
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.step()?;
        let id = state.find(from)?;
        state.change(vec![(from.into(), None), (to.into(), Some(id))]);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.step()?;
        state.find(path)?;
        state.change(vec![(path.into(), None)]);
        Ok(())
    }

    fn discard(&self, path: &str) {
        let _ = self.remove(path);
    }

    fn make_dir(&self, _path: &str) -> io::Result<()> {
        self.step().map(drop)
    }

    fn sync_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.step()?;
        let (durable, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|changes| changes.iter().all(|(name, _)| parent(name) == path));
        state.pending = rest;
        for (name, inode) in durable.into_iter().flatten() {
            match inode {
                Some(inode) => state.synced_names.insert(name, inode),
                None => state.synced_names.remove(&name),
            };
        }
        Ok(())
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let state = self.step()?;
        let inside = state.names.keys().filter(|name| parent(name) == path);
        Ok(inside.filter_map(|name| name.rsplit('/').next().map(str::to_owned)).collect())
    }

    fn exists(&self, path: &str) -> bool {
        let state = self.lock();
        state.names.keys().any(|name| name == path || parent(name) == path)
    }
}

struct SimFile {
    sim: Sim,
    id: usize,
}

impl Write for SimFile {
    /// Writes what fits, and fails when nothing does: as a full disk does.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut state = self.sim.step()?;
        let room = state.faults.capacity.map_or(usize::MAX, |all| all.saturating_sub(state.used()));
        let fits = buf.len().min(room);
        if fits == 0 && !buf.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.inodes[self.id].seen.extend_from_slice(&buf[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for SimFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.sim.step()?;
        state.syncs += 1;
        let inode = &mut state.inodes[self.id];
        inode.synced = inode.seen.clone();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.sim.step()?;
        state.inodes[self.id].seen.truncate(len as usize);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::storage::replace;

    #[test]
    fn what_was_not_synced_may_go_and_what_was_stays() {
        let sim = Sim::default();
        replace(&sim, "d/a", "d/temp", b"old").unwrap();
        let mut file = sim.append("d/a").unwrap();
        file.write_all(b"-tail").unwrap();
        sim.rename("d/a", "d/b").unwrap();
        let outcomes: std::collections::BTreeSet<_> =
            (0..200).map(|seed| (sim.crash(seed).get("d/a"), sim.crash(seed).get("d/b"))).collect();
        assert!(outcomes.iter().any(|(a, b)| a.is_some() && b.is_none()));
        assert!(outcomes.iter().any(|(a, b)| a.is_none() && b.is_some()));
        assert!(outcomes.iter().all(|(a, b)| a.is_some() != b.is_some()));
        assert!(outcomes.iter().flat_map(|(a, b)| a.iter().chain(b)).all(|bytes| bytes.starts_with(b"old")));
        file.sync().unwrap();
        sim.sync_dir("d").unwrap();
        assert!((0..50).all(|seed| sim.crash(seed).get("d/b").as_deref() == Some(b"old-tail")));
    }

    #[test]
    fn faults_hit_the_operation_they_name() {
        let sim = Sim::new(Faults { fail_at: Some(1), capacity: Some(4), ..Faults::default() });
        let mut file = sim.create("a").unwrap();
        assert!(file.write(b"x").is_err());
        assert_eq!(file.write(b"xxxxxx").unwrap(), 4);
        assert_eq!(file.write(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
        sim.set_faults(Faults { power_cut_at: Some(4), ..Faults::default() });
        assert!(file.sync().is_err() && sim.list("").is_err());
        assert_eq!(sim.operations(), 6);
    }
}
