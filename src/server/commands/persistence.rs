//! SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE. In a transaction BGSAVE and BGREWRITEAOF are only noted: a snapshot of
//! its middle would hold effects that the journal has behind the snapshot's place.

use crate::resp::Args;
use crate::server::commands::Table;
use crate::server::commands::parse;
use crate::server::ctx::Ctx;
use crate::server::durability::walk::Purpose;
use crate::server::durability::{rewrite, save};
use crate::server::fault::{self, Fault};

/// This family's handlers.
pub const TABLE: Table =
    &[("save", save_now), ("bgsave", bgsave), ("bgrewriteaof", bgrewriteaof), ("lastsave", lastsave)];

fn save_now(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    if ctx.server.durability.turn.running() == Some(Purpose::Save) {
        return Err(Fault::new("ERR Background save already in progress"));
    }
    save::now(ctx.server).map_err(|_| Fault::new("ERR"))?;
    ctx.reply.ok();
    Ok(())
}

fn bgsave(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let schedule = match args.get(1) {
        None => false,
        Some(word) if args.len() == 2 && parse::is(word, "schedule") => true,
        Some(_) => return Err(fault::SYNTAX),
    };
    match ctx.server.durability.turn.running() {
        Some(Purpose::Save | Purpose::Copy) => {
            return Err(Fault::new("ERR Background save already in progress"));
        }
        Some(Purpose::Rewrite) if !schedule && !ctx.session.in_exec => {
            return Err(Fault::new(
                "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
            ));
        }
        running if running.is_some() || ctx.session.in_exec => {
            ctx.server.durability.state().bgsave_scheduled = true;
            ctx.reply.simple("Background saving scheduled");
        }
        _ => {
            let server = ctx.server;
            let started = ctx.data.held.whole(|held| save::in_background(server, held));
            started.map_err(Fault::err)?;
            ctx.reply.simple("Background saving started");
        }
    }
    Ok(())
}

fn bgrewriteaof(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let durability = &ctx.server.durability;
    match durability.turn.running() {
        Some(Purpose::Rewrite) => {
            return Err(Fault::new("ERR Background append only file rewriting already in progress"));
        }
        running if running.is_some() || ctx.session.in_exec => {
            let mut state = durability.state();
            state.rewrite_scheduled = true;
            state.rewrites.asked();
            ctx.reply.simple("Background append only file rewriting scheduled");
        }
        _ => {
            durability.state().rewrites.asked();
            let server = ctx.server;
            let started = ctx.data.held.whole(|held| rewrite::in_background(server, held));
            started.map_err(|_| {
                Fault::new("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
            })?;
            ctx.reply.simple("Background append only file rewriting started");
        }
    }
    Ok(())
}

fn lastsave(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.int(ctx.server.durability.state().last_save_s);
    Ok(())
}
