//! Admission: everything that can stop a command before it runs, in Redis's order: unknown command,
//! arity, authentication, MULTI rules, memory, disk, replicas, role, subscribed mode, loading, pause.
//! The usual case (authenticated client, no gate set, no MULTI) is two compares.

use std::sync::atomic::Ordering;

use crate::catalog::{self, Command, flags};
use crate::resp::{Args, Proto, Reply, RequestLimits};
use crate::server::Server;
use crate::server::acl;
use crate::server::commands::exists;
use crate::server::config::Settings;
use crate::server::ctx::Handler;
use crate::server::fault::{self, Fault};
use crate::server::gate;
use crate::server::links::failover::Failover;
use crate::server::scripting::run;
use crate::server::session::{Class, Origin, Session};
use crate::server::stats::WorkerStats;
use crate::server::sync::locked;

/// Longest command name or argument quoted in an error, in bytes (Redis: 128).
const QUOTED_BYTES_MAX: usize = 128;

/// What becomes of a command.
pub enum Verdict {
    /// It runs now.
    Run,
    /// It joins the transaction.
    Queue,
    /// It waits for the end of CLIENT PAUSE.
    Pause,
    /// It is refused.
    Refuse(Fault),
}

/// What the parser lets this client send.
pub fn parse_limits(server: &Server, session: &Session, settings: &Settings) -> RequestLimits {
    let authenticated = !acl::must_log_in(server, session);
    RequestLimits { bulk_bytes: settings.proto_max_bulk_len as usize, authenticated }
}

/// Finds the command or subcommand that a request means, and its implementation; or why not, with the
/// command if it is known.
pub fn resolve(
    command: Option<&'static Command>,
    args: Args<'_>,
    handlers: &'static [Option<Handler>],
) -> Result<(&'static Command, Handler), (Option<&'static Command>, Fault)> {
    let Some(mut command) = command else { return Err((None, Fault::line(unknown(args)))) };
    if !command.subcommands.is_empty() && args.len() > 1 {
        let sub = catalog::lookup_sub(command, args.at(1));
        command = sub.ok_or_else(|| (None, unknown_sub(command, args)))?;
    }
    let handler = handlers.get(usize::from(command.id)).copied().flatten();
    if handler.is_some() && !command.arity_allows(args.len()) {
        let name = command.full_name;
        return Err((Some(command), Fault::err(format!("wrong number of arguments for '{name}' command"))));
    }
    match handler {
        Some(handler) => Ok((command, handler)),
        None if command.parent.is_some() => Err((None, unknown_sub(command, args))),
        None if exists(command) => {
            let name = command.full_name;
            Err((Some(command), Fault::err(format!("wrong number of arguments for '{name}' command"))))
        }
        None => Err((None, Fault::line(unknown(args)))),
    }
}

/// EXEC is run by the engine itself.
pub fn is_exec(command: &'static Command) -> bool {
    command.full_name == "exec"
}

/// The error line for a command nobody knows.
pub fn unknown(args: Args<'_>) -> String {
    let mut shown = String::new();
    for arg in args.tail(1).iter() {
        if shown.len() >= QUOTED_BYTES_MAX {
            break;
        }
        let room = QUOTED_BYTES_MAX - shown.len();
        shown.push_str(&format!("'{}' ", lossy(arg, room)));
    }
    let name = lossy(args.at(0), QUOTED_BYTES_MAX);
    format!("ERR unknown command '{name}', with args beginning with: {shown}")
}

fn unknown_sub(command: &Command, args: Args<'_>) -> Fault {
    let family = command.full_name.split('|').next().unwrap_or_default().to_uppercase();
    let sub = lossy(args.at(1), QUOTED_BYTES_MAX);
    Fault::err(format!("unknown subcommand '{sub}'. Try {family} HELP."))
}

fn lossy(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned()
}

/// Decides what becomes of a resolved command.
pub fn check(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    command: &'static Command,
    args: Args<'_>,
) -> Verdict {
    let all = server.gates.get();
    let gates = all & !(gate::MONITORED | gate::MOVING | gate::TRACKED | gate::BUSY | gate::ACL);
    if gates == 0
        && session.authenticated
        && session.tx.is_none()
        && session.subs.is_none()
        && !command.is(flags::PROTECTED)
    {
        if all & gate::ACL == 0 || session.identity.is_free() {
            return Verdict::Run;
        }
        let permitted = permitted(server, settings, session, command, args);
        return permitted.map_or_else(Verdict::Refuse, |()| Verdict::Run);
    }
    if gates & gate::ASLEEP != 0 {
        drop(locked(&server.switches.asleep));
    }
    if gates & gate::REPLICA != 0 && gates & gate::PAUSED != 0 && waits_for_leader(server, session, command) {
        return Verdict::Pause;
    }
    if let Err(fault) = refusal(server, settings, session, command, args, gates) {
        return Verdict::Refuse(fault);
    }
    if gates & gate::PAUSED != 0
        && server.pause.holds(session, command, effective_flags(server, session, command, args))
    {
        return Verdict::Pause;
    }
    if session.tx.is_some() && !runs_inside_multi(command) { Verdict::Queue } else { Verdict::Run }
}

