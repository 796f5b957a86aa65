//! The plan of `switchover`: the master lives and hands over. Pure.
//!
//! ```text
//!  before   the new master's settings, and what the old one needs to log in to it: nothing is in a hurry yet
//!  swap     writes are held, the replica catches up, the roles change: all of it or nothing
//!  after    both files, the proof, the other replicas, the clients of the old master
//! ```

use std::time::Duration;

use super::promote::{
    self, add_settings, add_sibling, check_candidate, inherited, same_stream, with_inherited,
};
use super::{
    Action, LastingRole, Party, Plan, fence, login_of, login_steps, must_answer, refuse_other_controllers,
};
use crate::ops::facts::{Group, Live, NodeFacts};
use crate::ui::{Error, Kind, format};

/// What the operator decided.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Longest time in which nobody takes writes.
    pub limit: Duration,
    /// The clients of the old master stay connected.
    pub keep_clients: bool,
    /// What a promotion has, too.
    pub promotion: promote::Options,
}

/// Makes the plan, or says why not.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(group: &Group, chosen: &NodeFacts, options: &Options) -> Result<Plan, Error> {
    let live = must_answer(chosen)?;
    refuse_other_controllers(chosen, live)?;
    let mut plan = Plan::default();
    if live.is_master() {
        return already(group, (chosen, live), options);
    }
    let (master, master_live) = master_of(group, (chosen, live))?;
    refuse_other_controllers(master, master_live)?;
    check(group, (master, master_live), (chosen, live))?;
    let (old, new) = (Party::new(master, master_live), Party::new(chosen, live));
    login_steps(&mut plan, &old, master_live, login_of(chosen, live, None));
    let settings = with_inherited(&options.promotion, inherited(master_live, live));
    add_settings(&mut plan, (chosen, live), &settings);
    add_swap(&mut plan, (master, &old), (chosen, &new), master_live, options);
    if options.promotion.persist {
        plan.step(Action::Persist { node: new.clone(), role: Some(LastingRole::Master) });
        let role = Some(LastingRole::ReplicaOf(new.addr().clone()));
        plan.step(Action::Persist { node: old.clone(), role });
    }
    plan.step(Action::ProveWritable { node: new.clone() });
    plan.step(Action::AwaitSync { node: old.clone(), master: new.clone() });
    add_others(&mut plan, group, (master, chosen), (chosen, live), options)?;
    plan.outcome.insert(0, format!("{} is the master", new.addr()));
    plan.outcome.insert(1, format!("{} follows {}", old.addr(), new.addr()));
    plan.step(Action::ProveReplication { master: new, replica: old, read_only: true });
    Ok(plan)
}

fn add_swap(
    plan: &mut Plan,
    (master, old): (&NodeFacts, &Party),
    (chosen, new): (&NodeFacts, &Party),
    master_live: &Live,
    options: &Options,
) {
    let listed = master_live.replicas().iter().find(|line| chosen.is_at(&line.addr));
    let limit_ms = u64::try_from(options.limit.as_millis()).unwrap_or(u64::MAX);
    let swap = Action::HandOver {
        master: old.clone(),
        replica: new.clone(),
        listed: listed.map(|line| line.addr.clone()),
        limit_ms,
    };
    plan.risky_step(swap, format!("nothing; writes to {} wait meanwhile", master.title()));
    if !options.keep_clients {
        plan.step(Action::CloseClients { node: old.clone() });
    }
    if fence::behind(master_live).is_some() {
        plan.warn(format!("{} is fenced; as a replica it will not be", master.title()));
        fence::add_lift(plan, master, master_live);
    }
}

/// The siblings follow the new master.
fn add_others(
    plan: &mut Plan,
    group: &Group,
    (master, chosen): (&NodeFacts, &NodeFacts),
    new: (&NodeFacts, &Live),
    options: &Options,
) -> Result<(), Error> {
    let follows = |live: &Live| {
        live.following().is_some_and(|f| f.master.as_ref().is_some_and(|addr| master.is_at(addr)))
    };
    let siblings = group.answering().filter(|(facts, live)| !facts.is_at(&chosen.node.addr) && follows(live));
    for (sibling, _) in siblings {
        add_sibling(plan, new, sibling, &options.promotion)?;
    }
    Ok(())
}

/// The living master that the chosen replica follows.
fn master_of<'a>(
    group: &'a Group,
    (chosen, live): (&NodeFacts, &Live),
) -> Result<(&'a NodeFacts, &'a Live), Error> {
    let addr = live.following().and_then(|following| following.master.as_ref());
    let master = addr.and_then(|addr| group.at(addr));
    let found = master.and_then(|facts| Some((facts, facts.live()?)));
    found.ok_or_else(|| {
        let what = format!("the master of {} does not answer: there is nobody to hand over", chosen.title());
        Error::new(Kind::Refused, what).hint(format!("rtool promote {}", chosen.node.addr))
    })
}

fn check(
    group: &Group,
    (master, master_live): (&NodeFacts, &Live),
    (chosen, live): (&NodeFacts, &Live),
) -> Result<(), Error> {
    let refused = |what: String| Err(Error::new(Kind::Refused, what));
    check_candidate(group, (chosen, live))?;
    if !master_live.is_master() {
        return refused(format!("{} follows {}, which is a replica itself", chosen.title(), master.title()));
    }
    let others: Vec<String> = group
        .masters()
        .filter(|(facts, _)| !facts.is_at(&master.node.addr))
        .map(|(facts, _)| facts.title())
        .collect();
    if !others.is_empty() {
        return refused(format!("there is more than one master: {} too", others.join(", ")))
            .map_err(|error| error.hint("rtool status shows which, rtool rejoin mends it"));
    }
    if !live.following().is_some_and(|following| following.link_up) {
        return refused(format!("{} has no link to its master", chosen.title()));
    }
    if !same_stream(live, master_live) {
        return refused(format!("{} holds another history than its master", chosen.title()));
    }
    if live.keys == 0 && master_live.keys > 0 {
        let keys = format::count(master_live.keys, "key");
        return refused(format!("{} holds no keys, and its master has {keys}", chosen.title()));
    }
    Ok(())
}

/// The chosen one is the master: what an earlier run left undone is done.
fn already(group: &Group, (chosen, live): (&NodeFacts, &Live), options: &Options) -> Result<Plan, Error> {
    let rivals: Vec<&NodeFacts> =
        group.masters().map(|found| found.0).filter(|facts| !facts.is_at(&chosen.node.addr)).collect();
    if let Some(rival) = rivals.first() {
        let what = format!("{} is a master already, and so is {}", chosen.title(), rival.title());
        return Err(Error::new(Kind::Refused, what)
            .hint(format!("rtool rejoin {} --to {}", rival.node.addr, chosen.node.addr)));
    }
    let mut plan = Plan::default();
    plan.warn(format!("{} is the master already: only what is missing is done", chosen.title()));
    let node = Party::new(chosen, live);
    if options.promotion.persist {
        plan.step(Action::Persist { node: node.clone(), role: Some(LastingRole::Master) });
    }
    plan.outcome.push(format!("{} is the master", node.addr()));
    plan.step(Action::ProveWritable { node });
    for (facts, _) in group.answering().filter(|(facts, _)| !facts.is_at(&chosen.node.addr)) {
        add_sibling(&mut plan, (chosen, live), facts, &options.promotion)?;
    }
    Ok(plan)
}
