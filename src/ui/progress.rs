//! Progress of something that takes a while. On a terminal: an indicatif bar or spinner on standard
//! error, gone when it is done. Anywhere else: nothing, because a log full of percentages helps nobody.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::out::Out;

/// How often a spinner turns, in milliseconds.
const TICK_MS: u64 = 100;

/// What the numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown as KiB, MiB ...
    Bytes,
    /// Things, shown as they are.
    Items,
}

/// A bar that is shown on a terminal only; it disappears when dropped.
pub struct Progress {
    bar: ProgressBar,
    unit: Unit,
}

impl Progress {
    /// A spinner until the first [`Progress::set`] with a total, then a bar.
    pub fn start(notes: &Out, label: &str, unit: Unit) -> Progress {
        let target =
            if notes.is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {msg}"));
        bar.set_message(label.to_owned());
        if notes.is_terminal() {
            bar.enable_steady_tick(std::time::Duration::from_millis(TICK_MS));
        }
        Progress { bar, unit }
    }

    /// `done` of `total`.
    pub fn set(&self, done: u64, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
            self.bar.set_style(style(match self.unit {
                Unit::Bytes => "{msg} [{wide_bar}] {bytes}/{total_bytes} {percent}%",
                Unit::Items => "{msg} [{wide_bar}] {pos}/{len}",
            }));
        }
        self.bar.set_position(done);
    }

    /// Changes what stands beside the bar.
    pub fn label(&self, label: &str) {
        self.bar.set_message(label.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; a wrong one falls back to a plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
