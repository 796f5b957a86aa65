//! The scripts, by family. Every command that changes data is here with the options that matter for what a
//! replica must be told, and with those of its outcomes that say nothing at all.

/// All scripts, by name.
pub const ALL: &[(&str, &str)] = &[
    ("strings", STRINGS),
    ("numbers", NUMBERS),
    ("keys", KEYS),
    ("databases", DATABASES),
    ("expiry", EXPIRY),
    ("expired", EXPIRED),
    ("active expiry", ACTIVE_EXPIRY),
    ("eviction", EVICTION),
    ("transactions", TRANSACTIONS),
    ("bitmaps", BITMAPS),
    ("hyperloglogs", HYPERLOGLOGS),
    ("lists", LISTS),
    ("waiting for lists", WAITING_LISTS),
    ("sets", SETS),
    ("sorted sets", SORTED_SETS),
    ("waiting for sorted sets", WAITING_SORTED_SETS),
    ("geo", GEO),
    ("hashes", HASHES),
    ("fields that expire", FIELDS),
    ("sort", SORT),
    ("restore", RESTORE),
    ("streams", STREAMS),
    ("groups", GROUPS),
    ("claims", CLAIMS),
    ("waiting for streams", WAITING_STREAMS),
    ("newer commands", NEWER),
    ("missing keys", MISSING),
    ("missing keys of newer commands", MISSING_NEWER),
];

const STRINGS: &str = "
SET k v
SET k v EX 1000
SET k v PX 1000000
SET k v EXAT 33177117420
SET k v PXAT 33177117420000
SET k w KEEPTTL
SET k w GET
SET k w GET EX 1000
SET k w NX
SET k w XX
SET missing w XX
SET n w NX GET
SET k v EX 1000 NX GET
SET k past PXAT 1
EXISTS k
set lower case
SETNX k2 v
SETNX k2 v
SETEX k 1000 v
PSETEX k 1000000 v
GETSET k v
GETSET fresh v
GETDEL k
GETDEL k
GETDEL missing
GETEX missing
SET k v
GETEX k
GETEX k EX 1000
GETEX k PX 1000000
GETEX k EXAT 33177117420
GETEX k PERSIST
GETEX k PERSIST
GETEX k PXAT 1
EXISTS k
GET k
MSET a 1 b 2
MSETNX a 1 c 3
MSETNX c 3 d 4
APPEND a x
APPEND fresh2 x
APPEND a \"\"
APPEND fresh3 \"\"
SETRANGE a 3 xyz
SETRANGE a 0 \"\"
SETRANGE fresh4 0 \"\"
SETRANGE fresh5 2 ab
STRLEN missing
MGET a missing
LCS a b
";

const NUMBERS: &str = "
INCR n
DECR n
INCRBY n 5
DECRBY n 5
INCRBYFLOAT n 1.5
INCRBYFLOAT n 0
EXPIRE n 1000
INCRBYFLOAT n 1.5
INCRBYFLOAT fresh 2
INCRBYFLOAT n abc
HINCRBY h f 5
HINCRBYFLOAT h f 1.5
  8= 0: HSET h f 6.5
HINCRBYFLOAT h new 1.5
  8= 0: HSET h new 1.5
HINCRBYFLOAT fresh-hash f 1
  8= 0: HSET fresh-hash f 1
";

const KEYS: &str = "
DEL missing
SET a 1
SET b 2
DEL a b missing
SET a 1
SET b 2
UNLINK a b missing
SET a 1
RENAME a b
RENAME missing b
RENAME b b
SET a 1
RENAME a b
RENAMENX b c
SET b 1
RENAMENX b c
RPUSH l x
RENAME l c
COPY c d
COPY c d
COPY c d REPLACE
COPY missing d
COPY c e DB 2
COPY c e DB 2 REPLACE
EXPIRE c 1000
COPY c f
TOUCH c missing
EXISTS c missing
TYPE missing
OBJECT ENCODING missing
DUMP missing
PERSIST c
PERSIST c
PERSIST missing
RANDOMKEY
SCAN 0 COUNT 100
KEYS *
";

const DATABASES: &str = "
SET a 1
MOVE a 1
MOVE a 1
SELECT 1
GET a
SET b 2 EX 1000
SELECT 0
SWAPDB 0 1
SWAPDB 0 0
DBSIZE
FLUSHDB
FLUSHDB
SELECT 1
SET a 1
FLUSHALL ASYNC
FLUSHALL SYNC
FLUSHALL
SELECT 0
";

const EXPIRY: &str = "
EXPIRE missing 100
SET k v
EXPIRE k 1000
PEXPIRE k 1000000
EXPIREAT k 33177117420
PEXPIREAT k 33177117420000
EXPIRE k 1000 NX
EXPIRE k 1000 GT
EXPIRE k 1000 LT
EXPIRE k 1000 XX
TTL k
EXPIRE k 0
SET k v
EXPIRE k -1
SET k v
PEXPIREAT k 1
SET k v
EXPIRE k -1 XX
EXPIRE k -1 LT
CONFIG SET lazyfree-lazy-expire yes
SET k v
EXPIRE k -1
SET k v
EXPIREAT k 1
CONFIG SET lazyfree-lazy-expire no
";

