//! Replication in both directions: our server as master and as replica of every peer, in chains, through
//! cut links, restarts and promotions. In the end all have the same keys at the same offset.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rtool::resp::value::Value;

use crate::harness::{Client, Program, Server, bulk, ok, wait_for, wait_until};

/// Databases the tests write to.
const DBS: usize = 4;

/// The role: its word, the link's word on a replica, and the offset.
fn role(server: &Server) -> (String, String, i64) {
    let answer = server.call(&["ROLE"]);
    let list = answer.as_list().unwrap_or_default();
    let text = |i: usize| list.get(i).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |i: usize| list.get(i).and_then(Value::as_int).unwrap_or(-1);
    match text(0).as_str() {
        "slave" => (text(0), text(3), number(4)),
        _ => (text(0), String::new(), number(1)),
    }
}

fn follow(replica: &Server, master: &Server) {
    let answer = replica.call(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    assert_eq!(answer, ok());
    linked(replica);
}

fn linked(replica: &Server) {
    wait_until("the link is up", || role(replica).1 == "connected");
}

/// All keys of a server: value and expiry.
fn data(server: &Server) -> BTreeMap<(usize, String), (Value, Value)> {
    let (mut client, mut all) = (server.connect(), BTreeMap::new());
    for db in 0..DBS {
        client.call(&["SELECT", &db.to_string()]);
        let keys = client.call(&["KEYS", "*"]);
        for key in keys.as_list().unwrap_or_default() {
            let key = key.as_str().unwrap_or_default().to_owned();
            let entry = (client.call(&["GET", &key]), client.call(&["PEXPIRETIME", &key]));
            all.insert((db, key), entry);
        }
    }
    all
}

/// Waits until all replicas are where the master is, and compares their data.
fn agree(master: &Server, replicas: &[&Server]) {
    for replica in replicas {
        wait_until("master and replica are at one offset", || role(replica).2 == role(master).2);
    }
    let expected = data(master);
    for replica in replicas {
        assert_eq!(data(replica), expected, "{:?} of {:?}", replica.program(), master.program());
    }
}

/// Writes of every kind that a stream can hold, from `seed` on.
fn write(master: &Server, seed: u32) {
    let mut client = master.connect();
    for i in seed..seed + 60 {
        client.call(&["SELECT", &(i as usize % DBS).to_string()]);
        let (key, other) = (format!("key:{}", i % 40), format!("key:{}", i * 7 % 40));
        client.call(&["SET", &key, &"v".repeat(i as usize % 500)]);
        client.call(&["APPEND", &other, "x"]);
        client.call(&["INCR", "counter"]);
        client.call(&["SET", &format!("expiring:{i}"), "e", "EX", "10000"]);
        client.call(&["MULTI"]);
        client.call(&["INCRBYFLOAT", "float", "0.5"]);
        client.call(&["DEL", &other]);
        client.call(&["EXEC"]);
        client.call(&["PUBLISH", "channel", "message"]);
    }
}

/// How often a server's log holds these words.
fn logged(server: &Server, words: &str) -> usize {
    server.log().matches(words).count()
}

const FULL: &str = "Full resync from master";
const PARTIAL: &str = "Master accepted a Partial Resynchronization";

fn every_program() -> impl Iterator<Item = Program> {
    [Program::Rtool].into_iter().chain(Program::PEERS)
}

#[test]
fn ours_is_master_of_every_program() {
    for diskless in ["yes", "no"] {
        for program in every_program() {
            let master = Server::start(Program::Rtool, &["--repl-diskless-sync", diskless]);
            write(&master, 0);
            let Some(replica) = Server::peer(program, &[]) else { continue };
            follow(&replica, &master);
            write(&master, 100);
            agree(&master, &[&replica]);
        }
    }
}

#[test]
fn ours_is_replica_of_every_program() {
    for diskless in ["yes", "no"] {
        for program in every_program() {
            let Some(master) = Server::peer(program, &["--repl-diskless-sync", diskless]) else { continue };
            write(&master, 0);
            let replica = Server::start(Program::Rtool, &[]);
            replica.call(&["SET", "old", "data"]);
            follow(&replica, &master);
            write(&master, 100);
            agree(&master, &[&replica]);
        }
    }
}

#[test]
fn a_chain_survives_the_promotion_of_its_middle() {
    for middle in every_program() {
        let master = Server::start(Program::Rtool, &[]);
        let Some(middle) = Server::peer(middle, &[]) else { continue };
        let last = Server::start(Program::Rtool, &[]);
        write(&master, 0);
        follow(&middle, &master);
        follow(&last, &middle);
        write(&master, 100);
        agree(&master, &[&middle, &last]);

        assert_eq!(middle.call(&["REPLICAOF", "NO", "ONE"]), ok());
        follow(&master, &middle);
        linked(&last);
        write(&middle, 200);
        agree(&middle, &[&master, &last]);
        // Nobody had to copy anything for that.
        assert_eq!((logged(&master, FULL), logged(&last, FULL)), (0, 1), "{:?}", middle.program());
    }
}

#[test]
fn a_write_that_meets_a_pause_takes_the_place_of_an_expired_key() {
    let master = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
    let replica = Server::start(Program::Rtool, &[]);
    replica.follow(&master);
    let mut client = master.connect();
    client.call(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
    client.call(&["SET", "key", "old", "PX", "1"]);
    let since = Instant::now();
    wait_until("the key's time is over", || since.elapsed() > Duration::from_millis(5));
    client.call(&["MULTI"]);
    client.call(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    client.call(&["SETNX", "key", "new"]);
    assert_eq!(client.call(&["EXEC"]), Value::Array(vec![ok(), Value::Int(1)]));
    client.call(&["CLIENT", "UNPAUSE"]);
    wait_until("the replica has the new value", || {
        replica.call(&["GET", "key"]) == Value::Bulk(b"new".to_vec())
    });
}

#[test]
fn a_cut_link_heals_without_a_copy() {
    for program in every_program() {
        let Some(master) = Server::peer(program, &[]) else { continue };
        let replica = Server::start(Program::Rtool, &[]);
        let leaf = Server::start(Program::Rtool, &[]);
        follow(&replica, &master);
        follow(&leaf, &replica);
        for round in 0..5 {
            master.call(&["CLIENT", "KILL", "TYPE", "REPLICA"]);
            replica.call(&["CLIENT", "KILL", "TYPE", if round % 2 == 0 { "MASTER" } else { "REPLICA" }]);
            write(&master, round * 100);
        }
        linked(&replica);
        linked(&leaf);
        agree(&master, &[&replica, &leaf]);
        assert_eq!((logged(&replica, FULL), logged(&leaf, FULL)), (1, 1), "{program:?}");
        assert!(logged(&replica, PARTIAL) > 0, "{program:?}");
        assert_eq!((replica.digest(), leaf.digest()), (master.digest(), master.digest()), "{program:?}");
    }
}

#[test]
fn a_gap_longer_than_the_backlog_is_copied() {
    let master = Server::start(Program::Rtool, &["--repl-backlog-size", "16kb"]);
    let mut replica = Server::start(Program::Rtool, &[]);
    follow(&replica, &master);
    assert_eq!(replica.call(&["SAVE"]), ok());
    replica.kill();
    wait_until("the master has noticed", || {
        master.call(&["ROLE"]).as_list().unwrap()[2].as_list().unwrap().is_empty()
    });
    for i in 0..100 {
        master.call(&["SET", &format!("key:{i}"), &"x".repeat(1000)]);
    }
    replica.start_again();
    follow(&replica, &master);
    agree(&master, &[&replica]);
    assert_eq!((logged(&replica, FULL), logged(&replica, PARTIAL)), (2, 0));
}

#[test]
fn a_replica_that_starts_again_continues_from_its_file() {
    for program in every_program() {
        let Some(master) = Server::peer(program, &[]) else { continue };
        let port = master.port().to_string();
        let mut replica = Server::start(Program::Rtool, &["--replicaof", "127.0.0.1", &port]);
        linked(&replica);
        write(&master, 0);
        agree(&master, &[&replica]);
        assert_eq!(replica.call(&["SAVE"]), ok());
        replica.kill();
        write(&master, 100);
        replica.start_again();
        linked(&replica);
        agree(&master, &[&replica]);
        assert_eq!((logged(&replica, FULL), logged(&replica, PARTIAL)), (1, 1), "{program:?}");
    }
}

#[test]
fn a_master_that_starts_again_serves_its_replicas_without_a_copy() {
    let mut master = Server::start(Program::Rtool, &[]);
    let replica = Server::start(Program::Rtool, &[]);
    write(&master, 0);
    follow(&replica, &master);
    write(&master, 100);
    master.call(&["SET", "soon", "gone", "PX", "300"]);
    agree(&master, &[&replica]);
    assert_eq!(master.call(&["SAVE"]), ok());
    master.kill();
    let over = Instant::now() + Duration::from_millis(300);
    wait_until("the key's time is over", || Instant::now() > over);
    master.start_again();
    linked(&replica);
    write(&master, 200);
    agree(&master, &[&replica]);
    assert_eq!((logged(&replica, FULL), logged(&replica, PARTIAL)), (1, 1));
}

#[test]
fn a_type_we_do_not_know_stops_the_copy_and_keeps_the_old_data() {
    let Some(master) = Server::peer(Program::Redis8, &[]) else { return };
    assert_eq!(master.call(&["VADD", "vectors", "VALUES", "2", "1", "2", "element"]), Value::Int(1));
    let replica = Server::start(Program::Rtool, &[]);
    replica.call(&["SET", "old", "data"]);
    replica.call(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    let line = wait_for("the copy is refused", || {
        let log = replica.log();
        log.lines().find(|line| line.contains("cannot be loaded")).map(str::to_owned)
    });
    assert!(line.contains("module vectorset"), "{line}");
    assert_eq!(replica.call(&["GET", "old"]), bulk("data"));
    master.call(&["DEL", "vectors"]);
    linked(&replica);
    agree(&master, &[&replica]);
}

#[test]
fn passwords_are_asked_for() {
    for program in every_program() {
        let Some(master) = Server::peer(program, &["--requirepass", "secret"]) else { continue };
        let replica = Server::start(Program::Rtool, &["--masterauth", "wrong"]);
        replica.call(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
        wait_until("the master refuses", || logged(&replica, "Unable to AUTH to MASTER") > 0);
        assert_eq!(replica.call(&["CONFIG", "SET", "masterauth", "secret"]), ok());
        linked(&replica);
    }
}

#[test]
fn a_replica_is_read_only_and_a_master_waits_for_it() {
    let (master, replica) = (Server::start(Program::Rtool, &[]), Server::start(Program::Rtool, &[]));
    follow(&replica, &master);
    assert!(replica.call(&["SET", "a", "b"]).error().unwrap().starts_with("READONLY"));
    assert!(replica.call(&["WAIT", "1", "0"]).error().is_some());
    let mut client = master.connect();
    assert_eq!(client.call(&["SET", "k", "v"]), ok());
    assert_eq!(client.call(&["WAIT", "1", "0"]), Value::Int(1));
    assert_eq!(replica.call(&["GET", "k"]), bulk("v"));
    assert_eq!(client.call(&["WAIT", "2", "50"]), Value::Int(1));
}

#[test]
fn waitaof_tells_whose_disk_has_the_write() {
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let (master, replica) =
        (Server::start(Program::Rtool, &options), Server::start(Program::Rtool, &options));
    let counts = |local: i64, replicas: i64| Value::Array(vec![Value::Int(local), Value::Int(replicas)]);
    let mut client = master.connect();
    let refused = |client: &mut Client, words: &[&str]| client.call(words).error().unwrap_or_default();
    for words in [["WAITAOF", "2", "0", "0"], ["WAITAOF", "0", "-1", "0"], ["WAITAOF", "0", "0", "-1"]] {
        assert!(refused(&mut client, &words).contains(if words[3] == "0" {
            "out of range"
        } else {
            "negative"
        }));
    }
    client.call(&["SET", "k", "1"]);
    assert_eq!(client.call(&["WAITAOF", "1", "0", "0"]), counts(1, 0));
    assert_eq!(client.call(&["WAITAOF", "1", "1", "50"]), counts(1, 0));
    follow(&replica, &master);
    client.call(&["SET", "k", "2"]);
    assert_eq!(client.call(&["WAITAOF", "1", "1", "0"]), counts(1, 1));
    assert!(refused(&mut replica.connect(), &["WAITAOF", "0", "0", "0"]).contains("replica instances"));
    // A replica without a file has nothing on disk, whatever it has received.
    replica.call(&["CONFIG", "SET", "appendonly", "no"]);
    client.call(&["SET", "k", "3"]);
    assert_eq!(client.call(&["WAIT", "1", "0"]), Value::Int(1));
    assert_eq!(client.call(&["WAITAOF", "0", "1", "50"]), counts(1, 0));
    // Neither has a master; who waits for it when it is turned off is told.
    client.send(&["WAITAOF", "1", "9", "0"]).unwrap();
    wait_until("it waits", || master.info("blocked_clients") == "1");
    master.call(&["CONFIG", "SET", "appendonly", "no"]);
    assert!(client.read().unwrap().error().unwrap().contains("appendonly is disabled"));
    assert!(refused(&mut client, &["WAITAOF", "1", "0", "0"]).contains("appendonly is disabled"));
    // And who waits on a server that becomes a replica.
    client.send(&["WAITAOF", "0", "9", "0"]).unwrap();
    wait_until("it waits", || master.info("blocked_clients") == "1");
    master.call(&["REPLICAOF", "127.0.0.1", "1"]);
    assert!(client.read().unwrap().error().unwrap().starts_with("UNBLOCKED"));
}

#[test]
fn writes_stop_without_good_replicas() {
    let master = Server::start(Program::Rtool, &["--min-replicas-to-write", "1"]);
    let refused = |server: &Server| {
        server.call(&["SET", "k", "v"]).error().is_some_and(|e| e.starts_with("NOREPLICAS"))
    };
    wait_until("writes are refused", || refused(&master));
    let replica = Server::start(Program::Rtool, &[]);
    follow(&replica, &master);
    wait_until("writes are accepted", || master.call(&["SET", "k", "v"]) == ok());
    replica.call(&["REPLICAOF", "NO", "ONE"]);
    wait_until("writes are refused again", || refused(&master));
}

#[test]
fn a_replica_that_reads_too_slowly_is_cut_off_and_comes_back() {
    let limits = "replica 1mb 1mb 0";
    let options = ["--client-output-buffer-limit", limits, "--repl-backlog-size", "16kb"];
    let master = Server::start(Program::Rtool, &options);
    let replica = Server::start(Program::Rtool, &[]);
    follow(&replica, &master);
    replica.signal(nix::sys::signal::Signal::SIGSTOP);
    let value = "x".repeat(100_000);
    wait_until("the link is closed for its backlog", || {
        master.call(&["SET", "big", &value]);
        logged(&master, "overcoming of output buffer limits") > 0
    });
    replica.signal(nix::sys::signal::Signal::SIGCONT);
    wait_until("it has copied everything anew", || logged(&replica, FULL) == 2);
    linked(&replica);
    agree(&master, &[&replica]);
    assert_eq!(replica.digest(), master.digest());
}

#[test]
fn a_replica_keeps_an_append_only_file_of_its_masters_stream() {
    let master = Server::start(Program::Rtool, &[]);
    write(&master, 0);
    let mut replica = Server::start(Program::Rtool, &["--appendonly", "yes", "--appendfsync", "always"]);
    replica.call(&["SET", "old", "data"]);
    follow(&replica, &master);
    write(&master, 100);
    agree(&master, &[&replica]);
    wait_until("the file is rewritten after the copy", || {
        logged(&replica, "Background AOF rewrite finished successfully") > 0
    });
    write(&master, 200);
    master.call(&["SET", "last", "last word"]);
    agree(&master, &[&replica]);
    let expected = data(&master);
    wait_until("the file holds the whole stream", || {
        let files = std::fs::read_dir(replica.dir().join("appendonlydir")).unwrap();
        let mut contents = files.filter_map(|file| std::fs::read(file.unwrap().path()).ok());
        contents.any(|bytes| bytes.windows(9).any(|window| window == b"last word"))
    });
    replica.kill();
    replica.start_again();
    wait_until("it has loaded", || data(&replica) == expected);
}

/// The stream does not select again what it has selected: a file that begins in its middle has to.
#[test]
fn an_append_only_file_begins_in_the_database_of_the_stream() {
    let master = Server::start(Program::Rtool, &[]);
    let mut replica = Server::start(Program::Rtool, &["--appendfsync", "always"]);
    follow(&replica, &master);
    let mut client = master.connect();
    assert_eq!(client.call(&["SELECT", "3"]), ok());
    assert_eq!(client.call(&["SET", "before", "1"]), ok());
    agree(&master, &[&replica]);
    assert_eq!(replica.call(&["CONFIG", "SET", "appendonly", "yes"]), ok());
    wait_until("the file has its base", || {
        logged(&replica, "Background AOF rewrite finished successfully") > 0
    });
    assert_eq!(client.call(&["SET", "behind", "1"]), ok());
    agree(&master, &[&replica]);
    assert_eq!(replica.call(&["CONFIG", "SET", "appendfsync", "always"]), ok());
    let expected = data(&replica);
    replica.kill();
    replica.start_again_with(&["--appendonly", "yes"]);
    assert_eq!(data(&replica), expected);
}

#[test]
fn a_paused_replica_holds_its_masters_writes_back() {
    for mode in ["WRITE", "ALL"] {
        let master = Server::start(Program::Rtool, &["--repl-ping-replica-period", "3600"]);
        let replica = Server::start(Program::Rtool, &[]);
        follow(&replica, &master);
        let mut held = replica.connect();
        master.call(&["SET", "other", "v"]);
        agree(&master, &[&replica]);
        let before = role(&replica).2;
        assert_eq!(held.call(&["CLIENT", "PAUSE", "1000000", mode]), ok());
        master.call(&["SET", "k", "v"]);
        let (end, mut info) = (role(&master).2, replica.connect());
        if mode == "WRITE" {
            let read = |info: &mut Client| {
                info.call(&["INFO", "replication"]).as_str().unwrap_or_default().to_owned()
            };
            wait_until("the write is there", || {
                read(&mut info).contains(&format!("slave_read_repl_offset:{end}"))
            });
            assert_eq!(role(&replica).2, before);
            assert!(replica.call(&["GET", "k"]).is_null());
        }
        assert_eq!(held.call(&["CLIENT", "UNPAUSE"]), ok());
        wait_until("the write is applied", || replica.call(&["GET", "k"]) == bulk("v"));
        agree(&master, &[&replica]);
    }
}

/// The master copies slowly enough for the kill to fall into the middle, and is written to all the time.
#[test]
fn a_replica_killed_in_mid_sync_starts_over_and_agrees() {
    for diskless in ["yes", "no"] {
        let directives = ["--repl-diskless-sync", diskless, "--rdb-key-save-delay", "5000"];
        let master = Server::start(Program::Rtool, &directives);
        write(&master, 0);
        let port = master.port().to_string();
        let mut replica = Server::start(Program::Rtool, &["--replicaof", "127.0.0.1", &port]);
        for round in 1..4 {
            wait_until("a copy is on its way", || {
                replica.info("master_sync_in_progress") == "1" && logged(&replica, "Full resync") >= round
            });
            write(&master, round as u32 * 100);
            replica.kill();
            replica.start_again();
        }
        assert_eq!(master.call(&["CONFIG", "SET", "rdb-key-save-delay", "0"]), ok());
        write(&master, 500);
        linked(&replica);
        agree(&master, &[&replica]);
        assert_eq!(replica.digest(), master.digest());
    }
}
