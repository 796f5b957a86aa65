//! `rtool switchover`: the master lives and hands over.

use std::time::Duration;

use super::operator::{Change, Login, Talk, bytes, duration, setting};

/// The options and operands of `rtool switchover`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is lost: writes are held until the replica has everything, then the roles are swapped. If that takes \
longer than --max-pause, the master takes writes again and nothing has changed. The new master gets the old \
one's settings before, both keep their roles in their configuration files, the other replicas are moved, and \
the clients of the old master are disconnected so that they look for the new one.

Examples:
  rtool switchover 10.8.0.1:6379 --to 10.8.0.2:6379
  rtool switchover staging                the replica with the most data takes over")]
pub struct SwitchoverArgs {
    /// The master or any member of its group, or a group's name [default: the only group of the topology file]
    #[arg(value_name = "MEMBER|GROUP")]
    pub target: Option<String>,
    /// The replica that takes over [default: the one that holds the most]
    #[arg(long, value_name = "REPLICA")]
    pub to: Option<String>,
    /// Longest time in which no server takes writes
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub max_pause: Duration,
    /// Leave the clients of the old master connected
    #[arg(long)]
    pub keep_clients: bool,
    /// A setting of the master's role to apply to the new master, such as appendonly=yes
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// How many bytes the replica may be behind when it begins
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub max_lag: Option<u64>,
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
