//! The journal: one stream of bytes, in the order the writes took effect. Replica links, the
//! append-only file and the backlog all read it, each at its own offset, and share its memory.
//!
//! ```text
//!     first_offset()                                                 end() = master_repl_offset
//!     |<------------------- sealed blocks ------------------>|<-- tail -->|
//!     [ Bytes ][ Bytes       ][ Bytes ][ Bytes               ][ BytesMut   ]
//!         ^ replica A              ^ append-only file                  ^ replica B
//! ```
//!
//! - Offsets count bytes from 0: a byte at position `p` is what the protocol calls offset `p + 1`
//!   (a replica that has `n` bytes asks for `n + 1`, and `repl_backlog_first_byte_offset` is
//!   `first_offset() + 1`).
//! - A block is written while it is the tail and never again after it is sealed, so readers share it
//!   by reference count. A reader that is caught up gets a small copy of what is new instead of
//!   forcing a seal: blocks stay large, whatever the rhythm of the writes.
//! - Bytes are kept while they are within the backlog's size or some reader has not read them yet; a
//!   slow reader therefore makes the backlog longer, never its data disappear. Whoever owns the reader
//!   watches `lag()` and drops it when it goes too far.
//! - Ranges that only replicas should see (PING, GETACK, PUBLISH) are kept as a list of ranges;
//!   a reader that wants data only steps over them.
//!
//! The lock is a leaf: taken last, held for one copy. Nobody listening means `active()` is false,
//! one atomic load, and writers do not encode anything.
//!
//! **Starting to listen.** A writer asks `active()` under its shard locks. So whoever turns an
//! inactive journal on (backlog, first reader) and pairs it with a view of the data must hold all
//! shard locks while doing so, or it may miss a write that is in flight.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::{Bytes, BytesMut};

use super::unit::{Class, Unit};
use crate::limits::{BACKLOG_BYTES_MIN, JOURNAL_BLOCK_BYTES_MAX, JOURNAL_BLOCK_BYTES_MIN};
use crate::resp::number::IntText;
use crate::resp::request::encode_command;

#[cfg(test)]
mod tests;

/// What a caught-up reader gets as a copy rather than as a share of the tail, in bytes. Small enough
/// for the copy to be cheaper than a block of its own, large enough to keep blocks few.
const COPY_BYTES_MAX: usize = 8 * 1024;

/// An effect of this size is copied into blocks before the lock is taken, in bytes.
const LARGE_BYTES: usize = 256 * 1024;

/// What the allocator adds to a sealed block: the record that its shares count in (of the crate `bytes`:
/// a vector, two words).
const SHARED_BLOCK_BYTES: usize = 48;

/// Places for sealed blocks that are kept although nothing is in them.
const PLACES_KEPT: usize = 1024;

/// Which bytes a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Everything: a replica link.
    All,
    /// Data only: the append-only file.
    Data,
}

/// A run of journal bytes: `bytes` begin at `offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Journal offset of the first byte.
    pub offset: u64,
    /// The bytes, shared with the journal or a small copy.
    pub bytes: Bytes,
}

impl Piece {
    /// Journal offset after the last byte.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// The reader's place is gone: the journal was reset (a full resync replaced the history).
/// Whoever reads has to start over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Severed;

/// What INFO and the limits want to know, read in one go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// True when a backlog exists.
    pub backlog_active: bool,
    /// The backlog's configured size, in bytes.
    pub backlog_size: usize,
    /// First offset that is still kept, counted from 0.
    pub first_offset: u64,
    /// Bytes of history a partial resync can use.
    pub histlen: u64,
    /// Memory of all blocks, in bytes, shared ones counted once.
    pub memory: usize,
    /// Part of `memory` beyond the backlog's size: kept for slow readers alone.
    pub memory_for_readers: usize,
}

/// The process's journal. See the module's header.
#[derive(Debug)]
pub struct Journal {
    inner: Mutex<Inner>,
    active: AtomicBool,
    end: AtomicU64,
    sleepers: AtomicUsize,
}

