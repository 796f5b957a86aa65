//! Taking elements from an end: ZPOPMIN, ZPOPMAX, ZMPOP, and the blocking BZPOPMIN, BZPOPMAX, BZMPOP.
//! Those that choose among keys go to the journal as ZPOPMIN or ZPOPMAX of the key they chose.

use crate::resp::number::IntText;
use crate::resp::{Args, Reply};
use crate::server::blocking::{Empty, KeyWait};
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::Kind;

use super::{above_zero, edit, limits, not_negative, number_text, removed, write_member};

/// The end that is taken from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    fn event(self) -> &'static str {
        match self {
            End::Min => "zpopmin",
            End::Max => "zpopmax",
        }
    }

    fn verb(self) -> &'static [u8] {
        match self {
            End::Min => b"ZPOPMIN",
            End::Max => b"ZPOPMAX",
        }
    }
}

/// How the reply looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Member, score, member, score ...
    Flat,
    /// Pairs.
    Nested,
    /// The key, and one member and its score.
    KeyFlat,
    /// The key, and pairs.
    KeyNested,
}

impl Shape {
    fn begin(self, reply: &mut Reply, key: &[u8], count: usize) {
        match self {
            Shape::Flat => reply.array(2 * count),
            Shape::Nested => reply.array(count),
            Shape::KeyFlat => {
                reply.array(2 * count + 1);
                reply.bulk(key);
            }
            Shape::KeyNested => {
                reply.array(2);
                reply.bulk(key);
                reply.array(count);
            }
        }
    }

    fn nested(self) -> bool {
        matches!(self, Shape::Nested | Shape::KeyNested)
    }
}

/// Takes up to `count` elements of a sorted set that is there; returns how many.
fn pop(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize, shape: Shape) -> Result<usize, Fault> {
    let Some(mut zset) = edit(&mut ctx.data, key, limits(ctx.settings))? else { return Ok(0) };
    let len = zset.view().len();
    let count = count.min(len);
    shape.begin(ctx.reply, key, count);
    let (low, high) = if end == End::Min { (0, count) } else { (len - count, len) };
    let reply = &mut *ctx.reply;
    let mut write = |element: crate::store::types::zset::Element<'_>| {
        if shape.nested() {
            reply.array(2);
        }
        write_member(reply, element.member);
        number_text::write(reply, element.score);
    };
    let elements = zset.view().range(low, high);
    if end == End::Min {
        elements.for_each(&mut write)
    } else {
        elements.rev().for_each(&mut write)
    }
    zset.remove_range(low, high);
    removed(&mut ctx.data, end.event(), key, count, count == len);
    Ok(count)
}

const OUT_OF_RANGE: &str = "ERR value is out of range, must be positive";

fn pop_one_key(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(fault::SYNTAX);
    }
    let count = args.get(2).map(|arg| not_negative(arg, OUT_OF_RANGE));
    let count = count.transpose().map_err(|_| Fault::new(OUT_OF_RANGE))?;
    let there = edit(&mut ctx.data, args.at(1), limits(ctx.settings))?.is_some();
    if !there || count == Some(0) {
        ctx.reply.array(0);
        return Ok(());
    }
    let shape = if count.is_some() && ctx.reply.is_resp3() { Shape::Nested } else { Shape::Flat };
    pop(ctx, args.at(1), end, count.unwrap_or(1), shape)?;
    Ok(())
}

pub(super) fn zpopmin(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop_one_key(ctx, args, End::Min)
}

pub(super) fn zpopmax(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop_one_key(ctx, args, End::Max)
}

/// The first of the keys that holds a sorted set.
fn first_there<'a>(
    ctx: &mut Ctx<'_>,
    keys: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<&'a [u8]>, Fault> {
    for key in keys {
        if edit(&mut ctx.data, key, limits(ctx.settings))?.is_some() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// What ZMPOP and BZMPOP were told: which keys, which end, how many.
struct Multi {
    keys: std::ops::Range<usize>,
    end: End,
    count: usize,
}

impl Multi {
    /// `at`: where the number of keys is.
    fn parse(args: Args<'_>, at: usize) -> Result<Multi, Fault> {
        let keys = above_zero(args.at(at), "ERR numkeys should be greater than 0")?;
        let place = at.saturating_add(keys).saturating_add(1);
        let end = match args.get(place) {
            Some(word) if parse::is(word, "min") => End::Min,
            Some(word) if parse::is(word, "max") => End::Max,
            _ => return Err(fault::SYNTAX),
        };
        let count = match (args.get(place + 1), args.get(place + 2)) {
            (None, _) => 1,
            (Some(word), Some(count)) if parse::is(word, "count") => {
                above_zero(count, "ERR count should be greater than 0")?
            }
            _ => return Err(fault::SYNTAX),
        };
        if args.len() > place + 3 {
            return Err(fault::SYNTAX);
        }
        Ok(Multi { keys: at + 1..place, end, count })
    }

    /// Takes from the first key that is there; says whether there was one.
    fn run(&self, ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<bool, Fault> {
        let keys = self.keys.clone().map(|i| args.at(i));
        let Some(key) = first_there(ctx, keys)? else { return Ok(false) };
        let count = pop(ctx, key, self.end, self.count, Shape::KeyNested)?;
        ctx.effect_instead(&[self.end.verb(), key, IntText::new(count as i64).as_bytes()]);
        Ok(true)
    }
}

pub(super) fn zmpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if !Multi::parse(args, 1)?.run(ctx, args)? {
        ctx.reply.null_array();
    }
    Ok(())
}

pub(super) fn bzmpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let multi = Multi::parse(args, 2)?;
    let deadline_ms = parse::deadline_seconds(args.at(1))?;
    if !multi.run(ctx, args)? {
        wait(ctx, multi.keys.map(|i| args.at(i)), deadline_ms);
    }
    Ok(())
}

fn wait<'a>(ctx: &mut Ctx<'_>, keys: impl Iterator<Item = &'a [u8]>, deadline_ms: Option<u64>) {
    let keys = keys.map(Box::from).collect();
    ctx.wait_for_keys(KeyWait {
        kind: Kind::Zset,
        keys,
        deadline_ms,
        on_gone: false,
        empty: Empty::NullArray,
    });
}

fn blocking_pop(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    let last = args.len() - 1;
    let deadline_ms = parse::deadline_seconds(args.at(last))?;
    let keys = (1..last).map(|i| args.at(i));
    match first_there(ctx, keys.clone())? {
        Some(key) => {
            pop(ctx, key, end, 1, Shape::KeyFlat)?;
            ctx.effect_instead(&[end.verb(), key]);
        }
        None => wait(ctx, keys, deadline_ms),
    }
    Ok(())
}

pub(super) fn bzpopmin(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    blocking_pop(ctx, args, End::Min)
}

pub(super) fn bzpopmax(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    blocking_pop(ctx, args, End::Max)
}
