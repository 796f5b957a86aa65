//! `rtool status`: which group to look at.

use std::time::Duration;

use super::operator::{Login, Talk, bytes, duration};

/// The options and operands of `rtool status`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Any member of a group is enough: a replica names its master, and the master its replicas. \
Exit code 0 when the group is healthy, 10 when it is not, 8 when no server could be reached.")]
pub struct StatusArgs {
    /// Addresses of members, or names from the topology file [default: the only group of that file]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// How many bytes a replica may be behind before it counts as a problem
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub max_lag: Option<u64>,
    /// Look again and again, with so much time between, until Ctrl-C
    #[arg(long, value_name = "TIME", value_parser = duration, num_args = 0..=1, default_missing_value = "2s")]
    pub watch: Option<Duration>,
    /// One line and the exit codes 0, 1, 2 and 3, as Nagios and its kin want them
    #[arg(long, conflicts_with_all = ["watch", "json"])]
    pub nagios: bool,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}
