//! `rtool profile`: what the profiles say, and whether they work.

/// The operands of `rtool profile`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ProfileArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rtool profile list
  rtool profile test prod
  rtool cli prod

A profile is a table of config.toml in the user's rtool folder ($XDG_CONFIG_HOME/rtool, or $RTOOL_CONFIG):

  [profile.prod]
  address = \"10.8.0.1:6379\"
  user = \"ops\"
  password = { command = \"pass show redis/prod\" }
  env = \"prod\"";

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List the profiles, and the groups and nodes of rtool.toml
    List,
    /// Show one profile; a password only by where it is
    Show {
        /// The profile
        name: String,
    },
    /// Connect with a profile and say what is there
    Test {
        /// The profile
        name: String,
    },
}
