//! What a key can hold, in the forms in which values go in, are looked at, and change hands.
//!
//! ```text
//! string       an integer, or bytes
//! collection   small: packed bytes (a listpack, or a set of integers as an intset), as Redis lays them out
//!              big:   an `Object`, whose parts are shared when it is copied
//! ```

use super::object::Object;

/// The type of a value, as TYPE names it. The numbers are those of an entry's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A string (or an integer: also a string to the user).
    String = 0,
    /// A list.
    List = 1,
    /// A set.
    Set = 2,
    /// A sorted set.
    Zset = 3,
    /// A hash.
    Hash = 4,
    /// A stream.
    Stream = 6,
}

impl Kind {
    /// The name that TYPE and SCAN's TYPE option use.
    pub fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::List => "list",
            Kind::Set => "set",
            Kind::Zset => "zset",
            Kind::Hash => "hash",
            Kind::Stream => "stream",
        }
    }

    /// The kind whose number this is.
    #[inline]
    pub(super) fn from_bits(bits: u16) -> Kind {
        match bits {
            0 => Kind::String,
            1 => Kind::List,
            2 => Kind::Set,
            3 => Kind::Zset,
            4 => Kind::Hash,
            _ => Kind::Stream,
        }
    }
}

/// How a small collection is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As a listpack.
    Listpack,
    /// As an intset (sets only).
    Intset,
}

/// The encoding as OBJECT ENCODING shows it. What stands behind the name is the entry's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A 64-bit signed integer.
    Int,
    /// A short string that was set as a whole.
    Embstr,
    /// Any other string.
    Raw,
    /// A small collection.
    Listpack,
    /// A small set of integers.
    Intset,
    /// A big list.
    Quicklist,
    /// A big set or hash.
    Hashtable,
    /// A big sorted set.
    Skiplist,
    /// A small hash with fields that expire.
    ListpackEx,
    /// A stream.
    Stream,
}

impl Encoding {
    /// The name that OBJECT ENCODING answers.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Int => "int",
            Encoding::Embstr => "embstr",
            Encoding::Raw => "raw",
            Encoding::Listpack => "listpack",
            Encoding::Intset => "intset",
            Encoding::Quicklist => "quicklist",
            Encoding::Hashtable => "hashtable",
            Encoding::Skiplist => "skiplist",
            Encoding::ListpackEx => "listpackex",
            Encoding::Stream => "stream",
        }
    }
}

/// Longest string, in bytes, that is shown as `embstr`.
pub const EMBSTR_BYTES_MAX: usize = 44;

/// A string to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Str<'a> {
    /// An integer: stored as one, shown as `int`.
    Int(i64),
    /// Bytes set as a whole: shown as `embstr` up to 44 bytes, else as `raw`.
    Bytes(&'a [u8]),
    /// Bytes that were edited in place: always shown as `raw`.
    Raw(&'a [u8]),
}

impl<'a> Str<'a> {
    /// Bytes as SET stores them: as an integer when they are the usual decimal spelling of one.
    #[inline]
    pub fn encode(bytes: &'a [u8]) -> Str<'a> {
        parse_int(bytes).map_or(Str::Bytes(bytes), Str::Int)
    }
}

/// A value as it lies in the store.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// A string held as an integer.
    Int(i64),
    /// A string held as bytes.
    Str(&'a [u8]),
    /// A small collection as packed bytes.
    Packed(Kind, Packing, &'a [u8]),
    /// A big collection.
    Object(&'a Object),
}

/// Objects are equal when they are the same one: comparing contents is up to their types.
impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
            (ValueRef::Str(a), ValueRef::Str(b)) => a == b,
            (ValueRef::Packed(k, p, a), ValueRef::Packed(l, q, b)) => (k, p, a) == (l, q, b),
            (ValueRef::Object(a), ValueRef::Object(b)) => std::ptr::eq(*a, *b),
            _ => false,
        }
    }
}

impl<'a> ValueRef<'a> {
    /// Its type.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            ValueRef::Int(_) | ValueRef::Str(_) => Kind::String,
            ValueRef::Packed(kind, ..) => kind,
            ValueRef::Object(object) => object.kind(),
        }
    }

    /// The string's bytes; an integer is spelled into `scratch`. Only for strings.
    #[inline]
    pub fn bytes(self, scratch: &'a mut IntText) -> &'a [u8] {
        match self {
            ValueRef::Int(number) => scratch.spell(number),
            ValueRef::Str(bytes) => bytes,
            ValueRef::Packed(..) | ValueRef::Object(_) => not_a_string(),
        }
    }

    /// Length of the string in bytes (STRLEN). Only for strings.
    pub fn str_len(self) -> usize {
        match self {
            ValueRef::Int(number) => IntText::default().spell(number).len(),
            ValueRef::Str(bytes) => bytes.len(),
            ValueRef::Packed(..) | ValueRef::Object(_) => not_a_string(),
        }
    }

    /// The string as an integer, when it is one.
    #[inline]
    pub fn int(self) -> Option<i64> {
        match self {
            ValueRef::Int(number) => Some(number),
            ValueRef::Str(bytes) => parse_int(bytes),
            ValueRef::Packed(..) | ValueRef::Object(_) => None,
        }
    }
}

