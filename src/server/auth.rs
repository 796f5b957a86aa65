//! Authentication: the one place that decides whether a user and password are right, and the limiter of
//! failed attempts. There is one user, `default`, with `requirepass` as its password.
//!
//! The limiter: within `auth-failure-window` seconds, after `auth-failure-slow-after` failures from one
//! address every further failure is answered late, and after `auth-failure-block-after` failures AUTH from
//! that address is refused unseen for `auth-failure-block-time` seconds. Connections that are authenticated are
//! never touched.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use crate::limits::AUTH_FAILURE_ADDRESSES_MAX;
use crate::server::config::Settings;
use crate::server::sync::locked;

/// Are user and password right?
pub fn verify(settings: &Settings, user: &[u8], password: &[u8]) -> bool {
    if user != b"default" {
        return false;
    }
    settings.requirepass.get().is_none_or(|expected| same_bytes(expected, password))
}

/// Compares in a time that depends on the given password's length only.
fn same_bytes(expected: &[u8], given: &[u8]) -> bool {
    let mut differ = expected.len() ^ given.len();
    for (i, byte) in given.iter().enumerate() {
        let other = expected.get(i % expected.len().max(1)).copied().unwrap_or(0);
        differ |= usize::from(byte ^ other);
    }
    differ == 0
}

#[derive(Debug, Clone, Copy)]
struct Record {
    failures: u64,
    first_ms: u64,
    blocked_until_ms: u64,
}

/// Failures by address.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<IpAddr, Record>>);

impl Limiter {
    /// Seconds for which AUTH from this address is still refused.
    pub fn blocked_for(&self, addr: IpAddr, mono_ms: u64) -> Option<u64> {
        let until = locked(&self.0).get(&addr).map_or(0, |r| r.blocked_until_ms);
        (until > mono_ms).then(|| (until - mono_ms).div_ceil(1000))
    }

    /// Counts a failure; returns the number of failures in the window, and whether the address is now
    /// blocked.
    pub fn failed(&self, addr: IpAddr, settings: &Settings, mono_ms: u64) -> (u64, bool) {
        let mut all = locked(&self.0);
        let window_ms = settings.auth_failure_window * 1000;
        if all.len() >= AUTH_FAILURE_ADDRESSES_MAX {
            all.retain(|_, r| r.blocked_until_ms > mono_ms || mono_ms - r.first_ms < window_ms);
        }
        if all.len() >= AUTH_FAILURE_ADDRESSES_MAX {
            all.clear();
        }
        let fresh = Record { failures: 0, first_ms: mono_ms, blocked_until_ms: 0 };
        let record = all.entry(addr).or_insert(fresh);
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

    /// A right password forgives the address.
    pub fn succeeded(&self, addr: IpAddr) {
        let mut all = locked(&self.0);
        if !all.is_empty() {
            all.remove(&addr);
        }
    }

    /// Addresses that are blocked now, for INFO.
    pub fn blocked(&self, mono_ms: u64) -> usize {
        locked(&self.0).values().filter(|r| r.blocked_until_ms > mono_ms).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_is_exact() {
        assert!(same_bytes(b"secret", b"secret"));
        assert!(same_bytes(b"", b""));
        for wrong in [&b"secre"[..], b"secrets", b"Secret", b"", b"secretsecret"] {
            assert!(!same_bytes(b"secret", wrong), "{wrong:?}");
        }
        assert!(!same_bytes(b"", b"x"));
    }
}
