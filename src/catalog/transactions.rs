//! MULTI, EXEC and what belongs to them.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, key, range};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("discard", 1, NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, acl::TRANSACTION).docs(
        "2.0.0",
        "O(N) for N queued commands",
        "Drops the transaction.",
    ),
    command("exec", 1, NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG, acl::TRANSACTION).docs(
        "1.2.0",
        "that of the queued commands",
        "Runs the queued commands, all at once.",
    ),
    command("multi", 1, NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, acl::TRANSACTION).docs(
        "1.2.0",
        "O(1)",
        "Begins a transaction: commands are queued until EXEC.",
    ),
    command("unwatch", 1, NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, acl::TRANSACTION).docs(
        "2.2.0",
        "O(1)",
        "Forgets the watched keys.",
    ),
    command("watch", -2, NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, acl::TRANSACTION)
        .docs("2.2.0", "O(1) per key", "Watches keys: EXEC does nothing if one of them has changed.")
        .keys(&[range(1, -1, 1, RO)])
        .args(&[key("key", 0).many()]),
];
