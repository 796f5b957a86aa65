//! `rename-command`: the new name works, the old one is unknown, and files and streams with either in
//! them are read.

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, wait_until};

const RENAMED: &[&str] = &[
    "--rename-command",
    "SET",
    "Put",
    "--rename-command",
    "FLUSHALL",
    "",
    "--rename-command",
    "client",
    "peers",
    "--rename-command",
    "PEXPIREAT",
    "",
];

fn is_unknown(reply: &Value) -> bool {
    reply.error().is_some_and(|line| line.starts_with("ERR unknown command"))
}

#[test]
fn only_the_new_name_is_known() {
    let server = Server::start(Program::Rtool, RENAMED);
    for old in [&["SET", "k", "v"][..], &["flushall"], &["CLIENT", "ID"]] {
        assert!(is_unknown(&server.call(old)), "{old:?}");
    }
    assert_eq!(server.call(&["PUT", "k", "v"]), ok());
    assert!(server.call(&["PEERS", "ID"]).as_int().is_some());
    let mut client = server.connect();
    assert_eq!(client.call(&["MULTI"]), ok());
    assert!(is_unknown(&client.call(&["SET", "k", "w"])));
    assert!(client.call(&["EXEC"]).error().is_some_and(|line| line.starts_with("EXECABORT")));
    assert_eq!(server.call(&["GET", "k"]), bulk("v"));
}

#[test]
fn command_speaks_of_commands_by_their_own_names() {
    let server = Server::start(Program::Rtool, RENAMED);
    let plain = Server::start(Program::Rtool, &[]);
    let count = |server: &Server| server.call(&["COMMAND", "COUNT"]).as_int().unwrap_or_default();
    assert_eq!(count(&server), count(&plain) - 2);
    let listed = server.call(&["COMMAND", "LIST", "FILTERBY", "PATTERN", "flush*"]);
    assert_eq!(listed, Value::Array(vec![bulk("flushdb")]));
    let info = server.call(&["COMMAND", "INFO", "put", "set", "peers|id"]);
    let names: Vec<_> =
        info.as_list().unwrap_or_default().iter().map(|one| one.as_list().map(|l| l[0].clone())).collect();
    assert_eq!(names, [Some(bulk("set")), None, Some(bulk("client|id"))]);
    assert_eq!(server.call(&["COMMAND", "GETKEYS", "PUT", "k", "v"]), Value::Array(vec![bulk("k")]));
    server.call(&["PUT", "k", "v"]);
    assert!(server.info("cmdstat_set").starts_with("calls=1"));
}

#[test]
fn the_append_only_file_and_replicas_know_both_names() {
    let mut settings = RENAMED.to_vec();
    settings.extend(["--appendonly", "yes", "--appendfsync", "always"]);
    let mut server = Server::start(Program::Rtool, &settings);
    let replica = Server::start(Program::Rtool, RENAMED);
    replica.call(&["REPLICAOF", "127.0.0.1", &server.port().to_string()]);
    wait_until("the link is up", || replica.info("master_link_status") == "up");
    server.call(&["PUT", "k", "v", "EX", "10000"]);
    server.call(&["EXPIRE", "k", "5000"]);
    wait_until("the key has arrived", || replica.call(&["TTL", "k"]).as_int().is_some_and(|ttl| ttl > 4000));
    server.kill();
    server.start_again();
    assert_eq!(server.call(&["GET", "k"]), bulk("v"));
    assert!(server.call(&["TTL", "k"]).as_int().is_some_and(|ttl| (4000..=5000).contains(&ttl)));
}
