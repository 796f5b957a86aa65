//! The stream as a replica reads it: bytes from the master become units to apply, each with the exact
//! bytes it came as, which go into the replica's own journal unchanged.
//!
//! ```text
//!   buf   [ applied | PING | MULTI SET SET EXEC | SET k v | *3 $3 SE... ]
//!                   ^position                              ^ not all there yet
//!                   '-unit-'------ unit ---------'- unit -'
//! ```
//!
//! A transaction is one unit: it is applied in one piece or not at all, and the position, from which a
//! broken link continues, never points into one.

use crate::limits::QUERY_BUFFER_BYTES_MAX;
use crate::resp::number::parse_u64;
use crate::resp::request::{Args, Parsed, Parser, RequestLimits, Span};

use super::unit::Class;

/// What the link does with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Selects this database for what follows.
    Select(u32),
    /// Asks for an ACK at once.
    GetAck,
    /// Keeps the link alive, or is empty: nothing to do.
    Idle,
    /// One command to execute.
    Command,
    /// Commands to execute in one piece.
    Transaction,
}

/// Why the stream cannot be understood: the log line. The position is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrupt(pub String);

/// A complete unit, borrowed from the stream's buffer.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// What to do with it.
    pub kind: Kind,
    /// Who else reads it, from this replica's journal.
    pub class: Class,
    /// The bytes it came as.
    pub raw: &'a [u8],
    buf: &'a [u8],
    spans: &'a [Span],
    commands: &'a [usize],
}

impl<'a> Incoming<'a> {
    /// The commands to execute, without MULTI and EXEC.
    pub fn commands(&self) -> impl Iterator<Item = Args<'a>> + use<'a> {
        let inner = match self.kind {
            Kind::Transaction => 1..self.commands.len().saturating_sub(1),
            _ => 0..self.commands.len(),
        };
        let (buf, spans, ends) = (self.buf, self.spans, self.commands);
        inner.map(move |i| nth(buf, spans, ends, i))
    }
}

/// Command `i`, given where each command's spans end.
fn nth<'a>(buf: &'a [u8], spans: &'a [Span], ends: &[usize], i: usize) -> Args<'a> {
    let start = i.checked_sub(1).map_or(0, |before| ends[before]);
    Args::new(buf, &spans[start..ends[i]])
}

/// The receiving end of the stream.
#[derive(Debug)]
pub struct Stream {
    buf: Vec<u8>,
    parser: Parser,
    /// Where the unit being read begins, and where its next request does.
    unit: usize,
    at: usize,
    spans: Vec<Span>,
    /// Where each command of the unit ends in `spans`.
    commands: Vec<usize>,
    position: u64,
    /// True when the unit at hand was given out and not yet marked as applied.
    given: bool,
}

impl Stream {
    /// A stream that begins at this journal position.
    pub fn new(position: u64) -> Self {
        Self {
            buf: Vec::new(),
            parser: Parser::new(),
            unit: 0,
            at: 0,
            spans: Vec::new(),
            commands: Vec::new(),
            position,
            given: false,
        }
    }

    /// Journal position after the last unit applied: what ACKs say and a new link asks to continue from.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes received and not applied.
    pub fn pending(&self) -> usize {
        self.buf.len() - self.unit
    }

