//! What has to happen from time to time, `hz` times a second: clients' timeouts and output
//! limits, the end of pauses, peaks. Each step is bounded.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::clock;
use crate::server::Server;
use crate::server::config::Settings;
use crate::server::session::{Class, ClientShared, KILL, MAIL};
use crate::server::{evict, gate, log, output};

/// Runs until the process ends.
pub async fn run(server: &'static Server) {
    let mut beat = 0u64;
    loop {
        let hz = server.config.snapshot().hz.clamp(1, 500) as u64;
        tokio::time::sleep(Duration::from_millis(1000 / hz)).await;
        let settings = server.config.snapshot();
        if server.switches.cron_paused.is_on() {
            continue;
        }
        beat += 1;
        let began = clock::mono_ns();
        server.stats.memory_peak.raise(crate::store::used_memory() as u64);
        server.rates.sample(server, clock::mono_ms());
        server.pause.expire(&server.gates, clock::mono_ms());
        server.tracking.tick(server, settings.tracking_table_max_keys);
        server.hotkeys.tick(server);
        evict::clients::step(server, &settings);
        if server.gates.has(gate::MEMORY_LIMIT) {
            server.eviction.call();
        }
        crate::server::durability::tick(server, &settings);
        if beat.is_multiple_of(hz) {
            each_second(server, &settings);
        }
        let took = clock::mono_ns().saturating_sub(began);
        server.stats.cron_nanos.add_shared(took);
        server.main_stats().count_cycle(took, 0);
    }
}

fn each_second(server: &'static Server, settings: &Settings) {
    let now_ms = clock::mono_ms();
    server.sockets.close_old(now_ms);
    crate::store::give_back(false);
    for client in server.clients.all() {
        let limit = output::limit_of(&settings.client_output_buffer_limit, client.class());
        client.set_outbox_limit(limit.map_or(0, |limit| limit.hard));
        if client.pending_output() > 0 {
            client.raise(MAIL); // its task looks at the soft limit, whose time runs while nothing happens
        }
    }
    if settings.timeout > 0 {
        let idle_ms = settings.timeout * 1000;
        server.clients.all().iter().filter(|c| is_idle(c, now_ms, idle_ms)).for_each(|client| {
            log::verbose(format_args!("Closing idle client"));
            client.raise(KILL);
        });
    }
}

/// Only ordinary clients that neither wait in a blocking command nor listen to channels time out.
fn is_idle(client: &ClientShared, now_ms: u64, idle_ms: u64) -> bool {
    client.class() == Class::Normal
        && !client.blocked.load(Ordering::Relaxed)
        && !client.monitor.load(Ordering::Relaxed)
        && now_ms.saturating_sub(client.active_ms.load(Ordering::Relaxed)) > idle_ms
}
