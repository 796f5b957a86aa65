//! Times to live of a hash's fields (Redis 7.4): HEXPIRE and its family, HTTL and its family, HPERSIST, and
//! (Redis 8.0) HGETEX, HSETEX, HGETDEL.
//!
//! Effects are absolute: HPEXPIREAT with the fields that got the time, HDEL with those whose time was over
//! from the start.

use std::collections::HashSet;

use crate::resp::number::{IntText as Digits, parse_i64};
use crate::resp::{Args, Reply};
use crate::server::commands::Table;
use crate::server::commands::hash::{
    changed, drop_empty, edit, edit_or_create, limits, peek, read, remove_fields, write_value,
};
use crate::server::commands::parse::{self, ExpireUnit};
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::types::{HashMut, HashRef};

/// This file's handlers.
pub const TABLE: Table = &[
    ("hexpire", hexpire),
    ("hpexpire", hpexpire),
    ("hexpireat", hexpireat),
    ("hpexpireat", hpexpireat),
    ("httl", httl),
    ("hpttl", hpttl),
    ("hexpiretime", hexpiretime),
    ("hpexpiretime", hpexpiretime),
    ("hpersist", hpersist),
    ("hgetex", hgetex),
    ("hsetex", hsetex),
    ("hgetdel", hgetdel),
];

/// The latest time a field may have, in milliseconds since the Unix epoch (as in Redis: 46 bits).
const EXPIRE_MS_MAX: i64 = (1 << 46) - 1;

const FIELDS_MISSING: Fault =
    Fault::new("ERR Mandatory argument FIELDS is missing or not at the right position");
const FIELDS_MISMATCH: Fault = Fault::new("ERR The `numfields` parameter must match the number of arguments");

/// The fields behind `FIELDS numfields` at word `at`; `bad` is the error for a number that is none.
fn fields_at<'a>(args: Args<'a>, at: usize, bad: &'static str) -> Result<Args<'a>, Fault> {
    if !args.get(at).is_some_and(|word| parse::is(word, "fields")) {
        return Err(FIELDS_MISSING);
    }
    let count = args.get(at + 1).and_then(parse_i64).and_then(|n| usize::try_from(n).ok());
    let count = count.filter(|n| *n > 0).ok_or(Fault::new(bad))?;
    if args.len() != (at + 2).saturating_add(count) {
        return Err(FIELDS_MISMATCH);
    }
    Ok(args.tail(at + 2))
}

const BAD_COUNT: &str = "ERR Number of fields must be a positive integer";

/// An absolute time in milliseconds from an argument.
fn time(arg: &[u8], unit: ExpireUnit, now_ms: i64, command: &str) -> Result<i64, Fault> {
    let value = parse::int(arg)?;
    if value < 0 {
        return Err(Fault::new("ERR invalid expire time, must be >= 0"));
    }
    let at = unit.absolute(value, now_ms).filter(|at| *at <= EXPIRE_MS_MAX);
    at.ok_or_else(|| parse::invalid_expire(command))
}

/// Under which condition a field gets a time.
#[derive(Clone, Copy)]
enum Condition {
    None,
    Nx,
    Xx,
    Gt,
    Lt,
}

impl Condition {
    fn of(word: &[u8]) -> Option<Condition> {
        let all =
            [("nx", Condition::Nx), ("xx", Condition::Xx), ("gt", Condition::Gt), ("lt", Condition::Lt)];
        all.into_iter().find(|(name, _)| parse::is(word, name)).map(|(_, condition)| condition)
    }

    /// No time counts as the latest of all.
    fn holds(self, old: Option<i64>, new: i64) -> bool {
        match self {
            Condition::None => true,
            Condition::Nx => old.is_none(),
            Condition::Xx => old.is_some(),
            Condition::Gt => old.is_some_and(|old| new > old),
            Condition::Lt => old.is_none_or(|old| new < old),
        }
    }
}

fn hexpire(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::Seconds, "hexpire")
}

fn hpexpire(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::Millis, "hpexpire")
}

fn hexpireat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::AtSeconds, "hexpireat")
}

fn hpexpireat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::AtMillis, "hpexpireat")
}

