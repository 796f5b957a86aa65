//! `rtool replicate` on real servers: what it sets up, what it refuses, and what it leaves untouched.

use std::fs;

use crate::harness::rtool;
use crate::harness::{Program, Server, bulk, wait_until};
use crate::ops_group::{
    Outcome, PASSWORD, PROGRAMS, both, call, config_file, group, info, installed, ops, server, writes_seen,
};
use rtool::resp::value::Value;

fn replicate(master: &Server, replica: &Server, more: &[&str]) -> Outcome {
    let (from, to) = (master.addr(), replica.addr());
    ops(&[&["replicate", "--from", &from, "--to", &to], more].concat())
}

#[test]
fn a_pair_is_set_up_persisted_and_proven() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let (master, mut replica) = (server(program, ""), server(program, ""));
        for key in 0..100 {
            call(&master, &["SET", &format!("key:{key}"), "value"]);
        }
        replicate(&master, &replica, &["--yes"]).exits(0).says("both at offset");
        assert_eq!(call(&replica, &["GET", "key:7"]), bulk("value"));
        assert_eq!(call(&replica, &["DBSIZE"]), Value::Int(100), "the test key is gone");
        let file = fs::read_to_string(config_file(&replica)).unwrap();
        assert!(file.contains(&format!("127.0.0.1 {}", master.port())), "{file}");
        replica.kill();
        replica.start_again();
        wait_until("it follows again by itself", || info(&replica, "master_link_status") == "up");
        let full_syncs = info(&master, "sync_full");
        let again = replicate(&master, &replica, &["--yes", "--json"]).exits(0).json();
        let follows = again["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["what"].as_str().unwrap().contains(": follow"));
        assert!(!follows, "{again:#}");
        assert_eq!(info(&master, "sync_full"), full_syncs, "a repetition copies nothing");
    }
}

#[test]
fn several_replicas_at_once() {
    both(|program| {
        let servers: Vec<Server> = (0..3).map(|_| server(program, "")).collect();
        let addrs: Vec<String> = servers.iter().map(Server::addr).collect();
        ops(&["replicate", "--from", &addrs[0], "--to", &addrs[1], &addrs[2], "--yes"]).exits(0);
        assert_eq!(info(&servers[0], "connected_slaves"), "2");
        ops(&["status", &addrs[1]]).exits(0);
    });
}

#[test]
fn keys_are_not_thrown_away_unasked() {
    both(|program| {
        let (master, replica) = (server(program, ""), server(program, ""));
        call(&replica, &["SET", "precious", "1"]);
        replicate(&master, &replica, &["--yes"]).exits(4).says("holds 1 key").says("--discard");
        assert_eq!(call(&replica, &["GET", "precious"]), bulk("1"));
        replicate(&master, &replica, &["--yes", "--discard"]).exits(0);
        assert_eq!(call(&replica, &["GET", "precious"]), Value::Null);
    });
}

#[test]
fn a_dry_run_and_a_question_without_an_answer_write_nothing() {
    both(|program| {
        let (master, replica) = (server(program, ""), server(program, ""));
        let before = fs::read(config_file(&replica)).unwrap();
        replicate(&master, &replica, &["--dry-run"]).exits(0).says("nothing was changed");
        let document = replicate(&master, &replica, &["--dry-run", "--yes", "--json"]).exits(0).json();
        assert_eq!(document["dry_run"], true);
        replicate(&master, &replica, &[]).exits(3).says("--yes");
        for server in [&master, &replica] {
            assert_eq!(writes_seen(server), Vec::<String>::new());
        }
        assert_eq!(info(&replica, "role"), "master");
        assert_eq!(fs::read(config_file(&replica)).unwrap(), before);
    });
}

#[test]
fn without_a_file_the_role_does_not_last_and_that_is_said() {
    let Some(master) = Server::peer(Program::Redis, &[]) else { return };
    let Some(replica) = Server::peer(Program::Redis, &[]) else { return };
    let (from, to) = (master.addr(), replica.addr());
    let run = |more: &[&str]| {
        Outcome::of(
            rtool(&[&["replicate", "--from", &from, "--to", &to, "--yes"], more].concat()).output().unwrap(),
        )
    };
    run(&[]).exits(5).says("without a configuration file").says("both at offset");
    run(&["--no-persist"]).exits(0);
}

#[test]
fn a_rewrite_that_fails_is_not_hidden() {
    both(|program| {
        let folder = tempfile::TempDir::with_prefix("rtool-ops-").unwrap();
        let inner = folder.path().join("etc");
        fs::create_dir(&inner).unwrap();
        let file = inner.join("server.conf");
        fs::write(&file, "").unwrap();
        let path = file.display().to_string();
        let replica = Server::start_in(program, folder, &[&path]);
        let master = server(program, "");
        fs::remove_dir_all(&inner).unwrap();
        let outcome = replicate(&master, &replica, &["--yes"]).exits(5).says("will not survive a restart");
        outcome.says("could not write its configuration file");
    });
}

#[test]
fn roles_and_identities_are_checked_first() {
    both(|program| {
        let servers = group(program, 1);
        replicate(&servers[0], &servers[0], &["--yes"]).exits(2).says("the same server");
        let third = server(program, "");
        let hint = format!("rtool replicate --from {}", servers[0].addr());
        replicate(&servers[1], &third, &["--yes"]).exits(3).says("is itself a replica").says(&hint);
    });
}

#[test]
fn a_master_without_password_needs_none() {
    let Some(master) = Server::peer(Program::Redis, &[]) else { return };
    if !installed(Program::Redis) {
        return;
    }
    let replica = server(Program::Redis, "");
    call(&replica, &["CONFIG", "SET", "masterauth", PASSWORD]);
    replicate(&master, &replica, &["--yes"]).exits(0);
    assert_eq!(info(&replica, "master_link_status"), "up");
}

#[test]
fn mixed_groups() {
    // An older server cannot read a newer one's snapshot; ours is written for the oldest.
    let groups: [&[Program]; 3] = [
        &[Program::Redis, Program::Redis8, Program::Valkey, Program::Rtool],
        &[Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey],
        &[Program::Redis, Program::Rtool, Program::Redis],
    ];
    for programs in groups {
        if !programs.iter().copied().all(installed) {
            return;
        }
        let mut servers: Vec<Server> = programs.iter().map(|program| server(*program, "")).collect();
        call(&servers[0], &["SET", "k", "v"]);
        let addrs: Vec<String> = servers.iter().map(Server::addr).collect();
        let replicas: Vec<&str> = addrs[1..].iter().map(String::as_str).collect();
        ops(&[&["replicate", "--yes", "--from", &addrs[0], "--to"], &replicas[..]].concat()).exits(0);
        for replica in &servers[1..] {
            assert_eq!(call(replica, &["GET", "k"]), bulk("v"));
        }
        ops(&["status", &addrs[2]]).exits(0);
        // The first replica takes over, whatever it is, and the others follow it.
        servers[0].kill();
        for replica in &servers[1..] {
            wait_until("the replica notices", || info(replica, "master_link_status") == "down");
        }
        ops(&[&["promote", &addrs[1], "--yes", "--repoint"], &replicas[1..]].concat()).exits(0);
        ops(&["status", &addrs[2]]).exits(0);
    }
}
