//! `rtool status`.

use std::process::ExitCode;

use crate::args::status::StatusArgs;
use crate::ui::{Error, Kind};

/// Run the subcommand to its end.
pub fn run(_args: StatusArgs) -> Result<ExitCode, Error> {
    Err(Error::new(Kind::Failed, "status is not built yet"))
}
