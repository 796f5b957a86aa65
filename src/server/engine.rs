//! How a command runs. A worker's engine takes what a connection has read, parses every complete request
//! in it into a batch of borrowed arguments, looks the commands up, hashes their keys and prefetches what
//! they will touch, then executes them in order, writing all replies into one buffer.
//!
//! ```text
//!   bytes -> parse -> lookup, hash, prefetch bucket -> prefetch entry -> admit -> lock -> run -> journal -> unlock
//!            `-------------- whole batch, step by step ------------'   `------ one by one, in order ------'
//! ```
//!
//! Time is read once per run of quick commands, not per command: two readings would cost as much as a GET.

mod locks;
mod observe;
mod prefetch;
mod script;
mod tracked;

use observe::{Sampler, Sizes};

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::catalog::{self, Command, KeyRef, Touches, flags};
use crate::clock;
use crate::limits::{BATCH_REQUESTS_MAX, REPLY_BYTES_AT_ONCE, SPANS_KEPT};
use crate::replication::{Class, Unit};
use crate::resp::{Args, OwnedArgs, Parsed, Parser, ProtocolError, Reply, Span};
use crate::server::Server;
use crate::server::acl;
use crate::server::admit::{self, Verdict};
use crate::server::blocking::{KeyWait, Outcome as Service, ROLE_CHANGED, Ready, Waiter};
use crate::server::commands::{self, migrate, transaction};
use crate::server::config::{Settings, View};
use crate::server::ctx::{Ctx, Data, Handler, HashedKey, Hurdle, KnownKeys, Next, Propagate};
use crate::server::evict;
use crate::server::fault::Fault;
use crate::server::gate;
use crate::server::held::{Held, ShardMask};
use crate::server::migration::{Answers, Job};
use crate::server::monitor;
use crate::server::scripting::run;
use crate::server::session::{KILL, Origin, ReplyMode, Session};
use crate::server::stats::WorkerStats;
use crate::server::tracking::Told;
use crate::server::wait::Wait;
use crate::store::expiry;

/// A request of the batch.
#[derive(Clone)]
struct Request {
    first_span: usize,
    argc: usize,
    bytes: usize,
    end: usize,
    command: Option<&'static Command>,
    /// Which of the batch's hashes are those of its keys; empty when not all of them were hashed.
    hashed: Range<usize>,
}

/// After how many bytes of replies they are sent before more runs. What a limit allows is counted before anything is
/// sent, as Redis does.
pub fn pause_at(most: usize) -> usize {
    if most == usize::MAX { REPLY_BYTES_AT_ONCE } else { usize::MAX }
}

/// One worker's engine.
pub struct Engine {
    /// The server.
    pub server: &'static Server,
    /// The worker's own counters.
    pub stats: Arc<WorkerStats>,
    view: View,
    handlers: &'static [Option<Handler>],
    /// By catalog id: constant time, so that its neighbours may share a reading of the clock.
    quick: Vec<bool>,
    unit: Unit,
    spans: Vec<Span>,
    requests: Vec<Request>,
    /// The keys of the batch, hashed.
    hashes: Vec<HashedKey>,
    /// Which of them belong to the request that runs.
    current: Range<usize>,
    near: prefetch::Scratch,
    keys: Vec<KeyRef>,
    /// Changes that the server's count does not know of yet.
    dirty: u64,
    /// Keys that changed while somebody waits for them.
    ready: Vec<Ready>,
    /// Changes that clients which track have still to be told of.
    told: Told,
    /// Replies beyond this end the batch.
    reply_bytes_max: usize,
    /// Replies beyond this are sent before the rest of the batch runs.
    reply_bytes_pause: usize,
    /// Commands run since the clock was last read.
    lap: Vec<u16>,
    sampler: Sampler,
    now_ms: i64,
    /// The same in microseconds.
    now_us: i64,
    mono_ns: u64,
    /// It stands in for the worker's own while a script keeps the thread: it locks no shard.
    only_busy: bool,
    /// Both clocks at the last time both were read: wall time in microseconds, and the other one.
    both: (i64, u64),
}

/// What came of a batch.
pub struct Outcome {
    /// Bytes of input that are done with.
    pub consumed: usize,
    /// What the connection does now.
    pub next: Next,
    /// There may be more complete requests in the input.
    pub more: bool,
}

