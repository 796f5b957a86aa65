//! CONFIG GET, SET, REWRITE, RESETSTAT, HELP.

use crate::resp::Args;
use crate::server::commands::{Table, help};
use crate::server::config::{Caller, Extent, Settings};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::server::held::Held;
use crate::server::{Server, acl, crash, durability, gate, links, listen, log};

/// This family's handlers.
pub const TABLE: Table = &[
    ("config|get", get),
    ("config|set", set),
    ("config|rewrite", rewrite),
    ("config|resetstat", resetstat),
    ("config|help", usage),
];

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let patterns: Vec<&[u8]> = args.tail(2).iter().collect();
    let found = ctx.server.config.get(&patterns);
    ctx.reply.map(found.len());
    for (name, value) in &found {
        ctx.reply.bulk(name.as_bytes());
        ctx.reply.bulk(value);
    }
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if !args.len().is_multiple_of(2) {
        return Err(Fault::new("ERR wrong number of arguments for 'config|set' command"));
    }
    let pairs: Vec<(&[u8], &[u8])> =
        (2..args.len()).step_by(2).map(|i| (args.at(i), args.at(i + 1))).collect();
    let caller = Caller {
        local: ctx.session.local,
        loading: ctx.server.gates.has(gate::LOADING | gate::ASYNC_LOADING),
    };
    let server = ctx.server;
    let (held, in_exec) = (&mut *ctx.data.held, ctx.session.in_exec);
    server
        .config
        .set(&pairs, caller, &mut |old, new, changed| apply(server, (old, new), changed, held, in_exec))
        .map_err(|e| Fault::line(e.to_string()))?;
    links::refresh_gates(server);
    ctx.reply.ok();
    Ok(())
}

type Refused = (String, String);

/// Makes the process follow a change of its settings. What is read at each use needs nothing here.
fn apply(
    server: &'static Server,
    (old, new): (&Settings, &Settings),
    changed: &[&str],
    held: &mut Held,
    in_exec: bool,
) -> Result<(), Refused> {
    let has = |name: &str| changed.contains(&name);
    if has("bind") || has("port") {
        reopen(server, old, new)?;
    }
    if has("dir") {
        change_dir(new)?;
    }
    log::set_level(new.loglevel.into());
    crash::set_enabled(new.crash_log_enabled);
    if has("logfile") {
        log::set_file(&new.logfile);
    }
    if has("maxmemory") {
        server.gates.set(gate::MEMORY_LIMIT, new.maxmemory != 0);
        server.eviction.call();
    }
    if has("repl-backlog-size") {
        server.journal.set_backlog_size(new.repl_backlog_size as usize);
    }
    if has("requirepass") {
        server.acl.set_default_password(&server.gates, new.requirepass.get());
    }
    if has("maxclients") {
        more_clients(new)?;
    }
    if has("oom-score-adj") || has("oom-score-adj-values") {
        let applied = server.oom.apply(new, server.gates.has(gate::REPLICA));
        applied.map_err(|e| {
            log::warning(format_args!("Unable to adjust the oom score: {e}"));
            refused("oom-score-adj", "Failed to apply new oom_score_adj configuration, check server logs.")
        })?;
    }
    durability::settings_changed(server, old, new, held, in_exec)
}

fn reopen(server: &'static Server, old: &Settings, new: &Settings) -> Result<(), Refused> {
    let (name, why) = if old.port == new.port {
        ("bind", "Failed to bind to specified addresses.")
    } else {
        ("port", "Unable to listen on this port. Check server logs.")
    };
    let listeners =
        if new.port == 0 { Vec::new() } else { listen::open_tcp(new).map_err(|_| refused(name, why))? };
    server.listeners.replace(listeners);
    Ok(())
}

fn change_dir(new: &Settings) -> Result<(), Refused> {
    std::env::set_current_dir(&new.dir).map_err(|e| refused("dir", &crate::server::os_reason(&e)))
}

/// Descriptors that are not client connections.
const RESERVED_DESCRIPTORS: u64 = 32;

fn more_clients(new: &Settings) -> Result<(), Refused> {
    let wanted = new.maxclients as u64 + RESERVED_DESCRIPTORS;
    let limit = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
    match limit {
        Ok((soft, hard)) if soft < wanted => {
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, wanted, hard.max(wanted)).map_err(|_| {
                refused("maxclients", "The operating system is not able to handle the specified number of clients, try with a lower number")
            })
        }
        _ => Ok(()),
    }
}

fn refused(name: &str, why: &str) -> Refused {
    (name.to_owned(), why.to_owned())
}

fn rewrite(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let server = ctx.server;
    let outcome = server.config.rewrite(Extent::Needed, |settings| {
        links::describe(server, settings);
        acl::describe(server, settings);
    });
    outcome.map_err(|e| Fault::line(e.to_string()))?;
    log::notice(format_args!("CONFIG REWRITE executed with success."));
    ctx.reply.ok();
    Ok(())
}

fn resetstat(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let peak = ctx.server.stats.memory_peak.get();
    ctx.server.stats.reset();
    ctx.server.stats.memory_peak.set(peak);
    ctx.server.rates.reset();
    ctx.server.eviction.reset();
    crate::store::reclaim::reset_freed();
    ctx.server.workers.iter().for_each(|worker| worker.reset());
    ctx.reply.ok();
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    help::write(
        ctx,
        "CONFIG",
        &[
            ("GET <pattern>", "Return parameters matching the glob-like <pattern> and their values."),
            ("SET <directive> <value>", "Set the configuration <directive> to <value>."),
            ("RESETSTAT", "Reset statistics reported by the INFO command."),
            ("REWRITE", "Rewrite the configuration file."),
        ],
    );
    Ok(())
}
