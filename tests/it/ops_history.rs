//! Operations that break off, and two at once: the record, `rtool resume`, `rtool history`, the locks.

use std::fs;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use crate::harness::{Client, Program, Server, bulk, ok, rtool, wait_until};
use crate::ops_group::{Outcome, PASSWORD, both, call, config_file, group, info, ops, server};

/// An operator command whose record is kept here.
fn recorded(folder: &Path, words: &[&str], more: &[&str]) -> Outcome {
    let folder = folder.display().to_string();
    ops(&[words, &["--history", &folder], more].concat())
}

/// The exit code of a process that was killed.
const KILLED: i32 = -1;

/// Breaks an operation off behind each of its steps, resumes it, and looks at the end, every time on a fresh group.
fn break_off_everywhere(
    program: Program,
    stage: impl Fn(Program) -> Vec<Server>,
    words: impl Fn(&[Server]) -> Vec<String>,
    check: impl Fn(&[Server]),
) {
    for step in 1.. {
        let servers = stage(program);
        let folder = tempfile::tempdir().unwrap();
        let words = words(&servers);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let step = step.to_string();
        let outcome = recorded(folder.path(), &words, &["--yes", "--fail-after", &step]);
        if outcome.code == 0 {
            assert!(step.parse::<usize>().unwrap() > 5, "{}", outcome.all());
            check(&servers);
            return;
        }
        assert_eq!(outcome.code, KILLED, "step {step}:\n{}", outcome.all());
        let history = folder.path().display().to_string();
        ops(&["history", "--history", &history]).exits(0).says("broke off");
        let resumed = ops(&["resume", "--history", &history]);
        assert_eq!(resumed.code, 0, "after step {step}:\n{}\n--- resumed:\n{}", outcome.all(), resumed.all());
        check(&servers);
        ops(&["resume", "--history", &history]).exits(3).says("no operation is unfinished");
        recorded(folder.path(), &words, &["--yes"]).exits(0);
        check(&servers);
        no_secret_in(folder.path());
    }
}

fn no_secret_in(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(PASSWORD));
    }
}

/// This one is the master, on disk too, and all others follow it.
fn leads(servers: &[Server], leader: usize, others: &[usize]) {
    let master = &servers[leader];
    assert_eq!(info(master, "role"), "master");
    assert!(!fs::read_to_string(config_file(master)).unwrap().contains("replicaof 127"));
    assert_eq!(call(master, &["SET", "end", "1"]), ok());
    for other in others {
        let other = &servers[*other];
        assert_eq!(info(other, "role"), "slave");
        assert_eq!(info(other, "master_port"), master.port().to_string());
        let file = fs::read_to_string(config_file(other)).unwrap();
        assert!(file.contains(&format!("replicaof 127.0.0.1 {}", master.port())), "{file}");
        wait_until("writes arrive", || call(other, &["GET", "end"]) == bulk("1"));
    }
}

fn with_dead_master(program: Program) -> Vec<Server> {
    let mut servers = group(program, 2);
    servers[0].kill();
    for replica in &servers[1..] {
        wait_until("the replica notices", || info(replica, "master_link_status") == "down");
    }
    servers
}

#[test]
fn a_promotion_that_broke_off_is_finished() {
    both(|program| {
        let words = |servers: &[Server]| {
            ["promote", &servers[1].addr(), "--repoint", &servers[2].addr()].map(str::to_owned).to_vec()
        };
        break_off_everywhere(program, with_dead_master, words, |servers| leads(servers, 1, &[2]));
    });
}

#[test]
fn a_switchover_that_broke_off_is_finished() {
    both(|program| {
        let words =
            |servers: &[Server]| ["switchover", "--to", &servers[1].addr()].map(str::to_owned).to_vec();
        break_off_everywhere(
            program,
            |program| group(program, 2),
            words,
            |servers| leads(servers, 1, &[0, 2]),
        );
    });
}

