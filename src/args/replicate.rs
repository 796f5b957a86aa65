//! `rtool replicate`: who follows whom.

use super::operator::{Change, Login, Talk};

/// The options of `rtool replicate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The servers must be running. Each server of --to gets the master's password, follows the master, is \
watched until it is in sync, and keeps its role in its configuration file. Then a test key is written \
on the master, read on the replica, and removed; a write on the replica must be refused. \
Repeating the command on a pair that already replicates changes nothing and proves it again.")]
pub struct ReplicateArgs {
    /// The master: an address that the replicas can reach, or a name from the topology file
    #[arg(long, value_name = "MASTER")]
    pub from: String,
    /// The servers that become its replicas
    #[arg(long, value_name = "REPLICA", required = true, num_args = 1..)]
    pub to: Vec<String>,
    /// Throw away the keys that a server of --to holds now
    #[arg(long)]
    pub discard: bool,
    /// User that the replicas log in to the master as (masteruser) [default: the one of --user]
    #[arg(long, value_name = "NAME")]
    pub master_user: Option<String>,
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
