//! The master's half: what a replica says about itself, what it asks for, and the way it goes from
//! there. One `Replica` is the state of one link; `replicas` is the table of all.
//!
//! ```text
//!            PSYNC accepted
//!   Peer ───────────────────────────────────────────────────────────────────────────► Online
//!     │ all of it is needed                                                            ▲ ▲
//!     ▼                snapshot to a file         file ready             file sent     │ │
//!   WaitStart ───┬─────────────────────► WaitFile ──────────► SendFile ────────────────┘ │
//!                │ snapshot to sockets                                                   │
//!                └─────────────────────► Streaming ──mark sent──► WaitAck ──first ACK────┘
//!                                                        (rdb-only: Sent, then closed)
//! ```
//!
//! After a diskless transfer the stream waits for the first ACK: only then is it certain that the
//! replica has recognised the end of the file, and an old one would read the stream as part of it.

use super::ids::ReplId;
use crate::resp::number::{parse_i64, parse_u64};
use crate::resp::quote;
use crate::resp::request::Args;

#[cfg(test)]
mod tests;

/// Longest address a replica may announce, in bytes.
const IP_BYTES_MAX: usize = 255;

/// What the replica can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capa {
    /// Understands a transfer that ends with a mark.
    pub eof: bool,
    /// Understands a new id in `+CONTINUE`.
    pub psync2: bool,
}

impl Capa {
    /// True when everything `other` can do, this one can.
    pub fn covers(self, other: Capa) -> bool {
        (self.eof || !other.eof) && (self.psync2 || !other.psync2)
    }

    /// What both can do.
    pub fn common(self, other: Capa) -> Capa {
        Capa { eof: self.eof && other.eof, psync2: self.psync2 && other.psync2 }
    }
}

/// What the replica wants to be left out of the copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// No keys.
    pub without_data: bool,
    /// No functions.
    pub without_functions: bool,
}

impl Filter {
    /// True when something is left out.
    pub fn is_set(self) -> bool {
        self != Filter::default()
    }
}

/// What a connection has said about itself with REPLCONF.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// The port it listens at; 0 when it said none.
    pub port: u16,
    /// The address to show and to give to others, where it is not the connection's.
    pub ip: Option<String>,
    /// What it can do.
    pub capa: Capa,
    /// It wants the copy and no stream (`redis-cli --rdb`).
    pub rdb_only: bool,
    /// What to leave out.
    pub filter: Filter,
    /// Its version (Valkey): `(major, minor, patch)`.
    pub version: Option<(u32, u32, u32)>,
}

/// The answer to a REPLCONF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replconf {
    /// `+OK`.
    Ok,
    /// An error line, without the dash.
    Error(String),
    /// No reply. The replica has applied the stream up to here.
    Ack {
        /// Journal position after the last byte applied.
        offset: u64,
        /// Journal position its append-only file has on disk, when it said so.
        fack: Option<u64>,
    },
    /// No reply: an ACK that makes no sense.
    Silent,
    /// No reply: our master wants an ACK now.
    GetAck,
}

impl Peer {
    /// Takes a REPLCONF, name included. What came before an error in it stays.
    pub fn replconf(&mut self, args: Args<'_>) -> Replconf {
        if args.len().is_multiple_of(2) {
            return Replconf::Error("ERR syntax error".to_owned());
        }
        for at in (1..args.len()).step_by(2) {
            match self.option(args.at(at), args.at(at + 1), args.tail(at + 2)) {
                Ok(None) => {}
                Ok(Some(outcome)) => return outcome,
                Err(line) => return Replconf::Error(line),
            }
        }
        Replconf::Ok
    }

    fn option(&mut self, name: &[u8], value: &[u8], rest: Args<'_>) -> Result<Option<Replconf>, String> {
        match name.to_ascii_lowercase().as_slice() {
            b"listening-port" => self.port = parse_port(value)?,
            b"ip-address" => self.ip = Some(parse_ip(value)?),
            b"capa" => self.add_capa(value),
            b"ack" => return Ok(Some(ack(value, rest))),
            b"getack" => return Ok(Some(Replconf::GetAck)),
            b"rdb-only" => self.rdb_only = parse_flag(value)?,
            b"rdb-filter-only" => self.filter = parse_filter(value)?,
            b"version" => self.version = Some(parse_version(value)?),
            _ => return Err(format!("ERR Unrecognized REPLCONF option: {}", String::from_utf8_lossy(name))),
        }
        Ok(None)
    }

    /// Capabilities this server does not know are none of its business.
    fn add_capa(&mut self, name: &[u8]) {
        self.capa.eof |= name.eq_ignore_ascii_case(b"eof");
        self.capa.psync2 |= name.eq_ignore_ascii_case(b"psync2");
    }
}

