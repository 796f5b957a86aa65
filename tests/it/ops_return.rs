//! `rtool rejoin` and `failback`: the master that died comes back, with writes that nobody else has or without.

use std::fs;

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, wait_until};
use crate::ops_group::{PROGRAMS, both, call, config_file, group, info, installed, ops, server};

/// A group whose master died and came back, its replica promoted meanwhile, each with a key that the other lacks.
fn two_masters(program: Program) -> Vec<Server> {
    let mut servers = group(program, 2);
    // Its password was set at run time.
    assert_eq!(call(&servers[0], &["CONFIG", "REWRITE"]), ok());
    wait_until("a snapshot is saved", || call(&servers[0], &["SAVE"]) == ok());
    servers[0].kill();
    for replica in &servers[1..] {
        wait_until("the replica notices", || info(replica, "master_link_status") == "down");
    }
    let (second, third) = (servers[1].addr(), servers[2].addr());
    ops(&["promote", &second, "--repoint", &third, "--yes"]).exits(0);
    call(&servers[1], &["SET", "new", "1"]);
    servers[0].start_again();
    wait_until("it is back", || info(&servers[0], "loading") == "0");
    servers
}

#[test]
fn what_only_the_old_master_holds_is_saved_before_it_follows() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let servers = two_masters(program);
        call(&servers[0], &["SET", "alone", "1"]);
        let (old, new) = (servers[0].addr(), servers[1].addr());
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("old.rdb").display().to_string();
        ops(&["status", &new, &old]).exits(10).says(&format!("rtool rejoin {old} --to {new}"));
        let outcome = ops(&["rejoin", &old, "--to", &new, "--copy", &copy, "--dry-run"]).exits(0);
        outcome.says("save a copy").says("kept in the copy");
        assert!(!folder.path().join("old.rdb").exists());
        let plan = folder.path().join("plan").display().to_string();
        let words = ["rejoin", &old, "--to", &new, "--copy", &copy];
        ops(&[&words[..], &["--plan-out", &plan]].concat()).exits(0).says("rtool apply");
        ops(&[&words[..], &["--plan-out", &plan]].concat()).exits(2).says("cannot write");
        assert_eq!(info(&servers[0], "role"), "master");
        ops(&["apply", &plan, "--yes"]).exits(0);
        assert_eq!(info(&servers[0], "role"), "slave");
        let differ = fs::read_to_string(folder.path().join("old.rdb.keys")).unwrap();
        assert!(
            differ.contains("\"alone\"") && differ.contains("\"new\"") && !differ.contains("\"first\""),
            "{differ}"
        );
        ops(&["apply", &plan, "--yes"]).exits(3).says("not what it was when");
        assert_eq!(call(&servers[0], &["GET", "new"]), bulk("1"));
        assert_eq!(call(&servers[0], &["EXISTS", "alone"]), Value::Int(0));
        let file = fs::read_to_string(config_file(&servers[0])).unwrap();
        assert!(file.contains(&format!("replicaof 127.0.0.1 {}", servers[1].port())), "{file}");
        let look = crate::harness::rtool(&["cli", "--open", &copy, "GET", "alone"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&look.stdout), "1\n");
        ops(&["rejoin", &old, "--to", &new, "--copy", &copy, "--yes"]).exits(0);
    }
}

#[test]
fn the_original_master_takes_over_again() {
    both(|program| {
        let servers = two_masters(program);
        let (old, new) = (servers[0].addr(), servers[1].addr());
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("old.rdb").display().to_string();
        let words = ["failback", &old, "--from", &new, "--copy", &copy];
        ops(&[&words[..], &["--dry-run"]].concat()).exits(0).says("nothing was changed");
        assert_eq!(info(&servers[0], "role"), "master");
        ops(&[&words[..], &["--yes"]].concat()).exits(0);
        assert_eq!(info(&servers[0], "role"), "master");
        for follower in &servers[1..] {
            assert_eq!(info(follower, "role"), "slave");
            assert_eq!(info(follower, "master_port"), servers[0].port().to_string());
        }
        assert_eq!(call(&servers[0], &["GET", "new"]), bulk("1"));
        assert_eq!(call(&servers[0], &["SET", "again", "1"]), ok());
        wait_until("writes arrive", || call(&servers[2], &["GET", "again"]) == bulk("1"));
        ops(&[&words[..], &["--yes"]].concat()).exits(0);
    });
}

#[test]
fn an_empty_master_is_not_followed() {
    both(|program| {
        let (full, empty) = (server(program, ""), server(program, ""));
        call(&full, &["SET", "k", "v"]);
        ops(&["rejoin", &full.addr(), "--to", &empty.addr(), "--yes"]).exits(3).says("is empty");
        assert_eq!(call(&full, &["GET", "k"]), bulk("v"));
    });
}
