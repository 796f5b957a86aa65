//! Files: what the disk holds of the data, how it gets there, and how it comes back at start.
//!
//! ```text
//!   walk.rs   the snapshot of one instant as an RDB file or commands, one at a time
//!   save.rs   SAVE, BGSAVE, save points          rewrite.rs  BGREWRITEAOF, appendonly yes while running
//!   aof.rs    the writer's thread and the journal it reads
//!   load.rs   RDB and AOF back into the keyspace, at start and for DEBUG RELOAD
//!   facts.rs  INFO persistence
//! ```

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::persist::aof::rewrite::Rewrites;
use crate::persist::aof::writer::{Aof, Mode};
use crate::server::config::{AppendFsync, Settings};
use crate::server::held::Held;
use crate::server::sync::locked;
use crate::server::{Server, gate};

pub mod aof;
pub mod facts;
pub mod load;
pub mod rewrite;
pub mod save;
pub mod walk;

pub use load::at_start as load;

/// State of everything that is on disk or on its way there.
pub struct Durability {
    aof: OnceLock<Aof>,
    /// Replies wait for the append-only file.
    holding: AtomicBool,
    /// They wait for the disk (`appendfsync always`).
    always: AtomicBool,
    state: Mutex<State>,
    /// The snapshot that runs; one at a time.
    pub turn: walk::Turns,
    /// How far loading has come.
    pub loading: load::Progress,
}

/// What INFO, LASTSAVE and the cron ask for. A leaf lock.
pub struct State {
    /// Wall time of the last save that succeeded, seconds.
    pub last_save_s: i64,
    /// Did the last background save succeed?
    pub last_bgsave_ok: bool,
    /// Duration of the last background save, seconds; -1 before the first.
    pub last_bgsave_secs: i64,
    /// Wall time at which the last background save was tried, seconds.
    pub last_bgsave_try_s: i64,
    /// When the running background save began, wall seconds.
    pub bgsave_since_s: Option<i64>,
    /// A BGSAVE waits for the rewrite to end.
    pub bgsave_scheduled: bool,
    /// The append-only file is to be turned on once no other snapshot runs.
    pub turn_on_scheduled: bool,
    /// A rewrite waits for the save to end.
    pub rewrite_scheduled: bool,
    /// Rewrites: limits and history.
    pub rewrites: Rewrites,
}

impl Durability {
    /// Nothing is open yet.
    pub fn new(_settings: &Settings) -> Durability {
        let state = State {
            last_save_s: crate::clock::wall_ms() / 1000,
            last_bgsave_ok: true,
            last_bgsave_secs: -1,
            last_bgsave_try_s: 0,
            bgsave_since_s: None,
            bgsave_scheduled: false,
            turn_on_scheduled: false,
            rewrite_scheduled: false,
            rewrites: Rewrites::default(),
        };
        Durability {
            aof: OnceLock::new(),
            holding: AtomicBool::new(false),
            always: AtomicBool::new(false),
            state: Mutex::new(state),
            turn: walk::Turns::default(),
            loading: load::Progress::default(),
        }
    }

    /// The state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// The writer of the append-only file, once the server has loaded its data.
    pub fn aof(&self) -> Option<&Aof> {
        self.aof.get()
    }

    /// Is the append-only file on (or about to be)?
    pub fn aof_mode(&self) -> Mode {
        self.aof().map_or(Mode::Off, |aof| aof.status().mode)
    }

    /// Must replies wait until the append-only file has come up to this offset?
    pub fn holds(&self, offset: u64) -> bool {
        self.holding.load(Ordering::Acquire) && self.aof().is_some_and(|aof| aof.settled() < offset)
    }

    /// Is `appendonly` on?
    pub fn is_on(&self) -> bool {
        self.holding.load(Ordering::Acquire)
    }

    /// Up to where the journal would survive a power cut; `None` without an append-only file.
    pub fn synced(&self) -> Option<u64> {
        self.aof().filter(|_| self.is_on()).map(Aof::synced)
    }

