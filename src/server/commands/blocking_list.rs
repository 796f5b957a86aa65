//! The list commands that wait for an element: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP. When there is one
//! they are the commands without B, and that is what goes to the journal.

use crate::resp::Args;
use crate::server::blocking::{Empty, KeyWait};
use crate::server::commands::list::{Multi, end_of, list_mut, pop_word, rules, take, transfer};
use crate::server::commands::{Table, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::Kind;
use crate::store::types::list::End;

/// This family's handlers.
pub const TABLE: Table =
    &[("blpop", blpop), ("brpop", brpop), ("blmove", blmove), ("brpoplpush", brpoplpush), ("blmpop", blmpop)];

fn wait_for<'k>(ctx: &mut Ctx<'_>, keys: impl Iterator<Item = &'k [u8]>, deadline_ms: Option<u64>) {
    let keys = keys.map(Box::from).collect();
    ctx.wait_for_keys(KeyWait {
        kind: Kind::List,
        keys,
        deadline_ms,
        on_gone: false,
        empty: Empty::NullArray,
    });
}

fn blpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop(ctx, args, End::Left)
}

fn brpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Result<(), Fault> {
    let last = args.len() - 1;
    let deadline_ms = parse::deadline_seconds(args.at(last))?;
    let (keys, rules) = (args.slice(1, last), rules(ctx.settings));
    for key in keys.iter() {
        if list_mut(&mut ctx.data, key, rules)?.is_some() {
            ctx.reply.array(2);
            ctx.reply.bulk(key);
            take(ctx, key, end, 1);
            ctx.effect_instead(&[pop_word(end), key]);
            return Ok(());
        }
    }
    wait_for(ctx, keys.iter(), deadline_ms);
    Ok(())
}

fn blmpop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let deadline_ms = parse::deadline_seconds(args.at(1))?;
    let multi = Multi::parse(args, 2)?;
    if !multi.run(ctx)? {
        wait_for(ctx, multi.keys.iter(), deadline_ms);
    }
    Ok(())
}

fn blmove(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let ends = (end_of(args.at(3))?, end_of(args.at(4))?);
    let deadline_ms = parse::deadline_seconds(args.at(5))?;
    if transfer(ctx, args.at(1), args.at(2), ends)? {
        ctx.effect_instead(&[b"LMOVE", args.at(1), args.at(2), args.at(3), args.at(4)]);
    } else {
        wait_for_source(ctx, args.at(1), deadline_ms);
    }
    Ok(())
}

fn brpoplpush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let deadline_ms = parse::deadline_seconds(args.at(3))?;
    if transfer(ctx, args.at(1), args.at(2), (End::Right, End::Left))? {
        ctx.effect_instead(&[b"RPOPLPUSH", args.at(1), args.at(2)]);
    } else {
        wait_for_source(ctx, args.at(1), deadline_ms);
    }
    Ok(())
}

/// Inside a transaction the reply of these two is the null of a value, after a time of that of an array.
fn wait_for_source(ctx: &mut Ctx<'_>, source: &[u8], deadline_ms: Option<u64>) {
    if ctx.session.in_exec {
        return ctx.reply.null();
    }
    wait_for(ctx, std::iter::once(source), deadline_ms);
}
