//! Which shards a command needs: those of its keys, all of them, or none; of a transaction, those of all its commands.

use crate::catalog::{self, Command, Group, Touches};
use crate::resp::Args;
use crate::server::admit;
use crate::server::ctx::HashedKey;
use crate::server::held::{ALL_SHARDS, ShardMask};
use crate::server::session::Session;

use super::Engine;

impl Engine {
    /// Which shards a command needs.
    pub fn lock_mask(&mut self, session: &Session, command: &'static Command, args: Args<'_>) -> ShardMask {
        if !admit::is_exec(command) {
            return self.mask_of(command, args, false);
        }
        let Some(tx) = session.tx.as_ref() else { return 0 };
        let mut mask = 0;
        for queued in &tx.queue {
            mask |= self.mask_of(queued.command, queued.args.as_args(), true);
        }
        let watched = session.watched.iter().flat_map(|w| &w.keys).map(|w| self.shard_bit(&w.key));
        watched.fold(mask, |all, one| all | one)
    }

    /// The shards of one command; inside a transaction what would lock on its own takes all.
    pub(super) fn mask_of(
        &mut self,
        command: &'static Command,
        args: Args<'_>,
        in_transaction: bool,
    ) -> ShardMask {
        match catalog::touches(command, args.len(), |i| args.at(i)) {
            Touches::FirstArgument => self.shard_bit(args.at(1)),
            Touches::Listed | Touches::ListedOrEverything => self.listed(command, args),
            Touches::Nothing if in_transaction && looks_around(command) => ALL_SHARDS,
            Touches::Nothing => 0,
            Touches::Everything if walks(command) && !in_transaction => 0,
            Touches::Everything => ALL_SHARDS,
        }
    }

    /// The shards of the keys that the catalog finds.
    pub(super) fn listed(&mut self, command: &'static Command, args: Args<'_>) -> ShardMask {
        self.find_keys(command, args);
        self.keys.iter().fold(0, |mask, key| mask | self.shard_bit(args.at(key.at)))
    }

    /// The keys that the catalog finds, into `self.keys`.
    pub(super) fn find_keys(&mut self, command: &'static Command, args: Args<'_>) {
        self.keys.clear();
        catalog::keys_to_lock(command, args.len(), |i| args.at(i), &mut self.keys);
    }

    /// The shards of keys that were hashed with the batch.
    pub(super) fn known_mask(&self, known: &[HashedKey]) -> ShardMask {
        known.iter().fold(0, |mask, key| mask | 1 << self.server.keyspace.shard_of(key.hash))
    }

    pub(super) fn shard_bit(&self, key: &[u8]) -> ShardMask {
        let keyspace = &self.server.keyspace;
        1 << keyspace.shard_of(keyspace.hash(key))
    }
}

/// Commands without keys that may yet look at shards (INFO, DBSIZE, BGSAVE, CONFIG SET appendonly ...). Alone
/// they lock what they look at; inside a transaction everything must be held beforehand.
fn looks_around(command: &Command) -> bool {
    matches!(command.group, Group::Server | Group::Generic)
}

/// These lock what they visit themselves: one shard at a time, or all of them.
fn walks(command: &Command) -> bool {
    matches!(command.full_name, "scan" | "debug" | "info" | "memory|stats" | "memory|doctor")
}
