//! The plan of `rejoin`: a server that was the master, or follows nobody any more, becomes a replica of the one
//! that took over. What it alone holds is said and saved first, because following deletes it. Pure.
//!
//! ```text
//!  old master   ...----N=====D      replid A, at offset D
//!  new master   ...----N~~~~~~~~    replid B, and A up to N (second_repl_offset)
//!                      |----|       D - N bytes that only the old master has
//! ```

use std::path::PathBuf;

use super::{
    Action, LastingRole, Party, Plan, fence, login_of, login_steps, must_answer, refuse_other_controllers,
};
use crate::ops::facts::{Live, NodeFacts};
use crate::ui::{Error, Kind, format};

/// Where the copy of what would be deleted goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copy {
    /// Into this file.
    To(PathBuf),
    /// None is wanted.
    Unwanted,
    /// One is wanted, and there is no place for it.
    Nowhere,
}

/// What the operator decided.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the copy goes.
    pub copy: Copy,
    /// User for the replica's login.
    pub master_user: Option<String>,
    /// Write configuration files.
    pub persist: bool,
}

/// What a server holds that another does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// Nothing: it is behind on the same history, or holds nothing at all.
    Nothing,
    /// So many bytes of the stream.
    Bytes(u64),
    /// Its history is another one, or it restarted: nobody can count.
    Unknown,
}

/// What `old` accepted after `new` took over.
pub fn divergence(old: &Live, new: &Live) -> Divergence {
    if old.keys == 0 {
        return Divergence::Nothing;
    }
    let beyond = |limit: u64| match old.offset.saturating_sub(limit) {
        0 => Divergence::Nothing,
        bytes => Divergence::Bytes(bytes),
    };
    match new.second_offset {
        _ if old.replid == new.replid => beyond(new.offset),
        Some(first_own) if old.replid == new.replid2 => beyond(first_own.saturating_sub(1)),
        _ => Divergence::Unknown,
    }
}

/// Makes the plan, or says why not.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(old: &NodeFacts, new: &NodeFacts, options: &Options) -> Result<Plan, Error> {
    let (old_live, new_live) = (must_answer(old)?, must_answer(new)?);
    check((old, old_live), (new, new_live))?;
    let mut plan = Plan::default();
    let (node, master) = (Party::new(old, old_live), Party::new(new, new_live));
    // Whoever follows already has given up what it held.
    let follows = old_live
        .following()
        .is_some_and(|following| following.master.as_ref().is_some_and(|addr| new.is_at(addr)));
    if !follows {
        save(&mut plan, (old, old_live), (new, new_live), options)?;
    }
    login_steps(&mut plan, &node, old_live, login_of(new, new_live, options.master_user.as_deref()));
    if !follows {
        let follow = Action::Follow { node: node.clone(), master: master.clone() };
        plan.risky_step(follow, loss((old, old_live), (new, new_live), options));
    }
    fence::add_lift(&mut plan, old, old_live);
    plan.step(Action::AwaitSync { node: node.clone(), master: master.clone() });
    if !follows && old_live.is_master() {
        plan.step(Action::CloseClients { node: node.clone() });
    }
    if options.persist {
        let role = Some(LastingRole::ReplicaOf(master.addr().clone()));
        plan.step(Action::Persist { node: node.clone(), role });
    }
    plan.outcome.push(format!("{} follows {}", node.addr(), master.addr()));
    let read_only = old_live.following().is_none_or(|following| following.read_only);
    plan.step(Action::ProveReplication { master, replica: node, read_only });
    Ok(plan)
}

fn check((old, old_live): (&NodeFacts, &Live), (new, new_live): (&NodeFacts, &Live)) -> Result<(), Error> {
    if old_live.run_id == new_live.run_id {
        let both = format!("{} and {} are the same server", old.title(), new.title());
        return Err(Error::usage(both));
    }
    refuse_other_controllers(old, old_live)?;
    refuse_other_controllers(new, new_live)?;
    let refused = |what: String| Err(Error::new(Kind::Refused, what));
    if !new_live.is_master() {
        return refused(format!("{} is no master: it cannot be followed", new.title()));
    }
    if new_live.loading || old_live.loading {
        let loading = if new_live.loading { new } else { old };
        return refused(format!("{} is still loading its data", loading.title()));
    }
    if new_live.keys == 0 && old_live.keys > 0 {
        let keys = format::count(old_live.keys, "key");
        return refused(format!("{} is empty, and {} holds {keys}", new.title(), old.title()))
            .map_err(|error| error.hint("if that is meant, use rtool replicate --discard"));
    }
    Ok(())
}

/// The copy, if there is something that only this server holds.
fn save(
    plan: &mut Plan,
    (old, live): (&NodeFacts, &Live),
    (new, new_live): (&NodeFacts, &Live),
    options: &Options,
) -> Result<(), Error> {
    if divergence(live, new_live) == Divergence::Nothing {
        return Ok(());
    }
    match &options.copy {
        Copy::To(file) => {
            let (node, other) = (Party::new(old, live), Party::new(new, new_live));
            plan.step(Action::SaveCopy { node: node.clone(), file: file.clone() });
            let mut list = file.clone().into_os_string();
            list.push(".keys");
            plan.step(Action::ListDifferences { node, other, file: list.into() });
        }
        Copy::Unwanted => plan.warn(format!("no copy of what {} holds is saved", old.title())),
        Copy::Nowhere => {
            let what = "there is no folder for the copy of what would be deleted";
            return Err(Error::usage(what).hint("name a file with --copy"));
        }
    }
    Ok(())
}

fn loss(
    (old, old_live): (&NodeFacts, &Live),
    (new, new_live): (&NodeFacts, &Live),
    options: &Options,
) -> String {
    let kept =
        if matches!(options.copy, Copy::To(_)) { "deleted there, kept in the copy" } else { "deleted" };
    match divergence(old_live, new_live) {
        Divergence::Nothing if old_live.keys == 0 => "nothing: it holds no keys".to_owned(),
        Divergence::Nothing => "nothing: all that it holds came from the same history".to_owned(),
        Divergence::Bytes(bytes) => {
            let bytes = format::count(bytes, "byte");
            format!("{bytes} that {} accepted and {} never received are {kept}", old.title(), new.title())
        }
        Divergence::Unknown => {
            let keys = format::count(old_live.keys, "key");
            format!("the histories differ: the {keys} of {} are {kept}", old.title())
        }
    }
}
