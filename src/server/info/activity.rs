//! INFO about what the server did: Stats, Commandstats, Errorstats, Latencystats.

use std::fmt;

use super::{Facts, Lines};
use crate::catalog;
use crate::server::Server;
use crate::server::histogram::Distribution;
use crate::server::pubsub::Kind;
use crate::server::stats::WorkerStats;
use crate::server::sync::locked;

/// The section Stats.
pub fn stats(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let server = facts.server;
    traffic(server, lines)?;
    keys(server, lines)?;
    let tracking = server.tracking.sizes();
    lines.numbers(&[
        ("pubsub_channels", server.pubsub.len(Kind::Channel) as u64),
        ("pubsub_patterns", server.pubsub.len(Kind::Pattern) as u64),
        ("pubsubshard_channels", server.pubsub.len(Kind::Shard) as u64),
        // Nothing forks: a snapshot's beginning, for which everybody waits too, stands where a fork would.
        ("latest_fork_usec", server.stats.snapshot_began_us.get()),
        ("total_forks", server.stats.snapshots.get()),
        ("migrate_cached_sockets", server.sockets.len() as u64),
        ("slave_expires_tracked_keys", server.local_keys.len() as u64),
        ("active_defrag_hits", 0),
        ("active_defrag_misses", 0),
        ("active_defrag_key_hits", 0),
        ("active_defrag_key_misses", 0),
        ("total_active_defrag_time", 0),
        ("current_active_defrag_time", 0),
        ("tracking_total_keys", tracking.keys as u64),
        ("tracking_total_items", tracking.items as u64),
        ("tracking_total_prefixes", tracking.prefixes as u64),
        ("unexpected_error_replies", server.stats.unexpected_error_replies.get()),
        ("total_error_replies", server.stats.error_replies.get()),
        ("dump_payload_sanitizations", server.stats.dump_sanitizations.get()),
        ("total_reads_processed", server.total(|w| w.reads.get())),
        ("total_writes_processed", server.total(|w| w.writes.get())),
        ("io_threaded_reads_processed", 0),
        ("io_threaded_writes_processed", 0),
        ("reply_buffer_shrinks", 0),
        ("reply_buffer_expands", 0),
        ("acl_access_denied_auth", server.stats.auth_failures.get()),
        ("acl_access_denied_cmd", server.stats.denied_commands.get()),
        ("acl_access_denied_key", server.stats.denied_keys.get()),
        ("acl_access_denied_channel", server.stats.denied_channels.get()),
        ("acl_access_denied_db", server.stats.denied_databases.get()),
    ])?;
    rounds(server, lines)
}

/// What Redis says of its event loop: here a cycle is a batch of requests or a beat of the cron.
fn rounds(server: &'static Server, lines: &mut Lines) -> fmt::Result {
    let rates = server.rates.per_second();
    let commands_ns = server.total(|w| w.by_command.iter().map(|c| c.nanos.get()).sum());
    lines.numbers(&[
        ("eventloop_cycles", server.total(|w| w.cycles.get())),
        ("eventloop_duration_sum", server.total(|w| w.cycle_nanos.get()) / 1000),
        ("eventloop_duration_cmd_sum", commands_ns / 1000),
        ("instantaneous_eventloop_cycles_per_sec", rates.cycles),
        ("instantaneous_eventloop_duration_usec", rates.cycle_nanos / rates.cycles.max(1) / 1000),
    ])
}

/// The section Debug.
pub fn debug(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let server = facts.server;
    let most = |pick: fn(&WorkerStats) -> u64| server.workers.iter().map(|w| pick(w)).max().unwrap_or(0);
    lines.numbers(&[
        ("eventloop_duration_aof_sum", server.stats.aof_nanos.get() / 1000),
        ("eventloop_duration_cron_sum", server.stats.cron_nanos.get() / 1000),
        ("eventloop_duration_max", most(|w| w.cycle_nanos_max.get()) / 1000),
        ("eventloop_cmd_per_cycle_max", most(|w| w.cycle_commands_max.get())),
    ])
}

