//! The hash: written as a listpack or field by field, with times when fields have some.
//!
//! ```text
//!  4   count, fields each with its value                                   every version
//!  9   zipmap in a string                                                  before 2.6
//! 13   ziplist in a string                                                 before 7.0
//! 16   listpack in a string                                                7.0 and later
//! 24   earliest time: 8 bytes, count, then (time, field, value)            Redis 7.4 and later
//!      time: 0 for none, else counted from the earliest one, plus 1
//! 25   earliest time: 8 bytes, listpack of (field, value, time or 0)       Redis 7.4 and later
//!      in the order of times
//! 22   count, then (field, value, time: 8 bytes, -1 for none)              Valkey 9 and later
//! ```

use std::io::Read;

use super::ziplist;
use crate::persist::rdb::encode::{Encoder, put_len};
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::{RdbError, corrupt, plain_len, read_string, text_bytes};
use crate::store::packed::{Item, Listpack, listpack};
use crate::store::types::{Hash, HashLimits, HashMut, HashRef};
use crate::store::{Encoding, IntText, OwnedValue, ValueRef};

const PLAIN: u8 = 4;
const ZIPMAP: u8 = 9;
const ZIPLIST: u8 = 13;
const LISTPACK: u8 = 16;
const TIMED_VALKEY: u8 = 22;
const TIMED: u8 = 24;
const TIMED_LISTPACK: u8 = 25;

/// When hashes that come in parts change their form: the defaults of `redis.conf`.
const LIMITS: HashLimits = HashLimits { entries: 512, value: 64 };

/// The type byte that a hash is written with.
pub(super) fn type_byte(value: ValueRef<'_>) -> u8 {
    let Some(hash) = HashRef::of(value).big() else { return LISTPACK };
    match (hash.encoding(), hash.expiring()) {
        (Encoding::ListpackEx, 0) => LISTPACK,
        (Encoding::ListpackEx, _) => TIMED_LISTPACK,
        (_, 0) => PLAIN,
        _ => TIMED,
    }
}

/// Appends the value.
pub(super) fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    let hash = HashRef::of(value);
    match (hash.big(), hash.packed()) {
        (Some(big), _) => match type_byte(value) {
            LISTPACK => encoder.string(out, &packed(hash, false)),
            TIMED_LISTPACK => {
                out.extend_from_slice(&earliest(big).to_le_bytes());
                encoder.string(out, &packed(hash, true));
            }
            byte => encode_big(encoder, out, big, byte == TIMED),
        },
        (None, pack) => encoder.string(out, pack.map_or(&[], Listpack::as_bytes)),
    }
}

fn earliest(hash: &Hash) -> i64 {
    hash.due().unwrap_or(0)
}

fn encode_big(encoder: &mut Encoder, out: &mut Vec<u8>, hash: &Hash, timed: bool) {
    let first = earliest(hash);
    if timed {
        out.extend_from_slice(&first.to_le_bytes());
    }
    put_len(out, hash.len() as u64);
    let mut text = IntText::default();
    for field in hash.fields() {
        if timed {
            put_len(out, field.expire_ms.map_or(0, |at| (at - first) as u64 + 1));
        }
        encoder.string(out, field.name.bytes(&mut text));
        encoder.string(out, field.value.bytes(&mut text));
    }
}

/// The fields as a listpack, in the order of their times, those without one last.
fn packed(hash: HashRef<'_>, timed: bool) -> Vec<u8> {
    let mut fields = hash.to_vec();
    fields.sort_by_key(|field| field.expire_ms.unwrap_or(i64::MAX));
    let mut items = Vec::with_capacity(fields.len() * 3);
    for field in &fields {
        items.extend([plain(field.name), plain(field.value)]);
        if timed {
            items.push(Item::Int(field.expire_ms.unwrap_or(0)));
        }
    }
    listpack::collect(items)
}

