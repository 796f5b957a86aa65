//! The two faces: redis-cli to the byte, and our own. What differs between them is asked for here, so that
//! the rest of the shell says what it does and not for whom.
//!
//! | | redis-cli | own |
//! |---|---|---|
//! | refused AUTH, SELECT, HELLO | said, then the command is sent all the same | nothing is sent |
//! | an error reply | is a reply: standard output, code 0 (`-e`: standard error, 1) | standard error, 1 or 4 |
//! | a script's error | goes on, code 0 | stops, names the line |
//! | `--json` | redis-cli's, not always JSON | always JSON |
//! | no connection | 1 | 3 |

use super::engine::Outcome;
use crate::client::ClientError;
use crate::ui::Exit;

/// Error codes that mean: not you, or not with these credentials.
const ACCESS_ERRORS: &[&str] = &["NOAUTH", "WRONGPASS", "NOPERM", "DENIED"];

/// Who we are to the person or script that called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// redis-cli, byte for byte.
    RedisCli,
    /// `rtool cli`.
    Own,
}

impl Face {
    /// Whether this is redis-cli's.
    pub fn is_strict(self) -> bool {
        self == Face::RedisCli
    }

    /// The exit code for the way a command ended.
    pub fn exit(self, outcome: Outcome) -> Exit {
        match (self, outcome) {
            (_, Outcome::Done) => Exit::DONE,
            (Face::RedisCli, _) | (Face::Own, Outcome::Refused) => Exit::FAILED,
            (Face::Own, Outcome::Denied) => Exit::NO_ACCESS,
            (Face::Own, Outcome::Lost) => Exit::NO_CONNECTION,
            (Face::Own, Outcome::Declined) => Exit::DECLINED,
        }
    }
}

/// How a command ended that the server answered with this error line.
pub fn refusal(line: &str) -> Outcome {
    let code = line.split(' ').next().unwrap_or_default();
    if ACCESS_ERRORS.contains(&code) { Outcome::Denied } else { Outcome::Refused }
}

/// How a command ended that got no reply.
pub fn loss(error: &ClientError) -> Outcome {
    match error {
        ClientError::Auth(_) => Outcome::Denied,
        ClientError::Handshake { line, .. } => refusal(line),
        _ => Outcome::Lost,
    }
}
