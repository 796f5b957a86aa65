//! `--latency`, `--latency-history`: how long a PING takes, sampled a hundred times a second.
//!
//! On a terminal one line is written over and over. Elsewhere `--latency` measures for a second (or `-i`),
//! prints once and ends. The times are whole milliseconds, as in redis-cli 7; JSON of our own face has fractions.

use std::time::Duration;

use serde_json::json;

use super::{Context, Step};
use crate::clock::Stopwatch;
use crate::shell::format::Format;
use crate::ui::Exit;

const EVERY: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_secs(1);
const HISTORY_WINDOW: Duration = Duration::from_secs(15);
const CLEAR_LINE: &str = "\x1b[0G\x1b[2K";

/// Measures until the process is stopped, or for one window.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let history = context.modes().latency_history;
    let window = context.interval_or(if history { HISTORY_WINDOW } else { WINDOW });
    let live = context.engine.renderer.format == Format::Human;
    let mut begun = Stopwatch::start();
    let mut samples = Samples::default();
    loop {
        let start = Stopwatch::start();
        context.ask_for_ever(&["PING"]).await?;
        samples.add(start.elapsed());
        let over = begun.elapsed() > window;
        if live {
            context.print(&format!("{CLEAR_LINE}{}", samples.text(Format::Human)))?;
        }
        if over && !history && !live {
            print(context, &samples)?;
            return Ok(Exit::DONE);
        }
        if over && history {
            finish_window(context, &samples, begun)?;
            begun = Stopwatch::start();
            samples = Samples::default();
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn finish_window(context: &mut Context<'_>, samples: &Samples, begun: Stopwatch) -> Step<()> {
    if context.wants_json() {
        return print(context, samples);
    }
    if context.engine.renderer.format != Format::Human {
        print(context, samples)?;
    }
    context.print(&format!(" -- {:.2} seconds range\n", begun.elapsed().as_secs_f32()))
}

fn print(context: &mut Context<'_>, samples: &Samples) -> Step<()> {
    if context.wants_json() {
        return context.json(&samples.json());
    }
    let text = samples.text(context.engine.renderer.format);
    context.print(&format!("{text}\n"))
}

/// The times of one window.
#[derive(Default)]
struct Samples {
    min: Duration,
    max: Duration,
    total: Duration,
    /// The sum of whole milliseconds: redis-cli's average is theirs.
    total_ms: u128,
    count: u32,
}

impl Samples {
    fn add(&mut self, time: Duration) {
        self.min = if self.count == 0 { time } else { self.min.min(time) };
        self.max = self.max.max(time);
        self.total += time;
        self.total_ms += time.as_millis();
        self.count += 1;
    }

    fn text(&self, format: Format) -> String {
        let (min, max) = (self.min.as_millis(), self.max.as_millis());
        let average = self.total_ms as f64 / f64::from(self.count.max(1));
        let count = self.count;
        match format {
            Format::Human => format!("min: {min}, max: {max}, avg: {average:.2} ({count} samples)"),
            Format::Csv => format!("{min},{max},{average:.2},{count}"),
            Format::Raw => format!("{min} {max} {average:.2} {count}"),
            Format::Json | Format::QuotedJson => {
                format!("{{\"min\": {min}, \"max\": {max}, \"avg\": {average:.2}, \"count\": {count}}}")
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        let ms = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
        let average = self.total / self.count.max(1);
        json!({ "min_ms": ms(self.min), "max_ms": ms(self.max), "avg_ms": ms(average), "count": self.count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_format() {
        let mut samples = Samples::default();
        [1, 2, 6].into_iter().for_each(|ms| samples.add(Duration::from_millis(ms)));
        assert_eq!(samples.text(Format::Human), "min: 1, max: 6, avg: 3.00 (3 samples)");
        assert_eq!(samples.text(Format::Raw), "1 6 3.00 3");
        assert_eq!(samples.text(Format::Csv), "1,6,3.00,3");
        assert_eq!(samples.text(Format::Json), "{\"min\": 1, \"max\": 6, \"avg\": 3.00, \"count\": 3}");
        assert_eq!(samples.json().to_string(), r#"{"min_ms":1.0,"max_ms":6.0,"avg_ms":3.0,"count":3}"#);
    }
}
