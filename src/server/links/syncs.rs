//! What a server does for its replicas from time to time: begins copies for those that wait, pings,
//! drops the silent, and frees the backlog that nobody came back for. One task on the main thread.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::persist::rdb::writer::Options;
use crate::persist::snapshot::{Form, Interrupted};
use crate::replication::psync::{self, Peer, Target};
use crate::replication::replicas::{Policy, Sync};
use crate::replication::{Class, Reader, Wants};
use crate::server::config::Settings;
use crate::server::durability::walk::{Purpose, Walk};
use crate::server::held::Held;
use crate::server::links::copy::{self, CopyFile, Source, Spool};
use crate::server::links::{Handover, Running, judge_replicas};
use crate::server::{Server, log, random_bytes, random_hex};

/// How often it looks, if nobody calls for it.
const BEAT: Duration = Duration::from_millis(100);

/// Runs until the process ends.
pub async fn run(server: &'static Server) {
    let (mut second_ms, mut ping_ms) = (0, clock::mono_ms());
    loop {
        let called = server.links.work.changed();
        let settings = server.config.snapshot();
        begin_due(server, &settings);
        let now_ms = clock::mono_ms();
        if now_ms - second_ms >= 1000 {
            second_ms = now_ms;
            each_second(server, &settings, now_ms);
        }
        if now_ms - ping_ms >= settings.repl_ping_replica_period * 1000 {
            ping_ms = now_ms;
            ping(server);
        }
        let _ = tokio::time::timeout(BEAT, called).await;
    }
}

/// Only a master pings: the replicas of a replica hear what its master says. Not while a failover waits
/// for a replica to reach the master's offset, which a ping would move.
fn ping(server: &Server) {
    let paused = server.pause.is_failover();
    let state = server.links.state();
    if !paused && state.master.is_none() && !state.replicas.is_empty() {
        server.journal.append_raw(b"*1\r\n$4\r\nPING\r\n", Class::ReplicaOnly);
        drop(state);
        server.journal.wake();
    }
}

fn each_second(server: &Server, settings: &Settings, now_ms: u64) {
    judge_replicas(server, settings);
    let silent: Vec<(u64, String)> = {
        let state = server.links.state();
        let ids = state.replicas.silent(now_ms, settings.repl_timeout * 1000);
        ids.iter().filter_map(|id| Some((*id, state.replicas.get(*id)?.name()))).collect()
    };
    for (id, name) in silent {
        log::warning(format_args!("Disconnecting timedout replica (streaming sync): {name}"));
        server.links.kill(id);
    }
    server.journal.set_backlog_size(settings.repl_backlog_size as usize);
    free_backlog(server, settings, now_ms);
}

/// A master without replicas for long enough forgets its backlog, and with it its name: what is written
/// from now on nobody counts. A replica keeps it: it may be the master tomorrow.
fn free_backlog(server: &Server, settings: &Settings, now_ms: u64) {
    let ttl_ms = settings.repl_backlog_ttl * 1000;
    let mut state = server.links.state();
    let alone = state.replicas.is_empty() && state.master.is_none();
    let over = ttl_ms > 0 && now_ms.saturating_sub(state.alone_since_ms) > ttl_ms;
    if !(alone && over && server.journal.has_backlog()) {
        return;
    }
    state.history.renew(random_bytes());
    server.journal.free_backlog();
    drop(state);
    log::notice(format_args!(
        "Replication backlog freed after {} seconds without connected replicas.",
        settings.repl_backlog_ttl
    ));
}

/// Begins the copy that is due, if any.
fn begin_due(server: &'static Server, settings: &Settings) {
    let policy = Policy {
        diskless: settings.repl_diskless_sync,
        delay_ms: settings.repl_diskless_sync_delay * 1000,
        max_replicas: settings.repl_diskless_sync_max_replicas as usize,
    };
    let due = {
        let state = server.links.state();
        if state.running.is_some() { None } else { state.replicas.due(policy, clock::mono_ms()) }
    };
    if let Some(sync) = due {
        begin(server, settings, sync);
    }
}

