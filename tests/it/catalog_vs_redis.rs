//! The catalog against real servers: for every command both know, COMMAND and COMMAND DOCS must say
//! the same facts. Ours is the catalog of 7.2 with later options, so Redis 7.0 judges everything but the
//! syntax (7.2 renamed many arguments), Redis 8 the syntax, and what another version changed is listed
//! here, fact by fact. A listed difference that is none any more fails too.

use std::collections::{BTreeMap, BTreeSet};

use rtool::catalog::model::{BeginSearch, FindKeys};
use rtool::catalog::{self, Arg, ArgKind, Command, KeySpec, key_flags};
use rtool::resp::Value;

use crate::harness::{Program, Server};

/// Facts of a command in words, by their name.
type Facts = BTreeMap<&'static str, String>;

/// Facts that differ for a reason: which fact, why, and of which commands.
type Changes = &'static [(&'static str, &'static str, &'static [&'static str])];

/// What 7.2 changed.
const SINCE_7_0: Changes = &[
    (
        "flags",
        "7.2 lets scripts call blocking commands and WAIT",
        &["blmove", "blpop", "brpop", "brpoplpush", "bzpopmax", "bzpopmin", "wait"],
    ),
    ("flags", "7.2 answers while loading", &["cluster|shards", "cluster|slots"]),
    ("arity", "7.2 takes commands without arguments", &["command|getkeys", "command|getkeysandflags"]),
    ("arity", "7.2 has WITHSCORE", &["zrank", "zrevrank"]),
    (
        "tips",
        "7.2 corrected them",
        &[
            "acl|deluser",
            "acl|save",
            "acl|setuser",
            "client|setname",
            "config|resetstat",
            "config|rewrite",
            "latency|reset",
            "msetnx",
            "randomkey",
            "scan",
        ],
    ),
    ("since", "7.2 names releases only", &["client|pause"]),
    ("doc flags", "7.2 marks them as deprecated", &["psetex", "quit", "setex", "setnx"]),
    ("deprecated since", "7.2 marks them as deprecated", &["psetex", "quit", "setex", "setnx"]),
];

/// Commands of ours that 7.0 does not have.
const NOT_IN_7_0: &[&str] = &[
    "client|capa",
    "client|no-touch",
    "client|setinfo",
    "cluster|myshardid",
    "commandlog",
    "commandlog|get",
    "commandlog|help",
    "commandlog|len",
    "commandlog|reset",
    "delex",
    "delifeq",
    "digest",
    "hexpire",
    "hexpireat",
    "hexpiretime",
    "hgetdel",
    "hgetex",
    "hotkeys",
    "hotkeys|get",
    "hotkeys|help",
    "hotkeys|reset",
    "hotkeys|start",
    "hotkeys|stop",
    "hpersist",
    "hpexpire",
    "hpexpireat",
    "hpexpiretime",
    "hpttl",
    "hsetex",
    "httl",
    "msetex",
    "waitaof",
    "xackdel",
    "xdelex",
];

/// Where our syntax is not that of Redis 8.2.
const NOT_AS_IN_8_2: Changes = &[
    ("syntax", "BYPOLYGON, from Valkey 9", &["geosearch", "geosearchstore"]),
    ("syntax", "NOSCORES, from Valkey 8", &["zscan"]),
    ("syntax", "more filters, from Valkey 9", &["client|kill", "client|list"]),
    ("syntax", "IFEQ and its like, from Redis 8.4", &["set"]),
    ("syntax", "the empty key is shown as \"\", not as nothing", &["migrate"]),
    ("syntax", "an argument's name as in 7.2", &["xgroup|create"]),
];

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Int(n)) => n.to_string(),
        Some(other) => other.as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_list).unwrap_or_default()
}

