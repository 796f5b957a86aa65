//! LATENCY: the latest and worst spikes of each kind of event that took `latency-monitor-threshold` ms
//! or longer, with the last 160 of each kind, as in Redis.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use crate::catalog::{Command, flags};
use crate::limits::LATENCY_SAMPLES_MAX;
use crate::server::config::Settings;
use crate::server::sync::locked;

/// The samples of one event.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// (wall time in seconds, milliseconds), oldest first; at most one per second, the worst.
    pub samples: VecDeque<(i64, u64)>,
    /// Worst ever, in milliseconds.
    pub max_ms: u64,
}

/// All events.
#[derive(Debug, Default)]
pub struct Latency(Mutex<BTreeMap<&'static str, Series>>);

impl Latency {
    /// A command took this long.
    pub fn command(&self, settings: &Settings, command: &Command, spent_ns: u64, now_ms: i64) {
        if settings.latency_monitor_threshold > 0 {
            let event = if command.is(flags::FAST) { "fast-command" } else { "command" };
            self.event(settings, event, spent_ns / 1_000_000, now_ms);
        }
    }

    /// Something took this many milliseconds.
    pub fn event(&self, settings: &Settings, event: &'static str, ms: u64, now_ms: i64) {
        let threshold = settings.latency_monitor_threshold;
        if threshold == 0 || ms < threshold {
            return;
        }
        let mut all = locked(&self.0);
        let series = all.entry(event).or_default();
        series.max_ms = series.max_ms.max(ms);
        let second = now_ms / 1000;
        match series.samples.back_mut() {
            Some(last) if last.0 == second => last.1 = last.1.max(ms),
            _ => series.samples.push_back((second, ms)),
        }
        if series.samples.len() > LATENCY_SAMPLES_MAX {
            series.samples.pop_front();
        }
    }

    /// All series by event name.
    pub fn all(&self) -> BTreeMap<&'static str, Series> {
        locked(&self.0).clone()
    }

    /// Forgets some events, all of them for an empty list; returns how many there were.
    pub fn reset(&self, events: &[&[u8]]) -> usize {
        let mut all = locked(&self.0);
        let before = all.len();
        all.retain(|name, _| {
            !events.is_empty() && !events.iter().any(|e| e.eq_ignore_ascii_case(name.as_bytes()))
        });
        before - all.len()
    }
}
