//! The command line as clap definitions: plain data, no environment, cannot fail late.
//!
//! Two steps, on purpose. This module turns words into plain structs and nothing else: it opens no
//! file, asks no terminal, resolves no address. What needs the world (the configuration file, the
//! password prompt, the topology) is resolved afterwards by the part that runs. So `--help`,
//! `--version`, the completions and the man pages can never fail, and every combination of options is
//! testable without a process.
//!
//! One file per subcommand. Completions and man pages are generated from these definitions
//! (`generate`), committed, and compared by `tests/tidy.rs`.

pub mod check;
pub mod cli;
pub mod cli_cluster;
pub mod cli_modes;
pub mod configure;
pub mod fence;
pub mod generate;
pub mod history;
pub mod keys;
pub mod operator;
pub mod profile;
pub mod promote;
pub mod redis_cli;
pub mod rejoin;
pub mod replicate;
pub mod repoint;
pub mod serve;
pub mod status;
pub mod switchover;
pub mod topology;
pub mod tutorial;
pub mod verify;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "rtool",
    version,
    about = "A Redis-compatible server, its shell, and the commands that set up and fail over replication",
    long_about = LONG_ABOUT,
    after_long_help = EXAMPLES,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    infer_subcommands = false
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const LONG_ABOUT: &str = "\
A Redis-compatible server (serve), its shell (cli), and the commands an operator needs to set up \
replication (replicate), watch it (status, topology) and survive the loss of the master (promote, \
repoint, rejoin, failback), or replace it while it lives (switchover). \
Every command works with rtool, Redis and Valkey servers alike.";

const EXAMPLES: &str = "\
Examples:
  rtool tutorial
        play the whole replication tutorial on this machine and check each step
  rtool serve --port 6379 --requirepass secret
        start a server
  rtool replicate --from 10.8.0.1:6379 --to 10.8.0.2:6379
        make the second a replica of the first, and prove it
  rtool status 10.8.0.1:6379
        show the whole group, found from any member
  rtool promote 10.8.0.2:6379
        the master is dead: make this replica the master
  rtool switchover --to 10.8.0.2:6379
        the master lives: let this replica take over without losing a write
  rtool rejoin 10.8.0.1:6379 --to 10.8.0.2:6379
        the old master is back: save what only it holds, and make it a replica
  rtool cli -h 10.8.0.1 GET key
        one command; without a command, the interactive shell

Exit codes of the operator commands: 0 done or healthy, 2 usage, 3 refused with nothing changed, \
4 refused because data could be lost, 5 incomplete (rtool resume finishes it), 6 outcome unknown, \
7 another operation is running, 8 unreachable before any change, 9 verification failed, 10 unhealthy.";

/// The subcommands, in the order of the help.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: takes redis-server's own arguments
    Serve(serve::ServeArgs),
    /// Talk to a server: one command, a script, or the interactive shell
    Cli(cli::CliArgs),
    /// Be redis-cli: its options, output and exit codes, for scripts written for it
    #[command(after_help = cli::REDIS_CLI_NOTES)]
    RedisCli(cli::CliArgs),
    /// List, show and test the names of servers that the shell knows
    Profile(profile::ProfileArgs),
    /// Delete, expire or copy every key that matches a pattern, and undo it
    Keys(keys::KeysArgs),
    /// Show a replication group, found from any member, and whether it is healthy
    Status(status::StatusArgs),
    /// Find out what would go wrong in the next incident
    Check(check::CheckArgs),
    /// Show who follows whom, as a tree
    Topology(topology::TopologyArgs),
    /// Edit the configuration file of a master or a replica, as the replication tutorial does
    Configure(configure::ConfigureArgs),
    /// Make servers replicas of a master, persist it, and prove that it works
    Replicate(replicate::ReplicateArgs),
    /// The master is dead: make a replica the master, persist it, and repoint the others
    Promote(promote::PromoteArgs),
    /// The master lives: let a replica take over without losing a write
    Switchover(switchover::SwitchoverArgs),
    /// Move replicas to another master
    Repoint(repoint::RepointArgs),
    /// Bring an old master back as a replica; what only it holds is shown and saved first
    Rejoin(rejoin::RejoinArgs),
    /// Make the original master the master again, without losing a write
    Failback(rejoin::FailbackArgs),
    /// Stop a server taking writes, and prove it
    Fence(fence::FenceArgs),
    /// Let a fenced server take writes again
    Unfence(fence::UnfenceArgs),
    /// Compare the data of two servers, key by key
    Verify(verify::VerifyArgs),
    /// List what was done to groups, by whom, and how it ended
    History(history::HistoryArgs),
    /// Finish an operation that broke off half way
    Resume(history::ResumeArgs),
    /// Carry out a plan that --plan-out saved, if nothing has changed since
    Apply(history::ApplyArgs),
    /// Play the replication tutorial on this machine, each step checked
    Tutorial(tutorial::TutorialArgs),
    /// Print the completion script for a shell
    Completions(generate::CompletionsArgs),
    /// Write the manual pages into a folder
    Man(generate::ManArgs),
}

/// Parse the words of the command line, the program's own name first.
///
/// A link named `redis-server` (or `valkey-server`) that points to this program is the subcommand
/// `serve`, one named `redis-cli` (or `valkey-cli`) the subcommand `redis-cli`, so that service files,
/// scripts and test suites written for Redis need no change.
///
/// # Errors
/// There is nothing to run: help or the version was asked for, or the words make no sense.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, Unrunnable> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    if let Some(subcommand) = words.first().and_then(subcommand_of_link) {
        words.insert(1, OsString::from(subcommand));
    }
    let strict = words.get(1).is_some_and(|word| word == redis_cli::NAME);
    if strict && let Some(answer) = redis_cli::check(words.get(2..).unwrap_or_default()) {
        return Err(answer);
    }
    Args::try_parse_from(words).map_err(|error| match strict {
        true => Unrunnable::Refused(redis_cli::misfit(&error)),
        false => Unrunnable::Clap(error),
    })
}

/// What a command line comes to that runs nothing.
#[derive(Debug)]
pub enum Unrunnable {
    /// Help, the version or a usage error, as clap words and numbers them.
    Clap(clap::Error),
    /// A text for standard output, code 0.
    Text(String),
    /// redis-cli's usage error: a line on standard error, code 1.
    Refused(String),
}

/// The clap definition of the whole command line: for help, completions and man pages.
pub fn definition() -> clap::Command {
    Args::command()
}

/// What a link of this name is short for.
fn subcommand_of_link(program: &OsString) -> Option<&'static str> {
    match Path::new(program).file_name()?.to_str()? {
        "redis-server" | "valkey-server" => Some("serve"),
        "redis-cli" | "valkey-cli" => Some(redis_cli::NAME),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_subcommand_and_option_is_documented() {
        for command in definition().get_subcommands() {
            assert!(command.get_about().is_some(), "{} has no summary", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {} has no help", command.get_name(), arg.get_id());
            }
        }
    }

    #[test]
    fn a_link_named_redis_server_serves() {
        for name in ["redis-server", "/usr/bin/redis-server", "./valkey-server"] {
            let line = format!("{name} a.conf --port 0");
            match parse(words(&line)).unwrap().command {
                Command::Serve(serve) => assert_eq!(serve.words, words("a.conf --port 0")),
                other => panic!("{name} became {other:?}"),
            }
        }
    }

    #[test]
    fn no_subcommand_is_an_error() {
        assert!(parse(words("rtool")).is_err());
        assert!(parse(words("rtool frobnicate")).is_err());
    }
}
