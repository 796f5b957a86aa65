//! `rdb_changes_since_last_save`, which the `save` rules go by: what a command adds to it is what it adds in
//! Redis.

use crate::harness::{Program, Server};

/// Commands that change more than one thing, or a number of them.
const STEPS: &[&str] = &[
    "SET a 1",
    "RENAME a b",
    "RENAMENX b c",
    "MOVE c 1",
    "SWAPDB 0 0",
    "SWAPDB 0 1",
    "DEL c missing",
    "MSET a 1 b 2 c 3",
    "COPY a d",
    "UNLINK a b c d",
    "RPUSH l a b c d e f",
    "LPOP l 2",
    "LTRIM l 1 -1",
    "LMOVE l m LEFT RIGHT",
    "LMOVE m m LEFT RIGHT",
    "RPOPLPUSH l m",
    "BLMOVE l m RIGHT LEFT 0",
    "LREM m 0 d",
    "LMPOP 1 m LEFT COUNT 5",
    "SADD s 1 2 3 4 a b c",
    "SMOVE s t 1",
    "SREM s 2 3 zzz",
    "SPOP s 2",
    "SUNIONSTORE u s t",
    "SINTERSTORE u missing s",
    "HSET h a 1 b 2 c 3",
    "HDEL h a b zzz",
    "ZADD z 1 a 2 b 3 c 4 d",
    "ZADD z 1 a 5 b",
    "ZPOPMIN z 2",
    "ZREMRANGEBYRANK z 0 -1",
    "XADD x 1-1 f v",
    "XADD x 2-1 f v",
    "XADD x MAXLEN 2 3-1 f v",
    "XADD x 4-1 f v",
    "XADD x 5-1 f v",
    "XDEL x 2-1 3-1 3-1",
    "XTRIM x MAXLEN 1",
    "XGROUP CREATE x g 0",
    "SETRANGE r 3 abc",
    "BITFIELD r SET u8 0 1 SET u8 8 2",
    "PFADD hll a b c",
    "PEXPIRE r 100000",
    "PERSIST r",
    "SORT s ALPHA STORE sorted",
    "FLUSHALL",
];

fn changes(server: &Server) -> i64 {
    server.info("rdb_changes_since_last_save").parse().expect("a number")
}

#[test]
fn changes_are_counted_as_redis_counts_them() {
    let Some(theirs) = Server::peer(Program::Redis, &["--save", ""]) else { return };
    let ours = Server::start(Program::Rtool, &["--save", ""]);
    let count = |server: &Server, step: &str| {
        let before = changes(server);
        server.call(&step.split(' ').collect::<Vec<_>>());
        changes(server) - before
    };
    for step in STEPS {
        assert_eq!(count(&ours, step), count(&theirs, step), "{step}");
    }
}