fn runs_inside_multi(command: &Command) -> bool {
    matches!(command.full_name, "exec" | "discard" | "multi" | "watch" | "quit" | "reset")
}

/// What a command (or the transaction it executes) may do.
fn effective_flags(
    server: &'static Server,
    session: &Session,
    command: &'static Command,
    args: Args<'_>,
) -> u32 {
    match session.tx.as_ref() {
        Some(tx) if is_exec(command) => command.flags | tx.flags,
        _ => flags_of(server, command, args),
    }
}

/// The flags of a command; of one that runs a script, with what the script declares.
pub fn flags_of(server: &'static Server, command: &'static Command, args: Args<'_>) -> u32 {
    if command.is(flags::RUNS_SCRIPT) { run::flags_of(server, command, args) } else { command.flags }
}

/// What a command and everything it executes are allowed to do.
fn flags_of_all(
    server: &'static Server,
    session: &Session,
    command: &'static Command,
    args: Args<'_>,
) -> u32 {
    match session.tx.as_ref() {
        Some(tx) if is_exec(command) => command.flags & !tx.lacking,
        _ => flags_of(server, command, args),
    }
}

fn refusal(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    command: &'static Command,
    args: Args<'_>,
    gates: u32,
) -> Result<(), Fault> {
    protected(settings, session, command)?;
    if !command.is(flags::NO_AUTH) && acl::must_log_in(server, session) {
        return Err(fault::NO_AUTH);
    }
    if session.tx.is_some() && command.is(flags::NO_MULTI) {
        return Err(Fault::new("ERR Command not allowed inside a transaction"));
    }
    permitted(server, settings, session, command, args)?;
    if session.origin != Origin::Client || gates == 0 && session.subs.is_none() {
        return Ok(());
    }
    let may = effective_flags(server, session, command, args);
    redirect(server, session, may, gates)?;
    memory(session, may, gates)?;
    writes(settings, session, command, may, gates)?;
    subscribed(session, command, args)?;
    let must = flags_of_all(server, session, command, args);
    link_down(settings, must, gates)?;
    if gates & gate::LOADING != 0 && must & flags::LOADING == 0 {
        return Err(fault::LOADING);
    }
    if gates & gate::ASYNC_LOADING != 0 && may & flags::NO_ASYNC_LOADING != 0 {
        return Err(fault::LOADING);
    }
    Ok(())
}

/// Does a client that can be sent elsewhere have to wait, since a failover has not said where to?
#[cold]
fn waits_for_leader(server: &'static Server, session: &Session, command: &Command) -> bool {
    session.shared.redirects.load(Ordering::Relaxed)
        && command.flags & (flags::WRITE | flags::READONLY) != 0
        && server.links.state().failover.as_ref().is_some_and(Failover::is_in_progress)
}

/// A client that has said it can (CLIENT CAPA REDIRECT) is sent to the master, as Valkey does: with writes, and
/// with reads unless it has said READONLY.
fn redirect(server: &'static Server, session: &Session, may: u32, gates: u32) -> Result<(), Fault> {
    let asks = if session.reads_replica { flags::WRITE } else { flags::WRITE | flags::READONLY };
    if gates & gate::REPLICA == 0 || may & asks == 0 || !session.shared.redirects.load(Ordering::Relaxed) {
        return Ok(());
    }
    let state = server.links.state();
    let to = state.master.as_ref().map(|master| format!("REDIRECT {}:{}", master.host, master.port));
    to.map_or(Ok(()), |line| Err(Fault::line(line)))
}

/// May the client's user run it?
fn permitted(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    command: &'static Command,
    args: Args<'_>,
) -> Result<(), Fault> {
    let context = if session.tx.is_some() { acl::Context::Multi } else { acl::Context::TopLevel };
    acl::permit(server, settings, session, (command, args), context)
        .map_err(|denial| acl::no_permission(session, denial, command))
}

