//! `rtool promote`: the replica that becomes the master.

use super::operator::{Change, Login, Talk, bytes, setting};

/// The options and operands of `rtool promote`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
For the night the master is dead. The replica must be complete and at least as fresh as every other \
replica that can be reached; what is lost is said in bytes before anything changes. It becomes the \
master, keeps that role in its configuration file, proves it with a write, and the other replicas \
are moved to it and checked. Repeating a finished promotion changes nothing and proves it again.")]
pub struct PromoteArgs {
    /// The replica to promote: an address, or a name from the topology file; a group's name promotes
    /// the replica that holds the most
    #[arg(value_name = "REPLICA|GROUP")]
    pub replica: String,
    /// Replicas to move to the new master [default: every other replica that is known]
    #[arg(long, value_name = "REPLICA", num_args = 1..)]
    pub repoint: Vec<String>,
    /// Move no replica
    #[arg(long, conflicts_with = "repoint")]
    pub no_repoint: bool,
    /// Promote although the master still answers; both will accept writes until one is stopped
    #[arg(long)]
    pub even_if_master_alive: bool,
    /// With --even-if-master-alive: do not make the old master refuse writes first
    #[arg(long, requires = "even_if_master_alive")]
    pub accept_unfenced: bool,
    /// Accept the loss of up to this many bytes of the replication stream
    #[arg(long, value_name = "BYTES", value_parser = bytes, default_value = "0")]
    pub accept_data_loss: u64,
    /// Throw away what a replica named by --repoint holds, when it comes from another history
    #[arg(long)]
    pub discard: bool,
    /// A setting of the master's role to apply to the new master, such as appendonly=yes
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
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
