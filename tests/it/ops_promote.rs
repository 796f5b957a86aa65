//! `rtool promote` on groups of real servers whose master died, or did not.

use std::fs;

use crate::harness::{Server, bulk, ok, wait_until};
use crate::ops_group::{
    Outcome, PASSWORD, PROGRAMS, both, call, config_file, group, info, installed, ops, server_in, writes_seen,
};

fn promote(replica: &Server, siblings: &[&Server], more: &[&str]) -> Outcome {
    let addr = replica.addr();
    let siblings: Vec<String> = siblings.iter().map(|sibling| sibling.addr()).collect();
    let mut words = vec!["promote", addr.as_str()];
    if !siblings.is_empty() {
        words.push("--repoint");
        words.extend(siblings.iter().map(String::as_str));
    }
    words.extend(more);
    ops(&words)
}

fn kill_master(servers: &mut [Server]) {
    servers[0].kill();
    for replica in &servers[1..] {
        wait_until("the replica notices", || info(replica, "master_link_status") == "down");
    }
}

#[test]
fn the_replica_takes_over_and_the_sibling_follows_without_a_full_resync() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let mut servers = group(program, 2);
        call(&servers[0], &["SET", "k", "v"]);
        wait_until("the key arrives", || {
            servers[1..].iter().all(|server| call(server, &["GET", "k"]) == bulk("v"))
        });
        kill_master(&mut servers);
        promote(&servers[1], &[], &["--yes", "--set", "apendonly=yes"]).exits(2).says("no setting apendonly");
        assert_eq!(info(&servers[1], "role"), "slave");
        promote(&servers[1], &[&servers[2]], &["--yes", "--set", "maxmemory-policy=noeviction"]).exits(0);
        assert_eq!(info(&servers[1], "role"), "master");
        assert_eq!(call(&servers[1], &["SET", "k", "w"]), ok());
        assert_eq!(info(&servers[2], "master_port"), servers[1].port().to_string());
        wait_until("writes reach the sibling", || call(&servers[2], &["GET", "k"]) == bulk("w"));
        assert_eq!(info(&servers[1], "sync_full"), "0");
        let file = fs::read_to_string(config_file(&servers[1])).unwrap();
        assert!(!file.contains("replicaof"), "{file}");
        let file = fs::read_to_string(config_file(&servers[2])).unwrap();
        assert!(file.contains(&format!("replicaof 127.0.0.1 {}", servers[1].port())), "{file}");
        promote(&servers[1], &[&servers[2]], &["--yes"]).exits(0).says("a master already");
    }
}

#[test]
fn a_living_master_is_not_replaced_unasked() {
    both(|program| {
        let servers = group(program, 1);
        call(&servers[0], &["CONFIG", "RESETSTAT"]);
        promote(&servers[1], &[], &["--yes"]).exits(3).says("answers").says("--even-if-master-alive");
        assert_eq!(info(&servers[1], "role"), "slave");
        assert_eq!(writes_seen(&servers[0]), Vec::<String>::new());
        promote(&servers[1], &[], &["--yes", "--even-if-master-alive"]).exits(0).says("two masters");
        assert_eq!(info(&servers[1], "role"), "master");
    });
}

#[test]
fn a_master_that_hangs_but_feeds_its_replicas_is_alive() {
    both(|program| {
        let servers = group(program, 1);
        // Our own probe fails on the password; the replica's link says that the master lives.
        call(&servers[0], &["CONFIG", "SET", "requirepass", "another"]);
        promote(&servers[1], &[], &["--yes"]).exits(3).says("refuses our login");
    });
}

#[test]
fn a_dry_run_changes_nothing() {
    both(|program| {
        let mut servers = group(program, 2);
        kill_master(&mut servers);
        let before: Vec<_> = servers.iter().map(|server| fs::read(config_file(server)).unwrap()).collect();
        call(&servers[1], &["CONFIG", "RESETSTAT"]);
        call(&servers[2], &["CONFIG", "RESETSTAT"]);
        let outcome = promote(&servers[1], &[&servers[2]], &["--dry-run"]).exits(0);
        outcome.says("become a master").says("nobody can say").says("nothing was changed");
        for (server, before) in servers.iter().zip(before).skip(1) {
            assert_eq!(writes_seen(server), Vec::<String>::new());
            assert_eq!(info(server, "role"), "slave");
            assert_eq!(fs::read(config_file(server)).unwrap(), before);
        }
    });
}

