//! FLUSHDB, FLUSHALL, SWAPDB: whole databases at once, with every shard held.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::limits::SHARDS;
use crate::resp::Args;
use crate::server::Server;
use crate::server::commands::Table;
use crate::server::commands::parse;
use crate::server::ctx::{Ctx, Data, Next, Propagate};
use crate::server::durability;
use crate::server::fault::{self, Fault};
use crate::server::scripting::functions::Libraries;
use crate::server::watches::There;
use crate::store::{Detached, EntryRef, expiry, reclaim};

/// This family's handlers.
pub const TABLE: Table = &[("flushdb", flushdb), ("flushall", flushall), ("swapdb", swapdb)];

/// Whether the client wants the memory back before the reply. No shard is held while memory is freed, and
/// nobody else waits for it: after SYNC the reply does.
fn is_sync(ctx: &Ctx<'_>, args: Args<'_>) -> Result<bool, Fault> {
    match args.get(1) {
        None => Ok(!ctx.settings.lazyfree_lazy_user_flush),
        Some(word) if args.len() == 2 && parse::is(word, "async") => Ok(false),
        Some(word) if args.len() == 2 && parse::is(word, "sync") => Ok(true),
        Some(_) => Err(fault::SYNTAX),
    }
}

fn release(gone: Vec<Detached>) {
    gone.into_iter().for_each(reclaim::release_entries);
}

/// Lets the reply wait for the memory, and for what it waits for already.
fn wait_until_freed(ctx: &mut Ctx<'_>) {
    let (freed, memory) = oneshot::channel();
    // The client may have left meanwhile.
    reclaim::when_done(move || _ = freed.send(()));
    let saved = match std::mem::replace(&mut ctx.next, Next::Continue) {
        Next::Saved(ended) => Some(ended),
        _ => None,
    };
    ctx.next = Next::Freed(memory, saved);
}

fn flushdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let sync = is_sync(ctx, args)?;
    let db = ctx.data.db;
    let gone = empty(&mut ctx.data, Some(db));
    release(gone);
    if sync {
        wait_until_freed(ctx);
    }
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

fn flushall(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let sync = is_sync(ctx, args)?;
    let gone = empty(&mut ctx.data, None);
    release(gone);
    save_empty(ctx);
    if sync {
        wait_until_freed(ctx);
    }
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

/// With save points the file becomes empty too: the client waits until it is, and nothing is left to save.
fn save_empty(ctx: &mut Ctx<'_>) {
    let changes = std::mem::take(&mut ctx.data.dirty);
    ctx.server.dirty.fetch_add(changes, Ordering::Relaxed);
    if let Some(saved) = durability::flushed(ctx.server, ctx.settings, ctx.data.held) {
        ctx.next = Next::Saved(saved);
    }
}

/// Takes every key out of one database, or of all; WATCHes of keys that were there are marked.
fn empty(data: &mut Data<'_>, db: Option<usize>) -> Vec<Detached> {
    let keyspace = &data.server.keyspace;
    let (held, now_ms) = (&mut *data.held, data.now_ms);
    data.server.watches.replace(db, |db, key| {
        let hash = keyspace.hash(key);
        (there(held.shard(keyspace.shard_of(hash)).db(db).get(hash, key), now_ms), There::Absent)
    });
    data.server.tracking.flushed(data.server, data.client, data.told);
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

fn there(entry: Option<EntryRef<'_>>, now_ms: i64) -> There {
    match entry {
        None => There::Absent,
        Some(entry) if expiry::is_expired(entry.expire_ms(), now_ms) => There::Stale,
        Some(_) => There::Live,
    }
}

/// Empties the whole keyspace, and the functions (a replica before it loads its master's data); every shard
/// is locked in turn by the caller's `held`.
pub fn empty_all(server: &'static Server, held: &mut crate::server::held::Held) {
    let gone: Vec<Detached> = (0..SHARDS).flat_map(|index| held.shard(index).clear_all()).collect();
    server.watches.mark_all();
    server.tracking.replaced(server);
    server.local_keys.clear();
    server.scripts.functions.set(Libraries::default());
    release(gone);
}

fn swapdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let number = |arg, words| {
        let number = parse::int_or(arg, words)?;
        i32::try_from(number).map_err(|_| Fault::new(words))
    };
    let a = number(args.at(1), "ERR invalid first DB index")?;
    let b = number(args.at(2), "ERR invalid second DB index")?;
    let dbs = ctx.server.keyspace.dbs();
    let index = |n: i32| usize::try_from(n).ok().filter(|db| *db < dbs).ok_or(fault::DB_RANGE);
    let (a, b) = (index(a)?, index(b)?);
    if a != b {
        swap(&mut ctx.data, a, b);
    }
    ctx.data.dirty += 1;
    ctx.propagate = Propagate::Always;
    ctx.reply.ok();
    Ok(())
}

/// A watched key is another after the swap when it is there before it or after it.
fn swap(data: &mut Data<'_>, a: usize, b: usize) {
    let keyspace = &data.server.keyspace;
    let (held, now_ms) = (&mut *data.held, data.now_ms);
    for (from, to) in [(a, b), (b, a)] {
        data.server.watches.replace(Some(from), |_, key| {
            let hash = keyspace.hash(key);
            let shard = held.shard(keyspace.shard_of(hash));
            let seen = |db: usize| there(shard.db(db).get(hash, key), now_ms);
            (seen(from), seen(to))
        });
    }
    for index in 0..SHARDS {
        data.held.shard(index).swap_dbs(a, b);
    }
    // Redis says nothing; but what clients have cached is of the other database now.
    data.server.tracking.flushed(data.server, data.client, data.told);
    data.wake_all([a, b].into_iter());
}
