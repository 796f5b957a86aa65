//! Random users, random commands: ACL DRYRUN answers what a real Redis answers, and what it says is what happens.
//!
//! ```text
//! RTOOL_ACL_COMMANDS=100000 cargo nextest run acl::random     # a long run
//! RTOOL_ACL_SEED=123 cargo nextest run acl::random            # the run that failed, again
//! ```

use std::hash::{BuildHasher, RandomState};

use rtool::resp::Value;

use crate::differential::random::Random;
use crate::harness::{Client, Program, Server};

/// Commands of an ordinary run.
const COMMANDS: usize = 6_000;
/// Commands per user.
const PER_USER: usize = 60;

const RULES: &[&str] = &[
    "+@all",
    "-@all",
    "+@read",
    "-@read",
    "+@write",
    "-@write",
    "+@keyspace",
    "-@dangerous",
    "+@pubsub",
    "+@fast",
    "-@slow",
    "+@string",
    "+@sortedset",
    "-@admin",
    "+@scripting",
    "+@connection",
    "+get",
    "-get",
    "+set",
    "-set",
    "+mget",
    "+del",
    "-del",
    "+config|get",
    "-config|set",
    "+config",
    "-config",
    "+client|id",
    "-client",
    "+object",
    "-object|freq",
    "+select|1",
    "+sort",
    "+publish",
    "-publish",
    "+subscribe",
    "+xread",
    "+eval",
    "-eval",
    "~a*",
    "~b",
    "~ab?",
    "~*x",
    "%R~c*",
    "%W~c*",
    "%RW~d",
    "%R~*",
    "%W~e*",
    "allkeys",
    "resetkeys",
    "&n*",
    "&m",
    "allchannels",
    "resetchannels",
    "(+get ~c*)",
    "(+@write %W~a*)",
    "(+@all ~* &n*)",
    "(+mget +get %R~b*)",
    "clearselectors",
    "(+publish &m)",
    "(+@read ~a*)",
    "reset",
    "~ac*",
];

const KEYS: &[&str] = &["a", "ab", "abc", "b", "bb", "c", "cx", "d", "dx", "e", "ex", "x", "f"];
const CHANNELS: &[&str] = &["n", "news", "m", "mm", "o", "n*", "m*"];
const COMMANDS_OF: &[&str] = &[
    "GET k",
    "SET k v",
    "SET k v GET",
    "MGET k k k",
    "MSET k v k v",
    "DEL k k",
    "UNLINK k",
    "EXISTS k k",
    "TYPE k",
    "STRLEN k",
    "APPEND k v",
    "GETSET k v",
    "GETDEL k",
    "GETEX k",
    "INCR k",
    "SETRANGE k 0 v",
    "COPY k k",
    "RENAME k k",
    "EXPIRE k 100",
    "TTL k",
    "PERSIST k",
    "TOUCH k",
    "DUMP k",
    "OBJECT ENCODING k",
    "OBJECT FREQ k",
    "SORT k",
    "SORT k STORE k",
    "SORT_RO k",
    "LPUSH k v",
    "LMOVE k k LEFT LEFT",
    "LPOP k",
    "RPOPLPUSH k k",
    "SADD k v",
    "SINTER k k",
    "SINTERSTORE k k k",
    "SMOVE k k v",
    "SINTERCARD 2 k k",
    "ZADD k 1 v",
    "ZUNION 2 k k",
    "ZUNIONSTORE k 2 k k",
    "ZRANGESTORE k k 0 1",
    "ZMPOP 1 k MIN",
    "HSET k f v",
    "HGET k f",
    "XADD k * f v",
    "XREAD STREAMS k k 0 0",
    "XLEN k",
    "PFADD k v",
    "PFCOUNT k k",
    "PFMERGE k k",
    "BITFIELD k GET u8 0",
    "BITFIELD k SET u8 0 1",
    "BITOP NOT k k",
    "SETBIT k 0 1",
    "GEOADD k 1 1 v",
    "GEORADIUS k 1 1 1 m STORE k",
    "GEOSEARCH k FROMLONLAT 1 1 BYRADIUS 1 m",
    "LCS k k",
    "WATCH k k",
    "PUBLISH c m",
    "SPUBLISH c m",
    "CONFIG GET maxmemory",
    "CONFIG SET maxmemory 0",
    "CLIENT ID",
    "CLIENT GETNAME",
    "SELECT 0",
    "SELECT 1",
    "PING",
    "DBSIZE",
    "RANDOMKEY",
    "KEYS none",
    "SCAN 0",
    "TIME",
    "EVAL 'return 1' 0",
    "EVAL 'return 1' 2 k k",
    "EVAL_RO 'return 1' 1 k",
    "MEMORY USAGE k",
    "INFO server",
    "ECHO v",
    "COMMAND COUNT",
    "LOLWUT",
    "ACL WHOAMI",
    "ACL CAT",
    "SLOWLOG LEN",
    "LASTSAVE",
    "ROLE",
];
/// These are only asked about: they would change the connection, or wait.
const ASKED_ABOUT: &[&str] = &[
    "SUBSCRIBE c c",
    "PSUBSCRIBE c c",
    "SSUBSCRIBE c",
    "UNSUBSCRIBE c",
    "BLPOP k k 0",
    "BLMOVE k k LEFT LEFT 0",
    "FLUSHDB",
    "FLUSHALL",
    "SAVE",
    "SHUTDOWN",
    "REPLICAOF h 1",
    "MULTI",
    "EXEC",
    "RESET",
    "QUIT",
    "AUTH x",
    "MIGRATE h 1 k 0 10",
    "MIGRATE h 1 '' 0 10 KEYS k k",
    "RESTORE k 0 v",
    "SWAPDB 0 1",
    "MOVE k 1",
    "DEBUG x",
    "CLIENT KILL x",
    "CLIENT NO-EVICT on",
    "SCRIPT LOAD x",
    "FUNCTION LIST",
    "FCALL f 1 k",
    "XGROUP CREATE k g 0",
    "XREADGROUP GROUP g c STREAMS k k > >",
    "ZADD k",
    "GET",
    "OBJECT HELP",
    "SORT k BY k",
    "MONITOR",
    "PSYNC a 1",
];

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn fill(random: &mut Random, template: &str) -> Vec<Vec<u8>> {
    let mut words = rtool::resp::quote::split(template.as_bytes()).expect("quotes are balanced");
    for word in words.iter_mut().skip(1) {
        let replacement = match word.as_slice() {
            b"k" => KEYS,
            b"c" => CHANNELS,
            _ => continue,
        };
        *word = random.pick(replacement).as_bytes().to_vec();
    }
    words
}

