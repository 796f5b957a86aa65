//! Requests: arguments as spans into the bytes they arrived in, and the incremental parser.
//!
//! Nothing is allocated per request. The parser appends spans to a vector of the caller's, who parses
//! a whole pipeline into one batch and reuses both vectors for the next. Two paths:
//!
//! ```text
//!            whole request there, ordinary lengths
//!   Idle ──────────────── fast path ───────────────────► Complete
//!    │ anything else: cut short, odd header, over a limit
//!    ▼
//!   Inside { left, bulk } ── more bytes ──► Complete | Incomplete | ProtocolError
//! ```
//!
//! While a request is incomplete the parser remembers its position relative to the request's first
//! byte and keeps the spans found so far, so a large request is never scanned twice and the caller may
//! move the bytes to the front of its buffer between two calls.
//!
//! Leniency is Redis's own: a header ends at `\r` and one more byte, whatever it is; the two bytes
//! after a bulk are skipped unseen.

use std::fmt;

use super::number::{parse_i64, push_len};
use super::quote;
use crate::limits::{INLINE_BYTES_MAX, QUERY_BUFFER_BYTES_MAX, REQUEST_ARGS_MAX};

/// Most arguments a client that has not authenticated yet may send in one request.
const UNAUTHENTICATED_ARGS_MAX: usize = 10;

/// Largest argument, in bytes, of a client that has not authenticated yet.
const UNAUTHENTICATED_BULK_MAX: usize = 16_384;

/// Spans reserved at once for an announced argument count: the announcement alone must cost nothing.
const SPANS_RESERVED_MAX: usize = 1024;

/// Where one argument lies in its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Span {
    /// A span of `len` bytes from `start`; buffers are at most `QUERY_BUFFER_BYTES_MAX` long.
    #[inline]
    pub fn new(start: usize, len: usize) -> Self {
        debug_assert!(start + len <= u32::MAX as usize);
        Span { start: start as u32, len: len as u32 }
    }

    #[inline]
    fn of(self, buf: &[u8]) -> Option<&[u8]> {
        let start = self.start as usize;
        buf.get(start..start + self.len as usize)
    }
}

/// The arguments of one request, the command's name first: borrowed, cheap to copy.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    buf: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Args<'a> {
    /// Arguments at `spans` of `buf`.
    #[inline]
    pub fn new(buf: &'a [u8], spans: &'a [Span]) -> Self {
        Args { buf, spans }
    }

    /// Number of arguments, the name included.
    #[inline]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is not even a name.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Argument `i`, if there is one.
    #[inline]
    pub fn get(&self, i: usize) -> Option<&'a [u8]> {
        self.spans.get(i).and_then(|span| span.of(self.buf))
    }

    /// Argument `i`; empty when out of range (arity is checked before handlers run).
    #[inline]
    pub fn at(&self, i: usize) -> &'a [u8] {
        self.get(i).unwrap_or_default()
    }

    /// All arguments in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + DoubleEndedIterator + Clone + use<'a> {
        let buf = self.buf;
        self.spans.iter().map(move |span| span.of(buf).unwrap_or_default())
    }

    /// So many arguments from `from` on (none when there are fewer).
    pub fn part(&self, from: usize, len: usize) -> Args<'a> {
        Args { buf: self.buf, spans: self.spans.get(from..from + len).unwrap_or_default() }
    }

    /// The arguments from `n` on (none when there are fewer).
    pub fn tail(&self, n: usize) -> Args<'a> {
        Args { buf: self.buf, spans: self.spans.get(n..).unwrap_or_default() }
    }

    /// The arguments from `from` up to, not including, `to`.
    pub fn slice(&self, from: usize, to: usize) -> Args<'a> {
        Args::new(self.buf, &self.spans[from..to])
    }

    /// Bytes of all arguments together.
    pub fn bytes(&self) -> usize {
        self.spans.iter().map(|span| span.len as usize).sum()
    }
}

