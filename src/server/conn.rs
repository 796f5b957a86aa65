//! One client connection: a task on its worker's thread. It reads what the socket has, lets the engine
//! run the complete requests in it, and writes all replies at once. Input that is not yet a whole request
//! and output that the socket does not take stay with the connection; everything else lives in buffers of
//! the worker, so an idle connection costs almost nothing.
//!
//! ```text
//!          +--------------------------- readable ---------------------------+
//!          v                                                                |
//!   read -> run batch -> (hold for group commit) -> write -> wait: readable | writable | mail | timer
//!              |                                                            |
//!              +-- Block: wait for its condition, then reply ---------------+
//!              +-- Migrate: a task of its own, then reply -----------------+
//!              +-- Paused: wait until nothing is in the way, run again -----+
//!              +-- Replica: the socket goes to a replica link
//!              +-- Close: write what is left, end
//! ```
//!
//! Cancel safety: every await here is a readiness or a notification; no bytes are in flight across one.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};

use crate::clock;
use crate::limits::{
    QUERY_BUFFER_BYTES_MAX, READ_AHEAD_BYTES_MAX, READ_CHUNK_BYTES, SCRATCH_BYTES_KEPT, SCRATCH_BYTES_MIN,
};
use crate::resp::{Parser, Reply};
use crate::server::blocking::{Outcome as Served, Waiter};
use crate::server::busy::Place;
use crate::server::commands::transaction;
use crate::server::config::{OutputLimits, Settings};
use crate::server::ctx::{Hurdle, Next};
use crate::server::engine::{Engine, Outcome, pause_at};
use crate::server::links::ReplicaRequest;
use crate::server::migration::{self, Job};
use crate::server::output::{self, SoftLimit};
use crate::server::session::{KILL, MAIL, OVERFLOW, ReplyMode, Session, UNBLOCK, UNBLOCK_ERROR};
use crate::server::shutdown::ShutdownRequest;
use crate::server::stats::WorkerStats;
use crate::server::stream::Stream;
use crate::server::unsent::Unsent;
use crate::server::wait::{self, Ended, Wait};
use crate::server::{Server, evict, links, log, monitor, round, shutdown};

/// What one worker's connections share: its engine and its scratch buffers.
pub struct Bench {
    /// The engine.
    pub engine: Engine,
    read: Vec<u8>,
    write: Vec<u8>,
}

/// The worker's bench, handed to each of its connections.
pub type SharedBench = Rc<RefCell<Bench>>;

impl Bench {
    /// A bench around an engine.
    pub fn new(engine: Engine) -> SharedBench {
        Rc::new(RefCell::new(Bench {
            engine,
            read: vec![0; READ_CHUNK_BYTES],
            write: Vec::with_capacity(SCRATCH_BYTES_MIN),
        }))
    }
}

/// Why the connection goes on or ends.
enum Turn {
    Go,
    End,
    Replica(Box<ReplicaRequest>),
}

/// What woke the connection.
pub enum Event {
    /// There may be something to read.
    Readable,
    /// There may be room to write.
    Writable,
    /// A flag of the client is raised.
    Flags,
    /// Something was left to do while a script was busy.
    Left,
}

/// The client is gone: end of its stream, or an error of the socket.
struct Gone;

/// One connection.
pub struct Conn {
    server: &'static Server,
    bench: SharedBench,
    stats: Arc<WorkerStats>,
    stream: Stream,
    session: Session,
    parser: Parser,
    /// Input that is not yet run.
    input: BytesMut,
    /// Output the socket has not taken yet.
    output: Unsent,
    limit: SoftLimit,
    /// Its replies go out when the others of the round have run.
    sends_later: bool,
    /// There is more to run in the input: the replies so far go out first, and others have their turn.
    goes_on: bool,
    closing: bool,
    /// Bytes of the arguments of the command that waits.
    waiting_bytes: usize,
    /// What was left to do when it was served while a script was busy.
    left: Option<Next>,
}

