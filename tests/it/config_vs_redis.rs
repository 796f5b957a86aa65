//! The configuration against a real redis-server: names, defaults, refusals, CONFIG REWRITE and the
//! fatal errors must be the same, apart from what is listed here with its reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rtool::resp::value::Value;
use rtool::server::config::{Caller, Config, Extent, Settings};
use tempfile::TempDir;

use crate::harness::{Client, Program, Server, free_port, ok, wait_for};

/// Directives whose default, or value as the harness starts a server, is not Redis 7.0's, and why.
const OTHER_VALUES: &[(&str, &str)] = &[
    ("bind", "the harness sets it"),
    ("port", "the harness sets it"),
    ("save", "the harness sets it"),
    ("dir", "each server has its own"),
    ("enable-debug-command", "the harness sets it"),
    ("repl-diskless-sync-delay", "the harness sets it"),
    ("io-threads", "defaults to the number of cores, at most four"),
    ("io-threads-do-reads", "the workers always read"),
];

/// Directives that the real server lists and we do not: none.
const NOT_HERE: &[&str] = &[];

fn texts(reply: &Value) -> Vec<String> {
    let Value::Array(items) = reply else { panic!("not a list: {reply:?}") };
    let text = |item: &Value| String::from_utf8_lossy(item.as_bytes().unwrap_or_default()).into_owned();
    items.iter().map(text).collect()
}

fn theirs(redis: &Server, pattern: &str) -> BTreeMap<String, String> {
    let list = texts(&redis.call(&["CONFIG", "GET", pattern]));
    list.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn ours(config: &Config, pattern: &str) -> BTreeMap<String, String> {
    let list = config.get(&[pattern.as_bytes()]);
    list.into_iter().map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())).collect()
}

#[test]
fn every_directive_of_redis_is_known_with_its_default() {
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let config = Config::new(Settings::default());
    let (theirs, ours) = (theirs(&redis, "*"), ours(&config, "*"));
    assert!(theirs.len() > 150, "the real server lists only {}", theirs.len());
    for (name, value) in &theirs {
        if NOT_HERE.contains(&name.as_str()) {
            continue;
        }
        // A hidden one (7.2 hides some that 7.0 shows) must still answer to its name.
        let mine = ours.get(name).cloned().or_else(|| self::ours(&config, name).remove(name));
        let mine = mine.unwrap_or_else(|| panic!("{name} is missing"));
        if !OTHER_VALUES.iter().any(|(other, _)| other == name) {
            assert_eq!(mine, *value, "{name}");
        }
    }
    for hidden in ["key-load-delay", "rdb-key-save-delay", "watchdog-period", "use-exit-on-panic"] {
        assert_eq!(self::theirs(&redis, hidden), self::ours(&config, hidden));
    }
}

/// What CONFIG SET is asked, good and bad, one after the other.
const SETS: &[&[&str]] = &[
    &["foo", "1"],
    &["Foo", "1"],
    &["timeout", "5", "nothing", "1"],
    &["port", "abc"],
    &["port", "70000"],
    &["PORT", "-1"],
    &["maxclients", "0"],
    &["timeout", "01"],
    &["timeout", "+1"],
    &["timeout", ""],
    &["timeout", "1", "timeout", "2"],
    &["timeout", "1", "hz", "x"],
    &["databases", "5"],
    &["Databases", "5"],
    &["dir", "/tmp"],
    &["dbfilename", "x.rdb"],
    &["maxmemory", "10mb"],
    &["maxmemory", "10 mb"],
    &["maxmemory", "-1"],
    &["maxmemory", ""],
    &["maxmemory", "0"],
    &["maxmemory-clients", "1%"],
    &["maxmemory-clients", "200%"],
    &["maxmemory-clients", "-1"],
    &["maxmemory-clients", "0"],
    &["maxmemory-policy", "allkeys-lru"],
    &["maxmemory-policy", "all"],
    &["maxmemory-policy", "noeviction"],
    &["appendfsync", "NO"],
    &["slave-read-only", "maybe"],
    &["slave-serve-stale-data", "no"],
    &["save", ""],
    &["save", "60 1 30 2"],
    &["save", "60"],
    &["save", "60  1"],
    &["save", "0 1"],
    &["save", "1 -1"],
    &["client-output-buffer-limit", "normal 0 0 0 replica 1mb 1kb 3"],
    &["client-output-buffer-limit", "normal 0 0"],
    &["client-output-buffer-limit", "master 0 0 0"],
    &["client-output-buffer-limit", "normal x 0 0"],
    &["client-output-buffer-limit", "normal 0 0 -1"],
    &["oom-score-adj-values", "1 2"],
    &["oom-score-adj-values", "1 2 2001"],
    &["notify-keyspace-events", "KEA"],
    &["notify-keyspace-events", "Kg$"],
    &["notify-keyspace-events", "Em"],
    &["notify-keyspace-events", "!"],
    &["latency-tracking-info-percentiles", "50 99.9 100"],
    &["latency-tracking-info-percentiles", "x"],
    &["latency-tracking-info-percentiles", "101"],
    &["latency-tracking-info-percentiles", ""],
    &["shutdown-on-sigint", "nosave force"],
    &["shutdown-on-sigint", "nosave save"],
    &["shutdown-on-sigint", "what"],
    &["shutdown-on-sigint", "default"],
    &["cluster-announce-hostname", "a_b"],
    &["cluster-announce-hostname", "a.b"],
    &["proto-max-bulk-len", "1"],
    &["hz", "1000"],
    &["hz", "0"],
    &["list-max-ziplist-size", "-3"],
    &["replicaof", "a 1"],
    &["proc-title-template", "{what}"],
    &["proc-title-template", "{title} {{ x"],
    &["loglevel", "debug"],
    &["slowlog-log-slower-than", "-2"],
    &["slowlog-log-slower-than", "-1"],
    &["repl-ping-slave-period", "0"],
    &["lua-time-limit", "10"],
    &["unixsocketperm", "777"],
];

