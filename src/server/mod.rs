//! `rtool serve`: configuration, listeners, connections, the engine and its commands.

pub mod config;

use std::ffi::OsString;
use std::process::ExitCode;

/// Start the server with redis-server's own arguments and run it to its end.
pub fn run(_words: Vec<OsString>) -> Result<ExitCode, std::io::Error> {
    Err(std::io::Error::other("the server is not built yet"))
}
