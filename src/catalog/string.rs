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
        .docs("2.0.0", "O(1) amortized", "Adds text at the end of a string, creating it when needed.")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("value")]),
    command("decr", 2, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Subtracts one from an integer, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0)]),
    command("decrby", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Subtracts from an integer, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("decrement")]),
    command("delex", -2, WRITE | FAST, acl::STRING)
        .docs(
            "8.4.0",
            "O(1) for IFEQ and IFNE; O(N) for a digest of N bytes",
            "Removes a key if a condition on its value holds.",
        )
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
        .docs("9.0.0", "O(1)", "Removes a key if its value equals the one given.")
        .keys(&[index(1, RM | DELETE)])
        .args(&[key("key", 0), string("value")]),
    command("digest", 2, READONLY | FAST, acl::STRING)
        .docs("8.4.0", "O(N) for a string of N bytes", "Gives the hash digest of a string.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("get", 2, READONLY | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Gives the value of a key.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("getdel", 2, WRITE | FAST, acl::STRING)
        .docs("6.2.0", "O(1)", "Gives the value of a key and removes it.")
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0)]),
    command("getex", -2, WRITE | FAST, acl::STRING)
        .docs("6.2.0", "O(1)", "Gives the value of a key and changes when it expires.")
        .keys(&[index(1, RW | ACCESS | UPDATE).notes("Changes the time to live.")])
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
        .docs("2.4.0", "O(N) for N bytes returned", "Gives a part of a string.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("end")]),
    command("getset", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Sets a key and gives the value it had.")
        .deprecated("6.2.0", "SET with GET")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), string("value")]),
    command("incr", 2, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Adds one to an integer, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0)]),
    command("incrby", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Adds to an integer, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("increment")]),
    command("incrbyfloat", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("2.6.0", "O(1)", "Adds to a number, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), double("increment")]),
    command("lcs", -3, READONLY, acl::STRING)
        .docs(
            "7.0.0",
            "O(N*M) for strings of N and M bytes",
            "Finds the longest common subsequence of two strings.",
        )
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
        .docs("1.0.0", "O(N) for N keys", "Gives the values of several keys.")
        .tips(&["request_policy:multi_shard"])
        .keys(&[range(1, -1, 1, RO | ACCESS)])
        .args(&[key("key", 0).many()]),
    command("mset", -3, WRITE | DENYOOM, acl::STRING)
        .docs("1.0.1", "O(N) for N keys", "Sets several keys.")
        .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .keys(&[range(1, -1, 2, OW | UPDATE)])
        .args(&[block("data", &[key("key", 0), string("value")]).many()]),
    command("msetex", -4, WRITE | DENYOOM, acl::STRING)
        .docs("8.4.0", "O(N) for N keys", "Sets several keys together, with conditions and expiry.")
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
        .docs("1.0.1", "O(N) for N keys", "Sets several keys unless any of them exists.")
        .keys(&[range(1, -1, 2, OW | INSERT)])
        .args(&[block("data", &[key("key", 0), string("value")]).many()]),
    command("psetex", 4, WRITE | DENYOOM, acl::STRING)
        .docs("2.6.0", "O(1)", "Sets a key with a time to live in milliseconds.")
        .deprecated("2.6.12", "SET with PX")
        .keys(&[index(1, OW | UPDATE)])
        .args(&[key("key", 0), integer("milliseconds"), string("value")]),
    command("set", -3, WRITE | DENYOOM, acl::STRING)
        .docs("1.0.0", "O(1)", "Sets a key to a string, whatever it held before.")
        .history(&[
            ("2.6.12", "EX, PX, NX and XX"),
            ("6.0.0", "KEEPTTL"),
            ("6.2.0", "GET, EXAT and PXAT"),
            ("7.0.0", "NX and GET together"),
            ("8.4.0", "IFEQ, IFNE, IFDEQ and IFDNE"),
        ])
        .keys(&[index(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS).notes("Reads the old value only with GET.")])
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
        .docs("2.0.0", "O(1)", "Sets a key with a time to live in seconds.")
        .deprecated("2.6.12", "SET with EX")
        .keys(&[index(1, OW | UPDATE)])
        .args(&[key("key", 0), integer("seconds"), string("value")]),
    command("setnx", 3, WRITE | DENYOOM | FAST, acl::STRING)
        .docs("1.0.0", "O(1)", "Sets a key unless it exists.")
        .deprecated("2.6.12", "SET with NX")
        .keys(&[index(1, OW | INSERT)])
        .args(&[key("key", 0), string("value")]),
    command("setrange", 4, WRITE | DENYOOM, acl::STRING)
        .docs("2.2.0", "O(M) for M bytes written", "Overwrites a part of a string, growing it when needed.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), integer("offset"), string("value")]),
    command("strlen", 2, READONLY | FAST, acl::STRING)
        .docs("2.2.0", "O(1)", "Gives the length of a string.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("substr", 4, READONLY, acl::STRING)
        .docs("1.0.0", "O(N) for N bytes returned", "Gives a part of a string.")
        .deprecated("2.0.0", "GETRANGE")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("end")]),
];
