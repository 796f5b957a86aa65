//! What every verb does around its own work: a runtime to wait in, a console to talk with, and errors
//! in the face the user asked for.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

use crate::args::operator::{Color, Talk};
use crate::ui::error::Result;
use crate::ui::{ColorChoice, Console, Error, Exit};

/// Runs a verb to its end on one thread; the servers do the work.
///
/// # Errors
/// The verb's own, marked for JSON when that was asked for.
pub fn verb<F>(talk: &Talk, work: impl FnOnce(Console) -> F) -> Result<Exit>
where
    F: Future<Output = Result<Exit>>,
{
    let console = Console::new(choice(talk.color));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed("cannot start").source(&error));
    let outcome = runtime.and_then(|runtime| runtime.block_on(work(console)));
    outcome.map_err(|error| error.as_json(talk.json))
}

/// Runs work until it ends or somebody wants us to stop (Ctrl-C, SIGTERM): then `None`, and the work
/// is dropped. Only around work that does not ask the user anything: at a prompt Ctrl-C is the system's.
pub async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the signals keep their effect, which is to end the process.
        return Some(work.await);
    };
    tokio::select! {
        done = work => Some(done),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    }
}

fn choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}
