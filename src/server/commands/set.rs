//! Commands on one set (SMOVE: two). What combines several sets is `set_algebra.rs`.

use crate::replication::delete_verb;
use crate::resp::{Args, Reply};
use crate::server::commands::random::Random;
use crate::server::commands::{Table, parse, scan_value};
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::packed::Item;
use crate::store::types::{SetLimits, SetMut, SetRef};
use crate::store::{IntText, Kind};

/// This family's handlers.
pub const TABLE: Table = &[
    ("sadd", sadd),
    ("srem", srem),
    ("sismember", sismember),
    ("smismember", smismember),
    ("smembers", smembers),
    ("scard", scard),
    ("spop", spop),
    ("srandmember", srandmember),
    ("smove", smove),
    ("sscan", sscan),
];

/// Members in one SREM that stands for a SPOP.
const SREM_MEMBERS_MAX: usize = 1024;

/// When sets change their form.
pub fn limits(settings: &Settings) -> SetLimits {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    SetLimits {
        intset_entries: size(settings.set_max_intset_entries),
        listpack_entries: size(settings.set_max_listpack_entries),
        listpack_value: size(settings.set_max_listpack_value),
    }
}

/// Writes a member.
pub fn write_item(reply: &mut Reply, item: Item<'_>) {
    match item {
        Item::Int(number) => reply.bulk_int(number),
        Item::Str(bytes) => reply.bulk(bytes),
    }
}

/// Looks up a set to read it.
fn read<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<SetRef<'d>>, Fault> {
    Ok(data.read_as(key, Kind::Set)?.map(|entry| SetRef::of(entry.value())))
}

/// Tells of a change of so many members, and removes the set when nothing is left of it.
pub fn changed(data: &mut Data<'_>, event: &str, key: &[u8], members: usize, empty: bool) {
    data.changed(Events::SET, event, key);
    data.dirty += members.saturating_sub(1) as u64;
    if empty {
        data.remove(key);
        data.event(Events::GENERIC, "del", key);
    }
}

fn sadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, limits, count) = (args.at(1), limits(ctx.settings), args.len() - 2);
    let empty = || limits.empty_for(args.at(2), count);
    let mut entry = ctx.data.write_or_create(key, empty, Kind::Set)?;
    let mut set = SetMut::new(&mut entry, limits);
    if count > 1 {
        set.expect(count);
    }
    let added = args.tail(2).iter().filter(|member| set.add(member)).count();
    if added > 0 {
        changed(&mut ctx.data, "sadd", key, added, false);
    }
    ctx.reply.count(added);
    Ok(())
}

fn srem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, limits) = (args.at(1), limits(ctx.settings));
    let Some(mut entry) = ctx.data.write_as(key, Kind::Set)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let mut set = SetMut::new(&mut entry, limits);
    let mut removed = 0;
    for member in args.tail(2).iter() {
        removed += usize::from(set.remove(member));
        if set.view().is_empty() {
            break;
        }
    }
    let empty = set.view().is_empty();
    if removed > 0 {
        changed(&mut ctx.data, "srem", key, removed, empty);
    }
    ctx.reply.count(removed);
    Ok(())
}

fn sismember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let is = read(&mut ctx.data, args.at(1))?.is_some_and(|set| set.contains(args.at(2)));
    ctx.reply.int(i64::from(is));
    Ok(())
}

fn smismember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let set = read(&mut ctx.data, args.at(1))?;
    ctx.reply.array(args.len() - 2);
    for member in args.tail(2).iter() {
        ctx.reply.int(i64::from(set.is_some_and(|set| set.contains(member))));
    }
    Ok(())
}

/// Writes all members as a set.
fn write_all(reply: &mut Reply, set: SetRef<'_>) {
    reply.set(set.len());
    set.each(&mut |member| {
        write_item(reply, member);
        true
    });
}

fn smembers(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    match read(&mut ctx.data, args.at(1))? {
        Some(set) => write_all(ctx.reply, set),
        None => ctx.reply.set(0),
    }
    Ok(())
}

fn scard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let len = read(&mut ctx.data, args.at(1))?.map_or(0, SetRef::len);
    ctx.reply.count(len);
    Ok(())
}

const NOT_POSITIVE: &str = "ERR value is out of range, must be positive";

fn spop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    match args.len() {
        2 => spop_one(ctx, args.at(1)),
        3 => {
            let count = parse::int_or(args.at(2), NOT_POSITIVE)?;
            let count = usize::try_from(count).map_err(|_| Fault::new(NOT_POSITIVE))?;
            spop_count(ctx, args.at(1), count)
        }
        _ => Err(fault::SYNTAX),
    }
}

fn spop_one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Fault> {
    let limits = limits(ctx.settings);
    let Some(mut entry) = ctx.data.write_as(key, Kind::Set)? else {
        ctx.reply.null();
        return Ok(());
    };
    let mut random = Random::new();
    let mut set = SetMut::new(&mut entry, limits);
    let Some(member) = set.view().random(&mut || random.number()).map(Item::to_vec) else { return Ok(()) };
    set.remove(&member);
    let empty = set.view().is_empty();
    changed(&mut ctx.data, "spop", key, 1, empty);
    ctx.effect_instead(&[b"SREM", key, &member]);
    ctx.reply.bulk(&member);
    Ok(())
}