fn expire_in(ctx: &mut Ctx<'_>, args: Args<'_>, unit: ExpireUnit, name: &str) -> Result<(), Fault> {
    let (key, now_ms) = (args.at(1), ctx.now_ms());
    edit(&mut ctx.data, key)?;
    let at = time(args.at(2), unit, now_ms, name)?;
    let place = if Condition::of(args.at(3)).is_some() { 4 } else { 3 };
    let word = args.part(3, place - 3);
    let fields = fields_at(args, place, "ERR Parameter `numFields` should be greater than 0")?;
    let verdicts = give_time(ctx, key, fields, word, at)?;
    ctx.reply.array(verdicts.len());
    verdicts.into_iter().for_each(|verdict| ctx.reply.int(verdict));
    Ok(())
}

const NO_FIELD: i64 = -2;
const REFUSED: i64 = 0;
const SET: i64 = 1;
const DELETED: i64 = 2;

/// Gives fields a time where the condition holds, or removes them when it is over, and tells of it; returns
/// what each is answered. They are taken one after the other, so one that comes twice meets its new state.
/// Replicas are told the condition too, if there was one.
fn give_time(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    fields: Args<'_>,
    condition: Args<'_>,
    at: i64,
) -> Result<Vec<i64>, Fault> {
    ctx.no_effect();
    let wanted = condition.get(0).and_then(Condition::of).unwrap_or(Condition::None);
    let over = at <= ctx.now_ms() && ctx.data.deletes_past();
    let (limits, from_ms) = (limits(ctx.settings), ctx.data.fields_from_ms());
    let Some(mut entry) = edit(&mut ctx.data, key)? else { return Ok(vec![NO_FIELD; fields.len()]) };
    let mut hash = HashMut::new(&mut entry, limits);
    let (mut set, mut deleted): (Vec<&[u8]>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    let mut one = |field| {
        let Some(found) = hash.view().at(from_ms).get(field) else { return NO_FIELD };
        if !wanted.holds(found.expire_ms, at) {
            return REFUSED;
        }
        if over {
            hash.remove(field);
            deleted.push(field);
            return DELETED;
        }
        if hash.expire(field, Some(at)) {
            set.push(field);
        }
        SET
    };
    let verdicts = fields.iter().map(&mut one).collect();
    let empty = hash.view().is_empty();
    if !set.is_empty() {
        changed(&mut ctx.data, "hexpire", key, set.len());
        let at = Digits::new(at);
        let head = [b"HPEXPIREAT".as_slice(), key, at.as_bytes()];
        effect(ctx, &head.into_iter().chain(condition.iter()).collect::<Vec<_>>(), &set);
    }
    tell_deleted(ctx, key, &deleted, empty);
    Ok(verdicts)
}

/// Tells of fields that were removed because their time was over from the start.
fn tell_deleted(ctx: &mut Ctx<'_>, key: &[u8], deleted: &[&[u8]], empty: bool) {
    if deleted.is_empty() {
        return;
    }
    changed(&mut ctx.data, "hdel", key, deleted.len());
    let words: Vec<&[u8]> = [b"HDEL", key].into_iter().chain(deleted.iter().copied()).collect();
    ctx.effect_instead(&words);
    if empty {
        drop_empty(&mut ctx.data, key);
    }
}

/// An effect with `FIELDS n field ...` behind its head.
fn effect(ctx: &mut Ctx<'_>, head: &[&[u8]], fields: &[&[u8]]) {
    let count = Digits::new(fields.len() as i64);
    let mut words = head.to_vec();
    words.extend_from_slice(&[b"FIELDS", count.as_bytes()]);
    words.extend_from_slice(fields);
    ctx.effect_instead(&words);
}

fn httl(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let now_ms = ctx.now_ms();
    answer(ctx, args, |at| ((at - now_ms).max(0) + 999) / 1000)
}

fn hpttl(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let now_ms = ctx.now_ms();
    answer(ctx, args, |at| (at - now_ms).max(0))
}

fn hexpiretime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    answer(ctx, args, |at| (at + 999) / 1000)
}

fn hpexpiretime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    answer(ctx, args, |at| at)
}

/// For each field -2 when it is not there, -1 when it does not expire, else what `show` makes of its time.
fn answer(ctx: &mut Ctx<'_>, args: Args<'_>, show: impl Fn(i64) -> i64) -> Result<(), Fault> {
    let hash = read(&mut ctx.data, args.at(1))?;
    let fields = fields_at(args, 2, BAD_COUNT)?;
    ctx.reply.array(fields.len());
    for field in fields.iter() {
        let found = hash.and_then(|hash| hash.get(field));
        ctx.reply.int(found.map_or(NO_FIELD, |found| found.expire_ms.map_or(-1, &show)));
    }
    Ok(())
}

