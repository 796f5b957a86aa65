//! Replication's commands: REPLICAOF, PSYNC and SYNC, REPLCONF, ROLE, WAIT, WAITAOF. The work is in `links`.

use crate::clock;
use crate::replication::psync::{Replconf, Request};
use crate::resp::{Args, OwnedArgs};
use crate::server::commands::{Table, parse};
use crate::server::ctx::{Ctx, Next};
use crate::server::fault::{self, Fault};
use crate::server::links::failover::{self, Wish};
use crate::server::links::{self, Phase, ReplicaRequest, facts, role};
use crate::server::session::Class;
use crate::server::wait::{NO_AOF, Safe, Wait};
use crate::server::{gate, log};

/// This family's handlers.
pub const TABLE: Table = &[
    ("failover", failover_command),
    ("replicaof", replicaof),
    ("slaveof", replicaof),
    ("psync", psync),
    ("sync", psync),
    ("replconf", replconf),
    ("role", role_command),
    ("wait", wait),
    ("waitaof", waitaof),
];

fn replicaof(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.server.links.state().failover.is_some() {
        return Err(Fault::new("ERR REPLICAOF not allowed while failing over."));
    }
    if parse::is(args.at(1), "no") && parse::is(args.at(2), "one") {
        if role::lead(ctx.server, ctx.data.held) {
            log::notice(format_args!("MASTER MODE enabled (user request from '{}')", describe(ctx)));
        }
        ctx.reply.ok();
        return Ok(());
    }
    if ctx.session.shared.class() == Class::Replica {
        return Err(Fault::new("ERR Command is not valid when client is a replica."));
    }
    let port = parse::int(args.at(2))?;
    let port = u16::try_from(port).map_err(|_| Fault::new("ERR Invalid master port"))?;
    let host = parse::lossy(args.at(1));
    if follows(ctx, &host, port) {
        log::notice(format_args!(
            "REPLICAOF would result into synchronization with the master we are already connected with. No \
             operation performed."
        ));
        ctx.reply.simple("OK Already connected to specified master");
        return Ok(());
    }
    role::follow(ctx.server, ctx.data.held, &host, port);
    log::notice(format_args!("REPLICAOF {host}:{port} enabled (user request from '{}')", describe(ctx)));
    ctx.reply.ok();
    Ok(())
}

fn follows(ctx: &Ctx<'_>, host: &str, port: u16) -> bool {
    let state = ctx.server.links.state();
    state.master.as_ref().is_some_and(|master| master.host.eq_ignore_ascii_case(host) && master.port == port)
}

fn describe(ctx: &Ctx<'_>) -> String {
    ctx.session.shared.describe(clock::wall_ms(), clock::mono_ms())
}

/// PSYNC and SYNC: the connection becomes a replica's link; it answers there.
fn psync(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let request = Request::parse(args).map_err(|why| {
        let name = ctx.session.shared.addr.as_str();
        log::warning(format_args!("Replica {name} asks for synchronization but with a wrong offset"));
        Fault::new(why)
    })?;
    if let Request::Psync { id, failover: true, .. } = request {
        take_over(ctx, id)?;
    }
    if ctx.server.links.state().failover.is_some() {
        return Err(Fault::new("NOMASTERLINK Can't SYNC while failing over"));
    }
    if link_is_down(ctx) {
        return Err(Fault::new("NOMASTERLINK Can't SYNC while not connected with my master"));
    }
    if !ctx.reply.is_empty() {
        return Err(Fault::new("ERR SYNC and PSYNC are invalid with pending output"));
    }
    let peer = ctx.session.peer.as_deref().cloned().unwrap_or_default();
    if peer.filter.is_set() && !peer.capa.eof {
        return Err(Fault::new("ERR Filtered replica requires EOF capability"));
    }
    ctx.next = Next::Replica(Box::new(ReplicaRequest { args: OwnedArgs::from(args), peer }));
    Ok(())
}

fn link_is_down(ctx: &Ctx<'_>) -> bool {
    let state = ctx.server.links.state();
    state.master.as_ref().is_some_and(|master| master.phase != Phase::Connected)
}

