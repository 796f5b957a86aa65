//! HOTKEYS: which keys are used most, by number of commands, bytes and time. It is always on, since nobody
//! switches it on before the incident; and it can be started afresh for a while, as in Redis 8.6.
//!
//! ```text
//!             START                  STOP, or its time is over
//!  always ------------> session ------------------------------> stopped
//!    |  ^                                                          |
//!    |  +---------------------------- RESET -----------------------+
//!    +------------------------------- STOP ------------------------>
//! ```
//!
//! One command in [`SAMPLE_RATIO`] is looked at (engine/observe.rs) and stands for that many; large and slow ones
//! always. Each shard of the keyspace has a sketch per metric, so that a key is counted in one place. While it is
//! always on, what was counted fades: every [`HALF_LIFE_MS`] all weights count half, and so does the time they are
//! given for, which keeps the rate right. A leaf lock per shard, and one for the state.

pub mod sketch;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use crate::clock;
use crate::limits::SHARDS;
use crate::server::Server;
use crate::server::sync::locked;

use sketch::{Counter, HotKey, Sketch};

/// While it is always on, one command in so many is looked at.
pub const SAMPLE_RATIO: u32 = 64;

/// How long until what was counted counts half, in milliseconds.
const HALF_LIFE_MS: u64 = 60_000;

/// What keys are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Commands.
    Count,
    /// Bytes of requests and replies.
    Bytes,
    /// Time of commands, in nanoseconds.
    Nanos,
}

/// The sketches of a shard, by the number of their metric; none before the first key.
type Sketches = Option<Box<[Sketch; 3]>>;

/// The hot keys of the server.
#[derive(Debug)]
pub struct HotKeys {
    shards: [Mutex<Sketches>; SHARDS],
    /// One command in so many is looked at; 0 is none.
    ratio: AtomicU32,
    /// Changes with the ratio.
    epoch: AtomicU32,
    state: Mutex<State>,
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nobody has asked for more than what is always on.
    Always,
    /// START, until a monotonic time in ms.
    Session {
        /// When it ends by itself.
        until_ms: u64,
    },
    /// What was counted is kept, and nothing added.
    Stopped,
}

/// What START asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Keys by time.
    pub cpu: bool,
    /// Keys by bytes.
    pub net: bool,
    /// Keys in each list.
    pub count: usize,
    /// How long, in ms.
    pub duration_ms: Option<u64>,
    /// One command in so many is looked at.
    pub ratio: u32,
}

/// Keys in each list, unless it is said.
pub const COUNT_DEFAULT: usize = 10;

impl Wish {
    /// What is always on.
    const ALWAYS: Wish =
        Wish { cpu: true, net: true, count: COUNT_DEFAULT, duration_ms: None, ratio: SAMPLE_RATIO };
}

#[derive(Debug, Clone, Copy)]
struct State {
    mode: Mode,
    wish: Wish,
    /// Wall clock, ms.
    started_ms: i64,
    /// Totals and time before the last halving, as far as they count.
    past: Totals,
    /// The totals, and the monotonic time, when that was.
    since: Totals,
    /// The totals when it was stopped.
    end: Option<Totals>,
}

/// What the whole server has done, the keys' part included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Time, in ms.
    pub time_ms: u64,
    /// Time of commands, in microseconds.
    pub commands_us: u64,
    /// Bytes received and sent.
    pub net_bytes: u64,
    /// Time of the process, in ms.
    pub user_ms: u64,
    /// Time of the system for the process, in ms.
    pub system_ms: u64,
}

impl Totals {
    fn now(server: &Server) -> Totals {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        let ms = |time: TimeVal| (time.tv_sec() * 1000 + time.tv_usec() / 1000) as u64;
        let nanos = |w: &crate::server::stats::WorkerStats| w.by_command.iter().map(|c| c.nanos.get()).sum();
        Totals {
            time_ms: clock::mono_ms(),
            commands_us: server.total(nanos) / 1000,
            net_bytes: server.total(|w| w.net_in.get() + w.net_out.get()),
            user_ms: usage.map_or(0, |usage| ms(usage.user_time())),
            system_ms: usage.map_or(0, |usage| ms(usage.system_time())),
        }
    }

    fn each(self, other: Totals, with: impl Fn(u64, u64) -> u64) -> Totals {
        Totals {
            time_ms: with(self.time_ms, other.time_ms),
            commands_us: with(self.commands_us, other.commands_us),
            net_bytes: with(self.net_bytes, other.net_bytes),
            user_ms: with(self.user_ms, other.user_ms),
            system_ms: with(self.system_ms, other.system_ms),
        }
    }

    /// These and what was added to `since` up to `now`.
    fn and(self, since: Totals, now: Totals) -> Totals {
        self.each(now.each(since, u64::saturating_sub), u64::saturating_add)
    }
}

/// What HOTKEYS GET shows.
#[derive(Debug)]
pub struct Report {
    /// Is anything counted now?
    pub active: bool,
    /// What was asked for.
    pub wish: Wish,
    /// When it began: wall clock, ms.
    pub started_ms: i64,
    /// The whole server in that time.
    pub totals: Totals,
    counters: [Vec<Counter>; 3],
}

