//! `rtool configure`: the tutorial's edits of a configuration file, shown as a diff, then written.

mod file;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use serde_json::json;

use self::file::{Change, File, diff};
use super::run;
use crate::args::configure::{ConfigureArgs, RoleToBe};
use crate::client::Secret;
use crate::clock;
use crate::names::secrets::{self, STRONG_BYTES_MIN};
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Error, Exit, Kind, Style, prompt};

/// Bytes of a password that is made here.
const RANDOM_BYTES: usize = 32;

/// What the tutorial sets on every server of a group.
const COMMON: [(&str, &str); 3] =
    [("tcp-keepalive", "60"), ("maxmemory-policy", "noeviction"), ("appendonly", "yes")];

/// Both spellings of who is followed, the newer one first.
const FOLLOWED: [&str; 2] = ["replicaof", "slaveof"];

/// Directives whose values are never shown.
const SECRETS: [&str; 3] = ["requirepass", "masterauth", "tls-key-file-pass"];

/// Who may read a file that is made here: it holds a password.
const NEW_FILE_MODE: u32 = 0o600;

/// Lines shown around a change.
const CONTEXT: usize = 2;

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: ConfigureArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| configure(args, console))
}

async fn configure(args: ConfigureArgs, mut console: Console) -> Result<Exit> {
    let path = target(&args.file)?;
    let before = File::read(&path).map_err(|why| Error::usage("cannot edit the file").cause(why))?;
    let (password, is_new) = password(&args, &before, &mut console)?;
    let mut after = before.clone();
    edit(&args, &mut after, password.as_ref(), &mut console).map_err(|why| {
        Error::new(Kind::Refused, "the file cannot be made to say what it should").cause(why)
    })?;
    loads_its_data(&args, &before, &path)?;
    let changes = diff(&before.lines, &after.lines);
    let is_same = before == after;
    let backup = (!args.dry_run && !is_same).then(|| backup_of(&path));
    if !args.talk.json {
        show(&changes, &mut console)?;
    }
    if let Some(backup) = &backup {
        if !args.yes && !prompt::confirm(&mut console.notes, &format!("Write {}?", path.display()))? {
            return Err(Error::new(Kind::Refused, "not confirmed; nothing was changed"));
        }
        write(&path, backup, &after.text())?;
    }
    let made = password.filter(|_| is_new && backup.is_some());
    report(&args, &path, backup.filter(|backup| backup.exists()), made.as_ref(), is_same, &mut console)
}

/// The file itself: a link is followed, so that it stays a link.
fn target(named: &Path) -> Result<PathBuf> {
    if named.exists() {
        return named
            .canonicalize()
            .map_err(|error| Error::usage(format!("cannot find {}", named.display())).source(&error));
    }
    Ok(named.to_owned())
}

/// The password to write, if any, and whether it was made here.
fn password(args: &ConfigureArgs, before: &File, console: &mut Console) -> Result<(Option<Secret>, bool)> {
    if args.no_password {
        console.notes.note("warning: no password: whoever reaches the server owns it");
        return Ok((None, false));
    }
    let given = match args.generate_password {
        true => None,
        false => secrets::from_login(&args.login, &mut console.notes)?,
    };
    if let Some(given) = given {
        check_strength(args, &given)?;
        return Ok((Some(given), false));
    }
    let written = before.value(&["requirepass"]).ok().flatten().filter(|password| !password.is_empty());
    match (args.role, written) {
        (RoleToBe::Master, Some(written)) if !args.generate_password => {
            let written = Secret::from(written);
            check_strength(args, &written)?;
            Ok((Some(written), false))
        }
        (RoleToBe::Replica, _) if before.value(&["masterauth"]).ok().flatten().is_none() => {
            Err(Error::usage("a replica needs its master's password")
                .hint("--password-file, --password-env or --askpass; --no-password if it has none"))
        }
        (RoleToBe::Replica, _) => Ok((None, false)),
        (RoleToBe::Master, _) => Ok((Some(made()?), true)),
    }
}

