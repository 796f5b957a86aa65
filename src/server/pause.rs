//! CLIENT PAUSE: until when, and which commands it holds back.

use std::sync::Mutex;
use std::time::Duration;

use crate::catalog::{Command, flags};
use crate::clock;
use crate::server::admit::is_exec;
use crate::server::gate::{Gates, PAUSED};
use crate::server::session::{Class, Session};
use crate::server::signal::Signal;
use crate::server::sync::locked;

/// Who asks for a pause. Each has its own end; the strictest mode and the latest end count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// CLIENT PAUSE.
    Command = 0,
    /// SHUTDOWN waiting for replicas.
    Shutdown = 1,
    /// FAILOVER.
    Failover = 2,
}

/// What is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Writes, and what may replicate.
    Write,
    /// Every command.
    All,
}

#[derive(Debug, Clone, Copy)]
struct Active {
    mode: Mode,
    /// Monotonic, ms.
    until_ms: u64,
}

/// The pauses in force.
#[derive(Debug, Default)]
pub struct Pause {
    active: Mutex<[Option<Active>; 3]>,
    changed: Signal,
}

impl Pause {
    /// Starts or prolongs a pause.
    pub fn start(&self, gates: &Gates, purpose: Purpose, mode: Mode, until_ms: u64) {
        let mut active = locked(&self.active);
        let slot = &mut active[purpose as usize];
        // One that is over may not have been taken away yet.
        let old = slot.filter(|old| old.until_ms > clock::mono_ms());
        let until_ms = old.map_or(until_ms, |old| old.until_ms.max(until_ms));
        let mode = old.map_or(mode, |old| old.mode.max(mode));
        *slot = Some(Active { mode, until_ms });
        gates.set(PAUSED, true);
    }

    /// Ends one pause before its time.
    pub fn end(&self, gates: &Gates, purpose: Purpose) {
        let mut active = locked(&self.active);
        active[purpose as usize] = None;
        self.settle(gates, &active);
    }

    /// Ends what is over; called by the cron.
    pub fn expire(&self, gates: &Gates, now_ms: u64) {
        let mut active = locked(&self.active);
        for slot in active.iter_mut() {
            if slot.is_some_and(|a| a.until_ms <= now_ms) {
                *slot = None;
            }
        }
        self.settle(gates, &active);
    }

    fn settle(&self, gates: &Gates, active: &[Option<Active>; 3]) {
        if gates.has(PAUSED) && active.iter().all(Option::is_none) {
            gates.set(PAUSED, false);
            self.changed.raise();
        }
    }

    /// Is this command held back, which with all that it executes may do this? Those of replicas never are; the
    /// master's stream has rules of its own.
    pub fn holds(&self, session: &Session, command: &'static Command, may: u32) -> bool {
        if matches!(session.shared.class(), Class::Replica | Class::Master) {
            return false;
        }
        match self.mode() {
            None => false,
            Some(Mode::All) => !matches!(command.full_name, "client|unpause" | "shutdown" | "replconf"),
            Some(Mode::Write) => {
                let writes = may & (flags::WRITE | flags::MAY_REPLICATE) != 0;
                writes && (session.tx.is_none() || is_exec(command))
            }
        }
    }

    /// Is the master's stream held back here? `writes` says whether its next unit writes.
    pub fn holds_stream(&self, writes: impl FnOnce() -> bool) -> bool {
        match self.mode() {
            None => false,
            Some(Mode::All) => true,
            Some(Mode::Write) => writes(),
        }
    }

    /// Does a failover hold commands back?
    pub fn is_failover(&self) -> bool {
        let now_ms = clock::mono_ms();
        locked(&self.active)[Purpose::Failover as usize].is_some_and(|active| active.until_ms > now_ms)
    }

    /// The strictest mode in force.
    pub fn mode(&self) -> Option<Mode> {
        let now_ms = clock::mono_ms();
        locked(&self.active).iter().flatten().filter(|a| a.until_ms > now_ms).map(|a| a.mode).max()
    }

    /// For INFO: the purposes in force ("client_pause", ...) and the time left in ms.
    pub fn left_ms(&self) -> u64 {
        let now_ms = clock::mono_ms();
        let ends = locked(&self.active).iter().flatten().map(|a| a.until_ms).max();
        ends.map_or(0, |end| end.saturating_sub(now_ms))
    }

    /// Waits for the end of all pauses.
    pub async fn over(&self) {
        loop {
            let changed = self.changed.changed();
            if self.mode().is_none() {
                return;
            }
            let _ = tokio::time::timeout(Duration::from_millis(self.left_ms().max(1)), changed).await;
        }
    }
}
