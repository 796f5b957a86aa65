//! CLIENT and its subcommands.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use crate::clock;
use crate::resp::Args;
use crate::server::commands::client_filter::{self, Filter, Now};
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::{Ctx, Next};
use crate::server::fault::{self, Fault};
use crate::server::pause::{Mode, Purpose};
use crate::server::session::{ClientShared, ReplyMode, Session, UNBLOCK, UNBLOCK_ERROR};
use crate::server::sync::locked;

/// This family's handlers.
pub const TABLE: Table = &[
    ("client|capa", capa),
    ("client|id", id),
    ("client|info", info),
    ("client|list", list),
    ("client|getname", getname),
    ("client|setname", setname),
    ("client|setinfo", setinfo),
    ("client|kill", kill),
    ("client|pause", pause),
    ("client|unpause", unpause),
    ("client|reply", reply),
    ("client|no-evict", no_evict),
    ("client|no-touch", no_touch),
    ("client|unblock", unblock),
    ("client|help", usage),
];

const BAD_NAME: Fault = Fault::new("ERR Client names cannot contain spaces, newlines or special characters.");

fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|b| (b'!'..=b'~').contains(b))
}

/// CLIENT SETNAME, also in HELLO: a name without blanks or control characters; empty takes it away.
pub fn set_name(session: &mut Session, name: &[u8]) -> Result<(), Fault> {
    if !is_plain(name) {
        return Err(BAD_NAME);
    }
    locked(&session.shared.meta).name = parse::lossy(name);
    Ok(())
}

fn id(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.int(ctx.session.shared.id as i64);
    Ok(())
}

fn line(client: &ClientShared) -> String {
    client.describe(clock::wall_ms(), clock::mono_ms()) + "\n"
}

fn info(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    note_command(ctx, args);
    ctx.reply.verbatim("txt", line(&ctx.session.shared).as_bytes());
    Ok(())
}

/// A client that looks at itself sees the command it runs.
fn note_command(ctx: &mut Ctx<'_>, args: Args<'_>) {
    ctx.session.shared.argv_bytes.store(args.bytes(), Ordering::Relaxed);
    ctx.session.shared.active_ms.store(clock::mono_ms(), Ordering::Relaxed);
}

fn now() -> Now {
    Now { wall_ms: clock::wall_ms(), mono_ms: clock::mono_ms() }
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    note_command(ctx, args);
    let filter = Filter::parse(ctx.server, args, &client_filter::LIST)?;
    let shown = filter.find(ctx.server, ctx.session.shared.id, &now());
    let text: String = shown.iter().map(|client| line(client)).collect();
    ctx.reply.verbatim("txt", text.as_bytes());
    Ok(())
}

fn getname(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let name = locked(&ctx.session.shared.meta).name.clone();
    ctx.reply.bulk_or_null((!name.is_empty()).then_some(name.as_bytes()));
    Ok(())
}

fn setname(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    set_name(ctx.session, args.at(2))?;
    ctx.reply.ok();
    Ok(())
}

fn setinfo(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (option, value) = (args.at(2), args.at(3));
    let mut meta = locked(&ctx.session.shared.meta);
    let (name, slot) = if parse::is(option, "lib-name") {
        ("lib-name", &mut meta.lib_name)
    } else if parse::is(option, "lib-ver") {
        ("lib-ver", &mut meta.lib_ver)
    } else {
        return Err(Fault::err(format!("Unrecognized option '{}'", parse::lossy(option))));
    };
    if !is_plain(value) {
        return Err(Fault::err(format!("{name} cannot contain spaces, newlines or special characters.")));
    }
    *slot = parse::lossy(value);
    drop(meta);
    ctx.reply.ok();
    Ok(())
}

fn kill(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let old_form = args.len() == 3;
    let filter = if old_form {
        Filter::address(args.at(2))
    } else {
        Filter::parse(ctx.server, args, &client_filter::KILL)?
    };
    let me = ctx.session.shared.id;
    let mut meant = filter.find(ctx.server, me, &now());
    let mut known = HashSet::new();
    meant.retain(|client| known.insert(client.id));
    for client in &meant {
        if client.id == me {
            ctx.next = Next::Close;
        } else {
            ctx.server.clients.expel(client);
        }
    }
    match (old_form, meant.len()) {
        (true, 0) => return Err(Fault::new("ERR No such client")),
        (true, _) => ctx.reply.ok(),
        (false, count) => ctx.reply.count(count),
    }
    Ok(())
}

/// CLIENT CAPA (Valkey 8): the client says what it can do. What nobody knows is passed over.
fn capa(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.tail(2).iter().any(|word| parse::is(word, "redirect")) {
        ctx.session.shared.redirects.store(true, Ordering::Relaxed);
    }
    ctx.reply.ok();
    Ok(())
}

