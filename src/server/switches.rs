//! What DEBUG switches off for tests.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The switches; all are off at start.
#[derive(Debug, Default)]
pub struct Switches {
    /// DEBUG PAUSE-CRON: nothing periodic happens.
    pub cron_paused: Switch,
    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION: RESTORE takes payloads whose sum is wrong.
    pub checksums_skipped: Switch,
    /// DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is denied to them.
    pub scripts_may_all: Switch,
    /// Held during DEBUG SLEEP.
    pub asleep: Mutex<()>,
}

/// One switch.
#[derive(Debug, Default)]
pub struct Switch(AtomicBool);

impl Switch {
    /// Is it on?
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Turns it on or off.
    pub fn turn(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }
}
