//! The snapshot: the data of one instant, written while commands go on, without fork.
//!
//! ```text
//!   all shards held:  begin on every shard, remember the journal's offset     (an instant)
//!   walk:             some shards at a time by turns, a hundred entries per hold of a lock
//!                     -> the shard's sink encodes them into its piece
//!                     (big values are kept as copies that share everything, and encoded under no lock)
//!   meanwhile:        a write to an entry not yet walked puts the old version into the same piece
//!   output:           pieces, each beginning with the database they are of
//! ```
//!
//! So memory beyond the data is what is encoded and not yet written: one piece per shard, which the walk
//! empties as soon as it has grown. BGSAVE, the rewrite of the append-only file and a full resync are the
//! same walk with another output.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::SHARDS;
use crate::persist::aof::base;
use crate::persist::rdb::encode::put_len;
use crate::persist::rdb::{Encoder, LruHint, opcode};
use crate::store::{EntryRef, Keyspace, Shard, SnapshotSink, ValueRef, lru};

mod big;

use big::Big;

/// Entries walked under one hold of a shard's lock: some tens of microseconds.
const WALK_ENTRIES: usize = 128;

/// Shards walked by turns. Locks are not fair: who lets go of one and takes it again at once keeps a thread
/// out that sleeps on it. So the walk comes back to a shard only after it has been elsewhere for longer than
/// it takes to wake up.
const SHARDS_AT_ONCE: usize = 8;
const _: () = assert!(SHARDS.is_multiple_of(SHARDS_AT_ONCE));

/// A piece of another shard that has grown to this size is written before that shard's turn, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// What the entries become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RDB keys.
    Rdb,
    /// Commands (a base of the append-only file without RDB preamble).
    Commands,
}

/// What of the access bits is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    None,
    /// Idle seconds (LRU policies).
    Idle,
    /// The use counter (LFU policies), which decays in so many minutes.
    Frequency(u32),
}

/// How to write a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// RDB or commands.
    pub form: Form,
    /// Compress strings.
    pub compress: bool,
    /// What of the access bits is kept.
    pub access: Access,
    /// The instant, wall clock, ms.
    pub now_ms: i64,
}

/// Why a snapshot ended early.
#[derive(Debug)]
pub enum Interrupted {
    /// The output failed.
    Io(io::Error),
    /// It was told to stop.
    Cancelled,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Interrupted::Io(e) => write!(f, "{e}"),
            Interrupted::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Interrupted {}

impl From<io::Error> for Interrupted {
    fn from(e: io::Error) -> Self {
        Interrupted::Io(e)
    }
}

/// Where a snapshot goes, and who watches it.
pub trait Output {
    /// The next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Called after each hold of a lock with the keys saved since; false stops the snapshot.
    fn go_on(&mut self, keys: u64) -> bool;
}

/// The encoded entries of one shard that are not written yet.
struct Piece {
    encoder: Encoder,
    bytes: Vec<u8>,
    /// Values to be encoded under no lock.
    big: Vec<Big>,
    /// Database of the last entry in `bytes`.
    db: Option<usize>,
    keys: u64,
}

struct ShardSink {
    options: Options,
    piece: Mutex<Piece>,
}

impl ShardSink {
    fn new(options: Options) -> ShardSink {
        let encoder = Encoder::new(options.compress);
        let piece = Piece { encoder, bytes: Vec::new(), big: Vec::new(), db: None, keys: 0 };
        ShardSink { options, piece: Mutex::new(piece) }
    }

    fn piece(&self) -> MutexGuard<'_, Piece> {
        self.piece.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges the piece's bytes for an empty buffer; returns its big values and the number of all keys.
    fn take(&self, buffer: &mut Vec<u8>) -> (Vec<Big>, u64) {
        buffer.clear();
        let mut piece = self.piece();
        std::mem::swap(buffer, &mut piece.bytes);
        piece.db = None;
        (std::mem::take(&mut piece.big), std::mem::take(&mut piece.keys))
    }

    /// Is it time to write the piece although it is not this shard's turn? Big values do not wait: while
    /// they are kept, every write to them copies a chunk.
    fn is_due(&self) -> bool {
        let piece = self.piece();
        piece.bytes.len() >= PIECE_BYTES || !piece.big.is_empty()
    }

