//! `rtool repoint`: which replicas follow whom from now on.

use super::operator::{Change, Login, Talk};

/// The options and operands of `rtool repoint`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each replica gets the master's password, follows it, is watched until it is in sync, and keeps its new role \
in its configuration file; a key written on the master must arrive. A replica of the same history needs only \
what it missed. One with another history is refused unless --discard says that its keys may go.

Examples:
  rtool repoint 10.8.0.3:6379 --to 10.8.0.2:6379
  rtool repoint --to 10.8.0.2:6379        every replica that is known and does not follow it yet
  rtool repoint staging                   every replica of the group follows the group's only master")]
pub struct RepointArgs {
    /// The replicas to move, or a group's name [default: every replica that is known]
    #[arg(value_name = "REPLICA|GROUP")]
    pub replicas: Vec<String>,
    /// The master to follow [default: the only master of the group]
    #[arg(long, value_name = "MASTER")]
    pub to: Option<String>,
    /// Throw away what a replica holds that comes from another history
    #[arg(long)]
    pub discard: bool,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
    /// Safety options
    #[command(flatten)]
    pub change: Change,
}
