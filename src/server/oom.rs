//! `oom-score-adj`: which process the kernel ends first when memory runs out is a number of the process, and ours can
//! follow the role, so that a replica goes before its master. What the number was before stands behind it: relative
//! values are added to that, and it comes back when the directive is switched off. There is no child process that saves,
//! so the third value is kept and not used.

use std::fs;
use std::io;
use std::sync::Mutex;

use crate::server::config::{OomScoreAdj, Settings};
use crate::server::log;
use crate::server::sync::locked;

const FILE: &str = "/proc/self/oom_score_adj";

/// The least and the greatest number that the kernel takes.
const RANGE: (i32, i32) = (-1000, 1000);

/// The score of the process.
#[derive(Debug, Default)]
pub struct OomScore {
    /// What it was before it was changed; none while it is not.
    before: Mutex<Option<i32>>,
}

impl OomScore {
    /// Makes the score what the settings want for this role.
    pub fn apply(&self, settings: &Settings, is_replica: bool) -> io::Result<()> {
        let mut before = locked(&self.before);
        let value = settings.oom_score_adj_values[usize::from(is_replica)];
        let (was, score) = match (settings.oom_score_adj, *before) {
            (OomScoreAdj::No, None) => return Ok(()),
            (OomScoreAdj::No, Some(was)) => (None, was),
            (OomScoreAdj::Absolute, was) => (Some(was.map_or_else(read, Ok)?), value),
            (OomScoreAdj::Relative, was) => {
                let was = was.map_or_else(read, Ok)?;
                (Some(was), was.saturating_add(value))
            }
        };
        fs::write(FILE, score.clamp(RANGE.0, RANGE.1).to_string())?;
        *before = was;
        Ok(())
    }

    /// The same where nobody waits for the outcome.
    pub fn follow_role(&self, settings: &Settings, is_replica: bool) {
        if let Err(e) = self.apply(settings, is_replica) {
            log::warning(format_args!("Unable to write {FILE}: {e}"));
        }
    }
}

fn read() -> io::Result<i32> {
    let text = fs::read_to_string(FILE)?;
    text.trim().parse().map_err(|_| io::Error::other(format!("{FILE} holds no number")))
}
