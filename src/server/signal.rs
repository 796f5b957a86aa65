//! A condition that many tasks may wait for, on any thread: each wait sees every change made after it
//! was created, so "look, then wait" loses nothing.

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use std::sync::Arc;

/// Tells every waiting task of a change.
#[derive(Debug, Default)]
pub struct Signal(Arc<Notify>);

impl Signal {
    /// Wakes all that wait.
    pub fn raise(&self) {
        self.0.notify_waiters();
    }

    /// A wait for the next change after this call. Cancel safe.
    pub fn changed(&self) -> impl Future<Output = ()> + use<> {
        let mut wait: std::pin::Pin<Box<OwnedNotified>> = Box::pin(Arc::clone(&self.0).notified_owned());
        wait.as_mut().enable();
        wait
    }
}
