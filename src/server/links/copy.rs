//! A full copy of the data: the snapshot walk as RDB bytes, on its way into a file or to sockets, and an
//! RDB file as the data of this server.
//!
//! ```text
//!   begin (all shards held)          thread "copy"                     links
//!   epoch raised, position noted ->  walk shard by shard, encode  -->  CopyFile, sent when complete
//!                                    old versions from writers    -->  Spool, sent while it grows
//! ```

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock;
use crate::limits::{SHARDS, SPOOL_BYTES_MAX};
use crate::persist::rdb::writer::Options;
use crate::persist::rdb::{self, Encoder, Event, LruHint, RdbReader, RdbWriter, StrValue, Value};
use crate::replication::{Class, Journal, Reader, Wants};
use crate::server::Server;
use crate::server::config::REDIS_VERSION;
use crate::server::held::Held;
use crate::server::links::role::Origin;
use crate::server::sync::locked;
use crate::store::{EntryRef, SnapshotSink, Str, ValueRef};

/// Entries delivered under one hold of a shard's lock.
const WALK_ENTRIES: usize = 256;

/// Encoded bytes gathered before they are written.
const GATHER_BYTES: usize = 64 * 1024;

/// Where a link gets its copy from.
#[derive(Debug)]
pub enum Source {
    /// A file, once it is complete.
    File(Arc<CopyFile>),
    /// Bytes as they are made.
    Spool(Arc<Spool>, Reader),
}

/// A copy in a file; the file goes when nobody needs it any more.
#[derive(Debug)]
pub struct CopyFile {
    path: PathBuf,
}

impl CopyFile {
    /// A file to be written.
    pub fn new(path: PathBuf) -> Arc<CopyFile> {
        Arc::new(CopyFile { path })
    }

