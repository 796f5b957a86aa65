//! Clients that wait for keys: what they get, what runs behind them, and how they count.

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, bulk, ok, wait_until};

/// A client whose command waits.
fn waiting(server: &Server, request: &[&str]) -> Client {
    let blocked = || server.info("blocked_clients").parse::<u32>().unwrap_or(0);
    let before = blocked();
    let mut client = server.connect();
    client.send(request).unwrap();
    wait_until("the client waits", || blocked() == before + 1);
    client
}

#[test]
fn what_was_sent_behind_a_waiting_command_runs_after_it() {
    for file in ["yes", "no"] {
        let server = Server::start(Program::Rtool, &["--appendonly", file, "--io-threads", "4"]);
        for _ in 0..20 {
            let mut client = waiting(&server, &["BLPOP", "list", "0"]);
            client.send(&["SET", "behind", "v"]).unwrap();
            client.send(&["PING"]).unwrap();
            server.call(&["RPUSH", "list", "element"]);
            assert_eq!(client.read().unwrap(), Value::Array(vec![bulk("list"), bulk("element")]));
            assert_eq!(client.read().unwrap(), ok());
            assert_eq!(client.read().unwrap(), Value::Simple(b"PONG".to_vec()));
        }
    }
}

#[test]
fn a_server_that_becomes_a_replica_lets_nobody_wait() {
    let server = Server::start(Program::Rtool, &[]);
    let clients = [
        waiting(&server, &["BLPOP", "list", "0"]),
        waiting(&server, &["XREAD", "BLOCK", "0", "STREAMS", "stream", "$"]),
        waiting(&server, &["WAIT", "1", "0"]),
    ];
    assert_eq!(server.call(&["REPLICAOF", "127.0.0.1", "1"]), ok());
    for mut client in clients {
        let error = client.read().unwrap().error().unwrap_or_default();
        assert!(error.starts_with("UNBLOCKED "), "{error}");
        assert!(client.is_closed());
    }
    assert_eq!(server.info("blocked_clients"), "0");
}

#[test]
fn a_wait_in_vain_counts_as_in_redis() {
    let same = |server: &Server| {
        server.call(&["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
        assert!(server.call(&["BLPOP", "list", "0.01"]).is_null());
        for word in ["TIMEOUT", "ERROR"] {
            let id = server.call(&["CLIENT", "ID"]).as_int().unwrap();
            let mut client = waiting(server, &["BLPOP", "list", "0"]);
            let theirs = (id + 1..id + 10).map(|id| id.to_string());
            for id in theirs {
                server.call(&["CLIENT", "UNBLOCK", &id, word]);
            }
            client.read().unwrap();
        }
        let slow = server.call(&["SLOWLOG", "GET", "-1"]);
        let is_wait = |entry: &&Value| {
            let words = entry.as_list().and_then(|parts| parts[3].as_list()).unwrap_or_default();
            words.first() == Some(&bulk("BLPOP"))
        };
        let logged = slow.as_list().unwrap_or_default().iter().filter(is_wait).count();
        let stats = server.info("cmdstat_blpop");
        let (calls, failed) = (stats.split(',').next(), stats.rsplit(',').next());
        (logged, calls.map(str::to_owned), failed.map(str::to_owned))
    };
    let ours = same(&Server::start(Program::Rtool, &[]));
    assert_eq!(ours, (3, Some("calls=3".into()), Some("failed_calls=1".into())));
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    assert_eq!(ours, same(&redis));
}
