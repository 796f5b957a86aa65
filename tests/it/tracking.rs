//! Client-side caching: who is told of which change, in which order with replies. Steps are played on ours and
//! on a real server, and everything that each client reads must be equal.

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, bulk, ok, wait_until};

/// A client of a script, and what it sends; `<id x>` stands for the id of client x.
type Step = (char, &'static str);

/// Each script begins with new clients; a capital letter speaks RESP3.
const SCRIPTS: &[&[Step]] = &[
    // A client's own cache, and others' changes.
    &[
        ('A', "CLIENT TRACKING ON"),
        ('b', "MSET k 1 l 2"),
        ('A', "MGET k l missing"),
        ('b', "SET k 2"),
        ('b', "SET k 3"),
        ('b', "DEL l"),
        ('b', "SET missing 1"),
        ('A', "HSET h f 1"),
        ('A', "HGET h f"),
        ('A', "HDEL h f"),
        ('A', "GET k"),
        ('A', "EXPIRE k 100"),
        ('A', "STRLEN k"),
        ('b', "RENAME k n"),
        ('A', "EXISTS n"),
        ('A', "GETDEL n"),
        ('A', "CLIENT TRACKING OFF"),
        ('A', "GET k"),
        ('b', "SET k 4"),
    ],
    // Transactions: behind the reply.
    &[
        ('A', "CLIENT TRACKING ON"),
        ('A', "MSET a 1 b 1"),
        ('A', "GET a"),
        ('A', "MULTI"),
        ('A', "INCR a"),
        ('A', "GET a"),
        ('A', "INCR b"),
        ('A', "GET b"),
        ('A', "INCR b"),
        ('A', "EXEC"),
        ('b', "INCR a"),
        ('b', "INCR b"),
        ('A', "MULTI"),
        ('A', "FLUSHDB"),
        ('A', "GET b"),
        ('A', "EXEC"),
        ('b', "SET b 2"),
    ],
    // Everything.
    &[
        ('A', "CLIENT TRACKING ON"),
        ('C', "CLIENT TRACKING ON BCAST PREFIX x"),
        ('d', "SUBSCRIBE __redis__:invalidate"),
        ('E', "CLIENT TRACKING ON REDIRECT <id d>"),
        ('b', "SET k 1"),
        ('A', "GET k"),
        ('E', "GET k"),
        ('b', "FLUSHALL"),
        ('b', "SET k 1"),
        ('A', "FLUSHDB"),
        ('b', "FLUSHALL ASYNC"),
    ],
    // To another client, RESP2 and RESP3, with and without a subscription; then it leaves.
    &[
        ('b', "SET k 1"),
        ('d', "GET k"),
        ('a', "CLIENT TRACKING ON REDIRECT <id d>"),
        ('a', "GET k"),
        ('b', "SET k 2"),
        ('d', "SUBSCRIBE other"),
        ('a', "GET k"),
        ('b', "SET k 3"),
        ('a', "GET k"),
        ('a', "SET k 4"),
        ('F', "PING"),
        ('a', "CLIENT TRACKING ON REDIRECT <id F>"),
        ('a', "GET k"),
        ('b', "SET k 5"),
        ('C', "CLIENT TRACKING ON REDIRECT <id F> NOLOOP"),
        ('C', "CLIENT TRACKINGINFO"),
        ('C', "GET k"),
        ('C', "SET k 6"),
        ('C', "GET k"),
        ('F', "QUIT"),
        ('b', "SET k 7"),
        ('C', "CLIENT TRACKINGINFO"),
        ('a', "CLIENT TRACKINGINFO"),
    ],
    // Prefixes.
    &[
        ('A', "CLIENT TRACKING ON BCAST PREFIX user: PREFIX item:"),
        ('C', "CLIENT TRACKING ON BCAST NOLOOP"),
        ('A', "CLIENT TRACKINGINFO"),
        ('C', "CLIENT TRACKINGINFO"),
        ('b', "SET user:1 x"),
        ('b', "SET users x"),
        ('b', "MSET user:2 x item:1 y other z user:1 w"),
        ('A', "SET user:3 x"),
        ('C', "SET user:4 x"),
        ('b', "MULTI"),
        ('b', "INCR item:2"),
        ('b', "INCR item:2"),
        ('b', "DEL user:4 user:5"),
        ('b', "EXEC"),
        ('A', "CLIENT TRACKING ON BCAST PREFIX other"),
        ('b', "SET other 1"),
        ('A', "CLIENT TRACKING ON BCAST PREFIX use"),
        ('A', "CLIENT TRACKING ON BCAST PREFIX new PREFIX newer"),
        ('A', "CLIENT TRACKING ON"),
        ('A', "CLIENT TRACKING OFF"),
        ('b', "SET user:1 y"),
        ('C', "CLIENT TRACKING OFF"),
        ('b', "SET user:1 z"),
    ],
    // OPTIN and OPTOUT.
    &[
        ('A', "CLIENT CACHING YES"),
        ('A', "CLIENT TRACKING ON OPTIN"),
        ('A', "CLIENT CACHING NO"),
        ('A', "CLIENT CACHING MAYBE"),
        ('A', "GET a"),
        ('b', "SET a 1"),
        ('A', "CLIENT CACHING YES"),
        ('A', "CLIENT TRACKINGINFO"),
        ('A', "CLIENT GETNAME"),
        ('A', "GET a"),
        ('A', "GET b"),
        ('b', "MSET a 1 b 1"),
        ('A', "CLIENT CACHING YES"),
        ('A', "MULTI"),
        ('A', "GET a"),
        ('A', "GET b"),
        ('A', "EXEC"),
        ('A', "GET c"),
        ('b', "MSET a 1 b 1 c 1"),
        ('A', "CLIENT TRACKING ON OPTOUT"),
        ('A', "CLIENT TRACKING OFF"),
        ('A', "CLIENT TRACKING ON OPTOUT"),
        ('A', "CLIENT CACHING YES"),
        ('A', "CLIENT CACHING NO"),
        ('A', "CLIENT TRACKINGINFO"),
        ('A', "GET a"),
        ('A', "GET b"),
        ('b', "MSET a 1 b 1"),
    ],
    // What is refused; the state of a client.
    &[
        ('A', "CLIENT GETREDIR"),
        ('A', "CLIENT TRACKINGINFO"),
        ('A', "CLIENT TRACKING"),
        ('A', "CLIENT TRACKING MAYBE"),
        ('A', "CLIENT TRACKING ON REDIRECT"),
        ('A', "CLIENT TRACKING ON REDIRECT 999999"),
        ('A', "CLIENT TRACKING ON REDIRECT x"),
        ('A', "CLIENT TRACKING ON REDIRECT <id b> REDIRECT <id b>"),
        ('b', "PING"),
        ('A', "CLIENT TRACKING ON PREFIX x"),
        ('A', "CLIENT TRACKING ON BCAST OPTIN"),
        ('A', "CLIENT TRACKING ON OPTIN OPTOUT"),
        ('A', "CLIENT TRACKING ON WHAT"),
        ('A', "CLIENT TRACKINGINFO"),
        ('A', "CLIENT TRACKING ON REDIRECT <id b>"),
        ('A', "CLIENT GETREDIR"),
        ('A', "CLIENT TRACKING ON"),
        ('A', "CLIENT GETREDIR"),
        ('A', "CLIENT TRACKING ON BCAST"),
        ('A', "SET k 1"),
        ('A', "GET k"),
        ('A', "RESET"),
        ('A', "CLIENT TRACKINGINFO"),
        ('b', "SET k 2"),
    ],
    // Reads that are no plain GETs, and writes that write nothing.
    &[
        ('A', "CLIENT TRACKING ON"),
        ('b', "RPUSH l 3 1 2"),
        ('A', "SORT_RO l"),
        ('b', "RPUSH l 4"),
        ('A', "LRANGE l 0 -1"),
        ('b', "LREM l 0 nothing"),
        ('b', "LSET l 0 9"),
        ('b', "XADD s 1-1 f v"),
        ('A', "XREAD STREAMS s other 0 0"),
        ('b', "XADD other 1-1 f v"),
        ('b', "XADD s 2-1 f v"),
        ('b', "SADD x 1"),
        ('b', "SADD y 1 2"),
        ('A', "SINTERCARD 2 x y"),
        ('b', "SADD x 1"),
        ('b', "SMOVE y x 2"),
        ('A', "TYPE x"),
        ('A', "DBSIZE"),
        ('A', "TTL y"),
        ('b', "PERSIST y"),
        ('b', "EXPIRE y 100"),
        ('b', "SET k v"),
        ('A', "GET k"),
        ('b', "COPY l k REPLACE"),
        ('A', "OBJECT FREQ k"),
        ('b', "SELECT 1"),
        ('b', "SET k other"),
    ],
];

/// A value in words; elements of aggregates behind a mark of their kind.
fn shown(value: &Value) -> String {
    let list = |mark: char, list: &[Value]| {
        format!("{mark}[{}]", list.iter().map(shown).collect::<Vec<_>>().join(" "))
    };
    match value {
        Value::Array(parts) => list('*', parts),
        Value::Set(parts) => list('~', parts),
        Value::Push(parts) => list('>', parts),
        Value::Map(pairs) => {
            let flat: Vec<Value> =
                pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect();
            list('%', &flat)
        }
        Value::Int(number) => format!("({number})"),
        Value::Error(line) => format!("-{}", String::from_utf8_lossy(line)),
        other => other.as_str().map_or_else(|| format!("{other:?}"), |text| format!("{text:?}")),
    }
}

/// The clients of a script on one server.
struct Side<'s> {
    server: &'s Server,
    clients: Vec<(char, Client)>,
    /// Also of those who have left.
    ids: Vec<(char, i64)>,
    /// Who is inside MULTI.
    queueing: Option<char>,
}

