//! Users and permissions: the same life beside a real Redis 8, random users and commands (`random.rs`), users in
//! files (`files.rs`), and Valkey's rule about databases beside a real Valkey.

mod files;
mod random;

use rtool::resp::Value;

use crate::harness::{Client, Program, Server, bulk, ok, request, wait_until};

/// Runs a story on a server: what came back, with the requests.
struct Story<'s> {
    server: &'s Server,
    told: Vec<String>,
}

impl Story<'_> {
    /// A connection, logged in as `user` when one is named.
    fn connect(&mut self, user: &str) -> Client {
        let mut client = self.server.connect();
        if !user.is_empty() {
            self.tell(&mut client, &format!("AUTH {user} pw"));
        }
        client
    }

    /// Sends a line and notes the reply.
    fn tell(&mut self, client: &mut Client, line: &str) {
        let words = rtool::resp::quote::split(line.as_bytes()).expect("quotes are balanced");
        let reply = client.call(&words);
        // Valkey does not show this flag where it is as it is anyway.
        self.told.push(format!("{line}: {}", shown(&reply)).replace("sanitize-payload ", ""));
    }

    /// Sends lines one after the other.
    fn tell_all(&mut self, client: &mut Client, lines: &[&str]) {
        lines.iter().for_each(|line| self.tell(client, line));
    }
}

/// A reply as one line.
fn shown(reply: &Value) -> String {
    match (reply, reply.as_list()) {
        (Value::Map(pairs), _) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", shown(key), shown(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        (_, Some(list)) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        (Value::Error(text), _) => format!("-{}", String::from_utf8_lossy(text)),
        (reply, _) => reply.as_str().map_or_else(|| format!("{reply:?}"), str::to_owned),
    }
}

