//! HOTKEYS, in the form of Redis 8.6. There the keys of a session between START and STOP are counted; here GET has
//! an answer at any time, and besides time and bytes it counts commands.

use crate::limits::HOTKEYS_COUNT_MAX;
use crate::resp::{Args, Reply};
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::hotkeys::sketch::Counter;
use crate::server::hotkeys::{COUNT_DEFAULT, Metric, Report, Wish};

/// This family's handlers.
pub const TABLE: Table = &[
    ("hotkeys|get", get),
    ("hotkeys|help", usage),
    ("hotkeys|reset", reset),
    ("hotkeys|start", start),
    ("hotkeys|stop", stop),
];

const BAD_COUNT: Fault = Fault::new("ERR COUNT must be between 1 and 64");
const _: () = assert!(HOTKEYS_COUNT_MAX == 64, "the error says so");

fn count(arg: &[u8]) -> Result<usize, Fault> {
    let count = parse::int(arg).ok().and_then(|count| usize::try_from(count).ok());
    count.filter(|count| (1..=HOTKEYS_COUNT_MAX).contains(count)).ok_or(BAD_COUNT)
}

fn start(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let wish = wish(args.tail(2))?;
    if !ctx.server.hotkeys.start(ctx.server, wish) {
        return Err(Fault::new("ERR hot keys are being tracked already; HOTKEYS STOP ends that"));
    }
    ctx.reply.ok();
    Ok(())
}

/// METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio]
fn wish(args: Args<'_>) -> Result<Wish, Fault> {
    let mut wish = Wish { cpu: false, net: false, count: COUNT_DEFAULT, duration_ms: None, ratio: 1 };
    if !args.get(0).is_some_and(|word| parse::is(word, "metrics")) {
        return Err(Fault::new("ERR METRICS must be given first"));
    }
    let named = parse::int(args.get(1).ok_or(fault::SYNTAX)?)?;
    let metrics = usize::try_from(named).unwrap_or(0).min(args.len() - 2);
    for word in args.tail(2).iter().take(metrics) {
        match () {
            () if parse::is(word, "cpu") => wish.cpu = true,
            () if parse::is(word, "net") => wish.net = true,
            () => return Err(fault::SYNTAX),
        }
    }
    let found = i64::from(wish.cpu) + i64::from(wish.net);
    if found != named || found == 0 {
        return Err(Fault::new("ERR METRICS count does not match the metrics: CPU, NET"));
    }
    let mut options = args.tail(2 + metrics);
    while !options.is_empty() {
        let value = options.get(1).ok_or(fault::SYNTAX)?;
        take(&mut wish, options.at(0), value)?;
        options = options.tail(2);
    }
    Ok(wish)
}

fn take(wish: &mut Wish, option: &[u8], value: &[u8]) -> Result<(), Fault> {
    match () {
        () if parse::is(option, "count") => wish.count = count(value)?,
        () if parse::is(option, "duration") => {
            let seconds = parse::int(value).ok().and_then(|s| u64::try_from(s).ok());
            let ms = seconds.and_then(|s| s.checked_mul(1000));
            let ms = ms.ok_or(Fault::new("ERR DURATION must be a number of seconds, or 0 for no end"))?;
            wish.duration_ms = (ms > 0).then_some(ms);
        }
        () if parse::is(option, "sample") => {
            let ratio = parse::int(value).ok().and_then(|ratio| u32::try_from(ratio).ok());
            let ratio = ratio.filter(|ratio| *ratio > 0);
            wish.ratio = ratio.ok_or(Fault::new("ERR SAMPLE ratio must be positive"))?;
        }
        () if parse::is(option, "slots") => {
            return Err(Fault::new("ERR SLOTS needs a cluster, and this server is none"));
        }
        () => return Err(fault::SYNTAX),
    }
    Ok(())
}

fn stop(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    if !ctx.server.hotkeys.stop(ctx.server) {
        return Err(Fault::new("ERR hot keys are not being tracked"));
    }
    ctx.reply.ok();
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    if !ctx.server.hotkeys.reset(ctx.server) {
        return Err(Fault::new("ERR hot keys are being tracked; HOTKEYS STOP first"));
    }
    ctx.reply.ok();
    Ok(())
}

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (mut most, mut db) = (None, None);
    let mut options = args.tail(2);
    while !options.is_empty() {
        let value = options.get(1).ok_or(fault::SYNTAX)?;
        match () {
            () if parse::is(options.at(0), "count") => most = Some(count(value)?),
            () if parse::is(options.at(0), "db") => {
                db = Some(parse::db_index(value, ctx.server.keyspace.dbs())?);
            }
            () => return Err(fault::SYNTAX),
        }
        options = options.tail(2);
    }
    let report = ctx.server.hotkeys.report(ctx.server);
    let most = most.unwrap_or(report.wish.count);
    write_report(ctx.reply, &report, |metric| report.keys(metric, most, db));
    Ok(())
}

fn write_report<'r>(reply: &mut Reply, report: &'r Report, keys: impl Fn(Metric) -> Vec<&'r Counter>) {
    let (totals, wish) = (&report.totals, &report.wish);
    let mut facts = vec![
        ("all-commands-all-slots-us", totals.commands_us),
        ("net-bytes-all-commands-all-slots", totals.net_bytes),
        ("collection-start-time-unix-ms", u64::try_from(report.started_ms).unwrap_or(0)),
        ("collection-duration-ms", totals.time_ms),
    ];
    let mut lists = Vec::new();
    if wish.cpu {
        facts.extend([
            ("total-cpu-time-user-ms", totals.user_ms),
            ("total-cpu-time-sys-ms", totals.system_ms),
        ]);
        lists.push(("by-cpu-time-us", keys(Metric::Nanos), 1000));
    }
    if wish.net {
        facts.push(("total-net-bytes", totals.net_bytes));
        lists.push(("by-net-bytes", keys(Metric::Bytes), 1));
    }
    lists.push(("by-count", keys(Metric::Count), 1));
    reply.map(3 + facts.len() + lists.len());
    reply.bulk(b"tracking-active");
    reply.int(i64::from(report.active));
    reply.bulk(b"sample-ratio");
    reply.int(i64::from(wish.ratio));
    reply.bulk(b"selected-slots");
    reply.array(0);
    for (name, value) in facts {
        reply.bulk(name.as_bytes());
        reply.int(value as i64);
    }
    for (name, keys, unit) in lists {
        reply.bulk(name.as_bytes());
        reply.array(keys.len() * 2);
        for key in keys {
            reply.bulk(&key.name);
            reply.int((key.sure() / unit) as i64);
        }
    }
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "GET [COUNT <count>] [DB <db>]",
            "Return the keys used most, by time, bytes and number of commands. Without\nSTART what was counted fades: it counts half after a minute.",
        ),
        ("RESET", "Forget what was counted; it goes on."),
        (
            "START METRICS <count> [CPU] [NET] [COUNT <count>] [DURATION <seconds>] [SAMPLE <ratio>]",
            "Count afresh, one command in <ratio> (default: 1), until STOP or for <seconds>.",
        ),
        ("STOP", "Keep what was counted, and count no more until START or RESET."),
    ];
    help::write(ctx, "HOTKEYS", &rows);
    Ok(())
}
