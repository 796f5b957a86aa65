//! Latency histograms of commands, for INFO latencystats and LATENCY HISTOGRAM. Each worker has its own
//! per command and is the only one to write it; they are added up when somebody looks. Buckets are
//! log-linear: 32 to each doubling of the nanoseconds, so a value is off by 3 % at most.
//!
//! ```text
//!   ns < 32: a bucket each      32..64: 32 buckets of 1      64..128: 32 of 2      128..256: 32 of 4 ...
//! ```

use std::sync::OnceLock;

use crate::server::stats::Counter;

/// Buckets to a doubling, as bits.
const SUB_BITS: u32 = 5;
/// Everything from here on counts as this much, in nanoseconds: a second, as in Redis.
const LONGEST_NS: u64 = 1_000_000_000;
/// Number of buckets.
const BUCKETS: usize = bucket(LONGEST_NS) + 1;
/// Upper end of the first step of LATENCY HISTOGRAM, in nanoseconds; each further one is twice as far.
const FIRST_STEP_NS: u64 = 1024;

/// The bucket of a duration.
pub const fn bucket(ns: u64) -> usize {
    let ns = if ns > LONGEST_NS { LONGEST_NS } else { ns };
    if ns < 1 << SUB_BITS {
        return ns as usize;
    }
    let octave = ns.ilog2() - SUB_BITS;
    ((octave as usize) << SUB_BITS) + (ns >> octave) as usize
}

/// The largest duration of a bucket, in nanoseconds.
fn largest(bucket: usize) -> u64 {
    let octave = (bucket >> SUB_BITS).saturating_sub(1);
    let first = (bucket - (octave << SUB_BITS)) as u64;
    ((first + 1) << octave) - 1
}

/// One worker's durations of one command; takes memory when the first one comes.
#[derive(Debug, Default)]
pub struct Histogram(OnceLock<Box<[Counter]>>);

impl Histogram {
    /// Counts `n` commands that took what `bucket` stands for, by the owning thread only.
    pub fn add(&self, bucket: usize, n: u64) {
        let buckets = self.0.get_or_init(|| (0..BUCKETS).map(|_| Counter::default()).collect());
        if let Some(counter) = buckets.get(bucket) {
            counter.add(n);
        }
    }

    /// Forgets everything (CONFIG RESETSTAT).
    pub fn reset(&self) {
        self.0.get().into_iter().flatten().for_each(|counter| counter.set(0));
    }
}

/// The durations of one command on all workers.
#[derive(Debug, Default)]
pub struct Distribution {
    counts: Vec<u64>,
    total: u64,
}

impl Distribution {
    /// Adds one worker's.
    pub fn add(&mut self, histogram: &Histogram) {
        let Some(buckets) = histogram.0.get() else { return };
        self.counts.resize(BUCKETS, 0);
        for (sum, counter) in self.counts.iter_mut().zip(buckets) {
            *sum += counter.get();
            self.total += counter.get();
        }
    }

    /// Commands counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The duration, in nanoseconds, that `percent` of the commands did not exceed.
    pub fn percentile(&self, percent: f64) -> u64 {
        let wanted = ((percent / 100.0 * self.total as f64 + 0.5) as u64).max(1);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        place.map_or(0, largest)
    }

    /// Steps in microseconds, each twice as far as the one before, with the number of commands up to
    /// there; steps that add none are left out.
    pub fn steps(&self) -> Vec<(u64, u64)> {
        let (mut steps, mut seen, mut from, mut end) = (Vec::new(), 0, 0, FIRST_STEP_NS);
        while seen < self.total && from < self.counts.len() {
            let to = if end > LONGEST_NS { self.counts.len() } else { bucket(end) };
            let here: u64 = self.counts[from..to].iter().sum();
            seen += here;
            if here > 0 {
                // The upper end as a histogram of two significant digits names it.
                steps.push(((end + end / 128 - 1) / 1000, seen));
            }
            (from, end) = (to, end * 2);
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket() {
        let mut ns = 1;
        while ns < LONGEST_NS {
            let at = bucket(ns);
            assert!(largest(at) >= ns && (at == 0 || largest(at - 1) < ns), "{ns}");
            ns += 1 + ns / 7;
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_and_steps() {
        let histogram = Histogram::default();
        histogram.add(bucket(900), 90);
        histogram.add(bucket(40_000), 9);
        histogram.add(bucket(5_000_000_000), 1);
        let mut all = Distribution::default();
        all.add(&histogram);
        assert_eq!(all.total(), 100);
        assert!((900..940).contains(&all.percentile(50.0)), "{}", all.percentile(50.0));
        assert!((40_000..42_000).contains(&all.percentile(99.0)));
        assert!(all.percentile(100.0) >= LONGEST_NS);
        assert_eq!(all.steps(), [(1, 90), (66, 99), (1_082_130, 100)]);
        histogram.reset();
        let mut none = Distribution::default();
        none.add(&histogram);
        assert_eq!((none.total(), none.steps().len()), (0, 0));
    }
}
