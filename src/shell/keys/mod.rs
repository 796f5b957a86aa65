//! `rtool keys`: deletes, expires or copies every key that matches a pattern, without standing in anybody's way.
//!
//! ```text
//! SCAN --count, show some--> ask --yes--> SCAN --batch--> DUMP, PTTL --undo file, synced--> UNLINK | PEXPIRE
//!                                           ^                        \-> RESTORE on the other server
//!                                           +-- the pace of --rate --+
//! ```
//!
//! Nothing is taken away before what brings it back is on disk. Ctrl-C stops between two batches, and the summary
//! says what was done.

mod restore;
mod undo;
mod work;

use crate::args::keys::{Action, Choice, KeysArgs};
use crate::args::operator::Login;
use crate::client::{Client, ClientError, Target};
use crate::names::secrets;
use crate::shell::access;
use crate::shell::face::{self, Face};
use crate::shell::place::{self, Place};
use crate::ui::{ColorChoice, Console, Error, Exit, Result};
use undo::UndoFile;
use work::{Change, Work};

/// Runs the subcommand.
///
/// # Errors
/// A file or a name is wrong, the terminal cannot be used.
pub fn run(args: KeysArgs) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed("cannot start the runtime").source(&error))?;
    let mut console = Console::new(ColorChoice::Auto);
    match runtime.block_on(act(args, &mut console)) {
        Ok(exit) => Ok(exit),
        Err(Trouble::Server(error)) => {
            console.notes.note(&error.to_string());
            Ok(Face::Own.exit(match &error {
                ClientError::Server(line) => face::refusal(line),
                other => face::loss(other),
            }))
        }
        Err(Trouble::Ours(error)) => Err(error),
    }
}

/// What ends the work early.
pub enum Trouble {
    /// The server, or the way to it.
    Server(ClientError),
    /// A file or the terminal.
    Ours(Error),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        Self::Server(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

async fn act(args: KeysArgs, console: &mut Console) -> std::result::Result<Exit, Trouble> {
    match args.action {
        Action::Restore { file, on, login } => {
            let target = target(&on, None, &login, console)?;
            restore::run(&file, Client::connect(&target).await?, console).await
        }
        Action::Delete { pattern, choice, undo } => {
            let undo = (!undo.no_undo && !choice.dry_run).then_some(undo.undo);
            start(pattern, choice, undo, Change::Delete, console).await
        }
        Action::Expire { pattern, seconds, choice, undo } => {
            let undo = (!undo.no_undo && !choice.dry_run).then_some(undo.undo);
            start(pattern, choice, undo, Change::Expire(seconds), console).await
        }
        Action::Copy { pattern, to, replace, choice } => {
            let other = target(&to, choice.db, &choice.login, console)?;
            let other = Box::new(Client::connect(&other).await?);
            start(pattern, choice, None, Change::Copy { to, other, replace }, console).await
        }
    }
}

async fn start(
    pattern: String,
    choice: Choice,
    undo: Option<std::path::PathBuf>,
    change: Change,
    console: &mut Console,
) -> std::result::Result<Exit, Trouble> {
    let target = target(&choice.on, choice.db, &choice.login, console)?;
    let client = Client::connect(&target).await?;
    let undo = undo.map(|path| UndoFile::new(path, target.db)).transpose()?;
    Work { pattern, choice, client, undo, change }.run(console).await
}

/// How to reach a server that is called by a name or an address.
fn target(name: &str, db: Option<u32>, login: &Login, console: &mut Console) -> Result<Target> {
    let place = match place::find(name)? {
        Some(place) => place,
        None => Place { endpoints: vec![place::endpoint(name)?], ..Place::default() },
    };
    let Some(first) = place.endpoints.first().cloned() else { return Err(place::unknown(name)) };
    let mut target = access::target_of(&place, first)?;
    if let Some(password) = secrets::from_login(login, &mut console.notes)? {
        target.password = Some(password);
    }
    target.user = login.user.clone().or(target.user);
    target.db = db.unwrap_or(target.db);
    Ok(target)
}
