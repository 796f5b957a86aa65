//! MULTI, EXEC, DISCARD, WATCH, UNWATCH. A transaction runs with the shards of all its commands held, at
//! one frozen time, and its effects go to the journal as one unit.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::catalog::Command;
use crate::resp::{Args, OwnedArgs, Reply};
use crate::server::Server;
use crate::server::acl::{self, Denial};
use crate::server::commands::Table;
use crate::server::ctx::{Ctx, Next};
use crate::server::engine::Engine;
use crate::server::fault::{self, Fault};
use crate::server::gate;
use crate::server::held::Held;
use crate::server::monitor;
use crate::server::session::{Queued, Session, Transaction, Watched, WatchedKey};
use crate::server::sync::locked;

/// This family's handlers. EXEC of a transaction is the engine's: its handler only sees EXEC without MULTI.
pub const TABLE: Table = &[
    ("multi", multi),
    ("exec", exec_without_multi),
    ("discard", discard),
    ("watch", watch),
    ("unwatch", unwatch),
];

fn multi(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    if ctx.session.tx.is_some() {
        return Err(Fault::new("ERR MULTI calls can not be nested"));
    }
    ctx.session.tx = Some(Box::new(Transaction::default()));
    ctx.session.shared.multi.store(0, Ordering::Relaxed);
    ctx.reply.ok();
    Ok(())
}

fn exec_without_multi(_: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    Err(Fault::new("ERR EXEC without MULTI"))
}

fn discard(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    if ctx.session.tx.is_none() {
        return Err(Fault::new("ERR DISCARD without MULTI"));
    }
    abandon(ctx.server, ctx.session);
    ctx.reply.ok();
    Ok(())
}

fn watch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.session.tx.is_some() {
        return Err(Fault::new("ERR WATCH inside MULTI is not allowed"));
    }
    for key in args.tail(1).iter() {
        watch_one(ctx, key);
    }
    ctx.reply.ok();
    Ok(())
}

fn watch_one(ctx: &mut Ctx<'_>, key: &[u8]) {
    let (db, now_ms) = (ctx.data.db, ctx.now_ms());
    let (slice, hash) = ctx.data.raw(db, key);
    let stale = slice.get(hash, key).is_some_and(|e| crate::store::expiry::is_expired(e.expire_ms(), now_ms));
    let watched = ctx.session.watched.get_or_insert_with(Box::<Watched>::default);
    if watched.keys.iter().any(|w| w.db == db && *w.key == *key) {
        return;
    }
    let one = Arc::new(WatchedKey::new(db, key, &watched.flag, stale));
    ctx.server.watches.add(&one);
    watched.keys.push(one);
    *locked(&ctx.session.shared.watch_flag) = Some(Arc::clone(&watched.flag));
    ctx.session.shared.watched.store(watched.keys.len(), Ordering::Relaxed);
}

fn unwatch(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    forget_watches(ctx.server, ctx.session);
    ctx.reply.ok();
    Ok(())
}

/// Forgets every WATCH of a client.
fn forget_watches(server: &'static Server, session: &mut Session) {
    if let Some(watched) = session.watched.take() {
        for key in &watched.keys {
            server.watches.remove(key);
        }
        *locked(&session.shared.watch_flag) = None;
        session.shared.watched.store(0, Ordering::Relaxed);
    }
}

/// Ends a transaction without running it, WATCHes included (DISCARD, a failed EXEC, the client leaves).
pub fn abandon(server: &'static Server, session: &mut Session) {
    session.tx = None;
    session.shared.multi.store(-1, Ordering::Relaxed);
    session.shared.multi_bytes.store(0, Ordering::Relaxed);
    forget_watches(server, session);
}

/// Adds a command with these flags to the transaction.
pub fn queue(session: &mut Session, command: &'static Command, flags: u32, args: Args<'_>) {
    let dirty = session.watched.as_ref().is_some_and(|w| w.flag.is_dirty());
    let Some(tx) = session.tx.as_mut() else { return };
    if tx.broken || dirty {
        return; // EXEC will refuse anyway: do not keep what will never run
    }
    tx.flags |= flags;
    tx.lacking |= !flags;
    tx.bytes += args.bytes();
    tx.queue.push(Queued { command, args: OwnedArgs::from(args) });
    session.shared.multi.store(tx.queue.len() as i64, Ordering::Relaxed);
    session.shared.multi_bytes.store(tx.bytes, Ordering::Relaxed);
}

/// Runs the transaction of a client; the engine holds the shards of all its commands.
pub fn exec(
    engine: &mut Engine,
    command: &'static Command,
    session: &mut Session,
    reply: &mut Reply,
    held: &mut Held,
) -> Next {
    let server = engine.server;
    engine.count_call(command);
    let Some(tx) = session.tx.take() else {
        engine.fail(command, &Fault::new("ERR EXEC without MULTI"), reply);
        return Next::Continue;
    };
    let changed = watched_changed(engine, session, held);
    abandon(server, session);
    if tx.broken {
        engine.fail(command, &fault::EXEC_ABORT, reply);
        return Next::Continue;
    }
    if changed {
        reply.null_array();
        return Next::Continue;
    }
    session.in_exec = true;
    let next = run_queue(engine, session, &tx, reply, held);
    session.in_exec = false;
    next
}

/// Did a watched key change, or expire since it was watched?
fn watched_changed(engine: &Engine, session: &Session, held: &mut Held) -> bool {
    let Some(watched) = session.watched.as_ref() else { return false };
    let keyspace = &engine.server.keyspace;
    watched.flag.is_dirty()
        || watched.keys.iter().any(|w| {
            let hash = keyspace.hash(&w.key);
            let slice = held.shard(keyspace.shard_of(hash)).db(w.db);
            let expire_ms = slice.get(hash, &w.key).and_then(|e| e.expire_ms());
            !w.is_stale() && crate::store::expiry::is_expired(expire_ms, engine.now_ms())
        })
}

fn run_queue(
    engine: &mut Engine,
    session: &mut Session,
    tx: &Transaction,
    reply: &mut Reply,
    held: &mut Held,
) -> Next {
    reply.array(tx.queue.len());
    let mut last = Next::Continue;
    for queued in &tx.queue {
        let args = queued.args.as_args();
        if engine.server.gates.has(gate::MONITORED) {
            monitor::feed(engine.server, session, queued.command, args);
        }
        if let Err(fault) = still_permitted(engine, session, queued.command, args) {
            engine.server.stats.count_error(fault.code());
            reply.error(fault.as_str());
            continue;
        }
        let Some(handler) = engine.handler(queued.command) else { continue };
        let start = reply.len();
        match engine.call(session, queued.command, handler, args, reply, held) {
            Next::Continue => {}
            next => last = next,
        }
        let spent = engine.close_inner_lap(session, queued.command, args);
        engine.after_inner(session, queued.command, args, reply.len().saturating_sub(start), spent);
    }
    last
}

/// The user's rights may have changed since the command was queued, by the transaction itself too.
fn still_permitted(
    engine: &Engine,
    session: &mut Session,
    command: &'static Command,
    args: Args<'_>,
) -> Result<(), Fault> {
    let settings = engine.settings_now();
    acl::permit_now(engine.server, settings, session, (command, args), acl::Context::Multi).map_err(|denial| {
        let reason = match denial {
            Denial::Command => "no permission to execute the command or subcommand",
            Denial::Key(_) => "no permission to touch the specified keys",
            Denial::Channel(_) => "no permission to access one of the channels used as arguments",
            Denial::Database(_) => "no permission to access the database",
        };
        Fault::line(format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: {reason}"
        ))
    })
}
