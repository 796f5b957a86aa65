//! Functions: that libraries are in every kind of copy of the data, ours and others', and what others see while one
//! does not end. What the commands answer is compared in `commands_vs_redis/scripts.txt`.

use rtool::resp::Value;

use crate::harness::{Program, Server, bulk, ok, wait_until};

const LIBRARY: &str = "#!lua name=lib\nredis.register_function{function_name='f', callback=function(keys, args) return args[1] end, \
    flags={'no-writes'}}\n\
    redis.register_function('put', function(keys, args) return redis.call('set', keys[1], args[1]) end)";

fn loaded(program: Program, directives: &[&str]) -> Option<Server> {
    let server = if program == Program::Rtool {
        Some(Server::start(program, directives))
    } else {
        Server::peer(program, directives)
    }?;
    assert_eq!(server.call(&["FUNCTION", "LOAD", LIBRARY]), bulk("lib"));
    assert_eq!(server.call(&["FCALL", "put", "1", "k", "v"]), ok());
    Some(server)
}

fn has_function(server: &Server) -> bool {
    server.call(&["FCALL", "f", "0", "hello"]) == bulk("hello")
}

#[test]
fn files_keep_them() {
    for directives in [
        &["--save", ""][..],
        &["--appendonly", "yes"],
        &["--appendonly", "yes", "--aof-use-rdb-preamble", "no"],
    ] {
        let mut server = loaded(Program::Rtool, directives).unwrap();
        if directives[0] == "--save" {
            assert_eq!(server.call(&["SAVE"]), ok());
        } else {
            server.kill();
            server.start_again();
            assert!(has_function(&server), "{directives:?}: from commands");
            server.call(&["BGREWRITEAOF"]);
            wait_until("it is rewritten", || {
                server.info("aof_rewrite_in_progress") == "0" && server.info("aof_rewrite_scheduled") == "0"
            });
        }
        server.kill();
        server.start_again();
        assert!(has_function(&server), "{directives:?}");
        assert_eq!(server.call(&["GET", "k"]), bulk("v"), "{directives:?}");
        assert_eq!(server.call(&["DEBUG", "RELOAD"]), ok());
        assert!(has_function(&server), "{directives:?}: DEBUG RELOAD");
        assert_eq!(server.call(&["FLUSHALL"]), ok());
        assert!(has_function(&server), "FLUSHALL is of the data");
    }
}

#[test]
fn a_redis_reads_our_file_and_we_read_its() {
    for program in [Program::Redis, Program::Redis8, Program::Valkey] {
        let (Some(ours), Some(theirs)) = (loaded(Program::Rtool, &[]), loaded(program, &[])) else {
            continue;
        };
        for (from, to) in [(&ours, program), (&theirs, Program::Rtool)] {
            assert_eq!(from.call(&["SAVE"]), ok());
            let dir = tempfile::tempdir().unwrap();
            std::fs::copy(from.dir().join("dump.rdb"), dir.path().join("dump.rdb")).unwrap();
            // Valkey and Redis 8 read each other's newest files no more: nor is a Redis 7 given one of theirs.
            let reader = Server::start_in(to, dir, &[]);
            assert!(has_function(&reader), "{:?} reads a file of {:?}", to, from.program());
        }
        let payload = ours.call(&["FUNCTION", "DUMP"]);
        let Value::Bulk(payload) = payload else { panic!("{payload:?}") };
        theirs.call(&["FUNCTION", "FLUSH"]);
        assert_eq!(theirs.call(&[b"FUNCTION".as_slice(), b"RESTORE", &payload]), ok(), "{program:?}");
        assert!(has_function(&theirs));
        let Value::Bulk(payload) = theirs.call(&["FUNCTION", "DUMP"]) else { panic!("no payload") };
        assert_eq!(ours.call(&[b"FUNCTION".as_slice(), b"RESTORE", &payload, b"FLUSH"]), ok(), "{program:?}");
        assert!(has_function(&ours));
    }
}

#[test]
fn replicas_get_them_in_copies_and_in_the_stream() {
    for (master, replica, diskless) in [
        (Program::Rtool, Program::Rtool, "no"),
        (Program::Rtool, Program::Rtool, "yes"),
        (Program::Rtool, Program::Redis, "no"),
        (Program::Redis, Program::Rtool, "yes"),
        (Program::Valkey, Program::Rtool, "no"),
        (Program::Redis8, Program::Rtool, "no"),
    ] {
        let directives = ["--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0"];
        let Some(master) = loaded(master, &directives) else { continue };
        let load = if diskless == "yes" { "swapdb" } else { "disabled" };
        let start = |directives: &[&str]| match replica {
            Program::Rtool => Some(Server::start(replica, directives)),
            other => Server::peer(other, directives),
        };
        let Some(replica) = start(&["--repl-diskless-load", load]) else { continue };
        let old = "#!lua name=old\nredis.register_function('old', function() return 1 end)";
        replica.call(&["FUNCTION", "LOAD", old]);
        replica.follow(&master);
        let label = format!("{:?} of {:?}, {diskless}", replica.program(), master.program());
        assert!(has_function(&replica), "{label}");
        assert!(
            replica.call(&["FCALL", "old", "0"]).error().is_some(),
            "{label}: the copy takes the place of all"
        );
        let more = "#!lua name=more\nredis.register_function{function_name='more', \
             callback=function() return 'more' end, flags={'no-writes'}}";
        assert_eq!(master.call(&["FUNCTION", "LOAD", more]), bulk("more"));
        replica.catch_up(&master);
        assert_eq!(replica.call(&["FCALL", "more", "0"]), bulk("more"), "{label}");
        assert!(replica.call(&["FUNCTION", "FLUSH"]).error().is_some(), "{label}: a replica is read-only");
        assert_eq!(master.call(&["FUNCTION", "DELETE", "more"]), ok());
        replica.catch_up(&master);
        assert!(replica.call(&["FCALL", "more", "0"]).error().is_some(), "{label}");
    }
}

