//! Commands on HyperLogLogs: counting distinct elements in constant memory.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, key, range, string};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("pfadd", -2, WRITE | DENYOOM | FAST, acl::HYPERLOGLOG)
        .docs("2.8.9", "O(1) per element", "Counts elements in, creating the HyperLogLog when needed.")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many().opt()]),
    command("pfcount", -2, READONLY | MAY_REPLICATE, acl::HYPERLOGLOG)
        .docs(
            "2.8.9",
            "O(1) for one key; O(N) with a large constant for N keys",
            "Estimates the number of distinct elements of one or several HyperLogLogs.",
        )
        .keys(&[range(1, -1, 1, RW | ACCESS).notes("May rewrite the cached count, which replicas receive.")])
        .args(&[key("key", 0).many()]),
    command("pfdebug", 3, WRITE | DENYOOM | ADMIN, acl::HYPERLOGLOG)
        .docs("2.8.9", "not meant for production", "Shows the inside of a HyperLogLog.")
        .system()
        .keys(&[index(2, RW | ACCESS)])
        .args(&[string("subcommand"), key("key", 0)]),
    command("pfmerge", -2, WRITE | DENYOOM, acl::HYPERLOGLOG)
        .docs("2.8.9", "O(N) for N keys, with a large constant", "Merges HyperLogLogs into one.")
        .keys(&[index(1, RW | ACCESS | INSERT), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destkey", 0), key("sourcekey", 1).many().opt()]),
    command("pfselftest", 1, ADMIN, acl::HYPERLOGLOG)
        .docs("2.8.9", "not meant for production", "Tests the HyperLogLog code.")
        .system(),
];
