//! rtool: a Redis-compatible store and replication engine, a RESP shell, and the commands that
//! set up, watch over and fail over a replicated group. `ARCHITECTURE.md` is the map; the modules
//! stand here in reading order.

/// The Redis version whose commands, replies and files this crate follows: what INFO, HELLO and
/// `--version` tell clients that decide by it.
pub const REDIS_VERSION: &str = "7.2.4";

pub mod clock;
pub mod limits;

pub mod resp;

pub mod catalog;

pub mod store;

pub mod replication;

pub mod persist;

pub mod server;

pub mod client;

pub mod ui;

pub mod shell;

pub mod names;
pub mod ops;

pub mod args;

/// Every allocation of the process is counted: `maxmemory` and INFO live from it.
#[global_allocator]
static ALLOCATOR: store::memory::Counting = store::memory::Counting;
