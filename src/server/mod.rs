//! `rtool serve`: configuration, listeners, connections, the engine and its commands.
//!
//! ```text
//!   serve.rs     start to end of the process: load, listen, run, shut down
//!   listen.rs -> worker.rs -> conn.rs -> engine.rs -> commands/<family>.rs
//!                                          |  admit.rs   may it run?
//!                                          |  held.rs    the shards it holds
//!                                          |  ctx.rs     what a handler sees
//!   links/       replication's I/O          durability/  files: RDB, AOF, snapshot, loading
//! ```
//!
//! The server lives as long as the process: it is made once and never dropped, so everything may hold
//! a plain reference to it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

pub mod acl;
pub mod admit;
pub mod auth;
pub mod blocking;
pub mod busy;
pub mod clients;
pub mod commandlog;
pub mod commands;
pub mod config;
pub mod conn;
pub mod crash;
pub mod cron;
pub mod ctx;
pub mod daemon;
pub mod digest;
pub mod durability;
pub mod engine;
pub mod evict;
pub mod expire;
pub mod fault;
pub mod fields;
pub mod gate;
pub mod held;
pub mod histogram;
pub mod hotkeys;
pub mod info;
pub mod latency;
pub mod links;
pub mod listen;
pub mod local_keys;
pub mod log;
pub mod memory;
pub mod migration;
pub mod monitor;
pub mod moving;
pub mod names;
pub mod notify;
pub mod oom;
pub mod output;
pub mod pause;
pub mod pubsub;
pub mod rates;
pub mod redact;
mod round;
pub mod scripting;
pub mod serve;
pub mod session;
pub mod shutdown;
pub mod signal;
pub mod stats;
pub mod stream;
pub mod switches;
pub mod sync;
pub mod tracking;
pub mod unexpected;
pub mod unsent;
pub mod wait;
pub mod watches;
pub mod worker;

pub use config::os_reason;
pub use serve::{ServeError, run};

use crate::clock;
use crate::replication::Journal;
use crate::store::Keyspace;
use config::Config;
use stats::{SharedStats, WorkerStats};
use worker::Inbox;

/// The server: everything its threads share.
pub struct Server {
    /// Settings and their file.
    pub config: Config,
    /// What commands are called.
    pub names: names::Names,
    /// The data.
    pub keyspace: Keyspace,
    /// What replicas and the append-only file read.
    pub journal: Arc<Journal>,
    /// Everyone connected.
    pub clients: clients::Clients,
    /// Client connections counted against `maxclients`.
    pub connected: AtomicUsize,
    /// The sockets that are accepted on.
    pub listeners: listen::Control,
    /// Subscriptions.
    pub pubsub: pubsub::PubSub,
    /// WATCHed keys.
    pub watches: watches::Watches,
    /// Keys that clients keep copies of.
    pub tracking: tracking::Tracking,
    /// Keys that clients made on this replica.
    pub local_keys: local_keys::LocalKeys,
    /// Clients that wait for keys.
    pub blocking: blocking::Blocking,
    /// Keys that MIGRATE is moving.
    pub moving: moving::Moving,
    /// Sockets that MIGRATE may use again.
    pub sockets: migration::Sockets,
    /// Clients in MONITOR mode.
    pub monitors: monitor::Monitors,
    /// SLOWLOG.
    pub commandlog: commandlog::Logs,
    /// What the kernel is told about ending this process.
    pub oom: oom::OomScore,
    /// Which keys are used most.
    pub hotkeys: hotkeys::HotKeys,
    /// LATENCY.
    pub latency: latency::Latency,
    /// Users.
    pub acl: acl::Acl,
    /// Failed AUTHs.
    pub limiter: auth::Limiter,
    /// `maxmemory`.
    pub eviction: evict::Eviction,
    /// Shared counters.
    pub stats: SharedStats,
    /// Each worker's counters; the last one belongs to the main thread (links, loading).
    pub workers: Vec<Arc<WorkerStats>>,
    /// Conditions under which commands are refused.
    pub gates: gate::Gates,
    /// CLIENT PAUSE.
    pub pause: pause::Pause,
    /// Raised when a replica acknowledges.
    pub acks: signal::Signal,
    /// A shutdown that waits.
    pub shutdown: shutdown::Shutdown,
    /// Raised when the process is to end.
    pub ending: signal::Signal,
    /// Changes since the last save.
    pub dirty: AtomicU64,
    /// Files.
    pub durability: durability::Durability,
    /// Roles and links.
    pub links: links::Links,
    /// Scripts and functions.
    pub scripts: scripting::Scripts,
    /// What DEBUG switched off.
    pub switches: switches::Switches,
    /// Rates per second, for INFO.
    pub rates: rates::Rates,
    /// 40 hex digits, new with every process.
    pub run_id: String,
    /// Wall time of the start, ms.
    pub started_ms: i64,
    /// Bytes allocated before there was any data.
    pub startup_memory: usize,
    /// What the process ends with.
    pub exit_code: AtomicU8,
    active_expire: AtomicBool,
    inboxes: OnceLock<Vec<Inbox>>,
}

