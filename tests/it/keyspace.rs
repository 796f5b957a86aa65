//! What clients see of keys whose time is over, of keys that are new, and of a data set that is flushed.

use std::time::{Duration, Instant};

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, request, wait_until};

/// A server that leaves expired keys where they are until somebody asks for them.
fn lazy() -> Server {
    let server = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
    assert_eq!(server.call(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]), ok());
    server
}

/// Sets a key and waits for the end of its time.
fn set_stale(server: &Server, key: &str) {
    server.call(&["SET", key, "v", "PX", "1"]);
    wait_until("the time is over", || is_over(server, key));
}

/// Asks without deleting: KEYS hides what is expired and leaves it alone.
fn is_over(server: &Server, key: &str) -> bool {
    server.call(&["KEYS", key]).as_list().is_some_and(<[Value]>::is_empty)
}

#[test]
fn removing_a_key_that_was_stale_when_it_was_watched_is_no_change() {
    let server = lazy();
    for removal in [&["EXISTS", "k"][..], &["FLUSHDB"], &["SWAPDB", "0", "1"]] {
        set_stale(&server, "k");
        let mut client = server.connect();
        client.call(&["WATCH", "k"]);
        server.call(removal);
        client.call(&["MULTI"]);
        client.call(&["PING"]);
        assert!(client.call(&["EXEC"]).as_list().is_some(), "{removal:?}");
    }
    set_stale(&server, "k");
    let mut client = server.connect();
    client.call(&["WATCH", "k"]);
    server.call(&["SET", "k", "new"]);
    client.call(&["MULTI"]);
    assert_eq!(client.call(&["EXEC"]), Value::Null);
}

#[test]
fn scan_deletes_what_it_finds_expired() {
    let server = lazy();
    for key in ["a1", "a2", "b"] {
        set_stale(&server, key);
    }
    let size = || server.call(&["DBSIZE"]);
    server.call(&["SCAN", "0", "MATCH", "a*", "COUNT", "1000"]);
    assert_eq!(size(), Value::Int(1));
    server.call(&["SCAN", "0", "COUNT", "1000"]);
    assert_eq!(size(), Value::Int(0));
    assert_eq!(server.info("expired_keys"), "3");
}

#[test]
fn every_expired_key_is_counted_once() {
    let server = Server::start(Program::Rtool, &[]);
    for key in ["a", "b", "c"] {
        server.call(&["SET", key, "v", "PX", "1"]);
    }
    wait_until("the keys are gone", || server.call(&["DBSIZE"]) == Value::Int(0));
    assert_eq!(server.info("expired_keys"), "3");
}

#[test]
fn a_writable_replica_expires_what_its_clients_made() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = Server::start(Program::Rtool, &["--replica-read-only", "no"]);
    replica.follow(&master);
    for (key, time) in [("a", "1"), ("b", "1"), ("stays", "1000000")] {
        replica.call(&["SET", key, "v", "PX", time]);
    }
    wait_until("the keys are gone", || replica.call(&["DBSIZE"]) == Value::Int(1));
    wait_until("one key is looked after", || replica.info("slave_expires_tracked_keys") == "1");
    replica.call(&["PERSIST", "stays"]);
    wait_until("no key is looked after", || replica.info("slave_expires_tracked_keys") == "0");
    assert_eq!(replica.call(&["GET", "stays"]), bulk("v"));
}

#[test]
fn flushall_with_save_points_leaves_nothing_to_save() {
    let server = Server::start(Program::Rtool, &["--save", "3600 1"]);
    for _ in 0..20 {
        server.call(&["SET", "k", "v"]);
        assert_eq!(server.call(&["FLUSHALL"]), ok());
        assert_eq!(server.info("rdb_changes_since_last_save"), "0");
        assert!(server.dir().join("dump.rdb").exists());
    }
}

#[test]
fn new_keys_are_announced_once() {
    let server = Server::start(Program::Rtool, &["--notify-keyspace-events", "En"]);
    let mut listener = server.connect();
    listener.call(&["PSUBSCRIBE", "*"]);
    for request in [
        &["SET", "a", "1"][..],
        &["SET", "a", "2"],
        &["APPEND", "a", "x"],
        &["INCR", "b"],
        &["INCR", "b"],
        &["RENAME", "b", "a"],
        &["COPY", "a", "c"],
        &["MOVE", "c", "1"],
        &["DEL", "a"],
        &["SETNX", "d", "1"],
    ] {
        server.call(request);
    }
    for (db, key) in [(0, "a"), (0, "b"), (0, "a"), (0, "c"), (1, "c"), (0, "d")] {
        let message = listener.read().expect("a message");
        let words: Vec<_> = message.as_list().unwrap_or_default().iter().filter_map(Value::as_str).collect();
        assert_eq!(words[2..], [format!("__keyevent@{db}__:new").as_str(), key]);
    }
}

/// Resident bytes of a server, in megabytes.
fn resident_mb(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.split_whitespace().next().and_then(|kb| kb.parse::<usize>().ok()).expect("a number") / 1024
}