#[derive(Debug)]
struct Inner {
    /// Sealed blocks with their start offsets, oldest first, without gaps.
    sealed: VecDeque<(u64, Bytes)>,
    sealed_bytes: usize,
    /// The block being written; it begins at `tail_start`.
    tail: BytesMut,
    tail_start: u64,
    /// Ranges only replicas read, oldest first, never touching each other.
    replica_only: VecDeque<Range<u64>>,
    /// Database the stream has selected at its end; unknown after a reset.
    db: Option<u32>,
    /// Where the backlog was created: nothing before it belongs to its history.
    backlog: Option<u64>,
    backlog_size: usize,
    readers: Vec<Option<Slot>>,
}

#[derive(Debug)]
struct Slot {
    position: u64,
    wants: Wants,
    severed: bool,
    waker: Option<Waker>,
}

impl Journal {
    /// An empty, inactive journal at offset 0. `backlog_size` is in bytes.
    pub fn new(backlog_size: usize) -> Arc<Self> {
        let inner = Inner {
            sealed: VecDeque::new(),
            sealed_bytes: 0,
            tail: BytesMut::new(),
            tail_start: 0,
            replica_only: VecDeque::new(),
            db: None,
            backlog: None,
            backlog_size: backlog_size.max(BACKLOG_BYTES_MIN),
            readers: Vec::new(),
        };
        Arc::new(Self {
            inner: Mutex::new(inner),
            active: AtomicBool::new(false),
            end: AtomicU64::new(0),
            sleepers: AtomicUsize::new(0),
        })
    }

    /// True when somebody reads or may want to: a backlog or a reader exists. While false, writers
    /// need not encode their effects, and appending does nothing.
    #[inline]
    pub fn active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// Offset after the last byte: what INFO calls `master_repl_offset`.
    #[inline]
    pub fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// The end together with the database selected there (unknown: the next effect selects).
    pub fn end_and_db(&self) -> (u64, Option<u32>) {
        let inner = self.lock();
        (inner.end(), inner.db)
    }

    /// Appends a unit's effects in one piece and returns the end offset. Adds `SELECT` where the
    /// database changes, and `MULTI`/`EXEC` around two or more effects.
    pub fn append(&self, unit: &Unit) -> u64 {
        if unit.is_empty() || !self.active() {
            return self.end();
        }
        let large = large_effects(unit);
        let mut inner = self.lock();
        inner.append(unit, large);
        self.publish(&inner)
    }

    /// Appends bytes as they are: PING, GETACK, or what a replica received from its master. The caller
    /// answers for the selected database (`set_db`, `reset_db`).
    pub fn append_raw(&self, bytes: &[u8], class: Class) -> u64 {
        if !self.active() {
            return self.end();
        }
        let mut inner = self.lock();
        inner.push(bytes, class);
        self.publish(&inner)
    }

    /// Says which database the stream has selected: a replica does after its master's `SELECT`.
    pub fn set_db(&self, db: u32) {
        self.lock().db = Some(db);
    }

    /// Makes the next effect select its database: whoever starts reading here knows of none.
    pub fn reset_db(&self) {
        self.lock().db = None;
    }

    /// Starts a reader at the end. See the header about an inactive journal.
    pub fn subscribe(self: &Arc<Self>, wants: Wants) -> Reader {
        let mut inner = self.lock();
        let position = inner.end();
        self.add_reader(&mut inner, position, wants)
    }

    /// Starts a reader at `offset`, when that is still kept.
    pub fn subscribe_at(self: &Arc<Self>, offset: u64, wants: Wants) -> Option<Reader> {
        let mut inner = self.lock();
        let kept = inner.first_offset()..=inner.end();
        kept.contains(&offset).then(|| self.add_reader(&mut inner, offset, wants))
    }

