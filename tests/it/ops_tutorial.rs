//! `rtool tutorial`: every check holds, and nothing stays behind, however it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::harness::{Program, rtool, wait_until};
use crate::ops_group::{Outcome, PROGRAMS, installed};

fn tutorial(server: &str, folder: &TempDir, more: &[&str]) -> Command {
    let mut command = rtool(&[&["tutorial"], more].concat());
    command.env("TMPDIR", folder.path());
    if !server.is_empty() {
        command.env("RTOOL_TUTORIAL_SERVER", server);
    }
    command
}

fn is_empty(folder: &TempDir) -> bool {
    folder.path().read_dir().unwrap().next().is_none()
}

#[test]
fn every_step_holds() {
    for program in PROGRAMS.into_iter().filter(|program| installed(*program)) {
        let folder = TempDir::new().unwrap();
        let path = match program {
            // Without the variable it plays with itself.
            Program::Rtool => String::new(),
            _ => program.path().unwrap().display().to_string(),
        };
        let outcome = Outcome::of(tutorial(&path, &folder, &[]).output().unwrap()).exits(0).says("all held");
        assert!(outcome.out.contains("requirepass ********"), "{}", outcome.out);
        let document = Outcome::of(tutorial(&path, &folder, &["--json"]).output().unwrap()).exits(0).json();
        assert_eq!(document["steps"].as_array().unwrap().len(), 12);
        assert!(document["took_ms"].as_u64().unwrap() < 15_000, "{document:#}");
        assert!(is_empty(&folder));
    }
}

#[test]
fn a_server_that_does_not_start_is_a_failed_check() {
    let folder = TempDir::new().unwrap();
    Outcome::of(tutorial("/bin/false", &folder, &[]).output().unwrap()).exits(9).says("server ended");
    let document =
        Outcome::of(tutorial("/bin/false", &folder, &["--json"]).output().unwrap()).exits(9).json();
    assert_eq!(document["error"]["kind"], "verification");
    assert!(is_empty(&folder));
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    if !installed(Program::Redis) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let path = Program::Redis.path().unwrap().display().to_string();
    let mut child =
        tutorial(&path, &folder, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut port = String::new();
    let mut line = String::new();
    // Once both servers run, and before the end.
    while !line.contains("Look at both sides") {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0);
        if port.is_empty() && line.trim().starts_with("port ") {
            port = line.trim().trim_start_matches("port ").to_owned();
        }
    }
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    // Nobody reads the rest; a closed pipe must not keep it from clearing up either.
    drop(output);
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 130)), "{status}");
    assert!(is_empty(&folder));
    wait_until("its servers are gone", || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err());
}
