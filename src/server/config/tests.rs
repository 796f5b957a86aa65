//! Tests of the configuration as a whole: reading, the command line, GET, SET, REWRITE.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::rewrite::rewritten;
use super::table::{Flags, TABLE};
use super::value::{Kind, Lines};
use super::*;

fn load(args: &[&str]) -> Result<Config, LoadError> {
    Config::load(args, &mut std::io::empty())
}

/// Reads configuration text as if it came on standard input.
fn from_text(text: &str) -> Result<Config, LoadError> {
    Config::load(&["-"], &mut text.as_bytes())
}

fn settings(text: &str) -> Arc<Settings> {
    from_text(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).snapshot()
}

fn shown(config: &Config, name: &str) -> String {
    let found = config.get(&[name.as_bytes()]);
    let [(_, value)] = found.as_slice() else { panic!("{name} answers {found:?}") };
    String::from_utf8_lossy(value).into_owned()
}

fn set(config: &Config, pairs: &[(&str, &str)]) -> Result<(), String> {
    set_as(config, pairs, Caller { local: true, loading: false })
}

fn set_as(config: &Config, pairs: &[(&str, &str)], caller: Caller) -> Result<(), String> {
    let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
    config.set(&pairs, caller, &mut |_, _, _| Ok(())).map_err(|error| error.to_string())
}

// --- the table -----------------------------------------------------------------------------------

#[test]
fn every_name_stands_for_one_row() {
    let mut names: Vec<&str> =
        TABLE.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases).copied()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a name is used twice");
    assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b))));
}

#[test]
fn every_row_says_in_one_sentence_what_it_does() {
    for row in TABLE {
        assert!(row.about.ends_with('.') && row.about.len() > 10, "{}: {}", row.name, row.about);
        assert!(row.about.starts_with(char::is_uppercase), "{}: {}", row.name, row.about);
    }
}

#[test]
fn every_default_can_be_read_back() {
    let defaults = Settings::default();
    for row in TABLE.iter().filter(|row| !row.flags.has(Flags::FILE_ONLY)) {
        let value = row.value(&defaults);
        if value.is_empty() && row.name == "replicaof" {
            continue;
        }
        let words: Vec<&[u8]> =
            if row.is_multi() { value.split(|b| *b == b' ').collect() } else { vec![&value] };
        let mut settings = Settings::default();
        row.take(&mut settings, &words, value::Origin::Command)
            .unwrap_or_else(|why| panic!("{} {}: {why}", row.name, String::from_utf8_lossy(&value)));
        assert_eq!(settings, defaults, "{}", row.name);
    }
}

#[test]
fn a_fresh_rewrite_reads_back_to_the_same_settings() {
    let mut settings = Settings {
        requirepass: Secret::new(b"a \"quoted\" \xff\n one"),
        notify_keyspace_events: Events(Events::ALL | Events::NEW | Events::KEYEVENT),
        replicaof: Some(("::1".into(), 6379)),
        save: Vec::new(),
        bind: vec!["127.0.0.1".into(), "-::1".into()],
        maxmemory_clients: MemoryOrPercent::Percent(5),
        shutdown_on_sigterm: ShutdownFlags { nosave: true, now: true, ..Default::default() },
        latency_tracking_info_percentiles: vec![0.001, 100.0],
        unixsocketperm: 0o700,
        ..Settings::default()
    };
    settings.client_output_buffer_limit.pubsub.hard = 1000;
    let text = rewritten(b"", &settings, Extent::Needed);
    let config = Config::load(&["-"], &mut text.as_slice()).expect("our own text is good");
    assert_eq!(*config.snapshot(), settings, "{}", String::from_utf8_lossy(&text));
}

#[test]
fn help_names_every_directive() {
    let text = help::all();
    for row in TABLE {
        assert!(text.contains(&format!("{} ", row.name)), "{}", row.name);
    }
    assert!(text.contains(
        "port PORT (0 to 65535)\n    The TCP port for clients; 0 listens on none.\n    Default: 6379."
    ));
    assert!(TABLE.iter().all(|row| !help::syntax(&row.kind).is_empty()));
}

// --- reading -------------------------------------------------------------------------------------

