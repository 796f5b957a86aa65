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
    let Some(server) = redis(&["--user", "weak on nopass +get ~*"]) else { return };
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
    assert_eq!(clients[0]["cmd"], json!("client|list"));
    let (_, bytes) = json(&["EVAL", "return '\\255\\0'", "0"]);
    assert_eq!(bytes, json!({ "$b64": "/wA=" }));
    assert_eq!(json(&["DEBUG", "PROTOCOL", "double"]).1, json!(3.141));
    let (_, scores) = json(&["ZRANGE", "z", "0", "-1", "WITHSCORES"]);
    assert_eq!(scores, json!([["a", 1.5], ["b", "inf"]]));
    let big = json(&["DEBUG", "PROTOCOL", "bignum"]).1;
    assert_eq!(big.to_string().len() > 20, true, "{big}");
    for words in [&["--scan"][..], &["--bigkeys"], &["--memkeys"], &["--keystats"], &["--latency", "-i", "0.1"]] {
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