const EXPIRED: &str = "
SET k v PX 1
@expired
GET k
SET k v PX 1
@expired
SET k w
PEXPIRE k 1
@expired
DEL k
SET k v PX 1
@expired
APPEND k x
PEXPIRE k 1
@expired
INCR k
PEXPIRE k 1
@expired
EXPIRE k 100
SET k v PX 1
SET other w PX 1
@expired
MGET k other
SET k v PX 1
SET other w PX 1
@expired
DEL k other
SET k v PX 1
@expired
EXISTS k
SET k v PX 1
@expired
TTL k
SET k v PX 1
@expired
TYPE k
SET k v PX 1
@expired
SET k w NX
PEXPIRE k 1
@expired
SET k w XX
SET k v PX 1
@expired
SETNX k v
PEXPIRE k 1
@expired
RENAME k l
SET k v PX 1
SET l w
@expired
RENAME l k
SET l v PX 1
@expired
COPY k l
SET l v PX 1
@expired
COPY l m
FLUSHALL
SET l v PX 1
@expired
RANDOMKEY
SET l v PX 1
@expired
SCAN 0 COUNT 100
SET l v PX 1
@expired
GETSET l w
PEXPIRE l 1
@expired
GETDEL l
RPUSH l x
PEXPIRE l 1
@expired
LPUSH l y
PEXPIRE l 1
@expired
SADD l y
PEXPIRE l 1
@expired
# Ours notices that what it removes was over already.
SINTERSTORE l missing
  *= 0: DEL l
  *! __keyspace@0__:missing keymiss
  *! __keyevent@0__:keymiss missing
  *! __keyspace@0__:l expired
  *! __keyevent@0__:expired l
SADD l y
PEXPIRE l 1
SADD m y
@expired
SUNIONSTORE l m
PEXPIRE m 1
@expired
SUNIONSTORE l m
MULTI
SET k v PX 1
EXEC
@expired
MULTI
GET k
EXEC
SET k v PX 1
@expired
MULTI
GET k
SET l x
EXEC
CONFIG SET lazyfree-lazy-expire yes
SET k v PX 1
@expired
GET k
CONFIG SET lazyfree-lazy-expire no
SET k v PX 1
@expired
OBJECT ENCODING k
SET k v PX 1
@expired
DUMP k
SET k v PX 1
@expired
PFADD k a
DEL k
SET k v PX 1
@expired
MOVE k 1
SET k v PX 1
@expired
SORT k STORE l
SET k v PX 1
@expired
TOUCH k
SET k v PX 1
@expired
PERSIST k
SET k v PX 1
@expired
MSETNX k v l w
DEL k l
SET k v PX 1
@expired
MSET k v l w
SET k v PX 1
@expired
BITOP NOT d k
";

const ACTIVE_EXPIRY: &str = "
SET k v PX 1
@gone
GET k
SET k v PX 1
@gone
GET k
";

const EVICTION: &str = "
CONFIG SET maxmemory-policy allkeys-random
SET k v
CONFIG SET maxmemory 1
SET l v
CONFIG SET maxmemory 0
SET k v
CONFIG SET lazyfree-lazy-eviction yes
CONFIG SET maxmemory 1
GET k
CONFIG SET maxmemory 0
CONFIG SET lazyfree-lazy-eviction no
CONFIG SET maxmemory-policy noeviction
DBSIZE
";

const TRANSACTIONS: &str = "
MULTI
EXEC
MULTI
GET a
EXEC
MULTI
SET a 1
EXEC
MULTI
SET a 1
GET a
SET b 2
EXEC
MULTI
DEL missing
EXPIRE missing 100
EXEC
MULTI
SELECT 1
SET a 1
SELECT 0
SET a 2
EXEC
MULTI
SELECT 1
EXEC
SET b 1
SELECT 0
MULTI
BLPOP missing 0
RPUSH l a
BLPOP l 0
EXEC
MULTI
SPOP missing
INCR a
LPUSH a x
INCR a
EXEC
MULTI
SET a 1
DISCARD
MULTI
SET a
EXEC
WATCH a
1 SET a 5
MULTI
SET a 6
EXEC
MULTI
SET a 1 EX 1000
SADD s x
SPOP s
INCRBYFLOAT f 1.5
EXEC
MULTI
PUBLISH channel message
EXEC
MULTI
PUBLISH channel message
SET a 1
EXEC
MULTI
FLUSHALL
EXEC
PUBLISH channel message
MULTI
SELECT 2
SET x 1
EXEC
SELECT 0
";

const BITMAPS: &str = "
SETBIT b 7 1
SETBIT b 7 1
SETBIT b 100 0
SETBIT fresh 7 0
GETBIT b 7
BITFIELD b GET u8 0
BITFIELD b SET u8 0 255
BITFIELD b INCRBY u8 0 1
BITFIELD b OVERFLOW FAIL INCRBY u8 0 1000
BITFIELD fresh2 INCRBY u8 0 0
# Redis makes the key and tells nobody: its replicas do not have it.
BITFIELD fresh3 OVERFLOW FAIL INCRBY u8 0 1000
  *= 0: BITFIELD fresh3 OVERFLOW FAIL INCRBY u8 0 1000
  *! __keyspace@0__:fresh3 new
  *! __keyevent@0__:new fresh3
  *! __keyspace@0__:fresh3 setbit
  *! __keyevent@0__:setbit fresh3
BITFIELD_RO b GET u8 0
BITOP AND d b fresh
BITOP NOT d b
BITOP OR d missing
BITOP OR d missing
BITCOUNT b
BITPOS b 1
";