impl Server {
    /// A server for the whole life of the process.
    pub fn new(config: Config) -> &'static Server {
        let settings = config.snapshot();
        let workers = (0..=settings.io_threads).map(|_| Arc::new(WorkerStats::default())).collect();
        let journal = Journal::new(settings.repl_backlog_size as usize);
        Box::leak(Box::new(Server {
            keyspace: Keyspace::new(settings.databases, random_bytes()),
            names: names::Names::new(&settings.rename_command),
            links: links::Links::new(&settings),
            durability: durability::Durability::new(&settings),
            acl: acl::Acl::new(&settings),
            config,
            journal,
            clients: clients::Clients::default(),
            connected: AtomicUsize::new(0),
            listeners: listen::Control::default(),
            pubsub: pubsub::PubSub::default(),
            watches: watches::Watches::default(),
            tracking: tracking::Tracking::default(),
            local_keys: local_keys::LocalKeys::default(),
            blocking: blocking::Blocking::default(),
            moving: moving::Moving::default(),
            sockets: migration::Sockets::default(),
            monitors: monitor::Monitors::default(),
            commandlog: commandlog::Logs::default(),
            oom: oom::OomScore::default(),
            hotkeys: hotkeys::HotKeys::new(clock::wall_ms()),
            latency: latency::Latency::default(),
            limiter: auth::Limiter::default(),
            eviction: evict::Eviction::default(),
            stats: SharedStats::default(),
            workers,
            gates: gate::Gates::default(),
            pause: pause::Pause::default(),
            acks: signal::Signal::default(),
            shutdown: shutdown::Shutdown::default(),
            ending: signal::Signal::default(),
            dirty: AtomicU64::new(0),
            scripts: scripting::Scripts::default(),
            switches: switches::Switches::default(),
            rates: rates::Rates::default(),
            run_id: random_hex(),
            started_ms: clock::wall_ms(),
            startup_memory: crate::store::used_memory(),
            exit_code: AtomicU8::new(0),
            active_expire: AtomicBool::new(true),
            inboxes: OnceLock::new(),
        }))
    }

    /// The workers' inboxes; empty before they run.
    pub fn inboxes(&self) -> &[Inbox] {
        self.inboxes.get().map_or(&[], Vec::as_slice)
    }

    /// Hands the workers' inboxes to the acceptors; once, before any connection.
    fn set_inboxes(&self, inboxes: Vec<Inbox>) {
        let _ = self.inboxes.set(inboxes);
    }

    /// Are expired keys removed without anybody asking for them (DEBUG SET-ACTIVE-EXPIRE)?
    pub fn expires_actively(&self) -> bool {
        self.active_expire.load(Ordering::Relaxed)
    }

    /// DEBUG SET-ACTIVE-EXPIRE.
    pub fn set_expires_actively(&self, on: bool) {
        self.active_expire.store(on, Ordering::Relaxed);
    }

    /// Ends the process: the main thread comes to its end.
    pub fn end(&self, code: u8) {
        self.exit_code.store(code, Ordering::Release);
        self.ending.raise();
    }

    /// The counters of one kind, added up over the workers.
    pub fn total(&self, pick: impl Fn(&WorkerStats) -> u64) -> u64 {
        self.workers.iter().map(|w| pick(w)).sum()
    }

    /// The counters of the main thread.
    pub fn main_stats(&self) -> Arc<WorkerStats> {
        self.workers.last().map_or_else(Arc::default, Arc::clone)
    }

    /// Sets the changes since the last save to zero (minus those made during it).
    pub fn saved(&self, at_start: u64) {
        let _ = self
            .dirty
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |d| Some(d.saturating_sub(at_start)));
    }
}

/// Random bytes from the system; without any the process id and the clock must do.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    if getrandom::fill(&mut bytes).is_err() {
        let mut x = clock::wall_us() as u64 ^ (u64::from(std::process::id()) << 32);
        for byte in &mut bytes {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (x >> 56) as u8;
        }
    }
    bytes
}

/// 40 random hex digits: run ids and replication ids.
pub fn random_hex() -> String {
    random_bytes::<20>().iter().map(|b| format!("{b:02x}")).collect()
}