impl Side<'_> {
    fn client(&mut self, name: char) -> &mut Client {
        if let Some(at) = self.clients.iter().position(|(known, ..)| *known == name) {
            return &mut self.clients[at].1;
        }
        let mut client = self.server.connect();
        greet(name, &mut client);
        let id = client.call(&["CLIENT", "ID"]);
        let Value::Int(id) = id else { panic!("an id, not {id:?}") };
        self.ids.push((name, id));
        self.clients.push((name, client));
        &mut self.clients.last_mut().expect("it was just pushed").1
    }

    fn words(&mut self, text: &str) -> Vec<String> {
        let Some((head, rest)) = text.split_once("<id ") else {
            return text.split(' ').map(str::to_owned).collect();
        };
        let name = rest.chars().next().expect("a name");
        self.client(name);
        let id = self.ids.iter().find(|(known, _)| *known == name).expect("it has one").1;
        self.words(&format!("{head}{id}{}", &rest[2..]))
    }

    /// Sends a command, and says what every client reads then.
    fn play(&mut self, (who, text): Step) -> Vec<String> {
        let words = self.words(text);
        let mut seen = vec![format!("{who}: {text}")];
        let client = self.client(who);
        client.send(&words).expect("the server reads");
        seen.push(format!("  {who} {}", shown(&client.read().expect("a reply"))));
        match text {
            "RESET" => greet(who, client),
            "QUIT" => self.clients.retain(|(name, ..)| *name != who),
            "MULTI" => self.queueing = Some(who),
            "EXEC" => self.queueing = None,
            _ => {}
        }
        for (name, client) in &mut self.clients {
            if self.queueing == Some(*name) {
                continue;
            }
            // CLIENT leaves CLIENT CACHING in force; a subscriber may only say PING.
            let mark = if *name == 'd' { ["PING", "marker"] } else { ["CLIENT", "GETNAME"] };
            client.send(&mark).expect("the server reads");
            loop {
                let value = shown(&client.read().expect("the marker comes"));
                if value.contains("marker") {
                    break;
                }
                seen.push(format!("  {name} {value}"));
            }
        }
        self.hide_ids(seen)
    }

    /// Ids differ between servers.
    fn hide_ids(&self, mut seen: Vec<String>) -> Vec<String> {
        for (name, id) in &self.ids {
            for line in &mut seen[1..] {
                *line = line.replace(&format!("({id})"), &format!("(id of {name})"));
            }
        }
        seen
    }
}

