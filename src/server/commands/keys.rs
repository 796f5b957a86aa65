//! Commands on keys whatever their type: DEL, EXISTS, TYPE, RENAME, MOVE, COPY, TOUCH, OBJECT, RANDOMKEY ...

use crate::limits::SHARDS;
use crate::resp::Args;
use crate::server::commands::{Table, help, parse};
use crate::server::config::{Events, MaxmemoryPolicy};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::{ValueRef, expiry, lru};

/// This family's handlers.
pub const TABLE: Table = &[
    ("del", del),
    ("unlink", del),
    ("exists", exists),
    ("touch", touch),
    ("type", type_of),
    ("rename", rename),
    ("renamenx", renamenx),
    ("move", move_key),
    ("copy", copy),
    ("randomkey", randomkey),
    ("dbsize", dbsize),
    ("object|encoding", object_encoding),
    ("object|freq", object_freq),
    ("object|idletime", object_idletime),
    ("object|refcount", object_refcount),
    ("object|help", object_help),
];

fn del(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut gone = 0;
    for key in args.tail(1).iter() {
        if ctx.data.remove(key) {
            ctx.data.changed(Events::GENERIC, "del", key);
            gone += 1;
        }
    }
    ctx.reply.int(gone);
    Ok(())
}

fn exists(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let found = args.tail(1).iter().filter(|key| ctx.data.look(key).is_some()).count();
    ctx.reply.count(found);
    Ok(())
}

fn touch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let found = args.tail(1).iter().filter(|key| ctx.data.read(key).is_some()).count();
    ctx.reply.count(found);
    Ok(())
}

fn type_of(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let name = ctx.data.look(args.at(1)).map_or("none", |entry| entry.kind().name());
    ctx.reply.simple(name);
    Ok(())
}

fn rename(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.data.peek(args.at(1)).is_none() {
        return Err(fault::NO_SUCH_KEY);
    }
    if args.at(1) != args.at(2) {
        ctx.data.peek(args.at(2)); // an expired key in the way is told of
        rename_to(ctx, args.at(1), args.at(2));
    }
    ctx.reply.ok();
    Ok(())
}

fn renamenx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.data.peek(args.at(1)).is_none() {
        return Err(fault::NO_SUCH_KEY);
    }
    let free = ctx.data.peek(args.at(2)).is_none();
    if free {
        rename_to(ctx, args.at(1), args.at(2));
    }
    ctx.reply.int(i64::from(free));
    Ok(())
}

fn rename_to(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8]) {
    let db = ctx.data.db;
    let (slice, hash) = ctx.data.raw(db, from);
    let Some(entry) = slice.take(hash, from) else { return };
    let (slice, hash) = ctx.data.raw(db, to);
    slice.put(hash, to, entry);
    ctx.data.created(to);
    ctx.data.changed(Events::GENERIC, "rename_from", from);
    ctx.data.changed(Events::GENERIC, "rename_to", to);
    ctx.data.dirty -= 1; // the two count as one
}

/// A database number in an argument.
fn db_arg(ctx: &Ctx<'_>, arg: &[u8]) -> Result<usize, Fault> {
    parse::db_index(arg, ctx.server.keyspace.dbs())
}

const SAME_OBJECT: Fault = Fault::new("ERR source and destination objects are the same");

fn move_key(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, from) = (args.at(1), ctx.data.db);
    let to = db_arg(ctx, args.at(2))?;
    if from == to {
        return Err(SAME_OBJECT);
    }
    let there = ctx.data.peek(key).is_some();
    let moved = there && ctx.data.peek_in(to, key).is_none();
    if moved {
        let (slice, hash) = ctx.data.raw(from, key);
        let entry = slice.take(hash, key);
        let (slice, hash) = ctx.data.raw(to, key);
        if let Some(entry) = entry {
            slice.put(hash, key, entry);
        }
        ctx.data.created_in(to, key);
        ctx.data.changed_in(from, Events::GENERIC, "move_from", key);
        ctx.data.changed_in(to, Events::GENERIC, "move_to", key);
        ctx.data.dirty -= 1; // the two count as one
    }
    ctx.reply.int(i64::from(moved));
    Ok(())
}

fn copy(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (from, to) = (args.at(1), args.at(2));
    let (mut db, mut replace) = (ctx.data.db, false);
    let mut i = 3;
    while i < args.len() {
        if parse::is(args.at(i), "replace") {
            replace = true;
        } else if parse::is(args.at(i), "db") && i + 1 < args.len() {
            db = db_arg(ctx, args.at(i + 1))?;
            i += 1;
        } else {
            return Err(fault::SYNTAX);
        }
        i += 1;
    }
    if db == ctx.data.db && from == to {
        return Err(SAME_OBJECT);
    }
    let done = copy_to(ctx, from, db, to, replace);
    ctx.reply.int(i64::from(done));
    Ok(())
}