impl fmt::Debug for Args<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|arg| arg.escape_ascii().to_string())).finish()
    }
}

/// A copy of a request that outlives the buffer it came in: MULTI queues, tests, rewritten commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedArgs {
    buf: Vec<u8>,
    spans: Vec<Span>,
}

impl OwnedArgs {
    /// No arguments yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one argument at the end.
    pub fn push(&mut self, arg: &[u8]) {
        self.spans.push(Span::new(self.buf.len(), arg.len()));
        self.buf.extend_from_slice(arg);
    }

    /// The arguments, borrowed.
    pub fn as_args(&self) -> Args<'_> {
        Args::new(&self.buf, &self.spans)
    }

    /// Memory held, in bytes.
    pub fn footprint(&self) -> usize {
        self.buf.capacity() + self.spans.capacity() * size_of::<Span>()
    }
}

impl From<Args<'_>> for OwnedArgs {
    fn from(args: Args<'_>) -> Self {
        let mut owned =
            OwnedArgs { buf: Vec::with_capacity(args.bytes()), spans: Vec::with_capacity(args.len()) };
        args.iter().for_each(|arg| owned.push(arg));
        owned
    }
}

impl<A: AsRef<[u8]>> FromIterator<A> for OwnedArgs {
    fn from_iter<I: IntoIterator<Item = A>>(args: I) -> Self {
        let mut owned = OwnedArgs::new();
        args.into_iter().for_each(|arg| owned.push(arg.as_ref()));
        owned
    }
}

/// What a client may send right now.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// Largest argument in bytes (`proto-max-bulk-len`).
    pub bulk_bytes: usize,
    /// False until a required AUTH has succeeded: then requests must be small.
    pub authenticated: bool,
}

impl RequestLimits {
    /// The limits of a link to a master, whose stream is not held to `proto-max-bulk-len`.
    pub const MASTER: RequestLimits =
        RequestLimits { bulk_bytes: QUERY_BUFFER_BYTES_MAX, authenticated: true };

    /// Largest announced argument count that needs no second look.
    #[inline]
    fn args_max(&self) -> usize {
        if self.authenticated { REQUEST_ARGS_MAX } else { UNAUTHENTICATED_ARGS_MAX }
    }

    /// Largest announced bulk length that needs no second look.
    #[inline]
    fn bulk_max(&self) -> usize {
        let ceiling = if self.authenticated { QUERY_BUFFER_BYTES_MAX } else { UNAUTHENTICATED_BULK_MAX };
        self.bulk_bytes.min(ceiling)
    }
}

/// What a call of [`Parser::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// One request. `argc` spans were appended; 0 for a request without content (a blank line, `*0`,
    /// `*-1`), which is passed over in silence.
    Complete {
        /// Bytes of the request, from the offset given.
        consumed: usize,
        /// Number of arguments, the name included.
        argc: usize,
    },
    /// The request goes on beyond the buffer.
    Incomplete {
        /// Bytes that are missing at least (1 where nothing is known).
        want: usize,
    },
}

/// Why a stream of requests cannot be understood any further. The connection is closed after the
/// error reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// The count after `*` is no integer or too large.
    MultibulkLength,
    /// The length after `$` is no integer, negative, or above `proto-max-bulk-len`.
    BulkLength,
    /// An argument does not begin with `$`.
    ExpectedBulk(u8),
    /// No end of the `*` line within 64 KB.
    MultibulkLine,
    /// No end of a `$` line within 64 KB.
    BulkLine,
    /// No end of an inline command within 64 KB.
    InlineLine,
    /// An inline command with quotes that do not close.
    Quotes,
    /// More than 10 arguments before AUTH.
    UnauthenticatedMultibulk,
    /// An argument above 16 KB before AUTH.
    UnauthenticatedBulk,
}

