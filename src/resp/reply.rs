//! The reply writer: one growing buffer per connection, and the two protocols' differences in one
//! place. Handlers say what they mean (a map, a double, null); here it is decided how RESP2 spells it.
//!
//! | meaning        | RESP3            | RESP2                      |
//! |----------------|------------------|----------------------------|
//! | null           | `_`              | `$-1`                      |
//! | null array     | `_`              | `*-1`                      |
//! | map of n       | `%n`             | `*2n`                      |
//! | set, push of n | `~n`, `>n`       | `*n`                       |
//! | double         | `,1.5`           | bulk                       |
//! | boolean        | `#t`             | `:1`                       |
//! | big number     | `(123`           | bulk                       |
//! | verbatim       | `=15` `txt:...`  | bulk without the extension |
//! | attribute      | <code>&#124;n</code> | left out               |

use super::number::{double_text, push_header, push_len};

/// The protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Proto {
    /// The protocol every connection starts with.
    #[default]
    Resp2,
    /// After `HELLO 3`.
    Resp3,
}

/// Place of a length that is only known after its elements are written.
#[derive(Debug)]
#[must_use = "an aggregate whose length was deferred must be closed"]
pub struct Deferred(usize);

/// Bulk strings with one digit of length are shorter than this.
const SHORT_BULK: usize = 10;

/// Replies, as bytes ready to be sent.
#[derive(Debug, Default)]
pub struct Reply {
    buf: Vec<u8>,
    proto: Proto,
    /// The client is cut off when its reply is longer.
    most: usize,
}

impl Reply {
    /// Sets the length beyond which the client is cut off, in bytes.
    pub fn set_most(&mut self, most: usize) {
        self.most = most;
    }

    /// Is it so long that the client will be cut off? What may go on for very long ends then.
    #[inline]
    pub fn is_over(&self) -> bool {
        self.buf.len() > self.most
    }

    /// Writes behind what is in `buf`.
    pub fn new(buf: Vec<u8>, proto: Proto) -> Self {
        Reply { buf, proto, most: usize::MAX }
    }

    /// The bytes written.
    pub fn into_buf(self) -> Vec<u8> {
        self.buf
    }

