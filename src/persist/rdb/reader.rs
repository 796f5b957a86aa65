//! The streaming RDB reader: a source in, events out, keys and values borrowed from its buffer.
//!
//! It trusts nothing: a file may be cut, corrupt or hostile, and every such file ends in an [`RdbError`].
//! It knows no store; what to do with an expired key, a duplicate or an auxiliary field is its caller's
//! business. A value of a type that is not read yet is an error naming the type and the key, because
//! skipping it would lose data silently.

use std::fmt;
use std::io::{self, Read};

use super::encode::{LruHint, StrValue};
use super::input::{BLOCK_BYTES, Input, Span};
use super::value::Decoded;
use super::{TYPE_MODULE_2, TYPE_STRING, VERSION_REDIS_MAX, VERSION_VALKEY, lzf, opcode, type_name, value};
use crate::limits::BULK_BYTES_MAX;
use crate::store::OwnedValue;

/// Why a file was refused. `offset` is where in the file, in bytes.
#[derive(Debug)]
pub enum RdbError {
    /// The source failed.
    Io(io::Error),
    /// The file ends early.
    Truncated {
        /// Where it ends.
        offset: u64,
    },
    /// It does not begin like an RDB file.
    BadMagic,
    /// A version nobody here reads.
    Version(u32),
    /// Bytes that no writer produces.
    Corrupt {
        /// What was wrong.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// A string longer than any value may be.
    TooLong {
        /// Its announced length.
        len: u64,
    },
    /// A value of a type this build does not hold.
    UnsupportedType {
        /// `list`, `hash`, ...; of a module with the module's name.
        type_name: String,
        /// The key that has it.
        key: Vec<u8>,
    },
    /// Data that a module keeps beside the keys.
    ModuleAux {
        /// The module.
        module: String,
    },
    /// The sums differ: bytes were changed after the file was written.
    Checksum {
        /// What the file says.
        expected: u64,
        /// What its bytes sum to.
        found: u64,
    },
}

impl fmt::Display for RdbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RdbError::Io(e) => write!(f, "reading failed: {e}"),
            RdbError::Truncated { offset } => write!(f, "the file ends early, after {offset} bytes"),
            RdbError::BadMagic => f.write_str("wrong signature: this is no RDB file"),
            RdbError::Version(version) => write!(f, "Can't handle RDB format version {version}"),
            RdbError::Corrupt { what, offset } => write!(f, "{what} at offset {offset}"),
            RdbError::TooLong { len } => write!(f, "a string of {len} bytes is longer than any value may be"),
            RdbError::UnsupportedType { type_name, key } => {
                let key = key.escape_ascii();
                write!(f, "key '{key}' holds a value of type {type_name}, which is not supported yet")
            }
            RdbError::ModuleAux { module } => {
                write!(f, "The RDB file contains AUX module data I can't load: no matching module '{module}'")
            }
            RdbError::Checksum { expected, found } => {
                write!(f, "RDB CRC error. Wrong RDB checksum expected: ({expected:x}) but got ({found:x})")
            }
        }
    }
}

impl std::error::Error for RdbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RdbError::Io(e) => Some(e),
            _ => None,
        }
    }
}

/// A value as the file holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A string, still in the reader's buffer.
    Str(StrValue<'a>),
    /// A collection, made ready for the store.
    Owned(OwnedValue),
}

/// One key with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyEvent<'a> {
    /// The database it lies in.
    pub db: u32,
    /// Its name.
    pub key: &'a [u8],
    /// When it expires, wall clock, milliseconds since the epoch.
    pub expire_ms: Option<i64>,
    /// What the eviction policy knew.
    pub lru: LruHint,
    /// Its value.
    pub value: Value<'a>,
}

/// What the checksum at the end was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// It matched.
    Verified,
    /// The file has none (an old version, or written without).
    Absent,
    /// The caller did not want it checked.
    NotChecked,
}

