//! Commands on a pipe or in a file, one per line. As in redis-cli, an error reply does not stop the
//! script (it does with `-e`); a server that cannot be reached does.

use std::io::BufRead;

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::lines::{self, Line, Next};
use super::oneshot::exit;
use super::words::Command;
use crate::ui::{Error, Exit, Result};

/// Runs every line of `input`.
///
/// # Errors
/// The input cannot be read or the output not written.
pub fn run(engine: &mut Engine, runtime: &Runtime, input: &mut dyn BufRead) -> Result<Exit> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| Error::failed("cannot read the commands").source(&error))? == 0 {
            return Ok(Exit::DONE);
        }
        match lines::run(engine, runtime, Line::parse(&line), wait)? {
            Next::Quit => return Ok(Exit::DONE),
            Next::Connect => {
                runtime.block_on(engine.connect());
            }
            Next::Clear | Next::Setting(_) => {}
            Next::Continue(outcome) if outcome == Outcome::Lost || engine.stops_at(outcome) => {
                return Ok(exit(engine, outcome));
            }
            Next::Continue(_) => {}
        }
    }
}

fn wait(engine: &mut Engine, runtime: &Runtime, command: &Command<'_>, repeat: i64) -> Result<Outcome> {
    runtime.block_on(engine.issue(command, repeat))
}
