//! A full copy of the data: the snapshot walk as RDB bytes, on its way into a file or to sockets, and an
//! RDB file as the data of this server.
//!
//! ```text
//!   begin (all shards held)          thread "copy"                     links
//!   epoch raised, position noted ->  walk shard by shard, encode  -->  CopyFile, sent when complete
//!                                    old versions from writers    -->  Spool, sent while it grows
//! ```

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::limits::SPOOL_BYTES_MAX;
use crate::persist::rdb;
use crate::persist::rdb::writer::Options;
use crate::persist::snapshot::Interrupted;
use crate::replication::{Class, Journal, Reader, Wants};
use crate::server::Server;
use crate::server::durability::load::{self as loading, Found};
use crate::server::durability::walk::Walk;

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
            crate::clock::pause(Duration::from_millis(1));
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

/// Writes a snapshot into a file.
pub fn to_file(mut walk: Walk, file: &CopyFile, options: Options) -> Result<(), Interrupted> {
    let out = File::create(file.path())?;
    walk.write_rdb(out, options)
}

/// Writes a snapshot into a spool, between a header and the mark that ends it.
pub fn to_spool(mut walk: Walk, spool: &Spool, mark: &[u8], options: Options) -> Result<(), Interrupted> {
    let mut write = || {
        let header = [b"$EOF:".as_slice(), mark, b"\r\n"].concat();
        spool.put(&header)?;
        walk.write_rdb(SpoolWriter(spool), options)?;
        Ok(spool.put(mark)?)
    };
    let outcome = write();
    spool.end(outcome.is_ok());
    outcome
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

/// Adds the keys of a file, which was checked, to the empty keyspace. A replica keeps expired keys: its
/// master says when they go.
pub fn load(server: &'static Server, path: &Path) -> Result<Found, String> {
    let options = loading::Options { keep_expired: true, trusted: true, ..Default::default() };
    loading::load_file(server, &server.config.snapshot(), path, options)
}
