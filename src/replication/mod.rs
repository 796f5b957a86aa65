//! Replication without sockets, files or a clock: the journal every write is appended to, the
//! history's ids, and both ends of the replication protocol as state machines that take bytes, ticks
//! and events and return actions. `server::links` does the I/O they ask for.

pub mod handshake;
pub mod ids;
pub mod journal;
pub mod psync;
pub mod replicas;
#[cfg(test)]
mod simulation;
pub mod stream;
pub mod transfer;
pub mod unit;

pub use journal::{Journal, Piece, Reader, Severed, Wants};
pub use unit::{Class, Unit, delete_verb};
