//! `--cluster` against a real Redis Cluster, which the tests make themselves, and beside redis-cli where the output
//! does not depend on time.

use std::process::Output;

use crate::cli_vs_redis::{redis, redis_cli, run};
use crate::harness::{Program, Server, rtool, wait_until};

/// Servers in cluster mode that know nobody yet.
fn servers(count: usize) -> Option<Vec<Server>> {
    redis(&[])?;
    let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    (0..count).map(|_| Server::peer(Program::Redis, &options)).collect()
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn manage(words: &[&str]) -> (i32, String, String) {
    said(&run(rtool(&[&["redis-cli", "--cluster"], words].concat()), b""))
}

fn done(words: &[&str]) -> String {
    let (code, stdout, stderr) = manage(words);
    assert_eq!(code, 0, "{words:?}\n{stdout}\n{stderr}");
    stdout
}

fn cluster(servers: &[Server], replicas: &str) -> Vec<String> {
    let addrs: Vec<String> = servers.iter().map(Server::addr).collect();
    let words: Vec<&str> = ["create"].into_iter().chain(addrs.iter().map(String::as_str)).collect();
    let stdout = done(&[&words[..], &["--cluster-replicas", replicas, "--cluster-yes"]].concat());
    assert!(stdout.contains("[OK] All 16384 slots covered."), "{stdout}");
    wait_until("the cluster is up", || servers.iter().all(is_up));
    addrs
}

fn is_up(server: &Server) -> bool {
    let info = server.call(&["CLUSTER", "INFO"]);
    String::from_utf8_lossy(info.as_bytes().unwrap_or_default()).contains("cluster_state:ok")
}

fn id(server: &Server) -> String {
    server.call(&["CLUSTER", "MYID"]).as_str().unwrap().to_owned()
}

/// Both managers, the same words.
fn same(words: &[&str]) {
    let theirs = said(&run(redis_cli(&[&["--cluster"], words].concat()), b""));
    assert_eq!(manage(words), theirs, "{words:?}");
}

/// Waits until all nodes have the same view: what a change has to spread.
fn settled(addr: &str) {
    wait_until("all agree", || manage(&["check", addr]).0 == 0);
}

#[test]
fn a_cluster_from_birth_to_a_smaller_one() {
    let Some(all) = servers(8) else { return };
    let (six, rest) = all.split_at(6);
    let addrs = cluster(six, "1");
    let first = addrs[0].as_str();
    settled(first);
    same(&["check", first]);
    same(&["info", first]);
    let host_and_port: Vec<&str> = first.split(':').collect();
    same(&["info", host_and_port[0], host_and_port[1]]);
    same(&["call", first, "DBSIZE"]);
    same(&["call", first, "PING", "--cluster-only-masters"]);

    for at in 0..200 {
        let (key, port) = (format!("key:{at}"), six[0].port().to_string());
        let output = run(rtool(&["cli", "-c", "-p", &port, "SET", &key, "v"]), b"");
        assert_eq!(output.stdout, b"OK\n", "{}", String::from_utf8_lossy(&output.stderr));
    }
    done(&[
        "reshard",
        first,
        "--cluster-from",
        "all",
        "--cluster-to",
        &id(&six[1]),
        "--cluster-slots",
        "300",
        "--cluster-yes",
    ]);
    settled(first);
    let balance = done(&["rebalance", first]);
    assert!(balance.contains(">>> Rebalancing across 3 nodes.") && balance.contains("###"), "{balance}");
    settled(first);
    assert!(done(&["rebalance", first]).contains("No rebalancing needed!"));
    assert!(done(&["info", first]).contains("[OK] 200 keys in 3 masters."));

    done(&["add-node", &rest[0].addr(), first]);
    wait_until("it is known", || manage(&["check", &rest[0].addr()]).0 == 0);
    let use_empty = done(&["rebalance", first, "--cluster-use-empty-masters"]);
    assert!(use_empty.contains("Moving"), "{use_empty}");
    settled(first);
    let new_replica =
        done(&["add-node", &rest[1].addr(), first, "--cluster-slave", "--cluster-master-id", &id(&six[0])]);
    assert!(new_replica.contains("[OK] New node added correctly."), "{new_replica}");
    settled(first);

    let (code, stdout, _) = manage(&["del-node", first, &id(&rest[0])]);
    assert!(code == 1 && stdout.contains("is not empty! Reshard data away"), "{stdout}");
    let count = rest[0].call(&["CLUSTER", "NODES"]);
    let count = String::from_utf8_lossy(count.as_bytes().unwrap()).into_owned();
    assert!(count.contains("myself"), "{count}");
    done(&["del-node", first, &id(&rest[1])]);
    let timeout = done(&["set-timeout", first, "3000"]);
    assert!(
        timeout.contains("*** New timeout set for") || timeout.contains("ERR setting node-timeout"),
        "{timeout}"
    );
    assert_eq!(manage(&["set-timeout", first, "5"]).0, 1);
}

#[test]
fn what_is_broken_is_found_and_mended() {
    let Some(all) = servers(3) else { return };
    let addrs = cluster(&all, "0");
    let first = addrs[0].as_str();
    settled(first);
    let slot = |key: &str| all[0].call(&["CLUSTER", "KEYSLOT", key]).as_int().unwrap().to_string();
    let (open, lost) = (slot("open"), slot("lost"));
    let owner = |slot: &str| {
        let wanted: usize = slot.parse().unwrap();
        (wanted * 3 / 16384).min(2)
    };
    let source = &all[owner(&open)];
    let target = &all[(owner(&open) + 1) % 3];
    let port = source.port().to_string();
    run(rtool(&["cli", "-c", "-p", &port, "SET", "open", "kept"]), b"");
    assert_eq!(target.call(&["CLUSTER", "SETSLOT", &open, "IMPORTING", &id(source)]).error(), None);
    assert_eq!(source.call(&["CLUSTER", "SETSLOT", &open, "MIGRATING", &id(target)]).error(), None);
    all.iter().for_each(|server| drop(server.call(&["CLUSTER", "DELSLOTS", &lost])));
    same(&["check", first]);
    let (code, stdout, _) = manage(&["check", first]);
    assert!(code == 1 && stdout.contains("Not all 16384 slots are covered"), "{stdout}");
    assert!(stdout.contains(&format!("The following slots are open: {open}.")), "{stdout}");
    let refused = manage(&[
        "reshard",
        first,
        "--cluster-from",
        "all",
        "--cluster-to",
        &id(target),
        "--cluster-slots",
        "1",
    ]);
    assert!(refused.0 == 1 && refused.2.contains("Please fix your cluster problems"), "{refused:?}");

    let output = run(rtool(&["redis-cli", "--cluster", "fix", first]), b"yes\n");
    let (_, stdout, stderr) = said(&output);
    assert!(stdout.contains(&format!(">>> Fixing open slot {open}")), "{stdout}{stderr}");
    assert!(stdout.contains(&format!(">>> Covering slot {lost} with")), "{stdout}{stderr}");
    settled(first);
    assert_eq!(target.call(&["GET", "open"]).as_str(), Some("kept"));
}

#[test]
fn keys_from_outside_and_a_backup() {
    let Some(all) = servers(3) else { return };
    let addrs = cluster(&all, "0");
    let first = addrs[0].as_str();
    settled(first);
    let Some(outside) = Server::peer(Program::Redis, &[]) else { return };
    (0..50).for_each(|at| drop(outside.call(&["SET", &format!("outside:{at}"), "v"])));
    let stdout = done(&["import", first, "--cluster-from", &outside.addr()]);
    assert!(stdout.contains("*** Importing 50 keys from DB 0"), "{stdout}");
    assert_eq!(outside.call(&["DBSIZE"]).as_int(), Some(0));
    assert!(done(&["info", first]).contains("[OK] 50 keys in 3 masters."));
    let (code, _, stderr) = manage(&["import", first]);
    assert!(code == 1 && stderr.contains("--cluster-from"), "{stderr}");

    let folder = tempfile::tempdir().unwrap();
    let stdout = done(&["backup", first, folder.path().to_str().unwrap()]);
    assert!(stdout.contains("[OK] Backup created into:"), "{stdout}");
    let described = std::fs::read_to_string(folder.path().join("nodes.json")).unwrap();
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!(described.as_array().unwrap().len(), 3);
    let snapshots = std::fs::read_dir(folder.path()).unwrap().flatten();
    let snapshots = snapshots.filter(|entry| entry.file_name().to_string_lossy().ends_with(".rdb"));
    let whole = snapshots.filter(|entry| std::fs::read(entry.path()).unwrap().starts_with(b"REDIS00"));
    assert_eq!(whole.count(), 3);
}

#[test]
fn what_makes_no_cluster() {
    let Some(all) = servers(3) else { return };
    let Some(plain) = Server::peer(Program::Redis, &[]) else { return };
    same(&["create", &all[0].addr(), &all[1].addr()]);
    same(&["create", "nonsense"]);
    same(&["check", "nonsense"]);
    same(&["check", &plain.addr()]);
    same(&["check", "127.0.0.1:1"]);
    all[2].call(&["CLUSTER", "ADDSLOTS", "0"]);
    same(&["del-node", &all[2].addr(), "nosuch"]);
    let no = run(
        rtool(&["redis-cli", "--cluster", "create", &all[0].addr(), &all[1].addr(), &all[2].addr()]),
        b"no\n",
    );
    assert_eq!(no.status.code(), Some(1));
    let (code, _, stderr) = manage(&["nosuch"]);
    assert!(code == 1 && stderr.contains("Unknown --cluster subcommand"), "{stderr}");
    let own = run(rtool(&["cli", "--cluster", "nosuch"]), b"");
    assert_eq!(own.status.code(), Some(2));
}