#[test]
fn a_busy_function_is_told_of_and_killed() {
    let server = Server::start(Program::Rtool, &["--busy-reply-threshold", "50", "--io-threads", "4"]);
    let library = "#!lua name=slow\nredis.register_function('slow', function() while true do end end)";
    server.call(&["FUNCTION", "LOAD", library]);
    let mut runner = server.connect();
    runner.send(&["FCALL", "slow", "0", "arg"]).unwrap();
    let busy = Value::Error(
        "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.".into(),
    );
    wait_until("the server is busy", || server.call(&["GET", "x"]) == busy);
    let stats = server.call(&["FUNCTION", "STATS"]);
    let running =
        stats.as_list().and_then(|list| list.get(1)).and_then(Value::as_list).expect("a function runs");
    assert_eq!(running[1], bulk("slow"));
    assert_eq!(running[3], Value::Array(["FCALL", "slow", "0", "arg"].map(bulk).to_vec()));
    assert_eq!(server.call(&["SCRIPT", "KILL"]), busy);
    assert_eq!(server.call(&["FUNCTION", "KILL"]), ok());
    assert!(runner.read().unwrap().error().is_some());
    wait_until("others are served", || server.call(&["GET", "x"]) == Value::Null);
}

#[test]
fn a_library_that_does_not_end_is_not_loaded() {
    let server = Server::start(Program::Rtool, &[]);
    let reply = server.call(&["FUNCTION", "LOAD", "#!lua name=slow\nwhile true do end"]);
    assert!(reply.error().is_some_and(|line| line.contains("FUNCTION LOAD timeout")), "{reply:?}");
    assert_eq!(server.info("number_of_libraries"), "0");
}

/// An interpreter has room for some thousand handles of values; neither many functions nor many loads use them up.
#[test]
fn functions_are_many_and_often_loaded() {
    let server = Server::start(Program::Rtool, &[]);
    let one = "#!lua name=one\nredis.register_function('one', function() return 1 end)";
    for _ in 0..10_000 {
        assert_eq!(server.call(&["FUNCTION", "LOAD", "REPLACE", one]), bulk("one"));
    }
    let many = "#!lua name=many\nfor n = 1, 12000 do \
         redis.register_function('f' .. n, function() return n end) end";
    assert_eq!(server.call(&["FUNCTION", "LOAD", many]), bulk("many"));
    assert_eq!(server.call(&["FCALL", "f12000", "0"]), Value::Int(12000));
    assert_eq!(server.call(&["FCALL", "one", "0"]), Value::Int(1));
    assert_eq!(server.call(&["FCALL", "f1", "0"]), Value::Int(1));
}

/// CLIENT PAUSE WRITE holds back what may write; a script says itself that it does not.
#[test]
fn a_pause_of_writes_lets_scripts_run_that_write_nothing() {
    let server = loaded(Program::Rtool, &[]).unwrap();
    let reads = "#!lua name=reads\nredis.register_function{function_name='reads', \
         callback=function() return 'read' end, flags={'no-writes'}}";
    server.call(&["FUNCTION", "LOAD", reads]);
    assert_eq!(server.call(&["CLIENT", "PAUSE", "60000", "WRITE"]), ok());
    assert_eq!(server.call(&["EVAL", "#!lua flags=no-writes\nreturn 'read'", "0"]), bulk("read"));
    assert_eq!(server.call(&["EVAL_RO", "return 'read'", "0"]), bulk("read"));
    assert_eq!(server.call(&["FCALL", "reads", "0"]), bulk("read"));
    let mut waiting: Vec<_> = ["#!lua\nreturn 1", "return 1"]
        .map(|script| {
            let mut client = server.connect();
            client.send(&["EVAL", script, "0"]).unwrap();
            client
        })
        .into();
    wait_until("both wait", || server.info("blocked_clients") == "2");
    assert_eq!(server.call(&["CLIENT", "UNPAUSE"]), ok());
    for client in &mut waiting {
        assert_eq!(client.read().unwrap(), Value::Int(1));
    }
}

#[test]
fn info_counts_them() {
    let server = loaded(Program::Rtool, &[]).unwrap();
    assert_eq!(server.info("number_of_libraries"), "1");
    assert_eq!(server.info("number_of_functions"), "2");
    assert_ne!(server.info("used_memory_functions"), "0");
}
