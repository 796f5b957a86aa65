//! SHUTDOWN and the signals that mean the same.
//!
//! ```text
//!   asked --> replicas behind? --yes--> writes paused, wait: in sync | shutdown-timeout | ABORT
//!     |                                        |                                    |
//!     +------------------no--------------------+--> save, flush the AOF --> the end |
//!                                                        | cannot                   v
//!                                                        +--(without FORCE)--> refused: writes go on
//! ```
//!
//! Everybody who asked while one shutdown waits shares its fate.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock;
use crate::persist::aof::writer::Mode as AofMode;
use crate::server::config::Settings;
use crate::server::durability::{self, save};
use crate::server::links::ask_for_acks;
use crate::server::pause::{Mode, Purpose};
use crate::server::signal::Signal;
use crate::server::sync::locked;
use crate::server::{Server, daemon, log};

/// What SHUTDOWN was asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShutdownRequest {
    /// SAVE or NOSAVE; by default saves when save points are configured.
    pub save: Option<bool>,
    /// Do not wait for replicas.
    pub now: bool,
    /// Go on in spite of errors.
    pub force: bool,
    /// A signal asks: that is looked at when the cron runs.
    pub by_signal: bool,
}

impl ShutdownRequest {
    /// What `shutdown-on-sigterm` or `shutdown-on-sigint` say.
    pub fn from_signal(name: &str, settings: &Settings) -> ShutdownRequest {
        let flags = if name == "SIGINT" { settings.shutdown_on_sigint } else { settings.shutdown_on_sigterm };
        ShutdownRequest {
            save: match (flags.save, flags.nosave) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            now: flags.now,
            force: flags.force,
            by_signal: true,
        }
    }
}

/// The shutdown that waits for replicas, if one does.
#[derive(Debug, Default)]
pub struct Shutdown {
    waiting: Mutex<bool>,
    /// Monotonic time at which the waiting ends, ms; 0 while nothing waits.
    deadline_ms: AtomicU64,
    /// Raised when the waiting ends, whatever way.
    settled: Signal,
    aborted: Signal,
}

/// The shutdown did not happen: the reply of whoever asked for it.
pub const REFUSED: &str = "ERR Errors trying to SHUTDOWN. Check logs.";

/// How often replicas are looked at while a shutdown waits for them.
const LOOK: Duration = Duration::from_millis(10);

/// How long an exit that is insisted on waits for a running save to take its file away.
const DROP_SAVE: Duration = Duration::from_secs(1);

impl Shutdown {
    fn abort(&self) -> bool {
        let waiting = *locked(&self.waiting);
        if waiting {
            self.aborted.raise();
        }
        waiting
    }

    /// Takes the lead; false when a shutdown waits already.
    fn begin(&self) -> bool {
        !std::mem::replace(&mut *locked(&self.waiting), true)
    }

    /// Has one begun that is neither done nor given up?
    pub fn is_under_way(&self) -> bool {
        *locked(&self.waiting)
    }

    /// Time left while a shutdown waits for replicas, ms.
    pub fn left_ms(&self) -> Option<u64> {
        let deadline = self.deadline_ms.load(Ordering::Relaxed);
        (deadline != 0).then(|| deadline.saturating_sub(clock::mono_ms()))
    }

    fn end(&self) {
        self.deadline_ms.store(0, Ordering::Relaxed);
        *locked(&self.waiting) = false;
        self.settled.raise();
    }
}

/// SHUTDOWN ABORT: false when there is nothing to abort.
pub fn abort(server: &'static Server) -> bool {
    server.shutdown.abort()
}

/// Starts a shutdown, or joins the one that waits. The future returned ends only when the shutdown was
/// refused or aborted; dropping it stops nothing.
pub fn ask(server: &'static Server, request: ShutdownRequest) -> impl Future<Output = ()> + use<> {
    let settled = server.shutdown.settled.changed();
    tokio::task::spawn_local(run(server, request));
    settled
}

/// Runs a shutdown to its end, one way or the other.
async fn run(server: &'static Server, request: ShutdownRequest) {
    if !server.shutdown.begin() {
        return;
    }
    if (!request.by_signal || cron_runs(server).await) && end_in_order(server, request).await {
        server.end(0);
        std::future::pending::<()>().await;
    }
    server.pause.end(&server.gates, Purpose::Shutdown);
    server.shutdown.end();
}

