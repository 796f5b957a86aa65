//! LATENCY: spikes by event, and how long commands take.

use crate::catalog::{self, Command};
use crate::resp::{Args, Reply};
use crate::server::commands::{Table, help, latency_graph, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::server::histogram::Distribution;
use crate::server::info::distribution;
use crate::server::latency::Series;

/// This family's handlers.
pub const TABLE: Table = &[
    ("latency|doctor", doctor),
    ("latency|graph", graph),
    ("latency|help", usage),
    ("latency|histogram", histogram),
    ("latency|history", history),
    ("latency|latest", latest),
    ("latency|reset", reset),
];

fn latest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
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

fn history(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
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

fn graph(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let all = ctx.server.latency.all();
    let Some((event, series)) = all.iter().find(|(name, _)| name.as_bytes() == args.at(2)) else {
        return Err(Fault::err(format!("No samples available for event '{}'", parse::lossy(args.at(2)))));
    };
    let chart = latency_graph::draw(event, series, ctx.now_ms() / 1000);
    ctx.reply.verbatim("txt", chart.as_bytes());
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let events: Vec<&[u8]> = args.tail(2).iter().collect();
    ctx.reply.count(ctx.server.latency.reset(&events));
    Ok(())
}

/// LATENCY HISTOGRAM [command ...]: a container stands for its subcommands too.
fn histogram(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let asked: Vec<&Command> = match args.len() {
        2 => catalog::all().iter().collect(),
        _ => {
            let named = args.tail(2).iter().filter_map(|name| ctx.server.names.lookup_full(name));
            named.flat_map(|command| std::iter::once(command).chain(catalog::subcommands(command))).collect()
        }
    };
    let all = asked.iter().map(|command| (command.full_name, distribution(ctx.server, command.id)));
    let found: Vec<_> = all.filter(|(_, times)| times.total() > 0).collect();
    ctx.reply.map(found.len());
    for (name, times) in &found {
        ctx.reply.bulk(name.as_bytes());
        write_distribution(ctx.reply, times);
    }
    Ok(())
}

fn write_distribution(reply: &mut Reply, times: &Distribution) {
    let steps = times.steps();
    reply.map(2);
    reply.bulk(b"calls");
    reply.int(times.total() as i64);
    reply.bulk(b"histogram_usec");
    reply.map(steps.len());
    for (micros, calls) in steps {
        reply.int(micros as i64);
        reply.int(calls as i64);
    }
}

/// What usually lies behind an event.
fn advice(event: &str) -> &'static str {
    match event {
        "command" => "SLOWLOG GET names the slow commands; commands on big values take time in proportion.",
        "fast-command" => "a command of constant time was slow: the machine was busy, swapping, or paused.",
        "expire-cycle" => "many keys expire at once; spread their times, or raise hz for smaller steps.",
        _ if event.starts_with("aof") => {
            "the disk is slow or shared; consider appendfsync everysec, or a disk of its own."
        }
        _ => "",
    }
}

fn doctor(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let all = ctx.server.latency.all();
    let mut report = String::new();
    if all.is_empty() && ctx.settings.latency_monitor_threshold == 0 {
        report.push_str(
            "Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n",
        );
    } else if all.is_empty() {
        report.push_str("No latency spike was seen since the last LATENCY RESET.\n");
    }
    for (event, series) in &all {
        report.push_str(&diagnosis(event, series));
    }
    ctx.reply.verbatim("txt", report.as_bytes());
    Ok(())
}

fn diagnosis(event: &str, series: &Series) -> String {
    let count = series.samples.len().max(1) as u64;
    let average = series.samples.iter().map(|(_, ms)| ms).sum::<u64>() / count;
    let first = series.samples.front().map_or(0, |(at, _)| *at);
    let last = series.samples.back().map_or(0, |(at, _)| *at);
    let worst = series.max_ms;
    format!(
        "{event}: {count} spikes in {} seconds, {average} ms on average, {worst} ms at worst. {}\n",
        last - first,
        advice(event)
    )
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("DOCTOR", "Return a human readable latency analysis report."),
        ("GRAPH <event>", "Return an ASCII latency graph for the <event> class."),
        ("HISTORY <event>", "Return time-latency samples for the <event> class."),
        ("LATEST", "Return the latest latency samples for all events."),
        (
            "RESET [<event> ...]",
            "Reset latency data of one or more <event> classes.\n(default: reset all data for all event classes)",
        ),
        (
            "HISTOGRAM [COMMAND ...]",
            "Return a cumulative distribution of latencies in the format of a histogram for the specified command names.\nIf no commands are specified then all histograms are replied.",
        ),
    ];
    help::write(ctx, "LATENCY", &rows);
    Ok(())
}
