//! The stream. Three forms, each the one before with more at the end of a part:
//!
//! ```text
//! nodes: count, then id (16 bytes as a string) and listpack (string) of each
//! length  last id
//! [19, 21: first id, largest deleted id, entries added]
//! groups: count, then of each: name  last id  [19, 21: entries read, 2^64-1 = not known]
//!   pending: count, then of each: id (16 bytes)  delivered (8 bytes, ms)  how often
//!   consumers: count, then of each: name  seen (8 bytes, ms)  [21: active (8 bytes, ms)]
//!     pending: count, then ids (16 bytes each)
//! ```
//!
//! Written is 19, which Redis 7.0 reads; it holds all but the time a consumer was last active, which its
//! readers take for the time it was last seen.

use std::io::Read;

use crate::persist::rdb::encode::{Encoder, put_len};
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::{self, RdbError};
use crate::store::types::stream::{Group, Id, Node, Stream};
use crate::store::{Object, OwnedValue, ValueRef};

/// With first id, largest deleted id and counters.
const WITH_COUNTERS: u8 = 19;
/// With the active times of consumers.
const WITH_ACTIVE: u8 = 21;

/// The type byte that a stream is written with.
pub(super) fn type_byte(_value: ValueRef<'_>) -> u8 {
    WITH_COUNTERS
}

fn put_id(out: &mut Vec<u8>, id: Id) {
    put_len(out, id.ms);
    put_len(out, id.seq);
}

/// Appends the value.
pub(super) fn encode(encoder: &mut Encoder, out: &mut Vec<u8>, value: ValueRef<'_>) {
    let ValueRef::Object(Object::Stream(stream)) = value else { return };
    put_len(out, stream.nodes().len() as u64);
    for (master, node) in stream.nodes().iter() {
        encoder.string(out, &master.to_bytes());
        encoder.string(out, &node.to_listpack(master));
    }
    put_len(out, stream.len() as u64);
    put_id(out, stream.last_id);
    put_id(out, stream.first_id());
    put_id(out, stream.max_deleted_id);
    put_len(out, stream.entries_added);
    put_len(out, stream.group_count() as u64);
    for (name, group) in stream.groups() {
        encoder.string(out, name);
        put_group(encoder, out, group);
    }
}

fn put_group(encoder: &mut Encoder, out: &mut Vec<u8>, group: &Group) {
    put_id(out, group.last_id);
    put_len(out, group.entries_read.unwrap_or(u64::MAX));
    put_len(out, group.pending().len() as u64);
    for (id, pending) in group.pending().iter() {
        out.extend_from_slice(&id.to_bytes());
        out.extend_from_slice(&pending.delivered_ms.to_le_bytes());
        put_len(out, pending.count);
    }
    put_len(out, group.consumer_count() as u64);
    for consumer in group.consumers() {
        encoder.string(out, &consumer.name);
        out.extend_from_slice(&consumer.seen_ms.to_le_bytes());
        put_len(out, consumer.pending().len() as u64);
        consumer.pending().iter().for_each(|(id, ())| out.extend_from_slice(&id.to_bytes()));
    }
}

/// Reads a value of one of the type bytes of a stream.
pub(super) fn decode<R: Read>(
    input: &mut Input<R>,
    byte: u8,
    room: &mut Vec<u8>,
) -> Result<OwnedValue, RdbError> {
    let mut stream = Stream::default();
    let mut source = Source { input, room, byte };
    let nodes = source.len()?;
    for _ in 0..nodes {
        source.node(&mut stream)?;
    }
    source.counters(&mut stream)?;
    let groups = source.len()?;
    for _ in 0..groups {
        let name = source.string()?;
        let group = source.group(&stream)?;
        source.check(stream.add_group(&name, group), "Duplicated consumer group name")?;
    }
    Ok(OwnedValue::Object(Box::new(Object::Stream(stream))))
}

/// Where the parts of a stream are read from.
struct Source<'a, R> {
    input: &'a mut Input<R>,
    room: &'a mut Vec<u8>,
    byte: u8,
}

