//! One operation at a time: on this machine by locked files, and between machines by names on the servers.
//!
//! ```text
//! 1  locks/RUNID.lock     held by the process, freed by the system when it ends
//! 2  CLIENT SETNAME rtool-lock-HOST-PID-VERB    on every server of the plan: announce
//! 3  CLIENT LIST          then look: another name of this kind means that somebody else is at it
//! ```
//!
//! Announce first, look then: of two operators at least one sees the other, and if both do, both stop, which is
//! safe. A name goes with its connection: nothing has to be cleaned up, whoever dies, and a replica or a
//! server that refuses writes can be locked like any other.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use tokio::task::JoinSet;

use super::history::host;
use super::plan::{Party, Plan};
use super::session::{CONNECTION_NAME, Fault, Session, text};
use crate::names::state_folder;
use crate::ui::error::Result;
use crate::ui::{Console, Error, Kind};

/// The locks of an operation; dropped, they are free.
#[derive(Default)]
pub struct Locks {
    _files: Vec<Flock<File>>,
    _sessions: Vec<Session>,
}

impl Locks {
    /// Locks every server that a plan touches.
    ///
    /// # Errors
    /// [`Kind::Locked`] when somebody else is at it.
    pub async fn take(verb: &str, plan: &Plan, limit: Duration, console: &mut Console) -> Result<Locks> {
        let parties = plan.parties();
        let files = match state_folder() {
            Some(state) => lock_files(&state.join("locks"), &parties, console)?,
            None => Vec::new(),
        };
        let name = format!("{CONNECTION_NAME}-lock-{}-{}-{verb}", word(&host()), std::process::id());
        let mut announced = JoinSet::new();
        for party in parties {
            announced.spawn(announce(party, name.clone(), limit));
        }
        let mut sessions = Vec::new();
        for outcome in announced.join_all().await {
            // A server that went away meanwhile is found out by the step that needs it.
            let Ok((party, mut session)) = outcome else { continue };
            look(&party, &mut session, &name).await?;
            is_as_planned(&party, &mut session).await?;
            sessions.push(session);
        }
        Ok(Locks { _files: files, _sessions: sessions })
    }
}

/// What fits into a connection's name.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect()
}

fn lock_files(folder: &Path, parties: &[Party], console: &mut Console) -> Result<Vec<Flock<File>>> {
    let mut paths: Vec<PathBuf> =
        parties.iter().map(|party| folder.join(format!("{}.lock", word(&party.run_id)))).collect();
    // Everybody in the same order.
    paths.sort();
    let mut held = Vec::new();
    for path in paths {
        let opened = std::fs::create_dir_all(folder).and_then(|()| File::create(&path));
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                console.notes.note(&format!("warning: no lock on this machine: {}: {error}", path.display()));
                return Ok(held);
            }
        };
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => held.push(lock),
            Err((_, Errno::EWOULDBLOCK)) => {
                let what = "another rtool on this machine is changing one of these servers";
                return Err(
                    Error::new(Kind::Locked, what).hint("wait until it ends, then look with rtool status")
                );
            }
            Err((_, error)) => console.notes.note(&format!("warning: no lock on this machine: {error}")),
        }
    }
    Ok(held)
}

async fn announce(party: Party, name: String, limit: Duration) -> Result<(Party, Session), Fault> {
    let mut session = Session::open(&party.node, limit).await?;
    session.words(&["CLIENT", "SETNAME", &name]).await?;
    Ok((party, session))
}

async fn look(party: &Party, session: &mut Session, own: &str) -> Result<()> {
    // A login that may not see the others cannot lock: the lock is a help, not the only guard.
    let Ok(reply) = session.words(&["CLIENT", "LIST"]).await else { return Ok(()) };
    let list = text(&reply).unwrap_or_default();
    let Some((name, id)) = list.lines().find_map(|line| holder(line, own)) else { return Ok(()) };
    let (host, port) = (&party.addr().host, party.addr().port);
    let what = format!("another operation is at work on {}: {name}", party.addr());
    Err(Error::new(Kind::Locked, what)
        .hint(format!("wait; if its process is gone: rtool cli -h {host} -p {port} CLIENT KILL ID {id}")))
}

/// What somebody did between the plan and the lock makes the plan void: the process, or the history of a master.
async fn is_as_planned(party: &Party, session: &mut Session) -> Result<()> {
    let Ok(server) = session.info("server").await else { return Ok(()) };
    let Ok(replication) = session.info("replication").await else { return Ok(()) };
    let history = replication.get("master_replid");
    let same_history = party.replid.as_deref().is_none_or(|planned| history.is_none_or(|now| now == planned));
    if server.text("run_id") == party.run_id && same_history {
        return Ok(());
    }
    let what = format!("{} is not what it was when the plan was made", party.addr());
    Err(Error::new(Kind::Refused, what).hint("nothing was changed: repeat the command"))
}

/// The name and the id of another operation's connection.
fn holder<'a>(line: &'a str, own: &str) -> Option<(&'a str, &'a str)> {
    let field = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let name = field("name").filter(|name| *name != own)?;
    name.strip_prefix(CONNECTION_NAME)?.strip_prefix("-lock-")?;
    Some((name, field("id")?))
}

#[cfg(test)]
mod tests {
    use super::holder;

    #[test]
    fn who_holds_a_lock() {
        let line = "id=4 addr=1.2.3.4:5 name=rtool-lock-a-7-promote flags=N";
        assert_eq!(holder(line, "rtool-lock-b-8-promote"), Some(("rtool-lock-a-7-promote", "4")));
        assert_eq!(holder(line, "rtool-lock-a-7-promote"), None);
        assert_eq!(holder("id=5 name=rtool flags=N", "x"), None);
        assert_eq!(holder("id=5 name= flags=N", "x"), None);
    }
}
