//! Output buffer limits: per class a hard limit, and a soft one that may be exceeded for some seconds.

use crate::server::config::{OutputLimit, OutputLimits};
use crate::server::session::Class;

/// The limit of a class; the link to the master has none.
pub fn limit_of(limits: &OutputLimits, class: Class) -> Option<OutputLimit> {
    match class {
        Class::Normal => Some(limits.normal),
        Class::Replica => Some(limits.replica),
        Class::Pubsub => Some(limits.pubsub),
        Class::Master => None,
    }
}

/// Since when a client is above its soft limit, and when that has been long enough.
#[derive(Debug, Default)]
pub struct SoftLimit {
    since_ms: Option<u64>,
    until_ms: u64,
}

impl SoftLimit {
    /// Must a client with this much pending output be closed?
    pub fn exceeded(&mut self, limits: &OutputLimits, class: Class, pending: usize, mono_ms: u64) -> bool {
        let Some(limit) = limit_of(limits, class) else { return false };
        let pending = pending as u64;
        if limit.hard != 0 && pending >= limit.hard {
            return true;
        }
        if limit.soft == 0 || pending < limit.soft {
            self.since_ms = None;
            return false;
        }
        let since = *self.since_ms.get_or_insert(mono_ms);
        self.until_ms = since + limit.soft_seconds * 1000 + 1;
        mono_ms >= self.until_ms
    }

    /// Was the client above its soft limit when it was last looked at?
    pub fn is_running(&self) -> bool {
        self.since_ms.is_some()
    }

    /// Time until the client has to be looked at again, ms; none while it is below its soft limit.
    pub fn left_ms(&self, mono_ms: impl FnOnce() -> u64) -> Option<u64> {
        self.since_ms.map(|_| self.until_ms.saturating_sub(mono_ms()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: OutputLimit = OutputLimit { hard: 100, soft: 50, soft_seconds: 2 };
    const LIMITS: OutputLimits = OutputLimits { normal: LIMIT, replica: LIMIT, pubsub: LIMIT };

    #[test]
    fn hard_limit_is_at_once_and_soft_limit_after_its_time() {
        let mut soft = SoftLimit::default();
        assert!(soft.exceeded(&LIMITS, Class::Normal, 100, 0));
        assert!(!soft.exceeded(&LIMITS, Class::Normal, 60, 1000));
        assert_eq!(soft.left_ms(|| 1500), Some(1501));
        assert!(!soft.exceeded(&LIMITS, Class::Normal, 60, 3000));
        assert!(soft.exceeded(&LIMITS, Class::Normal, 60, 3001));
        assert!(!soft.exceeded(&LIMITS, Class::Normal, 40, 3002));
        assert_eq!(soft.left_ms(|| 3002), None);
        assert!(!soft.exceeded(&LIMITS, Class::Normal, 60, 3003));
        assert!(!soft.exceeded(&LIMITS, Class::Master, 1000, 3003));
    }
}
