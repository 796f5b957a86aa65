//! What is noted of the commands that ran: the time they took, by laps of the clock; requests and replies that were
//! large (COMMANDLOG); and, of a sample of them, which keys they used (HOTKEYS).
//!
//! The usual command costs a countdown and a compare here.

use crate::catalog::{self, Command, Touches};
use crate::clock;
use crate::resp::Args;
use crate::server::admit;
use crate::server::blocking::Waiter;
use crate::server::commandlog::{Kind, Ran};
use crate::server::config::Settings;
use crate::server::ctx::Next;
use crate::server::histogram;
use crate::server::hotkeys::sketch::HotKey;
use crate::server::hotkeys::{HotKeys, Metric};
use crate::server::session::Session;

use super::Engine;

/// A slow log threshold below this makes every command a lap of its own, in microseconds.
const PRECISE_BELOW_US: i64 = 1000;

/// Requests from this size on are a lap of their own, in bytes.
const QUICK_BYTES: usize = 4096;

/// Requests and replies that are together so large are always looked at, in bytes: their keys may be rare, and
/// the look costs nothing beside them.
const LARGE_BYTES: usize = 16 * 1024;

/// Commands that take so long are always looked at, in nanoseconds.
const LONG_NS: u64 = 100_000;

/// Keys of one command that are looked at.
const SAMPLED_KEYS: usize = 16;

/// Which commands are looked at.
pub(super) struct Sampler {
    /// Commands until the next one of the sample.
    left: u32,
    /// One in so many.
    ratio: u32,
    epoch: u32,
    random: u64,
    /// When the command that runs began, if it is of the sample.
    began: Option<u64>,
    /// The command that runs is looked at if its request and reply are together so large.
    least_bytes: usize,
    /// The same for one that is not of the sample.
    from_bytes: usize,
}

impl Sampler {
    pub(super) fn new(seed: u64) -> Sampler {
        Sampler {
            left: 1,
            ratio: 0,
            epoch: u32::MAX,
            random: seed | 1,
            began: None,
            least_bytes: LARGE_BYTES,
            from_bytes: LARGE_BYTES,
        }
    }

    fn refresh(&mut self, keys: &HotKeys, settings: &Settings) {
        let rules = [Kind::LargeRequest, Kind::LargeReply].map(|kind| kind.rule(settings).0);
        let least = rules.into_iter().filter_map(|from| usize::try_from(from).ok()).min();
        self.from_bytes = least.map_or(LARGE_BYTES, |least| least.min(LARGE_BYTES));
        self.least_bytes = if self.began.is_some() { 0 } else { self.from_bytes };
        if self.epoch != keys.epoch() {
            self.epoch = keys.epoch();
            self.ratio = keys.ratio();
            self.left = self.interval();
        }
    }

    /// A random number of commands, whose mean is the ratio: no pattern of a client's falls in with it.
    fn interval(&mut self) -> u32 {
        if self.ratio == 0 {
            return u32::MAX;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let span = u64::from(self.ratio) * 2 - 1;
        u32::try_from(self.random % span).unwrap_or(u32::MAX - 1) + 1
    }

    /// The command that runs next is of the sample.
    #[cold]
    fn begin(&mut self) {
        self.left = self.interval();
        if self.ratio != 0 {
            self.began = Some(clock::mono_ns());
            self.least_bytes = 0;
        }
    }

    /// How long the command took that has run, in nanoseconds, if it is of the sample.
    fn end(&mut self) -> Option<u64> {
        self.least_bytes = self.from_bytes;
        self.began.take().map(|began| clock::mono_ns().saturating_sub(began))
    }

    /// Is a command of the sample, whose time is taken anyway?
    fn is_due(&mut self) -> bool {
        self.left -= 1;
        if self.left == 0 {
            self.left = self.interval();
            return self.ratio != 0;
        }
        false
    }
}

/// A command that has run, as it is looked at.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// Bytes of the request.
    pub request: usize,
    /// Bytes of the reply.
    pub reply: usize,
}

