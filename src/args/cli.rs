//! `rtool cli`: the options of the shell.

use std::ffi::OsString;

/// The options and operands of `rtool cli`.
#[derive(Debug, clap::Args)]
pub struct CliArgs {
    /// The command to run; without one, the interactive shell
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 0..)]
    pub command: Vec<OsString>,
}
