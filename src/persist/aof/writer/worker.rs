//! The writer, as turns of its thread: each reads what the journal has, writes it, syncs when due, and
//! says how long to sleep. Apart from the thread so that tests can drive it turn by turn, and so that
//! another thread can write in its place between two turns.
//!
//! What is acknowledged, and when: `written` moves after a whole batch was written, `synced` after the
//! file *and* the directory that names it were synced, `settled` follows the one or the other by policy.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;

use super::{Clock, Command, Mode, Options, Piece, Policy, Setup, Severed, Shared, Source, lock};
use crate::persist::aof::base::{put_select, put_timestamp};
use crate::persist::aof::load::os;
use crate::persist::aof::manifest::Manifest;
use crate::persist::aof::{Level, Observer, Place};
use crate::persist::storage::{Sink, Storage};

/// Bytes read from the journal before they are written.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Slices given to the system in one write.
const SLICES_MAX: usize = 64;
/// Time between syncs of `everysec`, in microseconds.
const SYNC_EVERY_US: u64 = 1_000_000;
/// A sync slower than this while writes wait counts as delayed, in microseconds.
const SYNC_SLOW_US: u64 = 2_000_000;
/// Time until a failed write or sync is tried again, in microseconds.
const RETRY_US: u64 = 100_000;
/// Time between log lines about the same trouble, in microseconds.
const LOG_EVERY_US: u64 = 30_000_000;
/// After a write slower than this the next is left to the thread, in microseconds.
const WRITE_SLOW_US: u64 = 10_000;
/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// What the thread does after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// There may be more to do.
    Again,
    /// Nothing to do until woken or until this has passed.
    Sleep(Duration),
    /// The thread ends.
    Stop,
}

/// The journal's reader, and a piece that lies behind the next cut.
pub(super) struct Feed {
    source: Box<dyn Source>,
    held: Option<Piece>,
}

impl Feed {
    pub(super) fn new(source: Box<dyn Source>) -> Self {
        Feed { source, held: None }
    }

    /// Offset up to which pieces were taken.
    pub(super) fn position(&self) -> u64 {
        self.held.as_ref().map_or_else(|| self.source.position(), |piece| piece.offset)
    }

    /// Whether bytes wait to be read.
    fn source_waits(&mut self) -> bool {
        self.held.is_some() || self.source.poll_ready(Waker::noop())
    }

    /// The next piece in front of the next rewrite's cut, ending there at the latest.
    ///
    /// The cut is looked up after the bytes were read: a rewrite is queued before any byte behind its
    /// cut exists, so whoever holds such a byte finds it in the queue.
    fn take(&mut self, max: usize, shared: &Shared) -> Result<Option<Piece>, Severed> {
        let next = match self.held.take() {
            Some(piece) => Some(piece),
            None => self.source.next(max)?,
        };
        let Some(mut piece) = next else { return Ok(None) };
        let before = next_cut(shared).saturating_sub(piece.offset);
        if before < piece.bytes.len() as u64 {
            let behind = piece.bytes.split_off(before as usize);
            self.held = Some(Piece { offset: piece.offset + before, bytes: behind });
        }
        Ok(Some(piece).filter(|piece| !piece.bytes.is_empty()))
    }
}

fn next_cut(shared: &Shared) -> u64 {
    let cut = |command: &Command| match command {
        Command::Rotate { cut, .. } => Some(cut.offset),
        _ => None,
    };
    lock(&shared.queue).iter().find_map(cut).unwrap_or(u64::MAX)
}

/// The incr being written.
pub(super) struct Current {
    pub(super) sink: Box<dyn Sink>,
    pub(super) name: String,
    /// Bytes of whole batches in it.
    pub(super) size: u64,
    /// Of them synced.
    pub(super) synced_size: u64,
    /// Nothing was written to it by this process yet.
    pub(super) fresh: bool,
    /// Database to select before the first bytes, when they do not select one themselves.
    pub(super) db: Option<u32>,
}

/// What has gone wrong, until it is well again.
#[derive(Default)]
struct Trouble {
    retry_at: Option<u64>,
    /// It was a sync that failed: only a sync makes it well.
    with_sync: bool,
    logged_at: Option<u64>,
}

pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) place: Place,
    pub(super) observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    pub(super) options: Options,
    pub(super) manifest: Manifest,
    pub(super) mode: Mode,
    pub(super) feed: Option<Feed>,
    pub(super) file: Option<Current>,
    /// Read but not written.
    pending: VecDeque<Bytes>,
    /// Journal offset behind `pending`.
    pending_end: u64,
    /// Journal offset behind what was written.
    pub(super) written_to: u64,
    /// Journal offset behind what was synced.
    synced_to: u64,
    /// Names in the folder changed since it was synced.
    pub(super) dir_dirty: bool,
    /// The last read emptied the journal: the next bytes begin a command.
    caught_up: bool,
    stamped: i64,
    last_sync: Option<u64>,
    /// The last write was slow.
    slow: bool,
    trouble: Trouble,
    pub(super) dead: bool,
    /// Between a rewrite's cut and its end.
    pub(super) rewriting: bool,
}

impl Worker {
    pub(super) fn new(setup: Setup, shared: Arc<Shared>) -> Self {
        {
            let mut status = lock(&shared.status);
            status.current_size = setup.loaded.size;
            status.base_size = setup.loaded.base_size;
        }
        Worker {
            shared,
            storage: setup.storage,
            place: setup.place,
            observer: setup.observer,
            clock: setup.clock,
            options: setup.options,
            manifest: setup.loaded.manifest,
            mode: Mode::Off,
            feed: None,
            file: None,
            pending: VecDeque::new(),
            pending_end: 0,
            written_to: 0,
            synced_to: 0,
            dir_dirty: false,
            caught_up: true,
            stamped: 0,
            last_sync: None,
            slow: false,
            trouble: Trouble::default(),
            dead: false,
            rewriting: false,
        }
    }

    /// One round of everything. `waker` wakes the thread.
    pub(super) fn turn(&mut self, waker: &Waker) -> Turn {
        self.take_options();
        while let Some(command) = self.next_command() {
            if matches!(command, Command::Stop) {
                return Turn::Stop;
            }
            self.perform(command);
        }
        let moved = self.pump();
        self.sync_if_due();
        self.publish();
        if moved || self.command_ready(lock(&self.shared.queue).front()) {
            Turn::Again
        } else {
            self.rest(waker)
        }
    }

    /// Writes up to `upto` on a thread that is not the writer's own; false when that one has to act: to
    /// write, because the disk is slow or in trouble, or to sync.
    pub(super) fn write_through(&mut self, upto: u64) -> bool {
        self.take_options();
        if self.options.policy == Policy::Always {
            return true; // the thread watches the journal
        }
        if self.slow || self.options.write_delay_us > 0 {
            return false;
        }
        let awaits_sync = self.unsynced();
        while self.written_to < upto && self.pump() {}
        self.publish();
        self.written_to >= upto && (awaits_sync || !self.unsynced())
    }

    fn take_options(&mut self) {
        let options = *lock(&self.shared.options);
        let collect = self.options.keep_history && !options.keep_history;
        self.options = options;
        if collect {
            self.collect_history();
        }
    }

    /// Takes the first command out of the queue, unless it waits for bytes that can still be written.
    fn next_command(&mut self) -> Option<Command> {
        let mut queue = lock(&self.shared.queue);
        if self.command_ready(queue.front()) { queue.pop_front() } else { None }
    }

    /// While the file cannot be written nothing waits: commands are carried out, and fail if they must.
    fn command_ready(&self, command: Option<&Command>) -> bool {
        let offset = match command {
            None => return false,
            Some(Command::Rotate { cut, .. }) => cut.offset,
            Some(Command::Flush { upto, .. } | Command::Disable { upto, .. }) => *upto,
            Some(_) => return true,
        };
        self.reached(offset) || self.in_trouble()
    }

    /// Whether every byte before `offset` is written, as far as bytes are written at all.
    pub(super) fn reached(&self, offset: u64) -> bool {
        self.pending.is_empty() && self.feed.as_ref().is_none_or(|feed| feed.position() >= offset)
    }

    fn in_trouble(&self) -> bool {
        self.dead || self.trouble.retry_at.is_some()
    }

    /// Whether trouble asks for patience now.
    fn must_wait(&self) -> bool {
        self.dead || self.trouble.retry_at.is_some_and(|at| self.clock.mono_us() < at)
    }

