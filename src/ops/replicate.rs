//! `rtool replicate`.

use std::process::ExitCode;

use crate::args::replicate::ReplicateArgs;
use crate::ui::{Error, Kind};

/// Run the subcommand to its end.
pub fn run(_args: ReplicateArgs) -> Result<ExitCode, Error> {
    Err(Error::new(Kind::Failed, "replicate is not built yet"))
}
