//! ZADD, ZINCRBY and ZREM.

use crate::resp::Args;
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};

use super::{edit, edit_or_create, limits, number_text, removed, score_arg};

const NOT_A_NUMBER: Fault = Fault::new("ERR resulting score is not a number (NaN)");

/// The options of ZADD.
#[derive(Clone, Copy, Default)]
struct Options {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    ch: bool,
    incr: bool,
}

impl Options {
    /// Takes the word, if it is an option.
    fn take(&mut self, word: &[u8]) -> bool {
        let flag = match word.to_ascii_lowercase().as_slice() {
            b"nx" => &mut self.nx,
            b"xx" => &mut self.xx,
            b"gt" => &mut self.gt,
            b"lt" => &mut self.lt,
            b"ch" => &mut self.ch,
            b"incr" => &mut self.incr,
            _ => return false,
        };
        *flag = true;
        true
    }

    fn check(&self, pairs: usize) -> Result<(), Fault> {
        if self.nx && self.xx {
            return Err(Fault::new("ERR XX and NX options at the same time are not compatible"));
        }
        if (self.nx && (self.gt || self.lt)) || (self.gt && self.lt) {
            return Err(Fault::new("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        if self.incr && pairs > 1 {
            return Err(Fault::new("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }

    /// The score that a member gets, which has `old` now; none: it is left alone.
    fn decide(&self, old: Option<f64>, given: f64) -> Result<Option<f64>, Fault> {
        let Some(old) = old else { return Ok((!self.xx).then_some(given)) };
        if self.nx {
            return Ok(None);
        }
        let new = if self.incr { old + given } else { given };
        if new.is_nan() {
            return Err(NOT_A_NUMBER);
        }
        let refused = (self.lt && new >= old) || (self.gt && new <= old);
        Ok((!refused).then_some(new))
    }
}

/// What became of the pairs.
#[derive(Default)]
struct Outcome {
    added: usize,
    updated: usize,
    /// The score of the last member that was not left alone.
    score: Option<f64>,
}

/// ZADD; GEOADD ends here too.
pub fn zadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (mut options, mut first) = (Options::default(), 2);
    while args.get(first).is_some_and(|word| options.take(word)) {
        first += 1;
    }
    let pairs = args.tail(first);
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(fault::SYNTAX);
    }
    options.check(pairs.len() / 2)?;
    let outcome = add(ctx, args.at(1), pairs, options)?;
    match outcome.score {
        _ if !options.incr && options.ch => ctx.reply.count(outcome.added + outcome.updated),
        _ if !options.incr => ctx.reply.count(outcome.added),
        Some(score) => number_text::write(ctx.reply, score),
        None => ctx.reply.null(),
    }
    Ok(())
}

pub(super) fn zincrby(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let options = Options { incr: true, ..Options::default() };
    if let Some(score) = add(ctx, args.at(1), args.tail(2), options)?.score {
        number_text::write(ctx.reply, score);
    }
    Ok(())
}

/// Scores looked at together; more of them get room of their own.
const SCORES_AT_HAND: usize = 8;

fn add(ctx: &mut Ctx<'_>, key: &[u8], pairs: Args<'_>, options: Options) -> Result<Outcome, Fault> {
    let count = pairs.len() / 2;
    let mut few = [0.0; SCORES_AT_HAND];
    let mut many = Vec::new();
    let scores = if count <= SCORES_AT_HAND {
        &mut few[..count]
    } else {
        many.resize(count, 0.0);
        &mut many[..]
    };
    for (i, score) in scores.iter_mut().enumerate() {
        *score = score_arg(pairs.at(2 * i))?;
    }
    let limits = limits(ctx.settings);
    let mut outcome = Outcome::default();
    let mut zset = if !options.xx {
        edit_or_create(&mut ctx.data, key, limits)?
    } else if let Some(zset) = edit(&mut ctx.data, key, limits)? {
        zset
    } else {
        return Ok(outcome);
    };
    zset.expect(count);
    for (i, given) in scores.iter().enumerate() {
        let mut new = None;
        let old = zset.update(pairs.at(2 * i + 1), |old| {
            new = options.decide(old, *given)?;
            Ok(new)
        })?;
        outcome.score = new;
        match old {
            None => outcome.added += usize::from(new.is_some()),
            Some(old) => outcome.updated += usize::from(new.is_some_and(|new| new != old)),
        }
    }
    report(ctx, key, &outcome, options.incr);
    Ok(outcome)
}

fn report(ctx: &mut Ctx<'_>, key: &[u8], outcome: &Outcome, incr: bool) {
    let changes = outcome.added + outcome.updated;
    if changes > 0 {
        ctx.data.changed(Events::ZSET, if incr { "zincr" } else { "zadd" }, key);
        ctx.data.dirty += changes as u64 - 1;
    }
}

pub(super) fn zrem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let Some(mut zset) = edit(&mut ctx.data, key, limits(ctx.settings))? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (mut gone, mut empty) = (0, false);
    for member in args.tail(2).iter() {
        gone += usize::from(zset.remove(member).is_some());
        empty = zset.view().is_empty();
        if empty {
            break;
        }
    }
    removed(&mut ctx.data, "zrem", key, gone, empty);
    ctx.reply.count(gone);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn what_a_member_gets() {
        let gt = Options { gt: true, ..Options::default() };
        assert_eq!(gt.decide(Some(1.0), 2.0), Ok(Some(2.0)));
        assert_eq!(gt.decide(Some(2.0), 2.0), Ok(None));
        let incr = Options { incr: true, ..Options::default() };
        assert!(incr.decide(Some(f64::INFINITY), f64::NEG_INFINITY).is_err());
        assert_eq!(Options { xx: true, ..gt }.decide(None, 1.0), Ok(None));
    }
}
