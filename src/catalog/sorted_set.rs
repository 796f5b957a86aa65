//! Commands on sorted sets, blocking ones included.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, acl, block, command, double, index, integer, key, numkeys, one_of, pattern, range, string, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("bzmpop", -5, WRITE | BLOCKING, acl::SORTEDSET)
        .docs("7.0.0", "", "")
        .keys(&[numkeys(2, RW | ACCESS | DELETE)])
        .args(&[
            double("timeout"),
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("min", "MIN"), word("max", "MAX")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("bzpopmax", -3, WRITE | BLOCKING | FAST, acl::SORTEDSET)
        .docs("5.0.0", "", "")
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("bzpopmin", -3, WRITE | BLOCKING | FAST, acl::SORTEDSET)
        .docs("5.0.0", "", "")
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("zadd", -4, WRITE | DENYOOM | FAST, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX")]).opt().since("3.0.2"),
            one_of("comparison", &[word("gt", "GT"), word("lt", "LT")]).opt().since("6.2.0"),
            word("change", "CH").opt().since("3.0.2"),
            word("increment", "INCR").opt().since("3.0.2"),
            block("data", &[double("score"), string("member")]).many(),
        ]),
    command("zcard", 2, READONLY | FAST, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("zcount", 4, READONLY | FAST, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), double("min"), double("max")]),
    command("zdiff", -3, READONLY, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), word("withscores", "WITHSCORES").opt()]),
    command("zdiffstore", -4, WRITE | DENYOOM, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[index(1, OW | UPDATE), numkeys(2, RO | ACCESS)])
        .args(&[key("destination", 0), integer("numkeys"), key("key", 1).many()]),
    command("zincrby", 4, WRITE | DENYOOM | FAST, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("increment"), string("member")]),
    command("zinter", -3, READONLY, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[
            integer("numkeys"),
            key("key", 0).many(),
            integer("weight").token("WEIGHTS").many().opt(),
            one_of("aggregate", &[word("sum", "SUM"), word("min", "MIN"), word("max", "MAX")])
                .token("AGGREGATE")
                .opt(),
            word("withscores", "WITHSCORES").opt(),
        ]),
    command("zintercard", -3, READONLY, acl::SORTEDSET)
        .docs("7.0.0", "", "")
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), integer("limit").token("LIMIT").opt()]),
    command("zinterstore", -4, WRITE | DENYOOM, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, OW | UPDATE), numkeys(2, RO | ACCESS)])
        .args(&[
            key("destination", 0),
            integer("numkeys"),
            key("key", 1).many(),
            integer("weight").token("WEIGHTS").many().opt(),
            one_of("aggregate", &[word("sum", "SUM"), word("min", "MIN"), word("max", "MAX")])
                .token("AGGREGATE")
                .opt(),
        ]),
    command("zlexcount", 4, READONLY | FAST, acl::SORTEDSET)
        .docs("2.8.9", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("min"), string("max")]),
    command("zmpop", -4, WRITE, acl::SORTEDSET)
        .docs("7.0.0", "", "")
        .keys(&[numkeys(1, RW | ACCESS | DELETE)])
        .args(&[
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("min", "MIN"), word("max", "MAX")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("zmscore", -3, READONLY | FAST, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many()]),
    command("zpopmax", -2, WRITE | FAST, acl::SORTEDSET)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt()]),
    command("zpopmin", -2, WRITE | FAST, acl::SORTEDSET)
        .docs("5.0.0", "", "")
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt()]),
    command("zrandmember", -2, READONLY, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("options", &[integer("count"), word("withscores", "WITHSCORES").opt()]).opt(),
        ]),
    command("zrange", -4, READONLY, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("start"),
            string("stop"),
            one_of("sortby", &[word("byscore", "BYSCORE"), word("bylex", "BYLEX")]).opt().since("6.2.0"),
            word("rev", "REV").opt().since("6.2.0"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt().since("6.2.0"),
            word("withscores", "WITHSCORES").opt(),
        ]),
    command("zrangebylex", -4, READONLY, acl::SORTEDSET)
        .docs("2.8.9", "", "")
        .deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("min"),
            string("max"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrangebyscore", -4, READONLY, acl::SORTEDSET)
        .docs("1.0.5", "", "")
        .deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("min"),
            double("max"),
            word("withscores", "WITHSCORES").opt().since("2.0.0"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrangestore", -5, WRITE | DENYOOM, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[index(1, OW | UPDATE), index(2, RO | ACCESS)])
        .args(&[
            key("dst", 0),
            key("src", 1),
            string("min"),
            string("max"),
            one_of("sortby", &[word("byscore", "BYSCORE"), word("bylex", "BYLEX")]).opt(),
            word("rev", "REV").opt(),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrank", -3, READONLY | FAST, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member"), word("withscore", "WITHSCORE").opt()]),
    command("zrem", -3, WRITE | FAST, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("member").many()]),
    command("zremrangebylex", 4, WRITE, acl::SORTEDSET)
        .docs("2.8.9", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("min"), string("max")]),
    command("zremrangebyrank", 4, WRITE, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), integer("start"), integer("stop")]),
    command("zremrangebyscore", 4, WRITE, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), double("min"), double("max")]),
    command("zrevrange", -4, READONLY, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .deprecated("6.2.0", "`ZRANGE` with the `REV` argument")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("stop"), word("withscores", "WITHSCORES").opt()]),
    command("zrevrangebylex", -4, READONLY, acl::SORTEDSET)
        .docs("2.8.9", "", "")
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("max"),
            string("min"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrevrangebyscore", -4, READONLY, acl::SORTEDSET)
        .docs("2.2.0", "", "")
        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("max"),
            double("min"),
            word("withscores", "WITHSCORES").opt(),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrevrank", -3, READONLY | FAST, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member"), word("withscore", "WITHSCORE").opt()]),
    command("zscan", -3, READONLY, acl::SORTEDSET)
        .docs("2.8.0", "", "")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            integer("cursor"),
            pattern("pattern").token("MATCH").opt(),
            integer("count").token("COUNT").opt(),
            word("noscores", "NOSCORES").opt(),
        ]),
    command("zscore", 3, READONLY | FAST, acl::SORTEDSET)
        .docs("1.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member")]),
    command("zunion", -3, READONLY, acl::SORTEDSET)
        .docs("6.2.0", "", "")
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[
            integer("numkeys"),
            key("key", 0).many(),
            integer("weight").token("WEIGHTS").many().opt(),
            one_of("aggregate", &[word("sum", "SUM"), word("min", "MIN"), word("max", "MAX")])
                .token("AGGREGATE")
                .opt(),
            word("withscores", "WITHSCORES").opt(),
        ]),
    command("zunionstore", -4, WRITE | DENYOOM, acl::SORTEDSET)
        .docs("2.0.0", "", "")
        .keys(&[index(1, OW | UPDATE), numkeys(2, RO | ACCESS)])
        .args(&[
            key("destination", 0),
            integer("numkeys"),
            key("key", 1).many(),
            integer("weight").token("WEIGHTS").many().opt(),
            one_of("aggregate", &[word("sum", "SUM"), word("min", "MIN"), word("max", "MAX")])
                .token("AGGREGATE")
                .opt(),
        ]),
];
