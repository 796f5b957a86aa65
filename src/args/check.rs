//! `rtool check`: what would go wrong in the next incident.

use super::operator::{Login, Talk};

/// The options and operands of `rtool check`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each check can be run alone by its name; without names all are run. Nothing is changed on any server.

Checks:
  reach        every node of the group answers, and so does every address that a node announces
  auth         each node's masterauth opens each other node: whoever is promoted can be followed
  persistence  what the next start of each node would load, and in which role
  limits       memory, policy, backlog and persistence of the replicas are those of the master
  exposure     passwords, addresses to listen on, TLS
  writes       when the master stops taking writes, and whether a cut-off master would go on
  control      no Sentinel, no cluster and no pause stands in the way

Exit code 0 when all is well or only warned of, 10 when something would not work, 8 when nobody answers.

Examples:
  rtool check 10.8.0.1:6379
  rtool check auth persistence staging --json")]
pub struct CheckArgs {
    /// Names of checks, and addresses of members or names from the topology file
    #[arg(value_name = "CHECK|TARGET")]
    pub words: Vec<String>,
    /// Login options
    #[command(flatten)]
    pub login: Login,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}
