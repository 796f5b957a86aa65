//! What every verb that changes something shares: show the plan, ask, carry it out, say how it ended.
//!
//! `--dry-run` returns before [`Apply`] exists, so it has nothing to write with.

use serde_json::{Value as Json, json};

use super::apply::{Apply, Patience, StepEnd};
use super::history::Record;
use super::lock::Locks;
use super::plan::Plan;
use super::{hooks, run, saved};
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
    let ended = apply(verb, plan, talk, change, console).await?;
    report(verb, plan, ended.as_ref(), talk, console)
}

/// The first part of a verb that has two: from a plan to its end. False when it was only shown.
///
/// # Errors
/// As [`carry_out`].
pub async fn part(
    verb: &str,
    plan: &Plan,
    talk: &Talk,
    change: &Change,
    console: &mut Console,
) -> Result<bool> {
    apply(verb, plan, talk, change, console).await.map(|ended| ended.is_some())
}

/// An operation that was carried out.
pub struct Ended {
    /// The name of its record.
    pub id: String,
    /// What became of each step.
    pub steps: Vec<StepEnd>,
}

/// Shows the plan, asks, and runs it; nothing comes back from a dry run.
async fn apply(
    verb: &str,
    plan: &Plan,
    talk: &Talk,
    change: &Change,
    console: &mut Console,
) -> Result<Option<Ended>> {
    show(plan, console);
    if let Some(expected) = &change.expect {
        saved::must_be(expected, plan)?;
    }
    if let Some(file) = &change.plan_out {
        saved::save(file, verb, plan)?;
        console.notes.note(&format!("the plan is in {0}: rtool apply {0}", file.display()));
    }
    if change.dry_run || change.plan_out.is_some() {
        return Ok(None);
    }
    if plan.changes_anything() && !change.yes && !prompt::confirm(&mut console.notes, "Go ahead?")? {
        return Err(Error::new(Kind::Refused, "not confirmed; nothing was changed"));
    }
    let patience = Patience { node: talk.node_timeout, step: change.timeout };
    let _locks = Locks::take(verb, plan, talk.node_timeout, console).await?;
    hooks::ask(change, verb, plan).await?;
    let mut record = Record::begin(change.history.as_deref(), verb, plan, console)?;
    let work = Apply::new(console, patience, &mut record, change.fail_after).run(plan);
    let done = run::unless_interrupted(work).await;
    let done = done.unwrap_or_else(|| Err(interrupted()));
    record.end(done.as_ref().map(|_| ()));
    let id = record.id;
    let outcome = done.as_ref().map(|_| id.as_str());
    hooks::tell(change, verb, plan, outcome, console).await;
    match done {
        Ok(steps) => Ok(Some(Ended { id, steps })),
        Err(error) => Err(error.detail("steps", Json::from(plan.to_json())).detail("operation", json!(id))),
    }
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
    ended: Option<&Ended>,
    talk: &Talk,
    console: &mut Console,
) -> Result<Exit> {
    if talk.json {
        console.data.json(&document(verb, plan, ended))?;
    } else if ended.is_some() {
        plan.outcome.iter().try_for_each(|line| console.data.line(line))?;
    } else {
        console.notes.note("dry run: nothing was changed");
    }
    Ok(Exit::DONE)
}

fn document(verb: &str, plan: &Plan, ended: Option<&Ended>) -> Json {
    let mut steps = plan.to_json();
    for (step, end) in steps.iter_mut().zip(ended.map(|ended| &ended.steps).into_iter().flatten()) {
        if let Some(step) = step.as_object_mut() {
            let (state, seen) = end.done.described();
            step.insert("state".to_owned(), json!(state));
            step.insert("seen".to_owned(), json!(seen));
            step.insert("ms".to_owned(), json!(end.ms));
        }
    }
    json!({
        "schema": SCHEMA,
        "ok": true,
        "verb": verb,
        "dry_run": ended.is_none(),
        "operation": ended.map(|ended| &ended.id),
        "steps": steps,
        "warnings": plan.warnings,
        "outcome": plan.outcome,
    })
}
