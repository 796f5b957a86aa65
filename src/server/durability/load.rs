//! Loading: an RDB file or the parts of the append-only file, into the keyspace.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock;
use crate::limits::{BATCH_REQUESTS_MAX, READ_CHUNK_BYTES, SHARDS};
use crate::persist::aof::load::{Loaded, Loader, Target};
use crate::persist::aof::manifest::BaseForm;
use crate::persist::rdb::reader::KeyEvent;
use crate::persist::rdb::{Event, LruHint, RdbReader, RdbWriter, StrValue, Value};
use crate::replication::{Unit, Wants};
use crate::resp::{Args, Proto, Reply};
use crate::server::acl::Identity;
use crate::server::commands::fit::Fit;
use crate::server::config::{MaxmemoryPolicy, Settings};
use crate::server::durability::aof::{self, JournalSource, Teller};
use crate::server::durability::{follow_settings, rdb_path, storage};
use crate::server::engine::Engine;
use crate::server::scripting::{functions::Libraries, library};
use crate::server::session::{ClientShared, Origin, Peer, Session};
use crate::server::{Server, gate, log, unexpected};
use crate::store::{Inserted, Keyspace, OwnedEntry, OwnedValue, Str, expiry, lru};

/// How far loading has come, for INFO.
#[derive(Debug, Default)]
pub struct Progress {
    /// Wall time it began, seconds.
    pub since_s: AtomicI64,
    /// Bytes to load.
    pub total: AtomicU64,
    /// Bytes loaded.
    pub loaded: AtomicU64,
    /// Keys that the last RDB file gave.
    pub keys_loaded: AtomicU64,
    /// Keys of it that were passed over because their time was over.
    pub keys_expired: AtomicU64,
}

/// What to do with keys while an RDB file is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Keys that are there already are replaced instead of being an error (DEBUG RELOAD MERGE).
    pub merge: bool,
    /// Keys whose time is over are kept (a replica's copy, the base of an append-only file).
    pub keep_expired: bool,
    /// The file was checked before: its sum needs no second look.
    pub trusted: bool,
    /// The file is what this server was when it ended: its replication history is taken up, and keys
    /// whose time is over are deleted for its replicas too.
    pub resumes: bool,
}

/// Empty keys of a file that are named in the log; the others are only counted.
const EMPTY_KEYS_SAID: u64 = 10;

/// What an RDB file held.
#[derive(Debug, Default)]
pub struct Found {
    /// Keys loaded.
    pub keys: u64,
    /// Keys passed over because their time was over.
    pub expired: u64,
    /// Keys passed over because there is nothing in them.
    pub empty: u64,
    /// Auxiliary fields that matter for replication.
    pub repl_id: Option<Vec<u8>>,
    /// See `repl_id`.
    pub repl_offset: Option<u64>,
    /// See `repl_id`.
    pub stream_db: Option<usize>,
    /// Libraries of functions.
    pub libraries: Libraries,
}

impl Found {
    /// Adds the libraries to those of the server; `replace`: in the place of those of the same names.
    pub fn take_up_libraries(&mut self, server: &Server, replace: bool) -> Result<(), String> {
        let found = std::mem::take(&mut self.libraries);
        if !found.by_name.is_empty() {
            let mut libraries = (*server.scripts.functions.get()).clone();
            libraries.join(&found, replace).map_err(|why| logged(&why))?;
            server.scripts.functions.set(libraries);
        }
        Ok(())
    }

    /// Says in the log what there was.
    fn say(&self) {
        let Found { keys, expired, empty, .. } = self;
        let skipped = if *empty > 0 { format!(", empty keys skipped: {empty}") } else { String::new() };
        log::notice(format_args!("Done loading RDB, keys loaded: {keys}, keys expired: {expired}{skipped}."));
    }
}

/// Loads what the disk has, opens the append-only file, and takes up the replication history.
pub async fn at_start(server: &'static Server) -> Result<(), String> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let job = move || sender.send(load_all(server));
    std::thread::Builder::new().name("load".into()).spawn(job).map_err(|e| e.to_string())?;
    receiver.await.map_err(|_| "the loading thread ended early".to_owned())?
}