fn hpersist(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    edit(&mut ctx.data, key)?;
    let fields = fields_at(args, 2, BAD_COUNT)?;
    let answers = persist(ctx, key, fields)?;
    ctx.reply.array(answers.len());
    answers.into_iter().for_each(|answer| ctx.reply.int(answer));
    Ok(())
}

/// Takes the times of fields off; for each 1, -1 when it had none, -2 when it is not there.
fn persist(ctx: &mut Ctx<'_>, key: &[u8], fields: Args<'_>) -> Result<Vec<i64>, Fault> {
    let (limits, from_ms) = (limits(ctx.settings), ctx.data.fields_from_ms());
    let Some(mut entry) = edit(&mut ctx.data, key)? else { return Ok(vec![NO_FIELD; fields.len()]) };
    let mut hash = HashMut::new(&mut entry, limits);
    let mut done = Vec::new();
    let mut take_off = |field| {
        let Some(found) = hash.view().at(from_ms).get(field) else { return NO_FIELD };
        if found.expire_ms.is_none() {
            return -1;
        }
        hash.expire(field, None);
        done.push(field);
        SET
    };
    let answers = fields.iter().map(&mut take_off).collect();
    ctx.no_effect();
    if !done.is_empty() {
        changed(&mut ctx.data, "hpersist", key, done.len());
        effect(ctx, &[b"HPERSIST", key], &done);
    }
    Ok(answers)
}

/// Writes the values of fields as an array.
fn write_values(reply: &mut Reply, hash: Option<HashRef<'_>>, fields: Args<'_>) {
    reply.array(fields.len());
    for field in fields.iter() {
        write_value(reply, hash.and_then(|hash| hash.get(field)));
    }
}

/// HGETEX's and HSETEX's option at word `at`: which time, if any.
fn unit_at(args: Args<'_>, at: usize) -> Option<ExpireUnit> {
    args.get(at).and_then(ExpireUnit::of_option)
}

fn hgetex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, now_ms) = (args.at(1), ctx.now_ms());
    edit(&mut ctx.data, key)?;
    let unit = unit_at(args, 2);
    let takes_off = args.get(2).is_some_and(|word| parse::is(word, "persist"));
    let place = 2 + if unit.is_some() { 2 } else { usize::from(takes_off) };
    let at = match (unit, args.get(3)) {
        (Some(unit), Some(arg)) => Some(time(arg, unit, now_ms, "hgetex")?),
        _ => None,
    };
    let fields = fields_at(args, place, BAD_COUNT)?;
    write_values(ctx.reply, peek(&mut ctx.data, key)?, fields);
    ctx.no_effect();
    if let Some(at) = at {
        give_time(ctx, key, fields, args.part(0, 0), at)?;
    } else if takes_off {
        persist(ctx, key, fields)?;
    }
    Ok(())
}

fn hgetdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    edit(&mut ctx.data, key)?;
    let fields = fields_at(args, 2, BAD_COUNT)?;
    let (hash, mut taken) = (peek(&mut ctx.data, key)?, HashSet::new());
    ctx.reply.array(fields.len());
    for field in fields.iter() {
        // One that is named twice is gone the second time.
        let hash = hash.filter(|_| taken.insert(field));
        write_value(ctx.reply, hash.and_then(|hash| hash.get(field)));
    }
    ctx.no_effect();
    if remove_fields(ctx, key, fields)? > 0 {
        let words: Vec<&[u8]> = [b"HDEL", key].into_iter().chain(fields.iter()).collect();
        ctx.effect_instead(&words);
    }
    Ok(())
}

/// What HSETEX was told ahead of its fields.
#[derive(Default)]
struct SetOptions {
    only_new: bool,
    only_old: bool,
    keep: bool,
    at: Option<i64>,
}

impl SetOptions {
    /// Reads the options; returns them with the word where FIELDS stands.
    fn parse(args: Args<'_>, now_ms: i64) -> Result<(SetOptions, usize), Fault> {
        let mut options = SetOptions::default();
        let mut i = 2;
        while let Some(word) = args.get(i) {
            if parse::is(word, "fields") {
                return Ok((options, i));
            }
            i += options.take(args, i, now_ms)?;
        }
        Err(wrong_arity())
    }

