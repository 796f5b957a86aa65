//! A random load over all types, with keys and fields that expire, on a master whose replica is now and then cut off;
//! in the end both have the same data. Every real server as master and as replica of ours; ours alone with its file,
//! kill -9 in between; and ours under everything that makes its threads meet.
//!
//! ```text
//! RTOOL_LOAD_SECONDS=600 cargo nextest run load      # the long run (10 s each)
//! RTOOL_LOAD_SEED=123 cargo nextest run load         # the same commands again; when they meet is not repeated
//! ```

mod grammar;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rtool::resp::Value;

use crate::differential::generate::Generator;
use crate::differential::grammar::{FAMILIES, Family};
use crate::differential::random::Random;
use crate::harness::{Client, Program, Server, wait_until};

/// Clients that write.
const WRITERS: u64 = 4;
/// Requests in flight of each.
const PIPELINE: usize = 16;
/// How long one slice of the load is, in ms: at most.
const SLICE_MS: u64 = 2_000;

/// Small values take the forms of big ones, and a replica that was away for long gets a copy.
const OPTIONS: &[&str] = &[
    "--hash-max-listpack-entries",
    "8",
    "--zset-max-listpack-entries",
    "8",
    "--set-max-intset-entries",
    "8",
    "--list-max-listpack-size",
    "4",
    "--stream-node-max-entries",
    "5",
    "--repl-backlog-size",
    "64kb",
    "--databases",
    "4",
];

/// After this time what had to expire has, and master and replica are compared key by key.
const SETTLES: Duration = Duration::from_secs(5);

/// Commands on a key that is not the same on both that are shown.
const EFFECTS_SHOWN: usize = 40;
/// Redis makes the key of a BITFIELD that fails to overflow, and tells its replicas nothing of it.
const SILENT: &[&str] = &["FAIL"];
/// A replica of Redis 8 that comes late to these, when the field's time is over, does as if it were not there, whoever
/// the master is.
const LATE: &[&str] = &["HPERSIST", "PERSIST", "KEEPTTL", "HINCRBY", "HINCRBYFLOAT"];

/// What the load lets expire within moments has done so after this time.
const LAST_EXPIRY: Duration = Duration::from_millis(1_200);