fn traffic(server: &'static Server, lines: &mut Lines) -> fmt::Result {
    let (stats, rates) = (&server.stats, server.rates.per_second());
    let (repl_in, repl_out) = (stats.repl_in.get(), stats.repl_out.get());
    lines.numbers(&[
        ("total_connections_received", stats.connections.get()),
        ("total_commands_processed", server.total(|w| w.commands.get())),
        ("instantaneous_ops_per_sec", rates.commands),
        ("total_net_input_bytes", server.total(|w| w.net_in.get()) + repl_in),
        ("total_net_output_bytes", server.total(|w| w.net_out.get()) + repl_out),
        ("total_net_repl_input_bytes", repl_in),
        ("total_net_repl_output_bytes", repl_out),
    ])?;
    let kbps = [
        ("instantaneous_input_kbps", rates.net_in + rates.repl_in),
        ("instantaneous_output_kbps", rates.net_out + rates.repl_out),
        ("instantaneous_input_repl_kbps", rates.repl_in),
        ("instantaneous_output_repl_kbps", rates.repl_out),
    ];
    for (name, bytes) in kbps {
        lines.add(name, format_args!("{:.2}", bytes as f64 / 1024.0))?;
    }
    lines.numbers(&[
        ("rejected_connections", stats.rejected_connections.get()),
        ("sync_full", stats.sync_full.get()),
        ("sync_partial_ok", stats.sync_partial_ok.get()),
        ("sync_partial_err", stats.sync_partial_err.get()),
    ])
}

fn keys(server: &'static Server, lines: &mut Lines) -> fmt::Result {
    let stats = &server.stats;
    let stale = stats.expired_stale_basis_points.get();
    let (exceeded_ms, exceeding_ms) = server.eviction.exceeded_ms();
    lines.add("expired_keys", stats.expired_active.get() + server.total(|w| w.expired.get()))?;
    lines.add("expired_subkeys", stats.expired_fields.get())?;
    lines.add("expired_stale_perc", format_args!("{}.{:02}", stale / 100, stale % 100))?;
    lines.numbers(&[
        ("expired_time_cap_reached_count", stats.expired_time_cap_reached.get()),
        ("expire_cycle_cpu_milliseconds", 0),
        ("evicted_keys", stats.evicted.get()),
        ("evicted_clients", stats.evicted_clients.get()),
        ("evicted_scripts", server.scripts.cache.evicted()),
        ("total_eviction_exceeded_time", exceeded_ms),
        ("current_eviction_exceeded_time", exceeding_ms),
        ("keyspace_hits", server.total(|w| w.hits.get())),
        ("keyspace_misses", server.total(|w| w.misses.get())),
    ])
}

/// The section Commandstats.
pub fn commandstats(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    for command in catalog::all() {
        let id = usize::from(command.id);
        let sum = |pick: fn(&crate::server::stats::CommandStats) -> u64| {
            facts.server.total(|worker| worker.by_command.get(id).map_or(0, pick))
        };
        let (calls, micros) = (sum(|c| c.calls.get()), sum(|c| c.nanos.get()) / 1000);
        let (rejected, failed) = (sum(|c| c.rejected.get()), sum(|c| c.failed.get()));
        if calls + rejected + failed == 0 {
            continue;
        }
        let per_call = if calls == 0 { 0.0 } else { micros as f64 / calls as f64 };
        lines.add(
            &format!("cmdstat_{}", command.full_name),
            format_args!(
                "calls={calls},usec={micros},usec_per_call={per_call:.2},rejected_calls={rejected},failed_calls={failed}"
            ),
        )?;
    }
    Ok(())
}

/// The section Errorstats.
pub fn errorstats(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let errors = locked(&facts.server.stats.errors).clone();
    errors
        .iter()
        .try_for_each(|(code, count)| lines.add(&format!("errorstat_{code}"), format_args!("count={count}")))
}

/// The durations of one command on all workers.
pub fn distribution(server: &'static Server, id: u16) -> Distribution {
    let mut all = Distribution::default();
    let of_workers = server.workers.iter().filter_map(|worker| worker.by_command.get(usize::from(id)));
    of_workers.for_each(|stats| all.add(&stats.latency));
    all
}

/// The section Latencystats.
pub fn latencystats(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    if !facts.settings.latency_tracking {
        return Ok(());
    }
    for command in catalog::all() {
        let all = distribution(facts.server, command.id);
        if all.total() == 0 {
            continue;
        }
        let of_percent =
            |percent: &f64| format!("p{percent}={:.3}", all.percentile(*percent) as f64 / 1000.0);
        let parts: Vec<String> =
            facts.settings.latency_tracking_info_percentiles.iter().map(of_percent).collect();
        lines.add(&format!("latency_percentiles_usec_{}", command.full_name), parts.join(","))?;
    }
    Ok(())
}
