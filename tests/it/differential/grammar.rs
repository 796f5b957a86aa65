//! The commands that are made up, by family, in a small language:
//!
//! ```text
//! WORD            as it stands
//! <key> <val> ..  something of this kind; with + behind it, one to four of them
//! [A|B c|]        one of these (the last one here is nothing)
//! ```
//!
//! Commands whose reply is random, or tells of the server and not of the data, are not here.

/// A family of commands, with the letter that its keys begin with.
pub struct Family {
    /// First letter of its keys.
    pub letter: char,
    /// How often it is chosen, compared to others.
    pub weight: usize,
    /// Its commands.
    pub templates: &'static [&'static str],
}

/// All families.
pub const FAMILIES: &[Family] = &[
    Family { letter: 's', weight: 6, templates: STRINGS },
    Family { letter: 'b', weight: 5, templates: BITS },
    Family { letter: 'p', weight: 2, templates: HYPERLOGLOGS },
    Family { letter: 'l', weight: 6, templates: LISTS },
    Family { letter: 't', weight: 5, templates: SETS },
    Family { letter: 'h', weight: 5, templates: HASHES },
    Family { letter: 's', weight: 5, templates: KEYS },
    Family { letter: 'l', weight: 2, templates: SORTS },
    Family { letter: 's', weight: 1, templates: TRANSACTIONS },
];

const STRINGS: &[&str] = &[
    "GET <key>",
    "SET <key> <val> [NX|XX|] [GET|] [EX 1000|PX 5000000|EXAT 33177117420|PXAT 33177117420000|KEEPTTL|]",
    "SETNX <key> <val>",
    "SETEX <key> <int> <val>",
    "PSETEX <key> 1000000 <val>",
    "GETSET <key> <val>",
    "GETDEL <key>",
    "GETEX <key> [EX 1000|PERSIST|PX 1000000|]",
    "MGET <key>+",
    "MSET <key> <val> <key> <val>",
    "MSETNX <key> <val> <key> <val>",
    "APPEND <key> <val>",
    "STRLEN <key>",
    "GETRANGE <key> <index> <index>",
    "SUBSTR <key> <index> <index>",
    "SETRANGE <key> <small> <val>",
    "INCR <key>",
    "DECR <key>",
    "INCRBY <key> <int>",
    "DECRBY <key> <int>",
    "INCRBYFLOAT <key> <float>",
    "LCS <key> <key> [LEN|IDX|IDX MINMATCHLEN 2|IDX WITHMATCHLEN|]",
];

const BITS: &[&str] = &[
    "SETBIT <key> <small> <bit>",
    "GETBIT <key> <small>",
    "BITCOUNT <key>",
    "BITCOUNT <key> <index> <index> [BYTE|BIT|]",
    "BITPOS <key> <bit>",
    "BITPOS <key> <bit> <index>",
    "BITPOS <key> <bit> <index> <index> [BYTE|BIT|]",
    "BITOP [AND|OR|XOR] <key> <key>+",
    "BITOP NOT <key> <key>",
    "BITFIELD <key> GET <field> <small>",
    "BITFIELD <key> [OVERFLOW SAT|OVERFLOW WRAP|] SET <field> <small> <int>",
    "BITFIELD <key> [OVERFLOW SAT|OVERFLOW FAIL|OVERFLOW WRAP|] INCRBY <field> #<digit> <int> GET <field> #<digit>",
    "BITFIELD_RO <key> GET <field> <small> GET <field> #<digit>",
    "SET <key> <val>",
    "GET <key>",
];

const HYPERLOGLOGS: &[&str] = &[
    "PFADD <key> <val>+",
    "PFADD <key> <int>+",
    "PFADD <key>",
    "PFCOUNT <key>",
    "PFCOUNT <key>+",
    "PFMERGE <key> <key>+",
    "PFMERGE <key>",
    "PFDEBUG ENCODING <key>",
    "PFDEBUG TODENSE <key>",
    "GET <key>",
    "SETRANGE <key> <small> <val>",
];

