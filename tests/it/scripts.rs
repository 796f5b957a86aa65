//! Scripts: what they answer, beside a real Redis 8 (`scripts/*.txt`, one script a line); what they change, on replicas
//! and in files; and what others see while one does not end.

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, bulk, ok, wait_until};

const FILES: &[&str] = &[
    include_str!("scripts/language.txt"),
    include_str!("scripts/calls.txt"),
    include_str!("scripts/libraries.txt"),
];

fn differences(ours: &mut Client, theirs: &mut Client) -> Vec<String> {
    let lines =
        FILES.iter().flat_map(|file| file.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|script| {
            let request = ["EVAL", script, "1", "key", "arg"];
            let (our, their) = (ours.call(&request), theirs.call(&request));
            // As text: there is a NaN among the replies.
            (format!("{our:?}") != format!("{their:?}"))
                .then(|| format!("{script}\n    rtool: {our:?}\n    redis: {their:?}\n"))
        })
        .collect()
}

/// The numbers of errors by code, and of calls of EVAL by outcome.
fn counts(client: &mut Client) -> Vec<String> {
    let mut text = String::new();
    for section in ["errorstats", "commandstats"] {
        text.push_str(client.call(&["INFO", section]).as_str().expect("a section"));
    }
    let lines =
        text.lines().filter(|line| line.starts_with("errorstat_") || line.starts_with("cmdstat_eval:"));
    let timeless =
        |line: &str| line.split(',').filter(|word| !word.starts_with("usec")).collect::<Vec<_>>().join(",");
    let mut lines: Vec<String> = lines.map(timeless).collect();
    lines.sort();
    lines
}

#[test]
fn scripts_answer_as_in_redis() {
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    for proto in ["2", "3"] {
        let (mut ours, mut theirs) = (rtool.connect(), redis.connect());
        for client in [&mut ours, &mut theirs] {
            client.call(&["HELLO", proto]);
            client.call(&["FLUSHALL"]);
            client.call(&["CONFIG", "RESETSTAT"]);
        }
        let found = differences(&mut ours, &mut theirs);
        assert_eq!(counts(&mut ours), counts(&mut theirs));
        assert!(found.is_empty(), "{} replies differ in RESP{proto}:\n{}", found.len(), found.join("\n"));
    }
}

/// Redis lets such words break its protocol: what follows is out of step.
#[test]
fn errors_and_statuses_stay_on_one_line() {
    let server = Server::start(Program::Rtool, &[]);
    for script in [
        "error('two\\r\\nlines')",
        "return redis.error_reply('two\\r\\nlines')",
        "return redis.status_reply('two\\r\\nlines')",
        "return {err = 'two\\r\\nlines'}",
        "return {ok = 'two\\r\\nlines'}",
        "redis.call('two\\r\\nlines')",
    ] {
        let mut client = server.connect();
        client.call(&["EVAL", script, "0"]);
        assert_eq!(client.call(&["ECHO", "in step"]), bulk("in step"), "{script}");
    }
}

#[test]
fn a_script_cannot_take_more_memory_than_its_bound() {
    let server = Server::start(Program::Rtool, &[]);
    let reply = server.call(&[
        "EVAL",
        "local t = {} while true do t[#t + 1] = string.rep('x', 2 ^ 24) .. #t end",
        "0",
    ]);
    assert!(reply.error().is_some_and(|line| line.contains("not enough memory")), "{reply:?}");
    assert_eq!(server.call(&["EVAL", "return 1", "0"]), Value::Int(1));
}

/// A server on which a script runs that does not end, and is busy.
fn busy(directives: &[&str], script: &str) -> (Server, Client) {
    let all = [&["--busy-reply-threshold", "50"], directives].concat();
    let server = Server::start(Program::Rtool, &all);
    let mut runner = server.connect();
    runner.send(&["EVAL", script, "1", "k"]).unwrap();
    wait_until("the server is busy", || is_busy(&server.call(&["GET", "x"])));
    (server, runner)
}

