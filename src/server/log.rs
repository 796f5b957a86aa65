//! The server's log, in Redis's line format:
//!
//! ```text
//!   4242:M 23 Nov 2026 06:44:17.123 * Ready to accept connections
//!   pid  role   local time          level (. debug, - verbose, * notice, # warning)
//! ```
//!
//! It goes to standard output, or is appended to `logfile`, which is opened for each line so that log
//! rotation works without a signal (as in Redis). One per process; set up by `serve`.

use std::fmt::Arguments;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::clock;
use crate::server::config::LogLevel;
use crate::server::sync::{reading, writing};

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// For developers.
    Debug,
    /// Much, seldom useful.
    Verbose,
    /// Normal operation.
    Notice,
    /// Something is wrong.
    Warning,
    /// `loglevel nothing`.
    Nothing,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Notice as u8);
static ROLE: AtomicU8 = AtomicU8::new(b'M');
static FILE: RwLock<Option<String>> = RwLock::new(None);

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Level {
        match level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Verbose => Level::Verbose,
            LogLevel::Notice => Level::Notice,
            LogLevel::Warning => Level::Warning,
            LogLevel::Nothing => Level::Nothing,
        }
    }
}

/// Sets the least important level that is logged.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Sets the file; an empty name is standard output.
pub fn set_file(path: &str) {
    *writing(&FILE) = (!path.is_empty()).then(|| path.to_owned());
}

/// Sets the role letter: M or S.
pub fn set_role(replica: bool) {
    ROLE.store(if replica { b'S' } else { b'M' }, Ordering::Relaxed);
}

/// Logs a debug line.
pub fn debug(text: Arguments<'_>) {
    line(Level::Debug, text);
}

/// Logs a verbose line.
pub fn verbose(text: Arguments<'_>) {
    line(Level::Verbose, text);
}

/// Logs a notice.
pub fn notice(text: Arguments<'_>) {
    line(Level::Notice, text);
}

/// Logs a warning.
pub fn warning(text: Arguments<'_>) {
    line(Level::Warning, text);
}

/// Logs a line of a level.
pub fn line(level: Level, text: Arguments<'_>) {
    if (level as u8) < LEVEL.load(Ordering::Relaxed) {
        return;
    }
    let mark = match level {
        Level::Debug => '.',
        Level::Verbose => '-',
        Level::Notice => '*',
        Level::Warning | Level::Nothing => '#',
    };
    let role = char::from(ROLE.load(Ordering::Relaxed));
    let when = clock::local_text(clock::wall_ms());
    write(&format!("{}:{role} {when} {mark} {text}\n", std::process::id()));
}

/// Writes text as it is (the lines before and after which nothing else may stand).
pub fn write(text: &str) {
    // A log that cannot be written must not stop the server; there is nowhere else to say so.
    let _ = match reading(&FILE).as_deref() {
        Some(path) => OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut f| f.write_all(text.as_bytes())),
        None => std::io::stdout().lock().write_all(text.as_bytes()),
    };
}
