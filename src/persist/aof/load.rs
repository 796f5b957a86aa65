//! Replaying the folder: manifest, base, incrs, each handed to a target in order.
//!
//! ```text
//! manifest? ── none, and an old single file ──> upgrade: manifest with it as base, file moved in
//!    │
//!    v           RDB form          commands
//! each part ──> [ rdb events ] ──> [ command ... command  cut? ]
//!                                                   └ last part, aof-load-truncated: the file is cut
//!                                                     there and the data counts; else refused
//! ```
//!
//! A transaction is handed over when its `EXEC` has been read, its commands one by one; one without end
//! is part of the cut tail. Lines that begin with `#` are annotations and passed over.

use std::fmt;
use std::io::{self, Read};

use super::manifest::{Manifest, ManifestError};
use super::{Level, Observer, Place};
use crate::limits::QUERY_BUFFER_BYTES_MAX;
use crate::persist::rdb::{Event, RdbError, RdbReader};
use crate::persist::storage::Storage;
use crate::resp::{Args, OwnedArgs, Parsed, Parser, RequestLimits, Span};

/// Bytes asked of a file at a time.
const BLOCK_BYTES: usize = 256 * 1024;
/// Longest annotation line, in bytes.
const ANNOTATION_BYTES_MAX: usize = 1024;

/// Who receives what the files hold. An `Err` is the reason to refuse the file.
pub trait Target {
    /// Loading begins; all parts together have so many bytes.
    fn begin(&mut self, total_bytes: u64);
    /// The next event of a base in RDB form. `End` comes too.
    fn rdb(&mut self, event: Event<'_>) -> Result<(), String>;
    /// The next command; `SELECT` among them, `MULTI` and `EXEC` not.
    fn command(&mut self, args: Args<'_>) -> Result<(), String>;
    /// So many bytes of all parts are loaded.
    fn progress(&mut self, loaded_bytes: u64);
}

/// Why the folder was refused. The words are already in the log.
#[derive(Debug)]
pub enum LoadError {
    /// The manifest.
    Manifest(ManifestError),
    /// A file operation.
    Io {
        /// The file.
        file: String,
        /// What the system said.
        error: io::Error,
    },
    /// A base in RDB form.
    Rdb {
        /// The file.
        file: String,
        /// What was wrong with it.
        error: RdbError,
    },
    /// The target refused something.
    Refused {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A file ends in the middle of a command or transaction, and may not.
    Truncated {
        /// The file.
        file: String,
    },
    /// Bytes that are no command.
    Format {
        /// The file.
        file: String,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Manifest(error) => error.fmt(f),
            LoadError::Io { file, error } => write!(f, "{file}: {error}"),
            LoadError::Rdb { file, error } => write!(f, "{file}: {error}"),
            LoadError::Refused { file, reason } => write!(f, "{file}: {reason}"),
            LoadError::Truncated { file } => write!(f, "{file} ends in the middle of a command"),
            LoadError::Format { file } => write!(f, "{file} is not an append only file"),
        }
    }
}

impl std::error::Error for LoadError {}

/// What was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The parts, for the writer to go on with.
    pub manifest: Manifest,
    /// Whether there was any part (else there is nothing to load from).
    pub found: bool,
    /// Bytes of all parts.
    pub size: u64,
    /// Bytes of the base.
    pub base_size: u64,
    /// Whether a torn tail was cut off the last part.
    pub truncated: bool,
}

/// What loading needs to know.
pub struct Loader<'a> {
    /// The server's directory.
    pub storage: &'a dyn Storage,
    /// Where in it the parts are.
    pub place: &'a Place,
    /// `aof-load-truncated`.
    pub truncated_ok: bool,
    /// Verify the checksum of an RDB base (`rdbchecksum`).
    pub checksum: bool,
    /// Who writes the log.
    pub observer: &'a dyn Observer,
}