impl Engine {
    /// Takes up what the settings, and HOTKEYS, say about which commands are looked at.
    pub(super) fn refresh_sampler(&mut self) {
        self.sampler.refresh(&self.server.hotkeys, self.view.get());
    }

    /// Before each request: counts down to the next one that is looked at.
    #[inline]
    pub(super) fn before_request(&mut self) {
        self.sampler.left -= 1;
        if self.sampler.left == 0 {
            self.sampler.begin();
        }
    }

    /// Notes what is to be noted of a request that has run.
    #[inline]
    pub(super) fn after_request(
        &mut self,
        session: &Session,
        command: Option<&'static Command>,
        args: Args<'_>,
        sizes: Sizes,
        next: &Next,
    ) {
        if sizes.request + sizes.reply >= self.sampler.least_bytes {
            self.look_at_request(session, command, args, sizes, next);
        }
    }

    #[cold]
    fn look_at_request(
        &mut self,
        session: &Session,
        command: Option<&'static Command>,
        args: Args<'_>,
        sizes: Sizes,
        next: &Next,
    ) {
        let sampled = self.sampler.end();
        if matches!(next, Next::Block(_) | Next::Paused(_)) {
            return; // it runs later
        }
        let Ok((command, _)) = admit::resolve(command, args, self.handlers) else { return };
        self.log_size(session, command, args, (Kind::LargeRequest, sizes.request));
        // One that has joined a transaction runs later.
        if session.tx.is_none() {
            self.log_size(session, command, args, (Kind::LargeReply, sizes.reply));
            self.look_at(session, command, args, sizes, sampled);
        }
    }

    fn log_size(
        &self,
        session: &Session,
        command: &'static Command,
        args: Args<'_>,
        (kind, bytes): (Kind, usize),
    ) {
        let ran = Ran { command, args, session, now_ms: self.now_ms };
        self.server.commandlog.note(self.view.get(), kind, bytes as u64, &ran);
    }

    /// The same for a command within a transaction, or of a client that has waited, which took this long.
    pub fn after_inner(
        &mut self,
        session: &Session,
        command: &'static Command,
        args: Args<'_>,
        reply: usize,
        spent: u64,
    ) {
        let sizes = Sizes { request: args.bytes(), reply };
        let sampled = self.sampler.is_due();
        if sampled || sizes.request + sizes.reply >= self.sampler.from_bytes {
            self.log_size(session, command, args, (Kind::LargeReply, reply));
            self.look_at(session, command, args, sizes, sampled.then_some(spent));
        }
        if spent >= LONG_NS {
            self.note_long(session, command, args, spent);
        }
    }

    /// Notes the keys of a command of the sample, or of a large one.
    #[cold]
    fn look_at(
        &mut self,
        session: &Session,
        command: &'static Command,
        args: Args<'_>,
        sizes: Sizes,
        sampled: Option<u64>,
    ) {
        let ratio = u64::from(self.sampler.ratio);
        let bytes = (sizes.request + sizes.reply) as u64;
        let mut weights = [(Metric::Count, 0), (Metric::Bytes, 0), (Metric::Nanos, 0)];
        if let Some(spent) = sampled {
            weights[0].1 = ratio;
            weights[2].1 = if spent < LONG_NS { spent * ratio } else { 0 };
        }
        if bytes >= LARGE_BYTES as u64 {
            weights[1].1 = bytes;
        } else if sampled.is_some() {
            weights[1].1 = bytes * ratio;
        }
        self.weigh_keys(session, command, args, &weights);
    }

    /// A command took so long that its keys are noted, whether it is part of the sample or not.
    #[cold]
    fn note_long(&mut self, session: &Session, command: &'static Command, args: Args<'_>, spent: u64) {
        self.weigh_keys(session, command, args, &[(Metric::Nanos, spent)]);
    }

