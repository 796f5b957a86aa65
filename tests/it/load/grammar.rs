//! What the load adds to the families of the differential test: types that those leave out, keys and fields that
//! expire while it runs, commands whose outcome is random, and those that make threads meet.

use crate::differential::grammar::Family;

/// For every server: Redis 7.0 knows them all.
pub const COMMON: &[Family] = &[
    Family { letter: 'z', weight: 6, templates: SORTED_SETS },
    Family { letter: 'g', weight: 2, templates: GEO },
    Family { letter: 'x', weight: 6, templates: STREAMS },
    Family { letter: 's', weight: 5, templates: EXPIRING },
    Family { letter: 't', weight: 2, templates: RANDOM },
    Family { letter: 'l', weight: 3, templates: WAITING },
];

/// Databases as a whole: rarely.
pub const WHOLE: &[Family] = &[Family { letter: 's', weight: 1, templates: DATABASES }];

/// Fields of hashes that expire.
pub const FIELDS: &[Family] = &[Family { letter: 'h', weight: 4, templates: EXPIRING_FIELDS }];

/// What an operator does meanwhile.
pub const OPERATOR: &[Family] = &[Family { letter: 's', weight: 1, templates: ORDERS }];

const SORTED_SETS: &[&str] = &[
    "ZADD <key> [NX|XX|GT|LT|] [CH|] <float> <val> <float> <val>",
    "ZADD <key> <float> <val> <float> <val> <float> <val>",
    "ZADD <key> [XX|NX|] INCR <float> <val>",
    "ZINCRBY <key> <float> <val>",
    "ZREM <key> <val>+",
    "[ZPOPMIN|ZPOPMAX] <key> [<digit>|]",
    "ZMPOP 2 <key> <key> [MIN|MAX] [COUNT 2|]",
    "[BZPOPMIN|BZPOPMAX] <key> <key> 0.01",
    "BZMPOP 0.01 2 <key> <key> [MIN|MAX] [COUNT 2|]",
    "ZREMRANGEBYRANK <key> <index> <index>",
    "ZREMRANGEBYSCORE <key> <float> <float>",
    "ZREMRANGEBYLEX <key> [[a [c|(b +|- (c]",
    "ZRANGESTORE <key> <key> <index> <index>",
    "[ZUNIONSTORE|ZINTERSTORE] <key> 2 <key> <key> [AGGREGATE MAX|AGGREGATE MIN|]",
    "ZDIFFSTORE <key> 2 <key> <key>",
    "ZRANGE <key> <index> <index> WITHSCORES",
    "ZSCORE <key> <val>",
    "ZRANK <key> <val>",
];

const GEO: &[&str] = &[
    "GEOADD <key> [NX|XX|CH|] <float> <float> <val>",
    "GEOADD <key> <float> <float> <val> <float> <float> <val>",
    "GEOSEARCHSTORE <key> <key> FROMLONLAT 1 1 BYRADIUS 500 km [STOREDIST|]",
    "GEORADIUS <key> 1 1 900 km STORE <key>",
    "ZREM <key> <val>",
];

const STREAMS: &[&str] = &[
    "XADD <key> <id> <val> <val>",
    "XADD <key> <id> <val> <val>",
    "XADD <key> * <val> <val>",
    "XADD <key> NOMKSTREAM [MAXLEN ~ 10|MAXLEN 5|MINID ~ 20|] <id> <val> <val>",
    "XADD <key> [MAXLEN ~ 10|MAXLEN = 8|MINID ~ 20] * <val> <val> <val> <val>",
    "XTRIM <key> [MAXLEN ~ 10|MAXLEN 5|MINID ~ 20|MINID 10|MAXLEN ~ 0 LIMIT 10]",
    "XDEL <key> <id> <id>",
    "XGROUP CREATE <key> g [0|$|<id>] [MKSTREAM|]",
    "XGROUP CREATE <key> g 0 MKSTREAM",
    "XGROUP DESTROY <key> g",
    "XGROUP SETID <key> g [0|$|<id>]",
    "XGROUP CREATECONSUMER <key> g <consumer>",
    "XGROUP DELCONSUMER <key> g <consumer>",
    "XREADGROUP GROUP g <consumer> [COUNT 2|] [NOACK|] STREAMS <key> >",
    "XREADGROUP GROUP g <consumer> COUNT 3 BLOCK 10 STREAMS <key> <key> > >",
    "XREADGROUP GROUP g <consumer> STREAMS <key> 0",
    "XREAD BLOCK 10 STREAMS <key> $",
    "XACK <key> g <id> <id>",
    "XCLAIM <key> g <consumer> 0 <id> <id> [JUSTID|FORCE|RETRYCOUNT 3|]",
    "XAUTOCLAIM <key> g <consumer> 0 0 [COUNT 2|] [JUSTID|]",
    "XSETID <key> <id>",
    "DEL <key>",
];