impl Engine {
    /// An engine for one worker.
    pub fn new(server: &'static Server, stats: Arc<WorkerStats>) -> Engine {
        Engine {
            view: View::new(&server.config),
            server,
            stats,
            handlers: commands::handlers(),
            quick: catalog::all().iter().map(|c| c.is(flags::FAST) || c.complexity == "O(1)").collect(),
            unit: Unit::default(),
            spans: Vec::new(),
            requests: Vec::new(),
            hashes: Vec::new(),
            current: 0..0,
            near: prefetch::Scratch::default(),
            keys: Vec::new(),
            dirty: 0,
            ready: Vec::new(),
            told: Told::default(),
            reply_bytes_max: usize::MAX,
            reply_bytes_pause: REPLY_BYTES_AT_ONCE,
            lap: Vec::new(),
            sampler: Sampler::new(clock::mono_ns()),
            now_ms: clock::wall_ms(),
            now_us: clock::wall_us(),
            mono_ns: clock::mono_ns(),
            only_busy: false,
            both: (clock::wall_us(), clock::mono_ns()),
        }
    }

    /// The settings in force, refreshed when they changed.
    pub fn settings(&mut self) -> &Arc<Settings> {
        self.view.refresh(&self.server.config);
        self.view.get()
    }

    /// The settings as they were last taken.
    pub fn settings_now(&self) -> &Settings {
        self.view.get()
    }

    /// The time of the current batch, ms.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Takes the settings and the time as they are now: for those who apply commands in batches.
    pub fn refresh(&mut self) {
        self.settings();
        self.tick();
    }

    /// Reads the clocks.
    fn tick(&mut self) {
        self.mono_ns = clock::mono_ns();
        self.both = (clock::wall_us(), self.mono_ns);
        self.set_now(self.both.0);
    }

    /// Reads one clock and moves the other on by as much: within a batch that is the same, at half the cost.
    fn advance(&mut self) {
        self.mono_ns = clock::mono_ns();
        let (wall_us, then) = self.both;
        self.set_now(wall_us + (self.mono_ns.saturating_sub(then) / 1000) as i64);
    }

    fn set_now(&mut self, wall_us: i64) {
        (self.now_us, self.now_ms) = (wall_us, wall_us / 1000);
    }

    /// Runs the complete requests at the start of `input`, at most a batch of them, and no more once
    /// there are `most` bytes of replies.
    pub fn run(
        &mut self,
        session: &mut Session,
        parser: &mut Parser,
        input: &mut [u8],
        reply: &mut Reply,
        most: usize,
    ) -> Outcome {
        self.settings();
        self.tick();
        let began = self.mono_ns;
        self.refresh_sampler();
        (self.reply_bytes_max, self.reply_bytes_pause) = (most, pause_at(most));
        reply.set_most(most);
        let requests_max = if !acl::must_log_in(self.server, session) { BATCH_REQUESTS_MAX } else { 1 };
        parser.keep_originals();
        let (parsed_end, trouble) = self.parse(session, parser, input, requests_max);
        if !self.only_busy {
            self.prefetch(session, input);
        }
        let requests = std::mem::take(&mut self.requests);
        let spans = std::mem::take(&mut self.spans);
        let mut outcome = Outcome { consumed: parsed_end, next: Next::Continue, more: false };
        self.execute_all(session, input, &spans, &requests, reply, &mut outcome);
        parser.restore(input, outcome.consumed);
        if outcome.more || !matches!(outcome.next, Next::Continue) {
            *parser = Parser::default(); // what comes behind is parsed again
        } else if let Some(trouble) = trouble {
            self.server.stats.count_error("ERR");
            reply.error(&format!("ERR {trouble}"));
            outcome.next = Next::Close;
        } else {
            outcome.more = requests.len() == requests_max;
        }
        self.stats.count_cycle(self.mono_ns.saturating_sub(began), requests.len());
        self.requests = requests;
        self.spans = spans;
        self.trim();
        self.journal_flush();
        outcome
    }

    /// Gives back the room that requests with very many arguments have taken.
    fn trim(&mut self) {
        if self.spans.capacity() > SPANS_KEPT {
            self.spans = Vec::new();
            self.keys = Vec::new();
        }
    }