/// Gives a new client its name, and its protocol.
fn greet(name: char, client: &mut Client) {
    let proto = if name.is_ascii_uppercase() { "3" } else { "2" };
    client.call(&["HELLO", proto, "SETNAME", "marker"]);
}

#[test]
fn everybody_is_told_what_redis_tells() {
    let Some(theirs) = Server::peer(Program::Redis, &[]) else { return };
    let ours = Server::start(Program::Rtool, &[]);
    for (number, script) in SCRIPTS.iter().enumerate() {
        theirs.call(&["FLUSHALL"]);
        ours.call(&["FLUSHALL"]);
        let mut here = Side { server: &ours, clients: Vec::new(), ids: Vec::new(), queueing: None };
        let mut there = Side { server: &theirs, clients: Vec::new(), ids: Vec::new(), queueing: None };
        for step in *script {
            let (got, wanted) = (here.play(*step), there.play(*step));
            assert_eq!(got.join("\n"), wanted.join("\n"), "script {number}");
        }
    }
}

/// The keys of an `invalidate` push; "*" for all.
fn keys_of(push: &Value) -> Vec<String> {
    let parts = push.as_list().unwrap_or_else(|| panic!("a push, not {push:?}"));
    assert_eq!(parts[0], bulk("invalidate"));
    let text = |key: &Value| key.as_str().expect("a key").to_owned();
    parts[1].as_list().map_or_else(|| vec!["*".to_owned()], |keys| keys.iter().map(text).collect())
}