/// What comes next in the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// An auxiliary field. An integer value comes in decimal.
    Aux {
        /// Field name.
        key: &'a [u8],
        /// Field value.
        value: &'a [u8],
    },
    /// Keys from here on lie in this database.
    SelectDb(u32),
    /// How many keys, and how many with an expiry, the database has; a hint, not to be trusted.
    ResizeDb {
        /// Keys.
        keys: u64,
        /// Of them with an expiry.
        expires: u64,
    },
    /// A key.
    Key(KeyEvent<'a>),
    /// The name of a key whose collection has no elements, as old mistakes wrote them: there is no such key.
    EmptyKey(&'a [u8]),
    /// A library of functions: its code.
    Function(&'a [u8]),
    /// The end; there are no further events.
    End(Checksum),
}

/// A string that was read: where its bytes are.
pub(super) enum Text {
    Int(i64),
    Borrowed(Span),
    Expanded,
}

pub(super) enum Length {
    Plain(u64),
    Int(i64),
    Lzf,
}

/// Reads one RDB file from `R`.
pub struct RdbReader<R> {
    input: Input<R>,
    version: u32,
    db: u32,
    key_room: Vec<u8>,
    value_room: Vec<u8>,
}

impl<R: Read> RdbReader<R> {
    /// Reads the magic and version. `checksum`: verify the sum at the end.
    pub fn new(src: R, checksum: bool) -> Result<Self, RdbError> {
        let mut input = Input::new(src, checksum, BLOCK_BYTES);
        let version = read_version(&mut input)?;
        if version < 5 {
            input.forget_checksum();
        }
        Ok(RdbReader { input, version, db: 0, key_room: Vec::new(), value_room: Vec::new() })
    }

    /// The file's version; 80 means Valkey's format.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Bytes consumed so far: for progress.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// What follows the file in the source: bytes already read ahead, and the source itself.
    pub fn into_parts(self) -> (Vec<u8>, R) {
        self.input.into_parts()
    }

    /// The next event. Its slices live until the next call. Not to be called again after the end or
    /// an error.
    pub fn next_event(&mut self) -> Result<Event<'_>, RdbError> {
        let mut expire_ms = None;
        let mut lru = LruHint::None;
        loop {
            self.input.begin_item();
            match self.input.byte()? {
                opcode::EXPIRE_MS => expire_ms = Some(self.expire_ms()?),
                opcode::EXPIRE_S => {
                    let seconds = i32::from_le_bytes(self.input.array()?);
                    expire_ms = Some(i64::from(seconds) * 1000);
                }
                opcode::IDLE => lru = LruHint::IdleSecs(self.plain_len()?),
                opcode::FREQ => lru = LruHint::Freq(self.input.byte()?),
                opcode::SLOT_INFO if self.version != VERSION_VALKEY => self.skip_slot_info()?,
                byte if byte < opcode::FIRST => return self.key(byte, expire_ms, lru),
                byte => return self.section(byte),
            }
        }
    }

    fn section(&mut self, byte: u8) -> Result<Event<'_>, RdbError> {
        match byte {
            opcode::AUX => self.aux(),
            opcode::SELECT_DB => {
                let db = self.plain_len()?;
                self.db = u32::try_from(db).map_err(|_| self.corrupt("database number out of range"))?;
                Ok(Event::SelectDb(self.db))
            }
            opcode::RESIZE_DB => Ok(Event::ResizeDb { keys: self.plain_len()?, expires: self.plain_len()? }),
            opcode::FUNCTION2 => self.function(),
            opcode::FUNCTION_PRE_GA => Err(self.corrupt("functions in a pre-release format")),
            opcode::MODULE_AUX => Err(self.module_aux()),
            opcode::EOF => self.end().map(Event::End),
            _ => Err(self.corrupt("unknown opcode")),
        }
    }

    fn key(&mut self, byte: u8, expire_ms: Option<i64>, lru: LruHint) -> Result<Event<'_>, RdbError> {
        let name = type_name(byte).ok_or_else(|| self.corrupt("unknown value type"))?;
        let key = read_string(&mut self.input, &mut self.key_room)?;
        if byte != TYPE_STRING {
            return self.collection(byte, name, key, expire_ms, lru);
        }
        let value = read_string(&mut self.input, &mut self.value_room)?;
        let value = str_value(&self.input, value, &mut self.value_room);
        let key = text_bytes(&self.input, key, &mut self.key_room);
        Ok(Event::Key(KeyEvent { db: self.db, key, expire_ms, lru, value: Value::Str(value) }))
    }

    /// A key whose value is made ready part by part. The key is copied first: a big value moves the buffer.
    fn collection(
        &mut self,
        byte: u8,
        type_name: &'static str,
        key: Text,
        expire_ms: Option<i64>,
        lru: LruHint,
    ) -> Result<Event<'_>, RdbError> {
        let name = text_bytes(&self.input, key, &mut self.key_room).to_vec();
        self.key_room = name;
        let value = match value::decode(&mut self.input, byte, &mut self.value_room)? {
            Decoded::Value(value) => Value::Owned(value),
            Decoded::Empty => return Ok(Event::EmptyKey(&self.key_room)),
            Decoded::Unsupported => {
                let type_name = full_type_name(&mut self.input, byte, type_name);
                return Err(RdbError::UnsupportedType { type_name, key: std::mem::take(&mut self.key_room) });
            }
        };
        Ok(Event::Key(KeyEvent { db: self.db, key: &self.key_room, expire_ms, lru, value }))
    }

    fn aux(&mut self) -> Result<Event<'_>, RdbError> {
        let key = read_string(&mut self.input, &mut self.key_room)?;
        let value = read_string(&mut self.input, &mut self.value_room)?;
        let key = text_bytes(&self.input, key, &mut self.key_room);
        let value = text_bytes(&self.input, value, &mut self.value_room);
        Ok(Event::Aux { key, value })
    }

    fn function(&mut self) -> Result<Event<'_>, RdbError> {
        let code = read_string(&mut self.input, &mut self.value_room)?;
        Ok(Event::Function(text_bytes(&self.input, code, &mut self.value_room)))
    }

    /// Milliseconds; before version 9 they were written in the machine's byte order, which was little
    /// endian wherever it matters.
    fn expire_ms(&mut self) -> Result<i64, RdbError> {
        Ok(i64::from_le_bytes(self.input.array()?))
    }

    fn skip_slot_info(&mut self) -> Result<(), RdbError> {
        for _ in 0..3 {
            self.plain_len()?;
        }
        Ok(())
    }

    /// Module id, when it was saved, then typed fields up to a zero.
    /// What a module keeps beside the keys nobody here can keep, and to drop it would be a silent loss.
    fn module_aux(&mut self) -> RdbError {
        match self.plain_len() {
            Ok(id) => RdbError::ModuleAux { module: module_name(id) },
            Err(broken) => broken,
        }
    }

    fn end(&mut self) -> Result<Checksum, RdbError> {
        if self.version < 5 {
            return Ok(Checksum::Absent);
        }
        let found = self.input.checksum();
        let expected = u64::from_le_bytes(self.input.array()?);
        match found {
            None => Ok(Checksum::NotChecked),
            _ if expected == 0 => Ok(Checksum::Absent),
            Some(found) if found == expected => Ok(Checksum::Verified),
            Some(found) => Err(RdbError::Checksum { expected, found }),
        }
    }

    fn plain_len(&mut self) -> Result<u64, RdbError> {
        plain_len(&mut self.input)
    }

    fn corrupt(&self, what: &'static str) -> RdbError {
        corrupt(&self.input, what)
    }
}

