//! One client connection as the engine sees it. `Session` belongs to the connection's task and is
//! touched without locks; `ClientShared` is the part other threads may read or poke: CLIENT LIST reads
//! it, CLIENT KILL and UNBLOCK set flags on it, PUBLISH and MONITOR push into its outbox.
//!
//! ```text
//!   task of the connection            any other thread
//!   ----------------------            ----------------
//!   Session ──owns──> Arc<ClientShared> <──registry, pub/sub, monitors
//!                       flags   (atomic: MAIL, KILL, UNBLOCK)  ── set, then wake
//!                       outbox  (leaf lock)                    ── push bytes
//! ```

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use bytes::Bytes;

use crate::catalog::Command;
use crate::replication::psync;
use crate::resp::{OwnedArgs, Proto};
use crate::server::acl::{Identity, User};
use crate::server::pubsub::Kind;
use crate::server::sync::locked;
use crate::server::tracking::mode::Mode;

/// Something waits in the outbox.
pub const MAIL: u32 = 1;
/// The connection must end after its current reply.
pub const KILL: u32 = 1 << 1;
/// A blocked command must return as if it timed out.
pub const UNBLOCK: u32 = 1 << 2;
/// A blocked command must return with an error.
pub const UNBLOCK_ERROR: u32 = 1 << 3;
/// The outbox outgrew its limit: end without flushing.
pub const OVERFLOW: u32 = 1 << 4;
/// Somebody has served what a blocked command waits for, or tried.
pub const SERVED: u32 = 1 << 5;

/// What kind of traffic a client makes: the class of its output buffer limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Ordinary commands and MONITOR.
    Normal = 0,
    /// A replica of ours.
    Replica = 1,
    /// A RESP2 subscriber.
    Pubsub = 2,
    /// The link to our master.
    Master = 3,
}

/// The text fields that CLIENT LIST shows and the client may set.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// CLIENT SETNAME.
    pub name: String,
    /// CLIENT SETINFO LIB-NAME.
    pub lib_name: String,
    /// CLIENT SETINFO LIB-VER.
    pub lib_ver: String,
}

/// Messages for a client made by other threads, in order.
#[derive(Debug, Default)]
struct Outbox {
    queue: VecDeque<Bytes>,
}

/// Bytes in the outboxes of all clients: what was sent to them and their tasks have not seen yet.
static OUTBOXES: AtomicUsize = AtomicUsize::new(0);

/// Bytes in the outboxes of all clients.
pub fn outboxes() -> usize {
    OUTBOXES.load(Ordering::Relaxed)
}

/// Bytes of clients that were told to go and have not gone yet.
static LEAVING: AtomicUsize = AtomicUsize::new(0);

/// Bytes of clients that were told to go and have not gone yet: they come back by themselves.
pub fn leaving() -> usize {
    LEAVING.load(Ordering::Relaxed)
}

impl Drop for ClientShared {
    fn drop(&mut self) {
        OUTBOXES.fetch_sub(*self.outbox_bytes.get_mut(), Ordering::Relaxed);
        LEAVING.fetch_sub(*self.leaving.get_mut(), Ordering::Relaxed);
    }
}

