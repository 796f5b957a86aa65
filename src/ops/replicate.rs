//! `rtool replicate`: make running servers replicas of a master, persist it, prove it.

use super::change;
use super::facts::{Group, read_all};
use super::plan::replicate::{Options, plan};
use super::run;
use crate::args::replicate::ReplicateArgs;
use crate::names::topology::{Fleet, Node};
use crate::ui::error::Result;
use crate::ui::{Console, Error, Exit};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: ReplicateArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| replicate(args, console))
}

async fn replicate(args: ReplicateArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words = std::iter::once(&args.from).chain(&args.to);
    let nodes: Vec<Node> = words.map(|word| fleet.node(word)).collect::<Result<_>>()?;
    let mut facts = read_all(nodes, args.talk.node_timeout).await.into_iter();
    let Some(master) = facts.next() else { return Err(Error::usage("no master was named")) };
    let mut group = Group::default();
    // One server named twice is one replica.
    facts.for_each(|facts| group.add(facts));
    let options = Options {
        discard: args.discard,
        persist: !args.change.no_persist,
        master_user: args.master_user.clone(),
    };
    let replicas: Vec<_> = group.nodes.iter().collect();
    let plan = plan(&master, &replicas, &options)?;
    change::carry_out("replicate", &plan, &args.talk, &args.change, &mut console).await
}
