//! What clients see of keys whose time is over, of keys that are new, and of a data set that is flushed.

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, wait_until};

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