/// The part of a client that other threads see.
#[derive(Debug)]
pub struct ClientShared {
    /// Client id, unique in the life of the process.
    pub id: u64,
    /// Peer address as CLIENT LIST prints it ("ip:port", or "path:0" for a unix socket).
    pub addr: String,
    /// Our end of the connection, likewise.
    pub laddr: String,
    /// File descriptor number, for CLIENT LIST.
    pub fd: i32,
    /// Wall time of the connection, ms.
    pub created_ms: i64,
    /// Text fields.
    pub meta: Mutex<Meta>,
    /// Who it acts for; none for the server itself.
    pub user: Mutex<Option<Arc<User>>>,
    flags: AtomicU32,
    waker: Mutex<Option<Waker>>,
    outbox: Mutex<Outbox>,
    /// Bytes in the outbox: written under its lock, read without.
    outbox_bytes: AtomicUsize,
    /// Bytes the outbox may hold before the client is cut off; 0 is no limit.
    outbox_limit: AtomicUsize,
    /// Class of the output limit, a `Class` as number.
    pub class: AtomicU32,
    /// Selected database.
    pub db: AtomicUsize,
    /// Subscriptions, by the number of their kind.
    pub subs: [AtomicUsize; Kind::ALL.len()],
    /// Queued commands, -1 outside MULTI.
    pub multi: AtomicI64,
    /// Bytes of the queued commands.
    pub multi_bytes: AtomicUsize,
    /// Watched keys.
    pub watched: AtomicUsize,
    /// The flag of its WATCH, while it watches.
    pub watch_flag: Mutex<Option<Arc<WatchFlag>>>,
    /// CLIENT TRACKING.
    pub tracking: Mode,
    /// Catalog id of the last command it has sent, `u16::MAX` before the first.
    pub last_cmd: AtomicU16,
    /// Monotonic time of the last command, ms.
    pub active_ms: AtomicU64,
    /// Bytes of unread input held.
    pub input_bytes: AtomicUsize,
    /// Room left in the buffer of unread input.
    pub input_free: AtomicUsize,
    /// Bytes of the arguments that are parsed but not run: of a request half received, or one that waits.
    pub argv_bytes: AtomicUsize,
    /// Bytes of unsent replies held by the connection's task.
    pub output_bytes: AtomicUsize,
    /// Bytes of the replies to the batch that runs, as far as it was looked at.
    pub reply_bytes: AtomicUsize,
    /// Room left in the buffer of unsent replies.
    pub output_free: AtomicUsize,
    /// What of its memory is in the sum of all clients.
    pub counted: AtomicUsize,
    /// What of its memory counts as leaving, since it was told to go.
    leaving: AtomicUsize,
    /// RESP version, 2 or 3.
    pub proto: AtomicU32,
    /// MONITOR is on.
    pub monitor: AtomicBool,
    /// Waits in a blocking command.
    pub blocked: AtomicBool,
    /// CLIENT NO-EVICT.
    pub no_evict: AtomicBool,
    /// CLIENT NO-TOUCH.
    pub no_touch: AtomicBool,
    /// CLIENT CAPA REDIRECT: goes to the master when a replica says so.
    pub redirects: AtomicBool,
    /// Ends once the pending replies are out.
    pub closing: AtomicBool,
    /// Authenticated (for the failed-AUTH limiter and INFO).
    pub authenticated: AtomicBool,
    /// Bytes received from the client.
    pub net_in: AtomicU64,
    /// Bytes sent to the client.
    pub net_out: AtomicU64,
    /// Requests run for the client, those of the batch that runs apart.
    pub commands: AtomicU64,
}

/// What a new connection knows of itself.
pub struct Peer {
    /// Peer address.
    pub addr: String,
    /// Own address.
    pub laddr: String,
    /// Descriptor number.
    pub fd: i32,
}

