//! Sets and hashes as commands: `SADD`, `HMSET`, and `HPEXPIREAT` for fields that expire.

use crate::resp::number::IntText as Digits;
use crate::resp::request::encode_command;
use crate::store::types::{HashRef, SetRef};
use crate::store::{IntText, ValueRef};

/// Items of one command, as in Redis.
const ITEMS_MAX: usize = 64;

/// A set.
pub(super) fn put_set(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>) {
    let mut text = IntText::default();
    let members: Vec<Vec<u8>> =
        SetRef::of(value).to_vec().into_iter().map(|m| m.bytes(&mut text).to_vec()).collect();
    for some in members.chunks(ITEMS_MAX) {
        let words: Vec<&[u8]> = [b"SADD", key].into_iter().chain(some.iter().map(|m| &m[..])).collect();
        encode_command(out, words);
    }
}

/// A hash.
pub(super) fn put_hash(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>) {
    let fields = HashRef::of(value).to_vec();
    let (mut name, mut with) = (IntText::default(), IntText::default());
    for some in fields.chunks(ITEMS_MAX) {
        let mut words: Vec<Vec<u8>> = vec![b"HMSET".to_vec(), key.to_vec()];
        for field in some {
            words.push(field.name.bytes(&mut name).to_vec());
            words.push(field.value.bytes(&mut with).to_vec());
        }
        encode_command(out, words.iter().map(Vec::as_slice));
    }
    for field in &fields {
        if let Some(at) = field.expire_ms {
            let (at, field) = (Digits::new(at), field.name.bytes(&mut name));
            encode_command(out, [b"HPEXPIREAT", key, at.as_bytes(), b"FIELDS", b"1", field]);
        }
    }
}