#[test]
fn config_set_says_what_redis_says() {
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let config = Config::new(Settings::default());
    for words in SETS {
        let command: Vec<&str> = ["CONFIG", "SET"].into_iter().chain(words.iter().copied()).collect();
        let said = redis.call(&command);
        let list: Vec<(&[u8], &[u8])> =
            words.chunks_exact(2).map(|p| (p[0].as_bytes(), p[1].as_bytes())).collect();
        let mine = config.set(&list, Caller { local: true, loading: false }, &mut |_, _, _| Ok(()));
        match mine {
            Ok(()) => assert_eq!(said, ok(), "{words:?}"),
            Err(error) => assert_eq!(said.error(), Some(error.to_string()), "{words:?}"),
        }
        for pair in words.chunks_exact(2) {
            let name = pair[0];
            if !OTHER_VALUES.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                assert_eq!(ours(&config, name), theirs(&redis, name), "after {words:?}");
            }
        }
    }
}

#[test]
fn config_get_matches_as_redis_does() {
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let config = Config::new(Settings::default());
    for pattern in [
        "*slave*",
        "*max-*-entries",
        "MAXmemory",
        "max[m-n]emory*",
        "key-load*",
        "include",
        "zset-max-z?plist-*",
    ] {
        let newer = ["set-max-listpack-entries", "tls-"];
        let mine: Vec<String> = ours(&config, pattern).into_keys().collect();
        let mine: Vec<_> =
            mine.into_iter().filter(|name| !newer.iter().any(|n| name.starts_with(n))).collect();
        assert_eq!(mine, theirs(&redis, pattern).into_keys().collect::<Vec<_>>(), "{pattern}");
    }
}

/// A redis-server on a file, for what needs one; nothing when there is none.
fn redis_on(file: &Path) -> Option<Server> {
    // The harness starts servers with options only, so the file comes in as an include. Its rewrite
    // would go elsewhere, so this is only for what the file says.
    Server::peer(Program::Redis, &["--include", file.to_str()?])
}

#[test]
fn files_mean_to_redis_what_they_mean_here() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("redis.conf");
    let text = "TIMEOUT 3\nslave-serve-stale-data no\nclient-output-buffer-limit replica 1mb 512kb 10\n\
                rename-command FLUSHALL \"\"\nuser bob on >pw ~* +@all\nhash-max-ziplist-entries 9\n\
                list-max-ziplist-entries 4\nnotify-keyspace-events \"Kx\"\nloglevel 'verbose'\n\
                shutdown-on-sigterm \"nosave now\"\nlatency-tracking-info-percentiles 10 20.5\n\
                requirepass \"with \\\"quotes\\\" and \\x01\"\nmaxmemory-clients 10%\noom-score-adj-values 0 100 200\n";
    fs::write(&file, text).expect("written");
    let Some(redis) = redis_on(&file) else { return };
    redis.call(&["AUTH", "with \"quotes\" and \x01"]);
    let config = Config::load(&[&file], &mut std::io::empty()).expect("it is good");
    for line in text.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        assert_eq!(ours(&config, name), theirs(&redis, name), "{line}");
    }
}

/// Runs redis-server to its immediate end.
fn fatal(args: &[&str]) -> Output {
    Command::new("redis-server").args(args).output().expect("it runs")
}

