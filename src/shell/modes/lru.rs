//! `--lru-test KEYS`: a cache under a load where few keys are wanted often; a line of hits and misses each second.
//! The server's `maxmemory` and policy decide how many miss. It writes keys named `lru:N`.

use std::time::Duration;

use super::{Context, Step};
use crate::clock::Stopwatch;
use crate::shell::face;
use crate::ui::{Error, Exit};

const CYCLE: Duration = Duration::from_secs(1);
const PIPELINE: usize = 250;
/// The exponent of the power law: an eighth of the keys gets most of the requests.
const ALPHA: f64 = 6.2;

/// Runs cycles until the process is stopped.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let keys = context.modes().lru_test.unwrap_or_default();
    let mut random = Random::new()?;
    loop {
        let begun = Stopwatch::start();
        let (mut hits, mut misses) = (0u64, 0u64);
        while begun.elapsed() < CYCLE {
            let writes: Vec<Vec<String>> =
                (0..PIPELINE).map(|_| vec!["SET".to_owned(), random.key(keys), random.value()]).collect();
            let written = context.pipeline(&writes).await?;
            if let Some(error) = written.iter().find_map(crate::resp::value::Value::error)
                && face::refusal(&error) == crate::shell::engine::Outcome::Denied
            {
                return Err(context.refused(&error, &error));
            }
            let reads: Vec<Vec<String>> =
                (0..PIPELINE).map(|_| vec!["GET".to_owned(), random.key(keys)]).collect();
            for reply in context.pipeline(&reads).await? {
                match reply.error() {
                    Some(error) => context.engine.console.notes.note(&error),
                    None if reply.is_null() => misses += 1,
                    None => hits += 1,
                }
            }
        }
        let total = hits + misses;
        let share = |part: u64| part as f64 / total.max(1) as f64 * 100.0;
        context.print(&format!(
            "{total} Gets/sec | Hits: {hits} ({:.2}%) | Misses: {misses} ({:.2}%)\n",
            share(hits),
            share(misses)
        ))?;
    }
}

/// Random numbers for a simulation: xorshift, seeded by the system.
struct Random(u64);

impl Random {
    fn new() -> Step<Self> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed)
            .map_err(|error| Error::failed("no random numbers from the system").cause(error))?;
        Ok(Self(u64::from_ne_bytes(seed) | 1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A key, by the power law.
    fn key(&mut self, keys: u64) -> String {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let power = ALPHA + 1.0;
        let max = keys as f64;
        let drawn = ((max.powf(power) - 1.0) * uniform + 1.0).powf(1.0 / power);
        format!("lru:{}", keys - (drawn as u64).min(keys))
    }

    fn value(&mut self) -> String {
        (0..5).map(|_| char::from(b'A' + (self.next() % 26) as u8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_keys_get_most_requests() {
        let mut random = Random(88_172_645_463_325_252);
        let numbers: Vec<u64> =
            (0..10_000).map(|_| random.key(1000).strip_prefix("lru:").unwrap().parse().unwrap()).collect();
        assert!(numbers.iter().all(|number| *number < 1000));
        let low = numbers.iter().filter(|number| **number < 200).count();
        assert!(low > 7_000, "{low} of 10000 go to the first fifth");
    }
}
