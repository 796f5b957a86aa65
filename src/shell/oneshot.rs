//! One command from the command line: its arguments (one of them perhaps from standard input), as
//! often as asked, and the exit code.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::help;
use super::words::Command;
use crate::args::cli::CliArgs;
use crate::limits::BULK_BYTES_MAX;
use crate::resp::quote;
use crate::ui::{Error, Exit, Result};

/// Runs the command of the args.
///
/// # Errors
/// The input cannot be read or the output not written.
pub fn run(args: &CliArgs, engine: &mut Engine, runtime: &Runtime) -> Result<Exit> {
    let Some(mut words) = arguments(args) else {
        engine.console.data.line("Invalid quoted string")?;
        return Ok(Exit::FAILED);
    };
    if args.stdin_last {
        words.push(read_stdin()?);
    } else if let Some(tag) = &args.stdin_tag {
        let Some(place) = words.iter_mut().find(|arg| arg.as_slice() == tag.as_encoded_bytes()) else {
            engine.console.notes.note("Using -X option but stdin tag not match.");
            return Ok(Exit::FAILED);
        };
        *place = read_stdin()?;
    }
    let Some(command) = Command::new(&words) else { return Ok(Exit::DONE) };
    if command.is("help") || command.is("?") {
        help::print(&mut engine.console.data, command.tail(1))?;
        return Ok(Exit::DONE);
    }
    let outcome = runtime.block_on(engine.issue(&command, args.repeat))?;
    Ok(exit(engine, outcome))
}

/// What the process says about how a command ended. To redis-cli an error is an answer, unless `-e`.
pub fn exit(engine: &Engine, outcome: Outcome) -> Exit {
    let is_answer = matches!(outcome, Outcome::Refused | Outcome::Denied) && engine.session.is_connected();
    if is_answer && !engine.fail_on_error { Exit::DONE } else { engine.face.exit(outcome) }
}

/// The words of the command, unquoted if they are quoted; none if a quote does not close.
fn arguments(args: &CliArgs) -> Option<Vec<Vec<u8>>> {
    let plain = args.command.iter().cloned().map(OsString::into_vec);
    if args.quoted_input { plain.map(|word| unquote(&word)).collect() } else { Some(plain.collect()) }
}

/// One quoted word.
fn unquote(word: &[u8]) -> Option<Vec<u8>> {
    match quote::split(word).ok()?.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// All of standard input, as one argument.
fn read_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = BULK_BYTES_MAX as u64 + 1;
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Error::failed("cannot read standard input").source(&error))?;
    if bytes.len() > BULK_BYTES_MAX {
        return Err(Error::failed("standard input is longer than any server takes (512 MB)"));
    }
    Ok(bytes)
}
