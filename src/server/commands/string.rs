//! String commands, LCS apart (`lcs.rs`).

use crate::resp::number::IntText as Digits;
use crate::resp::{Args, Reply, extended};
use crate::server::commands::conditional::Condition;
use crate::server::commands::parse::{self, ExpireUnit};
use crate::server::commands::{Table, lcs};
use crate::server::config::{Events, Settings};
use crate::server::ctx::{Ctx, Data};
use crate::server::fault::{self, Fault};
use crate::store::{EntryMut, EntryRef, IntText, Kind, OwnedValue, Str, ValueRef};

/// This family's handlers.
pub const TABLE: Table = &[
    ("get", get),
    ("set", set),
    ("setnx", setnx),
    ("setex", setex),
    ("psetex", psetex),
    ("getset", getset),
    ("getdel", getdel),
    ("getex", getex),
    ("mget", mget),
    ("mset", mset),
    ("msetnx", msetnx),
    ("append", append),
    ("strlen", strlen),
    ("getrange", getrange),
    ("substr", getrange),
    ("setrange", setrange),
    ("incr", incr),
    ("decr", decr),
    ("incrby", incrby),
    ("decrby", decrby),
    ("incrbyfloat", incrbyfloat),
    ("lcs", lcs::lcs),
];

/// Writes a string value as a bulk.
pub fn write_value(reply: &mut Reply, value: ValueRef<'_>) {
    match value {
        ValueRef::Int(n) => reply.bulk_int(n),
        ValueRef::Str(bytes) => reply.bulk(bytes),
        ValueRef::Packed(..) | ValueRef::Object(_) => unreachable!("the caller has checked the type"),
    }
}

/// Looks up a string to read it.
pub fn read<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<EntryRef<'d>>, Fault> {
    let entry = data.read(key);
    match entry {
        Some(entry) if entry.kind() != Kind::String => Err(fault::WRONG_TYPE),
        entry => Ok(entry),
    }
}

/// Looks up a string to change it.
fn edit<'d>(data: &'d mut Data<'_>, key: &[u8]) -> Result<Option<EntryMut<'d>>, Fault> {
    let entry = data.write(key);
    match entry {
        Some(entry) if entry.as_ref().kind() != Kind::String => Err(fault::WRONG_TYPE),
        entry => Ok(entry),
    }
}

fn reply_or_null(reply: &mut Reply, entry: Option<EntryRef<'_>>) {
    match entry {
        Some(entry) => write_value(reply, entry.value()),
        None => reply.null(),
    }
}

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    reply_or_null(ctx.reply, read(&mut ctx.data, args.at(1))?);
    Ok(())
}

/// What SET does besides setting.
#[derive(Debug, Default)]
struct SetOptions<'a> {
    nx: bool,
    xx: bool,
    condition: Option<Condition<'a>>,
    get: bool,
    keep_ttl: bool,
    expire: Option<(ExpireUnit, usize)>,
}

