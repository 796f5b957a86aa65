//! Commands about the server process: INFO, TIME, LOLWUT, SHUTDOWN.

use crate::clock;
use crate::resp::Args;
use crate::server::commands::{Table, parse};
use crate::server::config::REDIS_VERSION;
use crate::server::ctx::{Ctx, Next};
use crate::server::fault::{self, Fault};
use crate::server::gate;
use crate::server::info::{self, Facts};
use crate::server::shutdown::{self, ShutdownRequest};

/// This family's handlers.
pub const TABLE: Table =
    &[("info", info_command), ("time", time), ("lolwut", lolwut), ("shutdown", shutdown_command)];

fn info_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let asked: Vec<&[u8]> = args.tail(1).iter().collect();
    let now_ms = clock::wall_ms();
    let mut facts = Facts { server: ctx.server, settings: ctx.settings, held: ctx.data.held, now_ms };
    ctx.reply.verbatim("txt", info::text(&mut facts, &asked).as_bytes());
    Ok(())
}

fn time(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    // In a script and in a transaction time stands still.
    let micros = if ctx.session.in_exec { ctx.data.now_us } else { clock::wall_us() };
    ctx.reply.array(2);
    ctx.reply.bulk_int(micros / 1_000_000);
    ctx.reply.bulk_int(micros % 1_000_000);
    Ok(())
}

/// Size of the picture when none is asked for, and the largest that is drawn.
const MAZE: (i64, i64) = (40, 12);
/// See `MAZE`.
const MAZE_MAX: (i64, i64) = (200, 100);

/// LOLWUT [VERSION version] [columns [rows]]: a maze of slashes, another one every time.
fn lolwut(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut sizes = args.tail(1);
    if sizes.len() >= 2 && parse::is(sizes.at(0), "version") {
        parse::int(sizes.at(1))?;
        sizes = sizes.tail(2);
    }
    let size = |i: usize, usual: i64, most: i64| match sizes.get(i) {
        Some(arg) => parse::int(arg).map(|n| n.clamp(1, most)),
        None => Ok(usual),
    };
    let (columns, rows) = (size(0, MAZE.0, MAZE_MAX.0)?, size(1, MAZE.1, MAZE_MAX.1)?);
    let mut picture = maze(columns, rows);
    picture.push_str(&format!("\nEvery way leads somewhere. Redis ver. {REDIS_VERSION}\n"));
    ctx.reply.verbatim("txt", picture.as_bytes());
    Ok(())
}

fn maze(columns: i64, rows: i64) -> String {
    let mut dice = u64::from_le_bytes(crate::server::random_bytes());
    let mut picture = String::new();
    for _ in 0..rows {
        for _ in 0..columns {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            picture.push(if dice >> 63 == 0 { '╱' } else { '╲' });
        }
        picture.push('\n');
    }
    picture
}

/// SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]. A client that asked for it hears nothing unless the
/// shutdown fails.
fn shutdown_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (mut request, mut abort) = (ShutdownRequest::default(), false);
    for option in args.tail(1).iter() {
        match option {
            word if parse::is(word, "save") && request.save != Some(false) => request.save = Some(true),
            word if parse::is(word, "nosave") && request.save != Some(true) => request.save = Some(false),
            word if parse::is(word, "now") => request.now = true,
            word if parse::is(word, "force") => request.force = true,
            word if parse::is(word, "abort") => abort = true,
            _ => return Err(fault::SYNTAX),
        }
    }
    if !abort && request.save != Some(false) && ctx.server.gates.has(gate::BUSY) {
        return Err(ctx.server.scripts.running.busy_fault());
    }
    if !abort {
        ctx.next = Next::Shutdown(request);
        return Ok(());
    }
    if request != ShutdownRequest::default() {
        return Err(fault::SYNTAX);
    }
    if !shutdown::abort(ctx.server) {
        return Err(Fault::new("ERR No shutdown in progress."));
    }
    ctx.reply.ok();
    Ok(())
}