const LISTS: &[&str] = &[
    "[LPUSH|RPUSH|LPUSHX|RPUSHX] <key> <val>+",
    "[LPUSH|RPUSH] <key> <int>+",
    "[LPOP|RPOP] <key>",
    "[LPOP|RPOP] <key> <small>",
    "LLEN <key>",
    "LRANGE <key> <index> <index>",
    "LINDEX <key> <index>",
    "LSET <key> <index> <val>",
    "LINSERT <key> [BEFORE|AFTER] <val> <val>",
    "LREM <key> <index> <val>",
    "LTRIM <key> <index> <index>",
    "RPOPLPUSH <key> <key>",
    "LMOVE <key> <key> [LEFT|RIGHT] [LEFT|RIGHT]",
    "LMPOP 2 <key> <key> [LEFT|RIGHT] [COUNT 2|]",
    "LPOS <key> <val> [RANK 1|RANK -1|] [COUNT 0|] [MAXLEN 3|]",
];

const SETS: &[&str] = &[
    "SADD <key> <val>+",
    "SADD <key> <int>+",
    "SREM <key> <val>+",
    "SCARD <key>",
    "SISMEMBER <key> <val>",
    "SMISMEMBER <key> <val>+",
    "SMEMBERS <key>",
    "SMOVE <key> <key> <val>",
    "[SINTER|SUNION|SDIFF] <key>+",
    "[SINTERSTORE|SUNIONSTORE|SDIFFSTORE] <key> <key>+",
    "SINTERCARD 2 <key> <key> [LIMIT <digit>|]",
    "SSCAN <key> 0 [COUNT 1|COUNT <int>|] [MATCH *1*|]",
];

const HASHES: &[&str] = &[
    "HSET <key> <val> <val> <val> <val>",
    "HMSET <key> <val> <val>",
    "HSETNX <key> <val> <val>",
    "HGET <key> <val>",
    "HMGET <key> <val>+",
    "HGETALL <key>",
    "HKEYS <key>",
    "HVALS <key>",
    "HLEN <key>",
    "HSTRLEN <key> <val>",
    "HEXISTS <key> <val>",
    "HDEL <key> <val>+",
    "HINCRBY <key> <val> <int>",
    "HINCRBYFLOAT <key> <val> <float>",
    "HSCAN <key> 0 [COUNT 1|COUNT <int>|] [MATCH *1*|]",
];

const KEYS: &[&str] = &[
    "DEL <any>+",
    "UNLINK <any>",
    "EXISTS <any>+",
    "TYPE <any>",
    "RENAME <any> <any>",
    "RENAMENX <any> <any>",
    "COPY <any> <any> [REPLACE|]",
    "COPY <any> <any> DB <digit>",
    "MOVE <any> 1",
    "TOUCH <any>+",
    "EXPIRE <any> [1000|-1|5000] [NX|XX|GT|LT|]",
    "PEXPIRE <any> [1000000|-1] [NX|XX|GT|LT|]",
    "EXPIREAT <any> [33177117420|1] [NX|XX|GT|LT|]",
    "PEXPIREAT <any> 33177117420000",
    "PERSIST <any>",
    "TTL <any>",
    "PTTL <any>",
    "EXPIRETIME <any>",
    "OBJECT ENCODING <any>",
    "OBJECT REFCOUNT <any>",
    "DBSIZE",
    "DUMP <any>",
    "SCAN 0 [COUNT 1000|COUNT <int>|COUNT <small>|] [MATCH s*|MATCH *1|] [TYPE string|TYPE list|]",
    "KEYS *",
    "KEYS [s*|?1|*[12]]",
];

const SORTS: &[&str] = &[
    "SORT <key> [ASC|DESC|] [ALPHA|] [LIMIT <small> <small>|]",
    "SORT <key> ALPHA STORE <key>",
    "SORT <key> BY nosort [DESC|]",
    "SORT <key> BY s* ALPHA GET # GET s*",
    "SORT_RO <key> ALPHA BY h*->a GET h*->b",
];

const TRANSACTIONS: &[&str] = &["MULTI", "EXEC", "EXEC", "DISCARD", "WATCH <any>", "UNWATCH"];
