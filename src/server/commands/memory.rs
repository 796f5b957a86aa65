//! MEMORY: where the memory goes.

use crate::limits::SHARDS;
use crate::resp::{Args, Reply};
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::memory::{Memory, human};
use crate::store;

/// This family's handlers.
pub const TABLE: Table = &[
    ("memory|doctor", doctor),
    ("memory|help", usage),
    ("memory|malloc-stats", malloc_stats),
    ("memory|purge", purge),
    ("memory|stats", stats),
    ("memory|usage", memory_usage),
];

/// MEMORY USAGE key [SAMPLES count]: exact, since a string is one block; the count is only checked.
fn memory_usage(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut options = args.tail(3);
    while !options.is_empty() {
        if !parse::is(options.at(0), "samples") || options.len() < 2 || parse::int(options.at(1))? < 0 {
            return Err(fault::SYNTAX);
        }
        options = options.tail(2);
    }
    match ctx.data.peek(args.at(2)).map(|entry| entry.mem_bytes()) {
        Some(bytes) => ctx.reply.count(bytes),
        None => ctx.reply.null(),
    }
    Ok(())
}

/// What MEMORY STATS shows.
enum Figure {
    Bytes(i64),
    Ratio(f64),
}

fn stats(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let memory = Memory::gather(ctx.server, ctx.data.held);
    let dbs = tables_by_db(ctx);
    let (before, after) = figures(&memory);
    ctx.reply.map(before.len() + dbs.len() + after.len());
    before.iter().for_each(|row| write_figure(ctx.reply, row));
    for (db, bytes) in dbs {
        ctx.reply.bulk(format!("db.{db}").as_bytes());
        ctx.reply.map(2);
        write_figure(ctx.reply, &("overhead.hashtable.main", Figure::Bytes(bytes as i64)));
        write_figure(ctx.reply, &("overhead.hashtable.expires", Figure::Bytes(0)));
    }
    after.iter().for_each(|row| write_figure(ctx.reply, row));
    Ok(())
}

fn write_figure(reply: &mut Reply, (name, figure): &(&str, Figure)) {
    reply.bulk(name.as_bytes());
    match figure {
        Figure::Bytes(bytes) => reply.int(*bytes),
        Figure::Ratio(value) => reply.double(*value),
    }
}

/// Bytes of the tables of each database that has keys; expiries lie with the keys.
fn tables_by_db(ctx: &mut Ctx<'_>) -> Vec<(usize, usize)> {
    let bytes = |db: usize, ctx: &mut Ctx<'_>| -> Option<(usize, usize)> {
        let sizes = (0..SHARDS).map(|index| {
            ctx.data.held.visit(index, |shard| (shard.db(db).len(), shard.db(db).table_bytes()))
        });
        let (keys, bytes) = sizes.fold((0, 0), |(k, b), (keys, bytes)| (k + keys, b + bytes));
        (keys > 0).then_some((db, bytes))
    };
    (0..ctx.server.keyspace.dbs()).filter_map(|db| bytes(db, ctx)).collect()
}

/// A figure and its name.
type Row = (&'static str, Figure);

/// The rows in front of the databases, and those behind them.
fn figures(memory: &Memory) -> (Vec<Row>, Vec<Row>) {
    let bytes = |n: usize| Figure::Bytes(n as i64);
    let before = vec![
        ("peak.allocated", bytes(memory.peak)),
        ("total.allocated", bytes(memory.used)),
        ("startup.allocated", bytes(memory.startup)),
        ("replication.backlog", bytes(memory.backlog)),
        ("clients.slaves", bytes(memory.replicas)),
        ("clients.normal", bytes(memory.clients)),
        ("cluster.links", bytes(0)),
        ("aof.buffer", bytes(memory.aof)),
        ("lua.caches", bytes(memory.scripts)),
        ("functions.caches", bytes(memory.functions)),
    ];
    let each = memory.used.saturating_sub(memory.startup).checked_div(memory.keys).unwrap_or(0);
    let after = vec![
        ("overhead.total", bytes(memory.overhead())),
        ("keys.count", bytes(memory.keys)),
        ("keys.bytes-per-key", bytes(each)),
        ("dataset.bytes", bytes(memory.dataset())),
        ("dataset.percentage", Figure::Ratio(memory.dataset_percent())),
        ("peak.percentage", Figure::Ratio(memory.peak_percent())),
        ("allocator.allocated", bytes(memory.used)),
        ("allocator.active", bytes(memory.resident)),
        ("allocator.resident", bytes(memory.resident)),
        ("allocator-fragmentation.ratio", Figure::Ratio(memory.fragmentation())),
        ("allocator-fragmentation.bytes", Figure::Bytes(memory.fragmentation_bytes())),
        ("allocator-rss.ratio", Figure::Ratio(1.0)),
        ("allocator-rss.bytes", bytes(0)),
        ("rss-overhead.ratio", Figure::Ratio(1.0)),
        ("rss-overhead.bytes", bytes(0)),
        ("fragmentation", Figure::Ratio(memory.fragmentation())),
        ("fragmentation.bytes", Figure::Bytes(memory.fragmentation_bytes())),
    ];
    (before, after)
}

/// Below this much memory ratios say nothing, in bytes.
const TOO_LITTLE: usize = 5 * 1024 * 1024;

fn doctor(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let memory = Memory::gather(ctx.server, ctx.data.held);
    let findings = findings(&memory);
    let report = match findings.is_empty() {
        _ if memory.used < TOO_LITTLE => "Too little memory is used to tell anything from it.\n".to_owned(),
        true => "Nothing stands out.\n".to_owned(),
        false => findings.join("\n") + "\n",
    };
    ctx.reply.verbatim("txt", report.as_bytes());
    Ok(())
}

fn findings(memory: &Memory) -> Vec<String> {
    let mut all = Vec::new();
    if memory.peak > memory.used / 2 * 3 {
        all.push(format!(
            "Peak: {} were used at some time, now it is {}; the rest may stay with the process.",
            human(memory.peak),
            human(memory.used)
        ));
    }
    if memory.fragmentation() > 1.4 && memory.fragmentation_bytes() > 10 << 20 {
        all.push(format!(
            "Fragmentation: the system counts {:.2} times what is used.",
            memory.fragmentation()
        ));
    }
    if memory.clients > memory.used / 4 {
        all.push(format!("Clients: their buffers hold {}; see CLIENT LIST, omem.", human(memory.clients)));
    }
    if memory.replicas > memory.used / 4 {
        all.push("Replicas: what they have not read yet holds much; see INFO replication, lag.".to_owned());
    }
    all
}

/// The allocator keeps its statistics to itself.
fn malloc_stats(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.bulk(b"Stats not supported for the current allocator");
    Ok(())
}

/// The allocator gives back what has been free for a second; this is about the rest.
fn purge(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    store::give_back(true);
    ctx.reply.ok();
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("DOCTOR", "Return memory problems reports."),
        ("MALLOC-STATS", "Return internal statistics report from the memory allocator."),
        ("PURGE", "Attempt to purge dirty pages for reclamation by the allocator."),
        ("STATS", "Return information about the memory usage of the server."),
        (
            "USAGE <key> [SAMPLES <count>]",
            "Return memory in bytes used by <key> and its value. Nested values are\nsampled up to <count> times (default: 5, 0 means sample all).",
        ),
    ];
    help::write(ctx, "MEMORY", &rows);
    Ok(())
}
