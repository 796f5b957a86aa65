//! What was done, when, by whom and how it ended: a file per operation, written before and after each step.
//!
//! ```text
//! history/1764612345678-promote.jsonl
//!   {"event":"begin", "verb":..., "user":..., "host":..., "folder":..., "words":[...], "steps":[...]}
//!   {"event":"step", "step":1, "state":"started"}      on the disk before the step is sent
//!   {"event":"step", "step":1, "state":"done"}         or "already", "short", "failed", with what was seen
//!   {"event":"end", "exit":0}                          no such line: the process did not live to write it
//!   {"event":"resumed", "exit":0}                      a later `rtool resume` brought it to this end
//! ```
//!
//! No secret is in a record: passwords are never among the words of a command line, and the value of `--set
//! requirepass=...` is left out. An operation whose record cannot be written goes on, unless the folder was
//! named: at night a full disk must not keep anybody from promoting.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::apply::Done;
use super::plan::Plan;
use crate::clock;
use crate::limits::HISTORY_RECORDS_MAX;
use crate::names::state_folder;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Error, Exit};

/// Nobody else reads who did what.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Settings whose values are secrets.
const SECRET_SETTINGS: [&str; 2] = ["requirepass", "masterauth"];

/// What stands for a secret.
const HIDDEN: &str = "***";

/// The record of an operation that runs.
#[derive(Debug, Default)]
pub struct Record {
    /// Its name; empty when none is kept.
    pub id: String,
    file: Option<File>,
}

impl Record {
    /// Begins a record in this folder, or in the user's own.
    ///
    /// # Errors
    /// The folder was named and cannot be used.
    pub fn begin(named: Option<&Path>, verb: &str, plan: &Plan, console: &mut Console) -> Result<Record> {
        let id = format!("{}-{verb}", clock::wall_ms());
        let began = folder(named).and_then(|folder| create(&folder, &id));
        let file = match began {
            Ok(file) => file,
            Err(error) if named.is_some() => return Err(error),
            Err(error) => {
                console.notes.note(&format!("warning: no history is kept: {error}"));
                return Ok(Record::default());
            }
        };
        let mut record = Record { id, file: Some(file) };
        record.write(&beginning(&record.id, verb, plan));
        Ok(record)
    }

    /// A step is about to be carried out.
    pub fn starts(&mut self, step: usize) {
        self.write(&json!({ "event": "step", "at_ms": clock::wall_ms(), "step": step, "state": "started" }));
    }

    /// A step ended.
    pub fn ended(&mut self, step: usize, done: &Done) {
        let (state, seen) = done.described();
        let line =
            json!({ "event": "step", "at_ms": clock::wall_ms(), "step": step, "state": state, "seen": seen });
        self.write(&line);
    }

    /// A step failed.
    pub fn failed(&mut self, step: usize, why: &str) {
        let line = json!({ "event": "step", "at_ms": clock::wall_ms(), "step": step, "state": "failed", "seen": why });
        self.write(&line);
    }

    /// The operation ended.
    pub fn end(&mut self, outcome: Result<(), &Error>) {
        let (exit, error) = match outcome {
            Ok(()) => (Exit::DONE, None),
            Err(error) => (error.kind.exit(), Some(error.to_string())),
        };
        self.write(
            &json!({ "event": "end", "at_ms": clock::wall_ms(), "exit": exit.code(), "error": error }),
        );
    }

    /// A line on the disk. A failure here must not stop an operation that is half done.
    fn write(&mut self, line: &Json) {
        if let Some(file) = &mut self.file {
            let written = file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.sync_data());
            if written.is_err() {
                self.file = None;
            }
        }
    }
}

fn beginning(id: &str, verb: &str, plan: &Plan) -> Json {
    let steps: Vec<String> = plan.steps.iter().map(|step| step.action.sentence()).collect();
    json!({
        "schema": SCHEMA,
        "event": "begin",
        "at_ms": clock::wall_ms(),
        "id": id,
        "verb": verb,
        "user": user(),
        "host": host(),
        "process": std::process::id(),
        "folder": std::env::current_dir().ok(),
        "words": words(),
        "steps": steps,
        "warnings": plan.warnings,
    })
}

/// The words of this process's command line, without secrets and the program's own name.
pub fn words() -> Vec<String> {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    without_secrets(&words)
}

