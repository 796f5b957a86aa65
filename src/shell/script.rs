//! Commands on a pipe or in a file, one per line. As redis-cli, an error reply does not stop the script;
//! as ourselves it does, and the line is named, unless `--keep-going`; a server that cannot be reached stops
//! it in any case, while redis-cli tries again at each line.

use std::io::BufRead;

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::lines::{self, Line, Next};
use super::oneshot::exit;
use super::words::Command;
use crate::ui::{Error, Exit, Result};

/// What a script is and how it goes on.
pub struct Script<'a> {
    /// What its lines are said to be from.
    pub name: &'a str,
    /// Its lines.
    pub input: &'a mut dyn BufRead,
    /// Whether an error stops it.
    pub stops: bool,
}

/// Runs every line of a script.
///
/// # Errors
/// The input cannot be read or the output not written.
pub fn run(engine: &mut Engine, runtime: &Runtime, script: Script<'_>) -> Result<Exit> {
    if engine.face.is_strict() {
        runtime.block_on(engine.connect());
    }
    let mut line = Vec::new();
    let mut number = 0u64;
    let mut exit_code = Exit::DONE;
    loop {
        line.clear();
        let read = script.input.read_until(b'\n', &mut line);
        if read.map_err(|error| Error::failed("cannot read the commands").source(&error))? == 0 {
            break;
        }
        number += 1;
        let outcome = match lines::run(engine, runtime, Line::parse(&line), wait)? {
            Next::Quit => break,
            Next::Connect => runtime.block_on(engine.connect()),
            Next::Clear | Next::Setting(_) => Outcome::Done,
            Next::Continue(outcome) => outcome,
        };
        let ended = exit(engine, outcome);
        if ended == Exit::DONE {
            continue;
        }
        if script.stops || outcome == Outcome::Lost && !engine.face.is_strict() {
            engine.note_place(script.name, number);
            return Ok(ended);
        }
        exit_code = if engine.face.is_strict() { Exit::DONE } else { Exit::PARTLY };
    }
    Ok(exit_code)
}

fn wait(engine: &mut Engine, runtime: &Runtime, command: &Command<'_>, repeat: i64) -> Result<Outcome> {
    runtime.block_on(engine.issue(command, repeat))
}
