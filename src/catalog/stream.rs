//! Commands on streams and their consumer groups.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, all_behind, block, command, index, integer, key, one_of, string, unix_time, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("xack", -4, WRITE | FAST, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), string("group"), string("ID").many()]),
    command("xackdel", -6, WRITE | FAST, acl::STREAM)
        .docs("8.2.0", "", "")
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
        .docs("5.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | UPDATE)])
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
        .docs("6.2.0", "", "")
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
        .docs("5.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("group"),
            string("consumer"),
            string("min-idle-time"),
            string("ID").many(),
            integer("ms").token("IDLE").opt(),
            unix_time("unix-time-milliseconds").token("TIME").opt(),
            integer("count").token("RETRYCOUNT").opt(),
            word("force", "FORCE").opt(),
            word("justid", "JUSTID").opt(),
            string("lastid").token("LASTID").opt(),
        ]),
    command("xdel", -3, WRITE | FAST, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("ID").many()]),
    command("xdelex", -5, WRITE | FAST, acl::STREAM)
        .docs("8.2.0", "", "")
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
    command("xgroup", -2, 0, acl::NONE).docs("5.0.0", "", ""),
    command("xgroup|create", -5, WRITE | DENYOOM, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RW | INSERT)])
        .args(&[
            key("key", 0),
            string("group"),
            one_of("id-selector", &[string("id"), word("new-id", "$")]),
            word("mkstream", "MKSTREAM").opt(),
            integer("entries-read").token("ENTRIESREAD").opt(),
        ]),
    command("xgroup|createconsumer", 5, WRITE | DENYOOM, acl::STREAM)
        .docs("6.2.0", "", "")
        .keys(&[index(2, RW | INSERT)])
        .args(&[key("key", 0), string("group"), string("consumer")]),
    command("xgroup|delconsumer", 5, WRITE, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RW | DELETE)])
        .args(&[key("key", 0), string("group"), string("consumer")]),
    command("xgroup|destroy", 4, WRITE, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RW | DELETE)])
        .args(&[key("key", 0), string("group")]),
    command("xgroup|help", 2, LOADING | STALE, acl::STREAM).docs("5.0.0", "", ""),
    command("xgroup|setid", -5, WRITE, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("group"),
            one_of("id-selector", &[string("id"), word("new-id", "$")]),
            integer("entriesread").token("ENTRIESREAD").display("entries-read").opt(),
        ]),
    command("xinfo", -2, 0, acl::NONE).docs("5.0.0", "", ""),
    command("xinfo|consumers", 4, READONLY, acl::STREAM)
        .docs("5.0.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(2, RO | ACCESS)])
        .args(&[key("key", 0), string("group")]),
    command("xinfo|groups", 3, READONLY, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RO | ACCESS)])
        .args(&[key("key", 0)]),
    command("xinfo|help", 2, LOADING | STALE, acl::STREAM).docs("5.0.0", "", ""),
    command("xinfo|stream", -3, READONLY, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(2, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("full-block", &[word("full", "FULL"), integer("count").token("COUNT").opt()]).opt(),
        ]),
    command("xlen", 2, READONLY | FAST, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("xpending", -3, READONLY, acl::STREAM)
        .docs("5.0.0", "", "")
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
        .docs("5.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("start"), string("end"), integer("count").token("COUNT").opt()]),
    command("xread", -4, READONLY | BLOCKING, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[all_behind("STREAMS", 1, 2, RO | ACCESS)])
        .found_by(Finder::Xread)
        .args(&[
            integer("count").token("COUNT").opt(),
            integer("milliseconds").token("BLOCK").opt(),
            block("streams", &[key("key", 0).many(), string("ID").many()]).token("STREAMS"),
        ]),
    command("xreadgroup", -7, WRITE | BLOCKING, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[all_behind("STREAMS", 4, 2, RO | ACCESS)])
        .found_by(Finder::Xread)
        .args(&[
            block("group-block", &[string("group"), string("consumer")]).token("GROUP"),
            integer("count").token("COUNT").opt(),
            integer("milliseconds").token("BLOCK").opt(),
            word("noack", "NOACK").opt(),
            block("streams", &[key("key", 0).many(), string("ID").many()]).token("STREAMS"),
        ]),
    command("xrevrange", -4, READONLY, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("end"), string("start"), integer("count").token("COUNT").opt()]),
    command("xsetid", -3, WRITE | DENYOOM | FAST, acl::STREAM)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            string("last-id"),
            integer("entries-added").token("ENTRIESADDED").opt().since("7.0.0"),
            string("max-deleted-id").token("MAXDELETEDID").opt().since("7.0.0"),
        ]),
    command("xtrim", -4, WRITE, acl::STREAM)
        .docs("5.0.0", "", "")
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
