//! HINCRBY, HINCRBYFLOAT, HRANDFIELD and HSCAN.

use crate::resp::extended::Extended;
use crate::resp::number::{IntText as Digits, parse_i64};
use crate::resp::{Args, Reply};
use crate::server::commands::hash::{changed, edit_or_create, limits, peek, read};
use crate::server::commands::random::Random;
use crate::server::commands::set::write_item;
use crate::server::commands::{Table, parse, scan_value};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::IntText;
use crate::store::types::{FieldRef, HashMut, HashRef};

/// This file's handlers.
pub const TABLE: Table =
    &[("hincrby", hincrby), ("hincrbyfloat", hincrbyfloat), ("hrandfield", hrandfield), ("hscan", hscan)];

/// The value of a field with the time it keeps, and the field set to what `next` makes of it.
fn update<T>(
    ctx: &mut Ctx<'_>,
    (key, field): (&[u8], &[u8]),
    event: &str,
    next: impl FnOnce(Option<&[u8]>) -> Result<(T, Vec<u8>), Fault>,
) -> Result<(T, bool), Fault> {
    let (limits, from_ms) = (limits(ctx.settings), ctx.data.fields_from_ms());
    // A failure must not leave an empty hash behind: the old value is looked at first.
    let old = peek(&mut ctx.data, key)?.and_then(|hash| hash.get(field));
    let expires = old.is_some_and(|old| old.expire_ms.is_some());
    let (result, text) = next(old.map(|old| old.value.to_vec()).as_deref())?;
    let mut entry = edit_or_create(&mut ctx.data, key)?;
    let mut hash = HashMut::new(&mut entry, limits);
    if hash.view().at(from_ms).get(field).is_some() {
        hash.set_keeping(field, &text);
    } else {
        hash.set(field, &text);
    }
    changed(&mut ctx.data, event, key, 1);
    Ok((result, expires))
}

fn hincrby(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let by = parse::int(args.at(3))?;
    let (sum, _) = update(ctx, (args.at(1), args.at(2)), "hincrby", |old| {
        let old = old.map_or(Some(0), parse_i64).ok_or(Fault::new("ERR hash value is not an integer"))?;
        let sum = old.checked_add(by).ok_or(Fault::new("ERR increment or decrement would overflow"))?;
        Ok((sum, Digits::new(sum).as_bytes().to_vec()))
    })?;
    ctx.reply.int(sum);
    Ok(())
}

fn hincrbyfloat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, field, by) = (args.at(1), args.at(2), args.at(3));
    let number = Extended::parse(by).ok_or(fault::NOT_FLOAT)?;
    if !number.is_finite() {
        return Err(Fault::new("ERR value is NaN or Infinity"));
    }
    let (sum, expires) = update(ctx, (key, field), "hincrbyfloat", |old| {
        let old = old.unwrap_or(b"0");
        let old = Extended::parse(old).ok_or(Fault::new("ERR hash value is not a float"))?;
        let sum = old.plus(number).text();
        let sum = sum.ok_or(Fault::new("ERR increment would produce NaN or Infinity"))?;
        Ok((sum.clone(), sum.into_bytes()))
    })?;
    // The sum, not the addition: replicas may compute otherwise. HSET would end the field's time to live.
    if expires {
        ctx.effect_instead(&[b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", field, sum.as_bytes()]);
    } else {
        ctx.effect_instead(&[b"HSET", key, field, sum.as_bytes()]);
    }
    ctx.reply.bulk(sum.as_bytes());
    Ok(())
}

/// Most fields with values that may be asked for: their replies are counted in 64 bits.
const PAIRS_MAX: i64 = i64::MAX / 2;

fn hrandfield(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = args.get(2).map(parse::signed_count).transpose()?;
    let values = args.len() == 4 && parse::is(args.at(3), "withvalues");
    if args.len() > 4 || (args.len() == 4 && !values) {
        return Err(fault::SYNTAX);
    }
    if values && count.is_some_and(|count| !(-PAIRS_MAX..=PAIRS_MAX).contains(&count)) {
        return Err(Fault::new("ERR value is out of range"));
    }
    let hash = read(&mut ctx.data, args.at(1))?;
    let mut random = Random::new();
    match (hash, count) {
        (None, None) => ctx.reply.null(),
        (None, Some(_)) => ctx.reply.array(0),
        (Some(hash), None) => match hash.random(&mut || random.number()) {
            Some(field) => write_item(ctx.reply, field.name),
            None => ctx.reply.null(),
        },
        (Some(hash), Some(count)) if count < 0 => {
            write_drawn(ctx.reply, hash, count.unsigned_abs() as usize, values);
        }
        (Some(hash), Some(count)) => {
            let fields = choose(hash, count, &mut random);
            write_fields(ctx.reply, &fields, values);
        }
    }
    Ok(())
}

/// Different fields chosen at random.
fn choose<'a>(hash: HashRef<'a>, count: i64, random: &mut Random) -> Vec<FieldRef<'a>> {
    /// Drawing again and again pays while this many times more fields are there than wanted.
    const SPARSE: usize = 3;
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if wanted.saturating_mul(SPARSE) > hash.len() {
        let mut all = hash.to_vec();
        if wanted < all.len() {
            random.choose(&mut all, wanted);
            all.truncate(wanted);
        }
        return all;
    }
    let mut seen = std::collections::HashSet::with_capacity(wanted);
    let mut found = Vec::with_capacity(wanted);
    while found.len() < wanted {
        let Some(field) = hash.random(&mut || random.number()) else { break };
        if seen.insert(field.name.to_vec()) {
            found.push(field);
        }
    }
    found
}

/// With values: pairs in RESP3, one after the other in RESP2.
fn write_fields(reply: &mut Reply, fields: &[FieldRef<'_>], values: bool) {
    begin_fields(reply, fields.len(), values);
    fields.iter().for_each(|field| write_field(reply, field, values));
}

/// So many fields, each of them any: there may be far more of them than the hash has.
fn write_drawn(reply: &mut Reply, hash: HashRef<'_>, wanted: usize, values: bool) {
    let mut random = Random::new();
    begin_fields(reply, wanted, values);
    for _ in 0..wanted {
        match hash.random(&mut || random.number()) {
            Some(field) if !reply.is_over() => write_field(reply, &field, values),
            _ => break,
        }
    }
}

fn begin_fields(reply: &mut Reply, count: usize, values: bool) {
    reply.array(if values && !reply.is_resp3() { count * 2 } else { count });
}

fn write_field(reply: &mut Reply, field: &FieldRef<'_>, values: bool) {
    if values && reply.is_resp3() {
        reply.array(2);
    }
    write_item(reply, field.name);
    if values {
        write_item(reply, field.value);
    }
}

fn hscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let cursor = parse::cursor(args.at(2))?;
    let Some(hash) = read(&mut ctx.data, args.at(1))? else {
        scan_value::empty(ctx.reply);
        return Ok(());
    };
    let options = scan_value::Options::parse(args, true)?;
    options.run(cursor, ctx.reply, |at, reply| {
        let mut count = 0;
        let next = hash.scan(at, &mut |field| {
            if !options.passes(field.name.bytes(&mut IntText::default())) {
                return;
            }
            write_item(reply, field.name);
            count += 1;
            if !options.no_values {
                write_item(reply, field.value);
                count += 1;
            }
        });
        (next, count)
    });
    Ok(())
}