impl ClientShared {
    /// The shared part of a new client.
    pub fn new(id: u64, peer: Peer, now_ms: i64, mono_ms: u64) -> ClientShared {
        ClientShared {
            id,
            addr: peer.addr,
            laddr: peer.laddr,
            fd: peer.fd,
            created_ms: now_ms,
            meta: Mutex::default(),
            user: Mutex::default(),
            flags: AtomicU32::new(0),
            waker: Mutex::new(None),
            outbox: Mutex::new(Outbox::default()),
            outbox_bytes: AtomicUsize::new(0),
            outbox_limit: AtomicUsize::new(0),
            class: AtomicU32::new(Class::Normal as u32),
            db: AtomicUsize::new(0),
            subs: Default::default(),
            multi: AtomicI64::new(-1),
            multi_bytes: AtomicUsize::new(0),
            watched: AtomicUsize::new(0),
            watch_flag: Mutex::new(None),
            tracking: Mode::default(),
            last_cmd: AtomicU16::new(u16::MAX),
            active_ms: AtomicU64::new(mono_ms),
            input_bytes: AtomicUsize::new(0),
            input_free: AtomicUsize::new(0),
            argv_bytes: AtomicUsize::new(0),
            output_bytes: AtomicUsize::new(0),
            reply_bytes: AtomicUsize::new(0),
            output_free: AtomicUsize::new(0),
            counted: AtomicUsize::new(0),
            leaving: AtomicUsize::new(0),
            proto: AtomicU32::new(2),
            monitor: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            no_evict: AtomicBool::new(false),
            no_touch: AtomicBool::new(false),
            redirects: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            authenticated: AtomicBool::new(false),
            net_in: AtomicU64::new(0),
            net_out: AtomicU64::new(0),
            commands: AtomicU64::new(0),
        }
    }

    /// Requests of the client have run; its own task says so.
    pub fn count_commands(&self, count: usize) {
        self.commands.store(self.commands.load(Ordering::Relaxed) + count as u64, Ordering::Relaxed);
    }

    /// The output limit class.
    pub fn class(&self) -> Class {
        match self.class.load(Ordering::Relaxed) {
            1 => Class::Replica,
            2 => Class::Pubsub,
            3 => Class::Master,
            _ => Class::Normal,
        }
    }

    /// The protocol version as the reply writer wants it.
    pub fn proto(&self) -> Proto {
        if self.proto.load(Ordering::Relaxed) == 3 { Proto::Resp3 } else { Proto::Resp2 }
    }

    /// The address as MONITOR prints it.
    pub fn monitor_addr(&self) -> String {
        match self.addr.strip_suffix(":0") {
            Some(path) => format!("unix:{path}"),
            None => self.addr.clone(),
        }
    }

    /// Did a key it watches change?
    pub fn watch_dirty(&self) -> bool {
        locked(&self.watch_flag).as_ref().is_some_and(|flag| flag.is_dirty())
    }

    /// Sets flags and wakes the connection's task.
    pub fn raise(&self, flags: u32) {
        self.flags.fetch_or(flags, Ordering::AcqRel);
        if let Some(waker) = locked(&self.waker).as_ref() {
            waker.wake_by_ref();
        }
    }

