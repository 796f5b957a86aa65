//! EVAL, EVALSHA, FCALL and their read-only forms, from the command to its reply. The engine has taken the turn and
//! the shards of the declared keys.

use mlua::{Function, Value};
use std::sync::Arc;

use crate::catalog::{Command, flags as command_flags};
use crate::clock;
use crate::resp::{Args, Proto, Reply, number};
use crate::server::ctx::Next;
use crate::server::engine::Engine;
use crate::server::fault::{self, Fault};
use crate::server::held::Held;
use crate::server::session::{Origin, Session};
use crate::server::{Server, gate, log, monitor};

use super::api::Failure;
use super::cache::{self, Script, Sha};
use super::convert::{Writer, code_of, one_line};
use super::flags;
use super::host::{self, Effects, Host, Run, What};
use super::interpreter::{self, Interpreter};

const NO_SCRIPT: Fault = Fault::new("NOSCRIPT No matching script. Please use EVAL.");

/// What is about to run.
struct Job<'a> {
    what: What<'a>,
    /// Keys and arguments.
    words: (Args<'a>, Args<'a>),
    flags: u32,
    compiled: Function,
}

/// Does this command run functions of libraries?
fn is_fcall(command: &Command) -> bool {
    command.full_name.starts_with("fcall")
}

/// The flags of a command that runs a script: what the script declares takes the place of what the command says.
pub fn flags_of(server: &Server, command: &Command, args: Args<'_>) -> u32 {
    let script = match command.full_name {
        "fcall" | "fcall_ro" => {
            server.scripts.functions.get().function(args.at(1)).map(|(_, function)| function.flags)
        }
        "eval" | "eval_ro" if !args.at(1).starts_with(b"#!") => None,
        "eval" | "eval_ro" => flags::of_script(args.at(1)).ok().map(|(flags, _)| flags),
        _ => cache::parse_sha(args.at(1))
            .and_then(|sha| server.scripts.cache.get(&sha))
            .map(|script| script.flags),
    };
    script.map_or(command.flags, |script| flags::of_command(command.flags, script))
}

/// Runs the command and writes its reply.
pub fn execute(
    engine: &mut Engine,
    session: &mut Session,
    command: &'static Command,
    args: Args<'_>,
    reply: &mut Reply,
    held: &mut Held,
) -> Next {
    if engine.server.gates.has(gate::MONITORED) {
        monitor::feed_shown(engine.server, session, command, args);
    }
    engine.count_call(command);
    let start = reply.len();
    let outcome = try_run(engine, session, command, args, reply, held);
    outcome.unwrap_or_else(|fault| {
        reply.truncate(start);
        engine.fail(command, &fault, reply);
        Next::Continue
    })
}

/// Keys and arguments; or why there are none.
fn split<'a>(command: &Command, args: Args<'a>) -> Result<(Args<'a>, Args<'a>), Fault> {
    let bad =
        if is_fcall(command) { Fault::new("ERR Bad number of keys provided") } else { fault::NOT_INTEGER };
    let keys = number::parse_i64(args.at(2)).ok_or(bad)?;
    if keys < 0 {
        return Err(Fault::new("ERR Number of keys can't be negative"));
    }
    let given = args.len() - 3;
    match usize::try_from(keys) {
        Ok(keys) if keys <= given => Ok((args.part(3, keys), args.tail(3 + keys))),
        _ => Err(Fault::new("ERR Number of keys can't be greater than number of args")),
    }
}