/// An item as listpacks hold it: an integer when it spells one.
fn plain(item: Item<'_>) -> Item<'_> {
    match item {
        Item::Str(bytes) => Item::of(bytes),
        number => number,
    }
}

/// A hash that is being read.
struct Builder {
    value: OwnedValue,
}

impl Builder {
    fn new(expected: u64) -> Builder {
        let mut value = LIMITS.empty();
        HashMut::new(&mut value, LIMITS).expect(usize::try_from(expected).unwrap_or(usize::MAX), 0);
        Builder { value }
    }

    /// Adds a field; false when it is there. A time of 0 is over as one of 1 is, but in the packed form 0 stands
    /// for none.
    fn add(&mut self, field: &[u8], value: &[u8], expire_ms: Option<i64>) -> bool {
        let mut hash = HashMut::new(&mut self.value, LIMITS);
        match expire_ms {
            Some(at) => hash.set_expiring(field, value, at.max(1)),
            None => hash.set(field, value),
        }
    }

    /// Adds fields and values by turns.
    fn add_all(&mut self, items: &[Item<'_>]) -> Option<()> {
        let (mut name, mut value) = (IntText::default(), IntText::default());
        for pair in items.chunks(2) {
            let [field, with] = pair else { return None };
            self.add(field.bytes(&mut name), with.bytes(&mut value), None).then_some(())?;
        }
        Some(())
    }

    fn done(self) -> Option<OwnedValue> {
        (!HashRef::of(self.value.as_ref()).is_empty()).then_some(self.value)
    }
}

/// Reads a value of one of the type bytes of a hash; none when it has no fields.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    if matches!(byte, PLAIN | TIMED_VALKEY | TIMED) {
        return decode_parts(input, byte, room);
    }
    if byte == TIMED_LISTPACK {
        input.array::<8>()?;
    }
    let text = read_string(input, room)?;
    let hash = decode_packed(byte, text_bytes(input, text, room));
    hash.map(Builder::done).map_err(|what| corrupt(input, what))
}

fn decode_packed(byte: u8, bytes: &[u8]) -> Result<Builder, &'static str> {
    match byte {
        ZIPMAP => {
            let items = ziplist::zipmap(bytes).filter(|items| !items.is_empty());
            let items = items.ok_or("Zipmap integrity check failed")?;
            built(byte, &items).ok_or("Zipmap integrity check failed: zipmap with dup elements")
        }
        ZIPLIST => {
            let items = ziplist::ziplist(bytes).ok_or("Hash ziplist integrity check failed")?;
            built(byte, &items).ok_or("Hash ziplist integrity check failed: ziplist with dup elements")
        }
        _ => {
            listpack::validate(bytes).ok_or("Hash listpack integrity check failed")?;
            let items: Vec<Item<'_>> = Listpack::new(bytes).iter().collect();
            built(byte, &items).ok_or("Hash listpack integrity check failed: listpack with dup elements")
        }
    }
}

/// A hash of items of one of the packed forms; none when a field comes twice, or without its value.
fn built(byte: u8, items: &[Item<'_>]) -> Option<Builder> {
    let width = if byte == TIMED_LISTPACK { 3 } else { 2 };
    let mut hash = Builder::new((items.len() / width) as u64);
    if byte == TIMED_LISTPACK {
        from_triples(&mut hash, items)?;
    } else {
        hash.add_all(items)?;
    }
    Some(hash)
}

fn from_triples(hash: &mut Builder, items: &[Item<'_>]) -> Option<()> {
    let (mut name, mut value) = (IntText::default(), IntText::default());
    for triple in items.chunks(3) {
        let [field, with, Item::Int(at @ 0..)] = triple else { return None };
        let at = Some(*at).filter(|at| *at > 0);
        hash.add(field.bytes(&mut name), with.bytes(&mut value), at).then_some(())?;
    }
    Some(())
}

fn decode_parts<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    let first = if byte == TIMED { i64::from_le_bytes(input.array()?) } else { 0 };
    let count = plain_len(input)?;
    let mut hash = Builder::new(count);
    for _ in 0..count {
        input.begin_item();
        let mut at = match byte {
            TIMED => match i64::try_from(plain_len(input)?) {
                Ok(0) => None,
                Ok(delta) => {
                    Some(first.checked_add(delta - 1).ok_or_else(|| corrupt(input, "a time too far"))?)
                }
                Err(_) => return Err(corrupt(input, "a time too far")),
            },
            _ => None,
        };
        let text = read_string(input, room)?;
        let field = text_bytes(input, text, room).to_vec();
        let text = read_string(input, room)?;
        let value = text_bytes(input, text, room).to_vec();
        if byte == TIMED_VALKEY {
            at = Some(i64::from_le_bytes(input.array()?)).filter(|at| *at >= 0);
        }
        if at.is_some_and(|at| !(0..i64::MAX).contains(&at)) {
            return Err(corrupt(input, "a time too far"));
        }
        if !hash.add(&field, &value, at) {
            return Err(corrupt(input, "Duplicate hash fields detected"));
        }
    }
    Ok(hash.done())
}
