//! The replica's half of the handshake: from a connection that is being made to the answer on PSYNC.
//!
//! ```text
//!   Connecting ──connected──► Ping ──+PONG, -NOAUTH, -NOPERM──► Introduce ──all answered──► Psync
//!       │                      │ other error                     │ AUTH refused              │
//!       ▼ timeout (every state)▼                                 ▼                           │
//!    GiveUp ◄────────────────────────────────────────────────────┴── -NOMASTERLINK, ... ─────┤
//!                                                                                            │
//!       Full { id, position }: a transfer follows  ◄── +FULLRESYNC, or -ERR: then SYNC ──────┤
//!       Continue { id }: the stream follows        ◄── +CONTINUE ────────────────────────────┘
//! ```
//!
//! Introduce sends in one go: AUTH, REPLCONF listening-port, ip-address, capa, version. Errors on
//! REPLCONF are noted and passed over: an old master knows less. `GiveUp` means: close the connection
//! and try again in a second.

use std::collections::VecDeque;

use super::ids::ReplId;
use crate::limits::HANDSHAKE_LINE_BYTES_MAX;
use crate::resp::number::{IntText, parse_u64};
use crate::resp::request::encode_command;

#[cfg(test)]
mod tests;

/// Where the replica stopped: what it asks to continue from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The history it is in.
    pub id: ReplId,
    /// Journal position after the last byte it has applied.
    pub position: u64,
}

/// What the replica says about itself.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// `masteruser`, only sent together with a password.
    pub user: Option<Vec<u8>>,
    /// `masterauth`.
    pub password: Option<Vec<u8>>,
    /// The port other servers reach this one at.
    pub port: u16,
    /// `replica-announce-ip`.
    pub ip: Option<String>,
    /// A version to announce: Valkey 9 sends its own RDB version to those it knows to be new enough.
    pub version: Option<String>,
    /// Where to continue; none asks for everything.
    pub resume: Option<Resume>,
    /// True when the other end is a replica that shall take over from us (FAILOVER).
    pub failover: bool,
    /// `repl-timeout`, in milliseconds.
    pub timeout_ms: u64,
}

/// What the owner of the connection has to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Log a notice.
    Notice(String),
    /// Log a warning.
    Warning(String),
    /// The handshake is over: a full copy follows (see `transfer`), after which the replica stands at
    /// `position` of history `id`. Without an id the master is too old to have one, or said nonsense:
    /// there is nothing to continue from later.
    Full {
        /// The master's history.
        id: Option<ReplId>,
        /// Journal position of the copy.
        position: u64,
    },
    /// The handshake is over: the stream follows at the position asked for.
    Continue {
        /// The name the master has for the history now, when it said one.
        id: Option<ReplId>,
    },
    /// The handshake failed; the reason was logged. Close, and try again after a while.
    GiveUp,
}

/// A request sent whose answer is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ping,
    Auth,
    Replconf(&'static str),
    Psync,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Talking,
    Over,
}

/// The answer to PSYNC, as far as a failover wants to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The other one is our master.
    Accepted,
    /// It leads already, and so cannot be told to: an earlier PSYNC has, whose answer was lost.
    Leads,
    /// It will not.
    Refused,
}

/// The handshake of one connection.
#[derive(Debug)]
pub struct Handshake {
    params: Params,
    state: State,
    /// Answers awaited, in order.
    awaited: VecDeque<Step>,
    line: Vec<u8>,
    last_io_ms: u64,
    answer: Option<Answer>,
    out: Vec<Action>,
}

impl Handshake {
    /// A handshake whose connection is being made since `now_ms`.
    pub fn new(params: Params, now_ms: u64) -> Self {
        Self {
            params,
            state: State::Connecting,
            awaited: VecDeque::new(),
            line: Vec::new(),
            last_io_ms: now_ms,
            answer: None,
            out: Vec::new(),
        }
    }

    /// What came of PSYNC; none while there is no answer, or when the connection broke before.
    pub fn psync_answer(&self) -> Option<Answer> {
        self.answer
    }

    /// True while the connection is being made: INFO tells that apart from the talking.
    pub fn is_connecting(&self) -> bool {
        self.state == State::Connecting
    }

