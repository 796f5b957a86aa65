//! Commands that act on a string only if it is what the client thinks: the conditions of SET, DELEX, DELIFEQ,
//! DIGEST and MSETEX.
//!
//! The digest is the 64-bit XXH3 of the bytes, in 16 hexadecimal digits. What comes of such a command goes to
//! the journal as a plain SET or DEL, which servers of any age understand.

use xxhash_rust::xxh3::xxh3_64;

use crate::resp::Args;
use crate::resp::number::IntText as Digits;
use crate::server::commands::string::{drop_now, past, tell_set};
use crate::server::commands::{Table, parse};
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::{EntryRef, IntText, Kind, Str};

use super::parse::ExpireUnit;

/// This family's handlers.
pub const TABLE: Table =
    &[("delex", delex), ("delifeq", delifeq), ("digest", digest_command), ("msetex", msetex)];

/// A condition on the value that a key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Compares digests, not values.
    by_digest: bool,
    /// Holds when they are equal (else: when they are not).
    equal: bool,
    wanted: &'a [u8],
}

impl<'a> Condition<'a> {
    /// The condition that an option names, with the value behind it.
    pub fn of_option(word: &[u8], wanted: &'a [u8]) -> Option<Condition<'a>> {
        let all =
            [("ifeq", false, true), ("ifne", false, false), ("ifdeq", true, true), ("ifdne", true, false)];
        let found = all.into_iter().find(|(name, ..)| parse::is(word, name));
        found.map(|(_, by_digest, equal)| Condition { by_digest, equal, wanted })
    }

    /// A digest must look like one.
    pub fn check(&self) -> Result<(), Fault> {
        if self.by_digest && (self.wanted.len() != 16 || !self.wanted.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Fault::new("ERR digest must be exactly 16 hexadecimal characters"));
        }
        Ok(())
    }

    /// Whether it holds. A key that is not there is different from everything.
    pub fn holds(&self, entry: Option<EntryRef<'_>>) -> Result<bool, Fault> {
        let Some(entry) = entry else { return Ok(!self.equal) };
        if entry.kind() != Kind::String {
            return Err(fault::WRONG_TYPE);
        }
        let mut scratch = IntText::default();
        let bytes = entry.value().bytes(&mut scratch);
        let same = match self.by_digest {
            true => digest(bytes).eq_ignore_ascii_case(self.wanted),
            false => bytes == self.wanted,
        };
        Ok(same == self.equal)
    }
}

/// The digest of a value.
fn digest(bytes: &[u8]) -> [u8; 16] {
    let sum = xxh3_64(bytes);
    std::array::from_fn(|i| b"0123456789abcdef"[(sum >> (60 - 4 * i) & 15) as usize])
}

fn digest_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut scratch = IntText::default();
    let digest =
        ctx.data.read_as(args.at(1), Kind::String)?.map(|entry| digest(entry.value().bytes(&mut scratch)));
    ctx.reply.bulk_or_null(digest.as_ref().map(|digits| &digits[..]));
    Ok(())
}

fn delex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let condition = match args.len() {
        2 => None,
        4 => {
            let found = Condition::of_option(args.at(2), args.at(3));
            Some(found.ok_or(Fault::new("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"))?)
        }
        _ => return Err(Fault::new("ERR wrong number of arguments for 'delex' command")),
    };
    delete_if(ctx, args.at(1), condition)
}

fn delifeq(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    delete_if(ctx, args.at(1), Condition::of_option(b"ifeq", args.at(2)))
}

/// Deletes a key that is there, if the condition holds.
fn delete_if(ctx: &mut Ctx<'_>, key: &[u8], condition: Option<Condition<'_>>) -> Result<(), Fault> {
    condition.map_or(Ok(()), |condition| condition.check())?;
    let entry = ctx.data.peek(key);
    let holds = condition.map_or(Ok(true), |condition| condition.holds(entry))?;
    let gone = holds && ctx.data.remove(key);
    if gone {
        ctx.data.changed(Events::GENERIC, "del", key);
        ctx.effect_instead(&[b"DEL", key]);
    }
    ctx.reply.int(i64::from(gone));
    Ok(())
}

/// What MSETEX was told behind its pairs.
#[derive(Default)]
struct Options {
    nx: bool,
    xx: bool,
    keep_ttl: bool,
    expire: Option<i64>,
}

impl Options {
    fn parse(ctx: &Ctx<'_>, words: Args<'_>) -> Result<Options, Fault> {
        let mut options = Options::default();
        let mut i = 0;
        while let Some(word) = words.get(i) {
            let timeless = !options.keep_ttl && options.expire.is_none();
            if parse::is(word, "nx") && !options.xx {
                options.nx = true;
            } else if parse::is(word, "xx") && !options.nx {
                options.xx = true;
            } else if parse::is(word, "keepttl") && timeless {
                options.keep_ttl = true;
            } else if let (Some(unit), Some(value), true) =
                (ExpireUnit::of_option(word), words.get(i + 1), timeless)
            {
                options.expire = Some(parse::expire_at(value, unit, ctx.now_ms(), "msetex")?);
                i += 1;
            } else {
                return Err(fault::SYNTAX);
            }
            i += 1;
        }
        Ok(options)
    }
}

fn msetex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let numkeys = parse::int(args.at(1)).ok().filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok());
    let numkeys = numkeys.ok_or(Fault::new("ERR invalid numkeys value"))?;
    let behind = numkeys.checked_mul(2).and_then(|words| words.checked_add(2));
    let Some(behind) = behind.filter(|behind| *behind <= args.len()) else {
        return Err(Fault::new("ERR wrong number of key-value pairs"));
    };
    let options = Options::parse(ctx, args.tail(behind))?;
    let pairs = || (2..behind).step_by(2).map(|i| (args.at(i), args.at(i + 1)));
    let there = pairs().filter(|(key, _)| ctx.data.peek(key).is_some()).count();
    let refused =
        (options.nx && there > 0) || (options.xx && pairs().any(|(key, _)| ctx.data.peek(key).is_none()));
    if !refused {
        pairs().for_each(|(key, value)| set_one(ctx, key, value, &options));
    }
    ctx.reply.int(i64::from(!refused));
    Ok(())
}

/// Sets one of the keys; a time that is over deletes it instead.
fn set_one(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], options: &Options) {
    if past(ctx, options.expire) {
        return drop_now(ctx, key);
    }
    let kept = if options.keep_ttl { ctx.data.peek(key).and_then(|entry| entry.expire_ms()) } else { None };
    ctx.data.put(key, Str::encode(value), options.expire.or(kept));
    tell_set(ctx, key, options.expire.is_some());
    match options.expire {
        Some(at) => ctx.effect_instead(&[b"SET", key, value, b"PXAT", Digits::new(at).as_bytes()]),
        None if options.keep_ttl => ctx.effect_instead(&[b"SET", key, value, b"KEEPTTL"]),
        None => ctx.effect_instead(&[b"SET", key, value]),
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_digest_is_the_one_of_the_documentation() {
        assert_eq!(&digest(b"Hello world"), b"b6acb9d84a38ff74");
    }
}
