//! The copy of the data on its way from master to replica: how its bytes are framed. The file itself
//! is opaque here.
//!
//! ```text
//!                 ┌── "$<len>\r\n" ────► Sized { left } ── left = 0 ──► Done
//!   Header ──────┤
//!     ▲ "\n" ─┘   └── "$EOF:<40>\r\n" ─► Marked ── the 40 bytes again ─► Done
//!     └ keep-alive
//! ```
//!
//! A sized file is followed by the stream at once, without a line end. A marked one (diskless: the
//! length is not known when it begins) ends with the mark, which may come in pieces: up to 39 bytes
//! that could be its beginning are held back until what follows tells.

use super::handshake::show;
use crate::limits::HANDSHAKE_LINE_BYTES_MAX;
use crate::resp::number::parse_u64;

/// Length of the mark that ends a diskless transfer.
pub const MARK_LEN: usize = 40;

/// The header in front of a file of known size.
pub fn sized_header(len: u64) -> Vec<u8> {
    format!("${len}\r\n").into_bytes()
}

/// The header in front of a file that ends with `mark`.
pub fn marked_header(mark: &[u8; MARK_LEN]) -> Vec<u8> {
    [b"$EOF:".as_slice(), mark, b"\r\n"].concat()
}

/// What a call of [`Transfer::input`] brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    More,
    /// The file is complete; `taken` bytes of the input belonged to it, what follows is the stream.
    Done {
        /// Bytes of this input that belonged to the transfer.
        taken: usize,
    },
}

/// Why a transfer cannot go on: the log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

#[derive(Debug)]
enum State {
    Header,
    Sized { left: u64 },
    Marked { mark: Box<Mark> },
    Done,
}

/// The receiving end of one transfer.
#[derive(Debug)]
pub struct Transfer {
    state: State,
    line: Vec<u8>,
    held: Vec<u8>,
    size: Option<u64>,
    received: u64,
    last_io_ms: u64,
    timeout_ms: u64,
}

impl Transfer {
    /// A transfer that is about to begin.
    pub fn new(timeout_ms: u64, now_ms: u64) -> Self {
        let (line, held) = (Vec::new(), Vec::new());
        Self { state: State::Header, line, held, size: None, received: 0, last_io_ms: now_ms, timeout_ms }
    }

    /// The file's size, where the master said it, in bytes.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Bytes of the file received so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// True once the header has arrived.
    pub fn begun(&self) -> bool {
        !matches!(self.state, State::Header)
    }

    /// True when the file ends with a mark: the master is sending it straight from memory.
    pub fn is_diskless(&self) -> bool {
        matches!(self.state, State::Marked { .. })
    }

    /// When bytes last came in, in milliseconds of the caller's clock.
    pub fn last_io_ms(&self) -> u64 {
        self.last_io_ms
    }

