//! MIGRATE: to every make of server, and to targets that answer late, wrongly, in part or not at all.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use rtool::resp::value::Value;

use crate::harness::{Program, Server, bulk, ok, wait_until};

/// Long enough that no test meets it unless it means to.
const PATIENT_MS: &str = "60000";

/// One key of every type, small and big.
fn fill(server: &Server) {
    let mut client = server.connect();
    let mut run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        assert!(client.call(&words).error().is_none(), "{line}");
    };
    run("SET number 17");
    run("SET text some-text EX 10000");
    run("RPUSH list a b 3");
    run("SADD ints 1 2 3");
    run("SADD words a b 3");
    run("HSET hash f v g 1");
    run("ZADD zset 1.5 a -inf b");
    run("XADD stream 5-1 f v");
    run("XADD stream 6-1 f w");
    run("XGROUP CREATE stream group 0");
    run("XREADGROUP GROUP group me COUNT 1 STREAMS stream >");
    run("SETBIT bits 100000 1");
    run("PFADD hll a b c");
    for i in 0..2000 {
        run(&format!("RPUSH big:list element:{i}"));
        run(&format!("SADD big:set element:{i}"));
        run(&format!("HSET big:hash field:{i} value:{i}"));
        run(&format!("ZADD big:zset {i} element:{i}"));
    }
}

const KEYS: [&str; 14] = [
    "number", "text", "list", "ints", "words", "hash", "zset", "stream", "bits", "hll", "big:list",
    "big:set", "big:hash", "big:zset",
];

fn migrate(server: &Server, port: u16, rest: &[&str]) -> Value {
    let port = port.to_string();
    let mut words = vec!["MIGRATE", "127.0.0.1", &port];
    words.extend(rest);
    server.call(&words)
}

/// The error line of a reply.
fn error(value: &Value) -> String {
    value.error().unwrap_or_else(|| panic!("{value:?} is no error")).to_owned()
}

/// A target that a test plays itself.
struct Target(TcpListener);

