//! `rtool switchover`: the master lives; a replica takes over, and nothing is lost.

use std::time::Duration;

use super::facts::{Group, NodeFacts};
use super::plan::promote;
use super::plan::switchover::{Options, plan};
use super::promote::chosen_among;
use super::{change, health, run, scope};
use crate::args::switchover::SwitchoverArgs;
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::{Console, Error, Exit, Kind, format};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: SwitchoverArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| switchover(args, console))
}

async fn switchover(args: SwitchoverArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words: Vec<&str> = args.target.iter().chain(&args.to).map(String::as_str).collect();
    let group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    let chosen = match &args.to {
        Some(word) => scope::node(&group, &fleet, word)?,
        None => chosen_among(&group, &mut console)?,
    };
    check_lag(&group, chosen, args.max_lag.unwrap_or(health::MAX_LAG_BYTES))?;
    let options = options(args.max_pause, args.keep_clients, args.settings.clone(), !args.change.no_persist);
    let plan = plan(&group, chosen, &options)?;
    change::carry_out("switchover", &plan, &args.talk, &args.change, &mut console).await
}

/// What the planner is told.
pub fn options(
    limit: Duration,
    keep_clients: bool,
    settings: Vec<(String, String)>,
    persist: bool,
) -> Options {
    let promotion = promote::Options { settings, persist, ..promote::Options::default() };
    Options { limit, keep_clients, promotion }
}

/// A replica far behind would hold up writes for as long as it takes to catch up.
fn check_lag(group: &Group, chosen: &NodeFacts, limit: u64) -> Result<()> {
    let behind = chosen.live().and_then(|live| health::lag(group, chosen, live).bytes).unwrap_or(0);
    if behind <= limit {
        return Ok(());
    }
    let what = format!("{} is {} behind", chosen.title(), format::bytes(behind));
    Err(Error::new(Kind::Refused, what).hint("wait until it has caught up, or allow more with --max-lag"))
}
