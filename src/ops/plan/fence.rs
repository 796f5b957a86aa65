//! Fencing: a server is made to refuse writes, and to take them again. Pure.
//!
//! The fence is `min-slaves-to-write`, which every version since 2.8 has, set beyond any number of replicas:
//! writes are answered with NOREPLICAS, reads go on. What it was set to before stays in the same number, so
//! that any machine can take the fence down again:
//!
//! ```text
//! fenced value = FENCE + value before
//! ```

use super::{Action, LastingRole, Party, Plan, must_answer, refuse_other_controllers};
use crate::ops::facts::{Live, NodeFacts};
use crate::ui::{Error, Kind};

/// More replicas than any server has.
const FENCE: u64 = 1_000_000;

/// The setting, by the name that every version understands.
pub const SETTING: &str = "min-slaves-to-write";

/// Without a limit on the lag the setting has no effect.
const LAG_SETTING: &str = "min-slaves-max-lag";

/// The limit where there was none: Redis's own default, in seconds.
const LAG_DEFAULT: &str = "10";

/// Is the server fenced? What the setting was before; `None` without a fence, or where it cannot be read.
pub fn behind(live: &Live) -> Option<u64> {
    let value: u64 = live.setting(SETTING)?.parse().ok()?;
    value.checked_sub(FENCE)
}

/// The value of the setting that fences a server, what it was before within.
pub fn raised(before: u64) -> String {
    (FENCE + before).to_string()
}

/// The plan of `fence`.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(facts: &NodeFacts, persist: bool) -> Result<Plan, Error> {
    let live = must_answer(facts)?;
    refuse_other_controllers(facts, live)?;
    let mut plan = Plan::default();
    if !live.is_master() {
        let what = format!("{} is a replica: it refuses writes as long as it is one", facts.title());
        return Err(Error::new(Kind::Refused, what));
    }
    add(&mut plan, facts, live)?;
    let node = Party::new(facts, live);
    if persist {
        plan.step(Action::Persist { node: node.clone(), role: Some(LastingRole::Master) });
    }
    plan.outcome.push(format!("{} refuses writes and answers reads", node.addr()));
    plan.outcome.push(format!("to let it take writes again: rtool unfence {}", node.addr()));
    plan.step(Action::ProveFenced { node });
    Ok(plan)
}

/// Adds the steps that fence a server, without the proof.
///
/// # Errors
/// The settings cannot be read, so they could not be put back.
pub fn add(plan: &mut Plan, facts: &NodeFacts, live: &Live) -> Result<(), Error> {
    let unreadable = || {
        Error::new(Kind::Refused, format!("{} does not show its setting {SETTING}", facts.title()))
            .hint("the login needs the right to CONFIG GET and CONFIG SET")
    };
    if behind(live).is_some() {
        return Ok(());
    }
    let before: u64 = live.setting(SETTING).and_then(|value| value.parse().ok()).ok_or_else(unreadable)?;
    let node = Party::new(facts, live);
    if live.setting(LAG_SETTING) == Some("0") {
        plan.step(set(&node, LAG_SETTING, LAG_DEFAULT.to_owned()));
    }
    plan.risky_step(
        set(&node, SETTING, raised(before)),
        format!("clients that write to {} get errors from here on", node.addr()),
    );
    Ok(())
}

/// The plan of `unfence`.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn lift(facts: &NodeFacts, rivals: &[String], persist: bool) -> Result<Plan, Error> {
    let live = must_answer(facts)?;
    refuse_other_controllers(facts, live)?;
    let node = Party::new(facts, live);
    let mut plan = Plan::default();
    if live.is_master() && !rivals.is_empty() && behind(live).is_some() {
        let what = format!("{} would be a second master beside {}", facts.title(), rivals.join(", "));
        return Err(Error::new(Kind::Refused, what).hint(format!("rtool rejoin {}", node.addr())));
    }
    add_lift(&mut plan, facts, live);
    if persist && plan.changes_anything() {
        plan.step(Action::Persist { node: node.clone(), role: None });
    }
    if live.is_master() {
        plan.outcome.push(format!("{} takes writes", node.addr()));
        plan.step(Action::ProveWritable { node });
    }
    Ok(plan)
}

/// Adds the step that takes a fence down, if there is one.
pub fn add_lift(plan: &mut Plan, facts: &NodeFacts, live: &Live) {
    if let Some(before) = behind(live) {
        plan.step(set(&Party::new(facts, live), SETTING, before.to_string()));
    }
}

fn set(node: &Party, name: &str, value: String) -> Action {
    Action::Set { node: node.clone(), name: name.to_owned(), value: value.into(), secret: false }
}