impl Target {
    fn new() -> Target {
        Target(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// Accepts and answers requests until `answers` is at its end; the socket is returned.
    fn play(&self, answers: &[&str]) -> TcpStream {
        let (socket, _) = self.0.accept().unwrap();
        let mut input = BufReader::new(socket.try_clone().unwrap());
        for answer in answers {
            read_request(&mut input);
            (&socket).write_all(answer.as_bytes()).unwrap();
        }
        socket
    }
}

/// One request, as words.
fn read_request(input: &mut impl BufRead) -> Vec<Vec<u8>> {
    let number = |input: &mut dyn BufRead| {
        let mut line = String::new();
        input.read_line(&mut line).unwrap();
        line[1..].trim().parse::<usize>().unwrap()
    };
    let count = number(input);
    let mut words = vec![];
    for _ in 0..count {
        let mut word = vec![0; number(input) + 2];
        input.read_exact(&mut word).unwrap();
        word.truncate(word.len() - 2);
        words.push(word);
    }
    words
}

#[test]
fn every_type_arrives_at_every_make_of_server() {
    for program in [Program::Rtool, Program::Redis, Program::Redis8, Program::Valkey] {
        let Some(target) = Server::peer(program, &[]) else { continue };
        let source = Server::start(Program::Rtool, &[]);
        fill(&source);
        let before = source.digest();
        let copied = [&["", "0", PATIENT_MS, "COPY", "KEYS"][..], &KEYS].concat();
        assert_eq!(migrate(&source, target.port(), &copied), ok(), "{program:?}");
        assert_eq!(source.digest(), before, "{program:?}");
        assert_eq!(target.digest(), before, "{program:?}");
        let moved = [&["", "0", PATIENT_MS, "REPLACE", "KEYS"][..], &KEYS].concat();
        assert_eq!(migrate(&source, target.port(), &moved), ok(), "{program:?}");
        assert_eq!(source.call(&["DBSIZE"]), Value::Int(0), "{program:?}");
        assert_eq!(target.digest(), before, "{program:?}");
        let Value::Int(left) = target.call(&["TTL", "text"]) else { panic!("{program:?}") };
        assert!((9000..=10_000).contains(&left), "{program:?}: {left}");
        assert_eq!(source.info("migrate_cached_sockets"), "1");
    }
}

#[test]
fn from_redis_to_us() {
    for program in Program::PEERS {
        let Some(source) = Server::peer(program, &[]) else { continue };
        let target = Server::start(Program::Rtool, &[]);
        fill(&source);
        let before = source.digest();
        let moved = [&["", "0", PATIENT_MS, "KEYS"][..], &KEYS].concat();
        assert_eq!(migrate(&source, target.port(), &moved), ok(), "{program:?}");
        assert_eq!(target.digest(), before, "{program:?}");
    }
}

#[test]
fn its_mistakes_are_those_of_redis() {
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let ours = Server::start(Program::Rtool, &[]);
    let busy_server = Server::start(Program::Rtool, &[]);
    let guarded = Server::start(Program::Redis, &["--requirepass", "right"]);
    busy_server.call(&["SET", "taken", "x"]);
    let clean = || drop(busy_server.call(&["DEL", "free", "other"]));
    let (busy, guarded) = (busy_server.port().to_string(), guarded.port().to_string());
    for server in [&redis, &ours] {
        server.call(&["MSET", "taken", "1", "free", "2", "other", "3"]);
    }
    let lines = [
        "1 nokey 0 10",
        "1 free 0 10 COPY AUTH",
        "1 free 0 10 AUTH2 user",
        "1 free 0 10 NONSENSE",
        "1 free zero 10",
        "1 free 0 soon",
        "1 free zero soon",
        "1 free 0 10 KEYS a",
        "BUSY free 99 1000",
        "BUSY taken 0 1000",
        "BUSY taken 0 1000 COPY",
        "BUSY free 0 1000 AUTH2 nobody pass",
        "GUARDED free 0 1000",
        "GUARDED free 0 1000 AUTH wrong",
        "GUARDED free 0 1000 COPY REPLACE AUTH right",
        "BUSY other 0 1000 COPY",
        "1 other 0 10",
        "notaport other 0 10",
    ];
    for line in lines {
        let line = line.replace("BUSY", &busy).replace("GUARDED", &guarded);
        let words: Vec<&str> = ["MIGRATE", "127.0.0.1"].into_iter().chain(line.split(' ')).collect();
        let theirs = redis.call(&words);
        // The other source may have left its copy there.
        clean();
        assert_eq!(ours.call(&words), theirs, "{line}");
        clean();
        assert_eq!(
            ours.call(&["EXISTS", "taken", "free", "other"]),
            redis.call(&["EXISTS", "taken", "free", "other"]),
            "{line}"
        );
    }
}

#[test]
fn only_writers_of_the_key_wait() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["MSET", "moving", "old", "other", "1"]);
    let target = Target::new();
    let mut mover = source.connect();
    mover.send(&["MIGRATE", "127.0.0.1", &target.port().to_string(), "moving", "0", PATIENT_MS]).unwrap();
    let socket = target.play(&["+OK\r\n"]); // SELECT; RESTORE is not answered
    assert_eq!(source.call(&["GET", "moving"]), bulk("old"));
    assert_eq!(source.call(&["SET", "other", "2"]), ok());
    assert!(matches!(source.call(&["SCAN", "0"]), Value::Array(_)));
    let blocked = || source.info("blocked_clients");
    let mut writers = vec![];
    for words in
        [&["APPEND", "moving", "x"][..], &["FLUSHALL"], &["MIGRATE", "127.0.0.1", "1", "moving", "0", "10"]]
    {
        let mut writer = source.connect();
        writer.send(words).unwrap();
        writers.push(writer);
        wait_until("the writer waits", || blocked() == writers.len().to_string());
    }
    let mut transaction = source.connect();
    assert_eq!(transaction.call(&["MULTI"]), ok());
    transaction.call(&["SET", "other", "3"]);
    transaction.call(&["SET", "moving", "new"]);
    transaction.send(&["EXEC"]).unwrap();
    wait_until("the transaction waits", || blocked() == "4");
    assert_eq!(source.call(&["GET", "other"]), bulk("2"));
    (&socket).write_all(b"-ERR no room\r\n").unwrap();
    let answer = mover.read().unwrap();
    assert_eq!(error(&answer), "ERR Target instance replied with error: ERR no room");
    assert!(matches!(transaction.read().unwrap(), Value::Array(_)));
    for mut writer in writers {
        writer.read().unwrap();
    }
}

#[test]
fn a_timeout_leaves_the_key() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["SET", "k", "v"]);
    let target = Target::new();
    let answer = migrate(&source, target.port(), &["k", "0", "50"]);
    assert_eq!(error(&answer), "IOERR error or timeout reading to target instance");
    assert_eq!(source.call(&["APPEND", "k", "w"]), Value::Int(2));
    assert_eq!(source.info("migrate_cached_sockets"), "0");
}

