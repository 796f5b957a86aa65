//! The append-only file's writer: its thread's view of the journal, the clock, the log.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::clock;
use crate::persist::aof::load::Loaded;
use crate::persist::aof::writer::{Aof, Clock, Options, Piece, Policy, Setup, Severed, Source};
use crate::persist::aof::{Level, Observer, Place};
use crate::replication::Reader;
use crate::server::config::{AppendFsync, Settings};
use crate::server::durability::{judge, storage};
use crate::server::{Server, log};

/// The journal as the writer reads it.
pub struct JournalSource(pub Reader);

impl Source for JournalSource {
    fn next(&mut self, max: usize) -> Result<Option<Piece>, Severed> {
        match self.0.next(max) {
            Ok(piece) => Ok(piece.map(|p| Piece { offset: p.offset, bytes: p.bytes })),
            Err(_) => Err(Severed),
        }
    }

    fn position(&self) -> u64 {
        self.0.position()
    }

    fn poll_ready(&mut self, waker: &Waker) -> bool {
        self.0.poll_ready(waker)
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn mono_us(&self) -> u64 {
        clock::mono_us()
    }

    fn unix_secs(&self) -> i64 {
        clock::wall_ms() / 1000
    }
}

/// Tells the server what happens to the files.
pub struct Teller(pub &'static Server);

impl Observer for Teller {
    fn log(&self, level: Level, line: &str) {
        let level = match level {
            Level::Debug => log::Level::Debug,
            Level::Verbose => log::Level::Verbose,
            Level::Notice => log::Level::Notice,
            Level::Warning => log::Level::Warning,
        };
        log::line(level, format_args!("{line}"));
    }

    fn latency(&self, event: &'static str, took: Duration) {
        if event == "aof-write" {
            self.0.stats.aof_nanos.add_shared(took.as_nanos() as u64);
        }
        if took.as_millis() == 0 {
            return; // no threshold is below
        }
        let settings = self.0.config.snapshot();
        self.0.latency.event(&settings, event, took.as_millis() as u64, clock::wall_ms());
    }

    fn writable(&self, _: bool) {
        judge(self.0, &self.0.config.snapshot());
    }

    fn fatal(&self, _: &str) {
        self.0.end(1);
    }

    fn severed(&self) {
        self.0.durability.state().rewrite_scheduled = true;
    }
}

/// Where the parts lie.
pub fn place(settings: &Settings) -> Place {
    Place { dir: settings.appenddirname.clone(), name: settings.appendfilename.clone() }
}

/// The writer's options from the settings.
pub fn options(settings: &Settings) -> Options {
    Options {
        policy: match settings.appendfsync {
            AppendFsync::Always => Policy::Always,
            AppendFsync::Everysec => Policy::EverySec,
            AppendFsync::No => Policy::No,
        },
        no_sync_on_rewrite: settings.no_appendfsync_on_rewrite,
        timestamps: settings.aof_timestamp_enabled,
        keep_history: settings.aof_disable_auto_gc,
        write_delay_us: 0,
    }
}

/// Starts the writer's thread, in mode off.
pub fn start(server: &'static Server, settings: &Settings, loaded: Loaded) -> std::io::Result<Aof> {
    Aof::start(Setup {
        storage: storage(settings),
        place: place(settings),
        observer: Arc::new(Teller(server)),
        clock: Arc::new(SystemClock),
        options: options(settings),
        loaded,
    })
}
