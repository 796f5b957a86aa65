//! The append-only file: every write, in order, in a folder of parts.
//!
//! ```text
//! appendonlydir/
//!   appendonly.aof.manifest        which parts make up the data, in order       (manifest)
//!   appendonly.aof.2.base.rdb      the data at one moment                        BASE     b
//!   appendonly.aof.5.incr.aof      the writes since, as RESP commands            INCR     i
//!   appendonly.aof.6.incr.aof      ... the last one is being written
//!   appendonly.aof.1.base.rdb      superseded, about to be removed               HISTORY  h
//! ```
//!
//! `load` replays a folder into a store; `writer` is the thread that appends what it reads from the
//! journal, syncs it, and tells who waits; `rewrite` decides when a new base is due; `base` is the AOF
//! form of a base. The folder is Redis's own: either server can take over the other's.

pub mod base;
pub mod load;
pub mod manifest;
pub mod rewrite;
pub mod writer;

use std::time::Duration;

/// Where the parts lie and what they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `appenddirname`: the folder, relative to the server's directory.
    pub dir: String,
    /// `appendfilename`: what every part's name begins with.
    pub name: String,
}

impl Place {
    /// Path of a part, or of any file in the folder.
    pub fn part(&self, file: &str) -> String {
        format!("{}/{file}", self.dir)
    }

    /// Path of the manifest.
    pub fn manifest(&self) -> String {
        self.part(&format!("{}.manifest", self.name))
    }

    fn temp_manifest(&self) -> String {
        self.part(&format!("temp-{}.manifest", self.name))
    }

    /// File name of the incr that gathers writes until the first base is there.
    fn temp_incr(&self) -> String {
        format!("temp-{}.incr", self.name)
    }

    /// Path under which a new base is written before it gets its name.
    pub fn temp_base(&self) -> String {
        self.part(&format!("temp-{}.base", self.name))
    }
}

/// How serious a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For developers.
    Debug,
    /// Of little use in production.
    Verbose,
    /// What an operator wants to read.
    Notice,
    /// What an operator must read.
    Warning,
}

/// Who is told what happens to the files.
pub trait Observer: Send + Sync {
    /// A line for the log, in Redis's words where it has some.
    fn log(&self, level: Level, line: &str);
    /// A latency event (`aof-write`, `aof-fsync-always`, ...).
    fn latency(&self, event: &'static str, took: Duration);
    /// The file cannot be written (writes are to be refused), or can again.
    fn writable(&self, ok: bool);
    /// Acknowledged writes can no longer be made durable: the process must end. Already logged.
    fn fatal(&self, line: &str);
    /// The journal dropped its history (a full resync): the file no longer continues it and is closed.
    /// Whoever finished the resync enables it again.
    fn severed(&self);
}