/// Our master hands over to us.
fn take_over(ctx: &mut Ctx<'_>, id: &[u8]) -> Result<(), Fault> {
    log::warning(format_args!("Failover request received for replid {}.", id.escape_ascii()));
    let ours = {
        let state = ctx.server.links.state();
        if state.master.is_none() {
            return Err(Fault::new("ERR PSYNC FAILOVER can't be sent to a master."));
        }
        state.history.id()
    };
    if !ours.is(id) {
        return Err(Fault::new("ERR PSYNC FAILOVER replid must match my replid."));
    }
    role::lead(ctx.server, ctx.data.held);
    log::notice(format_args!("MASTER MODE enabled (failover request from '{}')", describe(ctx)));
    Ok(())
}

fn failover_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() == 2 && parse::is(args.at(1), "abort") {
        failover::abort_by_user(ctx.server, ctx.data.held)?;
    } else {
        failover::start(ctx.server, failover_wish(args)?)?;
    }
    ctx.reply.ok();
    Ok(())
}

fn failover_wish(args: Args<'_>) -> Result<Wish, Fault> {
    let mut wish = Wish::default();
    let mut i = 1;
    while i < args.len() {
        let (option, left) = (args.at(i), args.len() - i - 1);
        if parse::is(option, "timeout") && left >= 1 && wish.timeout_ms.is_none() {
            let timeout = u64::try_from(parse::int(args.at(i + 1))?).ok().filter(|timeout| *timeout > 0);
            let timeout = timeout.ok_or(Fault::new("ERR FAILOVER timeout must be greater than 0"))?;
            wish.timeout_ms = Some(timeout);
            i += 2;
        } else if parse::is(option, "to") && left >= 2 && wish.target.is_none() {
            wish.target = Some((parse::lossy(args.at(i + 1)), parse::int(args.at(i + 2))?));
            i += 3;
        } else if parse::is(option, "force") && !wish.force {
            wish.force = true;
            i += 1;
        } else {
            return Err(fault::SYNTAX);
        }
    }
    Ok(wish)
}

fn replconf(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let peer = ctx.session.peer.get_or_insert_default();
    match peer.replconf(args) {
        Replconf::Ok => ctx.reply.ok(),
        Replconf::Error(line) => return Err(Fault::line(line)),
        // Whoever hands over by hand is in a hurry to see how far we are.
        Replconf::GetAck => ctx.server.links.ack_asked.raise(),
        // Only a link has acknowledgements to give.
        Replconf::Ack { .. } | Replconf::Silent => {}
    }
    Ok(())
}

fn role_command(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    facts::role(ctx.server, ctx.reply);
    Ok(())
}

fn wait(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.server.gates.has(gate::REPLICA) {
        return Err(Fault::new(
            "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica \
             is configured to be writable (which is not the default) writes to replicas are just local and are \
             not propagated.",
        ));
    }
    let wanted = parse::int(args.at(1))?;
    let deadline_ms = parse::deadline_millis(args.at(2))?;
    let replicas = usize::try_from(wanted).unwrap_or(0);
    let offset = ctx.session.last_write;
    until_safe(ctx, Safe { offset, local: false, replicas, on_disk: false, deadline_ms });
    Ok(())
}

fn waitaof(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let local = match parse::int(args.at(1))? {
        0 => false,
        1 => true,
        _ => return Err(Fault::new("ERR value is out of range, value must between 0 and 1")),
    };
    let out_of_range = Fault::new("ERR value is out of range, must be positive");
    let replicas = parse::int(args.at(2)).ok().and_then(|count| usize::try_from(count).ok());
    let replicas = replicas.ok_or(out_of_range)?;
    let deadline_ms = parse::deadline_millis(args.at(3))?;
    if ctx.server.gates.has(gate::REPLICA) {
        return Err(Fault::new(
            "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just \
             local and are not propagated.",
        ));
    }
    if local && !ctx.server.durability.is_on() {
        return Err(NO_AOF);
    }
    let offset = ctx.session.last_write;
    until_safe(ctx, Safe { offset, local, replicas, on_disk: true, deadline_ms });
    Ok(())
}

/// Answers when what the client wrote is safe, having asked the replicas how far they are.
fn until_safe(ctx: &mut Ctx<'_>, safe: Safe) {
    if safe.holds(ctx.server) || ctx.session.in_exec {
        return safe.answer(ctx.server, ctx.reply);
    }
    links::ask_for_acks(ctx.server);
    ctx.next = Next::Block(Wait::Safe(safe));
}