    /// It was told to go, and takes this much until it has.
    pub fn leaves_with(&self, bytes: usize) {
        LEAVING.fetch_add(bytes, Ordering::Relaxed);
        LEAVING.fetch_sub(self.leaving.swap(bytes, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// The flags now set.
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Acquire)
    }

    /// Clears flags and says which of them were set.
    pub fn take_flags(&self, which: u32) -> u32 {
        self.flags.fetch_and(!which, Ordering::AcqRel) & which
    }

    /// Remembers whom to wake; called by the connection's task before it sleeps.
    pub fn set_waker(&self, waker: &Waker) {
        let mut slot = locked(&self.waker);
        match slot.as_ref() {
            Some(old) if old.will_wake(waker) => {}
            _ => *slot = Some(waker.clone()),
        }
    }

    /// Queues a message made by another thread (or another client's command).
    pub fn push(&self, message: Bytes) {
        let limit = self.outbox_limit.load(Ordering::Relaxed);
        let over = {
            let mut outbox = locked(&self.outbox);
            let bytes = self.outbox_bytes.fetch_add(message.len(), Ordering::Relaxed) + message.len();
            OUTBOXES.fetch_add(message.len(), Ordering::Relaxed);
            outbox.queue.push_back(message);
            limit != 0 && bytes > limit
        };
        let flag = if over { OVERFLOW } else { MAIL };
        if self.flags() & flag == 0 {
            self.raise(flag);
        }
    }

    /// Sets what the outbox may hold (the hard limit of the client's class).
    pub fn set_outbox_limit(&self, bytes: u64) {
        self.outbox_limit.store(usize::try_from(bytes).unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    /// Takes everything queued so far.
    pub fn take_mail(&self) -> VecDeque<Bytes> {
        self.take_flags(MAIL);
        let mut outbox = locked(&self.outbox);
        OUTBOXES.fetch_sub(self.outbox_bytes.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        std::mem::take(&mut outbox.queue)
    }

    /// Number and bytes of queued messages.
    pub fn outbox_size(&self) -> (usize, usize) {
        let outbox = locked(&self.outbox);
        (outbox.queue.len(), self.outbox_bytes.load(Ordering::Relaxed))
    }

    /// Bytes of output that wait for this client, wherever they are held.
    pub fn pending_output(&self) -> usize {
        self.output_bytes.load(Ordering::Relaxed) + self.outbox_bytes.load(Ordering::Relaxed)
    }
}

/// WATCH: the flag that writers of a watched key set.
#[derive(Debug, Default)]
pub struct WatchFlag {
    dirty: AtomicBool,
}

impl WatchFlag {
    /// A watched key changed.
    pub fn mark(&self) {
        self.dirty.store(true, Ordering::Release);
    }

    /// Did any watched key change?
    pub fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::Acquire)
    }
}

/// Keys a client watches, and the flag their writers set.
#[derive(Debug, Default)]
pub struct Watched {
    /// Set by writers; registered under each key's shard.
    pub flag: Arc<WatchFlag>,
    /// What is watched.
    pub keys: Vec<Arc<WatchedKey>>,
}

/// One key that one client watches: the client and the registry of watches share it.
#[derive(Debug)]
pub struct WatchedKey {
    /// Its database.
    pub db: usize,
    /// The key.
    pub key: Box<[u8]>,
    /// The flag of its client.
    pub flag: Arc<WatchFlag>,
    stale: AtomicBool,
}

impl WatchedKey {
    /// A key as it is when it is watched; `stale`: it is there, but its time is over.
    pub fn new(db: usize, key: &[u8], flag: &Arc<WatchFlag>, stale: bool) -> WatchedKey {
        WatchedKey { db, key: key.into(), flag: Arc::clone(flag), stale: AtomicBool::new(stale) }
    }

    /// Is it, as far as its client knows, a key whose time is over but that is still there? To remove
    /// such a key is no change. Written with the key's shard held.
    pub fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }

    /// Remembers whether it is.
    pub fn set_stale(&self, stale: bool) {
        self.stale.store(stale, Ordering::Release);
    }
}

/// A command waiting for EXEC.
pub struct Queued {
    /// What to run.
    pub command: &'static Command,
    /// Its arguments, name included.
    pub args: OwnedArgs,
}

/// MULTI in progress.
#[derive(Default)]
pub struct Transaction {
    /// Queued commands in order.
    pub queue: Vec<Queued>,
    /// A command failed to queue: EXEC will refuse.
    pub broken: bool,
    /// Union of the flags of the queued commands.
    pub flags: u32,
    /// Flags that some queued command lacks.
    pub lacking: u32,
    /// Bytes of the queued arguments, for CLIENT LIST.
    pub bytes: usize,
}

/// Where a session's commands come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client connection.
    Client,
    /// The master's stream: never refused, never expires keys, journaled verbatim by the link.
    Master,
    /// The append-only file being loaded.
    Aof,
}

/// CLIENT REPLY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyMode {
    /// Every reply is sent.
    On,
    /// No reply is sent.
    Off,
    /// The reply of the next command is not sent.
    SkipNext,
    /// The reply of the current command is not sent.
    Skip,
}

/// A client's own subscriptions: names, by the number of their kind.
#[derive(Debug, Default)]
pub struct Subscriptions([HashSet<Bytes>; Kind::ALL.len()]);