impl Conn {
    /// A connection that was accepted and registered.
    pub fn new(
        server: &'static Server,
        (bench, stats): (SharedBench, Arc<WorkerStats>),
        stream: Stream,
        session: Session,
    ) -> Conn {
        Conn {
            server,
            bench,
            stats,
            stream,
            session,
            parser: Parser::new(),
            input: BytesMut::new(),
            output: Unsent::default(),
            limit: SoftLimit::default(),
            sends_later: false,
            goes_on: false,
            closing: false,
            waiting_bytes: 0,
            left: None,
        }
    }

    /// Serves the client until it leaves, is told to, or becomes a replica.
    pub async fn serve(place: Place) {
        let (conn, turn) = loop {
            let (mut conn, event) = place.take().await;
            match conn.turn(event).await {
                Turn::Go => place.put(conn),
                end => break (conn, end),
            }
        };
        drop(place);
        let Conn { server, stream, mut session, input, output, .. } = *conn;
        leave(server, &mut session);
        server.clients.forget_memory(&session.shared);
        if let Turn::Replica(request) = turn {
            links::serve_replica(server, stream, session, *request, output.into_bytes()).await;
            drop(input);
        } else {
            server.clients.remove(session.shared.id);
        }
    }

    async fn turn(&mut self, event: Event) -> Turn {
        match event {
            Event::Left => match self.left.take() {
                Some(next) => self.follow(next).await,
                None => Turn::Go,
            },
            Event::Flags => self.flags_raised(),
            Event::Writable => self.flush(),
            Event::Readable => match self.read_and_run() {
                Ok(next) => self.follow(next).await,
                Err(Gone) => Turn::End,
            },
        }
    }

    /// Waits for a flag, room in the socket (when output is pending), input, or the end of the soft limit's
    /// time.
    async fn event(&self) -> Event {
        let ready = poll_fn(|cx| self.poll_event(cx));
        match self.limit_left_ms() {
            None => ready.await,
            Some(ms) => tokio::time::timeout(Duration::from_millis(ms), ready).await.unwrap_or(Event::Flags),
        }
    }

    /// Time left of the soft limit of its output, ms.
    pub fn limit_left_ms(&self) -> Option<u64> {
        self.limit.left_ms(clock::mono_ms)
    }

    /// Is there something to do?
    pub fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Event> {
        let (stream, shared) = (&self.stream, &self.session.shared);
        shared.set_waker(cx.waker());
        if shared.flags() & (MAIL | KILL | OVERFLOW) != 0 {
            return Poll::Ready(Event::Flags);
        }
        if self.left.is_some() {
            return Poll::Ready(Event::Left);
        }
        // What was received runs whether or not the client is still there: before its end can be met.
        if self.goes_on && !self.closing {
            return Poll::Ready(Event::Readable);
        }
        if !self.output.is_empty() && stream.poll_write_ready(cx).is_ready() {
            return Poll::Ready(Event::Writable);
        }
        if !self.closing && stream.poll_read_ready(cx).is_ready() {
            return Poll::Ready(Event::Readable);
        }
        Poll::Pending
    }

    /// Reads, answers and writes past the runtime, while a script keeps its thread from it.
    pub fn serve_while_busy(&mut self, bench: &SharedBench) {
        if self.left.is_some() || self.closing {
            return;
        }
        let own = std::mem::replace(&mut self.bench, Rc::clone(bench));
        if self.read_past_runtime() {
            let next = self.run_input();
            self.sends_later = false;
            if let Next::Shutdown(request) = &next
                && request.save == Some(false)
            {
                self.server.scripts.running.doom();
            }
            self.left = Some(next).filter(|next| !matches!(next, Next::Continue));
            self.write_past_runtime();
            self.session.shared.raise(0); // its task has a look when it can
        }
        self.bench = own;
    }

