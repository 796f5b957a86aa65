//! The link to one of our replicas: what a client's connection becomes when it says PSYNC. Its task
//! stays on its worker and writes three things in turn: lines, the copy, and the stream.
//!
//! ```text
//!   PSYNC --can continue--> +CONTINUE, stream from there
//!         `-needs a copy--> newline each second --handover from syncs--> +FULLRESYNC, copy, stream
//! ```
//!
//! Everything to be sent stands in `out` or is fetched into it when the socket has room, so a slow
//! replica costs the journal's memory and nothing here.

use std::collections::VecDeque;
use std::fs::File;
use std::future::poll_fn;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::time::{Interval, MissedTickBehavior};

use crate::catalog::{self, flags};
use crate::clock;
use crate::limits::{COPY_CHUNK_BYTES, LINK_TURN_BYTES_MAX, READ_CHUNK_BYTES};
use crate::replication::psync::{self, Peer, Phase, Replconf, Replica, Request, Target};
use crate::replication::{Reader, Wants, transfer};
use crate::resp::{Args, Parsed, Parser, RequestLimits};
use crate::server::config::Settings;
use crate::server::links::copy::{CopyFile, Source};
use crate::server::links::{Handover, ReplicaRequest, Seat, State, judge_replicas};
use crate::server::output::SoftLimit;
use crate::server::session::{Class, ClientShared, KILL, MAIL, OVERFLOW, Session};
use crate::server::stream::Stream;
use crate::server::{Server, log, random_bytes};

/// How often a link looks after itself: lag, keep-alive, time limit.
const TICK: Duration = Duration::from_millis(250);

/// The link is over; the reason has been logged.
struct Over;

/// A copy being sent.
enum Sending {
    File { file: File, left: u64 },
    Spool { spool: Arc<super::copy::Spool>, reader: Reader },
}

struct Link {
    server: &'static Server,
    stream: Stream,
    shared: Arc<ClientShared>,
    name: String,
    peer: Peer,
    input: BytesMut,
    parser: Parser,
    /// Bytes to be written, in order.
    out: VecDeque<Bytes>,
    /// The stream from where this replica will go on; not read before it is online.
    reader: Option<Reader>,
    /// The copy, once it can be sent.
    sending: Option<Sending>,
    /// The copy's file, which is not complete yet.
    awaited: Option<Arc<CopyFile>>,
    online: bool,
    limit: SoftLimit,
    ticks: Interval,
    newline_ms: u64,
    /// Since when the socket has taken nothing, in monotonic ms.
    stuck_since_ms: Option<u64>,
}

/// Serves a replica until its link ends.
pub async fn serve(
    server: &'static Server,
    stream: Stream,
    session: Session,
    request: ReplicaRequest,
    unsent: BytesMut,
) {
    let shared = Arc::clone(&session.shared);
    shared.class.store(Class::Replica as u32, Ordering::Relaxed);
    shared.closing.store(false, Ordering::Relaxed);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ip = ip_of(&shared.addr);
    let mut link = Link {
        server,
        stream,
        name: Replica::waiting(request.peer.clone(), ip.clone(), false, 0).name(),
        shared: Arc::clone(&shared),
        peer: request.peer.clone(),
        input: BytesMut::new(),
        parser: Parser::new(),
        out: VecDeque::new(),
        reader: None,
        sending: None,
        awaited: None,
        online: false,
        limit: SoftLimit::default(),
        ticks,
        newline_ms: clock::mono_ms(),
        stuck_since_ms: None,
    };
    link.push(unsent.freeze());
    let seat = Seat { shared: Arc::clone(&shared), handover: None };
    server.links.state().seats.insert(shared.id, seat);
    if link.begin(&request, ip).is_ok() {
        link.run().await;
    }
    leave(server, &shared, &link.name);
}

fn leave(server: &'static Server, shared: &ClientShared, name: &str) {
    let (seat, known) = {
        let mut state = server.links.state();
        let known = state.replicas.remove(shared.id).is_some();
        if state.replicas.is_empty() {
            state.alone_since_ms = clock::mono_ms();
        }
        (state.seats.remove(&shared.id), known)
    };
    drop(seat);
    if known {
        log::notice(format_args!("Connection with replica {name} lost."));
    }
    server.clients.remove(shared.id);
    judge_replicas(server, &server.config.snapshot());
    server.acks.raise();
    server.links.work.raise();
}