    /// Adds the changes of this batch to the server's count: one write to a line that all workers share
    /// instead of one a command. Whoever may look at the count comes after this.
    fn settle_dirty(&mut self) {
        if self.dirty != 0 {
            self.server.dirty.fetch_add(std::mem::take(&mut self.dirty), Ordering::Relaxed);
        }
    }

    /// Ends a batch: counts its changes, tells of them, and wakes whoever reads the journal.
    pub fn journal_flush(&mut self) {
        self.settle_dirty();
        self.broadcast();
        if self.server.journal.active() {
            self.server.journal.wake();
        }
    }

    /// Parses up to a batch of requests; before AUTH one at a time, since its limits change with it.
    fn parse(
        &mut self,
        session: &Session,
        parser: &mut Parser,
        input: &mut [u8],
        requests_max: usize,
    ) -> (usize, Option<ProtocolError>) {
        self.requests.clear();
        self.spans.clear();
        let mut at = 0;
        let limits = admit::parse_limits(self.server, session, self.view.get());
        while self.requests.len() < requests_max && at < input.len() {
            let first_span = self.spans.len();
            match parser.next(input, at, limits, &mut self.spans) {
                Ok(Parsed::Complete { consumed, argc }) => {
                    at += consumed;
                    if argc > 0 {
                        let command =
                            self.server.names.lookup(Args::new(input, &self.spans[first_span..]).at(0));
                        self.requests.push(Request {
                            first_span,
                            argc,
                            bytes: consumed,
                            end: at,
                            command,
                            hashed: 0..0,
                        });
                    }
                }
                Ok(Parsed::Incomplete { .. }) => break,
                Err(trouble) => return (input.len(), Some(trouble)),
            }
        }
        (at, None)
    }

    fn execute_all(
        &mut self,
        session: &mut Session,
        input: &[u8],
        spans: &[Span],
        requests: &[Request],
        reply: &mut Reply,
        outcome: &mut Outcome,
    ) {
        for (i, request) in requests.iter().enumerate() {
            let args = Args::new(input, &spans[request.first_span..request.first_span + request.argc]);
            self.current = request.hashed.clone();
            self.prefetch_lock(requests, i);
            let start = reply.len();
            self.before_request();
            let mut next = self.process(session, request.command, args, reply);
            self.current = 0..0;
            let sizes = Sizes { request: request.bytes, reply: reply.len().saturating_sub(start) };
            self.after_request(session, request.command, args, sizes, &next);
            if self.is_tracked() {
                self.after_tracked(session, request.command, &next, reply);
            }
            let shares = |r: &Request| r.command.is_some_and(|c| self.may_share_lap(c, r.bytes));
            if !(shares(request) && requests.get(i + 1).is_some_and(shares)) {
                self.close_lap(session, args);
            }
            match next {
                Next::Continue if reply.len() >= self.reply_bytes_pause && i + 1 < requests.len() => {
                    (outcome.consumed, outcome.more) = (request.end, true);
                }
                Next::Continue if reply.len() <= self.reply_bytes_max => continue,
                Next::Continue => (next, outcome.consumed) = (Next::Drop, request.end),
                Next::Paused(_) => outcome.consumed = if i == 0 { 0 } else { requests[i - 1].end },
                _ => outcome.consumed = request.end,
            }
            outcome.next = next;
            self.close_lap(session, args);
            return session.shared.count_commands(i + 1);
        }
        session.shared.count_commands(requests.len());
    }

    /// One request from a client: CLIENT REPLY, unknown commands, arity, admission, MULTI, then the run.
    fn process(
        &mut self,
        session: &mut Session,
        command: Option<&'static Command>,
        args: Args<'_>,
        reply: &mut Reply,
    ) -> Next {
        if session.reply_mode == ReplyMode::On {
            return self.process_loud(session, command, args, reply);
        }
        let start = reply.len();
        if session.reply_mode == ReplyMode::SkipNext {
            session.reply_mode = ReplyMode::Skip;
        }
        let next = self.process_loud(session, command, args, reply);
        // Confirmations of subscriptions are messages, which CLIENT REPLY does not silence.
        let message = command.is_some_and(|c| c.name.ends_with("subscribe"))
            && reply.as_bytes().get(start) != Some(&b'-');
        match session.reply_mode {
            ReplyMode::Off if message => {}
            ReplyMode::Off => reply.truncate(start),
            ReplyMode::Skip => {
                if !message {
                    reply.truncate(start);
                }
                session.reply_mode = ReplyMode::On;
            }
            ReplyMode::On | ReplyMode::SkipNext => {}
        }
        next
    }