/// A client with RESP3 that tracks.
fn tracker(server: &Server, options: &[&str]) -> Client {
    let mut client = server.connect();
    client.call(&["HELLO", "3"]);
    let words: Vec<&str> = ["CLIENT", "TRACKING", "ON"].into_iter().chain(options.iter().copied()).collect();
    assert_eq!(client.call(&words), ok());
    client
}

#[test]
fn expiry_and_eviction_are_told() {
    let server = Server::start(Program::Rtool, &[]);
    let (mut reads, mut all) = (tracker(&server, &[]), tracker(&server, &["BCAST"]));
    server.call(&["SET", "k", "v", "PX", "1"]);
    assert_eq!(keys_of(&all.read().unwrap()), ["k"]);
    reads.call(&["GET", "k"]);
    assert_eq!(keys_of(&all.read().unwrap()), ["k"], "its time was over");
    server.call(&["HSET", "h", "f", "v"]);
    reads.call(&["HGETALL", "h"]);
    server.call(&["HPEXPIRE", "h", "1", "FIELDS", "1", "f"]);
    for wanted in ["h", "h", "h"] {
        assert_eq!(keys_of(&all.read().unwrap()), [wanted], "made, to expire, gone");
    }
    server.call(&["SET", "k", "v"]);
    assert_eq!(keys_of(&all.read().unwrap()), ["k"]);
    reads.call(&["GET", "k"]);
    server.call(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1"]);
    assert_eq!(keys_of(&all.read().unwrap()), ["k"], "evicted");
}

#[test]
fn a_replicas_clients_hear_of_the_masters_writes() {
    let (master, replica) = (Server::start(Program::Rtool, &[]), Server::start(Program::Rtool, &[]));
    let mut early = tracker(&replica, &[]);
    replica.follow(&master);
    assert_eq!(keys_of(&early.read().unwrap()), ["*"], "the data is another");
    let mut all = tracker(&replica, &["BCAST", "PREFIX", "k"]);
    master.call(&["MSET", "k1", "1", "k2", "2", "other", "3"]);
    assert_eq!(keys_of(&all.read().unwrap()), ["k1", "k2"]);
    replica.catch_up(&master);
    early.call(&["GET", "other"]);
    master.call(&["DEL", "other"]);
    assert_eq!(keys_of(&early.read().unwrap()), ["other"]);
    master.call(&["FLUSHALL"]);
    assert_eq!(keys_of(&early.read().unwrap()), ["*"]);
}

#[test]
fn one_who_waited_is_told_behind_its_reply() {
    let server = Server::start(Program::Rtool, &[]);
    let mut waits = tracker(&server, &[]);
    waits.call(&["LRANGE", "to", "0", "-1"]);
    waits.send(&["BLMOVE", "from", "to", "LEFT", "LEFT", "0"]).unwrap();
    wait_until("it waits", || server.info("blocked_clients") == "1");
    server.call(&["RPUSH", "from", "x"]);
    assert_eq!(waits.read().unwrap(), bulk("x"));
    assert_eq!(keys_of(&waits.read().unwrap()), ["to"]);
}

#[test]
fn messages_lie_between_replies_of_a_pipeline() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = tracker(&server, &[]);
    for words in [&["GET", "k"][..], &["SET", "k", "1"], &["GET", "k"], &["DEL", "k", "l"], &["PING"]] {
        client.send(words).unwrap();
    }
    let shown: Vec<String> = (0..7).map(|_| shown(&client.read().unwrap())).collect();
    let is_push = |text: &String| text.contains("invalidate");
    assert_eq!(
        shown.iter().map(is_push).collect::<Vec<_>>(),
        [false, false, true, false, false, true, false]
    );
}