/// Waits until DEBUG PAUSE-CRON is over; false when aborted.
async fn cron_runs(server: &'static Server) -> bool {
    unless_aborted(server, async {
        while server.switches.cron_paused.is_on() {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await
}

async fn end_in_order(server: &'static Server, request: ShutdownRequest) -> bool {
    log::warning(format_args!("User requested shutdown..."));
    daemon::notify_supervisor(server, "STOPPING=1\n");
    (request.now || wait_for_replicas(server).await) && finish(server, request).await
}

/// Waits for this; false when the shutdown is aborted meanwhile.
async fn unless_aborted(server: &'static Server, wait: impl Future<Output = ()>) -> bool {
    let aborted = server.shutdown.aborted.changed();
    tokio::select! {
        biased;
        () = aborted => {
            log::notice(format_args!("Shutdown manually aborted."));
            false
        }
        () = wait => true,
    }
}

/// Waits until every replica has everything; false when aborted.
async fn wait_for_replicas(server: &'static Server) -> bool {
    let timeout_ms = server.config.snapshot().shutdown_timeout * 1000;
    if timeout_ms == 0 || all_in_sync(server) {
        return true;
    }
    log::notice(format_args!("Waiting for replicas before shutting down."));
    let deadline = clock::mono_ms() + timeout_ms;
    server.shutdown.deadline_ms.store(deadline, Ordering::Relaxed);
    server.pause.start(&server.gates, Purpose::Shutdown, Mode::Write, u64::MAX);
    unless_aborted(server, async {
        tokio::time::sleep(LOOK).await;
        // Unasked they tell once a second how far they are.
        ask_for_acks(server);
        server.journal.wake();
        while !all_in_sync(server) && clock::mono_ms() < deadline {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await
}

fn all_in_sync(server: &'static Server) -> bool {
    let end = server.journal.end();
    let state = server.links.state();
    state.replicas.iter().all(|(_, replica)| !replica.is_online() || replica.ack_offset() >= end)
}

/// Says who is behind, saves what is to be saved, closes the files. False when it must not end so.
async fn finish(server: &'static Server, request: ShutdownRequest) -> bool {
    report_replicas(server);
    let settings = server.config.snapshot();
    server.durability.turn.cancel(durability::walk::Purpose::Save);
    server.durability.turn.cancel(durability::walk::Purpose::Copy);
    if server.durability.aof_mode() == AofMode::Waiting && request.save != Some(false) {
        if !request.force {
            log::warning(format_args!("Writing initial AOF, can't exit."));
            log::warning(format_args!(
                "Errors trying to shut down the server. Check the logs for more information."
            ));
            return false;
        }
        log::warning(format_args!("Writing initial AOF. Exit anyway."));
    }
    server.durability.turn.cancel_any();
    flush_aof(server).await;
    if request.save.unwrap_or(!settings.save.is_empty())
        && !save_last(server, &settings).await
        && !request.force
    {
        log::warning(format_args!("Error trying to save the DB, can't exit."));
        log::warning(format_args!(
            "Errors trying to shut down the server. Check the logs for more information."
        ));
        return false;
    }
    server.links.drop_replicas();
    true
}

fn report_replicas(server: &'static Server) {
    let (end, now_ms) = (server.journal.end(), clock::mono_ms());
    let state = server.links.state();
    let (mut all, mut in_sync) = (0, 0);
    for (_, replica) in state.replicas.iter() {
        all += 1;
        let behind = end.saturating_sub(replica.ack_offset());
        if behind == 0 {
            in_sync += 1;
            continue;
        }
        let lag = if replica.is_online() { replica.lag_s(now_ms) } else { 0 };
        log::warning(format_args!(
            "Lagging replica {} reported offset {behind} behind master, lag={lag}, state={}.",
            replica.name(),
            replica.state_name().unwrap_or("?")
        ));
    }
    if all > 0 {
        log::notice(format_args!("{in_sync} of {all} replicas are in sync when shutting down."));
    }
}

/// Writes and syncs what there is. The file stays open: the shutdown may yet be refused.
async fn flush_aof(server: &'static Server) {
    let Some(aof) = server.durability.aof().filter(|aof| aof.status().mode != AofMode::Off) else { return };
    log::notice(format_args!("Calling fsync() on the AOF file."));
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let reply = move |outcome| {
        let _ = sender.send(outcome);
    };
    aof.flush(server.journal.end(), Box::new(reply));
    if let Ok(Err(error)) = receiver.await {
        log::warning(format_args!("Fail to fsync the AOF file: {}.", crate::server::os_reason(&error)));
    }
}

/// Ends a save that runs, which takes its temporary file along: for who exits without saving.
pub async fn drop_save(server: &'static Server) {
    server.durability.turn.cancel_any();
    let ended = async {
        while server.durability.turn.running().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let _ = tokio::time::timeout(DROP_SAVE, ended).await;
}

/// Saves the last snapshot, after one that was cancelled has ended.
async fn save_last(server: &'static Server, settings: &Settings) -> bool {
    log::notice(format_args!("Saving the final RDB snapshot before exiting."));
    while server.durability.turn.running().is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // On another thread, so that signals are heard meanwhile.
    let saved = tokio::task::spawn_blocking(move || save::now(server)).await;
    let saved = saved.unwrap_or_else(|error| Err(error.to_string()));
    if let Err(why) = &saved {
        log::warning(format_args!("Error saving {}: {why}", durability::rdb_path(settings).display()));
    }
    saved.is_ok()
}
