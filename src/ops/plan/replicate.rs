//! The plan of `replicate`: which steps make each server a replica of the master. Pure.
//!
//! ```text
//!  for each replica:  masteruser, masterauth -> REPLICAOF -> synchronised -> persisted -> proven
//!                     (only what differs)       (only if it does not follow yet)
//! ```

use super::{Action, LastingRole, Party, Plan, login_of, login_steps, must_answer, refuse_other_controllers};
use crate::ops::facts::{Live, NodeFacts};
use crate::ui::{Error, Kind, format};

/// What the operator decided.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Existing keys of a replica may go.
    pub discard: bool,
    /// Write configuration files.
    pub persist: bool,
    /// User for the replicas' login.
    pub master_user: Option<String>,
}

/// Makes the plan, or says why not.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(master: &NodeFacts, replicas: &[&NodeFacts], options: &Options) -> Result<Plan, Error> {
    let master_live = must_answer(master)?;
    check_master(master, master_live)?;
    let mut plan = Plan::default();
    for replica in replicas {
        let live = must_answer(replica)?;
        check_replica((master, master_live), (replica, live), options)?;
        add_replica(&mut plan, (master, master_live), (replica, live), options);
    }
    Ok(plan)
}

fn check_master(facts: &NodeFacts, live: &Live) -> Result<(), Error> {
    let refused = |why: String| Err(Error::new(Kind::Refused, format!("{} {why}", facts.title())));
    if live.mode != "standalone" {
        refuse_other_controllers(facts, live)?;
    }
    if let Some(following) = live.following() {
        let above = following.master.as_ref().map_or_else(String::new, |addr| format!(" of {addr}"));
        return refused(format!("is itself a replica{above}")).map_err(|error| match &following.master {
            Some(addr) => error.hint(format!("rtool replicate --from {addr} ...")),
            None => error,
        });
    }
    if live.loading {
        return refused("is still loading its data".to_owned());
    }
    Ok(())
}

fn check_replica(
    (master, master_live): (&NodeFacts, &Live),
    (facts, live): (&NodeFacts, &Live),
    options: &Options,
) -> Result<(), Error> {
    if live.run_id == master_live.run_id {
        let both = format!("{} and {} are the same server", master.title(), facts.title());
        return Err(Error::usage(both));
    }
    refuse_other_controllers(facts, live)?;
    if master.node.addr.is_loopback() && !facts.node.addr.is_loopback() {
        return Err(Error::usage(format!(
            "{} cannot reach its master at {}",
            facts.title(),
            master.node.addr
        ))
        .hint("name the master by an address that the replica can reach"));
    }
    // A replica of the same history holds nothing that the master does not have.
    let same_history = !live.is_master() && live.replid == master_live.replid;
    if live.keys > 0 && !same_history && !options.discard {
        return Err(Error::new(
            Kind::DataLoss,
            format!(
                "{} holds {}, which following a master would delete",
                facts.title(),
                format::count(live.keys, "key")
            ),
        )
        .hint("save a copy, then repeat with --discard"));
    }
    Ok(())
}

fn add_replica(
    plan: &mut Plan,
    (master, master_live): (&NodeFacts, &Live),
    (facts, live): (&NodeFacts, &Live),
    options: &Options,
) {
    let (node, parent) = (Party::new(facts, live), Party::new(master, master_live));
    let login = login_of(master, master_live, options.master_user.as_deref());
    login_steps(plan, &node, live, login);
    if !follows(live, master) {
        let follow = Action::Follow { node: node.clone(), master: parent.clone() };
        match live.keys {
            0 => plan.step(follow),
            keys => plan.risky_step(
                follow,
                format!("{} that it holds now, replaced by the master's data", format::count(keys, "key")),
            ),
        }
    }
    plan.step(Action::AwaitSync { node: node.clone(), master: parent.clone() });
    if options.persist {
        let role = Some(LastingRole::ReplicaOf(parent.addr().clone()));
        plan.step(Action::Persist { node: node.clone(), role });
    }
    let read_only = live.following().is_none_or(|following| following.read_only);
    plan.outcome.push(format!("{} follows {}", node.addr(), parent.addr()));
    plan.step(Action::ProveReplication { master: parent, replica: node, read_only });
    warnings((master, master_live), (facts, live)).into_iter().for_each(|warning| plan.warn(warning));
}

/// Does it follow this master over a link that works?
fn follows(live: &Live, master: &NodeFacts) -> bool {
    live.following().is_some_and(|following| {
        following.link_up && following.master.as_ref().is_some_and(|addr| master.is_at(addr))
    })
}

fn warnings((master, master_live): (&NodeFacts, &Live), (facts, live): (&NodeFacts, &Live)) -> Vec<String> {
    let mut warnings = Vec::new();
    let wanted = live.secret("requirepass");
    if wanted.is_some_and(|wanted| !wanted.is_empty() && master_live.secret("masterauth") != Some(wanted)) {
        warnings.push(format!(
            "{} does not know the password of {}: after a promotion it could not follow back until masterauth is set",
            master.title(),
            facts.title()
        ));
    }
    if !live.replicas().is_empty() {
        warnings
            .push(format!("{} has replicas of its own: they become replicas of a replica", facts.title()));
    }
    if !master_live.is_persistent() {
        warnings.push(format!(
            "{} keeps nothing on disk: if it restarts, it and then its replicas are empty",
            master.title()
        ));
    }
    warnings
}
