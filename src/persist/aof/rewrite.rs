//! When a new base is due, and how the last ones went. Pure: the server's tick asks, with the time.
//!
//! After three failures in a row automatic rewrites wait 1, 2, 4 ... 60 minutes, because each attempt
//! leaves another incr behind. A rewrite that a user asks for is never held back.

/// Failures in a row from which automatic rewrites are held back.
const FAILURES_FREE: u32 = 3;
/// Longest wait between held-back rewrites, in minutes.
const WAIT_MINUTES_MAX: u32 = 60;

/// `auto-aof-rewrite-percentage` and `auto-aof-rewrite-min-size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoRewrite {
    /// Growth since the last rewrite that makes a new one due, in percent; 0 turns it off.
    pub percentage: u64,
    /// Smallest total size that is worth a rewrite, in bytes.
    pub min_size: u64,
}

/// What [`Rewrites::automatic`] decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to do.
    No,
    /// Start one; the growth in percent is for the log.
    Start {
        /// Growth since the last rewrite.
        growth: u64,
    },
    /// One is due, but the limiter has just begun to hold it back for so many minutes: to be logged.
    Limited {
        /// The wait.
        minutes: u32,
    },
}

/// The history of rewrites, for INFO and for the limiter. Times are wall clock, seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrites {
    started: Option<i64>,
    last_secs: Option<i64>,
    last_ok: bool,
    failures: u32,
    total: u64,
    wait_minutes: u32,
    retry_at: Option<i64>,
}

impl Default for Rewrites {
    fn default() -> Self {
        Rewrites {
            started: None,
            last_secs: None,
            last_ok: true,
            failures: 0,
            total: 0,
            wait_minutes: 0,
            retry_at: None,
        }
    }
}

impl Rewrites {
    /// A rewrite began.
    pub fn begun(&mut self, now: i64) {
        self.started = Some(now);
        self.total += 1;
    }

    /// A rewrite could not even begin.
    pub fn refused(&mut self) {
        self.last_ok = false;
    }

    /// The rewrite under way ended.
    pub fn ended(&mut self, now: i64, ok: bool) {
        self.last_secs = self.started.take().map(|started| now - started);
        self.last_ok = ok;
        self.failures = if ok { 0 } else { self.failures + 1 };
    }

    /// The rewrite under way was stopped on purpose: neither a success nor a failure.
    pub fn stopped(&mut self, now: i64) {
        self.last_secs = self.started.take().map(|started| now - started);
    }

    /// A user asked for a rewrite: failures so far hold nothing back.
    pub fn asked(&mut self) {
        self.failures = 0;
    }

    /// Whether the tick should start a rewrite, given the sizes in bytes. To be asked only while no
    /// snapshot of any kind is under way.
    pub fn automatic(&mut self, now: i64, size: u64, base_size: u64, auto: AutoRewrite) -> Verdict {
        if auto.percentage == 0 || size <= auto.min_size {
            return Verdict::No;
        }
        let base = base_size.max(1);
        let growth = (u128::from(size) * 100 / u128::from(base)).saturating_sub(100);
        let growth = u64::try_from(growth).unwrap_or(u64::MAX);
        if growth < auto.percentage {
            return Verdict::No;
        }
        self.limit(now).unwrap_or(Verdict::Start { growth })
    }

    /// Whether the limiter holds an automatic rewrite back.
    pub fn limit(&mut self, now: i64) -> Option<Verdict> {
        if self.failures < FAILURES_FREE {
            self.wait_minutes = 0;
            self.retry_at = None;
            return None;
        }
        match self.retry_at {
            Some(at) if now < at => return Some(Verdict::No),
            Some(_) => {
                self.retry_at = None;
                return None;
            }
            None => {}
        }
        self.wait_minutes = (self.wait_minutes * 2).clamp(1, WAIT_MINUTES_MAX);
        self.retry_at = Some(now + i64::from(self.wait_minutes) * 60);
        Some(Verdict::Limited { minutes: self.wait_minutes })
    }

    /// Whether one is under way.
    pub fn in_progress(&self) -> bool {
        self.started.is_some()
    }

    /// Seconds since the one under way began; -1 when there is none.
    pub fn current_secs(&self, now: i64) -> i64 {
        self.started.map_or(-1, |started| now - started)
    }

    /// How long the last one took, in seconds; -1 before the first.
    pub fn last_secs(&self) -> i64 {
        self.last_secs.unwrap_or(-1)
    }

    /// Whether the last one succeeded.
    pub fn last_ok(&self) -> bool {
        self.last_ok
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Rewrites begun since the start.
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: AutoRewrite = AutoRewrite { percentage: 100, min_size: 64 };

    #[test]
    fn growth_decides() {
        let mut r = Rewrites::default();
        assert_eq!(r.automatic(0, 64, 1, AUTO), Verdict::No);
        assert_eq!(r.automatic(0, 199, 100, AUTO), Verdict::No);
        assert_eq!(r.automatic(0, 200, 100, AUTO), Verdict::Start { growth: 100 });
        assert_eq!(r.automatic(0, 200, 0, AUTO), Verdict::Start { growth: 19_900 });
        assert_eq!(r.automatic(0, u64::MAX, 0, AutoRewrite { percentage: 0, min_size: 0 }), Verdict::No);
    }

    #[test]
    fn failures_hold_back_longer_and_longer() {
        let mut r = Rewrites::default();
        let mut now = 1000;
        let fail = |r: &mut Rewrites, now| {
            r.begun(now);
            r.ended(now, false);
        };
        (0..3).for_each(|_| fail(&mut r, now));
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(r.automatic(now, 200, 100, AUTO), Verdict::Limited { minutes });
            now += i64::from(minutes) * 60 - 1;
            assert_eq!(r.automatic(now, 200, 100, AUTO), Verdict::No);
            now += 1;
            assert_eq!(r.automatic(now, 200, 100, AUTO), Verdict::Start { growth: 100 });
            fail(&mut r, now);
        }
        assert_eq!((r.failures(), r.last_ok(), r.total()), (11, false, 11));
        r.begun(now);
        r.ended(now + 5, true);
        assert_eq!((r.failures(), r.last_ok(), r.last_secs()), (0, true, 5));
        assert_eq!(r.automatic(now, 200, 100, AUTO), Verdict::Start { growth: 100 });
    }
}
