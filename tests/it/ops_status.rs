//! `rtool status` on groups of real servers: found from any member, problems named, exit codes.

use crate::harness::wait_until;
use crate::harness::{free_port, rtool};
use crate::ops_group::{Outcome, PASSWORD, PROGRAMS, both, call, group, info, installed, ops};

#[test]
fn a_healthy_group_is_found_from_any_member() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let servers = group(program, 2);
        for start in &servers {
            let document = ops(&["status", &start.addr(), "--json"]).exits(0).json();
            assert_eq!((&document["schema"], &document["healthy"]), (&1.into(), &true.into()));
            let nodes = document["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), 3, "{document:#}");
            for node in nodes {
                let master = node["addr"] == servers[0].addr();
                assert_eq!(node["role"], if master { "master" } else { "replica" });
                assert_eq!(node["link"], if master { serde_json::Value::Null } else { "up".into() });
                assert!(master || node["lag_bytes"].as_u64().is_some(), "{node:#}");
            }
        }
        let outcome = ops(&["status", &servers[2].addr()]).exits(0);
        assert_eq!(
            outcome.out.lines().filter(|line| line.contains("replica of")).count(),
            2,
            "{}",
            outcome.out
        );
    }
}

#[test]
fn a_dead_master_is_unhealthy_and_the_mend_is_a_promotion() {
    let Some(program) = PROGRAMS.into_iter().find(|program| installed(*program)) else { return };
    let mut servers = group(program, 1);
    servers[0].kill();
    wait_until("the replica notices", || info(&servers[1], "master_link_status") == "down");
    let replica = servers[1].addr();
    let outcome = ops(&["status", &replica]).exits(10).says("does not answer");
    outcome.says(&format!("mend: rtool promote {replica}"));
    let document = ops(&["status", &replica, "--json"]).exits(10).json();
    assert_eq!(document["healthy"], false);
}

#[test]
fn two_masters_are_a_problem() {
    both(|program| {
        let servers = group(program, 1);
        call(&servers[1], &["REPLICAOF", "NO", "ONE"]);
        ops(&["status", &servers[0].addr(), &servers[1].addr()]).exits(10).says("is a master, and so is");
    });
}

#[test]
fn nobody_there_is_unreachable() {
    let nobody = format!("127.0.0.1:{}", free_port());
    ops(&["status", &nobody]).exits(8).says("Connection refused");
    let document = ops(&["status", &nobody, "--json"]).exits(8).json();
    assert_eq!((&document["ok"], &document["error"]["kind"]), (&false.into(), &"unreachable".into()));
}

#[test]
fn a_wrong_password_is_no_death() {
    both(|program| {
        let servers = group(program, 1);
        let output = rtool(&["status", &servers[0].addr()]).env("RTOOL_PASSWORD", "wrong").output().unwrap();
        Outcome::of(output).exits(8).says("--password-env");
    });
}

#[test]
fn every_source_of_a_password_works() {
    both(|program| {
        let servers = group(program, 1);
        let folder = tempfile::tempdir().unwrap();
        let (addr, other) = (servers[0].addr(), servers[1].addr());
        let secret = folder.path().join("secret");
        std::fs::write(&secret, format!("{PASSWORD}\n")).unwrap();
        let secret = secret.display().to_string();
        let topology = folder.path().join("rtool.toml");
        let text = format!(
            "[group.one]\nnodes = [\"{addr}\", {{ addr = \"{other}\", name = \"b\" }}]\npassword = {{ file = \"{secret}\" }}\n"
        );
        std::fs::write(&topology, text).unwrap();
        let topology = topology.display().to_string();
        let status = |args: &[&str], variable: &str| {
            let words = [&["status"], args].concat();
            Outcome::of(rtool(&words).env(variable, PASSWORD).output().unwrap())
        };
        status(&[&addr], "REDISCLI_AUTH").exits(0);
        status(&[&addr, "--password-env", "MINE"], "MINE").exits(0);
        status(&[&addr, "--password-file", &secret], "NOTHING").exits(0);
        status(&["--topology", &topology], "NOTHING").exits(0).says("b (");
        status(&["one"], "NOTHING").exits(8);
        status(&["b", "--topology", &topology], "NOTHING").exits(0);
        status(&[&addr, "--password-file", "/no/such/file"], "NOTHING").exits(2);
    });
}
