//! What a server answers, on the client's side: RESP2 and RESP3 values and their decoder.
//!
//! The decoder is a stack of the aggregates that are still open; it survives the end of the bytes at
//! any place, so a reply of any size is read once, whatever pieces it arrives in:
//!
//! ```text
//!  *2\r\n                      stack: [array, 2 to come]
//!    %1\r\n                    stack: [array, 2][map, 2 to come]
//!      $1\r\nk\r\n  :1\r\n     map complete: becomes an element of the array
//!    +OK\r\n                   array complete: the value
//! ```
//!
//! A length a peer announces is never allocated in advance: vectors grow with what really arrives.
//! Depth and bulk length have maxima. Streamed (`?`) types do not occur in Redis and are refused.

use std::fmt;

use super::number::parse_i64;
use crate::limits::{BULK_BYTES_MAX, REPLY_DEPTH_MAX, REPLY_LINE_BYTES_MAX};

/// One reply or one out-of-band message.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `+`: a status line.
    Simple(Vec<u8>),
    /// `-` or `!`: an error line, its code first.
    Error(Vec<u8>),
    /// `:`
    Int(i64),
    /// `$`
    Bulk(Vec<u8>),
    /// `_`, `$-1`, and `*-1`
    Null,
    /// `*`
    Array(Vec<Value>),
    /// `%`: pairs in the order sent.
    Map(Vec<(Value, Value)>),
    /// `~`
    Set(Vec<Value>),
    /// `>`: an out-of-band message.
    Push(Vec<Value>),
    /// `,`: the value and its text as sent.
    Double(f64, Vec<u8>),
    /// `#`
    Bool(bool),
    /// `(`: digits.
    BigNumber(Vec<u8>),
    /// `=`: the three-letter extension and the text.
    Verbatim([u8; 3], Vec<u8>),
    /// `|`: attributes and the value they belong to.
    Attribute(Vec<(Value, Value)>, Box<Value>),
}

impl Value {
    /// The bytes of any string-like value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Simple(bytes) | Value::Bulk(bytes) | Value::BigNumber(bytes) => Some(bytes),
            Value::Verbatim(_, bytes) | Value::Double(_, bytes) => Some(bytes),
            Value::Attribute(_, value) => value.as_bytes(),
            _ => None,
        }
    }

    /// The text of any string-like value, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The integer, also one that came as a string.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            Value::Bool(truth) => Some(i64::from(*truth)),
            _ => parse_i64(self.as_bytes()?),
        }
    }

    /// The elements of an array, set or push.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) | Value::Set(items) | Value::Push(items) => Some(items),
            Value::Attribute(_, value) => value.as_list(),
            _ => None,
        }
    }

    /// The error line, if this is one.
    pub fn error(&self) -> Option<String> {
        match self {
            Value::Error(line) => Some(String::from_utf8_lossy(line).into_owned()),
            Value::Attribute(_, value) => value.error(),
            _ => None,
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// Looks a text key up, in a map or in RESP2's flat form of one.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(pairs) => pairs.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, v)| v),
            _ => {
                let pairs = self.as_list()?.chunks_exact(2);
                pairs.filter(|pair| pair.first().and_then(Value::as_str) == Some(name)).find_map(|p| p.get(1))
            }
        }
    }
}

/// Why the bytes of a server are no RESP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// No value begins with this byte.
    UnknownType(u8),
    /// A number, length, boolean or double that cannot be read, or a line without its end.
    BadLine(Vec<u8>),
    /// A bulk above the maximum, or a line above its own.
    TooLong,
    /// Aggregates nested deeper than the maximum.
    TooDeep,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType(byte) => write!(f, "got \"{}\" as reply type byte", byte.escape_ascii()),
            Self::BadLine(line) => write!(f, "cannot read the reply line \"{}\"", line.escape_ascii()),
            Self::TooLong => f.write_str("a reply string is too long"),
            Self::TooDeep => write!(f, "a reply is nested more than {REPLY_DEPTH_MAX} deep"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// What an open aggregate becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    Map,
    Set,
    Push,
    Attribute,
}

/// An aggregate whose elements are still arriving.
#[derive(Debug)]
struct Open {
    kind: Kind,
    left: usize,
    items: Vec<Value>,
}

/// The state between two reads.
#[derive(Debug, Default)]
pub struct Decoder {
    stack: Vec<Open>,
    /// Bytes of the value begun that are already in `stack`.
    pos: usize,
}

/// One step of the decoder.
enum Step {
    Value(Value),
    Open(Open),
}

impl Decoder {
    /// A decoder at the start of a value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the value that begins at `buf[0]`: with the number of its bytes, or `None` while it is
    /// incomplete. Call again with the same bytes and more behind them. After an error the stream is
    /// lost.
    pub fn decode(&mut self, buf: &[u8]) -> Result<Option<(Value, usize)>, DecodeError> {
        loop {
            let rest = buf.get(self.pos..).unwrap_or_default();
            let Some((step, used)) = step(rest)? else { return Ok(None) };
            self.pos += used;
            let value = match step {
                Step::Value(value) => Some(value),
                Step::Open(open) => self.open(open)?,
            };
            if let Some(whole) = value.and_then(|value| self.close(value)) {
                return Ok(Some((whole, std::mem::take(&mut self.pos))));
            }
        }
    }

