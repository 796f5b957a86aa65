//! `--replica`: follows a master and prints every command it sends. The snapshot before them is thrown away.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::sync::{ask, replconf};
use super::{Context, Step};
use crate::client::snapshot::{CutShort, Length, Snapshot};
use crate::resp::request::encode_command;
use crate::resp::value::{Decoder, Value};
use crate::shell::face::Face;
use crate::shell::format::Format;
use crate::shell::render::Renderer;
use crate::ui::Exit;

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// How often the master hears that we are there. Without it, it would drop us as dead.
const ACK_EVERY: Duration = Duration::from_secs(1);

/// Follows the master until it ends.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    replconf(context, "capa", "eof").await?;
    replconf(context, "rdb-filter-only", "").await?;
    let mut snapshot = ask(context).await?;
    context.engine.console.notes.note(&match &snapshot.length {
        Length::Known(bytes) => {
            format!("Full resync with master, discarding {bytes} bytes of bulk transfer...")
        }
        Length::UntilMark(_) => {
            "Full resync with master, discarding bytes of bulk transfer until EOF marker...".to_owned()
        }
    });
    loop {
        match snapshot.next().await {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(CutShort) => return Err(context.failed("Error reading RDB payload while Full resyncing")),
        }
    }
    context.engine.console.notes.note(&match snapshot.length {
        Length::Known(_) => "Full resync done. Logging commands from master.".to_owned(),
        Length::UntilMark(_) => {
            format!("Full resync done after {} bytes. Logging commands from master.", snapshot.given)
        }
    });
    follow(context, snapshot).await
}

/// Prints what comes behind the snapshot, and acknowledges it.
async fn follow(context: &mut Context<'_>, snapshot: Snapshot) -> Step<Exit> {
    let (mut socket, mut bytes) = snapshot.into_stream();
    let mut decoder = Decoder::new();
    let mut offset = 0u64;
    let mut ticks = tokio::time::interval(ACK_EVERY);
    loop {
        while let Some(used) = print_next(context, &mut decoder, &bytes)? {
            bytes.advance(used);
            offset += used as u64;
        }
        bytes.reserve(READ_BYTES);
        tokio::select! {
            read = socket.read_buf(&mut bytes) => match read {
                Ok(1..) => skip_newlines(&mut bytes),
                _ => return Err(context.failed("Error: Server closed the connection")),
            },
            _ = ticks.tick() => {
                let mut ack = Vec::new();
                encode_command(&mut ack, ["REPLCONF", "ACK", &offset.to_string()]);
                // A master that is gone shows at the next read.
                let _ = socket.write_all(&ack).await;
            }
        }
    }
}

/// Newlines between commands only keep the link alive.
fn skip_newlines(bytes: &mut BytesMut) {
    let empty = bytes.iter().take_while(|byte| **byte == b'\n').count();
    bytes.advance(empty);
}

fn print_next(context: &mut Context<'_>, decoder: &mut Decoder, bytes: &[u8]) -> Step<Option<usize>> {
    match decoder.decode(bytes) {
        Ok(None) => Ok(None),
        Ok(Some((command, used))) => {
            print(context, &command)?;
            Ok(Some(used))
        }
        Err(error) => Err(context.failed(&format!("Error: Protocol error, {error}"))),
    }
}

/// A command as CSV, as redis-cli prints the stream in every format; JSON is ours.
fn print(context: &mut Context<'_>, command: &Value) -> Step<()> {
    let text = match context.wants_json() {
        true => context.engine.renderer.reply(command, false),
        false => Renderer::new(Format::Csv, Face::RedisCli).reply(command, false),
    };
    context.bytes(&text)
}
