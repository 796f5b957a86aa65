//! What runs instead of a command, beside redis-cli: `--scan`, `--bigkeys`, `--pipe` and the like. Modes that go on
//! for ever are looked at until they have shown what they show.

use std::process::Stdio;

use serde_json::{Value as Json, json};

use crate::cli_vs_redis::{redis, redis_cli, run};
use crate::harness::{Program, Server, rtool, wait_until};

/// Keys of every type, more than one SCAN looks at.
fn fill(server: &Server) {
    for at in 0..1200 {
        server.call(&["SET", &format!("string:{at}"), &"x".repeat(at % 50)]);
    }
    let big: &[&[&str]] = &[
        &["RPUSH", "list", "a", "b", "c"],
        &["SADD", "set", "a", "b"],
        &["HSET", "hash", "a", "1"],
        &["ZADD", "zset", "1", "a", "2", "b"],
        &["XADD", "stream", "1-1", "f", "v"],
        &["SET", "odd \n\u{1}", "x"],
    ];
    for command in big {
        assert_eq!(server.call(command).error(), None, "{command:?}");
    }
}

/// Waits until Redis has moved its keys into the table that they have grown into: the order of SCAN changes with it.
fn settle(server: &Server) {
    wait_until("the keys stand still", || {
        let stats = server.call(&["DEBUG", "HTSTATS", "0"]);
        !String::from_utf8_lossy(stats.as_bytes().unwrap_or_default()).contains("rehashing target")
    });
}

fn both(server: &Server, args: &[&str], stdin: &[u8]) {
    let port = server.port().to_string();
    let args = [&["-p", &port], args].concat();
    let theirs = run(redis_cli(&args), stdin);
    let ours = run(rtool(&[&["redis-cli"], args.as_slice()].concat()), stdin);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let shown =
        |output: &std::process::Output| (output.status.code(), text(&output.stdout), text(&output.stderr));
    assert_eq!(shown(&ours), shown(&theirs), "{args:?}");
}

#[test]
fn modes_that_look_at_every_key() {
    let Some(server) = redis(&["--maxmemory-policy", "allkeys-lfu"]) else { return };
    fill(&server);
    settle(&server);
    let table: &[&[&str]] = &[
        &["--scan"],
        &["--scan", "--no-raw"],
        &["--scan", "--pattern", "string:1?"],
        &["--scan", "--quoted-pattern", "\"odd*\""],
        &["--scan", "--quoted-pattern", "\"odd"],
        &["--scan", "--pattern", "nosuch"],
        &["--bigkeys", "-i", "0.01"],
        &["--memkeys", "-i", "0.01"],
        &["--memkeys-samples", "2", "-i", "0.01"],
        &["-n", "99", "--scan"],
        &["-p", "1", "--scan"],
    ];
    table.iter().for_each(|args| both(&server, args, b""));
    server.call(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    both(&server, &["--hotkeys"], b"");
}

#[test]
fn hot_keys_are_found() {
    let Some(server) = redis(&["--maxmemory-policy", "allkeys-lfu"]) else { return };
    fill(&server);
    (0..500).for_each(|_| drop(server.call(&["GET", "string:7"])));
    let port = server.port().to_string();
    let output = run(rtool(&["cli", "-p", &port, "--json", "--hotkeys"]), b"");
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["hottest"][0]["key"], json!("string:7"), "{found}");
    let output = run(rtool(&["redis-cli", "-p", &port, "--hotkeys"]), b"");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("keyname: \"string:7\"\n"), "{text}");
}

#[test]
fn commands_through_a_pipe() {
    let Some(server) = redis(&[]) else { return };
    let resp = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\nb\r\n*1\r\n$4\r\nPING\r\n";
    let table: &[&[u8]] = &[b"", b"PING\n", b"SET a 1\r\nGET a\r\nNOSUCH\r\nGET a", resp, b"PING\n\n\nPING"];
    table.iter().for_each(|input| both(&server, &["--pipe"], input));
    both(&server, &["--pipe", "-p", "1"], b"PING\n");
    let many: Vec<u8> = (0..50_000).flat_map(|at| format!("SET key:{at} {at}\n").into_bytes()).collect();
    both(&server, &["--pipe"], &many);
    assert_eq!(server.call(&["DBSIZE"]).as_int(), Some(50_002));
}

