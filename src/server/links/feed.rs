//! Applying the master's stream: unit by unit, each with the shards of all its commands held, its bytes
//! appended to our own journal before they are let go. So what our replicas and our append-only file
//! read is exactly what the master wrote, and at every instant data and offset agree.

use std::sync::Arc;

use crate::catalog::{Command, flags};
use crate::clock;
use crate::replication::stream::{Corrupt, Kind, Stream as Units};
use crate::resp::{Args, Proto, Reply};
use crate::server::acl::Identity;
use crate::server::engine::Engine;
use crate::server::held::{Held, ShardMask};
use crate::server::session::{Class, ClientShared, Origin, Peer, Session};
use crate::server::{Server, durability, gate, unexpected};

/// Why applying ends.
#[derive(Debug)]
pub enum Stop {
    /// The stream makes no sense: what we have cannot be continued from.
    Corrupt(Corrupt),
    /// The role has changed: nothing of this stream may be applied any more.
    Superseded,
}

/// The master's commands on their way into the data.
pub struct Feed {
    server: &'static Server,
    engine: Engine,
    session: Session,
    reply: Reply,
    /// The stream.
    pub units: Units,
    epoch: u64,
    journal_db: Option<usize>,
    /// The master asked for an ACK.
    pub ack_wanted: bool,
    /// CLIENT PAUSE holds the next unit back.
    pub paused: bool,
}

impl Feed {
    /// A feed that begins at a journal position, with this database selected.
    pub fn new(
        server: &'static Server,
        shared: Arc<ClientShared>,
        position: u64,
        db: usize,
        epoch: u64,
    ) -> Feed {
        let mut session = Session::new(shared, Origin::Master, true, Identity::server());
        session.authenticated = true;
        session.select(db);
        Feed {
            engine: Engine::new(server, server.main_stats()),
            server,
            session,
            reply: Reply::new(Vec::new(), Proto::Resp2),
            units: Units::new(position),
            epoch,
            journal_db: None,
            ack_wanted: false,
            paused: false,
        }
    }

    /// The selected database.
    pub fn db(&self) -> usize {
        self.session.db
    }

    /// Applies every complete unit that has arrived.
    pub fn apply_all(&mut self) -> Result<(), Stop> {
        self.engine.refresh();
        while self.apply_one()? {}
        self.server.journal.wake();
        durability::write_through(self.server);
        Ok(())
    }

    fn apply_one(&mut self) -> Result<bool, Stop> {
        let Feed { server, engine, session, reply, units, epoch, paused, .. } = self;
        let Some(unit) = units.next_unit().map_err(Stop::Corrupt)? else { return Ok(false) };
        *paused = server.gates.has(gate::PAUSED)
            && server
                .pause
                .holds_stream(|| unit.commands().filter_map(|args| engine.resolve(args).ok()).any(writes));
        if *paused {
            return Ok(false);
        }
        let executes = matches!(unit.kind, Kind::Command | Kind::Transaction);
        let mut mask: ShardMask = 0;
        if executes {
            for args in unit.commands() {
                mask |= engine.resolve(args).map_or(0, |command| engine.lock_mask(session, command, args));
            }
        }
        let runs_script = |args| engine.resolve(args).is_ok_and(|command| command.is(flags::RUNS_SCRIPT));
        let _turn = (executes && unit.commands().any(runs_script))
            .then(|| server.scripts.take_turn(&server.keyspace));
        // A unit without keys holds a shard too: a change of role holds them all.
        let mut held = server.blocking.hold(&server.keyspace, mask.max(1));
        if server.links.epoch() != *epoch {
            return Err(Stop::Superseded);
        }
        if executes {
            for args in unit.commands() {
                execute(server, engine, session, reply, args, &mut held);
            }
        }
        server.journal.append_raw(unit.raw, unit.class);
        if let Kind::Select(db) = unit.kind {
            session.select((db as usize).min(server.keyspace.dbs().saturating_sub(1)));
        }
        self.ack_wanted |= unit.kind == Kind::GetAck;
        if self.journal_db != Some(self.session.db) {
            self.journal_db = Some(self.session.db);
            self.server.journal.set_db(self.session.db as u32);
        }
        self.engine.serve_waiters(&mut held);
        drop(held);
        self.engine.broadcast();
        self.units.applied();
        Ok(true)
    }
}

fn writes(command: &Command) -> bool {
    command.flags & (flags::WRITE | flags::MAY_REPLICATE) != 0
}

/// Runs one command of the master. An error means that our data is not the master's any more, or never
/// was: it is logged as loudly as Redis does, and counted.
fn execute(
    server: &Server,
    engine: &mut Engine,
    session: &mut Session,
    reply: &mut Reply,
    args: Args<'_>,
    held: &mut Held,
) {
    match engine.resolve(args) {
        Ok(command) => {
            engine.apply_held(session, command, args, reply, held);
        }
        Err((_, fault)) => reply.error(fault.as_str()),
    }
    unexpected::note(server, "replica is sending an error to its master", reply.as_bytes(), args);
    reply.truncate(0);
}

/// The client that stands for the master in CLIENT LIST, and can be killed there.
pub fn client(server: &Server, addr: String, laddr: String, fd: i32) -> Arc<ClientShared> {
    let peer = Peer { addr, laddr, fd };
    let shared = ClientShared::new(server.clients.next_id(), peer, clock::wall_ms(), clock::mono_ms());
    shared.class.store(Class::Master as u32, std::sync::atomic::Ordering::Relaxed);
    let shared = Arc::new(shared);
    server.clients.add(&shared);
    shared
}
