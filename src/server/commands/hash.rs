//! Commands on hashes that set, get, remove and list fields. Numbers, random choice and HSCAN are in
//! `hash_values.rs`, times to live in `hash_expiry.rs`.

use crate::resp::Args;
use crate::server::commands::Table;
use crate::server::commands::set::write_item;
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::types::{FieldRef, HashLimits, HashMut, HashRef};
use crate::store::{EntryMut, Kind};

/// This family's handlers.
pub const TABLE: Table = &[
    ("hset", hset),
    ("hsetnx", hsetnx),
    ("hmset", hmset),
    ("hget", hget),
    ("hmget", hmget),
    ("hgetall", hgetall),
    ("hkeys", hkeys),
    ("hvals", hvals),
    ("hdel", hdel),
    ("hlen", hlen),
    ("hexists", hexists),
    ("hstrlen", hstrlen),
];

/// When hashes change their form.
#[inline]
pub fn limits(settings: &Settings) -> HashLimits {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    HashLimits {
        entries: size(settings.hash_max_listpack_entries),
        value: size(settings.hash_max_listpack_value),
    }
}

/// Looks up a hash to read it; fields whose time is over are not there.
pub fn read<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<HashRef<'d>>, Fault> {
    if data.expire_fields(key) {
        return Ok(None);
    }
    let from_ms = data.fields_from_ms();
    Ok(data.read_as(key, Kind::Hash)?.map(|entry| HashRef::of(entry.value()).at(from_ms)))
}

/// Looks a hash over that is going to be changed: that is no use of the key, and no miss.
pub fn peek<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<HashRef<'d>>, Fault> {
    data.expire_fields(key);
    let from_ms = data.fields_from_ms();
    match data.peek(key) {
        Some(entry) if entry.kind() != Kind::Hash => Err(fault::WRONG_TYPE),
        found => Ok(found.map(|entry| HashRef::of(entry.value()).at(from_ms))),
    }
}

/// Looks up a hash to change it.
pub fn edit<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<EntryMut<'d>>, Fault> {
    data.expire_fields(key);
    data.write_as(key, Kind::Hash)
}

/// Looks up a hash to change it, and makes it when it is not there.
#[inline]
pub fn edit_or_create<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<EntryMut<'d>, Fault> {
    data.expire_fields(key);
    let limits = limits(data.settings);
    data.write_or_create(key, || limits.empty(), Kind::Hash)
}

/// Tells of a change of so many fields.
pub fn changed(data: &mut Data<'_>, event: &str, key: &[u8], fields: usize) {
    data.changed(Events::HASH, event, key);
    data.dirty += fields.saturating_sub(1) as u64;
}

/// Removes a hash of which nothing is left.
pub fn drop_empty(data: &mut Data<'_>, key: &[u8]) {
    data.remove(key);
    data.event(Events::GENERIC, "del", key);
}

fn set_pairs(ctx: &mut Ctx<'_>, args: Args<'_>, name: &str) -> Result<usize, Fault> {
    if !args.len().is_multiple_of(2) {
        return Err(Fault::err(format!("wrong number of arguments for '{name}' command")));
    }
    let (key, pairs, limits) = (args.at(1), args.len() / 2 - 1, limits(ctx.settings));
    let mut entry = edit_or_create(&mut ctx.data, key)?;
    let mut hash = HashMut::new(&mut entry, limits);
    if pairs > 1 {
        let longest = args.tail(2).iter().map(<[u8]>::len).max();
        hash.expect(pairs, longest.unwrap_or(0));
    }
    let mut created = 0;
    for i in (2..args.len()).step_by(2) {
        created += usize::from(hash.set(args.at(i), args.at(i + 1)));
    }
    changed(&mut ctx.data, "hset", key, pairs);
    Ok(created)
}

fn hset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let created = set_pairs(ctx, args, "hset")?;
    ctx.reply.count(created);
    Ok(())
}

fn hmset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    set_pairs(ctx, args, "hmset")?;
    ctx.reply.ok();
    Ok(())
}

