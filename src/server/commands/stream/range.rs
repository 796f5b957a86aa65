//! XLEN, XRANGE and XREVRANGE.

use super::{put_entries, range_end, range_start, stream_of};
use crate::resp::Args;
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::types::stream::Stream;

pub(super) fn xlen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let len = stream_of(&mut ctx.data, args.at(1))?.map_or(0, Stream::len);
    ctx.reply.count(len);
    Ok(())
}

pub(super) fn xrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    range(ctx, args, false)
}

pub(super) fn xrevrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    range(ctx, args, true)
}

fn range(ctx: &mut Ctx<'_>, args: Args<'_>, back: bool) -> Result<(), Fault> {
    let (low, high) = if back { (3, 2) } else { (2, 3) };
    let (start, end) = (range_start(args.at(low))?, range_end(args.at(high))?);
    let mut count = None;
    let mut at = 4;
    while at < args.len() {
        let Some(value) = args.get(at + 1).filter(|_| is(args.at(at), "count")) else {
            return Err(fault::SYNTAX);
        };
        count = Some(usize::try_from(parse::int(value)?).unwrap_or(0));
        at += 2;
    }
    let Some(stream) = stream_of(&mut ctx.data, args.at(1))? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let most = count.unwrap_or(usize::MAX);
    if most == 0 {
        ctx.reply.null_array();
    } else if back {
        put_entries(ctx.reply, stream.range_back(start, end).take(most));
    } else {
        put_entries(ctx.reply, stream.range(start, end).take(most));
    }
    Ok(())
}