    /// Reads what the socket has; true when that is something. The end of the stream is left to the task.
    fn read_past_runtime(&mut self) -> bool {
        let bench = Rc::clone(&self.bench);
        let room = &mut bench.borrow_mut().read;
        match self.stream.read_past_runtime(room) {
            Ok(n) if n > 0 => {
                self.count_input(n);
                self.input.extend_from_slice(&room[..n]);
                true
            }
            _ => false,
        }
    }

    fn write_past_runtime(&mut self) {
        while !self.output.is_empty() {
            match self.stream.write_past_runtime(self.output.front()) {
                Ok(n) if n > 0 => {
                    self.count_output(n);
                    self.output.advance(n);
                }
                _ => break,
            }
        }
    }

    /// Reads what the socket has and runs what is complete. Usually the bytes never leave the worker's
    /// buffer; only an unfinished rest is kept.
    fn read_and_run(&mut self) -> Result<Next, Gone> {
        if self.goes_on {
            return Ok(self.run_input());
        }
        if !self.input.is_empty() {
            self.read_more()?;
            return Ok(self.run_input());
        }
        let bench = Rc::clone(&self.bench);
        let bench = &mut *bench.borrow_mut();
        let n = match read_result(self.stream.try_read(&mut bench.read))? {
            Some(n) => n,
            None => return Ok(Next::Continue),
        };
        self.count_input(n);
        let Bench { engine, read, write } = bench;
        let (consumed, next) = self.run(engine, &mut read[..n], write);
        self.input.extend_from_slice(&read[consumed..n]);
        self.after_run(engine.settings());
        Ok(next)
    }

    /// Runs what is complete in the kept input.
    fn run_input(&mut self) -> Next {
        let bench = Rc::clone(&self.bench);
        let Bench { engine, write, .. } = &mut *bench.borrow_mut();
        let mut input = std::mem::take(&mut self.input);
        let (consumed, next) = self.run(engine, &mut input, write);
        input.advance(consumed);
        if !input.is_empty() {
            self.input = input;
        }
        self.after_run(engine.settings());
        next
    }

    /// Appends to the kept input, making room for what the parser knows to be coming.
    fn read_more(&mut self) -> Result<(), Gone> {
        self.make_room();
        if let Some(n) = read_result(self.stream.try_read_buf(&mut self.input))? {
            self.count_input(n);
        }
        let most = self.bench.borrow_mut().engine.settings().client_query_buffer_limit as usize;
        if self.input.len() > most.min(QUERY_BUFFER_BYTES_MAX) {
            self.server.stats.qbuf_limit_disconnections.add_shared(1);
            log::warning(format_args!(
                "Closing client that reached max query buffer length: {}",
                self.describe()
            ));
            return Err(Gone);
        }
        Ok(())
    }

    /// Room for the next read: exactly what the argument that is arriving still lacks, so that a client takes
    /// what it sends and no more, when that is big but believable; else twice what is there.
    fn make_room(&mut self) {
        let (held, missing) = (self.input.len(), self.parser.missing(self.input.len()));
        if missing > 0 && self.input.capacity() >= held + missing {
            return;
        }
        if missing > READ_CHUNK_BYTES && missing <= held.max(READ_AHEAD_BYTES_MAX) {
            let mut room = BytesMut::with_capacity(held + missing);
            room.extend_from_slice(&self.input);
            self.input = room;
        } else {
            self.input.reserve(READ_CHUNK_BYTES.max(held.min(READ_AHEAD_BYTES_MAX)));
        }
    }

    fn count_input(&self, n: usize) {
        self.stats.net_in.add(n as u64);
        self.stats.reads.add(1);
        self.session.shared.net_in.fetch_add(n as u64, Ordering::Relaxed);
    }

