//! SHUTDOWN and the signals that mean the same: what to save, for whom to wait, and the end.

use crate::server::Server;
use crate::server::config::Settings;

/// What SHUTDOWN was asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShutdownRequest {
    /// SAVE or NOSAVE; by default saves when save points are configured.
    pub save: Option<bool>,
    /// Do not wait for replicas.
    pub now: bool,
    /// Go on in spite of errors.
    pub force: bool,
}

impl ShutdownRequest {
    /// What `shutdown-on-sigterm` or `shutdown-on-sigint` say.
    pub fn from_signal(name: &str, settings: &Settings) -> ShutdownRequest {
        let flags = if name == "SIGINT" { settings.shutdown_on_sigint } else { settings.shutdown_on_sigterm };
        ShutdownRequest {
            save: match (flags.save, flags.nosave) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            now: flags.now,
            force: flags.force,
        }
    }
}

/// Runs a shutdown; comes back only when it was refused or aborted.
pub async fn run(server: &'static Server, _request: ShutdownRequest) {
    server.end(0);
}

/// SHUTDOWN ABORT: gives up a shutdown that waits; false when none does.
pub fn abort(_server: &'static Server) -> bool {
    false
}
