//! The shell with a person at it.
//!
//! ```text
//! prompt --line--> local word, or command ----> reply
//!    ^   Ctrl-C: the line is dropped    Ctrl-C: the wait is dropped, the link made anew, the
//!    |   Ctrl-D: the end                        session restored; while that is made: not connected
//!    +--- subscribed: messages are shown until a key is pressed
//! ```

use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::cancel::{self, Cancel};
use super::editor::{Editor, Input};
use super::engine::{Engine, Outcome};
use super::face::Face;
use super::lines::{self, Line, Next};
use super::local::{self, Ask};
use super::names::Names;
use super::sink::{self, Opened};
use super::words::Command;
use super::{guard, prompt, stream};
use crate::limits::SOURCE_DEPTH_MAX;
use crate::ui::{ColorChoice, Error, Exit, Kind, Out, Result};

/// To the upper left, and everything away.
const CLEAR: &str = "\x1b[H\x1b[2J";

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
    let mut editor = Editor::new(&engine.console.data, engine.face)?;
    connect(engine, runtime)?;
    dress(&mut editor, engine);
    loop {
        if engine.session.is_subscribed() {
            show_messages(engine, runtime)?;
        }
        let text = match editor.read(&prompt::text(engine))? {
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

/// The editor follows the server: the prompt's colour, and whom completion asks.
fn dress(editor: &mut Editor, engine: &Engine) {
    editor.set_colour(engine.policy.colour);
    let own = engine.face == Face::Own;
    editor.set_names(own.then(|| Names::new(engine.session.target(), !engine.policy.production)));
}

/// Whether the shell goes on after a line.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    End,
}

fn run_line(engine: &mut Engine, runtime: &Runtime, editor: &mut Editor, line: &str) -> Result<Flow> {
    let (text, sink) = if engine.face.is_strict() { (line, None) } else { sink::split(line) };
    let Some(sink) = sink else { return run_text(engine, runtime, editor, text) };
    let opened = match Opened::new(engine, &sink) {
        Ok(opened) => opened,
        Err(error) => {
            error.report(&mut engine.console);
            return Ok(Flow::Continue);
        }
    };
    let flow = run_text(engine, runtime, editor, text);
    opened.close(engine)?;
    match flow {
        // The program did not want to read it all.
        Err(error) if error.kind() == Kind::PipeClosed => Ok(Flow::Continue),
        other => other,
    }
}

fn run_text(engine: &mut Engine, runtime: &Runtime, editor: &mut Editor, text: &str) -> Result<Flow> {
    match lines::run(engine, runtime, Line::parse(text.as_bytes(), engine.face), wait_or_interrupt)? {
        Next::Quit => return Ok(Flow::End),
        Next::Connect => {
            connect(engine, runtime)?;
            dress(editor, engine);
        }
        Next::Clear => editor.clear_screen(),
        Next::Setting(words) => return own_word(engine, runtime, editor, &words),
        Next::Continue(_) => {}
    }
    Ok(Flow::Continue)
}

/// One of the shell's own words. What it cannot do, it says; the shell goes on.
fn own_word(engine: &mut Engine, runtime: &Runtime, editor: &mut Editor, words: &[Vec<u8>]) -> Result<Flow> {
    let ask = match local::run(engine, runtime, words) {
        Ok(ask) => ask,
        Err(error) => {
            error.report(&mut engine.console);
            return Ok(Flow::Continue);
        }
    };
    match ask {
        Ask::Nothing => {}
        Ask::Hints(on) => editor.set_hints(on),
        Ask::Vi(on) => editor.set_vi(on),
        Ask::Send(words) => {
            if let Some(command) = Command::new(&words) {
                wait_or_interrupt(engine, runtime, &command, 1)?;
            }
        }
        Ask::Connect => {
            connect(engine, runtime)?;
            dress(editor, engine);
        }
        Ask::Watch(seconds, words) => watch(engine, runtime, seconds, &words)?,
        Ask::Source(path) => return source(engine, runtime, editor, &path),
    }
    Ok(Flow::Continue)
}

/// Runs the lines of a file, up to the first that fails.
fn source(engine: &mut Engine, runtime: &Runtime, editor: &mut Editor, path: &str) -> Result<Flow> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            Error::failed(format!("cannot read {path}")).source(&error).report(&mut engine.console);
            return Ok(Flow::Continue);
        }
    };
    if engine.source_depth >= SOURCE_DEPTH_MAX {
        engine.console.notes.note("(files that source each other too deeply are not run)");
        return Ok(Flow::Continue);
    }
    engine.source_depth += 1;
    let mut flow = Flow::Continue;
    for (at, line) in text.lines().enumerate() {
        engine.failed = false;
        flow = run_text(engine, runtime, editor, line)?;
        if engine.failed || flow == Flow::End {
            if engine.failed {
                engine.console.notes.note(&format!("{path}:{}: stopped here", at + 1));
            }
            break;
        }
    }
    engine.source_depth -= 1;
    Ok(flow)
}

/// Runs a command again and again on a clean screen, until Ctrl-C.
fn watch(engine: &mut Engine, runtime: &Runtime, seconds: f64, words: &[Vec<u8>]) -> Result<()> {
    let Some(command) = Command::new(words) else { return Ok(()) };
    if guard::judge(&engine.policy, &command).0 >= guard::Tier::Ask {
        return engine.console.data.line("(what asks before it runs cannot be watched)");
    }
    let pause = Duration::from_secs_f64(seconds);
    let shown = words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ");
    let interrupted = runtime.block_on(async {
        let mut interrupts = interrupts()?;
        loop {
            engine.console.data.bytes(format!("{CLEAR}every {seconds} s: {shown}\n\n").as_bytes())?;
            tokio::select! {
                outcome = engine.issue(&command, 1) => {
                    if outcome? != Outcome::Done {
                        return Ok(false);
                    }
                }
                _ = interrupts.recv() => return Ok(true),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = interrupts.recv() => return Ok(false),
            }
        }
    })?;
    if interrupted {
        after_interrupt(engine, runtime, true)?;
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
    let cancel = Cancel::new(engine.session.target(), engine.client_id, command);
    let mut notes = Out::stderr(ColorChoice::Auto);
    let endless = command.is("monitor") || engine.face.is_strict();
    let outcome = runtime.block_on(async {
        let mut interrupts = interrupts()?;
        let issue = engine.issue(command, repeat);
        tokio::pin!(issue);
        tokio::select! {
            outcome = &mut issue => return outcome.map(Some),
            _ = interrupts.recv() => {}
        }
        if endless {
            return Ok(None);
        }
        if let Some(remark) = cancel.remark() {
            notes.note(remark);
        }
        // The server is asked to let the command go; if it does not, a second Ctrl-C or a second's wait ends it here.
        let cancelling = async {
            cancel.run().await;
            tokio::time::sleep(cancel::GRACE).await;
        };
        tokio::select! {
            outcome = &mut issue => outcome.map(Some),
            () = cancelling => Ok(None),
            _ = interrupts.recv() => Ok(None),
        }
    })?;
    match outcome {
        Some(outcome) => {
            engine.failed = outcome != Outcome::Done;
            Ok(outcome)
        }
        None => {
            engine.failed = true;
            after_interrupt(engine, runtime, command.is("monitor"))
        }
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
