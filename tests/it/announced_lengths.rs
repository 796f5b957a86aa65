//! Payloads and files that announce more than they hold, sent to a server that may take little more memory than
//! it has: an error each, and the server goes on. Had a length been believed, the allocation would end it.

use std::fs;
use std::process::Command;

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, bulk, leave_out};

/// What the server may take beyond what it has when it is limited. Half of what the lengths say.
const ROOM_KIB: u64 = 256 * 1024;
/// What it really takes, at most.
const TAKEN_KIB: u64 = 64 * 1024;
/// Version and sum behind a dumped value.
const FOOTER_BYTES: usize = 10;

/// Lengths that are put in the place of a byte, in every spelling that some encoding has.
const CLAIMS: &[&[u8]] = &[
    b"\x80\x1f\xff\xff\xff",
    b"\x80\xff\xff\xff\xff",
    b"\x81\x00\x00\x00\x00\x20\x00\x00\x00",
    b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xc3\x80\x1f\xff\xff\xff\x80\x1f\xff\xff\xff",
    b"\xc3\x05\x80\x1f\xff\xff\xff\x00a\xe0\xff\x00",
    b"\xf0\xff\xff\xff\x1f",
    b"\xfe\xff\xff\xff\x1f",
    b"\xff\xff\xff\x1f",
];

/// Values that no server of today writes.
const OLD: &[&[u8]] = &[
    b"\x01\x02\x01a\x01b",
    b"\x02\x02\x01a\x01b",
    b"\x03\x02\x01a\x031.5\x01b\xfe",
    b"\x04\x01\x01a\x01b",
    b"\x09\x13\x02\x03foo\x03\x01bar!\x01a\x01\x005\xff",
    b"\x0a\x19\x19\0\0\0\x16\0\0\0\x06\0\0\xf1\x02\xf1\x02\xf2\x02\x02_1\x04\xf3\x02\xf3\xff",
    b"\x0c\x19\x19\0\0\0\x16\0\0\0\x06\0\0\xf1\x02\xf1\x02\xf2\x02\x02_1\x04\xf3\x02\xf3\xff",
    b"\x0d\x19\x19\0\0\0\x16\0\0\0\x06\0\0\xf1\x02\xf1\x02\xf2\x02\x02_1\x04\xf3\x02\xf3\xff",
    b"\x0e\x01\x19\x19\0\0\0\x16\0\0\0\x06\0\0\xf1\x02\xf1\x02\xf2\x02\x02_1\x04\xf3\x02\xf3\xff",
    b"\x16\x01\x01a\x01b\xff\xff\xff\xff\xff\xff\xff\xff",
];

/// A line of `/proc/PID/status`, in KiB.
fn status(server: &Server, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it lives");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field is there");
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
}

/// A server that may take no more than `ROOM_KIB` from now on; none where nobody can limit it.
fn limited() -> Option<Server> {
    let server =
        Server::start(Program::Rtool, &["--enable-debug-command", "yes", "--save", "", "--io-threads", "1"]);
    let bytes = (status(&server, "VmSize:") + ROOM_KIB) * 1024;
    let words = [format!("--pid={}", server.pid()), format!("--as={bytes}")];
    if !Command::new("prlimit").args(&words).status().is_ok_and(|status| status.success()) {
        leave_out("prlimit is not installed");
        return None;
    }
    server.call(&["DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1"]);
    Some(server)
}

/// Values of every type and encoding, without footers.
fn bodies(client: &mut Client) -> Vec<Vec<u8>> {
    let lines = [
        "SET int 12345",
        "SET text abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc",
        "RPUSH list a 1 bb 100000",
        "RPUSH long xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "SADD ints 1 2 70000",
        "SADD words a b c",
        "HSET hash a 1 b 2",
        "HSET times a 1 b 2",
        "HPEXPIRE times 100000000 FIELDS 1 a",
        "ZADD zset 1.5 a 2 b",
        "XADD stream 1-1 a b",
        "XADD stream 2-1 a c d e",
        "XGROUP CREATE stream g 0",
        "XREADGROUP GROUP g c STREAMS stream >",
    ];
    for line in lines {
        client.call(&line.split(' ').collect::<Vec<_>>());
    }
    let many: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    let mut names = vec!["SADD".to_owned(), "big".to_owned(), "word".to_owned()];
    names.extend(many);
    client.call(&["CONFIG", "SET", "set-max-listpack-entries", "4"]);
    client.call(&names);
    let keys = client.call(&["KEYS", "*"]);
    let keys = keys.as_list().expect("keys").iter().filter_map(Value::as_bytes);
    let mut bodies: Vec<Vec<u8>> = keys
        .map(|key| {
            let Value::Bulk(mut payload) = client.call(&[b"DUMP", key]) else { panic!("it is there") };
            payload.truncate(payload.len() - FOOTER_BYTES);
            payload
        })
        .collect();
    bodies.extend(OLD.iter().map(|body| body.to_vec()));
    bodies
}

#[test]
fn a_payload_that_announces_more_than_it_holds_takes_no_memory() {
    let Some(server) = limited() else { return };
    let mut client = server.connect();
    let before = status(&server, "VmHWM:");
    let footer = [11, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for body in bodies(&mut client) {
        for at in 1..body.len() {
            for claim in CLAIMS {
                for rest in [&body[at + 1..], &[]] {
                    let payload = [&body[..at], claim, rest, &footer].concat();
                    client.call(&[b"RESTORE".as_slice(), b"k", b"0", &payload, b"REPLACE"]);
                }
            }
        }
    }
    assert_eq!(client.call(&["ECHO", "alive"]), bulk("alive"));
    let taken = status(&server, "VmHWM:") - before;
    assert!(taken < TAKEN_KIB, "{taken} KiB");
}

#[test]
fn a_file_that_announces_more_than_it_holds_takes_no_memory() {
    let Some(server) = limited() else { return };
    let mut client = server.connect();
    let before = status(&server, "VmHWM:");
    let counts: Vec<u8> =
        (0..16).flat_map(|db| [&[0xfe, db, 0xfb][..], CLAIMS[3], CLAIMS[3]].concat()).collect();
    let mut files = vec![[&counts[..], &[0xff], &[0; 8]].concat()];
    for claim in CLAIMS {
        files.extend(
            [&b"\xfa"[..], b"\xfa\x03ctl", b"\xf5", b"\x00", b"\x00\x01k", b"\xf7"]
                .map(|head| [head, claim].concat()),
        );
    }
    for file in files {
        fs::write(server.dir().join("dump.rdb"), [b"REDIS0011", &file[..]].concat()).expect("written");
        client.call(&["DEBUG", "RELOAD", "NOSAVE"]);
        assert_eq!(client.call(&["ECHO", "alive"]), bulk("alive"));
    }
    let taken = status(&server, "VmHWM:") - before;
    assert!(taken < TAKEN_KIB, "{taken} KiB");
}
