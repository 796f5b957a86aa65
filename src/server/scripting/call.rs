//! `redis.call`: what must hold before a script's command runs, the shards it needs beyond those that are held, the run
//! itself, and its reply as a value.

use mlua::{Lua, MultiValue, Result as LuaResult, Value};

use crate::catalog::{Command, flags};
use crate::replication::Class;
use crate::resp::{Args, Reply, Span, number};
use crate::server::acl;
use crate::server::admit;
use crate::server::ctx::{Handler, Next};
use crate::server::engine::Engine;
use crate::server::fault::{self, Fault};
use crate::server::gate;
use crate::server::held::Held;
use crate::server::monitor;
use crate::server::session::{Origin, Session};

use super::convert::{Replies, Words};
use super::host::{Effects, Host, Raised, Run, Scratch};

/// Replies' buffer above this size is given back.
const REPLY_BYTES_KEPT: usize = 64 * 1024;

/// What came of a call.
pub enum Answer {
    /// A value, or Lua has no memory for it.
    Value(LuaResult<Value>),
    /// An error line, and whether it has been counted.
    Error { line: Vec<u8>, counted: bool },
}

impl Answer {
    /// What is no command gets an error of these words.
    pub fn refused(words: &str) -> Answer {
        Answer::Error { line: format!("ERR {words}").into_bytes(), counted: false }
    }

    /// The error of a command.
    fn error(line: &[u8]) -> Answer {
        Answer::Error { line: line.to_vec(), counted: true }
    }
}

const NO_ARGUMENTS: &str = "Please specify at least one argument for this redis lib call";
const BAD_ARGUMENTS: &str = "Lua redis lib command arguments must be strings or integers";

/// Runs a command for the script.
pub fn run(host: &mut Host<'_, '_>, lua: &Lua, words: &Words, args: &MultiValue) -> Answer {
    let Host { engine, session, held, run, scratch, .. } = host;
    if let Err(why) = gather(args, scratch) {
        return Answer::refused(why);
    }
    let Scratch { words: bytes, spans, reply } = &mut **scratch;
    let args = Args::new(bytes, spans);
    let (command, handler) = match resolve(engine, session, run, args) {
        Ok(found) => found,
        Err(fault) => return Answer::error(fault.as_str().as_bytes()),
    };
    let mut writer = Reply::new(std::mem::take(reply), session.proto);
    execute(engine, session, held, run, (command, handler), args, &mut writer);
    *reply = writer.into_buf();
    let answer = match reply.strip_prefix(b"-") {
        Some(line) => Answer::error(line.strip_suffix(b"\r\n").unwrap_or(line)),
        None => Answer::Value(unbounded(lua, || Replies::new(lua, words, reply).value())),
    };
    reply.clear();
    reply.shrink_to(REPLY_BYTES_KEPT);
    answer
}

/// Makes values with the bound of memory lifted: mlua guards each allocation dearly while there is one. What they take
/// counts at the script's next allocation.
fn unbounded<R>(lua: &Lua, f: impl FnOnce() -> R) -> R {
    let bound = lua.set_memory_limit(0);
    let made = f();
    if let Ok(bound) = bound {
        let _ = lua.set_memory_limit(bound); // it could be read, so it can be set
    }
    made
}

/// `redis.acl_check_cmd`.
pub fn acl_check(host: &mut Host<'_, '_>, args: &MultiValue) -> Result<bool, Raised> {
    let Host { engine, session, scratch, .. } = host;
    gather(args, scratch).map_err(Raised::err)?;
    let args = Args::new(&scratch.words, &scratch.spans);
    match engine.find(args) {
        Some(command) => Ok(session.identity.rules().check(command, args, session.db).is_ok()),
        None => Err(Raised::err("Invalid command passed to redis.acl_check_cmd()")),
    }
}

/// Puts the words of a command where they lie in one piece.
fn gather(args: &MultiValue, scratch: &mut Scratch) -> Result<(), &'static str> {
    let Scratch { words, spans, .. } = scratch;
    words.clear();
    spans.clear();
    if args.is_empty() {
        return Err(NO_ARGUMENTS);
    }
    for value in args {
        let start = words.len();
        match value {
            Value::String(text) => words.extend_from_slice(&text.as_bytes()),
            Value::Integer(n) => words.extend_from_slice(number::IntText::new(*n).as_bytes()),
            Value::Number(n) => push_number(words, *n),
            _ => return Err(BAD_ARGUMENTS),
        }
        spans.push(Span::new(start, words.len() - start));
    }
    Ok(())
}

