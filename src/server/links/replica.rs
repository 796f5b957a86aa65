//! The link to our master: one task on the main thread that lives as long as the process. While there is
//! a master it tries, follows, and tries again.
//!
//! ```text
//!   connect -> handshake -> +CONTINUE ------------------------------> follow
//!      ^                 `-> +FULLRESYNC -> receive into a file         |
//!      |                      |  -> check the whole file                |
//!      |                      |  -> drop the old data, load it -------> follow
//!      |                      `-> read into a spare keyspace, swap ---> follow
//!      +--- 1 s after a failure, at once after a link that worked ------+
//! ```
//!
//! The old data goes only once the new has arrived and has been read to its end without a fault.
//! Dropping the task's future at any await is safe: the guards in it remove the temporary file and the
//! entry in CLIENT LIST.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Write};
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use crate::clock;
use crate::limits::{READ_AHEAD_BYTES_MAX, READ_CHUNK_BYTES, SHARDS};
use crate::replication::handshake::{Action, Handshake, Params, Resume};
use crate::replication::ids::ReplId;
use crate::replication::transfer::{Progress, Transfer};
use crate::resp::request::encode_command;
use crate::server::commands::flush;
use crate::server::config::{ReplDisklessLoad, Settings};
use crate::server::held::Held;
use crate::server::links::direct::Direct;
use crate::server::links::failover::{self, Failover};
use crate::server::links::feed::{self, Feed, Stop};
use crate::server::links::{Phase, copy};
use crate::server::session::{ClientShared, KILL};
use crate::server::{Server, gate, log, random_bytes};

/// The pause after a link that did not come about.
const RETRY: Duration = Duration::from_secs(1);

/// How often a quiet link is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How often an ACK is sent unasked, in milliseconds.
const ACK_EVERY_MS: u64 = 1000;

/// How a link ended.
enum Ended {
    /// It never worked: wait before the next.
    Failed,
    /// It worked: try again at once, the backlog may be short.
    Lost,
}

/// Runs until the process ends.
pub async fn run(server: &'static Server) {
    loop {
        let changed = server.links.role.changed();
        let target = {
            let state = server.links.state();
            state.master.as_ref().map(|master| (master.host.clone(), master.port))
        };
        let Some((host, port)) = target else {
            changed.await;
            continue;
        };
        let attempt = async {
            match (Attempt { server, epoch: server.links.epoch() }).run(&host, port).await {
                Ended::Failed => tokio::time::sleep(RETRY).await,
                Ended::Lost => {}
            }
        };
        tokio::select! {
            biased;
            () = changed => {}
            () = attempt => {}
        }
        down(server);
    }
}

/// The link is down: says so, and since when.
fn down(server: &Server) {
    let mut state = server.links.state();
    let Some(master) = state.master.as_mut() else { return };
    if master.phase == Phase::Connected {
        master.down_since_ms = Some(clock::mono_ms());
    }
    master.phase = Phase::Connect;
    server.gates.set(gate::LINK_DOWN, true);
}

/// One try to follow the master.
struct Attempt {
    server: &'static Server,
    /// The change of role it belongs to.
    epoch: u64,
}

/// What a connected link brings.
enum Event {
    Bytes,
    Tick,
    Closed(String),
}

/// A connection to the master, registered as a client.
struct Wire {
    server: &'static Server,
    socket: TcpStream,
    shared: Arc<ClientShared>,
    unsent: Vec<u8>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.server.clients.remove(self.shared.id);
    }
}

impl Wire {
    fn new(server: &'static Server, socket: TcpStream) -> Wire {
        let _ = socket.set_nodelay(true);
        let text =
            |addr: std::io::Result<std::net::SocketAddr>| addr.map(|a| a.to_string()).unwrap_or_default();
        let (peer, own, fd) = (text(socket.peer_addr()), text(socket.local_addr()), socket.as_raw_fd());
        Wire { server, shared: feed::client(server, peer, own, fd), socket, unsent: Vec::new() }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        self.flush();
    }

