//! The real storage: a directory of the file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{Sink, Storage, parent};

/// Files below one directory.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// Storage in `root`, which exists.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Disk { root: root.into() }
    }

    /// Where the files are.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn writer(&self, path: &str, options: &mut OpenOptions) -> io::Result<Box<dyn Sink>> {
        let file = options.write(true).create(true).open(self.at(path))?;
        Ok(Box::new(DiskFile(file)))
    }
}

impl Storage for Disk {
    fn create(&self, path: &str) -> io::Result<Box<dyn Sink>> {
        self.writer(path, OpenOptions::new().truncate(true))
    }

    fn append(&self, path: &str) -> io::Result<Box<dyn Sink>> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(self.at(path))?;
        file.seek(SeekFrom::End(0))?;
        Ok(Box::new(DiskFile(file)))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.at(path))?))
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.at(path))?.len())
    }

    fn truncate(&self, path: &str, len: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.at(path))?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.at(path))
    }

    /// Freeing the blocks of a file of gigabytes can take a second: a thread of its own does it. When
    /// none can be had, the file is removed here.
    fn discard(&self, path: &str) {
        let (here, there) = (self.at(path), self.at(path));
        let spawned = std::thread::Builder::new().name("aof-remove".into()).spawn(move || {
            let _ = fs::remove_file(there);
        });
        if spawned.is_err() {
            let _ = fs::remove_file(here);
        }
    }

    fn make_dir(&self, path: &str) -> io::Result<()> {
        match fs::create_dir(self.at(path)) {
            Ok(()) => self.sync_dir(parent(path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && self.at(path).is_dir() => Ok(()),
            Err(e) => Err(e),
        }
    }

    fn sync_dir(&self, path: &str) -> io::Result<()> {
        File::open(self.at(path))?.sync_all()
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.at(path))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn exists(&self, path: &str) -> bool {
        self.at(path).exists()
    }
}

struct DiskFile(File);

impl Write for DiskFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for DiskFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        self.0.seek(SeekFrom::Start(len)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::storage::{SyncEvery, replace};

    #[test]
    fn files_live_and_die() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::new(dir.path());
        disk.make_dir("sub").unwrap();
        disk.make_dir("sub").unwrap();
        replace(&disk, "sub/a", "sub/temp-a", b"one").unwrap();
        let mut file = disk.append("sub/a").unwrap();
        file.write_all(b" two three").unwrap();
        file.truncate(7).unwrap();
        file.write_all(b"!").unwrap();
        let mut file = SyncEvery::new(file, 2);
        file.write_all(b" end").unwrap();
        let mut text = String::new();
        disk.open("sub/a").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two! end");
        disk.truncate("sub/a", 3).unwrap();
        assert_eq!(disk.size("sub/a").unwrap(), 3);
        disk.rename("sub/a", "sub/b").unwrap();
        assert_eq!(disk.list("sub").unwrap(), ["b"]);
        disk.remove("sub/b").unwrap();
        assert!(!disk.exists("sub/b") && disk.exists("sub"));
        assert_eq!(disk.open("sub/b").err().map(|e| e.kind()), Some(io::ErrorKind::NotFound));
    }
}
