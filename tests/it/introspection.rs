//! What an operator looks with: the filters of CLIENT LIST and CLIENT KILL, COMMANDLOG, HOTKEYS and INFO keysizes,
//! beside a real Redis 8 or Valkey where it has them.

use std::collections::BTreeMap;

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, ok, wait_until};

/// A reply as text; of a list of clients, their names.
fn told(reply: &Value) -> String {
    if let Some(error) = reply.error() {
        return error;
    }
    let text = reply.as_str().map_or_else(|| format!("{reply:?}"), str::to_owned);
    if !text.is_empty() && !text.starts_with("id=") {
        return text;
    }
    let names = text.lines().filter_map(|line| field(line, "name"));
    format!("{:?}", names.collect::<Vec<_>>())
}

fn field<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn words(line: &str) -> Vec<Vec<u8>> {
    rtool::resp::quote::split(line.as_bytes()).expect("quotes are balanced")
}

/// Some clients that differ, each with a name.
fn crowd(server: &Server) -> Vec<Client> {
    let lines: [&[&str]; 4] = [
        &["ACL SETUSER u on nopass +@all ~*"],
        &["SELECT 3", "CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO LIB-VER 1.2"],
        &["SUBSCRIBE ch"],
        &["AUTH u x", "CLIENT CAPA nothing redirect", "MULTI"],
    ];
    let crowd = lines.iter().enumerate().map(|(i, lines)| {
        let mut client = server.connect();
        client.call(&["CLIENT", "SETNAME", &format!("c{i}")]);
        lines.iter().for_each(|line| _ = client.call(&words(line)));
        client
    });
    crowd.collect()
}

fn ids(server: &Server) -> BTreeMap<String, String> {
    let list = server.call(&["CLIENT", "LIST"]);
    let lines = list.as_str().expect("a list").lines().map(str::to_owned).collect::<Vec<_>>();
    let of = |line: &String| Some((field(line, "name")?.to_owned(), field(line, "id")?.to_owned()));
    lines.iter().filter_map(of).collect()
}

/// The lines told by the first of the crowd, where `{c1}` is the id of the second.
fn tell(server: &Server, lines: &[&str]) -> Vec<String> {
    let mut crowd = crowd(server);
    let ids = ids(server);
    let tell = |line: &&str| {
        let line =
            ids.iter().fold((*line).to_owned(), |line, (name, id)| line.replace(&format!("{{{name}}}"), id));
        told(&crowd[0].call(&words(&line)))
    };
    lines.iter().map(tell).zip(lines).map(|(reply, line)| format!("{line}: {reply}")).collect()
}

