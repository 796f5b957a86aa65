//! `rtool verify`: whether two servers hold the same.

use std::ffi::OsString;
use std::time::Duration;

use super::operator::{Login, Talk, duration};

/// The options and operands of `rtool verify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Every key of A is compared with that of B by type, value and time to live; then keys that only B holds are \
looked for. Both servers stay in use: keys are read a few at a time, and what differs is read again before it \
counts, because a write may just be on its way. Consumer groups of big streams and times to live of single \
hash fields are not compared where the servers' own dumps differ. Exit code 0 when both are the same, else 9.

Examples:
  rtool verify 10.8.0.1:6379 10.8.0.2:6379
  rtool verify 10.8.0.1:6379 10.8.0.2:6379 --sample 10000 --json")]
pub struct VerifyArgs {
    /// The server whose keys are looked for: an address, or a name from the topology file
    #[arg(value_name = "A")]
    pub a: String,
    /// The server that should hold the same
    #[arg(value_name = "B")]
    pub b: String,
    /// Compare keys that match this pattern only
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub pattern: Option<OsString>,
    /// Compare so many keys of A, chosen at random, instead of all
    #[arg(long, value_name = "KEYS", conflicts_with = "pattern")]
    pub sample: Option<u64>,
    /// How far times to live may be apart
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    pub ttl_tolerance: Duration,
    /// How many differences are listed; all are counted
    #[arg(long, value_name = "KEYS", default_value_t = 100)]
    pub max: usize,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}
