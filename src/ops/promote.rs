//! `rtool promote`: the master is dead; this replica takes its place, and the others follow it.

use super::change;
use super::facts::{Group, NodeFacts};
use super::plan::choose::{choose, why_not};
use super::plan::promote::{Options, plan};
use super::run;
use super::session::{Fault, Session};
use crate::args::promote::PromoteArgs;
use crate::names::topology::{Fleet, Node};
use crate::ui::error::Result;
use crate::ui::{Console, Error, Exit, Kind};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: PromoteArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| promote(args, console))
}

async fn promote(args: PromoteArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let named: Vec<Node> = args.repoint.iter().map(|word| fleet.node(word)).collect::<Result<_>>()?;
    let repoint = repoint_choice(&args, &named);
    // A dead master names nobody: the rest of the group comes from the file, or by name.
    let (chosen, listed) = match fleet.group(Some(&args.replica))? {
        Some(group) => (None, group.nodes),
        None => {
            let chosen = fleet.node(&args.replica)?;
            let listed = fleet.group_of(&chosen.addr)?.map(|group| group.nodes).unwrap_or_default();
            (Some(chosen), listed)
        }
    };
    let wanted = chosen.iter().cloned().chain(named).chain(listed).collect();
    let group = Group::read(&fleet, wanted, args.talk.node_timeout).await?;
    let facts = match &chosen {
        Some(chosen) => group.at(&chosen.addr).ok_or_else(|| Error::usage("the replica was not read"))?,
        None => chosen_among(&group, &mut console)?,
    };
    know_settings(facts, &args).await?;
    let options = Options {
        even_if_master_alive: args.even_if_master_alive,
        accept_unfenced: args.accept_unfenced,
        accept_data_loss: args.accept_data_loss,
        discard: args.discard,
        settings: args.settings.clone(),
        repoint,
        persist: !args.change.no_persist,
    };
    let plan = plan(&group, facts, &options)?;
    change::carry_out("promote", &plan, &args.talk, &args.change, &mut console).await
}

/// The best replica of the group, and in words why none of the others.
///
/// # Errors
/// No replica can be promoted, or the histories cannot be compared.
pub fn chosen_among<'a>(group: &'a Group, console: &mut Console) -> Result<&'a NodeFacts> {
    let best = choose(group)?;
    console.notes.note(&format!("{} holds the most", best.title()));
    why_not(group, best).iter().for_each(|reason| console.notes.note(&format!("  not chosen: {reason}")));
    Ok(best)
}

/// `None` means every replica that is known.
fn repoint_choice(args: &PromoteArgs, named: &[Node]) -> Option<Vec<crate::names::address::Address>> {
    match (args.no_repoint, named) {
        (true, _) => Some(Vec::new()),
        (false, []) => None,
        (false, named) => Some(named.iter().map(|node| node.addr.clone()).collect()),
    }
}

/// A misspelt setting must not be found out half way.
async fn know_settings(facts: &NodeFacts, args: &PromoteArgs) -> Result<()> {
    if args.settings.is_empty() || facts.live().is_none() {
        return Ok(());
    }
    let cannot = |fault: Fault| Error::new(Kind::Unreachable, "cannot read the settings").cause(fault.text());
    let mut session = Session::open(&facts.node, args.talk.node_timeout).await.map_err(cannot)?;
    for (name, _) in &args.settings {
        if session.setting(name).await.map_err(cannot)?.is_none() {
            return Err(Error::usage(format!("{} has no setting {name}", facts.title())));
        }
    }
    Ok(())
}
