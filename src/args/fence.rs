//! `rtool fence` and `rtool unfence`: a server that must not take writes, and may again.

use super::operator::{Change, Login, Talk};

/// The options and operands of `rtool fence`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Writes are answered with NOREPLICAS from here on; reads, and replicas that follow, go on. The fence is the \
setting min-replicas-to-write, set beyond any number of replicas, and stays over a restart. Proven by a write \
that is refused. rtool unfence takes it down, from any machine.

Example:
  rtool fence 10.8.0.1:6379")]
pub struct FenceArgs {
    /// The server: an address, or a name from the topology file
    #[arg(value_name = "NODE")]
    pub node: String,
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

/// The options and operands of `rtool unfence`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The setting gets back the value it had before the fence. Refused while another server of the group is a master.

Example:
  rtool unfence 10.8.0.1:6379")]
pub struct UnfenceArgs {
    /// The server: an address, or a name from the topology file
    #[arg(value_name = "NODE")]
    pub node: String,
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
