//! What commands do to the parts: opening incrs, taking over a new base, switching on and off.
//!
//! Each step leaves a folder that loads to the same data, whatever the moment of a crash. A new part
//! exists before the manifest names it; a superseded one is removed after the manifest stopped naming
//! it; and the manifest itself is replaced whole. When the folder could not be synced after that, the
//! new manifest counts here, but nothing is called synced and nothing removed until it is.

use std::io;

use super::worker::{Current, Feed, Worker};
use super::{Command, Cut, Mode, Source, lock};
use crate::persist::aof::Level;
use crate::persist::aof::load::os;
use crate::persist::aof::manifest::{BaseForm, Manifest};
use crate::persist::storage::{Sink, replace_unsynced};

impl Worker {
    /// Carries out one command whose bytes are written, or cannot be.
    pub(super) fn perform(&mut self, command: Command) {
        if self.dead {
            return command.fail(io::Error::other("the append only file is broken"));
        }
        let (outcome, reply) = match command {
            // A base covers what was written before its own cut: with a second cut in between, the
            // incr between the two would be thrown away.
            Command::Rotate { reply, .. } if self.rewriting => {
                (Err(io::Error::other("a rewrite is under way")), reply)
            }
            Command::Finish { reply, .. } if !self.rewriting => {
                (Err(io::Error::other("no rewrite is under way")), reply)
            }
            Command::Open { source, db, form, first_base, reply } => {
                (self.open(source, db, form, &first_base), reply)
            }
            Command::Enable { source, db, reply } => (self.enable(source, db), reply),
            Command::Disable { upto, reply } => (self.disable(upto), reply),
            Command::Rotate { cut, reply } => (self.rotate(cut), reply),
            Command::Finish { form, reply } => {
                // Whoever waits for what the rewrite makes safe must find it over.
                reply(self.finish(form));
                return self.publish();
            }
            Command::Flush { upto, reply } => (self.flush(upto), reply),
            Command::Abort => return self.abort(),
            Command::Adopt(manifest) => return self.manifest = *manifest,
            Command::Stop => return,
        };
        self.publish();
        reply(outcome);
    }

    /// The start of a server with the file on.
    fn open(
        &mut self,
        source: Box<dyn Source>,
        db: Option<u32>,
        form: BaseForm,
        first_base: &[u8],
    ) -> io::Result<()> {
        self.make_dir()?;
        let mut next = self.manifest.clone();
        if next.is_empty() {
            self.first_base(&mut next, form, first_base)?;
        }
        let (name, verb) = match next.incrs.last() {
            Some(last) => (last.name.clone(), "Opening"),
            None => (next.open_incr(&self.place.name), "Creating"),
        };
        let path = self.place.part(&name);
        let sink = self.storage.append(&path).map_err(|e| self.cannot_open(&name, e))?;
        let size = self.storage.size(&path)?;
        if next != self.manifest {
            self.persist(next)?;
        }
        self.log(&format!("{verb} AOF incr file {name} on server start"));
        let file = Current { sink, name, size, synced_size: size, fresh: true, db };
        self.open_file(Some(Feed::new(source)), file);
        self.mode = Mode::On;
        self.collect_history();
        Ok(())
    }

    fn first_base(&mut self, next: &mut Manifest, form: BaseForm, bytes: &[u8]) -> io::Result<()> {
        let name = next.open_base(&self.place.name, form);
        replace_unsynced(&*self.storage, &self.place.part(&name), &self.place.temp_base(), bytes)?;
        self.log(&format!("Creating AOF base file {name} on server start"));
        let mut status = lock(&self.shared.status);
        status.current_size = bytes.len() as u64;
        status.base_size = bytes.len() as u64;
        Ok(())
    }

    /// Turned on while running: until the first base is there, writes go to an incr that the manifest
    /// does not name.
    fn enable(&mut self, source: Box<dyn Source>, db: Option<u32>) -> io::Result<()> {
        self.make_dir()?;
        self.close_file();
        let name = self.place.temp_incr();
        let sink = self.create_incr(&name)?;
        let file = Current { sink, name, size: 0, synced_size: 0, fresh: true, db };
        self.open_file(Some(Feed::new(source)), file);
        self.mode = Mode::Waiting;
        self.rewriting = true;
        Ok(())
    }

    /// Turned off: what can be written and synced is.
    fn disable(&mut self, upto: u64) -> io::Result<()> {
        let outcome = self.flush(upto);
        if self.mode == Mode::Waiting {
            self.drop_temp_incr();
        }
        self.close_file();
        self.mode = Mode::Off;
        self.rewriting = false;
        outcome
    }

    /// The journal lost its place: as [`Worker::disable`], on our own account.
    pub(super) fn severed(&mut self) {
        self.warn("The history of writes was replaced: closing the append only file.");
        let upto = self.written_to;
        let _ = self.disable(upto);
        self.observer.severed();
    }

