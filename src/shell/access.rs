//! From options to a target: which server, as whom, and where the password comes from. The first of
//! these sources that is there counts:
//!
//! ```text
//! --askpass > -a or the URI > --pass-file > REDISCLI_AUTH
//! ```
//!
//! A password on the command line is in the process list for everybody to read, and cannot be taken
//! back from there; all that can be done is to say so and to offer the other sources.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::format::Format;
use super::uri::{self, Parts};
use crate::args::cli::{CliArgs, Hidden};
use crate::client::{Endpoint, Protocol, Secret, Target};
use crate::ui::prompt;
use crate::ui::{Error, Out, Result};

const COMMAND_LINE_WARNING: &str =
    "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.";

/// Permission bits that let somebody else read a file.
const READABLE_BY_OTHERS: u32 = 0o044;

/// The target that the options, the environment and the terminal name together.
///
/// # Errors
/// A URI that cannot be read, a password source that fails, a time that is none.
pub fn resolve(args: &CliArgs, notes: &mut Out) -> Result<Target> {
    let parts = match &args.uri {
        Some(uri) => parse_uri(uri)?,
        None => Parts::default(),
    };
    let endpoint = match &args.socket {
        Some(path) => Endpoint::Unix(path.clone()),
        None => parts.endpoint(&args.host, args.port),
    };
    let mut target = Target::new(endpoint);
    target.db = parts.db.unwrap_or(args.db);
    target.protocol = protocol(args);
    target.connect_timeout = duration(args.connect_timeout)?;
    target.name = args.name.clone();
    target.password = password(args, parts.password.as_ref(), notes)?;
    target.user = args.user.clone().or(parts.user);
    Ok(target)
}

fn parse_uri(uri: &Hidden) -> Result<Parts> {
    let text = std::str::from_utf8(uri.bytes()).map_err(|error| Error::usage("bad URI").source(&error))?;
    uri::parse(text)
        .map_err(|error| Error::usage(error.to_string()).hint("rtool cli -u redis://HOST:PORT/DB"))
}

fn protocol(args: &CliArgs) -> Protocol {
    let json = Format::asked_for(args).is_some_and(Format::is_json);
    match (args.resp2, args.resp3) {
        (true, _) => Protocol::Resp2,
        (_, true) => Protocol::Resp3,
        _ if json => Protocol::Resp3IfPossible,
        _ => Protocol::Resp2,
    }
}

/// A time in seconds; 0 is none.
pub fn duration(seconds: f64) -> Result<Option<Duration>> {
    let duration = Duration::try_from_secs_f64(seconds);
    let duration = duration.map_err(|error| Error::usage("this time makes no sense").source(&error))?;
    Ok(Some(duration).filter(|duration| !duration.is_zero()))
}

fn password(args: &CliArgs, in_uri: Option<&Secret>, notes: &mut Out) -> Result<Option<Secret>> {
    let given = args.password.as_ref().map(|word| Secret::new(word.bytes()));
    let on_command_line = given.as_ref().or(in_uri);
    if on_command_line.is_some() && !args.no_auth_warning {
        notes.note(COMMAND_LINE_WARNING);
    }
    if args.askpass {
        return prompt::password(notes, "Please input password: ").map(|typed| Some(Secret::new(typed)));
    }
    if let Some(password) = on_command_line {
        return Ok(Some(password.clone()));
    }
    match &args.pass_file {
        Some(path) => password_from_file(path, args.no_auth_warning, notes).map(Some),
        None => Ok(std::env::var_os("REDISCLI_AUTH").map(Secret::from)),
    }
}

/// The first line of a file.
fn password_from_file(path: &Path, quiet: bool, notes: &mut Out) -> Result<Secret> {
    let failed =
        |error| Error::failed(format!("cannot read the password file {}", path.display())).source(&error);
    let bytes = std::fs::read(path).map_err(failed)?;
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & READABLE_BY_OTHERS != 0 && !quiet {
        notes.note(&format!("Warning: other users can read the password file {}.", path.display()));
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Secret::new(line.strip_suffix(b"\r").unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, parse};

    fn resolved(line: &str) -> (Result<Target>, String) {
        let words = ["rtool", "cli"].into_iter().chain(line.split_whitespace()).map(Into::into);
        let Command::Cli(args) = parse(words).unwrap().command else { panic!("{line}") };
        let (mut notes, text) = Out::captured();
        (resolve(&args, &mut notes), text.text())
    }

    #[test]
    fn the_uri_wins_over_the_defaults() {
        let (target, notes) = resolved("-u redis://bob:geheim@h:7/3");
        let target = target.unwrap();
        assert_eq!(target.endpoint, Endpoint::tcp("h", 7));
        assert_eq!((target.user.as_deref(), target.db), (Some("bob"), 3));
        assert_eq!(target.password, Some(Secret::from("geheim")));
        assert_eq!(notes, format!("{COMMAND_LINE_WARNING}\n"));
    }

    #[test]
    fn a_bad_uri_is_not_repeated() {
        let error = resolved("-u http://geheim@h").0.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("geheim"));
    }

    #[test]
    fn the_password_file_gives_its_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pass");
        std::fs::write(&path, "geheim\r\nmore\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let from_file = format!("--pass-file {}", path.display());
        let (target, notes) = resolved(&from_file);
        assert_eq!(target.unwrap().password, Some(Secret::from("geheim")));
        assert!(notes.starts_with("Warning: other users can read"), "{notes}");
        let (target, notes) = resolved(&format!("{from_file} -a other --no-auth-warning"));
        assert_eq!((target.unwrap().password, notes.as_str()), (Some(Secret::from("other")), ""));
    }

    #[test]
    fn protocols() {
        let of = |line: &str| resolved(line).0.unwrap().protocol;
        assert_eq!(of(""), Protocol::Resp2);
        assert_eq!(of("-3"), Protocol::Resp3);
        assert_eq!(of("--json"), Protocol::Resp3IfPossible);
        assert_eq!(of("--json -2"), Protocol::Resp2);
    }

    #[test]
    fn times() {
        assert_eq!(duration(0.0), Ok(None));
        assert_eq!(duration(0.25), Ok(Some(Duration::from_millis(250))));
        assert!(duration(-1.0).is_err() && duration(f64::NAN).is_err());
    }
}
