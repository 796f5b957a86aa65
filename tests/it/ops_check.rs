//! `rtool check`, and the forms of `rtool status` for monitoring.

use std::fs;

use crate::harness::{Program, wait_until};
use crate::ops_group::{both, call, config_file, group, info, ops};

#[test]
fn what_would_go_wrong_is_named_and_what_is_in_order_is_not() {
    both(|program| {
        let servers = group(program, 1);
        let addr = servers[0].addr();
        // The master does not know its replica's password: after a promotion it could not follow.
        ops(&["check", "auth", &addr]).exits(10).says(&format!("could not follow {}", servers[1].addr()));
        call(&servers[0], &["CONFIG", "SET", "masterauth", crate::ops_group::PASSWORD]);
        ops(&["check", "auth", &addr]).exits(0).says("auth");
        call(&servers[1], &["CONFIG", "SET", "maxmemory", "1gb"]);
        ops(&["check", "limits", &addr]).exits(0).says("maxmemory \"1073741824\" and its master \"0\"");
        call(&servers[1], &["CONFIG", "SET", "maxmemory", "100kb"]);
        ops(&["check", "limits", &addr]).exits(10).says("has room for less");
        call(&servers[1], &["CONFIG", "SET", "maxmemory", "0"]);
        ops(&["check", "persistence", &addr]).exits(10).says("would start in another role");
        call(&servers[1], &["CONFIG", "REWRITE"]);
        ops(&["check", "persistence", &addr]).exits(0);
        fs::write(config_file(&servers[1]), "port 1\n").unwrap();
        ops(&["check", "persistence", &addr]).exits(10).says("names no master");
        let document = ops(&["check", &addr, "--json"]).exits(10).json();
        assert_eq!(document["checks"].as_array().unwrap().len(), 7, "{document:#}");
        ops(&["check", "writes", &addr]).exits(0).says("min-replicas-to-write 1 would stop it");
    });
}

#[test]
fn monitoring_gets_its_line_and_its_code() {
    let mut servers = group(Program::Rtool, 1);
    let addr = servers[1].addr();
    call(&servers[0], &["CONFIG", "SET", "appendonly", "yes"]);
    let outcome = ops(&["status", &addr, "--nagios"]).exits(0);
    assert_eq!(outcome.out, "OK - 2 nodes in order | nodes=2 masters=1 lag=0B\n");
    servers[0].kill();
    wait_until("the replica notices", || info(&servers[1], "master_link_status") == "down");
    let outcome = ops(&["status", &addr, "--nagios"]).exits(2);
    assert!(outcome.out.starts_with("CRITICAL - ") && outcome.out.contains("masters=0"), "{}", outcome.out);
    servers[1].kill();
    ops(&["status", &addr, "--nagios"]).exits(3).says("UNKNOWN");
}
