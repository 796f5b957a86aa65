//! Replication's I/O: who this server follows, who follows it, and the tasks that move the bytes. What
//! to say and to accept is decided by the state machines in `crate::replication`.
//!
//! ```text
//!   role.rs      REPLICAOF: the change of role, with every shard held
//!   replica.rs   the link to our master: connect, shake hands, copy, follow      one task, main thread
//!   feed.rs      reading and applying the master's stream
//!   copy.rs      a full copy: the data as RDB bytes, and RDB bytes as the data
//!   direct.rs    the same without a file: from the socket into a spare keyspace
//!   master.rs    the link to one of our replicas: what its connection becomes    on its worker
//!   failover.rs  FAILOVER: hands the lead over                                  one task, main thread
//!   syncs.rs     begins copies for replicas that wait, pings, time limits        one task, main thread
//!   facts.rs     INFO replication and ROLE
//! ```
//!
//! `Links` has one lock. It may be taken with shards held, and the journal's may be taken under it;
//! nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::BytesMut;

use crate::clock;
use crate::replication::ids::{History, ReplId, Window};
use crate::replication::psync::Peer;
use crate::replication::replicas::{Replicas, Sync};
use crate::replication::{Class, Reader};
use crate::resp::OwnedArgs;
use crate::server::config::Settings;
use crate::server::durability::load::Found;
use crate::server::links::failover::Failover;
use crate::server::session::{ClientShared, KILL, MAIL, Session};
use crate::server::signal::Signal;
use crate::server::stream::Stream;
use crate::server::sync::locked;
use crate::server::{Server, gate, random_bytes};

pub mod copy;
pub mod direct;
pub mod facts;
pub mod failover;
pub mod feed;
pub mod master;
pub mod replica;
pub mod role;
pub mod syncs;

/// What a PSYNC or SYNC asked for.
#[derive(Debug)]
pub struct ReplicaRequest {
    /// The request as it came.
    pub args: OwnedArgs,
    /// What the connection has said about itself before.
    pub peer: Peer,
}

/// Roles and links.
#[derive(Debug)]
pub struct Links {
    state: Mutex<State>,
    /// Counts changes of the master: whoever works for one compares before it acts.
    epoch: AtomicU64,
    /// Raised when there is something for `syncs` to do.
    pub work: Signal,
    /// Raised when the master to follow changes.
    pub role: Signal,
    /// Raised when a failover begins.
    pub failover_began: Signal,
    /// Raised when somebody asks this replica how far it is.
    pub ack_asked: Signal,
    /// When the master was last heard of, in monotonic ms.
    last_io_ms: AtomicU64,
    /// Journal position up to which the master's stream has been read, applied or not.
    read_position: AtomicU64,
}

/// Everything under the lock.
#[derive(Debug)]
pub struct State {
    /// Which history this server is in.
    pub history: History,
    /// Those who follow us.
    pub replicas: Replicas,
    /// Their connections.
    pub seats: BTreeMap<u64, Seat>,
    /// The copy that is being made for some of them.
    pub running: Option<Running>,
    /// Whom we follow.
    pub master: Option<Master>,
    /// FAILOVER on its way.
    pub failover: Option<Failover>,
    /// Since when nobody follows us, in monotonic ms.
    pub alone_since_ms: u64,
}

/// A replica's connection, as others reach it.
#[derive(Debug)]
pub struct Seat {
    /// The client.
    pub shared: Arc<ClientShared>,
    /// What its task shall go on with; taken when it is woken.
    pub handover: Option<Handover>,
}

/// The beginning of a full copy for one link.
#[derive(Debug)]
pub struct Handover {
    /// The stream from the copy's position on.
    pub reader: Reader,
    /// The answer to its PSYNC; none for SYNC.
    pub line: Option<String>,
    /// Where the copy comes from.
    pub source: copy::Source,
}

/// A copy that is being made.
#[derive(Debug)]
pub struct Running {
    /// For whom, and how.
    pub sync: Sync,
    /// Journal position it shows.
    pub position: u64,
    /// Its file, if it goes into one.
    pub file: Option<Arc<copy::CopyFile>>,
}

/// How far the link to our master has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waits before it connects (again).
    Connect,
    /// Is being connected.
    Connecting,
    /// Talks.
    Handshake,
    /// Receives or loads a full copy.
    Transfer {
        /// Size of the copy, when the master said it.
        total: Option<u64>,
        /// Bytes of it received.
        read: u64,
    },
    /// Follows the stream.
    Connected,
}

/// Whom we follow.
#[derive(Debug, Clone)]
pub struct Master {
    /// Host as it was given.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How far the link has come.
    pub phase: Phase,
    /// The database that the stream has selected where we stopped, if what we have can be continued
    /// from: we are at the journal's end of our history.
    pub resume_db: Option<usize>,
    /// When the link broke last, in monotonic ms; none for one that never was up.
    pub down_since_ms: Option<u64>,
}

