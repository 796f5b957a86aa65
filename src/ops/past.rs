//! `rtool history`, `rtool resume`: what was done, and what is half done.

use std::ffi::OsString;

use serde_json::{Value as Json, json};

use super::history::{self, Past};
use super::run;
use crate::args::history::{HistoryArgs, ResumeArgs};
use crate::args::{self, Command};
use crate::clock;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::table::{Cell, Table};
use crate::ui::{Console, Error, Exit, Kind, Style};

/// Runs `history` to its end.
///
/// # Errors
/// The records cannot be read, or the one asked for is not there.
pub fn list(args: HistoryArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| show(args, console))
}

async fn show(args: HistoryArgs, mut console: Console) -> Result<Exit> {
    let records = history::read(&history::folder(args.history.as_deref())?)?;
    let chosen = args.id.as_ref().map(|id| find(&records, id)).transpose()?;
    match (chosen, args.talk.json) {
        (Some(past), true) => {
            console.data.json(&json!({ "schema": SCHEMA, "ok": true, "lines": past.lines }))?;
        }
        (Some(past), false) => details(past, &mut console)?,
        (None, true) => {
            let all: Vec<Json> = records.iter().map(document).collect();
            console.data.json(&json!({ "schema": SCHEMA, "ok": true, "operations": all }))?;
        }
        (None, false) => table(&records).print(&mut console.data)?,
    }
    Ok(Exit::DONE)
}

fn find<'a>(records: &'a [Past], id: &str) -> Result<&'a Past> {
    records
        .iter()
        .find(|past| past.id == id)
        .ok_or_else(|| Error::usage(format!("there is no operation {id}")).hint("rtool history lists them"))
}

fn document(past: &Past) -> Json {
    let begin = past.beginning();
    json!({
        "id": past.id,
        "verb": begin["verb"],
        "at_ms": begin["at_ms"],
        "user": begin["user"],
        "host": begin["host"],
        "words": begin["words"],
        "steps": begin["steps"].as_array().map_or(0, Vec::len),
        "steps_done": past.steps_done(),
        "exit": past.exit(),
        "unfinished": past.is_open(),
    })
}

fn table(records: &[Past]) -> Table {
    let mut table = Table::new(&["ID", "WHEN", "WHO", "STEPS", "END", "COMMAND"]);
    for past in records {
        let begin = past.beginning();
        let steps = begin["steps"].as_array().map_or(0, Vec::len);
        table.row(vec![
            past.id.as_str().into(),
            when(begin).into(),
            format!("{}@{}", past.text("user"), past.text("host")).into(),
            format!("{} of {steps}", past.steps_done()).into(),
            end(past),
            words(begin).join(" ").into(),
        ]);
    }
    table
}

fn when(line: &Json) -> String {
    line["at_ms"].as_i64().map_or_else(String::new, clock::local_text)
}

fn end(past: &Past) -> Cell {
    match past.exit() {
        Some(0) => "done".into(),
        Some(code) => Cell::styled(format!("exit {code}"), Style::Bad),
        None => Cell::styled("broke off", Style::Bad),
    }
}

fn words(begin: &Json) -> Vec<&str> {
    begin["words"].as_array().map(|all| all.iter().filter_map(Json::as_str).collect()).unwrap_or_default()
}

/// What was planned, and each line of what happened.
fn details(past: &Past, console: &mut Console) -> Result<()> {
    let begin = past.beginning();
    let out = &mut console.data;
    out.line(&format!("rtool {}", words(begin).join(" ")))?;
    out.line(&format!("{} by {}@{}", when(begin), past.text("user"), past.text("host")))?;
    let sentences = begin["steps"].as_array().cloned().unwrap_or_default();
    for line in past.lines.iter().filter(|line| line["state"] != "started").skip(1) {
        let number = line["step"].as_u64().and_then(|step| usize::try_from(step).ok());
        let sentence =
            number.and_then(|step| sentences.get(step.checked_sub(1)?)?.as_str()).unwrap_or_default();
        let seen = line["seen"]
            .as_str()
            .or(line["error"].as_str())
            .map_or(String::new(), |seen| format!(": {seen}"));
        let state = line["state"].as_str().map_or_else(|| exit_words(line), str::to_owned);
        out.line(&format!("{} {state:<8} {sentence}{seen}", when(line)))?;
    }
    Ok(())
}

fn exit_words(line: &Json) -> String {
    format!("{} {}", line["event"].as_str().unwrap_or_default(), line["exit"])
}

/// Runs `resume` to its end.
///
/// # Errors
/// There is nothing to resume, or what the command itself ends with.
pub fn resume(args: ResumeArgs) -> Result<Exit> {
    let json = args.talk.json;
    resume_one(args).map_err(|error| error.as_json(json))
}

fn resume_one(args: ResumeArgs) -> Result<Exit> {
    let records = history::read(&history::folder(args.history.as_deref())?)?;
    let past = match &args.id {
        Some(id) => find(&records, id)?,
        None => records.iter().rev().find(|past| past.is_open()).ok_or_else(|| {
            Error::new(Kind::Refused, "no operation is unfinished").hint("rtool history lists all of them")
        })?,
    };
    let command = command_of(past, &args)?;
    if let Some(folder) = past.beginning()["folder"].as_str() {
        std::env::set_current_dir(folder)
            .map_err(|error| Error::usage(format!("cannot go to {folder}")).source(&error))?;
    }
    let outcome = super::dispatch(command);
    let exit = match &outcome {
        Ok(exit) => *exit,
        Err(error) => error.kind.exit(),
    };
    past.resumed(exit)?;
    outcome
}

/// The command of a record, read anew.
fn command_of(past: &Past, args: &ResumeArgs) -> Result<Command> {
    let mut words = vec!["rtool"];
    words.extend(self::words(past.beginning()));
    let kept_back = Error::new(Kind::Refused, "a secret of that command was not recorded")
        .hint("repeat the command yourself: steps that are done are not done twice");
    if words.iter().any(|word| word.ends_with("=***")) {
        return Err(kept_back);
    }
    for (wanted, word) in [(args.yes, "--yes"), (args.talk.json, "--json")] {
        if wanted && !words.contains(&word) {
            words.push(word);
        }
    }
    let died_on_purpose = words.iter().position(|word| *word == "--fail-after");
    if let Some(at) = died_on_purpose {
        words.drain(at..(at + 2).min(words.len()));
    }
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    let unreadable = || Error::usage(format!("the record {} holds no command that is understood", past.id));
    args::parse(words).map(|args| args.command).map_err(|_| unreadable())
}
