//! SAVE, BGSAVE and the save points.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::clock;
use crate::persist::snapshot::{Form, Interrupted};
use crate::server::config::Settings;
use crate::server::durability::walk::{self, Purpose, Walk};
use crate::server::durability::{judge, rdb_path};
use crate::server::held::Held;
use crate::server::{Server, log};

/// The end of a save.
pub type Ended = oneshot::Receiver<()>;

/// Seconds to wait after a failed background save before a save point tries again, as in Redis.
const RETRY_SECONDS: i64 = 5;

/// Bytes after which a file that is being written is synced, so that the last sync is short.
const SYNC_BYTES: usize = 4 * 1024 * 1024;

/// SAVE: writes the file and comes back when it is there. Other clients go on meanwhile.
pub fn now(server: &'static Server) -> Result<(), String> {
    let settings = server.config.snapshot();
    let begun = begin(server, &mut Held::all(&server.keyspace));
    let (mut walk, dirty) = begun.ok_or("Background save already in progress")?;
    match write(&mut walk, &settings) {
        Ok(()) => {
            succeeded(server, dirty);
            judge(server, &settings);
            Ok(())
        }
        Err(e) => Err(e.to_string()),
    }
}

/// Begins a snapshot for a save, with the number of changes it covers.
fn begin(server: &'static Server, held: &mut Held) -> Option<(Walk, u64)> {
    let walk = Walk::begin(server, held, Purpose::Save, Form::Rdb)?;
    Some((walk, server.dirty.load(Ordering::Acquire)))
}

fn succeeded(server: &'static Server, dirty: u64) {
    server.saved(dirty);
    let mut state = server.durability.state();
    state.last_save_s = clock::wall_ms() / 1000;
    state.last_bgsave_ok = true;
    server.stats.saves.add_shared(1);
}

/// BGSAVE: starts a save, of the data as it is with every shard held, on a thread of its own; false while
/// another snapshot runs.
pub fn in_background(server: &'static Server, held: &mut Held) -> Result<bool, String> {
    start(server, held).map(|started| started.is_some())
}

/// The same; what comes back is done when the save has ended, whatever came of it.
fn start(server: &'static Server, held: &mut Held) -> Result<Option<Ended>, String> {
    let Some((mut walk, dirty)) = begin(server, held) else { return Ok(None) };
    let now_s = clock::wall_ms() / 1000;
    {
        let mut state = server.durability.state();
        state.bgsave_since_s = Some(now_s);
        state.last_bgsave_try_s = now_s;
        state.bgsave_scheduled = false;
    }
    log::notice(format_args!("Background saving started by pid {}", std::process::id()));
    let settings = server.config.snapshot();
    let (tell, end) = oneshot::channel();
    let job = move || {
        let _tell: oneshot::Sender<()> = tell; // dropped at the end, which tells
        ended(server, write(&mut walk, &settings), dirty, now_s);
        drop(walk);
    };
    let spawned = std::thread::Builder::new().name("bgsave".into()).spawn(job);
    spawned.map(|_| Some(end)).map_err(|e| {
        server.durability.state().bgsave_since_s = None;
        crate::server::os_reason(&e)
    })
}

fn ended(server: &'static Server, outcome: Result<(), Interrupted>, dirty: u64, since_s: i64) {
    let now_s = clock::wall_ms() / 1000;
    match &outcome {
        Ok(()) => {
            succeeded(server, dirty);
            log::notice(format_args!("Background saving terminated with success"));
        }
        Err(Interrupted::Cancelled) => log::notice(format_args!("Background saving cancelled")),
        Err(Interrupted::Io(e)) => {
            log::warning(format_args!("Background saving error: {}", crate::server::os_reason(e)));
        }
    }
    {
        let mut state = server.durability.state();
        state.bgsave_since_s = None;
        state.last_bgsave_secs = now_s - since_s;
        if let Err(Interrupted::Io(_)) = outcome {
            state.last_bgsave_ok = false;
        }
    }
    judge(server, &server.config.snapshot());
}

/// Writes to a temporary file, syncs it, and puts it in the place of the old one.
fn write(walk: &mut Walk, settings: &Settings) -> Result<(), Interrupted> {
    let temp = settings.dir.join(format!("temp-{}.rdb", std::process::id()));
    let outcome =
        write_temp(walk, settings, &temp).and_then(|()| Ok(std::fs::rename(&temp, rdb_path(settings))?));
    if outcome.is_err() {
        let _ = std::fs::remove_file(&temp);
        return outcome;
    }
    File::open(&settings.dir)?.sync_all()?;
    log::notice(format_args!("DB saved on disk"));
    Ok(())
}

fn write_temp(walk: &mut Walk, settings: &Settings, temp: &std::path::Path) -> Result<(), Interrupted> {
    let file = File::create(temp).map_err(|e| failed_open(settings, e))?;
    let every = if settings.rdb_save_incremental_fsync { SYNC_BYTES } else { usize::MAX };
    let mut out = Synced { file, every, since: 0 };
    walk.write_rdb(&mut out, walk::rdb_options(settings))?;
    out.file.sync_all()?;
    Ok(())
}

fn failed_open(settings: &Settings, e: io::Error) -> Interrupted {
    log::warning(format_args!(
        "Failed opening the temp RDB file {} (in server root dir {}) for saving: {}",
        settings.dbfilename,
        settings.dir.display(),
        crate::server::os_reason(&e)
    ));
    Interrupted::Io(e)
}

/// A file that is synced now and then.
struct Synced {
    file: File,
    every: usize,
    since: usize,
}

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.since += n;
        if self.since >= self.every {
            self.since = 0;
            self.file.sync_data()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// FLUSHALL empties the file too: at once, or, when another snapshot has the turn, as soon as that ends.
pub fn after_flush(server: &'static Server, held: &mut Held) -> Option<Ended> {
    match start(server, held) {
        Ok(Some(end)) => return Some(end),
        Ok(None) => server.durability.state().bgsave_scheduled = true,
        Err(why) => log::warning(format_args!("Can't save in background: {why}")),
    }
    None
}

/// Starts a save that waits, or one that a save point asks for.
pub fn tick(server: &'static Server, settings: &Settings) {
    if server.durability.turn.running().is_some() {
        return;
    }
    let scheduled = server.durability.state().bgsave_scheduled;
    let due = due(server, settings);
    if let Some((changes, seconds)) = due.filter(|_| !scheduled) {
        log::notice(format_args!("{changes} changes in {seconds} seconds. Saving..."));
    }
    if (scheduled || due.is_some())
        && let Err(why) = in_background(server, &mut Held::all(&server.keyspace))
    {
        log::warning(format_args!("Can't save in background: {why}"));
    }
}

/// The save point that is reached.
fn due(server: &'static Server, settings: &Settings) -> Option<(u64, u64)> {
    let now_s = clock::wall_ms() / 1000;
    let dirty = server.dirty.load(Ordering::Acquire);
    let state = server.durability.state();
    let rested = state.last_bgsave_ok || now_s - state.last_bgsave_try_s > RETRY_SECONDS;
    let since = now_s - state.last_save_s;
    let reached = settings.save.iter().find(|p| dirty >= p.changes && since > p.seconds as i64);
    reached.filter(|_| rested).map(|p| (p.changes, p.seconds))
}
