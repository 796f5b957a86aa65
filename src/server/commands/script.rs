//! SCRIPT. The commands that run scripts (EVAL, EVALSHA, FCALL and their kin) have no work to do here: the engine gives
//! them to `scripting::run`.

use crate::resp::Args;
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::server::scripting::{self, run};

/// This family's handlers.
pub const TABLE: Table = &[
    ("eval", run_by_engine),
    ("eval_ro", run_by_engine),
    ("evalsha", run_by_engine),
    ("evalsha_ro", run_by_engine),
    ("fcall", run_by_engine),
    ("fcall_ro", run_by_engine),
    ("script|debug", debug),
    ("script|exists", exists),
    ("script|flush", flush),
    ("script|help", usage),
    ("script|kill", kill),
    ("script|load", load),
];

fn run_by_engine(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    unreachable!("the engine runs {} itself", ctx.command.full_name)
}

/// There is no debugger: scripts would have to run in a copy of the process.
fn debug(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    match args.at(2) {
        mode if parse::is(mode, "no") => {
            ctx.reply.ok();
            Ok(())
        }
        mode if parse::is(mode, "yes") || parse::is(mode, "sync") => {
            Err(Fault::new("ERR The Lua debugger is not available on this server"))
        }
        _ => Err(Fault::new("ERR Use SCRIPT DEBUG YES/SYNC/NO")),
    }
}

fn exists(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.array(args.len() - 2);
    for sha in args.tail(2).iter() {
        let known = scripting::parse_sha(sha).is_some_and(|sha| ctx.server.scripts.cache.get(&sha).is_some());
        ctx.reply.int(i64::from(known));
    }
    Ok(())
}

fn flush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let known = args.get(2).is_none_or(|mode| parse::is(mode, "sync") || parse::is(mode, "async"));
    if !known || args.len() > 3 {
        return Err(Fault::new("ERR SCRIPT FLUSH only support SYNC|ASYNC option"));
    }
    ctx.server.scripts.flush();
    ctx.reply.ok();
    Ok(())
}

fn kill(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.scripts.running.kill(true)?;
    ctx.reply.ok();
    Ok(())
}

fn load(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let sha = run::load(ctx.server, args.at(2))?;
    ctx.reply.bulk(scripting::hex(&sha).as_bytes());
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    help::write(
        ctx,
        "SCRIPT",
        &[
            ("DEBUG (YES|SYNC|NO)", "Choose whether scripts are debugged; only NO is available."),
            ("EXISTS <sha1> [<sha1> ...]", "Say which of these scripts are in the cache."),
            (
                "FLUSH [ASYNC|SYNC]",
                "Empty the cache of scripts. On replicas this is dangerous: clients there may\nknow scripts by their SHA1 only.",
            ),
            ("KILL", "Stop the script that is running, if it has not written."),
            ("LOAD <script>", "Put a script into the cache without running it."),
        ],
    );
    Ok(())
}