impl fmt::Display for ProtocolError {
    /// Redis's words, without the `ERR` in front.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protocol error: ")?;
        f.write_str(match self {
            Self::ExpectedBulk(got) => return write!(f, "expected '$', got '{}'", char::from(*got)),
            Self::MultibulkLength => "invalid multibulk length",
            Self::BulkLength => "invalid bulk length",
            Self::MultibulkLine => "too big mbulk count string",
            Self::BulkLine => "too big bulk count string",
            Self::InlineLine => "too big inline request",
            Self::Quotes => "unbalanced quotes in request",
            Self::UnauthenticatedMultibulk => "unauthenticated multibulk length",
            Self::UnauthenticatedBulk => "unauthenticated bulk length",
        })
    }
}

impl std::error::Error for ProtocolError {}

/// The state between two reads of one connection.
#[derive(Debug, Default)]
pub struct Parser {
    /// Arguments still to come of the request begun; 0 while its first line is not read.
    left: usize,
    /// Announced length of the argument that is arriving.
    bulk: Option<usize>,
    /// Offset of the next byte to interpret, from the request's first byte.
    pos: usize,
    /// Offset up to which a line end was looked for in vain.
    searched: usize,
    /// Spans found so far, relative to the request's first byte.
    found: Vec<Span>,
    /// Bytes of the arguments in them.
    found_bytes: usize,
    /// Inline commands with quotes as they came, and where: kept if whoever parses may have to parse again.
    originals: Option<Vec<(usize, Vec<u8>)>>,
}

impl Parser {
    /// From here on the lines that are rewritten are kept as they came, until [`Parser::restore`].
    pub fn keep_originals(&mut self) {
        self.originals.get_or_insert_default().clear();
    }

    /// Puts the lines that were rewritten at `from` or behind it back as they came: they are parsed again.
    pub fn restore(&mut self, buf: &mut [u8], from: usize) {
        for (at, line) in self.originals.take().unwrap_or_default() {
            if at >= from
                && let Some(place) = buf.get_mut(at..at + line.len())
            {
                place.copy_from_slice(&line);
            }
        }
    }

    /// A parser at the start of a request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no request is half received.
    pub fn is_idle(&self) -> bool {
        self.left == 0 && self.searched == 0
    }

    /// How many bytes of the request begun are behind it, and how many of them were arguments.
    pub fn progress(&self) -> (usize, usize) {
        (self.pos, self.found_bytes)
    }

    /// Bytes that the argument which is arriving still lacks, when `held` bytes of its request are there.
    pub fn missing(&self, held: usize) -> usize {
        self.bulk.map_or(0, |len| (self.pos + len + 2).saturating_sub(held))
    }

    /// Parses one request that begins at `buf[at]` and appends its spans, relative to `buf[0]`.
    ///
    /// After `Incomplete`, call again with the same request's bytes and more behind them (they may have
    /// moved: `at` is where the request begins now). `buf` is written only to remove the quoting of a
    /// complete inline command. After an error the stream is lost: the parser must not be used again.
    #[inline]
    pub fn next(
        &mut self,
        buf: &mut [u8],
        at: usize,
        limits: RequestLimits,
        spans: &mut Vec<Span>,
    ) -> Result<Parsed, ProtocolError> {
        debug_assert!(buf.len() <= QUERY_BUFFER_BYTES_MAX);
        if self.is_idle() {
            let mark = spans.len();
            if let Some(done) = whole_request(buf, at, limits, spans) {
                return Ok(done);
            }
            spans.truncate(mark);
        }
        self.resume(buf, at, limits, spans)
    }

    /// The careful path: keeps what it learnt when the bytes run out.
    fn resume(
        &mut self,
        buf: &mut [u8],
        at: usize,
        limits: RequestLimits,
        spans: &mut Vec<Span>,
    ) -> Result<Parsed, ProtocolError> {
        let Some(request) = buf.get_mut(at..) else { return Ok(Parsed::Incomplete { want: 1 }) };
        match request.first() {
            None => Ok(Parsed::Incomplete { want: 1 }),
            Some(b'*') => self.multibulk(request, at, limits, spans),
            Some(_) => self.inline(request, at, spans),
        }
    }