fn same_as(program: Program, lines: &[&str]) {
    let Some(peer) = Server::peer(program, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let (ours, theirs) = (tell(&rtool, lines), tell(&peer, lines));
    let differ: Vec<_> = ours.iter().zip(&theirs).filter(|(our, their)| our != their).collect();
    assert!(differ.is_empty(), "rtool, and {}: {differ:#?}", program.name());
}

/// Filters that Valkey has, and its errors.
const FILTERS: &[&str] = &[
    "CLIENT LIST",
    "CLIENT LIST ID {c1}",
    "CLIENT LIST ID {c1} {c0} SKIPME yes",
    "CLIENT LIST ID {c1} NAME c1",
    "CLIENT LIST ID {c0} ID {c1} {c2}",
    "CLIENT LIST NAME c1",
    "CLIENT LIST NOT-NAME c1",
    "CLIENT LIST NAME",
    "CLIENT LIST NAME c1 NAME c0",
    "CLIENT LIST USER default",
    "CLIENT LIST USER u",
    "CLIENT LIST NOT-USER u",
    "CLIENT LIST USER nosuch",
    "CLIENT LIST NOT-USER nosuch",
    "CLIENT LIST NOT-ID {c0}",
    "CLIENT LIST NOT-ID {c0} {c1} NOT-ID {c2}",
    "CLIENT LIST NOT-ID {c0} NAME c2",
    "CLIENT LIST MAXAGE 0",
    "CLIENT LIST MAXAGE x",
    "CLIENT LIST MAXAGE 10000",
    "CLIENT LIST IDLE 0",
    "CLIENT LIST IDLE x",
    "CLIENT LIST IDLE 10000",
    "CLIENT LIST NOT-IDLE 1",
    "CLIENT LIST NOT-MAXAGE 1",
    "CLIENT LIST FLAGS N",
    "CLIENT LIST FLAGS P",
    "CLIENT LIST FLAGS x",
    "CLIENT LIST FLAGS xP",
    "CLIENT LIST FLAGS NN",
    "CLIENT LIST NOT-FLAGS N",
    "CLIENT LIST FLAGS \"\"",
    "CLIENT LIST FLAGS Q",
    "CLIENT LIST DB 3",
    "CLIENT LIST NOT-DB 3",
    "CLIENT LIST DB -1",
    "CLIENT LIST DB 16",
    "CLIENT LIST DB x",
    "CLIENT LIST NOT-DB x",
    "CLIENT LIST NOT-DB 99",
    "CLIENT LIST CAPA r",
    "CLIENT LIST NOT-CAPA r",
    "CLIENT LIST CAPA x",
    "CLIENT LIST NOT-CAPA x",
    "CLIENT LIST IP 127.0.0.1",
    "CLIENT LIST NOT-IP 127.0.0.1",
    "CLIENT LIST IP 127",
    "CLIENT LIST LIB-NAME lib",
    "CLIENT LIST LIB-NAME \"\"",
    "CLIENT LIST NOT-LIB-NAME lib",
    "CLIENT LIST LIB-VER 1.2",
    "CLIENT LIST NOT-LIB-VER 1.2",
    "CLIENT LIST TYPE normal",
    "CLIENT LIST TYPE pubsub",
    "CLIENT LIST NOT-TYPE pubsub",
    "CLIENT LIST TYPE primary",
    "CLIENT LIST TYPE nosuch",
    "CLIENT LIST TYPE pubsub TYPE normal",
    "CLIENT LIST ADDR 1.1.1.1:1",
    "CLIENT LIST NOT-ADDR 1.1.1.1:1",
    "CLIENT LIST NOT-LADDR 1.1.1.1:1",
    "CLIENT LIST SKIPME yes",
    "CLIENT LIST SKIPME no",
    "CLIENT LIST SKIPME maybe",
    "CLIENT LIST NOSUCH x",
    "CLIENT LIST NOSUCH",
    "CLIENT LIST NAME c1 NOSUCH x",
    "CLIENT LIST NOT-SKIPME yes",
    "CLIENT CAPA",
    "CLIENT CAPA nothing",
    "CLIENT KILL ID 0",
    "CLIENT KILL MAXAGE 0",
    "CLIENT KILL MAXAGE x",
    "CLIENT KILL IDLE 10000",
    "CLIENT KILL NOT-USER nosuch",
    "CLIENT KILL DB x",
    "CLIENT KILL FLAGS Q",
    "CLIENT KILL NAME c1 NOT-LIB-NAME lib",
    "CLIENT KILL ID {c1} {c2} {c1} DB 3",
    "CLIENT LIST",
    "CLIENT KILL CAPA r FLAGS x",
    "CLIENT KILL NAME c0",
    "CLIENT KILL NAME c0 SKIPME no",
];

#[test]
fn clients_are_filtered_as_by_valkey() {
    same_as(Program::Valkey, FILTERS);
}

#[test]
fn clients_are_filtered_as_by_redis() {
    same_as(
        Program::Redis8,
        &[
            "CLIENT LIST ID {c2} {c0} {c2}",
            "CLIENT LIST ID 0 -1 {c0}",
            "CLIENT LIST ID",
            "CLIENT LIST ID x",
            "CLIENT LIST ID {c0} x",
            "CLIENT LIST TYPE pubsub",
            "CLIENT LIST TYPE nosuch",
            "CLIENT KILL ID x",
            "CLIENT KILL ID {c0} TYPE nosuch",
            "CLIENT KILL ID {c0} nosuch",
            "CLIENT KILL ID {c0} nosuch x",
            "CLIENT KILL USER nosuch",
            "CLIENT KILL MAXAGE x",
            "CLIENT KILL ID {c1} USER default",
            "CLIENT KILL TYPE pubsub SKIPME yes",
            "CLIENT LIST",
        ],
    );
}

/// The command that CLIENT LIST shows of the client with this name.
fn shown_command(server: &Server, name: &str) -> Option<String> {
    let list = server.call(&["CLIENT", "LIST"]);
    let line = list.as_str()?.lines().find(|line| field(line, "name") == Some(name))?;
    field(line, "cmd").map(str::to_owned)
}

#[test]
fn the_last_command_of_a_client_is_shown() {
    let servers = [Program::Rtool, Program::Redis8].map(|program| Server::peer(program, &[]));
    let cases: [(&[&str], &str); 10] = [
        (&["GET a"], "get"),
        (&["SUBSCRIBE ch"], "subscribe"),
        (&["BLPOP nothing 0"], "blpop"),
        (&["CONFIG GET maxmemory"], "config|get"),
        (&["MULTI", "SET a 1"], "set"),
        (&["MULTI", "SET a 1", "EXEC"], "exec"),
        (&["EVAL 'return redis.call(\"GET\", \"a\")' 0"], "eval"),
        (&["GET a", "SET a 1", "LPUSH a 1"], "lpush"),
        (&["WAIT 1 0"], "wait"),
        (&["MONITOR"], "monitor"),
    ];
    for (i, (lines, expected)) in cases.iter().enumerate() {
        for server in servers.iter().flatten() {
            let (mut client, name) = (server.connect(), format!("client{i}"));
            client.call(&["CLIENT", "SETNAME", &name]);
            lines.iter().for_each(|line| client.send(&words(line)).expect("sent"));
            let what = format!("{}: {lines:?}", server.program().name());
            wait_until(&what, || shown_command(server, &name).as_deref() == Some(expected));
        }
    }
}

const SENT: &[&str] = &[
    "GET a",
    "CLIENT CAPA redirect",
    "GET a",
    "SET a 1",
    "EVAL_RO 'return 1' 0",
    "EVAL 'return 1' 0",
    "EVAL 'return redis.call(\"GET\", \"a\")' 0",
    "KEYS *",
    "PING",
    "MULTI",
    "GET a",
    "EXEC",
    "MULTI",
    "PING",
    "EXEC",
    "SUBSCRIBE ch",
    "UNSUBSCRIBE",
    "READONLY",
    "GET a",
    "SET a 1",
    "READWRITE",
    "GET a",
    "READONLY",
    "RESET",
    "GET a",
];

/// What a client is told by a replica, with the name of the master's port in the place of its number.
fn told_by_replica(program: Program, lines: &[&str]) -> Option<Vec<String>> {
    let (master, replica) = (Server::peer(program, &[])?, Server::peer(program, &[])?);
    replica.follow(&master);
    let mut client = replica.connect();
    let mut tell = |line: &&str| {
        let reply = told(&client.call(&words(line))).replace(&master.port().to_string(), "PORT");
        format!("{line}: {reply}")
    };
    Some(lines.iter().map(&mut tell).collect())
}

#[test]
fn a_client_that_can_be_sent_to_the_master_is_as_by_valkey() {
    let ours = told_by_replica(Program::Rtool, SENT).expect("rtool");
    assert_eq!(ours[2], "GET a: REDIRECT 127.0.0.1:PORT");
    assert_eq!(ours[18], "GET a: Null", "after READONLY");
    if let Some(theirs) = told_by_replica(Program::Valkey, SENT) {
        assert_eq!(ours, theirs);
    }
    let lines = ["READONLY", "READWRITE"];
    let ours = told_by_replica(Program::Rtool, &lines).expect("rtool");
    if let Some(theirs) = told_by_replica(Program::Redis8, &lines) {
        assert_eq!(ours, theirs, "to whoever has not said so it means nothing");
    }
}

/// While a failover has not said who leads, such a client waits, and then goes where the lead went.
#[test]
fn a_client_that_can_be_sent_waits_for_the_end_of_a_failover() {
    let (master, replica) = (Server::start(Program::Rtool, &[]), Server::start(Program::Rtool, &[]));
    replica.follow(&master);
    let mut client = master.connect();
    client.call(&["CLIENT", "CAPA", "redirect"]);
    assert_eq!(client.call(&["SET", "a", "1"]), ok());
    replica.signal(nix::sys::signal::Signal::SIGSTOP);
    master.call(&["SET", "a", "2"]);
    let port = replica.port().to_string();
    assert_eq!(master.call(&["FAILOVER", "TO", "127.0.0.1", &port, "TIMEOUT", "100", "FORCE"]), ok());
    wait_until("nobody leads", || master.info("master_failover_state") == "failover-in-progress");
    client.send(&["SET", "a", "3"]).expect("sent");
    replica.signal(nix::sys::signal::Signal::SIGCONT);
    let reply = client.read().expect("a reply");
    assert_eq!(reply.error(), Some(format!("REDIRECT 127.0.0.1:{port}")));
}

/// The entries of a log without what differs between servers: ids, times and addresses.
fn entries(client: &mut Client, kind: &str) -> String {
    let log = client.call(&["COMMANDLOG", "GET", "-1", kind]);
    let short = |value: &Value| value.as_str().unwrap_or_default().chars().take(12).collect::<String>();
    let entries = log.as_list().expect("a list").iter().map(|entry| {
        let entry = entry.as_list().expect("an entry");
        let args = entry[3].as_list().expect("arguments").iter().map(short).collect::<Vec<_>>();
        format!("{:?} {} {}\n", entry[2], args.join(" "), short(&entry[5]))
    });
    entries.collect()
}

/// In a transaction we log a request when it comes, and a reply without those before it; Valkey the sum of the
/// replies, and the request not at all.
#[test]
fn large_requests_and_replies_are_logged_as_by_valkey() {
    let Some(valkey) = Server::peer(Program::Valkey, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let large = "x".repeat(300);
    let [set, small] = [format!("SET k {large}"), format!("SET small {}", &large[..20])];
    let user = format!("ACL SETUSER u on >{}", "secret".repeat(60));
    let lines = [
        "CONFIG SET commandlog-request-larger-than 100",
        "CONFIG SET commandlog-reply-larger-than 200",
        &set,
        &small,
        "GET k",
        "GET small",
        "MULTI",
        "GET k",
        "EXEC",
        "MGET k k",
        "NOSUCH k",
        "OBJECT ENCODING k",
        &user,
        "COMMANDLOG LEN large-request",
        "COMMANDLOG LEN large-reply",
        "LOG large-request",
        "CONFIG SET commandlog-large-request-max-len 1 commandlog-request-larger-than 0",
        "PING",
        "COMMANDLOG LEN large-request",
        "CONFIG SET commandlog-request-larger-than -1 commandlog-reply-larger-than -1",
        "COMMANDLOG RESET large-request",
        "COMMANDLOG RESET large-reply",
        "COMMANDLOG GET 1 nosuch",
        "COMMANDLOG GET x slow",
        "COMMANDLOG GET -2 slow",
        "COMMANDLOG GET 1",
        "COMMANDLOG RESET nosuch",
        "COMMANDLOG LEN nosuch",
        "GET k",
        "COMMANDLOG LEN large-request",
        "COMMANDLOG LEN large-reply",
        "CONFIG GET *larger-than",
        "CONFIG GET commandlog-execution-slower-than",
        "CONFIG SET commandlog-execution-slower-than 0",
        "PING",
        "CONFIG SET slowlog-log-slower-than -1",
        "COMMANDLOG LEN slow",
        "SLOWLOG LEN",
        "COMMANDLOG RESET slow",
        "SLOWLOG LEN",
    ];
    let [ours, theirs] = [&rtool, &valkey].map(|server| {
        let mut client = server.connect();
        client.call(&["CLIENT", "SETNAME", "someone"]);
        let mut told = |line: &&str| match line.strip_prefix("LOG ") {
            Some(kind) => entries(&mut client, kind),
            None => format!(
                "{} -> {}",
                line.split(' ').take(4).collect::<Vec<_>>().join(" "),
                told(&client.call(&words(line)))
            ),
        };
        lines.iter().map(&mut told).collect::<Vec<_>>()
    });
    let differ: Vec<_> = ours.iter().zip(&theirs).filter(|(our, their)| our != their).collect();
    assert!(differ.is_empty(), "rtool, and Valkey: {differ:#?}");
    assert!(!ours.join("").contains("secretsecret "), "a password is in the log");
}

#[test]
fn large_requests_and_replies_of_a_transaction_are_logged_once() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    let append = format!("APPEND k {}", "y".repeat(200));
    for line in [
        "CONFIG SET commandlog-request-larger-than 100 commandlog-reply-larger-than 200",
        "MULTI",
        &append,
        "GET k",
        "EXEC",
    ] {
        client.call(&words(line));
    }
    let logged = entries(&mut client, "large-reply");
    assert_eq!(logged, "Int(208) GET k \n", "without that of EXEC, which holds it");
    assert_eq!(entries(&mut client, "large-request"), "Int(231) APPEND k yyyyyyyyyyyy \n");
}

/// The keys of a list of HOTKEYS GET with their numbers.
fn hot(server: &Server, list: &str) -> Vec<(String, i64)> {
    let report = server.call(&["HOTKEYS", "GET"]);
    let parts = report.as_list().expect("a report");
    let at = parts.iter().position(|part| part.as_str() == Some(list)).expect("the list");
    let pairs = parts[at + 1].as_list().expect("pairs").chunks(2).map(|pair| {
        let Value::Int(number) = pair[1] else { panic!("{pair:?}") };
        (pair[0].as_str().expect("a name").to_owned(), number)
    });
    pairs.collect()
}

fn number(server: &Server, name: &str) -> i64 {
    let report = server.call(&["HOTKEYS", "GET"]);
    let parts = report.as_list().expect("a report");
    let at = parts.iter().position(|part| part.as_str() == Some(name)).expect("the field");
    let Value::Int(number) = parts[at + 1] else { panic!("{parts:?}") };
    number
}

/// Nobody has switched it on: a key with a third of all commands is seen, and about how many they are; so is one
/// that is rare and large.
#[test]
fn hot_keys_are_seen_without_being_asked_for() {
    const COMMANDS: usize = 60_000;
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    let mut pipeline = Vec::new();
    for i in 0..COMMANDS {
        let key = if i % 3 == 0 { "hot".into() } else { format!("key{}", i * 7919 % 5000) };
        pipeline.extend(crate::harness::request(&["INCR", &key]));
    }
    std::thread::scope(|scope| {
        let mut writer = client.stream().try_clone().expect("a second handle");
        scope.spawn(move || std::io::Write::write_all(&mut writer, &pipeline).expect("sent"));
        (0..COMMANDS).for_each(|_| _ = client.read().expect("a reply"));
    });
    client.call(&["SET", "large", &"x".repeat(3_000_000)]);
    let by_count = hot(&server, "by-count");
    let (name, count) = &by_count[0];
    let share = COMMANDS as i64 / 3;
    assert!(name == "hot" && (share * 7 / 10..share * 13 / 10).contains(count), "{by_count:?}");
    assert!(by_count.len() == 1 || by_count[1].1 < share / 5, "{by_count:?}");
    let by_bytes = hot(&server, "by-net-bytes");
    assert!(by_bytes[0].0 == "large" && (3_000_000..3_001_000).contains(&by_bytes[0].1), "{by_bytes:?}");
    assert_eq!(number(&server, "tracking-active"), 1);
    assert!(number(&server, "net-bytes-all-commands-all-slots") > 3_000_000);
}

/// A session counts each command, to the byte.
#[test]
fn a_session_of_hot_keys_counts_every_command() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    client.call(&["SET", "before", "1"]);
    assert_eq!(client.call(&words("HOTKEYS START METRICS 2 CPU NET COUNT 3")), ok());
    let mut bytes = 0;
    for line in [
        "SET a 1",
        "GET a",
        "INCR a",
        "MGET a b",
        "LPUSH l x",
        "MULTI",
        "GET a",
        "EXEC",
        "EVAL 'return 1' 1 e",
    ] {
        client.call(&words(line));
        if line == "LPUSH l x" {
            bytes = crate::harness::request(&["LPUSH", "l", "x"]).len() as i64 + 4;
        }
    }
    let counts = hot(&server, "by-count");
    assert_eq!(counts[0], ("a".into(), 5));
    assert_eq!(counts[1..], [("b".into(), 1), ("e".into(), 1)]);
    assert!(
        hot(&server, "by-net-bytes").contains(&("l".into(), bytes)),
        "{:?}",
        hot(&server, "by-net-bytes")
    );
    let again = client.call(&words("HOTKEYS START METRICS 1 CPU")).error();
    assert!(again.is_some_and(|error| error.contains("already")));
    assert!(client.call(&["HOTKEYS", "RESET"]).error().is_some(), "not while it runs");
    assert_eq!(client.call(&["HOTKEYS", "STOP"]), ok());
    client.call(&["GET", "a"]);
    assert_eq!(hot(&server, "by-count"), counts, "nothing is added");
    assert_eq!(number(&server, "tracking-active"), 0);
    assert!(client.call(&["HOTKEYS", "STOP"]).error().is_some());
    assert_eq!(client.call(&["HOTKEYS", "RESET"]), ok());
    assert_eq!(hot(&server, "by-count"), [], "everything is forgotten");
    assert_eq!((number(&server, "tracking-active"), number(&server, "sample-ratio")), (1, 64));
    for line in [
        "START",
        "START METRICS 0",
        "START METRICS 1",
        "START METRICS 2 CPU",
        "START METRICS 1 DISK",
        "START METRICS 1 CPU COUNT 0",
        "START METRICS 1 CPU COUNT 65",
        "START METRICS 1 CPU DURATION x",
        "START METRICS 1 CPU SAMPLE 0",
        "START METRICS 1 CPU SLOTS 1 5",
        "START METRICS 1 CPU NONSENSE 1",
        "GET COUNT",
        "GET COUNT 0",
        "GET DB 77",
    ] {
        assert!(client.call(&words(&format!("HOTKEYS {line}"))).error().is_some(), "{line}");
    }
    assert_eq!(client.call(&words("HOTKEYS START METRICS 1 NET DURATION 1")), ok());
    wait_until("its time is over", || number(&server, "tracking-active") == 0);
}