    /// Bytes arrived; the file's part of them goes to `sink`.
    pub fn input(
        &mut self,
        bytes: &[u8],
        now_ms: u64,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<Progress, Broken> {
        self.last_io_ms = now_ms;
        let mut taken = 0;
        while taken < bytes.len() && !matches!(self.state, State::Done) {
            let rest = &bytes[taken..];
            taken += match &self.state {
                State::Header => self.header(rest)?,
                State::Sized { left } => {
                    let left = *left;
                    self.sized(rest, left, &mut sink)
                }
                State::Marked { .. } => self.marked(rest, &mut sink),
                State::Done => 0,
            };
        }
        Ok(if matches!(self.state, State::Done) { Progress::Done { taken } } else { Progress::More })
    }

    /// Time passed: an error when nothing came for too long.
    pub fn tick(&self, now_ms: u64) -> Result<(), Broken> {
        if now_ms.saturating_sub(self.last_io_ms) <= self.timeout_ms {
            return Ok(());
        }
        Err(Broken(
            "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' \
             parameter in redis.conf to a larger value."
                .to_owned(),
        ))
    }

    fn header(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        self.line.extend_from_slice(part);
        if self.line.len() > HANDSHAKE_LINE_BYTES_MAX {
            return Err(bad_protocol(&self.line[..64]));
        }
        if end.is_some() {
            let line = std::mem::take(&mut self.line);
            self.begin(line.strip_suffix(b"\r").unwrap_or(&line))?;
        }
        Ok(part.len() + usize::from(end.is_some()))
    }

    fn begin(&mut self, line: &[u8]) -> Result<(), Broken> {
        match line {
            [] => {} // the master keeps the connection alive while it prepares the file
            [b'-', ..] => {
                let line = show(line);
                return Err(Broken(format!("MASTER aborted replication with an error: {line}")));
            }
            [b'$', b'E', b'O', b'F', b':', mark @ ..] => {
                let mark = mark.try_into().map_err(|_| bad_protocol(line))?;
                self.state = State::Marked { mark: Box::new(Mark::new(mark)) };
            }
            [b'$', len @ ..] => {
                let len = parse_u64(len).ok_or_else(|| bad_protocol(line))?;
                self.size = Some(len);
                self.state = if len == 0 { State::Done } else { State::Sized { left: len } };
            }
            _ => return Err(bad_protocol(line)),
        }
        Ok(())
    }

    fn sized(&mut self, bytes: &[u8], left: u64, sink: &mut impl FnMut(&[u8])) -> usize {
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        sink(&bytes[..now]);
        self.received += now as u64;
        let left = left - now as u64;
        self.state = if left == 0 { State::Done } else { State::Sized { left } };
        now
    }

    fn marked(&mut self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> usize {
        let State::Marked { mark } = &self.state else { return 0 };
        let before = self.held.len();
        self.held.extend_from_slice(bytes);
        let found = mark.find(&self.held);
        let file = found.unwrap_or((self.held.len() + 1).saturating_sub(MARK_LEN));
        sink(&self.held[..file]);
        self.received += file as u64;
        if found.is_some() {
            self.state = State::Done;
            self.held = Vec::new();
            return file + MARK_LEN - before;
        }
        self.held.drain(..file);
        bytes.len()
    }
}

fn bad_protocol(line: &[u8]) -> Broken {
    Broken(format!(
        "Bad protocol from MASTER, the first byte is not '$' (we received '{}'), are you sure the host and \
         port are right?",
        show(line)
    ))
}

/// The mark, ready to be looked for: how far the search may skip, by the last byte of the window
/// (Horspool). On random bytes it looks at one byte in forty.
#[derive(Debug)]
struct Mark {
    bytes: [u8; MARK_LEN],
    skip: [u8; 256],
}

impl Mark {
    fn new(bytes: [u8; MARK_LEN]) -> Self {
        let mut skip = [MARK_LEN as u8; 256];
        for (i, byte) in bytes[..MARK_LEN - 1].iter().enumerate() {
            skip[usize::from(*byte)] = (MARK_LEN - 1 - i) as u8;
        }
        Self { bytes, skip }
    }

    /// Where the mark begins in `text`.
    fn find(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(window) = text.get(at..at + MARK_LEN) {
            if window == self.bytes {
                return Some(at);
            }
            at += usize::from(self.skip[usize::from(window[MARK_LEN - 1])]);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &[u8; MARK_LEN] = b"abababababababababababababababababababab";

    /// Feeds `bytes` in pieces of `step`; returns the file and what was left over.
    fn receive(bytes: &[u8], step: usize) -> Result<(Vec<u8>, Vec<u8>), Broken> {
        let (mut transfer, mut file) = (Transfer::new(1000, 0), Vec::new());
        let mut at = 0;
        for chunk in bytes.chunks(step) {
            match transfer.input(chunk, 0, |part| file.extend_from_slice(part))? {
                Progress::More => at += chunk.len(),
                Progress::Done { taken } => {
                    assert_eq!(transfer.received(), file.len() as u64);
                    return Ok((file, bytes[at + taken..].to_vec()));
                }
            }
        }
        Err(Broken("unfinished".to_owned()))
    }

    #[test]
    fn both_framings_survive_every_cut() {
        // The file holds half a mark, and ends in bytes the mark begins with.
        let file = [b"REDIS".as_slice(), &MARK[..30], b"xyz", &MARK[..20], b"abb", &MARK[..2]].concat();
        let sized =
            [b"\n\n".to_vec(), sized_header(file.len() as u64), file.clone(), b"*1".to_vec()].concat();
        let marked =
            [b"\n".to_vec(), marked_header(MARK), file.clone(), MARK.to_vec(), b"*1".to_vec()].concat();
        for step in 1..=sized.len() {
            assert_eq!(receive(&sized, step), Ok((file.clone(), b"*1".to_vec())), "sized, step {step}");
        }
        for step in 1..=marked.len() {
            let (got, rest) = receive(&marked, step).unwrap();
            // The bytes before the mark look like it: the first place it is complete counts.
            assert!([file.as_slice(), &file[..file.len() - 2]].contains(&got.as_slice()), "step {step}");
            assert!(rest.ends_with(b"*1"));
        }
    }

    #[test]
    fn an_empty_file_is_complete_at_once() {
        assert_eq!(receive(b"$0\r\nrest", 64), Ok((vec![], b"rest".to_vec())));
        let marked = [marked_header(MARK), MARK.to_vec()].concat();
        assert_eq!(receive(&marked, 7), Ok((vec![], vec![])));
    }

    #[test]
    fn what_is_no_transfer_is_refused() {
        let cases: [&[u8]; 6] =
            [b"+OK\r\n", b"$abc\r\n", b"$-1\r\n", b"$EOF:short\r\n", b"<html>\r\n", &[b'x'; 100_000]];
        for bytes in cases {
            assert!(receive(bytes, 1000).unwrap_err().0.starts_with("Bad protocol from MASTER"));
        }
        let refused = receive(b"-ERR disk full\r\n", 3).unwrap_err().0;
        assert_eq!(refused, "MASTER aborted replication with an error: -ERR disk full");
    }

    #[test]
    fn silence_ends_it() {
        let mut transfer = Transfer::new(1000, 0);
        assert_eq!(transfer.input(b"\n", 500, |_| ()), Ok(Progress::More));
        assert_eq!(transfer.tick(1500), Ok(()));
        assert!(transfer.tick(1501).is_err());
    }
}