    fn process_loud(
        &mut self,
        session: &mut Session,
        command: Option<&'static Command>,
        args: Args<'_>,
        reply: &mut Reply,
    ) -> Next {
        self.settings();
        let resolved = admit::resolve(command, args, self.handlers);
        let (command, handler) = match resolved {
            Ok(found) => found,
            Err((command, fault)) => {
                admit::refuse(self.server, session, command, &fault, reply, Some(&self.stats));
                return Next::Continue;
            }
        };
        session.shared.last_cmd.store(command.id, Ordering::Relaxed);
        if (self.only_busy || self.server.gates.get() & gate::BUSY != 0)
            && let Some(next) = self.while_busy(session, command, args, reply)
        {
            return next;
        }
        if evict::clients::is_limited(self.view.get()) && self.is_evicted(session, reply) {
            return Next::Drop;
        }
        if self.server.gates.get() & gate::MEMORY_LIMIT != 0 {
            session.out_of_memory = evict::make_room(self.server, self.view.get()) == evict::Room::None;
        }
        if self.server.gates.get() & gate::TRACKED != 0 {
            self.before_tracked(session, reply);
        }
        acl::refresh(self.server, session);
        match admit::check(self.server, self.view.get(), session, command, args) {
            Verdict::Run => self.run_alone(session, command, handler, args, reply),
            Verdict::Queue => {
                let flags = admit::flags_of(self.server, command, args);
                transaction::queue(session, command, flags, args);
                reply.simple("QUEUED");
                Next::Continue
            }
            Verdict::Pause => Next::Paused(Hurdle::Pause),
            Verdict::Refuse(fault) => {
                admit::refuse(self.server, session, Some(command), &fault, reply, Some(&self.stats));
                Next::Continue
            }
        }
    }

    /// Does anybody track keys, or has the client whose command ran still to be told?
    fn is_tracked(&self) -> bool {
        self.server.gates.get() & gate::TRACKED != 0 || !self.told.own.is_empty()
    }

    /// Looks at the memory of clients before a command, since that of keys is looked at next.
    fn is_evicted(&self, session: &Session, reply: &Reply) -> bool {
        session.shared.reply_bytes.store(reply.len(), Ordering::Relaxed);
        evict::clients::note(self.server, self.view.get(), &session.shared);
        session.shared.flags() & KILL != 0
    }

    /// Runs an admitted command by itself: locks, runs, journals, unlocks.
    fn run_alone(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        handler: Handler,
        args: Args<'_>,
        reply: &mut Reply,
    ) -> Next {
        let exec = admit::is_exec(command);
        let mask = match self.hashes.get(self.current.clone()) {
            Some(known) if !known.is_empty() => self.known_mask(known),
            _ => self.lock_mask(session, command, args),
        };
        if !command.is(flags::WRITE) {
            self.settle_dirty();
        }
        let _turn = self.turn_for(session, command);
        let mut held = if command.is(flags::READONLY) && !command.is(flags::RUNS_SCRIPT) {
            Held::many(&self.server.keyspace, mask)
        } else {
            self.server.blocking.hold(&self.server.keyspace, mask)
        };
        if self.server.gates.get() & gate::REPLICA != 0
            && let Verdict::Refuse(fault) = admit::check(self.server, self.view.get(), session, command, args)
        {
            // The role changed between admission and the locks.
            admit::refuse(self.server, session, Some(command), &fault, reply, Some(&self.stats));
            return Next::Continue;
        }
        if self.server.gates.get() & gate::MOVING != 0 && self.meets_move(session, command, args) {
            return Next::Paused(Hurdle::Move(self.server.moving.ended()));
        }
        if self.server.gates.get() & gate::MONITORED != 0 && !exec {
            monitor::feed(self.server, session, command, args);
        }
        self.lap.push(command.id);
        let next = if exec {
            let next = transaction::exec(self, command, session, reply, &mut held);
            if self.server.gates.get() & gate::MONITORED != 0 {
                monitor::feed(self.server, session, command, args); // after the commands it ran
            }
            next
        } else {
            self.call(session, command, handler, args, reply, &mut held)
        };
        if command.is(flags::TOUCHES_ARBITRARY_KEYS) {
            self.unit.set_bare(); // keys it found expired have nothing to do with each other
        }
        self.commit(session);
        let next = match next {
            Next::Block(Wait::Keys(wait)) => {
                self.enlist(session, command, OwnedArgs::from(args), *wait, mask)
            }
            Next::Block(Wait::KeysAs(wait)) => self.enlist(session, command, wait.1, wait.0, mask),
            Next::Migrate(job) => {
                self.lap.pop(); // its time is known when it ends
                Next::Migrate(job)
            }
            next => next,
        };
        if !self.ready.is_empty() {
            self.told.tell_own(self.server, &session.shared);
            self.close_lap(session, args);
            self.serve_waiters(&mut held);
        }
        next
    }

