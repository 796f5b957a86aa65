//! Commands on sets.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, integer, key, numkeys, pattern, range, string};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("sadd", -3, WRITE | DENYOOM | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("member").many()]),
    command("scard", 2, READONLY | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("sdiff", -2, READONLY, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sdiffstore", -3, WRITE | DENYOOM, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, OW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
    command("sinter", -2, READONLY, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sintercard", -3, READONLY, acl::SET)
        .docs("7.0.0", "", "")
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), integer("limit").token("LIMIT").opt()]),
    command("sinterstore", -3, WRITE | DENYOOM, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
    command("sismember", 3, READONLY | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0), string("member")]),
    command("smembers", 2, READONLY, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("smismember", -3, READONLY | FAST, acl::SET)
        .docs("6.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many()]),
    command("smove", 4, WRITE | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[key("source", 0), key("destination", 1), string("member")]),
    command("spop", -2, WRITE | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt().since("3.2.0")]),
    command("srandmember", -2, READONLY, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("count").opt().since("2.6.0")]),
    command("srem", -3, WRITE | FAST, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("member").many()]),
    command("sscan", -3, READONLY, acl::SET)
        .docs("2.8.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            integer("cursor"),
            pattern("pattern").token("MATCH").opt(),
            integer("count").token("COUNT").opt(),
        ]),
    command("sunion", -2, READONLY, acl::SET)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sunionstore", -3, WRITE | DENYOOM, acl::SET)
        .docs("1.0.0", "", "")
        .keys(&[index(1, OW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
];
