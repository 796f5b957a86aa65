//! ZRANDMEMBER and ZSCAN.

use std::collections::HashSet;

use crate::resp::{Args, Reply, glob, number};
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::random_bytes;
use crate::store::types::zset::ZsetRef;

use super::{begin, number_text, read, write, write_member};

/// A stream of random numbers for one command (splitmix64), begun with one from the system.
struct Random(u64);

impl Random {
    fn new() -> Random {
        Random(u64::from_le_bytes(random_bytes()))
    }

    /// A number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }

    /// `count` different numbers below `n`, of which there are as many, in no order (Floyd's way).
    fn distinct(&mut self, count: usize, n: usize) -> Vec<usize> {
        let mut seen = HashSet::with_capacity(count);
        let mut chosen: Vec<usize> = (n - count..n)
            .map(|last| {
                let one = self.below(last + 1);
                let one = if seen.contains(&one) { last } else { one };
                seen.insert(one);
                one
            })
            .collect();
        for i in (1..chosen.len()).rev() {
            chosen.swap(i, self.below(i + 1));
        }
        chosen
    }
}

/// A count and whether scores are wanted, as ZRANDMEMBER was told.
fn random_options(args: Args<'_>) -> Result<(i64, bool), Fault> {
    let count = parse::signed_count(args.at(2))?;
    match args.get(3) {
        Some(word) if args.len() > 4 || !parse::is(word, "withscores") => return Err(fault::SYNTAX),
        _ => {}
    }
    if count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(Fault::new("ERR value is out of range"));
    }
    Ok((count, args.len() == 4))
}

pub(super) fn zrandmember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() == 2 {
        match read(&mut ctx.data, args.at(1))? {
            Some(set) => {
                let rank = Random::new().below(set.len());
                set.range(rank, rank + 1).for_each(|element| write_member(ctx.reply, element.member));
            }
            None => ctx.reply.null(),
        }
        return Ok(());
    }
    let (count, scores) = random_options(args)?;
    let Some(set) = read(&mut ctx.data, args.at(1))?.filter(|_| count != 0) else {
        ctx.reply.array(0);
        return Ok(());
    };
    show_random(ctx.reply, set, count, scores);
    Ok(())
}

/// Below zero: as many as asked for, some perhaps several times; above: different ones, at most all.
fn show_random(reply: &mut Reply, set: ZsetRef<'_>, count: i64, scores: bool) {
    let len = set.len();
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let mut random = Random::new();
    let show = |reply: &mut Reply, rank: usize| {
        if let Some(element) = set.range(rank, rank + 1).next() {
            write(reply, element.member, scores.then_some(element.score));
        }
    };
    if count < 0 {
        begin(reply, wanted, scores);
        for _ in 0..wanted {
            if reply.is_over() {
                break;
            }
            show(reply, random.below(len));
        }
    } else if wanted >= len {
        begin(reply, len, scores);
        set.iter().for_each(|element| write(reply, element.member, scores.then_some(element.score)));
    } else {
        begin(reply, wanted, scores);
        random.distinct(wanted, len).into_iter().for_each(|rank| show(reply, rank));
    }
}

/// What ZSCAN lets through, and how much it should find.
struct Filter<'a> {
    pattern: Option<&'a [u8]>,
    wanted: usize,
    scores: bool,
}

impl<'a> Filter<'a> {
    fn parse(args: Args<'a>) -> Result<Filter<'a>, Fault> {
        let mut filter = Filter { pattern: None, wanted: 10, scores: true };
        let mut i = 3;
        while let Some(word) = args.get(i) {
            let value = args.get(i + 1);
            match value {
                _ if parse::is(word, "noscores") => filter.scores = false,
                Some(count) if parse::is(word, "count") => {
                    let count = usize::try_from(parse::int(count)?).unwrap_or(0);
                    filter.wanted = if count > 0 { count } else { return Err(fault::SYNTAX) };
                    i += 1;
                }
                Some(pattern) if parse::is(word, "match") => {
                    filter.pattern = Some(pattern).filter(|pattern| !glob::matches_all(pattern));
                    i += 1;
                }
                _ => return Err(fault::SYNTAX),
            }
            i += 1;
        }
        Ok(filter)
    }
}

/// Steps of a walk before ZSCAN ends although it has not found as many as asked for, per one asked.
const STEPS_PER_WANTED: usize = 10;

/// Elements found by ZSCAN: members, and scores as they are shown.
type Found = Vec<(Vec<u8>, String)>;

pub(super) fn zscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let cursor = parse::cursor(args.at(2))?;
    let (mut next, mut found, mut scores) = (0, Found::new(), true);
    if let Some(set) = read(&mut ctx.data, args.at(1))? {
        let filter = Filter::parse(args)?;
        scores = filter.scores;
        (next, found) = walk(set, cursor, &filter);
    }
    let reply = &mut *ctx.reply;
    reply.array(2);
    reply.bulk(next.to_string().as_bytes());
    reply.array(if scores { 2 * found.len() } else { found.len() });
    for (member, score) in &found {
        reply.bulk(member);
        if scores {
            reply.bulk(score.as_bytes());
        }
    }
    Ok(())
}

/// A small sorted set comes whole; a big one step by step.
fn walk(set: ZsetRef<'_>, mut cursor: u64, filter: &Filter<'_>) -> (u64, Found) {
    let passes = |member: &[u8]| filter.pattern.is_none_or(|pattern| glob::matches(pattern, member));
    let mut found = Found::new();
    let ZsetRef::Big(zset) = set else {
        let all = set.iter().map(|element| element.to_pair()).filter(|(member, _)| passes(member));
        return (0, all.map(|(member, score)| (member, number::double_text(score))).collect());
    };
    let mut seen = 0;
    for _ in 0..filter.wanted.saturating_mul(STEPS_PER_WANTED) {
        cursor = zset.scan(cursor, &mut |member, score| {
            seen += 1;
            if passes(member) {
                found.push((member.to_vec(), number_text::seventeen(score)));
            }
        });
        if cursor == 0 || seen >= filter.wanted {
            break;
        }
    }
    (cursor, found)
}
