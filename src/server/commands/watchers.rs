//! MONITOR, SLOWLOG, LATENCY: commands that look at what the server does.

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
    ("latency|latest", latency_latest),
    ("latency|history", latency_history),
    ("latency|reset", latency_reset),
    ("latency|help", latency_help),
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
        return Err(Fault::new("ERR wrong number of arguments for 'slowlog|get' command"));
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

fn latency_latest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let all = ctx.server.latency.all();
    let reply = &mut *ctx.reply;
    reply.array(all.len());
    for (event, series) in &all {
        let (at, ms) = series.samples.back().copied().unwrap_or_default();
        reply.array(4);
        reply.bulk(event.as_bytes());
        reply.int(at);
        reply.int(ms as i64);
        reply.int(series.max_ms as i64);
    }
    Ok(())
}

fn latency_history(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let all = ctx.server.latency.all();
    let series = all.iter().find(|(name, _)| name.as_bytes() == args.at(2)).map(|(_, series)| series);
    let reply = &mut *ctx.reply;
    reply.array(series.map_or(0, |s| s.samples.len()));
    for (at, ms) in series.iter().flat_map(|s| &s.samples) {
        reply.array(2);
        reply.int(*at);
        reply.int(*ms as i64);
    }
    Ok(())
}

fn latency_reset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let events: Vec<&[u8]> = args.tail(2).iter().collect();
    ctx.reply.count(ctx.server.latency.reset(&events));
    Ok(())
}

fn latency_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("HISTORY <event>", "Return time-latency samples for the <event> class."),
        ("LATEST", "Return the latest latency samples for all events."),
        (
            "RESET [<event> ...]",
            "Reset latency data of one or more <event> classes.\n(default: reset all data for all event classes)",
        ),
    ];
    help::write(ctx, "LATENCY", &rows);
    Ok(())
}
