//! The thread that writes the append-only file, and the handle the server holds of it.
//!
//! ```text
//! journal ──Source──> pending ──write──> incr file ──sync──> disk
//!                        │         written_offset      synced_offset ──> waiters woken
//!                        └ kept until written: a full disk loses nothing
//!
//!            Open                       Disable
//!   Off ─────────────────> On <──────────────────> Off
//!    └─ Enable ─> Waiting ──FinishRewrite──> On        (Waiting: writes go to a temporary incr,
//!         ^          │                                  because without a base they mean nothing)
//!         └─ Abort ──┘
//! ```
//!
//! **Replies wait.** A connection holds its replies until `settled` passes its write, so what was
//! acknowledged is in the file (`always`: on the disk) and survives the end of the process.
//!
//! **Group commit.** Under `always` nobody but this thread ever waits for the disk; while one sync runs,
//! the writes of all connections gather in the journal, and the next sync is for all of them.
//!
//! **Writing through.** Under `everysec` and `no` whoever wrote to the journal carries it to the file on
//! its own thread ([`Aof::write_through`]): a system call is cheaper than two changes of thread. It never
//! waits for the lock: when the thread has it (it syncs, or carries out a command), or the disk was slow
//! the last time, the thread writes, the replies wait, and reads go on.
//!
//! **The cut of a rewrite.** `begin_rewrite` is called while no write can happen (all shards locked), so
//! the command is queued before any byte behind the cut exists; the thread looks at its queue between
//! reading bytes and writing them, so it can never write past a cut unseen.
//!
//! The manifest belongs to this thread alone: whatever changes it is a command to the thread, and
//! commands are carried out in order.

mod parts;
mod waiters;
mod worker;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use bytes::Bytes;

use super::load::Loaded;
use super::manifest::{BaseForm, Manifest};
use super::{Observer, Place};
use crate::persist::storage::Storage;
use waiters::{Milestone, Waiters};
use worker::{Turn, Worker};

/// Most commands that may wait for the thread.
const COMMANDS_MAX: usize = 256;

/// A run of journal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Journal offset of the first byte.
    pub offset: u64,
    /// The bytes.
    pub bytes: Bytes,
}

/// The journal dropped its history; the reader's place is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Severed;

/// Where the bytes come from: a reader of the journal that sees data only.
///
/// A reader that is caught up stands between two commands.
pub trait Source: Send {
    /// The next run of bytes, at most `max` of them; none when caught up.
    fn next(&mut self, max: usize) -> Result<Option<Piece>, Severed>;
    /// Offset of the next byte to read: behind everything `next` gave or passed over.
    fn position(&self) -> u64;
    /// True when `next` has something; otherwise the waker is woken once it has.
    fn poll_ready(&mut self, waker: &Waker) -> bool;
}

/// The clock, as an argument.
pub trait Clock: Send + Sync {
    /// Monotonic, microseconds.
    fn mono_us(&self) -> u64;
    /// Wall clock, seconds since the epoch.
    fn unix_secs(&self) -> i64;
}

/// `appendfsync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Replies wait for the disk.
    Always,
    /// Once a second.
    EverySec,
    /// When the system pleases.
    No,
}

/// The settings of the writer; they can change at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// `appendfsync`.
    pub policy: Policy,
    /// `no-appendfsync-on-rewrite`.
    pub no_sync_on_rewrite: bool,
    /// `aof-timestamp-enabled`.
    pub timestamps: bool,
    /// `aof-disable-auto-gc`: history files stay.
    pub keep_history: bool,
    /// `DEBUG AOF-FLUSH-SLEEP`, microseconds.
    pub write_delay_us: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            policy: Policy::EverySec,
            no_sync_on_rewrite: false,
            timestamps: false,
            keep_history: false,
            write_delay_us: 0,
        }
    }
}

/// Whether writes go to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `appendonly no`.
    #[default]
    Off,
    /// Turned on while running: the first base is being written.
    Waiting,
    /// `appendonly yes`.
    On,
}

/// What INFO persistence shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether writes go to the file.
    pub mode: Mode,
    /// `aof_current_size`: base and incrs, bytes.
    pub current_size: u64,
    /// `aof_base_size`: the same after the last rewrite, bytes.
    pub base_size: u64,
    /// `aof_delayed_fsync`: syncs that took longer than two seconds while writes waited.
    pub delayed_fsync: u64,
    /// Bytes read from the journal but not written (`aof_buffer_length`).
    pub pending_bytes: u64,
    /// `aof_pending_bio_fsync`: whether a sync is running.
    pub syncing: bool,
    /// `aof_last_write_status`: the system's words for the last failure, until a write succeeds again.
    pub write_error: Option<String>,
    /// File name of the incr being written.
    pub incr: Option<String>,
}