#[test]
fn values_are_read_and_shown_as_in_redis() {
    let table: &[(&str, &str, &str)] = &[
        ("port 0", "port", "0"),
        ("PORT 7000", "port", "7000"),
        ("  port\t7000  ", "port", "7000"),
        ("maxmemory 1gb", "maxmemory", "1073741824"),
        ("maxmemory 2k", "maxmemory", "2000"),
        ("maxmemory-clients 5%", "maxmemory-clients", "5%"),
        ("maxmemory-clients 1mb", "maxmemory-clients", "1048576"),
        ("unixsocketperm 700", "unixsocketperm", "700"),
        ("slave-read-only NO", "replica-read-only", "no"),
        ("replica-read-only no", "slave-read-only", "no"),
        ("hash-max-ziplist-entries 7", "hash-max-listpack-entries", "7"),
        ("server-cpulist 0-1", "server_cpulist", "0-1"),
        ("bind 127.0.0.1 -::1", "bind", "127.0.0.1 -::1"),
        ("bind \"127.0.0.1 ::1\"", "bind", "127.0.0.1 ::1"),
        ("bind \"\"", "bind", ""),
        ("save 900 1", "save", "900 1"),
        ("save 900 1\nsave 60 10", "save", "900 1 60 10"),
        ("save 900 1 60 10", "save", "900 1 60 10"),
        ("save 900 1\nsave \"\"", "save", ""),
        ("", "save", "3600 1 300 100 60 10000"),
        ("logfile ''", "logfile", ""),
        ("requirepass \"a\\x41\\\"b\"", "requirepass", "aA\"b"),
        ("oom-score-adj relative", "oom-score-adj", "yes"),
        ("oom-score-adj-values 1 2 3", "oom-score-adj-values", "1 2 3"),
        ("notify-keyspace-events KEA", "notify-keyspace-events", "AKE"),
        ("notify-keyspace-events Kx", "notify-keyspace-events", "xK"),
        ("notify-keyspace-events g$lshzxetdKE", "notify-keyspace-events", "AKE"),
        ("notify-keyspace-events AnE", "notify-keyspace-events", "AnE"),
        ("shutdown-on-sigint nosave now", "shutdown-on-sigint", "nosave now"),
        ("shutdown-on-sigint default", "shutdown-on-sigint", "default"),
        ("replicaof 10.0.0.1 6379", "slaveof", "10.0.0.1 6379"),
        ("slaveof no one", "replicaof", ""),
        (
            "client-output-buffer-limit slave 1mb 1kb 3",
            "client-output-buffer-limit",
            "normal 0 0 0 slave 1048576 1024 3 pubsub 33554432 8388608 60",
        ),
        (
            "latency-tracking-info-percentiles 50 99.90 100",
            "latency-tracking-info-percentiles",
            "50 99.9 100",
        ),
        ("hz 1000", "hz", "500"),
        ("hz 0", "hz", "1"),
        ("loglevel NOTHING", "loglevel", "nothing"),
        ("loading-process-events-interval-bytes 1024", "loading-process-events-interval-bytes", "1024"),
        ("# a comment\n\n   # another\nport 1", "port", "1"),
        ("list-max-ziplist-entries 5\nlua-replicate-commands yes", "port", "6379"),
    ];
    for (text, name, expected) in table {
        let config = from_text(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(shown(&config, name), *expected, "{text:?}");
    }
}

/// What the files that Redis 7.0, 7.2 and 7.4 ship set, in one, with values that are not the defaults
/// where that is easy: all must be known, in both spellings.
const SHIPPED: &str = "
bind 127.0.0.1 -::1
protected-mode yes
port 6379
tcp-backlog 511
timeout 0
tcp-keepalive 300
daemonize no
supervised auto
pidfile /var/run/redis_6379.pid
loglevel notice
logfile \"\"
databases 16
always-show-logo no
set-proc-title yes
proc-title-template \"{title} {listen-addr} {server-mode}\"
locale-collate \"\"
stop-writes-on-bgsave-error yes
rdbcompression yes
rdbchecksum yes
sanitize-dump-payload clients
dbfilename dump.rdb
rdb-del-sync-files no
dir ./
replica-serve-stale-data yes
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 5
repl-diskless-sync-max-replicas 0
repl-diskless-load disabled
repl-disable-tcp-nodelay no
replica-priority 100
acllog-max-len 128
lazyfree-lazy-eviction no
lazyfree-lazy-expire no
lazyfree-lazy-server-del no
replica-lazy-flush no
lazyfree-lazy-user-del no
lazyfree-lazy-user-flush no
oom-score-adj no
oom-score-adj-values 0 200 800
disable-thp yes
appendonly no
appendfilename \"appendonly.aof\"
appenddirname \"appendonlydir\"
appendfsync everysec
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
aof-load-truncated yes
aof-use-rdb-preamble yes
aof-timestamp-enabled no
slowlog-log-slower-than 10000
slowlog-max-len 128
latency-monitor-threshold 0
notify-keyspace-events \"\"
hash-max-listpack-entries 512
hash-max-listpack-value 64
list-max-listpack-size -2
list-compress-depth 0
set-max-intset-entries 512
set-max-listpack-entries 128
set-max-listpack-value 64
zset-max-listpack-entries 128
zset-max-listpack-value 64
hll-sparse-max-bytes 3000
stream-node-max-bytes 4096
stream-node-max-entries 100
activerehashing yes
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
client-output-buffer-limit pubsub 32mb 8mb 60
hz 10
dynamic-hz yes
aof-rewrite-incremental-fsync yes
rdb-save-incremental-fsync yes
jemalloc-bg-thread yes
max-new-connections-per-cycle 10
max-new-tls-connections-per-cycle 1
server-cpulist 0-7:2
bio-cpulist 1,3
aof-rewrite-cpulist 8-11
bgsave-cpulist 1,10-11
ignore-warnings ARM64-COW-BUG
";

#[test]
fn shipped_files_are_understood() {
    let config = from_text(SHIPPED).unwrap_or_else(|error| panic!("{error}"));
    let idle = config.without_effect();
    assert!(!idle.contains(&"activerehashing".to_owned()), "at its default it asks for nothing: {idle:?}");
    assert_eq!(shown(&config, "bgsave_cpulist"), "1,10-11");
    assert_eq!(config.get(&[b"*_cpulist"]).len(), 4);
    assert_eq!(config.get(&[b"*-cpulist"]).len(), 0, "a spelling is listed once");
}

#[test]
fn bad_lines_are_refused_in_the_words_of_redis() {
    let table: &[(&str, &str)] = &[
        ("foo bar", "Bad directive or wrong number of arguments"),
        ("include", "Bad directive or wrong number of arguments"),
        ("rename-command a", "Bad directive or wrong number of arguments"),
        ("rename-command nothing x", "No such command in rename-command"),
        ("rename-command get SET", "Target command name already exists"),
        ("port", "wrong number of arguments"),
        ("port 1 2", "wrong number of arguments"),
        ("port abc", "argument couldn't be parsed into an integer"),
        ("port 65536", "argument must be between 0 and 65535 inclusive"),
        ("maxclients 0", "argument must be between 1 and 4294967295 inclusive"),
        ("unixsocketperm 888", "argument couldn't be parsed as an octal number"),
        ("unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
        ("maxmemory 1tb", "argument must be a memory value"),
        ("proto-max-bulk-len 1", "argument must be between 1048576 and 9223372036854775807 inclusive"),
        ("maxmemory-clients x", "argument must be a memory or percent value"),
        ("maxmemory-clients 101%", "percentage argument must be less or equal to 100"),
        ("appendonly maybe", "argument must be 'yes' or 'no'"),
        ("appendfsync now", "argument(s) must be one of the following: everysec, always, no"),
        (
            "shutdown-on-sigint save what",
            "argument(s) must be one of the following: default, save, nosave, now, force",
        ),
        ("shutdown-on-sigint save nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
        ("save 1", "Invalid save parameters"),
        ("save 0 1", "Invalid save parameters"),
        ("save 60 -1", "Invalid save parameters"),
        ("bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."),
        ("replicaof host", "wrong number of arguments"),
        ("replicaof host 65536", "Invalid master port"),
        ("dbfilename a/b", "dbfilename can't be a path, just a filename"),
        ("appendfilename \"\"", "appendfilename can't be empty"),
        ("appenddirname a/b", "appenddirname can't be a path, just a dirname"),
        ("notify-keyspace-events q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
        ("oom-score-adj-values 1 2", "wrong number of arguments"),
        (
            "oom-score-adj-values 1 2 3000",
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
        ),
        ("client-output-buffer-limit normal 1 2", "Wrong number of arguments in buffer limit configuration."),
        (
            "client-output-buffer-limit master 1 2 3",
            "Invalid client class specified in buffer limit configuration.",
        ),
        (
            "client-output-buffer-limit normal 1 x 3",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        ),
        ("latency-tracking-info-percentiles x", "Invalid latency-tracking-info-percentiles parameters"),
        (
            "latency-tracking-info-percentiles 101",
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        ),
        ("dir /nonexistent/folder", "No such file or directory"),
        ("requirepass \"a", "Unbalanced quotes in configuration line"),
        ("sentinel monitor a b c", "sentinel directive while not in sentinel mode"),
        ("module.setting", "Module config specified without value"),
        (
            "loglevel \"notice !\"",
            "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
        ),
    ];
    for (text, expected) in table {
        let Err(LoadError::Line { number: 1, line, why }) = from_text(text) else {
            panic!("{text:?} is accepted")
        };
        assert_eq!((line.as_str(), why.as_str()), (*text, *expected));
    }
}

#[test]
fn a_fatal_error_shows_the_line() {
    let error = from_text("port 1\n\n  foo  bar \n").expect_err("foo is unknown");
    let expected = "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at line 3\n\
                    >>> 'foo  bar'\nBad directive or wrong number of arguments";
    assert_eq!(error.to_string(), expected);
    let option = load(&["--port", "abc"]).expect_err("abc is no port");
    assert!(option.to_string().contains("at line 2\n>>> 'port \"abc\"'\n"), "{option}");
    let missing = load(&["/nonexistent.conf"]).expect_err("no such file");
    assert_eq!(
        missing.to_string(),
        "Fatal error, can't open config file '/nonexistent.conf': No such file or directory"
    );
}

#[test]
fn what_fits_line_by_line_may_not_fit_together() {
    let error = from_text("logfile /nonexistent/log").expect_err("no such folder");
    assert_eq!(error, LoadError::Whole("Can't open the log file: No such file or directory".into()));
    let error = from_text("cluster-enabled yes\nreplicaof a 1").expect_err("both");
    assert_eq!(error, LoadError::Whole("replicaof directive not allowed in cluster mode".into()));
}

#[test]
fn options_win_over_the_file() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("redis.conf");
    fs::write(&file, "port 7000\nsave 900 1\ntimeout 5\n").expect("written");
    let file = file.to_str().expect("a plain name");
    let config =
        load(&[file, "--port", "7001", "--save", "", "--replicaof", "127.0.0.1", "6379"]).expect("good");
    let now = config.snapshot();
    assert_eq!((now.port, now.timeout, now.save.len()), (7001, 5, 0));
    assert_eq!(now.replicaof, Some(("127.0.0.1".into(), 6379)));
    assert_eq!(config.file(), Some(Path::new(file)));
    assert!(config.was_given("timeout") && !config.was_given("tcp-backlog"));
    let same = load(&["--config", file, "--timeout", "6"]).expect("good");
    assert_eq!((same.snapshot().port, same.snapshot().timeout), (7000, 6));
}

#[test]
fn includes_are_read_where_they_stand() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    fs::create_dir(folder.path().join("conf.d")).expect("a folder");
    write("conf.d/b.conf", "port 2\ntimeout 2\n");
    write("conf.d/a.conf", "port 1\n");
    write("conf.d/.hidden.conf", "port 99\n");
    write("conf.d/other.txt", "port 98\n");
    write("one.conf", "port 10\n");
    let dir = folder.path().display();
    let now = settings(&format!("port 5\ninclude {dir}/conf.d/*.conf\n"));
    assert_eq!((now.port, now.timeout), (2, 2), "sorted, the later wins, hidden files stay out");
    let now = settings(&format!("include {dir}/one.conf\nport 5\n"));
    assert_eq!(now.port, 5);
    let now = settings(&format!("dir {dir}\ninclude one.conf\n"));
    assert_eq!(now.port, 10, "names are relative to dir");
    let now = settings(&format!("include {dir}/nothing/*.conf\n"));
    assert_eq!(now.port, 6379, "a pattern may match nothing");
    assert!(matches!(from_text(&format!("include {dir}/none.conf")), Err(LoadError::Open(..))));
    write("circle.conf", &format!("include {dir}/circle.conf\n"));
    assert!(matches!(from_text(&format!("include {dir}/circle.conf")), Err(LoadError::Line { .. })));
    write("bad.conf", "\nfoo\n");
    let Err(LoadError::Line { number, .. }) = from_text(&format!("include {dir}/bad.conf")) else { panic!() };
    assert_eq!(number, 2, "lines count in their own file");
}

#[test]
fn directives_without_effect_are_named() {
    let config = from_text("activedefrag yes\nactiverehashing yes\nport 1\nloadmodule /a.so\nsearch.x 1\n")
        .expect("good");
    assert_eq!(config.without_effect(), ["activedefrag", "loadmodule", "search.x"]);
    assert_eq!(config.snapshot().loadmodule.0, vec![vec![b"/a.so".to_vec()]]);
}

#[test]
fn a_secret_stays_out_of_debug_output() {
    let now = settings("requirepass hush\nmasterauth hush\n");
    assert!(!format!("{now:?}").contains("hush"));
    assert!(is_sensitive(b"REQUIREPASS") && is_sensitive(b"masterauth") && !is_sensitive(b"port"));
    assert_eq!(now.requirepass.get(), Some(&b"hush"[..]));
}

// --- GET -----------------------------------------------------------------------------------------

#[test]
fn patterns_and_names_are_answered() {
    let config = Config::new(Settings::default());
    let names =
        |patterns: &[&[u8]]| config.get(patterns).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&[b"slave-re*"]), ["slave-read-only"]);
    assert_eq!(names(&[b"MaxMemory"]), ["MaxMemory"], "a name comes back as it was asked for");
    assert_eq!(names(&[b"maxmemory", b"MAXMEMORY", b"max[m]emory"]), ["maxmemory"]);
    assert_eq!(names(&[b"port", b"hz", b"nothing"]), ["hz", "port"]);
    assert_eq!(names(&[b"key-load-*"]), Vec::<String>::new(), "hidden directives need their name");
    assert_eq!(names(&[b"key-load-delay"]), ["key-load-delay"]);
    assert_eq!(names(&[b"include", b"user", b"rename-command"]), Vec::<String>::new());
    let all = names(&[b"*"]);
    assert!(all.is_sorted() && all.len() > 190, "{}", all.len());
}

