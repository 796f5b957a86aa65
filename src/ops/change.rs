//! What every verb that changes something shares: show the plan, ask, carry it out, say how it ended.
//!
//! `--dry-run` returns before [`Apply`] exists, so it has nothing to write with.

use serde_json::{Value as Json, json};

use super::apply::{Apply, Done, Patience};
use super::plan::Plan;
use super::run;
use crate::args::operator::{Change, Talk};
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Error, Exit, Kind, Style, prompt};

/// From a plan to its end.
///
/// # Errors
/// [`Kind::Refused`] when the user says no; else what stopped the plan.
pub async fn carry_out(
    verb: &str,
    plan: &Plan,
    talk: &Talk,
    change: &Change,
    console: &mut Console,
) -> Result<Exit> {
    let done = apply(plan, talk, change, console).await?;
    report(verb, plan, done.as_deref(), talk, console)
}

/// The first part of a verb that has two: from a plan to its end. False when it was only shown.
///
/// # Errors
/// As [`carry_out`].
pub async fn part(plan: &Plan, talk: &Talk, change: &Change, console: &mut Console) -> Result<bool> {
    apply(plan, talk, change, console).await.map(|done| done.is_some())
}

/// Shows the plan, asks, and runs it; nothing comes back from a dry run.
async fn apply(
    plan: &Plan,
    talk: &Talk,
    change: &Change,
    console: &mut Console,
) -> Result<Option<Vec<Done>>> {
    show(plan, console);
    if change.dry_run {
        return Ok(None);
    }
    if plan.changes_anything() && !change.yes && !prompt::confirm(&mut console.notes, "Go ahead?")? {
        return Err(Error::new(Kind::Refused, "not confirmed; nothing was changed"));
    }
    let patience = Patience { node: talk.node_timeout, step: change.timeout };
    let done = run::unless_interrupted(Apply::new(console, patience).run(plan)).await;
    let done = done.unwrap_or_else(|| Err(interrupted()));
    done.map(Some).map_err(|error| error.detail("steps", Json::from(plan.to_json())))
}

/// Between two steps or in the middle of one: nobody knows.
fn interrupted() -> Error {
    Error::new(Kind::Unknown, "interrupted: some steps are done, and one may be half done")
        .hint("look with rtool status, then repeat the command: steps that are done are not done twice")
}

fn show(plan: &Plan, console: &mut Console) {
    let notes = &mut console.notes;
    let heading = notes.paint(Style::Strong, "Plan");
    notes.note(&heading);
    for (step, number) in plan.steps.iter().zip(1..) {
        notes.note(&format!("{number:3}. {}", step.action.sentence()));
        if let Some(risk) = &step.risk {
            let label = notes.paint(Style::Warn, "lost:");
            notes.note(&format!("     {label} {risk}"));
        }
    }
    for warning in &plan.warnings {
        let label = notes.paint(Style::Warn, "warning:");
        notes.note(&format!("{label} {warning}"));
    }
}

/// Says how it ended.
///
/// # Errors
/// The output cannot be written.
pub fn report(
    verb: &str,
    plan: &Plan,
    done: Option<&[Done]>,
    talk: &Talk,
    console: &mut Console,
) -> Result<Exit> {
    if talk.json {
        console.data.json(&document(verb, plan, done))?;
    } else if done.is_some() {
        plan.outcome.iter().try_for_each(|line| console.data.line(line))?;
    } else {
        console.notes.note("dry run: nothing was changed");
    }
    Ok(Exit::DONE)
}

fn document(verb: &str, plan: &Plan, done: Option<&[Done]>) -> Json {
    let mut steps = plan.to_json();
    for (step, done) in steps.iter_mut().zip(done.unwrap_or_default()) {
        if let Some(step) = step.as_object_mut() {
            let (state, seen) = match done {
                Done::Yes(seen) => ("done", seen.clone()),
                Done::Already => ("already", None),
                Done::Short(what) => ("short", Some(what.clone())),
            };
            step.insert("state".to_owned(), json!(state));
            step.insert("seen".to_owned(), json!(seen));
        }
    }
    json!({
        "schema": SCHEMA,
        "ok": true,
        "verb": verb,
        "dry_run": done.is_none(),
        "steps": steps,
        "warnings": plan.warnings,
        "outcome": plan.outcome,
    })
}