/// Tells the story to both servers and compares.
fn compare(program: Program, tell: fn(&mut Story<'_>)) {
    let Some(redis) = Server::peer(program, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let [ours, theirs] = [&rtool, &redis].map(|server| {
        let mut story = Story { server, told: Vec::new() };
        tell(&mut story);
        story.told
    });
    assert_eq!(ours.len(), theirs.len(), "{ours:#?} {theirs:#?}");
    let different: Vec<String> = ours
        .iter()
        .zip(&theirs)
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| format!("rtool: {ours}\nredis: {theirs}"))
        .collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Reason, context, object and user of each entry of ACL LOG, with the count.
fn log_entries(client: &mut Client) -> Vec<String> {
    let log = client.call(&["ACL", "LOG", "50"]);
    let entry = |entry: &Value| {
        let fields = entry.as_list().expect("an entry");
        [1, 3, 5, 7, 9].map(|at| shown(&fields[at])).join(" ")
    };
    log.as_list().expect("entries").iter().map(entry).collect()
}

/// Counters that do not depend on what else the server counts.
fn counters(client: &mut Client) -> Vec<String> {
    let mut lines = Vec::new();
    for (section, start) in [("stats", "acl_access_denied_"), ("errorstats", "errorstat_")] {
        let text = client.call(&["INFO", section]);
        let text = text.as_str().expect("a section");
        let meant = |line: &&str| line.starts_with(start) && !line.starts_with("acl_access_denied_db");
        lines.extend(text.lines().filter(meant).map(str::to_owned));
    }
    lines
}

fn denials(story: &mut Story<'_>) {
    let mut admin = story.connect("");
    story.tell(&mut admin, "CONFIG RESETSTAT");
    story.tell(&mut admin, "ACL SETUSER u on >pw +@all -@admin ~a* %R~r* &c* -sort +acl|whoami");
    let mut u = story.connect("u");
    let lines = [
        "AUTH u bad",
        "ACL WHOAMI",
        "SET a 1",
        "SET x 1",
        "GET r",
        "SET r 1",
        "CONFIG GET x",
        "PUBLISH x y",
        "PUBLISH c y",
        "SUBSCRIBE x",
        "PSUBSCRIBE c*",
        "PUNSUBSCRIBE",
        "EVAL 'return redis.call(\"set\", KEYS[1], 1)' 1 x",
        "EVAL 'return redis.call(\"set\", \"x\", 1)' 0",
        "EVAL 'return redis.pcall(\"set\", \"x\", 1)' 0",
        "EVAL 'return redis.call(\"publish\", \"x\", \"y\")' 0",
        "EVAL 'return redis.call(\"sort\", \"a\")' 0",
        "EVAL 'return redis.acl_check_cmd(\"set\", \"x\", 1)' 0",
        "EVAL 'return redis.acl_check_cmd(\"set\", \"a\", 1)' 0",
        "MULTI",
        "SET a 2",
        "SET x 2",
        "EXEC",
        "MULTI",
        "SET a 2",
        "GET a",
    ];
    story.tell_all(&mut u, &lines);
    story.tell(&mut admin, "ACL SETUSER u -get +sort resetkeys ~b*");
    story.tell_all(&mut u, &["PING", "EXEC"]);
    story.tell(&mut admin, "ACL SETUSER u +get ~a*");
    let sorts = ["RPUSH al 1", "SORT al", "SORT al BY nosort", "SORT al BY w_*", "SORT al GET w_*"];
    story.tell_all(&mut u, &sorts);
    story.tell(&mut admin, "ACL SETUSER u %R~*");
    story.tell_all(&mut u, &sorts);
    let entries = log_entries(&mut admin);
    story.told.extend(entries);
    let counted = counters(&mut admin);
    story.told.extend(counted);
}

#[test]
fn denials_are_told_logged_and_counted_as_in_redis() {
    compare(Program::Redis8, denials);
}

fn logins(story: &mut Story<'_>) {
    let mut admin = story.connect("");
    story.tell(&mut admin, "ACL SETUSER z on >pw +@all ~* &*");
    let mut z = story.connect("z");
    story.tell(&mut admin, "ACL SETUSER z off");
    let still = ["PING", "AUTH z pw", "ACL WHOAMI", "RESET", "ACL WHOAMI", "HELLO 3 AUTH z pw"];
    story.tell_all(&mut z, &still);
    story.tell(&mut admin, "ACL SETUSER default -set");
    let mut n = story.connect("");
    story.tell_all(&mut n, &["SET a 1", "GET a"]);
    story.tell_all(&mut admin, &["SET a 1", "ACL SETUSER default +@all", "ACL SETUSER default off"]);
    let mut n = story.connect("");
    let closed = ["PING", "AUTH default x", "AUTH x", "HELLO 3", "RESET", "ACL WHOAMI"];
    story.tell_all(&mut n, &closed);
    story.tell_all(&mut admin, &["PING", "ACL SETUSER default on", "ACL SETUSER default >x"]);
    let mut n = story.connect("");
    story.tell(&mut n, "PING");
    story.tell(&mut admin, "ACL SETUSER default nopass");
    story.tell(&mut n, "PING");
    story.tell(&mut admin, "ACL SETUSER default >x");
    story.tell_all(&mut n, &["PING", "AUTH x", "PING"]);
    story.tell(&mut admin, "ACL SETUSER default nopass");
    story.tell(&mut admin, "ACL SETUSER q on >pw");
    let mut q = story.connect("q");
    story.tell_all(&mut q, &["PING", "MULTI", "AUTH default ''", "PING"]);
    story.tell(&mut admin, "CLIENT KILL USER q");
}

#[test]
fn logins_go_as_in_redis() {
    compare(Program::Redis8, logins);
}

/// Whoever waits is looked at again when there is something for him.
#[test]
fn rights_lost_while_waiting_are_lost() {
    let server = Server::start(Program::Rtool, &[]);
    server.call(&["ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*"]);
    let mut waiting = server.connect();
    waiting.call(&["AUTH", "u", "x"]);
    waiting.send(&["BLPOP", "list", "0"]).expect("sent");
    wait_until("it waits", || server.info("blocked_clients") == "1");
    assert_eq!(server.call(&["ACL", "SETUSER", "u", "resetkeys"]), ok());
    assert_eq!(server.call(&["RPUSH", "list", "a"]), Value::Int(1));
    let told = waiting.read().expect("a reply");
    assert_eq!(told, Value::Error(b"NOPERM No permissions to access a key".to_vec()));
    assert_eq!(server.call(&["LLEN", "list"]), Value::Int(1));
}

#[test]
fn clients_whose_user_is_deleted_are_cut_off() {
    let server = Server::start(Program::Rtool, &["--io-threads", "2"]);
    for name in ["gone", "stays"] {
        server.call(&["ACL", "SETUSER", name, "on", "nopass", "+@all", "~*"]);
    }
    let mut clients: Vec<Client> = (0..4).map(|_| server.connect()).collect();
    for (i, client) in clients.iter_mut().enumerate() {
        client.call(&["AUTH", if i % 2 == 0 { "gone" } else { "stays" }, "x"]);
    }
    assert_eq!(server.call(&["ACL", "DELUSER", "gone"]), Value::Int(1));
    for (i, client) in clients.iter_mut().enumerate() {
        if i % 2 == 0 {
            wait_until("it is cut off", || client.is_closed());
        } else {
            assert_eq!(client.call(&["ACL", "WHOAMI"]), bulk("stays"));
        }
    }
    // Who deletes himself hears of it first.
    let mut me = server.connect();
    me.call(&["AUTH", "stays", "x"]);
    assert_eq!(me.call(&["ACL", "DELUSER", "stays"]), Value::Int(1));
    wait_until("I am cut off", || me.is_closed());
}

/// What a client has sent already must not run with the rights of the default user, who may do more.
#[test]
fn a_deleted_user_leaves_no_rights_behind() {
    let server = Server::start(Program::Rtool, &[]);
    for rules in [&["+@all", "-flushall", "~*"][..], &["+@all", "~*", "&*"]] {
        server.call(&["ACL", "SETUSER", "u", "on", "nopass"].iter().chain(rules).collect::<Vec<_>>());
        let mut client = server.connect();
        client.call(&["AUTH", "u", "x"]);
        let mut sent = request(&["ACL", "DELUSER", "u"]);
        sent.extend(request(&["SET", "a", "1"]));
        sent.extend(request(&["PUBLISH", "c", "1"]));
        client.send_bytes(&sent).expect("sent");
        assert_eq!(client.read().expect("a reply"), Value::Int(1));
        while let Ok(reply) = client.read() {
            assert!(reply.error().is_some_and(|words| words.starts_with("NOPERM")), "{reply:?}");
        }
        assert_eq!(server.call(&["EXISTS", "a"]), Value::Int(0));
    }
}

#[test]
fn subscribers_lose_what_their_user_loses() {
    let server = Server::start(Program::Rtool, &["--io-threads", "2"]);
    server.call(&["ACL", "SETUSER", "s", "on", "nopass", "+@all", "&c*", "&d*"]);
    let subscribe = |words: &[&str]| {
        let mut client = server.connect();
        client.call(&["AUTH", "s", "x"]);
        client.call(words);
        client
    };
    let mut of_c = subscribe(&["SUBSCRIBE", "c1"]);
    let mut of_d = subscribe(&["SSUBSCRIBE", "d1"]);
    let mut of_pattern = subscribe(&["PSUBSCRIBE", "c*"]);
    let mut idle = subscribe(&["PING"]);
    server.call(&["ACL", "SETUSER", "s", "&e*"]);
    server.call(&["ACL", "SETUSER", "s", "resetchannels", "&d*"]);
    for lost in [&mut of_c, &mut of_pattern] {
        wait_until("it is cut off", || lost.is_closed());
    }
    assert_eq!(idle.call(&["PING"]), Value::Simple(b"PONG".to_vec()));
    assert_eq!(server.call(&["SPUBLISH", "d1", "hello"]), Value::Int(1));
    assert_eq!(of_d.read().expect("a message").as_list().map(<[Value]>::len), Some(3));
}

#[test]
fn a_transaction_that_takes_rights_away_feels_it_at_once() {
    let server = Server::start(Program::Rtool, &[]);
    let mut client = server.connect();
    client.call(&["ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*"]);
    client.call(&["AUTH", "u", "x"]);
    for words in [&["MULTI"][..], &["SET", "a", "1"], &["ACL", "SETUSER", "u", "-set"], &["SET", "a", "2"]] {
        client.call(words);
    }
    let replies = client.call(&["EXEC"]);
    let replies = replies.as_list().expect("replies");
    assert_eq!((&replies[0], &replies[1]), (&ok(), &ok()));
    assert!(matches!(&replies[2], Value::Error(text) if text.starts_with(b"NOPERM ACLs rules changed")));
    assert_eq!(client.call(&["GET", "a"]), bulk("1"));
}

fn databases(story: &mut Story<'_>) {
    let mut admin = story.connect("");
    let users = [
        "ACL SETUSER u on >pw +@all ~* &* db=3,0,5",
        "ACL LIST",
        "ACL SETUSER v on >pw +@all ~* &* db=7 (+@all ~* &* db=0)",
        "ACL SETUSER w db=1 alldbs resetdbs db=2 db=4",
        "ACL LIST",
        "ACL SETUSER w db=",
        "ACL SETUSER w db=x",
        "ACL SETUSER w db=1,",
        "ACL SETUSER w db=-1",
    ];
    story.tell_all(&mut admin, &users);
    let commands = [
        "GET k",
        "SELECT 3",
        "SELECT 4",
        "SELECT x",
        "MOVE k 3",
        "MOVE k 4",
        "COPY a b",
        "COPY a b DB 4",
        "COPY a b REPLACE DB 5",
        "SWAPDB 0 3",
        "SWAPDB 0 4",
        "flushall",
        "FLUSHDB",
        "DBSIZE",
        "SCAN 0",
        "RANDOMKEY",
        "INFO",
        "PING",
        "EVAL x 0",
        "FCALL x 0",
        "PUBLISH a b",
        "SAVE",
        "MULTI",
        "WATCH k",
        "CLIENT LIST",
        "SORT k BY x",
        "ACL WHOAMI",
        "UNWATCH",
        "TOUCH k",
        "XREAD STREAMS k 0",
    ];
    for db in [0, 3, 4, 7] {
        story.tell(&mut admin, &format!("SELECT {db}"));
        for user in ["u", "v"] {
            commands.iter().for_each(|line| story.tell(&mut admin, &format!("ACL DRYRUN {user} {line}")));
        }
    }
    let mut u = story.connect("u");
    let lines = ["SET a 1", "SELECT 3", "SET a 1", "SELECT 4", "GET a", "MOVE a 4", "MOVE a 5", "flushall"];
    story.tell_all(&mut u, &lines);
    let entries = log_entries(&mut admin);
    story.told.extend(entries);
}

#[test]
fn databases_are_denied_as_in_valkey() {
    compare(Program::Valkey, databases);
}

#[test]
fn failed_logins_are_counted_by_address_and_user() {
    let directives = ["--auth-failure-block-after", "3", "--auth-failure-slow-after", "0"];
    let server = Server::start(Program::Rtool, &directives);
    for name in ["a", "b"] {
        server.call(&["ACL", "SETUSER", name, "on", ">pw", "+@all"]);
    }
    let mut client = server.connect();
    client.call(&["PING"]); // it is there before there is a password
    server.call(&["ACL", "SETUSER", "default", ">pw"]);
    let mut stranger = server.connect();
    let refused =
        |reply: &Value| matches!(reply, Value::Error(text) if text.starts_with(b"WRONGPASS too many"));
    for _ in 0..3 {
        stranger.call(&["AUTH", "a", "wrong"]);
    }
    assert!(refused(&stranger.call(&["AUTH", "a", "pw"])), "a is blocked, the right password too");
    for name in ["guess1", "guess2", "guess3"] {
        stranger.call(&["AUTH", name, "wrong"]);
    }
    assert!(refused(&stranger.call(&["AUTH", "guess4", "wrong"])), "names that are made up count together");
    assert_eq!(stranger.call(&["AUTH", "b", "pw"]), ok(), "b is not");
    assert_eq!(client.call(&["PING"]), Value::Simple(b"PONG".to_vec()));
}

/// Nobody asks the default user for a password, so it is no proof of anything.
#[test]
fn the_default_user_may_not_guess_without_end() {
    let directives = ["--auth-failure-block-after", "3", "--auth-failure-slow-after", "0"];
    let server = Server::start(Program::Rtool, &directives);
    server.call(&["ACL", "SETUSER", "admin", "on", ">pw", "+@all"]);
    let mut admin = server.connect();
    assert_eq!(admin.call(&["AUTH", "admin", "pw"]), ok());
    let mut guest = server.connect();
    for _ in 0..3 {
        guest.call(&["AUTH", "admin", "wrong"]);
    }
    let refused = |reply: Value| reply.error().is_some_and(|words| words.starts_with("WRONGPASS too many"));
    assert!(refused(guest.call(&["AUTH", "admin", "pw"])));
    assert_eq!(admin.call(&["AUTH", "admin", "pw"]), ok(), "who is that user already is not touched");
}

/// COPY takes the last of its options.
#[test]
fn each_database_that_is_named_must_be_allowed() {
    let server = Server::start(Program::Rtool, &[]);
    server.call(&["ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*", "db=0"]);
    server.call(&["SET", "a", "1"]);
    let mut client = server.connect();
    client.call(&["AUTH", "u", "x"]);
    for words in [&["COPY", "a", "b", "DB", "4"][..], &["COPY", "a", "b", "DB", "0", "DB", "4"]] {
        let reply = client.call(words);
        assert!(reply.error().is_some_and(|words| words.starts_with("NOPERM")), "{words:?}: {reply:?}");
    }
}

/// Passwords come as arguments, and must not be seen.
#[test]
fn passwords_are_not_shown() {
    let server = Server::start(Program::Rtool, &["--slowlog-log-slower-than", "0"]);
    let mut monitor = server.connect();
    monitor.call(&["MONITOR"]);
    server.call(&["ACL", "SETUSER", "u", "on", ">hush"]);
    server.call(&["ECHO", "end"]);
    let mut seen = String::new();
    while !seen.contains("end") {
        seen.push_str(&monitor.read_line().expect("a line"));
    }
    let slow = shown(&server.call(&["SLOWLOG", "GET"]));
    assert!(
        !seen.contains("hush") && !slow.contains("hush") && !server.log().contains("hush"),
        "{seen}{slow}"
    );
    assert!(slow.contains("redacted"), "{slow}");
}
