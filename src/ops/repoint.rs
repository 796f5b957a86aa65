//! `rtool repoint`: move replicas to another master.

use super::facts::{Group, NodeFacts};
use super::plan::promote::Options;
use super::plan::repoint::plan;
use super::{change, run, scope};
use crate::args::repoint::RepointArgs;
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::{Console, Error, Exit, Kind};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: RepointArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| repoint(args, console))
}

async fn repoint(args: RepointArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words: Vec<&str> = args.replicas.iter().chain(&args.to).map(String::as_str).collect();
    let group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    let master = match &args.to {
        Some(word) => scope::node(&group, &fleet, word)?,
        None => scope::sole_master(&group, None)?,
    };
    let replicas = replicas(&group, &fleet, &args, master)?;
    let options = Options {
        discard: args.discard,
        repoint: Some(replicas.iter().map(|facts| facts.node.addr.clone()).collect()),
        persist: !args.change.no_persist,
        ..Options::default()
    };
    let plan = plan(&group, master, &replicas, &options)?;
    change::carry_out("repoint", &plan, &args.talk, &args.change, &mut console).await
}

/// The replicas that are named, or all that answer; the members of a named group without its master.
fn replicas<'a>(
    group: &'a Group,
    fleet: &Fleet,
    args: &RepointArgs,
    master: &NodeFacts,
) -> Result<Vec<&'a NodeFacts>> {
    let mut named = Vec::new();
    for word in &args.replicas {
        if fleet.group(Some(word))?.is_none() {
            named.push(scope::node(group, fleet, word)?);
        }
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let all = group.answering().filter(|(facts, live)| !live.is_master() && !facts.is_at(&master.node.addr));
    let all: Vec<&NodeFacts> = all.map(|found| found.0).collect();
    match all.is_empty() {
        true => Err(Error::new(Kind::Refused, "there is no replica to move")),
        false => Ok(all),
    }
}
