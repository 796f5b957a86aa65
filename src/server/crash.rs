//! The report that a crash leaves in the log: which signal or panic it was, and the stack it happened on.
//!
//! ```text
//!   thread that crashes: the handler                     reporter, a thread of its own
//!   signal number ------------------------------------>  writes the head
//!                 <------------------------------------  done
//!   captures its stack (addresses only) -------------->  finds the names, writes the stack and the end
//!                 <------------------------------------  done
//!   raises the signal again, which now ends the process
//! ```
//!
//! # Safety
//!
//! Installing a handler is the only `unsafe` here. The handler may interrupt any code, a half-done
//! allocation or a held lock included, so it does as little as it can: atomics, a read and a write of a
//! socket with a time limit, and the capture of its stack, which comes after the head is written. It
//! touches no data of the server. It is reset before it runs (`SA_RESETHAND`) and its signal is not blocked
//! (`SA_NODEFER`), so whatever goes wrong inside of it ends the process like a crash without a report. So
//! does the overflow of a stack: the alternative one that the runtime keeps is too small for a capture.

use std::backtrace::Backtrace;
use std::ffi::c_int;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use nix::sys::signal::{self, SaFlags, SigAction, SigHandler, SigSet, Signal};

use crate::server::config::REDIS_VERSION;
use crate::server::log;
use crate::server::sync::locked;

/// Signals that mean a crash.
const SIGNALS: [Signal; 5] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGABRT];

/// How long the thread that crashes waits for the reporter.
const PATIENCE: Duration = Duration::from_secs(10);

/// The handler's end of its socket to the reporter.
static LINK: OnceLock<UnixStream> = OnceLock::new();
/// The stack of the crash, for the reporter.
static STACK: Mutex<Option<Backtrace>> = Mutex::new(None);
/// `crash-log-enabled`.
static ENABLED: AtomicBool = AtomicBool::new(true);
/// There is a report already: an abort that follows a panic is no other crash.
static REPORTED: AtomicBool = AtomicBool::new(false);

/// Gets ready to report crashes of this process.
pub fn install() -> std::io::Result<()> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_read_timeout(Some(PATIENCE))?;
    std::thread::Builder::new().name("crash".into()).spawn(move || {
        let _ = reporter(theirs); // its end is the end of the process
    })?;
    if LINK.set(ours).is_ok() {
        SIGNALS.iter().try_for_each(|signal| handle(*signal))?;
        std::panic::set_hook(Box::new(panicked));
    }
    Ok(())
}

/// Sets whether crashes are reported.
pub fn set_enabled(on: bool) {
    ENABLED.store(on, Ordering::Release);
}

fn handle(signal: Signal) -> nix::Result<()> {
    let flags = SaFlags::SA_RESETHAND | SaFlags::SA_NODEFER;
    let action = SigAction::new(SigHandler::Handler(crashed), flags, SigSet::empty());
    // SAFETY: `crashed` keeps to what the head of this file says.
    unsafe { signal::sigaction(signal, &action) }.map(drop)
}

extern "C" fn crashed(number: c_int) {
    if ENABLED.load(Ordering::Acquire) && !REPORTED.swap(true, Ordering::AcqRel) {
        let _ = tell(number); // without a reporter there is no report
    }
    if let Ok(signal) = Signal::try_from(number) {
        let _ = signal::raise(signal);
    }
}

/// The handler's side of a report.
fn tell(number: c_int) -> std::io::Result<()> {
    let Some(mut link) = LINK.get() else { return Ok(()) };
    let mut done = [0];
    link.write_all(&[number as u8])?;
    link.read_exact(&mut done)?;
    *locked(&STACK) = Some(Backtrace::force_capture());
    link.write_all(&[0])?;
    link.read_exact(&mut done)
}

/// The reporter's side.
fn reporter(mut link: UnixStream) -> std::io::Result<()> {
    let mut byte = [0];
    link.read_exact(&mut byte)?;
    let name = Signal::try_from(c_int::from(byte[0])).map_or("unknown", Signal::as_str);
    write_head(&format!("Redis {REDIS_VERSION} crashed by signal: {} ({name})", byte[0]));
    link.write_all(&[1])?;
    link.read_exact(&mut byte)?;
    if let Some(stack) = locked(&STACK).take() {
        write_stack(&stack);
    }
    link.write_all(&[1])
}

/// A panic: where nothing catches it, which is so in release builds, it ends the process.
fn panicked(info: &PanicHookInfo<'_>) {
    if !ENABLED.load(Ordering::Acquire) {
        return log::warning(format_args!("{info}"));
    }
    if cfg!(panic = "abort") && REPORTED.swap(true, Ordering::AcqRel) {
        return;
    }
    let thread = std::thread::current();
    write_head(&format!("Thread '{}': {info}", thread.name().unwrap_or("?")));
    write_stack(&Backtrace::force_capture());
}

fn write_head(what: &str) {
    log::write("\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n");
    log::warning(format_args!("{what}"));
    log::warning(format_args!("This is rtool {}", env!("CARGO_PKG_VERSION")));
}

fn write_stack(stack: &Backtrace) {
    log::write(&format!("\n------ STACK TRACE ------\n{stack}"));
    log::write("\n=== REDIS BUG REPORT END. Make sure to include from START to END. ===\n\n");
}