impl Report {
    /// The keys with the most of a metric, the first ones first.
    pub fn keys(&self, metric: Metric, most: usize, db: Option<usize>) -> Vec<&Counter> {
        let all = self.counters[metric as usize].iter();
        let mut keys: Vec<&Counter> =
            all.filter(|key| key.sure() > 0 && db.is_none_or(|db| key.db == db)).collect();
        keys.sort_by(|a, b| b.sure().cmp(&a.sure()).then_with(|| a.name.cmp(&b.name)));
        keys.truncate(most);
        keys
    }
}

impl HotKeys {
    /// Always on, from now.
    pub fn new(now_ms: i64) -> HotKeys {
        let since = Totals { time_ms: clock::mono_ms(), ..Totals::default() };
        HotKeys {
            shards: std::array::from_fn(|_| Mutex::new(None)),
            ratio: AtomicU32::new(SAMPLE_RATIO),
            epoch: AtomicU32::new(0),
            state: Mutex::new(State {
                mode: Mode::Always,
                wish: Wish::ALWAYS,
                started_ms: now_ms,
                past: Totals::default(),
                since,
                end: None,
            }),
        }
    }

    /// One command in so many is to be looked at; 0 is none.
    pub fn ratio(&self) -> u32 {
        self.ratio.load(Ordering::Relaxed)
    }

    /// Changes when the ratio does.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    fn set_ratio(&self, ratio: u32) {
        self.ratio.store(ratio, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Adds to what is known of a key of this shard.
    pub fn add(&self, shard: usize, key: &HotKey<'_>, metric: Metric, weight: u64) {
        let Some(sketches) = self.shards.get(shard) else { return };
        let mut sketches = locked(sketches);
        sketches.get_or_insert_default()[metric as usize].add(key, weight);
    }

    /// START: forgets what was counted, and counts as it is wished. False while such a session is on.
    pub fn start(&self, server: &Server, wish: Wish) -> bool {
        let mut state = locked(&self.state);
        if matches!(state.mode, Mode::Session { .. }) {
            return false;
        }
        let until_ms = wish.duration_ms.map_or(u64::MAX, |time| clock::mono_ms().saturating_add(time));
        self.begin(server, &mut state, Mode::Session { until_ms }, wish);
        true
    }

    fn begin(&self, server: &Server, state: &mut State, mode: Mode, wish: Wish) {
        self.shards.iter().for_each(|shard| *locked(shard) = None);
        let since = Totals::now(server);
        let (started_ms, past) = (clock::wall_ms(), Totals::default());
        *state = State { mode, wish, started_ms, past, since, end: None };
        self.set_ratio(wish.ratio);
    }

    /// STOP: keeps what was counted. False when that is so already.
    pub fn stop(&self, server: &Server) -> bool {
        let mut state = locked(&self.state);
        let runs = state.mode != Mode::Stopped;
        if runs {
            self.end(server, &mut state);
        }
        runs
    }

    fn end(&self, server: &Server, state: &mut State) {
        state.mode = Mode::Stopped;
        state.end = Some(Totals::now(server));
        self.set_ratio(0);
    }

    /// RESET: forgets what was counted and is always on again. False while a session is on.
    pub fn reset(&self, server: &Server) -> bool {
        let mut state = locked(&self.state);
        let session = matches!(state.mode, Mode::Session { .. });
        if !session {
            self.begin(server, &mut state, Mode::Always, Wish::ALWAYS);
        }
        !session
    }

    /// What has to happen from time to time: the end of a session, the fading.
    pub fn tick(&self, server: &Server) {
        let now_ms = clock::mono_ms();
        let mut state = locked(&self.state);
        match state.mode {
            Mode::Session { until_ms } if now_ms >= until_ms => self.end(server, &mut state),
            Mode::Always if now_ms.saturating_sub(state.since.time_ms) >= HALF_LIFE_MS => {
                self.fade(server, &mut state);
            }
            _ => {}
        }
    }

    fn fade(&self, server: &Server, state: &mut State) {
        for shard in &self.shards {
            locked(shard).iter_mut().flat_map(|sketches| sketches.iter_mut()).for_each(Sketch::halve);
        }
        let now = Totals::now(server);
        let half = state.past.and(state.since, now);
        state.past = half.each(half, |a, _| a / 2);
        state.since = now;
    }

    /// What is known now.
    pub fn report(&self, server: &Server) -> Report {
        let state = *locked(&self.state);
        let now = state.end.unwrap_or_else(|| Totals::now(server));
        let mut counters: [Vec<Counter>; 3] = Default::default();
        for shard in &self.shards {
            for (all, sketch) in counters.iter_mut().zip(locked(shard).iter().flat_map(|s| s.iter())) {
                all.extend_from_slice(sketch.counters());
            }
        }
        Report {
            active: state.mode != Mode::Stopped,
            wish: state.wish,
            started_ms: state.started_ms,
            totals: state.past.and(state.since, now),
            counters,
        }
    }
}