#[test]
fn only_what_was_accepted_goes() {
    let source = Server::start(Program::Rtool, &["--appendonly", "yes"]);
    let replica = Server::start(Program::Rtool, &[]);
    replica.follow(&source);
    source.call(&["MSET", "a", "1", "b", "2", "c", "3"]);
    let target = Target::new();
    let mut mover = source.connect();
    let port = target.port().to_string();
    mover.send(&["MIGRATE", "127.0.0.1", &port, "", "0", PATIENT_MS, "KEYS", "a", "b", "c"]).unwrap();
    drop(target.play(&["+OK\r\n", "+OK\r\n", "-BUSYKEY there\r\n"]));
    let answer = mover.read().unwrap();
    assert_eq!(error(&answer), "ERR Target instance replied with error: BUSYKEY there");
    assert_eq!(source.call(&["EXISTS", "a", "b", "c"]), Value::Int(2));
    assert_eq!(source.call(&["GET", "a"]), Value::Null);
    replica.catch_up(&source);
    assert_eq!(replica.digest(), source.digest());
    assert_eq!(source.call(&["DEBUG", "LOADAOF"]), ok());
    assert_eq!(replica.digest(), source.digest());
}

#[test]
fn it_ends_without_its_client() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["SET", "k", "v"]);
    let target = Target::new();
    let mut mover = source.connect();
    mover.send(&["MIGRATE", "127.0.0.1", &target.port().to_string(), "k", "0", PATIENT_MS]).unwrap();
    let socket = target.play(&["+OK\r\n"]);
    drop(mover);
    wait_until("the client is gone", || source.info("connected_clients") == "1");
    assert_eq!(source.call(&["EXISTS", "k"]), Value::Int(1));
    (&socket).write_all(b"+OK\r\n").unwrap();
    wait_until("the key is gone", || source.call(&["EXISTS", "k"]) == Value::Int(0));
}

#[test]
fn a_replica_deletes_nothing() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["SET", "k", "v"]);
    let target = Target::new();
    let mut mover = source.connect();
    mover.send(&["MIGRATE", "127.0.0.1", &target.port().to_string(), "k", "0", PATIENT_MS]).unwrap();
    let socket = target.play(&["+OK\r\n"]);
    assert_eq!(source.call(&["REPLICAOF", "127.0.0.1", "1"]), ok());
    assert_eq!(source.call(&["REPLICAOF", "NO", "ONE"]), ok());
    (&socket).write_all(b"+OK\r\n").unwrap();
    assert!(error(&mover.read().unwrap()).starts_with("UNBLOCKED"));
    assert_eq!(source.call(&["GET", "k"]), bulk("v"));
}

#[test]
fn a_pause_holds_the_deletion_back() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["SET", "k", "v"]);
    let target = Target::new();
    let mut mover = source.connect();
    mover.send(&["MIGRATE", "127.0.0.1", &target.port().to_string(), "k", "0", PATIENT_MS]).unwrap();
    let socket = target.play(&["+OK\r\n"]);
    assert_eq!(source.call(&["CLIENT", "PAUSE", "60000", "WRITE"]), ok());
    (&socket).write_all(b"+OK\r\n").unwrap();
    wait_until("the answer was read", || source.info("migrate_cached_sockets") == "1");
    assert_eq!(source.call(&["GET", "k"]), bulk("v"));
    assert_eq!(source.call(&["CLIENT", "UNPAUSE"]), ok());
    assert_eq!(mover.read().unwrap(), ok());
    assert_eq!(source.call(&["EXISTS", "k"]), Value::Int(0));
}

#[test]
fn a_kept_socket_is_used_again_and_replaced_when_it_broke() {
    let source = Server::start(Program::Rtool, &[]);
    let target = Target::new();
    let mut mover = source.connect();
    let port = target.port().to_string();
    let mut start = |key: &str| {
        source.call(&["SET", key, "v"]);
        mover.send(&["MIGRATE", "127.0.0.1", &port, key, "3", PATIENT_MS]).unwrap();
    };
    start("first");
    let socket = target.play(&["+OK\r\n", "+OK\r\n"]);
    wait_until("it was moved", || source.call(&["EXISTS", "first"]) == Value::Int(0));
    start("second");
    let request = read_request(&mut BufReader::new(socket.try_clone().unwrap()));
    assert_eq!(request[0], b"RESTORE"); // the database is selected
    (&socket).write_all(b"+OK\r\n").unwrap();
    wait_until("it was moved", || source.call(&["EXISTS", "second"]) == Value::Int(0));
    drop(socket);
    start("third");
    target.play(&["+OK\r\n", "+OK\r\n"]);
    wait_until("it was moved", || source.call(&["EXISTS", "third"]) == Value::Int(0));
}