/// The length of a run.
pub fn duration() -> Duration {
    let seconds = std::env::var("RTOOL_LOAD_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// The seed of a run, printed.
pub fn seed() -> u64 {
    let given = std::env::var("RTOOL_LOAD_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("RTOOL_LOAD_SEED={seed}");
    seed
}

/// A load: its commands, and for how long.
struct Load {
    seed: u64,
    families: Vec<&'static Family>,
    /// Requests with one of these words are left out.
    without: &'static [&'static str],
    done: AtomicU64,
}

impl Load {
    fn new(master: Program, replica: Program, extra: &[&'static [Family]]) -> Load {
        let all = [FAMILIES, grammar::COMMON].into_iter().chain(extra.iter().copied());
        Load {
            seed: seed(),
            families: all.flatten().collect(),
            without: match (master, replica) {
                (Program::Rtool, Program::Redis8) => LATE,
                (Program::Rtool, _) => &[],
                _ => SILENT,
            },
            done: AtomicU64::new(0),
        }
    }

    /// Writes from several clients for a while; `meanwhile` runs beside it until then.
    fn run(&self, port: u16, slice: u64, lasts: Duration, meanwhile: impl Fn(&AtomicBool) + Sync) {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let stop = &stop;
            for writer in 0..WRITERS {
                let seed = self.seed.wrapping_add(slice * WRITERS + writer);
                scope.spawn(move || self.write(port, seed, stop));
            }
            let meanwhile = &meanwhile;
            scope.spawn(move || meanwhile(stop));
            let end = Instant::now() + lasts;
            // A panic of the load must not leave the writers running.
            let guard = Stop(stop);
            while Instant::now() < end && !stop.load(Ordering::Relaxed) {
                pause(end);
            }
            drop(guard);
        });
    }

    /// One client: it comes again when it is cut off.
    fn write(&self, port: u16, seed: u64, stop: &AtomicBool) {
        let mut generator = Generator::of(seed, self.families.clone());
        while !stop.load(Ordering::Relaxed) {
            let Ok(mut client) = Client::connect(port) else {
                pause(Instant::now() + Duration::from_millis(20));
                continue;
            };
            while !stop.load(Ordering::Relaxed) && self.batch(&mut client, &mut generator).is_ok() {}
        }
    }

    fn batch(&self, client: &mut Client, generator: &mut Generator) -> std::io::Result<()> {
        for _ in 0..PIPELINE {
            let mut request = generator.next();
            while request.iter().any(|word| self.without.iter().any(|one| word == one.as_bytes())) {
                request = generator.next();
            }
            client.send(&request)?;
        }
        for _ in 0..PIPELINE {
            client.read()?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits a little, not beyond `end`.
pub fn pause(end: Instant) {
    let soon = end.min(Instant::now() + Duration::from_millis(20));
    wait_until("a moment has passed", || Instant::now() >= soon);
}

/// Cuts the link of master and replica at random moments, from either end, and reads on the replica.
fn disturb((master, replica): (u16, u16), seed: u64, stop: &AtomicBool) {
    let mut random = Random::new(seed);
    let (Ok(mut on_master), Ok(mut on_replica)) = (Client::connect(master), Client::connect(replica)) else {
        return;
    };
    while !stop.load(Ordering::Relaxed) {
        let end = Instant::now() + Duration::from_millis(random.below(800) as u64);
        while Instant::now() < end && !stop.load(Ordering::Relaxed) {
            for request in [&["RANDOMKEY"][..], &["GET", "s1"], &["HGETALL", "h1"], &["XLEN", "x1"]] {
                let _ = on_replica.try_call(request);
            }
            pause(end);
        }
        let _ = match random.below(3) {
            0 => on_master.try_call(&["CLIENT", "KILL", "TYPE", "replica"]),
            1 => on_replica.try_call(&["CLIENT", "KILL", "TYPE", "master"]),
            _ => on_master.try_call(&["PING"]),
        };
    }
}

/// Waits until both have the same data. What is to expire yet does so on the master first.
fn agree(master: &Server, replica: &Server) {
    let offset = |server: &Server, field| server.info(field).parse::<i64>().unwrap_or(-1);
    wait_until("the link is up", || replica.info("master_link_status") == "up");
    wait_until("the replica has the master's offset", || {
        offset(replica, "slave_repl_offset") >= offset(master, "master_repl_offset")
    });
    let end = Instant::now() + SETTLES;
    while master.digest() != replica.digest() {
        if Instant::now() >= end {
            let found = difference(master, replica);
            assert!(found.is_empty(), "master and replica differ\n{}", found.join("\n"));
            return;
        }
        pause(end);
    }
}

/// The keys that differ. The digest of a sorted set is that of its scores as they are printed, and Redis 7.0 prints
/// them with more digits: those are compared as numbers.
fn difference(master: &Server, replica: &Server) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut one, mut other) = (master.connect(), replica.connect());
    for db in ["0", "1", "2", "3"] {
        one.call(&["SELECT", db]);
        other.call(&["SELECT", db]);
        let mut keys: Vec<Value> = Vec::new();
        for client in [&mut one, &mut other] {
            keys.extend(client.call(&["KEYS", "*"]).as_list().unwrap_or_default().iter().cloned());
        }
        for key in keys.iter().filter_map(Value::as_bytes) {
            let words = [b"DEBUG".as_slice(), b"DIGEST-VALUE", key];
            if one.call(&words) == other.call(&words) {
                continue;
            }
            let (a, b) = (content(&mut one, key), content(&mut other, key));
            if !same(&a, &b) && !is_damaged(&mut one, key, &a) {
                let time = |client: &mut Client| client.call(&[b"PEXPIRETIME".as_slice(), key]);
                let times = (time(&mut one), time(&mut other));
                lines.push(format!("{db} {}\n  {a:?}\n  {b:?}\n  {times:?}", key.escape_ascii()));
                lines.extend([master, replica].map(|server| last_effects(server, key)));
            }
        }
    }
    lines
}

/// The last commands on a key in a server's append-only files.
fn last_effects(server: &Server, key: &[u8]) -> String {
    let files = std::fs::read_dir(server.dir().join("appendonlydir")).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in files.map(|file| file.path()).filter(|path| path.to_string_lossy().ends_with(".incr.aof")) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
        let commands = text.split("\r\n*").map(|command| command.replace("\r\n", " "));
        let key = String::from_utf8_lossy(key).into_owned();
        let on_key = |command: &String| {
            let words: Vec<&str> = command.split(' ').collect();
            words.contains(&key.as_str()) || words.contains(&"SELECT") || words.contains(&"FLUSHALL")
        };
        found.extend(commands.filter(on_key));
    }
    let begin = found.len().saturating_sub(EFFECTS_SHOWN);
    format!("  {:?}: ...\n    {}", server.program(), found[begin..].join("\n    "))
}

/// A HyperLogLog that other commands have damaged: PFADD of Redis may change some registers before it meets the
/// damage, and then fails, so that replicas hear nothing of it.
fn is_damaged(client: &mut Client, key: &[u8], content: &Value) -> bool {
    let looks_whole = content.as_bytes().is_some_and(|bytes| bytes.starts_with(b"HYLL"));
    looks_whole && client.call(&[b"PFCOUNT".as_slice(), key]).error().is_some()
}

/// Equal, or equal numbers.
fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    match (one.as_list(), other.as_list()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => one == other || number(one).is_some_and(|one| Some(one) == number(other)),
    }
}

