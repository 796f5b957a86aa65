//! Ctrl-C while a command is in flight: the server is told to let it go, over a second connection, so that the
//! first one stays as it is, with its transaction and its subscriptions. Only a command that the server does not
//! let go costs the connection.
//!
//! ```text
//! BLPOP, XREAD BLOCK ...   CLIENT UNBLOCK id     the command answers nil
//! EVAL, FCALL              SCRIPT/FUNCTION KILL  the command answers with an error
//! anything else            nothing can be done   the caller drops the connection
//! ```
//!
//! Redis up to 7.2 ends in a panic when CLIENT UNBLOCK meets a client that CLIENT PAUSE holds back. So it is sent for
//! commands that block by nature only, and only after a write without effect was answered: then nobody is held back.

use std::time::Duration;

use super::words::Command;
use crate::catalog::{self, flags};
use crate::client::{Client, Target};

/// How long the second connection may take, and then the command to end.
pub const GRACE: Duration = Duration::from_secs(1);

/// How long a server that runs a script may take to hear that it should stop: Redis listens to nobody for the first
/// five seconds (`busy-reply-threshold`).
const SCRIPT_GRACE: Duration = Duration::from_secs(8);

/// A key that nobody has.
const NO_KEY: &str = "rtool:no:such:key:7f3a9c";

/// What it takes to cancel a command.
pub struct Cancel {
    target: Target,
    blocked: Option<i64>,
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
        let blocks = command.args().first().and_then(|name| catalog::lookup(name));
        let blocks = blocks.is_some_and(|found| found.flags & flags::BLOCKING != 0);
        let blocked = client_id.filter(|_| blocks);
        let grace = if kill.is_some() { SCRIPT_GRACE } else { GRACE };
        target.connect_timeout = Some(grace);
        target.io_timeout = Some(grace);
        Self { target, blocked, kill }
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
        } else if let Some(id) = self.blocked {
            // Held back itself while a pause lasts, and then the limit ends it.
            if side.call(&["EXPIRE", NO_KEY, "1"]).await.is_err() {
                return;
            }
            let _ = side.call(&["CLIENT", "UNBLOCK", &id.to_string()]).await;
        }
    }
}
