//! CLUSTER and its family: known here, so that clients get a proper answer.

use super::model::flags::*;
use super::model::{Command, acl, block, command, integer, one_of, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("asking", 1, FAST, acl::CONNECTION).docs(
        "3.0.0",
        "O(1)",
        "Lets the next command use a slot that is being imported.",
    ),
    command("cluster", -2, 0, acl::NONE).docs("3.0.0", "by subcommand", "Container of the cluster commands."),
    command("cluster|addslots", -3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(N) for N slots", "Gives slots to this node.")
        .args(&[integer("slot").many()]),
    command("cluster|addslotsrange", -4, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("7.0.0", "O(N) for N slots in the ranges", "Gives ranges of slots to this node.")
        .args(&[block("range", &[integer("start-slot"), integer("end-slot")]).many()]),
    command("cluster|bumpepoch", 2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Advances the configuration epoch of the cluster.")
        .tips(&["nondeterministic_output"]),
    command("cluster|count-failure-reports", 3, ADMIN | STALE, acl::NONE)
        .docs("3.0.0", "O(N) for N reports", "Counts the nodes that report a node as failing.")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|countkeysinslot", 3, STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "O(1)", "Counts the keys of a slot.")
        .args(&[integer("slot")]),
    command("cluster|delslots", -3, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "O(N) for N slots", "Makes this node forget who owns some slots.")
        .args(&[integer("slot").many()]),
    command("cluster|delslotsrange", -4, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("7.0.0", "O(N) for N slots in the ranges", "Makes this node forget who owns ranges of slots.")
        .args(&[block("range", &[integer("start-slot"), integer("end-slot")]).many()]),
    command("cluster|failover", -2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Makes a replica take its master's place.")
        .args(&[one_of("options", &[word("force", "FORCE"), word("takeover", "TAKEOVER")]).opt()]),
    command("cluster|flushslots", 2, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE).docs(
        "3.0.0",
        "O(1)",
        "Makes this node forget all slots.",
    ),
    command("cluster|forget", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Removes a node from the table of known nodes.")
        .args(&[string("node-id")]),
    command("cluster|getkeysinslot", 4, STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "O(N) for N keys asked for", "Lists keys of a slot.")
        .tips(&["nondeterministic_output"])
        .args(&[integer("slot"), integer("count")]),
    command("cluster|help", 2, LOADING | STALE, acl::NONE).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("cluster|info", 2, STALE, acl::NONE)
        .docs("3.0.0", "O(1)", "Shows the state of the cluster as this node sees it.")
        .tips(&["nondeterministic_output"]),
    command("cluster|keyslot", 3, STALE, acl::NONE)
        .docs("3.0.0", "O(N) for a key of N bytes", "Gives the slot a key belongs to.")
        .args(&[string("key")]),
    command("cluster|links", 2, STALE, acl::NONE)
        .docs("7.0.0", "O(N) for N nodes", "Lists the links from and to the other nodes.")
        .tips(&["nondeterministic_output"]),
    command("cluster|meet", -4, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Introduces another node to this one.")
        .history(&[("4.0.0", "the cluster bus port")])
        .args(&[string("ip"), integer("port"), integer("cluster-bus-port").opt().since("4.0.0")]),
    command("cluster|myid", 2, STALE, acl::NONE).docs("3.0.0", "O(1)", "Gives the id of this node."),
    command("cluster|myshardid", 2, STALE, acl::NONE)
        .docs("7.2.0", "O(1)", "Gives the id of the shard this node belongs to.")
        .tips(&["nondeterministic_output"]),
    command("cluster|nodes", 2, STALE, acl::NONE)
        .docs("3.0.0", "O(N) for N nodes", "Shows the cluster's configuration as this node sees it.")
        .tips(&["nondeterministic_output"]),
    command("cluster|replicas", 3, ADMIN | STALE, acl::NONE)
        .docs("5.0.0", "O(N) for N replicas", "Lists the replicas of a master.")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|replicate", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Makes this node a replica of another one.")
        .args(&[string("node-id")]),
    command("cluster|reset", -2, ADMIN | NOSCRIPT | STALE | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "O(N) for N known nodes; may run FLUSHALL", "Resets the cluster state of this node.")
        .args(&[one_of("reset-type", &[word("hard", "HARD"), word("soft", "SOFT")]).opt()]),
    command("cluster|saveconfig", 2, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE).docs(
        "3.0.0",
        "O(1)",
        "Writes the cluster configuration to disk.",
    ),
    command("cluster|set-config-epoch", 3, ADMIN | STALE | NO_ASYNC_LOADING, acl::NONE)
        .docs("3.0.0", "O(1)", "Sets the configuration epoch of a new node.")
        .args(&[integer("config-epoch")]),
    command("cluster|setslot", -4, ADMIN | STALE | NO_ASYNC_LOADING | WHOLE_KEYSPACE, acl::NONE)
        .docs("3.0.0", "O(1)", "Binds a slot to a node, or marks it as moving.")
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
        .docs("7.0.0", "O(N) for N nodes", "Lists the shards with their slots and nodes.")
        .tips(&["nondeterministic_output"]),
    command("cluster|slaves", 3, ADMIN | STALE, acl::NONE)
        .docs("3.0.0", "O(N) for N replicas", "Lists the replicas of a master.")
        .deprecated("5.0.0", "CLUSTER REPLICAS")
        .tips(&["nondeterministic_output"])
        .args(&[string("node-id")]),
    command("cluster|slots", 2, LOADING | STALE, acl::NONE)
        .docs("3.0.0", "O(N) for N nodes", "Lists the ranges of slots with the nodes that serve them.")
        .deprecated("7.0.0", "CLUSTER SHARDS")
        .history(&[("4.0.0", "node ids"), ("7.0.0", "further networking metadata")])
        .tips(&["nondeterministic_output"]),
    command("readonly", 1, LOADING | STALE | FAST, acl::CONNECTION).docs(
        "3.0.0",
        "O(1)",
        "Allows reads on a cluster replica over this connection.",
    ),
    command("readwrite", 1, LOADING | STALE | FAST, acl::CONNECTION).docs(
        "3.0.0",
        "O(1)",
        "Takes READONLY back.",
    ),
];
