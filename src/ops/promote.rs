//! `rtool promote`.

use std::process::ExitCode;

use crate::args::promote::PromoteArgs;
use crate::ui::{Error, Kind};

/// Run the subcommand to its end.
pub fn run(_args: PromoteArgs) -> Result<ExitCode, Error> {
    Err(Error::new(Kind::Failed, "promote is not built yet"))
}