fn load_all(server: &'static Server) -> Result<(), String> {
    let settings = server.config.snapshot();
    let began_us = clock::mono_us();
    let mut aof_parts = Loaded::default();
    if settings.appendonly {
        aof_parts = load_aof(server, &settings)?;
    } else {
        aof_parts.manifest = manifest(server, &settings)?;
        if rdb_path(&settings).exists() {
            let options = Options {
                resumes: true,
                // A replica leaves them to its master.
                keep_expired: settings.replicaof.is_some(),
                ..Options::default()
            };
            let found = load_file(server, &settings, &rdb_path(&settings), options).map_err(|why| {
                log::warning(format_args!("Terminating server after rdb file reading failure."));
                format!("Fatal error loading the DB, check server logs. Exiting.: {why}")
            })?;
            let seconds = (clock::mono_us() - began_us) as f64 / 1e6;
            found.say();
            log::notice(format_args!("DB loaded from disk: {seconds:.3} seconds"));
        }
    }
    server.dirty.store(0, Ordering::Release);
    open_aof(server, &settings, aof_parts)
}

/// The manifest alone: with the file off, the parts stay for when it is turned on.
fn manifest(
    server: &'static Server,
    settings: &Settings,
) -> Result<crate::persist::aof::manifest::Manifest, String> {
    let (storage, place, teller) = (storage(settings), aof::place(settings), Teller(server));
    loader(&*storage, &place, &teller, settings).manifest().map_err(|_| String::new())
}

fn loader<'a>(
    storage: &'a dyn crate::persist::storage::Storage,
    place: &'a crate::persist::aof::Place,
    teller: &'a Teller,
    settings: &Settings,
) -> Loader<'a> {
    Loader {
        storage,
        place,
        truncated_ok: settings.aof_load_truncated,
        checksum: settings.rdbchecksum,
        observer: teller,
    }
}

/// Reads the parts of the append-only file.
pub fn load_aof(server: &'static Server, settings: &Settings) -> Result<Loaded, String> {
    let (storage, place, teller) = (storage(settings), aof::place(settings), Teller(server));
    let began_us = clock::mono_us();
    let mut replay = Replay::new(server, settings);
    // The loader has said in the log why: the words must be the last ones there.
    let loaded = loader(&*storage, &place, &teller, settings).load(&mut replay).map_err(|_| String::new())?;
    if loaded.found {
        let seconds = (clock::mono_us() - began_us) as f64 / 1e6;
        log::notice(format_args!("DB loaded from append only file: {seconds:.3} seconds"));
    }
    Ok(loaded)
}

/// Starts the writer; with `appendonly yes` it goes on with the last part.
fn open_aof(server: &'static Server, settings: &Settings, loaded: Loaded) -> Result<(), String> {
    let found = loaded.found;
    let writer = aof::start(server, settings, loaded).map_err(|e| e.to_string())?;
    let _ = server.durability.aof.set(writer);
    if let Some(writer) = server.durability.aof().filter(|_| settings.appendonly) {
        let (sender, receiver) = std::sync::mpsc::channel();
        let form = if settings.aof_use_rdb_preamble { BaseForm::Rdb } else { BaseForm::Aof };
        server.journal.reset_db();
        let source = Box::new(JournalSource(server.journal.subscribe(Wants::Data)));
        let base = if found { Vec::new() } else { empty_base(form).map_err(|e| e.to_string())? };
        let reply = Box::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        writer.open(source, None, form, base, reply);
        receiver
            .recv()
            .map_err(|e| e.to_string())?
            .map_err(|e| format!("Can't open the append-only file: {e}"))?;
    }
    follow_settings(server, settings);
    Ok(())
}

fn empty_base(form: BaseForm) -> std::io::Result<Vec<u8>> {
    match form {
        BaseForm::Aof => Ok(Vec::new()),
        BaseForm::Rdb => {
            let mut writer = RdbWriter::new(Vec::new(), Default::default())?;
            writer.aux("aof-base", b"1")?;
            writer.finish()
        }
    }
}

/// Adds the keys of an RDB file to the keyspace.
pub fn load_file(
    server: &'static Server,
    settings: &Settings,
    path: &Path,
    options: Options,
) -> Result<Found, String> {
    let file = File::open(path).map_err(|e| crate::server::os_reason(&e))?;
    let total = file.metadata().map_or(0, |m| m.len());
    let mut found = load_source(server, &server.keyspace, settings, (file, total), options)?;
    found.take_up_libraries(server, options.merge)?;
    Ok(found)
}

