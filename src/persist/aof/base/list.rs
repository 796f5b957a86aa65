//! A list as RPUSH commands.

use super::ITEMS_MAX;
use crate::resp::request::encode_command;
use crate::store::ValueRef;
use crate::store::types::list::ListRef;

/// The commands that make the list.
pub(super) fn put(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>) {
    let Some(list) = ListRef::of(value) else { return };
    let mut words: Vec<Vec<u8>> = Vec::new();
    list.each(0, usize::MAX, false, &mut |item| {
        words.push(item.to_vec());
        if words.len() == ITEMS_MAX {
            flush(out, key, &mut words);
        }
        true
    });
    flush(out, key, &mut words);
}

fn flush(out: &mut Vec<u8>, key: &[u8], words: &mut Vec<Vec<u8>>) {
    if words.is_empty() {
        return;
    }
    let mut command: Vec<&[u8]> = vec![b"RPUSH", key];
    command.extend(words.iter().map(Vec::as_slice));
    encode_command(out, command);
    words.clear();
}
