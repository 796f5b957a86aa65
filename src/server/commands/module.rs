//! MODULE: there are no modules, and none can be loaded.

use crate::resp::Args;
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::server::log;

/// This family's handlers.
pub const TABLE: Table = &[
    ("module|help", usage),
    ("module|list", list),
    ("module|load", load),
    ("module|loadex", load),
    ("module|unload", unload),
];

fn list(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.array(0);
    Ok(())
}

fn load(_: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let path = parse::lossy(args.at(2));
    log::warning(format_args!("Module {path} failed to load: this server has no modules"));
    Err(Fault::new("ERR Error loading the extension. Please check the server logs."))
}

fn unload(_: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    Err(Fault::new("ERR Error unloading module: no such module with that name"))
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("LIST", "Return a list of loaded modules."),
        (
            "LOAD <path> [<arg> ...]",
            "Load a module library from <path>, passing to it any optional arguments.",
        ),
        (
            "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
            "Load a module library from <path>, while passing it module configurations and optional arguments.",
        ),
        ("UNLOAD <name>", "Unload a module."),
    ];
    help::write(ctx, "MODULE", &rows);
    Ok(())
}