/// Adds the keys of an RDB file, which has about so many bytes, to a keyspace.
pub fn load_source(
    server: &'static Server,
    keyspace: &Keyspace,
    settings: &Settings,
    (source, total): (impl Read, u64),
    options: Options,
) -> Result<Found, String> {
    begin_progress(server, total);
    let checksum = settings.rdbchecksum && !options.trusted;
    let mut reader = RdbReader::new(source, checksum).map_err(|e| logged(&e.to_string()))?;
    let mut sink = KeySink::new(server, keyspace, settings, options);
    let mut events = 0u64;
    loop {
        let event = reader.next_event().map_err(|e| logged(&e.to_string()))?;
        let done = matches!(event, Event::End(_));
        sink.take(event)?;
        events += 1;
        if done || events.is_multiple_of(1024) {
            server.durability.loading.loaded.store(reader.offset(), Ordering::Relaxed);
        }
        if done {
            server.durability.loading.keys_loaded.store(sink.found.keys, Ordering::Relaxed);
            server.durability.loading.keys_expired.store(sink.found.expired, Ordering::Relaxed);
            return Ok(sink.found);
        }
    }
}

fn logged(why: &str) -> String {
    log::warning(format_args!("Internal error in RDB reading: {why}"));
    why.to_owned()
}

fn begin_progress(server: &'static Server, total: u64) {
    let progress = &server.durability.loading;
    progress.since_s.store(clock::wall_ms() / 1000, Ordering::Relaxed);
    progress.total.store(total, Ordering::Relaxed);
    progress.loaded.store(0, Ordering::Relaxed);
}

/// Puts the keys of an RDB file into the keyspace.
struct KeySink<'s> {
    server: &'static Server,
    keyspace: &'s Keyspace,
    settings: &'s Settings,
    options: Options,
    now_ms: i64,
    fresh: u32,
    db: u32,
    found: Found,
    staged: Staged,
}

/// Keys that wait for their batch.
#[derive(Default)]
struct Staged {
    keys: Vec<StagedKey>,
    bytes: Vec<u8>,
}

/// One of them: its name and value lie in `Staged::bytes`.
struct StagedKey {
    hash: u64,
    db: usize,
    /// Name and value.
    name: std::ops::Range<usize>,
    name_len: usize,
    what: StagedValue,
    expire_ms: Option<i64>,
    access: u32,
}

/// The value, or where it is.
enum StagedValue {
    /// An integer.
    Int(i64),
    /// The bytes behind the name.
    Bytes,
    /// A collection; taken out when its turn comes.
    Owned(Option<OwnedValue>),
}

impl Staged {
    fn push(&mut self, hash: u64, key: KeyEvent<'_>, access: u32) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key.key);
        let what = match key.value {
            Value::Str(StrValue::Int(number)) => StagedValue::Int(number),
            Value::Str(StrValue::Bytes(bytes)) => {
                self.bytes.extend_from_slice(bytes);
                StagedValue::Bytes
            }
            Value::Owned(value) => StagedValue::Owned(Some(value)),
        };
        self.keys.push(StagedKey {
            hash,
            db: key.db as usize,
            name: start..self.bytes.len(),
            name_len: key.key.len(),
            what,
            expire_ms: key.expire_ms,
            access,
        });
    }

    fn is_full(&self) -> bool {
        self.keys.len() >= BATCH_REQUESTS_MAX || self.bytes.len() >= READ_CHUNK_BYTES
    }

    fn clear(&mut self) {
        self.keys.clear();
        if self.bytes.capacity() > 2 * READ_CHUNK_BYTES {
            self.bytes = Vec::new(); // one huge value must not stay
        } else {
            self.bytes.clear();
        }
    }
}