// --- SET -----------------------------------------------------------------------------------------

#[test]
fn several_are_set_or_none() {
    let config = Config::new(Settings::default());
    set(&config, &[("timeout", "5"), ("MAXMEMORY", "1gb")]).expect("both are good");
    assert_eq!((config.snapshot().timeout, config.snapshot().maxmemory), (5, 1 << 30));
    assert_eq!(config.generation(), 1);
    set(&config, &[("timeout", "6"), ("maxmemory", "x")]).expect_err("the second is bad");
    assert_eq!((config.snapshot().timeout, config.generation()), (5, 1));
    set(&config, &[("save", "60 1")]).expect("good");
    set(&config, &[("save", "30 1 20 2")]).expect("good");
    assert_eq!(shown(&config, "save"), "30 1 20 2", "it replaces, it does not add");
}

#[test]
fn refusals_of_set_have_the_words_of_redis() {
    let config = Config::new(Settings::default());
    let failed = |name: &str, why: &str| {
        format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
    };
    let unknown = |name: &str| format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'");
    let table: &[(&[(&str, &str)], String)] = &[
        (&[("foo", "1")], unknown("foo")),
        (&[("user", "x on")], unknown("user")),
        (&[("port", "abc")], failed("port", "argument couldn't be parsed into an integer")),
        (&[("REPLICA-READ-ONLY", "x")], failed("replica-read-only", "argument must be 'yes' or 'no'")),
        (&[("slave-read-only", "x")], failed("slave-read-only", "argument must be 'yes' or 'no'")),
        (&[("databases", "5")], failed("databases", "can't set immutable config")),
        (&[("dir", "/")], failed("dir", "can't set protected config")),
        (&[("hz", "1"), ("hz", "2")], failed("hz", "duplicate parameter")),
        (
            &[("slave-read-only", "no"), ("replica-read-only", "no")],
            failed("replica-read-only", "duplicate parameter"),
        ),
        (&[("save", "3600  1")], failed("save", "Invalid save parameters")),
    ];
    for (pairs, expected) in table {
        assert_eq!(set(&config, pairs).expect_err("refused"), *expected);
    }
    assert_eq!(config.generation(), 0);
}

