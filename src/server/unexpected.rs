//! Errors where there can be none: a command of the master's stream or of the append-only file was run once
//! already. One that fails now means that the data are not what they were, and is said as loudly as Redis does.

use crate::resp::Args;
use crate::server::{Server, log};

/// Most of an error's words that the log shows, in bytes.
const SHOWN_BYTES_MAX: usize = 4096;

/// Logs and counts the reply to a command that came from elsewhere, if it is an error. `way` says who tells
/// whom: "replica is sending an error to its master".
pub fn note(server: &Server, way: &str, reply: &[u8], args: Args<'_>) {
    if reply.first() != Some(&b'-') {
        return;
    }
    let words = String::from_utf8_lossy(&reply[..reply.len().min(SHOWN_BYTES_MAX)]);
    let words = words.strip_prefix("-ERR ").unwrap_or(&words).trim_end();
    let name = String::from_utf8_lossy(args.at(0)).to_lowercase();
    log::warning(format_args!("== CRITICAL == This {way}: '{words}' after processing the command '{name}'"));
    server.stats.unexpected_error_replies.add_shared(1);
}
