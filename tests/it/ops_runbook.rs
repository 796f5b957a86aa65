//! The runbook of the README, line by line, on a group of real servers in the place of its addresses.

use std::path::Path;

use rtool::resp::value::Value;

use crate::harness::{Server, ok, rtool, wait_until};
use crate::ops_group::{Outcome, PASSWORD, both, call, group, info};

/// The commands below `sh runbook: WHEN`.
fn commands(when: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let begin = format!("```sh runbook: {when}\n");
    let block = readme.split_once(&begin).unwrap_or_else(|| panic!("no runbook for {when}")).1;
    let block = block.split_once("```").unwrap().0;
    block.lines().map(str::to_owned).collect()
}

/// Types the lines of a part of the runbook; each ends in one of these codes.
fn follow(when: &str, servers: &[Server], topology: &str, codes: &[i32]) {
    let lines = commands(when);
    assert_eq!(lines.len(), codes.len(), "{lines:?}");
    for (line, code) in lines.iter().zip(codes) {
        let mut words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
        for (number, server) in servers.iter().enumerate() {
            let address = format!("10.8.0.{}:6379", number + 1);
            words.iter_mut().filter(|word| **word == address).for_each(|word| *word = server.addr());
        }
        let reads = ["status", "topology", "verify", "check"].contains(&words[0].as_str());
        if !reads {
            words.push("--yes".to_owned());
        }
        words.extend(["--topology".to_owned(), topology.to_owned()]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = rtool(&words);
        // Copies go to the user's state folder.
        command.env("STAGING_REDIS_PASSWORD", PASSWORD).env("XDG_STATE_HOME", servers[1].dir());
        let outcome = Outcome::of(command.output().unwrap());
        assert_eq!(outcome.code, *code, "{line}\n{}", outcome.all());
    }
}

#[test]
fn every_line_of_the_runbook_does_what_it_says() {
    both(|program| {
        let mut servers = group(program, 2);
        for server in &servers {
            call(server, &["CONFIG", "SET", "masterauth", PASSWORD]);
            assert_eq!(call(server, &["CONFIG", "REWRITE"]), ok());
        }
        // Among equals the topology file decides: the README's second node takes over.
        let nodes: Vec<String> = servers
            .iter()
            .zip([3, 1, 2])
            .map(|(server, priority)| format!("{{ addr = \"{}\", priority = {priority} }}", server.addr()))
            .collect();
        let text = format!(
            "[group.staging]\nnodes = [{}]\npassword = {{ env = \"STAGING_REDIS_PASSWORD\" }}\n",
            nodes.join(", ")
        );
        let file = servers[2].dir().join("rtool.toml");
        std::fs::write(&file, text).unwrap();
        let topology = file.display().to_string();

        wait_until("a snapshot is saved", || call(&servers[0], &["SAVE"]) == ok());
        servers[0].kill();
        for replica in &servers[1..] {
            wait_until("the replica notices", || info(replica, "master_link_status") == "down");
        }
        follow("10.8.0.1 is dead", &servers, &topology, &[10, 0, 0]);
        assert_eq!(info(&servers[1], "role"), "master");
        assert_eq!(call(&servers[1], &["SET", "meanwhile", "1"]), ok());

        servers[0].start_again();
        call(&servers[0], &["SET", "alone", "1"]);
        follow("10.8.0.1 is back", &servers, &topology, &[10, 0, 0, 0]);
        assert_eq!(info(&servers[0], "role"), "master");
        assert_eq!(call(&servers[0], &["EXISTS", "meanwhile", "alone"]), Value::Int(1));

        assert_eq!(call(&servers[2], &["REPLICAOF", "NO", "ONE"]), ok());
        call(&servers[2], &["SET", "second", "1"]);
        follow("10.8.0.3 is a second master", &servers, &topology, &[10, 0, 0, 0]);
        assert_eq!(info(&servers[2], "master_port"), servers[0].port().to_string());
        assert_eq!(
            call(&servers[2], &["CONFIG", "GET", "min-replicas-to-write"]).as_list().unwrap()[1].as_str(),
            Some("0")
        );
    });
}
