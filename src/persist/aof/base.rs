//! A base in AOF form: keys as the commands that make them (`aof-use-rdb-preamble no`), and the
//! commands that the writer puts into an incr itself.

use crate::resp::number::IntText;
use crate::resp::request::encode_command;
use crate::store::{Kind, Object, ValueRef};

mod list;
mod members;
mod stream;
mod zset;

/// Most items of one command (Redis: 64).
const ITEMS_MAX: usize = 64;

/// `SELECT db`.
pub fn put_select(out: &mut Vec<u8>, db: u32) {
    encode_command(out, [b"SELECT".as_slice(), db.to_string().as_bytes()]);
}

/// One key: the commands that make its value, and `PEXPIREAT` when it expires.
pub fn put_key(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>, expire_ms: Option<i64>) {
    match value {
        ValueRef::Str(bytes) => encode_command(out, [b"SET", key, bytes]),
        ValueRef::Int(number) => encode_command(out, [b"SET", key, IntText::new(number).as_bytes()]),
        ValueRef::Object(Object::Stream(stream)) => stream::put(out, key, stream),
        ValueRef::Packed(..) | ValueRef::Object(_) => put_collection(out, key, value),
    }
    if let Some(ms) = expire_ms {
        encode_command(out, [b"PEXPIREAT", key, IntText::new(ms).as_bytes()]);
    }
}

fn put_collection(out: &mut Vec<u8>, key: &[u8], value: ValueRef<'_>) {
    match value.kind() {
        Kind::List => list::put(out, key, value),
        Kind::Set => members::put_set(out, key, value),
        Kind::Zset => zset::put(out, key, value),
        Kind::Hash => members::put_hash(out, key, value),
        Kind::String | Kind::Stream => unreachable!("neither is a collection here"),
    }
}

/// The annotation of `aof-timestamp-enabled`: what follows was written at this second or later.
pub fn put_timestamp(out: &mut Vec<u8>, unix_secs: i64) {
    out.extend_from_slice(format!("#TS:{unix_secs}\r\n").as_bytes());
}
