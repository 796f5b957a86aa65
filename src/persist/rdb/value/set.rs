//! The set: written as an intset, as a listpack, or member by member.
//!
//! ```text
//!  2   count, members                  every version
//! 11   intset in a string              2.6 and later
//! 20   listpack in a string            7.2 and later
//! ```
//!
//! A packed set that is no intset is written as type 2: servers before 7.2 read it, and later ones pack it
//! again.

use std::io::Read;

use crate::persist::rdb::encode::{Encoder, put_len};
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::{RdbError, corrupt, plain_len, read_string, text_bytes};
use crate::store::packed::{Listpack, intset, listpack};
use crate::store::types::{SetLimits, SetMut, SetRef};
use crate::store::{IntText, Kind, OwnedValue, Packing, ValueRef};

const PLAIN: u8 = 2;
const INTSET: u8 = 11;

/// When sets that come in parts change their form: the defaults of `redis.conf`.
const LIMITS: SetLimits = SetLimits { intset_entries: 512, listpack_entries: 128, listpack_value: 64 };

/// The type byte that a set is written with.
pub(super) fn type_byte(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Packed(_, Packing::Intset, _) => INTSET,
        _ => PLAIN,
    }
}

/// Appends the value.
pub(super) fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    if let ValueRef::Packed(_, Packing::Intset, bytes) = value {
        encoder.string(out, bytes);
        return;
    }
    let set = SetRef::of(value);
    put_len(out, set.len() as u64);
    let mut text = IntText::default();
    set.each(&mut |member| {
        encoder.string(out, member.bytes(&mut text));
        true
    });
}

/// Reads a value of one of the type bytes of a set; none when it has no members.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    if byte == PLAIN {
        return decode_plain(input, room);
    }
    let text = read_string(input, room)?;
    let bytes = text_bytes(input, text, room);
    match byte {
        INTSET => from_intset(bytes.to_vec())
            .map(Some)
            .ok_or_else(|| corrupt(input, "Intset integrity check failed")),
        _ if listpack::validate(bytes) == Some(0) => Ok(None),
        _ => from_listpack(bytes)
            .map(Some)
            .ok_or_else(|| corrupt(input, "Set listpack integrity check failed")),
    }
}

fn decode_plain<R: Read>(input: &mut Input<R>, room: &mut Vec<u8>) -> Result<Option<OwnedValue>, RdbError> {
    let count = plain_len(input)?;
    let mut value = LIMITS.empty();
    let mut set = SetMut::new(&mut value, LIMITS);
    set.expect(usize::try_from(count).unwrap_or(usize::MAX));
    for _ in 0..count {
        input.begin_item();
        let text = read_string(input, room)?;
        if !set.add(text_bytes(input, text, room)) {
            return Err(corrupt(input, "Duplicate set members detected"));
        }
    }
    Ok((count > 0).then_some(value))
}

fn from_intset(bytes: Vec<u8>) -> Option<OwnedValue> {
    if !intset::validate(&bytes) {
        return None;
    }
    let value = OwnedValue::Packed(Kind::Set, Packing::Intset, bytes);
    let len = SetRef::of(value.as_ref()).len();
    Some(if len > LIMITS.intset_entries { rebuilt(&value)? } else { value })
}

fn from_listpack(bytes: &[u8]) -> Option<OwnedValue> {
    listpack::validate(bytes)?;
    let read = Listpack::new(bytes);
    let packed = OwnedValue::Packed(Kind::Set, Packing::Listpack, bytes.to_vec());
    if read.len() > LIMITS.listpack_entries {
        return rebuilt(&packed);
    }
    let mut seen = std::collections::HashSet::new();
    read.iter().all(|item| seen.insert(item.to_vec())).then_some(packed)
}

/// A set of the same members, added one by one; none when one is there twice.
fn rebuilt(value: &OwnedValue) -> Option<OwnedValue> {
    let (mut fresh, from) = (LIMITS.empty(), SetRef::of(value.as_ref()));
    let mut set = SetMut::new(&mut fresh, LIMITS);
    set.expect(from.len());
    let (mut text, mut new) = (IntText::default(), true);
    from.each(&mut |member| {
        new = set.add(member.bytes(&mut text));
        new
    });
    new.then_some(fresh)
}
