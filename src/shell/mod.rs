//! `rtool cli`: the interactive and scripted RESP shell, with redis-cli's options and output.
//!
//! ```text
//!  CliArgs --access--> Target                      who and where, passwords from their sources
//!     |
//!     +-- --stat, --scan ... modes
//!     +-- --cluster ...      cluster
//!     +-- a command          oneshot      \
//!     +-- lines on a pipe    script        >-- lines --> local words (help, :set, quit ...)
//!     +-- a terminal         interactive  /          \-> engine --> session --> client
//!                            (editor: history,            |           state that survives reconnects
//!                             complete, hints)            +--> render --> console
//!                                                         +--> stream: MONITOR, messages
//! ```
//!
//! Two faces (`face`): `rtool redis-cli` is redis-cli to the byte; `rtool cli` has its options and formats,
//! and does better where redis-cli is wrong. Both: Ctrl-C at the prompt cancels the line, and during a
//! command the wait, never the shell; a reconnect comes back to the same user, database and protocol.

mod access;
mod advice;
mod cancel;
mod cluster;
mod complete;
mod editor;
mod engine;
mod face;
mod fork;
mod format;
mod guard;
mod help;
mod hints;
mod history;
mod interactive;
pub mod keys;
mod lines;
mod local;
mod modes;
mod names;
mod oneshot;
mod peek;
mod place;
mod plan;
pub mod profile;
mod prompt;
mod redirect;
mod render;
mod scratch;
mod script;
mod secrecy;
mod session;
mod sink;
mod stream;
mod syntax;
mod uri;
mod words;

use std::io::IsTerminal;

use crate::args::cli::CliArgs;
use crate::client::Target;
use crate::ui::{ColorChoice, Console, Error, Exit, Result};
use engine::Engine;
pub use face::Face;
use scratch::Scratch;

/// Runs the shell to its end: one command, a script on standard input, or a session with a person.
///
/// # Errors
/// What keeps the shell from working at all: wrong options, a password file that cannot be read, an
/// output that cannot be written. What servers answer, and servers that do not, end in the exit code.
pub fn run(mut args: CliArgs, face: Face) -> Result<Exit> {
    let mut console = Console::new(ColorChoice::Auto);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed("cannot start the runtime").source(&error))?;
    let scratch = scratch(&args, face, &runtime)?;
    let mut access = access::resolve(&mut args, face, &mut console.notes)?;
    if let Some(scratch) = &scratch {
        // Credentials and TLS of elsewhere mean nothing to it, the password in the environment least of all.
        let (protocol, db) = (access.target.protocol, args.db);
        access.target = Target { protocol, db, ..Target::new(scratch.endpoint()) };
        access.alternatives.clear();
        access.policy.leave();
    }
    let mut engine = Engine::new(&args, face, access, console);
    engine.scratch = scratch;
    if !args.cluster.cluster.is_empty() {
        cluster::run(&args, &mut engine, &runtime)
    } else if let Some(mode) = modes::chosen(&args) {
        modes::run(mode, &args, &mut engine, &runtime)
    } else if !args.command.is_empty() {
        oneshot::run(&args, &mut engine, &runtime)
    } else if std::io::stdin().is_terminal() {
        interactive::run(&mut engine, &runtime)
    } else {
        // redis-cli takes -e for one command alone.
        engine.fail_on_error &= face == Face::Own;
        let stops = face == Face::Own && !args.keep_going;
        script::run(&mut engine, &runtime, script::Script::on_stdin(stops)?)
    }
}

/// The private server of `--scratch` or `--open`, its data loaded.
fn scratch(args: &CliArgs, face: Face, runtime: &tokio::runtime::Runtime) -> Result<Option<Scratch>> {
    if face.is_strict() || !args.scratch && args.open.is_none() {
        return Ok(None);
    }
    let mut started = Scratch::start(args.open.as_deref())?;
    runtime.block_on(started.ready())?;
    Ok(Some(started))
}