#[cold]
fn not_a_string() -> ! {
    unreachable!("the caller has checked that the value is a string")
}

/// A value outside the store: what RENAME, MOVE and COPY carry from one place to another.
#[derive(Clone, Debug)]
pub enum OwnedValue {
    /// A string held as an integer.
    Int(i64),
    /// A string; the encoding says how it is shown.
    Str(Vec<u8>, Encoding),
    /// A small collection as packed bytes.
    Packed(Kind, Packing, Vec<u8>),
    /// A big collection.
    Object(Box<Object>),
}

impl PartialEq for OwnedValue {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl OwnedValue {
    /// The value to look at.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            OwnedValue::Int(number) => ValueRef::Int(*number),
            OwnedValue::Str(bytes, _) => ValueRef::Str(bytes),
            OwnedValue::Packed(kind, packing, bytes) => ValueRef::Packed(*kind, *packing, bytes),
            OwnedValue::Object(object) => ValueRef::Object(object),
        }
    }

    /// Its type.
    pub fn kind(&self) -> Kind {
        match self {
            OwnedValue::Int(_) | OwnedValue::Str(..) => Kind::String,
            OwnedValue::Packed(kind, ..) => *kind,
            OwnedValue::Object(object) => object.kind(),
        }
    }
}

/// An entry without its key, outside the store.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedEntry {
    /// The value.
    pub value: OwnedValue,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expire_ms: Option<i64>,
    /// The 24 access bits (LRU or LFU).
    pub access: u32,
}

/// What an insertion met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The key was not there.
    New,
    /// The key was there and its value was replaced; it had this expiry.
    Replaced {
        /// Expiry of the value that was replaced (the caller sees whether it was past).
        expire_ms: Option<i64>,
    },
}

/// Room for the decimal spelling of any 64-bit integer.
#[derive(Default)]
pub struct IntText {
    digits: [u8; 20],
}

impl IntText {
    /// Spells `number` and returns the bytes.
    #[inline]
    pub fn spell(&mut self, number: i64) -> &[u8] {
        let mut rest = number.unsigned_abs();
        let mut at = self.digits.len();
        loop {
            at -= 1;
            self.digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            self.digits[at] = b'-';
        }
        &self.digits[at..]
    }
}

/// The integer that `bytes` spell in the usual decimal form: no sign but `-`, no leading zeros, no
/// spaces, so that spelling the integer again gives the same bytes.
#[inline]
pub fn parse_int(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    if digits[0] == b'0' {
        return (bytes == b"0").then_some(0);
    }
    let mut sum: u64 = 0;
    for &digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        sum = sum * 10 + u64::from(value); // 19 digits are below 2^64
    }
    if negative { 0i64.checked_sub_unsigned(sum) } else { i64::try_from(sum).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_recognised_only_in_their_usual_spelling() {
        let good = ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1000000000000000000"];
        for text in good {
            let number = parse_int(text.as_bytes());
            assert_eq!(number, text.parse().ok(), "{text}");
            assert_eq!(IntText::default().spell(number.unwrap()), text.as_bytes());
        }
        let bad = ["", "-", "+1", "01", "-0", "00", " 1", "1 ", "1.0", "9223372036854775808"];
        let worse = ["-9223372036854775809", "99999999999999999999", "18446744073709551616", "abc", "0x1"];
        for text in bad.iter().chain(&worse) {
            assert_eq!(parse_int(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn lengths_of_integers_are_those_of_their_spelling() {
        assert_eq!(ValueRef::Int(-100).str_len(), 4);
        assert_eq!(ValueRef::Str(b"abc").str_len(), 3);
        assert_eq!(ValueRef::Str(b"12").int(), Some(12));
    }
}
