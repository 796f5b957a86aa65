//! The configuration of a running server: one table of directives, the typed [`Settings`] it
//! generates, and CONFIG GET, SET and REWRITE.
//!
//! ```text
//!  table.rs   the directives: names, kinds, defaults, when they may change, what they do
//!  value.rs   special.rs   check.rs   memory.rs      what values can be, and how they are written
//!  argv.rs -> reader.rs    command line and files to settings
//!  edit.rs                 CONFIG GET and SET            rewrite.rs   CONFIG REWRITE
//!  help.rs                 the directives for people
//! ```
//!
//! Readers are many and hot, writers are rare: the settings are an immutable snapshot behind an `Arc`
//! and a generation counter. A worker keeps a [`View`], which costs one relaxed load per batch and
//! takes the lock only when the generation has moved.

mod argv;
mod check;
mod edit;
pub mod help;
pub mod memory;
mod reader;
mod rewrite;
mod special;
pub mod table;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use edit::{Caller, SetError, is_sensitive};
pub use reader::LoadError;
pub use rewrite::{Extent, RewriteError, replace as replace_file};
pub use special::{Events, FileLines, OutputLimit, OutputLimits, SavePoint, UserLines};
pub use table::{Directive, Settings, Standing};
pub use value::{
    AclPubsubDefault, AppendFsync, EndpointType, LogLevel, MaxmemoryPolicy, MemoryOrPercent, OomScoreAdj,
    PropagationError, ProtectedAction, ReplDisklessLoad, SanitizeDumpPayload, Secret, ShutdownFlags,
    Supervised, SyslogFacility, TlsAuthClients, os_reason,
};

/// The version of Redis whose behaviour and words this server has.
pub const REDIS_VERSION: &str = "7.2.4";

/// The configuration, shared by all threads.
#[derive(Debug)]
pub struct Config {
    current: RwLock<Arc<Settings>>,
    generation: AtomicU64,
    /// Held by whoever changes settings or the file, so that changes come one after the other.
    writer: Mutex<()>,
    file: Option<PathBuf>,
    given: BTreeSet<&'static str>,
    module_lines: Vec<String>,
}

impl Config {
    /// Reads the arguments after `serve`, as redis-server reads its own, and the files they name.
    /// `stdin` is read when they say `-`.
    pub fn load(args: &[impl AsRef<OsStr>], stdin: &mut dyn Read) -> Result<Self, LoadError> {
        let source = argv::parse(args)?;
        // Absolute from the start: `dir` may lead elsewhere before the file is rewritten.
        let absolute = |file: &OsString| std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
        let file = source.file.as_ref().map(absolute);
        let loaded = reader::Loaded::read(&source, stdin)?;
        let mut config = Self::new(loaded.settings);
        config.file = file;
        config.given = loaded.given;
        config.module_lines = loaded.module_lines;
        Ok(config)
    }

    /// A configuration without a file, for servers inside other programs and for tests.
    pub fn new(settings: Settings) -> Self {
        Self {
            current: RwLock::new(Arc::new(settings)),
            generation: AtomicU64::new(0),
            writer: Mutex::new(()),
            file: None,
            given: BTreeSet::new(),
            module_lines: Vec::new(),
        }
    }

    /// The settings as they are now.
    pub fn snapshot(&self) -> Arc<Settings> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Moves with every change of the settings.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The configuration file, as an absolute path.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether the file or the command line gave this directive (primary name).
    pub fn was_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Directives that were given a value other than the default, but have no effect here: for the one
    /// warning at the start. A directive at its default asks for nothing that is not so anyway.
    pub fn without_effect(&self) -> Vec<String> {
        let (now, default) = (self.snapshot(), Settings::default());
        let idle = |row: &&Directive| {
            row.standing != Standing::Used && self.given.contains(row.name) && !row.same(&now, &default)
        };
        let names = table::TABLE.iter().filter(idle).map(|row| row.name.to_owned());
        names.chain(self.module_lines.iter().cloned()).collect()
    }

    /// Changes settings on the server's own account (REPLICAOF, a default that depends on the others):
    /// no check, no side effect. CONFIG GET and REWRITE see the change.
    pub fn update(&self, change: impl FnOnce(&mut Settings)) {
        let _turn = self.turn();
        let mut settings = Settings::clone(&self.snapshot());
        change(&mut settings);
        self.publish(settings);
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, settings: Settings) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        self.generation.fetch_add(1, Ordering::Release);
    }
}

/// A thread's own copy of the latest snapshot.
#[derive(Clone, Debug)]
pub struct View {
    seen: u64,
    settings: Arc<Settings>,
}

impl View {
    /// The settings as they are now.
    pub fn new(config: &Config) -> Self {
        // The generation is read first: a change in between is then seen twice, never missed.
        let seen = config.generation();
        Self { seen, settings: config.snapshot() }
    }

    /// Refreshes the copy if the settings have changed; answers whether they have.
    #[inline]
    pub fn refresh(&mut self, config: &Config) -> bool {
        let moved = config.generation() != self.seen;
        if moved {
            *self = Self::new(config);
        }
        moved
    }

    /// The copy.
    #[inline]
    pub fn get(&self) -> &Arc<Settings> {
        &self.settings
    }
}