/// The name of a type; that of a module's value, whose first item is the module's id, tells which module.
fn full_type_name<R: Read>(input: &mut Input<R>, byte: u8, name: &str) -> String {
    match plain_len(input) {
        Ok(id) if byte == TYPE_MODULE_2 => format!("{name} {}", module_name(id)),
        _ => name.to_owned(),
    }
}

/// A module's name in its id: nine letters of six bits, above ten bits of version.
fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |place: u32| char::from(LETTERS[(id >> (10 + 6 * place)) as usize & 63]);
    (0..9).rev().map(letter).collect()
}

fn read_version<R: Read>(input: &mut Input<R>) -> Result<u32, RdbError> {
    let magic: [u8; 9] = input.array()?;
    let (digits, valkey) = match &magic {
        [b'R', b'E', b'D', b'I', b'S', digits @ ..] => (&digits[..], false),
        [b'V', b'A', b'L', b'K', b'E', b'Y', digits @ ..] => (&digits[..], true),
        _ => return Err(RdbError::BadMagic),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(RdbError::BadMagic);
    }
    let version = digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    let known = if valkey { version == VERSION_VALKEY } else { (1..=VERSION_REDIS_MAX).contains(&version) };
    if known { Ok(version) } else { Err(RdbError::Version(version)) }
}

pub(super) fn corrupt<R: Read>(input: &Input<R>, what: &'static str) -> RdbError {
    RdbError::Corrupt { what, offset: input.offset() }
}

