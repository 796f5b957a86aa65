//! What one thread has still to tell. The client whose command runs hears of changes behind its reply, of a
//! transaction's or a script's behind the whole of it. What goes to everyone with a prefix is gathered over a
//! batch, so that a client gets one message with many keys, and each key once.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::message::Message;
use super::mode;
use crate::server::Server;
use crate::server::session::ClientShared;

/// Whose doing a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The command of the client with this id.
    Command(u64),
    /// The time of a key was over, and the command of the client with this id has met it.
    Expiry(u64),
    /// The server's own: active expiry, eviction.
    Server,
}

impl Cause {
    /// The client whose command runs; there is no client 0.
    pub(super) fn runs(self) -> u64 {
        match self {
            Cause::Command(id) | Cause::Expiry(id) => id,
            Cause::Server => 0,
        }
    }

    /// The client that has made the change.
    fn changer(self) -> u64 {
        match self {
            Cause::Command(id) => id,
            Cause::Expiry(_) | Cause::Server => 0,
        }
    }
}

/// A change that the client whose command runs is told of.
#[derive(Debug, PartialEq, Eq)]
pub enum Own {
    /// Of one key.
    Key(Box<[u8]>),
    /// Of all.
    Everything,
}

/// What is still to be told.
#[derive(Debug, Default)]
pub struct Told {
    /// To the client whose command runs.
    pub own: Vec<Own>,
    /// Keys for those with a prefix, and who has changed each last.
    changed: BTreeMap<Box<[u8]>, u64>,
}

impl Told {
    /// A key that somebody with a prefix wants to know of changed.
    pub(super) fn broadcast_later(&mut self, key: &[u8], cause: Cause) {
        match self.changed.get_mut(key) {
            Some(last) => *last = cause.changer(),
            None => _ = self.changed.insert(key.into(), cause.changer()),
        }
    }

    /// The command of a client is over: tells it of what it has changed itself.
    pub fn tell_own(&mut self, server: &Server, client: &ClientShared) {
        for own in self.own.drain(..) {
            match own {
                Own::Key(key) => Message::key(&key).send(server, client),
                Own::Everything => Message::everything().send(server, client),
            }
        }
    }

    /// Tells those with a prefix.
    pub fn broadcast(&mut self, server: &Server) {
        if self.changed.is_empty() {
            return;
        }
        for (prefix, clients) in server.tracking.listeners() {
            let from = (Bound::Included(&*prefix), Bound::Unbounded);
            let of_prefix =
                || self.changed.range::<[u8], _>(from).take_while(|(key, _)| key.starts_with(&prefix));
            let all: Vec<&[u8]> = of_prefix().map(|(key, _)| &**key).collect();
            if all.is_empty() {
                continue;
            }
            let mut message = Message::keys(all);
            for client in clients {
                if !client.tracking.is(mode::NOLOOP) {
                    message.send(server, &client);
                    continue;
                }
                let others = of_prefix().filter(|(_, last)| **last != client.id);
                let others: Vec<&[u8]> = others.map(|(key, _)| &**key).collect();
                if !others.is_empty() {
                    Message::keys(others).send(server, &client);
                }
            }
        }
        self.changed.clear();
    }
}