fn spop_count(ctx: &mut Ctx<'_>, key: &[u8], count: usize) -> Result<(), Fault> {
    let limits = limits(ctx.settings);
    let Some(mut entry) = ctx.data.write_as(key, Kind::Set)?.filter(|_| count > 0) else {
        ctx.reply.set(0);
        return Ok(());
    };
    let mut set = SetMut::new(&mut entry, limits);
    if count >= set.view().len() {
        write_all(ctx.reply, set.view());
        let len = set.view().len();
        changed(&mut ctx.data, "spop", key, len, true);
        let verb = delete_verb(ctx.settings.lazyfree_lazy_server_del);
        ctx.effect_instead(&[verb, key]);
        return Ok(());
    }
    let members: Vec<Vec<u8>> = different(set.view(), count).into_iter().map(Item::to_vec).collect();
    for member in &members {
        set.remove(member);
    }
    changed(&mut ctx.data, "spop", key, count, false);
    ctx.no_effect();
    for some in members.chunks(SREM_MEMBERS_MAX) {
        let words: Vec<&[u8]> = [b"SREM", key].into_iter().chain(some.iter().map(|m| &m[..])).collect();
        ctx.effect_instead(&words);
    }
    ctx.reply.set(members.len());
    members.iter().for_each(|member| ctx.reply.bulk(member));
    Ok(())
}

/// So many different members chosen at random, fewer than there are.
fn different(set: SetRef<'_>, count: usize) -> Vec<Item<'_>> {
    /// Drawing again and again pays while this many times more members are there than wanted.
    const SPARSE: usize = 3;
    let mut random = Random::new();
    if count.saturating_mul(SPARSE) > set.len() {
        let mut all = set.to_vec();
        random.choose(&mut all, count);
        all.truncate(count);
        return all;
    }
    let mut seen = std::collections::HashSet::with_capacity(count);
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        let Some(member) = set.random(&mut || random.number()) else { break };
        if seen.insert(member.to_vec()) {
            found.push(member);
        }
    }
    found
}

fn srandmember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(fault::SYNTAX);
    }
    let count = args.get(2).map(parse::signed_count).transpose()?;
    let set = read(&mut ctx.data, args.at(1))?;
    let mut random = Random::new();
    match (set, count) {
        (None, None) => ctx.reply.null(),
        (None, Some(_)) => ctx.reply.array(0),
        (Some(set), None) => match set.random(&mut || random.number()) {
            Some(member) => write_item(ctx.reply, member),
            None => ctx.reply.null(),
        },
        (Some(set), Some(count)) => write_random(ctx.reply, set, count, &mut random),
    }
    Ok(())
}

fn write_random(reply: &mut Reply, set: SetRef<'_>, count: i64, random: &mut Random) {
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        reply.array(wanted);
        for _ in 0..wanted {
            if reply.is_over() {
                break;
            }
            let member = set.random(&mut || random.number());
            write_item(reply, member.unwrap_or(Item::Str(b"")));
        }
        return;
    }
    let members = if wanted >= set.len() { set.to_vec() } else { different(set, wanted) };
    reply.array(members.len());
    members.into_iter().for_each(|member| write_item(reply, member));
}

fn smove(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (from, to, member, limits) = (args.at(1), args.at(2), args.at(3), limits(ctx.settings));
    let there = ctx.data.write_as(from, Kind::Set)?.is_some();
    if !there {
        ctx.reply.int(0);
        return Ok(());
    }
    ctx.data.write_as(to, Kind::Set)?;
    if from == to {
        let is = ctx.data.value_of(from).is_some_and(|value| SetRef::of(value).contains(member));
        ctx.reply.int(i64::from(is));
        return Ok(());
    }
    let Some(mut entry) = ctx.data.write_as(from, Kind::Set)? else { return Ok(()) };
    let mut set = SetMut::new(&mut entry, limits);
    let (moved, empty) = (set.remove(member), set.view().is_empty());
    if moved {
        changed(&mut ctx.data, "srem", from, 1, empty);
        let empty = || limits.empty_for(member, 1);
        let mut entry = ctx.data.write_or_create(to, empty, Kind::Set)?;
        if SetMut::new(&mut entry, limits).add(member) {
            changed(&mut ctx.data, "sadd", to, 1, false);
        }
    }
    ctx.reply.int(i64::from(moved));
    Ok(())
}

fn sscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let cursor = parse::cursor(args.at(2))?;
    let Some(set) = read(&mut ctx.data, args.at(1))? else {
        scan_value::empty(ctx.reply);
        return Ok(());
    };
    let options = scan_value::Options::parse(args, false)?;
    options.run(cursor, ctx.reply, |at, reply| {
        let mut count = 0;
        let next = set.scan(at, &mut |member| {
            if options.passes(member.bytes(&mut IntText::default())) {
                write_item(reply, member);
                count += 1;
            }
        });
        (next, count)
    });
    Ok(())
}
