//! Commands on sorted sets, blocking ones included.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, acl, block, command, double, index, integer, key, numkeys, one_of, pattern, range, string, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("bzmpop", -5, WRITE | BLOCKING, acl::SORTEDSET)
        .docs(
            "7.0.0",
            "O(K)+O(M*log(N)) for K keys, sets of N and M members popped",
            "Takes members with the lowest or highest scores from the first set that has any; may wait.",
        )
        .keys(&[numkeys(2, RW | ACCESS | DELETE)])
        .args(&[
            double("timeout"),
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("min", "MIN"), word("max", "MAX")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("bzpopmax", -3, WRITE | BLOCKING | FAST, acl::SORTEDSET)
        .docs(
            "5.0.0",
            "O(log(N)) for a set of N",
            "Takes the member with the highest score from the first set that has any; may wait.",
        )
        .history(&[("6.0.0", "the timeout may be fractional")])
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("bzpopmin", -3, WRITE | BLOCKING | FAST, acl::SORTEDSET)
        .docs(
            "5.0.0",
            "O(log(N)) for a set of N",
            "Takes the member with the lowest score from the first set that has any; may wait.",
        )
        .history(&[("6.0.0", "the timeout may be fractional")])
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("zadd", -4, WRITE | DENYOOM | FAST, acl::SORTEDSET)
        .docs("1.2.0", "O(log(N)) per member for a set of N", "Adds members or changes their scores.")
        .history(&[("2.4.0", "several members"), ("3.0.2", "NX, XX, CH and INCR"), ("6.2.0", "GT and LT")])
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
        .docs("1.2.0", "O(1)", "Counts the members.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("zcount", 4, READONLY | FAST, acl::SORTEDSET)
        .docs("2.0.0", "O(log(N)) for a set of N", "Counts the members with scores in a range.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), double("min"), double("max")]),
    command("zdiff", -3, READONLY, acl::SORTEDSET)
        .docs(
            "6.2.0",
            "O(L+(N-K)*log(N)) worst case: L members in all sets, N in the first, K in the result",
            "Gives the members of the first sorted set that are in none of the others.",
        )
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), word("withscores", "WITHSCORES").opt()]),
    command("zdiffstore", -4, WRITE | DENYOOM, acl::SORTEDSET)
        .docs(
            "6.2.0",
            "O(L+(N-K)*log(N)) worst case: L members in all sets, N in the first, K in the result",
            "Stores the members of the first sorted set that are in none of the others.",
        )
        .keys(&[index(1, OW | UPDATE), numkeys(2, RO | ACCESS)])
        .args(&[key("destination", 0), integer("numkeys"), key("key", 1).many()]),
    command("zincrby", 4, WRITE | DENYOOM | FAST, acl::SORTEDSET)
        .docs("1.2.0", "O(log(N)) for a set of N", "Adds to the score of a member.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("increment"), string("member")]),
    command("zinter", -3, READONLY, acl::SORTEDSET)
        .docs(
            "6.2.0",
            "O(N*K)+O(M*log(M)) worst case for a smallest set of N, K sets and a result of M",
            "Gives the members all sorted sets have in common.",
        )
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
        .docs(
            "7.0.0",
            "O(N*K) worst case for a smallest set of N and K sets",
            "Counts the members all sorted sets have in common.",
        )
        .keys(&[numkeys(1, RO | ACCESS)])
        .args(&[integer("numkeys"), key("key", 0).many(), integer("limit").token("LIMIT").opt()]),
    command("zinterstore", -4, WRITE | DENYOOM, acl::SORTEDSET)
        .docs(
            "2.0.0",
            "O(N*K)+O(M*log(M)) worst case for a smallest set of N, K sets and a result of M",
            "Stores the members all sorted sets have in common.",
        )
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
        .docs("2.8.9", "O(log(N)) for a set of N", "Counts the members in a lexicographical range.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("min"), string("max")]),
    command("zmpop", -4, WRITE, acl::SORTEDSET)
        .docs(
            "7.0.0",
            "O(K)+O(M*log(N)) for K keys, sets of N and M members popped",
            "Takes members with the lowest or highest scores from the first sorted set that has any.",
        )
        .keys(&[numkeys(1, RW | ACCESS | DELETE)])
        .args(&[
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("min", "MIN"), word("max", "MAX")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("zmscore", -3, READONLY | FAST, acl::SORTEDSET)
        .docs("6.2.0", "O(N) for N members asked for", "Gives the scores of several members.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many()]),
    command("zpopmax", -2, WRITE | FAST, acl::SORTEDSET)
        .docs(
            "5.0.0",
            "O(log(N)*M) for a set of N and M members popped",
            "Takes the members with the highest scores.",
        )
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt()]),
    command("zpopmin", -2, WRITE | FAST, acl::SORTEDSET)
        .docs(
            "5.0.0",
            "O(log(N)*M) for a set of N and M members popped",
            "Takes the members with the lowest scores.",
        )
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt()]),
    command("zrandmember", -2, READONLY, acl::SORTEDSET)
        .docs("6.2.0", "O(N) for N members returned", "Picks members at random.")
        .tips(&["nondeterministic_output"])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("options", &[integer("count"), word("withscores", "WITHSCORES").opt()]).opt(),
        ]),
    command("zrange", -4, READONLY, acl::SORTEDSET)
        .docs(
            "1.2.0",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives a range of members by rank, score or name.",
        )
        .history(&[("6.2.0", "BYSCORE, BYLEX, REV and LIMIT")])
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
        .docs(
            "2.8.9",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives the members in a lexicographical range.",
        )
        .deprecated("6.2.0", "ZRANGE with BYLEX")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("min"),
            string("max"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrangebyscore", -4, READONLY, acl::SORTEDSET)
        .docs(
            "1.0.5",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives the members with scores in a range.",
        )
        .deprecated("6.2.0", "ZRANGE with BYSCORE")
        .history(&[("2.0.0", "WITHSCORES")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("min"),
            double("max"),
            word("withscores", "WITHSCORES").opt().since("2.0.0"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrangestore", -5, WRITE | DENYOOM, acl::SORTEDSET)
        .docs(
            "6.2.0",
            "O(log(N)+M) for a set of N and M members stored",
            "Stores a range of members in another key.",
        )
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
        .docs("2.0.0", "O(log(N))", "Gives the rank of a member, lowest score first.")
        .history(&[("7.2.0", "WITHSCORE")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member"), word("withscore", "WITHSCORE").opt()]),
    command("zrem", -3, WRITE | FAST, acl::SORTEDSET)
        .docs(
            "1.2.0",
            "O(M*log(N)) for a set of N and M members removed",
            "Removes members; the sorted set goes with its last one.",
        )
        .history(&[("2.4.0", "several members")])
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("member").many()]),
    command("zremrangebylex", 4, WRITE, acl::SORTEDSET)
        .docs(
            "2.8.9",
            "O(log(N)+M) for a set of N and M members removed",
            "Removes the members in a lexicographical range.",
        )
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), string("min"), string("max")]),
    command("zremrangebyrank", 4, WRITE, acl::SORTEDSET)
        .docs(
            "2.0.0",
            "O(log(N)+M) for a set of N and M members removed",
            "Removes the members in a range of ranks.",
        )
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), integer("start"), integer("stop")]),
    command("zremrangebyscore", 4, WRITE, acl::SORTEDSET)
        .docs(
            "1.2.0",
            "O(log(N)+M) for a set of N and M members removed",
            "Removes the members with scores in a range.",
        )
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), double("min"), double("max")]),
    command("zrevrange", -4, READONLY, acl::SORTEDSET)
        .docs(
            "1.2.0",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives the members in a range of ranks, highest score first.",
        )
        .deprecated("6.2.0", "ZRANGE with REV")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("stop"), word("withscores", "WITHSCORES").opt()]),
    command("zrevrangebylex", -4, READONLY, acl::SORTEDSET)
        .docs(
            "2.8.9",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives the members in a lexicographical range, last first.",
        )
        .deprecated("6.2.0", "ZRANGE with REV and BYLEX")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("max"),
            string("min"),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrevrangebyscore", -4, READONLY, acl::SORTEDSET)
        .docs(
            "2.2.0",
            "O(log(N)+M) for a set of N and M members returned",
            "Gives the members with scores in a range, highest first.",
        )
        .deprecated("6.2.0", "ZRANGE with REV and BYSCORE")
        .history(&[("2.1.6", "exclusive bounds")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("max"),
            double("min"),
            word("withscores", "WITHSCORES").opt(),
            block("limit", &[integer("offset"), integer("count")]).token("LIMIT").opt(),
        ]),
    command("zrevrank", -3, READONLY | FAST, acl::SORTEDSET)
        .docs("2.0.0", "O(log(N))", "Gives the rank of a member, highest score first.")
        .history(&[("7.2.0", "WITHSCORE")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member"), word("withscore", "WITHSCORE").opt()]),
    command("zscan", -3, READONLY, acl::SORTEDSET)
        .docs(
            "2.8.0",
            "O(1) per call, O(N) for a whole walk over N members",
            "Walks over members and scores step by step.",
        )
        .history(&[("8.0.0", "NOSCORES (Valkey)")])
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
        .docs("1.2.0", "O(1)", "Gives the score of a member.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member")]),
    command("zunion", -3, READONLY, acl::SORTEDSET)
        .docs(
            "6.2.0",
            "O(N)+O(M*log(M)) for N members in all sets and a result of M",
            "Gives the members of all sorted sets together.",
        )
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
        .docs(
            "2.0.0",
            "O(N)+O(M*log(M)) for N members in all sets and a result of M",
            "Stores the members of all sorted sets together.",
        )
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