/// Begins a copy: with every shard held, its position and the readers from there on.
fn begin(server: &'static Server, settings: &Settings, sync: Sync) {
    let mut held = Held::all(&server.keyspace);
    let Some(mut walk) = Walk::begin(server, &mut held, Purpose::Copy, Form::Rdb) else { return };
    if !server.links.is_replica() {
        server.journal.reset_db();
    }
    let position = server.journal.end();
    let readers: Vec<Reader> = sync.links.iter().map(|_| server.journal.subscribe(Wants::All)).collect();
    drop(held);
    walk.leave_out(sync.filter);
    log::notice(format_args!(
        "Starting BGSAVE for SYNC with target: {}",
        if sync.target == Target::File { "disk" } else { "replicas sockets" }
    ));
    let job = match sync.target {
        Target::File => {
            let path = settings.dir.join(format!("temp-repl-{}-{}.rdb", std::process::id(), position));
            Job::File(CopyFile::new(path))
        }
        Target::Sockets => Job::Spool(Spool::new(sync.links.len())),
    };
    hand_over(server, sync, position, readers, job, walk, settings);
}

enum Job {
    File(Arc<CopyFile>),
    Spool((Arc<Spool>, Vec<Reader>)),
}

/// Gives every link its beginning, and the walk to a thread.
fn hand_over(
    server: &'static Server,
    sync: Sync,
    position: u64,
    readers: Vec<Reader>,
    job: Job,
    walk: Walk,
    settings: &Settings,
) {
    let options =
        Options { compress: settings.rdbcompression, checksum: settings.rdbchecksum, ..Options::default() };
    let mut sources: Vec<Source> = match &job {
        Job::File(file) => sync.links.iter().map(|_| Source::File(Arc::clone(file))).collect(),
        Job::Spool(_) => Vec::new(),
    };
    let (file, spool) = match job {
        Job::File(file) => (Some(file), None),
        Job::Spool((spool, spooled)) => {
            sources = spooled.into_iter().map(|reader| Source::Spool(Arc::clone(&spool), reader)).collect();
            (None, Some(spool))
        }
    };
    let mut orphans = Vec::new();
    {
        let mut state = server.links.state();
        let id = state.history.id();
        for ((link, reader), source) in sync.links.iter().zip(readers).zip(sources) {
            let legacy = state.replicas.get(*link).is_some_and(|replica| replica.legacy);
            if let Some(replica) = state.replicas.get_mut(*link) {
                replica.snapshot_begun(sync.target);
            }
            let line = (!legacy).then(|| psync::full_line(id, position));
            orphans.extend(state.hand_over(*link, Handover { reader, line, source }));
        }
        state.running = Some(Running { sync, position, file: file.clone() });
    }
    drop(orphans);
    let write = move || match (file, spool) {
        (Some(file), _) => copy::to_file(walk, &file, options),
        (None, Some(spool)) => copy::to_spool(walk, &spool, random_hex().as_bytes(), options),
        (None, None) => Ok::<(), Interrupted>(()),
    };
    tokio::task::spawn_local(async move {
        let outcome = tokio::task::spawn_blocking(write).await;
        let outcome = outcome.unwrap_or_else(|e| Err(std::io::Error::other(e).into()));
        ended(server, outcome);
    });
}

/// A copy is complete, or failed.
fn ended(server: &'static Server, outcome: Result<(), Interrupted>) {
    let mut state = server.links.state();
    let Some(running) = state.running.take() else { return };
    match (&outcome, running.sync.target) {
        (Ok(()), Target::File) => {
            log::notice(format_args!("Background saving terminated with success"));
        }
        (Ok(()), Target::Sockets) => {
            log::notice(format_args!("Background RDB transfer terminated with success"));
        }
        (Err(why), _) => {
            log::warning(format_args!("SYNC failed. BGSAVE failed: {why}"));
        }
    }
    for link in &running.sync.links {
        let Some(replica) = state.replicas.get_mut(*link) else { continue };
        let flag = match (&outcome, running.sync.target) {
            (Ok(()), Target::File) => {
                replica.file_ready();
                crate::server::session::MAIL
            }
            (Ok(()), Target::Sockets) => continue,
            (Err(_), _) => crate::server::session::KILL,
        };
        if let Some(seat) = state.seats.get(link) {
            seat.shared.raise(flag);
        }
    }
    drop(state);
    server.links.work.raise();
}

impl Running {
    /// Lets one more replica have this copy: its position, the stream from there, the file.
    pub fn join(&mut self, server: &Server, link: u64, peer: &Peer) -> Option<(u64, Reader, Arc<CopyFile>)> {
        let file = self.file.clone()?;
        if !self.sync.can_join(peer) {
            log::notice(format_args!(
                "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC"
            ));
            return None;
        }
        // The first replica's reader has kept the stream; if that one is gone, so may be the stream.
        let reader = server.journal.subscribe_at(self.position, Wants::All)?;
        self.sync.links.push(link);
        Some((self.position, reader, file))
    }
}