#[test]
fn a_rejoin_that_broke_off_is_finished() {
    both(|program| {
        let stage = |program| {
            let servers: Vec<Server> = (0..2).map(|_| server(program, "")).collect();
            assert_eq!(call(&servers[0], &["SET", "old", "1"]), ok());
            assert_eq!(call(&servers[1], &["SET", "new", "1"]), ok());
            servers
        };
        let words = |servers: &[Server]| {
            let copy = servers[0].dir().join("copy.rdb").display().to_string();
            ["rejoin", &servers[0].addr(), "--to", &servers[1].addr(), "--copy", &copy]
                .map(str::to_owned)
                .to_vec()
        };
        break_off_everywhere(program, stage, words, |servers| {
            leads(servers, 1, &[0]);
            assert!(servers[0].dir().join("copy.rdb").exists());
        });
    });
}

#[test]
fn what_was_done_is_listed() {
    let servers = group(Program::Rtool, 1);
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), &["fence", &servers[0].addr()], &["--yes"]).exits(0);
    recorded(folder.path(), &["fence", &servers[0].addr()], &["--dry-run"]).exits(0);
    let history = folder.path().display().to_string();
    let document = ops(&["history", "--history", &history, "--json"]).exits(0).json();
    let operations = document["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 1, "{document:#}");
    assert_eq!((&operations[0]["verb"], &operations[0]["exit"]), (&"fence".into(), &0.into()));
    let id = operations[0]["id"].as_str().unwrap();
    ops(&["history", id, "--history", &history]).exits(0).says("min-slaves-to-write").says("prove that");
    ops(&["history", "1-nothing", "--history", &history]).exits(2).says("no operation 1-nothing");
    let bad = folder.path().join("file");
    fs::write(&bad, "").unwrap();
    let bad = bad.display().to_string();
    ops(&["unfence", &servers[0].addr(), "--yes", "--history", &bad])
        .exits(2)
        .says("cannot write the history");
    assert!(call(&servers[0], &["SET", "k", "v"]).error().is_some(), "still fenced");
}

#[test]
fn two_operations_exclude_each_other() {
    both(|program| {
        let servers = group(program, 1);
        let mut other = Client::connect(servers[1].port()).unwrap();
        other.call(&["AUTH", PASSWORD]);
        assert_eq!(other.call(&["CLIENT", "SETNAME", "rtool-lock-elsewhere-7-promote"]), ok());
        let words = ["switchover", "--to", &servers[1].addr(), "--yes"];
        ops(&words).exits(7).says("rtool-lock-elsewhere-7-promote").says("CLIENT KILL ID");
        assert_eq!(info(&servers[0], "role"), "master");
        let state = tempfile::tempdir().unwrap();
        let locks = state.path().join("rtool/locks");
        fs::create_dir_all(&locks).unwrap();
        let name = format!("{}.lock", info(&servers[0], "run_id"));
        let held = fs::File::create(locks.join(name)).unwrap();
        let held = Flock::lock(held, FlockArg::LockExclusive).unwrap();
        let outcome =
            rtool(&words).env("RTOOL_PASSWORD", PASSWORD).env("XDG_STATE_HOME", state.path()).output();
        Outcome::of(outcome.unwrap()).exits(7).says("another rtool on this machine");
        drop(held);
        drop(other);
        wait_until("the lock is gone", || ops(&words).code == 0);
    });
}

#[test]
fn hooks_are_asked_and_told() {
    let servers = group(Program::Rtool, 1);
    let addr = servers[0].addr();
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let after = format!("cat >> {}", told.display());
    let fence = |more: &[&str]| ops(&[&["fence", &addr, "--yes", "--hook-after", &after], more].concat());
    fence(&["--hook-before", "grep -q nobody"]).exits(3).says("the hook says no");
    fence(&["--hook-before", "sleep 60", "--hook-timeout", "200ms"]).exits(3).says("did not end in time");
    assert_eq!(call(&servers[0], &["SET", "k", "v"]), ok());
    assert!(!told.exists(), "nothing was begun");
    fence(&["--hook-before", "grep -q min-slaves-to-write"]).exits(0);
    let line = fs::read_to_string(&told).unwrap();
    let document: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&document["event"], &document["verb"], &document["ok"]),
        (&"after".into(), &"fence".into(), &true.into())
    );
    ops(&["unfence", &addr, "--yes", "--hook-after", "exit 7"]).exits(0).says("failed: exit status: 7");
}