/// A number as a command's word: whole ones without an exponent.
fn push_number(words: &mut Vec<u8>, number: f64) {
    let whole = number as i64;
    if whole as f64 == number && whole != i64::MAX {
        words.extend_from_slice(number::IntText::new(whole).as_bytes());
    } else {
        words.extend_from_slice(number::double_text(number).as_bytes());
    }
}

/// May the client's user run this command?
fn permitted(
    engine: &Engine,
    session: &mut Session,
    command: &'static Command,
    args: Args<'_>,
) -> Result<(), Fault> {
    let settings = engine.settings_now();
    acl::permit_now(engine.server, settings, session, (command, args), acl::Context::Script).map_err(
        |denial| {
            let user = String::from_utf8_lossy(session.identity.name());
            Fault::err(format!("ACL failure in script: {}", denial.short(&user, command)))
        },
    )
}

/// The command that the words mean, if the script may run it now. What is refused is counted.
fn resolve(
    engine: &mut Engine,
    session: &mut Session,
    run: &mut Run<'_>,
    args: Args<'_>,
) -> Result<(&'static Command, Handler), Fault> {
    let (command, outcome) = match engine.resolve_as_client(args) {
        Ok((command, handler)) => {
            (Some(command), check(engine, session, run, command, args).map(|()| (command, handler)))
        }
        Err(Some(command)) => {
            (Some(command), Err(Fault::new("ERR Wrong number of args calling Redis command from script")))
        }
        Err(None) => (None, Err(Fault::new("ERR Unknown Redis command called from script"))),
    };
    if let Err(fault) = &outcome {
        engine.server.stats.count_error(fault.code());
        if let Some(command) = command {
            engine.stats.by_command[usize::from(command.id)].rejected.add(1);
        }
    }
    outcome
}

/// The checks of Redis, in its order.
fn check(
    engine: &Engine,
    session: &mut Session,
    run: &mut Run<'_>,
    command: &'static Command,
    args: Args<'_>,
) -> Result<(), Fault> {
    let server = engine.server;
    let denied = command.is(flags::NOSCRIPT) && !server.switches.scripts_may_all.is_on();
    if denied || command.is(flags::RUNS_SCRIPT) {
        return Err(Fault::new("ERR This Redis command is not allowed from script"));
    }
    let gates = server.gates.get();
    let of_client = session.origin == Origin::Client;
    let stale = gates & gate::LINK_DOWN != 0 && !engine.settings_now().replica_serve_stale_data;
    if of_client && stale && !command.is(flags::STALE) {
        return Err(Fault::new("ERR Can not execute the command on a stale replica"));
    }
    permitted(engine, session, command, args)?;
    if run.read_only && command.flags & (flags::WRITE | flags::MAY_REPLICATE) != 0 {
        return Err(Fault::new("ERR Write commands are not allowed from read-only scripts."));
    }
    if of_client && !run.wrote {
        admit::script_writes(engine.settings_now(), command, gates)?;
        let short = gates & gate::MEMORY_LIMIT != 0 && session.out_of_memory;
        if short && !run.allow_oom && command.is(flags::DENYOOM) {
            return Err(fault::OUT_OF_MEMORY);
        }
    }
    if command.is(flags::WRITE) {
        run.wrote = true;
        server.scripts.running.set_wrote();
    }
    Ok(())
}

/// Runs it under the locks it needs.
fn execute(
    engine: &mut Engine,
    session: &mut Session,
    held: &mut Held,
    run: &mut Run<'_>,
    (command, handler): (&'static Command, Handler),
    args: Args<'_>,
    reply: &mut Reply,
) {
    if engine.mask_inside(command, args) & !held.mask() != 0 {
        held.extend();
    }
    if engine.server.gates.has(gate::MONITORED) {
        monitor::feed_of_script(engine.server, session, command, args);
    }
    let effects_before = engine.effects();
    let next = engine.call(session, command, handler, args, reply, held);
    if run.effects == Effects::Replicas {
        engine.restrict_effects(effects_before, Class::ReplicaOnly);
    }
    if !matches!(next, Next::Continue) {
        run.next = next;
    }
    engine.close_inner_lap(session, command, args);
}
