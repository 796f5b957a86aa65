//! From options to a target: which server, as whom, and where the password comes from. The first of
//! these sources that is there counts:
//!
//! ```text
//! --askpass > -a or the URI > --pass-fd > --pass-command > --pass-file > the profile's > REDISCLI_AUTH > VALKEYCLI_AUTH
//! ```
//!
//! A password on the command line is in the process list for everybody to read, and cannot be taken
//! back from there; all that can be done is to say so and to offer the other sources.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::face::Face;
use super::format::Format;
use super::guard::Policy;
use super::place::{self, Place};
use super::uri::{self, Parts};
use crate::args::cli::{CliArgs, Hidden};
use crate::client::{Endpoint, Family, Protocol, Secret, Target, Tls};
use crate::names::secrets;
use crate::ui::prompt;
use crate::ui::{Error, Out, Result};

const COMMAND_LINE_WARNING: &str =
    "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.";

/// Where a password may stand: redis-cli's variable and valkey-cli's.
const PASSWORD_VARIABLES: [&str; 2] = ["REDISCLI_AUTH", "VALKEYCLI_AUTH"];

/// Permission bits that let somebody else read a file.
const READABLE_BY_OTHERS: u32 = 0o044;

/// Which server, as whom, and under which rules.
#[derive(Debug)]
pub struct Access {
    /// How to connect.
    pub target: Target,
    /// Other places where the server may be.
    pub alternatives: Vec<Endpoint>,
    /// What is allowed there.
    pub policy: Policy,
}

/// The access that the options, the environment, the profiles and the terminal name together. The first word of
/// the command is taken away if it is the name of a server.
///
/// # Errors
/// A URI or a name that cannot be read, a password source that fails, a time that is none.
pub fn resolve(args: &mut CliArgs, face: Face, notes: &mut Out) -> Result<Access> {
    let place = if face.is_strict() { None } else { place::named(&mut args.command)? };
    let place = place.unwrap_or_default();
    let parts = match &args.uri {
        Some(uri) => parse_uri(uri)?,
        None => Parts::default(),
    };
    let mut endpoints = place.endpoints.clone().into_iter();
    let endpoint = match (&args.socket, endpoints.next()) {
        (_, Some(first)) => first,
        (Some(path), None) => Endpoint::Unix(path.clone()),
        (None, None) => parts.endpoint(&args.host, args.port),
    };
    let mut target = Target::new(endpoint);
    target.db = parts.db.or(place.profile.db).unwrap_or(args.db);
    target.protocol = protocol(args);
    target.connect_timeout = duration(args.connect_timeout)?;
    target.name = args.name.clone();
    target.family = family(args);
    target.tls = (args.tls || parts.tls || place.security().is_some()).then(|| tls(args, face, &place));
    target.password = match password(args, parts.password.as_ref(), notes)? {
        Some(password) => Some(password),
        None => password_of(&place)?,
    };
    target.user =
        args.user.clone().or(parts.user).or(place.user.clone()).or_else(|| place.profile.user.clone());
    let policy = Policy::new(args, place.name.clone(), &place.profile);
    Ok(Access { target, alternatives: endpoints.collect(), policy })
}

/// A target for one of a place's addresses, with the place's own login.
///
/// # Errors
/// Its password cannot be had.
pub fn target_of(place: &Place, endpoint: Endpoint) -> Result<Target> {
    let mut target = Target::new(endpoint);
    target.password = password_of(place)?;
    target.user = place.user.clone().or_else(|| place.profile.user.clone());
    target.tls = place.security();
    target.db = place.profile.db.unwrap_or(0);
    Ok(target)
}

/// The password of a place: its own, the profile's, or what the environment holds for everybody.
fn password_of(place: &Place) -> Result<Option<Secret>> {
    match (&place.password, &place.profile.password) {
        (Some(password), _) => Ok(Some(password.clone())),
        (None, Some(source)) => source.read().map(Some),
        (None, None) => Ok(PASSWORD_VARIABLES.iter().find_map(std::env::var_os).map(Secret::from)),
    }
}

fn family(args: &CliArgs) -> Family {
    match (args.ipv4, args.ipv6) {
        (true, _) => Family::V4,
        (_, true) => Family::V6,
        _ => Family::Any,
    }
}

/// How the connection is secured: the options, and what the profile says where they say nothing.
fn tls(args: &CliArgs, face: Face, place: &Place) -> Tls {
    let written = place.security().unwrap_or_default();
    Tls {
        ca_file: args.cacert.clone().or(written.ca_file),
        ca_folder: args.cacertdir.clone(),
        cert: args.cert.clone().or(written.cert),
        key: args.key.clone().or(written.key),
        server_name: args.sni.clone().or(written.server_name),
        insecure: args.insecure || written.insecure,
        check_name: !face.is_strict(),
    }
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
    if let Some(fd) = args.pass_fd {
        return secrets::from_file(Path::new(&format!("/dev/fd/{fd}"))).map(Some);
    }
    if let Some(command) = &args.pass_command {
        return secrets::from_command(command).map(Some);
    }
    match &args.pass_file {
        Some(path) => password_from_file(path, args.no_auth_warning, notes).map(Some),
        None => Ok(None),
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
        let Command::Cli(mut args) = parse(words).unwrap().command else { panic!("{line}") };
        let (mut notes, text) = Out::captured();
        (resolve(&mut args, Face::Own, &mut notes).map(|access| access.target), text.text())
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
