//! MONITOR, SLOWLOG, COMMANDLOG: commands that look at what the server does.

use crate::resp::Args;
use crate::server::commandlog::Kind;
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

/// This family's handlers.
pub const TABLE: Table = &[
    ("commandlog|get", commandlog_get),
    ("commandlog|help", commandlog_help),
    ("commandlog|len", commandlog_len),
    ("commandlog|reset", commandlog_reset),
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

/// How many entries are asked for; -1 is all.
fn entries_asked(arg: &[u8]) -> Result<Option<usize>, Fault> {
    const RANGE: &str = "ERR count should be greater than or equal to -1";
    match parse::int_or(arg, RANGE)? {
        -1 => Ok(None),
        n => usize::try_from(n).map(Some).map_err(|_| Fault::new(RANGE)),
    }
}

fn slowlog_get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(help::wrong_arguments("SLOWLOG", args.at(1)));
    }
    let count = args.get(2).map_or(Ok(Some(SLOWLOG_DEFAULT)), entries_asked)?;
    write_entries(ctx, Kind::Slow, count);
    Ok(())
}

fn write_entries(ctx: &mut Ctx<'_>, kind: Kind, count: Option<usize>) {
    let entries = ctx.server.commandlog.of(kind).get(count);
    let reply = &mut *ctx.reply;
    reply.array(entries.len());
    for entry in &entries {
        reply.array(6);
        reply.int(entry.id as i64);
        reply.int(entry.at_s);
        reply.int(entry.amount as i64);
        reply.array(entry.args.len());
        entry.args.iter().for_each(|arg| reply.bulk(arg));
        reply.bulk(entry.addr.as_bytes());
        reply.bulk(entry.name.as_bytes());
    }
}

fn slowlog_len(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.count(ctx.server.commandlog.of(Kind::Slow).len());
    Ok(())
}

fn slowlog_reset(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.commandlog.of(Kind::Slow).reset();
    ctx.reply.ok();
    Ok(())
}

fn kind_of(arg: &[u8]) -> Result<Kind, Fault> {
    let found = Kind::ALL.into_iter().find(|(_, name)| parse::is(arg, name));
    found
        .map(|(kind, _)| kind)
        .ok_or(Fault::new("ERR type should be one of the following: slow, large-request, large-reply"))
}

fn commandlog_get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = entries_asked(args.at(2))?;
    write_entries(ctx, kind_of(args.at(3))?, count);
    Ok(())
}

fn commandlog_len(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.count(ctx.server.commandlog.of(kind_of(args.at(2))?).len());
    Ok(())
}

fn commandlog_reset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.server.commandlog.of(kind_of(args.at(2))?).reset();
    ctx.reply.ok();
    Ok(())
}

fn commandlog_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "GET <count> <type>",
            "Return top <count> entries of the <type> slow, large-request or large-reply\n(-1 mean all). Entries are made of:\nid, timestamp, time in microseconds or size in bytes, arguments array,\nclient IP and port, client name",
        ),
        ("LEN <type>", "Return the length of the log of this type."),
        ("RESET <type>", "Reset the log of this type."),
    ];
    help::write(ctx, "COMMANDLOG", &rows);
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