#[test]
fn the_freshest_is_promoted_or_the_loss_is_named() {
    both(|program| {
        let mut servers = group(program, 2);
        call(&servers[0], &["SET", "early", "1"]);
        wait_until("the key arrives", || {
            servers[1..].iter().all(|server| call(server, &["GET", "early"]) == bulk("1"))
        });
        // The second replica loses its link and cannot log in again; the third gets one more key.
        call(&servers[1], &["CONFIG", "SET", "masterauth", "wrong"]);
        call(&servers[1], &["CLIENT", "KILL", "TYPE", "master"]);
        wait_until("its link is down", || info(&servers[1], "master_link_status") == "down");
        call(&servers[0], &["SET", "late", "1"]);
        wait_until("the key arrives", || call(&servers[2], &["GET", "late"]) == bulk("1"));
        kill_master(&mut servers);
        let hint = format!("rtool promote {}", servers[2].addr());
        promote(&servers[1], &[&servers[2]], &["--yes"]).exits(4).says("bytes behind").says(&hint);
        assert_eq!(info(&servers[1], "role"), "slave");
        promote(&servers[2], &[&servers[1]], &["--yes"]).exits(0);
        wait_until("the stale one catches up", || call(&servers[1], &["GET", "late"]) == bulk("1"));
    });
}

#[test]
fn an_include_that_brings_the_old_role_back_is_found() {
    both(|program| {
        let mut servers = group(program, 0);
        let folder = tempfile::TempDir::with_prefix("rtool-ops-").unwrap();
        let inner = folder.path().join("role.conf");
        fs::write(&inner, format!("replicaof 127.0.0.1 {}\nmasterauth {PASSWORD}\n", servers[0].port()))
            .unwrap();
        let replica = server_in(program, folder, &format!("include {}", inner.display()));
        wait_until("it follows", || info(&replica, "master_link_status") == "up");
        servers[0].kill();
        wait_until("the replica notices", || info(&replica, "master_link_status") == "down");
        let outcome =
            promote(&replica, &[], &["--yes"]).exits(5).says("role.conf still says").says("remove that line");
        drop(outcome);
        assert_eq!(info(&replica, "role"), "master");
    });
}

#[test]
fn an_append_only_file_is_turned_on_the_safe_way() {
    both(|program| {
        let mut servers = group(program, 1);
        call(&servers[0], &["SET", "k", "v"]);
        wait_until("the key arrives", || call(&servers[1], &["GET", "k"]) == bulk("v"));
        kill_master(&mut servers);
        promote(&servers[1], &[], &["--yes", "--set", "appendonly=yes"]).exits(0);
        servers[1].kill();
        servers[1].start_again();
        wait_until("the key is loaded", || call(&servers[1], &["GET", "k"]) == bulk("v"));
        assert_eq!(info(&servers[1], "role"), "master");
    });
}

#[test]
fn what_never_synchronised_is_not_promoted() {
    both(|program| {
        let mut servers = group(program, 1);
        servers[0].kill();
        let folder = tempfile::TempDir::with_prefix("rtool-ops-").unwrap();
        let fresh = server_in(program, folder, &format!("replicaof 127.0.0.1 {}", servers[0].port()));
        promote(&fresh, &[], &["--yes"]).exits(3).says("never received");
    });
}

#[test]
fn a_group_by_name_promotes_the_freshest_and_moves_the_rest() {
    both(|program| {
        let mut servers = group(program, 2);
        let folder = tempfile::tempdir().unwrap();
        let topology = folder.path().join("rtool.toml");
        let nodes: Vec<String> = servers.iter().map(|server| format!("\"{}\"", server.addr())).collect();
        let secret = "password = { env = \"RTOOL_PASSWORD\" }";
        fs::write(&topology, format!("[group.night]\nnodes = [{}]\n{secret}\n", nodes.join(", "))).unwrap();
        let topology = topology.display().to_string();
        kill_master(&mut servers);
        let outcome = ops(&["promote", "night", "--topology", &topology, "--yes", "--json"]).exits(0);
        let outcome = outcome.says("holds the most").says("not chosen").says("does not answer");
        let document = outcome.json();
        let masters = servers[1..].iter().filter(|server| info(server, "role") == "master");
        let ports: Vec<String> = masters.map(|server| server.port().to_string()).collect();
        assert_eq!(ports.len(), 1, "{document:#}");
        let replica = servers[1..].iter().find(|server| info(server, "role") == "slave").unwrap();
        assert_eq!(info(replica, "master_port"), ports[0]);
    });
}
