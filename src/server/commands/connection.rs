//! Connection commands: AUTH, HELLO, PING, ECHO, SELECT, QUIT, RESET.

use std::net::IpAddr;
use std::time::Duration;

use crate::clock;
use crate::resp::{Args, Proto};
use crate::server::acl::{self, Identity};
use crate::server::auth::Attempt;
use crate::server::commands::{Table, parse, pubsub, transaction};
use crate::server::config::REDIS_VERSION;
use crate::server::ctx::{Ctx, Next};
use crate::server::fault::{self, Fault};
use crate::server::session::{ReplyMode, Session};
use crate::server::sync::locked;
use crate::server::{gate, log, monitor};

/// This family's handlers.
pub const TABLE: Table = &[
    ("auth", auth_command),
    ("hello", hello),
    ("ping", ping),
    ("echo", echo),
    ("select", select),
    ("quit", quit),
    ("reset", reset),
];

fn ping(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 2 {
        return Err(Fault::new("ERR wrong number of arguments for 'ping' command"));
    }
    let subscribed = ctx.session.proto == Proto::Resp2 && ctx.session.subscription_count() > 0;
    match (subscribed, args.get(1)) {
        (true, text) => {
            ctx.reply.array(2);
            ctx.reply.bulk(b"pong");
            ctx.reply.bulk(text.unwrap_or_default());
        }
        (false, Some(text)) => ctx.reply.bulk(text),
        (false, None) => ctx.reply.simple("PONG"),
    }
    Ok(())
}

fn echo(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.reply.bulk(args.at(1));
    Ok(())
}

fn select(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let db = parse::db_index(args.at(1), ctx.server.keyspace.dbs())?;
    ctx.session.select(db);
    ctx.reply.ok();
    Ok(())
}

fn quit(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.ok();
    // Who has read the reply may count on its being gone.
    ctx.session.shared.closing.store(true, std::sync::atomic::Ordering::Release);
    ctx.next = Next::Close;
    Ok(())
}

/// Back to the state of a new connection.
fn reset(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    transaction::abandon(ctx.server, ctx.session);
    pubsub::leave_all(ctx.server, ctx.session);
    monitor::leave(ctx.server, ctx.session);
    ctx.server.tracking.leave(&ctx.server.gates, &ctx.session.shared);
    let shared = &ctx.session.shared;
    locked(&shared.meta).name.clear();
    for flag in [&shared.no_evict, &shared.no_touch] {
        flag.store(false, std::sync::atomic::Ordering::Relaxed);
    }
    ctx.session.select(0);
    ctx.session.set_proto(Proto::Resp2);
    ctx.reply.set_proto(Proto::Resp2);
    ctx.session.reply_mode = ReplyMode::On;
    ctx.session.reads_replica = false;
    let acl = &ctx.server.acl;
    ctx.session.become_user(Identity::of(acl, acl.default_user()));
    ctx.session.authenticated = acl.is_open();
    ctx.reply.simple("RESET");
    Ok(())
}

fn auth_command(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (user, password) = match args.len() {
        2 if ctx.server.acl.default_has_no_password() => {
            return Err(Fault::new(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
            ));
        }
        2 => (acl::DEFAULT, args.at(1)),
        3 => (args.at(1), args.at(2)),
        _ => return Err(fault::SYNTAX),
    };
    authenticate(ctx, args, user, password)?;
    ctx.reply.ok();
    Ok(())
}

const WRONG_PASSWORD: Fault = Fault::new("WRONGPASS invalid username-password pair or user is disabled.");

/// The one place where a password is checked for a client.
fn authenticate(ctx: &mut Ctx<'_>, args: Args<'_>, user: &[u8], password: &[u8]) -> Result<(), Fault> {
    let now = clock::mono_ms();
    let attempt = attempt(ctx, user);
    // Whoever is that user already guesses nothing; the default user, whom nobody asks for a password, may guess others'.
    let is_that_user = ctx.session.authenticated && ctx.session.identity.name() == user;
    if let Some(seconds) = attempt
        .as_ref()
        .filter(|_| !is_that_user)
        .and_then(|attempt| ctx.server.limiter.blocked_for(attempt, now))
    {
        ctx.server.stats.auth_refused.add_shared(1);
        return Err(Fault::line(format!(
            "WRONGPASS too many failed AUTH attempts from your address, try again in {seconds} seconds"
        )));
    }
    if let Some(found) = ctx.server.acl.verify(user, password) {
        ctx.session.authenticated = true;
        ctx.session.become_user(Identity::of(&ctx.server.acl, &found));
        attempt.inspect(|attempt| ctx.server.limiter.succeeded(attempt));
        return Ok(());
    }
    ctx.server.stats.auth_failures.add_shared(1);
    acl::note(ctx.server, ctx.settings, ctx.session, "auth", context(ctx.session), (args.at(0), user));
    if let Some(attempt) = attempt {
        count_failure(ctx, attempt, now);
    }
    Err(WRONG_PASSWORD)
}

