//! EXPIRE and its family, TTL and its family, PERSIST.

use crate::replication::delete_verb;
use crate::resp::Args;
use crate::resp::number::IntText as Digits;
use crate::server::commands::Table;
use crate::server::commands::parse::{self, ExpireUnit};
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

/// This family's handlers.
pub const TABLE: Table = &[
    ("expire", expire),
    ("pexpire", pexpire),
    ("expireat", expireat),
    ("pexpireat", pexpireat),
    ("ttl", ttl),
    ("pttl", pttl),
    ("expiretime", expiretime),
    ("pexpiretime", pexpiretime),
    ("persist", persist),
];

fn expire(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::Seconds, "expire")
}

fn pexpire(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::Millis, "pexpire")
}

fn expireat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::AtSeconds, "expireat")
}

fn pexpireat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    expire_in(ctx, args, ExpireUnit::AtMillis, "pexpireat")
}

/// Under which conditions an expiry is set.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(args: Args<'_>) -> Result<Conditions, Fault> {
        let mut is = Conditions::default();
        for word in args.tail(3).iter() {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" => is.nx = true,
                b"xx" => is.xx = true,
                b"gt" => is.gt = true,
                b"lt" => is.lt = true,
                _ => return Err(Fault::err(format!("Unsupported option {}", parse::lossy(word)))),
            }
        }
        if is.nx && (is.xx || is.gt || is.lt) {
            return Err(Fault::new("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if is.gt && is.lt {
            return Err(Fault::new("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(is)
    }

    /// No expiry counts as the latest of all.
    fn hold(&self, old: Option<i64>, new: i64) -> bool {
        !(self.nx && old.is_some()
            || self.xx && old.is_none()
            || self.gt && old.is_none_or(|old| new <= old)
            || self.lt && old.is_some_and(|old| new >= old))
    }
}

fn expire_in(ctx: &mut Ctx<'_>, args: Args<'_>, unit: ExpireUnit, name: &str) -> Result<(), Fault> {
    let key = args.at(1);
    let conditions = Conditions::parse(args)?;
    let value = parse::int(args.at(2))?;
    let at = unit.absolute(value, ctx.now_ms()).ok_or_else(|| parse::invalid_expire(name))?;
    let over = at <= ctx.now_ms() && ctx.data.deletes_past();
    let Some(mut entry) = ctx.data.write(key) else {
        ctx.reply.int(0);
        return Ok(());
    };
    if !conditions.hold(entry.expire_ms(), at) {
        ctx.reply.int(0);
        return Ok(());
    }
    if over {
        delete_now(ctx, key);
    } else {
        entry.set_expire(Some(at));
        ctx.data.changed(Events::GENERIC, "expire", key);
        let at = Digits::new(at);
        let words = [b"PEXPIREAT".as_slice(), key, at.as_bytes()].into_iter().chain(args.tail(3).iter());
        ctx.effect_instead(&words.collect::<Vec<_>>());
    }
    ctx.reply.int(1);
    Ok(())
}

/// A time that is over already: the key goes.
fn delete_now(ctx: &mut Ctx<'_>, key: &[u8]) {
    ctx.data.remove(key);
    ctx.data.changed(Events::GENERIC, "del", key);
    let verb = delete_verb(ctx.settings.lazyfree_lazy_expire);
    ctx.effect_instead(&[verb, key]);
}

fn ttl(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let now_ms = ctx.now_ms();
    answer(ctx, args.at(1), |at| ((at - now_ms).max(0) + 500) / 1000)
}

fn pttl(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let now_ms = ctx.now_ms();
    answer(ctx, args.at(1), |at| (at - now_ms).max(0))
}

fn expiretime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    answer(ctx, args.at(1), |at| (at + 500) / 1000)
}

fn pexpiretime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    answer(ctx, args.at(1), |at| at)
}

/// -2 without the key, -1 without an expiry.
fn answer(ctx: &mut Ctx<'_>, key: &[u8], show: impl Fn(i64) -> i64) -> Result<(), Fault> {
    let number = match ctx.data.look(key) {
        None => -2,
        Some(entry) => entry.expire_ms().map_or(-1, show),
    };
    ctx.reply.int(number);
    Ok(())
}

fn persist(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let mut done = false;
    if let Some(mut entry) = ctx.data.write(key).filter(|entry| entry.expire_ms().is_some()) {
        entry.set_expire(None);
        done = true;
        ctx.data.changed(Events::GENERIC, "persist", key);
    }
    ctx.reply.int(i64::from(done));
    Ok(())
}
