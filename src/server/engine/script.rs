//! What the engine does for scripts: their turn, the words of commands they call, and the answers to others while one
//! is busy.

use crate::catalog::{Command, flags};
use crate::replication::Class;
use crate::resp::{Args, Reply};
use crate::server::admit;
use crate::server::ctx::{Handler, Hurdle, Next};
use crate::server::gate;
use crate::server::held::ShardMask;
use crate::server::scripting::Turn;
use crate::server::session::Session;

use super::Engine;

/// Where the engine was when a script began.
pub struct Lap {
    mono_ns: u64,
    current: std::ops::Range<usize>,
}

impl Engine {
    /// An engine that stands in for a worker's own: it answers what may be answered while a script is busy.
    pub fn for_busy(mut self) -> Engine {
        self.only_busy = true;
        self
    }

    /// The turn of a command that runs a script, itself or as a part of the transaction it executes. Taken before shards.
    pub fn turn_for(&self, session: &Session, command: &'static Command) -> Option<Turn> {
        let runs = match session.tx.as_ref() {
            Some(tx) if admit::is_exec(command) => tx.flags & flags::RUNS_SCRIPT != 0,
            _ => command.is(flags::RUNS_SCRIPT),
        };
        runs.then(|| self.server.scripts.take_turn(&self.server.keyspace))
    }

    /// What becomes of a command while a script is busy; `None` when it runs as always.
    #[cold]
    pub(super) fn while_busy(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        args: Args<'_>,
        reply: &mut Reply,
    ) -> Option<Next> {
        if admit::is_busy(self.server, session, command) {
            let fault = self.server.scripts.running.busy_fault();
            admit::refuse(self.server, session, Some(command), &fault, reply, Some(&self.stats));
            return Some(Next::Continue);
        }
        let waits = !self.server.gates.has(gate::BUSY) || self.lock_mask(session, command, args) != 0;
        (self.only_busy && waits).then_some(Next::Paused(Hurdle::Busy))
    }

    /// A command as a script names it, by the name that clients use; or, when it gets no further, the command whose
    /// arguments are wrong, if it is known.
    pub fn resolve_as_client(
        &self,
        args: Args<'_>,
    ) -> Result<(&'static Command, Handler), Option<&'static Command>> {
        admit::resolve(self.server.names.lookup(args.at(0)), args, self.handlers).map_err(|(known, _)| known)
    }

    /// The command that words mean, whatever their number.
    pub fn find(&self, args: Args<'_>) -> Option<&'static Command> {
        match self.resolve_as_client(args) {
            Ok((command, _)) => Some(command),
            Err(known) => known,
        }
    }

    /// The shards of a command that runs inside a script.
    pub fn mask_inside(&mut self, command: &'static Command, args: Args<'_>) -> ShardMask {
        self.mask_of(command, args, true)
    }

    /// A script begins: none of the batch's hashes are those of its keys, and its time is its own.
    pub fn begin_script(&mut self) -> Lap {
        Lap { mono_ns: self.mono_ns, current: std::mem::replace(&mut self.current, 0..0) }
    }

    /// The script has ended: the time of its commands is a part of its own.
    pub fn end_script(&mut self, lap: Lap) {
        self.mono_ns = lap.mono_ns;
        self.current = lap.current;
    }

    /// Number of effects of the unit so far.
    pub fn effects(&self) -> usize {
        self.unit.len()
    }

    /// Gives the effects from the `first` on another class.
    pub fn restrict_effects(&mut self, first: usize, class: Class) {
        self.unit.restrict(first, class);
    }

    /// Drops the effects of the unit, of which nothing is to be kept.
    pub fn forget_effects(&mut self) {
        self.unit.clear();
    }
}