    /// The buffer, to take from or to clear.
    pub fn buf_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// The bytes written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf
    }

    /// Number of bytes written so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether nothing is written.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// Takes back everything after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.buf.truncate(len);
    }

    /// The protocol spoken.
    #[inline]
    pub fn proto(&self) -> Proto {
        self.proto
    }

    /// Changes the protocol for what follows.
    pub fn set_proto(&mut self, proto: Proto) {
        self.proto = proto;
    }

    /// Whether RESP3 is spoken.
    #[inline]
    pub fn is_resp3(&self) -> bool {
        self.proto == Proto::Resp3
    }

    /// `+OK`.
    #[inline]
    pub fn ok(&mut self) {
        self.buf.extend_from_slice(b"+OK\r\n");
    }

    /// A status line; `text` must hold no line end.
    pub fn simple(&mut self, text: &str) {
        debug_assert!(!text.contains(['\r', '\n']));
        self.buf.push(b'+');
        self.line(text.as_bytes());
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, n: i64) {
        push_header(&mut self.buf, b':', n);
    }

    /// A length or count as an integer.
    #[inline]
    pub fn count(&mut self, n: usize) {
        push_len(&mut self.buf, b':', n);
    }

    /// A bulk string.
    #[inline]
    pub fn bulk(&mut self, bytes: &[u8]) {
        let len = bytes.len();
        if len < SHORT_BULK {
            return self.short_bulk(bytes);
        }
        self.buf.reserve(len + 16);
        if len < 100 {
            let (tens, ones) = (b'0' + (len / 10) as u8, b'0' + (len % 10) as u8);
            self.buf.extend_from_slice(&[b'$', tens, ones, b'\r', b'\n']);
        } else {
            push_len(&mut self.buf, b'$', len);
        }
        self.line(bytes);
    }

    /// A bulk string of so few bytes that all of it is put together in registers: a copy of unknown length
    /// would cost more than the rest.
    #[inline]
    fn short_bulk(&mut self, bytes: &[u8]) {
        let len = bytes.len();
        let head = u32::from_le_bytes([b'$', b'0' + len as u8, b'\r', b'\n']);
        let end = u128::from(u16::from_le_bytes(*b"\r\n")) << (32 + 8 * len);
        let whole = u128::from(head) | short_number(bytes) << 32 | end;
        let end = self.buf.len() + len + 6;
        self.buf.extend_from_slice(&whole.to_le_bytes());
        self.buf.truncate(end);
    }

    /// An integer in the form of a bulk string.
    pub fn bulk_int(&mut self, n: i64) {
        self.bulk(super::number::IntText::new(n).as_bytes());
    }

    /// No value.
    #[inline]
    pub fn null(&mut self) {
        self.by_proto(b"$-1\r\n", b"_\r\n");
    }

    /// No array: what blocking commands answer when the time is up, and EXEC when it is aborted.
    pub fn null_array(&mut self) {
        self.by_proto(b"*-1\r\n", b"_\r\n");
    }

    /// A bulk string, or null.
    #[inline]
    pub fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// Head of an array: `n` elements follow.
    #[inline]
    pub fn array(&mut self, n: usize) {
        push_len(&mut self.buf, b'*', n);
    }

    /// Head of a map: `n` keys with their values follow.
    pub fn map(&mut self, n: usize) {
        let (tag, n) = self.map_head(n);
        push_len(&mut self.buf, tag, n);
    }

    /// Head of a set: `n` elements follow.
    pub fn set(&mut self, n: usize) {
        let tag = self.tag(b'~');
        push_len(&mut self.buf, tag, n);
    }

    /// Head of an out-of-band message: `n` elements follow.
    pub fn push(&mut self, n: usize) {
        let tag = self.tag(b'>');
        push_len(&mut self.buf, tag, n);
    }

    /// Head of attributes of the reply behind them: `n` keys with their values follow. False in RESP2,
    /// where nothing is written and nothing may follow.
    #[must_use = "in RESP2 the pairs must be left out"]
    pub fn attribute(&mut self, n: usize) -> bool {
        if self.is_resp3() {
            push_len(&mut self.buf, b'|', n);
        }
        self.is_resp3()
    }

    /// A double.
    pub fn double(&mut self, value: f64) {
        let text = double_text(value);
        if self.is_resp3() {
            self.buf.push(b',');
            self.line(text.as_bytes());
        } else {
            self.bulk(text.as_bytes());
        }
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        match value {
            true => self.by_proto(b":1\r\n", b"#t\r\n"),
            false => self.by_proto(b":0\r\n", b"#f\r\n"),
        }
    }

    /// An integer of any size, as its digits.
    pub fn big_number(&mut self, digits: &str) {
        if self.is_resp3() {
            self.buf.push(b'(');
            self.line(digits.as_bytes());
        } else {
            self.bulk(digits.as_bytes());
        }
    }

    /// Text for people, with a three-letter extension that says what kind ("txt", "mkd").
    pub fn verbatim(&mut self, extension: &str, text: &[u8]) {
        debug_assert_eq!(extension.len(), 3);
        if self.is_resp3() {
            push_len(&mut self.buf, b'=', text.len() + 4);
            self.buf.extend_from_slice(extension.as_bytes());
            self.buf.push(b':');
            self.line(text);
        } else {
            self.bulk(text);
        }
    }

    /// An error: the whole line without the `-`, its code first ("ERR ..."). Line ends at its end are
    /// dropped and others become blanks, so that quoted input cannot break the protocol.
    pub fn error(&mut self, line: &str) {
        self.error_bytes(line.as_bytes());
    }

    /// An error that may quote input which is not UTF-8; otherwise as [`Reply::error`].
    pub fn error_bytes(&mut self, line: &[u8]) {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let kept = line.iter().rposition(|byte| !is_end(byte)).map_or(0, |last| last + 1);
        self.buf.push(b'-');
        let shown = line.iter().take(kept).map(|byte| if is_end(byte) { b' ' } else { *byte });
        self.buf.extend(shown);
        self.buf.extend_from_slice(b"\r\n");
    }

    /// Bytes that already are RESP.
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Begins an aggregate whose length is known only when its elements are written; they follow. The
    /// head is put in front of them by the `close_` call, which moves their bytes once: deferred
    /// aggregates may nest, the inner one closed first.
    pub fn deferred(&mut self) -> Deferred {
        Deferred(self.buf.len())
    }

    /// The deferred aggregate is an array of `n`.
    pub fn close_array(&mut self, place: Deferred, n: usize) {
        self.close(place, b'*', n);
    }

    /// The deferred aggregate is a map of `n` keys with their values.
    pub fn close_map(&mut self, place: Deferred, n: usize) {
        let (tag, n) = self.map_head(n);
        self.close(place, tag, n);
    }

    /// The deferred aggregate is a set of `n`.
    pub fn close_set(&mut self, place: Deferred, n: usize) {
        let tag = self.tag(b'~');
        self.close(place, tag, n);
    }

    fn close(&mut self, place: Deferred, tag: u8, n: usize) {
        let mut head = Vec::with_capacity(24);
        push_len(&mut head, tag, n);
        self.buf.splice(place.0..place.0, head);
    }

    fn map_head(&self, n: usize) -> (u8, usize) {
        if self.is_resp3() { (b'%', n) } else { (b'*', n * 2) }
    }

    /// The tag of an aggregate that is an array in RESP2.
    fn tag(&self, resp3: u8) -> u8 {
        if self.is_resp3() { resp3 } else { b'*' }
    }

    #[inline]
    fn by_proto(&mut self, resp2: &[u8], resp3: &[u8]) {
        self.buf.extend_from_slice(if self.is_resp3() { resp3 } else { resp2 });
    }

    #[inline]
    fn line(&mut self, text: &[u8]) {
        self.buf.extend_from_slice(text);
        self.buf.extend_from_slice(b"\r\n");
    }
}