    /// Writes what the socket takes; an error shows when reading.
    fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.socket.try_write(&self.unsent) {
                Ok(n) => drop(self.unsent.drain(..n)),
                Err(_) => break,
            }
        }
    }

    /// Waits for bytes, at most a tick, and reads them to the end of `buf`.
    async fn read(&mut self, buf: &mut Vec<u8>) -> Event {
        self.flush();
        let ready = poll_fn(|cx| {
            self.shared.set_waker(cx.waker());
            if self.shared.flags() & KILL != 0 {
                return Poll::Ready(false);
            }
            self.socket.poll_read_ready(cx).map(|_| true)
        });
        match tokio::time::timeout(TICK, ready).await {
            Err(_) => return Event::Tick,
            Ok(false) => return Event::Closed("the link was killed".to_owned()),
            Ok(true) => {}
        }
        buf.reserve(READ_CHUNK_BYTES.max(buf.len().min(READ_AHEAD_BYTES_MAX)));
        match self.socket.try_read_buf(buf) {
            Ok(0) => Event::Closed("Connection closed by the master".to_owned()),
            Ok(n) => {
                self.server.stats.repl_in.add_shared(n as u64);
                self.shared.net_in.fetch_add(n as u64, Ordering::Relaxed);
                self.shared.active_ms.store(clock::mono_ms(), Ordering::Relaxed);
                Event::Bytes
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Event::Tick,
            Err(e) => Event::Closed(e.to_string()),
        }
    }
}

/// The file a copy is received into; removed unless it was kept.
struct Received {
    path: PathBuf,
    file: File,
    error: Option<std::io::Error>,
}

