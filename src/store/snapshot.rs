//! The store's side of a point-in-time snapshot without fork.
//!
//! ```text
//!   begin(sink)            epoch + 1; nothing is copied
//!     |
//!     |  a write is about to touch an entry of an older epoch  -> sink.save(old version), stamp
//!     |  the walk comes to an entry of an older epoch          -> sink.save(it), stamp
//!     |  a new entry                                           -> stamped, never saved
//!     v
//!   walk() says done, end()
//! ```
//!
//! So every entry that existed at `begin` is delivered exactly once, as it was at that instant. The
//! calls sit inside the mutating methods of `Db`: no caller can forget them.

use super::EntryRef;

/// Receives the entries of a running snapshot, under the lock of their shard: it must be quick.
pub trait SnapshotSink: Send + Sync {
    /// One entry as it was when the snapshot began; `db` is the number of its database then.
    fn save(&self, db: usize, entry: EntryRef<'_>);
}
