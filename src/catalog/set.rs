//! Commands on sets.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, integer, key, numkeys, pattern, range, string};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("sadd", -3, WRITE | DENYOOM | FAST, acl::SET)
        .docs("1.0.0", "O(1) per member", "Adds members, creating the set when needed.")
        .history(&[("2.4.0", "several members")])
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("member").many()]),
    command("scard", 2, READONLY | FAST, acl::SET)
        .docs("1.0.0", "O(1)", "Counts the members.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("sdiff", -2, READONLY, acl::SET)
        .docs(
            "1.0.0",
            "O(N) for N members in all sets",
            "Gives the members of the first set that are in none of the others.",
        )
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sdiffstore", -3, WRITE | DENYOOM, acl::SET)
        .docs(
            "1.0.0",
            "O(N) for N members in all sets",
            "Stores the members of the first set that are in none of the others.",
        )
        .keys(&[index(1, OW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
    command("sinter", -2, READONLY, acl::SET)
        .docs(
            "1.0.0",
            "O(N*M) worst case for a smallest set of N and M sets",
            "Gives the members all sets have in common.",
        )
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sintercard", -3, READONLY, acl::SET)
        .docs(
            "7.0.0",
            "O(N*M) worst case for a smallest set of N and M sets",
            "Counts the members all sets have in common.",
        )
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), integer("limit").token("LIMIT").opt()]),
    command("sinterstore", -3, WRITE | DENYOOM, acl::SET)
        .docs(
            "1.0.0",
            "O(N*M) worst case for a smallest set of N and M sets",
            "Stores the members all sets have in common.",
        )
        .keys(&[index(1, RW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
    command("sismember", 3, READONLY | FAST, acl::SET)
        .docs("1.0.0", "O(1)", "Says whether something is a member.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0), string("member")]),
    command("smembers", 2, READONLY, acl::SET)
        .docs("1.0.0", "O(N) for N members", "Lists the members.")
        .tips(&["nondeterministic_output_order"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("smismember", -3, READONLY | FAST, acl::SET)
        .docs("6.2.0", "O(N) for N members asked about", "Says for several things whether each is a member.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many()]),
    command("smove", 4, WRITE | FAST, acl::SET)
        .docs("1.0.0", "O(1)", "Moves a member to another set.")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[key("source", 0), key("destination", 1), string("member")]),
    command("spop", -2, WRITE | FAST, acl::SET)
        .docs("1.0.0", "O(1) without a count, O(N) for a count of N", "Takes random members out.")
        .history(&[("3.2.0", "the count")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt().since("3.2.0")]),
    command("srandmember", -2, READONLY, acl::SET)
        .docs("1.0.0", "O(1) without a count, O(N) for a count of N", "Picks members at random.")
        .history(&[("2.6.0", "the count")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("count").opt().since("2.6.0")]),
    command("srem", -3, WRITE | FAST, acl::SET)
        .docs("1.0.0", "O(N) for N members", "Removes members; the set goes with its last one.")
        .history(&[("2.4.0", "several members")])
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("member").many()]),
    command("sscan", -3, READONLY, acl::SET)
        .docs(
            "2.8.0",
            "O(1) per call, O(N) for a whole walk over N members",
            "Walks over the members of a set step by step.",
        )
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            integer("cursor"),
            pattern("pattern").token("MATCH").opt(),
            integer("count").token("COUNT").opt(),
        ]),
    command("sunion", -2, READONLY, acl::SET)
        .docs("1.0.0", "O(N) for N members in all sets", "Gives the members of all sets together.")
        .tips(&["nondeterministic_output_order"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("sunionstore", -3, WRITE | DENYOOM, acl::SET)
        .docs("1.0.0", "O(N) for N members in all sets", "Stores the members of all sets together.")
        .keys(&[index(1, OW | UPDATE), range(2, -1, 1, RO | ACCESS)])
        .args(&[key("destination", 0), key("key", 1).many()]),
];