/// What is freed goes back to the system though nobody asks for anything any more.
#[test]
fn an_idle_server_gives_back_what_was_freed() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    let value = "x".repeat(1_000_000);
    for i in 0..200 {
        client.call(&["SET", &format!("key{i}"), &value]);
    }
    assert!(resident_mb(&server) > 150);
    client.call(&["FLUSHALL"]);
    wait_until("it is small again", || resident_mb(&server) < 60);
}

/// What a client has sent runs, though its long replies can not be delivered any more.
#[test]
fn a_pipeline_runs_to_its_end_when_its_client_has_gone() {
    let server = Server::start(Program::Rtool, &[]);
    server.call(&["SET", "key", &"x".repeat(500_000)]);
    for round in 0..20 {
        let mut client = server.connect();
        let name = format!("last{round}");
        let mut pipeline = request(&["GET", "key"]).repeat(100);
        pipeline.extend(request(&["SET", &name, "1"]));
        client.send_bytes(&pipeline).expect("sent");
        drop(client);
        wait_until("the last one has run", || server.call(&["GET", &name]) == bulk("1"));
    }
}

/// Inline commands that wait behind long replies, or behind one that blocks or is held back, are read a second time:
/// as they came, their quotes included.
#[test]
fn inline_commands_are_read_as_they_came() {
    let server = Server::start(Program::Rtool, &[]);
    server.call(&["SET", "long", &"x".repeat(50_000)]);
    let mut client = server.connect();
    let mut lines = Vec::new();
    for at in 0..3000 {
        lines.extend(format!("SET key:{at} \"a \\x41 {at}\"\r\nGET   key:{at}\r\nGET long\r\n").into_bytes());
    }
    client.send_bytes(&lines).expect("sent");
    for at in 0..3000 {
        assert_eq!(client.read().expect("set"), ok(), "{at}");
        assert_eq!(client.read().expect("get"), bulk(&format!("a A {at}")), "{at}");
        assert_eq!(client.read().expect("long").as_bytes().map(<[u8]>::len), Some(50_000), "{at}");
    }
    client.send_bytes(b"BLPOP list 0\r\nECHO 'after the \\' wait'\r\n").expect("sent");
    wait_until("it waits", || server.info("blocked_clients") == "1");
    server.call(&["RPUSH", "list", "x"]);
    client.read().expect("popped");
    assert_eq!(client.read().expect("echo"), bulk("after the ' wait"));
    server.call(&["CLIENT", "PAUSE", "300", "WRITE"]);
    client.send_bytes(b"SET paused \"a b\"\r\nGET paused\r\n").expect("sent");
    assert_eq!(client.read().expect("set"), ok());
    assert_eq!(client.read().expect("get"), bulk("a b"));
}

/// A pipeline of any length with long replies leaves nothing running behind it.
#[test]
fn a_server_is_idle_when_everything_is_answered() {
    let server = Server::start(Program::Rtool, &["--io-threads", "2"]);
    let mut client = server.connect();
    // A full batch whose last reply is the one that is to be sent before more runs, among others.
    for (length, bytes) in [(64, 1030), (128, 1030), (64, 20_000), (200, 20_000), (1024, 3000)] {
        client.call(&["SET", "key", &"x".repeat(bytes)]);
        client.send_bytes(&request(&["GET", "key"]).repeat(length)).expect("sent");
        (0..length).for_each(|_| _ = client.read().expect("a value"));
        let (mut since, mut last) = (Instant::now(), ticks(&server));
        wait_until("nothing runs", || {
            let now = ticks(&server);
            if std::mem::replace(&mut last, now) != now {
                since = Instant::now();
            }
            since.elapsed() > Duration::from_millis(100)
        });
    }
}

/// Processor time that a server has used, in the system's ticks.
fn ticks(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).expect("it runs");
    let fields = stat.rsplit(')').next().expect("fields").split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// More replies than a socket takes, asked for at once by a client that reads them late, with others between them.
#[test]
fn long_replies_of_a_pipeline_are_whole_and_in_order() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    let value = |i: usize| i.to_string().repeat(100_000 + i * 7);
    for i in 0..40 {
        client.call(&["SET", &format!("key{i}"), &value(i)]);
    }
    for round in 0..3 {
        for i in 0..40 {
            client.send(&["GET", &format!("key{i}")]).expect("sent");
            client.send(&["INCR", "n"]).expect("sent");
            if i % 10 == round {
                client.send(&["BLPOP", "nothing", "0.01"]).expect("sent");
                client.send(&["MULTI"]).expect("sent");
                client.send(&["GET", "key7"]).expect("sent");
                client.send(&["EXEC"]).expect("sent");
            }
        }
        wait_until("all have run", || {
            server.call(&["GET", "n"]).as_str() == Some(&((round + 1) * 40).to_string())
        });
        for i in 0..40 {
            let reply = client.read().expect("a value");
            assert!(reply.as_str() == Some(&value(i)), "round {round}: the value of key{i}");
            assert_eq!(client.read().expect("a number"), Value::Int((round * 40 + i + 1) as i64));
            if i % 10 == round {
                assert_eq!(client.read().expect("nothing"), Value::Null);
                client.read().expect("OK");
                client.read().expect("QUEUED");
                let reply = client.read().expect("a list");
                assert!(reply.as_list().is_some_and(|list| list[0].as_str() == Some(&value(7))));
            }
        }
    }
}
