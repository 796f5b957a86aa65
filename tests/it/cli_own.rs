//! `rtool cli`: what it does better than redis-cli. Each test says what redis-cli does in its place, and shows
//! it where that is cheap; `cli_vs_redis` holds that the strict face does the same as redis-cli.

use std::process::Command;

use serde_json::{Value as Json, json};

use crate::cli_vs_redis::{redis, redis_cli, run, run_on_data};
use crate::harness::{Server, rtool};

fn ours(args: &[&str]) -> Command {
    rtool(&[&["cli"], args].concat())
}

/// Ours alone: exit code, standard output, standard error.
fn ours_alone(server: &Server, args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let port = server.port().to_string();
    let output = run_on_data(server, ours(&[&["-p", &port], args].concat()), stdin);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// redis-cli says the same and then sends the command all the same: to database 0, as nobody.
#[test]
fn nothing_is_sent_after_a_refusal() {
    let Some(server) = redis(&[]) else { return };
    let (code, stdout, stderr) = ours_alone(&server, &["-n", "99", "SET", "stray", "1"], b"");
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (1, "", "SELECT 99 failed: ERR DB index is out of range\n")
    );
    let port = server.port().to_string();
    let theirs = run(redis_cli(&["-p", &port, "-n", "99", "SET", "stray", "2"]), b"");
    assert_eq!(theirs.status.code(), Some(0), "redis-cli writes to database 0");
    assert_eq!(server.call(&["DEL", "stray"]).as_int(), Some(1));
    assert!(server.call(&["GET", "stray"]).is_null());
    let (code, stdout, stderr) =
        ours_alone(&server, &["--no-auth-warning", "--user", "nobody", "-a", "x", "PING"], b"");
    assert_eq!((code, stdout.as_str()), (4, ""));
    assert!(stderr.starts_with("AUTH failed: WRONGPASS"), "{stderr}");
    let (code, stdout, _) = ours_alone(&server, &["-n", "99"], b"PING\nPING\n");
    assert_eq!((code, stdout.as_str()), (1, ""));
}

/// redis-cli ends with 0, and the error is on standard output.
#[test]
fn errors_have_a_code_and_a_stream() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["ACL", "SETUSER", "weak", "on", "nopass", "+get", "~*"]);
    let (code, stdout, stderr) = ours_alone(&server, &["LPUSH", "s", "x"], b"");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("WRONGTYPE "), "{stderr}");
    let weak = ["--user", "weak", "-a", "any", "--no-auth-warning", "SET", "k", "v"];
    assert_eq!(ours_alone(&server, &weak, b"").0, 4, "no right to the command");
    let output = run(ours(&["-p", "1", "PING"]), b"");
    assert_eq!(output.status.code(), Some(3), "nobody there");
}

/// Documents on standard output, or a panic that shows what was there instead.
fn documents(output: &str) -> Vec<Json> {
    let parsed = output.lines().map(|line| serde_json::from_str(line).map_err(|_| line));
    parsed.collect::<Result<_, _>>().unwrap_or_else(|line| panic!("no JSON: {line}"))
}

/// redis-cli prints `error:"..."`, INFO as text, bytes as they are and `inf` bare.
#[test]
fn json_is_always_json() {
    let Some(server) = redis(&[]) else { return };
    let json = |words: &[&str]| {
        let (code, stdout, stderr) = ours_alone(&server, &[&["--json"], words].concat(), b"");
        assert_eq!(stderr, "", "{words:?}");
        (code, documents(&stdout).pop().unwrap())
    };
    let (code, error) = json(&["LPUSH", "s", "x"]);
    assert_eq!((code, &error["error"]["code"]), (1, &json!("WRONGTYPE")));
    let (_, info) = json(&["INFO"]);
    assert_eq!(info["server"]["tcp_port"], json!(server.port()));
    assert_eq!(info["keyspace"]["db0"]["expires"], json!(0));
    let (_, clients) = json(&["CLIENT", "LIST"]);
    let commands: Vec<&Json> = clients.as_array().unwrap().iter().map(|client| &client["cmd"]).collect();
    assert!(commands.contains(&&json!("client|list")), "{commands:?}");
    let (_, bytes) = json(&["EVAL", "return '\\255\\0'", "0"]);
    assert_eq!(bytes, json!({ "$b64": "/wA=" }));
    assert_eq!(json(&["DEBUG", "PROTOCOL", "double"]).1.to_string(), "3.141");
    let (_, scores) = json(&["ZRANGE", "z", "0", "-1", "WITHSCORES"]);
    assert_eq!(scores, json!([["a", 1.5], ["b", "inf"]]));
    let (_, big, _) = ours_alone(&server, &["--json", "DEBUG", "PROTOCOL", "bignum"], b"");
    assert_eq!(big, "1234567999999999999999999999999999999\n");
    for words in
        [&["--scan"][..], &["--bigkeys"], &["--memkeys"], &["--keystats"], &["--latency", "-i", "0.1"]]
    {
        let (code, stdout, _) = ours_alone(&server, &[&["--json"], words].concat(), b"");
        assert_eq!(code, 0, "{words:?}");
        assert!(!documents(&stdout).is_empty(), "{words:?}");
    }
}

