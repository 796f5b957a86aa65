//! Commands on streams and consumer groups, one file per task. Here is what they share: reading ids, finding
//! the stream behind a key, writing entries, and the effects that stand for deliveries.

mod acked;
mod add;
mod claim;
mod group;
mod info;
mod pending;
mod range;
mod read;

use std::io::Write;

use crate::resp::{Args, Reply, number};
use crate::server::commands::{Table, parse};
use crate::server::config::Events;
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::packed::Item;
use crate::store::types::stream::{Entry, Id, Pending, Stream};
use crate::store::{Kind, Object, OwnedValue, ValueRef};

/// This family's handlers.
pub const TABLE: Table = &[
    ("xadd", add::xadd),
    ("xtrim", add::xtrim),
    ("xdel", add::xdel),
    ("xsetid", add::xsetid),
    ("xlen", range::xlen),
    ("xrange", range::xrange),
    ("xrevrange", range::xrevrange),
    ("xread", read::xread),
    ("xreadgroup", read::xreadgroup),
    ("xgroup|create", group::create),
    ("xgroup|setid", group::setid),
    ("xgroup|destroy", group::destroy),
    ("xgroup|createconsumer", group::create_consumer),
    ("xgroup|delconsumer", group::delete_consumer),
    ("xgroup|help", group::help),
    ("xack", group::xack),
    ("xclaim", claim::xclaim),
    ("xautoclaim", claim::xautoclaim),
    ("xpending", pending::xpending),
    ("xinfo|stream", info::stream),
    ("xinfo|groups", info::groups),
    ("xinfo|consumers", info::consumers),
    ("xinfo|help", info::help),
    ("xdelex", acked::xdelex),
    ("xackdel", acked::xackdel),
];

const INVALID_ID: Fault = Fault::new("ERR Invalid stream ID specified as stream command argument");

/// A part of an id.
fn id_part(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok().filter(|text| text.len() < 128)?.parse().ok()
}

/// An id that must be spelled out; `seq` is the sequence number when only milliseconds are given.
fn strict_id(arg: &[u8], seq: u64) -> Result<Id, Fault> {
    let mut parts = arg.splitn(2, |byte| *byte == b'-');
    let ms = parts.next().and_then(id_part).ok_or(INVALID_ID)?;
    match parts.next() {
        None => Ok(Id::new(ms, seq)),
        Some(text) => id_part(text).map(|seq| Id::new(ms, seq)).ok_or(INVALID_ID),
    }
}

/// An id, or `-` and `+` for the smallest and the largest.
fn loose_id(arg: &[u8], seq: u64) -> Result<Id, Fault> {
    match arg {
        b"-" => Ok(Id::MIN),
        b"+" => Ok(Id::MAX),
        _ => strict_id(arg, seq),
    }
}

/// The start of a range, which may be exclusive.
fn range_start(arg: &[u8]) -> Result<Id, Fault> {
    match arg {
        [b'(', rest @ ..] if !rest.is_empty() => {
            strict_id(rest, 0)?.next().ok_or(Fault::new("ERR invalid start ID for the interval"))
        }
        _ => loose_id(arg, 0),
    }
}

/// The end of a range, which may be exclusive.
fn range_end(arg: &[u8]) -> Result<Id, Fault> {
    match arg {
        [b'(', rest @ ..] if !rest.is_empty() => {
            strict_id(rest, u64::MAX)?.prev().ok_or(Fault::new("ERR invalid end ID for the interval"))
        }
        _ => loose_id(arg, u64::MAX),
    }
}

/// An id in text, in a buffer of its own.
struct IdText {
    bytes: [u8; 41],
    len: usize,
}

