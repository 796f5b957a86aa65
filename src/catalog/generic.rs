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
        .docs(
            "6.2.0",
            "O(N) for a collection of N elements; O(1) for a string",
            "Copies the value of a key to another key.",
        )
        .keys(&[index(1, RO | ACCESS), index(2, OW | UPDATE)])
        .args(&[
            key("source", 0),
            key("destination", 1),
            integer("destination-db").token("DB").opt(),
            word("replace", "REPLACE").opt(),
        ]),
    command("del", -2, WRITE, acl::KEYSPACE)
        .docs("1.0.0", "O(N) for N keys; a collection costs its number of elements", "Removes keys.")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RM | DELETE)])
        .args(&[key("key", 0).many()]),
    command("dump", 2, READONLY, acl::KEYSPACE)
        .docs(
            "2.6.0",
            "O(1) to find the key, O(N*M) to write N elements of average size M",
            "Gives a key's value in serialized form.",
        )
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("exists", -2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(N) for N keys", "Counts how many of the keys exist.")
        .history(&[("3.0.3", "several keys")])
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RO)])
        .args(&[key("key", 0).many()]),
    command("expire", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Sets a key's time to live in seconds.")
        .history(&[("7.0.0", "NX, XX, GT and LT")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("expireat", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.2.0", "O(1)", "Sets the moment a key expires, in seconds since 1970.")
        .history(&[("7.0.0", "NX, XX, GT and LT")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-seconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("expiretime", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("7.0.0", "O(1)", "Gives the moment a key expires, in seconds since 1970.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("keys", 2, READONLY | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "O(N) for N keys in the database", "Lists the keys that match a pattern.")
        .tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .args(&[pattern("pattern")]),
    command("migrate", -6, WRITE, acl::KEYSPACE | acl::DANGEROUS)
        .docs(
            "2.6.0",
            "that of DUMP and DEL here and RESTORE there, and the transfer",
            "Moves keys to another server.",
        )
        .history(&[("3.0.0", "COPY and REPLACE"), ("3.0.6", "KEYS"), ("4.0.7", "AUTH"), ("6.0.0", "AUTH2")])
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
        .docs("1.0.0", "O(1)", "Moves a key to another database.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("db")]),
    command("object", -2, 0, acl::NONE).docs(
        "2.2.3",
        "by subcommand",
        "Container of the commands that look into a value.",
    ),
    command("object|encoding", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "O(1)", "Names the internal encoding of a value.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|freq", 3, READONLY, acl::KEYSPACE)
        .docs("4.0.0", "O(1)", "Gives the access frequency counter of a value.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|help", 2, LOADING | STALE, acl::KEYSPACE).docs(
        "6.2.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("object|idletime", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "O(1)", "Gives the seconds since a value was last used.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("object|refcount", 3, READONLY, acl::KEYSPACE)
        .docs("2.2.3", "O(1)", "Gives the number of references to a value.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO)])
        .args(&[key("key", 0)]),
    command("persist", 2, WRITE | FAST, acl::KEYSPACE)
        .docs("2.2.0", "O(1)", "Takes the time to live off a key.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0)]),
    command("pexpire", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("2.6.0", "O(1)", "Sets a key's time to live in milliseconds.")
        .history(&[("7.0.0", "NX, XX, GT and LT")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            integer("milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("pexpireat", -3, WRITE | FAST, acl::KEYSPACE)
        .docs("2.6.0", "O(1)", "Sets the moment a key expires, in milliseconds since 1970.")
        .history(&[("7.0.0", "NX, XX, GT and LT")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            unix_time("unix-time-milliseconds"),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX"), word("gt", "GT"), word("lt", "LT")])
                .opt()
                .since("7.0.0"),
        ]),
    command("pexpiretime", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("7.0.0", "O(1)", "Gives the moment a key expires, in milliseconds since 1970.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("pttl", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("2.6.0", "O(1)", "Gives the time to live of a key in milliseconds.")
        .history(&[("2.8.0", "answers -2 when there is no such key")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("randomkey", 1, READONLY | TOUCHES_ARBITRARY_KEYS | WHOLE_KEYSPACE, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Picks a key at random.")
        .tips(&["request_policy:all_shards", "response_policy:special", "nondeterministic_output"]),
    command("rename", 3, WRITE, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Renames a key, replacing the one that has the new name.")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, OW | UPDATE)])
        .args(&[key("key", 0), key("newkey", 1)]),
    command("renamenx", 3, WRITE | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Renames a key unless the new name is taken.")
        .history(&[("3.2.0", "equal names are no error")])
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, OW | INSERT)])
        .args(&[key("key", 0), key("newkey", 1)]),
    command("restore", -4, WRITE | DENYOOM, acl::KEYSPACE | acl::DANGEROUS)
        .docs(
            "2.6.0",
            "O(1) to create the key, O(N*M) to read N elements of size M; sorted sets O(N*M*log(N))",
            "Creates a key from its serialized form.",
        )
        .history(&[("3.0.0", "REPLACE"), ("5.0.0", "ABSTTL, IDLETIME and FREQ")])
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
        .docs(
            "2.8.0",
            "O(1) per call, O(N) for a whole walk over N keys",
            "Walks over the keys of the database step by step.",
        )
        .history(&[("6.0.0", "TYPE")])
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
    .docs(
        "1.0.0",
        "O(N+M*log(M)) to sort N elements and return M; O(N) unsorted",
        "Sorts a list, set or sorted set; may store the result.",
    )
    .keys(&[
        index(1, RO | ACCESS),
        unknown(RO | ACCESS).notes("BY and GET: the names follow from the elements sorted."),
        unknown(OW | UPDATE).notes("STORE may stand anywhere behind the key."),
    ])
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
    .docs(
        "7.0.0",
        "O(N+M*log(M)) to sort N elements and return M; O(N) unsorted",
        "Sorts a list, set or sorted set.",
    )
    .keys(&[
        index(1, RO | ACCESS),
        unknown(RO | ACCESS).notes("BY and GET: the names follow from the elements sorted."),
    ])
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
        .docs("3.2.1", "O(N) for N keys", "Marks keys as used now and counts those that exist.")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RO)])
        .args(&[key("key", 0).many()]),
    command("ttl", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Gives the time to live of a key in seconds.")
        .history(&[("2.8.0", "answers -2 when there is no such key")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("type", 2, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Names the type of a key's value.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("unlink", -2, WRITE | FAST, acl::KEYSPACE)
        .docs(
            "4.0.0",
            "O(1) per key; the memory is freed in the background",
            "Removes keys without waiting for their memory to be freed.",
        )
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .keys(&[range(1, -1, 1, RM | DELETE)])
        .args(&[key("key", 0).many()]),
    command("wait", 3, 0, acl::CONNECTION)
        .docs("3.0.0", "O(1)", "Waits until replicas have received the writes of this connection.")
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .args(&[integer("numreplicas"), integer("timeout")]),
    command("waitaof", 4, NOSCRIPT, acl::CONNECTION)
        .docs("7.2.0", "O(1)", "Waits until the writes of this connection are on disk, here and on replicas.")
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .args(&[integer("numlocal"), integer("numreplicas"), integer("timeout")]),
];