    /// A command found nothing: its client waits, under the shards that are still held.
    fn enlist(
        &mut self,
        session: &Session,
        command: &'static Command,
        args: OwnedArgs,
        wait: KeyWait,
        mask: ShardMask,
    ) -> Next {
        self.lap.pop();
        let keyspace = &self.server.keyspace;
        let waiter = self.server.blocking.enlist(keyspace, session, (command, args), wait, mask);
        Next::Block(Wait::Enlisted(waiter))
    }

    /// Runs one command of a client again, whose wait was ended for that.
    pub fn run_again(&mut self, session: &mut Session, waiter: &Waiter, reply: &mut Reply) -> Next {
        self.refresh();
        let args = waiter.args.as_args();
        let next = self.process(session, Some(waiter.command), args, reply);
        if self.is_tracked() {
            self.after_tracked(session, Some(waiter.command), &next, reply);
        }
        self.close_lap(session, args);
        self.journal_flush();
        next
    }

    /// Serves whoever waits for keys that have become ready, in the order in which they began to wait, and
    /// whoever that wakes in turn. The shards of the keys are still held.
    pub fn serve_waiters(&mut self, held: &mut Held) {
        while !self.ready.is_empty() {
            for ready in std::mem::take(&mut self.ready) {
                self.serve_key(&ready, held);
            }
        }
    }

    fn serve_key(&mut self, ready: &Ready, held: &mut Held) {
        let (keyspace, blocking) = (&self.server.keyspace, &self.server.blocking);
        let hash = keyspace.hash(&ready.key);
        let shard = keyspace.shard_of(hash);
        let mut turn = 0;
        loop {
            let entry = held.shard(shard).db(ready.db).get(hash, &ready.key);
            // A key whose time is over is not there, and nobody who waits is the one to delete it.
            let entry = entry.filter(|entry| !expiry::is_expired(entry.expire_ms(), self.now_ms));
            let kind = entry.map(|entry| entry.kind());
            let Some(waiter) = blocking.next_for(shard, ready, kind, turn) else { return };
            turn = waiter.next_turn();
            if waiter.claim() {
                self.serve(&waiter, held);
            }
        }
    }

    /// Runs the command of a claimed waiter.
    fn serve(&mut self, waiter: &Waiter, held: &mut Held) {
        let (keyspace, blocking) = (&self.server.keyspace, &self.server.blocking);
        let (command, args) = (waiter.command, waiter.args.as_args());
        let (mut session, mut reply) = (waiter.session(), Reply::new(Vec::new(), waiter.session().proto));
        acl::refresh(self.server, &mut session);
        let verdict = admit::check(self.server, self.view.get(), &session, command, args);
        let next = match (verdict, self.handler(command)) {
            (Verdict::Refuse(fault), _) => {
                admit::refuse(
                    self.server,
                    &mut session,
                    Some(command),
                    &fault,
                    &mut reply,
                    Some(&self.stats),
                );
                return blocking.finish(
                    keyspace,
                    waiter,
                    Service::Reply(reply.into_buf(), session.last_write),
                );
            }
            (Verdict::Run, Some(handler))
                if waiter.mask() & !held.mask() == 0 && !self.meets_move(&session, command, args) =>
            {
                self.call(&mut session, command, handler, args, &mut reply, held)
            }
            _ => return blocking.finish(keyspace, waiter, Service::Again),
        };
        self.commit(&mut session);
        if matches!(next, Next::Block(_)) {
            return blocking.release(keyspace, waiter);
        }
        let spent = self.close_inner_lap(&session, command, args);
        self.after_inner(&session, command, args, reply.len(), spent);
        blocking.finish(keyspace, waiter, Service::Reply(reply.into_buf(), session.last_write));
        self.told.tell_own(self.server, &session.shared);
    }

