//! `repl-diskless-load`: a replica that reads its copy from the socket keeps its old data until the new is whole,
//! and serves it meanwhile when it is of the same history.

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, wait_for, wait_until};

/// A master whose copies take long enough to be looked at: some 20 s.
fn slow_master(program: Program) -> Option<Server> {
    let master = Server::peer(program, &["--repl-diskless-sync", "yes", "--rdbcompression", "no"])?;
    assert_eq!(master.call(&["DEBUG", "POPULATE", "2000", "master", "5000"]), ok());
    Some(master)
}

fn replica(load: &str) -> Server {
    Server::start(Program::Rtool, &["--repl-diskless-load", load, "--replica-read-only", "no"])
}

fn follow(replica: &Server, master: &Server) {
    assert_eq!(replica.call(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]), ok());
}

fn set(server: &Server, name: &str, value: &str) {
    assert_eq!(server.call(&["CONFIG", "SET", name, value]), ok());
}

/// Cuts the links, and writes more than the backlog holds, so that the next sync is full. Redis gives the backlog's
/// memory back a little later: whoever comes at once may still be continued, and is cut off again.
fn force_copy(master: &Server) {
    set(master, "repl-backlog-size", "16384");
    let mut is_full = false;
    while !is_full {
        let (full, partial) = (master.info("sync_full"), master.info("sync_partial_ok"));
        let mut client = master.connect();
        client.call(&["MULTI"]);
        client.call(&["CLIENT", "KILL", "TYPE", "replica"]);
        for i in 0..10 {
            client.call(&["SET", &format!("filler:{i}"), &"A".repeat(16_384)]);
        }
        assert!(matches!(client.call(&["EXEC"]), Value::Array(_)));
        is_full = wait_for("the replica comes back", || {
            let is_full = master.info("sync_full") != full;
            (is_full || master.info("sync_partial_ok") != partial).then_some(is_full)
        });
    }
}

fn up(replica: &Server) {
    wait_until("the link is up", || replica.info("master_link_status") == "up");
}

fn agree(replica: &Server, master: &Server) {
    up(replica);
    replica.catch_up(master);
    assert_eq!(replica.digest(), master.digest());
}

#[test]
fn copies_of_every_master_arrive_without_a_file() {
    for (load, diskless) in [("swapdb", "yes"), ("swapdb", "no"), ("on-empty-db", "yes")] {
        for program in [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey] {
            let Some(master) = Server::peer(program, &["--repl-diskless-sync", diskless]) else { continue };
            master.call(&["DEBUG", "POPULATE", "5000"]);
            master.call(&["RPUSH", "list", "a", "b"]);
            master.call(&["SET", "expiring", "x", "EX", "10000"]);
            let replica = replica(load);
            follow(&replica, &master);
            agree(&replica, &master);
            master.call(&["SET", "later", "y"]);
            agree(&replica, &master);
            assert!(
                replica.log().contains("from master to parser") || replica.log().contains("EOF to parser")
            );
            assert!(!replica.dir().join("dump.rdb").exists());
        }
    }
}

#[test]
fn with_data_on_empty_db_goes_by_a_file() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = replica("on-empty-db");
    replica.call(&["SET", "old", "data"]);
    follow(&replica, &master);
    agree(&replica, &master);
    assert!(replica.log().contains("to disk"));
}

#[test]
fn data_of_another_history_is_hidden_while_a_copy_comes_and_stays_when_it_breaks() {
    for program in [Program::Rtool, Program::Redis] {
        let Some(master) = slow_master(program) else { continue };
        set(&master, "rdb-key-save-delay", "10000");
        let replica = replica("swapdb");
        replica.call(&["SET", "mykey", "myvalue"]);
        follow(&replica, &master);
        wait_until("the replica loads", || replica.info("loading") == "1");
        assert_eq!(replica.info("async_loading"), "0");
        assert!(replica.call(&["GET", "mykey"]).error().is_some_and(|line| line.starts_with("LOADING")));
        set(&master, "repl-diskless-sync-delay", "3600");
        master.call(&["CLIENT", "KILL", "TYPE", "replica"]);
        wait_until("loading has ended", || replica.info("loading") == "0");
        assert_eq!(replica.call(&["GET", "mykey"]), bulk("myvalue"));
        assert_eq!(replica.call(&["DBSIZE"]), Value::Int(1));
        set(&master, "rdb-key-save-delay", "0");
        set(&master, "repl-diskless-sync-delay", "0");
        agree(&replica, &master);
        assert_eq!(replica.call(&["GET", "mykey"]), Value::Null);
    }
}

#[test]
fn data_of_the_same_history_is_served_while_a_copy_comes() {
    for program in [Program::Rtool, Program::Redis] {
        let Some(master) = slow_master(program) else { continue };
        let replica = replica("swapdb");
        set(&replica, "appendonly", "yes");
        let sub = Server::start(Program::Rtool, &[]);
        follow(&replica, &master);
        agree(&replica, &master);
        follow(&sub, &replica);
        agree(&sub, &replica);
        replica.call(&["SET", "mykey", "myvalue"]);
        set(&master, "rdb-key-save-delay", "10000");
        force_copy(&master);
        wait_until("the replica loads aside", || replica.info("async_loading") == "1");
        assert_eq!(replica.info("loading"), "0");
        assert_eq!(replica.call(&["GET", "mykey"]), bulk("myvalue"));
        assert_eq!(replica.call(&["DBSIZE"]), Value::Int(2001));
        for words in [&["CONFIG", "SET", "appendonly", "no"][..], &["REPLICAOF", "NO", "ONE"]] {
            assert!(replica.call(words).error().is_some_and(|line| line.starts_with("LOADING")), "{words:?}");
        }
        let mut watcher = replica.connect();
        watcher.call(&["WATCH", "mykey"]);
        set(&master, "repl-diskless-sync-delay", "3600");
        master.call(&["CLIENT", "KILL", "TYPE", "replica"]);
        wait_until("loading has ended", || replica.info("async_loading") == "0");
        assert_eq!(replica.call(&["GET", "mykey"]), bulk("myvalue"));
        assert_eq!(replica.call(&["DBSIZE"]), Value::Int(2001));
        // A snapshot of the old data is under way when the new takes its place.
        set(&replica, "rdb-key-save-delay", "10000");
        assert!(replica.call(&["BGSAVE"]).error().is_none());
        set(&master, "rdb-key-save-delay", "0");
        set(&master, "repl-diskless-sync-delay", "0");
        wait_until("the new data is there", || replica.call(&["GET", "mykey"]) == Value::Null);
        set(&replica, "rdb-key-save-delay", "0");
        agree(&replica, &master);
        watcher.call(&["MULTI"]);
        watcher.call(&["PING"]);
        assert_eq!(watcher.call(&["EXEC"]), Value::Null);
        agree(&sub, &replica);
        wait_until("the append-only file is of the new data", || {
            replica.info("aof_rewrite_in_progress") == "0" && replica.info("aof_rewrite_scheduled") == "0"
        });
        assert_eq!(replica.call(&["DEBUG", "LOADAOF"]), ok());
        assert_eq!(replica.digest(), master.digest());
        set(&replica, "save", "");
        assert_eq!(replica.call(&["SAVE"]), ok());
        assert_eq!(replica.call(&["DEBUG", "RELOAD", "NOSAVE"]), ok());
        assert_eq!(replica.digest(), master.digest());
    }
}
