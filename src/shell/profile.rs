//! `rtool profile list | show | test`.

use std::time::Duration;

use super::access;
use super::place;
use crate::args::profile::{Action, ProfileArgs};
use crate::client::{Client, ClientError};
use crate::names::profiles;
use crate::ui::table::Table;
use crate::ui::{ColorChoice, Console, Error, Exit, Result};

/// How long a server may take that is only looked at.
const PROBE: Duration = Duration::from_secs(5);

/// Runs the subcommand.
///
/// # Errors
/// A file cannot be read, a name is not known, a server not be reached.
pub fn run(args: ProfileArgs) -> Result<Exit> {
    let mut console = Console::new(ColorChoice::Auto);
    match args.action {
        Action::List => list(&mut console),
        Action::Show { name } => show(&mut console, &name),
        Action::Test { name } => test(&mut console, &name),
    }
}

fn list(console: &mut Console) -> Result<Exit> {
    let profiles = profiles::load()?;
    let mut table = Table::new(&["name", "address", "env", "rules"]);
    for (name, profile) in &profiles {
        let rules = if profile.read_only { "read-only" } else { "" };
        let env = profile.env.clone().unwrap_or_default();
        table.row(vec![
            name.as_str().into(),
            profile.addresses().join(", ").into(),
            env.into(),
            rules.into(),
        ]);
    }
    for name in place::names()?.into_iter().filter(|name| !profiles.contains_key(name)) {
        let addresses = place::find(&name)?.map(|place| place.endpoints).unwrap_or_default();
        let addresses = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        table.row(vec![name.into(), addresses.into(), "(rtool.toml)".into(), "".into()]);
    }
    table.print(&mut console.data)?;
    Ok(Exit::DONE)
}

fn show(console: &mut Console, name: &str) -> Result<Exit> {
    let Some(profile) = profiles::load()?.remove(name) else { return Err(place::unknown(name)) };
    let password = profile.password.as_ref().map_or("none".to_owned(), ToString::to_string);
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let lines = [
        ("address", profile.addresses().join(", ")),
        ("user", text(&profile.user)),
        ("password", password),
        ("db", profile.db.unwrap_or(0).to_string()),
        ("env", text(&profile.env)),
        ("read-only", profile.read_only.to_string()),
        ("confirm", format!("{:?}", profile.confirm).to_lowercase()),
    ];
    lines.iter().try_for_each(|(label, value)| console.data.line(&format!("{label:<10} {value}")))?;
    Ok(Exit::DONE)
}

/// Each address of the name: what it answers.
fn test(console: &mut Console, name: &str) -> Result<Exit> {
    let Some(place) = place::find(name)? else { return Err(place::unknown(name)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed("cannot start the runtime").source(&error))?;
    let mut worst = None;
    let mut answered = false;
    for endpoint in place.endpoints.clone() {
        let mut target = access::target_of(&place, endpoint.clone())?;
        (target.connect_timeout, target.io_timeout) = (Some(PROBE), Some(PROBE));
        match runtime.block_on(look(&target)) {
            Ok(found) => {
                answered = true;
                console.data.line(&format!("{endpoint}  {found}"))?;
            }
            Err(error) => {
                console.data.line(&format!("{endpoint}  {error}"))?;
                worst = Some(super::face::loss(&error));
            }
        }
    }
    match worst.filter(|_| !answered) {
        None => Ok(Exit::DONE),
        Some(outcome) => Ok(super::face::Face::Own.exit(outcome)),
    }
}

/// Role and version of a server.
async fn look(target: &crate::client::Target) -> std::result::Result<String, ClientError> {
    let mut client = Client::connect(target).await?;
    client.command(&["PING"]).await?;
    let info = client.call(&["INFO"]).await?;
    let text = info.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let role = match field("role").map(str::trim) {
        Some("slave") => "replica",
        Some(role) => role,
        None => "answers",
    };
    let version = field("valkey_version").or_else(|| field("redis_version")).unwrap_or("?").trim().to_owned();
    Ok(format!("{role}, version {version}"))
}