    fn hint(&self, bits: u32) -> LruHint {
        match self.options.access {
            Access::None => LruHint::None,
            Access::Idle => LruHint::IdleSecs(u64::from(lru::lru_idle_seconds(bits, self.options.now_ms))),
            Access::Frequency(decay) => LruHint::Freq(lru::lfu_counter(bits, self.options.now_ms, decay)),
        }
    }
}

impl SnapshotSink for ShardSink {
    fn save(&self, db: usize, entry: EntryRef<'_>) {
        let hint = self.hint(entry.access());
        let form = self.options.form;
        let piece = &mut *self.piece();
        piece.keys += 1;
        if let ValueRef::Object(object) = entry.value() {
            piece.big.push(Big::keep(db, entry, object, hint));
            return;
        }
        if piece.db != Some(db) {
            piece.db = Some(db);
            put_db(&mut piece.bytes, form, db);
        }
        let (key, value, expire_ms) = (entry.key(), entry.value(), entry.expire_ms());
        match form {
            Form::Rdb => piece.encoder.key(&mut piece.bytes, key, value, expire_ms, hint),
            Form::Commands => base::put_key(&mut piece.bytes, key, value, expire_ms),
        }
    }
}

fn put_db(out: &mut Vec<u8>, form: Form, db: usize) {
    match form {
        Form::Rdb => {
            out.push(opcode::SELECT_DB);
            put_len(out, db as u64);
        }
        Form::Commands => base::put_select(out, db as u32),
    }
}

/// Keys of one database at the instant of a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DbSize {
    /// All of them.
    pub keys: u64,
    /// Those with an expiry.
    pub expires: u64,
}

/// A snapshot that has begun.
pub struct Snapshot {
    options: Options,
    sinks: Vec<Arc<ShardSink>>,
    sizes: Vec<DbSize>,
}

impl Snapshot {
    /// A snapshot of the shards that `join` will name: all of them, in order, while all are held.
    pub fn new(options: Options, dbs: usize) -> Snapshot {
        Snapshot { options, sinks: Vec::with_capacity(SHARDS), sizes: vec![DbSize::default(); dbs] }
    }

    /// Begins the snapshot of one shard.
    pub fn join(&mut self, shard: &mut Shard) {
        let sink = Arc::new(ShardSink::new(self.options));
        for (db, size) in self.sizes.iter_mut().enumerate() {
            size.keys += shard.db(db).len() as u64;
            size.expires += shard.db(db).expires_len() as u64;
        }
        shard.begin_snapshot(Arc::clone(&sink) as Arc<dyn SnapshotSink>);
        self.sinks.push(sink);
    }

    /// Keys in all databases.
    pub fn keys(&self) -> u64 {
        self.sizes.iter().map(|size| size.keys).sum()
    }

    /// Writes everything and ends the snapshot, whatever happens.
    pub fn write(self, keyspace: &Keyspace, out: &mut dyn Output) -> Result<(), Interrupted> {
        assert_eq!(self.sinks.len(), SHARDS, "a snapshot is of all shards");
        let outcome = self.write_all(keyspace, out);
        self.abandon(keyspace);
        outcome
    }

    /// Ends the snapshot.
    pub fn abandon(self, keyspace: &Keyspace) {
        for index in 0..SHARDS {
            keyspace.lock(index).end_snapshot();
        }
    }

    fn write_all(&self, keyspace: &Keyspace, out: &mut dyn Output) -> Result<(), Interrupted> {
        out.write(&self.size_hints())?;
        let mut buffer = Vec::new();
        for first in (0..SHARDS).step_by(SHARDS_AT_ONCE) {
            let mut left: Vec<usize> = (first..first + SHARDS_AT_ONCE).collect();
            while !left.is_empty() {
                let mut done = Vec::new();
                for &index in &left {
                    if keyspace.lock(index).walk(WALK_ENTRIES) {
                        done.push(index);
                    }
                    self.drain(index, &mut buffer, out)?;
                }
                left.retain(|index| !done.contains(index));
                self.drain_due(first + SHARDS_AT_ONCE, &mut buffer, out)?;
            }
        }
        Ok(())
    }

    /// Writes the pieces of shards from `first` on that do not wait for their turn.
    fn drain_due(&self, first: usize, buffer: &mut Vec<u8>, out: &mut dyn Output) -> Result<(), Interrupted> {
        for other in first..SHARDS {
            if self.sinks[other].is_due() {
                self.drain(other, buffer, out)?;
            }
        }
        Ok(())
    }

    fn drain(&self, index: usize, buffer: &mut Vec<u8>, out: &mut dyn Output) -> Result<(), Interrupted> {
        let (big, keys) = self.sinks[index].take(buffer);
        if !buffer.is_empty() {
            out.write(buffer)?;
        }
        big.into_iter().try_for_each(|value| value.write(self.options, out))?;
        if out.go_on(keys) { Ok(()) } else { Err(Interrupted::Cancelled) }
    }

    /// How many keys each database has, for readers that make room beforehand.
    fn size_hints(&self) -> Vec<u8> {
        let mut hints = Vec::new();
        if self.options.form == Form::Rdb {
            for (db, size) in self.sizes.iter().enumerate().filter(|(_, size)| size.keys > 0) {
                put_db(&mut hints, Form::Rdb, db);
                hints.push(opcode::RESIZE_DB);
                put_len(&mut hints, size.keys);
                put_len(&mut hints, size.expires);
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests;