impl<'a> SetOptions<'a> {
    fn parse(args: Args<'a>) -> Result<SetOptions<'a>, Fault> {
        let mut options = SetOptions::default();
        let mut i = 3;
        while i < args.len() {
            i += options.take(args, i).ok_or(fault::SYNTAX)?;
        }
        options.condition.map_or(Ok(()), |condition| condition.check())?;
        Ok(options)
    }

    /// Takes the option at `i`; returns its number of words.
    fn take(&mut self, args: Args<'a>, i: usize) -> Option<usize> {
        let word = args.at(i);
        let value = args.get(i + 1);
        if parse::is(word, "nx") && !self.xx && self.condition.is_none() {
            self.nx = true;
        } else if parse::is(word, "xx") && !self.nx && self.condition.is_none() {
            self.xx = true;
        } else if let Some(condition) = value.and_then(|value| Condition::of_option(word, value)) {
            if self.nx || self.xx || self.condition.is_some() {
                return None;
            }
            self.condition = Some(condition);
            return Some(2);
        } else if parse::is(word, "get") {
            self.get = true;
        } else if parse::is(word, "keepttl") && self.expire.is_none() {
            self.keep_ttl = true;
        } else {
            let unit = ExpireUnit::of_option(word)?;
            if self.keep_ttl || self.expire.is_some() || i + 1 >= args.len() {
                return None;
            }
            self.expire = Some((unit, i + 1));
            return Some(2);
        }
        Some(1)
    }
}

fn set(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() == 3 {
        store(ctx, args.at(1), args.at(2), None);
        ctx.reply.ok();
        return Ok(());
    }
    let options = SetOptions::parse(args)?;
    let now_ms = ctx.now_ms();
    let expire =
        options.expire.map(|(unit, at)| parse::expire_at(args.at(at), unit, now_ms, "set")).transpose()?;
    set_with(ctx, args, &options, expire)
}

fn set_with(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    options: &SetOptions<'_>,
    expire: Option<i64>,
) -> Result<(), Fault> {
    let (key, value) = (args.at(1), args.at(2));
    if options.get {
        reply_or_null(ctx.reply, read(&mut ctx.data, key)?);
    }
    let entry = ctx.data.peek(key);
    let holds = options.condition.map_or(Ok(true), |condition| condition.holds(entry))?;
    let old = entry.map(|e| e.expire_ms());
    if !holds || (options.nx && old.is_some()) || (options.xx && old.is_none()) {
        if !options.get {
            ctx.reply.null();
        }
        return Ok(());
    }
    let kept = if options.keep_ttl { old.flatten() } else { None };
    ctx.data.put(key, Str::encode(value), expire.or(kept));
    tell_set(ctx, key, expire.is_some());
    journal_set(ctx, args, options, expire);
    if !options.get {
        ctx.reply.ok();
    }
    Ok(())
}

/// An expiry that is over already deletes the key instead of setting it, on a master.
pub fn past(ctx: &Ctx<'_>, expire: Option<i64>) -> bool {
    expire.is_some_and(|at| at <= ctx.now_ms()) && ctx.data.deletes_past()
}

/// Deletes a key whose new expiry is over, instead of setting it.
pub fn drop_now(ctx: &mut Ctx<'_>, key: &[u8]) {
    if ctx.data.remove(key) {
        ctx.data.changed(Events::GENERIC, "del", key);
    }
    ctx.effect_instead(&[b"DEL", key]);
}

/// Replicas get absolute times, and neither GET nor conditions that older servers do not know.
fn journal_set(ctx: &mut Ctx<'_>, args: Args<'_>, options: &SetOptions<'_>, expire: Option<i64>) {
    let absolute = options.expire.is_some_and(|(unit, _)| unit == ExpireUnit::AtMillis);
    if absolute && options.condition.is_none() {
        return; // as it came
    }
    if let Some(at) = expire {
        let digits = Digits::new(at);
        ctx.effect_instead(&[b"SET", args.at(1), args.at(2), b"PXAT", digits.as_bytes()]);
    } else if options.condition.is_some() {
        let words: [&[u8]; 4] = [b"SET", args.at(1), args.at(2), b"KEEPTTL"];
        ctx.effect_instead(if options.keep_ttl { &words } else { &words[..3] });
    } else if options.get {
        let words: Vec<&[u8]> =
            args.iter().enumerate().filter(|(i, w)| *i < 3 || !parse::is(w, "get")).map(|(_, w)| w).collect();
        ctx.effect_instead(&words);
    }
}

/// Stores a string and tells of it.
pub fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], expire: Option<i64>) {
    ctx.data.put(key, Str::encode(value), expire);
    tell_set(ctx, key, expire.is_some());
}

/// Tells of a string that was set, with a time of its own or not.
pub fn tell_set(ctx: &mut Ctx<'_>, key: &[u8], timed: bool) {
    ctx.data.changed(Events::STRING, "set", key);
    if timed {
        ctx.data.event(Events::GENERIC, "expire", key);
    }
}

fn setnx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let fresh = ctx.data.peek(args.at(1)).is_none();
    if fresh {
        store(ctx, args.at(1), args.at(2), None);
    }
    ctx.reply.int(i64::from(fresh));
    Ok(())
}

fn setex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    set_expiring(ctx, args, ExpireUnit::Seconds, "setex")
}

fn psetex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    set_expiring(ctx, args, ExpireUnit::Millis, "psetex")
}

fn set_expiring(ctx: &mut Ctx<'_>, args: Args<'_>, unit: ExpireUnit, name: &str) -> Result<(), Fault> {
    let at = parse::expire_at(args.at(2), unit, ctx.now_ms(), name)?;
    store(ctx, args.at(1), args.at(3), Some(at));
    let digits = Digits::new(at);
    ctx.effect_instead(&[b"SET", args.at(1), args.at(3), b"PXAT", digits.as_bytes()]);
    ctx.reply.ok();
    Ok(())
}

fn getset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    reply_or_null(ctx.reply, read(&mut ctx.data, args.at(1))?);
    store(ctx, args.at(1), args.at(2), None);
    ctx.effect_instead(&[b"SET", args.at(1), args.at(2)]);
    Ok(())
}