fn hsetnx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, limits, from_ms) = (args.at(1), limits(ctx.settings), ctx.data.fields_from_ms());
    let mut entry = edit_or_create(&mut ctx.data, key)?;
    let mut hash = HashMut::new(&mut entry, limits);
    let free = hash.view().at(from_ms).get(args.at(2)).is_none();
    if free {
        hash.set(args.at(2), args.at(3));
        changed(&mut ctx.data, "hset", key, 1);
    }
    ctx.reply.int(i64::from(free));
    Ok(())
}

/// Writes a field's value, or null.
pub fn write_value(ctx: &mut crate::resp::Reply, field: Option<FieldRef<'_>>) {
    match field {
        Some(field) => write_item(ctx, field.value),
        None => ctx.null(),
    }
}

fn hget(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let field = read(&mut ctx.data, args.at(1))?.and_then(|hash| hash.get(args.at(2)));
    write_value(ctx.reply, field);
    Ok(())
}

fn hmget(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let hash = read(&mut ctx.data, args.at(1))?;
    ctx.reply.array(args.len() - 2);
    for field in args.tail(2).iter() {
        write_value(ctx.reply, hash.and_then(|hash| hash.get(field)));
    }
    Ok(())
}

fn hgetall(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let Some(hash) = read(&mut ctx.data, args.at(1))? else {
        ctx.reply.map(0);
        return Ok(());
    };
    let (reply, mut count) = (&mut *ctx.reply, 0);
    let place = reply.deferred();
    hash.each(&mut |field| {
        write_item(reply, field.name);
        write_item(reply, field.value);
        count += 1;
    });
    reply.close_map(place, count);
    Ok(())
}

/// Writes one part of every field as an array.
fn write_each(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    part: for<'a> fn(FieldRef<'a>) -> crate::store::packed::Item<'a>,
) -> Result<(), Fault> {
    let Some(hash) = read(&mut ctx.data, key)? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let (reply, mut count) = (&mut *ctx.reply, 0);
    let place = reply.deferred();
    hash.each(&mut |field| {
        write_item(reply, part(field));
        count += 1;
    });
    reply.close_array(place, count);
    Ok(())
}

fn hkeys(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    write_each(ctx, args.at(1), |field| field.name)
}

fn hvals(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    write_each(ctx, args.at(1), |field| field.value)
}

fn hdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let removed = remove_fields(ctx, args.at(1), args.tail(2))?;
    ctx.reply.count(removed);
    Ok(())
}

/// Removes fields, and the hash with its last one; returns how many were there.
pub fn remove_fields(ctx: &mut Ctx<'_>, key: &[u8], fields: Args<'_>) -> Result<usize, Fault> {
    let (limits, from_ms) = (limits(ctx.settings), ctx.data.fields_from_ms());
    let Some(mut entry) = edit(&mut ctx.data, key)? else { return Ok(0) };
    let mut hash = HashMut::new(&mut entry, limits);
    let (mut removed, mut hidden) = (0, 0);
    for field in fields.iter() {
        let seen = hash.view().at(from_ms).get(field).is_some();
        let gone = hash.remove(field);
        removed += usize::from(gone && seen);
        hidden += usize::from(gone && !seen);
        if hash.view().is_empty() {
            break;
        }
    }
    let empty = hash.view().is_empty();
    if removed + hidden > 0 {
        changed(&mut ctx.data, "hdel", key, removed);
    }
    if empty {
        drop_empty(&mut ctx.data, key);
    }
    Ok(removed)
}

fn hlen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let len = read(&mut ctx.data, args.at(1))?.map_or(0, HashRef::len);
    ctx.reply.count(len);
    Ok(())
}

fn hexists(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let found = read(&mut ctx.data, args.at(1))?.and_then(|hash| hash.get(args.at(2))).is_some();
    ctx.reply.int(i64::from(found));
    Ok(())
}

fn hstrlen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let field = read(&mut ctx.data, args.at(1))?.and_then(|hash| hash.get(args.at(2)));
    ctx.reply.count(field.map_or(0, |field| field.value.len()));
    Ok(())
}