#[test]
fn protected_and_loading_depend_on_the_caller() {
    let config = from_text("enable-protected-configs local").expect("good");
    let (near, far) = (Caller { local: true, loading: false }, Caller::default());
    set_as(&config, &[("dbfilename", "x.rdb")], near).expect("local clients may");
    set_as(&config, &[("dbfilename", "y.rdb")], far).expect_err("others may not");
    let loading = Caller { local: true, loading: true };
    let error = set_as(&config, &[("appendonly", "yes")], loading).expect_err("not while loading");
    assert_eq!(error, "LOADING Redis is loading the dataset in memory");
    set_as(&config, &[("timeout", "1")], loading).expect("this may change");
}

#[test]
fn side_effects_see_both_sides_and_are_undone() {
    let config = Config::new(Settings::default());
    let mut calls = Vec::new();
    let pairs: &[(&[u8], &[u8])] = &[(b"timeout", b"7"), (b"port", b"7000"), (b"hz", b"10")];
    let error = config.set(pairs, Caller::default(), &mut |old, new, changed| {
        calls.push((old.port, new.port, changed.join(",")));
        Err(("port".into(), "Unable to listen on this port. Check server logs.".into()))
    });
    let expected = "ERR CONFIG SET failed (possibly related to argument 'port') - \
                    Unable to listen on this port. Check server logs.";
    assert_eq!(error.expect_err("refused").to_string(), expected);
    assert_eq!(calls, [(6379, 7000, "timeout,port".into()), (7000, 6379, "timeout,port".into())]);
    assert_eq!((config.snapshot().timeout, config.generation()), (0, 0));
}

