//! Scripts and functions: Lua 5.1 with the libraries and limits that Redis gives it.
//!
//! ```text
//!   engine --(EVAL, FCALL: turn, then shards)--> run --> interpreter (one a thread) --> Lua
//!                                                            ^                           | redis.call
//!                                                            |                           v
//!                    cache, functions: sources,           compiled            host --> call --> engine
//!                    shared by all threads
//! ```
//!
//! - **Turn.** One script runs at a time, and has its turn before it locks any shard. That is what lets it take more
//!   shards while it holds some (`Held::extend`): a script holds the shards of its declared keys, and all of them from
//!   the first moment on at which it touches another key.
//! - **Interpreters.** Each thread has its own, made when it first needs one, so Lua never crosses threads. What is
//!   shared are the sources: the cache of scripts and the libraries of functions. An interpreter compiles what it meets.
//! - **Slow scripts.** After `busy-reply-threshold` the server is busy (`running`, `gate::BUSY`): other clients are told
//!   so, and threads that a script keeps from their work serve their connections that far (`server::busy`).

mod api;
mod cache;
mod call;
mod convert;
pub mod flags;
pub mod functions;
mod host;
mod interpreter;
pub mod library;
pub mod libs;
mod random;
mod register;
pub mod run;
pub mod running;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::server::sync::locked;
use crate::store::Keyspace;

pub use cache::{Cache, Script, Sha, hex, parse_sha};
pub use functions::Functions;
pub use running::Running;

/// How long a thread waits for its turn before it looks up.
const WAIT_SLICE: Duration = Duration::from_millis(2);

/// What the threads share of scripts.
#[derive(Debug, Default)]
pub struct Scripts {
    turn: Mutex<()>,
    /// Scripts by their SHA1.
    pub cache: Cache,
    /// Libraries of functions.
    pub functions: Functions,
    /// The script that runs.
    pub running: Running,
    /// What scripts have set in cjson.
    pub json: libs::JsonSettings,
    lua_bytes: AtomicUsize,
}

/// The right to run a script.
pub struct Turn {
    _guard: MutexGuard<'static, ()>,
}

impl Scripts {
    /// Waits for the right to run a script. Nothing may be locked yet.
    pub fn take_turn(&'static self, keyspace: &'static Keyspace) -> Turn {
        loop {
            if let Some(guard) = self.turn.try_lock_for(WAIT_SLICE) {
                return Turn { _guard: guard };
            }
            keyspace.look_up();
        }
    }

    /// SCRIPT FLUSH: forgets the scripts and what they have set.
    pub fn flush(&self) {
        self.cache.clear();
        *locked(&self.json) = Default::default();
    }

    /// Bytes that all interpreters hold.
    pub fn lua_bytes(&self) -> usize {
        self.lua_bytes.load(Ordering::Relaxed)
    }

    /// An interpreter holds another number of bytes than before.
    fn lua_bytes_changed(&self, before: usize, now: usize) {
        if now >= before {
            self.lua_bytes.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.lua_bytes.fetch_sub(before - now, Ordering::Relaxed);
        }
    }
}
