//! DUMP and RESTORE: a key as bytes that any Redis reads.

use crate::persist::rdb::dump::{self, RestoreError};
use crate::persist::rdb::{Encoder, StrValue, Value};
use crate::replication::delete_verb;
use crate::resp::Args;
use crate::server::commands::fit::Fit;
use crate::server::commands::{Table, parse};
use crate::server::config::{Events, MaxmemoryPolicy};
use crate::server::ctx::{Ctx, fresh_access};
use crate::server::fault::{self, Fault};
use crate::server::log;
use crate::store::{OwnedEntry, Str, expiry, lru};

/// This family's handlers.
pub const TABLE: Table = &[("dump", dump_command), ("restore", restore), ("restore-asking", restore)];

fn dump_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let compress = ctx.settings.rdbcompression;
    let payload =
        ctx.data.read(args.at(1)).map(|entry| dump::dump(&mut Encoder::new(compress), entry.value()));
    ctx.reply.bulk_or_null(payload.as_deref());
    Ok(())
}

/// What RESTORE was told behind the payload.
#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(args: Args<'_>) -> Result<Options, Fault> {
        let mut options = Options::default();
        let mut i = 4;
        while let Some(word) = args.get(i) {
            let value = args.get(i + 1);
            match value {
                _ if parse::is(word, "replace") => options.replace = true,
                _ if parse::is(word, "absttl") => options.absolute = true,
                Some(value) if parse::is(word, "idletime") && options.frequency.is_none() => {
                    let idle = parse::int(value)?;
                    if idle < 0 {
                        return Err(Fault::new("ERR Invalid IDLETIME value, must be >= 0"));
                    }
                    options.idle = Some(idle);
                    i += 1;
                }
                Some(value) if parse::is(word, "freq") && options.idle.is_none() => {
                    let frequency = parse::int(value)?;
                    if !(0..=255).contains(&frequency) {
                        return Err(Fault::new("ERR Invalid FREQ value, must be >= 0 and <= 255"));
                    }
                    options.frequency = Some(frequency);
                    i += 1;
                }
                _ => return Err(fault::SYNTAX),
            }
            i += 1;
        }
        Ok(options)
    }

    /// Access bits of the new key.
    fn access(&self, ctx: &Ctx<'_>) -> u32 {
        let now_ms = ctx.now_ms();
        let policy = ctx.settings.maxmemory_policy;
        let lfu = matches!(policy, MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu);
        match (self.frequency, self.idle) {
            (Some(n), _) if lfu => lru::lfu_bits(u8::try_from(n).unwrap_or(u8::MAX), now_ms),
            (_, Some(s)) if !lfu => lru::lru_from_idle(u32::try_from(s).unwrap_or(u32::MAX), now_ms),
            _ => fresh_access(ctx.settings, now_ms),
        }
    }
}

fn restore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let options = Options::parse(args)?;
    let key = args.at(1);
    let there = ctx.data.peek(key).is_some();
    if there && !options.replace {
        return Err(Fault::new("BUSYKEY Target key name already exists."));
    }
    let ttl = parse::int(args.at(2))?;
    if ttl < 0 {
        return Err(Fault::new("ERR Invalid TTL value, must be >= 0"));
    }
    let expire_ms = match ttl {
        0 => None,
        _ if options.absolute => Some(ttl),
        _ => Some(ttl.saturating_add(ctx.now_ms())),
    };
    let checksum = !ctx.server.switches.checksums_skipped.is_on();
    if ctx.data.deletes_past() && expiry::is_expired(expire_ms, ctx.now_ms()) {
        dump::restore(args.at(3), checksum, |_| ()).map_err(refused)?;
        drop_old(ctx, key, there);
        ctx.reply.ok();
        return Ok(());
    }
    let access = options.access(ctx);
    let fit = Fit::of(ctx.settings);
    let (slice, hash) = ctx.data.raw(ctx.data.db, key);
    let stored = dump::restore(args.at(3), checksum, |value| {
        match value {
            Value::Str(StrValue::Int(number)) => slice.insert(hash, key, Str::Int(number), expire_ms, access),
            Value::Str(StrValue::Bytes(bytes)) => {
                slice.insert(hash, key, Str::encode(bytes), expire_ms, access)
            }
            Value::Owned(value) => {
                let value = fit.apply(value);
                slice.put(hash, key, OwnedEntry { value, expire_ms, access })
            }
        };
    });
    stored.map_err(refused)?;
    ctx.data.created(key);
    ctx.data.changed(Events::GENERIC, "restore", key);
    propagate_absolute(ctx, args, &options, expire_ms);
    ctx.reply.ok();
    Ok(())
}

fn refused(error: RestoreError) -> Fault {
    match error {
        RestoreError::Footer => Fault::new("ERR DUMP payload version or checksum are wrong"),
        RestoreError::Value(why) => {
            log::verbose(format_args!("Internal error in RDB reading: {why}"));
            Fault::new("ERR Bad data format")
        }
    }
}

/// The new value is over before it begins: only the old one goes.
fn drop_old(ctx: &mut Ctx<'_>, key: &[u8], there: bool) {
    if there && ctx.data.remove(key) {
        ctx.data.changed(Events::GENERIC, "del", key);
        ctx.effect_instead(&[delete_verb(ctx.settings.lazyfree_lazy_server_del), key]);
    }
}

/// A relative time means something else by the time a replica reads it.
fn propagate_absolute(ctx: &mut Ctx<'_>, args: Args<'_>, options: &Options, expire_ms: Option<i64>) {
    let Some(at_ms) = expire_ms.filter(|_| !options.absolute) else { return };
    let at = at_ms.to_string();
    let mut words: Vec<&[u8]> = args.iter().collect();
    if let Some(slot) = words.get_mut(2) {
        *slot = at.as_bytes();
    }
    words.push(b"ABSTTL");
    ctx.effect_instead(&words);
}
