//! What can go wrong between us and a server, told apart by what the caller does about it.

use std::fmt;
use std::io;

/// Why a connection or a command failed.
#[derive(Debug)]
pub enum ClientError {
    /// No connection: refused, unreachable, name unknown, or nothing within the time limit.
    Connect {
        /// The address as shown to people.
        addr: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The server refused the credentials, or wants some: its own words.
    Auth(String),
    /// The server refused another step of the handshake.
    Handshake {
        /// The command that was refused, such as `SELECT 99`.
        step: String,
        /// The server's error line.
        line: String,
    },
    /// The server answered a command with an error: its whole line, such as `ERR syntax error`.
    Server(String),
    /// No reply within the time limit; the connection is closed, the command may have run.
    Timeout,
    /// The connection is gone; a command in flight may have run.
    Closed,
    /// The connection broke; a command in flight may have run.
    Io(io::Error),
    /// The peer does not speak RESP.
    Protocol(String),
}

impl ClientError {
    /// Whether the connection can no longer be used. An error reply is the one kind that leaves it
    /// in order.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Server(_))
    }
}

/// A system error in the system's words: without Rust's `(os error N)` and resolver prefix, which
/// mean nothing to an operator and differ from what every other Redis tool prints.
pub fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    text.split(" (os error ").next().unwrap_or(text).to_owned()
}

impl fmt::Display for ClientError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { addr, source } => {
                write!(out, "Could not connect to Redis at {addr}: {}", system_text(source))
            }
            Self::Auth(line) => write!(out, "AUTH failed: {line}"),
            Self::Handshake { step, line } => write!(out, "{step} failed: {line}"),
            Self::Server(line) => out.write_str(line),
            Self::Timeout => out.write_str("no reply within the time limit"),
            Self::Closed => out.write_str("Server closed the connection"),
            Self::Io(source) => out.write_str(&system_text(source)),
            Self::Protocol(what) => write!(out, "Protocol error, {what}"),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect { source, .. } | Self::Io(source) => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClientError;
    use std::io;

    #[test]
    fn a_refused_connection_reads_as_everywhere_else() {
        let source = io::Error::from_raw_os_error(111);
        let error = ClientError::Connect { addr: "127.0.0.1:1".into(), source };
        assert_eq!(error.to_string(), "Could not connect to Redis at 127.0.0.1:1: Connection refused");
    }
}