const EXPIRING: &[&str] = &[
    "SET <key> <val> PX <small>",
    "PEXPIRE <any> <small>",
    "PEXPIRE <any> <small> [NX|XX|GT|LT]",
    "GETEX <key> PX <small>",
    "EXPIRE <any> [1|0]",
    "PERSIST <any>",
    "GET <key>",
    "COPY <any> <any> REPLACE",
    "RENAME <any> <any>",
    "MOVE <any> 1",
    "MSET <key> <val> <key> <val>",
];

const RANDOM: &[&str] = &["SPOP <key>", "SPOP <key> <digit>", "SPOP <key> <small>", "SADD <key> <int>+"];

const WAITING: &[&str] = &[
    "[BLPOP|BRPOP] <key> <key> 0.01",
    "BLMOVE <key> <key> [LEFT|RIGHT] [LEFT|RIGHT] 0.01",
    "BRPOPLPUSH <key> <key> 0.01",
    "BLMPOP 0.01 2 <key> <key> [LEFT|RIGHT] [COUNT 2|]",
];

const DATABASES: &[&str] = &[
    "SELECT [0|0|1]",
    "SELECT 0",
    "SWAPDB 0 1",
    "FLUSHDB [ASYNC|SYNC|]",
    "FLUSHALL [ASYNC|SYNC|]",
    "PUBLISH channel <val>",
    "SCAN 0 COUNT 100",
    "RANDOMKEY",
];

const EXPIRING_FIELDS: &[&str] = &[
    "HPEXPIRE <key> <small> [NX|XX|GT|LT|] FIELDS 2 <val> <val>",
    "HPEXPIRE <key> <small> FIELDS 1 <val>",
    "HEXPIRE <key> [0|1|100] FIELDS 1 <val>",
    "HPERSIST <key> FIELDS 1 <val>",
    "HPTTL <key> FIELDS 1 <val>",
    "HSET <key> <val> <val> <val> <val>",
    "HINCRBYFLOAT <key> <val> <float>",
    "HGETALL <key>",
    "HGETEX <key> [PX <small>|PERSIST|] FIELDS 1 <val>",
    "HSETEX <key> [FNX|FXX|] [PX <small>|KEEPTTL|] FIELDS 1 <val> <val>",
    "HGETDEL <key> FIELDS 2 <val> <val>",
];

const ORDERS: &[&str] = &[
    "CLIENT KILL TYPE normal SKIPME [yes|no]",
    "CLIENT KILL TYPE [replica|master]",
    "CLIENT PAUSE <small> [WRITE|ALL]",
    "CLIENT UNPAUSE",
    "CONFIG SET appendfsync [always|everysec|no]",
    "CONFIG SET list-max-listpack-size [1|4|-2] hash-max-listpack-entries [0|4|128]",
    "CONFIG SET zset-max-listpack-entries [0|4|128] set-max-intset-entries [0|4|512]",
    "CONFIG SET stream-node-max-entries [2|100] list-compress-depth [0|1]",
    "CONFIG SET repl-backlog-size [16kb|1mb]",
    "CONFIG SET lazyfree-lazy-expire [yes|no] lazyfree-lazy-server-del [yes|no]",
    "CONFIG SET notify-keyspace-events [KEA|Kx|]",
    "CONFIG SET hz [10|100]",
    "BGREWRITEAOF",
    "BGSAVE",
    "INFO everything",
    "CLIENT LIST",
    "DEBUG JMAP",
    "MEMORY STATS",
    "KEYS *",
];
