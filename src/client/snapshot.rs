//! The stream of a full synchronisation, as one reads it who wants the snapshot or the commands behind it, and
//! a file that is whole or not there.
//!
//! ```text
//! SYNC --> $LENGTH\r\n <LENGTH bytes>                 a snapshot of known length
//!      \-> $EOF:<40 bytes>\r\n <bytes> <40 bytes>     one that ends with the mark it began with
//! then, but for --rdb: commands for ever
//! ```

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Client, Socket};

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

/// Why no snapshot comes.
#[derive(Debug)]
pub enum NoSnapshot {
    /// The request could not be sent.
    NotSent,
    /// Nothing was announced.
    NotAnnounced,
    /// The server's error line.
    Refused(String),
}

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
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub async fn ask(client: Client) -> Result<Self, NoSnapshot> {
        let (mut socket, bytes) = client.into_stream();
        if socket.write_all(b"SYNC\r\n").await.is_err() {
            return Err(NoSnapshot::NotSent);
        }
        let mut snapshot = Self { socket, bytes, length: Length::Known(0), given: 0, over: false };
        let Some(line) = snapshot.line().await else { return Err(NoSnapshot::NotAnnounced) };
        let text = String::from_utf8_lossy(&line).into_owned();
        if text.starts_with('-') {
            return Err(NoSnapshot::Refused(text));
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

/// A file that is not there before it is whole. What cannot be replaced (a device, a pipe) is written as it is.
pub struct Pending {
    file: File,
    beside: Option<(PathBuf, PathBuf)>,
}

impl Pending {
    /// Opens it; a file beside it takes the bytes until it is whole.
    ///
    /// # Errors
    /// The system's.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
        if special {
            return Ok(Self { file: OpenOptions::new().write(true).open(path)?, beside: None });
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let temporary = PathBuf::from(name);
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&temporary)?;
        Ok(Self { file, beside: Some((temporary, path.to_owned())) })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts it in its place, on the disk.
    ///
    /// # Errors
    /// The system's; nothing is left behind.
    pub fn finish(mut self) -> std::io::Result<()> {
        let Some((temporary, path)) = self.beside.take() else { return Ok(()) };
        self.file.sync_all().and_then(|()| std::fs::rename(&temporary, &path)).inspect_err(|_| {
            // The failure is reported; what remains is of no use.
            let _ = std::fs::remove_file(&temporary);
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.beside {
            let _ = std::fs::remove_file(temporary);
        }
    }
}