#[test]
fn nothing_is_applied_when_nothing_changes() {
    let config = Config::new(Settings::default());
    let mut applied = Vec::new();
    let mut apply = |_: &Settings, _: &Settings, changed: &[&str]| {
        applied.extend(changed.iter().map(|name| (*name).to_owned()));
        Ok(())
    };
    config.set(&[(b"timeout", b"0")], Caller::default(), &mut apply).expect("good");
    config.set(&[(b"tls-key-file", b"")], Caller::default(), &mut apply).expect("good");
    assert_eq!(applied, ["tls-key-file"], "the file behind a name may be new");
}

#[test]
fn views_follow_the_generation() {
    let config = Config::new(Settings::default());
    let mut view = View::new(&config);
    assert!(!view.refresh(&config));
    set(&config, &[("timeout", "9")]).expect("good");
    assert_eq!(view.get().timeout, 0);
    assert!(view.refresh(&config));
    assert_eq!(view.get().timeout, 9);
    config.update(|s| s.replicaof = Some(("h".into(), 1)));
    assert!(view.refresh(&config) && shown(&config, "replicaof") == "h 1");
}

// --- REWRITE -------------------------------------------------------------------------------------

fn rewrite_text(old: &str, text: &str) -> String {
    let mut now = Settings::clone(&settings(text));
    now.dir = "/".into();
    String::from_utf8(rewritten(old.as_bytes(), &now, Extent::Needed)).expect("text")
}