    /// Whether a value is half received.
    pub fn is_idle(&self) -> bool {
        self.stack.is_empty()
    }

    /// Puts an aggregate on the stack; an empty one is a value at once.
    fn open(&mut self, open: Open) -> Result<Option<Value>, DecodeError> {
        if open.left == 0 {
            return Ok(open.kind.finish(open.items));
        }
        if self.stack.len() >= REPLY_DEPTH_MAX {
            return Err(DecodeError::TooDeep);
        }
        self.stack.push(open);
        Ok(None)
    }

    /// Hands a complete value to the aggregate it is in; gives it back when there is none.
    fn close(&mut self, mut value: Value) -> Option<Value> {
        loop {
            let Some(mut open) = self.stack.pop() else { return Some(value) };
            open.items.push(value);
            open.left -= 1;
            if open.left > 0 {
                self.stack.push(open);
                return None;
            }
            value = open.kind.finish(open.items)?;
        }
    }
}

impl Kind {
    /// The value of a complete aggregate. Attributes without any pair leave nothing behind.
    fn finish(self, items: Vec<Value>) -> Option<Value> {
        Some(match self {
            Kind::Array => Value::Array(items),
            Kind::Set => Value::Set(items),
            Kind::Push => Value::Push(items),
            Kind::Map => Value::Map(pairs(items)),
            Kind::Attribute => {
                let mut items = items;
                let owner = items.pop()?;
                match items.is_empty() {
                    true => owner,
                    false => Value::Attribute(pairs(items), Box::new(owner)),
                }
            }
        })
    }
}

fn pairs(items: Vec<Value>) -> Vec<(Value, Value)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

/// Reads one scalar or one aggregate's head, and says how many bytes it took.
fn step(rest: &[u8]) -> Result<Option<(Step, usize)>, DecodeError> {
    let Some(&tag) = rest.first() else { return Ok(None) };
    let Some(line) = line(rest)? else { return Ok(None) };
    let used = line.len() + 3;
    match tag {
        b'$' | b'!' | b'=' => {
            Ok(bulk(tag, line, rest, used)?.map(|(value, used)| (Step::Value(value), used)))
        }
        b'*' | b'~' | b'>' | b'%' | b'|' => Ok(Some((head(tag, line)?, used))),
        _ => Ok(Some((Step::Value(scalar(tag, line)?), used))),
    }
}

/// The line behind the type byte, without its end.
fn line(rest: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
        return if rest.len() > REPLY_LINE_BYTES_MAX { Err(DecodeError::TooLong) } else { Ok(None) };
    };
    let whole = rest.get(1..end).unwrap_or_default();
    whole.strip_suffix(b"\r").map(Some).ok_or_else(|| bad_line(whole))
}

fn bad_line(line: &[u8]) -> DecodeError {
    const SHOWN: usize = 80;
    DecodeError::BadLine(line.iter().copied().take(SHOWN).collect())
}

/// A length, or `None` for the `-1` of RESP2's nulls.
fn length(line: &[u8]) -> Result<Option<usize>, DecodeError> {
    match parse_i64(line) {
        Some(-1) => Ok(None),
        Some(len) => usize::try_from(len).map(Some).map_err(|_| bad_line(line)),
        None => Err(bad_line(line)),
    }
}

fn bulk(tag: u8, line: &[u8], rest: &[u8], start: usize) -> Result<Option<(Value, usize)>, DecodeError> {
    let Some(len) = length(line)? else { return Ok(Some((Value::Null, start))) };
    if len > BULK_BYTES_MAX {
        return Err(DecodeError::TooLong);
    }
    let end = start + len;
    match rest.get(end..end + 2) {
        None => return Ok(None),
        Some(b"\r\n") => {}
        Some(other) => return Err(bad_line(other)),
    }
    let bytes = rest.get(start..end).unwrap_or_default();
    let value = match (tag, bytes) {
        (b'!', _) => Value::Error(bytes.to_vec()),
        (b'=', [a, b, c, b':', text @ ..]) => Value::Verbatim([*a, *b, *c], text.to_vec()),
        (b'=', _) => return Err(bad_line(bytes)),
        _ => Value::Bulk(bytes.to_vec()),
    };
    Ok(Some((value, end + 2)))
}

fn head(tag: u8, line: &[u8]) -> Result<Step, DecodeError> {
    let Some(len) = length(line)? else { return Ok(Step::Value(Value::Null)) };
    let (kind, left) = match tag {
        b'~' => (Kind::Set, len),
        b'>' => (Kind::Push, len),
        b'%' => (Kind::Map, len.saturating_mul(2)),
        // The value the attributes belong to is the last element.
        b'|' => (Kind::Attribute, len.saturating_mul(2).saturating_add(1)),
        _ => (Kind::Array, len),
    };
    Ok(Step::Open(Open { kind, left, items: Vec::new() }))
}

