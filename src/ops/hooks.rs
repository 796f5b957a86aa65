//! Programs of the operator that are asked before an operation and told after it: change a DNS entry, page
//! somebody, refuse during business hours. Each gets one JSON document on its standard input.
//!
//! ```text
//! --hook-before CMD    runs before the first change, under the locks; an exit code that is not 0 vetoes
//! --hook-after CMD     runs at the end, good or bad; what it does changes nothing any more
//! ```

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value as Json, json};

use super::plan::Plan;
use crate::args::operator::Change;
use crate::clock;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Error, Kind};

/// Between two looks at a hook that runs.
const POLL: Duration = Duration::from_millis(10);

/// Asks the hook that may veto.
///
/// # Errors
/// [`Kind::Refused`] with the veto, or when the hook cannot be asked.
pub async fn ask(change: &Change, verb: &str, plan: &Plan) -> Result<()> {
    let Some(command) = &change.hook_before else { return Ok(()) };
    let document = json!({
        "schema": SCHEMA,
        "event": "before",
        "verb": verb,
        "steps": plan.to_json(),
        "warnings": plan.warnings,
        "outcome": plan.outcome,
    });
    run(command, document, change.hook_timeout).await.map_err(|why| {
        Error::new(Kind::Refused, format!("the hook says no: {command}"))
            .cause(why)
            .hint("nothing was changed; what it printed says more")
    })
}

/// Tells the other hook how it ended. That it fails is said, and changes nothing.
pub async fn tell(
    change: &Change,
    verb: &str,
    plan: &Plan,
    outcome: Result<&str, &Error>,
    console: &mut Console,
) {
    let Some(command) = &change.hook_after else { return };
    let (operation, error) = match outcome {
        Ok(id) => (Some(id), None),
        Err(error) => (None, Some(error)),
    };
    let document = json!({
        "schema": SCHEMA,
        "event": "after",
        "verb": verb,
        "ok": error.is_none(),
        "exit": error.map_or(0, |error| error.kind.exit().code()),
        "error": error.map(ToString::to_string),
        "operation": operation,
        "outcome": plan.outcome,
    });
    if let Err(why) = run(command, document, change.hook_timeout).await {
        console.notes.note(&format!("warning: the hook {command} failed: {why}"));
    }
}

/// Runs a hook to its end, or to the end of its time.
async fn run(command: &str, document: Json, limit: Duration) -> Result<(), String> {
    let mut hook = Command::new("sh");
    // Its own words are for the person at the terminal; standard output is ours.
    hook.process_group(0);
    hook.arg("-c").arg(command).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let mut child = hook.spawn().map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook that reads nothing must not hold us up, nor one that closes its input break anything.
        std::thread::spawn(move || {
            let _ = stdin.write_all(format!("{document}\n").as_bytes());
        });
    }
    let deadline = clock::mono_ms() + u64::try_from(limit.as_millis()).unwrap_or(u64::MAX / 2);
    wait(&mut child, deadline).await
}

async fn wait(child: &mut Child, deadline_ms: u64) -> Result<(), String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(status.to_string()),
            Ok(None) if clock::mono_ms() < deadline_ms => tokio::time::sleep(POLL).await,
            Ok(None) => {
                stop(child);
                return Err("it did not end in time".to_owned());
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Ends a hook and whatever it has started: they are a group of their own. Who is gone already needs no ending.
fn stop(child: &mut Child) {
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    let _ = child.wait();
}
