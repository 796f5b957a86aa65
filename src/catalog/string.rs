//! Commands on strings.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, block, command, double, index, integer, key, numkeys_step, one_of, range, string,
    unix_time, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("append", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("2.0.0", "", "")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("value")]),
    command("decr", 2, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0)]),
    command("decrby", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("decrement")]),
    command("delex", -2, WRITE | FAST, acl::STRING)
        .docs("8.4.0", "", "")
        .keys(&[index(1, RW | DELETE | VARIABLE_FLAGS)])
        .found_by(Finder::Delex)
        .args(&[
            key("key", 0),
            one_of(
                "condition",
                &[
                    string("ifeq-value").token("IFEQ"),
                    string("ifne-value").token("IFNE"),
                    string("ifdeq-digest").token("IFDEQ"),
                    string("ifdne-digest").token("IFDNE"),
                ],
            )
            .opt(),
        ]),
    command("delifeq", 3, WRITE | FAST, acl::STRING)
        .docs("9.0.0", "", "")
        .keys(&[index(1, RM | DELETE)])
        .args(&[key("key", 0), string("value")]),
    command("digest", 2, READONLY | FAST, acl::STRING)
        .docs("8.4.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("get", 2, READONLY | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("getdel", 2, WRITE | FAST, acl::STRING)
        .docs("6.2.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0)]),
    command("getex", -2, WRITE | FAST, acl::STRING)
        .docs("6.2.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[
            key("key", 0),
            one_of(
                "expiration",
                &[
                    integer("seconds").token("EX"),
                    integer("milliseconds").token("PX"),
                    unix_time("unix-time-seconds").token("EXAT"),
                    unix_time("unix-time-milliseconds").token("PXAT"),
                    word("persist", "PERSIST"),
                ],
            )
            .opt(),
        ]),
    command("getrange", 4, READONLY, acl::STRING)
        .docs("2.4.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("end")]),
    command("getset", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .deprecated("6.2.0", "`SET` with the `!GET` argument")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), string("value")]),
    command("incr", 2, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0)]),
    command("incrby", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("increment")]),
    command("incrbyfloat", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("2.6.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), double("increment")]),
    command("lcs", -3, READONLY, acl::STRING)
        .docs("7.0.0", "", "")
        .keys(&[range(1, 1, 1, RO | ACCESS)])
        .args(&[
            key("key1", 0),
            key("key2", 0),
            word("len", "LEN").opt(),
            word("idx", "IDX").opt(),
            integer("min-match-len").token("MINMATCHLEN").opt(),
            word("withmatchlen", "WITHMATCHLEN").opt(),
        ]),
    command("mget", -2, READONLY | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:multi_shard"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("mset", -3, WRITE | DENYOOM, acl::STRING)
        .docs("1.0.1", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .keys(&[range(1, -1, 2, OW | UPDATE)])
        .args(&[block("data", &[key("key", 0), string("value")]).many()]),
    command("msetex", -4, WRITE | DENYOOM, acl::STRING)
        .docs("8.4.0", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .keys(&[numkeys_step(1, 2, OW | UPDATE)])
        .args(&[
            integer("numkeys"),
            block("data", &[key("key", 0), string("value")]).many(),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX")]).opt(),
            one_of(
                "expiration",
                &[
                    integer("seconds").token("EX"),
                    integer("milliseconds").token("PX"),
                    unix_time("unix-time-seconds").token("EXAT"),
                    unix_time("unix-time-milliseconds").token("PXAT"),
                    word("keepttl", "KEEPTTL"),
                ],
            )
            .opt(),
        ]),
    command("msetnx", -3, WRITE | DENYOOM, acl::STRING)
        .docs("1.0.1", "", "")
        .keys(&[range(1, -1, 2, OW | INSERT)])
        .args(&[block("data", &[key("key", 0), string("value")]).many()]),
    command("psetex", 4, WRITE | DENYOOM, acl::STRING)
        .docs("2.6.0", "", "")
        .deprecated("2.6.12", "`SET` with the `PX` argument")
        .keys(&[index(1, OW | UPDATE)])
        .args(&[key("key", 0), integer("milliseconds"), string("value")]),
    command("set", -3, WRITE | DENYOOM, acl::STRING)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)])
        .found_by(Finder::Set)
        .args(&[
            key("key", 0),
            string("value"),
            one_of(
                "condition",
                &[
                    word("nx", "NX"),
                    word("xx", "XX"),
                    string("ifeq-value").token("IFEQ").since("8.4.0"),
                    string("ifne-value").token("IFNE").since("8.4.0"),
                    string("ifdeq-digest").token("IFDEQ").since("8.4.0"),
                    string("ifdne-digest").token("IFDNE").since("8.4.0"),
                ],
            )
            .opt()
            .since("2.6.12"),
            word("get", "GET").opt().since("6.2.0"),
            one_of(
                "expiration",
                &[
                    integer("seconds").token("EX").since("2.6.12"),
                    integer("milliseconds").token("PX").since("2.6.12"),
                    unix_time("unix-time-seconds").token("EXAT").since("6.2.0"),
                    unix_time("unix-time-milliseconds").token("PXAT").since("6.2.0"),
                    word("keepttl", "KEEPTTL").since("6.0.0"),
                ],
            )
            .opt(),
        ]),
    command("setex", 4, WRITE | DENYOOM, acl::STRING)
        .docs("2.0.0", "", "")
        .deprecated("2.6.12", "`SET` with the `EX` argument")
        .keys(&[index(1, OW | UPDATE)])
        .args(&[key("key", 0), integer("seconds"), string("value")]),
    command("setnx", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "", "")
        .deprecated("2.6.12", "`SET` with the `NX` argument")
        .keys(&[index(1, OW | INSERT)])
        .args(&[key("key", 0), string("value")]),
    command("setrange", 4, WRITE | DENYOOM, acl::STRING)
        .docs("2.2.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), integer("offset"), string("value")]),
    command("strlen", 2, READONLY | FAST, acl::STRING)
        .docs("2.2.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("substr", 4, READONLY, acl::STRING)
        .docs("1.0.0", "", "")
        .deprecated("2.0.0", "`GETRANGE`")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("end")]),
];
