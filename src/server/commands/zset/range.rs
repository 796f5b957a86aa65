//! Everything about ranges: ZRANGE and its elder forms, ZRANGESTORE, ZREMRANGEBY..., ZCOUNT and ZLEXCOUNT.

use crate::resp::Args;
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::types::zset::{Elements, ZsetRef};

use super::bounds::{Bounds, By};
use super::{begin, edit, limits, read, removed, store, write};

/// What a command of the family is fixed to; what is open is an option of ZRANGE and ZRANGESTORE.
#[derive(Clone, Copy)]
struct Form {
    by: Option<By>,
    reverse: Option<bool>,
    storing: bool,
    /// Where the arguments of the range begin: the source key.
    first: usize,
}

impl Form {
    const fn fixed(by: By, reverse: bool) -> Form {
        Form { by: Some(by), reverse: Some(reverse), storing: false, first: 1 }
    }
}

/// A range as it was asked for.
struct Query<'a> {
    by: By,
    reverse: bool,
    scores: bool,
    offset: i64,
    count: Option<i64>,
    bounds: Bounds<'a>,
}

impl<'a> Query<'a> {
    fn parse(args: Args<'a>, form: Form) -> Result<Query<'a>, Fault> {
        let (mut by, mut reverse, mut scores) = (form.by, form.reverse, false);
        let (mut offset, mut count) = (0, None);
        let mut i = form.first + 3;
        while let Some(word) = args.get(i) {
            match word.to_ascii_lowercase().as_slice() {
                b"withscores" if !form.storing => scores = true,
                b"limit" if i + 2 < args.len() => {
                    offset = parse::int(args.at(i + 1))?;
                    count = Some(parse::int(args.at(i + 2))?).filter(|count| *count != -1);
                    i += 2;
                }
                b"rev" if form.reverse.is_none() && reverse.is_none() => reverse = Some(true),
                b"bylex" if by.is_none() => by = Some(By::Lex),
                b"byscore" if by.is_none() => by = Some(By::Score),
                _ => return Err(fault::SYNTAX),
            }
            i += 1;
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if count.is_some() && by == By::Rank {
            return Err(Fault::new(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if scores && by == By::Lex {
            return Err(Fault::new("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        let (mut low, mut high) = (args.at(form.first + 1), args.at(form.first + 2));
        if reverse && by != By::Rank {
            std::mem::swap(&mut low, &mut high);
        }
        let bounds = Bounds::parse(by, low, high)?;
        Ok(Query { by, reverse, scores, offset, count, bounds })
    }

    /// The ranks asked for, LIMIT taken into account.
    fn ranks(&self, set: ZsetRef<'_>) -> (usize, usize) {
        let (low, high) = self.bounds.ranks(set, self.reverse);
        if self.by == By::Rank {
            return (low, high);
        }
        let there = high - low;
        let skip = usize::try_from(self.offset).map_or(there, |offset| offset.min(there));
        let wanted = self.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(there);
        let take = wanted.min(there - skip);
        if self.reverse { (high - skip - take, high - skip) } else { (low + skip, low + skip + take) }
    }
}

/// Elements in the order asked for.
fn each(
    elements: Elements<'_>,
    reverse: bool,
    mut visit: impl FnMut(crate::store::types::zset::Element<'_>),
) {
    if reverse { elements.rev().for_each(visit) } else { elements.for_each(&mut visit) }
}

fn show(ctx: &mut Ctx<'_>, args: Args<'_>, form: Form) -> Result<(), Fault> {
    let query = Query::parse(args, form)?;
    let Some(set) = read(&mut ctx.data, args.at(form.first))? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let (low, high) = query.ranks(set);
    let reply = &mut *ctx.reply;
    begin(reply, high - low, query.scores);
    each(set.range(low, high), query.reverse, |element| {
        write(reply, element.member, query.scores.then_some(element.score));
    });
    Ok(())
}

pub(super) fn zrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form { by: None, reverse: None, storing: false, first: 1 })
}

pub(super) fn zrevrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form::fixed(By::Rank, true))
}

pub(super) fn zrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form::fixed(By::Score, false))
}

pub(super) fn zrevrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form::fixed(By::Score, true))
}

pub(super) fn zrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form::fixed(By::Lex, false))
}

pub(super) fn zrevrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    show(ctx, args, Form::fixed(By::Lex, true))
}

pub(super) fn zrangestore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let query = Query::parse(args, Form { by: None, reverse: None, storing: true, first: 2 })?;
    let mut elements = Vec::new();
    if let Some(set) = read(&mut ctx.data, args.at(2))? {
        let (low, high) = query.ranks(set);
        elements.extend(set.range(low, high).map(|element| element.to_pair()));
    }
    store(ctx, args.at(1), &elements, "zrangestore");
    Ok(())
}

fn remove(ctx: &mut Ctx<'_>, args: Args<'_>, by: By, event: &str) -> Result<(), Fault> {
    let key = args.at(1);
    let bounds = Bounds::parse(by, args.at(2), args.at(3))?;
    let Some(mut zset) = edit(&mut ctx.data, key, limits(ctx.settings))? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (low, high) = bounds.ranks(zset.view(), false);
    if low < high {
        zset.remove_range(low, high);
    }
    let empty = zset.view().is_empty();
    removed(&mut ctx.data, event, key, high - low, empty);
    ctx.reply.count(high - low);
    Ok(())
}

pub(super) fn zremrangebyrank(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove(ctx, args, By::Rank, "zremrangebyrank")
}

pub(super) fn zremrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove(ctx, args, By::Score, "zremrangebyscore")
}

pub(super) fn zremrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove(ctx, args, By::Lex, "zremrangebylex")
}

fn count(ctx: &mut Ctx<'_>, args: Args<'_>, by: By) -> Result<(), Fault> {
    let bounds = Bounds::parse(by, args.at(2), args.at(3))?;
    let (low, high) = read(&mut ctx.data, args.at(1))?.map_or((0, 0), |set| bounds.ranks(set, false));
    ctx.reply.count(high - low);
    Ok(())
}

pub(super) fn zcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    count(ctx, args, By::Score)
}

pub(super) fn zlexcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    count(ctx, args, By::Lex)
}
