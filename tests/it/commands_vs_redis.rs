//! The commands against real servers: the requests of `commands_vs_redis/*.txt`, one by one to both
//! servers, in both protocols. Replies must be equal; what 7.2 answers otherwise than 7.0 is not in the
//! list. What came later is asked of a Redis 8, what only Valkey has of a Valkey.

use rtool::resp::Value;
use rtool::resp::quote;

use crate::harness::{Client, Program, Server};

/// Each file begins anew.
const FILES: &[&str] = &[
    include_str!("commands_vs_redis/lines.txt"),
    include_str!("commands_vs_redis/bits.txt"),
    include_str!("commands_vs_redis/list.txt"),
    include_str!("commands_vs_redis/sets_hashes.txt"),
    include_str!("commands_vs_redis/stream.txt"),
    include_str!("commands_vs_redis/sort.txt"),
    include_str!("commands_vs_redis/zset.txt"),
];

/// Against Redis 8, and against Valkey.
const LATER: &[&str] = &[
    include_str!("commands_vs_redis/redis8.txt"),
    include_str!("commands_vs_redis/scripts.txt"),
    include_str!("commands_vs_redis/acl.txt"),
];
const VALKEY: &[&str] = &[include_str!("commands_vs_redis/valkey9.txt")];

/// A reply as text; with `any_order` the elements of aggregates are sorted.
fn text(value: &Value, any_order: bool) -> String {
    let mut parts: Vec<String> = match (value, value.as_list()) {
        _ if !any_order => return format!("{value:?}"),
        (Value::Map(pairs), _) => pairs.iter().map(|(key, value)| format!("{key:?}: {value:?}")).collect(),
        (_, Some(list)) => list.iter().map(|part| text(part, true)).collect(),
        _ => return format!("{value:?}"),
    };
    parts.sort();
    parts.join(" ")
}

/// Why the replies to a line are not as they should be.
fn difference(line: &str, ours: &mut Client, theirs: &mut Client) -> Option<String> {
    let request = line.trim_start_matches(['?', '~']);
    let words = quote::split(request.as_bytes()).expect("quotes are balanced");
    let (our, their) = (ours.call(&words), theirs.call(&words));
    let same = match line.as_bytes()[0] {
        b'?' => std::mem::discriminant(&our) == std::mem::discriminant(&their),
        mark => text(&our, mark == b'~') == text(&their, mark == b'~'),
    };
    (!same).then(|| format!("{request}\n    rtool: {our:?}\n    redis: {their:?}\n"))
}

/// Runs every part, in both protocols.
fn compare(program: Program, files: &[&str]) {
    compare_in(program, files, &[&["FLUSHALL"]]);
    compare_in(program, files, &[&["FLUSHALL"], &["HELLO", "3"]]);
}

/// Runs every part; `prepare` is sent first on each connection.
fn compare_in(program: Program, files: &[&str], prepare: &[&[&str]]) {
    let Some(redis) = Server::peer(program, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let begin = |server: &Server| {
        let mut client = server.connect();
        prepare.iter().for_each(|words| {
            client.call(words);
        });
        client
    };
    let (mut ours, mut theirs) = (begin(&rtool), begin(&redis));
    let mut differences = Vec::new();
    for line in
        files.iter().flat_map(|file| file.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line.starts_with("==") {
            (ours, theirs) = (begin(&rtool), begin(&redis));
        } else {
            differences.extend(difference(line, &mut ours, &mut theirs));
        }
    }
    assert!(differences.is_empty(), "{} replies differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn replies_are_those_of_redis() {
    compare(Program::Redis, FILES);
}

#[test]
fn replies_to_what_came_later_are_those_of_redis_8() {
    compare(Program::Redis8, LATER);
}

#[test]
fn replies_to_what_only_valkey_has_are_those_of_valkey() {
    compare(Program::Valkey, VALKEY);
}