fn asked(words: &[Vec<u8>]) -> Vec<&[u8]> {
    [&b"ACL"[..], b"DRYRUN", b"u"].into_iter().chain(words.iter().map(Vec::as_slice)).collect()
}

/// Gives user `u` random rules: the same answers everywhere, rule by rule.
fn new_user(random: &mut Random, servers: &mut [&mut Client]) -> Vec<String> {
    let mut rules = vec!["reset", "on", "nopass"];
    rules.extend((0..2 + random.below(8)).map(|_| random.pick(RULES)));
    // Who is reset is off.
    rules.push("on");
    rules.push("nopass");
    for rule in &rules {
        let replies: Vec<Value> =
            servers.iter_mut().map(|client| client.call(&["ACL", "SETUSER", "u", rule])).collect();
        assert!(replies.windows(2).all(|pair| pair[0] == pair[1]), "{rules:?} at {rule}: {replies:?}");
    }
    let shown: Vec<Value> = servers.iter_mut().map(|client| client.call(&["ACL", "GETUSER", "u"])).collect();
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]), "{rules:?}: {shown:?}");
    rules.iter().map(ToString::to_string).collect()
}

#[test]
fn a_dry_run_says_what_redis_says_and_what_happens() {
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let seed = from_environment("RTOOL_ACL_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("RTOOL_ACL_SEED={seed}");
    let mut random = Random::new(seed);
    let commands = from_environment("RTOOL_ACL_COMMANDS").map_or(COMMANDS, |n| n as usize);
    let (mut ours, mut theirs) = (rtool.connect(), redis.connect());
    for _ in 0..commands / PER_USER {
        let rules = new_user(&mut random, &mut [&mut ours, &mut theirs]);
        let mut user = rtool.connect();
        user.call(&["AUTH", "u", "x"]);
        for _ in 0..PER_USER {
            let only_asked = random.once_in(4);
            let template = random.pick(if only_asked { ASKED_ABOUT } else { COMMANDS_OF });
            let words = fill(&mut random, template);
            let (said, redis_said) = (ours.call(&asked(&words)), theirs.call(&asked(&words)));
            let shown: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
            assert_eq!(said, redis_said, "{shown:?} as {rules:?}");
            if !only_asked {
                let real = user.call(&words);
                let denied = matches!(&real, Value::Error(text) if text.starts_with(b"NOPERM"));
                let is_ok = said == Value::Simple(b"OK".to_vec());
                assert_eq!(denied, !is_ok, "{shown:?} as {rules:?}: {said:?}, then {real:?}");
            }
        }
    }
}