impl<'s> KeySink<'s> {
    fn new(
        server: &'static Server,
        keyspace: &'s Keyspace,
        settings: &'s Settings,
        options: Options,
    ) -> KeySink<'s> {
        let now_ms = clock::wall_ms();
        let fresh = crate::server::ctx::fresh_access(settings, now_ms);
        KeySink {
            server,
            keyspace,
            settings,
            options,
            now_ms,
            fresh,
            db: 0,
            found: Found::default(),
            staged: Staged::default(),
        }
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::SelectDb(db) if db as usize >= self.keyspace.dbs() => {
                let dbs = self.keyspace.dbs();
                Err(logged(&format!(
                    "FATAL: Data file was created with a Redis server configured to handle more than {dbs} databases. Exiting"
                )))
            }
            Event::SelectDb(db) => {
                self.db = db;
                Ok(())
            }
            Event::ResizeDb { keys, .. } => {
                self.make_room(keys);
                Ok(())
            }
            Event::Aux { key, value } => {
                self.aux(key, value);
                Ok(())
            }
            Event::Key(key) => self.key(key),
            Event::EmptyKey(name) => {
                self.empty(name);
                Ok(())
            }
            Event::Function(code) => self.library(code),
            Event::End(_) => self.flush(),
        }
    }

    fn library(&mut self, code: &[u8]) -> Result<(), String> {
        let loaded = library::load(self.server, &mut self.found.libraries, code, self.options.merge, false);
        loaded.map(drop).map_err(|why| logged(&format!("Failed creating function library: {why}")))
    }

    /// There was a time when servers wrote such keys: no reason to refuse the others.
    fn empty(&mut self, name: &[u8]) {
        self.found.empty += 1;
        if self.found.empty <= EMPTY_KEYS_SAID {
            log::notice(format_args!("rdbLoadObject skipping empty key: {}", String::from_utf8_lossy(name)));
        }
    }

    fn aux(&mut self, key: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
        match key {
            b"repl-id" => self.found.repl_id = Some(value.to_vec()),
            b"repl-offset" => self.found.repl_offset = number(),
            b"repl-stream-db" => self.found.stream_db = number().map(|db| db as usize),
            _ => return,
        }
        // The file's own order: database, id, offset.
        if key == b"repl-offset" && self.options.resumes {
            crate::server::links::restored(self.server, &self.found);
        }
    }

    /// The hint is the file's word: it makes no room for more keys than the rest of the file can hold.
    fn make_room(&mut self, keys: u64) {
        /// Type, an empty name, an integer of one byte.
        const KEY_BYTES_MIN: u64 = 4;
        let progress = &self.server.durability.loading;
        let (total, loaded) =
            (progress.total.load(Ordering::Relaxed), progress.loaded.load(Ordering::Relaxed));
        let left = total.saturating_sub(loaded);
        let each = (keys.min(left / KEY_BYTES_MIN) / SHARDS as u64) as usize;
        for index in 0..SHARDS {
            self.keyspace.lock(index).db_mut(self.db as usize).reserve(each);
        }
    }

    fn key(&mut self, key: KeyEvent<'_>) -> Result<(), String> {
        if !self.options.keep_expired && expiry::is_expired(key.expire_ms, self.now_ms) {
            self.found.expired += 1;
            if self.options.resumes {
                let mut unit = Unit::new();
                unit.effect(key.db, &[b"DEL", key.key]);
                self.server.journal.append(&unit);
            }
            return Ok(());
        }
        let access = self.access(key.lru);
        self.staged.push(self.keyspace.hash(key.key), key, access);
        if self.staged.is_full() { self.flush() } else { Ok(()) }
    }

    /// Puts the staged keys into the keyspace. Their buckets are asked for together beforehand: the
    /// misses of a whole batch overlap, as they do for a batch of commands.
    fn flush(&mut self) -> Result<(), String> {
        let mut staged = std::mem::take(&mut self.staged);
        let keyspace = self.keyspace;
        for key in &staged.keys {
            keyspace.lock(keyspace.shard_of(key.hash)).db(key.db).prefetch_bucket(key.hash);
        }
        let Staged { keys, bytes } = &mut staged;
        let outcome = keys.iter_mut().try_for_each(|key| self.insert(bytes, key));
        self.staged = staged;
        self.staged.clear();
        outcome
    }

    fn insert(&mut self, bytes: &[u8], key: &mut StagedKey) -> Result<(), String> {
        let (name, value) = bytes[key.name.clone()].split_at(key.name_len);
        let StagedKey { hash, expire_ms, access, .. } = *key;
        let keyspace = self.keyspace;
        let mut shard = keyspace.lock(keyspace.shard_of(hash));
        let db = shard.db_mut(key.db);
        let inserted = match &mut key.what {
            StagedValue::Int(number) => db.insert(hash, name, Str::Int(*number), expire_ms, access),
            StagedValue::Bytes => db.insert(hash, name, Str::encode(value), expire_ms, access),
            StagedValue::Owned(value) => {
                let Some(value) = value.take() else { return Ok(()) };
                let value = Fit::of(self.settings).apply(value);
                db.put(hash, name, OwnedEntry { value, expire_ms, access })
            }
        };
        drop(shard);
        if !self.options.merge && inserted != Inserted::New {
            let name = String::from_utf8_lossy(name);
            return Err(logged(&format!("RDB has duplicated key '{name}' in DB {}", key.db)));
        }
        self.found.keys += 1;
        self.delay();
        Ok(())
    }

    fn access(&self, hint: LruHint) -> u32 {
        let lfu = matches!(
            self.settings.maxmemory_policy,
            MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu
        );
        match hint {
            LruHint::Freq(counter) if lfu => lru::lfu_bits(counter, self.now_ms),
            LruHint::IdleSecs(idle) if !lfu => {
                lru::lru_from_idle(u32::try_from(idle).unwrap_or(u32::MAX), self.now_ms)
            }
            _ => self.fresh,
        }
    }

    /// `key-load-delay`: for tests that want to see a server while it loads.
    fn delay(&self) {
        let delay = self.settings.key_load_delay;
        if delay > 0 {
            clock::pause(Duration::from_micros(u64::from(delay.unsigned_abs())));
        }
    }
}