/// What every rewritten file holds at least.
const ALWAYS: &str = "dir \"/\"\nlatency-tracking-info-percentiles 50 99 99.9\n";

#[test]
fn rewriting_keeps_what_people_wrote() {
    let old = "# my server\nport 7000\n\n\n\nslave-read-only no   \n# limits\nmaxmemory   1gb\n\
               save 900 1\nunknown-thing 5\ninclude /etc/x.conf\nuser bob on\ndir /\n\
               latency-tracking-info-percentiles 50 99 99.9\n";
    let now = "port 7001\nreplica-read-only yes\nmaxmemory 1536mb\nsave 900 1\nuser bob on\n";
    let expected = "# my server\nport 7001\n\nreplica-read-only yes\n# limits\nmaxmemory 1536mb\n\
               save 900 1\nunknown-thing 5\ninclude /etc/x.conf\nuser bob on\ndir \"/\"\n\
               latency-tracking-info-percentiles 50 99 99.9\n\n";
    assert_eq!(rewrite_text(old, now), expected);
    assert_eq!(rewrite_text(expected, now), expected, "a second time changes nothing");
}

#[test]
fn new_settings_go_under_the_heading() {
    let old = format!("port 7000\n{ALWAYS}save \"\"\n");
    let now = "port 7000\nsave \"\"\nreplicaof 10.0.0.1 6379\nmasterauth \"s 3\"\nappendonly yes\n";
    let expected = format!(
        "port 7000\n{ALWAYS}save \"\"\n\n# Generated by CONFIG REWRITE\nappendonly yes\n\
         replicaof 10.0.0.1 6379\nmasterauth \"s 3\"\n"
    );
    assert_eq!(rewrite_text(&old, now), expected);
    let later = expected.clone() + "# end\n";
    let promoted = rewrite_text(&later, "port 7000\nsave \"\"\nappendonly yes\n");
    assert_eq!(promoted.matches("Generated").count(), 1);
    assert!(!promoted.contains("replicaof") && !promoted.contains("masterauth"), "{promoted}");
}

