//! A sorted set as ZADD commands.

use crate::resp::number::double_text;
use crate::resp::request::encode_command;
use crate::store::ValueRef;
use crate::store::types::zset::ZsetRef;

use super::ITEMS_MAX;

/// The commands that make a sorted set.
pub(super) fn put(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>) {
    let mut elements = ZsetRef::new(value).into_iter().flat_map(|set| set.iter());
    loop {
        let mut words = vec![b"ZADD".to_vec(), key.to_vec()];
        for element in elements.by_ref().take(ITEMS_MAX) {
            words.push(double_text(element.score).into_bytes());
            words.push(element.member.to_vec());
        }
        if words.len() == 2 {
            return;
        }
        encode_command(out, words.iter());
    }
}
