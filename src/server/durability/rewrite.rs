//! BGREWRITEAOF, automatic rewrites, and turning the append-only file on and off while running. All three
//! meet at the cut: with every shard held, the journal's place is noted, the writer is told that what
//! follows goes to a new incr file, and the snapshot of that instant begins, which becomes the base.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::mpsc;

use crate::clock;
use crate::persist::aof::base::put_timestamp;
use crate::persist::aof::manifest::BaseForm;
use crate::persist::aof::rewrite::{AutoRewrite, Verdict};
use crate::persist::aof::writer::{Aof, Cut, Mode, Reply};
use crate::persist::snapshot::{Form, Interrupted};
use crate::replication::Wants;
use crate::server::config::Settings;
use crate::server::durability::aof::{JournalSource, place};
use crate::server::durability::walk::{self, Purpose, Walk};
use crate::server::held::Held;
use crate::server::{Server, log};

/// A reply that can be waited for.
fn reply() -> (Reply, mpsc::Receiver<io::Result<()>>) {
    let (sender, receiver) = mpsc::channel();
    let reply: Reply = Box::new(move |outcome| {
        let _ = sender.send(outcome); // nobody waits any more: the process is ending
    });
    (reply, receiver)
}

fn wait(receiver: &mpsc::Receiver<io::Result<()>>) -> io::Result<()> {
    receiver.recv().unwrap_or_else(|_| Err(io::Error::other("the writer of the append-only file has ended")))
}

fn form(settings: &Settings) -> (Form, BaseForm) {
    if settings.aof_use_rdb_preamble { (Form::Rdb, BaseForm::Rdb) } else { (Form::Commands, BaseForm::Aof) }
}

/// Starts a rewrite of the data as it is with every shard held; false while another snapshot runs.
pub fn in_background(server: &'static Server, held: &mut Held) -> Result<bool, String> {
    // A file that should be on and is not was closed because the history of writes was replaced, or has
    // no base yet: its writes begin at this cut.
    let closed = server.config.snapshot().appendonly && server.durability.aof_mode() != Mode::On;
    start(server, held, closed)
}

/// CONFIG SET appendonly yes: the file is on once its first base is written. While another snapshot runs
/// it has to wait for that: the tick starts it.
pub fn turn_on(server: &'static Server, held: &mut Held) -> Result<(), String> {
    match start(server, held, true) {
        Ok(true) => Ok(()),
        Ok(false) => {
            turn_on_later(server, "AOF was enabled but there is already another background operation.");
            Ok(())
        }
        Err(_) => Err("Unable to turn on AOF. Check server logs.".into()),
    }
}

/// The tick turns the file on.
pub fn turn_on_later(server: &'static Server, why: &str) {
    server.durability.state().turn_on_scheduled = true;
    log::notice(format_args!("{why} An AOF background was scheduled to start when possible."));
}

/// CONFIG SET appendonly no.
pub fn turn_off(server: &'static Server) -> Result<(), String> {
    if server.durability.turn.running() == Some(Purpose::Rewrite) {
        log::notice(format_args!("Killing AOF child: none, the rewrite is a thread here and is told to end"));
        server.durability.turn.cancel(Purpose::Rewrite);
    }
    server.durability.state().turn_on_scheduled = false;
    if let Some(aof) = server.durability.aof() {
        let (reply, receiver) = reply();
        aof.disable(server.journal.end(), reply);
        wait(&receiver).map_err(|e| crate::server::os_reason(&e))?;
    }
    Ok(())
}

/// The cut. `enable`: the file is turned on by this rewrite.
fn start(server: &'static Server, held: &mut Held, enable: bool) -> Result<bool, String> {
    let Some(aof) = server.durability.aof() else { return Err("the server is still loading".into()) };
    let settings = server.config.snapshot();
    let (form, base) = form(&settings);
    let (reply, receiver) = reply();
    let Some(mut walk) = Walk::begin(server, held, Purpose::Rewrite, form) else { return Ok(false) };
    if enable {
        // A replica's journal is its master's stream, which does not select again what it has selected: the file begins
        // in the database that is selected here.
        let (_, db) = server.journal.end_and_db();
        let source = JournalSource(server.journal.subscribe(Wants::Data));
        aof.enable(Box::new(source), db, reply);
    } else {
        let (offset, db) = server.journal.end_and_db();
        aof.begin_rewrite(Cut { offset, db }, reply);
    }
    let now_s = clock::wall_ms() / 1000;
    {
        let mut state = server.durability.state();
        state.rewrites.begun(now_s);
        state.rewrite_scheduled = false;
        state.turn_on_scheduled = false;
    }
    server.stats.rewrites.add_shared(1);
    log::notice(format_args!("Background append only file rewriting started by pid {}", std::process::id()));
    let job = move || {
        match run(&settings, aof, &mut walk, base, &receiver) {
            Ok(()) => finish(server, aof, base),
            Err(why) => ended(server, aof, Err(why)),
        }
        drop(walk);
    };
    match std::thread::Builder::new().name("aof-rewrite".into()).spawn(job) {
        Ok(_) => Ok(true),
        Err(e) => {
            let why = crate::server::os_reason(&e);
            ended(server, aof, Err(Interrupted::Io(e)));
            Err(why)
        }
    }
}

