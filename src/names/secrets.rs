//! Where a password comes from. Never from an argument; and once read it lives in a
//! [`Secret`], which cannot be printed.
//!
//! Order for a node: the topology file's own entry, then the command line's source, then
//! `RTOOL_PASSWORD`, then `REDISCLI_AUTH`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::args::operator::Login;
use crate::client::Secret;
use crate::limits::SECRET_BYTES_MAX;
use crate::ui::error::Result;
use crate::ui::{Error, Out, prompt};

/// Environment variables looked at when nothing was said, in order.
const DEFAULT_VARIABLES: [&str; 2] = ["RTOOL_PASSWORD", "REDISCLI_AUTH"];

/// A shorter password can be guessed by a machine that tries.
pub const STRONG_BYTES_MIN: usize = 16;

/// Where a password comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Source {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints.
    Command(String),
}

impl TryFrom<toml::Value> for Source {
    type Error = &'static str;

    /// By hand, because the derived form repeats what it did not understand: perhaps a password.
    fn try_from(written: toml::Value) -> Result<Source, &'static str> {
        let wrong = "write a password as { env = ... }, { file = ... } or { command = ... }, never as itself";
        let table = written.as_table().filter(|table| table.len() == 1).ok_or(wrong)?;
        let (kind, value) = table.iter().next().ok_or(wrong)?;
        let value = value.as_str().ok_or(wrong)?.to_owned();
        match kind.as_str() {
            "env" => Ok(Source::Env(value)),
            "file" => Ok(Source::File(PathBuf::from(value))),
            "command" => Ok(Source::Command(value)),
            _ => Err(wrong),
        }
    }
}

impl Source {
    /// The password.
    ///
    /// # Errors
    /// It cannot be had from there.
    pub fn read(&self) -> Result<Secret> {
        match self {
            Source::Env(name) => from_env(name),
            Source::File(path) => from_file(path),
            Source::Command(command) => from_command(command),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Env(name) => write!(out, "environment variable {name}"),
            Source::File(path) => write!(out, "file {}", path.display()),
            Source::Command(command) => write!(out, "command {command}"),
        }
    }
}

/// The password of the command line, if any.
///
/// # Errors
/// When the named source does not exist or is empty.
pub fn from_login(login: &Login, notes: &mut Out) -> Result<Option<Secret>> {
    if login.askpass {
        return prompt::password(notes, "Password: ").map(|typed| Some(Secret::new(typed)));
    }
    if let Some(name) = &login.password_env {
        return from_env(name).map(Some);
    }
    if let Some(path) = &login.password_file {
        return from_file(path).map(Some);
    }
    Ok(DEFAULT_VARIABLES.iter().find_map(|name| environment(name)))
}

/// The value of an environment variable that must be set.
///
/// # Errors
/// When it is not set or empty.
pub fn from_env(name: &str) -> Result<Secret> {
    environment(name)
        .ok_or_else(|| Error::usage(format!("the environment variable {name} holds no password")))
}

fn environment(name: &str) -> Option<Secret> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(name)?.into_vec();
    (!value.is_empty()).then(|| Secret::new(value))
}

/// The first line of a file.
///
/// # Errors
/// When it cannot be read or is empty.
pub fn from_file(path: &Path) -> Result<Secret> {
    let bytes = std::fs::read(path).map_err(|error| {
        Error::usage(format!("cannot read the password file {}", path.display())).source(&error)
    })?;
    first_line(&bytes).ok_or_else(|| Error::usage(format!("the password file {} is empty", path.display())))
}

/// The first line that a command prints, such as `pass show redis`.
///
/// # Errors
/// When it cannot be run, fails, or prints nothing.
pub fn from_command(command: &str) -> Result<Secret> {
    // What the command itself complains about goes to the user; what it prints is the secret.
    let run =
        Command::new("sh").arg("-c").arg(command).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = run.map_err(|error| Error::usage("cannot run the password command").source(&error))?;
    if !output.status.success() {
        return Err(Error::usage(format!("the password command failed ({})", output.status)));
    }
    first_line(&output.stdout).ok_or_else(|| Error::usage("the password command printed nothing"))
}

fn first_line(bytes: &[u8]) -> Option<Secret> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (!line.is_empty() && line.len() <= SECRET_BYTES_MAX).then(|| Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_counts() {
        assert_eq!(first_line(b"geheim\r\nmore\n"), Some(Secret::from("geheim")));
        assert_eq!(first_line(b" a b "), Some(Secret::from(" a b ")));
        assert_eq!(first_line(b"\nx"), None);
    }

    #[test]
    fn a_command_prints_the_password() {
        assert_eq!(from_command("printf 'a b\\nc'"), Ok(Secret::from("a b")));
        assert!(from_command("exit 3").is_err());
        assert!(from_command("true").is_err());
    }

    #[test]
    fn a_file_must_hold_something() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(from_file(&path).is_err());
        std::fs::write(&path, "x\n").unwrap();
        assert_eq!(from_file(&path), Ok(Secret::from("x")));
    }
}
