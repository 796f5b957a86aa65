//! The stream of a full synchronisation, as `--rdb` and `--replica` read it.
//!
//! ```text
//! SYNC --> $LENGTH\r\n <LENGTH bytes>                 a snapshot of known length
//!      \-> $EOF:<40 bytes>\r\n <bytes> <40 bytes>     one that ends with the mark it began with
//! then, but for --rdb: commands for ever
//! ```

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Context, Step};
use crate::client::Socket;

/// Bytes of the mark at the end of a snapshot of unknown length.
const MARK_BYTES: usize = 40;
/// Longest line that announces a snapshot.
const LINE_BYTES_MAX: usize = 4096;
/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// How the end of the snapshot is known.
pub enum Length {
    /// So many bytes.
    Known(u64),
    /// Up to this mark.
    UntilMark(Vec<u8>),
}

/// The connection ended before the snapshot did.
#[derive(Debug)]
pub struct CutShort;

/// A connection on which the snapshot comes.
pub struct Snapshot {
    socket: Box<dyn Socket>,
    /// Read and not yet given away.
    bytes: BytesMut,
    /// How it ends.
    pub length: Length,
    /// Bytes given away so far.
    pub given: u64,
    over: bool,
}

impl Snapshot {
    /// Asks for a snapshot. The connection is of no other use from here on.
    pub async fn ask(context: &mut Context<'_>) -> Step<Self> {
        let client = context.engine.session.take_client().map_err(|error| context.lost(&error))?;
        let (mut socket, bytes) = client.into_stream();
        if socket.write_all(b"SYNC\r\n").await.is_err() {
            return Err(context.failed("Error writing to master"));
        }
        let mut snapshot = Self { socket, bytes, length: Length::Known(0), given: 0, over: false };
        let Some(line) = snapshot.line().await else {
            return Err(context.failed("Error reading bulk length while SYNCing"));
        };
        let text = String::from_utf8_lossy(&line).into_owned();
        if text.starts_with('-') {
            return Err(context.failed(&format!("SYNC with master failed: {text}")));
        }
        snapshot.length = match line.strip_prefix(b"$EOF:") {
            Some(mark) if mark.len() >= MARK_BYTES => Length::UntilMark(mark[..MARK_BYTES].to_vec()),
            _ => Length::Known(text.trim_start_matches('$').parse().unwrap_or(0)),
        };
        Ok(snapshot)
    }

    /// A line, past the empty ones that keep the connection alive.
    async fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line = self.bytes.split_to(end + 1);
                let text = line.strip_suffix(b"\n")?;
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                if text.is_empty() {
                    continue;
                }
                return Some(text.to_vec());
            }
            if self.bytes.len() > LINE_BYTES_MAX || !self.fill().await {
                return None;
            }
        }
    }

    async fn fill(&mut self) -> bool {
        self.bytes.reserve(READ_BYTES);
        matches!(self.socket.read_buf(&mut self.bytes).await, Ok(1..))
    }

    /// The next bytes of the snapshot; none at its end.
    ///
    /// # Errors
    /// The connection ended before the snapshot did.
    pub async fn next(&mut self) -> Result<Option<BytesMut>, CutShort> {
        while !self.over {
            if let Some(piece) = self.take_piece() {
                self.given += piece.len() as u64;
                return Ok(Some(piece));
            }
            if !self.over && !self.fill().await {
                return Err(CutShort);
            }
        }
        Ok(None)
    }

    /// What of the bytes read is surely snapshot.
    fn take_piece(&mut self) -> Option<BytesMut> {
        let available = match &self.length {
            Length::Known(total) => {
                let left = total - self.given;
                self.over = left == 0;
                usize::try_from(left).unwrap_or(usize::MAX).min(self.bytes.len())
            }
            Length::UntilMark(mark) => {
                // Random bytes: they are nowhere but at the end. Commands may already follow.
                match self.bytes.windows(mark.len()).position(|window| window == mark) {
                    Some(0) => {
                        self.over = true;
                        self.bytes.advance(mark.len());
                        0
                    }
                    Some(at) => at,
                    None => self.bytes.len().saturating_sub(mark.len() - 1),
                }
            }
        };
        (available > 0).then(|| self.bytes.split_to(available))
    }

    /// The bare connection again, for what comes behind the snapshot.
    pub fn into_stream(self) -> (Box<dyn Socket>, BytesMut) {
        (self.socket, self.bytes)
    }
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