#[test]
fn directives_of_several_lines_grow_and_shrink_in_place() {
    let old = format!("save 900 1\nsave 300 10\n# between\nsave 60 10000\n{ALWAYS}");
    assert_eq!(rewrite_text(&old, "save 30 3"), format!("save 30 3\n\n# between\n\n{ALWAYS}\n"));
    assert_eq!(rewrite_text(&old, "save \"\""), format!("save \"\"\n\n# between\n\n{ALWAYS}\n"));
    let more = rewrite_text(&format!("save 900 1\n{ALWAYS}"), "save 1 1 2 2");
    assert_eq!(more, format!("save 1 1\n{ALWAYS}\n# Generated by CONFIG REWRITE\nsave 2 2\n"));
    let limits = "client-output-buffer-limit pubsub 1mb 1mb 60";
    let text = rewrite_text(&format!("{limits}\nsave \"\"\n{ALWAYS}"), &format!("{limits}\nsave \"\"\n"));
    // The lines of the file are used up in the order of the classes, as Redis does it.
    assert!(text.starts_with("client-output-buffer-limit normal 0 0 0\n"), "{text}");
    assert!(
        text.contains("# Generated by CONFIG REWRITE\nclient-output-buffer-limit pubsub 1mb 1mb 60\n"),
        "{text}"
    );
}

#[test]
fn defaults_that_stand_in_the_file_stay_there() {
    let old = format!("timeout 5\nbind 1.2.3.4\nlogfile x\nunixsocket /s\nsave \"\"\n{ALWAYS}");
    let text = rewrite_text(&old, "save \"\"");
    assert_eq!(text, format!("timeout 0\n\nlogfile \"\"\n\nsave \"\"\n{ALWAYS}\n"));
}

#[test]
fn the_file_is_replaced_as_a_whole() {
    let folder = TempDir::new().expect("a folder");
    let (file, link) = (folder.path().join("redis.conf"), folder.path().join("link.conf"));
    fs::write(&file, "port 7000\n# mine\n").expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("mode");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let config = load(&[link.to_str().expect("plain"), "--timeout", "3"]).expect("good");
    config.rewrite(Extent::Needed, |s| s.replicaof = Some(("127.0.0.1".into(), 6379))).expect("rewritten");
    let text = fs::read_to_string(&file).expect("text");
    assert!(text.starts_with("port 7000\n# mine\n\n# Generated by CONFIG REWRITE\n"), "{text}");
    assert!(text.contains("\ntimeout 3\n") && text.contains("\nreplicaof 127.0.0.1 6379\n"), "{text}");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink(), "the link stays one");
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 2, "nothing is left over");
    assert!(config.snapshot().replicaof.is_none(), "only the file was adjusted");
}

#[test]
fn rewriting_fails_with_the_reason() {
    let error = Config::new(Settings::default()).rewrite(Extent::Needed, |_| ()).expect_err("no file");
    assert_eq!(error.to_string(), "ERR The server is running without a config file");
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("sub").join("redis.conf");
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    fs::write(&file, "port 1\n").expect("written");
    let config = load(&[file.to_str().expect("plain")]).expect("good");
    fs::remove_dir_all(folder.path().join("sub")).expect("removed");
    let error = config.rewrite(Extent::Needed, |_| ()).expect_err("no folder");
    assert_eq!(error.to_string(), "ERR Rewriting config file: No such file or directory");
}

#[test]
fn lines_of_file_only_directives_are_left_alone() {
    let now = Settings::default();
    let only: Vec<&Directive> = TABLE.iter().filter(|row| row.flags.has(Flags::FILE_ONLY)).collect();
    assert_eq!(only.len(), 4);
    for row in only {
        assert!(matches!(row.kind, Kind::Line(..)));
        // Users are written as they are now: none.
        let expected = if row.name == "user" { Lines::Write(Vec::new()) } else { Lines::Leave };
        assert_eq!(row.lines(&now, &now), expected);
    }
}
