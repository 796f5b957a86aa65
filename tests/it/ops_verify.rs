//! `rtool verify`: two servers of any two programs, the same data by different ways, and each way to differ.

use crate::harness::{Program, Server, ok};
use crate::ops_group::{PROGRAMS, call, group, installed, logged_in, ops, server};

/// A value of every type, small and in pieces; `backwards` gives other encodings and another order.
fn fill(on: &Server, backwards: bool) {
    let numbers: Vec<u32> = if backwards { (0..3000).rev().collect() } else { (0..3000).collect() };
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut add = |words: &[&str]| commands.push(words.iter().map(ToString::to_string).collect());
    if backwards {
        // As hash tables first: they stay that way.
        add(&["CONFIG", "SET", "set-max-intset-entries", "0"]);
        add(&["CONFIG", "SET", "hash-max-listpack-entries", "1"]);
    }
    for number in &numbers {
        let text = number.to_string();
        add(&["SET", &format!("string:{text}"), &text]);
        add(&["SADD", "set", &text]);
        add(&["HSET", "hash", &text, "v"]);
        add(&["ZADD", "zset", &format!("{}.5", number % 7), &text]);
    }
    for small in ["1", "2"] {
        add(&["SADD", "small:set", small]);
        add(&["HSET", "small:hash", small, small]);
    }
    for number in 0..2500 {
        add(&["RPUSH", "list", &format!("element {number}")]);
        add(&["XADD", "stream", &format!("1-{}", number + 1), "f", "v"]);
    }
    add(&["SET", "big", &"x".repeat(3 << 20)]);
    add(&["SET", "odd \n\"", "x", "EX", "1000"]);
    add(&["SELECT", "3"]);
    add(&["SET", "elsewhere", "1"]);
    let mut client = logged_in(on.port()).unwrap();
    for together in commands.chunks(500) {
        together.iter().for_each(|command| client.send(command).unwrap());
        together.iter().for_each(|command| assert_eq!(client.read().unwrap().error(), None, "{command:?}"));
    }
}

#[test]
fn servers_of_any_kind_hold_the_same() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let (a, b) = (server(Program::Rtool, ""), server(program, ""));
        fill(&a, false);
        fill(&b, true);
        let words = ["verify", &a.addr(), &b.addr(), "--ttl-tolerance", "1m"];
        let outcome = ops(&words).exits(0).says("no difference in 3010 keys");
        assert_eq!(outcome.out.lines().filter(|line| line.contains("3009")).count(), 1, "{}", outcome.out);
        let mut lines = Vec::new();
        for (change, line) in [
            (&["SET", "string:7", "other"][..], "db 0 \"string:7\": the values differ"),
            (&["PEXPIRE", "string:8", "90000000"], "db 0 \"string:8\": time to live none on"),
            (&["DEL", "string:9"], "db 0 \"string:9\": only on"),
            (&["SET", "more", "1"], "db 0 \"more\": only on"),
            (&["LSET", "list", "2400", "x"], "db 0 \"list\": the values differ"),
            (&["SADD", "set", "more"], "db 0 \"set\": the values differ"),
            (&["SETRANGE", "big", "3000000", "y"], "db 0 \"big\": the values differ"),
            (&["XADD", "stream", "9-1", "f", "v"], "db 0 \"stream\": the values differ"),
            (&["EXPIRE", "odd \n\"", "10"], "db 0 \"odd \\n\\\"\": time to live"),
        ] {
            assert_eq!(call(&b, change).error(), None);
            lines.push(line);
        }
        let outcome = ops(&words).exits(9);
        lines.iter().for_each(|line| assert!(outcome.out.contains(line), "{line}:\n{}", outcome.out));
        let document = ops(&[&words[..], &["--json", "--max", "2"]].concat()).exits(9).json();
        assert_eq!((&document["differences"], document["found"].as_array().unwrap().len()), (&9.into(), 2));
        ops(&[&words[..], &["--pattern", "small:*"]].concat()).exits(0).says("2 keys compared");
    }
}

#[test]
fn a_replica_that_is_written_to_meanwhile_does_not_differ() {
    let servers = group(Program::Rtool, 1);
    let addr = |at: usize| servers[at].addr();
    for number in 0..2000 {
        assert_eq!(call(&servers[0], &["SET", &format!("k:{number}"), "0"]), ok());
    }
    let (master, replica) = (addr(0), addr(1));
    let comparison = std::thread::spawn(move || ops(&["verify", &master, &replica]));
    for number in 0..2000 {
        call(&servers[0], &["SET", &format!("k:{number}"), "1"]);
        call(&servers[0], &["DEL", &format!("k:{}", number / 2)]);
    }
    comparison.join().unwrap().exits(0).says("no difference");
    ops(&["verify", &addr(0), &addr(1), "--sample", "100", "--json"]).exits(0);
}
