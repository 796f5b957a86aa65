//! INFO about the process: Server, Clients, Memory, CPU.

use std::fmt;
use std::fs;
use std::sync::atomic::Ordering;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

use super::{Facts, Lines};
use crate::clock;
use crate::server::Server;
use crate::server::config::{REDIS_VERSION, Settings};
use crate::server::memory::{Memory, human};
use crate::server::session::Class;
use crate::store::{lru, reclaim};

/// The section Server.
pub fn server(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let (server, settings) = (facts.server, facts.settings);
    let uptime_s = (facts.now_ms - server.started_ms).max(0) / 1000;
    lines.add("redis_version", REDIS_VERSION)?;
    lines.add("rtool_version", env!("CARGO_PKG_VERSION"))?;
    lines.add("redis_git_sha1", "00000000")?;
    lines.add("redis_git_dirty", 0)?;
    lines.add("redis_build_id", build_id())?;
    lines.add("redis_mode", "standalone")?;
    lines.add("os", system())?;
    lines.add("arch_bits", usize::BITS)?;
    lines.add("monotonic_clock", "POSIX clock_gettime")?;
    lines.add("multiplexing_api", "epoll")?;
    lines.add("atomicvar_api", "c11-builtin")?;
    lines.add("gcc_version", "0.0.0")?;
    lines.add("process_id", std::process::id())?;
    lines.add("process_supervised", settings.supervised.name())?;
    lines.add("run_id", &server.run_id)?;
    lines.add("tcp_port", settings.port)?;
    lines.add("server_time_usec", clock::wall_us())?;
    lines.add("uptime_in_seconds", uptime_s)?;
    lines.add("uptime_in_days", uptime_s / (24 * 60 * 60))?;
    lines.add("hz", settings.hz)?;
    lines.add("configured_hz", settings.hz)?;
    lines.add("lru_clock", lru::lru_clock(facts.now_ms))?;
    let path = |found: Option<std::path::PathBuf>| found.map(|p| p.display().to_string()).unwrap_or_default();
    lines.add("executable", path(std::env::current_exe().ok()))?;
    lines.add("config_file", path(server.config.file().map(std::path::Path::to_path_buf)))?;
    lines.add("io_threads_active", u8::from(settings.io_threads > 1))?;
    if let Some(left_ms) = server.shutdown.left_ms() {
        lines.add("shutdown_in_milliseconds", left_ms)?;
    }
    listeners(settings, lines)
}

fn listeners(settings: &Settings, lines: &mut Lines) -> fmt::Result {
    let mut place = 0;
    if settings.port != 0 {
        let binds: String = settings.bind.iter().map(|addr| format!(",bind={addr}")).collect();
        lines.add("listener0", format_args!("name=tcp{binds},port={}", settings.port))?;
        place = 1;
    }
    match &settings.unixsocket {
        Some(path) => lines.add(&format!("listener{place}"), format_args!("name=unix,bind={path}")),
        None => Ok(()),
    }
}

