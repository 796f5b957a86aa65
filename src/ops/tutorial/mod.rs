//! `rtool tutorial`: the tutorial "How To Configure Redis Replication", played on this machine.
//!
//! ```text
//!   stage   a temporary folder, free ports, server processes; gone when dropped
//!   play    what is typed and what comes back, each output checked
//!   script  the tutorial's steps, in its order
//! ```
//!
//! The servers are this very program (`serve`), or another one for comparison. Ctrl-C, a failed check
//! and the good end all leave through the same door: the stage is dropped, nothing stays behind.

mod play;
mod script;
mod stage;

use self::play::Play;
use self::stage::Stage;
use super::run;
use crate::args::tutorial::TutorialArgs;
use crate::clock;
use crate::ui::error::Result;
use crate::ui::{Console, Error, Exit, Kind};

/// Names the server program, like the hidden option.
const SERVER_VARIABLE: &str = "RTOOL_TUTORIAL_SERVER";

/// Runs the subcommand to its end.
///
/// # Errors
/// [`Kind::Verification`] when a check did not hold, [`Kind::Interrupted`] on Ctrl-C.
pub fn run(args: TutorialArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| tutorial(args, console))
}

async fn tutorial(args: TutorialArgs, console: Console) -> Result<Exit> {
    let began = clock::mono_ms();
    let program = args.server.or_else(|| std::env::var_os(SERVER_VARIABLE).map(Into::into));
    let stage = Stage::build(program)?;
    let folder = stage.folder().to_owned();
    let mut play = Play::new(console, stage, args.talk.json, args.talk.node_timeout);
    let ending = run::unless_interrupted(script::run(&mut play)).await;
    play.clear_up();
    let stopped = || {
        Error::new(
            Kind::Interrupted,
            "interrupted; the servers of the tutorial are stopped, its folder is removed",
        )
    };
    ending.ok_or_else(stopped)??;
    play.check("nothing is left behind", !folder.exists(), &folder.display().to_string())?;
    play.finish(clock::mono_ms() - began)?;
    Ok(Exit::DONE)
}
