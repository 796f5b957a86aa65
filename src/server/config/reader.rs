//! Reads configuration text: lines of words, `include`, and the fatal errors in Redis's words.
//!
//! ```text
//! file ++ standard input ++ "\n" ++ options  ->  lines  ->  words  ->  row of the table  ->  Settings
//!                                              ^               |
//!                                              +--- include ---+   (read at once: later wins)
//! ```
//!
//! Everything that is given is one text, so line numbers in errors count through it, as in Redis.
//! Folders: an included file's relative name, like every other, is relative to `dir` as it stands at
//! that line.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::limits::{CONFIG_BYTES_MAX, CONFIG_INCLUDE_DEPTH_MAX};
use crate::resp::{glob, quote};
use crate::server::acl;

use super::REDIS_VERSION;
use super::argv::Source;
use super::check;
use super::table::{self, Directive, Flags, Settings};
use super::value::{Origin, Refusal, os_reason};

/// Directives of old versions that are read and forgotten, with one value each.
const FORGOTTEN: &[&str] = &["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

const BAD_DIRECTIVE: &str = "Bad directive or wrong number of arguments";

/// Why a configuration cannot be used. `Display` is the whole text for the operator.
#[derive(Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A line is bad.
    Line {
        /// Counted from 1 through everything that was read.
        number: usize,
        /// The line without the blanks around it.
        line: String,
        /// What is wrong with it.
        why: String,
    },
    /// Each line is fine, but all together are not.
    Whole(String),
    /// A file cannot be read: its name and the reason.
    Open(String, String),
    /// The command line makes no sense.
    Usage(String),
    /// Sentinel was asked for.
    Sentinel,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = format!("\n*** FATAL CONFIG FILE ERROR (Redis {REDIS_VERSION}) ***\n");
        match self {
            Self::Line { number, line, why } => {
                write!(f, "{head}Reading the configuration file, at line {number}\n>>> '{line}'\n{why}")
            }
            Self::Whole(why) => write!(f, "{head}{why}"),
            Self::Open(file, why) => write!(f, "Fatal error, can't open config file '{file}': {why}"),
            Self::Usage(why) => f.write_str(why),
            Self::Sentinel => {
                f.write_str("rtool serve cannot run as a Sentinel; a real Sentinel can watch it")
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The settings.
    pub(super) settings: Settings,
    /// The directives that were given, by primary name.
    pub(super) given: BTreeSet<&'static str>,
    /// Settings of modules (`module.name value`), which have no row.
    pub(super) module_lines: Vec<String>,
    depth: usize,
    bytes: usize,
}

impl Loaded {
    /// Reads everything a command line asks for.
    pub(super) fn read(source: &Source, stdin: &mut dyn Read) -> Result<Self, LoadError> {
        let mut loaded = Self::default();
        let mut text = Vec::new();
        if let Some(file) = &source.file {
            loaded.append_files(file, &mut text)?;
        }
        if source.stdin {
            loaded.append(stdin, "standard input", &mut text)?;
        }
        text.push(b'\n');
        text.extend_from_slice(&source.options);
        loaded.text(&text)?;
        loaded.finish()?;
        Ok(loaded)
    }

    /// Appends the files that `name` stands for: one, or with a pattern any number, also none.
    fn append_files(&mut self, name: &OsStr, text: &mut Vec<u8>) -> Result<(), LoadError> {
        let files = if glob::is_pattern(name.as_bytes()) {
            expand(&self.settings.dir, name)
        } else {
            vec![PathBuf::from(name)]
        };
        for file in files {
            let shown = file.display().to_string();
            let path = self.settings.dir.join(&file);
            let mut reader = File::open(path).map_err(|e| LoadError::Open(shown.clone(), os_reason(&e)))?;
            self.append(&mut reader, &shown, text)?;
        }
        Ok(())
    }

    fn append(&mut self, from: &mut dyn Read, name: &str, text: &mut Vec<u8>) -> Result<(), LoadError> {
        let room = CONFIG_BYTES_MAX.saturating_sub(self.bytes) as u64;
        let read = from.take(room + 1).read_to_end(text);
        let read = read.map_err(|error| LoadError::Open(name.to_owned(), os_reason(&error)))?;
        if read as u64 > room {
            let why = format!("the configuration is larger than {CONFIG_BYTES_MAX} bytes");
            return Err(LoadError::Open(name.to_owned(), why));
        }
        self.bytes += read;
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), LoadError> {
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            self.line(line).map_err(|fault| match fault {
                Fault::Bad(why) => LoadError::Line {
                    number: index + 1,
                    line: String::from_utf8_lossy(line).into_owned(),
                    why: why.into_owned(),
                },
                Fault::Nested(error) => error,
            })?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let words =
            quote::split(line).map_err(|_| Fault::Bad("Unbalanced quotes in configuration line".into()))?;
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let Some((&name, values)) = words.split_first() else { return Ok(()) };
        match table::find(name) {
            Some(row) => self.directive(row, values),
            None => Ok(self.rest(name, values)?),
        }
    }

    fn directive(&mut self, row: &'static Directive, values: &[&[u8]]) -> Result<(), Fault> {
        if !row.is_multi() && values.len() != 1 {
            return Err(Fault::Bad("wrong number of arguments".into()));
        }
        let origin = if self.given.insert(row.name) { Origin::First } else { Origin::Again };
        let split = match values {
            // Several words may come as one: --bind "127.0.0.1 ::1".
            [one] if row.is_multi() && !row.flags.has(Flags::FILE_ONLY) && !one.is_empty() => {
                quote::split(one).map_err(|_| Fault::Bad("Unbalanced quotes in configuration line".into()))?
            }
            _ => values.iter().map(|word| word.to_vec()).collect(),
        };
        let words: Vec<&[u8]> = split.iter().map(Vec::as_slice).collect();
        row.take(&mut self.settings, &words, origin)?;
        match (row.name, words.first()) {
            ("include", Some(file)) => self.include(OsStr::from_bytes(file)),
            ("user", _) => {
                Ok(acl::check_user_line(&self.settings.user.0, &self.settings).map_err(|(word, why)| {
                    Refusal::from(format!(
                        "Error in user declaration '{}': {why}",
                        String::from_utf8_lossy(&word)
                    ))
                })?)
            }
            ("rename-command", _) => Ok(check::rename(&self.settings.rename_command).map_err(Refusal::from)?),
            _ => Ok(()),
        }
    }

    /// Lines that no row of the table stands for.
    fn rest(&mut self, name: &[u8], values: &[&[u8]]) -> Result<(), Refusal> {
        let name = String::from_utf8_lossy(name).to_lowercase();
        if FORGOTTEN.contains(&name.as_str()) && values.len() == 1 {
            return Ok(());
        }
        if name.contains('.') {
            if values.is_empty() {
                return Err("Module config specified without value".into());
            }
            self.module_lines.push(name);
            return Ok(());
        }
        if name == "sentinel" {
            return Err("sentinel directive while not in sentinel mode".into());
        }
        Err(BAD_DIRECTIVE.into())
    }

    fn include(&mut self, file: &OsStr) -> Result<(), Fault> {
        if self.depth >= CONFIG_INCLUDE_DEPTH_MAX {
            return Err(Fault::Bad("Too many files include each other".into()));
        }
        let mut text = Vec::new();
        self.append_files(file, &mut text)?;
        self.depth += 1;
        self.text(&text)?;
        self.depth -= 1;
        Ok(())
    }

    /// What can only be judged when all is read.
    fn finish(&mut self) -> Result<(), LoadError> {
        self.settings.normalize();
        if !self.settings.logfile.is_empty() {
            let path = self.settings.path(&self.settings.logfile);
            let opened = OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|e| LoadError::Whole(format!("Can't open the log file: {}", os_reason(&e))))?;
        }
        if self.settings.cluster_enabled && self.settings.replicaof.is_some() {
            return Err(LoadError::Whole("replicaof directive not allowed in cluster mode".into()));
        }
        Ok(())
    }
}

/// What stops a line: its own fault, or that of a file it includes.
enum Fault {
    Bad(Refusal),
    Nested(LoadError),
}

impl From<Refusal> for Fault {
    fn from(why: Refusal) -> Self {
        Self::Bad(why)
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Self {
        Self::Nested(error)
    }
}

/// The files that a path with patterns in it stands for, sorted, each part matched within its folder.
/// Names that begin with a dot need a dot in the pattern. Folders that cannot be read match nothing.
fn expand(base: &Path, pattern: &OsStr) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in Path::new(pattern).components() {
        let part = part.as_os_str();
        let bytes = part.as_encoded_bytes();
        if !glob::is_pattern(bytes) {
            for path in &mut found {
                path.push(part);
            }
            continue;
        }
        found = found.iter().flat_map(|folder| matching(base, folder, bytes)).collect();
    }
    found.retain(|path| base.join(path).exists());
    found.sort();
    found
}

fn matching(base: &Path, folder: &Path, pattern: &[u8]) -> Vec<PathBuf> {
    let Ok(entries) = base.join(folder).read_dir() else { return Vec::new() };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let fits = |name: &std::ffi::OsString| {
        let bytes = name.as_encoded_bytes();
        glob::matches(pattern, bytes) && (!bytes.starts_with(b".") || pattern.starts_with(b"."))
    };
    names.filter(fits).map(|name| folder.join(name)).collect()
}
