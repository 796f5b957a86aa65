//! The engine of a server, with commands for a value that RESTORE has taken.

use std::cell::RefCell;
use std::sync::Arc;

use rtool::resp::request::{Args, Span};
use rtool::resp::value::Decoder;
use rtool::resp::{Proto, Reply, Value};
use rtool::server::Server;
use rtool::server::config::{Config, Settings};
use rtool::server::engine::Engine;
use rtool::server::session::{ClientShared, Origin, Peer, Session};

use crate::commands;

/// The footer of a payload whose sum is not looked at: version 11, no sum.
const FOOTER: [u8; 10] = [11, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Words that a template's `<m>` is taken from, at most.
const MEMBERS: usize = 3;

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

/// A server, and one who gives it commands.
pub struct Bench {
    engine: Engine,
    session: Session,
    reply: Vec<u8>,
}

/// Gives the process's server a payload: a type byte and a value.
pub fn restore(body: &[u8]) {
    BENCH.with_borrow_mut(|bench| bench.restore(body));
}

/// Sets a string and runs the commands of HyperLogLogs.
pub fn string(bytes: &[u8]) {
    BENCH.with_borrow_mut(|bench| {
        bench.run(&[b"SET", b"k", bytes]);
        bench.exercise("hll", bytes);
    });
}

impl Bench {
    fn new() -> Bench {
        let settings = Settings { save: Vec::new(), io_threads: 1, ..Settings::default() };
        let server = Server::new(Config::new(settings));
        server.switches.checksums_skipped.turn(true);
        let peer = Peer { addr: String::new(), laddr: String::new(), fd: -1 };
        let shared = Arc::new(ClientShared::new(0, peer, 0, 0));
        let mut session = Session::new(shared, Origin::Aof, true);
        session.authenticated = true;
        Bench { engine: Engine::new(server, server.main_stats()), session, reply: Vec::new() }
    }

    /// Runs a command.
    fn run(&mut self, words: &[&[u8]]) -> Value {
        let (mut buffer, mut spans) = (Vec::new(), Vec::new());
        for word in words {
            spans.push(Span { start: buffer.len() as u32, len: word.len() as u32 });
            buffer.extend_from_slice(word);
        }
        let args = Args::new(&buffer, &spans);
        let Ok(command) = self.engine.resolve(args) else { return Value::Null };
        let mut reply = Reply::new(std::mem::take(&mut self.reply), Proto::Resp2);
        self.engine.apply(&mut self.session, command, args, &mut reply);
        self.reply = reply.into_buf();
        let value = Decoder::new().decode(&self.reply);
        let (value, used) = value.expect("a reply is RESP").expect("a reply is whole");
        assert_eq!(used, self.reply.len(), "one reply to one command");
        self.reply.clear();
        value
    }

    fn line(&mut self, line: &str) -> Value {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        self.run(&words)
    }

    fn restore(&mut self, body: &[u8]) {
        let payload = [body, &FOOTER].concat();
        if self.run(&[b"RESTORE", b"k", b"0", &payload, b"REPLACE"]).error().is_some() {
            return;
        }
        self.comes_back();
        let Some(kind) = self.line("TYPE k").as_str().map(str::to_owned) else { return };
        self.exercise(&kind, body);
    }

    /// What DUMP says of the value makes the same value.
    fn comes_back(&mut self) {
        let Value::Bulk(payload) = self.line("DUMP k") else { return };
        let restored = self.run(&[b"RESTORE", b"copy", b"0", &payload, b"REPLACE"]);
        assert!(restored.error().is_none(), "what DUMP wrote is refused: {}", payload.escape_ascii());
        let digests = self.line("DEBUG DIGEST-VALUE k copy");
        let [first, second] = digests.as_list().expect("two digests") else { panic!("two digests") };
        assert_eq!(first, second, "what DUMP wrote is something else");
    }

    /// Runs the commands of a type, in an order that the input chooses.
    fn exercise(&mut self, kind: &str, seed: &[u8]) {
        let templates = commands::of(kind);
        let members = self.members(kind);
        let mut state = seed.iter().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        for round in 0..templates.len() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let template = templates[(state >> 33) as usize % templates.len()];
            let member = members.get(round % MEMBERS).map_or(&b"1"[..], Vec::as_slice);
            let number = (state >> 40) % 40;
            self.fill(template, member, number);
        }
        self.comes_back();
        self.line("UNLINK k copy other");
    }

    fn fill(&mut self, template: &str, member: &[u8], number: u64) {
        let number = number.to_string();
        let words: Vec<&[u8]> = template
            .split(' ')
            .map(|word| match word {
                "<m>" => member,
                "<n>" => number.as_bytes(),
                word => word.as_bytes(),
            })
            .collect();
        self.run(&words);
    }

    /// Some elements of the value, or ids.
    fn members(&mut self, kind: &str) -> Vec<Vec<u8>> {
        let listing = self.line(commands::listing(kind));
        let found = listing.as_list().unwrap_or_default().iter();
        let text = |value: &Value| match value {
            Value::Bulk(bytes) => Some(bytes.to_vec()),
            value => value.as_list()?.first()?.as_bytes().map(<[u8]>::to_vec),
        };
        found.filter_map(text).take(MEMBERS).collect()
    }
}
