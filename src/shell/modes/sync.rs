//! What `--rdb` and `--replica` say to a master before the snapshot comes.

use super::{Context, Step};
use crate::client::snapshot::{NoSnapshot, Snapshot};

/// Asks for a snapshot, in redis-cli's words. The connection is of no other use from here on.
pub async fn ask(context: &mut Context<'_>) -> Step<Snapshot> {
    let client = context.engine.session.take_client().map_err(|error| context.lost(&error))?;
    Snapshot::ask(client).await.map_err(|none| {
        context.failed(&match none {
            NoSnapshot::NotSent => "Error writing to master".to_owned(),
            NoSnapshot::NotAnnounced => "Error reading bulk length while SYNCing".to_owned(),
            NoSnapshot::Refused(line) => format!("SYNC with master failed: {line}"),
        })
    })
}

/// Sends REPLCONF and says so; a server that does not know the word is not an error. Whether it was taken.
pub async fn replconf(context: &mut Context<'_>, name: &str, value: &str) -> Step<bool> {
    context.engine.console.notes.note(&format!("sending REPLCONF {name} {value}"));
    let reply = context.ask(&["REPLCONF", name, value]).await?;
    if let Some(error) = reply.error() {
        context.engine.console.notes.note(&format!("REPLCONF {name} error: {error}"));
        return Ok(false);
    }
    Ok(true)
}
