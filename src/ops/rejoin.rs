//! `rtool rejoin`: an old master comes back as a replica.

use std::path::PathBuf;

use super::facts::NodeFacts;
use super::plan::rejoin::{Copy, Options, plan};
use super::{change, run, scope};
use crate::args::rejoin::{Keep, RejoinArgs};
use crate::clock;
use crate::names::state_folder;
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::{Console, Exit};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: RejoinArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| rejoin(args, console))
}

async fn rejoin(args: RejoinArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words: Vec<&str> = std::iter::once(&args.node).chain(&args.to).map(String::as_str).collect();
    let group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    let old = scope::node(&group, &fleet, &args.node)?;
    let new = match &args.to {
        Some(word) => scope::node(&group, &fleet, word)?,
        None => scope::sole_master(&group, Some(old))?,
    };
    let options = options(&args.keep, old, !args.change.no_persist);
    let plan = plan(old, new, &options)?;
    change::carry_out("rejoin", &plan, &args.talk, &args.change, &mut console).await
}

/// What the planner is told; the copy has a name of its own unless one was given.
pub fn options(keep: &Keep, old: &NodeFacts, persist: bool) -> Options {
    let copy = match (&keep.copy, keep.no_copy) {
        (Some(file), _) => Copy::To(file.clone()),
        (None, true) => Copy::Unwanted,
        (None, false) => default_copy(old).map_or(Copy::Nowhere, Copy::To),
    };
    Options { copy, master_user: None, persist }
}

fn default_copy(old: &NodeFacts) -> Option<PathBuf> {
    let folder = state_folder()?;
    let word = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
    let name: String = old.node.addr.to_string().chars().map(word).collect();
    Some(folder.join("copies").join(format!("{name}-{}.rdb", clock::wall_ms())))
}
