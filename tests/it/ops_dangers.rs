//! The dangers of the contract that need a fault: servers that stop and go on, files that cannot be written, a
//! master that comes back empty, an address that nobody answers at.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use rtool::resp::value::Value;

use crate::harness::{Client, Server, ok, wait_until};
use crate::ops_group::{PASSWORD, both, call, config_file, group, info, logged_in, ops};

/// A replica that does not catch up: the switchover gives up, the master goes on, nothing is changed.
#[test]
fn a_switchover_that_takes_too_long_is_given_up() {
    both(|program| {
        let servers = group(program, 1);
        call(&servers[0], &["CONFIG", "SET", "masterauth", PASSWORD]);
        let to = servers[1].addr();
        let words = ["switchover", "--to", &to, "--yes", "--max-pause", "500ms"];
        assert_eq!(call(&servers[1], &["CLIENT", "PAUSE", "100000", "WRITE"]), ok());
        assert_eq!(call(&servers[0], &["SET", "held", "up"]), ok());
        ops(&words).exits(3).says("did not catch up within 500 ms");
        assert_eq!((info(&servers[0], "role"), info(&servers[1], "role")), ("master".into(), "slave".into()));
        assert_eq!(call(&servers[0], &["SET", "k", "v"]), ok(), "the master takes writes");
        assert_eq!(call(&servers[1], &["CLIENT", "UNPAUSE"]), ok());
        wait_until("it catches up", || call(&servers[1], &["EXISTS", "k"]) == Value::Int(1));
        ops(&words).exits(0);
        assert_eq!(info(&servers[1], "role"), "master");
    });
}

/// The server is promoted, its sibling hangs: half done is said so, and finished when the sibling is back.
#[test]
fn a_sibling_that_hangs_makes_a_promotion_incomplete() {
    both(|program| {
        let mut servers = group(program, 2);
        servers[0].kill();
        for replica in &servers[1..] {
            wait_until("the replica notices", || info(replica, "master_link_status") == "down");
        }
        let history = tempfile::tempdir().unwrap();
        let folder = history.path().display().to_string();
        let (new, sibling) = (servers[1].addr(), servers[2].addr());
        let words = [
            "promote",
            &new,
            "--repoint",
            &sibling,
            "--yes",
            "--node-timeout",
            "500ms",
            "--history",
            &folder,
        ];
        signal(servers[2].pid(), Signal::SIGSTOP);
        ops(&words).exits(8).says(&sibling);
        assert_eq!(info(&servers[1], "role"), "slave", "a sibling that was named must answer");
        signal(servers[2].pid(), Signal::SIGCONT);
        ops(&words).exits(0);
        assert_eq!(info(&servers[2], "master_port"), servers[1].port().to_string());
    });
}

/// CONFIG REWRITE fails: the role is taken, and that it will not last is said, with another exit code.
#[test]
fn a_configuration_that_cannot_be_written_is_no_success() {
    if nix::unistd::geteuid().is_root() {
        // Root writes everywhere: the folder is made a thing that nobody can write into.
        return no_place_for_the_file();
    }
    both(|program| {
        let mut servers = group(program, 1);
        let folder = servers[1].dir().to_path_buf();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
        promote_without_a_file(&mut servers);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    });
}

fn no_place_for_the_file() {
    both(|program| {
        let mut servers = group(program, 1);
        let file = config_file(&servers[1]);
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        promote_without_a_file(&mut servers);
    });
}

fn promote_without_a_file(servers: &mut [Server]) {
    servers[0].kill();
    wait_until("the replica notices", || info(&servers[1], "master_link_status") == "down");
    let outcome = ops(&["promote", &servers[1].addr(), "--yes"]).exits(5);
    outcome.says("will not survive a restart").says("could not write its configuration file");
    assert_eq!(info(&servers[1], "role"), "master");
}

/// A master that restarts without its data would empty its replicas: status says so while they are apart.
#[test]
fn a_master_that_came_back_empty_is_not_to_be_followed() {
    both(|program| {
        let mut servers = group(program, 1);
        call(&servers[1], &["CONFIG", "SET", "masterauth", "wrong"]);
        servers[0].kill();
        servers[0].start_again();
        // Nothing was saved, not even its password.
        servers[0].call(&["CONFIG", "SET", "requirepass", PASSWORD]);
        wait_until("the replica is refused", || info(&servers[1], "master_link_status") == "down");
        let (master, replica) = (servers[0].addr(), servers[1].addr());
        ops(&["status", &replica])
            .exits(10)
            .says("is an empty master")
            .says(&format!("rtool promote {replica}"));
        ops(&["rejoin", &replica, "--to", &master, "--yes"]).exits(3).says("is empty");
        ops(&["promote", &replica, "--yes", "--even-if-master-alive"]).exits(0);
        assert_eq!(call(&servers[1], &["EXISTS", "first"]), Value::Int(1));
        let mut old = Client::connect(servers[0].port()).unwrap();
        old.call(&["AUTH", PASSWORD]);
        assert!(old.call(&["SET", "k", "v"]).error().is_some_and(|line| line.starts_with("NOREPLICAS")));
    });
}

/// A replica that announces an address where nobody is.
#[test]
fn an_announced_address_is_dialled() {
    both(|program| {
        let servers = group(program, 1);
        call(&servers[1], &["CONFIG", "SET", "replica-announce-port", "1"]);
        call(&servers[1], &["CLIENT", "KILL", "TYPE", "master"]);
        wait_until("it is announced", || info(&servers[0], "slave0").contains("port=1,"));
        ops(&["check", "reach", &servers[0].addr()]).exits(10).says("127.0.0.1:1");
        // FAILOVER would have to name it by that address: the swap is made by hand.
        let mut writer = logged_in(servers[0].port()).unwrap();
        assert_eq!(writer.call(&["SET", "last", "1"]), ok());
        ops(&["switchover", "--to", &servers[1].addr(), "--yes", "--keep-clients"]).exits(0);
        assert_eq!((info(&servers[0], "role"), info(&servers[1], "role")), ("slave".into(), "master".into()));
        assert_eq!(call(&servers[1], &["EXISTS", "last"]), Value::Int(1));
        assert!(writer.call(&["SET", "last", "2"]).error().is_some_and(|line| line.starts_with("READONLY")));
        assert_eq!(info(&servers[1], "sync_full"), "0");
    });
}

fn signal(pid: Pid, signal: Signal) {
    nix::sys::signal::kill(pid, signal).unwrap();
}
