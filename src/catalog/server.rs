//! Commands about the server: configuration, persistence, replication, introspection.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, block, command, index, integer, key, one_of, pattern, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("acl", -2, 0, acl::NONE).docs("6.0.0", "", ""),
    command("acl|cat", -2, NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .args(&[string("category").opt()]),
    command("acl|deluser", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("username").many()]),
    command("acl|dryrun", -4, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs("7.0.0", "", "").args(&[
        string("username"),
        string("command"),
        string("arg").many().opt(),
    ]),
    command("acl|genpass", -2, NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .args(&[integer("bits").opt()]),
    command("acl|getuser", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .args(&[string("username")]),
    command("acl|help", 2, LOADING | STALE, acl::NONE).docs("6.0.0", "", ""),
    command("acl|list", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs("6.0.0", "", ""),
    command("acl|load", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs("6.0.0", "", ""),
    command("acl|log", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .args(&[one_of("operation", &[integer("count"), word("reset", "RESET")]).opt()]),
    command("acl|save", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("acl|setuser", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("username"), string("rule").many().opt()]),
    command("acl|users", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs("6.0.0", "", ""),
    command("acl|whoami", 2, NOSCRIPT | LOADING | STALE, acl::NONE).docs("6.0.0", "", ""),
    command("bgrewriteaof", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, acl::NONE).docs("1.0.0", "", ""),
    command("bgsave", -1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, acl::NONE)
        .docs("1.0.0", "", "")
        .args(&[word("schedule", "SCHEDULE").opt().since("3.2.2")]),
    command("command", -1, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output_order"]),
    command("command|count", 2, LOADING | STALE, acl::CONNECTION).docs("2.8.13", "", ""),
    command("command|docs", -2, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .args(&[string("command-name").many().opt()]),
    command("command|getkeys", -3, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "", "")
        .args(&[string("command"), string("arg").many().opt()]),
    command("command|getkeysandflags", -3, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "", "")
        .args(&[string("command"), string("arg").many().opt()]),
    command("command|help", 2, LOADING | STALE, acl::CONNECTION).docs("5.0.0", "", ""),
    command("command|info", -2, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output_order"])
        .args(&[string("command-name").many().opt()]),
    command("command|list", -2, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .args(&[one_of(
            "filterby",
            &[
                string("module-name").token("MODULE"),
                string("category").token("ACLCAT"),
                pattern("pattern").token("PATTERN"),
            ],
        )
        .token("FILTERBY")
        .opt()]),
    command("config", -2, 0, acl::NONE).docs("2.0.0", "", ""),
    command("config|get", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "", "")
        .args(&[string("parameter").many()]),
    command("config|help", 2, LOADING | STALE, acl::NONE).docs("5.0.0", "", ""),
    command("config|resetstat", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("config|rewrite", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("config|set", -4, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[block("data", &[string("parameter"), string("value")]).many()]),
    command("dbsize", 1, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:agg_sum"]),
    command("debug", -2, ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED | WHOLE_KEYSPACE, acl::NONE)
        .docs("1.0.0", "", "")
        .system(),
    command("failover", -1, ADMIN | NOSCRIPT | STALE, acl::NONE).docs("6.2.0", "", "").args(&[
        block("target", &[string("host"), integer("port"), word("force", "FORCE").opt()]).token("TO").opt(),
        word("abort", "ABORT").opt(),
        integer("milliseconds").token("TIMEOUT").opt(),
    ]),
    command("flushall", -1, WRITE | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of(
            "flush-type",
            &[word("async", "ASYNC").since("4.0.0"), word("sync", "SYNC").since("6.2.0")],
        )
        .opt()]),
    command("flushdb", -1, WRITE | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of(
            "flush-type",
            &[word("async", "ASYNC").since("4.0.0"), word("sync", "SYNC").since("6.2.0")],
        )
        .opt()]),
    command("info", -1, LOADING | STALE, acl::DANGEROUS)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
        .args(&[string("section").many().opt()]),
    command("lastsave", 1, LOADING | STALE | FAST, acl::ADMIN | acl::DANGEROUS)
        .docs("1.0.0", "", "")
        .tips(&["nondeterministic_output"]),
    command("latency", -2, 0, acl::NONE).docs("2.8.13", "", ""),
    command("latency|doctor", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    command("latency|graph", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("event")]),
    command("latency|help", 2, LOADING | STALE, acl::NONE).docs("2.8.13", "", ""),
    command("latency|histogram", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("COMMAND").many().opt()]),
    command("latency|history", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("event")]),
    command("latency|latest", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "", "")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    command("latency|reset", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:agg_sum"])
        .args(&[string("event").many().opt()]),
    command("lolwut", -1, READONLY | FAST, acl::NONE)
        .docs("5.0.0", "", "")
        .args(&[integer("version").token("VERSION").opt()]),
    command("memory", -2, 0, acl::NONE).docs("4.0.0", "", ""),
    command("memory|doctor", 2, 0, acl::NONE).docs("4.0.0", "", "").tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ]),
    command("memory|help", 2, LOADING | STALE, acl::NONE).docs("4.0.0", "", ""),
    command("memory|malloc-stats", 2, 0, acl::NONE).docs("4.0.0", "", "").tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ]),
    command("memory|purge", 2, 0, acl::NONE)
        .docs("4.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    command("memory|stats", 2, 0, acl::NONE).docs("4.0.0", "", "").tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ]),
    command("memory|usage", -3, READONLY, acl::NONE)
        .docs("4.0.0", "", "")
        .keys(&[index(2, RO)])
        .args(&[key("key", 0), integer("count").token("SAMPLES").opt()]),
    command("module", -2, 0, acl::NONE).docs("4.0.0", "", ""),
    command("module|help", 2, LOADING | STALE, acl::NONE).docs("5.0.0", "", ""),
    command("module|list", 2, ADMIN | NOSCRIPT, acl::NONE)
        .docs("4.0.0", "", "")
        .tips(&["nondeterministic_output_order"]),
    command("module|load", -3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("4.0.0", "", "")
        .args(&[string("path"), string("arg").many().opt()]),
    command("module|loadex", -3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("7.0.0", "", "")
        .args(&[
            string("path"),
            block("configs", &[string("name"), string("value")]).token("CONFIG").many_with_token().opt(),
            string("args").token("ARGS").many().opt(),
        ]),
    command("module|unload", 3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("4.0.0", "", "")
        .args(&[string("name")]),
    command("monitor", 1, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs("1.0.0", "", ""),
    command("psync", -3, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, acl::NONE)
        .docs("2.8.0", "", "")
        .args(&[string("replicationid"), integer("offset")]),
    command("replconf", -1, ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY, acl::NONE)
        .docs("3.0.0", "", "")
        .system(),
    command("replicaof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("5.0.0", "", "")
        .args(&[one_of(
            "args",
            &[
                block("host-port", &[string("host"), integer("port")]),
                block("no-one", &[word("no", "NO"), word("one", "ONE")]),
            ],
        )]),
    command("restore-asking", -4, WRITE | DENYOOM | ASKING, acl::KEYSPACE | acl::DANGEROUS)
        .docs("3.0.0", "", "")
        .system()
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
    command("role", 1, NOSCRIPT | LOADING | STALE | FAST, acl::ADMIN | acl::DANGEROUS).docs("2.8.12", "", ""),
    command("save", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, acl::NONE).docs("1.0.0", "", ""),
    command("shutdown", -1, ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY, acl::NONE)
        .docs("1.0.0", "", "")
        .args(&[
            one_of("save-selector", &[word("nosave", "NOSAVE"), word("save", "SAVE")]).opt(),
            word("now", "NOW").opt().since("7.0.0"),
            word("force", "FORCE").opt().since("7.0.0"),
            word("abort", "ABORT").opt().since("7.0.0"),
        ]),
    command("slaveof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("1.0.0", "", "")
        .deprecated("5.0.0", "`REPLICAOF`")
        .args(&[one_of(
            "args",
            &[
                block("host-port", &[string("host"), integer("port")]),
                block("no-one", &[word("no", "NO"), word("one", "ONE")]),
            ],
        )]),
    command("slowlog", -2, 0, acl::NONE).docs("2.2.12", "", ""),
    command("slowlog|get", -2, ADMIN | LOADING | STALE, acl::NONE)
        .docs("2.2.12", "", "")
        .tips(&["request_policy:all_nodes", "nondeterministic_output"])
        .args(&[integer("count").opt()]),
    command("slowlog|help", 2, LOADING | STALE, acl::NONE).docs("6.2.0", "", ""),
    command("slowlog|len", 2, ADMIN | LOADING | STALE, acl::NONE).docs("2.2.12", "", "").tips(&[
        "request_policy:all_nodes",
        "response_policy:agg_sum",
        "nondeterministic_output",
    ]),
    command("slowlog|reset", 2, ADMIN | LOADING | STALE, acl::NONE)
        .docs("2.2.12", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("swapdb", 3, WRITE | FAST | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("4.0.0", "", "")
        .args(&[integer("index1"), integer("index2")]),
    command("sync", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, acl::NONE).docs("1.0.0", "", ""),
    command("time", 1, LOADING | STALE | FAST, acl::NONE)
        .docs("2.6.0", "", "")
        .tips(&["nondeterministic_output"]),
];
