//! Options that the operator commands share, and the words their values are written in.
//!
//! A password is never an option's value: it would stand in the process list and in the shell's
//! history. Options only say where to find one.

use std::path::PathBuf;
use std::time::Duration;

/// Whom to log in as, and where the password comes from.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Login")]
pub struct Login {
    /// User to log in as [default: the default user]
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]
    #[arg(long, value_name = "VAR", group = "password")]
    pub password_env: Option<String>,
    /// Take the password from the first line of this file
    #[arg(long, value_name = "FILE", group = "password")]
    pub password_file: Option<PathBuf>,
    /// Ask for the password, showing stars only
    #[arg(long, group = "password")]
    pub askpass: bool,
    /// Secure the connections; the system's trusted roots count unless --cacert names others
    #[arg(long)]
    pub tls: bool,
    /// Trust these roots alone, in PEM form; implies --tls
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Our own certificate chain in PEM form, for servers that ask for one
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// The private key of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// The name to ask for and to check, instead of the host
    #[arg(long, value_name = "NAME")]
    pub sni: Option<String>,
    /// Secure the connection and check no certificate; implies --tls
    #[arg(long)]
    pub insecure: bool,
    /// Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user's config folder]
    #[arg(long, value_name = "FILE")]
    pub topology: Option<PathBuf>,
}

/// How the command talks to the servers and to the user.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output and time limits")]
pub struct Talk {
    /// Print one JSON document on standard output, errors included
    #[arg(long)]
    pub json: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: Color,
    /// Longest wait for any one server to answer
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "3s")]
    pub node_timeout: Duration,
}

/// What every command that changes something understands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Safety")]
pub struct Change {
    /// Print the plan and stop; nothing is written anywhere
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before carrying out the plan; accepts no danger by itself
    #[arg(long)]
    pub yes: bool,
    /// Longest wait for any one step, such as the synchronisation of a replica
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m")]
    pub timeout: Duration,
    /// Do not write the change into the servers' configuration files
    #[arg(long)]
    pub no_persist: bool,
    /// Keep the record of what is done in this folder [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code
    #[arg(long, value_name = "CMD")]
    pub hook_before: Option<String>,
    /// Tell this shell command how it ended, as JSON on its standard input
    #[arg(long, value_name = "CMD")]
    pub hook_after: Option<String>,
    /// Longest wait for a hook
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub hook_timeout: Duration,
    /// Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub plan_out: Option<PathBuf>,
    /// Refuse any plan but the one saved in FILE
    #[arg(long, value_name = "FILE", hide = true)]
    pub expect: Option<PathBuf>,
    /// Kill this process behind a step: for tests
    #[arg(long, value_name = "STEP", hide = true)]
    pub fail_after: Option<usize>,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A duration: `500ms`, `3s`, `5m`, `1h`; a bare number counts seconds.
///
/// # Errors
/// A sentence for the user.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1.0,
        "" | "s" => 1e3,
        "m" => 60e3,
        "h" => 3600e3,
        _ => return Err(format!("'{unit}' is not a unit of time: ms, s, m or h")),
    };
    let number: f64 = number.parse().map_err(|_| "not a time, such as 500ms, 3s or 5m".to_owned())?;
    let millis = number * unit_ms;
    if !(1.0..=1e12).contains(&millis) {
        return Err("a time of at least one millisecond is needed".to_owned());
    }
    Ok(Duration::from_secs_f64(millis / 1e3))
}

/// A number of bytes: `4096`, `64k`, `1m`, `2g` (powers of 1024).
///
/// # Errors
/// A sentence for the user.
pub fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let shift = match unit {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(format!("'{unit}' is not a unit of size: k, m or g")),
    };
    let number: u64 = number.parse().map_err(|_| "not a size, such as 4096, 64k or 1m".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}

/// A setting to apply: `name=value`.
///
/// # Errors
/// A sentence for the user.
pub fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_ascii_lowercase(), value.to_owned())),
        _ => Err("write it as name=value, such as appendonly=yes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for bad in ["", "s", "3 s", "-1s", "0", "1e9s", "99999999999h", "1.2.3"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("64k"), Ok(65536));
        assert_eq!(bytes("1MB"), Ok(1 << 20));
        for bad in ["", "k", "-1", "1t", "99999999999g"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings() {
        assert_eq!(setting("AppendOnly=yes"), Ok(("appendonly".into(), "yes".into())));
        assert_eq!(setting("save="), Ok(("save".into(), String::new())));
        assert!(setting("appendonly").is_err());
        assert!(setting("=x").is_err());
    }
}