fn pause(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mode = match args.get(3) {
        None => Mode::All,
        Some(word) if args.len() == 4 && parse::is(word, "all") => Mode::All,
        Some(word) if args.len() == 4 && parse::is(word, "write") => Mode::Write,
        Some(_) => return Err(Fault::new("ERR CLIENT PAUSE mode must be WRITE or ALL")),
    };
    let time = parse::int_or(args.at(2), "ERR timeout is not an integer or out of range")?;
    let time = u64::try_from(time).map_err(|_| Fault::new("ERR timeout is negative"))?;
    let until = clock::mono_ms().checked_add(time).ok_or(Fault::new("ERR timeout is out of range"))?;
    ctx.server.pause.start(&ctx.server.gates, Purpose::Command, mode, until);
    ctx.reply.ok();
    Ok(())
}

fn unpause(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.pause.end(&ctx.server.gates, Purpose::Command);
    ctx.reply.ok();
    Ok(())
}

fn reply(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let word = args.at(2);
    ctx.session.reply_mode = if parse::is(word, "on") {
        ctx.reply.ok();
        ReplyMode::On
    } else if parse::is(word, "off") {
        ReplyMode::Off
    } else if parse::is(word, "skip") {
        if ctx.session.reply_mode == ReplyMode::Off { ReplyMode::Off } else { ReplyMode::SkipNext }
    } else {
        return Err(fault::SYNTAX);
    };
    Ok(())
}

fn on_off(arg: &[u8]) -> Result<bool, Fault> {
    match () {
        () if parse::is(arg, "on") => Ok(true),
        () if parse::is(arg, "off") => Ok(false),
        () => Err(fault::SYNTAX),
    }
}

fn no_evict(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.session.shared.no_evict.store(on_off(args.at(2))?, Ordering::Relaxed);
    ctx.reply.ok();
    Ok(())
}

fn no_touch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    ctx.session.shared.no_touch.store(on_off(args.at(2))?, Ordering::Relaxed);
    ctx.reply.ok();
    Ok(())
}

fn unblock(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let flag = match args.get(3) {
        None => UNBLOCK,
        Some(word) if args.len() == 4 && parse::is(word, "timeout") => UNBLOCK,
        Some(word) if args.len() == 4 && parse::is(word, "error") => UNBLOCK_ERROR,
        Some(_) => return Err(Fault::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
    };
    let id = parse::int(args.at(2))?;
    let target = u64::try_from(id).ok().and_then(|id| ctx.server.clients.get(id));
    let waits = target.filter(|client| client.blocked.load(Ordering::Acquire));
    if let Some(client) = &waits {
        client.raise(flag);
        ctx.server.acks.raise();
    }
    ctx.reply.int(i64::from(waits.is_some()));
    Ok(())
}

const KILL_HELP: &str = "\
Kill connections. Options are:
* ADDR (<ip:port>|<unixsocket>:0)
* LADDR (<ip:port>|<unixsocket>:0)
* IP <ip>
* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
* USER <username>
* SKIPME (YES|NO)
* ID <client-id> [<client-id> ...]
* NAME <name>
* LIB-NAME <name>
* LIB-VER <version>
* FLAGS <letters>
* CAPA <letters>
* DB <db>
* MAXAGE <seconds>
* IDLE <seconds>
All but SKIPME, MAXAGE and IDLE also with NOT- in front.";

const LIST_HELP: &str = "\
Return information about client connections. Options:
* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
* ID <client-id> [...]
* the other options of KILL";

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    help::write(
        ctx,
        "CLIENT",
        &[
            (
                "CAPA <option> [<option> ...]",
                "Say what the client can do. Options are:\n* REDIRECT: go to the master when a replica says so.",
            ),
            ("GETNAME", "Return the name of the current connection."),
            ("ID", "Return the ID of the current connection."),
            ("INFO", "Return information about the current client connection."),
            ("KILL <ip:port>", "Kill connection made from <ip:port>."),
            ("KILL <option> <value> [<option> <value> [...]]", KILL_HELP),
            ("LIST [options ...]", LIST_HELP),
            ("UNPAUSE", "Stop the current client pause, resuming traffic."),
            (
                "PAUSE <timeout> [WRITE|ALL]",
                "Suspend all, or just write, clients for <timeout> milliseconds.",
            ),
            ("REPLY (ON|OFF|SKIP)", "Control the replies sent to the current connection."),
            ("SETNAME <name>", "Assign the name <name> to the current connection."),
            (
                "SETINFO <option> <value>",
                "Set client meta attr. Options are:\n* LIB-NAME: the client lib name.\n* LIB-VER: the client lib version.",
            ),
            ("UNBLOCK <clientid> [TIMEOUT|ERROR]", "Unblock the specified blocked client."),
            ("NO-EVICT (ON|OFF)", "Protect current client connection from eviction."),
            ("NO-TOUCH (ON|OFF)", "Will not touch LRU/LFU stats when this mode is on."),
        ],
    );
    Ok(())
}
