//! DEBUG: what tests and developers need to look behind the curtain, off unless `enable-debug-command`
//! says otherwise. One table names the subcommands; `data.rs` has those about keys, `reload.rs` those that
//! read files again, `protocol.rs` the reply types.
//!
//! DEBUG holds no shard when it begins: those that need all of them take them (`everything`), those that
//! read files again must not.

use std::time::Duration;

use nix::sys::signal::{self, Signal};

use crate::limits::DEBUG_SLEEP_SECONDS_MAX;
use crate::replication::Class;
use crate::resp::{Args, glob};
use crate::server::commands::{Table, help, parse};
use crate::server::config::{Extent, memory};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::held::Held;
use crate::server::sync::locked;
use crate::server::{acl, gate, links, log, random_bytes};
use crate::store::types::list::set_plain_threshold;

mod data;
mod protocol;
mod reload;

/// This family's handlers.
pub const TABLE: Table = &[("debug", debug)];

type Subcommand = fn(&mut Ctx<'_>, Args<'_>) -> Result<(), Fault>;

/// Name, fewest and most arguments (DEBUG and the name included), what it does.
const SUBCOMMANDS: &[(&str, usize, usize, Subcommand)] = &[
    ("aof-flush-sleep", 3, 3, aof_flush_sleep),
    ("change-repl-id", 2, 2, change_repl_id),
    ("config-rewrite-force-all", 2, 2, rewrite_everything),
    ("digest", 2, 2, data::digest),
    ("digest-value", 2, usize::MAX, data::digest_value),
    ("error", 3, 3, error),
    ("help", 2, 2, usage),
    ("loadaof", 2, 2, reload::loadaof),
    ("log", 3, 3, log_line),
    ("object", 3, 3, data::object),
    ("panic", 2, 2, panic),
    ("pause-cron", 3, 3, pause_cron),
    ("populate", 3, 5, data::populate),
    ("protocol", 3, 3, protocol::protocol),
    ("quicklist-packed-threshold", 3, 3, packed_threshold),
    ("reload", 2, usize::MAX, reload::reload),
    ("replybuffer", 4, 4, replybuffer),
    ("replicate", 3, usize::MAX, replicate),
    ("segfault", 2, 2, segfault),
    ("set-active-expire", 3, 3, set_active_expire),
    ("set-disable-deny-scripts", 3, 3, set_disable_deny_scripts),
    ("set-skip-checksum-validation", 3, 3, skip_checksums),
    ("sleep", 3, 3, sleep),
    ("stringmatch-len", 4, 4, stringmatch_len),
    ("structsize", 2, 2, structsize),
];

fn debug(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.no_effect();
    let fits = |(name, least, most, _): &&(&str, usize, usize, Subcommand)| {
        parse::is(args.at(1), name) && (*least..=*most).contains(&args.len())
    };
    match SUBCOMMANDS.iter().find(fits) {
        Some((.., run)) => run(ctx, args),
        None => Err(help::wrong_arguments("DEBUG", args.at(1))),
    }
}

/// Takes every shard, unless the transaction around has done so.
fn everything(ctx: &mut Ctx<'_>) {
    if !ctx.data.held.is_all() {
        *ctx.data.held = Held::all(&ctx.server.keyspace);
    }
}

/// A number the way C's `atoi` reads it: what is none is 0.
fn lenient(arg: &[u8]) -> i64 {
    crate::resp::number::parse_i64(arg).unwrap_or(0)
}

/// Nobody gets at the data meanwhile, and no worker runs anything else.
fn sleep(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let seconds: f64 = parse::lossy(args.at(2)).trim().parse().unwrap_or(0.0);
    if seconds > 0.0 {
        everything(ctx);
        let _asleep = locked(&ctx.server.switches.asleep);
        ctx.server.gates.set(gate::ASLEEP, true);
        crate::clock::pause(Duration::from_secs_f64(seconds.min(DEBUG_SLEEP_SECONDS_MAX)));
        ctx.server.gates.set(gate::ASLEEP, false);
    }
    ctx.reply.ok();
    Ok(())
}

/// Crashes as a stray pointer would.
fn segfault(_: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let _ = signal::raise(Signal::SIGSEGV);
    Ok(())
}

/// Crashes as a broken invariant would.
fn panic(_: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    panic!("called by Unittest");
}

fn set_active_expire(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.server.set_expires_actively(lenient(args.at(2)) != 0);
    ctx.reply.ok();
    Ok(())
}

fn set_disable_deny_scripts(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.server.switches.scripts_may_all.turn(lenient(args.at(2)) != 0);
    ctx.reply.ok();
    Ok(())
}

fn pause_cron(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.server.switches.cron_paused.turn(lenient(args.at(2)) != 0);
    ctx.reply.ok();
    Ok(())
}

fn skip_checksums(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.server.switches.checksums_skipped.turn(lenient(args.at(2)) != 0);
    ctx.reply.ok();
    Ok(())
}

fn aof_flush_sleep(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let micros = u64::try_from(lenient(args.at(2))).unwrap_or(0);
    if let Some(aof) = ctx.server.durability.aof() {
        aof.set_options(|options| options.write_delay_us = micros);
    }
    ctx.reply.ok();
    Ok(())
}

/// From which size on an element of a list is a node of its own.
fn packed_threshold(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    const MOST: u64 = (1 << 32) - (1 << 20);
    let size = memory::parse(args.at(2)).filter(|size| *size <= MOST);
    let size =
        size.ok_or(Fault::new("ERR argument must be a memory value bigger than 1 and smaller than 4gb"))?;
    set_plain_threshold(size as usize);
    ctx.reply.ok();
    Ok(())
}