    /// Opens it for reading.
    pub fn open(&self) -> io::Result<(File, u64)> {
        let file = File::open(&self.path)?;
        let len = file.metadata()?.len();
        Ok((file, len))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for CopyFile {
    fn drop(&mut self) {
        // Nothing to be done about a temporary file that cannot be removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A copy on its way to several sockets: a journal of its own, whose readers are the links. What the
/// slowest has not read yet is kept, up to a limit at which the walk waits.
#[derive(Debug)]
pub struct Spool {
    journal: Arc<Journal>,
    state: AtomicU8,
}

const GROWING: u8 = 0;
const COMPLETE: u8 = 1;
const BROKEN: u8 = 2;

impl Spool {
    /// An empty spool and one reader for each link.
    pub fn new(links: usize) -> (Arc<Spool>, Vec<Reader>) {
        let journal = Journal::new(0);
        let readers = (0..links).map(|_| journal.subscribe(Wants::All)).collect();
        (Arc::new(Spool { journal, state: AtomicU8::new(GROWING) }), readers)
    }

    /// Nothing more will come; what is there is the whole copy, or is worth nothing.
    fn end(&self, whole: bool) {
        self.state.store(if whole { COMPLETE } else { BROKEN }, Ordering::Release);
        // A reader waits for bytes: an empty piece of news must wake it too.
        self.journal.append_raw(b"", Class::Data);
        self.journal.wake();
    }

    /// True when the last byte is in the spool. Ask before reading: then "no more" means the end.
    pub fn is_complete(&self) -> bool {
        self.state.load(Ordering::Acquire) == COMPLETE
    }

    /// True when the copy cannot be finished.
    pub fn is_broken(&self) -> bool {
        self.state.load(Ordering::Acquire) == BROKEN
    }

    /// Bytes put in so far.
    pub fn len(&self) -> u64 {
        self.journal.end()
    }

    /// True before the first byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts bytes in; waits while the slowest link is too far behind.
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        while self.journal.usage().memory > SPOOL_BYTES_MAX {
            std::thread::sleep(Duration::from_millis(1));
        }
        if !self.journal.active() {
            return Err(io::Error::other("the last replica has gone"));
        }
        self.journal.append_raw(bytes, Class::Data);
        self.journal.wake();
        Ok(())
    }
}

/// The writing end of a spool: header, copy, mark.
pub struct SpoolWriter<'s>(&'s Spool);

impl Write for SpoolWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A snapshot that has begun: the data as it was when every shard was held.
pub struct Walk {
    server: &'static Server,
    sink: Arc<Sink>,
    origin: Option<Origin>,
    /// Keys, and keys with an expiry, of each database.
    sizes: Vec<(u64, u64)>,
    _turn: Turn,
}

/// One snapshot at a time: the store ends a running one when another begins.
struct Turn;

static BUSY: AtomicBool = AtomicBool::new(false);

impl Turn {
    fn take() -> Option<Turn> {
        (!BUSY.swap(true, Ordering::AcqRel)).then_some(Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        BUSY.store(false, Ordering::Release);
    }
}

/// Where entries arrive, under their shard's lock: encoded at once, by database.
struct Sink {
    gathered: Mutex<Gathered>,
    bytes: AtomicU64,
}

struct Gathered {
    encoder: Encoder,
    dbs: Vec<Vec<u8>>,
}

impl SnapshotSink for Sink {
    fn save(&self, db: usize, entry: EntryRef<'_>) {
        let mut gathered = locked(&self.gathered);
        let Gathered { encoder, dbs } = &mut *gathered;
        if dbs.len() <= db {
            dbs.resize_with(db + 1, Vec::new);
        }
        let before = dbs[db].len();
        let value = match entry.value() {
            ValueRef::Int(number) => StrValue::Int(number),
            ValueRef::Str(bytes) => StrValue::Bytes(bytes),
        };
        encoder.string_key(&mut dbs[db], entry.key(), value, entry.expire_ms(), LruHint::None);
        self.bytes.fetch_add((dbs[db].len() - before) as u64, Ordering::Relaxed);
    }
}

impl Walk {
    /// Begins a snapshot; none while another one runs.
    pub fn begin(server: &'static Server, held: &mut Held, compress: bool) -> Option<Walk> {
        assert!(held.is_all(), "a snapshot begins with every shard held");
        let turn = Turn::take()?;
        let gathered = Mutex::new(Gathered { encoder: Encoder::new(compress), dbs: Vec::new() });
        let sink = Arc::new(Sink { gathered, bytes: AtomicU64::new(0) });
        let mut sizes = vec![(0, 0); server.keyspace.dbs()];
        for index in 0..SHARDS {
            let shard = held.shard(index);
            for (db, size) in sizes.iter_mut().enumerate() {
                size.0 += shard.db(db).len() as u64;
                size.1 += shard.db(db).expires_len() as u64;
            }
            shard.begin_snapshot(Arc::clone(&sink) as Arc<dyn SnapshotSink>);
        }
        Some(Walk { server, sink, origin: server.links.origin(server), sizes, _turn: turn })
    }

    /// Walks the shards and writes everything to `out`.
    pub fn write(self, out: impl Write, options: Options) -> io::Result<()> {
        let outcome = self.write_all(out, options);
        for index in 0..SHARDS {
            self.server.keyspace.lock(index).end_snapshot();
        }
        outcome
    }

    fn write_all(&self, out: impl Write, options: Options) -> io::Result<()> {
        let mut rdb = RdbWriter::new(out, options)?;
        self.header(&mut rdb)?;
        for index in 0..SHARDS {
            while !self.server.keyspace.lock(index).walk(WALK_ENTRIES) {
                if self.sink.bytes.load(Ordering::Relaxed) >= GATHER_BYTES as u64 {
                    self.drain(&mut rdb)?;
                }
            }
        }
        self.drain(&mut rdb)?;
        rdb.finish().map(drop)
    }

    fn header<W: Write>(&self, rdb: &mut RdbWriter<W>) -> io::Result<()> {
        rdb.aux("redis-ver", REDIS_VERSION.as_bytes())?;
        rdb.aux("redis-bits", b"64")?;
        rdb.aux("ctime", (clock::wall_ms() / 1000).to_string().as_bytes())?;
        rdb.aux("used-mem", crate::store::used_memory().to_string().as_bytes())?;
        if let Some(origin) = self.origin {
            rdb.aux("repl-stream-db", origin.db.to_string().as_bytes())?;
            rdb.aux("repl-id", origin.id.as_bytes())?;
            rdb.aux("repl-offset", origin.position.to_string().as_bytes())?;
        }
        rdb.aux("aof-base", b"0")?;
        for (db, (keys, expires)) in self.sizes.iter().enumerate().filter(|(_, size)| size.0 > 0) {
            rdb.select_db(db as u32)?;
            rdb.resize_db(*keys, *expires)?;
        }
        Ok(())
    }

    /// Writes what has been gathered, database by database.
    fn drain<W: Write>(&self, rdb: &mut RdbWriter<W>) -> io::Result<()> {
        let dbs = {
            let mut gathered = locked(&self.sink.gathered);
            self.sink.bytes.store(0, Ordering::Relaxed);
            std::mem::take(&mut gathered.dbs)
        };
        for (db, bytes) in dbs.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
            rdb.select_db(db as u32)?;
            rdb.encoded(bytes)?;
        }
        Ok(())
    }
}

/// Writes a snapshot into a file.
pub fn to_file(walk: Walk, file: &CopyFile, options: Options) -> io::Result<()> {
    let out = File::create(file.path())?;
    walk.write(out, options)
}

/// Writes a snapshot into a spool, between a header and the mark that ends it.
pub fn to_spool(walk: Walk, spool: &Spool, mark: &[u8], options: Options) -> io::Result<()> {
    let write = || {
        let header = [b"$EOF:".as_slice(), mark, b"\r\n"].concat();
        spool.put(&header)?;
        walk.write(SpoolWriter(spool), options)?;
        spool.put(mark)
    };
    let outcome = write();
    spool.end(outcome.is_ok());
    outcome
}

/// What a loaded file said besides its keys.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The database the stream has selected behind it.
    pub stream_db: Option<usize>,
    /// Keys loaded.
    pub keys: u64,
}

/// Reads a file to its end without keeping anything: an error here leaves the old data alone.
pub fn check(server: &Server, path: &Path) -> Result<(), String> {
    let settings = server.config.snapshot();
    let file = File::open(path).map_err(|e| e.to_string())?;
    let summary = rdb::check::check(file, settings.rdbchecksum).map_err(|e| e.to_string())?;
    match summary.highest_db {
        Some(db) if db as usize >= server.keyspace.dbs() => {
            let dbs = server.keyspace.dbs();
            Err(format!("the file has keys in database {db}, and this server has {dbs} databases"))
        }
        _ => Ok(()),
    }
}

/// Adds the keys of a file, which was checked, to the empty keyspace.
pub fn load(server: &Server, path: &Path) -> Result<Loaded, String> {
    let settings = server.config.snapshot();
    let file = File::open(path).map_err(|e| e.to_string())?;
    let source = BufReader::with_capacity(GATHER_BYTES, file);
    // The sum was verified by `check`.
    let mut reader = RdbReader::new(source, false).map_err(|e| e.to_string())?;
    let access = crate::server::ctx::fresh_access(&settings, clock::wall_ms());
    let mut loaded = Loaded::default();
    loop {
        match reader.next_event().map_err(|e| e.to_string())? {
            Event::Key(key) => {
                let Value::Str(value) = key.value;
                let value = match value {
                    StrValue::Int(number) => Str::Int(number),
                    StrValue::Bytes(bytes) => Str::encode(bytes),
                };
                let hash = server.keyspace.hash(key.key);
                let mut shard = server.keyspace.lock(server.keyspace.shard_of(hash));
                shard.db_mut(key.db as usize).insert(hash, key.key, value, key.expire_ms, access);
                loaded.keys += 1;
            }
            Event::Aux { key: b"repl-stream-db", value } => {
                loaded.stream_db = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            }
            Event::End(_) => return Ok(loaded),
            _ => {}
        }
    }
}