    /// Waits until everything up to this offset would survive a power cut. Cancel safe.
    pub async fn until_synced(&self, offset: u64) {
        let Some(aof) = self.aof() else { return std::future::pending().await };
        std::future::poll_fn(|cx| {
            if aof.poll_synced(offset, cx.waker()) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }

    /// The journal is about to begin anew: what was synced so far says nothing about what comes.
    pub fn forget_synced(&self) {
        if let Some(aof) = self.aof() {
            aof.forget_synced();
        }
    }

    /// Waits until the append-only file has come up to this offset: is written, or under `always` synced.
    /// Cancel safe.
    pub async fn committed(&self, offset: u64) {
        if let Some(aof) = self.aof() {
            if !self.always.load(Ordering::Acquire) {
                // The worker's other connections that have something to run do so first: one write for all.
                tokio::task::yield_now().await;
                aof.write_through(offset);
            }
            std::future::poll_fn(|cx| {
                if aof.poll_settled(offset, cx.waker()) {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
        }
    }
}

/// Carries what the journal holds to the append-only file: for those who append without a client that
/// waits for it.
pub fn write_through(server: &'static Server) {
    if let Some(aof) = server.durability.aof() {
        aof.write_through(server.journal.end());
    }
}

/// Sets what follows from the settings of the append-only file.
fn follow_settings(server: &'static Server, settings: &Settings) {
    let always = settings.appendfsync == AppendFsync::Always;
    server.durability.always.store(always, Ordering::Release);
    server.durability.holding.store(settings.appendonly, Ordering::Release);
    if let Some(writer) = server.durability.aof() {
        writer.set_options(|options| *options = aof::options(settings));
    }
    judge(server, settings);
    server.acks.raise(); // WAITAOF may have nothing to wait for any more
}

/// Sets the gate that keeps writes out while they cannot be made durable as promised.
pub fn judge(server: &'static Server, settings: &Settings) {
    let save_failed = {
        let state = server.durability.state();
        settings.stop_writes_on_bgsave_error && !settings.save.is_empty() && !state.last_bgsave_ok
    };
    let write_failed = settings.appendonly && server.durability.aof().is_some_and(|aof| !aof.write_ok());
    server.gates.set(gate::DISK_ERROR, save_failed || write_failed);
}

/// CONFIG SET changed something that concerns files; in the middle of a transaction no snapshot begins.
pub fn settings_changed(
    server: &'static Server,
    old: &Settings,
    new: &Settings,
    held: &mut Held,
    in_exec: bool,
) -> Result<(), (String, String)> {
    if old.appendonly != new.appendonly {
        let outcome = if new.appendonly && in_exec {
            rewrite::turn_on_later(server, "AOF was enabled during a transaction.");
            Ok(())
        } else if new.appendonly {
            held.whole(|held| rewrite::turn_on(server, held))
        } else {
            rewrite::turn_off(server)
        };
        outcome.map_err(|why| ("appendonly".to_owned(), why))?;
    }
    follow_settings(server, new);
    Ok(())
}

/// The whole data set was flushed by a command: a save that runs is of no use any more, and the file on
/// disk must become empty too. What comes back is the end of the save that does it; `None` when there is
/// nothing to wait for.
pub fn flushed(server: &'static Server, settings: &Settings, held: &mut Held) -> Option<save::Ended> {
    server.durability.turn.cancel(walk::Purpose::Save);
    if settings.save.is_empty() || server.gates.has(gate::LOADING) {
        return None;
    }
    save::after_flush(server, held)
}

/// What has to happen from time to time; called by the cron.
pub fn tick(server: &'static Server, settings: &Settings) {
    server.durability.turn.tidy(server);
    write_through(server);
    save::tick(server, settings);
    rewrite::tick(server, settings);
    judge(server, settings);
}

/// The folder all files lie in.
fn storage(settings: &Settings) -> Arc<crate::persist::storage::Disk> {
    Arc::new(crate::persist::storage::Disk::new(settings.dir.clone()))
}

/// The path of the RDB file.
pub fn rdb_path(settings: &Settings) -> PathBuf {
    settings.dir.join(&settings.dbfilename)
}
