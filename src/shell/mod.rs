//! `rtool cli`: the interactive and scripted RESP shell.

use std::process::ExitCode;

use crate::args::cli::CliArgs;
use crate::ui::{Error, Kind};

/// Run the shell to its end.
pub fn run(_args: CliArgs) -> Result<ExitCode, Error> {
    Err(Error::new(Kind::Failed, "the shell is not built yet"))
}