/// INFO keysizes after random commands, beside Redis 8.
#[test]
fn the_sizes_of_keys_are_those_of_redis() {
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let servers = [&rtool, &redis];
    let mut clients = servers.map(Server::connect);
    let mut random = 0x5eed_u64;
    for _ in 0..3000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (n, key) = (random >> 33, random >> 20 & 15);
        let line = match n % 14 {
            0 => format!("SET s{key} {}", n * n % 100_000),
            1 => format!("SETRANGE s{key} {} x", n % 3000),
            2 => format!("RPUSH l{key} {n} b c"),
            3 => format!("LPOP l{key} {}", n % 9),
            4 => format!("SADD x{key} {} {}", n % 99, n % 7),
            5 => format!("SREM x{key} {}", n % 99),
            6 => format!("HSET h{key} f{} v g v", n % 700),
            7 => format!("HDEL h{key} f{}", n % 700),
            8 => format!("ZADD z{key} {n} m{}", n % 300),
            9 => format!("ZREMRANGEBYRANK z{key} 0 {}", n % 5),
            10 => format!("DEL s{key} l{key}"),
            11 => format!("COPY z{key} z{} REPLACE", n % 16),
            12 => format!("MOVE x{key} 3"),
            _ => format!("INCRBY i{key} {}", i64::try_from(n).unwrap_or(0) - 500_000_000),
        };
        let replies = clients.each_mut().map(|client| client.call(&words(&line)));
        assert_eq!(format!("{:?}", replies[0]), format!("{:?}", replies[1]), "{line}");
    }
    let sizes = servers.map(|server| server.call(&["INFO", "keysizes"]).as_str().map(str::to_owned));
    assert_eq!(sizes[0], sizes[1]);
    assert!(sizes[0].as_ref().is_some_and(|text| text.lines().count() > 5), "{sizes:?}");
}