impl Links {
    /// A master without replicas.
    pub fn new(_settings: &Settings) -> Links {
        Links {
            state: Mutex::new(State {
                history: History::new(random_bytes()),
                replicas: Replicas::new(),
                seats: BTreeMap::new(),
                running: None,
                master: None,
                failover: None,
                alone_since_ms: 0,
            }),
            epoch: AtomicU64::new(0),
            work: Signal::default(),
            role: Signal::default(),
            failover_began: Signal::default(),
            ack_asked: Signal::default(),
            last_io_ms: AtomicU64::new(0),
            read_position: AtomicU64::new(0),
        }
    }

    /// The state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// Which change of the master we are at.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Replicas that have acknowledged an offset.
    pub fn replicas_at(&self, offset: u64) -> usize {
        self.state().replicas.acked(offset)
    }

    /// Replicas that have an offset on disk.
    pub fn replicas_synced_to(&self, offset: u64) -> usize {
        self.state().replicas.facked(offset)
    }

    /// Number of links to replicas, whatever their state.
    pub fn replica_count(&self) -> usize {
        self.state().replicas.len()
    }

    /// Is this server a replica?
    pub fn is_replica(&self) -> bool {
        self.state().master.is_some()
    }

    /// The master was heard of.
    fn heard(&self, read_position: u64) {
        self.last_io_ms.store(clock::mono_ms(), Ordering::Relaxed);
        self.read_position.store(read_position, Ordering::Relaxed);
    }

    /// Ends every link to a replica; each will come back and learn what changed.
    pub fn drop_replicas(&self) {
        self.state().seats.values().for_each(|seat| seat.shared.raise(KILL));
    }
}

impl State {
    /// What a partial resync could be served from.
    pub fn window(server: &Server) -> Window {
        let usage = server.journal.usage();
        let first = usage.backlog_active.then_some(usage.first_offset);
        Window { first, end: usage.first_offset + usage.histlen }
    }

    /// Tells a link's task that something waits for it.
    pub fn hand_over(&mut self, link: u64, handover: Handover) -> Option<Handover> {
        match self.seats.get_mut(&link) {
            Some(seat) => {
                seat.handover = Some(handover);
                seat.shared.raise(MAIL);
                None
            }
            None => Some(handover),
        }
    }
}

/// Starts what the role asks for, once the data is loaded.
pub fn start(server: &'static Server) {
    server.links.state().alone_since_ms = clock::mono_ms();
    if let Some((host, port)) = server.config.snapshot().replicaof.clone() {
        let mut held = crate::server::held::Held::all(&server.keyspace);
        role::follow(server, &mut held, &host, port);
    }
    tokio::task::spawn_local(syncs::run(server));
    tokio::task::spawn_local(replica::run(server));
    tokio::task::spawn_local(failover::run(server));
}

/// Turns a client's connection into a replica's link, until that ends.
pub async fn serve_replica(
    server: &'static Server,
    stream: Stream,
    session: Session,
    request: ReplicaRequest,
    unsent: BytesMut,
) {
    master::serve(server, stream, session, request, unsent).await;
}

/// Sets the gate that keeps writes out while too few replicas are good.
pub fn judge_replicas(server: &Server, settings: &Settings) {
    let wanted = settings.min_replicas_to_write as usize;
    let few = wanted > 0 && settings.min_replicas_max_lag > 0 && {
        let good = server.links.state().replicas.good(settings.min_replicas_max_lag, clock::mono_ms());
        good < wanted
    };
    server.gates.set(gate::FEW_REPLICAS, few);
}

/// Sets the gates that follow from the role, the link and the replicas.
pub fn refresh_gates(server: &'static Server) {
    judge_replicas(server, &server.config.snapshot());
}

/// Puts the role now in force into settings that are about to be written (CONFIG REWRITE).
pub fn describe(server: &'static Server, settings: &mut Settings) {
    settings.replicaof = server.links.state().master.as_ref().map(|m| (m.host.clone(), m.port));
}

/// The place in the replication stream, for an RDB file's auxiliary fields; every shard is held.
pub fn origin_aux(server: &'static Server) -> Vec<(&'static str, String)> {
    let Some(origin) = server.links.origin(server) else { return Vec::new() };
    vec![
        ("repl-stream-db", origin.db.to_string()),
        ("repl-id", String::from_utf8_lossy(origin.id.as_bytes()).into_owned()),
        ("repl-offset", origin.position.to_string()),
    ]
}

/// Asks every replica how far it is, by a message of the stream: it answers when it has applied what is before it.
pub fn ask_for_acks(server: &Server) {
    server.journal.append_raw(b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", Class::ReplicaOnly);
}

/// Takes up the replication history that a loaded RDB file holds.
pub fn restored(server: &'static Server, found: &Found) {
    let id = found.repl_id.as_deref().and_then(ReplId::parse);
    if let (Some(id), Some(position)) = (id, found.repl_offset) {
        let origin = role::Origin { id, position, db: found.stream_db.unwrap_or(0) };
        server.links.restore(server, origin, server.config.snapshot().replicaof.is_some());
    }
}
