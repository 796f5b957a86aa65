//! INFO persistence.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use crate::clock;
use crate::persist::aof::writer::Mode;
use crate::server::durability::walk::Purpose;
use crate::server::{Server, gate};

/// Writes the fields of the section.
pub fn info(server: &'static Server, out: &mut String) {
    // A write to a String cannot fail.
    let _ = write_all(server, out);
}

fn write_all(server: &'static Server, out: &mut String) -> std::fmt::Result {
    let durability = &server.durability;
    let now_s = clock::wall_ms() / 1000;
    let running = durability.turn.running();
    let total = durability.turn.total_keys.load(Ordering::Relaxed);
    let saved = durability.turn.saved_keys.load(Ordering::Relaxed);
    let busy = running.is_some();
    let state = durability.state();
    write!(
        out,
        "loading:{}\r\nasync_loading:{}\r\n",
        u8::from(server.gates.has(gate::LOADING)),
        u8::from(server.gates.has(gate::ASYNC_LOADING))
    )?;
    write!(out, "current_cow_peak:0\r\ncurrent_cow_size:0\r\ncurrent_cow_size_age:0\r\n")?;
    let share = if busy && total > 0 { saved as f64 * 100.0 / total as f64 } else { 0.0 };
    write!(out, "current_fork_perc:{share:.2}\r\n")?;
    let (done, all) = if busy { (saved, total) } else { (0, 0) };
    write!(out, "current_save_keys_processed:{done}\r\ncurrent_save_keys_total:{all}\r\n")?;
    write!(out, "rdb_changes_since_last_save:{}\r\n", server.dirty.load(Ordering::Relaxed))?;
    let saving = matches!(running, Some(Purpose::Save | Purpose::Copy));
    write!(out, "rdb_bgsave_in_progress:{}\r\n", u8::from(saving))?;
    write!(out, "rdb_last_save_time:{}\r\n", state.last_save_s)?;
    write!(out, "rdb_last_bgsave_status:{}\r\n", ok(state.last_bgsave_ok))?;
    write!(out, "rdb_last_bgsave_time_sec:{}\r\n", state.last_bgsave_secs)?;
    write!(
        out,
        "rdb_current_bgsave_time_sec:{}\r\n",
        state.bgsave_since_s.map_or(-1, |since| now_s - since)
    )?;
    write!(out, "rdb_saves:{}\r\nrdb_last_cow_size:0\r\n", server.stats.saves.get())?;
    let loading = &durability.loading;
    write!(out, "rdb_last_load_keys_expired:{}\r\n", loading.keys_expired.load(Ordering::Relaxed))?;
    write!(out, "rdb_last_load_keys_loaded:{}\r\n", loading.keys_loaded.load(Ordering::Relaxed))?;
    let aof = durability.aof();
    let status = aof.map(|aof| aof.status()).unwrap_or_default();
    write!(out, "aof_enabled:{}\r\n", u8::from(status.mode != Mode::Off))?;
    write!(out, "aof_rewrite_in_progress:{}\r\n", u8::from(state.rewrites.in_progress()))?;
    write!(
        out,
        "aof_rewrite_scheduled:{}\r\n",
        u8::from(state.rewrite_scheduled || state.turn_on_scheduled)
    )?;
    write!(out, "aof_last_rewrite_time_sec:{}\r\n", state.rewrites.last_secs())?;
    write!(out, "aof_current_rewrite_time_sec:{}\r\n", state.rewrites.current_secs(now_s))?;
    write!(out, "aof_last_bgrewrite_status:{}\r\n", ok(state.rewrites.last_ok()))?;
    write!(
        out,
        "aof_rewrites:{}\r\naof_rewrites_consecutive_failures:{}\r\n",
        state.rewrites.total(),
        state.rewrites.failures()
    )?;
    write!(out, "aof_last_write_status:{}\r\naof_last_cow_size:0\r\n", ok(status.write_error.is_none()))?;
    write!(out, "module_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n")?;
    drop(state);
    if status.mode != Mode::Off {
        aof_fields(server, &status, out)?;
    }
    if server.gates.has(gate::LOADING | gate::ASYNC_LOADING) {
        loading_fields(server, now_s, out)?;
    }
    Ok(())
}

fn ok(good: bool) -> &'static str {
    if good { "ok" } else { "err" }
}

fn aof_fields(
    server: &'static Server,
    status: &crate::persist::aof::writer::Status,
    out: &mut String,
) -> std::fmt::Result {
    write!(out, "aof_current_size:{}\r\naof_base_size:{}\r\n", status.current_size, status.base_size)?;
    write!(out, "aof_pending_rewrite:{}\r\n", u8::from(server.durability.state().rewrite_scheduled))?;
    write!(out, "aof_buffer_length:{}\r\n", status.pending_bytes)?;
    write!(out, "aof_pending_bio_fsync:{}\r\n", u8::from(status.syncing))?;
    write!(out, "aof_delayed_fsync:{}\r\n", status.delayed_fsync)
}

fn loading_fields(server: &'static Server, now_s: i64, out: &mut String) -> std::fmt::Result {
    let progress = &server.durability.loading;
    let total = progress.total.load(Ordering::Relaxed).max(1);
    let loaded = progress.loaded.load(Ordering::Relaxed);
    let since = progress.since_s.load(Ordering::Relaxed);
    let elapsed = (now_s - since).max(0) as u64;
    let eta = (elapsed * total.saturating_sub(loaded)).checked_div(loaded).unwrap_or(1);
    write!(out, "loading_start_time:{since}\r\nloading_total_bytes:{total}\r\nloading_rdb_used_mem:0\r\n")?;
    write!(
        out,
        "loading_loaded_bytes:{loaded}\r\nloading_loaded_perc:{:.2}\r\n",
        loaded as f64 * 100.0 / total as f64
    )?;
    write!(out, "loading_eta_seconds:{eta}\r\n")
}