/// Runs the commands of an append-only file.
struct Replay<'s> {
    server: &'static Server,
    engine: Engine,
    session: Session,
    sink: KeySink<'s>,
    reply: Vec<u8>,
}

impl<'s> Replay<'s> {
    fn new(server: &'static Server, settings: &'s Settings) -> Replay<'s> {
        let peer = Peer { addr: String::new(), laddr: String::new(), fd: -1 };
        let shared = Arc::new(ClientShared::new(0, peer, clock::wall_ms(), clock::mono_ms()));
        let mut session = Session::new(shared, Origin::Aof, true, Identity::server());
        session.authenticated = true;
        let options = Options { keep_expired: true, ..Options::default() };
        Replay {
            server,
            engine: Engine::new(server, server.main_stats()),
            session,
            sink: KeySink::new(server, &server.keyspace, settings, options),
            reply: Vec::new(),
        }
    }
}

impl Target for Replay<'_> {
    fn begin(&mut self, total_bytes: u64) {
        begin_progress(self.server, total_bytes);
    }

    fn rdb(&mut self, event: Event<'_>) -> Result<(), String> {
        let done = matches!(event, Event::End(_));
        self.sink.take(event)?;
        if done { self.sink.found.take_up_libraries(self.server, false) } else { Ok(()) }
    }

    fn command(&mut self, args: Args<'_>) -> Result<(), String> {
        let command = self.engine.resolve(args).map_err(|(known, _)| refusal(known.is_some(), args))?;
        let mut reply = Reply::new(std::mem::take(&mut self.reply), Proto::Resp2);
        if command.full_name == "multi" {
            // The loader keeps transactions together: one that arrives here is inside another.
            reply.error("ERR MULTI calls can not be nested");
        } else {
            self.engine.apply(&mut self.session, command, args, &mut reply);
        }
        self.reply = reply.into_buf();
        unexpected::note(
            self.server,
            "server is sending an error to its AOF-loading-client",
            &self.reply,
            args,
        );
        self.reply.clear();
        Ok(())
    }

    fn progress(&mut self, loaded_bytes: u64) {
        self.server.durability.loading.loaded.store(loaded_bytes, Ordering::Relaxed);
    }
}

/// Why the file cannot be what a server wrote. Where the number of arguments is wrong Redis crashes.
fn refusal(known: bool, args: Args<'_>) -> String {
    let name = String::from_utf8_lossy(args.at(0));
    if known {
        format!("Wrong number of arguments for command '{name}'")
    } else {
        format!("Unknown command '{name}'")
    }
}

/// Is the server loading?
pub fn in_progress(server: &Server) -> bool {
    server.gates.has(gate::LOADING)
}
