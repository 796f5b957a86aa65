//! Commands on a pipe or in a file, one per line. As redis-cli, an error reply does not stop the script;
//! as ourselves it does, and the line is named, unless `--keep-going`; a server that cannot be reached stops
//! it in any case, while redis-cli tries again at each line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::lines::{self, Line, Next};
use super::oneshot::exit;
use super::stream;
use super::words::Command;
use crate::ui::{Error, Exit, Result};

/// What a script is and how it goes on.
pub struct Script<'a> {
    /// What its lines are said to be from.
    pub name: &'a str,
    /// Its lines.
    pub input: BufReader<File>,
    /// Whether an error stops it.
    pub stops: bool,
}

impl Script<'_> {
    /// The script on standard input.
    ///
    /// # Errors
    /// There is no standard input.
    pub fn on_stdin(stops: bool) -> Result<Self> {
        let own = std::io::stdin().as_fd().try_clone_to_owned();
        let file = own.map_err(|error| Error::failed("cannot read standard input").source(&error))?;
        Ok(Self { name: "standard input", input: BufReader::new(File::from(file)), stops })
    }
}

/// Runs every line of a script.
///
/// # Errors
/// The input cannot be read or the output not written.
pub fn run(engine: &mut Engine, runtime: &Runtime, mut script: Script<'_>) -> Result<Exit> {
    if engine.face.is_strict() {
        // To redis-cli a script is somebody who types.
        engine.interactive = true;
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
        let parsed = Line::parse(&line, engine.face);
        let outcome = match lines::run(engine, runtime, parsed, wait)? {
            Next::Quit => break,
            Next::Connect => runtime.block_on(engine.connect()),
            Next::Clear | Next::Setting(_) => Outcome::Done,
            Next::Continue(outcome) => outcome,
        };
        if engine.interactive && engine.session.is_subscribed() && script.input.buffer().is_empty() {
            runtime.block_on(stream::messages_until_key(engine))?;
        }
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