    /// Runs batches until the input has no complete request left or something else has to happen.
    fn run(&mut self, engine: &mut Engine, input: &mut [u8], write: &mut Vec<u8>) -> (usize, Next) {
        let before = self.session.last_write;
        self.session.shared.input_bytes.store(input.len(), Ordering::Relaxed);
        let mut reply = Reply::new(std::mem::take(write), self.session.proto);
        let limits = engine.settings().client_output_buffer_limit;
        let most = self.reply_bytes_max(&limits);
        let mut at = 0;
        let next = loop {
            let Outcome { consumed, next, more } =
                engine.run(&mut self.session, &mut self.parser, &mut input[at..], &mut reply, most);
            at += consumed;
            self.goes_on = more && matches!(next, Next::Continue);
            if !self.goes_on || reply.len() >= pause_at(most) {
                break next;
            }
        };
        self.goes_on &= at < input.len();
        *write = reply.into_buf();
        if write.len() > most {
            self.overflowed();
            *write = Vec::new();
            return (at, Next::Drop);
        }
        let hold = self.session.last_write != before && self.server.durability.holds(self.session.last_write);
        let short = !write.is_empty() && write.len() <= round::KEPT_BYTES_MAX;
        self.sends_later = !hold && matches!(next, Next::Continue) && short && round::joined();
        let keep =
            hold || self.sends_later || matches!(next, Next::Delay(_) | Next::Saved(_) | Next::Freed(..));
        self.deliver(write, keep);
        // Whoever waits goes on with its input when the wait is over.
        self.goes_on &= !hold;
        let next = if hold { Next::Hold(Box::new(next)) } else { next };
        (at, next)
    }

    /// Sends replies, or keeps them behind what is already waiting.
    fn deliver(&mut self, write: &mut Vec<u8>, hold: bool) {
        let mut sent = 0;
        if !hold {
            self.write_out(); // a broken socket is met when there is nothing left to run
        }
        if self.output.is_empty() && !hold && !write.is_empty() {
            sent = self.stream.try_write(write).unwrap_or(0);
            self.count_output(sent);
        }
        self.output.push_buffer(write, sent);
        write.clear();
        if write.capacity() > SCRATCH_BYTES_KEPT {
            write.shrink_to(SCRATCH_BYTES_KEPT);
        }
    }

    fn count_output(&self, n: usize) {
        self.session.shared.net_out.fetch_add(n as u64, Ordering::Relaxed);
        self.stats.net_out.add(n as u64);
        self.stats.writes.add(1);
    }

    /// What others see of this connection after a turn.
    fn after_run(&self, settings: &Settings) {
        self.session.shared.active_ms.store(clock::mono_ms(), Ordering::Relaxed);
        self.account(settings);
    }

    /// The same for those who do not have the bench in their hands.
    fn account_alone(&self) {
        self.account(self.bench.borrow_mut().engine.settings());
    }

    /// Says what the buffers hold, and lets go of whoever holds too much.
    fn account(&self, settings: &Settings) {
        let shared = &self.session.shared;
        let (parsed, argv) = self.parser.progress();
        let (input, output) = (self.input.len(), self.output.len());
        shared.input_bytes.store(input.saturating_sub(parsed), Ordering::Relaxed);
        shared.input_free.store(self.input.capacity() - input, Ordering::Relaxed);
        shared.reply_bytes.store(0, Ordering::Relaxed);
        shared.argv_bytes.store(argv + self.waiting_bytes, Ordering::Relaxed);
        shared.output_bytes.store(output, Ordering::Relaxed);
        shared.output_free.store(self.output.spare(), Ordering::Relaxed);
        evict::clients::note(self.server, settings, shared);
    }

