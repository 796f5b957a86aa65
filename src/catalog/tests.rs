//! The table as a whole (names, legality of every row), lookups, and keys of requests.

use super::*;

/// No key.
const NONE: [usize; 0] = [];

fn found(line: &str) -> Vec<(usize, u16)> {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    let mut command = lookup(words[0]).unwrap();
    if let Some(sub) = words.get(1).and_then(|word| lookup_sub(command, word)) {
        command = sub;
    }
    let mut keys_found = Vec::new();
    keys(command, words.len(), |at| words[at], &mut keys_found);
    keys_found.iter().map(|key| (key.at, key.flags)).collect()
}

fn places(line: &str) -> Vec<usize> {
    found(line).iter().map(|(at, _)| *at).collect()
}

fn touched(line: &str) -> Touches {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    touches(lookup(words[0]).unwrap(), words.len(), |at| words[at])
}

#[test]
fn names_are_unique_lower_case_and_sorted() {
    let order: Vec<(&str, &str)> =
        all().iter().map(|c| c.full_name.split_once('|').unwrap_or((c.full_name, ""))).collect();
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "sorted and unique");
    for (place, command) in all().iter().enumerate() {
        assert_eq!(usize::from(command.id), place);
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-|".contains(&byte);
        assert!(command.full_name.bytes().all(legal), "{}", command.full_name);
    }
}

#[test]
fn every_command_is_found_by_its_name_in_any_case() {
    for command in all() {
        let upper = command.full_name.to_uppercase();
        assert_eq!(lookup_full(upper.as_bytes()).map(|c| c.id), Some(command.id), "{upper}");
    }
    for stranger in ["", "g", "ge", "gett", "get|x", "client|", "client|nothing", "\u{7}\u{5}\u{14}"] {
        assert!(lookup_full(stranger.as_bytes()).is_none(), "{stranger:?}");
    }
}

#[test]
fn containers_and_their_subcommands_know_each_other() {
    for command in all() {
        for sub in subcommands(command) {
            assert_eq!(sub.parent, Some(command.id));
            assert_eq!(sub.full_name, format!("{}|{}", command.name, sub.name));
        }
        let Some(parent) = command.parent.and_then(by_id) else { continue };
        assert!(subcommands(parent).iter().any(|sub| sub.id == command.id));
    }
    assert!(subcommands(lookup(b"client").unwrap()).len() >= 18);
    assert!(subcommands(lookup(b"get").unwrap()).is_empty());
}

#[test]
fn every_row_is_whole() {
    for command in all() {
        let name = command.full_name;
        assert_ne!(command.arity, 0, "{name}");
        assert!(!command.since.is_empty(), "{name}");
        assert!(command.summary.ends_with('.') && !command.summary.contains('\n'), "{name}: a sentence");
        assert!(!(command.is(flags::WRITE) && command.is(flags::READONLY)), "{name}");
        assert!(command.parent.is_none() || subcommands(command).is_empty(), "{name}: nested container");
        check_args(command, command.args);
    }
}

fn check_args(command: &Command, args: &[Arg]) {
    for arg in args {
        let what = format!("{} {}", command.full_name, arg.name);
        assert!(!arg.name.is_empty(), "{what}");
        assert!(!arg.multiple_token || arg.token.is_some() && arg.multiple, "{what}");
        let nests = matches!(arg.kind, ArgKind::OneOf | ArgKind::Block);
        assert_eq!(nests, !arg.children.is_empty(), "{what}");
        if let ArgKind::Key(spec) | ArgKind::Pattern(Some(spec)) = arg.kind {
            assert!(usize::from(spec) < command.key_specs.len(), "{what}");
        }
        check_args(command, arg.children);
    }
}

#[test]
fn every_key_specification_is_legal() {
    use key_flags::*;
    for command in all() {
        let name = command.full_name;
        for spec in command.key_specs {
            let how = [RO, RW, OW, RM].iter().filter(|bit| spec.flags & **bit != 0).count();
            assert!(how == 1 || spec.flags & NOT_KEY != 0, "{name}: one of RO, RW, OW, RM");
            let data = spec.flags & (UPDATE | INSERT | DELETE);
            assert!(data.count_ones() <= 2, "{name}");
            assert!(data == 0 || spec.flags & RO == 0, "{name}: reads and changes");
            if spec.begin == BeginSearch::Unknown {
                assert_eq!(spec.find, FindKeys::Unknown, "{name}");
                assert_ne!(command.finder, Finder::Specs, "{name}: needs a finder");
            }
            if let BeginSearch::Index(at) = spec.begin {
                assert!(at > 0, "{name}");
            }
            if let FindKeys::Range { step, last, limit } = spec.find {
                assert!(step > 0 && limit >= 0 && (limit == 0 || last == -1), "{name}");
            }
        }
        if command.is(flags::WRITE) && !command.has_keys() && subcommands(command).is_empty() {
            let keyless = ["flushall", "flushdb", "swapdb", "function|"];
            assert!(keyless.iter().any(|start| name.starts_with(start)), "{name} writes, but which key?");
        }
    }
}

