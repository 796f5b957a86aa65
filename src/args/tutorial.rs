//! `rtool tutorial`: the replication tutorial, played on this machine.

/// The options of `rtool tutorial`.
#[derive(Debug, clap::Args)]
pub struct TutorialArgs {}