    fn add_reader(self: &Arc<Self>, inner: &mut Inner, position: u64, wants: Wants) -> Reader {
        let slot = Slot { position, wants, severed: false, waker: None };
        let id = match inner.readers.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                inner.readers.push(None);
                inner.readers.len() - 1
            }
        };
        inner.readers[id] = Some(slot);
        self.refresh_active(inner);
        Reader { journal: Arc::clone(self), id }
    }

    /// First offset that is still kept (the end when there is no backlog).
    pub fn first_offset(&self) -> u64 {
        self.lock().first_offset()
    }

    /// Bytes of history between `first_offset` and the end.
    pub fn histlen(&self) -> u64 {
        let inner = self.lock();
        inner.end() - inner.first_offset()
    }

    /// True when a backlog exists.
    pub fn has_backlog(&self) -> bool {
        self.lock().backlog.is_some()
    }

    /// Starts keeping history from here on; does nothing when it does already.
    pub fn create_backlog(&self) {
        let mut inner = self.lock();
        if inner.backlog.is_none() {
            inner.backlog = Some(inner.end());
        }
        self.refresh_active(&inner);
    }

    /// Stops keeping history; readers keep what they have not read.
    pub fn free_backlog(&self) {
        let mut inner = self.lock();
        inner.backlog = None;
        inner.trim();
        self.refresh_active(&inner);
    }

    /// Changes the backlog's size, in bytes; a smaller one forgets the oldest bytes at once.
    pub fn set_backlog_size(&self, size: usize) {
        let mut inner = self.lock();
        inner.backlog_size = size.max(BACKLOG_BYTES_MIN);
        inner.trim();
    }

    /// Starts a new history at `offset`: all bytes are dropped and every reader is severed. For a
    /// replica after a full resync, and for a server that loaded its offset from a file.
    pub fn reset(&self, offset: u64) {
        let mut inner = self.lock();
        inner.reset(offset);
        self.publish(&inner);
        drop(inner);
        self.wake();
    }

    /// Figures for INFO.
    pub fn usage(&self) -> Usage {
        self.lock().usage()
    }

    /// Wakes readers that wait for bytes. Called once per batch; cheap when nobody sleeps.
    #[inline]
    pub fn wake(&self) {
        if self.sleepers.load(Ordering::Relaxed) != 0 {
            self.wake_sleepers();
        }
    }

    #[cold]
    fn wake_sleepers(&self) {
        let wakers: Vec<Waker> = {
            let mut inner = self.lock();
            self.sleepers.store(0, Ordering::Relaxed);
            inner.readers.iter_mut().flatten().filter_map(|slot| slot.waker.take()).collect()
        };
        for waker in wakers {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the new end visible to those who do not take the lock.
    fn publish(&self, inner: &Inner) -> u64 {
        let end = inner.end();
        self.end.store(end, Ordering::Release);
        end
    }

    fn refresh_active(&self, inner: &Inner) {
        let active = inner.backlog.is_some() || inner.readers.iter().any(Option::is_some);
        self.active.store(active, Ordering::Relaxed);
    }
}

/// Copies of a unit's large effects, made before the lock is taken: `(effect's index, blocks)`.
type Large = Vec<(usize, Vec<Bytes>)>;

fn large_effects(unit: &Unit) -> Large {
    if unit.bytes.len() < LARGE_BYTES {
        return Vec::new();
    }
    effects(unit)
        .enumerate()
        .filter(|(_, (bytes, ..))| bytes.len() >= LARGE_BYTES)
        .map(|(i, (bytes, ..))| (i, bytes.chunks(LARGE_BYTES).map(Bytes::copy_from_slice).collect()))
        .collect()
}

/// A unit's effects: bytes, database, class.
fn effects(unit: &Unit) -> impl Iterator<Item = (&[u8], u32, Class)> {
    let mut start = 0;
    unit.marks.iter().map(move |mark| {
        let bytes = &unit.bytes[start..mark.end];
        start = mark.end;
        (bytes, mark.db, mark.class)
    })
}

impl Inner {
    fn end(&self) -> u64 {
        self.tail_start + self.tail.len() as u64
    }

    fn append(&mut self, unit: &Unit, large: Large) {
        let wrapped = unit.marks.len() > 1 && !unit.bare;
        // Framing of a unit that no file should see is not for the file either.
        let data = unit.marks.iter().any(|mark| mark.class == Class::Data);
        let framing = if data { Class::Data } else { Class::ReplicaOnly };
        // In front of SELECT, as Redis 7.2 has it; 7.0 has it the other way round.
        if wrapped {
            self.push(b"*1\r\n$5\r\nMULTI\r\n", framing);
        }
        let mut large = large.into_iter().peekable();
        for (i, (bytes, db, class)) in effects(unit).enumerate() {
            self.select(db);
            match large.next_if(|(at, _)| *at == i) {
                Some((_, blocks)) => self.push_blocks(blocks, class),
                None => self.push(bytes, class),
            }
        }
        if wrapped {
            self.push(b"*1\r\n$4\r\nEXEC\r\n", framing);
        }
    }

    /// A `SELECT` is data even in front of a replica-only effect: the file's reader must not lose
    /// track of the database.
    fn select(&mut self, db: u32) {
        if self.db != Some(db) {
            let mut command = Vec::with_capacity(32);
            encode_command(&mut command, [b"SELECT".as_slice(), IntText::new(i64::from(db)).as_bytes()]);
            self.push(&command, Class::Data);
            self.db = Some(db);
        }
    }

    /// Copies bytes into the tail, sealing it whenever it is full.
    fn push(&mut self, mut bytes: &[u8], class: Class) {
        self.note_class(bytes.len(), class);
        while !bytes.is_empty() {
            let room = self.tail.capacity() - self.tail.len();
            if room == 0 {
                self.seal();
                self.trim();
                self.tail = BytesMut::with_capacity(self.block_size());
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.tail.extend_from_slice(now);
            bytes = later;
        }
    }

    /// Takes over blocks that were filled outside the lock.
    fn push_blocks(&mut self, blocks: Vec<Bytes>, class: Class) {
        self.note_class(blocks.iter().map(Bytes::len).sum(), class);
        self.seal();
        for block in blocks {
            self.push_sealed(block);
        }
        self.trim();
    }

    fn note_class(&mut self, len: usize, class: Class) {
        if class == Class::Data || len == 0 {
            return;
        }
        let range = self.end()..self.end() + len as u64;
        match self.replica_only.back_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.replica_only.push_back(range),
        }
    }

    fn block_size(&self) -> usize {
        (self.backlog_size / 16).clamp(JOURNAL_BLOCK_BYTES_MIN, JOURNAL_BLOCK_BYTES_MAX)
    }

    /// Turns what the tail holds into a shared block; the rest of its room stays the tail.
    fn seal(&mut self) {
        if !self.tail.is_empty() {
            let block = self.tail.split().freeze();
            self.push_sealed(block);
        }
    }

    /// The tail is empty: the block goes where it begins.
    fn push_sealed(&mut self, block: Bytes) {
        debug_assert!(self.tail.is_empty());
        let start = self.tail_start;
        self.tail_start += block.len() as u64;
        self.sealed_bytes += block.len();
        self.sealed.push_back((start, block));
    }

    fn front(&self) -> u64 {
        self.sealed.front().map_or(self.tail_start, |(start, _)| *start)
    }

    fn first_offset(&self) -> u64 {
        match self.backlog {
            Some(created) => self.front().max(created),
            None => self.end(),
        }
    }

    /// Everything before this offset is needed by nobody.
    fn floor(&self) -> u64 {
        let end = self.end();
        let backlog = self.backlog.map(|created| end.saturating_sub(self.backlog_size as u64).max(created));
        let readers = self.readers.iter().flatten().filter(|slot| !slot.severed);
        readers.map(|slot| slot.position).chain(backlog).min().unwrap_or(end)
    }

    /// Drops whole blocks, and ranges, that nobody needs.
    fn trim(&mut self) {
        let floor = self.floor();
        while let Some((start, block)) = self.sealed.front()
            && start + block.len() as u64 <= floor
        {
            self.sealed_bytes -= block.len();
            self.sealed.pop_front();
        }
        if self.sealed.capacity() > PLACES_KEPT && self.sealed.len() < self.sealed.capacity() / 4 {
            self.sealed.shrink_to(self.sealed.capacity() / 2);
        }
        if self.backlog.is_none() && floor == self.end() {
            // Everybody has read everything: write the same block again from its start.
            self.tail_start = floor;
            self.tail.clear();
        }
        let front = self.front();
        while self.replica_only.front().is_some_and(|range| range.end <= front) {
            self.replica_only.pop_front();
        }
    }

    fn reset(&mut self, offset: u64) {
        self.sealed.clear();
        self.sealed_bytes = 0;
        self.replica_only.clear();
        self.tail.clear();
        self.tail_start = offset;
        self.db = None;
        self.backlog = self.backlog.map(|_| offset);
        for slot in self.readers.iter_mut().flatten() {
            slot.severed = true;
        }
    }

    fn usage(&self) -> Usage {
        let places = self.sealed.capacity() * size_of::<(u64, Bytes)>();
        let records = self.sealed.len() * SHARED_BLOCK_BYTES;
        let memory = self.sealed_bytes + self.tail.capacity() + places + records;
        let backlog = if self.backlog.is_some() { self.backlog_memory() } else { 0 };
        Usage {
            backlog_active: self.backlog.is_some(),
            backlog_size: self.backlog_size,
            first_offset: self.first_offset(),
            histlen: self.end() - self.first_offset(),
            memory,
            memory_for_readers: memory.saturating_sub(backlog),
        }
    }

    /// What a backlog that is full takes: its bytes, one block that is being written, and the records of
    /// them all.
    fn backlog_memory(&self) -> usize {
        let blocks = self.backlog_size / self.block_size() + 1;
        let each = size_of::<(u64, Bytes)>() + SHARED_BLOCK_BYTES;
        self.backlog_size + self.block_size() + blocks * each
    }

    /// At most `max` bytes from `from`, not reaching over `until`. `from` is kept and before the end.
    fn read(&mut self, from: u64, until: u64, max: usize) -> Bytes {
        let len = usize::try_from(until - from).unwrap_or(usize::MAX).min(max);
        if from >= self.tail_start {
            let at = (from - self.tail_start) as usize;
            let fresh = &self.tail[at..];
            if fresh.len().min(len) <= COPY_BYTES_MAX {
                return Bytes::copy_from_slice(&fresh[..fresh.len().min(len)]);
            }
            self.seal();
        }
        let after = self.sealed.partition_point(|(start, _)| *start <= from);
        let (start, block) = &self.sealed[after - 1];
        let at = (from - start) as usize;
        block.slice(at..block.len().min(at + len))
    }

    /// Where the run of bytes a reader of this kind wants begins and ends, looking from `from`.
    fn wanted(&self, from: u64, wants: Wants) -> Range<u64> {
        let end = self.end();
        if wants == Wants::All {
            return from..end;
        }
        let next = self.replica_only.partition_point(|range| range.end <= from);
        match self.replica_only.get(next) {
            Some(skip) if skip.start <= from => {
                let following = self.replica_only.get(next + 1).map_or(end, |range| range.start);
                skip.end..following
            }
            Some(skip) => from..skip.start,
            None => from..end,
        }
    }

    fn next(&mut self, id: usize, max: usize) -> Result<Option<Piece>, Severed> {
        let Some(slot) = self.readers.get(id).and_then(Option::as_ref).filter(|slot| !slot.severed) else {
            return Err(Severed);
        };
        let run = self.wanted(slot.position, slot.wants);
        let piece = (run.start < run.end && max > 0)
            .then(|| Piece { offset: run.start, bytes: self.read(run.start, run.end, max) });
        let position = piece.as_ref().map_or(run.start, Piece::end);
        if let Some(slot) = self.readers[id].as_mut() {
            slot.position = position;
        }
        self.trim();
        Ok(piece)
    }
}

/// One reader's place in the journal; dropping it gives the place up.
#[derive(Debug)]
pub struct Reader {
    journal: Arc<Journal>,
    id: usize,
}

impl Reader {
    /// The next bytes, at most `max`, or none when the reader is caught up. Its position moves past
    /// them, and past ranges it does not want.
    pub fn next(&mut self, max: usize) -> Result<Option<Piece>, Severed> {
        self.journal.lock().next(self.id, max)
    }

    /// Offset of the next byte to read.
    pub fn position(&self) -> u64 {
        let inner = self.journal.lock();
        inner.readers.get(self.id).and_then(Option::as_ref).map_or(0, |slot| slot.position)
    }

    /// Bytes between this reader and the end: what an output buffer would hold.
    pub fn lag(&self) -> u64 {
        let inner = self.journal.lock();
        let slot = inner.readers.get(self.id).and_then(Option::as_ref);
        slot.map_or(0, |slot| inner.end().saturating_sub(slot.position))
    }

    /// True when `next` has something to say (bytes, or that the reader is severed); otherwise
    /// registers the waker, in place of an earlier one, for the next `Journal::wake`.
    pub fn poll_ready(&mut self, waker: &Waker) -> bool {
        let mut inner = self.journal.lock();
        let end = inner.end();
        let Some(slot) = inner.readers.get_mut(self.id).and_then(Option::as_mut) else { return true };
        if slot.severed || slot.position < end {
            return true;
        }
        if !slot.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            slot.waker = Some(waker.clone());
        }
        self.journal.sleepers.store(1, Ordering::Relaxed);
        false
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut inner = self.journal.lock();
        if let Some(slot) = inner.readers.get_mut(self.id) {
            *slot = None;
        }
        inner.trim();
        self.journal.refresh_active(&inner);
    }
}
