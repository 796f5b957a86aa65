//! Commands on keys of any type: existence, expiry, renaming, iteration, serialization.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, all_behind, block, command, index, integer, key, key_pattern, one_of, pattern,
    range, string, unix_time, unknown, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("copy", -3, WRITE | DENYOOM, acl::KEYSPACE)
        .docs("6.2.0", "", "")
        .keys(&[index(1, RO | ACCESS), index(2, OW | UPDATE)])
        .args(&[
            key("source", 0),
            key("destination", 1),
            integer("destination-db").token("DB").opt(),
            word("replace", "REPLACE").opt(),
        ]),
    command("del", -2, WRITE, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RM | DELETE)])
        .args(&[key("key", 0).many()]),
    command("dump", 2, READONLY, acl::KEYSPACE)
        .docs("2.6.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("exists", -2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RO)])
        .args(&[key("key", 0).many()]),
    command("expire", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("expireat", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("expiretime", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("7.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("keys", 2, READONLY | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .args(&[pattern("pattern")]),
    command("migrate", -6, WRITE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("2.6.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(3, RW | ACCESS | DELETE), all_behind("KEYS", -2, 0, RW | ACCESS | DELETE | INCOMPLETE)])
        .found_by(Finder::Migrate)
        .args(&[
            string("host"),
            integer("port"),
            one_of("key-selector", &[key("key", 0), word("empty-string", "\"\"")]),
            integer("destination-db"),
            integer("timeout"),
            word("copy", "COPY").opt().since("3.0.0"),
            word("replace", "REPLACE").opt().since("3.0.0"),
            one_of(
                "authentication",
                &[
                    string("auth").token("AUTH").display("password").since("4.0.7"),
                    block("auth2", &[string("username"), string("password")]).token("AUTH2").since("6.0.0"),
                ],
            )
            .opt(),
            key("keys", 1).token("KEYS").display("key").many().opt().since("3.0.6"),
        ]),
    command("move", 3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("db")]),
    command("object", -2, 0, acl::NONE).docs("2.2.3", "", ""),
    command("object|encoding", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|freq", 3, READONLY, acl::KEYSPACE)
        .docs("4.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|help", 2, LOADING | STALE, acl::KEYSPACE).docs("6.2.0", "", ""),
    command("object|idletime", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|refcount", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("persist", 2, WRITE | FAST, acl::KEYSPACE)
        .docs("2.2.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0)]),
    command("pexpire", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("2.6.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("pexpireat", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("2.6.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("pexpiretime", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("7.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("pttl", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("2.6.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("randomkey", 1, READONLY | TOUCHES_ARBITRARY_KEYS | WHOLE_KEYSPACE, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:special", "nondeterministic_output"]),
    command("rename", 3, WRITE, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, OW | UPDATE)])
        .args(&[key("key", 0), key("newkey", 1)]),
    command("renamenx", 3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, OW | INSERT)])
        .args(&[key("key", 0), key("newkey", 1)]),
    command("restore", -4, WRITE | DENYOOM, acl::KEYSPACE | acl::DANGEROUS)
        .docs("2.6.0", "", "")
        .keys(&[index(1, OW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("ttl"),
            string("serialized-value"),
            word("replace", "REPLACE").opt().since("3.0.0"),
            word("absttl", "ABSTTL").opt().since("5.0.0"),
            integer("seconds").token("IDLETIME").opt().since("5.0.0"),
            integer("frequency").token("FREQ").opt().since("5.0.0"),
        ]),
    command("scan", -2, READONLY | TOUCHES_ARBITRARY_KEYS | WHOLE_KEYSPACE, acl::KEYSPACE)
        .docs("2.8.0", "", "")
        .tips(&["nondeterministic_output", "request_policy:special", "response_policy:special"])
        .args(&[
            integer("cursor"),
            pattern("pattern").token("MATCH").opt(),
            integer("count").token("COUNT").opt(),
            string("type").token("TYPE").opt().since("6.0.0"),
        ]),
    command(
        "sort",
        -2,
        WRITE | DENYOOM | KEYS_BY_PATTERN,
        acl::SET | acl::SORTEDSET | acl::LIST | acl::DANGEROUS,
    )
    .docs("1.0.0", "", "")
    .keys(&[index(1, RO | ACCESS), unknown(RO | ACCESS), unknown(OW | UPDATE)])
    .found_by(Finder::Sort)
    .args(&[
        key("key", 0),
        key_pattern("by-pattern", 1).token("BY").display("pattern").opt(),
        block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        key_pattern("get-pattern", 1).token("GET").display("pattern").many_with_token().opt(),
        one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        word("sorting", "ALPHA").opt(),
        key("destination", 2).token("STORE").opt(),
    ]),
    command(
        "sort_ro",
        -2,
        READONLY | KEYS_BY_PATTERN,
        acl::SET | acl::SORTEDSET | acl::LIST | acl::DANGEROUS,
    )
    .docs("7.0.0", "", "")
    .keys(&[index(1, RO | ACCESS), unknown(RO | ACCESS)])
    .found_by(Finder::SortRo)
    .args(&[
        key("key", 0),
        key_pattern("by-pattern", 1).token("BY").display("pattern").opt(),
        block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        key_pattern("get-pattern", 1).token("GET").display("pattern").many_with_token().opt(),
        one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        word("sorting", "ALPHA").opt(),
    ]),
    command("touch", -2, READONLY | FAST, acl::KEYSPACE)
        .docs("3.2.1", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RO)])
        .args(&[key("key", 0).many()]),
    command("ttl", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("type", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("unlink", -2, WRITE | FAST, acl::KEYSPACE)
        .docs("4.0.0", "", "")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RM | DELETE)])
        .args(&[key("key", 0).many()]),
    command("wait", 3, 0, acl::CONNECTION)
        .docs("3.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .args(&[integer("numreplicas"), integer("timeout")]),
    command("waitaof", 4, NOSCRIPT, acl::CONNECTION)
        .docs("7.2.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .args(&[integer("numlocal"), integer("numreplicas"), integer("timeout")]),
];
