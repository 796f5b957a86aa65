//! Scripts and functions.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, integer, key, numkeys, one_of, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command(
        "eval",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("2.6.0", "", "")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)])
    .args(&[
        string("script"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "eval_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "", "")
    .keys(&[numkeys(2, RO | ACCESS)])
    .args(&[
        string("script"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "evalsha",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("2.6.0", "", "")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)])
    .args(&[string("sha1"), integer("numkeys"), key("key", 0).many().opt(), string("arg").many().opt()]),
    command(
        "evalsha_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "", "")
    .keys(&[numkeys(2, RO | ACCESS)])
    .args(&[string("sha1"), integer("numkeys"), key("key", 0).many().opt(), string("arg").many().opt()]),
    command(
        "fcall",
        -3,
        NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "", "")
    .keys(&[numkeys(2, RW | ACCESS | UPDATE)])
    .args(&[
        string("function"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command(
        "fcall_ro",
        -3,
        READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | WHOLE_KEYSPACE,
        acl::SCRIPTING,
    )
    .docs("7.0.0", "", "")
    .keys(&[numkeys(2, RO | ACCESS)])
    .args(&[
        string("function"),
        integer("numkeys"),
        key("key", 0).many().opt(),
        string("arg").many().opt(),
    ]),
    command("function", -2, 0, acl::NONE).docs("7.0.0", "", ""),
    command("function|delete", 3, WRITE | NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[string("library-name")]),
    command("function|dump", 2, NOSCRIPT, acl::SCRIPTING).docs("7.0.0", "", ""),
    command("function|flush", -2, WRITE | NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[one_of("flush-type", &[word("async", "ASYNC"), word("sync", "SYNC")]).opt()]),
    command("function|help", 2, LOADING | STALE, acl::SCRIPTING).docs("7.0.0", "", ""),
    command("function|kill", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    command("function|list", -2, NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["nondeterministic_output_order"])
        .args(&[
            string("library-name-pattern").token("LIBRARYNAME").opt(),
            word("withcode", "WITHCODE").opt(),
        ]),
    command("function|load", -3, WRITE | DENYOOM | NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[word("replace", "REPLACE").opt(), string("function-code")]),
    command("function|restore", -3, WRITE | DENYOOM | NOSCRIPT, acl::SCRIPTING)
        .docs("7.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[
            string("serialized-value"),
            one_of("policy", &[word("flush", "FLUSH"), word("append", "APPEND"), word("replace", "REPLACE")])
                .opt(),
        ]),
    command("function|stats", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING).docs("7.0.0", "", "").tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ]),
    command("script", -2, 0, acl::NONE).docs("2.6.0", "", ""),
    command("script|debug", 3, NOSCRIPT, acl::SCRIPTING)
        .docs("3.2.0", "", "")
        .args(&[one_of("mode", &[word("yes", "YES"), word("sync", "SYNC"), word("no", "NO")])]),
    command("script|exists", -3, NOSCRIPT, acl::SCRIPTING)
        .docs("2.6.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:agg_logical_and"])
        .args(&[string("sha1").many()]),
    command("script|flush", -2, NOSCRIPT, acl::SCRIPTING)
        .docs("2.6.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[one_of("flush-type", &[word("async", "ASYNC"), word("sync", "SYNC")]).opt().since("6.2.0")]),
    command("script|help", 2, LOADING | STALE, acl::SCRIPTING).docs("5.0.0", "", ""),
    command("script|kill", 2, NOSCRIPT | ALLOW_BUSY, acl::SCRIPTING)
        .docs("2.6.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    command("script|load", 3, NOSCRIPT | STALE, acl::SCRIPTING)
        .docs("2.6.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("script")]),
];
