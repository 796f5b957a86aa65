//! `rtool tutorial`.

use std::process::ExitCode;

use crate::args::tutorial::TutorialArgs;
use crate::ui::{Error, Kind};

/// Run the subcommand to its end.
pub fn run(_args: TutorialArgs) -> Result<ExitCode, Error> {
    Err(Error::new(Kind::Failed, "tutorial is not built yet"))
}
