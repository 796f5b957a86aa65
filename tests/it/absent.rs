//! What rtool does not have, a cluster and modules: clients that look for them read what a server of Redis
//! without them says.

use rtool::resp::Value;

use crate::harness::{Program, Server};

const COMMANDS: &[&str] = &[
    "CLUSTER INFO",
    "CLUSTER SLOTS",
    "CLUSTER SHARDS",
    "CLUSTER NODES",
    "CLUSTER KEYSLOT a",
    "CLUSTER COUNTKEYSINSLOT 1",
    "CLUSTER MYID",
    "CLUSTER",
    "ASKING",
    "READONLY",
    "READWRITE",
    "MODULE LIST",
    "MODULE UNLOAD none",
    "MODULE",
    "RESTORE-ASKING k 0 x",
];

fn words(reply: &Value) -> String {
    match reply {
        Value::Error(line) => String::from_utf8_lossy(line).into_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn no_cluster_and_no_modules_in_redis_words() {
    let allowed = ["--enable-module-command", "yes"];
    let Some(theirs) = Server::peer(Program::Redis, &allowed) else { return };
    let ours = Server::start(Program::Rtool, &allowed);
    for command in COMMANDS {
        let request: Vec<&str> = command.split(' ').collect();
        assert_eq!(words(&ours.call(&request)), words(&theirs.call(&request)), "{command}");
    }
}

#[test]
fn a_module_is_refused_in_words() {
    let ours = Server::start(Program::Rtool, &["--enable-module-command", "yes"]);
    let refused = ours.call(&["MODULE", "LOAD", "/tmp/none.so"]);
    assert!(words(&refused).contains("ERR Error loading the extension"), "{refused:?}");
    let ours = Server::start(Program::Rtool, &[]);
    let refused = ours.call(&["MODULE", "LOAD", "/tmp/none.so"]);
    assert!(words(&refused).contains("MODULE command not allowed"), "{refused:?}");
}
