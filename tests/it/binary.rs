//! The binary itself: help, version, exit codes, generated files, as a shell sees them.

use std::process::{Output, Stdio};

use crate::harness::rtool;

fn run(args: &[&str]) -> Output {
    rtool(args).output().expect("rtool runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (args, want) in [
        (&["--help"][..], "rtool replicate --from"),
        (&["--version"], "rtool "),
        (&["serve", "--help"], "--DIRECTIVE"),
        (&["serve", "-v"], "Redis server v="),
        (&["serve", "--version"], "Redis server v="),
        (&["replicate", "--help"], "--from"),
        (&["man", "--help"], "Examples:"),
    ] {
        let output = run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert!(stdout(&output).contains(want), "{args:?} printed:\n{}", stdout(&output));
        assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}

#[test]
fn a_wrong_command_line_is_code_2_on_standard_error() {
    for args in [&[][..], &["frobnicate"], &["completions", "tcsh"], &["man"], &["replicate"]] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("replicate"), "{shell}: {output:?}");
    }
}

#[test]
fn pages_are_written_into_a_new_folder() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("share/man/man1");
    let output = run(&["man", target.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(target.join("rtool-serve.1")).unwrap();
    assert!(page.contains(".TH rtool-serve 1"), "{page}");
    assert!(target.join("rtool.1").is_file());
}

#[test]
fn pages_that_cannot_be_written_are_a_failure_that_says_where() {
    let output = run(&["man", "/dev/null/man1"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("/dev/null/man1") && !text.contains("panicked"), "{text}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child =
        rtool(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_link_named_redis_server_is_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("redis-server");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rtool"), &link).unwrap();
    let output = std::process::Command::new(link).arg("--version").output().unwrap();
    assert!(stdout(&output).contains("Redis server v="), "{output:?}");
}