fn try_run(
    engine: &mut Engine,
    session: &mut Session,
    command: &'static Command,
    args: Args<'_>,
    reply: &mut Reply,
    held: &mut Held,
) -> Result<Next, Fault> {
    let server = engine.server;
    let interpreter =
        interpreter::local(server).map_err(|why| Fault::err(format!("Lua cannot start: {why}")))?;
    let (sha, library); // what the job's name borrows from
    let job = if is_fcall(command) {
        library = server.scripts.functions.get();
        let found = library.function(args.at(1)).ok_or(Fault::new("ERR Function not found"))?;
        let words = split(command, args)?;
        let compiled = interpreter.function(found.0, &found.1.name).map_err(Fault::err)?;
        Job { what: What::Function(&found.1.name), words, flags: found.1.flags, compiled }
    } else {
        let words = split(command, args)?;
        let found = find_script(server, &interpreter, command, args)?;
        sha = found.0;
        Job { what: What::Script(&sha), words, flags: found.1, compiled: found.2 }
    };
    let read_only_command = command.is(command_flags::READONLY);
    prepare(engine, session, job.flags, read_only_command)?;
    Ok(run(engine, session, command, args, reply, held, (&interpreter, job, read_only_command)))
}

/// The script that EVAL gives or EVALSHA names, with its flags, compiled.
fn find_script(
    server: &'static Server,
    interpreter: &Interpreter,
    command: &Command,
    args: Args<'_>,
) -> Result<(Sha, u32, Function), Fault> {
    let by_sha = command.full_name.starts_with("evalsha");
    let sha = if by_sha { cache::parse_sha(args.at(1)).ok_or(NO_SCRIPT)? } else { cache::sha_of(args.at(1)) };
    if let Some((compiled, flags)) = interpreter.lasting(&sha) {
        return Ok((sha, flags, compiled));
    }
    let script = match server.scripts.cache.get(&sha) {
        Some(script) => script,
        None if by_sha => return Err(NO_SCRIPT),
        None => learn(server, interpreter, args.at(1), sha, true)?,
    };
    let compiled = interpreter.script(&script).map_err(|why| does_not_compile(&why))?;
    if by_sha && server.scripts.cache.keep(&sha) {
        interpreter.stays(&sha);
    }
    Ok((sha, script.flags, compiled))
}

fn does_not_compile(why: &str) -> Fault {
    Fault::err(format!("Error compiling script (new function): {}", one_line(why.as_bytes())))
}

/// Puts a script that compiles into the cache.
fn learn(
    server: &'static Server,
    interpreter: &Interpreter,
    body: &[u8],
    sha: Sha,
    by_eval: bool,
) -> Result<Arc<Script>, Fault> {
    let script = cache::script(body, sha).map_err(Fault::err)?;
    interpreter.script(&script).map_err(|why| does_not_compile(&why))?;
    Ok(server.scripts.cache.add(script, by_eval))
}

/// SCRIPT LOAD.
pub fn load(server: &'static Server, body: &[u8]) -> Result<Sha, Fault> {
    let interpreter =
        interpreter::local(server).map_err(|why| Fault::err(format!("Lua cannot start: {why}")))?;
    let sha = cache::sha_of(body);
    if server.scripts.cache.get(&sha).is_none() {
        learn(server, &interpreter, body, sha, false)?;
    }
    server.scripts.cache.keep(&sha);
    Ok(sha)
}

/// What must hold before a script runs, in Redis's order.
fn prepare(engine: &Engine, session: &Session, script: u32, read_only_command: bool) -> Result<(), Fault> {
    let (server, settings) = (engine.server, engine.settings_now());
    let gates = server.gates.get();
    let of_client = session.origin == Origin::Client;
    let stale = of_client && gates & gate::LINK_DOWN != 0 && !settings.replica_serve_stale_data;
    if script & flags::COMPAT != 0 {
        return if stale { Err(fault::MASTER_DOWN) } else { Ok(()) };
    }
    if stale && script & flags::ALLOW_STALE == 0 {
        return Err(Fault::new(
            "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script.",
        ));
    }
    if script & flags::NO_WRITES == 0 {
        may_write(settings.replica_read_only, of_client, gates, read_only_command)?;
    }
    let short = of_client && gates & gate::MEMORY_LIMIT != 0 && session.out_of_memory;
    if short && script & (flags::ALLOW_OOM | flags::NO_WRITES) == 0 {
        return Err(Fault::new(
            "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
        ));
    }
    Ok(())
}

