//! A copy of what a server holds, taken as a replica would take it: no file of the server is needed, and it
//! may be on another machine. The file appears whole or not at all.

use std::path::Path;

use super::apply::Failure;
use super::session::{Fault, Session};
use crate::client::snapshot::{CutShort, Length, NoSnapshot, Pending, Snapshot};
use crate::ui::progress::Progress;

/// Saves a snapshot; its size in bytes.
///
/// # Errors
/// The server gives none, the connection breaks, or the file cannot be written.
pub async fn save(mut session: Session, file: &Path, progress: &Progress) -> Result<u64, Failure> {
    // A server that does not know the words sends a length instead of a mark, and thinks we are a replica.
    for words in [["REPLCONF", "capa", "eof"], ["REPLCONF", "rdb-only", "1"]] {
        match session.words(&words).await {
            Ok(_) | Err(Fault::Refused(_)) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    let mut snapshot = Snapshot::ask(session.into_client()).await.map_err(none)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(file, &error))?;
    }
    let mut pending = Pending::create(file).map_err(|error| unwritable(file, &error))?;
    while let Some(piece) = snapshot.next().await.map_err(cut_short)? {
        pending.write(&piece).map_err(|error| unwritable(file, &error))?;
        if let Length::Known(total) = snapshot.length {
            progress.set(snapshot.given, total);
        }
    }
    pending.finish().map_err(|error| unwritable(file, &error))?;
    Ok(snapshot.given)
}

fn cut_short(_: CutShort) -> Failure {
    Failure::Fault(Fault::Refused("the snapshot was cut short".to_owned()))
}

fn none(why: NoSnapshot) -> Failure {
    Failure::Fault(Fault::Refused(match why {
        NoSnapshot::NotSent | NoSnapshot::NotAnnounced => {
            "the connection broke before the snapshot".to_owned()
        }
        NoSnapshot::Refused(line) => format!("no snapshot: {line}"),
    }))
}

fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Fault(Fault::Refused(format!("cannot write {}: {error}", file.display())))
}
