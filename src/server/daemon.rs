//! Becoming a daemon, the pid file, and talking to a supervisor.
//!
//! Forking a process that is about to start threads needs `unsafe`; starting the same program again with
//! its own session does not. So `daemonize yes` runs `rtool serve` anew with the same words and a mark in
//! its environment, and the first process ends.

use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use crate::server::config::{Settings, Supervised};
use crate::server::{Server, log};

/// In the environment of the process that is the daemon.
const MARK: &str = "RTOOL_DAEMON";

/// Where the pid goes when `daemonize` is on and no `pidfile` is given.
const DEFAULT_PIDFILE: &str = "/var/run/redis.pid";

/// Starts the daemon when one is wanted; then the caller is done and returns this exit code.
pub fn detach(settings: &Settings, words: &[OsString]) -> io::Result<Option<ExitCode>> {
    if !settings.daemonize || std::env::var_os(MARK).is_some() {
        return Ok(None);
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").args(words).env(MARK, "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.process_group(0).spawn()?;
    Ok(Some(ExitCode::SUCCESS))
}

fn pidfile(settings: &Settings) -> Option<&str> {
    match settings.pidfile.as_deref() {
        Some("") | None if settings.daemonize => Some(DEFAULT_PIDFILE),
        Some("") | None => None,
        path => path,
    }
}

/// Writes the pid file; a failure is only logged, as in Redis.
pub fn write_pidfile(settings: &Settings) {
    let Some(path) = pidfile(settings) else { return };
    if let Err(e) = std::fs::write(path, format!("{}\n", std::process::id())) {
        log::warning(format_args!("Failed to write PID file: {}", crate::server::os_reason(&e)));
    }
}

/// Removes it.
pub fn remove_pidfile(settings: &Settings) {
    if let Some(path) = pidfile(settings) {
        let _ = std::fs::remove_file(path);
    }
}

/// Tells systemd of a state when `supervised` says so.
pub fn notify_supervisor(server: &'static Server, state: &str) {
    let wanted = match server.config.snapshot().supervised {
        Supervised::Systemd => true,
        Supervised::Auto => std::env::var_os("NOTIFY_SOCKET").is_some(),
        Supervised::No | Supervised::Upstart => false,
    };
    let Some(path) = std::env::var_os("NOTIFY_SOCKET").filter(|_| wanted) else { return };
    let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), path));
    if let Err(e) = sent {
        log::warning(format_args!("Can't send to the systemd socket: {}", crate::server::os_reason(&e)));
    }
}