/// Sixteen hex digits that say which version this is.
fn build_id() -> String {
    let fold = |id: u64, byte: u8| (id ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let id = env!("CARGO_PKG_VERSION").bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{id:016x}")
}

fn system() -> String {
    let read = |name: &str| fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
    let (kind, release) = (read("ostype"), read("osrelease"));
    format!("{} {} {}", kind.trim(), release.trim(), std::env::consts::ARCH)
}

/// The section Clients.
pub fn clients(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let all = facts.server.clients.all();
    let ordinary: Vec<_> =
        all.iter().filter(|c| !matches!(c.class(), Class::Replica | Class::Master)).collect();
    let input = |c: &crate::server::session::ClientShared| {
        c.input_bytes.load(Ordering::Relaxed) + c.input_free.load(Ordering::Relaxed)
    };
    let blocked = all.iter().filter(|c| c.blocked.load(Ordering::Relaxed)).count();
    let (waited, waited_gone) = facts.server.blocking.key_counts();
    let most_in = ordinary.iter().map(|c| input(c)).max().unwrap_or(0);
    let most_out = ordinary.iter().map(|c| c.pending_output()).max().unwrap_or(0);
    lines.numbers(&[
        ("connected_clients", ordinary.len() as u64),
        ("cluster_connections", 0),
        ("maxclients", facts.settings.maxclients as u64),
        ("client_recent_max_input_buffer", most_in as u64),
        ("client_recent_max_output_buffer", most_out as u64),
        ("blocked_clients", blocked as u64),
        ("tracking_clients", facts.server.tracking.sizes().clients as u64),
        ("clients_in_timeout_table", 0),
        ("total_blocking_keys", waited as u64),
        ("total_blocking_keys_on_nokey", waited_gone as u64),
    ])
}

/// The section Memory.
pub fn memory(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let memory = Memory::gather(facts.server, facts.held);
    let both = |lines: &mut Lines, name: &str, bytes: usize| {
        lines.add(name, bytes)?;
        lines.add(&format!("{name}_human"), human(bytes))
    };
    both(lines, "used_memory", memory.used)?;
    both(lines, "used_memory_rss", memory.resident)?;
    both(lines, "used_memory_peak", memory.peak)?;
    lines.add("used_memory_peak_perc", format_args!("{:.2}%", memory.peak_percent()))?;
    lines.add("used_memory_overhead", memory.overhead())?;
    lines.add("used_memory_startup", memory.startup)?;
    lines.add("used_memory_dataset", memory.dataset())?;
    lines.add("used_memory_dataset_perc", format_args!("{:.2}%", memory.dataset_percent()))?;
    lines.add("allocator_allocated", memory.used)?;
    lines.add("allocator_active", memory.resident)?;
    lines.add("allocator_resident", memory.resident)?;
    both(lines, "total_system_memory", memory.system)?;
    scripts(facts.server, lines)?;
    both(lines, "maxmemory", facts.settings.maxmemory as usize)?;
    lines.add("maxmemory_policy", facts.settings.maxmemory_policy.name())?;
    fragmentation(&memory, lines)?;
    lines.numbers(&[
        ("mem_not_counted_for_evict", memory.not_counted as u64),
        ("mem_replication_backlog", memory.backlog as u64),
        ("mem_total_replication_buffers", (memory.backlog + memory.replicas) as u64),
        ("mem_clients_slaves", memory.replicas as u64),
        ("mem_clients_normal", memory.clients as u64),
        ("mem_cluster_links", 0),
        ("mem_aof_buffer", memory.aof as u64),
    ])?;
    lines.add("mem_allocator", "mimalloc")?;
    lines.numbers(&[
        ("active_defrag_running", 0),
        ("lazyfree_pending_objects", reclaim::pending() as u64),
        ("lazyfreed_objects", reclaim::freed() as u64),
    ])
}

/// Scripts and functions share an interpreter on each thread: what those hold stands with the scripts.
fn scripts(server: &Server, lines: &mut Lines) -> fmt::Result {
    let (interpreters, libraries) = (server.scripts.lua_bytes(), server.scripts.functions.get());
    let (sources, functions) = (server.scripts.cache.bytes(), libraries.bytes());
    let number = |n: usize| n as u64;
    lines.numbers(&[
        ("used_memory_lua", number(interpreters)),
        ("used_memory_vm_eval", number(interpreters)),
    ])?;
    lines.add("used_memory_lua_human", human(interpreters))?;
    lines.numbers(&[
        ("used_memory_scripts_eval", number(sources)),
        ("number_of_cached_scripts", number(server.scripts.cache.len())),
        ("number_of_functions", number(libraries.functions_len())),
        ("number_of_libraries", number(libraries.by_name.len())),
        ("used_memory_vm_functions", 0),
        ("used_memory_vm_total", number(interpreters)),
    ])?;
    lines.add("used_memory_vm_total_human", human(interpreters))?;
    lines.numbers(&[
        ("used_memory_functions", number(functions)),
        ("used_memory_scripts", number(sources + functions)),
    ])?;
    lines.add("used_memory_scripts_human", human(sources + functions))
}

/// The allocator's own ratios are those of the whole, since it does not tell.
fn fragmentation(memory: &Memory, lines: &mut Lines) -> fmt::Result {
    let (ratio, bytes) = (memory.fragmentation(), memory.fragmentation_bytes());
    lines.add("allocator_frag_ratio", format_args!("{ratio:.2}"))?;
    lines.add("allocator_frag_bytes", bytes)?;
    lines.add("allocator_rss_ratio", "1.00")?;
    lines.add("allocator_rss_bytes", 0)?;
    lines.add("rss_overhead_ratio", "1.00")?;
    lines.add("rss_overhead_bytes", 0)?;
    lines.add("mem_fragmentation_ratio", format_args!("{ratio:.2}"))?;
    lines.add("mem_fragmentation_bytes", bytes)
}

/// The section CPU. The main thread is the one that answers.
pub fn cpu(_: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let parts = [
        (UsageWho::RUSAGE_SELF, ""),
        (UsageWho::RUSAGE_CHILDREN, "_children"),
        (UsageWho::RUSAGE_THREAD, "_main_thread"),
    ];
    for (who, suffix) in parts {
        let usage = getrusage(who).ok();
        let time = |pick: fn(&Usage) -> TimeVal| {
            usage.as_ref().map(pick).map_or((0, 0), |t| (t.tv_sec(), t.tv_usec()))
        };
        let (sys, user) = (time(Usage::system_time), time(Usage::user_time));
        lines.add(&format!("used_cpu_sys{suffix}"), format_args!("{}.{:06}", sys.0, sys.1))?;
        lines.add(&format!("used_cpu_user{suffix}"), format_args!("{}.{:06}", user.0, user.1))?;
    }
    Ok(())
}
