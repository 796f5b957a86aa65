//! What happens per second: the last sixteen samples of a few counters, a tenth of a second apart, for
//! the `instantaneous_` fields of INFO.

use std::sync::Mutex;

use crate::server::Server;
use crate::server::sync::locked;

/// Samples that are averaged.
const SAMPLES: usize = 16;
/// Time between two samples, in milliseconds.
const PERIOD_MS: u64 = 100;
/// The counters that are watched.
const COUNTERS: usize = 7;

/// Rates per second, averaged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PerSecond {
    /// Commands.
    pub commands: u64,
    /// Bytes from clients.
    pub net_in: u64,
    /// Bytes to clients.
    pub net_out: u64,
    /// Bytes from the master.
    pub repl_in: u64,
    /// Bytes to replicas.
    pub repl_out: u64,
    /// Rounds of work.
    pub cycles: u64,
    /// Time they took, in nanoseconds.
    pub cycle_nanos: u64,
}

#[derive(Debug, Default)]
struct Watched {
    at_ms: u64,
    last: [u64; COUNTERS],
    samples: [[u64; COUNTERS]; SAMPLES],
    next: usize,
}

/// The samples.
#[derive(Debug, Default)]
pub struct Rates(Mutex<Watched>);

impl Rates {
    /// Takes a sample when it is time; called by the cron.
    pub fn sample(&self, server: &Server, now_ms: u64) {
        let mut watched = locked(&self.0);
        let elapsed_ms = now_ms.saturating_sub(watched.at_ms);
        if elapsed_ms < PERIOD_MS {
            return;
        }
        let now = [
            server.total(|w| w.commands.get()),
            server.total(|w| w.net_in.get()),
            server.total(|w| w.net_out.get()),
            server.stats.repl_in.get(),
            server.stats.repl_out.get(),
            server.total(|w| w.cycles.get()),
            server.total(|w| w.cycle_nanos.get()),
        ];
        let place = watched.next;
        let last = std::mem::replace(&mut watched.last, now);
        // A counter that was reset begins again.
        let rate = |i: usize| now[i].saturating_sub(last[i]) * 1000 / elapsed_ms;
        watched.samples[place] = std::array::from_fn(rate);
        watched.next = (place + 1) % SAMPLES;
        watched.at_ms = now_ms;
    }

    /// The averages; all zero before the first sample.
    pub fn per_second(&self) -> PerSecond {
        let watched = locked(&self.0);
        let mean = |i: usize| watched.samples.iter().map(|sample| sample[i]).sum::<u64>() / SAMPLES as u64;
        PerSecond {
            commands: mean(0),
            net_in: mean(1),
            net_out: mean(2),
            repl_in: mean(3),
            repl_out: mean(4),
            cycles: mean(5),
            cycle_nanos: mean(6),
        }
    }

    /// Forgets the samples (CONFIG RESETSTAT).
    pub fn reset(&self) {
        *locked(&self.0) = Watched::default();
    }
}