    /// The buffer to read into (at its end), after the applied bytes were dropped from its front.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        if self.unit > 0 {
            self.buf.drain(..self.unit);
            for span in &mut self.spans {
                *span = Span::new(span.start as usize - self.unit, span.len as usize);
            }
            self.at -= self.unit;
            self.unit = 0;
        }
        &mut self.buf
    }

    /// Adds bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer().extend_from_slice(bytes);
    }

    /// The next complete unit, if it is there. The same one until `applied` is called.
    pub fn next_unit(&mut self) -> Result<Option<Incoming<'_>>, Corrupt> {
        while !self.given {
            if !self.parse_one()? {
                return Ok(None);
            }
        }
        Ok(Some(self.incoming()))
    }

    /// The unit given out has been applied: the position moves behind it.
    pub fn applied(&mut self) {
        debug_assert!(self.given);
        self.position += (self.at - self.unit) as u64;
        self.unit = self.at;
        self.spans.clear();
        self.commands.clear();
        self.given = false;
    }

    /// Parses one request; false when it is not all there.
    fn parse_one(&mut self) -> Result<bool, Corrupt> {
        if self.buf.len() > QUERY_BUFFER_BYTES_MAX {
            return Err(Corrupt("The master sends a transaction too large to be held".to_owned()));
        }
        let inline = self.buf.get(self.at).is_some_and(|byte| *byte != b'*');
        match self.parser.next(&mut self.buf, self.at, RequestLimits::MASTER, &mut self.spans) {
            Ok(Parsed::Incomplete { .. }) => Ok(false),
            Ok(Parsed::Complete { argc, .. }) if argc > 0 && inline => Err(Corrupt(
                "WARNING: Receiving inline protocol from master, master stream corruption? Closing the master \
                 connection and discarding the cached master."
                    .to_owned(),
            )),
            Ok(Parsed::Complete { consumed, argc }) => {
                self.at += consumed;
                self.take(argc);
                Ok(true)
            }
            Err(error) => Err(Corrupt(format!("Protocol error from master: {error}"))),
        }
    }

    /// A request is there: it completes a unit, or its transaction goes on.
    fn take(&mut self, argc: usize) {
        if argc > 0 {
            self.commands.push(self.spans.len());
        }
        let opens = self.is_command(0, b"multi");
        let closes = self.commands.len() > 1 && argc > 0 && self.closes();
        self.given = !opens || closes;
    }

    fn closes(&self) -> bool {
        let last = self.commands.len() - 1;
        self.is_command(last, b"exec") || self.is_command(last, b"discard")
    }

    fn is_command(&self, i: usize, name: &[u8]) -> bool {
        i < self.commands.len()
            && nth(&self.buf, &self.spans, &self.commands, i).at(0).eq_ignore_ascii_case(name)
    }

    fn incoming(&self) -> Incoming<'_> {
        let (kind, class) = self.classify();
        let raw = &self.buf[self.unit..self.at];
        Incoming { kind, class, raw, buf: &self.buf, spans: &self.spans, commands: &self.commands }
    }

    fn classify(&self) -> (Kind, Class) {
        if self.commands.is_empty() {
            return (Kind::Idle, Class::ReplicaOnly);
        }
        let first = nth(&self.buf, &self.spans, &self.commands, 0);
        let database = |args: Args<'_>| parse_u64(args.at(1)).and_then(|db| u32::try_from(db).ok());
        match first.at(0).to_ascii_lowercase().as_slice() {
            b"multi" if self.is_command(self.commands.len() - 1, b"discard") => {
                (Kind::Idle, Class::ReplicaOnly)
            }
            b"multi" => (Kind::Transaction, Class::Data),
            b"select" => (database(first).map_or(Kind::Command, Kind::Select), Class::Data),
            b"ping" => (Kind::Idle, Class::ReplicaOnly),
            b"replconf" if first.at(1).eq_ignore_ascii_case(b"getack") => (Kind::GetAck, Class::ReplicaOnly),
            b"replconf" => (Kind::Idle, Class::ReplicaOnly),
            b"publish" | b"spublish" => (Kind::Command, Class::ReplicaOnly),
            _ => (Kind::Command, Class::Data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::request::encode_command;

    fn encode(lines: &[&str]) -> Vec<u8> {
        let mut out = Vec::new();
        lines.iter().for_each(|line| encode_command(&mut out, line.split(' ').collect::<Vec<_>>()));
        out
    }

    /// Everything the stream gives for these bytes, in pieces of `step`.
    fn units(bytes: &[u8], step: usize) -> Result<Vec<String>, Corrupt> {
        let (mut stream, mut all, mut raw) = (Stream::new(1000), Vec::new(), Vec::new());
        for chunk in bytes.chunks(step) {
            stream.feed(chunk);
            while let Some(unit) = stream.next_unit()? {
                let text = |args: Args<'_>| {
                    args.iter()
                        .map(|word| String::from_utf8_lossy(word).into_owned())
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                let commands: Vec<String> = unit.commands().map(text).collect();
                all.push(format!("{:?} {:?}: {}", unit.kind, unit.class, commands.join(", ")));
                raw.extend_from_slice(unit.raw);
                stream.applied();
                assert_eq!(stream.position(), 1000 + raw.len() as u64);
            }
        }
        assert_eq!(raw, bytes[..raw.len()]);
        assert_eq!(stream.pending(), bytes.len() - raw.len());
        Ok(all)
    }

    #[test]
    fn units_are_the_same_however_the_bytes_are_cut() {
        let mut bytes = encode(&[
            "SELECT 9",
            "SET a 1",
            "PING",
            "MULTI",
            "SET b 2",
            "PUBLISH c m",
            "EXEC",
            "PUBLISH c m",
            "REPLCONF GETACK *",
        ]);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend(encode(&["MULTI", "SET never applied"]));
        let expected = [
            "Select(9) Data: SELECT 9",
            "Command Data: SET a 1",
            "Idle ReplicaOnly: PING",
            "Transaction Data: SET b 2, PUBLISH c m",
            "Command ReplicaOnly: PUBLISH c m",
            "GetAck ReplicaOnly: REPLCONF GETACK *",
            "Idle ReplicaOnly: ",
        ];
        for step in 1..=bytes.len() {
            assert_eq!(units(&bytes, step).unwrap(), expected, "step {step}");
        }
    }

    #[test]
    fn what_no_master_sends_is_corruption() {
        for bytes in [b"SET a 1\r\n".as_slice(), b"*1\r\n:5\r\n", b"*x\r\n"] {
            assert!(units(bytes, 100).is_err());
        }
    }
}