    /// Does what the last command asked for, then goes on with input that is already here.
    async fn follow(&mut self, mut next: Next) -> Turn {
        loop {
            match next {
                Next::Continue if self.sends_later => {
                    self.sends_later = false;
                    round::behind_the_others().await;
                    return self.flush();
                }
                Next::Continue if self.goes_on => {
                    round::behind_the_others().await;
                    return self.keep_within_limit();
                }
                Next::Continue => return self.keep_within_limit(),
                Next::Close => return self.close(),
                Next::Drop => return Turn::End,
                Next::Replica(request) => return Turn::Replica(request),
                Next::Hold(then) => {
                    self.server.durability.committed(self.session.last_write).await;
                    self.write_out();
                    if !matches!(*then, Next::Continue) || self.input.is_empty() {
                        next = *then;
                        continue;
                    }
                    // What was sent behind a command that waited has not run yet.
                }
                Next::Delay(time) => {
                    tokio::time::sleep(time).await;
                    self.write_out();
                }
                Next::Saved(ended) => {
                    let _ = ended.await; // whether it succeeded or not
                    self.write_out();
                }
                Next::Freed(memory, saved) => {
                    let _ = memory.await;
                    if let Some(ended) = saved {
                        let _ = ended.await;
                    }
                    self.write_out();
                }
                Next::Block(wait) => match self.block(wait).await {
                    Ok(Next::Continue) => {}
                    Ok(then) => {
                        next = then;
                        continue;
                    }
                    Err(Gone) => return Turn::End,
                },
                Next::Migrate(job) => match self.migrate(job).await {
                    Ok(Next::Continue) => {}
                    Ok(then) => {
                        next = then;
                        continue;
                    }
                    Err(Gone) => return Turn::End,
                },
                Next::Paused(hurdle) => {
                    if self.paused(hurdle).await.is_err() {
                        return Turn::End;
                    }
                }
                Next::Shutdown(request) => {
                    if self.shut_down(request).await.is_err() {
                        return Turn::End;
                    }
                }
            }
            next = self.run_input();
        }
    }

    /// Waits for a blocking command's condition while watching the socket, then writes its reply.
    /// What comes next is returned.
    async fn block(&mut self, wait: Wait) -> Result<Next, Gone> {
        let shared = Arc::clone(&self.session.shared);
        if !matches!(wait, Wait::Enlisted(_)) {
            shared.blocked.store(true, Ordering::Relaxed);
            shared.take_flags(UNBLOCK | UNBLOCK_ERROR);
        }
        let server = self.server;
        if let Wait::Enlisted(waiter) = &wait {
            self.waiting_bytes = waiter.args.footprint();
            self.account_alone();
        }
        let outcome = tokio::select! {
            biased;
            outcome = wait::until(server, &shared, &wait) => Ok(outcome),
            gone = self.watch_socket() => Err(gone),
        };
        self.waiting_bytes = 0;
        shared.blocked.store(false, Ordering::Relaxed);
        shared.tracking.end_command();
        shared.active_ms.store(clock::mono_ms(), Ordering::Relaxed);
        match (outcome, &wait) {
            (Err(gone), Wait::Enlisted(waiter)) => {
                server.blocking.abandon(&server.keyspace, waiter);
                Err(gone)
            }
            (Err(gone), _) => Err(gone),
            (Ok(Ended::Served(Served::Again)), Wait::Enlisted(waiter)) => self.run_again(waiter).await,
            (Ok(Ended::Served(outcome)), _) => {
                if matches!(outcome, Served::Dismissed(_)) {
                    self.count_waited(&wait, true);
                }
                Ok(self.served(outcome))
            }
            (Ok(ended), _) => {
                self.count_waited(&wait, matches!(ended, Ended::ByError));
                let mut reply = Reply::new(Vec::new(), self.session.proto);
                wait::answer(server, &wait, &ended, &mut reply);
                self.reply_late(reply.into_buf(), false);
                Ok(Next::Continue)
            }
        }
    }

    /// Counts a command that waited and that nobody has served.
    fn count_waited(&self, wait: &Wait, failed: bool) {
        let engine = &mut self.bench.borrow_mut().engine;
        if let Wait::Enlisted(waiter) = wait {
            return engine.end_wait(&self.session, waiter, failed);
        }
        // The others were counted when they began to wait.
        let id = self.session.shared.last_cmd.load(Ordering::Relaxed);
        if let Some(stats) = engine.stats.by_command.get(usize::from(id)).filter(|_| failed) {
            stats.failed.add(1);
        }
    }

