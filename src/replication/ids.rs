//! Which history of writes this server is in: the replication id, the id of the history it continues,
//! and up to where. From these and the backlog follows whether a replica may continue where it stopped.
//!
//! ```text
//!                      promote(end): id2 = id, second_offset = end + 1, id = new
//!      [ id, id2 ] ───────────────────────────────────────────────────────────► [ new, id ]
//!         │  ▲ full resync: adopt(master's id), id2 forgotten
//!         │  └ +CONTINUE new-id: the master was promoted; we go on in its history like it did
//!         └─ renew(): backlog created or freed: what was not recorded cannot be continued
//! ```
//!
//! Offsets here are the protocol's: the offset asked for is that of the first byte wanted, counted
//! from 1. Journal positions count from 0, so offset `n` is position `n - 1`.

use std::fmt;

/// Length of a replication id in hexadecimal digits.
pub const ID_LEN: usize = 40;

/// A replication id: 40 hexadecimal digits, random, naming one history.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplId([u8; ID_LEN]);

impl ReplId {
    /// What INFO shows where there is no second id.
    pub const NONE: ReplId = ReplId([b'0'; ID_LEN]);

    /// An id from 20 random bytes.
    pub fn from_random(random: [u8; ID_LEN / 2]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut id = [0; ID_LEN];
        for (pair, byte) in id.chunks_exact_mut(2).zip(random) {
            pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        ReplId(id)
    }

    /// Reads an id from a reply or a file: 40 printable bytes (nobody promises they are hexadecimal).
    pub fn parse(text: &[u8]) -> Option<Self> {
        let id: [u8; ID_LEN] = text.try_into().ok()?;
        id.iter().all(u8::is_ascii_graphic).then_some(ReplId(id))
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares with what a replica sent; case does not matter.
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl fmt::Display for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl fmt::Debug for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a partial resync can be served from: the journal's backlog at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Journal position of the oldest byte kept; none without a backlog.
    pub first: Option<u64>,
    /// Journal position after the newest byte (`master_repl_offset`).
    pub end: u64,
}

/// Why a replica has to copy everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It asked for that (`PSYNC ? -1`, `SYNC`).
    Asked,
    /// It is in another history.
    OtherHistory,
    /// It knows the former history beyond the point where ours left it; `upto` is the last offset
    /// it could have asked for.
    BeyondFork {
        /// Offset asked for.
        asked: i64,
        /// Last offset that both histories share.
        upto: i64,
    },
    /// The bytes are not kept (or not written yet, when `ahead`).
    NotKept {
        /// Offset asked for.
        asked: i64,
        /// True when it lies beyond our own end, which only a confused replica asks for.
        ahead: bool,
    },
}

/// The replication ids of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    id: ReplId,
    id2: ReplId,
    /// First offset that does not belong to `id2` any more; -1 without a second id.
    second_offset: i64,
}

impl History {
    /// A history of its own.
    pub fn new(random: [u8; ID_LEN / 2]) -> Self {
        History { id: ReplId::from_random(random), id2: ReplId::NONE, second_offset: -1 }
    }

    /// `master_replid`.
    pub fn id(&self) -> ReplId {
        self.id
    }

    /// `master_replid2`.
    pub fn id2(&self) -> ReplId {
        self.id2
    }

    /// `second_repl_offset`.
    pub fn second_offset(&self) -> i64 {
        self.second_offset
    }

    /// Starts a history that continues nothing: the backlog was created or freed, so there may have
    /// been writes no offset counted.
    pub fn renew(&mut self, random: [u8; ID_LEN / 2]) {
        *self = History::new(random);
    }

    /// A replica becomes a master at journal position `end`: it continues the old history under a new
    /// name, and serves those who were in the old one up to here.
    pub fn promote(&mut self, end: u64, random: [u8; ID_LEN / 2]) {
        self.fork(ReplId::from_random(random), end);
    }

    /// A replica copied everything from a master: it is in that master's history and in no other.
    pub fn adopt(&mut self, id: ReplId) {
        *self = History { id, id2: ReplId::NONE, second_offset: -1 };
    }

    /// A partial resync was accepted at journal position `end`, by a master that now calls the history
    /// `id`. True when that is news: sub-replicas must be told (by being disconnected).
    pub fn continue_as(&mut self, id: ReplId, end: u64) -> bool {
        let changed = id != self.id;
        if changed {
            self.fork(id, end);
        }
        changed
    }

    /// A master restarts from a file that says "history `id`, up to journal position `end`": it
    /// continues it under a new name, so that its replicas can continue too.
    pub fn restore(&mut self, id: ReplId, end: u64) {
        self.id2 = id;
        self.second_offset = offset_after(end);
    }

    fn fork(&mut self, id: ReplId, end: u64) {
        self.id2 = self.id;
        self.second_offset = offset_after(end);
        self.id = id;
    }