/// Fewer than [`SHORT_BULK`] bytes as a number, the first one lowest: from two reads that overlap.
#[inline]
fn short_number(bytes: &[u8]) -> u128 {
    let len = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        return u128::from(first) | u128::from(last) << (8 * (len - 8));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u128::from(u64::from(first) | u64::from(last) << (8 * (len - 4)));
    }
    let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
    if len == 0 { 0 } else { u128::from(byte(0) | byte(len / 2) | byte(len - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(write: impl Fn(&mut Reply)) -> (String, String) {
        let render = |proto| {
            let mut reply = Reply::new(Vec::new(), proto);
            write(&mut reply);
            String::from_utf8(reply.into_buf()).unwrap()
        };
        (render(Proto::Resp2), render(Proto::Resp3))
    }

    fn check(write: impl Fn(&mut Reply), resp2: &str, resp3: &str) {
        assert_eq!(both(write), (resp2.to_owned(), resp3.to_owned()));
    }

    #[test]
    fn bulk_strings_of_every_way_to_write_them() {
        let text: String = (0..1100).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
        for len in 0..text.len() {
            let whole = format!("${len}\r\n{}\r\n", &text[..len]);
            check(|r| r.bulk(&text.as_bytes()[..len]), &whole, &whole);
        }
    }

    #[test]
    fn every_kind_in_both_protocols() {
        check(Reply::ok, "+OK\r\n", "+OK\r\n");
        check(|r| r.simple("PONG"), "+PONG\r\n", "+PONG\r\n");
        check(|r| r.int(-12), ":-12\r\n", ":-12\r\n");
        check(|r| r.bulk(b"a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n");
        check(|r| r.bulk(b""), "$0\r\n\r\n", "$0\r\n\r\n");
        check(|r| r.bulk_int(1234), "$4\r\n1234\r\n", "$4\r\n1234\r\n");
        check(Reply::null, "$-1\r\n", "_\r\n");
        check(Reply::null_array, "*-1\r\n", "_\r\n");
        check(|r| r.map(2), "*4\r\n", "%2\r\n");
        check(|r| r.set(12), "*12\r\n", "~12\r\n");
        check(|r| r.push(3), "*3\r\n", ">3\r\n");
        check(|r| assert_eq!(r.attribute(1), r.is_resp3()), "", "|1\r\n");
        check(|r| r.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n");
        check(|r| r.double(f64::NEG_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n");
        check(|r| r.bool(true), ":1\r\n", "#t\r\n");
        check(|r| r.bool(false), ":0\r\n", "#f\r\n");
        check(|r| r.big_number("123"), "$3\r\n123\r\n", "(123\r\n");
        check(|r| r.verbatim("txt", b"hi"), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n");
    }

    #[test]
    fn errors_stay_one_line() {
        check(|r| r.error("ERR a\r\nb\n"), "-ERR a  b\r\n", "-ERR a  b\r\n");
    }

    #[test]
    fn deferred_lengths_nest() {
        check(
            |r| {
                r.int(7);
                let outer = r.deferred();
                r.bulk(b"k");
                let inner = r.deferred();
                (0..11).for_each(|i| r.int(i % 2));
                r.close_array(inner, 11);
                r.close_map(outer, 1);
            },
            &format!(":7\r\n*2\r\n$1\r\nk\r\n*11\r\n{}:0\r\n", ":0\r\n:1\r\n".repeat(5)),
            &format!(":7\r\n%1\r\n$1\r\nk\r\n*11\r\n{}:0\r\n", ":0\r\n:1\r\n".repeat(5)),
        );
    }
}