/// 256 random bits in hexadecimal.
fn made() -> Result<Secret> {
    let mut random = [0u8; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|error| Error::failed("no random numbers").cause(error))?;
    Ok(Secret::from(random.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn check_strength(args: &ConfigureArgs, password: &Secret) -> Result<()> {
    let bytes = password.expose();
    let kinds: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
    if args.accept_weak_password || bytes.len() >= STRONG_BYTES_MIN && kinds.len() >= STRONG_BYTES_MIN / 2 {
        return Ok(());
    }
    let what =
        format!("the password can be guessed: at least {STRONG_BYTES_MIN} different enough bytes are needed");
    Err(Error::new(Kind::Refused, what)
        .hint("let one be made with --generate-password, or repeat with --accept-weak-password"))
}

fn edit(
    args: &ConfigureArgs,
    file: &mut File,
    password: Option<&Secret>,
    console: &mut Console,
) -> std::result::Result<(), String> {
    if !args.bind.is_empty() {
        let words: Vec<&str> = args.bind.iter().map(String::as_str).collect();
        file.set(&["bind"], &words)?;
    }
    if let Some(port) = args.port {
        file.set(&["port"], &[&port.to_string()])?;
    }
    for (name, value) in COMMON {
        file.set(&[name], &[value])?;
    }
    if let Some(password) = password {
        let text = String::from_utf8_lossy(password.expose());
        // The same on every server: whoever is promoted can be followed by all others.
        file.set(&["requirepass"], &[&text])?;
        file.set(&["masterauth"], &[&text])?;
    }
    follow(args, file, console)?;
    for (name, value) in &args.settings {
        let words: Vec<&str> = value.split_whitespace().collect();
        file.set(&[name], &words)?;
    }
    Ok(())
}

fn follow(args: &ConfigureArgs, file: &mut File, console: &mut Console) -> std::result::Result<(), String> {
    match &args.of {
        None => file.remove(&FOLLOWED),
        Some(_) if args.role == RoleToBe::Master => Err("a master follows nobody: leave --of out".to_owned()),
        Some(word) => {
            let fleet = Fleet::load(&args.login, &mut console.notes).map_err(|error| error.to_string())?;
            let addr = fleet.node(word).map_err(|error| error.to_string())?.addr;
            file.set(&FOLLOWED, &[&addr.host, &addr.port.to_string()])
        }
    }
}

/// A server that turns to an append-only file which is not there starts empty, whatever its snapshot holds.
fn loads_its_data(args: &ConfigureArgs, before: &File, path: &Path) -> Result<()> {
    let said = |names: &[&str]| before.value(names).ok().flatten();
    if args.accept_empty_start || said(&["appendonly"]).is_some_and(|value| value == "yes") {
        return Ok(());
    }
    let own = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let folder = said(&["dir"]).map_or_else(|| own.clone(), |dir| own.join(dir));
    let snapshot = folder.join(said(&["dbfilename"]).unwrap_or_else(|| "dump.rdb".to_owned()));
    let log = folder.join(said(&["appenddirname"]).unwrap_or_else(|| "appendonlydir".to_owned()));
    if !snapshot.exists() || log.exists() {
        return Ok(());
    }
    let what =
        format!("the data is in {}, which a start with appendonly yes does not load", snapshot.display());
    Err(Error::new(Kind::DataLoss, what).hint(
        "on the running server: rtool cli CONFIG SET appendonly yes, then repeat; or --accept-empty-start",
    ))
}

fn backup_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.bak", clock::wall_ms()));
    PathBuf::from(name)
}

/// The backup first, then the new text beside the file, and the one rename that makes it count.
fn write(path: &Path, backup: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Refused, format!("cannot write {}; nothing was changed", path.display()))
            .source(&error)
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = folder.join(format!(".rtool-{}.tmp", std::process::id()));
    let written = write_beside(path, &beside, backup, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What is left of the attempt is of no use to anybody.
        let _ = fs::remove_file(&beside);
        failed(error)
    })?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn write_beside(path: &Path, beside: &Path, backup: &Path, text: &str) -> std::io::Result<()> {
    let mut new = fs::OpenOptions::new().write(true).create_new(true).mode(NEW_FILE_MODE).open(beside)?;
    if let Ok(found) = fs::metadata(path) {
        fs::copy(path, backup)?;
        // Another owner is kept where we may; a file that only its owner reads must not become everybody's.
        let _ = fchown(&new, Some(found.uid()), Some(found.gid()));
        new.set_permissions(found.permissions())?;
    }
    new.write_all(text.as_bytes())?;
    new.sync_all()
}

/// The changes with a little of what stands around them.
fn show(changes: &[Change], console: &mut Console) -> Result<()> {
    let is_change = |change: &Change| !matches!(change, Change::Kept(_));
    for (at, change) in changes.iter().enumerate() {
        let near =
            changes[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(changes.len())].iter().any(is_change);
        if !near {
            continue;
        }
        let line = match change {
            Change::Kept(line) => format!("  {}", hidden(line)),
            Change::Gone(line) => console.data.paint(Style::Bad, &format!("- {}", hidden(line))),
            Change::New(line) => console.data.paint(Style::Good, &format!("+ {}", hidden(line))),
        };
        console.data.line(&line)?;
    }
    Ok(())
}

/// A line without its secret.
fn hidden(line: &str) -> String {
    let bare = line.trim_start().trim_start_matches('#').trim_start();
    let name = bare.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if SECRETS.contains(&name.as_str()) && !line.trim_start().starts_with('#') {
        return format!("{name} ***");
    }
    line.to_owned()
}

fn report(
    args: &ConfigureArgs,
    path: &Path,
    backup: Option<PathBuf>,
    made: Option<&Secret>,
    is_same: bool,
    console: &mut Console,
) -> Result<Exit> {
    let shown = made.map(|made| String::from_utf8_lossy(made.expose()).into_owned());
    if args.talk.json {
        console.data.json(&json!({
            "schema": SCHEMA,
            "ok": true,
            "verb": "configure",
            "dry_run": args.dry_run,
            "file": path,
            "changed": !is_same,
            "backup": backup,
            "password": shown,
        }))?;
        return Ok(Exit::DONE);
    }
    if args.dry_run || is_same {
        console.notes.note(if is_same { "nothing to change" } else { "dry run: nothing was changed" });
        return Ok(Exit::DONE);
    }
    if let Some(backup) = backup {
        console.notes.note(&format!("the file as it was: {}", backup.display()));
    }
    if let Some(password) = shown {
        console.notes.note("the password, shown this once; the other servers of the group need it too:");
        console.data.line(&password)?;
    }
    console.notes.note("the server reads the file at its next start");
    Ok(Exit::DONE)
}
