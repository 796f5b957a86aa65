//! The operator commands: what the tutorial does by hand, safe at three in the morning.
//!
//! ```text
//!   facts ------> plan ----------> confirm ------> apply
//!   read every    a pure function  a person or     step by step, each checked,
//!   node at once  of the facts     --yes           identity compared before writing
//! ```
//!
//! The four are shared; a verb is a thin file that joins them. Facts cannot write, a planner has no
//! socket, and `--dry-run` ends before [`apply`] is ever called, so it cannot write either.
//! Servers are spoken to only through the client, ours like anybody's.

pub mod apply;
pub mod change;
pub mod check;
pub mod clients;
pub mod configure;
pub mod copy;
pub mod directives;
pub mod facts;
pub mod failback;
pub mod fence;
#[cfg(test)]
mod fixtures;
pub mod handover;
pub mod health;
pub mod history;
pub mod hooks;
pub mod info;
pub mod lock;
pub mod past;
pub mod persisted;
pub mod plan;
pub mod promote;
pub mod proof;
pub mod random;
pub mod rejoin;
pub mod replicate;
pub mod repoint;
pub mod run;
pub mod saved;
pub mod scope;
pub mod session;
pub mod status;
pub mod switchover;
pub mod topology;
pub mod tutorial;
pub mod verify;

use crate::args::Command;
use crate::ui::error::Result;
use crate::ui::{Error, Exit};

/// Runs an operator command; one row each.
///
/// # Errors
/// The command's own.
pub fn dispatch(command: Command) -> Result<Exit> {
    match command {
        Command::Status(args) => status::run(args),
        Command::Check(args) => check::run(args),
        Command::Topology(args) => topology::run(args),
        Command::Configure(args) => configure::run(args),
        Command::Replicate(args) => replicate::run(args),
        Command::Promote(args) => promote::run(args),
        Command::Switchover(args) => switchover::run(args),
        Command::Repoint(args) => repoint::run(args),
        Command::Rejoin(args) => rejoin::run(args),
        Command::Failback(args) => failback::run(args),
        Command::Fence(args) => fence::run(args),
        Command::Unfence(args) => fence::lift(args),
        Command::Verify(args) => verify::run(args),
        Command::History(args) => past::list(args),
        Command::Resume(args) => past::resume(args),
        Command::Apply(args) => past::apply(args),
        Command::Tutorial(args) => tutorial::run(args),
        _ => Err(Error::usage("this is no operator command")),
    }
}
