//! `rtool switchover`, `repoint`, `fence`, `unfence` and `topology` on groups of real servers whose master lives.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rtool::resp::value::Value;

use crate::harness::{Server, bulk, ok, wait_until};
use crate::ops_group::{
    Outcome, PROGRAMS, both, call, config_file, group, info, installed, logged_in, ops, writes_seen,
};

fn switchover(to: &Server, more: &[&str]) -> Outcome {
    ops(&[&["switchover", "--to", &to.addr()], more].concat())
}

/// Counts as fast as the master lets it, following the group's master; the last number that was acknowledged.
fn count_until(stop: Arc<AtomicBool>, ports: Vec<u16>) -> std::thread::JoinHandle<i64> {
    std::thread::spawn(move || {
        let (mut at, mut acknowledged) = (0, 0);
        let mut client = None;
        while !stop.load(Ordering::Relaxed) {
            let mut open = match client.take().or_else(|| logged_in(ports[at])) {
                Some(open) => open,
                None => {
                    at = (at + 1) % ports.len();
                    continue;
                }
            };
            match open.try_call(&["INCR", "counter"]) {
                Ok(Value::Int(number)) => {
                    acknowledged = number;
                    client = Some(open);
                }
                _ => at = (at + 1) % ports.len(),
            }
        }
        acknowledged
    })
}

#[test]
fn the_roles_are_swapped_and_no_write_is_lost() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let servers = group(program, 2);
        call(&servers[0], &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
        let stop = Arc::new(AtomicBool::new(false));
        let counter = count_until(Arc::clone(&stop), servers.iter().map(Server::port).collect());
        wait_until("writes flow", || call(&servers[0], &["EXISTS", "counter"]) == Value::Int(1));
        let outcome = switchover(&servers[1], &["--yes"]).exits(0);
        stop.store(true, Ordering::Relaxed);
        let acknowledged = counter.join().unwrap();
        assert_eq!(info(&servers[1], "role"), "master", "{}", outcome.all());
        assert_eq!(info(&servers[0], "role"), "slave");
        let held = call(&servers[1], &["GET", "counter"]);
        let held: i64 = held.as_str().unwrap().parse().unwrap();
        assert!(held >= acknowledged, "{held} of {acknowledged}\n{}", outcome.all());
        let port = servers[1].port().to_string();
        for follower in [&servers[0], &servers[2]] {
            assert_eq!(info(follower, "master_port"), port);
            let file = fs::read_to_string(config_file(follower)).unwrap();
            assert!(file.contains(&format!("replicaof 127.0.0.1 {port}")), "{file}");
        }
        assert_eq!(info(&servers[1], "sync_full"), "0");
        assert_eq!(info(&servers[0], "sync_full"), "2", "only the first synchronisation was a full one");
        let policy = call(&servers[1], &["CONFIG", "GET", "maxmemory-policy"]);
        assert_eq!(policy.as_list().unwrap()[1], bulk("allkeys-lru"));
        switchover(&servers[1], &["--yes"]).exits(0).says("the master already");
        switchover(&servers[0], &["--yes"]).exits(0);
        assert_eq!(info(&servers[0], "role"), "master");
    }
}

#[test]
fn a_switchover_that_cannot_be_is_refused() {
    both(|program| {
        let mut servers = group(program, 1);
        call(&servers[1], &["CONFIG", "SET", "replica-priority", "0"]);
        switchover(&servers[1], &["--yes"]).exits(3).says("priority 0");
        call(&servers[1], &["CONFIG", "SET", "replica-priority", "100"]);
        call(&servers[0], &["CONFIG", "RESETSTAT"]);
        call(&servers[1], &["CONFIG", "RESETSTAT"]);
        let outcome = switchover(&servers[1], &["--dry-run"]).exits(0);
        outcome.says("hand over from").says("nothing was changed");
        assert_eq!(writes_seen(&servers[0]), Vec::<String>::new());
        assert_eq!(writes_seen(&servers[1]), Vec::<String>::new());
        servers[0].kill();
        wait_until("the replica notices", || info(&servers[1], "master_link_status") == "down");
        switchover(&servers[1], &["--yes"]).exits(3).says("rtool promote");
    });
}

#[test]
fn clients_of_the_old_master_have_to_look_again() {
    both(|program| {
        let servers = group(program, 1);
        let mut client = logged_in(servers[0].port()).unwrap();
        assert_eq!(client.call(&["SET", "k", "v"]), ok());
        switchover(&servers[1], &["--yes"]).exits(0).says("look for a master: 2 connections");
        assert!(client.try_call(&["SET", "k", "w"]).is_err());
    });
}

#[test]
fn replicas_are_moved_and_circles_refused() {
    both(|program| {
        let servers = group(program, 2);
        let addr = |at: usize| servers[at].addr();
        ops(&["repoint", &addr(2), "--to", &addr(1), "--yes"]).exits(0).says("this makes a chain");
        assert_eq!(info(&servers[2], "master_port"), servers[1].port().to_string());
        assert_eq!(info(&servers[0], "sync_full"), "2");
        ops(&["topology", &addr(0)]).exits(0).says(&format!("`- {} replica", addr(1))).says("   `- ");
        ops(&["repoint", &addr(1), "--to", &addr(2), "--yes"]).exits(3).says("follow each other");
        ops(&["repoint", &addr(0), "--to", &addr(1), "--yes"]).exits(3).says("is a master");
        ops(&["repoint", "--to", &addr(0), "--yes"]).exits(0);
        assert_eq!(info(&servers[2], "master_port"), servers[0].port().to_string());
        let document = ops(&["topology", &addr(2), "--json"]).exits(0).json();
        assert_eq!(document["trees"][0]["replicas"].as_array().unwrap().len(), 2, "{document:#}");
    });
}

#[test]
fn a_fence_stops_writes_and_comes_down_again() {
    both(|program| {
        let servers = group(program, 1);
        let addr = servers[0].addr();
        call(&servers[0], &["CONFIG", "SET", "min-replicas-to-write", "1"]);
        wait_until("the replica counts", || call(&servers[0], &["SET", "k", "v"]) == ok());
        ops(&["fence", &addr, "--yes"]).exits(0).says("refuses writes");
        assert!(call(&servers[0], &["SET", "k", "v"]).error().unwrap().starts_with("NOREPLICAS"));
        assert_eq!(call(&servers[0], &["GET", "first"]), bulk("1"));
        let file = fs::read_to_string(config_file(&servers[0])).unwrap();
        assert!(file.contains("1000001"), "{file}");
        ops(&["fence", &addr, "--yes"]).exits(0);
        ops(&["status", &addr]).exits(10).says("fenced").says("rtool unfence");
        ops(&["fence", &servers[1].addr(), "--yes"]).exits(3).says("is a replica");
        ops(&["unfence", &addr, "--yes"]).exits(0).says("takes writes");
        assert_eq!(call(&servers[0], &["SET", "k", "v"]), ok());
        let restored = call(&servers[0], &["CONFIG", "GET", "min-replicas-to-write"]);
        assert_eq!(restored.as_list().unwrap()[1], bulk("1"));
    });
}
