//! One snapshot at a time: who runs one, the walk into a file format, and how it is cancelled.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock;
use crate::limits::SHARDS;
use crate::persist::rdb::RdbWriter;
use crate::persist::rdb::writer::Options as RdbOptions;
use crate::persist::snapshot::{Access, Form, Interrupted, Options, Output, Snapshot};
use crate::replication::psync::Filter;
use crate::resp::request::encode_command;
use crate::server::Server;
use crate::server::config::{MaxmemoryPolicy, REDIS_VERSION, Settings};
use crate::server::held::Held;
use crate::server::scripting::functions::Libraries;
use crate::server::sync::locked;

/// Whom a snapshot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// SAVE and BGSAVE.
    Save,
    /// The base of the append-only file.
    Rewrite,
    /// Replicas.
    Copy,
}

/// Who runs the snapshot, and how far it is.
#[derive(Debug, Default)]
pub struct Turns {
    running: Mutex<Option<Purpose>>,
    cancelled: AtomicBool,
    /// A snapshot was begun and dropped: its shards still feed it.
    abandoned: AtomicBool,
    /// Keys to save, and saved, by the running (or last) snapshot.
    pub total_keys: AtomicU64,
    /// See `total_keys`.
    pub saved_keys: AtomicU64,
}

impl Turns {
    /// What runs.
    pub fn running(&self) -> Option<Purpose> {
        *locked(&self.running)
    }

    /// Stops the snapshot that runs for this purpose, if one does; it ends soon.
    pub fn cancel(&self, purpose: Purpose) {
        if self.running() == Some(purpose) {
            self.cancelled.store(true, Ordering::Release);
        }
    }

