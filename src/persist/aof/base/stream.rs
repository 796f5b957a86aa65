//! A stream as commands: XADD of every entry, XSETID with the counters, and of each group XGROUP CREATE and
//! one XCLAIM for each pending entry.

use crate::resp::request::encode_command;
use crate::store::IntText;
use crate::store::types::stream::{Consumer, Group, Id, Stream};

/// Appends the commands that make a stream.
pub(super) fn put(out: &mut Vec<u8>, key: &[u8], stream: &Stream) {
    if stream.is_empty() {
        put_empty(out, key, stream.last_id);
    }
    for entry in stream.range(Id::MIN, Id::MAX) {
        let mut parts = vec![b"XADD".to_vec(), key.to_vec(), text(entry.id)];
        parts.extend(entry.pairs().flat_map(|(field, value)| [field.to_vec(), value.to_vec()]));
        encode_command(out, parts);
    }
    let (added, deleted) = (stream.entries_added.to_string(), text(stream.max_deleted_id));
    let last = text(stream.last_id);
    encode_command(
        out,
        [b"XSETID".as_slice(), key, &last, b"ENTRIESADDED", added.as_bytes(), b"MAXDELETEDID", &deleted],
    );
    for (name, group) in stream.groups() {
        put_group(out, key, name, group);
    }
}

fn text(id: Id) -> Vec<u8> {
    id.to_string().into_bytes()
}

/// A stream that is there and has no entries: one is added and trimmed at once.
fn put_empty(out: &mut Vec<u8>, key: &[u8], last_id: Id) {
    let id = text(last_id.max(Id::new(0, 1)));
    encode_command(out, [b"XADD".as_slice(), key, b"MAXLEN", b"0", &id, b"x", b"y"]);
}

fn put_group(out: &mut Vec<u8>, key: &[u8], name: &[u8], group: &Group) {
    let read = group.entries_read.map_or(-1, |read| read as i64).to_string();
    let last = text(group.last_id);
    encode_command(out, [b"XGROUP".as_slice(), b"CREATE", key, name, &last, b"ENTRIESREAD", read.as_bytes()]);
    for consumer in group.consumers() {
        put_consumer(out, key, name, group, consumer);
    }
}

fn put_consumer(out: &mut Vec<u8>, key: &[u8], name: &[u8], group: &Group, consumer: &Consumer) {
    if consumer.pending().is_empty() {
        encode_command(out, [b"XGROUP".as_slice(), b"CREATECONSUMER", key, name, &consumer.name]);
    }
    for (id, ()) in consumer.pending().iter() {
        let Some(pending) = group.pending().get(id) else { continue };
        let (mut time, count) = (IntText::default(), pending.count.to_string());
        let (id, time) = (text(id), time.spell(pending.delivered_ms));
        let head = [b"XCLAIM".as_slice(), key, name, &consumer.name, b"0", &id];
        let tail = [b"TIME".as_slice(), time, b"RETRYCOUNT", count.as_bytes(), b"JUSTID", b"FORCE"];
        encode_command(out, head.into_iter().chain(tail).collect::<Vec<_>>());
    }
}
