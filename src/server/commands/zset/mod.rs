//! Commands on sorted sets. Each file has one kind: adding and removing, ranges, single scores and ranks,
//! taking from an end, combining several, walking. All of them see a sorted set as elements with ranks
//! ([`ZsetRef`]), whichever form it has.

use crate::resp::{Reply, number};
use crate::server::commands::Table;
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Ctx, Data, fresh_access};
use crate::server::fault::{self, Fault};
use crate::store::packed::Item;
use crate::store::types::zset::{Limits, ZsetMut, ZsetRef, collect};
use crate::store::{Inserted, Kind, OwnedEntry, OwnedValue, Packing};

mod add;
mod bounds;
mod combine;
mod number_text;
mod pop;
mod range;
mod scan;
mod score;
mod source;

pub use crate::store::types::zset::fit;
pub use add::zadd;

/// This family's handlers.
pub const TABLE: Table = &[
    ("zadd", add::zadd),
    ("zincrby", add::zincrby),
    ("zrem", add::zrem),
    ("zremrangebyrank", range::zremrangebyrank),
    ("zremrangebyscore", range::zremrangebyscore),
    ("zremrangebylex", range::zremrangebylex),
    ("zrange", range::zrange),
    ("zrangestore", range::zrangestore),
    ("zrevrange", range::zrevrange),
    ("zrangebyscore", range::zrangebyscore),
    ("zrevrangebyscore", range::zrevrangebyscore),
    ("zrangebylex", range::zrangebylex),
    ("zrevrangebylex", range::zrevrangebylex),
    ("zcount", range::zcount),
    ("zlexcount", range::zlexcount),
    ("zcard", score::zcard),
    ("zscore", score::zscore),
    ("zmscore", score::zmscore),
    ("zrank", score::zrank),
    ("zrevrank", score::zrevrank),
    ("zunion", combine::zunion),
    ("zunionstore", combine::zunionstore),
    ("zinter", combine::zinter),
    ("zinterstore", combine::zinterstore),
    ("zintercard", combine::zintercard),
    ("zdiff", combine::zdiff),
    ("zdiffstore", combine::zdiffstore),
    ("zpopmin", pop::zpopmin),
    ("zpopmax", pop::zpopmax),
    ("zmpop", pop::zmpop),
    ("bzpopmin", pop::bzpopmin),
    ("bzpopmax", pop::bzpopmax),
    ("bzmpop", pop::bzmpop),
    ("zrandmember", scan::zrandmember),
    ("zscan", scan::zscan),
];

/// Up to which size sorted sets are packed, by the settings.
pub fn limits(settings: &Settings) -> Limits {
    Limits { entries: settings.zset_max_listpack_entries, value: settings.zset_max_listpack_value }
}

/// The sorted set of a key, to read.
pub fn read<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<ZsetRef<'d>>, Fault> {
    Ok(data.read_as(key, Kind::Zset)?.and_then(|entry| ZsetRef::new(entry.value())))
}

/// The sorted set of a key, to change.
pub fn edit<'d>(data: &'d mut Data<'_>, key: &[u8], limits: Limits) -> Result<Option<ZsetMut<'d>>, Fault> {
    Ok(data.write_as(key, Kind::Zset)?.map(|entry| ZsetMut::new(entry, limits)))
}

/// The sorted set of a key, to add to; made when it is not there.
pub fn edit_or_create<'d>(data: &'d mut Data<'_>, key: &[u8], limits: Limits) -> Result<ZsetMut<'d>, Fault> {
    let empty = || OwnedValue::Packed(Kind::Zset, Packing::Listpack, crate::store::packed::listpack::empty());
    Ok(ZsetMut::new(data.write_or_create(key, empty, Kind::Zset)?, limits))
}

/// Reports that `count` elements were removed, and removes the key when none is left.
pub fn removed(data: &mut Data<'_>, event: &str, key: &[u8], count: usize, empty: bool) {
    if count == 0 {
        return;
    }
    data.changed(Events::ZSET, event, key);
    data.dirty += count as u64 - 1;
    if empty && data.remove(key) {
        data.event(Events::GENERIC, "del", key);
    }
}

/// Puts elements, which are in order, in the place of what a key holds; without any the key goes.
/// Replies how many there are.
pub fn store(ctx: &mut Ctx<'_>, key: &[u8], elements: &[(Vec<u8>, f64)], event: &str) {
    ctx.reply.count(elements.len());
    if !elements.is_empty() {
        let value = collect(elements, limits(ctx.settings));
        let access = fresh_access(ctx.settings, ctx.now_ms());
        let db = ctx.data.db;
        let (slice, hash) = ctx.data.raw(db, key);
        if slice.put(hash, key, OwnedEntry { value, expire_ms: None, access }) == Inserted::New {
            ctx.data.created(key);
        }
        ctx.data.changed(Events::ZSET, event, key);
    } else if ctx.data.remove(key) {
        ctx.data.changed(Events::GENERIC, "del", key);
    }
}

/// Puts elements in the order of sorted sets.
pub fn sort(elements: &mut [(Vec<u8>, f64)]) {
    elements.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
}

/// Writes a member.
pub fn write_member(reply: &mut Reply, member: Item<'_>) {
    match member {
        Item::Int(number) => reply.bulk_int(number),
        Item::Str(bytes) => reply.bulk(bytes),
    }
}

/// Begins a reply of so many members, with or without their scores.
fn begin(reply: &mut Reply, count: usize, scores: bool) {
    reply.array(if scores && !reply.is_resp3() { 2 * count } else { count });
}

/// Writes one element of such a reply: in RESP3 member and score are a pair.
fn write(reply: &mut Reply, member: Item<'_>, score: Option<f64>) {
    if score.is_some() && reply.is_resp3() {
        reply.array(2);
    }
    write_member(reply, member);
    if let Some(score) = score {
        number_text::write(reply, score);
    }
}

/// A score in an argument.
pub fn score_arg(arg: &[u8]) -> Result<f64, Fault> {
    number_text::parse(arg).ok_or(fault::NOT_FLOAT)
}

/// An integer of at least 0, with an error of its own for those below.
fn not_negative(arg: &[u8], words: &'static str) -> Result<usize, Fault> {
    match number::parse_i64(arg) {
        Some(value) => usize::try_from(value).map_err(|_| Fault::new(words)),
        None => Err(fault::NOT_INTEGER),
    }
}

/// A count of at least 1; whatever else it is, the error has these words.
pub fn above_zero(arg: &[u8], words: &'static str) -> Result<usize, Fault> {
    let value = number::parse_i64(arg).and_then(|value| usize::try_from(value).ok());
    value.filter(|value| *value > 0).ok_or(Fault::new(words))
}
