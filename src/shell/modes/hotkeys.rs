//! `--hotkeys`: the keys with the highest LFU counters, found by OBJECT FREQ of every key.

use serde_json::json;

use super::samplers::{pause, quoted};
use super::scan::{Walk, database_size};
use super::{Context, Step};
use crate::ui::Exit;

/// How many keys are listed.
const LISTED: usize = 16;

/// Keys between two lines of progress.
const KEYS_PER_LINE: u64 = 1_000_000;

const INTRODUCTION: &str = "
# Scanning the entire keyspace to find hot keys as well as
# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec
# per 100 SCAN commands (not usually needed).

";

/// Looks at every key, or at those until Ctrl-C.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    context.interrupt.listen()?;
    let expected = database_size(context).await?;
    if !context.wants_json() {
        context.print(INTRODUCTION)?;
    }
    let mut walk = Walk::new(context, 0)?;
    let mut hottest = Hottest::default();
    let (mut sampled, mut calls, mut percent) = (0u64, 0u64, 0.0);
    while let Some(keys) = walk.next(context).await? {
        percent = if expected == 0 { 0.0 } else { 100.0 * sampled as f64 / expected as f64 };
        let counters = counters_of(context, &keys).await?;
        for (key, counter) in keys.iter().zip(counters) {
            sampled += 1;
            if sampled.is_multiple_of(KEYS_PER_LINE) && !context.wants_json() {
                context.print(&format!("[{percent:05.2}%] Sampled {sampled} keys so far\n"))?;
            }
            if hottest.offer(key, counter) && !context.wants_json() {
                let key = quoted(key);
                context.print(&format!(
                    "[{percent:05.2}%] Hot key '{key}' found so far with counter {counter}\n"
                ))?;
            }
        }
        calls += 1;
        if context.interrupt.is_asked() {
            break;
        }
        pause(context, calls).await;
    }
    summary(context, &hottest, sampled, percent)?;
    Ok(Exit::DONE)
}

async fn counters_of(context: &mut Context<'_>, keys: &[Vec<u8>]) -> Step<Vec<u64>> {
    let commands: Vec<Vec<&[u8]>> = keys.iter().map(|key| vec![b"OBJECT" as &[u8], b"FREQ", key]).collect();
    let replies = context.pipeline(&commands).await?;
    let mut counters = Vec::with_capacity(keys.len());
    for (reply, key) in replies.iter().zip(keys) {
        if let Some(error) = reply.error() {
            return Err(context.refused(&error, &format!("Error: {error}")));
        }
        if reply.as_int().is_none() {
            let line = format!("Warning: OBJECT freq on '{}' failed (may have been deleted)", quoted(key));
            context.engine.console.notes.note(&line);
        }
        counters.push(reply.as_int().unwrap_or(0).unsigned_abs());
    }
    Ok(counters)
}

fn summary(context: &mut Context<'_>, hottest: &Hottest, sampled: u64, percent: f64) -> Step<()> {
    if context.wants_json() {
        let keys: Vec<_> = hottest
            .rows
            .iter()
            .rev()
            .map(|(counter, key)| json!({ "key": super::json_key(key), "counter": counter }))
            .collect();
        let complete = !context.interrupt.is_asked();
        return context.json(&json!({ "keys": sampled, "complete": complete, "hottest": keys }));
    }
    let stopped = if context.interrupt.is_asked() { format!("[{percent:05.2}%] ") } else { String::new() };
    let mut text =
        format!("\n-------- summary -------\n\n{stopped}Sampled {sampled} keys in the keyspace!\n");
    for (counter, key) in hottest.rows.iter().rev() {
        text.push_str(&format!("hot key found with counter: {counter}\tkeyname: {}\n", quoted(key)));
    }
    context.print(&text)
}

/// The keys with the highest counters, the lowest first.
#[derive(Default)]
struct Hottest {
    rows: Vec<(u64, Vec<u8>)>,
}

impl Hottest {
    /// Takes a key that is hotter than one of the list; whether it was taken.
    fn offer(&mut self, key: &[u8], counter: u64) -> bool {
        let place = self.rows.partition_point(|row| row.0 < counter);
        if counter == 0 || place == 0 && self.rows.len() == LISTED {
            return false;
        }
        self.rows.insert(place, (counter, key.to_vec()));
        if self.rows.len() > LISTED {
            self.rows.remove(0);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_stay() {
        let mut hottest = Hottest::default();
        for counter in (1..=40).chain(1..=40) {
            hottest.offer(format!("k{counter}").as_bytes(), counter);
        }
        let counters: Vec<u64> = hottest.rows.iter().map(|row| row.0).collect();
        assert_eq!(counters, (33..=40).flat_map(|counter| [counter, counter]).collect::<Vec<_>>());
        assert!(!hottest.offer(b"cold", 0));
    }
}
