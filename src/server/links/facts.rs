//! What INFO and ROLE say about replication, field by field as Redis does.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use crate::clock;
use crate::replication::psync::Replica;
use crate::resp::Reply;
use crate::server::Server;
use crate::server::config::Settings;
use crate::server::links::failover::Failover;
use crate::server::links::{Links, Master, Phase, State};

/// The section `Replication` of INFO, without its title.
pub fn info(server: &Server, settings: &Settings) -> String {
    let now_ms = clock::mono_ms();
    let usage = server.journal.usage();
    let state = server.links.state();
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln_crlf(&mut out, "role", if state.master.is_some() { "slave" } else { "master" });
    if let Some(master) = &state.master {
        replica_lines(&mut out, server, settings, master, now_ms);
    }
    let _ = writeln_crlf(&mut out, "connected_slaves", state.replicas.len());
    if settings.min_replicas_to_write > 0 && settings.min_replicas_max_lag > 0 {
        let good = state.replicas.good(settings.min_replicas_max_lag, now_ms);
        let _ = writeln_crlf(&mut out, "min_slaves_good_slaves", good);
    }
    let rows = state.replicas.iter().filter_map(|(_, replica)| replica_row(replica, now_ms));
    for (i, row) in rows.enumerate() {
        let _ = writeln_crlf(&mut out, &format!("slave{i}"), row);
    }
    let first = if usage.backlog_active { usage.first_offset + 1 } else { 0 };
    let histlen = if usage.backlog_active { usage.histlen } else { 0 };
    let _ = write!(
        out,
        "master_failover_state:{}\r\nmaster_replid:{}\r\nmaster_replid2:{}\r\nmaster_repl_offset:{}\r\n\
         second_repl_offset:{}\r\nrepl_backlog_active:{}\r\nrepl_backlog_size:{}\r\n\
         repl_backlog_first_byte_offset:{first}\r\nrepl_backlog_histlen:{histlen}\r\n",
        Failover::name(state.failover.as_ref()),
        state.history.id(),
        state.history.id2(),
        server.journal.end(),
        state.history.second_offset(),
        u8::from(usage.backlog_active),
        settings.repl_backlog_size,
    );
    out
}

fn writeln_crlf(out: &mut String, name: &str, value: impl std::fmt::Display) -> std::fmt::Result {
    write!(out, "{name}:{value}\r\n")
}

fn replica_row(replica: &Replica, now_ms: u64) -> Option<String> {
    let state = replica.state_name()?;
    let (ip, port) = (replica.ip(), replica.peer.port);
    let (offset, lag) = (replica.ack_offset(), replica.lag_s(now_ms));
    Some(format!("ip={ip},port={port},state={state},offset={offset},lag={lag}"))
}

fn replica_lines(out: &mut String, server: &Server, settings: &Settings, master: &Master, now_ms: u64) {
    let links = &server.links;
    let up = master.phase == Phase::Connected;
    let ago = now_ms.saturating_sub(links.last_io_ms.load(Ordering::Relaxed)) / 1000;
    let last_io = if up { ago as i64 } else { -1 };
    let known = up || master.resume_db.is_some();
    let offset = if known { server.journal.end() } else { 0 };
    let read = if up { links.read_position.load(Ordering::Relaxed).max(offset) } else { offset };
    let syncing = matches!(master.phase, Phase::Transfer { .. });
    let _ = write!(
        out,
        "master_host:{}\r\nmaster_port:{}\r\nmaster_link_status:{}\r\nmaster_last_io_seconds_ago:{last_io}\r\n\
         master_sync_in_progress:{}\r\nslave_read_repl_offset:{read}\r\nslave_repl_offset:{offset}\r\n",
        master.host,
        master.port,
        if up { "up" } else { "down" },
        u8::from(syncing),
    );
    if let Phase::Transfer { total, read } = master.phase {
        transfer_lines(out, total, read, ago);
    }
    if !up {
        // Redis says -1 of a link that never was up; failover tools tell a fresh replica by it.
        let seconds = |since: u64| i64::try_from(now_ms.saturating_sub(since) / 1000).unwrap_or(i64::MAX);
        let down = master.down_since_ms.map_or(-1, seconds);
        let _ = writeln_crlf(out, "master_link_down_since_seconds", down);
    }
    let _ = write!(
        out,
        "slave_priority:{}\r\nslave_read_only:{}\r\nreplica_announced:{}\r\n",
        settings.replica_priority,
        u8::from(settings.replica_read_only),
        u8::from(settings.replica_announced),
    );
}

fn transfer_lines(out: &mut String, total: Option<u64>, read: u64, ago: u64) {
    let size = total.unwrap_or(0);
    let percent = if size > 0 { read as f64 * 100.0 / size as f64 } else { 0.0 };
    let _ = write!(
        out,
        "master_sync_total_bytes:{size}\r\nmaster_sync_read_bytes:{read}\r\nmaster_sync_left_bytes:{}\r\n\
         master_sync_perc:{percent:.2}\r\nmaster_sync_last_io_seconds_ago:{ago}\r\n",
        size as i64 - read as i64,
    );
}

/// The reply of ROLE.
pub fn role(server: &Server, reply: &mut Reply) {
    let state = server.links.state();
    match &state.master {
        Some(master) => role_of_replica(server, master, reply),
        None => role_of_master(server, &state, reply),
    }
}

fn role_of_master(server: &Server, state: &State, reply: &mut Reply) {
    let online: Vec<&Replica> = state.replicas.iter().map(|row| row.1).filter(|r| r.is_online()).collect();
    reply.array(3);
    reply.bulk(b"master");
    reply.int(server.journal.end() as i64);
    reply.array(online.len());
    for replica in online {
        reply.array(3);
        reply.bulk(replica.ip().as_bytes());
        reply.bulk_int(i64::from(replica.peer.port));
        reply.bulk_int(replica.ack_offset() as i64);
    }
}

fn role_of_replica(server: &Server, master: &Master, reply: &mut Reply) {
    reply.array(5);
    reply.bulk(b"slave");
    reply.bulk(master.host.as_bytes());
    reply.int(i64::from(master.port));
    reply.bulk(master.phase.name().as_bytes());
    reply.int(if master.phase == Phase::Connected { server.journal.end() as i64 } else { -1 });
}

impl Phase {
    /// The word of ROLE.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Connect => "connect",
            Phase::Connecting => "connecting",
            Phase::Handshake => "handshake",
            Phase::Transfer { .. } => "sync",
            Phase::Connected => "connected",
        }
    }
}

impl Links {
    /// Seconds the link to the master has been down; none while it is up, never was, or there is none.
    pub fn down_seconds(&self) -> Option<u64> {
        let state = self.state();
        let master = state.master.as_ref().filter(|master| master.phase != Phase::Connected)?;
        Some(clock::mono_ms().saturating_sub(master.down_since_ms?) / 1000)
    }
}