fn is_busy(reply: &Value) -> bool {
    *reply
        == Value::Error(
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.".into(),
        )
}

#[test]
fn a_busy_script_is_told_of_and_killed() {
    for threads in ["1", "4"] {
        let (server, mut runner) = busy(&["--io-threads", threads], "while true do end");
        let mut clients: Vec<Client> = (0..8).map(|_| server.connect()).collect();
        for client in &mut clients {
            assert!(is_busy(&client.call(&["SET", "k", "v"])));
            assert!(is_busy(&client.call(&["PING"])));
            assert_eq!(client.call(&["MULTI"]), ok());
            assert!(is_busy(&client.call(&["GET", "k"])));
            assert_eq!(client.call(&["DISCARD"]), ok());
            assert!(is_busy(&client.call(&["FUNCTION", "KILL"])));
        }
        assert_eq!(clients[0].call(&["SCRIPT", "KILL"]), ok());
        let reply = runner.read().unwrap().error().unwrap_or_default();
        assert!(reply.contains("Script killed by user with SCRIPT KILL..."), "{reply}");
        wait_until("others are served", || clients[1].call(&["SET", "k", "v"]) == ok());
        assert_eq!(
            clients[2].call(&["SCRIPT", "KILL"]),
            Value::Error("NOTBUSY No scripts in execution right now.".into())
        );
    }
}

#[test]
fn a_kill_is_not_caught() {
    for script in [
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() end) end",
        "local c = function() while true do end end while true do coroutine.resume(coroutine.create(c)) end",
    ] {
        let (server, mut runner) = busy(&[], script);
        assert_eq!(server.call(&["SCRIPT", "KILL"]), ok(), "{script}");
        let reply = runner.read().unwrap().error().unwrap_or_default();
        assert!(reply.contains("Script killed by user"), "{script}: {reply}");
    }
}

#[test]
fn a_script_that_has_written_cannot_be_killed() {
    let (mut server, _runner) =
        busy(&["--appendonly", "yes"], "redis.call('set', KEYS[1], 'written') while true do end");
    let reply = server.call(&["SCRIPT", "KILL"]).error().unwrap_or_default();
    assert!(reply.contains("UNKILLABLE Sorry the script already executed write commands"), "{reply}");
    assert!(is_busy(&server.call(&["SHUTDOWN"])), "without NOSAVE");
    let mut client = server.connect();
    client.send(&["SHUTDOWN", "NOSAVE"]).unwrap();
    server.wait_end();
    server.start_again();
    assert_eq!(server.call(&["GET", "k"]), Value::Null, "half of a script is not in the file");
}

/// A replica gets what scripts did, whole; so does the file.
#[test]
fn effects_reach_replicas_and_the_file() {
    let mut master = Server::start(Program::Rtool, &["--appendonly", "yes", "--io-threads", "4"]);
    let replica = Server::start(Program::Rtool, &[]);
    replica.follow(&master);
    let scripts = [
        "redis.call('set', KEYS[1], 'a') redis.call('incr', 'undeclared')",
        "for i = 1, 100 do redis.call('rpush', 'list' .. i, i) end",
        "redis.call('select', 2) redis.call('set', KEYS[1], 'in 2')",
        "redis.call('set', KEYS[1], 'b') error('after a write')",
        "redis.call('sadd', 'set', 1, 2, 3) redis.call('spop', 'set')",
        "redis.call('set', 'volatile', 'x', 'ex', 1000)",
        "redis.call('zadd', 'z', 1, math.random(1000))",
        "redis.call('xadd', 'x', '*', 'f', 'v')",
        "redis.set_repl(redis.REPL_ALL) redis.call('hincrbyfloat', 'h', 'f', '0.1')",
    ];
    for script in scripts {
        for _ in 0..3 {
            master.call(&["EVAL", script, "1", "key"]);
        }
    }
    replica.catch_up(&master);
    assert_eq!(replica.digest(), master.digest());
    let digest = master.digest();
    master.kill();
    master.start_again();
    assert_eq!(master.digest(), digest);
}

