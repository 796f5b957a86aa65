//! Fields of hashes that expire, through everything a hash goes through: the append-only file with and
//! without a rewrite, a restart, and replication, between us and Redis 8 in both directions.

use std::path::Path;

use rtool::resp::value::Value;
use tempfile::TempDir;

use crate::harness::{Program, Server, ok, wait_until};

/// Long enough that nothing of it ends during a test.
const LONG_MS: &str = "600000";

/// Small hashes, one that is big, and one whose only field expires.
const KEYS: [&str; 3] = ["small", "big", "one"];

/// Makes the hashes; every field `long*` has an expiry, every `short*` one that is soon over.
fn fill(server: &Server) {
    let mut big: Vec<String> = ["HSET", "big"].map(str::to_owned).into();
    big.extend((0..600).flat_map(|n| [format!("field{n}"), "x".repeat(n)]));
    big.extend(["long", "v", "long2", "v", "short", "v"].map(str::to_owned));
    assert_eq!(server.call(&big), Value::Int(603));
    let small = ["HSET", "small", "a", "1", "long", "2", "long2", "3", "short", "4", "short2", "5"];
    assert_eq!(server.call(&small), Value::Int(5));
    assert_eq!(server.call(&["HSET", "one", "short", "1"]), Value::Int(1));
    for key in ["small", "big"] {
        let set = server.call(&["HPEXPIRE", key, LONG_MS, "FIELDS", "2", "long", "long2"]);
        assert_eq!(set, Value::Array(vec![Value::Int(1), Value::Int(1)]));
        assert_eq!(
            server.call(&["HPERSIST", key, "FIELDS", "1", "long2"]),
            Value::Array(vec![Value::Int(1)])
        );
    }
}

/// Lets the short ones end, and waits until they are gone without anybody asking for them.
fn let_some_expire(server: &Server) {
    for (key, fields) in [("small", &["short", "short2"][..]), ("big", &["short"]), ("one", &["short"])] {
        let count = fields.len().to_string();
        let head = ["HPEXPIRE", key, "30", "FIELDS", &count];
        server.call(&head.iter().chain(fields).collect::<Vec<_>>());
    }
    wait_until("the fields are gone", || server.info("expired_subkeys") == "4");
    assert_eq!(server.call(&["EXISTS", "one"]), Value::Int(0));
}

/// What the hashes hold, and when their fields end.
fn state(server: &Server) -> Vec<(Value, Value, Value)> {
    let one = |key: &str| {
        let ask = |words: &[&str]| server.call(words);
        (
            ask(&["HLEN", key]),
            ask(&["HMGET", key, "a", "long", "long2", "short", "short2", "field599"]),
            ask(&["HPEXPIRETIME", key, "FIELDS", "4", "a", "long", "long2", "short"]),
        )
    };
    KEYS.map(one).into()
}

fn rewrite(server: &Server) {
    assert_eq!(server.call(&["BGREWRITEAOF"]).error(), None);
    wait_until("the rewrite ended", || {
        server.info("aof_rewrite_in_progress") == "0" && server.info("aof_rewrite_scheduled") == "0"
    });
}

const APPEND: &[&str] = &["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
const AS_COMMANDS: &[&str] =
    &["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--aof-use-rdb-preamble", "no"];

#[test]
fn the_append_only_file_keeps_the_times_with_and_without_a_rewrite() {
    for directives in [APPEND, AS_COMMANDS] {
        let mut server = Server::start(Program::Rtool, directives);
        fill(&server);
        let_some_expire(&server);
        let expected = state(&server);
        for rewritten in [false, true] {
            if rewritten {
                rewrite(&server);
            }
            server.kill();
            server.start_again();
            assert_eq!(state(&server), expected, "rewritten: {rewritten}");
        }
    }
}

fn copy_folder(from: &Path) -> TempDir {
    let dir = TempDir::with_prefix("rtool-test-").unwrap();
    std::fs::create_dir(dir.path().join("appendonlydir")).unwrap();
    for file in std::fs::read_dir(from.join("appendonlydir")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), dir.path().join("appendonlydir").join(file.file_name())).unwrap();
    }
    dir
}

#[test]
fn redis_8_loads_our_file_and_we_load_its() {
    for (writer, reader) in [(Program::Rtool, Program::Redis8), (Program::Redis8, Program::Rtool)] {
        for directives in [APPEND, AS_COMMANDS] {
            let Some(server) = Server::peer(writer, directives) else { return };
            let Some(_) = Server::peer(reader, &[]) else { return };
            fill(&server);
            let_some_expire(&server);
            let plain = Server::start_in(reader, copy_folder(server.dir()), directives);
            assert_eq!(state(&plain), state(&server), "{writer:?} {directives:?}");
            rewrite(&server);
            let rewritten = Server::start_in(reader, copy_folder(server.dir()), directives);
            assert_eq!(state(&rewritten), state(&server), "{writer:?} {directives:?}, rewritten");
        }
    }
}

#[test]
fn replicas_follow_the_times_and_lose_fields_by_their_masters_word() {
    for (of_master, of_replica) in [
        (Program::Rtool, Program::Rtool),
        (Program::Rtool, Program::Redis8),
        (Program::Redis8, Program::Rtool),
    ] {
        let Some(master) = Server::peer(of_master, &[]) else { return };
        let Some(replica) = Server::peer(of_replica, &[]) else { return };
        assert_eq!(master.call(&["HSET", "before", "f", "v", "g", "v"]), Value::Int(2));
        master.call(&["HPEXPIRE", "before", LONG_MS, "FIELDS", "1", "f"]);
        replica.follow(&master);
        fill(&master);
        replica.catch_up(&master);
        let both = format!("{of_master:?} and {of_replica:?}");
        assert_eq!(state(&replica), state(&master), "{both}");
        let time = ["HPEXPIRETIME", "before", "FIELDS", "2", "f", "g"];
        assert_eq!(replica.call(&time), master.call(&time), "{both}");
        let_some_expire(&master);
        replica.catch_up(&master);
        assert_eq!(state(&replica), state(&master), "{both}");
        assert_eq!(replica.call(&["DBSIZE"]), master.call(&["DBSIZE"]), "{both}");
        // Promoted, it goes on by itself.
        assert_eq!(replica.call(&["REPLICAOF", "NO", "ONE"]), ok());
        replica.call(&["HPEXPIRE", "small", "20", "FIELDS", "1", "long"]);
        wait_until("its own field is gone", || replica.call(&["HLEN", "small"]) == Value::Int(2));
    }
}
