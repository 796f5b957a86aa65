//! `rtool fence`, `rtool unfence`: a server takes no writes, and takes them again.

use super::plan::fence;
use super::{change, run, scope};
use crate::args::fence::{FenceArgs, UnfenceArgs};
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::{Console, Exit};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: FenceArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| raise(args, console))
}

/// Runs `unfence` to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn lift(args: UnfenceArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| lower(args, console))
}

async fn raise(args: FenceArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let group = scope::around(&fleet, &[&args.node], args.talk.node_timeout).await?;
    let plan = fence::plan(scope::node(&group, &fleet, &args.node)?, !args.change.no_persist)?;
    change::carry_out("fence", &plan, &args.talk, &args.change, &mut console).await
}

async fn lower(args: UnfenceArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let group = scope::around(&fleet, &[&args.node], args.talk.node_timeout).await?;
    let node = scope::node(&group, &fleet, &args.node)?;
    let rivals: Vec<String> = group
        .masters()
        .filter(|(facts, _)| !facts.is_at(&node.node.addr))
        .map(|(facts, _)| facts.title())
        .collect();
    let plan = fence::lift(node, &rivals, !args.change.no_persist)?;
    change::carry_out("unfence", &plan, &args.talk, &args.change, &mut console).await
}