fn content(client: &mut Client, key: &[u8]) -> Value {
    let kind = client.call(&[b"TYPE".as_slice(), key]);
    let words: &[&[u8]] = match &kind {
        Value::Simple(kind) => match kind.as_slice() {
            b"string" => &[b"GET", key],
            b"list" => &[b"LRANGE", key, b"0", b"-1"],
            b"set" => &[b"SMEMBERS", key],
            b"zset" => &[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
            b"hash" => &[b"HGETALL", key],
            _ => &[b"XRANGE", key, b"-", b"+"],
        },
        _ => &[b"PING"],
    };
    client.call(words)
}

/// The state of the consumer groups, which is in no digest.
fn groups(server: &Server) -> Vec<String> {
    let mut client = server.connect();
    let mut all = Vec::new();
    for db in ["0", "1", "2", "3"] {
        client.call(&["SELECT", db]);
        for key in ["x0", "x1", "x2", "x3"] {
            for words in [&["XINFO", "GROUPS", key][..], &["XPENDING", key, "g"], &["EXISTS", key]] {
                all.push(format!("{db} {words:?} {:?}", client.call(words)));
            }
        }
    }
    all
}

fn between(master: Program, replica: Program, extra: &[&'static [Family]]) {
    let load = Load::new(master, replica, extra);
    let Some(master) = Server::peer(master, OPTIONS) else { return };
    let Some(replica) = Server::peer(replica, OPTIONS) else { return };
    replica.follow(&master);
    let mut random = Random::new(load.seed);
    let end = Instant::now() + duration();
    let mut slice = 0;
    while Instant::now() < end {
        let lasts = Duration::from_millis(SLICE_MS).min(end - Instant::now());
        let (ports, seed) = ((master.port(), replica.port()), random.next());
        load.run(master.port(), slice, lasts, |stop| disturb(ports, seed, stop));
        agree(&master, &replica);
        slice += 1;
    }
    eprintln!(
        "{} commands, {} full and {} partial syncs",
        load.done.load(Ordering::Relaxed),
        replica.log().matches("Full resync from master").count(),
        replica.log().matches("accepted a Partial Resynchronization").count()
    );
    assert!(load.done.load(Ordering::Relaxed) > 1000, "the load was no load");
}

#[test]
fn a_replica_of_redis_7_agrees_under_load() {
    between(Program::Redis, Program::Rtool, &[]);
}

#[test]
fn a_replica_of_redis_8_agrees_under_load() {
    between(Program::Redis8, Program::Rtool, &[grammar::WHOLE, grammar::FIELDS]);
}

#[test]
fn a_replica_of_valkey_agrees_under_load() {
    between(Program::Valkey, Program::Rtool, &[grammar::WHOLE]);
}

#[test]
fn redis_7_as_a_replica_agrees_under_load() {
    between(Program::Rtool, Program::Redis, &[grammar::WHOLE]);
}

#[test]
fn redis_8_as_a_replica_agrees_under_load() {
    between(Program::Rtool, Program::Redis8, &[grammar::WHOLE, grammar::FIELDS]);
}

#[test]
fn valkey_as_a_replica_agrees_under_load() {
    between(Program::Rtool, Program::Valkey, &[grammar::WHOLE]);
}

const THREADS: &[&str] = &["--io-threads", "4", "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"];

fn with_threads() -> Vec<&'static str> {
    OPTIONS.iter().chain(THREADS).copied().collect()
}

/// Its data as it is after everything that had to expire has.
fn settled(server: &Server) -> String {
    let mut last = String::new();
    wait_until("nothing expires any more", || {
        let before = std::mem::replace(&mut last, server.digest());
        let soon = Instant::now() + LAST_EXPIRY;
        wait_until("the shortest times are over", || before == last || Instant::now() >= soon);
        before == last
    });
    last
}

#[test]
fn ours_agrees_under_load_and_after_kill_9() {
    let load = Load::new(Program::Rtool, Program::Rtool, &[grammar::WHOLE, grammar::FIELDS]);
    let options = with_threads();
    let mut master = Server::start(Program::Rtool, &options);
    let port = master.port().to_string();
    let following: Vec<&str> = options.iter().copied().chain(["--replicaof", "127.0.0.1", &port]).collect();
    let mut replica = Server::start(Program::Rtool, &following);
    let end = Instant::now() + duration();
    let mut random = Random::new(load.seed);
    let mut slice = 0;
    while Instant::now() < end {
        let lasts = Duration::from_millis(200 + random.below(1000) as u64);
        load.run(master.port(), slice, lasts, |_| {});
        match random.below(3) {
            0 => {
                master.kill();
                master.start_again();
            }
            1 => {
                replica.kill();
                replica.start_again();
            }
            _ => {}
        }
        agree(&master, &replica);
        let digest = settled(&master);
        agree(&master, &replica);
        assert_eq!(groups(&master), groups(&replica));
        let groups_before = groups(&master);
        master.kill();
        master.start_again();
        assert_eq!(master.digest(), digest, "slice {slice}: the file gives other data");
        assert_eq!(groups(&master), groups_before, "slice {slice}: the file gives other groups");
        slice += 1;
    }
    eprintln!("{} commands in {slice} slices", load.done.load(Ordering::Relaxed));
}

#[test]
fn threads_that_meet_lose_nothing_under_load() {
    let load = Load::new(
        Program::Rtool,
        Program::Rtool,
        &[grammar::WHOLE, grammar::WHOLE, grammar::FIELDS, grammar::OPERATOR],
    );
    let options = with_threads();
    let mut master = Server::start(Program::Rtool, &options);
    let replica = Server::start(Program::Rtool, &options);
    replica.follow(&master);
    let end = Instant::now() + duration();
    let mut slice = 0;
    while Instant::now() < end {
        let lasts = Duration::from_millis(SLICE_MS).min(end - Instant::now());
        load.run(master.port(), slice, lasts, |_| {});
        master.call(&["CLIENT", "UNPAUSE"]);
        replica.call(&["CLIENT", "UNPAUSE"]);
        agree(&master, &replica);
        let digest = settled(&master);
        agree(&master, &replica);
        assert_eq!(groups(&master), groups(&replica));
        master.kill();
        master.start_again();
        assert_eq!(master.digest(), digest, "slice {slice}: the file gives other data");
        slice += 1;
    }
    eprintln!("{} commands in {slice} slices", load.done.load(Ordering::Relaxed));
}
