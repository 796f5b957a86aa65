//! ACL LOG: what users were denied, newest first. Repetitions within a minute are counted in one entry, so that a
//! client in a loop does not push the others out. The lock is a leaf.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::limits::ACL_LOG_OBJECT_BYTES_MAX;
use crate::server::sync::locked;

/// Entries that repeat within this time are one, in milliseconds (Redis: 60 s).
const SAME_WITHIN_MS: i64 = 60_000;

/// How many of the newest entries a repetition is looked for in (Redis: 10).
const LOOKED_AT: usize = 10;

/// Where a command came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A client.
    TopLevel,
    /// A transaction.
    Multi,
    /// A script.
    Script,
}

impl Context {
    /// The word of ACL LOG.
    pub fn as_str(self) -> &'static str {
        match self {
            Context::TopLevel => "toplevel",
            Context::Multi => "multi",
            Context::Script => "lua",
        }
    }
}

/// One kind of denial.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How often.
    pub count: u64,
    /// "command", "key", "channel", "database" or "auth".
    pub reason: &'static str,
    /// Where.
    pub context: Context,
    /// The command, key or channel.
    pub object: Vec<u8>,
    /// The user's name.
    pub user: Vec<u8>,
    /// The client as CLIENT LIST shows it, the last time.
    pub client: String,
    /// Its number.
    pub id: u64,
    /// The first time, Unix milliseconds.
    pub created_ms: i64,
    /// The last time, Unix milliseconds.
    pub updated_ms: i64,
}

impl Entry {
    /// A denial that happened now.
    pub fn new(reason: &'static str, context: Context, object: &[u8], user: &[u8], now_ms: i64) -> Entry {
        Entry {
            count: 1,
            reason,
            context,
            object: bounded(object),
            user: bounded(user),
            client: String::new(),
            id: 0,
            created_ms: now_ms,
            updated_ms: now_ms,
        }
    }

    fn is_like(&self, other: &Entry) -> bool {
        self.reason == other.reason
            && self.context == other.context
            && self.updated_ms.abs_diff(other.updated_ms) <= SAME_WITHIN_MS as u64
            && self.object == other.object
            && self.user == other.user
    }
}

fn bounded(text: &[u8]) -> Vec<u8> {
    text[..text.len().min(ACL_LOG_OBJECT_BYTES_MAX)].to_vec()
}

/// The log.
#[derive(Debug, Default)]
pub struct Log(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    next_id: u64,
}

impl Log {
    /// Adds a denial; at most `most` entries stay.
    pub fn add(&self, mut entry: Entry, most: usize) {
        let mut log = locked(&self.0);
        let like = log.entries.iter().take(LOOKED_AT).position(|known| known.is_like(&entry));
        if let Some(mut known) = like.and_then(|at| log.entries.remove(at)) {
            (known.client, known.updated_ms) = (entry.client, entry.updated_ms);
            known.count += 1;
            log.entries.push_front(known);
            return;
        }
        entry.id = log.next_id;
        log.next_id += 1;
        log.entries.push_front(entry);
        log.entries.truncate(most);
    }

    /// The newest entries.
    pub fn newest(&self, count: usize) -> Vec<Entry> {
        locked(&self.0).entries.iter().take(count).cloned().collect()
    }

    /// Forgets all.
    pub fn reset(&self) {
        locked(&self.0).entries.clear();
    }
}