/// Where a login comes from, and as whom; none over a unix socket.
fn attempt(ctx: &Ctx<'_>, user: &[u8]) -> Option<Attempt> {
    let addr = peer_ip(&ctx.session.shared.addr)?;
    Some((addr, ctx.server.acl.user(user).map(|user| user.name.clone())))
}

fn context(session: &Session) -> acl::Context {
    if session.in_exec { acl::Context::Multi } else { acl::Context::TopLevel }
}

/// Counts a wrong password, and makes the answer late or such logins refused when there were many.
fn count_failure(ctx: &mut Ctx<'_>, attempt: Attempt, now: u64) {
    let settings = ctx.settings;
    let addr = attempt.0;
    let (failures, blocked) = ctx.server.limiter.failed(attempt, settings, now);
    if blocked {
        let seconds = settings.auth_failure_block_time;
        log::warning(format_args!("Too many failed AUTHs from {addr}: refused for {seconds} seconds"));
    }
    let slow_after = u64::from(settings.auth_failure_slow_after);
    if slow_after != 0 && failures > slow_after && settings.auth_failure_delay > 0 {
        ctx.next = Next::Delay(Duration::from_millis(settings.auth_failure_delay));
    }
}

fn peer_ip(addr: &str) -> Option<IpAddr> {
    addr.parse::<std::net::SocketAddr>().ok().map(|a| a.ip().to_canonical())
}

fn hello(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let proto = hello_version(args)?;
    let (mut credentials, mut name) = (None, None);
    let mut i = 2;
    while i < args.len() {
        let left = args.len() - i - 1;
        match args.at(i).to_ascii_lowercase().as_slice() {
            b"auth" if left >= 2 => {
                credentials = Some((args.at(i + 1), args.at(i + 2)));
                i += 3;
            }
            b"setname" if left >= 1 => {
                name = Some(args.at(i + 1));
                i += 2;
            }
            _ => {
                let option = String::from_utf8_lossy(args.at(i)).into_owned();
                return Err(Fault::err(format!("Syntax error in HELLO option '{option}'")));
            }
        }
    }
    if let Some((user, password)) = credentials {
        authenticate(ctx, args, user, password)?;
    }
    if acl::must_log_in(ctx.server, ctx.session) {
        return Err(Fault::new(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        crate::server::commands::client::set_name(ctx.session, name)?;
    }
    if let Some(proto) = proto {
        ctx.session.set_proto(proto);
        ctx.reply.set_proto(proto);
    }
    hello_reply(ctx);
    Ok(())
}

fn hello_version(args: Args<'_>) -> Result<Option<Proto>, Fault> {
    let Some(text) = args.get(1) else { return Ok(None) };
    match crate::resp::number::parse_i64(text) {
        None => Err(Fault::new("ERR Protocol version is not an integer or out of range")),
        Some(2) => Ok(Some(Proto::Resp2)),
        Some(3) => Ok(Some(Proto::Resp3)),
        Some(_) => Err(Fault::new("NOPROTO unsupported protocol version")),
    }
}

fn hello_reply(ctx: &mut Ctx<'_>) {
    let replica = ctx.server.gates.has(gate::REPLICA);
    let (id, proto) = (ctx.session.shared.id, if ctx.session.proto == Proto::Resp3 { 3 } else { 2 });
    let reply = &mut *ctx.reply;
    reply.map(7);
    for (name, text) in [("server", "redis"), ("version", REDIS_VERSION)] {
        reply.bulk(name.as_bytes());
        reply.bulk(text.as_bytes());
    }
    reply.bulk(b"proto");
    reply.int(proto);
    reply.bulk(b"id");
    reply.int(id as i64);
    for (name, text) in [("mode", "standalone"), ("role", if replica { "replica" } else { "master" })] {
        reply.bulk(name.as_bytes());
        reply.bulk(text.as_bytes());
    }
    reply.bulk(b"modules");
    reply.array(0);
}