/// A moment in the journal: offset, and the database selected there (`None`: the next bytes select one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Journal offset.
    pub offset: u64,
    /// Database in force.
    pub db: Option<u32>,
}

/// Called once, on the writer's thread, when a command is done.
pub type Reply = Box<dyn FnOnce(io::Result<()>) + Send>;

/// What the thread is asked to do.
enum Command {
    Open { source: Box<dyn Source>, db: Option<u32>, form: BaseForm, first_base: Vec<u8>, reply: Reply },
    Enable { source: Box<dyn Source>, db: Option<u32>, reply: Reply },
    Disable { upto: u64, reply: Reply },
    Rotate { cut: Cut, reply: Reply },
    Finish { form: BaseForm, reply: Reply },
    Abort,
    Adopt(Box<Manifest>),
    Flush { upto: u64, reply: Reply },
    Stop,
}

impl Command {
    /// Tells whoever asked that it did not happen.
    fn fail(self, error: io::Error) {
        match self {
            Command::Open { reply, .. }
            | Command::Enable { reply, .. }
            | Command::Disable { reply, .. }
            | Command::Rotate { reply, .. }
            | Command::Finish { reply, .. }
            | Command::Flush { reply, .. } => reply(Err(error)),
            Command::Abort | Command::Adopt(_) | Command::Stop => {}
        }
    }
}

/// What handle and thread share.
struct Shared {
    written: AtomicU64,
    synced: AtomicU64,
    /// The journal began anew and the thread has not noticed yet: `synced` is about other bytes.
    void: AtomicBool,
    settled: AtomicU64,
    write_ok: AtomicBool,
    snapshot: AtomicBool,
    queue: Mutex<VecDeque<Command>>,
    options: Mutex<Options>,
    status: Mutex<Status>,
    waiters: Waiters,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn new(options: Options) -> Arc<Self> {
        Arc::new(Shared {
            written: AtomicU64::new(0),
            synced: AtomicU64::new(0),
            void: AtomicBool::new(false),
            settled: AtomicU64::new(u64::MAX),
            write_ok: AtomicBool::new(true),
            snapshot: AtomicBool::new(false),
            queue: Mutex::default(),
            options: Mutex::new(options),
            status: Mutex::default(),
            waiters: Waiters::default(),
        })
    }

    fn offset(&self, milestone: Milestone) -> u64 {
        match milestone {
            Milestone::Settled => self.settled.load(Ordering::Acquire),
            Milestone::Synced if self.void.load(Ordering::Acquire) => 0,
            Milestone::Synced => self.synced.load(Ordering::Acquire),
        }
    }
}

/// What a writer is started with.
pub struct Setup {
    /// The server's directory.
    pub storage: Arc<dyn Storage>,
    /// Where in it the parts are.
    pub place: Place,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The settings at the start.
    pub options: Options,
    /// What was loaded: the manifest to go on from, and the sizes.
    pub loaded: Loaded,
}

/// The handle of the writer's thread. Methods only queue a command or read an atomic: none waits for
/// the disk, except [`Aof::stop`].
pub struct Aof {
    shared: Arc<Shared>,
    worker: Arc<Mutex<Worker>>,
    thread: Thread,
    join: Mutex<Option<JoinHandle<()>>>,
}

impl Aof {
    /// Starts the thread, in mode `Off`.
    pub fn start(setup: Setup) -> io::Result<Aof> {
        let shared = Shared::new(setup.options);
        let worker = Arc::new(Mutex::new(Worker::new(setup, Arc::clone(&shared))));
        let threads = Arc::clone(&worker);
        let join = thread::Builder::new().name("aof".into()).spawn(move || run(&threads))?;
        Ok(Aof { shared, worker, thread: join.thread().clone(), join: Mutex::new(Some(join)) })
    }

    /// At the start of a server with `appendonly yes`: goes on with the last incr, or makes the first
    /// parts, `first_base` being the (empty) base.
    pub fn open(
        &self,
        source: Box<dyn Source>,
        db: Option<u32>,
        form: BaseForm,
        first_base: Vec<u8>,
        reply: Reply,
    ) {
        self.send(Command::Open { source, db, form, first_base, reply });
    }

    /// Turns the file on while running. `source` stands at the cut of the rewrite that begins now.
    pub fn enable(&self, source: Box<dyn Source>, db: Option<u32>, reply: Reply) {
        self.send(Command::Enable { source, db, reply });
    }