/// What the kernel is told follows the role and the settings, and comes back.
#[test]
fn the_oom_score_follows_the_role() {
    let score = |server: &Server| {
        let text = std::fs::read_to_string(format!("/proc/{}/oom_score_adj", server.pid())).expect("it runs");
        text.trim().parse::<i32>().expect("a number")
    };
    let plain = Server::start(Program::Rtool, &[]);
    let before = score(&plain);
    plain.call(&["CONFIG", "SET", "oom-score-adj-values", "10 20 30"]);
    assert_eq!(score(&plain), before, "it is off");
    for (mode, own) in [("yes", before), ("absolute", 0), ("relative", before)] {
        assert_eq!(plain.call(&["CONFIG", "SET", "oom-score-adj", mode]), ok());
        assert_eq!(score(&plain), own + 10, "{mode}");
    }
    plain.call(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(score(&plain), before + 20);
    plain.call(&["REPLICAOF", "NO", "ONE"]);
    assert_eq!(plain.call(&["CONFIG", "SET", "oom-score-adj-values", "15 20 30"]), ok());
    assert_eq!(score(&plain), before + 15);
    assert_eq!(plain.call(&["CONFIG", "SET", "oom-score-adj", "no"]), ok());
    assert_eq!(score(&plain), before);
    let options = ["--oom-score-adj", "absolute", "--oom-score-adj-values", "100 300 0"];
    assert_eq!(score(&Server::start(Program::Rtool, &options)), 100);
    let following = [&options[..], &["--replicaof", "127.0.0.1", "1"]].concat();
    assert_eq!(score(&Server::start(Program::Rtool, &following)), 300);
}
