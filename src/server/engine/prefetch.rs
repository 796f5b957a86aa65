//! Brings the cache lines that a batch of requests is going to touch near before they are needed, so that
//! their misses overlap: a step for all requests, then the next step for all.
//!
//! ```text
//! key       bucket -> entry                      (-> entry in the bucket's child, one key in eight)
//! member             -> way to it -> the member    of a big set, hash or sorted set
//! ```
//!
//! Neighbours in the batch that are of one shard, or even of one key, share a lock: locking costs more than
//! a step.

use super::{Engine, Request};
use crate::catalog::{self, Command, Group, Touches};
use crate::limits::PREFETCH_KEYS_MAX;
use crate::resp::{Args, Span};
use crate::server::ctx::HashedKey;
use crate::server::session::Session;
use crate::store::{Db, Keyspace, Object, ValueRef};

/// What one prefetch needs to remember from step to step.
#[derive(Default)]
pub(super) struct Scratch {
    /// Keys whose entry takes one more step.
    later: Vec<HashedKey>,
    /// Members that requests name, beside their keys.
    members: Vec<Named>,
}

/// A member that a request names.
struct Named {
    request: usize,
    key_hash: u64,
    member_hash: u64,
}

/// Which argument of a command is a member of the value.
fn member_at(command: &Command, argc: usize) -> Option<usize> {
    let at = match (command.group, command.full_name) {
        (Group::Hash | Group::Set, _) => 2,
        _ => return None,
    };
    (at < argc).then_some(at)
}

/// Runs a step for each key, under one lock where neighbours are of one shard.
fn each(keyspace: &Keyspace, db: usize, keys: &[HashedKey], mut step: impl FnMut(&Db, &HashedKey)) {
    let shard_of = |key: &HashedKey| keyspace.shard_of(key.hash);
    for keys in keys.chunk_by(|a, b| shard_of(a) == shard_of(b)) {
        let shard = keyspace.lock(shard_of(&keys[0]));
        keys.iter().for_each(|key| step(shard.db(db), key));
    }
}

impl Engine {
    /// Hashes the keys of the batch and fetches what its requests will touch.
    pub(super) fn prefetch(&mut self, session: &Session, input: &[u8]) {
        self.hash_keys(input);
        let Some((first, rest)) = self.hashes.split_first() else { return };
        if rest.is_empty() {
            return;
        }
        if rest.iter().any(|key| key.hash != first.hash) {
            self.prefetch_entries(session.db);
        }
        self.prefetch_members(session.db, input);
    }

    fn prefetch_entries(&mut self, db: usize) {
        let (keyspace, keys, later) = (&self.server.keyspace, &self.hashes, &mut self.near.later);
        later.clear();
        each(keyspace, db, keys, |db, key| db.prefetch_bucket(key.hash));
        each(keyspace, db, keys, |db, key| {
            if db.prefetch_entry(key.hash) {
                later.push(*key);
            }
        });
        each(keyspace, db, later, |db, key| db.prefetch_child_entry(key.hash));
    }

    /// The same for the members that commands on sets and hashes name first.
    fn prefetch_members(&mut self, db: usize, input: &[u8]) {
        self.name_members(input);
        let keyspace = &self.server.keyspace;
        for named in self.near.members.chunk_by(|a, b| a.key_hash == b.key_hash) {
            let hash = named[0].key_hash;
            let key = args_of(&self.requests[named[0].request], input, &self.spans).at(1);
            let shard = keyspace.lock(keyspace.shard_of(hash));
            let entry = shard.db(db).get(hash, key);
            if let Some(ValueRef::Object(object)) = entry.map(|entry| entry.value()) {
                fetch(object, named);
            }
        }
    }

    /// Notes and hashes the members.
    fn name_members(&mut self, input: &[u8]) {
        self.near.members.clear();
        for (index, request) in self.requests.iter().enumerate() {
            let at = request.command.and_then(|command| member_at(command, request.argc));
            let Some(at) = at else { continue };
            let &[key] = self.hashes.get(request.hashed.clone()).unwrap_or_default() else { continue };
            let member = args_of(request, input, &self.spans).at(at);
            let member_hash = Object::member_hash(member);
            self.near.members.push(Named { request: index, key_hash: key.hash, member_hash });
        }
    }

    /// Hashes the keys of the batch's requests.
    fn hash_keys(&mut self, input: &[u8]) {
        self.hashes.clear();
        let (mut requests, spans) = (std::mem::take(&mut self.requests), std::mem::take(&mut self.spans));
        for request in &mut requests {
            let Some(command) = request.command.filter(|_| request.argc > 1) else { continue };
            let args = args_of(request, input, &spans);
            let first = self.hashes.len();
            match command.touches {
                Touches::FirstArgument => self.hash_key(args.at(1)),
                Touches::Listed => self.hash_listed(command, args),
                _ => {}
            }
            if self.hashes.len() >= PREFETCH_KEYS_MAX {
                self.hashes.truncate(PREFETCH_KEYS_MAX); // those are fetched; no request counts on them
                break;
            }
            request.hashed = first..self.hashes.len();
        }
        (self.requests, self.spans) = (requests, spans);
    }

    fn hash_key(&mut self, key: &[u8]) {
        self.hashes.push(HashedKey::new(key, self.server.keyspace.hash(key)));
    }

    fn hash_listed(&mut self, command: &'static Command, args: Args<'_>) {
        self.find_keys(command, args);
        let keys = std::mem::take(&mut self.keys);
        for key in keys.iter().take(PREFETCH_KEYS_MAX) {
            self.hash_key(args.at(key.at));
        }
        self.keys = keys;
    }
}

fn args_of<'a>(request: &Request, input: &'a [u8], spans: &'a [Span]) -> Args<'a> {
    Args::new(input, &spans[request.first_span..][..request.argc])
}

/// Fetches members of one value.
fn fetch(object: &Object, named: &[Named]) {
    named.iter().for_each(|one| object.prefetch_way(one.member_hash));
    named.iter().for_each(|one| object.prefetch_member(one.member_hash));
}