    /// Reads and writes; true when anything moved.
    fn pump(&mut self) -> bool {
        if self.must_wait() || self.pending.is_empty() && !self.gather() {
            return false;
        }
        self.write_pending()
    }

    /// Fills `pending`; true when there is something to write.
    fn gather(&mut self) -> bool {
        let begins_command = self.caught_up;
        let mut bytes = 0;
        while bytes < BATCH_BYTES {
            let Some(feed) = &mut self.feed else { return false };
            match feed.take(BATCH_BYTES - bytes, &self.shared) {
                Ok(Some(piece)) => {
                    bytes += piece.bytes.len();
                    self.caught_up = false;
                    self.pending.push_back(piece.bytes);
                }
                Ok(None) => {
                    self.caught_up = true;
                    break;
                }
                Err(Severed) => {
                    self.severed();
                    return false;
                }
            }
        }
        self.pending_end = self.feed.as_ref().map_or(self.pending_end, Feed::position);
        if self.pending.is_empty() {
            self.written_to = self.pending_end;
            return false;
        }
        self.head_batch(begins_command);
        true
    }

    /// What goes in front of a batch: an annotation with the time, and in a new file the database.
    fn head_batch(&mut self, begins_command: bool) {
        let Some(file) = &mut self.file else { return };
        let mut head = Vec::new();
        let now = self.clock.unix_secs();
        if self.options.timestamps && (begins_command || file.fresh) && now != self.stamped {
            put_timestamp(&mut head, now);
            self.stamped = now;
        }
        if let Some(db) = file.db.take() {
            put_select(&mut head, db);
        }
        file.fresh = false;
        if !head.is_empty() {
            self.pending.push_front(head.into());
        }
    }

    /// Writes everything pending, or nothing as far as the file tells.
    fn write_pending(&mut self) -> bool {
        let Some(file) = &mut self.file else {
            self.pending.clear();
            return false;
        };
        if self.options.write_delay_us > 0 {
            pause(Duration::from_micros(self.options.write_delay_us));
        }
        let began = self.clock.mono_us();
        let outcome = write_all(&mut *file.sink, &self.pending);
        let took_us = self.clock.mono_us() - began;
        let took = Duration::from_micros(took_us);
        self.slow = took_us > WRITE_SLOW_US;
        let snapshot = self.shared.snapshot.load(Ordering::Acquire);
        self.observer.latency("aof-write", took);
        self.observer.latency(if snapshot { "aof-write-active-child" } else { "aof-write-alone" }, took);
        match outcome {
            Ok(bytes) => self.wrote(bytes),
            Err((bytes, error)) => self.write_failed(bytes, &error),
        }
        self.pending.is_empty()
    }

    fn wrote(&mut self, bytes: u64) {
        self.pending.clear();
        self.written_to = self.pending_end;
        self.grew(bytes);
        if !self.trouble.with_sync {
            self.recovered();
        }
    }

    fn grew(&mut self, bytes: u64) {
        if let Some(file) = &mut self.file {
            file.size += bytes;
        }
        lock(&self.shared.status).current_size += bytes;
    }

    fn write_failed(&mut self, bytes: u64, error: &io::Error) {
        let loud = self.may_log();
        if loud && bytes > 0 {
            let expected: usize = self.pending.iter().map(Bytes::len).sum();
            self.warn(&format!(
                "Short write while writing to the AOF file: (nwritten={bytes}, expected={expected})"
            ));
        } else if loud {
            self.warn(&format!("Error writing to the AOF file: {}", os(error)));
        }
        if bytes > 0 {
            self.undo_short_write(bytes, loud);
        }
        let line = "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...";
        self.in_distress(error, line);
    }

