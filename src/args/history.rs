//! `rtool history`, `rtool resume` and `rtool apply`: what was done, is half done, or was planned.

use std::path::PathBuf;

use super::operator::Talk;

/// The options and operands of `rtool history`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Every operation that changes something leaves a record: who, when, which command, each step before and after \
it was carried out, and how it ended. No secret is in it.

Examples:
  rtool history
  rtool history 1764612345678-promote --json")]
pub struct HistoryArgs {
    /// Show this operation step by step
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Where the records are [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}

/// The options and operands of `rtool resume`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The command of the record is run again in its folder, on the facts of now: steps that are done are not done \
twice, and what is missing is done. Without an ID, the last operation that did not come to a good end.

Examples:
  rtool resume
  rtool resume 1764612345678-promote --yes")]
pub struct ResumeArgs {
    /// The operation to finish [default: the last one that is unfinished]
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Do not ask before carrying out the plan
    #[arg(long)]
    pub yes: bool,
    /// Where the records are [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}

/// The options and operands of `rtool apply`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The file was made by --plan-out of a command. The plan is made anew from what the servers say now and carried \
out if it is still the same, about the same processes; else nothing is changed.

Example:
  rtool switchover staging --plan-out tonight.json
  rtool apply tonight.json")]
pub struct ApplyArgs {
    /// The plan
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Do not ask before carrying out the plan
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document on standard output, errors included
    #[arg(long)]
    pub json: bool,
}