/// redis-cli goes on and ends with 0, with -e or without.
#[test]
fn a_script_stops_at_the_first_error() {
    let Some(server) = redis(&[]) else { return };
    let script = b"PING\nNOSUCH\nPING\n";
    let (code, stdout, stderr) = ours_alone(&server, &[], script);
    assert_eq!((code, stdout.as_str()), (1, "PONG\n"));
    assert!(stderr.starts_with("ERR unknown command"), "{stderr}");
    assert!(stderr.contains("standard input:2:"), "{stderr}");
    let (code, stdout, stderr) = ours_alone(&server, &["--keep-going"], script);
    assert_eq!((code, stdout.as_str()), (5, "PONG\nPONG\n"));
    assert!(stderr.starts_with("ERR unknown command"), "{stderr}");
    let (code, ..) = ours_alone(&server, &["-p", "1"], b"PING\n");
    assert_eq!(code, 3);
}

/// redis-cli ends at both with an error of its own.
#[test]
fn big_numbers_and_attributes_are_shown() {
    let Some(server) = redis(&[]) else { return };
    let big = ours_alone(&server, &["-3", "--no-raw", "DEBUG", "PROTOCOL", "bignum"], b"");
    assert_eq!(big.1, "(big number) 1234567999999999999999999999999999999\n");
    let attribute = ours_alone(&server, &["-3", "--no-raw", "DEBUG", "PROTOCOL", "attrib"], b"");
    assert_eq!((attribute.0, attribute.2.as_str()), (0, ""));
    assert!(attribute.1.contains("Some real reply following the attribute"), "{}", attribute.1);
}

#[test]
fn wrong_options_are_code_2() {
    let Some(server) = redis(&[]) else { return };
    for args in
        [&["-p", "abc", "PING"][..], &["-2", "-3", "PING"], &["-u", "http://h", "PING"], &["--nosuch"]]
    {
        let (code, stdout, stderr) = ours_alone(&server, args, b"");
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(!stderr.is_empty(), "{args:?}");
    }
}

/// Profiles and names in files of their own.
struct Names {
    folder: tempfile::TempDir,
}

impl Names {
    fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = server.port();
        let profiles = format!(
            "[profile.prod]\naddress = [\"127.0.0.1:1\", \"127.0.0.1:{port}\"]\nenv = \"prod\"\ndb = 2\n\
             password = {{ command = \"echo geheim\" }}\n[profile.look]\naddress = \"127.0.0.1:{port}\"\n\
             read-only = true\npassword = {{ env = \"LOOK\" }}\n"
        );
        std::fs::write(folder.path().join("config.toml"), profiles).unwrap();
        let topology = format!(
            "[group.staging]\nnodes = [{{ addr = \"127.0.0.1:{port}\", name = \"first\" }}]\n\
             password = {{ command = \"echo geheim\" }}\n"
        );
        std::fs::write(folder.path().join("rtool.toml"), topology).unwrap();
        Self { folder }
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = rtool(args);
        command.env("RTOOL_CONFIG", self.folder.path().join("config.toml")).env("LOOK", "geheim");
        let output = run(command_in(command, self.folder.path()), b"");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

fn command_in(mut command: Command, folder: &std::path::Path) -> Command {
    command.current_dir(folder);
    command
}

/// redis-cli has no names at all.
#[test]
fn servers_have_names() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let names = Names::new(&server);
    assert_eq!(server.call(&["AUTH", "geheim"]).error(), None);
    let (code, stdout, stderr) = names.run(&["cli", "prod", "SET", "k", "v"]);
    assert_eq!((code, stdout.as_str()), (0, "OK\n"), "the second address answers: {stderr}");
    assert_eq!(names.run(&["cli", "@prod", "GET", "k"]).1, "v\n", "the same database");
    for name in ["staging", "first", "staging/first"] {
        assert_eq!(names.run(&["cli", name, "PING"]).1, "PONG\n", "{name}");
    }
    let (code, _, stderr) = names.run(&["cli", "@nosuch", "PING"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("prod"), "the names there are: {stderr}");
    let (code, stdout, _) = names.run(&["profile", "list"]);
    assert!(code == 0 && stdout.contains("prod") && stdout.contains("look"), "{stdout}");
    let (code, stdout, _) = names.run(&["profile", "show", "prod"]);
    assert!(
        code == 0 && stdout.contains("command echo geheim") && stdout.contains("127.0.0.1:1"),
        "{stdout}"
    );
    let (code, stdout, stderr) = names.run(&["profile", "test", "prod"]);
    assert!(code == 0 && stdout.contains("master"), "{stdout}{stderr}");
    assert_eq!(names.run(&["profile", "show", "nosuch"]).0, 2);
}

/// redis-cli has no guard at all.
#[test]
fn a_script_does_not_hang_and_does_not_destroy_production() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let names = Names::new(&server);
    assert_eq!(server.call(&["AUTH", "geheim"]).error(), None);
    names.run(&["cli", "prod", "SET", "k", "v"]);
    let (code, _, stderr) = names.run(&["cli", "prod", "FLUSHALL"]);
    assert_eq!(code, 6, "declined");
    assert!(stderr.contains("--yes"), "{stderr}");
    assert_eq!(names.run(&["cli", "prod", "GET", "k"]).1, "v\n");
    assert_eq!(names.run(&["cli", "--yes", "prod", "FLUSHALL"]).0, 0);
    assert_eq!(names.run(&["cli", "prod", "GET", "k"]).1, "\n");
    let (code, _, stderr) = names.run(&["cli", "look", "SET", "k", "v"]);
    assert_eq!(code, 6);
    assert!(stderr.contains("read-only"), "{stderr}");
    assert_eq!(names.run(&["cli", "look", "EVAL", "return 1", "0"]).0, 6);
    assert_eq!(names.run(&["cli", "look", "GET", "k"]).0, 0);
}