fn copy_to(ctx: &mut Ctx<'_>, from: &[u8], db: usize, to: &[u8], replace: bool) -> bool {
    let Some(entry) = ctx.data.read(from).map(|entry| entry.to_owned()) else { return false };
    if ctx.data.peek_in(db, to).is_some() && !replace {
        return false;
    }
    let (slice, hash) = ctx.data.raw(db, to);
    slice.put(hash, to, entry);
    ctx.data.created_in(db, to);
    ctx.data.changed_in(db, Events::GENERIC, "copy_to", to);
    true
}

/// Tries before RANDOMKEY takes an expired key for want of others, as in Redis.
const RANDOM_TRIES: usize = 100;

/// A key of the database, each as likely as any other: a shard by its share of the keys, then an entry.
fn randomkey(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    for attempt in 0..RANDOM_TRIES {
        let Some((key, expire_ms)) = random_entry(ctx) else { break };
        let expired = expiry::is_expired(expire_ms, ctx.now_ms());
        let give_up = !ctx.data.deletes_past() && attempt + 1 == RANDOM_TRIES;
        if !expired || give_up {
            ctx.reply.bulk(&key);
            return Ok(());
        }
        let hashed = ctx.data.key(&key);
        let db = ctx.data.db;
        ctx.data.expire_if_needed(db, hashed);
    }
    ctx.reply.null();
    Ok(())
}

fn random_entry(ctx: &mut Ctx<'_>) -> Option<(Vec<u8>, Option<i64>)> {
    let db = ctx.data.db;
    let random = u64::from_le_bytes(crate::server::random_bytes());
    let sizes: Vec<usize> = (0..SHARDS).map(|i| ctx.data.held.visit(i, |shard| shard.db(db).len())).collect();
    let total: usize = sizes.iter().sum();
    let mut place = (random % total.max(1) as u64) as usize;
    let shard = sizes.iter().position(|size| {
        let here = place < *size;
        place = place.wrapping_sub(if here { 0 } else { *size });
        here
    })?;
    let random = u64::from_le_bytes(crate::server::random_bytes());
    ctx.data.held.visit(shard, |shard| {
        shard.db(db).random_entry(random).map(|entry| (entry.key().to_vec(), entry.expire_ms()))
    })
}

fn dbsize(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let db = ctx.data.db;
    let total: usize = (0..SHARDS).map(|i| ctx.data.held.visit(i, |shard| shard.db(db).len())).sum();
    ctx.reply.count(total);
    Ok(())
}

fn object_encoding(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    match ctx.data.look_silently(args.at(2)) {
        Some(entry) => ctx.reply.bulk(entry.encoding().name().as_bytes()),
        None => ctx.reply.null(),
    }
    Ok(())
}

/// What Redis says of small integers, which it shares as long as no access bits are needed.
const SHARED: i64 = i32::MAX as i64;

fn object_refcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let lru =
        matches!(ctx.settings.maxmemory_policy, MaxmemoryPolicy::AllkeysLru | MaxmemoryPolicy::VolatileLru);
    let shares = ctx.settings.maxmemory == 0 || !(lru || counts_uses(ctx));
    match ctx.data.look_silently(args.at(2)).map(|entry| entry.value()) {
        Some(ValueRef::Int(0..=9999)) if shares => ctx.reply.int(SHARED),
        Some(_) => ctx.reply.int(1),
        None => ctx.reply.null(),
    }
    Ok(())
}

fn counts_uses(ctx: &Ctx<'_>) -> bool {
    matches!(ctx.settings.maxmemory_policy, MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu)
}

fn object_idletime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (now_ms, lfu) = (ctx.now_ms(), counts_uses(ctx));
    match ctx.data.look_silently(args.at(2)) {
        None => ctx.reply.null(),
        Some(_) if lfu => {
            return Err(Fault::new(
                "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
            ));
        }
        Some(entry) => ctx.reply.int(i64::from(lru::lru_idle_seconds(entry.access(), now_ms))),
    }
    Ok(())
}

fn object_freq(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (now_ms, lfu, decay) = (ctx.now_ms(), counts_uses(ctx), ctx.settings.lfu_decay_time);
    match ctx.data.look_silently(args.at(2)) {
        None => ctx.reply.null(),
        Some(_) if !lfu => {
            return Err(Fault::new(
                "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
            ));
        }
        Some(entry) => ctx.reply.int(i64::from(lru::lfu_counter(entry.access(), now_ms, decay))),
    }
    Ok(())
}

fn object_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "ENCODING <key>",
            "Return the kind of internal representation used in order to store the value\nassociated with a <key>.",
        ),
        (
            "FREQ <key>",
            "Return the access frequency index of the <key>. The returned integer is\nproportional to the logarithm of the recent access frequency of the key.",
        ),
        (
            "IDLETIME <key>",
            "Return the idle time of the <key>, that is the approximated number of\nseconds elapsed since the last access to the key.",
        ),
        (
            "REFCOUNT <key>",
            "Return the number of references of the value associated with the specified\n<key>.",
        ),
    ];
    help::write(ctx, "OBJECT", &rows);
    Ok(())
}