fn scalar(tag: u8, line: &[u8]) -> Result<Value, DecodeError> {
    Ok(match (tag, line) {
        (b'+', _) => Value::Simple(line.to_vec()),
        (b'-', _) => Value::Error(line.to_vec()),
        (b':', _) => Value::Int(parse_i64(line).ok_or_else(|| bad_line(line))?),
        (b',', _) => Value::Double(double(line).ok_or_else(|| bad_line(line))?, line.to_vec()),
        (b'_', b"") => Value::Null,
        (b'#', b"t") => Value::Bool(true),
        (b'#', b"f") => Value::Bool(false),
        (b'(', _) => Value::BigNumber(line.to_vec()),
        (b'_' | b'#', _) => return Err(bad_line(line)),
        _ => return Err(DecodeError::UnknownType(tag)),
    })
}

fn double(line: &[u8]) -> Option<f64> {
    std::str::from_utf8(line).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bulk(text: &str) -> Value {
        Value::Bulk(text.as_bytes().to_vec())
    }

    /// Decodes a stream delivered in two pieces.
    fn feed(stream: &[u8], cut: usize) -> Result<Vec<Value>, DecodeError> {
        let (mut decoder, mut values, mut at) = (Decoder::new(), Vec::new(), 0);
        for end in [cut, stream.len()] {
            while let Some((value, used)) = decoder.decode(&stream[at..end])? {
                values.push(value);
                at += used;
            }
        }
        Ok(values)
    }

    #[test]
    fn every_kind_at_every_cut() {
        let stream = b"+OK\r\n-ERR no\r\n:-5\r\n$3\r\na\nb\r\n$-1\r\n*-1\r\n_\r\n*2\r\n:1\r\n*0\r\n\
            %1\r\n$1\r\nk\r\n~1\r\n#t\r\n>1\r\n,1.50\r\n(123\r\n=6\r\ntxt:hi\r\n!5\r\nERR x\r\n|1\r\n+a\r\n#f\r\n:9\r\n";
        let expected = vec![
            Value::Simple(b"OK".to_vec()),
            Value::Error(b"ERR no".to_vec()),
            Value::Int(-5),
            bulk("a\nb"),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Array(vec![Value::Int(1), Value::Array(vec![])]),
            Value::Map(vec![(bulk("k"), Value::Set(vec![Value::Bool(true)]))]),
            Value::Push(vec![Value::Double(1.5, b"1.50".to_vec())]),
            Value::BigNumber(b"123".to_vec()),
            Value::Verbatim(*b"txt", b"hi".to_vec()),
            Value::Error(b"ERR x".to_vec()),
            Value::Attribute(
                vec![(Value::Simple(b"a".to_vec()), Value::Bool(false))],
                Box::new(Value::Int(9)),
            ),
        ];
        for cut in 0..=stream.len() {
            assert_eq!(feed(stream, cut).as_ref(), Ok(&expected), "cut at {cut}");
        }
    }

    #[test]
    fn fields_in_both_protocols() {
        for stream in ["%1\r\n+role\r\n+master\r\n", "*2\r\n+role\r\n+master\r\n"] {
            let values = feed(stream.as_bytes(), 0).unwrap();
            assert_eq!(values[0].field("role").and_then(Value::as_str), Some("master"));
            assert_eq!(values[0].field("none"), None);
        }
        assert_eq!(bulk("12").as_int(), Some(12));
    }

    #[test]
    fn lies_cost_nothing_and_nonsense_is_an_error() {
        assert_eq!(feed(b"*9000000000000000000\r\n:1\r\n", 0), Ok(vec![]));
        assert_eq!(feed(b"|9223372036854775807\r\n:1\r\n", 0), Ok(vec![]));
        assert_eq!(feed(b"$9000000000\r\n", 0), Err(DecodeError::TooLong));
        assert_eq!(feed(b"?\r\n", 0), Err(DecodeError::UnknownType(b'?')));
        assert_eq!(feed(b":x\r\n", 0), Err(bad_line(b"x")));
        assert_eq!(feed(b"$2\r\nabc\r\n", 0), Err(bad_line(b"c\r")));
        assert_eq!(feed(b"+a\n", 0), Err(bad_line(b"a")));
        let deep = b"*1\r\n".repeat(REPLY_DEPTH_MAX + 1);
        assert_eq!(feed(&deep, 0), Err(DecodeError::TooDeep));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(stream in prop::collection::vec(
            prop::sample::select(b"+-:$*%~>,#(=!|_\r\n0123tf-".to_vec()), 0..60), cut: prop::sample::Index) {
            let cut = cut.index(stream.len() + 1);
            prop_assert_eq!(feed(&stream, cut).is_ok(), feed(&stream, 0).is_ok());
        }
    }
}
