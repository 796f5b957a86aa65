//! `rtool keys` on every make of server: what it deletes comes back whole, with its time to live.

use std::process::Output;

use rtool::resp::value::Value;
use tempfile::TempDir;

use crate::cli_vs_redis::run;
use crate::harness::{Program, Server, rtool};

const MAKES: [Program; 4] = [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey];

fn fill(server: &Server) {
    for at in 0..300 {
        server.call(&["SET", &format!("session:{at}"), &format!("value {at}")]);
    }
    server.call(&["PEXPIRE", "session:7", "100000"]);
    server.call(&["RPUSH", "session:list", "a", "b\u{1}"]);
    server.call(&["SET", "other", "1"]);
}

fn keys(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = rtool(&[&["keys"], args].concat());
    command.current_dir(folder.path());
    run(command, b"")
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn size(server: &Server) -> i64 {
    server.call(&["DBSIZE"]).as_int().unwrap()
}

#[test]
fn what_is_deleted_comes_back() {
    for program in MAKES {
        let Some(server) = Server::peer(program, &[]) else { continue };
        fill(&server);
        let digest = server.call(&["DUMP", "session:list"]);
        let (folder, on) = (tempfile::tempdir().unwrap(), server.addr());
        let (code, stdout, stderr) = said(&keys(&folder, &["delete", "session:*", "--on", &on, "--dry-run"]));
        assert_eq!((code, stdout.as_str()), (0, "301 keys would be changed (delete)\n"), "{stderr}");
        let (code, _, stderr) = said(&keys(&folder, &["delete", "session:*", "--on", &on]));
        assert!(code == 6 && stderr.contains("--yes"), "nobody is there to say yes: {stderr}");
        assert_eq!((size(&server), std::fs::read_dir(folder.path()).unwrap().count()), (302, 0));
        let delete = ["delete", "session:*", "--on", &on, "--yes", "--rate", "0"];
        let (code, stdout, stderr) = said(&keys(&folder, &delete));
        assert_eq!((code, stdout.as_str()), (0, "301 done, 0 failed, 0 were gone (delete)\n"), "{stderr}");
        assert_eq!(size(&server), 1);
        let (code, _, stderr) = said(&keys(&folder, &delete));
        assert!(code == 2 && stderr.contains("exists already"), "the undo file is kept: {stderr}");
        server.call(&["SET", "session:1", "newer"]);
        let (code, stdout, _) = said(&keys(&folder, &["restore", "rtool-undo.resp", "--on", &on]));
        assert_eq!((code, stdout.as_str()), (5, "300 keys restored, 1 failed\n"), "{program:?}");
        assert_eq!(server.call(&["GET", "session:1"]).as_str(), Some("newer"));
        assert_eq!(server.call(&["DUMP", "session:list"]), digest, "{program:?}");
        let ttl = server.call(&["PTTL", "session:7"]).as_int().unwrap();
        assert!((1..=100_000).contains(&ttl), "{ttl}");
    }
}

#[test]
fn times_to_live_are_given_and_taken_back() {
    let Some(server) = Server::peer(Program::Redis, &[]) else { return };
    fill(&server);
    let (folder, on) = (tempfile::tempdir().unwrap(), server.addr());
    let (code, stdout, _) =
        said(&keys(&folder, &["expire", "session:*", "--seconds", "50", "--on", &on, "--yes", "--json"]));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &report["done"], &report["undo"]), (0, &301.into(), &"rtool-undo.resp".into()));
    assert!(server.call(&["TTL", "session:9"]).as_int().unwrap() > 0);
    assert_eq!(server.call(&["TTL", "other"]).as_int(), Some(-1));
    assert_eq!(said(&keys(&folder, &["restore", "rtool-undo.resp", "--on", &on])).0, 0);
    assert_eq!(server.call(&["TTL", "session:9"]).as_int(), Some(-1));
    assert!(server.call(&["PTTL", "session:7"]).as_int().unwrap() > 50_000);
}

#[test]
fn copies_keep_what_is_there() {
    let Some(server) = Server::peer(Program::Redis, &[]) else { return };
    let other = Server::start(Program::Rtool, &[]);
    fill(&server);
    other.call(&["SET", "session:3", "there before"]);
    let (folder, on, to) = (tempfile::tempdir().unwrap(), server.addr(), other.addr());
    let copy = ["copy", "session:*", "--on", &on, "--to", &to, "--yes", "--rate", "0"];
    let (code, stdout, _) = said(&keys(&folder, &copy));
    assert_eq!((code, stdout.as_str()), (5, &*format!("300 done, 1 failed, 0 were gone (copy to {to})\n")));
    assert_eq!(other.call(&["GET", "session:3"]).as_str(), Some("there before"));
    assert_eq!(said(&keys(&folder, &[&copy[..], &["--replace"]].concat())).0, 0);
    assert_eq!(other.call(&["GET", "session:3"]).as_str(), Some("value 3"));
    assert_eq!(size(&server), 302, "nothing is lost here");
}

#[test]
fn only_keys_of_a_type() {
    let Some(server) = Server::peer(Program::Redis, &[]) else { return };
    fill(&server);
    let (folder, on) = (tempfile::tempdir().unwrap(), server.addr());
    let delete = ["delete", "*", "--type", "list", "--on", &on, "--yes", "--no-undo"];
    assert_eq!(said(&keys(&folder, &delete)).1, "1 done, 0 failed, 0 were gone (delete)\n");
    assert_eq!((size(&server), std::fs::read_dir(folder.path()).unwrap().count()), (301, 0));
    assert_eq!(server.call(&["EXISTS", "session:list"]), Value::Int(0));
    assert_eq!(said(&keys(&folder, &["delete", "*", "--on", "127.0.0.1:1", "--yes"])).0, 3);
    assert_eq!(said(&keys(&folder, &["restore", "/etc/passwd", "--on", &on])).0, 1);
}