    /// Somebody else ran the command that waited.
    fn served(&mut self, outcome: Served) -> Next {
        match outcome {
            Served::Reply(reply, last_write) => {
                let wrote = last_write != 0;
                if wrote {
                    self.session.last_write = last_write;
                }
                let hold = wrote && self.server.durability.holds(last_write);
                self.reply_late(reply, hold);
                if hold { Next::Hold(Box::new(Next::Continue)) } else { Next::Continue }
            }
            Served::Dismissed(fault) => {
                self.server.stats.count_error(fault.code());
                let mut reply = Reply::new(Vec::new(), self.session.proto);
                reply.error(fault.as_str());
                self.reply_late(reply.into_buf(), false);
                Next::Close
            }
            Served::Again => Next::Continue,
        }
    }

    /// Sends the reply of a command that waited, unless the client wants none.
    fn reply_late(&mut self, mut bytes: Vec<u8>, hold: bool) {
        if self.session.reply_mode == ReplyMode::On {
            self.deliver(&mut bytes, hold);
        } else if self.session.reply_mode == ReplyMode::Skip {
            self.session.reply_mode = ReplyMode::On;
        }
    }

    /// Runs a command whose wait was ended for that again, after a pause if there is one.
    async fn run_again(&mut self, waiter: &Waiter) -> Result<Next, Gone> {
        loop {
            let before = self.session.last_write;
            let mut reply = Reply::new(Vec::new(), self.session.proto);
            let bench = Rc::clone(&self.bench);
            let next = bench.borrow_mut().engine.run_again(&mut self.session, waiter, &mut reply);
            let wrote = self.session.last_write != before;
            let hold = wrote && self.server.durability.holds(self.session.last_write);
            self.deliver(&mut reply.into_buf(), hold);
            match next {
                Next::Paused(hurdle) => self.paused(hurdle).await?,
                next if hold => return Ok(Next::Hold(Box::new(next))),
                next => return Ok(next),
            }
        }
    }

    /// Runs SHUTDOWN; comes back when it did not happen, with its error reply.
    async fn shut_down(&mut self, request: ShutdownRequest) -> Result<(), Gone> {
        let (server, shared) = (self.server, Arc::clone(&self.session.shared));
        shared.blocked.store(true, Ordering::Relaxed);
        tokio::select! {
            biased;
            () = shutdown::ask(server, request) => {}
            gone = self.watch_socket() => return Err(gone),
        }
        shared.blocked.store(false, Ordering::Relaxed);
        let mut reply = Reply::new(Vec::new(), self.session.proto);
        reply.error(shutdown::REFUSED);
        self.deliver(&mut reply.into_buf(), false);
        Ok(())
    }

    /// Runs MIGRATE as a task of its own: it ends whether or not the client stays.
    async fn migrate(&mut self, job: Box<Job>) -> Result<Next, Gone> {
        let moved = tokio::task::spawn_local(migration::run(self.server, Rc::clone(&self.bench), *job));
        tokio::select! {
            biased;
            moved = moved => moved.map(|outcome| self.served(outcome)).map_err(|_| Gone),
            gone = self.watch_socket() => Err(gone),
        }
    }

    /// Waits until what keeps a command from running is gone.
    async fn paused(&mut self, hurdle: Hurdle) -> Result<(), Gone> {
        let (server, shared) = (self.server, Arc::clone(&self.session.shared));
        shared.blocked.store(true, Ordering::Relaxed);
        let over = async {
            match hurdle {
                Hurdle::Pause => server.pause.over().await,
                Hurdle::Busy => {}
                Hurdle::Move(ended) => server.moving.over(ended).await,
            }
        };
        let outcome = tokio::select! {
            biased;
            () = over => Ok(()),
            gone = self.watch_socket() => Err(gone),
        };
        shared.blocked.store(false, Ordering::Relaxed);
        outcome
    }

