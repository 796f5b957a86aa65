//! The undo file: commands in RESP that bring back what was taken away. The first selects the database. It is
//! made anew, private to its owner, and synced after each batch, before the batch is carried out.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::resp::request::encode_command;
use crate::ui::{Error, Result};

/// Values may be secret.
const FILE_MODE: u32 = 0o600;

/// An undo file being written. There is none before the first batch.
pub struct UndoFile {
    path: PathBuf,
    db: u32,
    file: Option<File>,
    batch: Vec<u8>,
}

impl UndoFile {
    /// A file of this name, for keys of this database.
    ///
    /// # Errors
    /// It exists: perhaps with what another run took away.
    pub fn new(path: PathBuf, db: u32) -> Result<Self> {
        if path.exists() {
            let name = path.display();
            return Err(Error::usage(format!("the undo file {name} exists already"))
                .hint("name another with --undo, or move it away if it is not needed"));
        }
        Ok(Self { path, db, file: None, batch: Vec::new() })
    }

    /// Adds a command to the batch.
    pub fn add(&mut self, words: &[&[u8]]) {
        encode_command(&mut self.batch, words);
    }

    /// Writes the batch; it is on disk when this returns.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn sync(&mut self) -> Result<()> {
        let failed = |error| Error::failed(format!("cannot write {}", self.path.display())).source(&error);
        if self.file.is_none() {
            let options = OpenOptions::new().create_new(true).write(true).mode(FILE_MODE).open(&self.path);
            let mut file = options.map_err(failed)?;
            let mut select = Vec::new();
            encode_command(&mut select, ["SELECT", &self.db.to_string()]);
            file.write_all(&select).map_err(failed)?;
            self.file = Some(file);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(&self.batch).and_then(|()| file.sync_data()).map_err(failed)?;
        self.batch.clear();
        Ok(())
    }

    /// Where it is, if anything was written.
    pub fn written(&self) -> Option<String> {
        self.file.as_ref().map(|_| self.path.display().to_string())
    }
}