    /// The connection stands.
    pub fn connected(&mut self, now_ms: u64) -> Vec<Action> {
        self.last_io_ms = now_ms;
        self.state = State::Talking;
        self.notice("Non blocking connect for SYNC fired the event.");
        self.send(Step::Ping, &[b"PING"]);
        std::mem::take(&mut self.out)
    }

    /// Bytes arrived. Says how many were taken (what follows a final answer belongs to the next
    /// machine) and what to do.
    pub fn input(&mut self, bytes: &[u8], now_ms: u64) -> (usize, Vec<Action>) {
        self.last_io_ms = now_ms;
        let mut taken = 0;
        while self.state == State::Talking && taken < bytes.len() {
            let rest = &bytes[taken..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = &rest[..end.unwrap_or(rest.len())];
            taken += end.map_or(part.len(), |end| end + 1);
            if self.line.len() + part.len() > HANDSHAKE_LINE_BYTES_MAX {
                self.fail("Master sent an endless line during SYNC handshake");
                break;
            }
            self.line.extend_from_slice(part);
            if end.is_some() {
                self.answer();
            }
        }
        (taken, std::mem::take(&mut self.out))
    }

    /// Time passed: gives up when nothing was heard for too long.
    pub fn tick(&mut self, now_ms: u64) -> Vec<Action> {
        if self.state != State::Over && now_ms.saturating_sub(self.last_io_ms) > self.params.timeout_ms {
            self.fail("Timeout connecting to the MASTER...");
        }
        std::mem::take(&mut self.out)
    }

    /// The connection failed or was closed, for this reason.
    pub fn lost(&mut self, reason: &str) -> Vec<Action> {
        match (self.state, self.awaited.front()) {
            (State::Connecting, _) => self.fail(&format!("Error condition on socket for SYNC: {reason}")),
            (State::Talking, Some(Step::Psync)) => {
                self.fail("Master did not reply to PSYNC, will try later");
            }
            (State::Talking, _) => {
                self.fail(&format!("Master did not respond to command during SYNC handshake: {reason}"));
            }
            (State::Over, _) => {}
        }
        std::mem::take(&mut self.out)
    }

    /// One whole line came in: the answer to the oldest request.
    fn answer(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            return; // the master keeps the connection alive while it prepares its answer
        }
        match self.awaited.pop_front() {
            Some(Step::Ping) => self.pong(line),
            Some(Step::Auth) => self.authenticated(line),
            Some(Step::Replconf(what)) => self.replconf(what, line),
            Some(Step::Psync) => self.decided(line),
            None => self.fail("Master sent what nobody asked for during SYNC handshake"),
        }
        if self.state == State::Talking && self.awaited.is_empty() {
            self.ask();
        }
    }

    /// An error about permissions is no obstacle yet: AUTH comes next.
    fn pong(&mut self, line: &[u8]) {
        let tolerated = [b"+".as_slice(), b"-NOAUTH", b"-NOPERM", b"-ERR operation not permitted"];
        if !tolerated.iter().any(|start| line.starts_with(start)) {
            self.fail(&format!("Error reply to PING from master: '{}'", show(line)));
            return;
        }
        self.notice("Master replied to PING, replication can continue...");
        self.introduce();
    }

    fn introduce(&mut self) {
        let Params { user, password, port, ip, version, .. } = self.params.clone();
        if let Some(password) = password {
            let mut words: Vec<&[u8]> = vec![b"AUTH"];
            words.extend(user.as_deref());
            words.push(&password);
            self.send(Step::Auth, &words);
        }
        self.send_replconf("listening-port", &[IntText::new(i64::from(port)).as_bytes()]);
        if let Some(ip) = ip {
            self.send_replconf("ip-address", &[ip.as_bytes()]);
        }
        self.send_replconf("capa", &[b"eof", b"capa", b"psync2"]);
        if let Some(version) = version {
            self.send_replconf("version", &[version.as_bytes()]);
        }
    }

    fn authenticated(&mut self, line: &[u8]) {
        if line.starts_with(b"-") {
            self.fail(&format!("Unable to AUTH to MASTER: {}", show(line)));
        }
    }

