//! The sorted set.
//!
//! ```text
//!   3    count, then member and score as text ("\xfd" nan, "\xfe" inf, "\xff" -inf)    before Redis 4
//!   5    count, then member and score in 8 bytes; highest first                        big ones
//!   12   a ziplist of member, score ...                                                before Redis 7
//!   17   a listpack of member, score ...                                               small ones
//! ```
//!
//! What was packed stays packed and what was big stays big; the one who stores it knows the thresholds
//! (`types::zset::fit`).

use std::cmp::Ordering;
use std::io::Read;

use crate::persist::rdb::encode::{Encoder, put_len};
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::{RdbError, corrupt, plain_len, read_string, text_bytes};
use crate::store::packed::{Listpack, listpack};
use crate::store::types::zset::{Limits, Zset, ZsetRef, collect, packed_elements};
use crate::store::{IntText, Kind, Object, OwnedValue, Packing, ValueRef};

use super::ziplist;

const TEXT: u8 = 3;
const BINARY: u8 = 5;
const ZIPLIST: u8 = 12;
const LISTPACK: u8 = 17;

/// Everything may be packed.
const ANY: Limits = Limits { entries: u64::MAX, value: u64::MAX };

/// The type byte that a zset is written with.
pub(super) fn type_byte(value: ValueRef<'_>) -> u8 {
    if matches!(value, ValueRef::Packed(..)) { LISTPACK } else { BINARY }
}

/// Appends the value.
pub(super) fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    if let ValueRef::Packed(_, _, bytes) = value {
        encoder.string(out, bytes);
        return;
    }
    let Some(set) = ZsetRef::new(value) else { return };
    put_len(out, set.len() as u64);
    let mut digits = IntText::default();
    for element in set.iter().rev() {
        encoder.string(out, element.member.bytes(&mut digits));
        out.extend_from_slice(&element.score.to_le_bytes());
    }
}

/// Reads a value of one of the type bytes of a zset; none when it has no members.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    match byte {
        TEXT | BINARY => decode_elements(input, byte, room),
        ZIPLIST => {
            let text = read_string(input, room)?;
            let items = ziplist::ziplist(text_bytes(input, text, room)).map(listpack::collect);
            packed(items).ok_or_else(|| corrupt(input, "Zset ziplist integrity check failed"))
        }
        _ => {
            let text = read_string(input, room)?;
            let bytes = text_bytes(input, text, room);
            let bytes = listpack::validate(bytes).map(|_| bytes.to_vec());
            packed(bytes).ok_or_else(|| corrupt(input, "Zset listpack integrity check failed"))
        }
    }
}

/// A sorted set of a listpack that is one, after a look at its elements.
fn packed(bytes: Option<Vec<u8>>) -> Option<Option<OwnedValue>> {
    let bytes = bytes?;
    let mut elements = packed_elements(Listpack::new(&bytes))?;
    if elements.is_empty() {
        return Some(None);
    }
    if elements.is_sorted_by(|a, b| order(a, b).is_le()) {
        return Some(Some(OwnedValue::Packed(Kind::Zset, Packing::Listpack, bytes)));
    }
    elements.sort_by(order);
    Some(Some(collect(&elements, ANY)))
}

fn order(a: &(Vec<u8>, f64), b: &(Vec<u8>, f64)) -> Ordering {
    a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal).then_with(|| a.0.cmp(&b.0))
}

/// Elements one by one.
fn decode_elements<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    let count = plain_len(input)?;
    let mut zset = Zset::default();
    for _ in 0..count {
        input.begin_item();
        let text = read_string(input, room)?;
        let member = text_bytes(input, text, room).to_vec();
        let score = if byte == BINARY { f64::from_le_bytes(input.array()?) } else { text_score(input)? };
        if score.is_nan() {
            return Err(corrupt(input, "Zset with NAN score detected"));
        }
        if zset.insert(&member, score).is_some() {
            return Err(corrupt(input, "Duplicate zset fields detected"));
        }
    }
    Ok((count > 0).then(|| OwnedValue::Object(Box::new(Object::Zset(zset)))))
}

/// A score as text behind its length, or one of three marks.
fn text_score<R: Read>(input: &mut Input<R>) -> Result<f64, RdbError> {
    match input.byte()? {
        253 => Ok(f64::NAN),
        254 => Ok(f64::INFINITY),
        255 => Ok(f64::NEG_INFINITY),
        len => {
            let span = input.take(usize::from(len))?;
            let text = std::str::from_utf8(input.slice(span)).ok().and_then(|text| text.parse().ok());
            text.ok_or_else(|| corrupt(input, "Zset with NAN score detected"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::rdb::reader::{Value, single_value};

    type Pairs = Vec<(Vec<u8>, f64)>;

    fn read(byte: u8, body: &[u8]) -> Option<(Pairs, bool)> {
        let bytes = [&[byte], body].concat();
        let found = single_value(&bytes, |value| match value {
            Value::Owned(value) => {
                let set = ZsetRef::new(value.as_ref()).expect("it is a sorted set");
                (set.iter().map(|element| element.to_pair()).collect(), matches!(set, ZsetRef::Packed(_)))
            }
            Value::Str(_) => panic!("it is no string"),
        });
        found.ok()
    }

    fn pairs(count: usize) -> Pairs {
        (0..count).map(|i| (format!("m{i:04}").into_bytes(), i as f64 / 4.0)).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        for (count, limits) in [(5, ANY), (300, ANY), (300, Limits { entries: 128, value: 64 })] {
            let value = collect(&pairs(count), limits);
            let mut body = Vec::new();
            encode(&mut Encoder::new(true), &mut body, value.as_ref());
            let packed = matches!(value, OwnedValue::Packed(..));
            assert_eq!(read(type_byte(value.as_ref()), &body), Some((pairs(count), packed)));
            for end in 0..body.len() {
                assert_eq!(read(type_byte(value.as_ref()), &body[..end]), None, "cut at {end}");
            }
        }
    }

    #[test]
    fn the_oldest_form() {
        let body = b"\x03\x01a\x031.5\x01b\xfe\x01c\xff";
        let want =
            vec![(b"c".to_vec(), f64::NEG_INFINITY), (b"a".to_vec(), 1.5), (b"b".to_vec(), f64::INFINITY)];
        assert_eq!(read(TEXT, body), Some((want, false)));
        assert_eq!(read(TEXT, b"\x01\x01a\xfd"), None, "not a number");
        assert_eq!(read(TEXT, b"\x02\x01a\x011\x01a\x011"), None, "twice");
        assert_eq!(read(BINARY, b"\x00"), None, "empty");
    }

    #[test]
    fn damaged_listpacks_are_refused() {
        let odd = listpack::collect([b"a".as_slice()].map(crate::store::packed::Item::of));
        let twice =
            listpack::collect([b"a".as_slice(), b"1", b"a", b"2"].map(crate::store::packed::Item::of));
        let text = listpack::collect([b"a".as_slice(), b"x"].map(crate::store::packed::Item::of));
        for bytes in [odd, twice, text, listpack::empty()] {
            let mut body = Vec::new();
            Encoder::new(false).string(&mut body, &bytes);
            assert_eq!(read(LISTPACK, &body), None);
        }
    }
}