fn sorted<S: Into<String>>(words: impl Iterator<Item = S>) -> String {
    let words: BTreeSet<String> = words.map(Into::into).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn in_order<S: Into<String>>(words: impl Iterator<Item = S>) -> String {
    words.map(Into::into).collect::<Vec<String>>().join("; ")
}

/// Everything COMMAND says, by full name.
fn their_info(reply: &Value, all: &mut BTreeMap<String, Facts>) {
    for entry in list(Some(reply)) {
        let part = list(Some(entry));
        let words = |at: usize| sorted(list(part.get(at)).iter().map(|word| text(Some(word))));
        let keys = [3, 4, 5].map(|at| text(part.get(at)));
        let facts = Facts::from([
            ("arity", text(part.get(1))),
            ("flags", words(2)),
            ("legacy keys", keys.join(" ")),
            ("categories", words(6)),
            ("tips", words(7)),
            ("key specs", in_order(list(part.get(8)).iter().map(their_spec))),
        ]);
        all.insert(text(part.first()), facts);
        their_info(&part[9], all);
    }
}

fn their_spec(spec: &Value) -> String {
    let flags = sorted(list(spec.field("flags")).iter().map(|flag| text(Some(flag))));
    let part = |name: &str| {
        let whole = spec.field(name);
        let numbers = list(whole.and_then(|whole| whole.field("spec")));
        let values = numbers.iter().skip(1).step_by(2).map(|value| text(Some(value)));
        in_order(std::iter::once(text(whole.and_then(|whole| whole.field("type")))).chain(values))
    };
    format!("{flags} / {} / {}", part("begin_search"), part("find_keys"))
}

fn our_spec(spec: &KeySpec) -> String {
    let flags = sorted(key_flags::ALL.iter().filter(|(bit, _)| spec.flags & bit != 0).map(|(_, name)| *name));
    let begin = match spec.begin {
        BeginSearch::Index(at) => format!("index; {at}"),
        BeginSearch::Keyword(word, from) => format!("keyword; {word}; {from}"),
        BeginSearch::Unknown => "unknown".to_owned(),
    };
    let find = match spec.find {
        FindKeys::Range { last, step, limit } => format!("range; {last}; {step}; {limit}"),
        FindKeys::Keynum { count, first, step } => format!("keynum; {count}; {first}; {step}"),
        FindKeys::Unknown => "unknown".to_owned(),
    };
    format!("{flags} / {begin} / {find}")
}

/// What COMMAND DOCS adds. Sentences are ours and not compared.
fn their_docs(reply: &Value, all: &mut BTreeMap<String, Facts>) {
    for pair in list(Some(reply)).chunks_exact(2) {
        let (name, docs) = (text(pair.first()), &pair[1]);
        let facts = all.get_mut(&name).expect("documented commands are listed");
        facts.insert("since", text(docs.field("since")));
        facts.insert("group", text(docs.field("group")));
        facts.insert("doc flags", sorted(list(docs.field("doc_flags")).iter().map(|flag| text(Some(flag)))));
        facts.insert("deprecated since", text(docs.field("deprecated_since")));
        facts.insert("syntax", in_order(list(docs.field("arguments")).iter().map(their_arg)));
        if let Some(subcommands) = docs.field("subcommands") {
            their_docs(subcommands, all);
        }
    }
}

fn their_arg(arg: &Value) -> String {
    let part = |name| text(arg.field(name));
    let flags = sorted(list(arg.field("flags")).iter().map(|flag| text(Some(flag))));
    let children = in_order(list(arg.field("arguments")).iter().map(their_arg));
    let facts = ["name", "type", "token", "key_spec_index", "since", "deprecated_since"].map(part);
    format!("{} {flags} ({children})", facts.join(","))
}

fn our_arg(arg: &Arg) -> String {
    let spec = match arg.kind {
        ArgKind::Key(spec) | ArgKind::Pattern(Some(spec)) => spec.to_string(),
        _ => String::new(),
    };
    let optional = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let facts = [
        arg.name.to_owned(),
        arg.kind.name().to_owned(),
        optional(arg.token),
        spec,
        optional(arg.since),
        optional(arg.deprecated_since),
    ];
    let flags =
        [(arg.optional, "optional"), (arg.multiple, "multiple"), (arg.multiple_token, "multiple_token")];
    let flags = sorted(flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name));
    format!("{} {flags} ({})", facts.join(","), in_order(arg.children.iter().map(our_arg)))
}

fn our_facts(command: &Command) -> Facts {
    let (first, last, step) = command.legacy_keys;
    let deprecated = command.deprecated.map(|_| "deprecated");
    Facts::from([
        ("arity", command.arity.to_string()),
        ("flags", sorted(command.flag_names())),
        ("legacy keys", format!("{first} {last} {step}")),
        ("categories", sorted(command.acl_names().map(|name| format!("@{name}")))),
        ("tips", sorted(command.tips.iter().copied())),
        ("key specs", in_order(command.key_specs.iter().map(our_spec))),
        ("since", command.since.to_owned()),
        ("group", command.group.name().to_owned()),
        ("doc flags", sorted(deprecated.into_iter().chain(command.syscmd.then_some("syscmd")))),
        ("deprecated since", command.deprecated.map_or("", |(since, _)| since).to_owned()),
        ("syntax", in_order(command.args.iter().map(our_arg))),
    ])
}

fn facts_of(redis: &Server) -> BTreeMap<String, Facts> {
    let mut all = BTreeMap::new();
    their_info(&redis.call(&["COMMAND"]), &mut all);
    their_docs(&redis.call(&["COMMAND", "DOCS"]), &mut all);
    assert!(all.len() > 350, "the real server lists only {}", all.len());
    all
}

/// Every difference in the facts that matter, but for those listed; and what is listed without need.
fn differences(theirs: &BTreeMap<String, Facts>, matters: fn(&str) -> bool, listed: Changes) -> Vec<String> {
    let mut listed: BTreeSet<(&str, &str)> =
        listed.iter().flat_map(|(fact, _, names)| names.iter().map(|name| (*name, *fact))).collect();
    let mut wrong = Vec::new();
    for (name, facts) in theirs {
        let Some(ours) = catalog::lookup_full(name.as_bytes()).map(our_facts) else { continue };
        for (fact, value) in facts.iter().filter(|(fact, _)| matters(fact)) {
            if (ours[fact] != *value) != listed.remove(&(name.as_str(), *fact)) {
                wrong.push(format!("{name}, {fact}:\n  theirs {value}\n  ours   {}\n", ours[fact]));
            }
        }
    }
    wrong.extend(listed.iter().map(|(name, fact)| format!("{name}, {fact}: listed but not met\n")));
    wrong
}

#[test]
fn commands_are_those_of_redis_7_0_and_behave_alike() {
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let theirs = facts_of(&redis);
    let missing = theirs.keys().filter(|name| catalog::lookup_full(name.as_bytes()).is_none());
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
    let added = catalog::all().iter().map(|command| command.full_name);
    assert_eq!(added.filter(|name| !theirs.contains_key(*name)).collect::<Vec<_>>(), NOT_IN_7_0);
    let wrong = differences(&theirs, |fact| fact != "syntax", SINCE_7_0);
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn syntax_is_that_of_redis_8() {
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    let wrong = differences(&facts_of(&redis), |fact| fact == "syntax", NOT_AS_IN_8_2);
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
