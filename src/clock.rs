//! The only reader of the clock. Everything below the server takes "now" as an argument, so that
//! tests can decide what time it is; everything above asks here.
//!
//! Wall time is for what users see and what goes into files (expiry, log lines, LASTSAVE);
//! monotonic time is for durations and timeouts, which must not jump when the wall clock does.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

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
    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Monotonic clock, in milliseconds since the first reading in this process.
pub fn mono_ms() -> u64 {
    mono_us() / 1000
}
