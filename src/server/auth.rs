//! The limiter of failed logins. Who is right is for `acl` to say.
//!
//! Failures are counted by address and user: within `auth-failure-window` seconds, after
//! `auth-failure-slow-after` of them every further failure is answered late, and after
//! `auth-failure-block-after` AUTH of that user from that address is refused unseen for
//! `auth-failure-block-time` seconds. Users that do not exist count as one, so that guessed names find no way
//! around it. A connection that is logged in as that user is never touched.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use crate::limits::AUTH_FAILURE_ADDRESSES_MAX;
use crate::server::config::Settings;
use crate::server::sync::locked;

#[derive(Debug, Clone, Copy)]
struct Record {
    failures: u64,
    first_ms: u64,
    blocked_until_ms: u64,
}

/// Where a login comes from, and as whom; no name for users that do not exist.
pub type Attempt = (IpAddr, Option<Box<[u8]>>);

/// Failures by address and user.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<Attempt, Record>>);

impl Limiter {
    /// Seconds for which such a login is still refused.
    pub fn blocked_for(&self, attempt: &Attempt, mono_ms: u64) -> Option<u64> {
        let until = locked(&self.0).get(attempt).map_or(0, |r| r.blocked_until_ms);
        (until > mono_ms).then(|| (until - mono_ms).div_ceil(1000))
    }

    /// Counts a failure; returns the number of failures in the window, and whether such logins are now
    /// refused.
    pub fn failed(&self, attempt: Attempt, settings: &Settings, mono_ms: u64) -> (u64, bool) {
        let mut all = locked(&self.0);
        let window_ms = settings.auth_failure_window * 1000;
        if all.len() >= AUTH_FAILURE_ADDRESSES_MAX {
            all.retain(|_, r| r.blocked_until_ms > mono_ms || mono_ms - r.first_ms < window_ms);
        }
        if all.len() >= AUTH_FAILURE_ADDRESSES_MAX {
            all.clear();
        }
        let fresh = Record { failures: 0, first_ms: mono_ms, blocked_until_ms: 0 };
        let record = all.entry(attempt).or_insert(fresh);
        if mono_ms - record.first_ms >= window_ms {
            *record = fresh;
        }
        record.failures += 1;
        let block_after = u64::from(settings.auth_failure_block_after);
        let blocked = block_after != 0 && record.failures >= block_after;
        if blocked {
            record.blocked_until_ms = mono_ms + settings.auth_failure_block_time * 1000;
            record.failures = 0;
            record.first_ms = mono_ms;
        }
        (record.failures, blocked)
    }

    /// A right password forgives.
    pub fn succeeded(&self, attempt: &Attempt) {
        locked(&self.0).remove(attempt);
    }

    /// Attempts that are refused now, for INFO.
    pub fn blocked(&self, mono_ms: u64) -> usize {
        locked(&self.0).values().filter(|r| r.blocked_until_ms > mono_ms).count()
    }
}