impl Received {
    fn create(settings: &Settings) -> std::io::Result<Received> {
        let name = format!("temp-{}.{}.rdb", clock::wall_ms() / 1000, std::process::id());
        let path = settings.dir.join(name);
        let file = File::create(&path)?;
        Ok(Received { path, file, error: None })
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.error = self.file.write_all(bytes).err();
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // Kept files have been renamed; a temporary one that cannot be removed does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Where the bytes of a copy go.
enum Sink {
    File(Received),
    Direct(Direct),
}

impl Sink {
    /// The header is there.
    fn begin(&mut self, transfer: &Transfer) {
        match self {
            Sink::File(_) => announce(transfer, "disk"),
            Sink::Direct(direct) => {
                announce(transfer, "parser");
                direct.begin(transfer.size());
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        match self {
            Sink::File(file) => file.append(bytes),
            Sink::Direct(direct) => direct.take(bytes),
        }
    }

    /// Ready for more? False when it cannot take any.
    async fn pass_on(&mut self) -> bool {
        match self {
            Sink::File(file) => {
                if let Some(e) = &file.error {
                    log::warning(format_args!(
                        "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: {e}"
                    ));
                }
                file.error.is_none()
            }
            Sink::Direct(direct) => direct.pass_on().await,
        }
    }
}

/// Connects to the first address of a host that answers, from a given address of ours when there is one.
async fn connect(host: &str, port: u16, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let Some(source) = source else { return TcpStream::connect((host, port)).await };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for addr in tokio::net::lookup_host((host, port)).await? {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        let attempt = async {
            socket.bind((source, 0).into())?;
            socket.connect(addr).await
        };
        match attempt.await {
            Ok(stream) => return Ok(stream),
            Err(e) => last = e,
        }
    }
    Err(last)
}

impl Attempt {
    async fn run(&self, host: &str, port: u16) -> Ended {
        let settings = self.server.config.snapshot();
        self.phase(Phase::Connecting);
        log::notice(format_args!("Connecting to MASTER {host}:{port}"));
        log::notice(format_args!("MASTER <-> REPLICA sync started"));
        let mut shake = Handshake::new(self.params(&settings), clock::mono_ms());
        let source = settings.bind_source_addr.as_deref().and_then(|addr| addr.parse().ok());
        let connecting = connect(host.trim_matches(['[', ']']), port, source);
        let limit = Duration::from_millis(settings.repl_timeout * 1000);
        let socket = match tokio::time::timeout(limit, connecting).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(e)) => {
                self.act(shake.lost(&e.to_string()), None);
                return Ended::Failed;
            }
            Err(_) => {
                log::warning(format_args!("Timeout connecting to the MASTER..."));
                return Ended::Failed;
            }
        };
        let mut wire = Wire::new(self.server, socket);
        self.phase(Phase::Handshake);
        let hello = shake.connected(clock::mono_ms());
        self.act(hello, Some(&mut wire));
        let decision = self.shake(&mut shake, &mut wire).await;
        if let Some(answer) = shake.psync_answer() {
            failover::answered(self.server, answer);
        }
        match decision {
            Some((Action::Full { id, position }, rest)) => {
                self.copy_and_follow(wire, &settings, id, position, rest).await
            }
            Some((Action::Continue { id }, rest)) => self.resume(wire, id, &rest).await,
            _ => Ended::Failed,
        }
    }

    fn params(&self, settings: &Settings) -> Params {
        let state = self.server.links.state();
        let resumable = state.master.as_ref().is_some_and(|master| master.resume_db.is_some());
        let position = self.server.journal.end();
        Params {
            user: settings.masteruser.get().map(<[u8]>::to_vec),
            password: settings.masterauth.get().map(<[u8]>::to_vec),
            port: if settings.replica_announce_port > 0 {
                settings.replica_announce_port
            } else {
                settings.port
            },
            ip: settings.replica_announce_ip.clone(),
            version: None,
            resume: resumable.then(|| Resume { id: state.history.id(), position }),
            failover: state.failover.as_ref().is_some_and(Failover::is_in_progress),
            timeout_ms: settings.repl_timeout * 1000,
        }
    }

    fn phase(&self, phase: Phase) {
        let links = &self.server.links;
        let mut state = links.state();
        if links.epoch() == self.epoch
            && let Some(master) = state.master.as_mut()
        {
            master.phase = phase;
        }
    }

    /// Does what the handshake asks for; a final action is returned.
    fn act(&self, actions: Vec<Action>, mut wire: Option<&mut Wire>) -> Option<Action> {
        let mut last = None;
        for action in actions {
            match action {
                Action::Send(bytes) => {
                    if let Some(wire) = wire.as_mut() {
                        wire.send(&bytes);
                    }
                }
                Action::Notice(text) => log::notice(format_args!("{text}")),
                Action::Warning(text) => log::warning(format_args!("{text}")),
                action => last = Some(action),
            }
        }
        last
    }

    /// Talks until the answer to PSYNC; the bytes behind it come along.
    async fn shake(&self, shake: &mut Handshake, wire: &mut Wire) -> Option<(Action, Vec<u8>)> {
        let mut buf = Vec::new();
        loop {
            let actions = match wire.read(&mut buf).await {
                Event::Bytes => {
                    let (taken, actions) = shake.input(&buf, clock::mono_ms());
                    buf.drain(..taken);
                    actions
                }
                Event::Tick => shake.tick(clock::mono_ms()),
                Event::Closed(why) => shake.lost(&why),
            };
            if let Some(action) = self.act(actions, Some(wire)) {
                return Some((action, buf));
            }
        }
    }

    /// Receives the copy, loads it, and follows from there.
    async fn copy_and_follow(
        &self,
        mut wire: Wire,
        settings: &Settings,
        id: Option<ReplId>,
        position: u64,
        rest: Vec<u8>,
    ) -> Ended {
        let from = (id, position);
        let loaded = match self.direct(settings, id) {
            Some(direct) => self.copy_directly(&mut wire, settings, direct, from, rest).await,
            None => self.copy_by_file(&mut wire, settings, from, rest).await,
        };
        let Some((db, rest)) = loaded else { return Ended::Failed };
        log::notice(format_args!("MASTER <-> REPLICA sync: Finished with success"));
        let feed = Feed::new(self.server, Arc::clone(&wire.shared), position, db, self.epoch);
        self.follow(wire, feed, &rest, id.is_none()).await
    }

    /// Whether the copy is read from the socket, and how.
    fn direct(&self, settings: &Settings, id: Option<ReplId>) -> Option<Direct> {
        let server = self.server;
        let is_empty = || (0..SHARDS).all(|index| server.keyspace.lock(index).is_empty());
        match settings.repl_diskless_load {
            ReplDisklessLoad::Disabled => None,
            ReplDisklessLoad::OnEmptyDb => is_empty().then(|| Direct::new(server, false)),
            ReplDisklessLoad::Swapdb => {
                let state = server.links.state();
                let synced = state.master.as_ref().is_some_and(|master| master.resume_db.is_some());
                Some(Direct::new(server, synced && id == Some(state.history.id())))
            }
        }
    }

    /// Receives and reads the copy at once, and puts it in the place of the data. The database that the stream
    /// has selected is returned, and the bytes behind the copy.
    async fn copy_directly(
        &self,
        wire: &mut Wire,
        settings: &Settings,
        direct: Direct,
        (id, position): (Option<ReplId>, u64),
        rest: Vec<u8>,
    ) -> Option<(usize, Vec<u8>)> {
        let mut sink = Sink::Direct(direct);
        let rest = self.receive(wire, settings, &mut sink, rest).await;
        let Sink::Direct(direct) = sink else { return None };
        let loaded = keep_alive(wire, direct.end()).await;
        let (rest, loaded) = (rest?, loaded?);
        let db =
            loaded.swap(self.epoch, |held, found| self.adopt(held, id, position, found.stream_db)).await?;
        Some((db, rest))
    }

    /// The same by way of a file.
    async fn copy_by_file(
        &self,
        wire: &mut Wire,
        settings: &Settings,
        from: (Option<ReplId>, u64),
        rest: Vec<u8>,
    ) -> Option<(usize, Vec<u8>)> {
        let file = Received::create(settings).map_err(|e| {
            log::warning(format_args!(
                "Opening the temp file needed for MASTER <-> REPLICA synchronization: {e}"
            ));
        });
        let mut sink = Sink::File(file.ok()?);
        let rest = self.receive(wire, settings, &mut sink, rest).await?;
        let Sink::File(file) = sink else { return None };
        let db = keep_alive(wire, self.load(settings, &file, from)).await?;
        Some((db, rest))
    }

    /// The copy, to where it goes; the bytes behind it are returned.
    async fn receive(
        &self,
        wire: &mut Wire,
        settings: &Settings,
        sink: &mut Sink,
        mut buf: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let mut transfer = Transfer::new(settings.repl_timeout * 1000, clock::mono_ms());
        self.phase(Phase::Transfer { total: None, read: 0 });
        loop {
            let begun = transfer.begun();
            let outcome = transfer.input(&buf, clock::mono_ms(), |part| sink.append(part));
            if !begun && transfer.begun() {
                sink.begin(&transfer);
            }
            if !sink.pass_on().await {
                return None;
            }
            match outcome {
                Ok(Progress::Done { taken }) => return Some(buf.split_off(taken)),
                Ok(Progress::More) => buf.clear(),
                Err(broken) => {
                    log::warning(format_args!("{}", broken.0));
                    return None;
                }
            }
            self.phase(Phase::Transfer { total: transfer.size(), read: transfer.received() });
            match wire.read(&mut buf).await {
                Event::Bytes => self.server.links.heard(0),
                Event::Tick => {
                    if let Err(broken) = transfer.tick(clock::mono_ms()) {
                        log::warning(format_args!("{}", broken.0));
                        return None;
                    }
                }
                Event::Closed(why) => {
                    log::warning(format_args!("I/O error trying to sync with MASTER: {why}"));
                    return None;
                }
            }
        }
    }

    /// Checks the file, then makes it the data. The database that the stream has selected is returned.
    async fn load(
        &self,
        settings: &Settings,
        file: &Received,
        (id, position): (Option<ReplId>, u64),
    ) -> Option<usize> {
        let (server, path) = (self.server, file.path.clone());
        let checked = blocking(move || copy::check(server, &path)).await;
        if let Err(why) = checked {
            log::warning(format_args!(
                "The copy received from the master cannot be loaded, the old data stays: {why}"
            ));
            return None;
        }
        let _loading = server.gates.raise(gate::LOADING);
        server.links.drop_replicas();
        log::notice(format_args!("MASTER <-> REPLICA sync: Flushing old data"));
        let path = file.path.clone();
        log::notice(format_args!("MASTER <-> REPLICA sync: Loading DB in memory"));
        let loaded = blocking(move || {
            flush::empty_all(server, &mut Held::all(&server.keyspace));
            copy::load(server, &path)
        })
        .await;
        match loaded {
            Ok(loaded) => {
                let db = self.adopt(&mut Held::all(&server.keyspace), id, position, loaded.stream_db);
                // What the master sent is as good as a save of our own.
                let kept = std::fs::rename(&file.path, settings.dir.join(&settings.dbfilename));
                if let Err(e) = kept {
                    log::warning(format_args!(
                        "Failed trying to rename the temp DB into {}: {e}",
                        settings.dbfilename
                    ));
                }
                Some(db)
            }
            Err(why) => {
                log::warning(format_args!(
                    "Failed trying to load the MASTER synchronization DB from disk: {why}"
                ));
                None
            }
        }
    }

    /// The loaded data is the master's at this position: so is our history. The database that the stream has
    /// selected is returned.
    fn adopt(&self, held: &mut Held, id: Option<ReplId>, position: u64, stream_db: Option<usize>) -> usize {
        assert!(held.is_all(), "a history is of the whole data");
        let server = self.server;
        let db = stream_db.filter(|db| *db < server.keyspace.dbs()).unwrap_or(0);
        let mut state = server.links.state();
        state.history.adopt(id.unwrap_or_else(|| ReplId::from_random(random_bytes())));
        server.durability.forget_synced();
        server.journal.reset(position);
        server.journal.create_backlog();
        server.journal.set_db(db as u32);
        if let Some(master) = state.master.as_mut() {
            master.resume_db = id.map(|_| db);
        }
        db
    }

    /// The master continues where we stopped.
    async fn resume(&self, wire: Wire, id: Option<ReplId>, rest: &[u8]) -> Ended {
        let server = self.server;
        server.journal.create_backlog();
        let (position, db, renamed) = {
            let mut state = server.links.state();
            let position = server.journal.end();
            let renamed = id.filter(|id| state.history.continue_as(*id, position));
            let db = state.master.as_ref().and_then(|master| master.resume_db).unwrap_or(0);
            (position, db, renamed)
        };
        if let Some(id) = renamed {
            log::warning(format_args!("Master replication ID changed to {id}"));
            server.links.drop_replicas();
        }
        log::notice(format_args!("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."));
        let feed = Feed::new(server, Arc::clone(&wire.shared), position, db, self.epoch);
        self.follow(wire, feed, rest, false).await
    }

    /// Applies the stream until the link ends.
    async fn follow(&self, mut wire: Wire, mut feed: Feed, rest: &[u8], legacy: bool) -> Ended {
        let server = self.server;
        feed.units.feed(rest);
        self.phase(Phase::Connected);
        server.gates.set(gate::LINK_DOWN, false);
        server.links.heard(feed.units.position() + rest.len() as u64);
        // At once: the master sends nothing of its stream before it hears that the snapshot is loaded.
        feed.ack_wanted = true;
        let mut acked_ms = 0;
        loop {
            if let Err(stop) = self.apply(&mut feed) {
                return stop;
            }
            let now_ms = clock::mono_ms();
            if !legacy && (feed.ack_wanted || now_ms - acked_ms >= ACK_EVERY_MS) {
                feed.ack_wanted = false;
                acked_ms = now_ms;
                wire.send(&ack(feed.units.position(), self.server.durability.synced()));
            }
            let event = tokio::select! {
                biased;
                event = wire.read(feed.units.buffer()) => event,
                () = server.pause.over(), if feed.paused => continue,
                () = server.links.ack_asked.changed() => {
                    feed.ack_wanted = true;
                    continue;
                }
            };
            match event {
                Event::Bytes => server.links.heard(feed.units.position() + feed.units.pending() as u64),
                Event::Tick => {
                    let limit_ms = server.config.snapshot().repl_timeout * 1000;
                    if clock::mono_ms() - server.links.last_io_ms.load(Ordering::Relaxed) > limit_ms {
                        log::warning(format_args!("MASTER timeout: no data nor PING received..."));
                        return self.lost();
                    }
                }
                Event::Closed(_) => return self.lost(),
            }
        }
    }

    fn apply(&self, feed: &mut Feed) -> Result<(), Ended> {
        let outcome = feed.apply_all();
        let mut state = self.server.links.state();
        let master = state.master.as_mut().filter(|_| self.server.links.epoch() == self.epoch);
        if let Some(master) = master.filter(|master| master.resume_db.is_some()) {
            master.resume_db = Some(feed.db());
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(Stop::Superseded) => Err(Ended::Lost),
            Err(Stop::Corrupt(corrupt)) => {
                log::warning(format_args!("{}", corrupt.0));
                if let Some(master) = state.master.as_mut() {
                    master.resume_db = None;
                }
                Err(Ended::Failed)
            }
        }
    }

    fn lost(&self) -> Ended {
        log::notice(format_args!("Connection with master lost."));
        log::notice(format_args!("Caching the disconnected master state."));
        Ended::Lost
    }
}

/// How far we are, and how much of it would survive a power cut.
fn ack(position: u64, synced: Option<u64>) -> Vec<u8> {
    let (mut bytes, position) = (Vec::new(), position.to_string());
    match synced {
        Some(synced) => {
            encode_command(&mut bytes, ["REPLCONF", "ACK", &position, "FACK", &synced.to_string()])
        }
        None => encode_command(&mut bytes, ["REPLCONF", "ACK", &position]),
    }
    bytes
}

fn announce(transfer: &Transfer, to: &str) {
    match transfer.size() {
        Some(size) => {
            log::notice(format_args!("MASTER <-> REPLICA sync: receiving {size} bytes from master to {to}"))
        }
        None => log::notice(format_args!(
            "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to {to}"
        )),
    }
}

/// Does something slow while the master hears now and then that we are still there.
async fn keep_alive<T>(wire: &mut Wire, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(Duration::from_millis(ACK_EVERY_MS)) => wire.send(b"\n"),
        }
    }
}

/// Runs something slow on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(e) => Err(e.to_string()),
    }
}
