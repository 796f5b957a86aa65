//! The plan of `repoint`: these replicas follow this master from now on. Pure.

use super::promote::{self, add_sibling};
use super::{Action, Party, Plan, must_answer, refuse_other_controllers};
use crate::ops::facts::{Group, Live, NodeFacts};
use crate::ui::{Error, Kind};

/// Makes the plan, or says why not.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(
    group: &Group,
    master: &NodeFacts,
    replicas: &[&NodeFacts],
    options: &promote::Options,
) -> Result<Plan, Error> {
    let live = must_answer(master)?;
    refuse_other_controllers(master, live)?;
    let mut plan = Plan::default();
    for replica in replicas {
        check(group, (master, live), replica)?;
        add_sibling(&mut plan, (master, live), replica, options)?;
    }
    if let Some(above) = live.following().and_then(|following| following.master.as_ref()) {
        plan.warn(format!("{} is itself a replica, of {above}: this makes a chain", master.title()));
        prove_from(&mut plan, top(group, live)?);
    }
    Ok(plan)
}

/// In a chain a key can only be written at its top.
fn prove_from(plan: &mut Plan, top: Party) {
    for step in &mut plan.steps {
        if let Action::ProveReplication { master, .. } = &mut step.action {
            master.clone_from(&top);
        }
    }
}

/// The master at the top of a chain.
fn top(group: &Group, live: &Live) -> Result<Party, Error> {
    let found = ancestors(group, live).last();
    let found = found.and_then(|facts| Some((facts, facts.live().filter(|live| live.is_master())?)));
    let none = || Error::new(Kind::Refused, "the chain of masters does not end at one that answers");
    let (facts, live) = found.ok_or_else(none)?;
    refuse_other_controllers(facts, live)?;
    Ok(Party::new(facts, live))
}

fn check(group: &Group, (master, live): (&NodeFacts, &Live), replica: &NodeFacts) -> Result<(), Error> {
    let moved = must_answer(replica)?;
    if moved.run_id == live.run_id {
        let both = format!("{} and {} are the same server", master.title(), replica.title());
        return Err(Error::usage(both));
    }
    if moved.is_master() {
        return Err(Error::new(Kind::Refused, format!("{} is a master", replica.title())).hint(format!(
            "rtool rejoin {} --to {} makes a former master a replica",
            replica.node.addr, master.node.addr
        )));
    }
    if is_above(group, replica, live) {
        let what = format!("{} follows {}: the two would follow each other", master.title(), replica.title());
        return Err(
            Error::new(Kind::Refused, what).hint(format!("rtool switchover --to {}", master.node.addr))
        );
    }
    Ok(())
}

/// Does the chain of masters above `live` lead to this node?
fn is_above(group: &Group, node: &NodeFacts, live: &Live) -> bool {
    ancestors(group, live).any(|facts| facts.is_at(&node.node.addr))
}

/// The master of a node, that one's master, and so on. As many as there are nodes: servers that follow each
/// other lead nowhere.
fn ancestors<'a>(group: &'a Group, live: &Live) -> impl Iterator<Item = &'a NodeFacts> {
    let above = |live: &Live| group.at(live.following()?.master.as_ref()?);
    let next = move |facts: &&'a NodeFacts| facts.live().and_then(above);
    std::iter::successors(above(live), next).take(group.nodes.len())
}