#[test]
fn set_repl_keeps_effects_here() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = Server::start(Program::Rtool, &[]);
    replica.follow(&master);
    let script = "redis.set_repl(redis.REPL_NONE) redis.call('set', 'here', 1) \
                  redis.set_repl(redis.REPL_ALL) redis.call('set', 'both', 1)";
    master.call(&["EVAL", script, "0"]);
    replica.catch_up(&master);
    let there = |key| (master.call(&["EXISTS", key]), replica.call(&["EXISTS", key]));
    assert_eq!(there("here"), (Value::Int(1), Value::Int(0)));
    assert_eq!(there("both"), (Value::Int(1), Value::Int(1)));
}

/// Scripts of many clients, on keys they declare and keys they do not: each is alone while it runs.
#[test]
fn scripts_are_atomic() {
    let server = Server::start(Program::Rtool, &["--io-threads", "4"]);
    let script = "local n = redis.call('get', KEYS[1]) or 0 local m = redis.call('get', 'undeclared') or 0 \
                  redis.call('set', KEYS[1], n + 1) redis.call('set', 'undeclared', m + 1) return 1";
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 200;
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let mut client = server.connect();
            scope.spawn(move || {
                let key = format!("key:{}", number % 3);
                for _ in 0..ROUNDS {
                    assert_eq!(client.call(&["EVAL", script, "1", &key]), Value::Int(1));
                    assert!(client.call(&["INCR", "plain"]).error().is_none());
                }
            });
        }
    });
    assert_eq!(server.call(&["GET", "undeclared"]), bulk(&(CLIENTS * ROUNDS).to_string()));
    assert_eq!(server.call(&["GET", "plain"]), bulk(&(CLIENTS * ROUNDS).to_string()));
    let sum: usize = (0..3).map(|n| number(&server.call(&["GET", &format!("key:{n}")]))).sum();
    assert_eq!(sum, CLIENTS * ROUNDS);
}

fn number(value: &Value) -> usize {
    match value {
        Value::Bulk(text) => std::str::from_utf8(text).unwrap().parse().unwrap(),
        other => panic!("no number: {other:?}"),
    }
}

#[test]
fn scripts_wake_those_who_wait() {
    let server = Server::start(Program::Rtool, &["--io-threads", "4"]);
    let mut waiter = server.connect();
    waiter.send(&["BLPOP", "list", "0"]).unwrap();
    wait_until("it waits", || server.info("blocked_clients") == "1");
    server.call(&["EVAL", "redis.call('rpush', 'list', 'a')", "0"]);
    assert_eq!(
        format!("{:?}", waiter.read().unwrap()),
        format!("{:?}", Value::Array(vec![bulk("list"), bulk("a")]))
    );
}

#[test]
fn info_counts_scripts() {
    let server = Server::start(Program::Rtool, &[]);
    assert_eq!(server.info("number_of_cached_scripts"), "0");
    for n in 0..600 {
        server.call(&["EVAL", &format!("return {n}"), "0"]);
    }
    server.call(&["SCRIPT", "LOAD", "return 'stays'"]);
    assert_eq!(server.info("number_of_cached_scripts"), "501");
    assert_eq!(server.info("evicted_scripts"), "100");
    assert_ne!(server.info("used_memory_lua"), "0");
    server.call(&["SCRIPT", "FLUSH"]);
    assert_eq!(server.info("number_of_cached_scripts"), "0");
}

/// What one script sets in cjson another sees, on whatever thread; flushing the scripts undoes it.
#[test]
fn settings_of_cjson_are_those_of_the_server() {
    let server = Server::start(Program::Rtool, &["--io-threads", "4"]);
    server.call(&["EVAL", "cjson.encode_number_precision(3)", "0"]);
    for _ in 0..8 {
        assert_eq!(server.call(&["EVAL", "return cjson.encode(1/3)", "0"]), bulk("0.333"));
    }
    server.call(&["SCRIPT", "FLUSH"]);
    assert_eq!(server.call(&["EVAL", "return cjson.encode(1/3)", "0"]), bulk("0.33333333333333"));
}
