//! Counters. Those of the hot path are per worker, each worker writing only its own (a plain load and
//! store, no shared cache line); INFO adds them up. Rare ones are shared atomics.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalog;
use crate::limits::ERROR_CODES_MAX;
use crate::server::acl::Denial;
use crate::server::histogram::Histogram;
use crate::server::sync::locked;

/// A counter with one writer at a time and any number of readers.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds, by the owning thread only.
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// Adds, from any thread.
    pub fn add_shared(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Reads.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets (CONFIG RESETSTAT, gauges).
    pub fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    /// Raises to at least `n` (peaks).
    pub fn raise(&self, n: u64) {
        self.0.fetch_max(n, Ordering::Relaxed);
    }
}

/// Counters of one command on one worker.
#[derive(Debug, Default)]
pub struct CommandStats {
    /// Times it ran.
    pub calls: Counter,
    /// Time it took, in nanoseconds.
    pub nanos: Counter,
    /// Refused before it ran.
    pub rejected: Counter,
    /// Ran and ended with an error.
    pub failed: Counter,
    /// How long it took, while `latency-tracking` is on.
    pub latency: Histogram,
}

/// Hot counters of one worker.
#[derive(Debug)]
#[repr(align(128))]
pub struct WorkerStats {
    /// Commands run.
    pub commands: Counter,
    /// Lookups that found the key.
    pub hits: Counter,
    /// Lookups that did not.
    pub misses: Counter,
    /// Bytes read from clients.
    pub net_in: Counter,
    /// Bytes written to clients.
    pub net_out: Counter,
    /// Reads from sockets.
    pub reads: Counter,
    /// Writes to sockets.
    pub writes: Counter,
    /// Keys found expired and removed, by commands.
    pub expired: Counter,
    /// Rounds of work: batches of requests, and beats of the cron.
    pub cycles: Counter,
    /// Time they took, in nanoseconds.
    pub cycle_nanos: Counter,
    /// The longest of them, in nanoseconds.
    pub cycle_nanos_max: Counter,
    /// Most commands in one of them.
    pub cycle_commands_max: Counter,
    /// By catalog id.
    pub by_command: Vec<CommandStats>,
}

impl Default for WorkerStats {
    fn default() -> Self {
        let by_command = (0..catalog::all().len()).map(|_| CommandStats::default()).collect();
        WorkerStats {
            commands: Counter::default(),
            hits: Counter::default(),
            misses: Counter::default(),
            net_in: Counter::default(),
            net_out: Counter::default(),
            reads: Counter::default(),
            writes: Counter::default(),
            expired: Counter::default(),
            cycles: Counter::default(),
            cycle_nanos: Counter::default(),
            cycle_nanos_max: Counter::default(),
            cycle_commands_max: Counter::default(),
            by_command,
        }
    }
}

impl WorkerStats {
    /// A round of work is over.
    pub fn count_cycle(&self, nanos: u64, commands: usize) {
        self.cycles.add(1);
        self.cycle_nanos.add(nanos);
        self.cycle_nanos_max.set(self.cycle_nanos_max.get().max(nanos));
        self.cycle_commands_max.set(self.cycle_commands_max.get().max(commands as u64));
    }

    /// CONFIG RESETSTAT.
    pub fn reset(&self) {
        for counter in [
            &self.commands,
            &self.hits,
            &self.misses,
            &self.net_in,
            &self.net_out,
            &self.reads,
            &self.writes,
            &self.expired,
            &self.cycles,
            &self.cycle_nanos,
            &self.cycle_nanos_max,
            &self.cycle_commands_max,
        ] {
            counter.set(0);
        }
        for c in &self.by_command {
            for counter in [&c.calls, &c.nanos, &c.rejected, &c.failed] {
                counter.set(0);
            }
            c.latency.reset();
        }
    }
}

macro_rules! shared_counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters that any thread writes.
        #[derive(Debug, Default)]
        pub struct SharedStats {
            $($(#[$doc])* pub $name: Counter,)*
            /// Error replies by code, at most `ERROR_CODES_MAX` codes.
            pub errors: Mutex<BTreeMap<String, u64>>,
        }

        impl SharedStats {
            /// CONFIG RESETSTAT.
            pub fn reset(&self) {
                $(self.$name.set(0);)*
                locked(&self.errors).clear();
            }
        }
    };
}

shared_counters! {
    /// Connections accepted.
    connections,
    /// Connections refused because of `maxclients`.
    rejected_connections,
    /// Full resyncs served.
    sync_full,
    /// Partial resyncs accepted.
    sync_partial_ok,
    /// Partial resyncs refused.
    sync_partial_err,
    /// Keys removed by the active expiry.
    expired_active,
    /// Fields of hashes removed because their time was over.
    expired_fields,
    /// Estimated share of expired keys still in memory, in hundredths of a percent.
    expired_stale_basis_points,
    /// Expiry cycles that ended because their time was over.
    expired_time_cap_reached,
    /// Keys evicted.
    evicted,
    /// Clients closed because of `maxmemory-clients`.
    evicted_clients,
    /// Error replies.
    error_replies,
    /// Replies the replica made to its master's stream that were errors.
    unexpected_error_replies,
    /// Largest memory use seen, in bytes.
    memory_peak,
    /// AUTHs that failed.
    auth_failures,
    /// Commands that users were denied.
    denied_commands,
    /// Commands denied because of a key.
    denied_keys,
    /// Commands denied because of a channel.
    denied_channels,
    /// Commands denied because of a database.
    denied_databases,
    /// AUTHs refused unseen because of too many failures.
    auth_refused,
    /// Clients closed because their output outgrew its limit.
    obuf_limit_disconnections,
    /// Clients closed because their input outgrew its limit.
    qbuf_limit_disconnections,
    /// Bytes sent to replicas.
    repl_out,
    /// Bytes received from the master.
    repl_in,
    /// Background saves started.
    saves,
    /// AOF rewrites started.
    rewrites,
    /// Snapshots taken, whatever for.
    snapshots,
    /// Time for which the last snapshot held every shard when it began, in microseconds.
    snapshot_began_us,
    /// Dump payloads checked.
    dump_sanitizations,
    /// Time the cron took, in nanoseconds.
    cron_nanos,
    /// Time that writes to the append-only file took, in nanoseconds.
    aof_nanos,
}

impl SharedStats {
    /// Counts an error reply by its code.
    pub fn count_error(&self, code: &str) {
        self.error_replies.add_shared(1);
        let mut errors = locked(&self.errors);
        if let Some(count) = errors.get_mut(code) {
            *count += 1;
        } else if errors.len() < ERROR_CODES_MAX {
            errors.insert(code.to_owned(), 1);
        }
    }

    /// The counter of a kind of denial.
    pub fn denied(&self, denial: &Denial) -> &Counter {
        match denial {
            Denial::Command => &self.denied_commands,
            Denial::Key(_) => &self.denied_keys,
            Denial::Channel(_) => &self.denied_channels,
            Denial::Database(_) => &self.denied_databases,
        }
    }
}