/// The words that a record holds.
pub fn words_of(record: &Json) -> Vec<String> {
    let all = record["words"].as_array().cloned().unwrap_or_default();
    all.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// The words of a command line, without the values of settings that are secrets.
fn without_secrets(words: &[String]) -> Vec<String> {
    let hide = |word: &String| {
        let (option, setting) = match word.strip_prefix("--set=") {
            Some(setting) => ("--set=", setting),
            None => ("", word.as_str()),
        };
        match setting.split_once('=') {
            Some((name, _)) if SECRET_SETTINGS.contains(&name.to_ascii_lowercase().as_str()) => {
                format!("{option}{name}={HIDDEN}")
            }
            _ => word.clone(),
        }
    };
    words.iter().map(hide).collect()
}

fn user() -> String {
    let known = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten();
    known.map_or_else(|| nix::unistd::getuid().to_string(), |user| user.name)
}

/// This machine's name.
pub fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// The folder of records: the one named, else the user's.
///
/// # Errors
/// There is none.
pub fn folder(named: Option<&Path>) -> Result<PathBuf> {
    let own = || state_folder().map(|folder| folder.join("history"));
    named.map(Path::to_path_buf).or_else(own).ok_or_else(|| {
        Error::usage("there is no folder for the history").hint("name one with --history, or set HOME")
    })
}

fn create(folder: &Path, id: &str) -> Result<File> {
    let failed = |error: std::io::Error| {
        Error::usage(format!("cannot write the history in {}", folder.display())).source(&error)
    };
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(failed)?;
    let path = folder.join(format!("{id}.jsonl"));
    OpenOptions::new().create_new(true).append(true).mode(FILE_MODE).open(path).map_err(failed)
}

/// A record that was read back.
#[derive(Debug, Clone)]
pub struct Past {
    /// Where it is.
    pub path: PathBuf,
    /// Its name.
    pub id: String,
    /// Its lines.
    pub lines: Vec<Json>,
}

impl Past {
    /// Its first line, which says what was asked for.
    pub fn beginning(&self) -> &Json {
        self.lines.first().unwrap_or(&Json::Null)
    }

    /// A text of its first line.
    pub fn text(&self, name: &str) -> &str {
        self.beginning()[name].as_str().unwrap_or_default()
    }

    /// How it ended, the last word counts: `None` if the process did not live to say so.
    pub fn exit(&self) -> Option<u64> {
        let ends =
            self.lines.iter().rev().filter(|line| line["event"] == "end" || line["event"] == "resumed");
        ends.map(|line| line["exit"].as_u64()).next().flatten()
    }

    /// Could a resume bring it further?
    pub fn is_open(&self) -> bool {
        let open = [Exit::INCOMPLETE, Exit::UNKNOWN, Exit::VERIFICATION, Exit::INTERRUPTED];
        self.exit().is_none_or(|exit| open.iter().any(|kind| u64::from(kind.code()) == exit))
    }

    /// How many steps came to a good end.
    pub fn steps_done(&self) -> usize {
        let good = |line: &&Json| {
            line["event"] == "step" && ["done", "already"].iter().any(|state| line["state"] == *state)
        };
        self.lines.iter().filter(good).count()
    }

    /// Notes how a resume ended.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn resumed(&self, exit: Exit) -> Result<()> {
        let failed = |error: std::io::Error| Error::failed("cannot write the history").source(&error);
        let mut file = OpenOptions::new().append(true).open(&self.path).map_err(failed)?;
        let line = json!({ "event": "resumed", "at_ms": clock::wall_ms(), "exit": exit.code() });
        file.write_all(format!("{line}\n").as_bytes()).map_err(failed)
    }
}

/// The records of a folder, the oldest first. A line that was cut off is left out.
///
/// # Errors
/// The folder cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Past>> {
    let failed =
        |error: std::io::Error| Error::failed(format!("cannot read {}", folder.display())).source(&error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    let first = paths.len().saturating_sub(HISTORY_RECORDS_MAX);
    paths.drain(..first);
    paths.into_iter().map(|path| read_one(path).map_err(failed)).collect()
}

fn read_one(path: PathBuf) -> std::io::Result<Past> {
    let text = fs::read_to_string(&path)?;
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Past { path, id, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_among_the_words_is_left_out() {
        let words: Vec<String> = [
            "promote",
            "a",
            "--set",
            "requirepass=geheim",
            "--set=masterauth=geheim",
            "--set",
            "appendonly=yes",
        ]
        .map(str::to_owned)
        .to_vec();
        let kept = without_secrets(&words).join(" ");
        assert_eq!(kept, "promote a --set requirepass=*** --set=masterauth=*** --set appendonly=yes");
    }

    #[test]
    fn a_record_is_read_back_and_its_end_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (mut console, _, _) = Console::captured();
        let mut record =
            Record::begin(Some(folder.path()), "promote", &Plan::default(), &mut console).unwrap();
        record.starts(1);
        let past = || read(folder.path()).unwrap().remove(0);
        assert_eq!((past().text("verb"), past().exit(), past().is_open()), ("promote", None, true));
        record.ended(1, &Done::Already);
        record.end(Err(&Error::new(crate::ui::Kind::Incomplete, "half")));
        assert_eq!((past().exit(), past().is_open(), past().steps_done()), (Some(5), true, 1));
        past().resumed(Exit::DONE).unwrap();
        assert_eq!((past().exit(), past().is_open()), (Some(0), false));
        fs::write(folder.path().join("1-x.jsonl"), "{\"event\":\"begin\",\"verb\":\"x\"}\n{\"ev").unwrap();
        assert_eq!(past().lines.len(), 1);
    }
}