    /// Adds weights to the keys of a command, to each its part.
    fn weigh_keys(
        &mut self,
        session: &Session,
        command: &'static Command,
        args: Args<'_>,
        weights: &[(Metric, u64)],
    ) {
        if self.sampler.ratio == 0 {
            return;
        }
        self.keys.clear();
        match catalog::touches(command, args.len(), |i| args.at(i)) {
            Touches::Nothing | Touches::Everything => return,
            Touches::FirstArgument | Touches::Listed | Touches::ListedOrEverything => {
                self.find_keys(command, args);
            }
        }
        let parts = self.keys.len().clamp(1, SAMPLED_KEYS) as u64;
        for key in self.keys.iter().take(SAMPLED_KEYS) {
            let name = args.at(key.at);
            let hash = self.server.keyspace.hash(name);
            let (shard, key) = (self.server.keyspace.shard_of(hash), HotKey { db: session.db, hash, name });
            for (metric, weight) in weights {
                let part = if *metric == Metric::Count { *weight } else { weight / parts };
                if part > 0 {
                    self.server.hotkeys.add(shard, &key, *metric, part);
                }
            }
        }
    }

    /// May this command share one reading of the clock with its neighbours?
    pub(super) fn may_share_lap(&self, command: &Command, bytes: usize) -> bool {
        let threshold = self.view.get().slowlog_log_slower_than;
        let coarse = !(0..PRECISE_BELOW_US).contains(&threshold);
        coarse
            && self.quick[usize::from(command.id)]
            && bytes < QUICK_BYTES
            && self.view.get().latency_monitor_threshold == 0
    }

    /// Charges the time since the last reading to the commands run since, evenly. A lap of quick commands
    /// that turns out slow was interrupted by the machine; its last command stands for it in the slow log.
    pub(super) fn close_lap(&mut self, session: &Session, args: Args<'_>) {
        let since = self.mono_ns;
        self.settings(); // the command may have set the slow log's threshold
        self.refresh_sampler();
        self.advance();
        let mut ids = std::mem::take(&mut self.lap);
        let spent = self.mono_ns.saturating_sub(since);
        self.charge(&ids, session, args, spent);
        if let [id] = *ids
            && spent >= LONG_NS
            && let Some(command) = catalog::by_id(id)
        {
            self.note_long(session, command, args, spent);
        }
        ids.clear();
        self.lap = ids;
    }

    /// Closes the lap of a command inside a transaction, whose time stands still; says how long it took, in
    /// nanoseconds.
    pub fn close_inner_lap(&mut self, session: &Session, command: &'static Command, args: Args<'_>) -> u64 {
        let since = std::mem::replace(&mut self.mono_ns, clock::mono_ns());
        let spent = self.mono_ns.saturating_sub(since);
        self.charge(&[command.id], session, args, spent);
        spent
    }

    /// A command that waited ends without having found anything: it counts like any other.
    pub fn end_wait(&mut self, session: &Session, waiter: &Waiter, failed: bool) {
        self.refresh();
        self.count_call(waiter.command);
        if failed {
            self.stats.by_command[usize::from(waiter.command.id)].failed.add(1);
        }
        self.charge(&[waiter.command.id], session, waiter.args.as_args(), 0);
    }

    pub(super) fn charge(&self, ids: &[u16], session: &Session, args: Args<'_>, spent: u64) {
        let share = spent / ids.len().max(1) as u64;
        let (tracking, bucket) = (self.view.get().latency_tracking, histogram::bucket(share));
        for run in ids.chunk_by(|a, b| a == b) {
            let stats = &self.stats.by_command[usize::from(run[0])];
            stats.nanos.add(share * run.len() as u64);
            if tracking {
                stats.latency.add(bucket, run.len() as u64);
            }
        }
        let Some(command) = ids.last().copied().and_then(catalog::by_id) else { return };
        let ran = Ran { command, args, session, now_ms: self.now_ms };
        self.server.commandlog.note(self.view.get(), Kind::Slow, spent / 1000, &ran);
        self.server.latency.command(self.view.get(), command, spent, self.now_ms);
    }
}