impl Loader<'_> {
    /// Loads everything. The target's data is only whole when this succeeds.
    pub fn load(&self, target: &mut dyn Target) -> Result<Loaded, LoadError> {
        let mut loaded = Loaded { manifest: self.manifest()?, ..Loaded::default() };
        self.upgrade(&mut loaded.manifest)?;
        loaded.found = !loaded.manifest.is_empty();
        let sizes = self.sizes(&loaded.manifest)?;
        loaded.size = sizes.iter().sum();
        loaded.base_size =
            if loaded.manifest.base.is_some() { sizes.first().copied().unwrap_or(0) } else { 0 };
        if loaded.size > 0 {
            target.begin(loaded.size);
            self.parts(&mut loaded, &sizes, target)?;
        }
        Ok(loaded)
    }

    /// The manifest as it is on disk; an empty one when there is none.
    pub fn manifest(&self) -> Result<Manifest, LoadError> {
        let path = self.place.manifest();
        if !self.storage.exists(&path) {
            self.log(Level::Debug, &format!("The AOF manifest file {path} doesn't exist"));
            return Ok(Manifest::default());
        }
        let mut text = Vec::new();
        let read = self.storage.open(&path).and_then(|mut file| file.read_to_end(&mut text));
        if let Err(error) = read {
            self.warn(&format!(
                "Fatal error: can't open the AOF manifest file {path} for reading: {}",
                os(&error)
            ));
            return Err(LoadError::Io { file: path, error });
        }
        Manifest::parse(&text).map_err(|error| {
            self.warn("*** FATAL AOF MANIFEST FILE ERROR ***");
            if let Some((number, line)) = &error.line {
                self.warn(&format!("Reading the manifest file, at line {number}"));
                self.warn(&format!(">>> '{line}'"));
            }
            self.warn(error.what);
            LoadError::Manifest(error)
        })
    }

    /// Takes a single old-style file into the folder as base. Every step can be interrupted: the
    /// next start goes on from there.
    fn upgrade(&self, manifest: &mut Manifest) -> Result<(), LoadError> {
        let (old, inside) = (&self.place.name, self.place.part(&self.place.name));
        let begun = manifest.incrs.is_empty()
            && manifest.base.as_ref().is_some_and(|base| base.name == *old)
            && !self.storage.exists(&inside);
        if !self.storage.exists(old) || !(manifest.is_empty() || begun) {
            return Ok(());
        }
        *manifest = Manifest::upgraded(old);
        self.move_in(manifest, old, &inside).map_err(|error| {
            let dir = &self.place.dir;
            self.warn(&format!("Error trying to move the old AOF file {old} into dir {dir}: {}", os(&error)));
            LoadError::Io { file: old.clone(), error }
        })?;
        let dir = &self.place.dir;
        let line =
            format!("Successfully migrated an old-style AOF file ({old}) into the AOF directory ({dir}).");
        self.log(Level::Notice, &line);
        Ok(())
    }

    fn move_in(&self, manifest: &Manifest, old: &str, inside: &str) -> io::Result<()> {
        self.storage.make_dir(&self.place.dir)?;
        let (path, temp) = (self.place.manifest(), self.place.temp_manifest());
        crate::persist::storage::replace(self.storage, &path, &temp, &manifest.format())?;
        self.storage.rename(old, inside)?;
        self.storage.sync_dir(&self.place.dir)?;
        self.storage.sync_dir("")
    }

    fn sizes(&self, manifest: &Manifest) -> Result<Vec<u64>, LoadError> {
        let size = |name: &String| {
            self.storage.size(&self.place.part(name)).map_err(|error| {
                self.warn(&format!("Unable to obtain the AOF file {name} length. stat: {}", os(&error)));
                LoadError::Io { file: name.clone(), error }
            })
        };
        manifest.parts().map(|part| size(&part.name)).collect()
    }

    fn parts(&self, loaded: &mut Loaded, sizes: &[u64], target: &mut dyn Target) -> Result<(), LoadError> {
        let mut done = 0;
        for (index, (part, size)) in loaded.manifest.parts().zip(sizes).enumerate() {
            if *size > 0 {
                let last = index + 1 == sizes.len();
                let mut file = PartLoad { loader: self, name: &part.name, done, tail: Tail::default() };
                let cut = file.run(last, target)?;
                loaded.truncated |= cut.is_some();
                loaded.size -= cut.map_or(0, |at| size.saturating_sub(at));
                let kind = if loaded.manifest.base.as_ref() == Some(part) { "base" } else { "incr" };
                self.log(Level::Notice, &format!("DB loaded from {kind} file {}", part.name));
            }
            done += size;
            target.progress(done);
        }
        Ok(())
    }

    fn log(&self, level: Level, line: &str) {
        self.observer.log(level, line);
    }

    fn warn(&self, line: &str) {
        self.log(Level::Warning, line);
    }
}

/// The system's words for an error, without Rust's `(os error 2)`.
pub(super) fn os(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Where the last whole thing ended.
#[derive(Default)]
struct Tail {
    /// Offset behind the last command or annotation handed over or queued.
    good: u64,
    /// Offset in front of the open `MULTI`, and what it holds.
    open: Option<(u64, Vec<OwnedArgs>)>,
}

struct PartLoad<'a> {
    loader: &'a Loader<'a>,
    name: &'a str,
    /// Bytes of the parts before.
    done: u64,
    tail: Tail,
}

