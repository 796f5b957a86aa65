//! `rtool history`, `rtool resume`, `rtool apply`: what was done, what is half done, and what was planned.

use serde_json::{Value as Json, json};

use super::history::{self, Past};
use super::{run, saved};
use crate::args::Command;
use crate::args::history::{ApplyArgs, HistoryArgs, ResumeArgs};
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
            history::words_of(begin).join(" ").into(),
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

/// What was planned, and each line of what happened.
fn details(past: &Past, console: &mut Console) -> Result<()> {
    let begin = past.beginning();
    let out = &mut console.data;
    out.line(&format!("rtool {}", history::words_of(begin).join(" ")))?;
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
    saved::go_to(past.beginning())?;
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
    let mut words = history::words_of(past.beginning());
    if words.iter().any(|word| word.ends_with("=***")) {
        return Err(Error::new(Kind::Refused, "a secret of that command was not recorded")
            .hint("repeat the command yourself: steps that are done are not done twice"));
    }
    for (wanted, word) in [(args.yes, "--yes"), (args.talk.json, "--json")] {
        if wanted && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    // A plan that was saved is not the plan of a half-done operation any more; and a test dies once.
    for option in ["--expect", "--fail-after"] {
        if let Some(at) = words.iter().position(|word| word == option) {
            words.drain(at..(at + 2).min(words.len()));
        }
    }
    saved::parse(&words)
        .ok_or_else(|| Error::usage(format!("the record {} holds no command that is understood", past.id)))
}

/// Runs `apply` to its end.
///
/// # Errors
/// The file is no plan, the group has changed, or what the command itself ends with.
pub fn apply(args: ApplyArgs) -> Result<Exit> {
    let more: Vec<&str> = [(args.yes, "--yes"), (args.json, "--json")]
        .into_iter()
        .filter(|row| row.0)
        .map(|row| row.1)
        .collect();
    let command = saved::command(&args.file, &more).map_err(|error| error.as_json(args.json))?;
    super::dispatch(command)
}
