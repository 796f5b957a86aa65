//! Ctrl-C while a command is in flight: the server is told to let it go, over a second connection, so that the
//! first one stays as it is, with its transaction and its subscriptions. Only a command that the server does not
//! let go costs the connection.
//!
//! ```text
//! BLPOP, XREAD BLOCK ...   CLIENT UNBLOCK id     the command answers nil
//! EVAL, FCALL              SCRIPT/FUNCTION KILL  the command answers with an error
//! anything else            nothing can be done   the caller drops the connection
//! ```

use std::time::Duration;

use super::words::Command;
use crate::client::{Client, Target};

/// How long the second connection may take, and then the command to end.
pub const GRACE: Duration = Duration::from_secs(1);

/// How long a server that runs a script may take to hear that it should stop: Redis listens to nobody for the first
/// five seconds (`busy-reply-threshold`).
const SCRIPT_GRACE: Duration = Duration::from_secs(8);

/// What it takes to cancel a command.
pub struct Cancel {
    target: Target,
    client_id: Option<i64>,
    kill: Option<&'static str>,
}

impl Cancel {
    /// For a command on the connection with this id.
    pub fn new(target: &Target, client_id: Option<i64>, command: &Command<'_>) -> Self {
        let mut target = target.clone();
        let kill = match command.name().as_str() {
            "eval" | "evalsha" | "eval_ro" | "evalsha_ro" => Some("SCRIPT"),
            "fcall" | "fcall_ro" => Some("FUNCTION"),
            _ => None,
        };
        let grace = if kill.is_some() { SCRIPT_GRACE } else { GRACE };
        target.connect_timeout = Some(grace);
        target.io_timeout = Some(grace);
        Self { target, client_id, kill }
    }

    /// What to say while the server is asked, if that may take a while.
    pub fn remark(&self) -> Option<&'static str> {
        self.kill.map(|_| "(the server is asked to stop the script; Ctrl-C again gives up waiting)")
    }

    /// Asks the server to let the command go. What it answers shows in how the command ends.
    pub async fn run(self) {
        let Ok(mut side) = Client::connect(&self.target).await else { return };
        if let Some(word) = self.kill {
            let _ = side.call(&[word, "KILL"]).await;
        } else if let Some(id) = self.client_id {
            let _ = side.call(&["CLIENT", "UNBLOCK", &id.to_string()]).await;
        }
    }
}
