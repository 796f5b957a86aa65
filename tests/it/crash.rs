//! What a crash leaves in the log.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::harness::{Program, Server};

const PARTS: [&str; 3] =
    ["=== REDIS BUG REPORT START", "------ STACK TRACE ------", "=== REDIS BUG REPORT END"];

fn assert_reported(server: &Server, what: &str) {
    let log = server.log();
    for part in PARTS.iter().chain([&what]) {
        assert_eq!(log.matches(part).count(), 1, "{part}:\n{log}");
    }
}

#[test]
fn every_signal_of_a_crash_is_reported() {
    for signal in [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGABRT] {
        let mut server = Server::start(Program::Rtool, &[]);
        server.signal(signal);
        assert_eq!(server.wait_end().signal(), Some(signal as i32));
        assert_reported(&server, &format!("crashed by signal: {} ({signal})", signal as i32));
    }
}

#[test]
fn a_crash_of_a_command_names_it_in_the_stack() {
    let mut server = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
    assert!(server.connect().try_call(&["DEBUG", "SEGFAULT"]).is_err());
    assert_eq!(server.wait_end().signal(), Some(Signal::SIGSEGV as i32));
    assert_reported(&server, "crashed by signal: 11");
    assert!(server.log().contains("segfault"), "{}", server.log());
}

#[test]
fn a_panic_is_reported() {
    let server = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
    let _ = server.connect().send(&["DEBUG", "PANIC"]);
    crate::harness::wait_until("the end of the report", || server.log().contains(PARTS[2]));
    assert_reported(&server, "panicked at");
}

#[test]
fn reports_can_be_switched_off() {
    for live in [false, true] {
        let mut server =
            Server::start(Program::Rtool, if live { &[] } else { &["--crash-log-enabled", "no"] });
        if live {
            server.call(&["CONFIG", "SET", "crash-log-enabled", "no"]);
        }
        server.signal(Signal::SIGABRT);
        assert_eq!(server.wait_end().signal(), Some(Signal::SIGABRT as i32));
        assert!(!server.log().contains("BUG REPORT"));
    }
}
