//! Commands on HyperLogLogs: counting distinct elements in constant memory.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, key, range, string};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("pfadd", -2, WRITE | DENYOOM | FAST, acl::HYPERLOGLOG)
        .docs("2.8.9", "", "")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many().opt()]),
    command("pfcount", -2, READONLY | MAY_REPLICATE, acl::HYPERLOGLOG)
        .docs("2.8.9", "", "")
        .keys(&[range(1, -1, 1, RW | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("pfdebug", 3, WRITE | DENYOOM | ADMIN, acl::HYPERLOGLOG)
        .docs("2.8.9", "", "")
        .system()
        .keys(&[index(2, RW | ACCESS)])
        .args(&[string("subcommand"), key("key", 0)]),
    command("pfmerge", -2, WRITE | DENYOOM, acl::HYPERLOGLOG)
        .docs("2.8.9", "", "")
        .keys(&[index(1, RW | ACCESS | INSERT), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destkey", 0), key("sourcekey", 1).many().opt()]),
    command("pfselftest", 1, ADMIN, acl::HYPERLOGLOG).docs("2.8.9", "", "").system(),
];
