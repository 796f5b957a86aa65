//! Single scores and ranks: ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK.

use crate::resp::{Args, Reply};
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::types::zset::Cut;

use super::{number_text, read};

pub(super) fn zcard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let len = read(&mut ctx.data, args.at(1))?.map_or(0, |set| set.len());
    ctx.reply.count(len);
    Ok(())
}

fn write_score(reply: &mut Reply, score: Option<f64>) {
    match score {
        Some(score) => number_text::write(reply, score),
        None => reply.null(),
    }
}

pub(super) fn zscore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let score = read(&mut ctx.data, args.at(1))?.and_then(|set| set.score(args.at(2)));
    write_score(ctx.reply, score);
    Ok(())
}

pub(super) fn zmscore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let set = read(&mut ctx.data, args.at(1))?;
    ctx.reply.array(args.len() - 2);
    for member in args.tail(2).iter() {
        write_score(ctx.reply, set.and_then(|set| set.score(member)));
    }
    Ok(())
}

fn rank(ctx: &mut Ctx<'_>, args: Args<'_>, reverse: bool) -> Result<(), Fault> {
    let with_score = match args.get(3) {
        _ if args.len() > 4 => {
            let name = ctx.command.name;
            return Err(Fault::err(format!("wrong number of arguments for '{name}' command")));
        }
        Some(word) if !parse::is(word, "withscore") => return Err(fault::SYNTAX),
        option => option.is_some(),
    };
    let member = args.at(2);
    let found = read(&mut ctx.data, args.at(1))?.and_then(|set| {
        let score = set.score(member)?;
        let rank = set.rank(&Cut::Element(score, member, false));
        Some((if reverse { set.len() - 1 - rank } else { rank }, score))
    });
    match found {
        None if with_score => ctx.reply.null_array(),
        None => ctx.reply.null(),
        Some((rank, score)) => {
            if with_score {
                ctx.reply.array(2);
            }
            ctx.reply.count(rank);
            if with_score {
                number_text::write(ctx.reply, score);
            }
        }
    }
    Ok(())
}

pub(super) fn zrank(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    rank(ctx, args, false)
}

pub(super) fn zrevrank(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    rank(ctx, args, true)
}
