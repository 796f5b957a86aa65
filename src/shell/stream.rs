//! Replies without end: MONITOR, and the messages of subscriptions.
//!
//! In a script or a one-shot they go on until the server ends them or the process is stopped. At the
//! prompt, Ctrl-C ends them (the caller drops the future and connects anew, which is the only way out
//! of MONITOR), and in subscribed mode any key gives the prompt back without ending anything.

use std::io::{IsTerminal, stdin};
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::engine::{Engine, Outcome};
use super::format::Format;
use super::words::Command;
use crate::client::ClientError;
use crate::resp::value::Value;
use crate::ui::Result;

const WAITING: &str = "Reading messages... (press Ctrl-C to quit or any key to type command)\r";
const ERASE_LINE: &str = "\x1b[K";

/// Sends MONITOR and prints its lines until an error or the end of the connection.
///
/// # Errors
/// The output cannot be written.
pub async fn monitor(engine: &mut Engine, command: &Command<'_>) -> Result<Outcome> {
    if let Err(error) = engine.session.send(command).await {
        return Ok(lost(engine, &error));
    }
    loop {
        match engine.session.next_value().await {
            Ok(value @ Value::Push(_)) => engine.print_push(&value)?,
            Ok(value) => {
                engine.print(&value, false)?;
                if value.error().is_some() {
                    return Ok(Outcome::Refused);
                }
            }
            Err(error) => return Ok(lost(engine, &error)),
        }
    }
}

/// Prints messages until the last subscription or the connection ends.
///
/// # Errors
/// The output cannot be written.
pub async fn messages(engine: &mut Engine) -> Result<Outcome> {
    while engine.session.is_subscribed() {
        match engine.session.next_value().await {
            Ok(value) => engine.print(&value, false)?,
            Err(error) => return Ok(lost(engine, &error)),
        }
    }
    Ok(Outcome::Done)
}

/// Prints messages until a key is pressed (which stays unread), or something arrives on a standard input that is no
/// terminal, or the connection ends. A file always has something.
///
/// # Errors
/// The output cannot be written.
pub async fn messages_until_key(engine: &mut Engine) -> Result<Outcome> {
    let Some(keys) = Keys::listen() else { return Ok(Outcome::Done) };
    let show_hint = engine.renderer.format != Format::Raw && engine.for_people;
    let waiting = waiting_line();
    while engine.session.is_subscribed() {
        if show_hint {
            engine.console.data.bytes(waiting.as_bytes())?;
        }
        let next = tokio::select! {
            biased;
            value = engine.session.next_value() => Some(value),
            () = keys.pressed() => None,
        };
        if show_hint {
            engine.console.data.bytes(ERASE_LINE.as_bytes())?;
        }
        match next {
            None => break,
            Some(Ok(value)) => engine.print(&value, false)?,
            Some(Err(error)) => return Ok(lost(engine, &error)),
        }
    }
    Ok(Outcome::Done)
}

/// What stands under the messages; in grey where redis-cli has colours.
fn waiting_line() -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let xterm = std::env::var("TERM").is_ok_and(|term| term.contains("xterm"));
    if xterm && !plain { format!("\x1b[1;90m{WAITING}\x1b[0m") } else { WAITING.to_owned() }
}

fn lost(engine: &mut Engine, error: &ClientError) -> Outcome {
    engine.session.disconnect();
    engine.complain(error);
    Outcome::Lost
}

/// Standard input, waited for. A terminal is without echo and line editing, so that a single key can be waited for; as it was
/// again when dropped.
struct Keys {
    stdin: AsyncFd<OwnedFd>,
    before: Option<Termios>,
}

impl Keys {
    /// None if nothing can be waited for on standard input.
    fn listen() -> Option<Self> {
        let is_terminal = stdin().is_terminal();
        // Registered before the terminal is changed: from then on only Drop can end this.
        let stdin = watch(stdin().as_fd().try_clone_to_owned().ok()?)?;
        if !is_terminal {
            return Some(Self { stdin, before: None });
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON);
        tcsetattr(&stdin, SetArg::TCSANOW, &quiet).ok()?;
        Some(Self { stdin, before: Some(before) })
    }

    /// Waits for a key; if that fails, it is as if one had been pressed.
    async fn pressed(&self) {
        if let Ok(mut ready) = self.stdin.readable().await {
            ready.retain_ready();
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(&self.stdin, SetArg::TCSANOW, before);
        }
    }
}

/// Asks the runtime to say when the descriptor can be read.
#[allow(deprecated, reason = "its successor is unsafe; an owned descriptor keeps what that one asks for")]
fn watch(fd: OwnedFd) -> Option<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, Interest::READABLE).ok()
}