#[test]
fn a_transaction_cannot_contain_it() {
    let server = Server::start(Program::Rtool, &[]);
    server.call(&["SET", "k", "v"]);
    let mut client = server.connect();
    client.call(&["MULTI"]);
    client.call(&["MIGRATE", "127.0.0.1", "1", "k", "0", "10"]);
    let Value::Array(answers) = client.call(&["EXEC"]) else { panic!("EXEC runs") };
    assert!(error(&answers[0]).contains("transaction"));
    assert_eq!(server.call(&["GET", "k"]), bulk("v"));
}

/// Increments of counters that move away all the time, alone, in transactions and by clients that wait: what the
/// other server got and what is here is what was counted.
#[test]
fn no_increment_is_lost_under_traffic() {
    const MOVES: usize = 300;
    const KEYS: usize = 4;
    let source = Server::start(Program::Rtool, &["--io-threads", "4", "--appendonly", "yes"]);
    let target = Server::start(Program::Rtool, &[]);
    let replica = Server::start(Program::Rtool, &[]);
    replica.follow(&source);
    let over = AtomicBool::new(false);
    let counter = |i: usize| format!("counter:{}", i % KEYS);
    let (arrived, counted) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (mut client, over) = (source.connect(), &over);
                scope.spawn(move || {
                    let mut count = 0;
                    while !over.load(Ordering::Relaxed) {
                        let (one, two) = (counter(count), counter(count + 1));
                        if writer % 2 == 0 {
                            assert!(matches!(client.call(&["INCR", &one]), Value::Int(_)));
                            count += 1;
                        } else {
                            client.call(&["MULTI"]);
                            client.call(&["INCR", &one]);
                            client.call(&["INCR", &two]);
                            assert!(matches!(client.call(&["EXEC"]), Value::Array(_)));
                            count += 2;
                        }
                    }
                    count as i64
                })
            })
            .collect();
        let (mut mover, mut there) = (source.connect(), target.connect());
        let port = target.port().to_string();
        let mut arrived = 0;
        for i in 0..MOVES {
            let (one, two) = (counter(i), counter(i + 1));
            let answer =
                mover.call(&["MIGRATE", "127.0.0.1", &port, "", "0", PATIENT_MS, "KEYS", &one, &two]);
            assert_eq!(answer.error(), None);
            for key in [&one, &two] {
                arrived += there.call(&["GETDEL", key]).as_str().map_or(0, |text| text.parse().unwrap());
            }
        }
        over.store(true, Ordering::Relaxed);
        (arrived, writers.into_iter().map(|writer| writer.join().unwrap()).sum::<i64>())
    });
    let here = |server: &Server| -> i64 {
        (0..KEYS).filter_map(|i| server.call(&["GET", &counter(i)]).as_str()?.parse::<i64>().ok()).sum()
    };
    assert!(arrived > 0);
    assert_eq!(arrived + here(&source), counted);
    replica.catch_up(&source);
    assert_eq!(replica.digest(), source.digest());
    assert_eq!(source.call(&["DEBUG", "LOADAOF"]), ok());
    assert_eq!(replica.digest(), source.digest());
}

#[test]
fn who_waits_for_another_key_does_not_touch_the_moving_one() {
    let source = Server::start(Program::Rtool, &[]);
    source.call(&["RPUSH", "moving", "old"]);
    let mut waiter = source.connect();
    waiter.send(&["BLMOVE", "other", "moving", "LEFT", "RIGHT", "0"]).unwrap();
    wait_until("it waits", || source.info("blocked_clients") == "1");
    let target = Target::new();
    let mut mover = source.connect();
    mover.send(&["MIGRATE", "127.0.0.1", &target.port().to_string(), "moving", "0", PATIENT_MS]).unwrap();
    let socket = target.play(&["+OK\r\n"]);
    assert_eq!(source.call(&["RPUSH", "other", "new"]), Value::Int(1));
    assert_eq!(source.call(&["LLEN", "other"]), Value::Int(1));
    assert_eq!(source.call(&["LRANGE", "moving", "0", "-1"]), Value::Array(vec![bulk("old")]));
    (&socket).write_all(b"+OK\r\n").unwrap();
    assert_eq!(mover.read().unwrap(), ok());
    assert_eq!(waiter.read().unwrap(), bulk("new"));
    assert_eq!(source.call(&["LRANGE", "moving", "0", "-1"]), Value::Array(vec![bulk("new")]));
}