fn ack(offset: &[u8], rest: Args<'_>) -> Replconf {
    let Some(offset) = parse_u64(offset) else { return Replconf::Silent };
    let named = rest.at(0).eq_ignore_ascii_case(b"fack");
    Replconf::Ack { offset, fack: named.then(|| parse_u64(rest.at(1))).flatten() }
}

fn parse_port(value: &[u8]) -> Result<u16, String> {
    let port = parse_i64(value).ok_or("ERR value is not an integer or out of range")?;
    u16::try_from(port).map_err(|_| "ERR value is not an integer or out of range".to_owned())
}

fn parse_ip(value: &[u8]) -> Result<String, String> {
    if value.len() >= IP_BYTES_MAX {
        let len = value.len();
        return Err(format!("ERR REPLCONF ip-address provided by replica instance is too long: {len} bytes"));
    }
    Ok(String::from_utf8_lossy(value).into_owned())
}

fn parse_flag(value: &[u8]) -> Result<bool, String> {
    match value {
        b"0" => Ok(false),
        b"1" => Ok(true),
        _ if parse_i64(value).is_some() => {
            Err("ERR value is out of range, value must between 0 and 1".to_owned())
        }
        _ => Err("ERR value is not an integer or out of range".to_owned()),
    }
}

/// A list of what to include; nothing else is.
fn parse_filter(value: &[u8]) -> Result<Filter, String> {
    let words = quote::split(value).map_err(|_| "ERR Missing rdb-filter-only values")?;
    let mut filter = Filter { without_data: true, without_functions: true };
    for word in words {
        if !word.eq_ignore_ascii_case(b"functions") {
            let word = String::from_utf8_lossy(&word);
            return Err(format!("ERR Unsupported rdb-filter-only option: {word}"));
        }
        filter.without_functions = false;
    }
    Ok(filter)
}

fn parse_version(value: &[u8]) -> Result<(u32, u32, u32), String> {
    let mut parts =
        value.split(|byte| *byte == b'.').map(|part| parse_u64(part).and_then(|n| n.try_into().ok()));
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten(), parts.next()) {
        (Some(major), Some(minor), Some(patch), None) => Ok((major, minor, patch)),
        _ => Err("ERR Unrecognized version format".to_owned()),
    }
}

/// What a replica asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Everything, in the old way: it sends no ACKs and knows no ids.
    Sync,
    /// To continue, if possible.
    Psync {
        /// The history it is in; `?` for none.
        id: &'a [u8],
        /// The offset of the first byte it wants.
        offset: i64,
        /// Its master hands over to us: we are to become a master first.
        failover: bool,
    },
}

impl<'a> Request<'a> {
    /// Reads `SYNC` or `PSYNC id offset [FAILOVER]`, name included; an offset that is no number is
    /// an error line.
    pub fn parse(args: Args<'a>) -> Result<Self, &'static str> {
        if args.at(0).eq_ignore_ascii_case(b"sync") {
            return Ok(Request::Sync);
        }
        let offset = parse_i64(args.at(2)).ok_or("ERR value is not an integer or out of range")?;
        Ok(Request::Psync { id: args.at(1), offset, failover: args.at(3).eq_ignore_ascii_case(b"failover") })
    }
}

/// `+CONTINUE`, with the id for those who understand it.
pub fn continue_line(capa: Capa, id: ReplId) -> String {
    if capa.psync2 { format!("+CONTINUE {id}\r\n") } else { "+CONTINUE\r\n".to_owned() }
}

/// `+FULLRESYNC` with the position of the copy that follows.
pub fn full_line(id: ReplId, position: u64) -> String {
    format!("+FULLRESYNC {id} {position}\r\n")
}

/// How far a replica's link has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits for a snapshot to begin, since then (milliseconds).
    WaitStart {
        /// When it asked.
        since_ms: u64,
    },
    /// Waits for the snapshot's file.
    WaitFile,
    /// The file is being sent.
    SendFile,
    /// The snapshot is being sent while it is made.
    Streaming,
    /// The copy was sent with its mark; waits for the first ACK.
    WaitAck,
    /// Reads the stream.
    Online,
    /// Wanted the copy only and has it: to be closed.
    Sent,
}

/// Where a snapshot goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into a file, which is then sent.
    File,
    /// To the replicas while it is made.
    Sockets,
}

