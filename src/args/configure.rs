//! `rtool configure`: the configuration file of a master or a replica, before the server starts.

use std::path::PathBuf;

use super::operator::{Login, Talk, setting};

/// The options and operands of `rtool configure`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The edits of the replication tutorial as a diff, then the write: a password for clients and for replication, \
tcp-keepalive, no eviction, the append-only file, and for a replica whom it follows. Comments and order stay, a \
backup is kept beside the file, a link is followed. Without a password from the options or in the file, one of \
256 random bits is made and shown once. The server reads the file at its next start.

Examples:
  rtool configure master /etc/redis/redis.conf --bind 10.8.0.1
  rtool configure replica /etc/redis/redis.conf --of 10.8.0.1:6379 --password-file secret
  rtool configure master redis.conf --set maxmemory=2gb --dry-run")]
pub struct ConfigureArgs {
    /// What the server will be
    #[arg(value_name = "ROLE", value_enum)]
    pub role: RoleToBe,
    /// Its configuration file; one that is not there is made
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The master that a replica follows
    #[arg(long, value_name = "MASTER", required_if_eq("role", "replica"))]
    pub of: Option<String>,
    /// Addresses to listen on [default: what the file says]
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub bind: Vec<String>,
    /// The port to listen on [default: what the file says]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// A further directive, such as maxmemory=2gb
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Make a new password although the file has one
    #[arg(long, conflicts_with = "password")]
    pub generate_password: bool,
    /// Use no password; then whoever reaches the server owns it
    #[arg(long, conflicts_with_all = ["password", "generate_password"])]
    pub no_password: bool,
    /// Accept a password that can be guessed
    #[arg(long)]
    pub accept_weak_password: bool,
    /// Turn the append-only file on although the data of the server is in a snapshot, which is not loaded then
    #[arg(long)]
    pub accept_empty_start: bool,
    /// Print the diff and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before writing the file
    #[arg(long)]
    pub yes: bool,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}

/// A role that a file can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RoleToBe {
    /// Takes writes
    Master,
    /// Follows a master
    Replica,
}