pub(super) fn read_len<R: Read>(input: &mut Input<R>) -> Result<Length, RdbError> {
    let first = input.byte()?;
    Ok(match (first >> 6, first & 0x3f) {
        (0, low) => Length::Plain(u64::from(low)),
        (1, low) => Length::Plain(u64::from(low) << 8 | u64::from(input.byte()?)),
        (2, 0) => Length::Plain(u64::from(u32::from_be_bytes(input.array()?))),
        (2, 1) => Length::Plain(u64::from_be_bytes(input.array()?)),
        (3, 0) => Length::Int(i64::from(input.byte()? as i8)),
        (3, 1) => Length::Int(i64::from(i16::from_le_bytes(input.array()?))),
        (3, 2) => Length::Int(i64::from(i32::from_le_bytes(input.array()?))),
        (3, 3) => Length::Lzf,
        _ => return Err(corrupt(input, "unknown length encoding")),
    })
}

pub(super) fn plain_len<R: Read>(input: &mut Input<R>) -> Result<u64, RdbError> {
    match read_len(input)? {
        Length::Plain(len) => Ok(len),
        _ => Err(corrupt(input, "a string where a length belongs")),
    }
}

pub(super) fn size(len: u64) -> Result<usize, RdbError> {
    usize::try_from(len).ok().filter(|&n| n <= BULK_BYTES_MAX).ok_or(RdbError::TooLong { len })
}

pub(super) fn read_string<R: Read>(input: &mut Input<R>, room: &mut Vec<u8>) -> Result<Text, RdbError> {
    match read_len(input)? {
        Length::Plain(len) => Ok(Text::Borrowed(input.take(size(len)?)?)),
        Length::Int(number) => Ok(Text::Int(number)),
        Length::Lzf => {
            let packed = size(plain_len(input)?)?;
            let len = size(plain_len(input)?)?;
            let span = input.take(packed)?;
            lzf::decompress(input.slice(span), room, len)
                .map_err(|_| corrupt(input, "Invalid LZF compressed string"))?;
            Ok(Text::Expanded)
        }
    }
}

pub(super) fn text_bytes<'a, R: Read>(input: &'a Input<R>, text: Text, room: &'a mut Vec<u8>) -> &'a [u8] {
    match text {
        Text::Borrowed(span) => input.slice(span),
        Text::Expanded => room,
        Text::Int(number) => {
            *room = number.to_string().into_bytes();
            room
        }
    }
}

pub(super) fn str_value<'a, R: Read>(input: &'a Input<R>, text: Text, room: &'a mut Vec<u8>) -> StrValue<'a> {
    match text {
        Text::Int(number) => StrValue::Int(number),
        text => StrValue::Bytes(text_bytes(input, text, room)),
    }
}

/// Reads the one value that `body` consists of: a type byte and the value.
pub(super) fn single_value<T>(body: &[u8], found: impl FnOnce(Value<'_>) -> T) -> Result<T, RdbError> {
    let mut input = Input::new(body, false, body.len().clamp(1, BLOCK_BYTES));
    let byte = input.byte()?;
    let type_name = type_name(byte).ok_or_else(|| corrupt(&input, "unknown value type"))?;
    let mut room = Vec::new();
    if byte != TYPE_STRING {
        let value = match value::decode(&mut input, byte, &mut room)? {
            Decoded::Value(value) => value,
            Decoded::Empty => return Err(corrupt(&input, "a collection without elements")),
            Decoded::Unsupported => {
                let type_name = full_type_name(&mut input, byte, type_name);
                return Err(RdbError::UnsupportedType { type_name, key: Vec::new() });
            }
        };
        at_end(&input, body)?;
        return Ok(found(Value::Owned(value)));
    }
    let text = read_string(&mut input, &mut room)?;
    at_end(&input, body)?;
    Ok(found(Value::Str(str_value(&input, text, &mut room))))
}

/// The string at the start of some bytes, and the length of its encoded form.
pub(super) fn first_string(bytes: &[u8]) -> Result<(Vec<u8>, usize), RdbError> {
    let mut input = Input::new(bytes, false, bytes.len().clamp(1, BLOCK_BYTES));
    let mut room = Vec::new();
    let text = read_string(&mut input, &mut room)?;
    let text = text_bytes(&input, text, &mut room).to_vec();
    Ok((text, input.offset() as usize))
}

fn at_end<R: Read>(input: &Input<R>, body: &[u8]) -> Result<(), RdbError> {
    if input.offset() == body.len() as u64 { Ok(()) } else { Err(corrupt(input, "bytes behind the value")) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
