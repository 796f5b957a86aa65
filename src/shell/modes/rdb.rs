//! `--rdb FILE`, `--functions-rdb FILE`: a snapshot of the server, taken as a replica would. The file appears
//! whole or not at all: it is written beside its place, synced, and renamed.

use std::path::Path;

use super::sync::{ask, replconf};
use super::{Context, Step};
use crate::client::snapshot::{CutShort, Length, Pending, Snapshot};
use crate::client::system_text;
use crate::ui::Exit;
use crate::ui::progress::{Progress, Unit};

/// Takes the snapshot.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let functions = context.modes().functions_rdb.clone();
    let path = context.modes().rdb.clone().or_else(|| functions.clone()).unwrap_or_default();
    replconf(context, "capa", "eof").await?;
    replconf(context, "rdb-only", "1").await?;
    if functions.is_some() && !replconf(context, "rdb-filter-only", "functions").await? {
        return Err(context.failed("Failed requesting functions only RDB from server, aborting"));
    }
    save(context, &path).await?;
    Ok(Exit::DONE)
}

/// Asks for a snapshot as a replica would that keeps nothing else, and saves it.
pub async fn save_as_replica(context: &mut Context<'_>, path: &Path) -> Step<()> {
    replconf(context, "capa", "eof").await?;
    replconf(context, "rdb-only", "1").await?;
    save(context, path).await
}

/// Takes the snapshot of the connected server into a file.
async fn save(context: &mut Context<'_>, path: &Path) -> Step<()> {
    let mut snapshot = ask(context).await?;
    let shown = path.display().to_string();
    context.engine.console.notes.note(&match &snapshot.length {
        Length::Known(bytes) => format!("SYNC sent to master, writing {bytes} bytes to '{shown}'"),
        Length::UntilMark(_) => {
            format!("SYNC sent to master, writing bytes of bulk transfer until EOF marker to '{shown}'")
        }
    });
    if path == Path::new("-") {
        while let Some(piece) = next(context, &mut snapshot).await? {
            context.bytes(&piece)?;
        }
    } else {
        save_to_file(context, &mut snapshot, path).await?;
    }
    context.engine.console.notes.note(&match snapshot.length {
        Length::Known(_) => "Transfer finished with success.".to_owned(),
        Length::UntilMark(_) => format!("Transfer finished with success after {} bytes", snapshot.given),
    });
    Ok(())
}

async fn next(context: &mut Context<'_>, snapshot: &mut Snapshot) -> Step<Option<bytes::BytesMut>> {
    snapshot.next().await.map_err(|CutShort| context.failed("I/O Error reading RDB payload from socket"))
}

async fn save_to_file(context: &mut Context<'_>, snapshot: &mut Snapshot, path: &Path) -> Step<()> {
    let mut file = Pending::create(path).map_err(|error| {
        let reason = system_text(&error);
        context.failed(&format!("Error opening '{}': {reason}", path.display()))
    })?;
    let progress = Progress::start(&context.engine.console.notes, "snapshot", Unit::Bytes);
    while let Some(piece) = next(context, snapshot).await? {
        if let Err(error) = file.write(&piece) {
            let reason = system_text(&error);
            return Err(context.failed(&format!("Error writing data to file: {reason}")));
        }
        if let Length::Known(total) = snapshot.length {
            progress.set(snapshot.given, total);
        }
    }
    drop(progress);
    file.finish().map_err(|error| {
        let reason = system_text(&error);
        context.failed(&format!("Fail to fsync '{}': {reason}", path.display()))
    })
}
