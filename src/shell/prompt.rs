//! The prompt: computed from the session's confirmed state each time it is shown, never kept.
//!
//! ```text
//! 127.0.0.1:6379[2](TX)> | 127.0.0.1:6379(subscribed mode)> | redis /run/r.sock> | not connected>
//! prod 10.8.0.1:6379 replica read-only>       our own face: the name, the role unless master, the rules
//! ```

use super::engine::Engine;
use super::session::Session;
use crate::client::Endpoint;

/// The prompt as it is now.
pub fn text(engine: &Engine) -> String {
    let of_session = session_text(&engine.session);
    if engine.face.is_strict() || !engine.session.is_connected() {
        return of_session;
    }
    let name = engine.policy.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
    let role = engine.role.as_ref().map(|role| format!(" {role}")).unwrap_or_default();
    let rules = if engine.policy.read_only { " read-only" } else { "" };
    format!("{name}{}{role}{rules}> ", of_session.trim_end_matches("> "))
}

fn session_text(session: &Session) -> String {
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
