//! `rtool rejoin` and `rtool failback`: the old master comes back, as a replica or as the master.

use std::path::PathBuf;
use std::time::Duration;

use super::operator::{Change, Login, Talk, duration};

/// The options and operands of `rtool rejoin`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What the server accepted after the other took over exists nowhere else, and following deletes it. So it is \
counted and shown, and a copy of the whole data set is saved first, as an RDB file on this machine: \
rtool cli --open FILE looks into it.

Examples:
  rtool rejoin 10.8.0.1:6379 --to 10.8.0.2:6379
  rtool rejoin staging/a --copy /backup/a.rdb")]
pub struct RejoinArgs {
    /// The server that comes back: an address, or a name from the topology file
    #[arg(value_name = "NODE")]
    pub node: String,
    /// The master to follow [default: the only other master of the group]
    #[arg(long, value_name = "MASTER")]
    pub to: Option<String>,
    /// How the copy is kept
    #[command(flatten)]
    pub keep: Keep,
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

/// Where the copy of what would be deleted goes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Copy")]
pub struct Keep {
    /// Save the copy in this file [default: a file in the user's state folder]
    #[arg(long, value_name = "FILE")]
    pub copy: Option<PathBuf>,
    /// Save no copy: what only this server holds is gone
    #[arg(long, conflicts_with = "copy")]
    pub no_copy: bool,
}

/// The options and operands of `rtool failback`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The last step of an incident: the original master rejoins if it has not yet, catches up, and takes over again \
by a switchover, without losing a write.

Example:
  rtool failback 10.8.0.1:6379 --from 10.8.0.2:6379")]
pub struct FailbackArgs {
    /// The original master: an address, or a name from the topology file
    #[arg(value_name = "NODE")]
    pub node: String,
    /// The master of now [default: the one that NODE follows, or the only other master of the group]
    #[arg(long, value_name = "MASTER")]
    pub from: Option<String>,
    /// Longest time in which no server takes writes
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub max_pause: Duration,
    /// Leave the clients of the master of now connected
    #[arg(long)]
    pub keep_clients: bool,
    /// How the copy is kept
    #[command(flatten)]
    pub keep: Keep,
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
