//! rtool: a Redis-compatible store and replication engine, a RESP shell, and the commands that
//! set up, watch over and fail over a replicated group. `ARCHITECTURE.md` is the map; the modules
//! stand here in reading order.

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

pub mod ops;

pub mod args;