#[test]
fn fatal_errors_have_the_words_of_redis() {
    if Server::peer(Program::Redis, &[]).is_none() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("redis.conf");
    let name = file.to_str().expect("plain");
    let files = [
        "port 1\n\n foo bar\n",
        "port\n",
        "port 1 2\n",
        "bind \"a\n",
        "appendonly perhaps\n",
        "maxmemory 1tb\n",
        "unixsocketperm 999\n",
        "save 1\n",
        "replicaof a\n",
        "replicaof a 99999\n",
        "dir /nonexistent\n",
        "logfile /nonexistent/log\n",
        "maxmemory-policy x\n",
        "a.b\n",
        "rename-command a\n",
        "rename-command get get\nfoo\n",
        "rename-command get set\n",
        "rename-command flushall x\nrename-command flushall y\n",
        "cluster-enabled yes\nreplicaof 127.0.0.1 1\n",
    ];
    for text in files {
        fs::write(&file, text).expect("written");
        same_fatal(&fatal(&[name]), &[name], text);
    }
    for args in [
        &["--port", "abc"][..],
        &["--foo", "bar"],
        &["--port"],
        &["--save", "1", "--port", "x"],
        &["--port", "--bind", "x"],
    ] {
        same_fatal(&fatal(args), args, "");
    }
}

fn same_fatal(theirs: &Output, args: &[&str], text: &str) {
    assert!(!theirs.status.success(), "{args:?} {text:?}");
    let ours = Config::load(args, &mut std::io::empty()).expect_err("refused").to_string();
    let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
    assert_eq!(without_version(&ours), without_version(&said), "{args:?} {text:?}");
}

/// The lines of an error, without the one that names the version.
fn without_version(text: &str) -> Vec<&str> {
    text.trim().lines().filter(|line| !line.starts_with("*** FATAL CONFIG FILE ERROR (Redis ")).collect()
}

/// A redis-server that was started on a file, which the harness does not do; killed when dropped.
struct OnFile(Child);

impl OnFile {
    fn start(file: &Path, port: u16) -> (Self, Client) {
        let child = Command::new("redis-server").arg(file).stdout(Stdio::null()).spawn();
        let server = Self(child.expect("it starts"));
        (server, wait_for("redis-server answers", || Client::connect(port).ok()))
    }
}

impl Drop for OnFile {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines above the heading, and those below it, sorted and without the gaps that removed lines
/// leave: Redis appends in no order of its own.
fn parts(file: &Path) -> (Vec<String>, Vec<String>) {
    let text = fs::read_to_string(file).expect("text");
    let mut lines = text.lines().map(str::to_owned);
    let above = lines.by_ref().take_while(|line| !line.contains("Generated")).collect();
    let mut below: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    below.sort();
    (above, below)
}

#[test]
fn rewrites_are_what_redis_writes() {
    if Server::peer(Program::Redis, &[]).is_none() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let (theirs, ours) = (folder.path().join("theirs.conf"), folder.path().join("ours.conf"));
    let port = free_port();
    let text = format!(
        "# a server\nport {port}\nbind 127.0.0.1\n\n\n\n  slave-read-only   yes\nmaxmemory 1073741824\n\
         save 900 1\nsave 300 10\n# between\nsave 60 10000\ntimeout 5\ntimeout 6\nlogfile ''\n\
         client-output-buffer-limit replica 1mb 1mb 60\nlist-max-ziplist-size -2\nhz 10\n\
         notify-keyspace-events Kx\ndir {}\nio-threads 1\nunixsocketperm 700\nmasterauth 'a b'\n\
         oom-score-adj relative\nlatency-tracking-info-percentiles 50\n# the end",
        folder.path().display()
    );
    fs::write(&theirs, &text).expect("written");
    fs::write(&ours, &text).expect("written");
    let (_redis, mut client) = OnFile::start(&theirs, port);
    let config = Config::load(&[&ours], &mut std::io::empty()).expect("it is good");
    let changes: &[&[&str]] = &[
        &[],
        &["timeout", "0", "maxmemory", "100mb", "save", "30 1"],
        &["requirepass", "p\"w \u{1}", "maxmemory-clients", "5%", "appendfsync", "no"],
        &["masterauth", "", "save", "", "notify-keyspace-events", ""],
        &["client-output-buffer-limit", "pubsub 1kb 1025 3", "shutdown-on-sigterm", "nosave now"],
        &["maxmemory-clients", "0", "requirepass", "", "latency-tracking-info-percentiles", ""],
        &["bind", "* -::*", "save", "1 1 2 2 3 3 4 4", "hash-max-ziplist-value", "65536"],
    ];
    for words in changes {
        if !words.is_empty() {
            let command: Vec<&str> = ["CONFIG", "SET"].into_iter().chain(words.iter().copied()).collect();
            assert_eq!(client.call(&command), ok(), "{words:?}");
            let pairs: Vec<(&[u8], &[u8])> =
                words.chunks_exact(2).map(|p| (p[0].as_bytes(), p[1].as_bytes())).collect();
            config.set(&pairs, Caller::default(), &mut |_, _, _| Ok(())).expect("good");
        }
        assert_eq!(client.call(&["CONFIG", "REWRITE"]), ok());
        config.rewrite(Extent::Needed, |_| ()).expect("rewritten");
        // Redis describes its ACL users, which are not ours to write yet.
        let (above, mut below) = parts(&theirs);
        below.retain(|line| !line.starts_with("user "));
        assert_eq!(parts(&ours), (above, below), "after {words:?}");
    }
}
