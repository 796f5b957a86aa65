//! The harness against the servers that are not ours: what every other test here stands on.

use crate::harness::{Program, Server, bulk, ok, wait_until};
use rtool::resp::value::Value;

#[test]
fn every_peer_starts_answers_and_ends() {
    for program in Program::PEERS {
        let Some(mut server) = Server::peer(program, &["--appendonly", "yes"]) else { continue };
        assert_eq!(server.call(&["SET", "k", "v"]), ok(), "{program:?}");
        assert_eq!(server.call(&["GET", "k"]), bulk("v"), "{program:?}");
        assert_eq!(server.info("role"), "master", "{program:?}");
        server.kill();
        server.start_again();
        assert_eq!(server.call(&["GET", "k"]), bulk("v"), "{program:?} after a crash");
        assert!(server.stop().success(), "{program:?}");
    }
}

#[test]
fn peers_replicate_from_each_other() {
    let Some(master) = Server::peer(Program::Redis, &[]) else { return };
    let Some(replica) = Server::peer(Program::Redis, &[]) else { return };
    for i in 0..100 {
        master.call(&["SET", &format!("key:{i}"), "value"]);
    }
    replica.follow(&master);
    master.call(&["SET", "last", "one"]);
    replica.catch_up(&master);
    assert_eq!(replica.digest(), master.digest());
}

#[test]
fn a_client_pipelines_and_sees_the_end() {
    let Some(server) = Server::peer(Program::Redis, &[]) else { return };
    let mut client = server.connect();
    for _ in 0..10 {
        client.send(&["INCR", "n"]).unwrap();
    }
    for want in 1..=10 {
        assert_eq!(client.read().unwrap(), Value::Int(want));
    }
    client.send_bytes(b"*1\r\n$4\r\nQUIT\r\n").unwrap();
    assert_eq!(client.read().unwrap(), ok());
    assert!(client.is_closed());
    wait_until("one client is left", || server.info("connected_clients") == "1");
}