    /// Turns the file off; everything up to `upto` is written and synced first.
    pub fn disable(&self, upto: u64, reply: Reply) {
        self.send(Command::Disable { upto, reply });
    }

    /// A rewrite begins at `cut`: bytes from there on go to a new incr. To be called while nothing can
    /// be appended to the journal. The reply says whether the new incr is there; without it there is no
    /// rewrite. With the file off there is nothing to do and it succeeds.
    pub fn begin_rewrite(&self, cut: Cut, reply: Reply) {
        self.send(Command::Rotate { cut, reply });
    }

    /// The new base lies, synced, at [`Place::temp_base`]: from now on it counts, and the parts it
    /// replaces are history.
    pub fn finish_rewrite(&self, form: BaseForm, reply: Reply) {
        self.send(Command::Finish { form, reply });
    }

    /// The rewrite came to nothing: the temporary base is removed, the incrs stay.
    pub fn abort_rewrite(&self) {
        self.send(Command::Abort);
    }

    /// `DEBUG LOADAOF` read the manifest anew.
    pub fn adopt(&self, manifest: Manifest) {
        self.send(Command::Adopt(Box::new(manifest)));
    }

    /// Replies once everything up to `upto` is written and synced, whatever the policy.
    pub fn flush(&self, upto: u64, reply: Reply) {
        self.send(Command::Flush { upto, reply });
    }

    /// Changes the settings.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
        self.thread.unpark();
    }

    /// Tells whether a snapshot of any kind is being written: see `no-appendfsync-on-rewrite`.
    pub fn set_snapshot_active(&self, active: bool) {
        self.shared.snapshot.store(active, Ordering::Release);
        self.thread.unpark();
    }

    /// Writes what the journal holds up to `upto`, on the caller's thread, or leaves it to the writer's;
    /// does not wait either way. Under `everysec` and `no` the writer's thread does not watch the
    /// journal: whoever appends calls this afterwards.
    pub fn write_through(&self, upto: u64) {
        if self.settled() >= upto {
            return;
        }
        let written = match self.worker.try_lock() {
            Ok(mut worker) => worker.write_through(upto),
            Err(_) => false,
        };
        if !written {
            self.thread.unpark();
        }
    }

    /// Up to where bytes were given to the system.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// The journal is about to begin anew: what was synced so far says nothing about what comes.
    pub fn forget_synced(&self) {
        self.shared.void.store(true, Ordering::Release);
    }

    /// Up to where bytes would survive a power cut, once a base makes sense of them: what WAITAOF counts.
    pub fn synced(&self) -> u64 {
        self.shared.offset(Milestone::Synced)
    }

    /// Up to where replies may be sent under the policy in force.
    pub fn settled(&self) -> u64 {
        self.shared.offset(Milestone::Settled)
    }

    /// True when replies of a write that ends at `offset` may be sent; else the waker is woken then.
    pub fn poll_settled(&self, offset: u64, waker: &Waker) -> bool {
        self.shared.waiters.poll(&self.shared, Milestone::Settled, offset, waker)
    }

    /// True when everything up to `offset` would survive a power cut; else the waker is woken then.
    pub fn poll_synced(&self, offset: u64, waker: &Waker) -> bool {
        self.shared.waiters.poll(&self.shared, Milestone::Synced, offset, waker)
    }

    /// False while the file cannot be written: then writes are refused (MISCONF).
    pub fn write_ok(&self) -> bool {
        self.shared.write_ok.load(Ordering::Acquire)
    }

    /// Figures for INFO.
    pub fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }

    /// Ends the thread and waits for it. What was not flushed is not written.
    pub fn stop(&self) {
        self.send(Command::Stop);
        if let Some(join) = lock(&self.join).take() {
            let _ = join.join();
        }
    }

    fn send(&self, command: Command) {
        let mut queue = lock(&self.shared.queue);
        if queue.len() < COMMANDS_MAX {
            queue.push_back(command);
            drop(queue);
            self.thread.unpark();
        } else {
            drop(queue);
            command.fail(io::Error::other("the append only file's thread does not keep up"));
        }
    }
}

impl Drop for Aof {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Wakes the thread when the journal has bytes.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn run(worker: &Mutex<Worker>) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        let turn = lock(worker).turn(&waker);
        match turn {
            Turn::Again => {}
            Turn::Sleep(limit) => thread::park_timeout(limit),
            Turn::Stop => return,
        }
    }
}

#[cfg(test)]
mod tests;
