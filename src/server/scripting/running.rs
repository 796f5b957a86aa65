//! The script that runs, as other threads see it: what it is, whether it is slow, and whether it is to end.
//!
//! ```text
//!   (quick: nobody sees it) --first look of the hook--> seen --busy-reply-threshold--> busy
//!                                                        |                               |
//!                                                        +----------- killed ------------+--> its next hook ends it
//! ```

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock;
use crate::server::Server;
use crate::server::fault::Fault;
use crate::server::gate;
use crate::server::sync::locked;

/// What others are told while a script is busy.
pub const BUSY_SCRIPT: Fault =
    Fault::new("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
/// What others are told while a function is busy.
pub const BUSY_FUNCTION: Fault =
    Fault::new("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.");
const NOT_BUSY: Fault = Fault::new("NOTBUSY No scripts in execution right now.");
const OF_MASTER: Fault = Fault::new(
    "UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.",
);
const HAS_WRITTEN: Fault = Fault::new(
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
);

/// A script that runs long enough to be seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The function's name, or the SHA1 of a script.
    pub name: String,
    /// EVAL runs it, not FCALL.
    pub is_eval: bool,
    /// The command that runs it.
    pub command: Vec<Vec<u8>>,
    /// Monotonic time of its start, ms.
    pub since_ms: u64,
    /// It came from the master: it cannot be killed.
    pub from_master: bool,
}

/// The script that runs.
#[derive(Debug, Default)]
pub struct Running {
    seen: Mutex<Option<Seen>>,
    wrote: AtomicBool,
    killed: AtomicBool,
    doomed: AtomicBool,
}

impl Running {
    /// The script runs long enough to be told of.
    pub fn show(&self, seen: Seen) {
        *locked(&self.seen) = Some(seen);
    }

    /// It has written.
    pub fn set_wrote(&self) {
        self.wrote.store(true, Ordering::Release);
    }

    /// Is it to end?
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// What runs, if it runs long enough to be seen.
    pub fn seen(&self) -> Option<Seen> {
        locked(&self.seen).clone()
    }

    /// Does one run that is seen?
    pub fn is_seen(&self) -> bool {
        locked(&self.seen).is_some()
    }

    /// What is said to others while it is busy.
    pub fn busy_fault(&self) -> Fault {
        match &*locked(&self.seen) {
            Some(seen) if !seen.is_eval => BUSY_FUNCTION,
            _ => BUSY_SCRIPT,
        }
    }

    /// SCRIPT KILL and FUNCTION KILL.
    pub fn kill(&self, eval: bool) -> Result<(), Fault> {
        let seen = locked(&self.seen);
        let seen = seen.as_ref().ok_or(NOT_BUSY)?;
        if seen.from_master {
            return Err(OF_MASTER);
        }
        if self.wrote.load(Ordering::Acquire) {
            return Err(HAS_WRITTEN);
        }
        if eval != seen.is_eval {
            return Err(if seen.is_eval { BUSY_SCRIPT } else { BUSY_FUNCTION });
        }
        self.killed.store(true, Ordering::Release);
        Ok(())
    }

    /// The process ends without saving: whatever runs ends too.
    pub fn doom(&self) {
        if self.is_seen() {
            self.doomed.store(true, Ordering::Release);
            self.killed.store(true, Ordering::Release);
        }
    }

    /// Has it been ended because the process ends? Half of what it was to do must not be kept.
    pub fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Acquire)
    }

    /// Milliseconds since the start of what is seen.
    pub fn since(seen: &Seen) -> u64 {
        clock::mono_ms().saturating_sub(seen.since_ms)
    }

    /// A script begins.
    pub(super) fn begin(&self) {
        self.wrote.store(false, Ordering::Relaxed);
        self.killed.store(false, Ordering::Relaxed);
    }

    /// The script has ended.
    pub(super) fn end(&self, server: &Server) {
        *locked(&self.seen) = None;
        self.killed.store(false, Ordering::Relaxed);
        server.gates.set(gate::BUSY, false);
    }
}
