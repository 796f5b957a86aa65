//! Intersection, union and difference of sets, replied, counted or stored.
//!
//! Every key is first read for itself (expiry, type, statistics), then all sets are looked at together.

use crate::resp::Args;
use crate::server::commands::set;
use crate::server::commands::{Table, parse};
use crate::server::config::Events;
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::types::{Set, SetMut, SetRef};
use crate::store::{IntText, Kind, OwnedValue};

/// This family's handlers.
pub const TABLE: Table = &[
    ("sinter", sinter),
    ("sintercard", sintercard),
    ("sinterstore", sinterstore),
    ("sunion", sunion),
    ("sunionstore", sunionstore),
    ("sdiff", sdiff),
    ("sdiffstore", sdiffstore),
];

/// What receives the members of a result, in no order and each once; false ends it.
type Take<'t> = &'t mut dyn FnMut(&[u8]) -> bool;

/// Makes a result of sets; a key that is not there is none.
type Combine = fn(&[Option<SetRef<'_>>], Take<'_>);

/// Reads every key once: an error when one holds another type.
fn check(data: &mut Data<'_>, keys: Args<'_>) -> Result<(), Fault> {
    for key in keys.iter() {
        data.read_as(key, Kind::Set)?;
    }
    Ok(())
}

fn sets<'d>(data: &'d Data<'_>, keys: Args<'_>) -> Vec<Option<SetRef<'d>>> {
    // A key that has expired on a replica is still there, but was not read above.
    let alive = |key: &&[u8]| !data.hides(key);
    keys.iter()
        .map(|key| Some(key).filter(alive).and_then(|key| data.value_of(key)).map(SetRef::of))
        .collect()
}

fn reply(ctx: &mut Ctx<'_>, keys: Args<'_>, combine: Combine) -> Result<(), Fault> {
    check(&mut ctx.data, keys)?;
    let sets = sets(&ctx.data, keys);
    let place = ctx.reply.deferred();
    let mut count = 0;
    combine(&sets, &mut |member| {
        ctx.reply.bulk(member);
        count += 1;
        true
    });
    ctx.reply.close_set(place, count);
    Ok(())
}

fn store(ctx: &mut Ctx<'_>, args: Args<'_>, event: &str, combine: Combine) -> Result<(), Fault> {
    let (to, keys, limits) = (args.at(1), args.tail(2), set::limits(ctx.settings));
    check(&mut ctx.data, keys)?;
    let mut result = limits.empty();
    let mut into = SetMut::new(&mut result, limits);
    combine(&sets(&ctx.data, keys), &mut |member| {
        into.add(member);
        true
    });
    if event == "sinterstore" {
        into.pack_ints();
    }
    let len = into.view().len();
    put(ctx, to, result, len, event);
    ctx.reply.count(len);
    Ok(())
}

/// Stores a result, or, when it is empty, removes what is in its place.
fn put(ctx: &mut Ctx<'_>, to: &[u8], result: OwnedValue, len: usize, event: &str) {
    if len > 0 {
        ctx.data.put_owned(to, result);
        ctx.data.changed(Events::SET, event, to);
    } else if ctx.data.remove(to) {
        ctx.data.changed(Events::GENERIC, "del", to);
    }
}

/// Looks at each member of the smallest set, in the others from the smallest on.
fn intersect(sets: &[Option<SetRef<'_>>], take: Take<'_>) {
    let Some(mut sets) = sets.iter().copied().collect::<Option<Vec<_>>>() else { return };
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else { return };
    let mut text = IntText::default();
    smallest.each(&mut |member| {
        let member = member.bytes(&mut text);
        !others.iter().all(|set| set.contains(member)) || take(member)
    });
}

fn unite(sets: &[Option<SetRef<'_>>], take: Take<'_>) {
    let mut seen = Set::default();
    let mut text = IntText::default();
    for set in sets.iter().flatten() {
        set.each(&mut |member| {
            let member = member.bytes(&mut text);
            !seen.add(member) || take(member)
        });
    }
}

/// Either looks each member of the first set up in the others, or takes their members out of a copy of
/// it: whichever is less work, as in Redis.
fn subtract(sets: &[Option<SetRef<'_>>], take: Take<'_>) {
    let Some((Some(first), others)) = sets.split_first() else { return };
    let mut others: Vec<_> = others.iter().copied().flatten().collect();
    let look_up = first.len() * sets.len() / 2;
    let take_out = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    let mut text = IntText::default();
    if look_up <= take_out {
        others.sort_by_key(|set| std::cmp::Reverse(set.len()));
        first.each(&mut |member| {
            let member = member.bytes(&mut text);
            others.iter().any(|set| set.contains(member)) || take(member)
        });
        return;
    }
    let mut rest = Set::default();
    each(*first, &mut |member| rest.add(member));
    for set in others {
        each(set, &mut |member| rest.remove(member));
    }
    rest.members().all(take);
}

/// Visits the members of a set; what `visit` answers does not matter.
fn each(set: SetRef<'_>, visit: &mut dyn FnMut(&[u8]) -> bool) {
    let mut text = IntText::default();
    set.each(&mut |member| {
        visit(member.bytes(&mut text));
        true
    });
}

fn sinter(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    reply(ctx, args.tail(1), intersect)
}

fn sunion(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    reply(ctx, args.tail(1), unite)
}

fn sdiff(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    reply(ctx, args.tail(1), subtract)
}

fn sinterstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    store(ctx, args, "sinterstore", intersect)
}

fn sunionstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    store(ctx, args, "sunionstore", unite)
}

fn sdiffstore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    store(ctx, args, "sdiffstore", subtract)
}

fn sintercard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = crate::resp::number::parse_i64(args.at(1)).and_then(|n| usize::try_from(n).ok());
    let count = count.filter(|n| *n > 0).ok_or(Fault::new("ERR numkeys should be greater than 0"))?;
    if count > args.len() - 2 {
        return Err(Fault::new("ERR Number of keys can't be greater than number of args"));
    }
    let limit = limit(args, count + 2)?;
    let keys = args.part(2, count);
    check(&mut ctx.data, keys)?;
    let mut found = 0;
    intersect(&sets(&ctx.data, keys), &mut |_| {
        found += 1;
        found != limit
    });
    ctx.reply.count(found);
    Ok(())
}

/// The LIMIT option behind the keys; 0 is none.
fn limit(args: Args<'_>, mut i: usize) -> Result<usize, Fault> {
    let mut limit = 0;
    while i < args.len() {
        let value = args.get(i + 1).filter(|_| parse::is(args.at(i), "limit")).ok_or(fault::SYNTAX)?;
        let number = parse::int_or(value, "ERR LIMIT can't be negative")?;
        limit = usize::try_from(number).map_err(|_| Fault::new("ERR LIMIT can't be negative"))?;
        i += 2;
    }
    Ok(limit)
}
