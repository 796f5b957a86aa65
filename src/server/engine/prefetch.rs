//! Brings the cache lines that a batch of requests is going to touch near before they are needed, so that
//! their misses overlap: a step for all requests, then the next step for all.
//!
//! ```text
//! key       bucket -> entry                      (-> entry in the bucket's child, one key in eight)
//! member             -> way to it -> the member    of a big set, hash or sorted set
//! ```
//!
//! Keys of one shard, and neighbours in the batch that are of one key, share a lock: locking costs more than
//! a step, most of all when another worker had the lock last.

use super::{Engine, Request};
use crate::catalog::{Command, Group, Touches};
use crate::limits::{PREFETCH_KEYS_MAX, SHARDS};
use crate::resp::{Args, Span};
use crate::server::commands::zset::score_arg;
use crate::server::ctx::HashedKey;
use crate::server::held::ShardMask;
use crate::server::session::Session;
use crate::store::{Db, Keyspace, Object, ValueRef, Wanted};

/// A lock is fetched so many keys before it is taken: another worker may have its line, and to wait for that
/// costs as much as a step.
const LOCKS_AHEAD: usize = 8;

/// What one prefetch needs to remember from step to step.
#[derive(Default)]
pub(super) struct Scratch {
    shards: ByShard,
    /// Keys whose entry takes one more step.
    later: Vec<HashedKey>,
    /// Values that requests look into: each with its part of `wanted`.
    values: Vec<Looked>,
    /// Members that requests name.
    wanted: Vec<Wanted>,
}

/// A value that neighbouring requests look into.
struct Looked {
    /// The first of them.
    request: usize,
    key_hash: u64,
    /// Where their members end in the list of all.
    end: usize,
    /// Elements they take from the front, and from the back.
    popped: [usize; 2],
}

/// What a request looks at inside the value of its key.
enum Look {
    Member(Wanted),
    First,
    Last,
}

/// What a command with one key looks at inside its value.
fn look(command: &Command, args: Args<'_>) -> Option<Look> {
    let wanted = |at: usize, score| {
        (at < args.len()).then(|| Look::Member(Wanted { hash: Object::member_hash(args.at(at)), score }))
    };
    match (command.group, command.full_name) {
        (Group::Hash | Group::Set, _) => wanted(2, None),
        (Group::SortedSet, "zadd") if args.len() == 4 => wanted(3, score_arg(args.at(2)).ok()),
        (Group::SortedSet, "zincrby") => wanted(3, None),
        (Group::SortedSet, "zscore" | "zrem" | "zrank" | "zrevrank") => wanted(2, None),
        (Group::SortedSet, "zpopmin") => Some(Look::First),
        (Group::SortedSet, "zpopmax") => Some(Look::Last),
        _ => None,
    }
}

/// Keys by shard: through those of one goes a list.
#[derive(Default)]
struct ByShard {
    /// Which shards have keys, a bit each.
    present: ShardMask,
    /// The first key of each of those.
    first: Vec<usize>,
    /// The key after each; the last one is its own.
    next: Vec<usize>,
}

impl ByShard {
    fn sort(&mut self, keyspace: &Keyspace, keys: &[HashedKey]) {
        self.present = 0;
        self.first.resize(SHARDS, 0);
        self.next.clear();
        for (at, key) in keys.iter().enumerate() {
            let shard = keyspace.shard_of(key.hash);
            let alone = self.present & 1 << shard == 0;
            self.next.push(if alone { at } else { self.first[shard] });
            self.first[shard] = at;
            self.present |= 1 << shard;
        }
    }

    /// Runs a step for each key that was sorted, with one lock for those of a shard.
    fn each(
        &self,
        keyspace: &Keyspace,
        db: usize,
        keys: &[HashedKey],
        mut step: impl FnMut(&Db, &HashedKey),
    ) {
        let mut soon = bits(self.present);
        soon.by_ref().take(LOCKS_AHEAD).for_each(|shard| keyspace.prefetch_lock(shard));
        for shard in bits(self.present) {
            if let Some(shard) = soon.next() {
                keyspace.prefetch_lock(shard);
            }
            let held = keyspace.lock(shard);
            let mut at = self.first[shard];
            loop {
                step(held.db(db), &keys[at]);
                if self.next[at] == at {
                    break;
                }
                at = self.next[at];
            }
        }
    }
}

/// The numbers of the bits that are set.
fn bits(mut mask: ShardMask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (bit < ShardMask::BITS).then_some(bit as usize)
    })
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

    /// Fetches the lock of a request that runs soon after this one.
    pub(super) fn prefetch_lock(&self, requests: &[Request], at: usize) {
        let soon = requests.get(at + LOCKS_AHEAD).and_then(|request| self.hashes.get(request.hashed.start));
        if let Some(key) = soon {
            self.server.keyspace.prefetch_lock(self.server.keyspace.shard_of(key.hash));
        }
    }

    fn prefetch_entries(&mut self, db: usize) {
        let (keyspace, keys, Scratch { shards, later, .. }) =
            (&self.server.keyspace, &self.hashes, &mut self.near);
        later.clear();
        shards.sort(keyspace, keys);
        shards.each(keyspace, db, keys, |db, key| db.prefetch_bucket(key.hash));
        shards.each(keyspace, db, keys, |db, key| {
            if db.prefetch_entry(key.hash) {
                later.push(*key);
            }
        });
        shards.sort(keyspace, later);
        shards.each(keyspace, db, later, |db, key| db.prefetch_child_entry(key.hash));
    }

    /// The same for the members that commands name first, and for the elements they pop.
    fn prefetch_members(&mut self, db: usize, input: &[u8]) {
        self.name_members(input);
        let (keyspace, mut start) = (&self.server.keyspace, 0);
        for looked in &self.near.values {
            let key = args_of(&self.requests[looked.request], input, &self.spans).at(1);
            let shard = keyspace.lock(keyspace.shard_of(looked.key_hash));
            let entry = shard.db(db).get(looked.key_hash, key);
            if let Some(ValueRef::Object(object)) = entry.map(|entry| entry.value()) {
                object.prefetch(&self.near.wanted[start..looked.end]);
                for (count, last) in looked.popped.into_iter().zip([false, true]) {
                    if count > 0 {
                        object.prefetch_ends(count, last);
                    }
                }
            }
            start = looked.end;
        }
    }

    /// Notes and hashes the members.
    fn name_members(&mut self, input: &[u8]) {
        let Scratch { values, wanted, .. } = &mut self.near;
        values.clear();
        wanted.clear();
        for (index, request) in self.requests.iter().enumerate() {
            let &[key] = self.hashes.get(request.hashed.clone()).unwrap_or_default() else { continue };
            let found = request.command.and_then(|c| look(c, args_of(request, input, &self.spans)));
            let Some(found) = found else { continue };
            if values.last().is_none_or(|last| last.key_hash != key.hash) {
                values.push(Looked { request: index, key_hash: key.hash, end: 0, popped: [0; 2] });
            }
            let Some(value) = values.last_mut() else { continue };
            match found {
                Look::Member(member) => wanted.push(member),
                Look::First => value.popped[0] += 1,
                Look::Last => value.popped[1] += 1,
            }
            value.end = wanted.len();
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