impl Subscriptions {
    /// The names of one kind.
    pub fn names(&mut self, kind: Kind) -> &mut HashSet<Bytes> {
        &mut self.0[kind as usize]
    }
}

/// A client as its own task sees it.
pub struct Session {
    /// The part others see.
    pub shared: Arc<ClientShared>,
    /// Selected database.
    pub db: usize,
    /// RESP version.
    pub proto: Proto,
    /// May run commands that need authentication.
    pub authenticated: bool,
    /// Who it acts for.
    pub identity: Identity,
    /// Where the commands come from.
    pub origin: Origin,
    /// MULTI in progress.
    pub tx: Option<Box<Transaction>>,
    /// WATCHed keys.
    pub watched: Option<Box<Watched>>,
    /// Subscriptions, if there ever were any.
    pub subs: Option<Box<Subscriptions>>,
    /// CLIENT REPLY.
    pub reply_mode: ReplyMode,
    /// Journal offset after this client's last write (WAIT, group commit).
    pub last_write: u64,
    /// READONLY: reads from a replica are what the client wants.
    pub reads_replica: bool,
    /// Comes from an address that protected mode trusts (loopback or a unix socket).
    pub local: bool,
    /// EXEC is running its transaction, or a script its commands: nothing may wait.
    pub in_exec: bool,
    /// A script runs its commands.
    pub in_script: bool,
    /// Its changes are told to nobody (`redis.set_repl`).
    pub silent: bool,
    /// No room could be made for its next command.
    pub out_of_memory: bool,
    /// What it has said with REPLCONF, if it did.
    pub peer: Option<Box<psync::Peer>>,
}

impl Session {
    /// A fresh session.
    pub fn new(shared: Arc<ClientShared>, origin: Origin, local: bool, identity: Identity) -> Session {
        locked(&shared.user).clone_from(&identity.user().cloned());
        Session {
            shared,
            db: 0,
            proto: Proto::Resp2,
            authenticated: false,
            identity,
            origin,
            tx: None,
            watched: None,
            subs: None,
            reply_mode: ReplyMode::On,
            last_write: 0,
            reads_replica: false,
            local,
            in_exec: false,
            in_script: false,
            silent: false,
            out_of_memory: false,
            peer: None,
        }
    }

    /// The same client for a command that goes on beside its connection.
    pub fn beside(&self) -> Session {
        let identity = self.identity.clone();
        let mut session = Session::new(Arc::clone(&self.shared), self.origin, self.local, identity);
        session.db = self.db;
        session.proto = self.proto;
        session.authenticated = self.authenticated;
        session
    }

    /// Acts for somebody else from now on.
    pub fn become_user(&mut self, identity: Identity) {
        *locked(&self.shared.user) = identity.user().cloned();
        self.identity = identity;
    }

    /// Number of subscriptions of one kind.
    pub fn subscriptions(&self, kind: Kind) -> usize {
        self.subs.as_ref().map_or(0, |subs| subs.0[kind as usize].len())
    }

    /// The number that a client is told when a subscription of this kind begins or ends.
    pub fn confirmed(&self, kind: Kind) -> usize {
        match kind {
            Kind::Shard => self.subscriptions(Kind::Shard),
            Kind::Channel | Kind::Pattern => {
                self.subscriptions(Kind::Channel) + self.subscriptions(Kind::Pattern)
            }
        }
    }

    /// Number of channels, patterns and shard channels subscribed to.
    pub fn subscription_count(&self) -> usize {
        Kind::ALL.into_iter().map(|kind| self.subscriptions(kind)).sum()
    }

    /// Switches the protocol version.
    pub fn set_proto(&mut self, proto: Proto) {
        self.proto = proto;
        let number = if proto == Proto::Resp3 { 3 } else { 2 };
        self.shared.proto.store(number, Ordering::Relaxed);
    }

    /// Selects a database.
    pub fn select(&mut self, db: usize) {
        self.db = db;
        self.shared.db.store(db, Ordering::Relaxed);
    }
}