#[test]
fn legacy_triples_are_redis_s() {
    let triple = |name: &str| lookup_full(name.as_bytes()).map(|c| (c.legacy_keys, c.is(flags::MOVABLEKEYS)));
    let table = [
        ("get", (1, 1, 1), false),
        ("mget", (1, -1, 1), false),
        ("mset", (1, -1, 2), false),
        ("bitop", (2, -1, 1), false),
        ("rename", (1, 2, 1), false),
        ("blpop", (1, -2, 1), false),
        ("sort", (1, 1, 1), true),
        ("georadius", (1, 1, 1), true),
        ("zunionstore", (1, 1, 1), true),
        ("eval", (0, 0, 0), true),
        ("xread", (0, 0, 0), true),
        ("migrate", (3, 3, 1), true),
        ("object|encoding", (2, 2, 1), false),
        ("ping", (0, 0, 0), false),
        ("spublish", (1, 1, 1), false),
    ];
    for (name, legacy, movable) in table {
        assert_eq!(triple(name), Some((legacy, movable)), "{name}");
    }
}

#[test]
fn keys_of_requests() {
    assert_eq!(places("GET k"), [1]);
    assert_eq!(places("MSET a 1 b 2"), [1, 3]);
    assert_eq!(places("BLPOP a b c 0"), [1, 2, 3]);
    assert_eq!(places("BITOP AND dst a b"), [2, 3, 4]);
    assert_eq!(places("ZUNIONSTORE dst 2 a b WEIGHTS 1 2"), [1, 3, 4]);
    assert_eq!(places("ZUNIONSTORE dst 3 a b"), NONE);
    assert_eq!(places("ZUNIONSTORE dst x a b"), NONE);
    assert_eq!(places("EVAL s 2 a b c"), [3, 4]);
    assert_eq!(places("EVAL s 0 c"), NONE);
    assert_eq!(places("EVAL s 9223372036854775807 c"), NONE);
    assert_eq!(places("MSETEX 2 a 1 b 2 NX"), [2, 4]);
    assert_eq!(places("XREAD COUNT 2 STREAMS a b 0 0"), [4, 5]);
    assert_eq!(places("XREADGROUP GROUP streams c STREAMS a 0"), [5]);
    assert_eq!(places("XREAD STREAMS a b 0"), NONE);
    assert_eq!(places("XREAD COUNT"), NONE);
    assert_eq!(places("SORT k LIMIT 0 1 GET store STORE d STORE e"), [1, 10]);
    assert_eq!(places("GEORADIUS k 0 0 1 m STORE a STOREDIST b"), [1, 9]);
    assert_eq!(places("MIGRATE h 1 k 0 9"), [3]);
    assert_eq!(places("MIGRATE h 1  0 9 AUTH keys KEYS a b"), [9, 10]);
    assert_eq!(places("MIGRATE h 1 k 0 9 KEYS a"), NONE);
    assert_eq!(places("OBJECT FREQ k"), [2]);
    assert_eq!(places("SPUBLISH channel m"), NONE);
    assert_eq!(places("PING k"), NONE);
}

#[test]
fn what_happens_to_a_key_can_depend_on_the_arguments() {
    use key_flags::*;
    assert_eq!(found("SET k v"), [(1, OW | UPDATE)]);
    assert_eq!(found("SET k v EX 1 get"), [(1, RW | ACCESS | UPDATE)]);
    assert_eq!(found("BITFIELD k GET u8 0"), [(1, RO | ACCESS)]);
    assert_eq!(found("BITFIELD k GET u8 0 SET u8 0 1"), [(1, RW | ACCESS | UPDATE)]);
    assert_eq!(found("DELEX k"), [(1, RM | DELETE)]);
}

#[test]
fn what_requests_lock() {
    use Touches::*;
    for (line, expected) in [
        ("GET k", FirstArgument),
        ("SET k v", FirstArgument),
        ("XADD k * f v", FirstArgument),
        ("MGET a b", Listed),
        ("SORT k ALPHA STORE d", Listed),
        ("SORT k BY w_* STORE d", Everything),
        ("EVAL s 1 k", Listed),
        ("KEYS *", Everything),
        ("PING", Nothing),
        ("DBSIZE", Nothing),
        ("SPUBLISH c m", Nothing),
        ("PUBLISH c m", Nothing),
    ] {
        assert_eq!(touched(line), expected, "{line}");
    }
}

#[test]
fn arity() {
    let allows = |name: &str, argc| lookup(name.as_bytes()).unwrap().arity_allows(argc);
    assert!(allows("get", 2) && !allows("get", 1) && !allows("get", 3));
    assert!(allows("set", 3) && allows("set", 9) && !allows("set", 2));
}