impl<R: Read> Source<'_, R> {
    /// Bytes that are read are no longer needed for this value: everything is taken over at once.
    fn len(&mut self) -> Result<u64, RdbError> {
        self.input.begin_item();
        reader::plain_len(self.input)
    }

    fn string(&mut self) -> Result<Vec<u8>, RdbError> {
        self.input.begin_item();
        let text = reader::read_string(self.input, self.room)?;
        Ok(reader::text_bytes(self.input, text, self.room).to_vec())
    }

    fn id(&mut self) -> Result<Id, RdbError> {
        Ok(Id::new(self.len()?, self.len()?))
    }

    fn raw_id(&mut self) -> Result<Id, RdbError> {
        self.input.begin_item();
        self.input.array().map(Id::from_bytes)
    }

    fn millis(&mut self) -> Result<i64, RdbError> {
        self.input.begin_item();
        self.input.array().map(i64::from_le_bytes)
    }

    fn check(&self, good: bool, otherwise: &'static str) -> Result<(), RdbError> {
        if good { Ok(()) } else { Err(reader::corrupt(self.input, otherwise)) }
    }

    fn node(&mut self, stream: &mut Stream) -> Result<(), RdbError> {
        let master = <[u8; 16]>::try_from(self.string()?).ok().map(Id::from_bytes);
        let broken = "Stream node key entry is not the size of a stream ID";
        let master = master.ok_or_else(|| reader::corrupt(self.input, broken))?;
        let pack = self.string()?;
        let broken = "Stream listpack integrity check failed";
        let node = Node::from_listpack(master, &pack).ok_or_else(|| reader::corrupt(self.input, broken))?;
        self.check(stream.restore_node(master, node), "Listpack re-added with existing key, or out of order")
    }

    fn counters(&mut self, stream: &mut Stream) -> Result<(), RdbError> {
        let length = self.len()?;
        self.check(length == stream.len() as u64, "Stream length inconsistent with rax entries")?;
        stream.last_id = self.id()?;
        let last = stream.nodes().last().map_or(Id::MIN, |(_, node)| node.last());
        self.check(last <= stream.last_id, "Stream last ID before its last entry")?;
        if self.byte >= WITH_COUNTERS {
            self.id()?; // the first id: the nodes say it
            stream.max_deleted_id = self.id()?;
            stream.entries_added = self.len()?;
        } else {
            stream.entries_added = length;
        }
        Ok(())
    }

    fn group(&mut self, stream: &Stream) -> Result<Group, RdbError> {
        let last_id = self.id()?;
        let read = if self.byte >= WITH_COUNTERS {
            Some(self.len()?).filter(|read| *read <= i64::MAX as u64)
        } else {
            stream.distance_to(last_id)
        };
        let mut group = Group::new(last_id, read);
        let pending = self.len()?;
        for _ in 0..pending {
            let id = self.raw_id()?;
            let (delivered_ms, count) = (self.millis()?, self.len()?);
            self.check(
                group.restore_pending(id, delivered_ms, count),
                "Duplicated global PEL entry loading stream consumer group",
            )?;
        }
        let consumers = self.len()?;
        for _ in 0..consumers {
            self.consumer(&mut group)?;
        }
        self.check(group.is_whole(), "Stream CG PEL entry without consumer")?;
        Ok(group)
    }

    fn consumer(&mut self, group: &mut Group) -> Result<(), RdbError> {
        let name = self.string()?;
        let seen_ms = self.millis()?;
        let active_ms = if self.byte >= WITH_ACTIVE { self.millis()? } else { seen_ms };
        let (number, fresh) = group.number_or_create(&name, seen_ms);
        self.check(fresh, "Duplicate stream consumer detected")?;
        if let Some(consumer) = group.consumer_mut(number) {
            consumer.active_ms = active_ms;
        }
        let pending = self.len()?;
        for _ in 0..pending {
            let id = self.raw_id()?;
            self.check(
                group.restore_owner(id, number),
                "Consumer entry not found in group global PEL, or twice",
            )?;
        }
        Ok(())
    }
}