fn getdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    reply_or_null(ctx.reply, read(&mut ctx.data, key)?);
    if ctx.data.remove(key) {
        ctx.data.changed(Events::GENERIC, "del", key);
        ctx.effect_instead(&[b"DEL", key]);
    }
    Ok(())
}

/// What GETEX does to the expiry.
enum Getex<'a> {
    Nothing,
    Persist,
    Expire(ExpireUnit, &'a [u8]),
}

/// The options of GETEX; the same one may come several times.
fn getex_options(args: Args<'_>) -> Result<Getex<'_>, Fault> {
    let mut chosen = Getex::Nothing;
    let mut words = args.tail(2).iter();
    while let Some(word) = words.next() {
        chosen = match (ExpireUnit::of_option(word), &chosen) {
            (Some(unit), Getex::Nothing) => Getex::Expire(unit, words.next().ok_or(fault::SYNTAX)?),
            (Some(unit), Getex::Expire(other, _)) if unit == *other => {
                Getex::Expire(unit, words.next().ok_or(fault::SYNTAX)?)
            }
            (None, Getex::Nothing | Getex::Persist) if parse::is(word, "persist") => Getex::Persist,
            _ => return Err(fault::SYNTAX),
        };
    }
    Ok(chosen)
}

fn getex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let chosen = getex_options(args)?;
    if read(&mut ctx.data, key)?.is_none() {
        ctx.reply.null();
        return Ok(()); // a time that cannot be is no error here
    }
    let at = match chosen {
        Getex::Expire(unit, value) => Some(parse::expire_at(value, unit, ctx.now_ms(), "getex")?),
        Getex::Nothing | Getex::Persist => None,
    };
    reply_or_null(ctx.reply, ctx.data.peek(key));
    ctx.no_effect();
    match at {
        Some(at) if past(ctx, Some(at)) => drop_now(ctx, key),
        Some(at) => expire_now(ctx, key, at),
        None if matches!(chosen, Getex::Persist) => persist_now(ctx, key),
        None => {}
    }
    Ok(())
}

fn expire_now(ctx: &mut Ctx<'_>, key: &[u8], at: i64) {
    if let Some(mut entry) = ctx.data.write(key) {
        entry.set_expire(Some(at));
        ctx.data.changed(Events::GENERIC, "expire", key);
        ctx.effect_instead(&[b"PEXPIREAT", key, Digits::new(at).as_bytes()]);
    }
}

fn persist_now(ctx: &mut Ctx<'_>, key: &[u8]) {
    let Some(mut entry) = ctx.data.write(key) else { return };
    if entry.expire_ms().is_some() {
        entry.set_expire(None);
        ctx.data.changed(Events::GENERIC, "persist", key);
        ctx.effect_instead(&[b"PERSIST", key]);
    }
}

fn mget(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.array(args.len() - 1);
    for key in args.tail(1).iter() {
        match ctx.data.read(key).filter(|e| e.kind() == Kind::String) {
            Some(entry) => write_value(ctx.reply, entry.value()),
            None => ctx.reply.null(),
        }
    }
    Ok(())
}

fn mset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    check_pairs(args, "mset")?;
    set_pairs(ctx, args);
    ctx.reply.ok();
    Ok(())
}

fn msetnx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    check_pairs(args, "msetnx")?;
    let any = args.tail(1).iter().step_by(2).any(|key| ctx.data.peek(key).is_some());
    if !any {
        set_pairs(ctx, args);
    }
    ctx.reply.int(i64::from(!any));
    Ok(())
}

fn check_pairs(args: Args<'_>, name: &str) -> Result<(), Fault> {
    if args.len().is_multiple_of(2) {
        return Err(Fault::err(format!("wrong number of arguments for '{name}' command")));
    }
    Ok(())
}

fn set_pairs(ctx: &mut Ctx<'_>, args: Args<'_>) {
    for i in (1..args.len()).step_by(2) {
        store(ctx, args.at(i), args.at(i + 1), None);
    }
}

/// Would a string of this length be too long?
fn check_length(settings: &Settings, len: usize) -> Result<(), Fault> {
    if len as u64 > settings.proto_max_bulk_len { Err(fault::STRING_TOO_LONG) } else { Ok(()) }
}

fn append(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, tail) = (args.at(1), args.at(2));
    let settings = ctx.settings;
    let len = match edit(&mut ctx.data, key)? {
        Some(mut entry) => {
            check_length(settings, entry.value().str_len().saturating_add(tail.len()))?;
            entry.append(tail)
        }
        None => {
            ctx.data.put(key, Str::encode(tail), None);
            tail.len()
        }
    };
    ctx.data.changed(Events::STRING, "append", key);
    ctx.reply.count(len);
    Ok(())
}