    fn replconf(&mut self, what: &'static str, line: &[u8]) {
        if line.starts_with(b"-") {
            let line = show(line);
            self.notice(&format!("(Non critical) Master does not understand REPLCONF {what}: {line}"));
        }
    }

    fn ask(&mut self) {
        let (id, offset) = match self.params.resume {
            Some(Resume { id, position }) => (id.to_string(), (position + 1).to_string()),
            None => ("?".to_owned(), "-1".to_owned()),
        };
        if self.params.resume.is_some() {
            self.notice(&format!("Trying a partial resynchronization (request {id}:{offset})."));
        } else {
            self.notice("Partial resynchronization not possible (no cached master)");
        }
        let mut words = vec![b"PSYNC".as_slice(), id.as_bytes(), offset.as_bytes()];
        if self.params.failover {
            words.push(b"FAILOVER");
        }
        self.send(Step::Psync, &words);
    }

    /// The answer to PSYNC.
    fn decided(&mut self, line: &[u8]) {
        self.answer = Some(match () {
            () if line.starts_with(b"+FULLRESYNC") || line.starts_with(b"+CONTINUE") => Answer::Accepted,
            () if line.starts_with(b"-ERR PSYNC FAILOVER can't be sent to a master") => Answer::Leads,
            () => Answer::Refused,
        });
        if let Some(rest) = line.strip_prefix(b"+FULLRESYNC") {
            self.full(rest);
        } else if let Some(rest) = line.strip_prefix(b"+CONTINUE") {
            self.continued(rest);
        } else if line.starts_with(b"-ERR") && !self.params.failover {
            self.fall_back(line);
        } else if line.starts_with(b"-NOMASTERLINK") || line.starts_with(b"-LOADING") {
            let line = show(line);
            self.notice(&format!("Master is currently unable to PSYNC but should be in the future: {line}"));
            self.over(Action::GiveUp);
        } else {
            self.fail(&format!("Unexpected reply to PSYNC from master: {}", show(line)));
        }
    }

    fn full(&mut self, rest: &[u8]) {
        let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let id = words.next().and_then(ReplId::parse);
        let position = words.next().and_then(parse_u64);
        match (id, position) {
            (Some(id), Some(position)) => {
                self.notice(&format!("Full resync from master: {id}:{position}"));
                self.over(Action::Full { id: Some(id), position });
            }
            _ => {
                self.out.push(Action::Warning("Master replied with wrong +FULLRESYNC syntax.".to_owned()));
                self.over(Action::Full { id: None, position: 0 });
            }
        }
    }

    fn continued(&mut self, rest: &[u8]) {
        if self.params.resume.is_none() {
            self.fail("Master wants to continue a replication that never began");
            return;
        }
        self.notice("Successful partial resynchronization with master.");
        self.over(Action::Continue { id: ReplId::parse(rest.trim_ascii()) });
    }

    /// An old master: it sends everything on SYNC, with no id to continue from later.
    fn fall_back(&mut self, line: &[u8]) {
        let line = show(line);
        self.notice(&format!("Master does not support PSYNC or is in error state (reply: {line})"));
        self.notice("Retrying with SYNC...");
        self.out.push(Action::Send(b"SYNC\r\n".to_vec()));
        self.over(Action::Full { id: None, position: 0 });
    }

    fn send_replconf(&mut self, what: &'static str, values: &[&[u8]]) {
        let mut words = vec![b"REPLCONF".as_slice(), what.as_bytes()];
        words.extend(values);
        self.send(Step::Replconf(what), &words);
    }

    fn send(&mut self, step: Step, words: &[&[u8]]) {
        let mut bytes = Vec::new();
        encode_command(&mut bytes, words);
        self.out.push(Action::Send(bytes));
        self.awaited.push_back(step);
    }

    fn notice(&mut self, text: &str) {
        self.out.push(Action::Notice(text.to_owned()));
    }

    fn fail(&mut self, reason: &str) {
        self.out.push(Action::Warning(reason.to_owned()));
        self.over(Action::GiveUp);
    }

    fn over(&mut self, action: Action) {
        self.out.push(action);
        self.state = State::Over;
    }
}

/// A peer's line, made fit for a log.
pub(super) fn show(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
