//! FLUSHDB, FLUSHALL, SWAPDB: whole databases at once, with every shard held.

use crate::limits::SHARDS;
use crate::resp::Args;
use crate::server::Server;
use crate::server::commands::Table;
use crate::server::commands::parse;
use crate::server::ctx::{Ctx, Data, Propagate};
use crate::server::fault::{self, Fault};
use crate::store::Detached;

/// This family's handlers.
pub const TABLE: Table = &[("flushdb", flushdb), ("flushall", flushall), ("swapdb", swapdb)];

/// Does the memory go in the background? SYNC and ASYNC say; without either the setting does.
fn is_async(ctx: &Ctx<'_>, args: Args<'_>) -> Result<bool, Fault> {
    match args.get(1) {
        None => Ok(ctx.settings.lazyfree_lazy_user_flush),
        Some(word) if args.len() == 2 && parse::is(word, "async") => Ok(true),
        Some(word) if args.len() == 2 && parse::is(word, "sync") => Ok(false),
        Some(_) => Err(fault::SYNTAX),
    }
}

fn flushdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let background = is_async(ctx, args)?;
    let db = ctx.data.db;
    let gone = empty(&mut ctx.data, Some(db));
    release(gone, background);
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

fn flushall(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let background = is_async(ctx, args)?;
    let gone = empty(&mut ctx.data, None);
    release(gone, background);
    crate::server::durability::flushed(ctx.server, ctx.settings);
    ctx.data.dirty += 1;
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

/// Takes every key out of one database, or of all; WATCHes of keys that were there are marked.
fn empty(data: &mut Data<'_>, db: Option<usize>) -> Vec<Detached> {
    let keyspace = &data.server.keyspace;
    let held = &mut *data.held;
    data.server.watches.touch_all(db, |db, key| {
        let hash = keyspace.hash(key);
        held.shard(keyspace.shard_of(hash)).db(db).get(hash, key).is_some()
    });
    match db {
        Some(db) => data.wake_all(std::iter::once(db)),
        None => data.wake_all(0..keyspace.dbs()),
    }
    let mut gone = Vec::new();
    for index in 0..SHARDS {
        let shard = data.held.shard(index);
        match db {
            Some(db) => gone.push(shard.db_mut(db).clear()),
            None => gone.extend(shard.clear_all()),
        }
    }
    data.dirty += gone.iter().map(|part| part.len() as u64).sum::<u64>();
    gone
}

/// Empties the whole keyspace (a replica before it loads its master's data); every shard is locked in
/// turn by the caller's `held`.
pub fn empty_all(server: &'static Server, held: &mut crate::server::held::Held) {
    let gone: Vec<Detached> = (0..SHARDS).flat_map(|index| held.shard(index).clear_all()).collect();
    server.watches.touch_all(None, |_, _| true);
    release(gone, true);
}

/// Frees storage, here or on a thread of its own.
fn release(gone: Vec<Detached>, background: bool) {
    if background && gone.iter().map(Detached::len).sum::<usize>() > FREE_AT_ONCE {
        let spawned = std::thread::Builder::new().name("reclaim".into()).spawn(move || drop(gone));
        debug_assert!(spawned.is_ok(), "a thread to free memory could not be started");
    }
}

/// So few entries are not worth a thread.
const FREE_AT_ONCE: usize = 1000;

fn swapdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let a = parse::int_or(args.at(1), "ERR invalid first DB index")?;
    let b = parse::int_or(args.at(2), "ERR invalid second DB index")?;
    let dbs = ctx.server.keyspace.dbs();
    let index = |n: i64| usize::try_from(n).ok().filter(|db| *db < dbs).ok_or(fault::DB_RANGE);
    let (a, b) = (index(a)?, index(b)?);
    if a != b {
        swap(&mut ctx.data, a, b);
        ctx.data.dirty += 1;
    }
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

/// A watched key is marked when it is there before the swap or will be after it.
fn swap(data: &mut Data<'_>, a: usize, b: usize) {
    let keyspace = &data.server.keyspace;
    let held = &mut *data.held;
    data.server.watches.touch_all(None, |db, key| {
        let hash = keyspace.hash(key);
        let shard = held.shard(keyspace.shard_of(hash));
        (db == a || db == b) && [a, b].iter().any(|db| shard.db(*db).get(hash, key).is_some())
    });
    for index in 0..SHARDS {
        data.held.shard(index).swap_dbs(a, b);
    }
    data.wake_all([a, b].into_iter());
}
