//! What follows from a command, beside its reply: the words a replica reads, and the events a subscriber
//! hears. Scripts of commands run on our server and on a real one, and both are compared step by step.
//!
//! The client-visible truth is Redis 7.2; where a peer of another version differs the script says so.

mod listener;
mod script;
mod scripts;

use std::time::Duration;

use rtool::clock::wall_ms;
use rtool::resp::Value;

use crate::harness::{Client, Program, Server, ok, wait_until};
use listener::{Events, MARK, Stream, reply_text};
use script::{Deed, Script, Step};

/// Clients that a script may use.
const CLIENTS: usize = 4;

/// A client that has no answer after this time still waits: answers are there before the step is over.
const UNANSWERED: Duration = Duration::from_secs(10);

/// A server with those who listen to it.
struct Side {
    server: Server,
    clients: Vec<Client>,
    marker: Client,
    stream: Stream,
    events: Events,
}

/// What followed from a step.
struct Effects {
    stream: Vec<String>,
    events: Vec<String>,
    /// Its reply, or of a reply that is the server's own affair only whether it is an error.
    reply: String,
}

impl Side {
    fn new(server: Server) -> Side {
        assert_eq!(server.call(&["CONFIG", "SET", "notify-keyspace-events", "KEAmn"]), ok());
        assert_eq!(server.call(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]), ok());
        let clients = (0..CLIENTS).map(|_| server.connect()).collect();
        let (stream, events) = (Stream::of(&server), Events::of(&server));
        Side { marker: server.connect(), clients, stream, events, server }
    }

    fn play(&mut self, step: &Step, mark: &str) -> Effects {
        let reply = self.act(&step.deed).map_or(String::new(), |answer| match answer.error() {
            None if step.is_own_affair() => String::new(),
            _ => reply_text(&answer),
        });
        self.marker.call(&["PUBLISH", MARK, mark]);
        Effects { stream: self.stream.until(mark), events: self.events.until(mark), reply }
    }

    fn act(&mut self, deed: &Deed) -> Option<Value> {
        match deed {
            Deed::Call(client, words) => return Some(self.clients[*client].call(words)),
            Deed::Wait(client, words) => {
                let waiting = || self.server.info("blocked_clients").parse::<u32>().unwrap_or(0);
                let before = waiting();
                self.clients[*client].send(words).expect("the server reads");
                wait_until("the client waits", || waiting() == before + 1);
            }
            Deed::Answer(client) => return Some(self.answer(*client)),
            Deed::Expired => {
                let now = wall_ms();
                wait_until("the time is over", || wall_ms() > now + 2);
            }
            Deed::Gone => {
                let expiry = |on| assert_eq!(self.server.call(&["DEBUG", "SET-ACTIVE-EXPIRE", on]), ok());
                expiry("1");
                wait_until("the database is empty", || self.server.call(&["DBSIZE"]) == Value::Int(0));
                expiry("0");
            }
        }
        None
    }

    /// What a client gets that waited. One that still waits gets a connection of its own for what follows.
    fn answer(&mut self, client: usize) -> Value {
        let _ = self.clients[client].stream().set_read_timeout(Some(UNANSWERED));
        match self.clients[client].read() {
            Ok(answer) => answer,
            Err(error) => {
                self.clients[client] = self.server.connect();
                Value::Error(format!("no answer: {error}").into_bytes())
            }
        }
    }
}

/// Plays a script on both servers and adds how they differ.
fn compare(script: &Script, ours: &mut Side, theirs: &mut Side, found: &mut Vec<String>) {
    let peer = theirs.server.program();
    for (at, step) in script.steps.iter().enumerate().filter(|(_, step)| step.is_for(peer)) {
        let mark = format!("{}-{at}", script.name);
        let (our, mut their) = (ours.play(step, &mark), theirs.play(step, &mark));
        let named = |what: &str| format!("{} {at}: {}\n    {what}", script.name, step.line);
        let reply = std::mem::take(&mut their.reply);
        let (our_reply, mut their_reply) = (vec![our.reply], vec![reply]);
        for (said, theirs) in [
            (&step.reply, &mut their_reply),
            (&step.stream, &mut their.stream),
            (&step.events, &mut their.events),
        ] {
            if let Some(said) = said.for_peer(peer) {
                if said == *theirs {
                    found.push(named("does not differ any more"));
                }
                *theirs = said;
            }
        }
        if our_reply != their_reply {
            found.push(named(&format!("ours   {our_reply:#?}\n    theirs {their_reply:#?}")));
        }
        if our.stream != their.stream {
            found.push(named(&format!("ours   {:#?}\n    theirs {:#?}", our.stream, their.stream)));
        }
        if our.events != their.events {
            found.push(named(&format!("ours   {:#?}\n    theirs {:#?}", our.events, their.events)));
        }
    }
}

fn run_all(peer: Program) {
    let Some(theirs) = Server::peer(peer, &[]) else { return };
    let (mut ours, mut theirs) = (Side::new(Server::start(Program::Rtool, &[])), Side::new(theirs));
    let mut found = Vec::new();
    for (name, text) in scripts::ALL {
        compare(&script::parse("begin", script::BEGIN), &mut ours, &mut theirs, &mut found);
        compare(&script::parse(name, text), &mut ours, &mut theirs, &mut found);
    }
    assert!(found.is_empty(), "{}\n{} differences", found.join("\n"), found.len());
}

/// The file is another reader of the same journal: it holds what replicas read, but for messages.
#[test]
fn the_file_holds_what_replicas_read() {
    let rtool = Server::start(Program::Rtool, &["--appendonly", "yes", "--shutdown-timeout", "0"]);
    let mut side = Side::new(rtool);
    let mut streamed = Vec::new();
    for (name, text) in scripts::ALL {
        for script in [script::parse("begin", script::BEGIN), script::parse(name, text)] {
            for (at, step) in script.steps.iter().enumerate() {
                streamed.extend(side.play(step, &format!("{name}-{at}")).stream);
            }
        }
    }
    streamed.retain(|command| !command.contains(": PUBLISH "));
    side.server.stop();
    assert_eq!(listener::file_commands(&side.server), streamed);
}

#[test]
fn replicas_and_subscribers_hear_what_redis_7_says() {
    run_all(Program::Redis);
}

#[test]
fn replicas_and_subscribers_hear_what_redis_8_says() {
    run_all(Program::Redis8);
}
