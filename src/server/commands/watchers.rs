//! MONITOR, SLOWLOG: commands that look at what the server does.

use crate::resp::Args;
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

/// This family's handlers.
pub const TABLE: Table = &[
    ("monitor", monitor),
    ("slowlog|get", slowlog_get),
    ("slowlog|len", slowlog_len),
    ("slowlog|reset", slowlog_reset),
    ("slowlog|help", slowlog_help),
];

fn monitor(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.monitors.add(&ctx.server.gates, &ctx.session.shared);
    ctx.reply.ok();
    Ok(())
}

/// Entries that SLOWLOG GET shows without a count.
const SLOWLOG_DEFAULT: usize = 10;

fn slowlog_get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    const RANGE: &str = "ERR count should be greater than or equal to -1";
    if args.len() > 3 {
        return Err(help::wrong_arguments("SLOWLOG", args.at(1)));
    }
    let count = match args.get(2) {
        None => Some(SLOWLOG_DEFAULT),
        Some(arg) => match parse::int_or(arg, RANGE)? {
            -1 => None,
            n => Some(usize::try_from(n).map_err(|_| Fault::new(RANGE))?),
        },
    };
    let entries = ctx.server.slowlog.get(count);
    let reply = &mut *ctx.reply;
    reply.array(entries.len());
    for entry in &entries {
        reply.array(6);
        reply.int(entry.id as i64);
        reply.int(entry.at_s);
        reply.int(entry.micros as i64);
        reply.array(entry.args.len());
        entry.args.iter().for_each(|arg| reply.bulk(arg));
        reply.bulk(entry.addr.as_bytes());
        reply.bulk(entry.name.as_bytes());
    }
    Ok(())
}

fn slowlog_len(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.count(ctx.server.slowlog.len());
    Ok(())
}

fn slowlog_reset(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.slowlog.reset();
    ctx.reply.ok();
    Ok(())
}

fn slowlog_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "GET [<count>]",
            "Return top <count> entries from the slowlog (default: 10, -1 mean all).\nEntries are made of:\nid, timestamp, time in microseconds, arguments array, client IP and port,\nclient name",
        ),
        ("LEN", "Return the length of the slowlog."),
        ("RESET", "Reset the slowlog."),
    ];
    help::write(ctx, "SLOWLOG", &rows);
    Ok(())
}