    /// Takes the option at `i`; returns its number of words.
    fn take(&mut self, args: Args<'_>, i: usize, now_ms: i64) -> Result<usize, Fault> {
        let word = args.at(i);
        let (new, old) = (parse::is(word, "fnx"), parse::is(word, "fxx"));
        if new || old {
            if self.only_new || self.only_old {
                return Err(Fault::new("ERR Only one of FXX or FNX arguments can be specified"));
            }
            (self.only_new, self.only_old) = (new, old);
            return Ok(1);
        }
        let (unit, keep) = (ExpireUnit::of_option(word), parse::is(word, "keepttl"));
        if unit.is_none() && !keep {
            return Err(Fault::err(format!("unknown argument: {}", parse::lossy(word))));
        }
        if self.keep || self.at.is_some() {
            let words = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
            return Err(Fault::new(words));
        }
        self.keep = keep;
        let Some(unit) = unit else { return Ok(1) };
        self.at = Some(time(args.get(i + 1).ok_or_else(wrong_arity)?, unit, now_ms, "hsetex")?);
        Ok(2)
    }

    /// Whether the fields are there, or not, as they should be.
    fn hold(&self, hash: Option<HashRef<'_>>, pairs: Args<'_>) -> bool {
        let there = |field| hash.and_then(|hash| hash.get(field)).is_some();
        let mut fields = pairs.iter().step_by(2);
        !(self.only_new && fields.clone().any(there) || self.only_old && !fields.all(there))
    }
}

fn wrong_arity() -> Fault {
    Fault::new("ERR wrong number of arguments for 'hsetex' command")
}

fn hsetex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, now_ms) = (args.at(1), ctx.now_ms());
    let (options, place) = SetOptions::parse(args, now_ms)?;
    let count = args.get(place + 1).and_then(parse_i64).and_then(|n| usize::try_from(n).ok());
    let fits = |n: &usize| (1..=i32::MAX as usize).contains(n);
    let count = count.filter(fits).ok_or(Fault::new("ERR invalid number of fields"))?;
    let pairs = args.tail(place + 2);
    if pairs.len() != count.saturating_mul(2) {
        return Err(wrong_arity());
    }
    let holds = options.hold(peek(&mut ctx.data, key)?, pairs);
    ctx.no_effect();
    if holds {
        set_expiring(ctx, key, &options, pairs)?;
    }
    ctx.reply.int(i64::from(holds));
    Ok(())
}

fn set_expiring(ctx: &mut Ctx<'_>, key: &[u8], options: &SetOptions, pairs: Args<'_>) -> Result<(), Fault> {
    let limits = limits(ctx.settings);
    let over = options.at.is_some_and(|at| at <= ctx.now_ms()) && ctx.data.deletes_past();
    let mut entry = edit_or_create(&mut ctx.data, key)?;
    let mut hash = HashMut::new(&mut entry, limits);
    for i in (0..pairs.len()).step_by(2) {
        let (field, value) = (pairs.at(i), pairs.at(i + 1));
        match options.at {
            _ if over || (options.at.is_none() && !options.keep) => hash.set(field, value),
            Some(at) => hash.set_expiring(field, value, at),
            None => hash.set_keeping(field, value),
        };
    }
    changed(&mut ctx.data, "hset", key, pairs.len() / 2);
    let fields: Vec<&[u8]> = pairs.iter().step_by(2).collect();
    if over {
        return delete_again(ctx, key, &fields);
    }
    if options.at.is_some() {
        ctx.data.event(Events::HASH, "hexpire", key);
    }
    journal_set(ctx, key, options, pairs);
    Ok(())
}

/// A time that is over already: the fields go as they came.
fn delete_again(ctx: &mut Ctx<'_>, key: &[u8], fields: &[&[u8]]) -> Result<(), Fault> {
    let limits = limits(ctx.settings);
    let Some(mut entry) = edit(&mut ctx.data, key)? else { return Ok(()) };
    let mut hash = HashMut::new(&mut entry, limits);
    fields.iter().for_each(|field| {
        hash.remove(field);
    });
    let empty = hash.view().is_empty();
    tell_deleted(ctx, key, fields, empty);
    Ok(())
}

/// The time goes to replicas and file as it is: absolute.
fn journal_set(ctx: &mut Ctx<'_>, key: &[u8], options: &SetOptions, pairs: Args<'_>) {
    let (at, count) = (options.at.map(Digits::new), Digits::new(pairs.len() as i64 / 2));
    let mut words: Vec<&[u8]> = vec![b"HSETEX", key];
    if let Some(at) = &at {
        words.extend_from_slice(&[b"PXAT", at.as_bytes()]);
    } else if options.keep {
        words.push(b"KEEPTTL");
    }
    words.extend_from_slice(&[b"FIELDS", count.as_bytes()]);
    words.extend(pairs.iter());
    ctx.effect_instead(&words);
}
