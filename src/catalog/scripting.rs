//! Scripts and functions.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, integer, key, numkeys, one_of, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command(
        "eval",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("2.6.0", "that of the script", "Runs a Lua script.")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)
        .notes("What a script does to its keys is not known: taken as read and changed.")])
    .args(&[
        string("script"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "eval_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "that of the script", "Runs a Lua script that only reads.")
    .keys(&[numkeys(2, RO | ACCESS).notes("What a script does to its keys is not known: taken as read.")])
    .args(&[
        string("script"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "evalsha",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("2.6.0", "that of the script", "Runs a cached Lua script by its SHA1.")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)])
    .args(&[string("sha1"), integer("numkeys"), key("key", 0).many().opt(), string("arg").many().opt()]),
    command(
        "evalsha_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "that of the script", "Runs a cached Lua script that only reads, by its SHA1.")
    .keys(&[numkeys(2, RO | ACCESS)])
    .args(&[string("sha1"), integer("numkeys"), key("key", 0).many().opt(), string("arg").many().opt()]),
    command(
        "fcall",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "that of the function", "Calls a function of a loaded library.")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)
        .notes("What a function does to its keys is not known: taken as read and changed.")])
    .args(&[
        string("function"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "fcall_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | RUNS_SCRIPT,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "that of the function", "Calls a function of a loaded library that only reads.")
    .keys(&[numkeys(2, RO | ACCESS).notes("What a function does to its keys is not known: taken as read.")])
    .args(&[
        string("function"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command("function", -2, 0, acl::NONE).docs(
        "7.0.0",
        "by subcommand",
        "Container of the commands about function libraries.",
    ),
    command("function|delete", 3, WRITE | NOSCRIPT | WHOLE_KEYSPACE, acl::SCRIPTING)
        .docs("7.0.0", "O(1)", "Removes a library and its functions.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[string("library-name")]),
    command("function|dump", 2, NOSCRIPT, acl::SCRIPTING).docs(
        "7.0.0",
        "O(N) for N functions",
        "Gives all libraries in serialized form.",
    ),
    command("function|flush", -2, WRITE | NOSCRIPT | WHOLE_KEYSPACE, acl::SCRIPTING)
        .docs("7.0.0", "O(N) for N functions", "Removes all libraries.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of("flush-type", &[word("async", "ASYNC"), word("sync", "SYNC")]).opt()]),
    command("function|help", 2, LOADING | STALE, acl::SCRIPTING).docs(
        "7.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("function|kill", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING)
        .docs("7.0.0", "O(1)", "Stops the function that is running.")
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    command("function|list", -2, NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "O(N) for N functions", "Describes the libraries.")
        .tips(&["nondeterministic_output_order"])
        .args(&[
            string("library-name-pattern").token("LIBRARYNAME").opt(),
            word("withcode", "WITHCODE").opt(),
        ]),
    command("function|load", -3, WRITE | DENYOOM | NOSCRIPT | WHOLE_KEYSPACE, acl::SCRIPTING)
        .docs("7.0.0", "O(1), compilation aside", "Loads a library.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[word("replace", "REPLACE").opt(), string("function-code")]),
    command("function|restore", -3, WRITE | DENYOOM | NOSCRIPT | WHOLE_KEYSPACE, acl::SCRIPTING)
        .docs("7.0.0", "O(N) for N functions in the payload", "Loads libraries from their serialized form.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[
            string("serialized-value"),
            one_of("policy", &[word("flush", "FLUSH"), word("append", "APPEND"), word("replace", "REPLACE")])
                .opt(),
        ]),
    command("function|stats", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING)
        .docs("7.0.0", "O(1)", "Describes the function that is running and the engines.")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    command("script", -2, 0, acl::NONE).docs(
        "2.6.0",
        "by subcommand",
        "Container of the commands about scripts.",
    ),
    command("script|debug", 3, NOSCRIPT, acl::SCRIPTING)
        .docs("3.2.0", "O(1)", "Chooses how the next scripts are debugged.")
        .args(&[one_of("mode", &[word("yes", "YES"), word("sync", "SYNC"), word("no", "NO")])]),
    command("script|exists", -3, NOSCRIPT, acl::SCRIPTING)
        .docs("2.6.0", "O(N) for N scripts", "Says which scripts are cached.")
        .tips(&["request_policy:all_shards", "response_policy:agg_logical_and"])
        .args(&[string("sha1").many()]),
    command("script|flush", -2, NOSCRIPT, acl::SCRIPTING)
        .docs("2.6.0", "O(N) for N cached scripts", "Empties the script cache.")
        .history(&[("6.2.0", "ASYNC and SYNC")])
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[one_of("flush-type", &[word("async", "ASYNC"), word("sync", "SYNC")]).opt().since("6.2.0")]),
    command("script|help", 2, LOADING | STALE, acl::SCRIPTING).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("script|kill", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING)
        .docs("2.6.0", "O(1)", "Stops the script that is running.")
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    command("script|load", 3, NOSCRIPT | STALE, acl::SCRIPTING)
        .docs("2.6.0", "O(N) for a script of N bytes", "Puts a script into the cache.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("script")]),
];