    /// Does a command (or the transaction it executes) write a key that MIGRATE moves? Its shards are held.
    fn meets_move(&mut self, session: &Session, command: &'static Command, args: Args<'_>) -> bool {
        if !self.server.gates.has(gate::MOVING) {
            return false;
        }
        match session.tx.as_ref().filter(|_| admit::is_exec(command)) {
            Some(tx) => {
                tx.queue.iter().any(|queued| self.writes_moving(queued.command, queued.args.as_args()))
            }
            None => self.writes_moving(command, args),
        }
    }

    fn writes_moving(&mut self, command: &'static Command, args: Args<'_>) -> bool {
        if !command.is(flags::WRITE) {
            return false;
        }
        match catalog::touches(command, args.len(), |i| args.at(i)) {
            Touches::Nothing => false,
            Touches::Everything => true,
            Touches::FirstArgument => self.server.moving.has_any(std::iter::once(args.at(1))),
            Touches::Listed | Touches::ListedOrEverything => {
                self.find_keys(command, args);
                self.server.moving.has_any(self.keys.iter().map(|key| args.at(key.at)))
            }
        }
    }

    /// What is left to do of a MIGRATE once the other server has answered, and its reply; `None` when a pause
    /// of writes is in the way.
    pub fn end_move(&mut self, job: &mut Job, answers: &Answers, began_ns: u64) -> Option<Vec<u8>> {
        self.refresh();
        let accepted =
            answers.accepted.iter().filter_map(|at| job.keys.get(*at)).filter(|_| job.moving.is_some());
        let words: OwnedArgs = [b"DEL".as_slice()].into_iter().chain(accepted.map(|key| &**key)).collect();
        let words = words.as_args();
        let mask = words.tail(1).iter().fold(0, |mask, key| mask | self.shard_bit(key));
        let mut held = self.server.blocking.hold(&self.server.keyspace, mask);
        if self.server.pause.holds(&job.session, job.command, job.command.flags) {
            return None;
        }
        let mut reply = Reply::new(Vec::new(), job.session.proto);
        let mut fault = answers.fault.clone();
        if mask != 0 && self.server.links.epoch() == job.epoch {
            let end = migrate::delete_accepted;
            self.call(&mut job.session, job.command, end, words, &mut reply, &mut held);
            self.commit(&mut job.session);
            self.told.tell_own(self.server, &job.session.shared);
            self.serve_waiters(&mut held);
        } else {
            self.count_call(job.command);
            fault = fault.or((mask != 0).then_some(ROLE_CHANGED));
        }
        drop(held);
        match fault {
            None => reply.ok(),
            Some(fault) => self.fail(job.command, &fault, &mut reply),
        }
        let spent = clock::mono_ns().saturating_sub(began_ns);
        self.charge(&[job.command.id], &job.session, job.args.as_args(), spent);
        self.journal_flush();
        Some(reply.into_buf())
    }

