//! Commands on hashes, field expiry included.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, acl, block, command, double, index, integer, key, one_of, pattern, string, unix_time, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("hdel", -3, WRITE | FAST, acl::HASH)
        .docs("2.0.0", "O(N) for N fields", "Removes fields; the hash goes with its last one.")
        .history(&[("2.4.0", "several fields")])
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("field").many()]),
    command("hexists", 3, READONLY | FAST, acl::HASH)
        .docs("2.0.0", "O(1)", "Says whether a field exists.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0), string("field")]),
    command("hexpire", -6, WRITE | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Sets the time to live of fields in seconds.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt(),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hexpireat", -6, WRITE | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Sets the moment fields expire, in seconds since 1970.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt(),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hexpiretime", -5, READONLY | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Gives the moments fields expire, in seconds since 1970.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hget", 3, READONLY | FAST, acl::HASH)
        .docs("2.0.0", "O(1)", "Gives the value of a field.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("field")]),
    command("hgetall", 2, READONLY, acl::HASH)
        .docs("2.0.0", "O(N) for a hash of N fields", "Gives all fields with their values.")
        .tips(&["nondeterministic_output_order"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("hgetdel", -5, WRITE | FAST, acl::HASH)
        .docs("8.0.0", "O(N) for N fields", "Gives the values of fields and removes them.")
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hgetex", -5, WRITE | FAST, acl::HASH)
        .docs("8.0.0", "O(N) for N fields", "Gives the values of fields and changes when they expire.")
        .keys(&[index(1, RW | ACCESS | UPDATE).notes("Changes the fields' time to live.")])
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
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hincrby", 4, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("2.0.0", "O(1)", "Adds an integer to a field, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), string("field"), integer("increment")]),
    command("hincrbyfloat", 4, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("2.6.0", "O(1)", "Adds a number to a field, which starts at 0.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), string("field"), double("increment")]),
    command("hkeys", 2, READONLY, acl::HASH)
        .docs("2.0.0", "O(N) for a hash of N fields", "Lists the fields.")
        .tips(&["nondeterministic_output_order"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("hlen", 2, READONLY | FAST, acl::HASH)
        .docs("2.0.0", "O(1)", "Counts the fields.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("hmget", -3, READONLY | FAST, acl::HASH)
        .docs("2.0.0", "O(N) for N fields", "Gives the values of several fields.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("field").many()]),
    command("hmset", -4, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("2.0.0", "O(N) for N fields", "Sets several fields.")
        .deprecated("4.0.0", "HSET with several fields")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), block("data", &[string("field"), string("value")]).many()]),
    command("hpersist", -5, WRITE | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Takes the time to live off fields.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hpexpire", -6, WRITE | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Sets the time to live of fields in milliseconds.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt(),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hpexpireat", -6, WRITE | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Sets the moment fields expire, in milliseconds since 1970.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt(),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hpexpiretime", -5, READONLY | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Gives the moments fields expire, in milliseconds since 1970.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hpttl", -5, READONLY | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Gives the time to live of fields in milliseconds.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hrandfield", -2, READONLY, acl::HASH)
        .docs("6.2.0", "O(N) for N fields returned", "Picks fields at random.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("options", &[integer("count"), word("withvalues", "WITHVALUES").opt()]).opt(),
        ]),
    command("hscan", -3, READONLY, acl::HASH)
        .docs(
            "2.8.0",
            "O(1) per call, O(N) for a whole walk over N fields",
            "Walks over the fields of a hash step by step.",
        )
        .history(&[("7.4.0", "NOVALUES")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            integer("cursor"),
            pattern("pattern").token("MATCH").opt(),
            integer("count").token("COUNT").opt(),
            word("novalues", "NOVALUES").opt(),
        ]),
    command("hset", -4, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("2.0.0", "O(1) per field", "Sets fields, creating the hash when needed.")
        .history(&[("4.0.0", "several fields")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), block("data", &[string("field"), string("value")]).many()]),
    command("hsetex", -6, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("8.0.0", "O(N) for N fields", "Sets fields together with when they expire.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            one_of("condition", &[word("fnx", "FNX"), word("fxx", "FXX")]).opt(),
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
            block(
                "fields",
                &[integer("numfields"), block("data", &[string("field"), string("value")]).many()],
            )
            .token("FIELDS"),
        ]),
    command("hsetnx", 4, WRITE | DENYOOM | FAST, acl::HASH)
        .docs("2.0.0", "O(1)", "Sets a field unless it exists.")
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("field"), string("value")]),
    command("hstrlen", 3, READONLY | FAST, acl::HASH)
        .docs("3.2.0", "O(1)", "Gives the length of a field's value.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0), string("field")]),
    command("httl", -5, READONLY | FAST, acl::HASH)
        .docs("7.4.0", "O(N) for N fields", "Gives the time to live of fields in seconds.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("fields", &[integer("numfields"), string("field").many()]).token("FIELDS"),
        ]),
    command("hvals", 2, READONLY, acl::HASH)
        .docs("2.0.0", "O(N) for a hash of N fields", "Lists the values.")
        .tips(&["nondeterministic_output_order"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
];