    fn flush(&mut self, upto: u64) -> io::Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        let reached = self.reached(upto);
        self.sync()?;
        if reached { Ok(()) } else { Err(self.not_written()) }
    }

    /// Everything in front of the cut is written: what follows goes to a new incr.
    fn rotate(&mut self, cut: Cut) -> io::Result<()> {
        match self.mode {
            Mode::Off => {
                self.make_dir()?;
                self.rewriting = true;
                return Ok(());
            }
            Mode::Waiting => return Err(io::Error::other("the append only file has no base yet")),
            Mode::On if !self.reached(cut.offset) => return Err(self.not_written()),
            Mode::On => {}
        }
        self.make_dir()?;
        // The old file must not be torn once it is not the last: that would stop the next start.
        self.sync()?;
        let mut next = self.manifest.clone();
        let name = next.open_incr(&self.place.name);
        let sink = self.create_incr(&name)?;
        self.persist(next)?;
        self.open_file(None, Current { sink, name, size: 0, synced_size: 0, fresh: true, db: cut.db });
        self.rewriting = true;
        Ok(())
    }

    fn create_incr(&mut self, name: &str) -> io::Result<Box<dyn Sink>> {
        let sink = self.storage.create(&self.place.part(name)).map_err(|e| self.cannot_open(name, e))?;
        self.dir_dirty = true;
        self.log(&format!("Creating AOF incr file {name} on background rewrite"));
        Ok(sink)
    }

    /// The new base is written and synced: it replaces the old one and the incrs up to its cut.
    fn finish(&mut self, form: BaseForm) -> io::Result<()> {
        let mut next = self.manifest.clone();
        let began = self.clock_us();
        let named = self.name_parts(&mut next, form).and_then(|()| self.persist(next));
        if let Err(error) = named {
            self.warn(&format!("Error trying to put the new AOF base file in place: {}", os(&error)));
            self.abort();
            return Err(error);
        }
        self.observer.latency("aof-rename", std::time::Duration::from_micros(self.clock_us() - began));
        if self.mode == Mode::Waiting {
            self.mode = Mode::On;
        }
        self.rewriting = false;
        self.measure();
        self.collect_history();
        Ok(())
    }

    /// Gives base and, the first time, incr their names. Should a later step fail, the old manifest
    /// does not know these names, and they are taken anew the next time.
    fn name_parts(&mut self, next: &mut Manifest, form: BaseForm) -> io::Result<()> {
        let (temp, base) = (self.place.temp_base(), next.open_base(&self.place.name, form));
        self.storage.rename(&temp, &self.place.part(&base))?;
        self.log(&format!("Successfully renamed the temporary AOF base file {temp} into {base}"));
        if self.mode == Mode::Waiting {
            let (temp, incr) = (self.place.temp_incr(), next.open_incr(&self.place.name));
            self.storage.rename(&self.place.part(&temp), &self.place.part(&incr))?;
            self.log(&format!("Successfully renamed the temporary AOF incr file {temp} into {incr}"));
            if let Some(file) = &mut self.file {
                file.name.clone_from(&incr);
            }
            lock(&self.shared.status).incr = Some(incr);
        }
        next.supersede_incrs(self.mode != Mode::Off);
        Ok(())
    }

    /// After a rewrite: the sizes that the next one is measured by.
    fn measure(&mut self) {
        let base = self.manifest.base.as_ref().map(|base| self.place.part(&base.name));
        let base = base.and_then(|path| self.storage.size(&path).ok()).unwrap_or(0);
        if let Some(file) = &self.file {
            let mut status = lock(&self.shared.status);
            status.current_size = base + file.size;
            status.base_size = base + file.size;
        }
    }

    /// The rewrite came to nothing.
    fn abort(&mut self) {
        self.rewriting = false;
        let temp = self.place.temp_base();
        if self.storage.exists(&temp) {
            self.storage.discard(&temp);
        }
        if self.mode == Mode::Waiting {
            self.drop_temp_incr();
            self.close_file();
        }
        self.publish();
    }

    fn drop_temp_incr(&mut self) {
        let name = self.file.as_ref().map_or_else(|| self.place.temp_incr(), |file| file.name.clone());
        self.log(&format!("Removing the temp incr aof file {name} in the background"));
        self.storage.discard(&self.place.part(&name));
    }

    /// Removes superseded files, unless they are to be kept, and the manifest's lines about them.
    pub(super) fn collect_history(&mut self) {
        if self.options.keep_history || self.manifest.history.is_empty() || self.sync_names().is_err() {
            return;
        }
        let mut next = self.manifest.clone();
        for part in next.forget_history() {
            self.log(&format!("Removing the history file {} in the background", part.name));
            self.storage.discard(&self.place.part(&part.name));
        }
        // Should this fail the lines stay, and the next start removes what is left.
        let _ = self.persist(next);
    }

    /// Puts a manifest in place. An error means that the old one is in force.
    fn persist(&mut self, next: Manifest) -> io::Result<()> {
        let (path, temp) = (self.place.manifest(), self.place.temp_manifest());
        replace_unsynced(&*self.storage, &path, &temp, &next.format()).inspect_err(|error| {
            self.warn(&format!("Error trying to write the AOF manifest file {path}: {}", os(error)));
        })?;
        self.manifest = next;
        self.dir_dirty = true;
        if let Err(error) = self.sync_names() {
            self.warn(&format!("Fail to fsync AOF directory {}: {}.", self.place.dir, os(&error)));
        }
        Ok(())
    }

    fn make_dir(&self) -> io::Result<()> {
        let dir = &self.place.dir;
        self.storage.make_dir(dir).inspect_err(|error| {
            self.warn(&format!("Can't open or create append-only dir {dir}: {}", os(error)));
        })
    }

    fn cannot_open(&self, name: &str, error: io::Error) -> io::Error {
        self.warn(&format!("Can't open the append-only file {name}: {}", os(&error)));
        error
    }

    fn not_written(&self) -> io::Error {
        let why = lock(&self.shared.status).write_error.clone();
        io::Error::other(why.unwrap_or_else(|| "the append only file is behind".into()))
    }

    fn log(&self, line: &str) {
        self.observer.log(Level::Notice, line);
    }
}
