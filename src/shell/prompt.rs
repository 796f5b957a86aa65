//! The prompt: computed from the session's confirmed state each time it is shown, never kept.
//!
//! ```text
//! 127.0.0.1:6379[2](TX)> | 127.0.0.1:6379(subscribed mode)> | redis /run/r.sock> | not connected>
//! ```

use super::session::Session;
use crate::client::Endpoint;

/// The prompt for the session as it is now.
pub fn text(session: &Session) -> String {
    if !session.is_connected() {
        return "not connected> ".to_owned();
    }
    let mut prompt = match session.endpoint() {
        Endpoint::Unix(path) => format!("redis {}", path.display()),
        tcp => tcp.to_string(),
    };
    if session.db() != 0 {
        prompt.push_str(&format!("[{}]", session.db()));
    }
    if session.in_transaction() {
        prompt.push_str("(TX)");
    }
    if session.is_subscribed() {
        prompt.push_str("(subscribed mode)");
    }
    prompt.push_str("> ");
    prompt
}
