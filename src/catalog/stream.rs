//! Commands on streams and their consumer groups.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, all_behind, block, command, index, integer, key, one_of, string, unix_time, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("xack", -4, WRITE | FAST, acl::STREAM)
        .docs("5.0.0", "O(1) per message", "Marks messages as processed by the consumer group.")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), string("group"), string("id").many()]),
    command("xackdel", -6, WRITE | FAST, acl::STREAM)
        .docs("8.2.0", "O(1) per message", "Marks messages as processed and removes them from the stream.")
        .keys(&[index(1, RW | UPDATE | DELETE)])
        .args(&[
            key("key", 0),
            string("group"),
            one_of(
                "condition",
                &[word("keepref", "KEEPREF"), word("delref", "DELREF"), word("acked", "ACKED")],
            )
            .opt(),
            block("ids", &[integer("numids"), string("id").many()]).token("IDS"),
        ]),
    command("xadd", -5, WRITE | DENYOOM | FAST, acl::STREAM)
        .docs(
            "5.0.0",
            "O(1); O(N) when trimming evicts N entries",
            "Appends a message, creating the stream when needed.",
        )
        .history(&[
            ("6.2.0", "NOMKSTREAM, MINID and LIMIT"),
            ("7.0.0", "ids of the form ms-*"),
            ("8.2.0", "KEEPREF, DELREF and ACKED"),
        ])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | UPDATE).notes("Trimming removes entries, so this is more than an insert.")])
        .args(&[
            key("key", 0),
            word("nomkstream", "NOMKSTREAM").opt().since("6.2.0"),
            one_of(
                "condition",
                &[word("keepref", "KEEPREF"), word("delref", "DELREF"), word("acked", "ACKED")],
            )
            .opt(),
            block(
                "trim",
                &[
                    one_of("strategy", &[word("maxlen", "MAXLEN"), word("minid", "MINID").since("6.2.0")]),
                    one_of("operator", &[word("equal", "="), word("approximately", "~")]).opt(),
                    string("threshold"),
                    integer("count").token("LIMIT").opt().since("6.2.0"),
                ],
            )
            .opt(),
            one_of("id-selector", &[word("auto-id", "*"), string("id")]),
            block("data", &[string("field"), string("value")]).many(),
        ]),
    command("xautoclaim", -6, WRITE | FAST, acl::STREAM)
        .docs(
            "6.2.0",
            "O(1) for a small COUNT",
            "Hands messages that were left pending for long over to a consumer.",
        )
        .history(&[("7.0.0", "lists the ids of messages that no longer exist")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | DELETE)])
        .args(&[
            key("key", 0),
            string("group"),
            string("consumer"),
            string("min-idle-time"),
            string("start"),
            integer("count").token("COUNT").opt(),
            word("justid", "JUSTID").opt(),
        ]),
    command("xclaim", -6, WRITE | FAST, acl::STREAM)
        .docs(
            "5.0.0",
            "O(log(N)) for N pending messages of the group",
            "Hands pending messages over to a consumer.",
        )
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("group"),
            string("consumer"),
            string("min-idle-time"),
            string("id").many(),
            integer("ms").token("IDLE").opt(),
            unix_time("unix-time-milliseconds").token("TIME").opt(),
            integer("count").token("RETRYCOUNT").opt(),
            word("force", "FORCE").opt(),
            word("justid", "JUSTID").opt(),
            string("lastid").token("LASTID").opt(),
        ]),
    command("xdel", -3, WRITE | FAST, acl::STREAM)
        .docs("5.0.0", "O(1) per message", "Removes messages from a stream.")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("id").many()]),
    command("xdelex", -5, WRITE | FAST, acl::STREAM)
        .docs(
            "8.2.0",
            "O(1) per message",
            "Removes messages, saying what becomes of the references consumer groups hold.",
        )
        .keys(&[index(1, RW | DELETE)])
        .args(&[
            key("key", 0),
            one_of(
                "condition",
                &[word("keepref", "KEEPREF"), word("delref", "DELREF"), word("acked", "ACKED")],
            )
            .opt(),
            block("ids", &[integer("numids"), string("id").many()]).token("IDS"),
        ]),
    command("xgroup", -2, 0, acl::NONE).docs(
        "5.0.0",
        "by subcommand",
        "Container of the commands that manage consumer groups.",
    ),
    command("xgroup|create", -5, WRITE | DENYOOM, acl::STREAM)
        .docs("5.0.0", "O(1)", "Creates a consumer group.")
        .history(&[("7.0.0", "ENTRIESREAD")])
        .keys(&[index(2, RW | INSERT)])
        .args(&[
            key("key", 0),
            string("group"),
            one_of("id-selector", &[string("id"), word("new-id", "$")]),
            word("mkstream", "MKSTREAM").opt(),
            integer("entries-read").token("ENTRIESREAD").opt(),
        ]),
    command("xgroup|createconsumer", 5, WRITE | DENYOOM, acl::STREAM)
        .docs("6.2.0", "O(1)", "Creates a consumer in a group.")
        .keys(&[index(2, RW | INSERT)])
        .args(&[key("key", 0), string("group"), string("consumer")]),
    command("xgroup|delconsumer", 5, WRITE, acl::STREAM)
        .docs("5.0.0", "O(1)", "Removes a consumer with its pending messages.")
        .keys(&[index(2, RW | DELETE)])
        .args(&[key("key", 0), string("group"), string("consumer")]),
    command("xgroup|destroy", 4, WRITE, acl::STREAM)
        .docs("5.0.0", "O(N) for N pending messages of the group", "Removes a consumer group.")
        .keys(&[index(2, RW | DELETE)])
        .args(&[key("key", 0), string("group")]),
    command("xgroup|help", 2, LOADING | STALE, acl::STREAM).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("xgroup|setid", -5, WRITE, acl::STREAM)
        .docs("5.0.0", "O(1)", "Sets the id a consumer group has delivered last.")
        .history(&[("7.0.0", "ENTRIESREAD")])
        .keys(&[index(2, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("group"),
            one_of("id-selector", &[string("id"), word("new-id", "$")]),
            integer("entriesread").token("ENTRIESREAD").display("entries-read").opt(),
        ]),
    command("xinfo", -2, 0, acl::NONE).docs(
        "5.0.0",
        "by subcommand",
        "Container of the commands that describe streams.",
    ),
    command("xinfo|consumers", 4, READONLY, acl::STREAM)
        .docs("5.0.0", "O(1)", "Describes the consumers of a group.")
        .history(&[("7.2.0", "field inactive")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO | ACCESS)])
        .args(&[key("key", 0), string("group")]),
    command("xinfo|groups", 3, READONLY, acl::STREAM)
        .docs("5.0.0", "O(1)", "Describes the consumer groups of a stream.")
        .history(&[("7.0.0", "fields entries-read and lag")])
        .keys(&[index(2, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("xinfo|help", 2, LOADING | STALE, acl::STREAM).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("xinfo|stream", -3, READONLY, acl::STREAM)
        .docs("5.0.0", "O(1)", "Describes a stream.")
        .history(&[
            ("6.0.0", "FULL"),
            (
                "7.0.0",
                "fields max-deleted-entry-id, entries-added, recorded-first-entry-id, entries-read and lag",
            ),
            ("7.2.0", "field active-time; seen-time means the last attempt"),
        ])
        .keys(&[index(2, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("full-block", &[word("full", "FULL"), integer("count").token("COUNT").opt()]).opt(),
        ]),
    command("xlen", 2, READONLY | FAST, acl::STREAM)
        .docs("5.0.0", "O(1)", "Counts the messages.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("xpending", -3, READONLY, acl::STREAM)
        .docs(
            "5.0.0",
            "O(N) for N messages returned; O(M) for M messages scanned with IDLE",
            "Shows what a consumer group has been given and not acknowledged.",
        )
        .history(&[("6.2.0", "IDLE and exclusive ranges")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("group"),
            block(
                "filters",
                &[
                    integer("min-idle-time").token("IDLE").opt().since("6.2.0"),
                    string("start"),
                    string("end"),
                    integer("count"),
                    string("consumer").opt(),
                ],
            )
            .opt(),
        ]),
    command("xrange", -4, READONLY, acl::STREAM)
        .docs("5.0.0", "O(N) for N messages returned", "Gives the messages in a range of ids.")
        .history(&[("6.2.0", "exclusive ranges")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("start"), string("end"), integer("count").token("COUNT").opt()]),
    command("xread", -4, READONLY | BLOCKING, acl::STREAM)
        .docs(
            "5.0.0",
            "O(N) for N messages returned",
            "Gives messages newer than some ids from several streams; may wait for them.",
        )
        .keys(&[all_behind("STREAMS", 1, 2, RO | ACCESS)])
        .found_by(Finder::Xread)
        .args(&[
            integer("count").token("COUNT").opt(),
            integer("milliseconds").token("BLOCK").opt(),
            block("streams", &[key("key", 0).many(), string("id").many()]).token("STREAMS"),
        ]),
    command("xreadgroup", -7, WRITE | BLOCKING, acl::STREAM)
        .docs(
            "5.0.0",
            "O(M) per stream for M messages returned; while N clients wait, XADD costs O(N)",
            "Gives new or pending messages to a consumer of a group; may wait for them.",
        )
        .keys(&[all_behind("STREAMS", 4, 2, RO | ACCESS)])
        .found_by(Finder::Xread)
        .args(&[
            block("group-block", &[string("group"), string("consumer")]).token("GROUP"),
            integer("count").token("COUNT").opt(),
            integer("milliseconds").token("BLOCK").opt(),
            word("noack", "NOACK").opt(),
            block("streams", &[key("key", 0).many(), string("id").many()]).token("STREAMS"),
        ]),
    command("xrevrange", -4, READONLY, acl::STREAM)
        .docs("5.0.0", "O(N) for N messages returned", "Gives the messages in a range of ids, last first.")
        .history(&[("6.2.0", "exclusive ranges")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("end"), string("start"), integer("count").token("COUNT").opt()]),
    command("xsetid", -3, WRITE | DENYOOM | FAST, acl::STREAM)
        .docs("5.0.0", "O(1)", "Sets the last id of a stream; for internal use.")
        .history(&[("7.0.0", "ENTRIESADDED and MAXDELETEDID")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("last-id"),
            integer("entries-added").token("ENTRIESADDED").opt().since("7.0.0"),
            string("max-deleted-id").token("MAXDELETEDID").opt().since("7.0.0"),
        ]),
    command("xtrim", -4, WRITE, acl::STREAM)
        .docs(
            "5.0.0",
            "O(N) for N messages evicted, with a small constant",
            "Removes messages from the beginning of a stream.",
        )
        .history(&[("6.2.0", "MINID and LIMIT"), ("8.2.0", "KEEPREF, DELREF and ACKED")])
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | DELETE)])
        .args(&[
            key("key", 0),
            block(
                "trim",
                &[
                    one_of("strategy", &[word("maxlen", "MAXLEN"), word("minid", "MINID").since("6.2.0")]),
                    one_of("operator", &[word("equal", "="), word("approximately", "~")]).opt(),
                    string("threshold"),
                    integer("count").token("LIMIT").opt().since("6.2.0"),
                    one_of(
                        "condition",
                        &[word("keepref", "KEEPREF"), word("delref", "DELREF"), word("acked", "ACKED")],
                    )
                    .opt(),
                ],
            ),
        ]),
];
