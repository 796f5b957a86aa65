//! What a server says of the changes it makes: a replica that reads the replication stream word by word, and
//! a subscriber to the events of keys. Both read up to a mark that the test publishes. What differs by nature
//! is made equal: the database is named at each command instead of by SELECT, what keeps the link alive is
//! left out, and a time near now is its distance from now.

use rtool::clock::wall_ms;
use rtool::resp::{Decoder, Value};

use crate::harness::{Client, Server};

/// The channel of marks; the subscriber's pattern covers it.
pub const MARK: &str = "__key-mark__:";

/// Times nearer than this to now are told by their distance, in ms.
const NEAR_MS: i64 = 40 * 24 * 3600 * 1000;
/// The distance is told in steps of this: two servers do not run a command in the same millisecond.
const STEP_MS: i64 = 100_000;

/// A replica that applies nothing.
pub struct Stream {
    client: Client,
    db: String,
}

impl Stream {
    /// Follows a server from now on.
    pub fn of(server: &Server) -> Stream {
        let mut client = server.connect();
        client.send(&["PSYNC", "?", "-1"]).expect("the server reads");
        let line = client.read_line().expect("an answer");
        assert!(line.starts_with("+FULLRESYNC"), "{line}");
        let line = client.read_line().expect("the size of the copy");
        let size = line.strip_prefix('$').and_then(|size| size.parse().ok());
        client.read_bytes(size.unwrap_or_else(|| panic!("{line}"))).expect("the copy");
        Stream { client, db: String::new() }
    }

    /// The commands up to a mark.
    pub fn until(&mut self, mark: &str) -> Vec<String> {
        let mut commands = Vec::new();
        loop {
            let command = self.client.read().expect("the stream goes on");
            let said = said(&command, &mut self.db);
            if said.as_ref().is_some_and(|said| said.ends_with(&format!(": PUBLISH {MARK} {mark}"))) {
                return commands;
            }
            commands.extend(said);
        }
    }
}

/// The commands in a server's append-only file, in the same words.
pub fn file_commands(server: &Server) -> Vec<String> {
    let files = std::fs::read_dir(server.dir().join("appendonlydir")).expect("the folder of the file");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".incr.aof"));
    let [path] = &paths[..] else { panic!("{paths:?}") };
    let bytes = std::fs::read(path).expect("the file is readable");
    let (mut decoder, mut at, mut db, mut commands) = (Decoder::new(), 0, String::new(), Vec::new());
    while let Some((command, used)) = decoder.decode(&bytes[at..]).expect("whole commands") {
        at += used;
        commands.extend(said(&command, &mut db));
    }
    commands
}

/// What a command of the stream says; nothing where it is only about the stream.
fn said(command: &Value, db: &mut String) -> Option<String> {
    let words: Vec<String> = command.as_list().unwrap_or_default().iter().map(text).collect();
    let name = words[0].to_uppercase();
    match name.as_str() {
        "SELECT" => db.clone_from(&words[1]),
        "PING" | "REPLCONF" => {}
        "MULTI" | "EXEC" => return Some(name),
        _ => return Some(format!("{db}: {}", tidy(&words))),
    }
    None
}

/// A subscriber to everything that happens to keys.
pub struct Events {
    client: Client,
}

impl Events {
    /// Listens to a server from now on.
    pub fn of(server: &Server) -> Events {
        let mut client = server.connect();
        client.call(&["PSUBSCRIBE", "__key*__:*"]);
        Events { client }
    }

    /// The events up to a mark.
    pub fn until(&mut self, mark: &str) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let message = self.client.read().expect("events go on");
            let words: Vec<String> = message.as_list().unwrap_or_default().iter().map(text).collect();
            let [_, _, channel, event] = &words[..] else { panic!("{message:?}") };
            if channel == MARK && event == mark {
                return events;
            }
            events.push(format!("{channel} {event}"));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_bytes().unwrap_or_default().escape_ascii().to_string()
}

/// A reply in words; times in it are told by their distance from now.
pub fn reply_text(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(reply_text).collect::<Vec<_>>().join(" ")),
        Value::Bulk(_) => near(&text(value)),
        Value::Int(number) => near(&number.to_string()),
        other => format!("{other:?}"),
    }
}

/// The words of a command. The elements of keys called `random...` are the server's choice.
fn tidy(words: &[String]) -> String {
    let chosen = words.get(1).is_some_and(|key| key.starts_with("random"));
    let shown = words.iter().enumerate().map(|(at, word)| match word {
        _ if chosen && at > 1 => "<any>".to_owned(),
        word if word.is_empty() => "\"\"".to_owned(),
        word => near(word),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A time, or the id of a stream's entry, by its distance from now.
fn near(word: &str) -> String {
    let (time, rest) = word.split_once('-').unwrap_or((word, ""));
    let distance = time.parse::<i64>().ok().map(|time| time - wall_ms());
    match distance.filter(|distance| distance.abs() < NEAR_MS) {
        Some(distance) => format!("<now{:+}>{rest}", (distance + STEP_MS / 2).div_euclid(STEP_MS)),
        None => word.to_owned(),
    }
}