const HYPERLOGLOGS: &str = "
PFADD h a b c
PFADD h a
PFADD fresh
PFADD fresh
PFCOUNT h
PFCOUNT h
PFADD h d
PFCOUNT h fresh
PFCOUNT h
PFMERGE d h fresh
PFMERGE d h
PFCOUNT d
PFMERGE new
PFCOUNT missing
PFDEBUG TODENSE h
PFDEBUG TODENSE h
";

const LISTS: &str = "
LPUSH l a b c
RPUSH l d
LPUSHX l x
RPUSHX missing x
LPOP l
RPOP l
LPOP l 2
RPOP l 100
LPOP l
LPOP missing 2
RPUSH l a b c d e f g h
LPOP l 0
LREM l 0 zzz
LREM l 0 a
LSET l 0 z
LTRIM l 0 2
LTRIM l 0 100
LTRIM l 5 1
RPUSH l a b c
LINSERT l BEFORE b x
LINSERT l BEFORE nothere x
LINSERT missing BEFORE b x
RPOPLPUSH l m
RPOPLPUSH missing m
RPOPLPUSH l l
LMOVE l m LEFT RIGHT
LMOVE missing m LEFT RIGHT
LMOVE l l LEFT LEFT
LMPOP 2 missing l LEFT
LMPOP 2 missing l RIGHT COUNT 100
LMPOP 1 missing LEFT
RPUSH l a
LMPOP 1 l LEFT COUNT 1
RPUSH l a
LREM l 1 a
RPUSH l a
RPOPLPUSH l m2
RPUSH l a b
BLPOP l 0
BRPOP missing l 0
RPUSH l a b
BLMOVE l m LEFT RIGHT 0
BRPOPLPUSH l m 0
RPUSH l a b c
BLMPOP 0 2 missing l LEFT COUNT 2
BLMPOP 0 2 missing l RIGHT
LRANGE m 0 -1
LPOS m a
LINDEX m 0
LLEN missing
";

const WAITING_LISTS: &str = "
# 7.0 writes left and right in small letters where a client waited.
1> BLPOP l 0
RPUSH l a
1<
1> BRPOP l m 0
LPUSH m a b c
1<
DEL m
1> BLMOVE l d LEFT RIGHT 0
RPUSH l a
  7= 0: RPUSH l a
  7= 0: LMOVE l d LEFT RIGHT
1<
1> BRPOPLPUSH l d 0
RPUSH l a b
1<
DEL l d
1> BLMPOP 0 2 l m LEFT COUNT 2
RPUSH m a b c
1<
DEL m
1> BLPOP l 0
2> BLPOP l 0
RPUSH l a b c
1<
2<
DEL l
1> BLPOP l 0
MULTI
RPUSH l a
SET x 1
EXEC
1<
1> BLPOP l 0
MULTI
RPUSH l a
DEL l
EXEC
RPUSH l b
1<
1> BLMOVE l m LEFT LEFT 0
2> BLMOVE m n LEFT LEFT 0
RPUSH l a
  7= 0: RPUSH l a
  7= 0: LMOVE l m LEFT LEFT
  7= 0: LMOVE m n LEFT LEFT
1<
2<
DEL n
1> BLPOP l 0
RPUSH other a
RENAME other l
1<
1> BLPOP l 0
RPUSH other a
COPY other l
1<
1> BLPOP l 0
SORT other ALPHA STORE l
1<
DEL other
1> BLPOP l 0
SELECT 1
RPUSH l a
SWAPDB 0 1
1<
SELECT 0
FLUSHALL
1> BLPOP l 0
SELECT 1
RPUSH l a
MOVE l 0
1<
SELECT 0
1> BLPOP l 0
SADD l x
DEL l
LPUSH l y
1<
1> BLMOVE l wrong LEFT LEFT 0
SET wrong type
RPUSH l a
1<
DEL l wrong
1> BLPOP l 0
RESTORE l 0 \"\\x12\\x01\\x02\\r\\r\\x00\\x00\\x00\\x03\\x00\\x01\\x01\\x02\\x01\\x03\\x01\\xff\\n\\x00\\xca\\xba5\\x84\\xf9\\x8a\\xd7\\xae\"
1<
DEL l
1> BLMPOP 0 1 l RIGHT COUNT 10
LPUSH l a b
1<
1> BLPOP l 0
LPUSHX l a
LINSERT l BEFORE a b
MULTI
LPUSH l a
LPOP l
EXEC
LPUSH l z
1<
";

const SETS: &str = "
SADD s a b c
SADD s a
SADD s a d
SREM s a zzz
SREM s zzz
SREM missing a
SPOP s 100
SPOP s
SPOP missing
SPOP missing 5
SADD s a
SPOP s
SADD random:s a b c d e f g h i j
SPOP random:s
# 7.2 and later tell of all of them at once.
SPOP random:s 2
  7= 0: SREM random:s <any> <any>
SPOP random:s 6
  7= 0: SREM random:s <any> <any> <any> <any> <any> <any>
SPOP random:s 0
SPOP random:s 1
CONFIG SET lazyfree-lazy-server-del yes
SADD s a b
# 7.2 and later heed lazyfree-lazy-server-del.
SPOP s 2
  7= 0: UNLINK s
CONFIG SET lazyfree-lazy-server-del no
SADD s a b c
SMOVE s t a
SMOVE s t zzz
SMOVE s t b
SMOVE s t c
SADD s a b c
SINTERSTORE d s t
SUNIONSTORE d s t
SDIFFSTORE d s t
SDIFFSTORE d missing
SINTERSTORE d missing s
SINTERSTORE s s missing
SADD n 1 2 3
SREM n 1 2 3
SRANDMEMBER t
SISMEMBER missing a
";