/// One replica's link.
#[derive(Clone, Debug)]
pub struct Replica {
    /// What it said about itself.
    pub peer: Peer,
    /// The address its connection comes from.
    pub addr_ip: String,
    /// It came with SYNC: no ACKs are to be expected.
    pub legacy: bool,
    phase: Phase,
    ack_offset: u64,
    fack_offset: Option<u64>,
    ack_ms: u64,
}

impl Replica {
    /// A replica that needs a full copy.
    pub fn waiting(peer: Peer, addr_ip: String, legacy: bool, now_ms: u64) -> Self {
        let phase = Phase::WaitStart { since_ms: now_ms };
        Self { peer, addr_ip, legacy, phase, ack_offset: 0, fack_offset: None, ack_ms: now_ms }
    }

    /// A replica whose partial resync was accepted.
    pub fn continuing(peer: Peer, addr_ip: String, now_ms: u64) -> Self {
        Self { phase: Phase::Online, ..Self::waiting(peer, addr_ip, false, now_ms) }
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The snapshot it waited for has begun (or it joined a running one).
    pub fn snapshot_begun(&mut self, target: Target) {
        debug_assert!(matches!(self.phase, Phase::WaitStart { .. }));
        self.phase = match target {
            Target::File => Phase::WaitFile,
            Target::Sockets => Phase::Streaming,
        };
    }

    /// The snapshot's file is complete.
    pub fn file_ready(&mut self) {
        debug_assert_eq!(self.phase, Phase::WaitFile);
        self.phase = Phase::SendFile;
    }

    /// The whole copy has been written to the socket. Says where that leads: `Online` when the stream
    /// may follow at once.
    pub fn copy_sent(&mut self, now_ms: u64) -> Phase {
        self.phase = match self.phase {
            _ if self.peer.rdb_only => Phase::Sent,
            Phase::Streaming if !self.legacy => Phase::WaitAck,
            _ => Phase::Online,
        };
        self.ack_ms = now_ms; // it was busy receiving: no reason to call it silent
        self.phase
    }

    /// An ACK came in. True when it is the one the stream was waiting for.
    pub fn acked(&mut self, offset: u64, fack: Option<u64>, now_ms: u64) -> bool {
        self.ack_offset = self.ack_offset.max(offset);
        self.fack_offset = self.fack_offset.max(fack);
        self.ack_ms = now_ms;
        let first = self.phase == Phase::WaitAck;
        if first {
            self.phase = Phase::Online;
        }
        first
    }

    /// Any sign of life that is no ACK (an empty line).
    pub fn alive(&mut self, now_ms: u64) {
        self.ack_ms = now_ms;
    }

    /// The address to show: the announced one, or the connection's.
    pub fn ip(&self) -> &str {
        self.peer.ip.as_deref().unwrap_or(&self.addr_ip)
    }

    /// `ip:port`, as log lines name a replica.
    pub fn name(&self) -> String {
        let ip = self.ip();
        let colon = ip.contains(':');
        let (open, close) = if colon { ("[", "]") } else { ("", "") };
        match self.peer.port {
            0 => format!("{open}{ip}{close}:<unknown-replica-port>"),
            port => format!("{open}{ip}{close}:{port}"),
        }
    }

    /// The state's name in INFO; none for a link about to be closed.
    pub fn state_name(&self) -> Option<&'static str> {
        match self.phase {
            Phase::WaitStart { .. } | Phase::WaitFile | Phase::Streaming => Some("wait_bgsave"),
            Phase::SendFile => Some("send_bulk"),
            Phase::WaitAck | Phase::Online => Some("online"),
            Phase::Sent => None,
        }
    }

    /// True when it counts as a replica that has the data.
    pub fn is_online(&self) -> bool {
        matches!(self.phase, Phase::WaitAck | Phase::Online)
    }

    /// Journal position it has confirmed.
    pub fn ack_offset(&self) -> u64 {
        self.ack_offset
    }

    /// Journal position its append-only file has on disk, as far as it said so.
    pub fn fack_offset(&self) -> Option<u64> {
        self.fack_offset
    }

    /// Seconds since its last ACK; 0 while it is not online.
    pub fn lag_s(&self, now_ms: u64) -> u64 {
        if self.is_online() { now_ms.saturating_sub(self.ack_ms) / 1000 } else { 0 }
    }

    /// True when an online replica has not been heard of for `timeout_ms`.
    pub fn is_silent(&self, now_ms: u64, timeout_ms: u64) -> bool {
        self.is_online() && !self.legacy && now_ms.saturating_sub(self.ack_ms) > timeout_ms
    }

    /// True while it must be kept alive with empty lines: it waits for a snapshot, nothing is sent.
    pub fn wants_newlines(&self) -> bool {
        matches!(self.phase, Phase::WaitStart { .. } | Phase::WaitFile)
    }
}
