//! Ctrl-C in a mode that has something to say at its end: it is noted, and the mode stops at its next step.
//! Without [`Interrupt::listen`], Ctrl-C ends the process as everywhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::ui::{Error, Result};

/// Whether Ctrl-C was pressed.
#[derive(Default)]
pub struct Interrupt {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    asked: AtomicBool,
    woken: Notify,
}

impl Interrupt {
    /// Takes Ctrl-C over from the system.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn listen(&self) -> Result<()> {
        let failed = |error| Error::failed("cannot listen for Ctrl-C").source(&error);
        let mut presses = signal(SignalKind::interrupt()).map_err(failed)?;
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            if presses.recv().await.is_some() {
                state.asked.store(true, Ordering::Relaxed);
                state.woken.notify_one();
            }
        });
        Ok(())
    }

    /// Whether it is time to stop.
    pub fn is_asked(&self) -> bool {
        self.state.asked.load(Ordering::Relaxed)
    }

    /// Waits, but not beyond Ctrl-C.
    pub async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.state.woken.notified() => {}
        }
    }

    /// Lets other tasks run, the one that hears the signal among them: for loops that never wait.
    pub async fn breathe(&self) {
        tokio::task::yield_now().await;
    }
}