    fn multibulk(
        &mut self,
        request: &[u8],
        at: usize,
        limits: RequestLimits,
        spans: &mut Vec<Span>,
    ) -> Result<Parsed, ProtocolError> {
        if self.left == 0 {
            let Some(line) = self.header(request, ProtocolError::MultibulkLine)? else {
                return Ok(Parsed::Incomplete { want: 1 });
            };
            match argument_count(line, limits)? {
                0 => return Ok(self.complete(at, spans)),
                count => self.left = count,
            }
        }
        while self.left > 0 {
            let Some(want) = self.argument(request, limits)? else { continue };
            return Ok(Parsed::Incomplete { want });
        }
        Ok(self.complete(at, spans))
    }

    /// Takes one argument, or says how many bytes it lacks.
    fn argument(&mut self, request: &[u8], limits: RequestLimits) -> Result<Option<usize>, ProtocolError> {
        let len = match self.bulk {
            Some(len) => len,
            None => {
                let Some(line) = self.header(request, ProtocolError::BulkLine)? else {
                    return Ok(Some(1));
                };
                bulk_length(line, limits)?
            }
        };
        let end = self.pos + len + 2;
        if request.len() < end {
            self.bulk = Some(len);
            return Ok(Some(end - request.len()));
        }
        self.found.push(Span::new(self.pos, len));
        self.found_bytes += len;
        self.bulk = None;
        self.left -= 1;
        self.pos = end;
        self.searched = end;
        Ok(None)
    }

    /// The line at `pos` without its end, once `\r` and one byte more are there.
    fn header<'r>(
        &mut self,
        request: &'r [u8],
        too_long: ProtocolError,
    ) -> Result<Option<&'r [u8]>, ProtocolError> {
        let from = self.searched.max(self.pos);
        let unseen = request.get(from..).unwrap_or_default();
        let Some(found) = unseen.iter().position(|&byte| byte == b'\r') else {
            self.searched = request.len();
            return if request.len() - self.pos > INLINE_BYTES_MAX { Err(too_long) } else { Ok(None) };
        };
        let end = from + found;
        self.searched = end;
        if end + 2 > request.len() {
            return Ok(None);
        }
        let line = &request[self.pos..end];
        self.pos = end + 2;
        self.searched = self.pos;
        Ok(Some(line))
    }

    fn inline(
        &mut self,
        request: &mut [u8],
        at: usize,
        spans: &mut Vec<Span>,
    ) -> Result<Parsed, ProtocolError> {
        let unseen = request.get(self.searched..).unwrap_or_default();
        let Some(found) = unseen.iter().position(|&byte| byte == b'\n') else {
            self.searched = request.len();
            return if request.len() > INLINE_BYTES_MAX {
                Err(ProtocolError::InlineLine)
            } else {
                Ok(Parsed::Incomplete { want: 1 })
            };
        };
        let newline = self.searched + found;
        let line = &mut request[..newline];
        if let Some(originals) = &mut self.originals
            && line.iter().any(|byte| matches!(byte, b'"' | b'\''))
        {
            originals.push((at, line.to_vec()));
        }
        quote::split_in_place(line, &mut self.found).map_err(|_| ProtocolError::Quotes)?;
        self.pos = newline + 1;
        Ok(self.complete(at, spans))
    }

    /// Hands the spans over and returns to the start state.
    fn complete(&mut self, at: usize, spans: &mut Vec<Span>) -> Parsed {
        let argc = self.found.len();
        let consumed = self.pos;
        spans.extend(self.found.iter().map(|s| Span::new(at + s.start as usize, s.len as usize)));
        self.found.clear();
        self.found_bytes = 0;
        self.found.shrink_to(SPANS_RESERVED_MAX);
        self.pos = 0;
        self.searched = 0;
        Parsed::Complete { consumed, argc }
    }
}

