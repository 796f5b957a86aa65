//! The command log: commands that took long (`slowlog-log-slower-than`), that came as a large request
//! (`commandlog-request-larger-than`) or had a large reply (`commandlog-reply-larger-than`), each kind in a log of
//! its own, newest first, with trimmed arguments. SLOWLOG shows the first, COMMANDLOG (Valkey 8.1) all three.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalog::{Command, flags};
use crate::limits::{SLOWLOG_ARG_BYTES_MAX, SLOWLOG_ARGS_MAX};
use crate::resp::Args;
use crate::server::config::Settings;
use crate::server::redact;
use crate::server::session::Session;
use crate::server::sync::locked;

/// Why a command is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It took long.
    Slow,
    /// It was a large request.
    LargeRequest,
    /// It had a large reply.
    LargeReply,
}

impl Kind {
    /// All of them with their names, by number.
    pub const ALL: [(Kind, &str); 3] =
        [(Kind::Slow, "slow"), (Kind::LargeRequest, "large-request"), (Kind::LargeReply, "large-reply")];

    /// From what a command is remembered, in microseconds or bytes (-1: never), and how many are.
    pub fn rule(self, settings: &Settings) -> (i64, usize) {
        let (from, most) = match self {
            Kind::Slow => (settings.slowlog_log_slower_than, settings.slowlog_max_len),
            Kind::LargeRequest => {
                (settings.commandlog_request_larger_than, settings.commandlog_large_request_max_len)
            }
            Kind::LargeReply => {
                (settings.commandlog_reply_larger_than, settings.commandlog_large_reply_max_len)
            }
        };
        (from, usize::try_from(most).unwrap_or(usize::MAX))
    }
}

/// One command that is remembered.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Unique in the life of the process.
    pub id: u64,
    /// Wall time, seconds.
    pub at_s: i64,
    /// Duration in microseconds, or size in bytes.
    pub amount: u64,
    /// The arguments, trimmed.
    pub args: Vec<Vec<u8>>,
    /// Client address.
    pub addr: String,
    /// Client name.
    pub name: String,
}

/// The log of one kind.
#[derive(Debug, Default)]
pub struct Log {
    entries: Mutex<VecDeque<Entry>>,
    next_id: AtomicU64,
}

/// The logs, by the number of their kind.
#[derive(Debug, Default)]
pub struct Logs([Log; Kind::ALL.len()]);

impl Logs {
    /// The log of a kind.
    pub fn of(&self, kind: Kind) -> &Log {
        &self.0[kind as usize]
    }

    /// Remembers a command if it is beyond what the settings allow.
    #[inline]
    pub fn note(&self, settings: &Settings, kind: Kind, amount: u64, what: &Ran<'_>) {
        let (from, most) = kind.rule(settings);
        if u64::try_from(from).is_ok_and(|from| amount >= from) && !what.command.is(flags::SKIP_SLOWLOG) {
            self.of(kind).add(amount, what, most);
        }
    }
}

/// A command that has run.
#[derive(Clone, Copy)]
pub struct Ran<'a> {
    /// Its catalog entry.
    pub command: &'static Command,
    /// Its arguments, name included.
    pub args: Args<'a>,
    /// Who sent it.
    pub session: &'a Session,
    /// Wall time, ms.
    pub now_ms: i64,
}

impl Log {
    /// Adds a command, dropping the oldest beyond `most` entries.
    #[cold]
    fn add(&self, amount: u64, what: &Ran<'_>, most: usize) {
        let entry = Entry {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            at_s: what.now_ms / 1000,
            amount,
            args: trimmed(what.command, what.args),
            addr: what.session.shared.addr.clone(),
            name: locked(&what.session.shared.meta).name.clone(),
        };
        let mut entries = locked(&self.entries);
        entries.push_front(entry);
        entries.truncate(most);
    }

    /// The newest `count` entries, all of them for `None`.
    pub fn get(&self, count: Option<usize>) -> Vec<Entry> {
        let entries = locked(&self.entries);
        entries.iter().take(count.unwrap_or(usize::MAX)).cloned().collect()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        locked(&self.entries).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets every entry.
    pub fn reset(&self) {
        locked(&self.entries).clear();
    }
}

/// At most `SLOWLOG_ARGS_MAX` arguments of at most `SLOWLOG_ARG_BYTES_MAX` bytes, in Redis's words.
fn trimmed(command: &'static Command, args: Args<'_>) -> Vec<Vec<u8>> {
    let shown = if args.len() > SLOWLOG_ARGS_MAX { SLOWLOG_ARGS_MAX - 1 } else { args.len() };
    let mut out: Vec<Vec<u8>> = redact::shown(command, args).take(shown).map(trimmed_one).collect();
    if shown < args.len() {
        out.push(format!("... ({} more arguments)", args.len() - shown).into_bytes());
    }
    out
}

fn trimmed_one(arg: &[u8]) -> Vec<u8> {
    match arg.get(..SLOWLOG_ARG_BYTES_MAX) {
        Some(head) if arg.len() > SLOWLOG_ARG_BYTES_MAX => {
            let mut text = head.to_vec();
            text.extend_from_slice(
                format!("... ({} more bytes)", arg.len() - SLOWLOG_ARG_BYTES_MAX).as_bytes(),
            );
            text
        }
        _ => arg.to_vec(),
    }
}