    /// Keeps reading input, sending output and obeying CLIENT KILL while a command waits; ends only when
    /// the client does.
    async fn watch_socket(&mut self) -> Gone {
        loop {
            let gone = match self.event().await {
                Event::Flags => matches!(self.flags_raised(), Turn::End),
                Event::Writable => matches!(self.flush(), Turn::End),
                Event::Left => false, // a command that waits is not served past the runtime
                Event::Readable => {
                    let read = self.read_more();
                    self.account_alone();
                    read.is_err()
                }
            };
            if gone {
                return Gone;
            }
        }
    }

    /// Mail to deliver, or an order to end.
    fn flags_raised(&mut self) -> Turn {
        let flags = self.session.shared.take_flags(KILL | OVERFLOW);
        if flags & OVERFLOW != 0 {
            self.overflowed();
            return Turn::End;
        }
        for message in self.session.shared.take_mail() {
            self.output.push_shared(message);
        }
        if flags & KILL != 0 {
            self.write_out();
            return Turn::End;
        }
        self.flush()
    }

    fn overflowed(&self) {
        self.server.stats.obuf_limit_disconnections.add_shared(1);
        log::warning(format_args!(
            "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
            self.describe()
        ));
    }

    fn describe(&self) -> String {
        self.session.shared.describe(clock::wall_ms(), clock::mono_ms())
    }

    /// Ends after the last byte is out.
    fn close(&mut self) -> Turn {
        self.closing = true;
        self.session.shared.closing.store(true, Ordering::Relaxed);
        self.flush()
    }

    /// Writes what is pending as far as the socket takes it.
    fn flush(&mut self) -> Turn {
        if !self.write_out() || (self.closing && self.output.is_empty()) {
            return Turn::End;
        }
        self.account_alone();
        self.keep_within_limit()
    }

    /// False when the socket is broken.
    fn write_out(&mut self) -> bool {
        while !self.output.is_empty() {
            match self.stream.try_write(self.output.front()) {
                Ok(n) => {
                    self.count_output(n);
                    self.output.advance(n);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        true
    }

    /// Ends a client whose pending output outgrew its limit.
    fn keep_within_limit(&mut self) -> Turn {
        let pending = self.session.shared.pending_output();
        if pending > 0 || self.limit.is_running() {
            let class = self.session.shared.class();
            let limits = self.bench.borrow_mut().engine.settings().client_output_buffer_limit;
            if self.limit.exceeded(&limits, class, pending, clock::mono_ms()) {
                self.overflowed();
                return Turn::End;
            }
        }
        Turn::Go
    }

    /// Replies that, on top of what waits, still keep to the hard limit. When there are more, none of them
    /// is sent.
    fn reply_bytes_max(&self, limits: &OutputLimits) -> usize {
        match output::limit_of(limits, self.session.shared.class()).map_or(0, |limit| limit.hard) {
            0 => usize::MAX,
            hard => usize::try_from(hard).unwrap_or(usize::MAX).saturating_sub(self.output.len()),
        }
    }
}

/// `None` when there is nothing to read after all; `Gone` at the end of the stream.
fn read_result(result: std::io::Result<usize>) -> Result<Option<usize>, Gone> {
    match result {
        Ok(0) => Err(Gone),
        Ok(n) => Ok(Some(n)),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(_) => Err(Gone),
    }
}

/// Takes a client out of everything that knows it but the registry of clients.
pub fn leave(server: &'static Server, session: &mut Session) {
    session.shared.closing.store(true, Ordering::Relaxed);
    transaction::abandon(server, session);
    crate::server::commands::pubsub::leave_all(server, session);
    monitor::leave(server, session);
    server.tracking.leave(&server.gates, &session.shared);
}