/// How the commands of a part ended.
enum Ending {
    Clean,
    Short,
    Bad,
}

impl PartLoad<'_> {
    /// Loads one part. `Some(offset)` when its tail was cut off there.
    fn run(&mut self, last: bool, target: &mut dyn Target) -> Result<Option<u64>, LoadError> {
        let path = self.loader.place.part(self.name);
        let mut src = self.loader.storage.open(&path).map_err(|e| self.unreadable(e))?;
        let mut head = Vec::new();
        src.by_ref().take(5).read_to_end(&mut head).map_err(|e| self.unreadable(e))?;
        let whole = io::Cursor::new(head.clone()).chain(src);
        let ending = if head == b"REDIS" || head == b"VALKE" {
            self.preamble(whole, target)?
        } else {
            self.commands(Vec::new(), whole, target)?
        };
        self.finish(ending, last)
    }

    fn finish(&mut self, ending: Ending, last: bool) -> Result<Option<u64>, LoadError> {
        let name = self.name;
        match ending {
            Ending::Clean if self.tail.open.is_none() => Ok(None),
            Ending::Bad => {
                self.loader.warn(&format!(
                    "Bad file format reading the append only file {name}: make a backup of your AOF file, \
                     then use ./redis-check-aof --fix <filename.manifest>"
                ));
                Err(LoadError::Format { file: name.into() })
            }
            _ => self.cut(last).map(Some),
        }
    }

    /// The file ends too early: cuts it behind the last whole command, if that is allowed.
    fn cut(&mut self, last: bool) -> Result<u64, LoadError> {
        let (name, loader) = (self.name, self.loader);
        if let Some((before, _)) = self.tail.open.take() {
            loader.warn(&format!("Revert incomplete MULTI/EXEC transaction in AOF file {name}"));
            self.tail.good = before;
        }
        let good = self.tail.good;
        if !loader.truncated_ok {
            loader.warn(&format!(
                "Unexpected end of file reading the append only file {name}. You can: 1) Make a backup of your AOF \
                 file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the \
                 'aof-load-truncated' configuration option to yes and restart the server."
            ));
            return Err(LoadError::Truncated { file: name.into() });
        }
        if !last {
            loader.warn("Fatal error: the truncated file is not the last file");
            return Err(LoadError::Truncated { file: name.into() });
        }
        loader.warn(&format!("!!! Warning: short read while loading the AOF file {name}!!!"));
        loader.warn(&format!("!!! Truncating the AOF {name} at offset {good} !!!"));
        loader.storage.truncate(&loader.place.part(name), good).map_err(|error| {
            loader.warn(&format!("Error truncating the AOF file {name}: {}", os(&error)));
            LoadError::Io { file: name.into(), error }
        })?;
        loader.warn(&format!("AOF {name} loaded anyway because aof-load-truncated is enabled"));
        Ok(good)
    }

    /// A base in RDB form, or an old file that begins with one and goes on with commands.
    fn preamble(&mut self, src: impl Read, target: &mut dyn Target) -> Result<Ending, LoadError> {
        let old_style = self.name == self.loader.place.name;
        let line = if old_style {
            "Reading RDB preamble from AOF file..."
        } else {
            "Reading RDB base file on AOF loading..."
        };
        self.loader.log(Level::Notice, line);
        let read = self.rdb(src, target);
        let (rest, src) = read.inspect_err(|_| self.rdb_refused(old_style))?;
        if old_style {
            self.loader.log(Level::Notice, "Reading the remaining AOF tail...");
        }
        self.commands(rest, src, target)
    }

    fn rdb_refused(&self, old_style: bool) {
        let what = if old_style { "RDB preamble of the AOF file" } else { "RDB base file" };
        self.loader.warn(&format!("Error reading the {what} {}, AOF loading aborted", self.name));
    }

    fn rdb<R: Read>(&mut self, src: R, target: &mut dyn Target) -> Result<(Vec<u8>, R), LoadError> {
        let failed = |error| LoadError::Rdb { file: self.name.into(), error };
        let mut reader = RdbReader::new(src, self.loader.checksum).map_err(failed)?;
        let mut since = 0u32;
        loop {
            let event = reader.next_event().map_err(|error| {
                self.loader.warn(&format!("Reading {}: {error}", self.name));
                LoadError::Rdb { file: self.name.into(), error }
            })?;
            let end = matches!(event, Event::End(_));
            target.rdb(event).map_err(|reason| self.refused(reason))?;
            since += 1;
            if since.is_multiple_of(1024) {
                target.progress(self.done + reader.offset());
            }
            if end {
                self.tail.good = reader.offset();
                return Ok(reader.into_parts());
            }
        }
    }

    /// Commands up to the end of the file; `buf` was read already, from offset `tail.good` on.
    fn commands(
        &mut self,
        mut buf: Vec<u8>,
        mut src: impl Read,
        target: &mut dyn Target,
    ) -> Result<Ending, LoadError> {
        let (mut parser, mut spans) = (Parser::new(), Vec::new());
        loop {
            let (used, want) = match self.batch(&mut buf, &mut parser, &mut spans, target)? {
                Step::Bad => return Ok(Ending::Bad),
                Step::More { used, want } => (used, want),
            };
            buf.drain(..used);
            target.progress(self.done + self.tail.good);
            if buf.len() + BLOCK_BYTES > QUERY_BUFFER_BYTES_MAX / 2 {
                return Ok(Ending::Bad);
            }
            if !fill(&mut buf, &mut src, want).map_err(|e| self.unreadable(e))? {
                return Ok(if buf.is_empty() { Ending::Clean } else { Ending::Short });
            }
        }
    }

    /// Hands over every whole command of `buf`.
    fn batch(
        &mut self,
        buf: &mut [u8],
        parser: &mut Parser,
        spans: &mut Vec<Span>,
        target: &mut dyn Target,
    ) -> Result<Step, LoadError> {
        let mut used = 0;
        loop {
            let consumed = match buf.get(used) {
                None => return Ok(Step::More { used, want: 1 }),
                Some(b'#') => match annotation(&buf[used..]) {
                    Some(0) => return Ok(Step::Bad),
                    Some(len) => len,
                    None => return Ok(Step::More { used, want: 1 }),
                },
                Some(b'*') => {
                    spans.clear();
                    match parser.next(buf, used, RequestLimits::MASTER, spans) {
                        Err(_) | Ok(Parsed::Complete { argc: 0, .. }) => return Ok(Step::Bad),
                        Ok(Parsed::Incomplete { want }) => return Ok(Step::More { used, want }),
                        Ok(Parsed::Complete { consumed, .. }) => {
                            self.command(Args::new(buf, spans), target)?;
                            consumed
                        }
                    }
                }
                Some(_) => return Ok(Step::Bad),
            };
            used += consumed;
            self.tail.good += consumed as u64;
        }
    }

    fn command(&mut self, args: Args<'_>, target: &mut dyn Target) -> Result<(), LoadError> {
        let name = args.at(0);
        if name.eq_ignore_ascii_case(b"multi") && self.tail.open.is_none() {
            self.tail.open = Some((self.tail.good, Vec::new()));
            return Ok(());
        }
        if name.eq_ignore_ascii_case(b"exec") {
            // EXEC without MULTI is run, as any command that can only fail.
            let alone = || vec![OwnedArgs::from(args)];
            let queued = self.tail.open.take().map_or_else(alone, |(_, queued)| queued);
            return queued
                .iter()
                .try_for_each(|args| target.command(args.as_args()))
                .map_err(|reason| self.refused(reason));
        }
        match &mut self.tail.open {
            Some((_, queued)) => queued.push(OwnedArgs::from(args)),
            None => target.command(args).map_err(|reason| self.refused(reason))?,
        }
        Ok(())
    }

    fn refused(&self, reason: String) -> LoadError {
        self.loader.warn(&format!("{reason} reading the append only file {}", self.name));
        LoadError::Refused { file: self.name.into(), reason }
    }

    fn unreadable(&self, error: io::Error) -> LoadError {
        let name = self.name;
        self.loader.warn(&format!("Unrecoverable error reading the append only file {name}: {}", os(&error)));
        LoadError::Io { file: name.into(), error }
    }
}

enum Step {
    /// `used` bytes are done with; at least `want` more are needed.
    More { used: usize, want: usize },
    /// This is no command.
    Bad,
}

/// Length of the annotation line at the start of `buf`; `None` when its end has not arrived, 0 when it
/// is too long to be one.
fn annotation(buf: &[u8]) -> Option<usize> {
    match buf.iter().take(ANNOTATION_BYTES_MAX).position(|&byte| byte == b'\n') {
        Some(at) => Some(at + 1),
        None if buf.len() >= ANNOTATION_BYTES_MAX => Some(0),
        None => None,
    }
}

/// Appends to `buf` at least one byte and, when they are there, about `want`; false at the end of the
/// file. A large `want` is only believed as bytes arrive.
fn fill(buf: &mut Vec<u8>, src: &mut impl Read, want: usize) -> io::Result<bool> {
    let step = want.clamp(BLOCK_BYTES, buf.len().max(BLOCK_BYTES)) as u64;
    let read = src.by_ref().take(step).read_to_end(buf)?;
    Ok(read > 0)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
