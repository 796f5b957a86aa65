//! DEBUG RELOAD and LOADAOF: the data set goes to the disk and comes back. Other clients hear LOADING
//! meanwhile; replicas hear nothing, since nothing changes.

use std::sync::atomic::Ordering;

use crate::resp::Args;
use crate::server::Server;
use crate::server::commands::{flush, parse};
use crate::server::ctx::{Ctx, Next};
use crate::server::durability::load::{self, Options};
use crate::server::durability::{rdb_path, save};
use crate::server::fault::Fault;
use crate::server::held::Held;
use crate::server::{gate, log};

/// Files are read without holding shards, which a transaction cannot offer.
fn not_in_transaction(ctx: &Ctx<'_>) -> Result<(), Fault> {
    if ctx.session.in_exec { Err(Fault::new("ERR Not allowed inside a transaction")) } else { Ok(()) }
}

/// What DEBUG RELOAD leaves out.
#[derive(Default)]
struct Omitted {
    save: bool,
    flush: bool,
    merge: bool,
}

pub(super) fn reload(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    not_in_transaction(ctx)?;
    let mut omitted = Omitted::default();
    for option in args.tail(2).iter() {
        match option {
            word if parse::is(word, "merge") => omitted.merge = true,
            word if parse::is(word, "noflush") => omitted.flush = true,
            word if parse::is(word, "nosave") => omitted.save = true,
            _ => {
                return Err(Fault::new(
                    "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
                ));
            }
        }
    }
    let server = ctx.server;
    let _loading = server.gates.raise(gate::LOADING);
    if !omitted.save {
        save::now(server).map_err(|_| Fault::new("ERR"))?;
    }
    if !omitted.flush {
        flush::empty_all(server, &mut Held::all(&server.keyspace));
    }
    let options = Options { merge: omitted.merge, ..Options::default() };
    load::load_file(server, ctx.settings, &rdb_path(ctx.settings), options)
        .map_err(|_| Fault::new("ERR Error trying to load the RDB dump"))?;
    log::warning(format_args!("DB reloaded by DEBUG RELOAD"));
    ctx.reply.ok();
    Ok(())
}

pub(super) fn loadaof(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    not_in_transaction(ctx)?;
    let server = ctx.server;
    let _loading = server.gates.raise(gate::LOADING);
    write_out(server);
    flush::empty_all(server, &mut Held::all(&server.keyspace));
    match load::load_aof(server, ctx.settings) {
        Ok(loaded) => {
            if let Some(aof) = server.durability.aof() {
                aof.adopt(loaded.manifest);
            }
        }
        Err(why) => {
            log::warning(format_args!("Error loading the append only file, exiting: {why}"));
            server.end(1);
            ctx.next = Next::Drop;
            return Ok(());
        }
    }
    server.dirty.store(0, Ordering::Release);
    log::warning(format_args!("Append Only File loaded by DEBUG LOADAOF"));
    ctx.reply.ok();
    Ok(())
}

/// Waits until the writer has written everything there is.
fn write_out(server: &'static Server) {
    let Some(aof) = server.durability.aof() else { return };
    let (sender, receiver) = std::sync::mpsc::channel();
    let done = move |outcome| {
        let _ = sender.send(outcome);
    };
    aof.flush(server.journal.end(), Box::new(done));
    if let Ok(Err(why)) = receiver.recv() {
        log::warning(format_args!("The append only file could not be written out: {why}"));
    }
}
