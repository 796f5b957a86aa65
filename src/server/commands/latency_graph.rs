//! LATENCY GRAPH: the samples of one event as a bar chart, the oldest to the left, each with its age below.
//!
//! ```text
//! command - high 510 ms, low 300 ms (all time high 510 ms)
//! --------------------------------------------------------------------------------
//!   #
//!  _|
//!  ||
//! _||
//!
//! 115
//! 5ms
//! m
//! ```

use std::fmt::Write;

use crate::server::latency::Series;

/// Samples side by side.
const COLUMNS: usize = 80;
/// Lines of a chart.
const ROWS: usize = 4;
/// What a line shows of a bar that ends in it, from low to high.
const TOPS: [char; 3] = ['_', 'o', '#'];
/// Steps that a chart can show.
const STEPS: usize = ROWS * TOPS.len();

/// The chart of an event.
pub fn draw(event: &str, series: &Series, now_s: i64) -> String {
    let samples: Vec<(i64, u64)> = series.samples.iter().copied().collect();
    let low = samples.iter().map(|(_, ms)| *ms).min().unwrap_or(0);
    let high = samples.iter().map(|(_, ms)| *ms).max().unwrap_or(0);
    let mut out = format!("{event} - high {high} ms, low {low} ms (all time high {} ms)\n", series.max_ms);
    out.push_str(&"-".repeat(COLUMNS));
    out.push('\n');
    for (i, part) in samples.chunks(COLUMNS).enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let heights: Vec<usize> = part.iter().map(|(_, ms)| height(*ms, low, high)).collect();
        bars(&mut out, &heights);
        let ages: Vec<String> = part.iter().map(|(at, _)| age(now_s - at)).collect();
        labels(&mut out, &ages);
    }
    out
}

/// How high a bar is, in steps above the lowest.
fn height(ms: u64, low: u64, high: u64) -> usize {
    let range = (high - low).max(1) as f64;
    (((ms - low) as f64 * STEPS as f64 / range) as usize).min(STEPS - 1)
}

fn bars(out: &mut String, heights: &[usize]) {
    for row in (0..ROWS).rev() {
        let base = row * TOPS.len();
        let cell = |&height: &usize| match height.checked_sub(base) {
            None => ' ',
            Some(above) => TOPS.get(above).copied().unwrap_or('|'),
        };
        out.extend(heights.iter().map(cell));
        out.push('\n');
    }
}

/// Each label downwards below its bar, after an empty line.
fn labels(out: &mut String, labels: &[String]) {
    let _ = writeln!(out, "{:1$}", "", labels.len()); // writing to a String cannot fail
    let longest = labels.iter().map(String::len).max().unwrap_or(0);
    for line in 0..longest {
        out.extend(labels.iter().map(|label| label.chars().nth(line).unwrap_or(' ')));
        out.push('\n');
    }
}

/// Seconds in the largest unit that fits.
fn age(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..60 => format!("{s}s"),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_rise_from_the_lowest_sample_and_ages_hang_below() {
        let series = Series { samples: [(100, 300), (940, 405), (995, 510)].into(), max_ms: 600 };
        let chart = draw("command", &series, 1000);
        let lines: Vec<&str> = chart.lines().collect();
        assert_eq!(lines[0], "command - high 510 ms, low 300 ms (all time high 600 ms)");
        assert_eq!(lines[1], "-".repeat(80));
        assert_eq!(lines[2..], ["  #", " _|", " ||", "_||", "   ", "115", "5ms", "m  "]);
    }

    #[test]
    fn many_samples_take_several_charts() {
        let series = Series { samples: (0..100).map(|at| (at, 7)).collect(), max_ms: 7 };
        let chart = draw("fork", &series, 100);
        assert_eq!(
            chart.lines().filter(|line| line.starts_with('_')).map(str::len).collect::<Vec<_>>(),
            [80, 20]
        );
    }
}
