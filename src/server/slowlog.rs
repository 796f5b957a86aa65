//! The slow log: commands whose execution took longer than `slowlog-log-slower-than`, newest first,
//! with trimmed arguments, as SLOWLOG GET shows them.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalog::Command;
use crate::limits::{SLOWLOG_ARG_BYTES_MAX, SLOWLOG_ARGS_MAX};
use crate::resp::Args;
use crate::server::redact;
use crate::server::session::Session;
use crate::server::sync::locked;

/// One slow command.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Unique in the life of the process.
    pub id: u64,
    /// Wall time, seconds.
    pub at_s: i64,
    /// Duration in microseconds.
    pub micros: u64,
    /// The arguments, trimmed.
    pub args: Vec<Vec<u8>>,
    /// Client address.
    pub addr: String,
    /// Client name.
    pub name: String,
}

/// The log.
#[derive(Debug, Default)]
pub struct Slowlog {
    entries: Mutex<VecDeque<Entry>>,
    next_id: AtomicU64,
}

impl Slowlog {
    /// Adds a command, dropping the oldest beyond `most` entries.
    pub fn add(
        &self,
        command: &'static Command,
        args: Args<'_>,
        micros: u64,
        now_ms: i64,
        session: &Session,
        most: usize,
    ) {
        let entry = Entry {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            at_s: now_ms / 1000,
            micros,
            args: trimmed(command, args),
            addr: session.shared.addr.clone(),
            name: locked(&session.shared.meta).name.clone(),
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

    /// SLOWLOG RESET.
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