/// DEBUG and MODULE are off unless the configuration allows them.
fn protected(settings: &Settings, session: &Session, command: &Command) -> Result<(), Fault> {
    if !command.is(flags::PROTECTED) {
        return Ok(());
    }
    let debug = command.full_name.starts_with("debug");
    let (rule, name, option) = if debug {
        (settings.enable_debug_command, "DEBUG", "enable-debug-command")
    } else {
        (settings.enable_module_command, "MODULE", "enable-module-command")
    };
    if rule.allows(session.local) {
        return Ok(());
    }
    Err(Fault::err(format!(
        "{name} command not allowed. If the {option} option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
    )))
}

/// The engine has tried to make room before.
fn memory(session: &Session, may: u32, gates: u32) -> Result<(), Fault> {
    let short = gates & gate::MEMORY_LIMIT != 0 && session.out_of_memory;
    if short && may & flags::DENYOOM != 0 { Err(fault::OUT_OF_MEMORY) } else { Ok(()) }
}

fn writes(
    settings: &Settings,
    session: &Session,
    command: &Command,
    may: u32,
    gates: u32,
) -> Result<(), Fault> {
    let writes = may & flags::WRITE != 0;
    if gates & gate::DISK_ERROR != 0 && (writes || command.full_name == "ping") && gates & gate::REPLICA == 0
    {
        return Err(fault::MISCONF_RDB);
    }
    if gates & gate::FEW_REPLICAS != 0 && writes && gates & gate::REPLICA == 0 {
        return Err(fault::NO_REPLICAS);
    }
    let replica_link = session.shared.class() == Class::Master;
    if gates & gate::REPLICA != 0 && settings.replica_read_only && writes && !replica_link {
        return Err(fault::READ_ONLY);
    }
    Ok(())
}

/// The same for a command of a script, whose client may write as far as the script may.
pub fn script_writes(settings: &Settings, command: &Command, gates: u32) -> Result<(), Fault> {
    if !command.is(flags::WRITE) {
        return Ok(());
    }
    if gates & gate::REPLICA != 0 {
        return if settings.replica_read_only { Err(fault::READ_ONLY) } else { Ok(()) };
    }
    if gates & gate::DISK_ERROR != 0 {
        return Err(fault::MISCONF_RDB);
    }
    if gates & gate::FEW_REPLICAS != 0 { Err(fault::NO_REPLICAS) } else { Ok(()) }
}

/// Is everybody told that a script is busy, whatever they ask for but this command?
pub fn is_busy(server: &'static Server, session: &Session, command: &Command) -> bool {
    server.gates.has(gate::BUSY)
        && !command.is(flags::ALLOW_BUSY)
        && session.origin == Origin::Client
        && (command.is(flags::NO_AUTH) || !acl::must_log_in(server, session))
}

/// A RESP2 client with subscriptions may only run a few commands.
fn subscribed(session: &Session, command: &Command, _args: Args<'_>) -> Result<(), Fault> {
    if session.proto == Proto::Resp3 || session.subscription_count() == 0 {
        return Ok(());
    }
    let allowed = [
        "ping",
        "subscribe",
        "ssubscribe",
        "sunsubscribe",
        "unsubscribe",
        "psubscribe",
        "punsubscribe",
        "quit",
        "reset",
    ];
    if allowed.contains(&command.full_name) {
        return Ok(());
    }
    Err(Fault::err(format!(
        "Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
        command.full_name
    )))
}

fn link_down(settings: &Settings, must: u32, gates: u32) -> Result<(), Fault> {
    let stale = gates & gate::LINK_DOWN != 0 && !settings.replica_serve_stale_data;
    if stale && must & flags::STALE == 0 { Err(fault::MASTER_DOWN) } else { Ok(()) }
}

/// Writes the refusal and counts it; a refused command breaks the transaction it would have joined.
pub fn refuse(
    server: &'static Server,
    session: &mut Session,
    command: Option<&'static Command>,
    fault: &Fault,
    reply: &mut Reply,
    stats: Option<&WorkerStats>,
) {
    server.stats.count_error(fault.code());
    if let (Some(command), Some(stats)) = (command, stats) {
        stats.by_command[usize::from(command.id)].rejected.add(1);
    }
    if command.is_some_and(is_exec) {
        crate::server::commands::transaction::abandon(server, session);
        let why = fault.as_str().strip_prefix("ERR ").unwrap_or(fault.as_str());
        reply.error(&format!("EXECABORT Transaction discarded because of: {why}"));
        return;
    }
    if let Some(tx) = session.tx.as_mut() {
        tx.broken = true;
    }
    reply.error(fault.as_str());
}
