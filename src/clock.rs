//! The only reader of the clock. Everything below the server takes "now" as an argument, so that
//! tests can decide what time it is; everything above asks here.
//!
//! Wall time is for what users see and what goes into files (expiry, log lines, LASTSAVE);
//! monotonic time is for durations and timeouts, which must not jump when the wall clock does.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{Local, LocalResult, TimeZone};

/// Wall clock, in milliseconds since the Unix epoch.
pub fn wall_ms() -> i64 {
    wall_us() / 1000
}

/// Wall clock, in microseconds since the Unix epoch.
pub fn wall_us() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    }
}

/// Monotonic clock, in microseconds since the first reading in this process.
pub fn mono_us() -> u64 {
    u64::try_from(since_start().as_micros()).unwrap_or(u64::MAX)
}

fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Monotonic clock, in milliseconds since the first reading in this process.
pub fn mono_ms() -> u64 {
    mono_us() / 1000
}

/// Monotonic clock, in nanoseconds since the first reading in this process.
pub fn mono_ns() -> u64 {
    u64::try_from(since_start().as_nanos()).unwrap_or(u64::MAX)
}

/// Wall time as the log shows it: "23 Nov 2026 06:44:17.123", in the machine's time zone.
pub fn local_text(wall_ms: i64) -> String {
    match Local.timestamp_millis_opt(wall_ms) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
            time.format("%d %b %Y %H:%M:%S%.3f").to_string()
        }
        LocalResult::None => wall_ms.to_string(),
    }
}

/// Blocks the calling thread: for threads of their own (saving, loading, filling a spool) that a setting or
/// a slow reader paces. Never on a worker.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(u64);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(mono_ns())
    }

    /// The time since then.
    pub fn elapsed(self) -> Duration {
        Duration::from_nanos(mono_ns().saturating_sub(self.0))
    }
}
