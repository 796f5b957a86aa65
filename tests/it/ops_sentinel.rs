//! A real Sentinel that watches groups: it fails ours over, and the operator commands keep out of its way.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::{Client, Program, free_port, leave_out, ok, wait_until};
use crate::ops_group::{PASSWORD, both, call, group, info, ops};

/// A Sentinel of the distribution's Redis, alone in its opinion.
struct Sentinel {
    child: Child,
    port: u16,
    _dir: TempDir,
}

impl Sentinel {
    /// Starts one that watches the group of this master.
    fn watch(master: u16) -> Option<Sentinel> {
        let Some(program) = Program::Redis.command().ok().and_then(|words| words.into_iter().next()) else {
            leave_out("redis-server is not installed");
            return None;
        };
        let dir = TempDir::with_prefix("rtool-ops-").unwrap();
        let port = free_port();
        let text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor g 127.0.0.1 {master} 1\n\
             sentinel auth-pass g {PASSWORD}\nsentinel down-after-milliseconds g 1000\n\
             sentinel failover-timeout g 5000\n",
            dir.path().display()
        );
        let file = dir.path().join("sentinel.conf");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(program);
        command.arg(&file).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let sentinel = Sentinel { child: command.spawn().unwrap(), port, _dir: dir };
        wait_until("the sentinel answers", || Client::connect(port).is_ok());
        Some(sentinel)
    }

    fn ask(&self, words: &[&str]) -> rtool::resp::value::Value {
        Client::connect(self.port).unwrap().call(words)
    }

    /// The port of the master that it knows.
    fn master(&self) -> String {
        let reply = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "g"]);
        reply.as_list().and_then(|parts| parts.get(1)?.as_str()).unwrap_or_default().to_owned()
    }

    fn knows_its_replica(&self) -> bool {
        self.ask(&["SENTINEL", "REPLICAS", "g"]).as_list().is_some_and(|replicas| !replicas.is_empty())
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_sentinel_fails_over_and_nobody_meddles() {
    both(|program| {
        let mut servers = group(program, 1);
        call(&servers[0], &["CONFIG", "SET", "masterauth", PASSWORD]);
        // It will come back with both passwords.
        assert_eq!(call(&servers[0], &["CONFIG", "REWRITE"]), ok());
        let Some(sentinel) = Sentinel::watch(servers[0].port()) else { return };
        wait_until("it knows the replica", || sentinel.knows_its_replica());
        wait_until("it listens to both", || {
            servers.iter().all(|server| {
                let reply = call(server, &["PUBSUB", "NUMSUB", "__sentinel__:hello"]);
                reply.as_list().is_some_and(|parts| parts[1].as_int() == Some(1))
            })
        });
        let (first, second) = (servers[0].addr(), servers[1].addr());
        for words in [
            &["switchover", "--to", &second, "--yes"][..],
            &["promote", &second, "--yes", "--even-if-master-alive"],
            &["fence", &first, "--yes"],
            &["repoint", &second, "--to", &first, "--yes"],
        ] {
            ops(words).exits(3).says("SENTINEL FAILOVER");
        }
        ops(&["check", "control", &first]).exits(0).says("watched by 1 Sentinel");
        ops(&["status", &first]).exits(0);
        servers[0].kill();
        let port = servers[1].port().to_string();
        wait_until("the sentinel fails over", || sentinel.master() == port);
        wait_until("the replica leads", || info(&servers[1], "role") == "master");
        assert_eq!(call(&servers[1], &["SET", "k", "v"]), ok());
        // When it turns the old master into a replica is between Sentinel's clocks and the machine's load.
        servers[0].start_again();
        assert_eq!(info(&servers[0], "role"), "master");
        ops(&["rejoin", &first, "--to", &second, "--yes"]).exits(3).says("SENTINEL FAILOVER");
    });
}