fn strlen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let len = read(&mut ctx.data, args.at(1))?.map_or(0, |entry| entry.value().str_len());
    ctx.reply.count(len);
    Ok(())
}

fn getrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (start, end) = (parse::int(args.at(2))?, parse::int(args.at(3))?);
    let mut scratch = IntText::default();
    match read(&mut ctx.data, args.at(1))? {
        Some(entry) => ctx.reply.bulk(slice(entry.value().bytes(&mut scratch), start, end)),
        None => ctx.reply.bulk(b""),
    }
    Ok(())
}

/// The bytes between two positions, both included, negative ones counted from the end.
fn slice(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    let len = bytes.len() as i64;
    if len == 0 || (start < 0 && end < 0 && start > end) {
        return b"";
    }
    let from_end = |i: i64| if i < 0 { (len + i).max(0) } else { i };
    let (start, end) = (from_end(start), from_end(end).min(len - 1));
    if start > end { b"" } else { &bytes[start as usize..=end as usize] }
}

fn setrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, patch) = (args.at(1), args.at(3));
    let offset = parse::int(args.at(2))?;
    let offset = usize::try_from(offset).map_err(|_| Fault::new("ERR offset is out of range"))?;
    let settings = ctx.settings;
    let entry = edit(&mut ctx.data, key)?;
    if patch.is_empty() {
        let len = entry.map_or(0, |e| e.value().str_len());
        ctx.reply.count(len);
        return Ok(());
    }
    check_length(settings, offset.saturating_add(patch.len()))?;
    let len = match entry {
        Some(mut entry) => entry.set_range(offset, patch),
        None => {
            let mut fresh = vec![0; offset];
            fresh.extend_from_slice(patch);
            ctx.data.put(key, Str::Raw(&fresh), None);
            fresh.len()
        }
    };
    ctx.data.changed(Events::STRING, "setrange", key);
    ctx.reply.count(len);
    Ok(())
}

fn incr(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    add(ctx, args.at(1), 1)
}

fn decr(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    add(ctx, args.at(1), -1)
}

fn incrby(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    add(ctx, args.at(1), parse::int(args.at(2))?)
}

fn decrby(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let by = parse::int(args.at(2))?;
    let by = by.checked_neg().ok_or(Fault::new("ERR decrement would overflow"))?;
    add(ctx, args.at(1), by)
}

fn add(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<(), Fault> {
    let mut entry = ctx.data.write_or_create(key, || OwnedValue::Int(0), Kind::String)?;
    let old = entry.value().int().ok_or(fault::NOT_INTEGER)?;
    let total = old.checked_add(by).ok_or(Fault::new("ERR increment or decrement would overflow"))?;
    entry.set_int(total);
    ctx.data.changed(Events::STRING, "incrby", key);
    ctx.reply.int(total);
    Ok(())
}

fn incrbyfloat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, by) = (args.at(1), args.at(2));
    let mut scratch = IntText::default();
    let old = match edit(&mut ctx.data, key)? {
        Some(entry) => entry.value().bytes(&mut scratch).to_vec(),
        None => b"0".to_vec(),
    };
    let total = extended::sum(&old, by).map_err(|e| match e {
        extended::SumError::NotANumber => fault::NOT_FLOAT,
        extended::SumError::NotFinite => Fault::new("ERR increment would produce NaN or Infinity"),
    })?;
    match ctx.data.write(key) {
        Some(mut entry) => entry.set(Str::Bytes(total.as_bytes())),
        None => ctx.data.put(key, Str::Bytes(total.as_bytes()), None),
    }
    ctx.data.changed(Events::STRING, "incrbyfloat", key);
    ctx.effect_instead(&[b"SET", key, total.as_bytes(), b"KEEPTTL"]);
    ctx.reply.bulk(total.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::slice;

    #[test]
    fn ranges() {
        for (start, end, want) in [
            (0, 3, "Hell"),
            (0, -1, "Hello World"),
            (-4, -1, "orld"),
            (5, 3, ""),
            (5, 5000, " World"),
            (-5000, 10000, "Hello World"),
            (-1, -5000, ""),
            (20, 30, ""),
            (0, -100, "H"),
        ] {
            assert_eq!(slice(b"Hello World", start, end), want.as_bytes(), "{start} {end}");
        }
        assert_eq!(slice(b"", 0, -1), b"");
    }
}
