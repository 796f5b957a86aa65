//! The language of the scripts:
//!
//! ```text
//! # text                 a comment
//! SET k v                a command of client 0
//! 1 SET k v              of client 1 (0 to 3)
//! 1> BLPOP k 0           client 1 begins to wait
//! 1<                     client 1 has its answer
//! @expired               a time of 1 ms is over
//! @gone                  active expiry, off otherwise, empties the database
//! @redis7 @redis8 @both  what follows is for this peer
//!   7= 0: DEL k          what a replica of ours reads after the step above, where the peer says otherwise
//!   8= 0: DEL k          the same for the other peer, or for both with `*=`; one line for each command, and for
//!                        nothing the bare mark
//!   8! channel event     likewise, what a subscriber of ours hears
//!   8? reply             likewise, what we reply
//! ```

use rtool::resp::quote::split;

use crate::harness::Program;

/// Played in front of each script.
pub const BEGIN: &str = "
SELECT 0
DISCARD
FLUSHALL
";

/// What is done in a step.
pub enum Deed {
    Call(usize, Vec<Vec<u8>>),
    Wait(usize, Vec<Vec<u8>>),
    Answer(usize),
    Expired,
    Gone,
}

/// What ours says where a peer says otherwise.
#[derive(Default)]
pub struct Said {
    redis7: Option<Vec<String>>,
    redis8: Option<Vec<String>>,
}

impl Said {
    /// The lines, if this peer differs.
    pub fn for_peer(&self, peer: Program) -> Option<Vec<String>> {
        if peer == Program::Redis8 { self.redis8.clone() } else { self.redis7.clone() }
    }

    fn add(&mut self, version: &str, line: &str) {
        for (known, lines) in [("7", &mut self.redis7), ("8", &mut self.redis8)] {
            if version == known || version == "*" {
                lines.get_or_insert_default().extend((!line.is_empty()).then(|| line.to_owned()));
            }
        }
    }
}

/// One step of a script.
pub struct Step {
    pub line: String,
    pub deed: Deed,
    pub stream: Said,
    pub events: Said,
    pub reply: Said,
    peer: Option<Program>,
}

/// Commands whose replies are the server's own affair: its choice, or its encoding, or in no order.
const OWN_AFFAIR: &[&str] = &[
    "SPOP",
    "SRANDMEMBER",
    "ZRANDMEMBER",
    "RANDOMKEY",
    "OBJECT",
    "DUMP",
    "XINFO",
    "CONFIG",
    "DEBUG",
    "SCAN",
    "KEYS",
    "TTL",
    "HGETALL",
];

impl Step {
    /// Is its reply the server's own affair?
    pub fn is_own_affair(&self) -> bool {
        let Deed::Call(_, words) = &self.deed else { return false };
        OWN_AFFAIR.iter().any(|name| words[0].eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Is it played with this peer?
    pub fn is_for(&self, peer: Program) -> bool {
        self.peer.is_none_or(|only| only == peer)
    }
}

/// A script.
pub struct Script {
    pub name: String,
    pub steps: Vec<Step>,
}

fn deed(line: &str) -> Deed {
    let words = |text: &str| split(text.as_bytes()).expect("balanced quotes");
    let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
    let client = |text: &str| text.parse::<usize>().ok();
    match head {
        "@expired" => Deed::Expired,
        "@gone" => Deed::Gone,
        head if head.strip_suffix('>').and_then(client).is_some() => {
            Deed::Wait(head.strip_suffix('>').and_then(client).unwrap_or(0), words(rest))
        }
        head if head.strip_suffix('<').and_then(client).is_some() => {
            Deed::Answer(head.strip_suffix('<').and_then(client).unwrap_or(0))
        }
        head if client(head).is_some() => Deed::Call(client(head).unwrap_or(0), words(rest)),
        _ => Deed::Call(0, words(line)),
    }
}

fn is_mark(text: &str) -> bool {
    matches!(text.as_bytes(), [b'7' | b'8' | b'*', b'=' | b'!' | b'?'])
}

/// Reads a script.
pub fn parse(name: &str, text: &str) -> Script {
    let mut script = Script { name: name.to_owned(), steps: Vec::new() };
    let mut peer = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line {
            "@redis7" => peer = Some(Program::Redis),
            "@redis8" => peer = Some(Program::Redis8),
            "@both" => peer = None,
            line => match line.split_at_checked(2) {
                Some((mark, said)) if is_mark(mark) => {
                    let step = script.steps.last_mut().expect("a step before it");
                    let of = match &mark[1..] {
                        "=" => &mut step.stream,
                        "!" => &mut step.events,
                        _ => &mut step.reply,
                    };
                    of.add(&mark[..1], said.trim());
                }
                _ => script.steps.push(Step {
                    line: line.to_owned(),
                    deed: deed(line),
                    stream: Said::default(),
                    events: Said::default(),
                    reply: Said::default(),
                    peer,
                }),
            },
        }
    }
    script
}
