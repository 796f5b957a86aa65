//! Files, as few operations as durability needs, behind a trait: so that tests can lose what was not
//! synced, fill the disk, and fail any single operation.
//!
//! Paths are relative to the server's directory, with `/` between parts. What a crash may lose:
//!
//! ```text
//! bytes written            until Sink::sync of that file
//! a name created, renamed  until sync_dir of its directory, in any order among themselves
//!   or removed
//! ```
//!
//! So a file is replaced by: write a temporary one, sync it, sync the directory (its other new names
//! must not arrive after ours), rename, sync the directory again: [`replace`].

mod disk;
#[cfg(test)]
pub(crate) mod sim;

use std::io::{self, IoSlice, Read, Write};

pub use disk::Disk;

/// A directory of files.
pub trait Storage: Send + Sync {
    /// Opens a file for writing from its start; what it held is gone.
    fn create(&self, path: &str) -> io::Result<Box<dyn Sink>>;
    /// Opens a file for writing at its end; makes it when there is none.
    fn append(&self, path: &str) -> io::Result<Box<dyn Sink>>;
    /// Opens a file for reading.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>>;
    /// Length of a file, in bytes.
    fn size(&self, path: &str) -> io::Result<u64>;
    /// Cuts a file to `len` bytes and syncs it.
    fn truncate(&self, path: &str, len: u64) -> io::Result<()>;
    /// Gives a file another name, replacing what had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file now.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Removes a file that nobody needs any more, without making the caller wait for a big one.
    fn discard(&self, path: &str);
    /// Makes a directory, durably, unless it exists.
    fn make_dir(&self, path: &str) -> io::Result<()>;
    /// Makes the names in a directory durable; `""` is the root.
    fn sync_dir(&self, path: &str) -> io::Result<()>;
    /// Names of the files in a directory, in no order.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// Whether there is something with this name.
    fn exists(&self, path: &str) -> bool;
}

/// A file open for writing.
pub trait Sink: Write + Send {
    /// Returns when everything written so far would survive a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to `len` bytes; later writes go there.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// The directory part of a path; `""` for a plain name.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Replaces the file at `path` by `bytes` so that a crash leaves the old or the new one, whole.
/// The directory still has to be synced for the new one to be certain.
pub fn replace_unsynced(storage: &dyn Storage, path: &str, temp: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = storage.create(temp)?;
    file.write_all(bytes)?;
    file.sync()?;
    storage.sync_dir(parent(temp))?;
    storage.rename(temp, path)
}

/// [`replace_unsynced`], and the directory synced.
pub fn replace(storage: &dyn Storage, path: &str, temp: &str, bytes: &[u8]) -> io::Result<()> {
    replace_unsynced(storage, path, temp, bytes)?;
    storage.sync_dir(parent(path))
}

/// A writer that syncs every few megabytes, so that the last sync of a big file is not a long one.
pub struct SyncEvery {
    sink: Box<dyn Sink>,
    every: u64,
    since: u64,
}

impl SyncEvery {
    /// `every`: bytes between syncs; 0 means only when asked.
    pub fn new(sink: Box<dyn Sink>, every: u64) -> Self {
        SyncEvery { sink, every, since: 0 }
    }

    fn note(&mut self, written: usize) -> io::Result<usize> {
        self.since += written as u64;
        if self.every > 0 && self.since >= self.every {
            self.sync()?;
        }
        Ok(written)
    }
}

impl Write for SyncEvery {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(buf)?;
        self.note(written)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = self.sink.write_vectored(bufs)?;
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl Sink for SyncEvery {
    fn sync(&mut self) -> io::Result<()> {
        self.since = 0;
        self.sink.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.sink.truncate(len)
    }
}