    /// Whether a replica that wants history `id` from `offset` on can be served from the backlog: the
    /// journal position to continue at, or why not.
    pub fn can_continue(&self, id: &[u8], offset: i64, window: Window) -> Result<u64, Refusal> {
        if !self.id.is(id) {
            self.check_former(id, offset)?;
        }
        let ahead = offset > offset_after(window.end);
        let position = u64::try_from(offset).ok().and_then(|offset| offset.checked_sub(1));
        match (position, window.first) {
            (Some(position), Some(first)) if position >= first && !ahead => Ok(position),
            _ => Err(Refusal::NotKept { asked: offset, ahead }),
        }
    }

    fn check_former(&self, id: &[u8], offset: i64) -> Result<(), Refusal> {
        if id.first() == Some(&b'?') {
            Err(Refusal::Asked)
        } else if self.second_offset < 0 || !self.id2.is(id) {
            Err(Refusal::OtherHistory)
        } else if offset > self.second_offset {
            Err(Refusal::BeyondFork { asked: offset, upto: self.second_offset })
        } else {
            Ok(())
        }
    }

    /// The log lines for a refusal: `replica` names who asked, `id` what it asked for.
    pub fn explain(&self, refusal: Refusal, replica: &str, id: &[u8]) -> Vec<String> {
        let id = id.escape_ascii();
        match refusal {
            Refusal::Asked => vec![format!("Full resync requested by replica {replica}")],
            Refusal::OtherHistory => vec![format!(
                "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{id}', \
                 my replication IDs are '{}' and '{}')",
                self.id, self.id2
            )],
            Refusal::BeyondFork { asked, upto } => vec![format!(
                "Partial resynchronization not accepted: Requested offset for second ID was {asked}, but I \
                 can reply up to {upto}"
            )],
            Refusal::NotKept { asked, ahead } => {
                let mut lines = vec![format!(
                    "Unable to partial resync with replica {replica} for lack of backlog (Replica request \
                     was: {asked})."
                )];
                if ahead {
                    lines.push(format!(
                        "Warning: replica {replica} tried to PSYNC with an offset that is greater than the \
                         master replication offset."
                    ));
                }
                lines
            }
        }
    }
}

/// The protocol's offset of the first byte after journal position `end`.
fn offset_after(end: u64) -> i64 {
    i64::try_from(end).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(first: u64, end: u64) -> Window {
        Window { first: Some(first), end }
    }

    #[test]
    fn an_id_is_forty_hexadecimal_digits() {
        let id = ReplId::from_random([0xa5; 20]);
        assert_eq!(id.to_string(), "a5".repeat(20));
        assert_eq!(ReplId::parse(id.as_bytes()), Some(id));
        assert!(id.is(b"A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5"));
        assert_eq!(ReplId::parse(b"short"), None);
        assert_eq!(ReplId::parse(&[b' '; 40]), None);
    }

    #[test]
    fn a_replica_continues_inside_the_backlog_only() {
        let history = History::new([1; 20]);
        let ask = |offset, window| history.can_continue(history.id().as_bytes(), offset, window);
        // Positions 100..200 are kept: offsets 101 to 201, the last being the next byte.
        assert_eq!(ask(101, window(100, 200)), Ok(100));
        assert_eq!(ask(201, window(100, 200)), Ok(200));
        assert_eq!(ask(100, window(100, 200)), Err(Refusal::NotKept { asked: 100, ahead: false }));
        assert_eq!(ask(202, window(100, 200)), Err(Refusal::NotKept { asked: 202, ahead: true }));
        assert!(ask(101, Window { first: None, end: 200 }).is_err());
        assert!(ask(0, window(0, 0)).is_err());
        assert!(ask(i64::MIN, window(0, 0)).is_err());
        assert_eq!(ask(1, window(0, 0)), Ok(0));
    }

    #[test]
    fn a_promoted_server_serves_the_former_history_up_to_the_fork() {
        let mut history = History::new([1; 20]);
        let former = history.id();
        history.promote(150, [2; 20]);
        assert_eq!((history.id2(), history.second_offset()), (former, 151));
        let ask = |offset| history.can_continue(former.as_bytes(), offset, window(100, 200));
        assert_eq!(ask(151), Ok(150));
        assert_eq!(ask(152), Err(Refusal::BeyondFork { asked: 152, upto: 151 }));
        let other = ReplId::from_random([3; 20]);
        assert_eq!(history.can_continue(other.as_bytes(), 151, window(100, 200)), Err(Refusal::OtherHistory));
        assert_eq!(history.can_continue(b"?", -1, window(100, 200)), Err(Refusal::Asked));
    }

    #[test]
    fn nobody_is_served_by_the_empty_second_id() {
        let history = History::new([1; 20]);
        let refused = history.can_continue(ReplId::NONE.as_bytes(), -5, window(0, 10));
        assert_eq!(refused, Err(Refusal::OtherHistory));
    }

    #[test]
    fn a_replica_follows_its_master_through_a_promotion() {
        let mut history = History::new([1; 20]);
        let (first, second) = (ReplId::from_random([7; 20]), ReplId::from_random([8; 20]));
        history.adopt(first);
        assert_eq!((history.id(), history.second_offset()), (first, -1));
        assert!(!history.continue_as(first, 10));
        assert!(history.continue_as(second, 10));
        assert_eq!((history.id(), history.id2(), history.second_offset()), (second, first, 11));
    }
}