impl IdText {
    fn new(id: Id) -> IdText {
        let mut bytes = [0; 41];
        let mut rest = &mut bytes[..];
        let fits = write!(rest, "{id}").is_ok();
        let left = rest.len();
        debug_assert!(fits);
        IdText { bytes, len: 41 - left }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

fn put_id(reply: &mut Reply, id: Id) {
    reply.bulk(IdText::new(id).as_bytes());
}

fn put_item(reply: &mut Reply, item: Item<'_>) {
    match item {
        Item::Int(number) => reply.bulk_int(number),
        Item::Str(bytes) => reply.bulk(bytes),
    }
}

/// An entry: its id, and fields with values.
fn put_entry(reply: &mut Reply, entry: &Entry<'_>) {
    reply.array(2);
    put_id(reply, entry.id);
    reply.array(entry.len() * 2);
    for (field, value) in entry.pairs() {
        put_item(reply, field);
        put_item(reply, value);
    }
}

/// Entries as an array.
fn put_entries<'a>(reply: &mut Reply, entries: impl Iterator<Item = Entry<'a>>) -> usize {
    let place = reply.deferred();
    let mut count = 0;
    for entry in entries {
        put_entry(reply, &entry);
        count += 1;
    }
    reply.close_array(place, count);
    count
}

fn as_stream(value: ValueRef<'_>) -> &Stream {
    match value {
        ValueRef::Object(Object::Stream(stream)) => stream,
        _ => unreachable!("the caller has checked that the value is a stream"),
    }
}

/// The stream of a key to look at.
fn stream_of<'a>(data: &'a mut Data<'_>, key: &[u8]) -> Result<Option<&'a Stream>, Fault> {
    Ok(data.read_as(key, Kind::Stream)?.map(|entry| as_stream(entry.value())))
}

/// Lets `f` change the stream of a key, when there is one.
fn edit<R>(data: &mut Data<'_>, key: &[u8], f: impl FnOnce(&mut Stream) -> R) -> Result<Option<R>, Fault> {
    let entry = data.write_as(key, Kind::Stream)?;
    Ok(entry.and_then(|mut entry| match entry.object_mut() {
        Some(Object::Stream(stream)) => Some(f(stream)),
        _ => None,
    }))
}

/// The same, and the stream is made when there is none.
fn edit_or_create<R>(data: &mut Data<'_>, key: &[u8], f: impl FnOnce(&mut Stream) -> R) -> Result<R, Fault> {
    let empty = || OwnedValue::Object(Box::new(Object::Stream(Stream::default())));
    let mut entry = data.write_or_create(key, empty, Kind::Stream)?;
    match entry.object_mut() {
        Some(Object::Stream(stream)) => Ok(f(stream)),
        _ => Err(fault::WRONG_TYPE),
    }
}

/// The error of commands on a group that is not there.
fn no_group(key: &[u8], group: &[u8]) -> Fault {
    let (key, group) = (parse::lossy(key), parse::lossy(group));
    Fault::line(format!("NOGROUP No such key '{key}' or consumer group '{group}'"))
}

/// The error of XGROUP and XINFO on a group that is not there.
fn no_such_group(key: &[u8], group: &[u8]) -> Fault {
    let (key, group) = (parse::lossy(key), parse::lossy(group));
    Fault::line(format!("NOGROUP No such consumer group '{group}' for key name '{key}'"))
}

/// A key with a group and a consumer, as effects name them.
#[derive(Clone, Copy)]
struct Place<'a> {
    key: &'a [u8],
    group: &'a [u8],
    consumer: &'a [u8],
}

impl Place<'_> {
    /// The effect of an entry given to the consumer.
    fn claim_effect(&self, data: &mut Data<'_>, last_id: Id, id: Id, pending: Pending) {
        if !data.journaling {
            return;
        }
        let (id, last_id) = (IdText::new(id), IdText::new(last_id));
        let (time, count) = (pending.delivered_ms.to_string(), pending.count.to_string());
        let head = [b"XCLAIM".as_slice(), self.key, self.group, self.consumer, b"0", id.as_bytes()];
        let tail =
            [b"TIME".as_slice(), time.as_bytes(), b"RETRYCOUNT", count.as_bytes(), b"FORCE", b"JUSTID"];
        let args: Vec<&[u8]> =
            head.into_iter().chain(tail).chain([b"LASTID".as_slice(), last_id.as_bytes()]).collect();
        let db = data.db;
        data.effect(db, &args);
    }

    /// The effect of a group that has moved on.
    fn setid_effect(&self, data: &mut Data<'_>, last_id: Id, read: Option<u64>) {
        let (last_id, read) = (IdText::new(last_id), read.map_or(-1, |read| read as i64).to_string());
        let db = data.db;
        let args = [
            b"XGROUP",
            b"SETID".as_slice(),
            self.key,
            self.group,
            last_id.as_bytes(),
            b"ENTRIESREAD",
            read.as_bytes(),
        ];
        data.effect(db, &args);
    }

    /// The effect of a new consumer.
    fn consumer_effect(&self, data: &mut Data<'_>) {
        let db = data.db;
        data.effect(db, &[b"XGROUP", b"CREATECONSUMER", self.key, self.group, self.consumer]);
    }

    /// A consumer was made by a command that is about something else.
    fn consumer_made(&self, data: &mut Data<'_>) {
        data.dirty += 1;
        data.event(Events::STREAM, "xgroup-createconsumer", self.key);
    }
}

/// The ids of `n id ...`, which may not be all that follows.
fn counted_ids(args: Args<'_>, at: usize) -> Result<Vec<Id>, Fault> {
    let count = args.get(at).and_then(number::parse_i64).and_then(|count| usize::try_from(count).ok());
    let count = count.filter(|count| *count > 0);
    let count = count.ok_or(Fault::new("ERR Number of IDs must be a positive integer"))?;
    if args.len() - at - 1 < count {
        return Err(Fault::new("ERR The `numids` parameter must match the number of arguments"));
    }
    args.tail(at + 1).iter().take(count).map(|arg| strict_id(arg, 0)).collect()
}

/// The end of a command that changed a stream.
fn changed(ctx: &mut Ctx<'_>, event: &str, key: &[u8]) {
    ctx.data.changed(Events::STREAM, event, key);
}
