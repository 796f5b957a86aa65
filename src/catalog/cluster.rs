//! CLUSTER and its family: known here, so that clients get a proper answer.

use super::model::flags::*;
use super::model::{Command, acl, block, command, integer, one_of, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("asking", 1, FAST, acl::CONNECTION).docs("3.0.0", "", ""),
    command("cluster", -2, 0, acl::NONE).docs("3.0.0", "", ""),
    command("cluster|addslots", -3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[integer("slot").many()]),
    command("cluster|addslotsrange", -4, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("7.0.0", "", "")
        .args(&[block("range", &[integer("start-slot"), integer("end-slot")]).many()]),
    command("cluster|bumpepoch", 2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .tips(&["nondeterministic_output"]),
    command("cluster|count-failure-reports", 3, ADMIN | STALE, acl::NONE)
        .docs("3.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|countkeysinslot", 3, STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[integer("slot")]),
    command("cluster|delslots", -3, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[integer("slot").many()]),
    command("cluster|delslotsrange", -4, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("7.0.0", "", "")
        .args(&[block("range", &[integer("start-slot"), integer("end-slot")]).many()]),
    command("cluster|failover", -2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[one_of("options", &[word("force", "FORCE"), word("takeover", "TAKEOVER")]).opt()]),
    command("cluster|flushslots", 2, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", ""),
    command("cluster|forget", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[string("node-id")]),
    command("cluster|getkeysinslot", 4, STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .args(&[integer("slot"), integer("count")]),
    command("cluster|help", 2, LOADING | STALE, acl::NONE).docs("5.0.0", "", ""),
    command("cluster|info", 2, STALE, acl::NONE).docs("3.0.0", "", "").tips(&["nondeterministic_output"]),
    command("cluster|keyslot", 3, STALE, acl::NONE).docs("3.0.0", "", "").args(&[string("key")]),
    command("cluster|links", 2, STALE, acl::NONE).docs("7.0.0", "", "").tips(&["nondeterministic_output"]),
    command("cluster|meet", -4, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE).docs("3.0.0", "", "").args(&[
        string("ip"),
        integer("port"),
        integer("cluster-bus-port").opt().since("4.0.0"),
    ]),
    command("cluster|myid", 2, STALE, acl::NONE).docs("3.0.0", "", ""),
    command("cluster|myshardid", 2, STALE, acl::NONE)
        .docs("7.2.0", "", "")
        .tips(&["nondeterministic_output"]),
    command("cluster|nodes", 2, STALE, acl::NONE).docs("3.0.0", "", "").tips(&["nondeterministic_output"]),
    command("cluster|replicas", 3, ADMIN | STALE, acl::NONE)
        .docs("5.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|replicate", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[string("node-id")]),
    command("cluster|reset", -2, ADMIN | NOSCRIPT | STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[one_of("reset-type", &[word("hard", "HARD"), word("soft", "SOFT")]).opt()]),
    command("cluster|saveconfig", 2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE).docs("3.0.0", "", ""),
    command("cluster|set-config-epoch", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[integer("config-epoch")]),
    command("cluster|setslot", -4, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "", "")
        .args(&[
            integer("slot"),
            one_of(
                "subcommand",
                &[
                    string("importing").token("IMPORTING").display("node-id"),
                    string("migrating").token("MIGRATING").display("node-id"),
                    string("node").token("NODE").display("node-id"),
                    word("stable", "STABLE"),
                ],
            ),
        ]),
    command("cluster|shards", 2, LOADING | STALE, acl::NONE)
        .docs("7.0.0", "", "")
        .tips(&["nondeterministic_output"]),
    command("cluster|slaves", 3, ADMIN | STALE, acl::NONE)
        .docs("3.0.0", "", "")
        .deprecated("5.0.0", "`CLUSTER REPLICAS`")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|slots", 2, LOADING | STALE, acl::NONE)
        .docs("3.0.0", "", "")
        .deprecated("7.0.0", "`CLUSTER SHARDS`")
        .tips(&["nondeterministic_output"]),
    command("readonly", 1, LOADING | STALE | FAST, acl::CONNECTION).docs("3.0.0", "", ""),
    command("readwrite", 1, LOADING | STALE | FAST, acl::CONNECTION).docs("3.0.0", "", ""),
];