    /// Stops whatever snapshot runs.
    pub fn cancel_any(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    /// Keeps snapshots away for as long as the result lives; none while one runs.
    pub fn exclude(&'static self) -> Option<Turn> {
        let turn = self.take(Purpose::Copy)?;
        self.abandoned.store(false, Ordering::Release);
        Some(turn)
    }

    /// Ends a snapshot that was begun and given up. Not done where it was dropped: shards may be held
    /// there.
    pub fn tidy(&'static self, server: &'static Server) {
        if !self.abandoned.load(Ordering::Acquire) {
            return;
        }
        let Some(_turn) = self.take(Purpose::Save) else { return };
        if self.abandoned.swap(false, Ordering::AcqRel) {
            (0..SHARDS).for_each(|index| server.keyspace.lock(index).end_snapshot());
        }
    }

    fn take(&'static self, purpose: Purpose) -> Option<Turn> {
        let mut running = locked(&self.running);
        if running.is_some() {
            return None;
        }
        *running = Some(purpose);
        self.cancelled.store(false, Ordering::Release);
        Some(Turn(self))
    }
}

/// The right to run a snapshot; given back when dropped. Whoever writes a file keeps the walk, and with
/// it the turn, until the file is in its place: the next snapshot writes to the same temporary name.
pub struct Turn(&'static Turns);

impl Drop for Turn {
    fn drop(&mut self) {
        *locked(&self.0.running) = None;
    }
}

/// A snapshot that has begun: the data as it was when every shard was held.
pub struct Walk {
    server: &'static Server,
    /// Until it is written; none when the data is left out.
    snapshot: Option<Snapshot>,
    /// The libraries of functions.
    libraries: Arc<Libraries>,
    aux: Vec<(&'static str, String)>,
    key_delay_us: i32,
    _turn: Turn,
}

impl Drop for Walk {
    fn drop(&mut self) {
        if self.snapshot.is_some() {
            self.server.durability.turn.abandoned.store(true, Ordering::Release);
        }
    }
}

impl Walk {
    /// Begins a snapshot; none while another one runs.
    pub fn begin(server: &'static Server, held: &mut Held, purpose: Purpose, form: Form) -> Option<Walk> {
        assert!(held.is_all(), "a snapshot begins with every shard held");
        let turn = server.durability.turn.take(purpose)?;
        let since_us = clock::mono_us();
        let settings = server.config.snapshot();
        let options = Options {
            form,
            compress: settings.rdbcompression,
            access: access(&settings),
            now_ms: clock::wall_ms(),
        };
        server.durability.turn.abandoned.store(false, Ordering::Release); // this one takes its place
        let mut snapshot = Snapshot::new(options, server.keyspace.dbs());
        (0..SHARDS).for_each(|index| snapshot.join(held.shard(index)));
        server.durability.turn.total_keys.store(snapshot.keys(), Ordering::Relaxed);
        server.durability.turn.saved_keys.store(0, Ordering::Relaxed);
        server.stats.snapshots.add_shared(1);
        server.stats.snapshot_began_us.set(clock::mono_us().saturating_sub(since_us));
        Some(Walk {
            server,
            snapshot: Some(snapshot),
            libraries: server.scripts.functions.get(),
            aux: aux(server, purpose),
            key_delay_us: settings.rdb_key_save_delay,
            _turn: turn,
        })
    }

    /// Leaves out what a replica does not want.
    pub fn leave_out(&mut self, filter: Filter) {
        if filter.without_functions {
            self.libraries = Arc::default();
        }
        if let Some(snapshot) = self.snapshot.take_if(|_| filter.without_data) {
            snapshot.abandon(&self.server.keyspace);
        }
    }

    /// Writes everything as an RDB file.
    pub fn write_rdb(&mut self, out: impl Write, options: RdbOptions) -> Result<(), Interrupted> {
        let mut writer = RdbWriter::new(out, options)?;
        for (name, value) in &self.aux {
            writer.aux(name, value.as_bytes())?;
        }
        for library in self.libraries.by_name.values() {
            writer.function(&library.code)?;
        }
        let mut target = RdbTarget { writer, pace: Pace::new(self) };
        self.write(&mut target)?;
        target.writer.finish()?.flush()?;
        Ok(())
    }

    /// Writes everything as commands.
    pub fn write_commands(&mut self, mut out: impl Write) -> Result<(), Interrupted> {
        let mut commands = Vec::new();
        for library in self.libraries.by_name.values() {
            let words: [&[u8]; 3] = [b"FUNCTION", b"LOAD", &library.code];
            encode_command(&mut commands, words);
        }
        out.write_all(&commands)?;
        let mut target = CommandTarget { out: &mut out, pace: Pace::new(self) };
        self.write(&mut target)?;
        out.flush()?;
        Ok(())
    }

    fn write(&mut self, target: &mut dyn Output) -> Result<(), Interrupted> {
        match self.snapshot.take() {
            Some(snapshot) => snapshot.write(&self.server.keyspace, target),
            None => Ok(()),
        }
    }
}

/// Cancelling, progress, and the delay per key that tests ask for.
struct Pace {
    server: &'static Server,
    turns: &'static Turns,
    delays: bool,
    /// When the walk last let others have the processor, monotonic.
    paused_us: u64,
}

/// The longest wait during which nobody asks whether to go on, in microseconds.
const DELAY_SLICE_US: u32 = 50_000;
/// How long the walk goes on before it pauses, in microseconds, and for how long it does: on a machine whose
/// processors are all busy a worker would else wait for the end of the walk's slice, which is milliseconds.
const STRETCH_US: u64 = 500;
/// See `STRETCH_US`.
const BREATH: std::time::Duration = std::time::Duration::from_micros(50);

impl Pace {
    fn new(walk: &Walk) -> Pace {
        Pace {
            server: walk.server,
            turns: &walk.server.durability.turn,
            delays: walk.key_delay_us > 0,
            paused_us: clock::mono_us(),
        }
    }

    fn go_on(&mut self, keys: u64) -> bool {
        self.turns.saved_keys.fetch_add(keys, Ordering::Relaxed);
        if clock::mono_us() - self.paused_us > STRETCH_US {
            clock::pause(BREATH);
            self.paused_us = clock::mono_us();
        }
        if self.delays {
            (0..keys).for_each(|_| self.delay());
        }
        !self.turns.cancelled.load(Ordering::Acquire)
    }
}

impl Pace {
    /// Waits as long as the setting says, which may become less meanwhile.
    fn delay(&self) {
        let mut waited = 0;
        while !self.turns.cancelled.load(Ordering::Acquire) {
            let wanted = u32::try_from(self.server.config.snapshot().rdb_key_save_delay).unwrap_or(0);
            let slice = wanted.saturating_sub(waited).min(DELAY_SLICE_US);
            if slice == 0 {
                return;
            }
            clock::pause(std::time::Duration::from_micros(slice.into()));
            waited += slice;
        }
    }
}

struct RdbTarget<W: Write> {
    writer: RdbWriter<W>,
    pace: Pace,
}

impl<W: Write> Output for RdbTarget<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.encoded(bytes)
    }

    fn go_on(&mut self, keys: u64) -> bool {
        self.pace.go_on(keys)
    }
}

struct CommandTarget<'a, W: Write> {
    out: &'a mut W,
    pace: Pace,
}

impl<W: Write> Output for CommandTarget<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn go_on(&mut self, keys: u64) -> bool {
        self.pace.go_on(keys)
    }
}

/// What of the access bits goes into the file: what the eviction policy would miss.
fn access(settings: &Settings) -> Access {
    match settings.maxmemory_policy {
        MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu => {
            Access::Frequency(settings.lfu_decay_time)
        }
        MaxmemoryPolicy::AllkeysLru | MaxmemoryPolicy::VolatileLru => Access::Idle,
        _ => Access::None,
    }
}

/// The options of an RDB file.
pub fn rdb_options(settings: &Settings) -> RdbOptions {
    RdbOptions { compress: settings.rdbcompression, checksum: settings.rdbchecksum, ..RdbOptions::default() }
}

/// What the file says about itself. The place in the replication stream makes a partial resync after a
/// restart possible; in a base of the append-only file it would be wrong as soon as the next write comes.
fn aux(server: &'static Server, purpose: Purpose) -> Vec<(&'static str, String)> {
    let mut aux = vec![
        ("redis-ver", REDIS_VERSION.to_owned()),
        ("redis-bits", "64".to_owned()),
        ("ctime", (clock::wall_ms() / 1000).to_string()),
        ("used-mem", crate::store::used_memory().to_string()),
    ];
    if purpose != Purpose::Rewrite {
        aux.extend(crate::server::links::origin_aux(server));
    }
    aux.push(("aof-base", u8::from(purpose == Purpose::Rewrite).to_string()));
    aux
}
