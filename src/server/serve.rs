//! The life of a server process: read the configuration, become a daemon if asked, listen, load the
//! data while answering LOADING, serve, and end in order.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use crate::limits::SCRIPT_STACK_BYTES;
use crate::server::config::{Config, REDIS_VERSION, Settings};
use crate::server::shutdown::{self, ShutdownRequest};
use crate::server::worker::{self, Inbox};
use crate::server::{
    Server, acl, busy, crash, cron, daemon, durability, evict, expire, gate, links, listen, log,
};
use crate::store::{memory, reclaim};

/// Why the server did not run.
#[derive(Debug)]
pub struct ServeError(String);

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ServeError {}

/// Runs a server until it ends. The words are what redis-server would be given.
pub fn run(words: Vec<OsString>) -> Result<ExitCode, ServeError> {
    let config = Config::load(&words, &mut io::stdin().lock()).map_err(|e| ServeError(e.to_string()))?;
    let settings = config.snapshot();
    if let Some(code) = daemon::detach(&settings, &words).map_err(|e| ServeError(e.to_string()))? {
        return Ok(code);
    }
    log::set_file(&settings.logfile);
    log::set_level(settings.loglevel.into());
    report_crashes(&settings);
    announce(&config, &settings);
    let server = Server::new(config);
    if let Err(why) = acl::load_at_start(server) {
        log::warning(format_args!("{why}"));
        return Ok(ExitCode::FAILURE);
    }
    start(server, &settings)
}

fn report_crashes(settings: &Settings) {
    crash::set_enabled(settings.crash_log_enabled);
    if let Err(why) = crash::install() {
        log::warning(format_args!("Crashes will not be reported: {}", crate::server::os_reason(&why)));
    }
}

fn announce(config: &Config, settings: &Settings) {
    let pid = std::process::id();
    log::notice(format_args!("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"));
    log::notice(format_args!(
        "Redis version={REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid={pid}, just started (rtool {})",
        env!("CARGO_PKG_VERSION")
    ));
    if config.file().is_some() || !settings.eq(&Settings::default()) {
        log::notice(format_args!("Configuration loaded"));
    } else {
        log::warning(format_args!(
            "Warning: no config file specified, using the default config. In order to specify a config file use rtool serve /path/to/redis.conf"
        ));
    }
    let unused = config.without_effect();
    if !unused.is_empty() {
        log::warning(format_args!(
            "These directives are kept but have no effect here: {}",
            unused.join(", ")
        ));
    }
}

fn start(server: &'static Server, settings: &Settings) -> Result<ExitCode, ServeError> {
    let listeners = match listen::open(settings) {
        Ok(listeners) => listeners,
        Err(listen::ListenError(why)) => {
            log::warning(format_args!("{why}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    // Whoever waits for this line wants to connect.
    let pid = std::process::id();
    log::notice(format_args!("Running mode=standalone, port={}, PID: {pid}", settings.port));
    daemon::write_pidfile(settings);
    server.keyspace.set_on_wait(busy::look_up);
    start_workers(server, settings.io_threads)?;
    start_reclaimer()?;
    server.gates.set(gate::LOADING, true);
    server.gates.set(gate::MEMORY_LIMIT, settings.maxmemory != 0);
    server.oom.follow_role(settings, false);
    log::notice(format_args!("Server initialized"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(memory::flush)
        .build()
        .map_err(|e| ServeError(format!("cannot start: {e}")))?;
    let code = LocalSet::new().block_on(&runtime, main_loop(server, listeners));
    daemon::remove_pidfile(&server.config.snapshot());
    Ok(code)
}

fn start_workers(server: &'static Server, count: usize) -> Result<(), ServeError> {
    let mut inboxes: Vec<Inbox> = Vec::with_capacity(count);
    for index in 0..count {
        let (inbox, queue) = worker::inbox();
        inboxes.push(inbox);
        std::thread::Builder::new()
            .name(format!("worker-{index}"))
            .stack_size(SCRIPT_STACK_BYTES)
            .spawn(move || worker::run(server, index, queue))
            .map_err(|e| ServeError(format!("cannot start a worker: {e}")))?;
    }
    server.set_inboxes(inboxes);
    Ok(())
}

/// The thread that frees big values.
fn start_reclaimer() -> Result<(), ServeError> {
    std::thread::Builder::new()
        .name("reclaim".into())
        .spawn(reclaim::run)
        .map_err(|e| ServeError(format!("cannot start the reclaimer: {e}")))?;
    reclaim::serve();
    Ok(())
}

/// The main thread: acceptors, cron, links, signals, loading.
async fn main_loop(server: &'static Server, listeners: listen::Listeners) -> ExitCode {
    let ending = server.ending.changed();
    let unix_path = listeners.unix.as_ref().map(|(_, path)| path.clone());
    listen::start(server, listeners);
    tokio::task::spawn_local(signals(server));
    if let Err(why) = durability::load(server).await {
        if !why.is_empty() {
            log::warning(format_args!("{why}"));
        }
        return ExitCode::FAILURE;
    }
    server.gates.set(gate::LOADING, false);
    links::start(server);
    ready(server, unix_path.as_deref());
    tokio::task::spawn_local(cron::run(server));
    tokio::task::spawn_local(expire::run(server));
    tokio::task::spawn_local(evict::run(server));
    ending.await;
    if let Some(path) = unix_path {
        let _ = std::fs::remove_file(path);
    }
    log::warning(format_args!("Redis is now ready to exit, bye bye..."));
    ExitCode::from(server.exit_code.load(Ordering::Acquire))
}

fn ready(server: &'static Server, unix_path: Option<&str>) {
    if server.config.snapshot().port != 0 {
        log::notice(format_args!("Ready to accept connections tcp"));
    }
    if let Some(path) = unix_path {
        log::notice(format_args!("The server is now ready to accept connections at {path}"));
    }
    daemon::notify_supervisor(server, "READY=1\nSTATUS=Ready to accept connections\n");
}

/// SIGTERM and SIGINT end the server in order; a second SIGINT ends it at once. SIGHUP means nothing.
async fn signals(server: &'static Server) {
    let (Ok(mut term), Ok(mut int), Ok(mut hup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        log::warning(format_args!("Signals cannot be handled here"));
        return;
    };
    loop {
        let name = tokio::select! {
            _ = term.recv() => "SIGTERM",
            _ = int.recv() => "SIGINT",
            _ = hup.recv() => continue,
        };
        if name == "SIGINT" && server.shutdown.is_under_way() {
            log::warning(format_args!("You insist... exiting now."));
            shutdown::drop_save(server).await;
            server.end(1);
            return;
        }
        log::warning(format_args!("Received {name} scheduling shutdown..."));
        drop(shutdown::ask(server, ShutdownRequest::from_signal(name, &server.config.snapshot())));
    }
}