    /// Cuts the file back to whole batches. When even that fails, what was written stays and counts.
    fn undo_short_write(&mut self, bytes: u64, loud: bool) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.sink.truncate(file.size) {
            if loud {
                let line = "Could not remove short write from the append-only file. The server may refuse to                             load the AOF the next time it starts. ftruncate: ";
                self.observer.log(Level::Warning, &format!("{line}{}", os(&error)));
            }
            drop_front(&mut self.pending, bytes);
            self.grew(bytes);
        }
    }

    /// A write or sync failed: under `always` that is the end, else it is tried again later.
    fn in_distress(&mut self, error: &io::Error, last_words: &str) {
        self.trouble.retry_at = Some(self.clock.mono_us() + RETRY_US);
        self.set_write_ok(false);
        lock(&self.shared.status).write_error = Some(os(error));
        if self.options.policy == Policy::Always {
            self.dead = true;
            self.warn(last_words);
            self.observer.fatal(last_words);
        }
    }

    fn recovered(&mut self) {
        if self.trouble.retry_at.take().is_some() {
            self.trouble.with_sync = false;
            self.warn("AOF write error looks solved, the server can write again.");
            self.set_write_ok(true);
            lock(&self.shared.status).write_error = None;
        }
    }

    fn set_write_ok(&self, ok: bool) {
        self.shared.write_ok.store(ok, Ordering::Release);
        self.observer.writable(ok);
    }

    fn may_log(&mut self) -> bool {
        let now = self.clock.mono_us();
        let quiet = self.trouble.logged_at.is_some_and(|at| now < at + LOG_EVERY_US);
        if !quiet {
            self.trouble.logged_at = Some(now);
        }
        !quiet
    }

    /// Whether `no-appendfsync-on-rewrite` forbids to sync now.
    fn suspended(&self) -> bool {
        self.options.no_sync_on_rewrite && self.shared.snapshot.load(Ordering::Acquire)
    }

    /// Whether bytes or names are written but not synced.
    fn unsynced(&self) -> bool {
        self.file.as_ref().is_some_and(|file| self.dir_dirty || file.size != file.synced_size)
    }

    fn sync_if_due(&mut self) {
        if self.unsynced() && !self.suspended() && !self.must_wait() && self.sync_due_in() == Some(0) {
            let _ = self.sync();
        }
    }

    /// Microseconds until the policy asks for a sync; `None` when it never does.
    fn sync_due_in(&self) -> Option<u64> {
        match (self.options.policy, self.last_sync) {
            (Policy::Always, _) | (Policy::EverySec, None) => Some(0),
            (Policy::EverySec, Some(last)) => {
                Some((last + SYNC_EVERY_US).saturating_sub(self.clock.mono_us()))
            }
            (Policy::No, _) => None,
        }
    }

    /// Makes everything written so far durable: the names in the folder first, because bytes in a file
    /// that nothing leads to are lost.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let began = self.clock.mono_us();
        lock(&self.shared.status).syncing = true;
        let outcome =
            self.sync_names().and_then(|()| self.file.as_mut().map_or(Ok(()), |file| file.sink.sync()));
        lock(&self.shared.status).syncing = false;
        let now = self.clock.mono_us();
        self.last_sync = Some(now);
        if let Err(error) = &outcome {
            self.sync_failed(error);
            return outcome;
        }
        if let Some(file) = &mut self.file {
            file.synced_size = file.size;
        }
        if self.pending.is_empty() {
            self.recovered();
        }
        self.note_sync(now - began);
        outcome
    }

    pub(super) fn sync_names(&mut self) -> io::Result<()> {
        if self.dir_dirty {
            self.storage.sync_dir(&self.place.dir)?;
            self.dir_dirty = false;
        }
        Ok(())
    }

    fn note_sync(&mut self, took_us: u64) {
        if self.options.policy == Policy::Always {
            self.observer.latency("aof-fsync-always", Duration::from_micros(took_us));
        } else if took_us > SYNC_SLOW_US && self.feed.as_mut().is_some_and(Feed::source_waits) {
            lock(&self.shared.status).delayed_fsync += 1;
            let line =
                "Asynchronous AOF fsync is taking too long (disk is busy?). Writes wait in memory meanwhile.";
            self.observer.log(Level::Notice, line);
        }
    }

    fn sync_failed(&mut self, error: &io::Error) {
        if self.may_log() {
            self.warn(&format!("Fail to fsync the AOF file: {}", os(error)));
        }
        let line = format!(
            "Can't persist AOF for fsync error when the AOF fsync policy is 'always': {}. Exiting...",
            os(error)
        );
        self.trouble.with_sync = true;
        self.in_distress(error, &line);
    }

    /// Lets everybody see how far the file has come, and wakes who waited for that.
    pub(super) fn publish(&mut self) {
        self.shared.written.store(self.written_to, Ordering::Release);
        if self.file.is_some() && !self.unsynced() {
            self.synced_to = self.written_to;
        }
        if self.mode == Mode::On {
            self.shared.synced.store(self.synced_to, Ordering::Release);
        }
        let waits = self.options.policy == Policy::Always && !self.suspended();
        let settled = match (&self.file, waits) {
            (None, _) => u64::MAX,
            (_, true) => self.synced_to,
            // As in Redis: what was run is answered, and from now on writes are refused.
            (_, false) if self.in_trouble() => u64::MAX,
            (_, false) => self.written_to,
        };
        if !self.dead {
            self.shared.settled.store(settled, Ordering::Release);
        }
        self.shared.waiters.wake(&self.shared);
        let mut status = lock(&self.shared.status);
        status.mode = self.mode;
        status.pending_bytes = self.pending.iter().map(|bytes| bytes.len() as u64).sum();
    }

    /// How long to sleep, having asked the journal to wake the thread.
    fn rest(&mut self, waker: &Waker) -> Turn {
        let now = self.clock.mono_us();
        if let Some(at) = self.trouble.retry_at.filter(|_| !self.dead) {
            return Turn::Sleep(Duration::from_micros(at.saturating_sub(now).clamp(1000, RETRY_US)));
        }
        let watches = self.options.policy == Policy::Always;
        let ready = |feed: &mut Feed| feed.held.is_some() || watches && feed.source.poll_ready(waker);
        let ready = self.feed.as_mut().is_some_and(ready);
        if ready && !self.dead {
            return Turn::Again;
        }
        let due = self.sync_due_in().filter(|_| self.unsynced());
        match due {
            Some(_) if self.suspended() => Turn::Sleep(Duration::from_micros(RETRY_US)),
            Some(us) => Turn::Sleep(Duration::from_micros(us)),
            None => Turn::Sleep(SLEEP_MAX),
        }
    }

    /// Stops writing and forgets what was read but not written.
    pub(super) fn close_file(&mut self) {
        self.feed = None;
        self.file = None;
        self.synced_to = 0;
        self.shared.synced.store(0, Ordering::Release);
        self.shared.void.store(false, Ordering::Release);
        self.pending.clear();
        self.caught_up = true;
        self.trouble = Trouble::default();
        self.set_write_ok(true);
        let mut status = lock(&self.shared.status);
        status.write_error = None;
        status.incr = None;
    }

    /// From here on bytes of `feed` go to `file`.
    pub(super) fn open_file(&mut self, feed: Option<Feed>, file: Current) {
        if let Some(feed) = feed {
            self.written_to = feed.position();
            self.pending_end = self.written_to;
            self.feed = Some(feed);
            self.caught_up = true;
        }
        lock(&self.shared.status).incr = Some(file.name.clone());
        self.file = Some(file);
    }

    pub(super) fn warn(&self, line: &str) {
        self.observer.log(Level::Warning, line);
    }

    pub(super) fn clock_us(&self) -> u64 {
        self.clock.mono_us()
    }
}

/// What `DEBUG AOF-FLUSH-SLEEP` asks for: a slow disk. Nothing ever comes through this channel.
fn pause(time: Duration) {
    let (_open, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(time);
}

/// Writes all pieces, many a call. On failure says how many bytes went before.
fn write_all(sink: &mut dyn Sink, pieces: &VecDeque<Bytes>) -> Result<u64, (u64, io::Error)> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let (mut rest, mut done) = (&mut slices[..], 0);
    while !rest.is_empty() {
        let window = rest.len().min(SLICES_MAX);
        match sink.write_vectored(&rest[..window]) {
            Ok(0) => return Err((done, io::ErrorKind::WriteZero.into())),
            Ok(written) => {
                done += written as u64;
                IoSlice::advance_slices(&mut rest, written);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((done, error)),
        }
    }
    Ok(done)
}

/// Drops the first `bytes` bytes.
fn drop_front(pieces: &mut VecDeque<Bytes>, mut bytes: u64) {
    while let Some(piece) = pieces.front_mut() {
        let len = piece.len() as u64;
        if bytes < len {
            let _ = piece.split_to(bytes as usize);
            return;
        }
        bytes -= len;
        pieces.pop_front();
    }
}
