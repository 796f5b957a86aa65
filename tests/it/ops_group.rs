//! A group of servers for the tests of the operator commands, and the commands' outcome. Every outcome
//! is searched for the password, whatever the test is about.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::harness::{Client, Program, Server, leave_out, ok, rtool, wait_until};

/// The password of every server here; it must never be seen in an output.
pub const PASSWORD: &str = "correct-horse-battery";

/// The programs that these tests run a group of.
pub const PROGRAMS: [Program; 4] = [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey];

/// Runs a test on a group of ours and on a group of the distribution's servers.
pub fn both(test: impl Fn(Program)) {
    [Program::Rtool, Program::Redis].into_iter().filter(|program| installed(*program)).for_each(test);
}

/// How a command ended.
pub struct Outcome {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Outcome {
    /// Checks for secrets and takes the texts.
    pub fn of(output: Output) -> Outcome {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let outcome = Outcome {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!outcome.all().contains(PASSWORD), "a password is shown:\n{}", outcome.all());
        outcome
    }

    /// Everything printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// The same outcome, if the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Outcome {
        assert_eq!(self.code, code, "\n{}", self.all());
        self
    }

    /// The same outcome, if these words were printed.
    #[track_caller]
    pub fn says(self, words: &str) -> Outcome {
        assert!(self.all().contains(words), "nothing about \"{words}\":\n{}", self.all());
        self
    }

    /// The JSON document on standard output.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.all()))
    }
}

/// Runs an operator command that knows the password.
pub fn ops(args: &[&str]) -> Outcome {
    Outcome::of(rtool(args).env("RTOOL_PASSWORD", PASSWORD).output().unwrap())
}

/// Can this program be run here? If not, the test is left out.
pub fn installed(program: Program) -> bool {
    if program.is_installed() {
        return true;
    }
    leave_out(&format!("{} is not installed", program.name()));
    false
}

/// A server with a configuration file of its own and a password.
pub fn server(program: Program, config: &str) -> Server {
    server_in(program, TempDir::with_prefix("rtool-ops-").unwrap(), config)
}

/// The same in a folder prepared by the test.
pub fn server_in(program: Program, dir: TempDir, config: &str) -> Server {
    let file = dir.path().join("server.conf");
    std::fs::write(&file, format!("{config}\n")).unwrap();
    let file = file.display().to_string();
    let server = Server::start_in(program, dir, &[&file]);
    assert_eq!(server.call(&["CONFIG", "SET", "requirepass", PASSWORD]), ok());
    server
}

/// Its configuration file.
pub fn config_file(server: &Server) -> PathBuf {
    server.dir().join("server.conf")
}

/// A command on a server, logged in.
pub fn call(server: &Server, args: &[&str]) -> rtool::resp::value::Value {
    server.call(&["AUTH", PASSWORD]);
    server.call(args)
}

/// A connection of its own, logged in.
pub fn logged_in(port: u16) -> Option<Client> {
    let mut client = Client::connect(port).ok()?;
    (client.try_call(&["AUTH", PASSWORD]).ok()? == ok()).then_some(client)
}

/// A field of INFO, logged in.
pub fn info(server: &Server, field: &str) -> String {
    server.call(&["AUTH", PASSWORD]);
    server.info(field)
}

/// A master with a key and replicas that follow it, all in sync.
pub fn group(program: Program, replicas: usize) -> Vec<Server> {
    let servers: Vec<Server> = (0..=replicas).map(|_| server(program, "")).collect();
    let (master, followers) = servers.split_first().unwrap();
    for follower in followers {
        call(follower, &["CONFIG", "SET", "masterauth", PASSWORD]);
        let port = master.port().to_string();
        assert_eq!(call(follower, &["REPLICAOF", "127.0.0.1", &port]), ok());
    }
    assert_eq!(call(master, &["SET", "first", "1"]), ok());
    for follower in followers {
        wait_until("the link is up", || info(follower, "master_link_status") == "up");
        wait_until("the offsets meet", || {
            info(follower, "slave_repl_offset") == info(master, "master_repl_offset")
        });
    }
    servers
}

/// The commands that change something and were called on this server since it started.
pub fn writes_seen(server: &Server) -> Vec<String> {
    const WRITES: [&str; 6] = ["replicaof", "slaveof", "config|rewrite", "set", "del", "debug"];
    WRITES
        .iter()
        .filter(|name| !info(server, &format!("cmdstat_{name}")).is_empty())
        .map(ToString::to_string)
        .collect()
}