const SORTED_SETS: &str = "
ZADD z 1 a 2 b
ZADD z 1 a
ZADD z 2 a
ZADD z CH 2 a 3 c
ZADD z NX 5 a
ZADD z XX 5 missing
ZADD z XX GT 1 a
ZADD z INCR 2.5 a
ZADD z NX INCR 2.5 a
ZADD z XX INCR 1 nothere
ZADD missing XX 1 a
ZADD z LT INCR 1 a
ZINCRBY z 1.5 b
ZINCRBY z 0 b
ZREM z b zzz
ZREM z zzz
ZREM z a c
ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
ZREMRANGEBYRANK z 0 0
ZREMRANGEBYSCORE z 100 200
ZREMRANGEBYSCORE z 2 2
ZREMRANGEBYLEX z [c [c
ZPOPMIN z
ZPOPMAX z 1
ZPOPMIN z 100
ZPOPMIN missing
ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
ZMPOP 2 missing z MIN
ZMPOP 2 missing z MAX COUNT 2
ZMPOP 1 missing MAX
BZPOPMIN z 0
BZPOPMAX missing z 0
BZMPOP 0 2 missing z MIN
ZADD z 1 a 2 b 3 c
BZMPOP 0 1 z MAX COUNT 100
ZADD z 1 a 2 b 3 c
ZADD y 1 a 2 q
ZRANGESTORE d z 0 1
ZRANGESTORE d z 10 11
ZRANGESTORE d z 2 3 BYSCORE
ZUNIONSTORE d 2 z y
ZINTERSTORE d 2 z y WEIGHTS 2 3
ZDIFFSTORE d 2 z y
ZDIFFSTORE d 2 missing y
ZDIFFSTORE d 2 missing y
ZINTERSTORE z 2 z missing
SADD s a b
ZUNIONSTORE d 1 s
ZRANDMEMBER y
ZSCORE missing a
ZREMRANGEBYRANK d 0 -1
ZPOPMIN y 0
";

const WAITING_SORTED_SETS: &str = "
1> BZPOPMIN z 0
ZADD z 1 a
1<
1> BZPOPMAX missing z 0
ZADD z 1 a 2 b
1<
DEL z
1> BZMPOP 0 2 y z MIN COUNT 2
ZADD z 1 a 2 b 3 c
1<
DEL z
1> BZPOPMIN z 0
ZADD y 1 a
ZUNIONSTORE z 1 y
1<
1> BZPOPMIN z 0
ZRANGESTORE z y 0 -1
1<
1> BZPOPMIN z 0
GEOADD z 13.361389 38.115556 palermo
1<
1> BZPOPMIN z 0
ZINCRBY z 1 a
1<
1> BZPOPMIN z 0
SADD z a
DEL z
ZADD z INCR 1 a
1<
1> BZPOPMIN z 0
GEOADD geo 13.361389 38.115556 palermo
GEOSEARCHSTORE z geo FROMLONLAT 13 38 BYRADIUS 100 km
1<
";

const GEO: &str = "
GEOADD g 13.361389 38.115556 palermo 15.087269 37.502669 catania
GEOADD g 13.361389 38.115556 palermo
GEOADD g NX 13.3 38.1 palermo
GEOADD g XX CH 13.3 38.1 palermo
GEOADD g XX 13.3 38.1 nowhere
GEOADD g CH 13.4 38.1 palermo
GEORADIUS g 15 37 200 km STORE d
GEORADIUS g 15 37 200 km STOREDIST d
GEORADIUS g 0 0 1 km STORE d
GEORADIUS g 0 0 1 km STORE d
GEORADIUSBYMEMBER g palermo 10 km STORE d
GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km
GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST
GEOSEARCHSTORE d missing FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST
GEODIST g palermo catania
GEORADIUS g 15 37 200 km
";

const HASHES: &str = "
HSET h a 1 b 2
HSET h a 1
HSET h a 3 c 4
HMSET h a 1
HSETNX h a 2
HSETNX h d 2
HDEL h a zzz
HDEL h zzz
HDEL missing a
HDEL h b c d
HGET missing a
HSET h a 1
HDEL h a
";

const FIELDS: &str = "
@redis8
HSET h a 1 b 2 c 3 d 4
HEXPIRE h 1000 FIELDS 2 a zzz
HPEXPIRE h 1000000 FIELDS 1 b
HEXPIREAT h 33177117420 FIELDS 1 c
HPEXPIREAT h 33177117420000 FIELDS 1 d
HEXPIRE h 1000 NX FIELDS 2 a b
HEXPIRE h 2000 GT FIELDS 2 a d
HEXPIRE missing 1000 FIELDS 1 a
HEXPIRE h 1000 FIELDS 1 zzz
HTTL h FIELDS 2 a zzz
HPERSIST h FIELDS 2 a b
HPERSIST h FIELDS 2 a b
HEXPIRE h 0 FIELDS 2 a zzz
HEXPIREAT h 1 FIELDS 1 b
HSET h c 5
HINCRBY h d 1
HINCRBYFLOAT h d 1
HPEXPIRE h 1 FIELDS 1 c
@expired
HGET h c
HGETALL h
HLEN h
HPEXPIRE h 1 FIELDS 1 d
@expired
HGET h d
EXISTS h
HSET h a 1 b 2
HPEXPIRE h 1 FIELDS 1 a
@expired
# Ours removes an expired field before the command, which then does not see it; Redis 8 sets and removes it as
# if it were there, and gives an expired field a new life.
HSET h a 3
  8? 1
  8= MULTI
  8= 0: HDEL h a
  8= 0: HSET h a 3
  8= EXEC
  8! __keyspace@0__:h hexpired
  8! __keyevent@0__:hexpired h
  8! __keyspace@0__:h hset
  8! __keyevent@0__:hset h
HPEXPIRE h 1 FIELDS 1 a
@expired
HDEL h a
  8? 0
  8! __keyspace@0__:h hexpired
  8! __keyevent@0__:hexpired h
HSET h a 1 b 2
# One HDEL is enough.
HEXPIRE h 0 FIELDS 2 a b
  8= 0: HDEL h a b
EXISTS h
HSET h a 1
HPEXPIRE h 1 FIELDS 1 a
@expired
@gone
EXISTS h
HSET h a 1 b 2
HPEXPIRE h 1 FIELDS 1 a
@expired
HSETNX h a 2
HPEXPIRE h 1 FIELDS 1 a
@expired
HINCRBY h a 2
HPEXPIRE h 1 FIELDS 1 a
@expired
HEXPIRE h 100 FIELDS 1 a
  8? [-2]
  8= 0: HDEL h a
  8! __keyspace@0__:h hexpired
  8! __keyevent@0__:hexpired h
HEXPIRE h 100 FIELDS 1 b
COPY h g
RENAME g f
HSET f b 1
DEL f h
";

const SORT: &str = "
RPUSH l 3 1 2
SORT l STORE d
SORT l STORE d
SORT missing STORE d
SORT missing STORE d
SORT l LIMIT 5 5 STORE d
SORT l BY nosort STORE d
SORT l
";

const RESTORE: &str = "
RESTORE k 0 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\"
DEL k
RESTORE k 1000000 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\"
RESTORE k 0 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\"
RESTORE k 1000000 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" REPLACE
RESTORE k 33177117420000 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" REPLACE ABSTTL
RESTORE k 0 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" REPLACE IDLETIME 10
RESTORE k 1 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" REPLACE ABSTTL
RESTORE k 1 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" ABSTTL
EXISTS k
RESTORE k 1000000 \"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\" FREQ 5
";

const STREAMS: &str = "
XADD s * f v
XADD s 33177117420000-* f v
XADD s 33177117420001 f v
XADD s 33177117420002-5 f v
XADD s NOMKSTREAM 33177117420003-1 f v
XADD missing NOMKSTREAM * f v
XADD s 1-1 f v
XADD s MAXLEN 3 33177117420004-1 f v
XADD s MAXLEN = 3 33177117420005-1 f v
XADD s MAXLEN ~ 3 33177117420006-1 f v
XADD s MAXLEN ~ 3 LIMIT 10 33177117420007-1 f v
XADD s MINID 33177117420004 33177117420008-1 f v
XADD s MINID ~ 33177117420005 33177117420009-1 f v
XADD s MAXLEN 0 33177117420010-1 f v
XADD s 33177117420011-1 f v
XTRIM s MAXLEN 5
XTRIM s MAXLEN ~ 0
XTRIM s MAXLEN ~ 0 LIMIT 5
XTRIM s MAXLEN 0
XADD s 33177117420012-1 f v
XADD s 33177117420013-1 f v
XTRIM s MINID 33177117420013
XTRIM s MINID ~ 33177117420014
XTRIM missing MAXLEN 0
CONFIG SET stream-node-max-entries 2
XADD t 1-1 f v
XADD t 2-1 f v
XADD t 3-1 f v
XADD t 4-1 f v
XADD t 5-1 f v
XADD t MAXLEN ~ 3 6-1 f v
XADD t 7-1 f v
XTRIM t MAXLEN ~ 2
XADD t MINID ~ 7 8-1 f v
XTRIM t MINID ~ 8-1
XADD t MAXLEN ~ 1 LIMIT 1 9-1 f v
XADD t MAXLEN ~ 0 10-1 f v
XTRIM t MAXLEN 1
CONFIG SET stream-node-max-entries 100
XDEL t 9-1 10-1
XDEL t 1-1
XDEL missing 1-1
XSETID t 100-1
XSETID t 100-1
XSETID t 200-1 ENTRIESADDED 50 MAXDELETEDID 100-1
XSETID missing 1-1
XLEN t
";

const GROUPS: &str = "
# As 7.2: a consumer is made by whatever names it, and XCLAIM alone tells of a delivery. 7.0 makes consumers later;
# since 7.4 XGROUP SETID follows with the number of entries read. Ours computes it on the replica from XCLAIM.
# Unlike any of them ours tells replicas of every consumer that is made, so that they have the same ones.
XADD s 1-1 f v
XADD s 2-1 f v
XADD s 3-1 f v
XGROUP CREATE s g 0
XGROUP CREATE s g 0
XGROUP CREATE fresh g $ MKSTREAM
XGROUP CREATE s g2 $ ENTRIESREAD 3
XGROUP CREATECONSUMER s g alice
XGROUP CREATECONSUMER s g alice
XREADGROUP GROUP g alice COUNT 1 STREAMS s >
  8= 0: XCLAIM s g alice 0 1-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 1-1
XREADGROUP GROUP g bob COUNT 1 STREAMS s >
  8= 0: XCLAIM s g bob 0 2-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1
XREADGROUP GROUP g bob STREAMS s 0
XREADGROUP GROUP g carol STREAMS s 0
  *= 0: XGROUP CREATECONSUMER s g carol
XREADGROUP GROUP g bob NOACK STREAMS s >
XREADGROUP GROUP g dave STREAMS s >
  *= 0: XGROUP CREATECONSUMER s g dave
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XREADGROUP GROUP g dave STREAMS s >
XREADGROUP GROUP g eve NOACK STREAMS s >
  7= 0: XGROUP CREATECONSUMER s g eve
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XADD s 4-1 f v
XREADGROUP GROUP g frank NOACK STREAMS s >
XADD s 5-1 f v
XADD s 6-1 f v
XREADGROUP GROUP g alice STREAMS s >
  8= MULTI
  8= 0: XCLAIM s g alice 0 5-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 5-1
  8= 0: XCLAIM s g alice 0 6-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 6-1
  8= EXEC
XREADGROUP GROUP g gina BLOCK 1 STREAMS s >
  *= 0: XGROUP CREATECONSUMER s g gina
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XACK s g 1-1 zzz
XACK s g 1-1
XACK s g 1-1
XACK s g 99-1
XACK s nogroup 1-1
XDEL s 5-1
XREADGROUP GROUP g alice STREAMS s 0
XGROUP SETID s g 0
XGROUP SETID s g $ ENTRIESREAD 4
XGROUP DELCONSUMER s g alice
XGROUP DELCONSUMER s g alice
XGROUP DELCONSUMER s g bob
XGROUP DESTROY s g2
XGROUP DESTROY s g2
MULTI
XREADGROUP GROUP g harry BLOCK 0 STREAMS s >
EXEC
  *= 0: XGROUP CREATECONSUMER s g harry
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XADD s 7-1 f v
MULTI
XREADGROUP GROUP g harry BLOCK 0 STREAMS s >
EXEC
  8= 0: XCLAIM s g harry 0 7-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 7-1
  7!
MULTI
XREADGROUP GROUP g ivy STREAMS s >
EXEC
  *= 0: XGROUP CREATECONSUMER s g ivy
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XREADGROUP GROUP g jack STREAMS s 0
  *= 0: XGROUP CREATECONSUMER s g jack
XREADGROUP GROUP g jack STREAMS s >
XPENDING s g
XINFO STREAM s FULL
XREAD STREAMS s 0
XADD t 1-1 f v
XGROUP CREATE t g 0
XREADGROUP GROUP g multi STREAMS t s > >
  *= MULTI
  *= 0: XCLAIM t g multi 0 1-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 1-1
  *= 0: XGROUP CREATECONSUMER s g multi
  *= EXEC
  7! __keyspace@0__:t xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer t
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XREADGROUP GROUP g many STREAMS s t 0 0
  *= MULTI
  *= 0: XGROUP CREATECONSUMER s g many
  *= 0: XGROUP CREATECONSUMER t g many
  *= EXEC
";

const CLAIMS: &str = "
# Consumers: as above.
XADD s 1-1 f v
XADD s 2-1 f v
XADD s 3-1 f v
XADD s 4-1 f v
XGROUP CREATE s g 0
XREADGROUP GROUP g alice STREAMS s >
  8= MULTI
  8= 0: XCLAIM s g alice 0 1-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 1-1
  8= 0: XCLAIM s g alice 0 2-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1
  8= 0: XCLAIM s g alice 0 3-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 3-1
  8= 0: XCLAIM s g alice 0 4-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 4-1
  8= EXEC
XCLAIM s g bob 0 1-1
XCLAIM s g bob 0 1-1 JUSTID
XCLAIM s g bob 100000 1-1
XCLAIM s g carol 100000 1-1
  *= 0: XGROUP CREATECONSUMER s g carol
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XCLAIM s g carol 0 99-1
XCLAIM s g dave 0 99-1
  *= 0: XGROUP CREATECONSUMER s g dave
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XCLAIM s g dave 0 1-1 2-1 IDLE 1000000 RETRYCOUNT 7
  7!
XCLAIM s g dave 0 1-1 TIME 1 RETRYCOUNT 7
XCLAIM s g dave 0 1-1 LASTID 3-1
XCLAIM s g dave 0 1-1 LASTID 10-1
XCLAIM s g dave 0 99-1 LASTID 20-1
XCLAIM s g erin 0 99-1 LASTID 21-1
  *= MULTI
  *= 0: XGROUP CREATECONSUMER s g erin
  *= 0: XGROUP SETID s g 21-1 ENTRIESREAD 4
  *= EXEC
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XACK s g 1-1
XCLAIM s g frank 0 1-1
  *= 0: XGROUP CREATECONSUMER s g frank
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XCLAIM s g frank 0 1-1 FORCE
  7!
XCLAIM s g frank 0 1-1 FORCE JUSTID
XDEL s 2-1
XCLAIM s g frank 0 2-1
XCLAIM s g gina 0 3-1 4-1
XAUTOCLAIM s g frank 0 0
XAUTOCLAIM s g gina 100000 0
XAUTOCLAIM s g henry 100000 0
  *= 0: XGROUP CREATECONSUMER s g henry
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XAUTOCLAIM s g ivy 0 - COUNT 1
XAUTOCLAIM s g jack 0 - COUNT 1 JUSTID
XDEL s 3-1
XAUTOCLAIM s g karl 0 -
XDEL s 4-1
XDEL s 1-1
XAUTOCLAIM s g luke 0 -
  *= MULTI
  *= 0: XGROUP CREATECONSUMER s g luke
  *= 0: XCLAIM s g karl 0 1-1 TIME <now+0> RETRYCOUNT 5 FORCE JUSTID LASTID 21-1
  *= 0: XCLAIM s g karl 0 4-1 TIME <now+0> RETRYCOUNT 4 FORCE JUSTID LASTID 21-1
  *= EXEC
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XAUTOCLAIM s g mary 0 -
  *= 0: XGROUP CREATECONSUMER s g mary
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XAUTOCLAIM s nogroup mary 0 -
XCLAIM s nogroup mary 0 1-1
";

const WAITING_STREAMS: &str = "
# Consumers: as above. 7.0 has words of its own for clients whose key or group is gone.
1> XREAD BLOCK 0 STREAMS s $
XADD s 1-1 f v
1<
XGROUP CREATE s g $
1> XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
  *= 0: XGROUP CREATECONSUMER s g alice
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XADD s 2-1 f v
  8= 0: XADD s 2-1 f v
  8= 0: XCLAIM s g alice 0 2-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1
  7! __keyspace@0__:s xadd
  7! __keyevent@0__:xadd s
1<
1> XREADGROUP GROUP g bob BLOCK 0 NOACK STREAMS s >
  7= 0: XGROUP CREATECONSUMER s g bob
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
XADD s 3-1 f v
  7= 0: XADD s 3-1 f v
  7= 0: XGROUP SETID s g 3-1 ENTRIESREAD 3
  7! __keyspace@0__:s xadd
  7! __keyevent@0__:xadd s
1<
1> XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
DEL s
  7! __keyspace@0__:s del
  7! __keyevent@0__:del s
  7! __keyspace@0__:s keymiss
  7! __keyevent@0__:keymiss s
1<
  7? Error([78, 79, 71, 82, 79, 85, 80, 32, 78, 111, 32, 115, 117, 99, 104, 32, 107, 101, 121, 32, 39, 115, 39, 32, 111, 114, 32, 99, 111, 110, 115, 117, 109, 101, 114, 32, 103, 114, 111, 117, 112, 32, 39, 103, 39, 32, 105, 110, 32, 88, 82, 69, 65, 68, 71, 82, 79, 85, 80, 32, 119, 105, 116, 104, 32, 71, 82, 79, 85, 80, 32, 111, 112, 116, 105, 111, 110])
XGROUP CREATE s g $ MKSTREAM
1> XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
  *= 0: XGROUP CREATECONSUMER s g alice
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
2> XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
  *= 0: XGROUP CREATECONSUMER s g bob
  7! __keyspace@0__:s xgroup-createconsumer
  7! __keyevent@0__:xgroup-createconsumer s
MULTI
XADD s 2-1 f v
XADD s 3-1 f v
EXEC
  8= MULTI
  8= 0: XADD s 2-1 f v
  8= 0: XADD s 3-1 f v
  8= EXEC
  8= MULTI
  8= 0: XCLAIM s g alice 0 2-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1
  8= 0: XCLAIM s g alice 0 3-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 3-1
  8= EXEC
  7! __keyspace@0__:s xadd
  7! __keyevent@0__:xadd s
  7! __keyspace@0__:s xadd
  7! __keyevent@0__:xadd s
1<
XADD s 4-1 f v
  8= 0: XADD s 4-1 f v
  8= 0: XCLAIM s g bob 0 4-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 4-1
  7! __keyspace@0__:s xadd
  7! __keyevent@0__:xadd s
2<
1> XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
XGROUP DESTROY s g
1<
  7? Error([78, 79, 71, 82, 79, 85, 80, 32, 78, 111, 32, 115, 117, 99, 104, 32, 107, 101, 121, 32, 39, 115, 39, 32, 111, 114, 32, 99, 111, 110, 115, 117, 109, 101, 114, 32, 103, 114, 111, 117, 112, 32, 39, 103, 39, 32, 105, 110, 32, 88, 82, 69, 65, 68, 71, 82, 79, 85, 80, 32, 119, 105, 116, 104, 32, 71, 82, 79, 85, 80, 32, 111, 112, 116, 105, 111, 110])
";

const NEWER: &str = "
@redis8
HSETEX h EX 1000 FIELDS 2 a 1 b 2
HSETEX h FIELDS 1 c 3
HSETEX h KEEPTTL FIELDS 1 a 5
HSETEX h FNX FIELDS 1 a 5
# A condition that held is not asked again, as with SET.
HSETEX h FXX PX 1000000 FIELDS 1 a 5
  8= 0: HSETEX h PXAT <now+10> FIELDS 1 a 5
HSETEX h PXAT 33177117420000 FIELDS 1 d 5
HSETEX h PXAT 1 FIELDS 1 d 5
HSETEX fresh PXAT 1 FIELDS 1 d 5
HGETEX h FIELDS 2 a zzz
# Only the fields that got the time.
HGETEX h EX 1000 FIELDS 2 a zzz
  8= 0: HPEXPIREAT h <now+10> FIELDS 1 a
HGETEX h PERSIST FIELDS 2 a b
HGETEX h PERSIST FIELDS 2 a b
HGETEX h PXAT 1 FIELDS 1 a
HGETEX missing EX 1000 FIELDS 1 a
HGETDEL h FIELDS 2 b zzz
HGETDEL h FIELDS 1 zzz
HGETDEL missing FIELDS 1 zzz
HGETDEL h FIELDS 2 c d
EXISTS h
SET a 1
SET b 2
BITOP DIFF d a b
BITOP ONE d a b
XADD s 1-1 f v
XADD s 2-1 f v
XADD s 3-1 f v
XGROUP CREATE s g 0
XREADGROUP GROUP g alice STREAMS s >
  8= MULTI
  8= 0: XCLAIM s g alice 0 1-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 1-1
  8= 0: XCLAIM s g alice 0 2-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1
  8= 0: XCLAIM s g alice 0 3-1 TIME <now+0> RETRYCOUNT 1 FORCE JUSTID LASTID 3-1
  8= EXEC
XDELEX s KEEPREF IDS 1 1-1
XDELEX s DELREF IDS 2 2-1 9-1
XDELEX s ACKED IDS 1 3-1
XDELEX s IDS 1 99-1
XACKDEL s g KEEPREF IDS 1 3-1
XACKDEL s g IDS 1 3-1
XADD s 4-1 f v
XADD s DELREF MAXLEN 1 5-1 f v
XTRIM s MAXLEN 0 ACKED
XTRIM s MAXLEN 0 DELREF
";

const MISSING: &str = "
GET k
GETRANGE k 0 1
STRLEN k
MGET k l
SETRANGE k 0 \"\"
GETBIT k 1
BITCOUNT k
BITPOS k 1
BITFIELD k GET u8 0
BITFIELD_RO k GET u8 0
BITOP NOT l k
BITOP AND l k m
PFCOUNT k
PFCOUNT k l
LCS k l
EXISTS k
TTL k
PTTL k
EXPIRETIME k
TYPE k
TOUCH k
PERSIST k
EXPIRE k 100
RENAME k l
RENAMENX k l
COPY k l
MOVE k 1
DEL k
UNLINK k
OBJECT FREQ k
OBJECT IDLETIME k
OBJECT REFCOUNT k
DUMP k
SORT k
SORT_RO k
SORT k STORE l
LLEN k
LRANGE k 0 1
LINDEX k 0
LPOS k a
LPOP k
RPOP k 2
LPUSHX k a
LSET k 0 a
LINSERT k BEFORE a b
LREM k 0 a
LTRIM k 0 1
LMOVE k l LEFT LEFT
RPOPLPUSH k l
LMPOP 2 k l LEFT
SCARD k
SISMEMBER k a
SMISMEMBER k a b
SMEMBERS k
SRANDMEMBER k
SRANDMEMBER k 2
SPOP k
SPOP k 2
SREM k a
SMOVE k l a
SINTER k l
SUNION k l
SDIFF k l
SINTERCARD 2 k l
SINTERSTORE m k l
SUNIONSTORE m k l
SDIFFSTORE m k l
SSCAN k 0
ZCARD k
ZCOUNT k 0 1
ZLEXCOUNT k - +
ZSCORE k a
ZMSCORE k a b
ZRANK k a
ZREVRANK k a
ZRANGE k 0 1
ZRANGE k 0 1 BYSCORE
ZRANGEBYLEX k - +
ZRANGESTORE m k 0 1
ZRANDMEMBER k
ZPOPMIN k
ZPOPMAX k 2
ZMPOP 2 k l MIN
ZREM k a
ZREMRANGEBYRANK k 0 1
ZREMRANGEBYSCORE k 0 1
ZREMRANGEBYLEX k - +
ZUNION 2 k l
ZINTER 2 k l
ZDIFF 2 k l
ZINTERCARD 2 k l
ZUNIONSTORE m 2 k l
ZINTERSTORE m 2 k l
ZDIFFSTORE m 2 k l
ZSCAN k 0
ZADD k XX 1 a
ZADD k XX INCR 1 a
GEOPOS k a
GEODIST k a b
GEOHASH k a
GEOSEARCH k FROMLONLAT 1 1 BYRADIUS 1 km
GEOSEARCHSTORE m k FROMLONLAT 1 1 BYRADIUS 1 km
GEORADIUS k 1 1 1 km
GEORADIUS k 1 1 1 km STORE m
GEORADIUSBYMEMBER k a 1 km
HGET k a
HMGET k a b
HGETALL k
HKEYS k
HVALS k
HLEN k
HEXISTS k a
HSTRLEN k a
HRANDFIELD k
HRANDFIELD k 2
HDEL k a
HSCAN k 0
XLEN k
XRANGE k - +
XREVRANGE k + -
XREAD STREAMS k 0
XREAD STREAMS k $
XINFO STREAM k
XINFO GROUPS k
XDEL k 1-1
XTRIM k MAXLEN 1
XACK k g 1-1
XPENDING k g
XCLAIM k g a 0 1-1
XAUTOCLAIM k g a 0 0
XREADGROUP GROUP g a STREAMS k >
XGROUP CREATE k g 0
XGROUP SETID k g 0
XGROUP DESTROY k g
XGROUP CREATECONSUMER k g a
XGROUP DELCONSUMER k g a
XSETID k 1-1
XADD k NOMKSTREAM * f v
GETEX k
GETEX k EX 10
GETDEL k
GETSET k v
DEL k
SET k v GET
DEL k
SET k v XX
SET k v XX GET
WATCH k
UNWATCH
MEMORY USAGE k
DEBUG OBJECT k
";

const MISSING_NEWER: &str = "
@redis8
HTTL k FIELDS 1 a
HPTTL k FIELDS 1 a
HEXPIRETIME k FIELDS 1 a
HEXPIRE k 10 FIELDS 1 a
HPERSIST k FIELDS 1 a
HGETEX k FIELDS 1 a
HGETDEL k FIELDS 1 a
HSETEX k FXX FIELDS 1 a 1
XDELEX k IDS 1 1-1
XACKDEL k g IDS 1 1-1
";
