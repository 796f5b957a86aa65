//! Shard channels beside channels and patterns: one client subscribes to all kinds, another sends to them, on
//! ours and on a real server; what both read must be equal, in both protocols.

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, ok};

/// Commands of the client that listens (with the number of replies), and of the one that sends.
const STEPS: &[(&str, usize, &str)] = &[
    ("SSUBSCRIBE a b", 2, "PUBSUB SHARDCHANNELS b"),
    ("SSUBSCRIBE a", 1, "PUBSUB SHARDNUMSUB a b c"),
    ("SUBSCRIBE a", 1, "PUBSUB NUMSUB a b"),
    ("PSUBSCRIBE *", 1, "PUBSUB NUMPAT"),
    ("PING", 1, "PUBSUB CHANNELS"),
    ("GET x", 1, "SPUBLISH c nobody"),
    ("", 1, "SPUBLISH a one"),
    ("", 2, "PUBLISH a two"),
    ("SUNSUBSCRIBE b c", 2, "PUBSUB SHARDCHANNELS"),
    ("UNSUBSCRIBE", 1, "SPUBLISH b nobody"),
    ("PUNSUBSCRIBE", 1, "PUBLISH a nobody"),
    ("GET x", 1, "PUBSUB SHARDNUMSUB a"),
    ("", 1, "SPUBLISH a three"),
    ("SUNSUBSCRIBE", 1, "PUBSUB SHARDCHANNELS"),
    ("SUNSUBSCRIBE", 1, "SPUBLISH a nobody"),
    ("GET x", 1, "PUBSUB SHARDNUMSUB a"),
];

/// The fields of CLIENT LIST that speak of subscriptions.
fn listed(server: &Server, name: &str) -> Vec<String> {
    let list = server.call(&["CLIENT", "LIST"]);
    let text = String::from_utf8_lossy(list.as_bytes().expect("a text")).into_owned();
    let line =
        text.lines().find(|line| line.contains(&format!("name={name} "))).expect("it is there").to_owned();
    let wanted =
        |word: &&str| ["sub=", "psub=", "ssub=", "flags="].iter().any(|field| word.starts_with(field));
    line.split(' ').filter(wanted).map(str::to_owned).collect()
}

/// What is read, told and listed on one server.
fn play(server: &Server, proto: &str) -> Vec<String> {
    let mut listener = server.connect();
    let mut sender = server.connect();
    listener.call(&["HELLO", proto]);
    assert_eq!(listener.call(&["CLIENT", "SETNAME", "listener"]), ok());
    let mut seen = Vec::new();
    for (own, replies, other) in STEPS {
        if !own.is_empty() {
            listener.send(&own.split(' ').collect::<Vec<_>>()).expect("the server reads");
            seen.extend(read(&mut listener, *replies));
        }
        seen.push(format!("{other} -> {:?}", sender.call(&other.split(' ').collect::<Vec<_>>())));
        if own.is_empty() {
            seen.extend(read(&mut listener, *replies));
        }
        seen.push(listed(server, "listener").join(" "));
        seen.push(format!("{} channels", server.info("pubsubshard_channels")));
    }
    seen
}

fn read(client: &mut Client, count: usize) -> Vec<String> {
    let next = |_| format!("{:?}", client.read().expect("a reply"));
    (0..count).map(next).collect()
}

#[test]
fn shard_channels_are_told_as_redis_tells_them() {
    let Some(theirs) = Server::peer(Program::Redis, &[]) else { return };
    let ours = Server::start(Program::Rtool, &[]);
    for proto in ["2", "3"] {
        assert_eq!(play(&ours, proto), play(&theirs, proto), "RESP{proto}");
    }
}

#[test]
fn a_replicas_subscribers_hear_the_master() {
    let (master, replica) = (Server::start(Program::Rtool, &[]), Server::start(Program::Rtool, &[]));
    replica.follow(&master);
    let mut listener = replica.connect();
    assert!(matches!(listener.call(&["SSUBSCRIBE", "a"]), Value::Array(_)));
    assert_eq!(master.call(&["SPUBLISH", "a", "hi"]), Value::Int(0));
    let heard = listener.read().expect("a message");
    let words = heard.as_list().map(|list| list.iter().filter_map(Value::as_bytes).collect::<Vec<_>>());
    assert_eq!(words, Some(vec![b"smessage".as_slice(), b"a", b"hi"]));
}