fn run(
    settings: &Settings,
    aof: &'static Aof,
    walk: &mut Walk,
    base: BaseForm,
    begun: &mpsc::Receiver<io::Result<()>>,
) -> Result<(), Interrupted> {
    wait(begun)?;
    aof.set_snapshot_active(true);
    let outcome = write_base(settings, walk, base);
    aof.set_snapshot_active(false);
    outcome
}

/// The base is written: it takes its place. The rewrite is over for everybody before anybody hears that what
/// it made safe is safe (WAITAOF).
fn finish(server: &'static Server, aof: &'static Aof, base: BaseForm) {
    let (reply, receiver) = reply();
    let tell: Reply = Box::new(move |outcome| {
        ended(server, aof, outcome.map_err(Interrupted::Io));
        reply(Ok(()));
    });
    aof.finish_rewrite(base, tell);
    let _ = wait(&receiver); // what came of it has been told
}

fn write_base(settings: &Settings, walk: &mut Walk, base: BaseForm) -> Result<(), Interrupted> {
    let path = settings.dir.join(place(settings).temp_base());
    let file = File::create(&path)?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    match base {
        BaseForm::Rdb => walk.write_rdb(&mut out, walk::rdb_options(settings))?,
        BaseForm::Aof => {
            if settings.aof_timestamp_enabled {
                let mut stamp = Vec::new();
                put_timestamp(&mut stamp, clock::wall_ms() / 1000);
                out.write_all(&stamp)?;
            }
            walk.write_commands(&mut out)?;
        }
    }
    let file = out.into_inner().map_err(|e| Interrupted::Io(e.into_error()))?;
    file.sync_all()?;
    Ok(())
}

fn ended(server: &'static Server, aof: &'static Aof, outcome: Result<(), Interrupted>) {
    let now_s = clock::wall_ms() / 1000;
    let mut state = server.durability.state();
    match outcome {
        Ok(()) => {
            state.rewrites.ended(now_s, true);
            log::notice(format_args!("Background AOF rewrite finished successfully"));
        }
        Err(Interrupted::Cancelled) => {
            state.rewrites.stopped(now_s);
            aof.abort_rewrite();
            log::notice(format_args!("Background AOF rewrite cancelled"));
        }
        Err(Interrupted::Io(e)) => {
            state.rewrites.ended(now_s, false);
            aof.abort_rewrite();
            log::warning(format_args!(
                "Background AOF rewrite terminated with error: {}",
                crate::server::os_reason(&e)
            ));
        }
    }
}

/// Starts a rewrite that waits, or one that growth asks for.
pub fn tick(server: &'static Server, settings: &Settings) {
    if server.durability.turn.running().is_some() {
        return;
    }
    let Some(aof) = server.durability.aof() else { return };
    let now_s = clock::wall_ms() / 1000;
    if server.durability.state().turn_on_scheduled && settings.appendonly {
        if let Err(why) = start(server, &mut Held::all(&server.keyspace), true) {
            log::warning(format_args!("Can't turn on the append only file: {why}"));
        }
        return;
    }
    let scheduled = server.durability.state().rewrite_scheduled;
    let status = aof.status();
    let wanted = scheduled || status.mode == Mode::Waiting;
    let auto = AutoRewrite {
        percentage: settings.auto_aof_rewrite_percentage,
        min_size: settings.auto_aof_rewrite_min_size,
    };
    let held_back = if wanted { server.durability.state().rewrites.limit(now_s) } else { None };
    let verdict = match held_back {
        Some(verdict) => verdict,
        None if status.mode == Mode::On && !wanted => {
            server.durability.state().rewrites.automatic(now_s, status.current_size, status.base_size, auto)
        }
        None => Verdict::No,
    };
    match verdict {
        Verdict::Start { growth } => {
            log::notice(format_args!("Starting automatic rewriting of AOF on {growth}% growth"));
        }
        Verdict::Limited { minutes } => {
            log::warning(format_args!(
                "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {minutes} minutes"
            ));
        }
        Verdict::No => {}
    }
    if (wanted && held_back.is_none() || matches!(verdict, Verdict::Start { .. }))
        && let Err(why) = in_background(server, &mut Held::all(&server.keyspace))
    {
        log::warning(format_args!("Can't rewrite append only file in background: {why}"));
    }
}