fn may_write(
    replica_read_only: bool,
    of_client: bool,
    gates: u32,
    read_only_command: bool,
) -> Result<(), Fault> {
    if of_client && gates & gate::REPLICA != 0 && replica_read_only {
        return Err(Fault::new("READONLY Can not run script with write flag on readonly replica"));
    }
    if of_client && gates & gate::DISK_ERROR != 0 && gates & gate::REPLICA == 0 {
        return Err(Fault::new(
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts.",
        ));
    }
    if read_only_command {
        return Err(Fault::new("ERR Can not execute a script with write flag using *_ro command."));
    }
    if of_client && gates & gate::FEW_REPLICAS != 0 && gates & gate::REPLICA == 0 {
        return Err(fault::NO_REPLICAS);
    }
    Ok(())
}

/// Runs it. The script has a session of its own, in RESP2, which nothing may make wait.
fn run(
    engine: &mut Engine,
    session: &mut Session,
    command: &'static Command,
    args: Args<'_>,
    reply: &mut Reply,
    held: &mut Held,
    (interpreter, job, read_only_command): (&Interpreter, Job<'_>, bool),
) -> Next {
    let server = engine.server;
    let (keys, rest) = job.words;
    let declared = job.flags & flags::COMPAT == 0;
    let mut inner = session.beside();
    inner.proto = Proto::Resp2;
    inner.in_exec = true;
    inner.in_script = true;
    inner.out_of_memory = session.out_of_memory;
    inner.last_write = session.last_write;
    let is_function = matches!(job.what, What::Function(_));
    let mut run = Run {
        what: job.what,
        args,
        read_only: read_only_command || declared && job.flags & flags::NO_WRITES != 0,
        allow_oom: declared && job.flags & flags::ALLOW_OOM != 0,
        wrote: false,
        effects: Effects::All,
        next: Next::Continue,
        since_ns: clock::mono_ns(),
        seen: false,
    };
    server.scripts.running.begin();
    let lap = engine.begin_script();
    let outcome = {
        let (mut scratch, mut random) = (interpreter.scratch.borrow_mut(), interpreter.random.borrow_mut());
        let mut host = Host {
            engine: &mut *engine,
            session: &mut inner,
            held,
            run: &mut run,
            scratch: &mut scratch,
            random: &mut random,
        };
        host::lend(&mut host, || {
            if is_function {
                interpreter.run_function(job.compiled, keys, rest)
            } else {
                interpreter.run_script(job.compiled, keys, rest)
            }
        })
    };
    engine.end_script(lap);
    if run.seen {
        if server.scripts.running.is_killed() {
            log::notice(format_args!("Lua script killed by user with SCRIPT KILL."));
        }
        if server.scripts.running.is_doomed() {
            engine.forget_effects();
        }
        server.scripts.running.end(server);
    }
    session.shared.db.store(session.db, std::sync::atomic::Ordering::Relaxed);
    session.last_write = session.last_write.max(inner.last_write);
    answer(engine, interpreter, command, &run.what, inner.proto, outcome, reply);
    interpreter.account();
    run.next
}

/// Writes what came of it.
fn answer(
    engine: &Engine,
    interpreter: &Interpreter,
    command: &'static Command,
    what: &What<'_>,
    spoken: Proto,
    outcome: Result<Value, Failure>,
    reply: &mut Reply,
) {
    let stats = &engine.stats.by_command[usize::from(command.id)];
    match outcome {
        Ok(value) => {
            let mut writer = Writer::new(&interpreter.words, reply, spoken);
            writer.value(&value);
            writer.uncounted.iter().for_each(|code| engine.server.stats.count_error(code));
            // As Redis counts: each error of a command, and one for all that the script made itself.
            stats.failed.add(writer.counted + u64::from(!writer.uncounted.is_empty()));
        }
        Err(failure) => {
            let mut line = one_line(&failure.line);
            if let Some((source, at)) = &failure.place {
                line.push_str(&format!(" script: {}, on {source}:{at}.", what.name()));
            }
            if !failure.counted {
                engine.server.stats.count_error(code_of(&line));
            }
            stats.failed.add(1);
            reply.error(&line);
        }
    }
}
