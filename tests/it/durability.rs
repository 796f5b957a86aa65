//! What was acknowledged is there after kill -9, whatever the moment and the policy. `RTOOL_ROUNDS` says how many
//! lives each server has (60); `RTOOL_ROUNDS=200 cargo nextest run kill_9` is the long proof.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rtool::resp::value::Value;

use crate::harness::{Client, Program, Server, bulk, ok, wait_until};

const CLIENTS: usize = 4;
/// Requests in flight per client: that many writes may have happened without an answer.
const PIPELINE: usize = 8;

/// A generator of moments; the seed is printed.
struct Dice(u64);

impl Dice {
    fn new() -> Dice {
        let seed = std::env::var("RTOOL_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or_else(|| rtool::clock::wall_us() as u64) | 1;
        eprintln!("RTOOL_SEED={seed}");
        Dice(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Counts a key up until the connection breaks; answers the last number that was acknowledged.
fn count_up(port: u16, key: &str, from: i64, stop: &AtomicBool) -> i64 {
    let Ok(mut client) = Client::connect(port) else { return from };
    let mut acknowledged = from;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..PIPELINE {
            if client.send(&["INCR", key]).is_err() {
                break;
            }
        }
        for _ in 0..PIPELINE {
            match client.read() {
                Ok(Value::Int(n)) => acknowledged = n,
                Ok(other) => panic!("INCR said {other:?}"),
                Err(_) => return acknowledged,
            }
        }
    }
    acknowledged
}

/// One life of the server: load from all clients, a rewrite now and then, kill -9 in the middle.
fn life(server: &mut Server, counters: &mut BTreeMap<String, i64>, dice: &mut Dice) {
    let (port, stop) = (server.port(), AtomicBool::new(false));
    let lasts = Duration::from_micros(dice.below(60_000));
    let rewrite = dice.below(3) == 0;
    let clients: Vec<(String, i64)> = std::mem::take(counters).into_iter().collect();
    std::thread::scope(|scope| {
        let stop = &stop;
        let count = |(key, from): (String, i64)| scope.spawn(move || (count_up(port, &key, from, stop), key));
        let clients: Vec<_> = clients.into_iter().map(count).collect();
        if rewrite {
            assert_eq!(server.call(&["BGREWRITEAOF"]).error(), None);
        }
        let end = Instant::now() + lasts;
        wait_until("the moment has come", || Instant::now() >= end);
        server.kill();
        stop.store(true, Ordering::Relaxed);
        let counted = clients.into_iter().map(|client| client.join().unwrap());
        counters.extend(counted.map(|(count, key)| (key, count)));
    });
}

#[test]
fn under_always_no_acknowledged_write_is_lost_by_kill_9() {
    lives("always");
}

#[test]
fn under_everysec_no_acknowledged_write_is_lost_by_kill_9() {
    lives("everysec");
}

#[test]
fn without_syncs_no_acknowledged_write_is_lost_by_kill_9() {
    lives("no");
}

fn lives(policy: &str) {
    let rounds = std::env::var("RTOOL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut dice = Dice::new();
    let directives = ["--appendonly", "yes", "--appendfsync", policy, "--io-threads", "2"];
    let mut server = Server::start(Program::Rtool, &directives);
    let mut counters: BTreeMap<String, i64> = (0..CLIENTS).map(|i| (format!("counter:{i}"), 0)).collect();
    for round in 0..rounds {
        life(&mut server, &mut counters, &mut dice);
        server.start_again();
        for (key, acknowledged) in &mut counters {
            let found = match server.call(&["GET", key]) {
                Value::Bulk(text) => String::from_utf8(text).unwrap().parse::<i64>().unwrap(),
                _ => 0,
            };
            assert!(found >= *acknowledged, "round {round}: {key} is {found}, acknowledged {acknowledged}");
            assert!(
                found <= *acknowledged + PIPELINE as i64,
                "round {round}: {key} is {found} of {acknowledged}"
            );
            *acknowledged = found;
        }
    }
    assert!(counters.values().sum::<i64>() > rounds, "the load was no load: {counters:?}");
}

/// SHUTDOWN syncs the file and may then fail to save: the server goes on, and so does its file.
#[test]
fn a_refused_shutdown_leaves_the_append_only_file_at_work() {
    for policy in ["always", "everysec"] {
        let directives = ["--appendonly", "yes", "--appendfsync", policy, "--save", "3600 1"];
        let mut server = Server::start(Program::Rtool, &directives);
        std::fs::create_dir(server.dir().join("dump.rdb")).unwrap();
        assert_eq!(server.call(&["SET", "before", "1"]), ok());
        let refused = server.call(&["SHUTDOWN"]);
        assert!(
            refused.error().is_some_and(|words| words.contains("Errors trying to SHUTDOWN")),
            "{refused:?}"
        );
        assert_eq!(server.call(&["SET", "after", "1"]), ok());
        server.kill();
        std::fs::remove_dir(server.dir().join("dump.rdb")).unwrap();
        server.start_again();
        assert_eq!(server.call(&["EXISTS", "before", "after"]), Value::Int(2));
    }
}

/// A snapshot of a transaction's middle would hold effects that come again behind it.
#[test]
fn a_rewrite_asked_for_inside_a_transaction_begins_behind_it() {
    let mut server =
        Server::start(Program::Rtool, &["--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"]);
    let words: [&[&str]; 6] =
        [&["MULTI"], &["INCR", "n"], &["BGREWRITEAOF"], &["BGSAVE"], &["INCR", "n"], &["EXEC"]];
    let mut client = server.connect();
    let replies = words.map(|words| client.call(words));
    let said: Vec<&str> = replies[5].as_list().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(
        said,
        ["Background append only file rewriting scheduled", "Background saving scheduled"],
        "{replies:?}"
    );
    wait_until("both are done", || {
        let log = server.log();
        log.contains("AOF rewrite finished successfully") && log.contains("saving terminated with success")
    });
    server.kill();
    server.start_again();
    assert_eq!(server.call(&["GET", "n"]).as_str(), Some("2"));
}

/// A dump that is a folder cannot be written: writes end until a save succeeds, also those of scripts.
#[test]
fn a_failed_save_stops_writes_until_one_succeeds() {
    let server = Server::start(Program::Rtool, &["--save", "3600 100"]);
    assert_eq!(server.call(&["SET", "x", "x"]), ok());
    let dump = server.dir().join("dump.rdb");
    std::fs::create_dir(&dump).unwrap();
    server.call(&["BGSAVE"]);
    wait_until("the save has failed", || server.info("rdb_last_bgsave_status") == "err");
    let misconf = |reply: &Value| reply.error().is_some_and(|words| words.starts_with("MISCONF"));
    assert_eq!(server.call(&["GET", "x"]), bulk("x"));
    for refused in [
        &["SET", "x", "y"][..],
        &["EVAL", "return redis.call('set', 'x', 1)", "1", "x"],
        &["EVAL", "#!lua\nreturn 1", "1", "x"],
    ] {
        assert!(misconf(&server.call(refused)), "{refused:?}");
    }
    assert_eq!(server.call(&["EVAL", "return redis.call('get', 'x')", "1", "x"]), bulk("x"));
    assert_eq!(server.call(&["EVAL", "#!lua flags=no-writes\nreturn 1", "1", "x"]), Value::Int(1));
    std::fs::remove_dir(&dump).unwrap();
    server.call(&["BGSAVE"]);
    wait_until("a save has succeeded", || server.info("rdb_last_bgsave_status") == "ok");
    assert_eq!(server.call(&["SET", "x", "y"]), ok());
}
