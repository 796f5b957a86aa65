//! The change of role. Both directions happen with every shard held: no write is in flight, so the end
//! of the journal is exactly what the data shows, and a write that was admitted before and gets its lock
//! after is refused by the gate (`engine.rs` looks again once it holds its shards).

use std::sync::atomic::Ordering;

use crate::clock;
use crate::replication::ids::ReplId;
use crate::server::blocking::ROLE_CHANGED;
use crate::server::held::Held;
use crate::server::links::{Links, Master, Phase};
use crate::server::session::{KILL, UNBLOCK};
use crate::server::{Server, gate, log, random_bytes};

/// What a file says about the history its data belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Replication id.
    pub id: ReplId,
    /// Journal position.
    pub position: u64,
    /// Database selected by the stream there.
    pub db: usize,
}

/// Makes this server a replica of another one. Its own history can be continued there, if the other
/// one continues it.
pub fn follow(server: &'static Server, held: &mut Held, host: &str, port: u16) {
    assert!(held.is_all(), "a change of role needs every shard");
    let links = &server.links;
    {
        let mut state = links.state();
        let resume_db = match &state.master {
            Some(master) => master.resume_db,
            None => {
                log::notice(format_args!(
                    "Before turning into a replica, using my own master parameters to synthesize a cached master: \
                     I may be able to synchronize with the new master with just a partial transfer."
                ));
                server.journal.create_backlog();
                Some(server.journal.end_and_db().1.unwrap_or(0) as usize)
            }
        };
        state.master = Some(Master {
            host: host.to_owned(),
            port,
            phase: Phase::Connect,
            resume_db,
            down_since_ms: None,
        });
    }
    server.gates.set(gate::REPLICA | gate::LINK_DOWN, true);
    server.gates.set(gate::FEW_REPLICAS, false);
    server.config.update(|settings| settings.replicaof = Some((host.to_owned(), port)));
    changed(server);
    unblock(server);
}

/// Makes this server a master; does nothing when it is one.
pub fn lead(server: &'static Server, held: &mut Held) -> bool {
    assert!(held.is_all(), "a change of role needs every shard");
    let links = &server.links;
    {
        let mut state = links.state();
        if state.master.take().is_none() {
            return false;
        }
        // Nobody may have been told of a backlog that is not there: then there is nothing to continue.
        state.history.promote(server.journal.end(), random_bytes());
        state.alone_since_ms = clock::mono_ms();
    }
    server.journal.reset_db();
    server.gates.set(gate::REPLICA | gate::LINK_DOWN, false);
    server.config.update(|settings| settings.replicaof = None);
    links.drop_replicas();
    changed(server);
    true
}

fn changed(server: &'static Server) {
    server.links.epoch.fetch_add(1, Ordering::AcqRel);
    log::set_role(server.gates.has(gate::REPLICA));
    server.oom.follow_role(&server.config.snapshot(), server.gates.has(gate::REPLICA));
    server.links.role.raise();
    server.links.work.raise();
}

/// Clients that wait for something only a master can give wait no longer.
fn unblock(server: &'static Server) {
    server.blocking.dismiss_all(&server.keyspace, &ROLE_CHANGED);
    let blocked = |client: &crate::server::session::ClientShared| client.blocked.load(Ordering::Relaxed);
    server.clients.all().iter().filter(|client| blocked(client)).for_each(|client| client.raise(UNBLOCK));
    server.acks.raise();
}

impl Links {
    /// The data was loaded from a file that says where it came from. A master goes on with that history
    /// under a new id; a replica asks to continue there (`follow` comes later and keeps what is set here).
    pub fn restore(&self, server: &Server, origin: Origin, as_replica: bool) {
        server.journal.reset(origin.position);
        server.journal.create_backlog();
        let mut state = self.state();
        if as_replica {
            state.history.adopt(origin.id);
            server.journal.set_db(origin.db as u32);
        } else {
            state.history.restore(origin.id, origin.position);
        }
    }

    /// What a file written now, with every shard held, should say about its history; nothing when there
    /// is none that anybody else could be in.
    pub fn origin(&self, server: &Server) -> Option<Origin> {
        let (position, db) = server.journal.end_and_db();
        let state = self.state();
        let known = match &state.master {
            Some(master) => master.resume_db.is_some(),
            None => server.journal.has_backlog(),
        };
        known.then(|| Origin { id: state.history.id(), position, db: db.unwrap_or(0) as usize })
    }

    /// Ends one replica's link.
    pub fn kill(&self, link: u64) {
        if let Some(seat) = self.state().seats.get(&link) {
            seat.shared.raise(KILL);
        }
    }
}