#[test]
fn swapdb_is_told_though_redis_does_not() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = tracker(&server, &[]);
    client.call(&["GET", "k"]);
    server.call(&["SWAPDB", "0", "1"]);
    assert_eq!(keys_of(&client.read().unwrap()), ["*"]);
    assert_eq!(server.info("tracking_total_keys"), "0");
}

#[test]
fn the_table_keeps_to_its_limit_and_ends_with_the_last_client() {
    let server = Server::start(Program::Rtool, &["--tracking-table-max-keys", "10"]);
    let mut client = tracker(&server, &[]);
    for n in 0..50 {
        client.send(&["GET", &format!("k{n}")]).unwrap();
    }
    let mut told = 0;
    let mut left = 50;
    while left > 0 {
        match client.read().unwrap() {
            Value::Null => left -= 1,
            push => told += keys_of(&push).len(),
        }
    }
    wait_until("the last one is out", || server.info("tracking_total_keys") == "10");
    assert_eq!(server.info("tracking_total_items"), "10");
    while told < 40 {
        told += keys_of(&client.read().unwrap()).len();
    }
    assert_eq!(client.call(&["PING"]), Value::Simple(b"PONG".to_vec()), "told of 40, and of no more");
    drop(client);
    wait_until("nobody tracks", || server.info("tracking_clients") == "0");
    wait_until("nothing is kept", || server.info("tracking_total_keys") == "0");
}

#[test]
fn client_list_says_who_tracks() {
    let server = Server::start(Program::Rtool, &[]);
    let id = server.call(&["CLIENT", "ID"]);
    let Value::Int(id) = id else { panic!("an id, not {id:?}") };
    let mut client = tracker(&server, &["BCAST", "REDIRECT", &id.to_string()]);
    let info = client.call(&["CLIENT", "INFO"]);
    let text = String::from_utf8_lossy(info.as_bytes().unwrap()).into_owned();
    assert!(text.contains("flags=tB ") && text.contains(&format!("redir={id} ")), "{text}");
    assert_eq!(
        (server.info("tracking_clients"), server.info("tracking_total_prefixes")),
        ("1".into(), "1".into())
    );
}
