//! MONITOR: a line per command, to the outboxes of those who watch.

use std::sync::atomic::Ordering;
use std::sync::{Arc, RwLock};

use bytes::Bytes;

use crate::catalog::{Command, flags};
use crate::clock;
use crate::resp::{Args, quote};
use crate::server::Server;
use crate::server::gate;
use crate::server::redact;
use crate::server::session::{ClientShared, Origin, Session};
use crate::server::sync::{reading, writing};

/// The clients in monitor mode.
#[derive(Debug, Default)]
pub struct Monitors(RwLock<Vec<Arc<ClientShared>>>);

impl Monitors {
    /// Starts feeding a client.
    pub fn add(&self, gates: &gate::Gates, client: &Arc<ClientShared>) {
        if !client.monitor.swap(true, Ordering::AcqRel) {
            writing(&self.0).push(Arc::clone(client));
            gates.set(gate::MONITORED, true);
        }
    }

    fn remove(&self, gates: &gate::Gates, client: &ClientShared) {
        if client.monitor.swap(false, Ordering::AcqRel) {
            let mut all = writing(&self.0);
            all.retain(|known| known.id != client.id);
            gates.set(gate::MONITORED, !all.is_empty());
        }
    }
}

/// A client leaves, or RESETs.
pub fn leave(server: &'static Server, session: &mut Session) {
    server.monitors.remove(&server.gates, &session.shared);
}

/// Sends a command that runs a script, which is not shown otherwise, ahead of the commands the script runs.
pub fn feed_shown(server: &'static Server, session: &Session, command: &'static Command, args: Args<'_>) {
    if session.origin == Origin::Client {
        send(server, &line(session, &session.shared.monitor_addr(), command, args));
    }
}

/// Sends a command of a script.
pub fn feed_of_script(server: &'static Server, session: &Session, command: &'static Command, args: Args<'_>) {
    let hidden = command.flags & (flags::SKIP_MONITOR | flags::ADMIN) != 0;
    if !hidden && session.origin == Origin::Client {
        send(server, &line(session, "lua", command, args));
    }
}

fn send(server: &'static Server, line: &[u8]) {
    let line = Bytes::copy_from_slice(line);
    reading(&server.monitors.0).iter().for_each(|client| client.push(line.clone()));
}

/// Sends a command that is about to run to everyone who watches. Administrative commands are not shown.
#[cold]
pub fn feed(server: &'static Server, session: &Session, command: &'static Command, args: Args<'_>) {
    let hidden = command.flags & (flags::SKIP_MONITOR | flags::ADMIN) != 0;
    if hidden || session.origin != Origin::Client {
        return;
    }
    send(server, &line(session, &session.shared.monitor_addr(), command, args));
}

fn line(session: &Session, addr: &str, command: &'static Command, args: Args<'_>) -> Vec<u8> {
    let now = clock::wall_us();
    let head = format!("+{}.{:06} [{} {}]", now / 1_000_000, now % 1_000_000, session.db, addr);
    let mut out = head.into_bytes();
    for arg in redact::shown(command, args) {
        out.push(b' ');
        quote::repr(&mut out, arg);
    }
    out.extend_from_slice(b"\r\n");
    out
}