    /// Calls a handler with its shards held, and puts its effect into the unit.
    pub fn call(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        handler: Handler,
        args: Args<'_>,
        reply: &mut Reply,
        held: &mut Held,
    ) -> Next {
        if command.is(flags::RUNS_SCRIPT) {
            return run::execute(self, session, command, args, reply, held);
        }
        // A replica's journal holds its master's bytes and nothing of its own.
        let journaling = session.origin == Origin::Client
            && !session.silent
            && self.server.journal.active()
            && self.server.gates.get() & gate::REPLICA == 0;
        let writes = session.origin == Origin::Client && command.is(flags::WRITE);
        let no_touch = session.shared.no_touch.load(Ordering::Relaxed);
        let data = Data {
            server: self.server,
            held,
            db: session.db,
            client: session.shared.id,
            now_ms: self.now_ms,
            now_us: self.now_us,
            dirty: 0,
            origin: session.origin,
            no_touch,
            writes,
            writes_on_replica: writes && self.server.gates.get() & gate::REPLICA != 0,
            settings: self.view.get(),
            unit: &mut self.unit,
            journaling,
            stats: &self.stats,
            ready: &mut self.ready,
            told: &mut self.told,
            known: KnownKeys::new(self.hashes.get(self.current.clone()).unwrap_or_default()),
        };
        let mut ctx = Ctx {
            server: self.server,
            settings: self.view.get(),
            session,
            reply,
            data,
            command,
            propagate: Propagate::AsIs,
            next: Next::Continue,
        };
        let start = ctx.reply.len();
        let outcome = handler(&mut ctx, args);
        propagate(&mut ctx, args);
        let (dirty, next) = (ctx.data.dirty, ctx.next);
        if !matches!(next, Next::Block(Wait::Keys(_) | Wait::KeysAs(_)) | Next::Migrate(_)) {
            self.count_call(command); // one that waits counts when it is served
        }
        if let Err(fault) = outcome {
            reply.truncate(start);
            self.fail(command, &fault, reply);
        }
        self.dirty += dirty;
        if self.server.gates.get() & gate::TRACKED != 0 && command.is(flags::READONLY) {
            self.remember(&session.shared, command, args);
        }
        next
    }

    /// A command that was called ends with an error.
    pub fn fail(&self, command: &Command, fault: &Fault, reply: &mut Reply) {
        reply.error(fault.as_str());
        self.server.stats.count_error(fault.code());
        self.stats.by_command[usize::from(command.id)].failed.add(1);
    }

    /// Counts a call.
    pub fn count_call(&self, command: &Command) {
        self.stats.commands.add(1);
        self.stats.by_command[usize::from(command.id)].calls.add(1);
    }

    /// Appends the unit to the journal while the shards are still held.
    fn commit(&mut self, session: &mut Session) {
        if !self.unit.is_empty() {
            session.last_write = self.server.journal.append(&self.unit);
            self.unit.clear();
        }
    }

    /// The handler of a command.
    pub fn handler(&self, command: &'static Command) -> Option<Handler> {
        self.handlers.get(usize::from(command.id)).copied().flatten()
    }

    /// The command that these words mean, checked as a client's would be; or the error a client would get.
    pub fn resolve(&self, args: Args<'_>) -> Result<&'static Command, (Option<&'static Command>, Fault)> {
        admit::resolve(self.server.names.lookup_or_original(args.at(0)), args, self.handlers)
            .map(|(command, _)| command)
    }

    /// Runs one command that does not come from a client socket (the master's stream, the AOF): no
    /// admission, no pause; the caller has locked what it needs.
    pub fn apply(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        args: Args<'_>,
        reply: &mut Reply,
    ) -> Next {
        self.settings();
        self.set_now(clock::wall_us());
        let mask = self.lock_mask(session, command, args);
        let _turn = self.turn_for(session, command);
        let mut held = Held::many(&self.server.keyspace, mask);
        self.apply_held(session, command, args, reply, &mut held)
    }

    /// The same with the shards already held by the caller, who journals before letting go of them.
    pub fn apply_held(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        args: Args<'_>,
        reply: &mut Reply,
        held: &mut Held,
    ) -> Next {
        let Some(handler) = self.handler(command) else {
            reply.error(&admit::unknown(args));
            return Next::Continue;
        };
        let next = if admit::is_exec(command) {
            transaction::exec(self, command, session, reply, held)
        } else {
            self.call(session, command, handler, args, reply, held)
        };
        self.settle_dirty();
        next
    }
}

/// Puts the command itself into the unit when it changed something and did not say otherwise.
fn propagate(ctx: &mut Ctx<'_>, args: Args<'_>) {
    let class = match ctx.propagate {
        Propagate::Custom => return,
        Propagate::AsIs if ctx.data.dirty == 0 => return,
        Propagate::AsIs | Propagate::Always => Class::Data,
        Propagate::ReplicasOnly => Class::ReplicaOnly,
    };
    if ctx.data.journaling {
        ctx.data.unit.effect_iter(ctx.data.db as u32, class, args.iter());
    }
}
