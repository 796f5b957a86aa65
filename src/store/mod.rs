//! The data: keyspace, shards, table, entry, expiry. No sockets, no files, no async, no clock.
//!
//! ```text
//! Keyspace -> 64 x Mutex<Shard> -> Db (one per database) -> entries by key
//! ```
//!
//! A caller hashes the key once ([`Keyspace::hash`]), locks the shard ([`Keyspace::lock`]), and works
//! on its database ([`Shard::db`], [`Shard::db_mut`]). "Now" is always an argument, and nothing here
//! decides that an entry has expired: [`EntryRef::expire_ms`] lets the caller do it.

pub mod bitmap;
mod db;
mod due;
mod entries;
mod entry;
pub mod expiry;
pub mod geo;
pub mod hash;
pub mod hll;
mod keyspace;
pub mod lru;
pub mod lzf;
pub mod memory;
mod object;
pub mod packed;
pub mod reclaim;
mod slab;
mod snapshot;
mod table;
pub mod types;
mod value;

pub use db::{Db, Detached, EntryMut};
pub use entry::EntryRef;
pub use keyspace::{Keyspace, Locked, Shard};
pub use memory::{class_bytes, give_back, used_memory};
pub use object::{Object, Wanted};
pub use snapshot::SnapshotSink;
pub use value::{
    EMBSTR_BYTES_MAX, Encoding, Inserted, IntText, Kind, OwnedEntry, OwnedValue, Packing, Str, ValueRef,
    parse_int,
};

#[cfg(test)]
mod tests;
