//! Commands about the server: configuration, persistence, replication, introspection.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, block, command, index, integer, key, one_of, pattern, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("acl", -2, 0, acl::NONE).docs(
        "6.0.0",
        "by subcommand",
        "Container of the access control commands.",
    ),
    command("acl|cat", -2, NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(1)", "Lists the command categories, or the commands of one.")
        .args(&[string("category").opt()]),
    command("acl|deluser", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(1) amortized", "Removes users and closes their connections.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("username").many()]),
    command("acl|dryrun", -4, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "O(1)", "Says whether a user could run a command, without running it.")
        .args(&[string("username"), string("command"), string("arg").many().opt()]),
    command("acl|genpass", -2, NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(1)", "Makes up a strong password.")
        .args(&[integer("bits").opt()]),
    command("acl|getuser", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(N) for N passwords and rules of the user", "Shows the rules of a user.")
        .history(&[
            ("6.2.0", "shows channel patterns"),
            ("7.0.0", "shows selectors; key and channel patterns in rule form"),
        ])
        .args(&[string("username")]),
    command("acl|help", 2, LOADING | STALE, acl::NONE).docs(
        "6.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("acl|list", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs(
        "6.0.0",
        "O(N) for N users",
        "Shows the rules of all users in the form of an ACL file.",
    ),
    command("acl|load", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs(
        "6.0.0",
        "O(N) for N users",
        "Reads the ACL file again.",
    ),
    command("acl|log", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(N) for N entries shown", "Shows what was denied lately.")
        .history(&[("7.2.0", "entry id and times of creation and last update")])
        .args(&[one_of("operation", &[integer("count"), word("reset", "RESET")]).opt()]),
    command("acl|save", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(N) for N users", "Writes the rules to the ACL file.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("acl|setuser", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("6.0.0", "O(N) for N rules", "Creates a user or changes its rules.")
        .history(&[("6.2.0", "channel patterns"), ("7.0.0", "selectors and key permissions")])
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("username"), string("rule").many().opt()]),
    command("acl|users", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs(
        "6.0.0",
        "O(N) for N users",
        "Lists the names of the users.",
    ),
    command("acl|whoami", 2, NOSCRIPT | LOADING | STALE, acl::NONE).docs(
        "6.0.0",
        "O(1)",
        "Gives the user of this connection.",
    ),
    command("bgrewriteaof", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, acl::NONE).docs(
        "1.0.0",
        "O(1)",
        "Rewrites the append-only file in the background.",
    ),
    command("bgsave", -1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, acl::NONE)
        .docs("1.0.0", "O(1)", "Saves the data set to disk in the background.")
        .history(&[("3.2.2", "SCHEDULE")])
        .args(&[word("schedule", "SCHEDULE").opt().since("3.2.2")]),
    command("command", -1, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "O(N) for N commands", "Describes all commands.")
        .tips(&["nondeterministic_output_order"]),
    command("command|count", 2, LOADING | STALE, acl::CONNECTION).docs(
        "2.8.13",
        "O(1)",
        "Counts the commands.",
    ),
    command("command|docs", -2, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "O(N) for N commands asked for", "Gives the documentation of commands.")
        .tips(&["nondeterministic_output_order"])
        .args(&[string("command-name").many().opt()]),
    command("command|getkeys", -3, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "O(N) for N arguments", "Gives the keys in a command line.")
        .args(&[string("command"), string("arg").many().opt()]),
    command("command|getkeysandflags", -3, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "O(N) for N arguments", "Gives the keys in a command line and what is done to each.")
        .args(&[string("command"), string("arg").many().opt()]),
    command("command|help", 2, LOADING | STALE, acl::CONNECTION).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("command|info", -2, LOADING | STALE, acl::CONNECTION)
        .docs("2.8.13", "O(N) for N commands asked for", "Describes some commands, or all of them.")
        .history(&[("7.0.0", "without a name, describes all commands")])
        .tips(&["nondeterministic_output_order"])
        .args(&[string("command-name").many().opt()]),
    command("command|list", -2, LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "O(N) for N commands", "Lists the names of commands.")
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
    command("commandlog", -2, 0, acl::NONE).docs(
        "8.1.0",
        "by subcommand",
        "Container of the commands about the command log (Valkey).",
    ),
    command("commandlog|get", 4, ADMIN | LOADING | STALE, acl::NONE)
        .docs("8.1.0", "O(N) for N entries returned", "Shows entries of a command log (Valkey).")
        .tips(&["request_policy:all_nodes", "nondeterministic_output"])
        .args(&[integer("count"), string("type")]),
    command("commandlog|help", 2, LOADING | STALE, acl::NONE).docs(
        "8.1.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("commandlog|len", 3, ADMIN | LOADING | STALE, acl::NONE)
        .docs("8.1.0", "O(1)", "Counts the entries of a command log (Valkey).")
        .tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"])
        .args(&[string("type")]),
    command("commandlog|reset", 3, ADMIN | LOADING | STALE, acl::NONE)
        .docs("8.1.0", "O(N) for N entries", "Empties a command log (Valkey).")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("type")]),
    command("config", -2, 0, acl::NONE).docs(
        "2.0.0",
        "by subcommand",
        "Container of the configuration commands.",
    ),
    command("config|get", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N parameters", "Shows configuration parameters that match patterns.")
        .history(&[("7.0.0", "several patterns")])
        .args(&[string("parameter").many()]),
    command("config|help", 2, LOADING | STALE, acl::NONE).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("config|resetstat", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(1)", "Resets the statistics that INFO shows.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("config|rewrite", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.0", "O(1)", "Writes the running configuration into the configuration file.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("config|set", -4, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N parameters", "Changes configuration parameters of the running server.")
        .history(&[("7.0.0", "several parameters")])
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[block("data", &[string("parameter"), string("value")]).many()]),
    command("dbsize", 1, READONLY | FAST, acl::KEYSPACE)
        .docs("1.0.0", "O(1)", "Counts the keys of the database.")
        .tips(&["request_policy:all_shards", "response_policy:agg_sum"]),
    command("debug", -2, ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED | WHOLE_KEYSPACE, acl::NONE)
        .docs("1.0.0", "by subcommand", "Container of the commands for developers and tests.")
        .system(),
    command("failover", -1, ADMIN | NOSCRIPT | STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("6.2.0", "O(1)", "Hands the master's role over to one of the replicas.")
        .args(&[
            block("target", &[string("host"), integer("port"), word("force", "FORCE").opt()])
                .token("TO")
                .opt(),
            word("abort", "ABORT").opt(),
            integer("milliseconds").token("TIMEOUT").opt(),
        ]),
    command("flushall", -1, WRITE | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "O(N) for N keys", "Removes all keys of all databases.")
        .history(&[("4.0.0", "ASYNC"), ("6.2.0", "SYNC")])
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of(
            "flush-type",
            &[word("async", "ASYNC").since("4.0.0"), word("sync", "SYNC").since("6.2.0")],
        )
        .opt()]),
    command("flushdb", -1, WRITE | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("1.0.0", "O(N) for N keys", "Removes all keys of the database.")
        .history(&[("4.0.0", "ASYNC"), ("6.2.0", "SYNC")])
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of(
            "flush-type",
            &[word("async", "ASYNC").since("4.0.0"), word("sync", "SYNC").since("6.2.0")],
        )
        .opt()]),
    command("hotkeys", -2, 0, acl::NONE).docs(
        "8.6.0",
        "by subcommand",
        "Container of the commands about the keys used most.",
    ),
    command("hotkeys|get", -2, ADMIN, acl::NONE)
        .docs("8.6.0", "O(N) for N keys remembered", "Shows the keys used most, by time, bytes and commands.")
        .tips(&["request_policy:special", "nondeterministic_output"])
        .args(&[integer("count").token("COUNT").opt(), integer("db").token("DB").opt()]),
    command("hotkeys|help", 2, LOADING | STALE, acl::NONE).docs(
        "8.6.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("hotkeys|reset", 2, ADMIN, acl::NONE)
        .docs("8.6.0", "O(N) for N keys remembered", "Forgets the keys used most.")
        .tips(&["request_policy:special"]),
    command("hotkeys|start", -4, ADMIN, acl::NONE)
        .docs("8.6.0", "O(N) for N keys remembered", "Counts the keys used most afresh.")
        .tips(&["request_policy:special"])
        .args(&[
            block("metrics", &[integer("metric-count"), word("cpu", "CPU").opt(), word("net", "NET").opt()])
                .token("METRICS"),
            integer("count").token("COUNT").opt(),
            integer("duration").token("DURATION").opt(),
            integer("ratio").token("SAMPLE").opt(),
        ]),
    command("hotkeys|stop", 2, ADMIN, acl::NONE)
        .docs("8.6.0", "O(1)", "Keeps the keys used most as they are.")
        .tips(&["request_policy:special"]),
    command("info", -1, LOADING | STALE | WHOLE_KEYSPACE, acl::DANGEROUS)
        .docs("1.0.0", "O(1)", "Shows facts and statistics about the server.")
        .history(&[("7.0.0", "several sections")])
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
        .args(&[string("section").many().opt()]),
    command("lastsave", 1, LOADING | STALE | FAST, acl::ADMIN | acl::DANGEROUS)
        .docs("1.0.0", "O(1)", "Gives the time of the last successful save.")
        .tips(&["nondeterministic_output"]),
    command("latency", -2, 0, acl::NONE).docs(
        "2.8.13",
        "by subcommand",
        "Container of the commands about latency.",
    ),
    command("latency|doctor", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "O(1)", "Explains the latency events in plain words.")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    command("latency|graph", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "O(1)", "Draws the latency history of an event.")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("event")]),
    command("latency|help", 2, LOADING | STALE, acl::NONE).docs(
        "2.8.13",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("latency|histogram", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs(
            "7.0.0",
            "O(N) for N commands with data",
            "Shows how long commands took, as cumulative distributions.",
        )
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("command").many().opt()]),
    command("latency|history", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "O(1)", "Gives the samples of a latency event.")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .args(&[string("event")]),
    command("latency|latest", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "O(1)", "Gives the latest sample of every latency event.")
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    command("latency|reset", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.8.13", "O(1)", "Forgets the samples of latency events.")
        .tips(&["request_policy:all_nodes", "response_policy:agg_sum"])
        .args(&[string("event").many().opt()]),
    command("lolwut", -1, READONLY | FAST, acl::NONE)
        .docs("5.0.0", "", "Draws a piece of computer art and shows the version.")
        .args(&[integer("version").token("VERSION").opt()]),
    command("memory", -2, 0, acl::NONE).docs(
        "4.0.0",
        "by subcommand",
        "Container of the commands about memory.",
    ),
    command("memory|doctor", 2, WHOLE_KEYSPACE, acl::NONE)
        .docs("4.0.0", "O(1)", "Explains problems with memory in plain words.")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    command("memory|help", 2, LOADING | STALE, acl::NONE).docs(
        "4.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("memory|malloc-stats", 2, 0, acl::NONE)
        .docs("4.0.0", "by the amount of memory, may be slow", "Shows the allocator's statistics.")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    command("memory|purge", 2, 0, acl::NONE)
        .docs("4.0.0", "by the amount of memory, may be slow", "Asks the allocator to give memory back.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    command("memory|stats", 2, WHOLE_KEYSPACE, acl::NONE)
        .docs("4.0.0", "O(1)", "Shows where the memory goes.")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    command("memory|usage", -3, READONLY, acl::NONE)
        .docs("4.0.0", "O(N) for N samples", "Estimates the memory of a key.")
        .keys(&[index(2, RO)])
        .args(&[key("key", 0), integer("count").token("SAMPLES").opt()]),
    command("module", -2, 0, acl::NONE).docs(
        "4.0.0",
        "by subcommand",
        "Container of the commands about modules.",
    ),
    command("module|help", 2, LOADING | STALE, acl::NONE).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("module|list", 2, ADMIN | NOSCRIPT, acl::NONE)
        .docs("4.0.0", "O(N) for N modules", "Lists the loaded modules.")
        .tips(&["nondeterministic_output_order"]),
    command("module|load", -3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("4.0.0", "O(1)", "Loads a module.")
        .args(&[string("path"), string("arg").many().opt()]),
    command("module|loadex", -3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("7.0.0", "O(1)", "Loads a module with configuration parameters.")
        .args(&[
            string("path"),
            block("configs", &[string("name"), string("value")]).token("CONFIG").many_with_token().opt(),
            string("args").token("ARGS").many().opt(),
        ]),
    command("module|unload", 3, ADMIN | NOSCRIPT | PROTECTED | NO_ASYNC_LOADING, acl::NONE)
        .docs("4.0.0", "O(1)", "Unloads a module.")
        .args(&[string("name")]),
    command("monitor", 1, ADMIN | NOSCRIPT | LOADING | STALE, acl::NONE).docs(
        "1.0.0",
        "",
        "Shows every request the server processes, as it happens.",
    ),
    command("psync", -3, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI | WHOLE_KEYSPACE, acl::NONE)
        .docs("2.8.0", "", "What a replica says to continue or begin replication.")
        .args(&[string("replicationid"), integer("offset")]),
    command("replconf", -1, ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY, acl::NONE)
        .docs("3.0.0", "O(1)", "What replica and master tell each other about the link.")
        .system(),
    command("replicaof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("5.0.0", "O(1)", "Makes this server a replica, or a master again.")
        .args(&[one_of(
            "args",
            &[
                block("host-port", &[string("host"), integer("port")]),
                block("no-one", &[word("no", "NO"), word("one", "ONE")]),
            ],
        )]),
    command("restore-asking", -4, WRITE | DENYOOM | ASKING, acl::KEYSPACE | acl::DANGEROUS)
        .docs(
            "3.0.0",
            "O(1) to create the key, O(N*M) to read N elements of size M; sorted sets O(N*M*log(N))",
            "RESTORE for a slot that is being imported.",
        )
        .system()
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
    command("role", 1, NOSCRIPT | LOADING | STALE | FAST, acl::ADMIN | acl::DANGEROUS).docs(
        "2.8.12",
        "O(1)",
        "Gives the replication role of the server with its links.",
    ),
    command("save", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, acl::NONE).docs(
        "1.0.0",
        "O(N) for N keys",
        "Saves the data set to disk and waits for it.",
    ),
    command("shutdown", -1, ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY, acl::NONE)
        .docs(
            "1.0.0",
            "O(N) for N keys when saving, otherwise O(1)",
            "Saves if configured and ends the server.",
        )
        .history(&[("7.0.0", "NOW, FORCE and ABORT")])
        .args(&[
            one_of("save-selector", &[word("nosave", "NOSAVE"), word("save", "SAVE")]).opt(),
            word("now", "NOW").opt().since("7.0.0"),
            word("force", "FORCE").opt().since("7.0.0"),
            word("abort", "ABORT").opt().since("7.0.0"),
        ]),
    command("slaveof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("1.0.0", "O(1)", "Makes this server a replica, or a master again.")
        .deprecated("5.0.0", "REPLICAOF")
        .args(&[one_of(
            "args",
            &[
                block("host-port", &[string("host"), integer("port")]),
                block("no-one", &[word("no", "NO"), word("one", "ONE")]),
            ],
        )]),
    command("slowlog", -2, 0, acl::NONE).docs(
        "2.2.12",
        "by subcommand",
        "Container of the commands about the slow log.",
    ),
    command("slowlog|get", -2, ADMIN | LOADING | STALE, acl::NONE)
        .docs("2.2.12", "O(N) for N entries returned", "Shows entries of the slow log.")
        .history(&[("4.0.0", "address and name of the client")])
        .tips(&["request_policy:all_nodes", "nondeterministic_output"])
        .args(&[integer("count").opt()]),
    command("slowlog|help", 2, LOADING | STALE, acl::NONE).docs(
        "6.2.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("slowlog|len", 2, ADMIN | LOADING | STALE, acl::NONE)
        .docs("2.2.12", "O(1)", "Counts the entries of the slow log.")
        .tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"]),
    command("slowlog|reset", 2, ADMIN | LOADING | STALE, acl::NONE)
        .docs("2.2.12", "O(N) for N entries", "Empties the slow log.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    command("swapdb", 3, WRITE | FAST | WHOLE_KEYSPACE, acl::KEYSPACE | acl::DANGEROUS)
        .docs("4.0.0", "O(N) for N clients that watch or wait on keys of both", "Exchanges two databases.")
        .args(&[integer("index1"), integer("index2")]),
    command("sync", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, acl::NONE).docs(
        "1.0.0",
        "",
        "What an old replica says to begin replication.",
    ),
    command("time", 1, LOADING | STALE | FAST, acl::NONE)
        .docs("2.6.0", "O(1)", "Gives the server's time.")
        .tips(&["nondeterministic_output"]),
];