/// The host of a client's address.
fn ip_of(addr: &str) -> String {
    let host = addr.rsplit_once(':').map_or(addr, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

impl Link {
    fn id(&self) -> u64 {
        self.shared.id
    }

    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.out.push_back(bytes);
        }
    }

    fn push_line(&mut self, line: String) {
        self.push(Bytes::from(line));
    }

    /// Decides between continuing and copying.
    fn begin(&mut self, request: &ReplicaRequest, ip: String) -> Result<(), Over> {
        log::notice(format_args!("Replica {} asks for synchronization", self.name));
        let args = request.args.as_args();
        let legacy = match Request::parse(args) {
            Ok(Request::Psync { id, offset, .. }) => {
                if self.continues(id, offset, &ip) {
                    return Ok(());
                }
                false
            }
            Ok(Request::Sync) => true,
            Err(_) => {
                log::warning(format_args!(
                    "Replica {} asks for synchronization but with a wrong offset",
                    self.name
                ));
                return Err(Over);
            }
        };
        self.wait_for_copy(ip, legacy);
        Ok(())
    }

    /// Continues where the replica stopped, if that is possible.
    fn continues(&mut self, id: &[u8], offset: i64, ip: &str) -> bool {
        let server = self.server;
        let window = State::window(server);
        let mut state = server.links.state();
        let decision = state.history.can_continue(id, offset, window);
        let position = match decision {
            Ok(position) => position,
            Err(refusal) => {
                state
                    .history
                    .explain(refusal, &self.name, id)
                    .iter()
                    .for_each(|line| log::notice(format_args!("{line}")));
                if id.first() != Some(&b'?') {
                    server.stats.sync_partial_err.add_shared(1);
                }
                return false;
            }
        };
        // Between the decision and here a writer may have trimmed the backlog.
        let Some(reader) = server.journal.subscribe_at(position, Wants::All) else { return false };
        let replica = Replica::continuing(self.peer.clone(), ip.to_owned(), clock::mono_ms());
        state.replicas.add(self.shared.id, replica);
        let line = psync::continue_line(self.peer.capa, state.history.id());
        drop(state);
        log::notice(format_args!(
            "Partial resynchronization request from {} accepted. Sending {} bytes of backlog starting from offset {offset}.",
            self.name,
            reader.lag()
        ));
        server.stats.sync_partial_ok.add_shared(1);
        self.push_line(line);
        self.reader = Some(reader);
        self.online = true;
        judge_replicas(server, &server.config.snapshot());
        true
    }

    /// Joins a copy that is being made into a file, or waits for the next one.
    fn wait_for_copy(&mut self, ip: String, legacy: bool) {
        let server = self.server;
        server.stats.sync_full.add_shared(1);
        let mut state = server.links.state();
        if !server.journal.has_backlog() && state.master.is_none() {
            state.history.renew(random_bytes());
            server.journal.create_backlog();
            log::notice(format_args!(
                "Replication backlog created, my new replication IDs are '{}' and '{}'",
                state.history.id(),
                state.history.id2()
            ));
        }
        let mut replica = Replica::waiting(self.peer.clone(), ip, legacy, clock::mono_ms());
        let line = (!legacy).then_some(state.history.id());
        let joined =
            state.running.as_mut().and_then(|running| running.join(server, self.shared.id, &self.peer));
        let position = match joined {
            Some((position, reader, file)) => {
                replica.snapshot_begun(Target::File);
                self.reader = Some(reader);
                self.awaited = Some(file);
                Some(position)
            }
            None => None,
        };
        state.replicas.add(self.shared.id, replica);
        drop(state);
        match (position, line) {
            (Some(position), Some(id)) => {
                log::notice(format_args!("Waiting for end of BGSAVE for SYNC"));
                self.push_line(psync::full_line(id, position));
            }
            (Some(_), None) => {}
            (None, _) => server.links.work.raise(),
        }
    }

    async fn run(&mut self) {
        while self.turn().await.is_ok() {}
    }

    async fn turn(&mut self) -> Result<(), Over> {
        let more = self.pump()?;
        if more {
            // Others of this worker have their turn.
            tokio::task::yield_now().await;
        }
        match self.event(more).await {
            Event::Flags => self.flags_raised(),
            Event::Readable => self.read(),
            Event::Tick => self.tick(),
            Event::Writable | Event::Ready => Ok(()),
        }
    }

    /// Waits for whatever lets the link go on.
    async fn event(&mut self, more: bool) -> Event {
        let Link { stream, shared, out, reader, sending, online, ticks, .. } = self;
        poll_fn(|cx| {
            shared.set_waker(cx.waker());
            if shared.flags() & (MAIL | KILL | OVERFLOW) != 0 {
                return Poll::Ready(Event::Flags);
            }
            if stream.poll_read_ready(cx).is_ready() {
                return Poll::Ready(Event::Readable);
            }
            if ticks.poll_tick(cx).is_ready() {
                return Poll::Ready(Event::Tick);
            }
            if more {
                return Poll::Ready(Event::Ready);
            }
            if !out.is_empty() {
                return stream.poll_write_ready(cx).map(|_| Event::Writable);
            }
            let ready = match (&mut *sending, &mut *reader) {
                (Some(Sending::Spool { spool, reader }), _) => {
                    reader.poll_ready(cx.waker()) || spool.is_complete() || spool.is_broken()
                }
                (None, Some(reader)) if *online => reader.poll_ready(cx.waker()),
                _ => false,
            };
            if ready { Poll::Ready(Event::Ready) } else { Poll::Pending }
        })
        .await
    }

    /// Writes as much as the socket takes and a turn allows; true when there is more to do at once.
    fn pump(&mut self) -> Result<bool, Over> {
        let mut written = 0;
        loop {
            if self.out.is_empty() && !self.fetch()? {
                return Ok(false);
            }
            let Some(bytes) = self.out.front_mut() else { return Ok(false) };
            match self.stream.try_write(bytes) {
                Ok(n) => {
                    written += n;
                    bytes.advance(n);
                    if bytes.is_empty() {
                        self.out.pop_front();
                    }
                    self.sent(n);
                    if written > LINK_TURN_BYTES_MAX {
                        return Ok(true);
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.stuck_since_ms.get_or_insert_with(clock::mono_ms);
                    return Ok(false);
                }
                Err(e) => {
                    log::warning(format_args!("Write error sending to replica {}: {e}", self.name));
                    return Err(Over);
                }
            }
        }
    }

    fn sent(&mut self, n: usize) {
        self.stuck_since_ms = None;
        self.shared.net_out.fetch_add(n as u64, Ordering::Relaxed);
        self.server.stats.repl_out.add_shared(n as u64);
    }

    /// Fetches the next bytes to write; false when there are none now.
    fn fetch(&mut self) -> Result<bool, Over> {
        if self.sending.is_some() {
            return self.fetch_copy();
        }
        let Some(reader) = self.reader.as_mut().filter(|_| self.online) else { return Ok(false) };
        match reader.next(COPY_CHUNK_BYTES) {
            Ok(Some(piece)) => {
                self.push(piece.bytes);
                Ok(true)
            }
            Ok(None) => Ok(false),
            // The history was replaced; the replica has to ask anew.
            Err(_) => Err(Over),
        }
    }

    fn fetch_copy(&mut self) -> Result<bool, Over> {
        let (bytes, ended) = match self.sending.as_mut() {
            Some(Sending::File { file, left }) => read_file(file, left).map_err(|e| {
                log::warning(format_args!("Read error sending DB to replica: {e}"));
                Over
            })?,
            Some(Sending::Spool { spool, reader }) => {
                if spool.is_broken() {
                    return Err(Over);
                }
                let complete = spool.is_complete();
                let piece = reader.next(COPY_CHUNK_BYTES).map_err(|_| Over)?;
                let ended = complete && piece.is_none();
                (piece.map_or_else(Bytes::new, |piece| piece.bytes), ended)
            }
            None => return Ok(false),
        };
        if ended {
            self.sending = None;
            return self.copy_sent();
        }
        let any = !bytes.is_empty();
        self.push(bytes);
        Ok(any)
    }

    /// The whole copy is out: the stream follows, at once or after an ACK. True when at once.
    fn copy_sent(&mut self) -> Result<bool, Over> {
        let phase = {
            let mut state = self.server.links.state();
            let Some(replica) = state.replicas.get_mut(self.shared.id) else { return Err(Over) };
            replica.copy_sent(clock::mono_ms())
        };
        match phase {
            Phase::Sent => {
                log::notice(format_args!(
                    "RDB transfer completed, rdb only replica ({}) should be disconnected asap",
                    self.name
                ));
                return Err(Over);
            }
            Phase::Online => self.online = true,
            _ => {}
        }
        log::notice(format_args!("Synchronization with replica {} succeeded", self.name));
        judge_replicas(self.server, &self.server.config.snapshot());
        Ok(self.online)
    }

    fn flags_raised(&mut self) -> Result<(), Over> {
        if self.shared.take_flags(KILL | OVERFLOW) != 0 {
            return Err(Over);
        }
        self.shared.take_flags(MAIL);
        let (handover, phase) = {
            let mut state = self.server.links.state();
            let phase = state.replicas.get(self.id()).map(Replica::phase);
            (state.seats.get_mut(&self.shared.id).and_then(|seat| seat.handover.take()), phase)
        };
        if let Some(handover) = handover {
            self.take(handover);
        }
        if phase == Some(Phase::SendFile)
            && let Some(file) = self.awaited.take()
        {
            self.send_file(&file)?;
        }
        Ok(())
    }

    /// The copy for this link has begun.
    fn take(&mut self, handover: Handover) {
        let Handover { reader, line, source } = handover;
        self.reader = Some(reader);
        if let Some(line) = line {
            self.push_line(line);
        }
        match source {
            Source::File(file) => self.awaited = Some(file),
            Source::Spool(spool, reader) => self.sending = Some(Sending::Spool { spool, reader }),
        }
    }

    /// The copy's file is complete.
    fn send_file(&mut self, file: &CopyFile) -> Result<(), Over> {
        let (file, left) = file.open().map_err(|e| {
            log::warning(format_args!("Can't open the RDB for replica {}: {e}", self.name));
            Over
        })?;
        self.push(Bytes::from(transfer::sized_header(left)));
        self.sending = Some(Sending::File { file, left });
        Ok(())
    }

    fn read(&mut self) -> Result<(), Over> {
        self.input.reserve(READ_CHUNK_BYTES.min(4096));
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => return Err(Over),
            Ok(n) => {
                self.shared.net_in.fetch_add(n as u64, Ordering::Relaxed);
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(Over),
        }
        let (mut at, mut spans) = (0, Vec::new());
        let mut input = std::mem::take(&mut self.input);
        let limits = RequestLimits { bulk_bytes: READ_CHUNK_BYTES, authenticated: true };
        loop {
            spans.clear();
            match self.parser.next(&mut input, at, limits, &mut spans) {
                Ok(Parsed::Complete { consumed, argc }) => {
                    at += consumed;
                    self.request(argc, Args::new(&input, &spans))?;
                }
                Ok(Parsed::Incomplete { .. }) => break,
                Err(_) => return Err(Over),
            }
        }
        input.advance(at);
        self.input = input;
        Ok(())
    }

    /// A replica says REPLCONF, or nothing to keep the link alive. Whatever else would be answered in
    /// the middle of the stream.
    fn request(&mut self, argc: usize, args: Args<'_>) -> Result<(), Over> {
        let now_ms = clock::mono_ms();
        self.shared.active_ms.store(now_ms, Ordering::Relaxed);
        if argc == 0 {
            if let Some(replica) = self.server.links.state().replicas.get_mut(self.id()) {
                replica.alive(now_ms);
            }
            return Ok(());
        }
        if !args.at(0).eq_ignore_ascii_case(b"replconf") {
            return self.stray(args);
        }
        match self.peer.replconf(args) {
            Replconf::Ack { offset, fack } => self.acked(offset, fack, now_ms),
            Replconf::Ok | Replconf::Silent | Replconf::GetAck => {}
            Replconf::Error(_) => return self.stray(args),
        }
        Ok(())
    }

    fn acked(&mut self, offset: u64, fack: Option<u64>, now_ms: u64) {
        let first = {
            let mut state = self.server.links.state();
            state.replicas.get_mut(self.shared.id).is_some_and(|replica| replica.acked(offset, fack, now_ms))
        };
        self.online |= first;
        self.server.acks.raise();
        let settings = self.server.config.snapshot();
        if settings.min_replicas_to_write > 0 {
            judge_replicas(self.server, &settings);
        }
    }

    fn stray(&self, args: Args<'_>) -> Result<(), Over> {
        let command = catalog::lookup(args.at(0));
        let sub = command.filter(|command| !command.subcommands.is_empty());
        let command = sub.and_then(|command| catalog::lookup_sub(command, args.at(1))).or(command);
        let name = command.map_or("<unknown>", |command| command.full_name);
        if command.is_some_and(|command| command.flags & (flags::READONLY | flags::WRITE) != 0) {
            log::warning(format_args!(
                "== CRITICAL == This master is sending an error to its replica: '-ERR Replica can't interact \
                 with the keyspace' after processing the command '{name}'"
            ));
            self.server.stats.unexpected_error_replies.add_shared(1);
        }
        log::warning(format_args!(
            "Replica generated a reply to command '{name}', disconnecting it: {}",
            self.shared.describe(clock::wall_ms(), clock::mono_ms())
        ));
        Err(Over)
    }

    /// Keep-alive while nothing is sent, the output limit, and the time limit of a copy.
    fn tick(&mut self) -> Result<(), Over> {
        let now_ms = clock::mono_ms();
        let settings = self.server.config.snapshot();
        let waits = {
            let state = self.server.links.state();
            state.replicas.get(self.id()).is_some_and(Replica::wants_newlines)
        };
        if waits && now_ms - self.newline_ms >= 1000 {
            self.newline_ms = now_ms;
            self.push(Bytes::from_static(b"\n"));
        }
        self.keep_within_limit(&settings, now_ms)?;
        let stuck = self.stuck_since_ms.is_some_and(|since| now_ms - since > settings.repl_timeout * 1000);
        if stuck && matches!(self.sending, Some(Sending::Spool { .. })) {
            log::warning(format_args!("Disconnecting timedout replica (full sync): {}", self.name));
            return Err(Over);
        }
        Ok(())
    }

    /// What waits for this replica must not outgrow its class's limit, which is never taken to be less
    /// than the backlog: that is kept anyway.
    fn keep_within_limit(&mut self, settings: &Settings, now_ms: u64) -> Result<(), Over> {
        let unsent: usize = self.out.iter().map(Bytes::len).sum();
        let lag = self.reader.as_ref().map_or(0, Reader::lag) as usize;
        self.shared.output_bytes.store(unsent + lag, Ordering::Relaxed);
        let mut limits = settings.client_output_buffer_limit;
        let hard = &mut limits.replica.hard;
        if *hard > 0 {
            *hard = (*hard).max(settings.repl_backlog_size);
        }
        if !self.limit.exceeded(&limits, Class::Replica, unsent + lag, now_ms) {
            return Ok(());
        }
        self.server.stats.obuf_limit_disconnections.add_shared(1);
        log::warning(format_args!(
            "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
            self.shared.describe(clock::wall_ms(), now_ms)
        ));
        Err(Over)
    }
}

enum Event {
    Flags,
    Readable,
    Writable,
    Tick,
    Ready,
}

/// The next bytes of a file, and whether that was the end.
fn read_file(file: &mut File, left: &mut u64) -> std::io::Result<(Bytes, bool)> {
    if *left == 0 {
        return Ok((Bytes::new(), true));
    }
    let mut chunk = vec![0; usize::try_from(*left).unwrap_or(usize::MAX).min(COPY_CHUNK_BYTES)];
    file.read_exact(&mut chunk)?;
    *left -= chunk.len() as u64;
    Ok((Bytes::from(chunk), false))
}
