//! FUNCTION: libraries of functions. Those that change them run with every shard held, so that snapshots and the
//! journal agree about them.

use std::sync::Arc;

use crate::persist::rdb::functions as payload;
use crate::resp::{Args, glob};
use crate::server::commands::{Table, help, parse};
use crate::server::ctx::{Ctx, Propagate};
use crate::server::fault::Fault;
use crate::server::scripting::functions::Libraries;
use crate::server::scripting::{Running, flags, library, running};
use crate::server::session::Origin;

/// This family's handlers.
pub const TABLE: Table = &[
    ("function|delete", delete),
    ("function|dump", dump),
    ("function|flush", flush),
    ("function|help", usage),
    ("function|kill", kill),
    ("function|list", list),
    ("function|load", load),
    ("function|restore", restore),
    ("function|stats", stats),
];

/// The libraries are others now.
fn changed(ctx: &mut Ctx<'_>, libraries: Libraries) {
    ctx.server.scripts.functions.set(libraries);
    ctx.data.dirty += 1;
    ctx.propagate = Propagate::AsIs;
}

fn load(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (options, code) = (args.slice(2, args.len() - 1), args.at(args.len() - 1));
    let mut replace = false;
    for option in options.iter() {
        if !parse::is(option, "replace") {
            return Err(Fault::err(format!("Unknown option given: {}", parse::lossy(option))));
        }
        replace = true;
    }
    let mut libraries = (*ctx.server.scripts.functions.get()).clone();
    let limited = ctx.session.origin == Origin::Client;
    let name = library::load(ctx.server, &mut libraries, code, replace, limited).map_err(Fault::err)?;
    changed(ctx, libraries);
    ctx.reply.bulk(name.as_bytes());
    Ok(())
}

fn delete(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut libraries = (*ctx.server.scripts.functions.get()).clone();
    if !libraries.remove(args.at(2)) {
        return Err(Fault::new("ERR Library not found"));
    }
    changed(ctx, libraries);
    ctx.reply.ok();
    Ok(())
}

fn flush(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(help::wrong_arguments("FUNCTION", args.at(1)));
    }
    if !args.get(2).is_none_or(|mode| parse::is(mode, "sync") || parse::is(mode, "async")) {
        return Err(Fault::new("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"));
    }
    changed(ctx, Libraries::default());
    ctx.reply.ok();
    Ok(())
}

fn dump(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let libraries = ctx.server.scripts.functions.get();
    let codes = libraries.by_name.values().map(|library| &*library.code);
    ctx.reply.bulk(&payload::dump(codes));
    Ok(())
}

fn restore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if args.len() > 4 {
        return Err(help::wrong_arguments("FUNCTION", args.at(1)));
    }
    let (mut flush, mut replace) = (false, false);
    match args.get(3) {
        None => {}
        Some(policy) if parse::is(policy, "append") => {}
        Some(policy) if parse::is(policy, "replace") => replace = true,
        Some(policy) if parse::is(policy, "flush") => flush = true,
        Some(_) => {
            return Err(Fault::new(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ));
        }
    }
    let codes = payload::restore(args.at(2)).map_err(Fault::err)?;
    let mut given = Libraries::default();
    for code in &codes {
        library::load(ctx.server, &mut given, code, false, false).map_err(Fault::err)?;
    }
    let mut libraries =
        if flush { Libraries::default() } else { (*ctx.server.scripts.functions.get()).clone() };
    libraries.join(&given, replace).map_err(Fault::err)?;
    changed(ctx, libraries);
    ctx.reply.ok();
    Ok(())
}

fn kill(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.server.scripts.running.kill(false)?;
    ctx.reply.ok();
    Ok(())
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (mut with_code, mut pattern) = (false, None);
    let mut words = args.tail(2).iter();
    while let Some(word) = words.next() {
        if !with_code && parse::is(word, "withcode") {
            with_code = true;
        } else if pattern.is_none() && parse::is(word, "libraryname") {
            pattern = Some(words.next().ok_or(Fault::new("ERR library name argument was not given"))?);
        } else {
            return Err(Fault::err(format!("Unknown argument {}", parse::lossy(word))));
        }
    }
    let libraries = ctx.server.scripts.functions.get();
    let shown: Vec<_> = libraries
        .by_name
        .values()
        .filter(|library| pattern.is_none_or(|p| glob::matches_nocase(p, library.name.as_bytes())))
        .collect();
    ctx.reply.array(shown.len());
    for library in shown {
        describe(ctx, library, with_code);
    }
    Ok(())
}

fn describe(ctx: &mut Ctx<'_>, library: &Arc<crate::server::scripting::functions::Library>, with_code: bool) {
    let reply = &mut *ctx.reply;
    reply.map(if with_code { 4 } else { 3 });
    reply.bulk(b"library_name");
    reply.bulk(library.name.as_bytes());
    reply.bulk(b"engine");
    reply.bulk(b"LUA");
    reply.bulk(b"functions");
    reply.array(library.functions.len());
    for function in &library.functions {
        reply.map(3);
        reply.bulk(b"name");
        reply.bulk(function.name.as_bytes());
        reply.bulk(b"description");
        reply.bulk_or_null(function.description.as_deref());
        reply.bulk(b"flags");
        let set: Vec<_> = flags::NAMES.iter().filter(|(flag, _)| function.flags & flag != 0).collect();
        reply.set(set.len());
        set.iter().for_each(|(_, name)| reply.simple(name));
    }
    if with_code {
        reply.bulk(b"library_code");
        reply.bulk(&library.code);
    }
}

fn stats(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let seen = ctx.server.scripts.running.seen();
    if seen.as_ref().is_some_and(|seen| seen.is_eval) {
        return Err(running::BUSY_SCRIPT);
    }
    let libraries = ctx.server.scripts.functions.get();
    let reply = &mut *ctx.reply;
    reply.map(2);
    reply.bulk(b"running_script");
    match &seen {
        None => reply.null(),
        Some(seen) => {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(seen.name.as_bytes());
            reply.bulk(b"command");
            reply.array(seen.command.len());
            seen.command.iter().for_each(|word| reply.bulk(word));
            reply.bulk(b"duration_ms");
            reply.int(Running::since(seen) as i64);
        }
    }
    reply.bulk(b"engines");
    reply.map(1);
    reply.bulk(b"LUA");
    reply.map(2);
    reply.bulk(b"libraries_count");
    reply.count(libraries.by_name.len());
    reply.bulk(b"functions_count");
    reply.count(libraries.functions_len());
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    help::write(
        ctx,
        "FUNCTION",
        &[
            ("LOAD [REPLACE] <FUNCTION CODE>", "Load a library; its first line names it: #!lua name=NAME"),
            ("DELETE <LIBRARY NAME>", "Remove a library and its functions."),
            (
                "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
                "Describe the libraries whose names match: name, engine, functions and, if asked, code.",
            ),
            ("STATS", "Describe the function that is running, and count libraries and functions by engine."),
            ("KILL", "Stop the function that is running, if it has not written."),
            ("FLUSH [ASYNC|SYNC]", "Remove all libraries."),
            ("DUMP", "Give all libraries as a payload for FUNCTION RESTORE."),
            (
                "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
                "Load the libraries of a payload. What is there already:\n* FLUSH: is removed first.\n* APPEND: stays, and a library of the same name is an error (default).\n* REPLACE: stays, but for libraries of the same name.",
            ),
        ],
    );
    Ok(())
}
