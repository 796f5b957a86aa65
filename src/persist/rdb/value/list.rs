//! The list. Written as type 18, the nodes of a quicklist; a small list is one node.
//!
//! ```text
//!  1  list           count, string ...
//! 10  ziplist        one string: a ziplist
//! 14  quicklist      count, ziplist as a string ...
//! 18  quicklist 2    count, (container, string) ...     container 1: the element, 2: a listpack
//! ```

use std::io::Read;

use crate::persist::rdb::encode::{Encoder, put_len};
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::{RdbError, corrupt, plain_len, read_string, text_bytes};
use crate::persist::rdb::value::ziplist::ziplist;
use crate::store::packed::listpack;
use crate::store::types::list::{End, List, ListRef, Node, Rules, settled};
use crate::store::{OwnedValue, ValueRef};

const LIST: u8 = 1;
const ZIPLIST: u8 = 10;
const QUICKLIST: u8 = 14;
const QUICKLIST_2: u8 = 18;

const PLAIN: u64 = 1;
const PACKED: u64 = 2;

/// The type byte that a list is written with.
pub(super) fn type_byte(_value: ValueRef<'_>) -> u8 {
    QUICKLIST_2
}

/// Appends the value.
pub(super) fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    match ListRef::of(value) {
        Some(ListRef::Packed(pack)) => {
            put_len(out, 1);
            put_len(out, PACKED);
            encoder.string(out, pack.as_bytes());
        }
        Some(ListRef::Big(list)) => {
            put_len(out, list.node_count() as u64);
            for node in list.nodes() {
                put_len(out, if node.is_plain() { PLAIN } else { PACKED });
                encoder.string(out, &node.bytes());
            }
        }
        None => unreachable!("the caller has checked that the value is a list"),
    }
}

/// Reads a value of one of the type bytes of a list; none when it has no elements.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    let rules = Rules::default();
    let mut list = List::default();
    let parts = if byte == ZIPLIST { 1 } else { plain_len(input)? };
    for _ in 0..parts {
        let plain = match byte {
            QUICKLIST_2 => match plain_len(input)? {
                PLAIN => true,
                PACKED => false,
                _ => return Err(corrupt(input, "Quicklist integrity check failed")),
            },
            _ => false,
        };
        let text = read_string(input, room)?;
        let bytes = text_bytes(input, text, room);
        let taken = match byte {
            _ if bytes.is_empty() && byte != LIST => false,
            LIST => {
                list.push(End::Right, bytes, rules);
                true
            }
            ZIPLIST | QUICKLIST => take_ziplist(&mut list, bytes, rules),
            _ if plain => {
                list.push_node(End::Right, Node::plain(bytes.to_vec()));
                true
            }
            _ => take_listpack(&mut list, bytes),
        };
        if !taken {
            return Err(corrupt(input, damaged(byte)));
        }
    }
    Ok(settled(list, rules))
}

fn damaged(byte: u8) -> &'static str {
    match byte {
        ZIPLIST => "List ziplist integrity check failed",
        QUICKLIST => "Ziplist integrity check failed",
        _ => "Listpack integrity check failed",
    }
}

fn take_ziplist(list: &mut List, bytes: &[u8], rules: Rules) -> bool {
    let Some(items) = ziplist(bytes) else { return false };
    for item in items {
        list.push(End::Right, &item.to_vec(), rules);
    }
    true
}

fn take_listpack(list: &mut List, bytes: &[u8]) -> bool {
    let Some(count) = listpack::validate(bytes) else { return false };
    if count > 0 {
        list.push_node(End::Right, Node::packed(bytes.to_vec(), count));
    }
    true
}
