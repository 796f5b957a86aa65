//! `rtool topology`: who follows whom.

use super::operator::{Login, Talk};

/// The options and operands of `rtool topology`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A tree of the group, found from any member: masters at the left, what follows them below, replicas of replicas \
below those. A server whose master is not reached stands under the address it names. Exit code 0 when there is \
one tree with one living master, else 10.

Example:
  rtool topology 10.8.0.1:6379")]
pub struct TopologyArgs {
    /// Addresses of members, or names from the topology file [default: the only group of that file]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}
