//! `rtool failback`: the original master is the master again: it rejoins if it has not yet, then takes over.

use super::facts::{Group, NodeFacts};
use super::{change, plan, rejoin, run, scope, switchover};
use crate::args::rejoin::FailbackArgs;
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::{Console, Exit};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: FailbackArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| failback(args, console))
}

async fn failback(args: FailbackArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words: Vec<&str> = std::iter::once(&args.node).chain(&args.from).map(String::as_str).collect();
    let persist = !args.change.no_persist;
    let mut group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    let node = scope::node(&group, &fleet, &args.node)?;
    if let Some(master) = rival(&group, &fleet, &args, node)? {
        let first = plan::rejoin::plan(node, master, &rejoin::options(&args.keep, node, persist))?;
        let ended = change::part("failback", &first, &args.talk, &args.change, &mut console).await?;
        if !ended {
            console.notes.note("then, when it has caught up, it takes over by a switchover");
            return change::report("failback", &first, None, &args.talk, &mut console);
        }
        group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    }
    let node = scope::node(&group, &fleet, &args.node)?;
    let options = switchover::options(args.max_pause, args.keep_clients, Vec::new(), persist);
    let plan = plan::switchover::plan(&group, node, &options)?;
    change::carry_out("failback", &plan, &args.talk, &args.change, &mut console).await
}

/// The master that the original one has to follow first; `None` where it follows already, or is the only one.
fn rival<'a>(
    group: &'a Group,
    fleet: &Fleet,
    args: &FailbackArgs,
    node: &NodeFacts,
) -> Result<Option<&'a NodeFacts>> {
    let live = plan::must_answer(node)?;
    let others = group.masters().filter(|(facts, _)| !facts.is_at(&node.node.addr)).count();
    match &args.from {
        _ if !live.is_master() || others == 0 => Ok(None),
        Some(word) => scope::node(group, fleet, word).map(Some),
        None => scope::sole_master(group, Some(node)).map(Some),
    }
}
