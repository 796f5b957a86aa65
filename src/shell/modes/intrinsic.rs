//! `--intrinsic-latency SECONDS`: how long this machine keeps a busy process from running. No server is asked.
//! What is measured is the longest gap between two turns of a loop that does nothing else.

use std::time::Duration;

use serde_json::json;

use super::{Context, Step};
use crate::clock::{Stopwatch, mono_ns};
use crate::ui::Exit;

/// Turns between two looks at Ctrl-C.
const TURNS_PER_BREATH: u64 = 4096;

/// Measures for the time asked for, or until Ctrl-C.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let seconds = context.modes().intrinsic_latency.unwrap_or_default();
    let duration = Duration::from_secs(seconds);
    context.interrupt.listen()?;
    let begun = Stopwatch::start();
    let mut before = mono_ns();
    let mut longest = 0;
    let mut turns = 0u64;
    while begun.elapsed() < duration && !context.interrupt.is_asked() {
        std::hint::black_box(spin());
        let now = mono_ns();
        let gap = (now - before) / 1000;
        before = now;
        turns += 1;
        if gap > longest {
            longest = gap;
            if !context.wants_json() {
                context.print(&format!("Max latency so far: {longest} microseconds.\n"))?;
            }
            // Writing the line is not a gap.
            before = mono_ns();
        }
        if turns.is_multiple_of(TURNS_PER_BREATH) {
            context.interrupt.breathe().await;
            before = mono_ns();
        }
    }
    summary(context, begun.elapsed(), turns, longest)
}

fn summary(context: &mut Context<'_>, time: Duration, turns: u64, longest: u64) -> Step<Exit> {
    let average = time.as_secs_f64() * 1e6 / turns.max(1) as f64;
    if context.wants_json() {
        context.json(&json!({ "runs": turns, "avg_us": average, "max_us": longest }))?;
        return Ok(Exit::DONE);
    }
    context.print(&format!(
        "\n{turns} total runs (avg latency: {average:.4} microseconds / {:.2} nanoseconds per run).\n\
         Worst run took {:.0}x longer than the average latency.\n",
        average * 1e3,
        longest as f64 / average.max(f64::MIN_POSITIVE)
    ))?;
    Ok(Exit::DONE)
}

/// Some work, so that the clock is not all there is.
fn spin() -> u64 {
    (0..64u64).fold(1, |state, turn| std::hint::black_box(state.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ turn))
}
