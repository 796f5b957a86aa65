//! The shell with a person at it.
//!
//! ```text
//! prompt --line--> local word, or command ----> reply
//!    ^   Ctrl-C: the line is dropped    Ctrl-C: the wait is dropped, the link made anew, the
//!    |   Ctrl-D: the end                        session restored; while that is made: not connected
//!    +--- subscribed: messages are shown until a key is pressed
//! ```

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::editor::{Editor, Input};
use super::engine::{Engine, Outcome};
use super::lines::{self, Line, Next};
use super::words::Command;
use super::{prompt, stream};
use crate::ui::{Error, Exit, Result};

const INTERRUPTED: &str =
    "(interrupted: no longer waiting for the reply, the connection was made anew; the command may still run)";

const NOT_CONNECTED: &str = "(interrupted: not connected; the next command tries again)";

/// Reads and runs lines until the person leaves.
///
/// # Errors
/// The terminal cannot be used.
pub fn run(engine: &mut Engine, runtime: &Runtime) -> Result<Exit> {
    engine.interactive = true;
    // At the prompt -e has no one to tell: errors are shown like every reply.
    engine.fail_on_error = false;
    let mut editor = Editor::new(&engine.console.data)?;
    connect(engine, runtime)?;
    loop {
        if engine.session.is_subscribed() {
            show_messages(engine, runtime)?;
        }
        let text = match editor.read(&prompt::text(&engine.session))? {
            Input::Text(text) => text,
            Input::Cancelled => continue,
            Input::End => return Ok(Exit::DONE),
        };
        for line in lines::split(&text) {
            editor.remember(&line);
            if run_line(engine, runtime, &mut editor, &line)? == Flow::End {
                return Ok(Exit::DONE);
            }
        }
    }
}

/// Whether the shell goes on after a line.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    End,
}

fn run_line(engine: &mut Engine, runtime: &Runtime, editor: &mut Editor, line: &str) -> Result<Flow> {
    match lines::run(engine, runtime, Line::parse(line.as_bytes()), wait_or_interrupt)? {
        Next::Quit => return Ok(Flow::End),
        Next::Connect => {
            connect(engine, runtime)?;
        }
        Next::Clear => editor.clear_screen(),
        Next::Setting(words) => set(engine, editor, &words)?,
        Next::Continue(_) => {}
    }
    Ok(Flow::Continue)
}

/// `:set hints`, `:set nohints`.
fn set(engine: &mut Engine, editor: &mut Editor, words: &[Vec<u8>]) -> Result<()> {
    let words: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [":set", "hints"] => editor.set_hints(true),
        [":set", "nohints"] => editor.set_hints(false),
        [":set", other, ..] => engine.console.data.line(&format!("unknown preference '{other}'"))?,
        [other, ..] => engine.console.data.line(&format!("unknown internal command '{other}'"))?,
        [] => {}
    }
    Ok(())
}

fn interrupts() -> Result<Signal> {
    signal(SignalKind::interrupt()).map_err(|error| Error::failed("cannot listen for Ctrl-C").source(&error))
}

/// Connects, or says why not; Ctrl-C gives it up. True if connected.
fn connect(engine: &mut Engine, runtime: &Runtime) -> Result<bool> {
    let connected = runtime.block_on(async {
        let mut interrupts = interrupts()?;
        tokio::select! {
            outcome = engine.connect() => Ok(Some(outcome == Outcome::Done)),
            _ = interrupts.recv() => Ok(None),
        }
    })?;
    if connected.is_none() {
        engine.console.data.line("")?;
        engine.console.notes.note(NOT_CONNECTED);
    }
    Ok(connected.unwrap_or(false))
}

/// Runs a command; Ctrl-C gives up waiting for it.
fn wait_or_interrupt(
    engine: &mut Engine,
    runtime: &Runtime,
    command: &Command<'_>,
    repeat: i64,
) -> Result<Outcome> {
    if !engine.session.is_connected() && !connect(engine, runtime)? {
        return Ok(Outcome::Lost);
    }
    let outcome = runtime.block_on(async {
        let mut interrupts = interrupts()?;
        tokio::select! {
            outcome = engine.issue(command, repeat) => outcome.map(Some),
            _ = interrupts.recv() => Ok(None),
        }
    })?;
    match outcome {
        Some(outcome) => Ok(outcome),
        None => after_interrupt(engine, runtime, command.is("monitor")),
    }
}

/// Messages until a key; Ctrl-C ends the subscriptions.
fn show_messages(engine: &mut Engine, runtime: &Runtime) -> Result<Outcome> {
    let outcome = runtime.block_on(async {
        let mut interrupts = interrupts()?;
        tokio::select! {
            outcome = stream::messages_until_key(engine) => outcome.map(Some),
            _ = interrupts.recv() => Ok(None),
        }
    })?;
    match outcome {
        Some(outcome) => Ok(outcome),
        None => after_interrupt(engine, runtime, true),
    }
}

/// The connection is in the middle of something: only a new one is in order. `expected` says that the
/// person meant to leave a stream, which needs no words.
fn after_interrupt(engine: &mut Engine, runtime: &Runtime, expected: bool) -> Result<Outcome> {
    engine.console.data.line("")?;
    if !expected {
        engine.console.notes.note(INTERRUPTED);
    }
    let connected = connect(engine, runtime)?;
    Ok(if connected { Outcome::Done } else { Outcome::Lost })
}
