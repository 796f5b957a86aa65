//! Values of every type as RDB and DUMP hold them. Each file has one type: which type byte it is written
//! with, how, and every form of it that was ever written by a Redis or Valkey, read into the form the
//! store holds.
//!
//! Nothing that is read is trusted: packed bytes are validated before they are kept, duplicates and
//! impossible counts are refused, and no announced length allocates before its bytes have arrived. What is
//! refused is named in Redis's words, which are looked for in logs.

use std::io::Read;

use super::TYPE_STRING;
use super::encode::{Encoder, StrValue};
use super::input::Input;
use super::reader::RdbError;
use crate::store::{Kind, OwnedValue, ValueRef};

mod hash;
mod list;
mod set;
mod stream;
mod ziplist;
mod zset;

/// The type byte that a value is written with.
pub fn type_byte(value: ValueRef<'_>) -> u8 {
    match value.kind() {
        Kind::String => TYPE_STRING,
        Kind::List => list::type_byte(value),
        Kind::Set => set::type_byte(value),
        Kind::Zset => zset::type_byte(value),
        Kind::Hash => hash::type_byte(value),
        Kind::Stream => stream::type_byte(value),
    }
}

/// Appends a value without its type byte.
pub fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value.kind() {
        Kind::String => encode_string(encoder, out, value),
        Kind::List => list::encode(encoder, out, value),
        Kind::Set => set::encode(encoder, out, value),
        Kind::Zset => zset::encode(encoder, out, value),
        Kind::Hash => hash::encode(encoder, out, value),
        Kind::Stream => stream::encode(encoder, out, value),
    }
}

fn encode_string(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Int(number) => encoder.str_value(out, StrValue::Int(number)),
        ValueRef::Str(bytes) => encoder.str_value(out, StrValue::Bytes(bytes)),
        ValueRef::Packed(..) | ValueRef::Object(_) => unreachable!("a string is neither"),
    }
}

/// What was found where a collection belongs.
pub(super) enum Decoded {
    /// A collection.
    Value(OwnedValue),
    /// One without elements, which some versions wrote by mistake. The store has no such thing.
    Empty,
    /// A type that is not supported (modules).
    Unsupported,
}

/// Reads a value of this type byte, which is no string's. `room` is where strings are expanded.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Decoded, RdbError> {
    let value = match byte {
        1 | 10 | 14 | 18 => list::decode(input, byte, room),
        2 | 11 | 20 => set::decode(input, byte, room),
        3 | 5 | 12 | 17 => zset::decode(input, byte, room),
        4 | 9 | 13 | 16 | 22 | 24 | 25 => hash::decode(input, byte, room),
        15 | 19 | 21 => stream::decode(input, byte, room).map(Some),
        _ => return Ok(Decoded::Unsupported),
    };
    Ok(value?.map_or(Decoded::Empty, Decoded::Value))
}