/// Only a program that is a server as well can do this.
#[test]
fn a_private_server_and_a_snapshot_without_one() {
    let Some(server) = redis(&[]) else { return };
    let (code, stdout, stderr) = ours_alone_without_server(&["--scratch"], b"SET k v\nDBSIZE\n");
    assert_eq!((code, stdout.as_str()), (0, "OK\n1\n"), "{stderr}");
    server.call(&["SET", "saved", "1"]);
    server.call(&["SAVE"]);
    let snapshot = server.dir().join("dump.rdb");
    let before = std::fs::read(&snapshot).unwrap();
    let open = ["--open", snapshot.to_str().unwrap()];
    let (code, stdout, stderr) = ours_alone_without_server(&open, b"GET saved\nFLUSHALL\nSAVE\n");
    assert_eq!((code, stdout.as_str()), (0, "1\nOK\nOK\n"), "{stderr}");
    assert_eq!(std::fs::read(&snapshot).unwrap(), before, "the snapshot is as it was");
    let (code, ..) = ours_alone_without_server(&["--open", "/nonexistent"], b"PING\n");
    assert_eq!(code, 2);
    let (code, _, stderr) = ours_alone_without_server(&["--open", "/etc/passwd"], b"PING\n");
    assert_eq!(code, 1);
    assert!(stderr.contains("scratch server ended"), "{stderr}");
}

/// With a password for other servers in the environment, as the README's tour has it.
fn ours_alone_without_server(args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut command = ours(args);
    command.env("REDISCLI_AUTH", "for other servers");
    let output = run(command, stdin);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn replies_as_tables() {
    let Some(server) = redis(&[]) else { return };
    let (_, stdout, _) = ours_alone(&server, &["-o", "table", "HGETALL", "h"], b"");
    assert_eq!(stdout, "field  value\nf      1\ng      two words\n(2 rows)\n");
    let (_, stdout, _) = ours_alone(&server, &["-o", "vertical", "XRANGE", "x", "-", "+"], b"");
    assert_eq!(stdout, "--- 1 of 1\n   id  1-1\nfield  value\n");
    let (_, stdout, _) = ours_alone(&server, &["-o", "table", "GET", "n"], b"");
    assert_eq!(stdout, "\"41\"\n", "what has no rows stays as it is");
}

#[test]
fn passwords_from_where_nobody_looks() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let port = server.port().to_string();
    let by_command = ["cli", "-p", &port, "--pass-command", "echo geheim; echo more", "PING"];
    assert_eq!(run(rtool(&by_command), b"").stdout, b"PONG\n");
    let by_descriptor =
        format!("exec {} cli -p {port} --pass-fd 5 PING 5<<'.'\ngeheim\n.", env!("CARGO_BIN_EXE_rtool"));
    let output = Command::new("sh").args(["-c", &by_descriptor]).output().unwrap();
    assert_eq!(output.stdout, b"PONG\n", "{}", String::from_utf8_lossy(&output.stderr));
    let failing = run(rtool(&["cli", "-p", &port, "--pass-command", "exit 1", "PING"]), b"");
    assert_eq!(failing.status.code(), Some(2));
}
