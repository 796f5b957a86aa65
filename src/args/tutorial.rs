//! `rtool tutorial`: the replication tutorial, played on this machine.

use std::path::PathBuf;

use super::operator::Talk;

/// The options of `rtool tutorial`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Plays every step of the tutorial \"How To Configure Redis Replication\" with servers that it starts \
itself on free ports of 127.0.0.1 in a temporary folder, shows what is typed and what comes back, and \
checks it. Nothing is left behind. Exit code 0 only if every check held.")]
pub struct TutorialArgs {
    /// Server program to play with instead of this one; it is started as PROGRAM CONFIG-FILE
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub server: Option<PathBuf>,
    /// Output options
    #[command(flatten)]
    pub talk: Talk,
}