fn change_repl_id(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    log::notice(format_args!("Changing replication IDs after receiving change-repl-id"));
    ctx.server.links.state().history.renew(random_bytes());
    ctx.reply.ok();
    Ok(())
}

fn rewrite_everything(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let server = ctx.server;
    let outcome = server.config.rewrite(Extent::All, |settings| {
        links::describe(server, settings);
        acl::describe(server, settings);
    });
    outcome.map_err(|e| Fault::err(format!("CONFIG-REWRITE-FORCE-ALL failed: {e}")))?;
    ctx.reply.ok();
    Ok(())
}

fn log_line(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    log::warning(format_args!("DEBUG LOG: {}", parse::lossy(args.at(2))));
    ctx.reply.ok();
    Ok(())
}

fn error(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.error_bytes(args.at(2));
    Ok(())
}

/// Replies are written in the worker's buffer, whose size no client's habits change: what is asked for is
/// checked, and has no effect.
fn replybuffer(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let time = parse::is(args.at(2), "peak-reset-time");
    let word = |name: &str| parse::is(args.at(3), name);
    if time && !word("never") && !word("reset") || !time && parse::is(args.at(2), "resizing") {
        parse::int(args.at(3))?;
    } else if !time {
        return Err(fault::SYNTAX);
    }
    ctx.reply.ok();
    Ok(())
}

/// Sends a command to replicas that nobody runs here: the data may differ from then on.
fn replicate(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let db = ctx.data.db as u32;
    if ctx.data.journaling {
        ctx.data.unit.effect_iter(db, Class::ReplicaOnly, args.tail(2).iter());
    }
    ctx.reply.ok();
    Ok(())
}

fn stringmatch_len(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.int(i64::from(glob::matches(args.at(2), args.at(3))));
    Ok(())
}

fn structsize(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let sizes = format!(
        "bits:{} shard:{} db:{} session:{} client:{} ",
        usize::BITS,
        size_of::<crate::store::Shard>(),
        size_of::<crate::store::Db>(),
        size_of::<crate::server::session::Session>(),
        size_of::<crate::server::session::ClientShared>(),
    );
    ctx.reply.bulk(sizes.as_bytes());
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    help::write(ctx, "DEBUG", HELP);
    Ok(())
}

const HELP: &[(&str, &str)] = &[
    ("AOF-FLUSH-SLEEP <microsec>", "Server will sleep before flushing the AOF, this is used for testing."),
    (
        "CHANGE-REPL-ID",
        "Change the replication IDs of the instance.\nDangerous: should be used only for testing the replication subsystem.",
    ),
    (
        "CONFIG-REWRITE-FORCE-ALL",
        "Like CONFIG REWRITE but writes all configuration options, including\nkeywords not listed in original configuration file or default values.",
    ),
    ("DIGEST", "Output a hex signature representing the current DB content."),
    ("DIGEST-VALUE <key> [<key> ...]", "Output a hex signature of the values of all the specified keys."),
    (
        "ERROR <string>",
        "Return a Redis protocol error with <string> as message. Useful for clients\nunit tests to simulate Redis errors.",
    ),
    ("LOG <message>", "Write <message> to the server log."),
    ("LOADAOF", "Flush the AOF buffers on disk and reload the AOF in memory."),
    (
        "REPLYBUFFER <PEAK-RESET-TIME <NEVER|RESET|time>|RESIZING <0|1>>",
        "Accepted for tests: reply buffers belong to workers, and clients have none to resize.",
    ),
    ("REPLICATE <string>", "Replicates the provided string to replicas, allowing data divergence."),
    ("OBJECT <key>", "Show low level info about `key` and associated value."),
    ("PANIC", "Crash the server simulating a panic."),
    ("PAUSE-CRON <0|1>", "Stop periodic cron job processing."),
    (
        "POPULATE <count> [<prefix>] [<size>]",
        "Create <count> string keys named key:<num>. If <prefix> is specified then\nit is used instead of the 'key' prefix. These are not propagated to\nreplicas.",
    ),
    (
        "PROTOCOL <type>",
        "Reply with a test value of the specified type. <type> can be: string,\ninteger, double, bignum, null, array, set, map, attrib, push, verbatim,\ntrue, false.",
    ),
    (
        "QUICKLIST-PACKED-THRESHOLD <size>",
        "Sets the threshold for elements to be inserted as plain vs packed nodes\nDefault value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
    ),
    (
        "RELOAD [option ...]",
        "Save the RDB on disk and reload it back to memory. Valid <option> values:\n* MERGE: conflicting keys will be loaded from RDB.\n* NOFLUSH: the existing database will not be removed before load, but\n  conflicting keys will generate an error.\n* NOSAVE: the database will be loaded from an existing RDB file.",
    ),
    ("SEGFAULT", "Crash the server with sigsegv."),
    (
        "SET-ACTIVE-EXPIRE <0|1>",
        "Setting it to 0 disables expiring keys in background when they are not\naccessed (otherwise the Redis behavior). Setting it to 1 reenables back the\ndefault.",
    ),
    (
        "SET-DISABLE-DENY-SCRIPTS <0|1>",
        "Setting it to 1 lets scripts call the commands that are denied to them. For\ntests.",
    ),
    (
        "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
        "Enables or disables checksum checks for RDB files and RESTORE's payload.",
    ),
    ("SLEEP <seconds>", "Stop the server for <seconds>. Decimals allowed."),
    ("STRINGMATCH-LEN <pattern> <string>", "Say whether a string matches a glob-style pattern."),
    ("STRUCTSIZE", "Return the size of different core structures."),
];