/// The fast path: a multibulk request that is all there, with lengths that need no second look.
/// On `None` spans may have been appended; the caller takes them back.
#[inline]
fn whole_request(buf: &[u8], at: usize, limits: RequestLimits, spans: &mut Vec<Span>) -> Option<Parsed> {
    let (argc, mut pos) = short_header(buf, at, b'*')?;
    if argc == 0 || argc > limits.args_max() {
        return None;
    }
    let bulk_max = limits.bulk_max();
    spans.reserve(argc.min(SPANS_RESERVED_MAX));
    for _ in 0..argc {
        let (len, start) = short_header(buf, pos, b'$')?;
        let end = start + len + 2;
        if len > bulk_max || end > buf.len() {
            return None;
        }
        spans.push(Span::new(start, len));
        pos = end;
    }
    Some(Parsed::Complete { consumed: pos - at, argc })
}

/// `<tag><digits>\r?` at `at`, of at most seven digits: the number, and the offset behind the line.
/// Even the shortest complete request has six bytes from any header on (`$0\r\n\r\n`), so one bounds
/// check covers the usual lengths of one and two digits.
#[inline(always)]
fn short_header(buf: &[u8], at: usize, tag: u8) -> Option<(usize, usize)> {
    let rest = buf.get(at..)?;
    let head = rest.first_chunk::<6>()?;
    let (first, second) = (head[1].wrapping_sub(b'0'), head[2].wrapping_sub(b'0'));
    if head[0] != tag || first > 9 {
        return None;
    }
    if head[2] == b'\r' {
        return Some((usize::from(first), at + 4));
    }
    if head[3] == b'\r' && second <= 9 && first > 0 {
        return Some((usize::from(first) * 10 + usize::from(second), at + 5));
    }
    medium_header(rest.get(1..)?).map(|(n, used)| (n, at + 1 + used))
}

fn medium_header(rest: &[u8]) -> Option<(usize, usize)> {
    if !matches!(rest.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let mut value = 0;
    for (i, &byte) in rest.iter().take(8).enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + usize::from(byte - b'0'),
            b'\r' if rest.len() > i + 1 => return Some((value, i + 2)),
            _ => return None,
        }
    }
    None
}

/// The argument count of a `*` line; 0 for counts that mean "no request".
fn argument_count(line: &[u8], limits: RequestLimits) -> Result<usize, ProtocolError> {
    let count = parse_i64(line.get(1..).unwrap_or_default()).ok_or(ProtocolError::MultibulkLength)?;
    let count = usize::try_from(count).unwrap_or(0);
    if count > REQUEST_ARGS_MAX {
        return Err(ProtocolError::MultibulkLength);
    }
    if count > limits.args_max() {
        return Err(ProtocolError::UnauthenticatedMultibulk);
    }
    Ok(count)
}

/// The length of a `$` line.
fn bulk_length(line: &[u8], limits: RequestLimits) -> Result<usize, ProtocolError> {
    let digits = match line {
        [b'$', digits @ ..] => digits,
        // The line is empty when the header is a bare line end.
        _ => return Err(ProtocolError::ExpectedBulk(line.first().copied().unwrap_or(b'\r'))),
    };
    let len = parse_i64(digits).and_then(|len| usize::try_from(len).ok());
    let len = len.ok_or(ProtocolError::BulkLength)?;
    if len > limits.bulk_bytes.min(QUERY_BUFFER_BYTES_MAX) {
        return Err(ProtocolError::BulkLength);
    }
    if len > limits.bulk_max() {
        return Err(ProtocolError::UnauthenticatedBulk);
    }
    Ok(len)
}

/// Appends a request as an array of bulks: the only form the journal and the client ever write.
pub fn encode_command<A: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    args: impl IntoIterator<Item = A, IntoIter: ExactSizeIterator>,
) {
    let args = args.into_iter();
    push_len(out, b'*', args.len());
    for arg in args {
        let arg = arg.as_ref();
        push_len(out, b'$', arg.len());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests;
