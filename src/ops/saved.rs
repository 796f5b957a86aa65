//! A plan in a file: made now, read by somebody else, carried out later, if nothing has changed until then.
//!
//! The file holds the command that made the plan and what the plan said, not the steps themselves: these may
//! need passwords, which are in no file. `rtool apply` makes the plan anew from the facts of that moment and
//! refuses it unless it says the same about the same processes.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::history;
use super::plan::Plan;
use crate::args::{self, Command};
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Error, Kind};

/// It tells where servers are; nobody else needs to read that.
const FILE_MODE: u32 = 0o600;

/// Saves a plan.
///
/// # Errors
/// The file cannot be written, or is there already.
pub fn save(path: &Path, verb: &str, plan: &Plan) -> Result<()> {
    let failed =
        |error: std::io::Error| Error::usage(format!("cannot write {}", path.display())).source(&error);
    let document = json!({
        "schema": SCHEMA,
        "verb": verb,
        "folder": std::env::current_dir().ok(),
        "words": history::words(),
        "plan": said(plan),
        "steps": plan.to_json(),
        "warnings": plan.warnings,
    });
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path).map_err(failed)?;
    file.write_all(crate::ui::json::render(&document).as_bytes()).map_err(failed)
}

/// What must still be so: the sentences, and which processes they are about.
fn said(plan: &Plan) -> Json {
    let sentences: Vec<String> = plan.steps.iter().map(|step| step.action.sentence()).collect();
    let parties: Vec<Json> = plan
        .parties()
        .iter()
        .map(|party| json!({ "addr": party.addr().to_string(), "run_id": party.run_id, "replid": party.replid }))
        .collect();
    json!({ "steps": sentences, "servers": parties })
}

/// Compares a plan with the one that was saved.
///
/// # Errors
/// [`Kind::Refused`] when they differ.
pub fn must_be(path: &Path, plan: &Plan) -> Result<()> {
    let saved = read(path)?;
    if saved["plan"] == said(plan) {
        return Ok(());
    }
    let what = format!("the group is not what it was when {} was made", path.display());
    Err(Error::new(Kind::Refused, what).hint("make the plan again and read it"))
}

fn read(path: &Path) -> Result<Json> {
    let wrong = || Error::usage(format!("{} is no plan", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong().source(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong().source(&error))
}

/// The command that made a saved plan, told to make the same one; in the folder where it was made.
///
/// # Errors
/// The file is no plan.
pub fn command(path: &Path, more: &[&str]) -> Result<Command> {
    let wrong = || Error::usage(format!("{} is no plan", path.display()));
    let path = path.canonicalize().map_err(|error| wrong().source(&error))?;
    let saved = read(&path)?;
    let mut words = history::words_of(&saved);
    let made_by = words.iter().position(|word| word == "--plan-out").ok_or_else(wrong)?;
    words.drain(made_by..(made_by + 2).min(words.len()));
    words.extend(["--expect".to_owned(), path.display().to_string()]);
    words.extend(more.iter().map(ToString::to_string));
    go_to(&saved)?;
    parse(&words).ok_or_else(wrong)
}

/// Goes to the folder of a record, where its relative paths mean what they did.
///
/// # Errors
/// It is not there any more.
pub fn go_to(record: &Json) -> Result<()> {
    let Some(folder) = record["folder"].as_str() else { return Ok(()) };
    std::env::set_current_dir(folder)
        .map_err(|error| Error::usage(format!("cannot go to {folder}")).source(&error))
}

/// The command of these words, the program's own left out.
pub fn parse(words: &[String]) -> Option<Command> {
    let words = std::iter::once("rtool".to_owned()).chain(words.iter().cloned());
    args::parse(words.map(std::ffi::OsString::from)).map(|args| args.command).ok()
}