/// redis-cli says neither which command failed nor how to go on.
#[test]
fn a_pipe_names_the_command_that_failed() {
    let Some(server) = redis(&[]) else { return };
    let port = server.port().to_string();
    let ours = |args: &[&str], input: &[u8]| {
        let output = run(rtool(&[&["cli", "-p", &port, "--pipe"], args].concat()), input);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let input = b"INCR n\nNOSUCH\n\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\nLPUSH n x\n";
    let (code, stdout, stderr) = ours(&[], input);
    assert_eq!((code, stdout.as_str()), (5, "errors: 2, replies: 4\n"), "{stderr}");
    assert!(stderr.contains("command 2, line 2: ERR unknown command"), "{stderr}");
    assert!(stderr.contains("command 4, line 9: WRONGTYPE"), "{stderr}");
    let (code, stdout, _) = ours(&["--pipe-skip", "2", "--json"], b"INCR n\nINCR n\nINCR n\n");
    assert_eq!((code, stdout.as_str()), (0, "{\"errors\":0,\"replies\":1}\n"));
    assert_eq!(server.call(&["GET", "n"]).as_str(), Some("3"));
}

#[test]
fn snapshots_are_whole() {
    for program in [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey] {
        let Some(server) = Server::peer(program, &[]) else { continue };
        fill(&server);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copy.rdb");
        let (port, name) = (server.port().to_string(), file.to_str().unwrap().to_owned());
        let output = run(rtool(&["cli", "-p", &port, "--rdb", &name]), b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let to_stdout = run(rtool(&["cli", "-p", &port, "--rdb", "-"]), b"");
        assert!(to_stdout.stdout.starts_with(b"REDIS00"), "{program:?}");
        let dir = folder.path().to_str().unwrap();
        let copy = Server::start(Program::Rtool, &["--dir", dir, "--dbfilename", "copy.rdb"]);
        assert_eq!(copy.call(&["DBSIZE"]), server.call(&["DBSIZE"]), "{program:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}

#[test]
fn a_snapshot_that_cannot_be_written_leaves_nothing() {
    let Some(server) = redis(&[]) else { return };
    both(&server, &["--rdb", "/nonexistent/x.rdb"], b"");
    both(&server, &["--rdb", "a", "--functions-rdb", "b"], b"");
}

#[test]
fn scripts_of_a_file() {
    let Some(server) = redis(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.lua");
    std::fs::write(&file, "return {KEYS[1], ARGV[1], #KEYS, #ARGV}").unwrap();
    let name = file.to_str().unwrap();
    for args in [&["a", ",", "b"][..], &["a", "b"], &[",", "x"], &[]] {
        both(&server, &[&["--eval", name], args].concat(), b"");
    }
    std::fs::write(&file, "return +").unwrap();
    both(&server, &["--eval", name], b"");
    both(&server, &["-e", "--eval", name], b"");
    both(&server, &["--ldb"], b"");
}

/// Starts a mode that does not end, waits for a line of output and stops it.
fn until(args: &[&str], wanted: &str) -> String {
    let mut child = rtool(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains(wanted) {
        let read = std::io::BufRead::read_line(&mut lines, &mut text).unwrap();
        assert_ne!(read, 0, "{args:?} ended with {text:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    text
}

#[test]
fn modes_without_end() {
    let server = Server::start(Program::Rtool, &[]);
    fill(&server);
    let port = server.port().to_string();
    let text = until(&["redis-cli", "-p", &port, "--stat", "-i", "0.01"], "\n1206 ");
    assert!(text.starts_with("------- data ------ ---"), "{text}");
    let text = until(&["cli", "-p", &port, "--stat", "--json", "-i", "0.01"], "}");
    assert_eq!(serde_json::from_str::<Json>(text.lines().next().unwrap()).unwrap()["keys"], json!(1206));
    until(&["redis-cli", "-p", &port, "--latency-history", "-i", "0.05"], " seconds range\n");
    until(&["redis-cli", "-p", &port, "--latency-dist", "--mono", "-i", "0.05"], "\x1b[0m\n");
    let text = until(&["redis-cli", "-p", &port, "--lru-test", "100"], "\n");
    assert!(text.contains(" Gets/sec | Hits: "), "{text}");
    let output = run(rtool(&["cli", "--intrinsic-latency", "1"]), b"");
    assert!(String::from_utf8_lossy(&output.stdout).contains(" total runs (avg latency: "));
}

#[test]
fn a_replica_that_prints_what_it_hears() {
    for program in [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey] {
        let Some(server) = Server::peer(program, &[]) else { continue };
        server.call(&["SET", "before", "1"]);
        let port = server.port().to_string();
        let args = ["redis-cli", "-p", &port, "--replica"];
        let mut child = rtool(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        wait_until("the replica is there", || server.info("connected_slaves") == "1");
        // What is written from here on is heard, once the snapshot is through.
        server.call(&["INCR", "counter"]);
        let mut text = String::new();
        while !text.contains("\"INCR\",\"counter\"") {
            assert_ne!(std::io::BufRead::read_line(&mut lines, &mut text).unwrap(), 0, "{program:?}: {text}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!text.contains("before"), "{program:?}: {text}");
    }
}

#[test]
fn ctrl_c_prints_the_summary() {
    let Some(server) = redis(&[]) else { return };
    fill(&server);
    let port = server.port().to_string();
    // A pause each hundred calls that outlasts the test, so that it cannot end by itself.
    let args = ["cli", "-p", &port, "--bigkeys", "--count", "1", "-i", "600"];
    let mut child = rtool(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("found so far") {
        assert_ne!(std::io::BufRead::read_line(&mut lines, &mut text).unwrap(), 0);
    }
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    std::io::Read::read_to_string(&mut lines, &mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(text.contains("-------- summary -------"), "{text}");
}

#[test]
fn hints_can_be_tested() {
    let hint = |face: &str, line: &str| {
        let output = rtool(&[face, "--test_hint", line]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        hint("cli", "set k v ex "),
        "seconds [NX|XX|IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest] [GET]\n"
    );
    assert_eq!(hint("redis-cli", "set k v ex "), "seconds [NX|XX] [GET]\n");
    // redis-cli's hint ends with a bracket that it did not open.
    assert_eq!(hint("cli", "bitfield_ro k get u8 "), "offset [GET encoding offset ...]\n");
    assert_eq!(hint("redis-cli", "bitfield_ro k get u8 "), "offset [GET encoding offset ...]]\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hints");
    std::fs::write(&file, "# a remark\n\"GET \" \"key\"\n\"GET k \" \"wrong\"\n").unwrap();
    let output = rtool(&["redis-cli", "--test_hint_file"]).arg(&file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "FAILURE: 1/2 passed\n");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "Test case 'GET k ' FAILED: expected 'wrong', got ''\n"
    );
    assert_eq!(output.status.code(), Some(1));
}
