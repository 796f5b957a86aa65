//! The streaming RDB writer: puts the pieces in order, sums them, and hands them on in big blocks.
//!
//! ```text
//! new (header) -> aux* -> [ select_db -> resize_db -> keys | encoded blocks ]* -> finish (EOF, checksum)
//! ```

use std::io::{self, Write};

use super::encode::{Encoder, LruHint, put_len};
use super::{VERSION_VALKEY, crc64, opcode};
use crate::store::ValueRef;

/// Bytes gathered before they are summed and written.
const BLOCK_BYTES: usize = 128 * 1024;

/// What the `rdbcompression` and `rdbchecksum` settings say, and the version to write.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// RDB version, [`super::VERSION_WRITTEN`] unless the reader needs another.
    pub version: u32,
    /// Compress strings longer than 20 bytes.
    pub compress: bool,
    /// End with a checksum (else with zero, which means none).
    pub checksum: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { version: super::VERSION_WRITTEN, compress: true, checksum: true }
    }
}

/// Writes one RDB file to `W`. Nothing is complete before [`RdbWriter::finish`].
pub struct RdbWriter<W: Write> {
    out: W,
    buf: Vec<u8>,
    encoder: Encoder,
    crc: Option<u64>,
    written: u64,
}

impl<W: Write> RdbWriter<W> {
    /// Starts a file: the magic and version.
    pub fn new(out: W, options: Options) -> io::Result<Self> {
        let magic = if options.version == VERSION_VALKEY {
            format!("VALKEY{:03}", options.version)
        } else {
            format!("REDIS{:04}", options.version)
        };
        let mut writer = RdbWriter {
            out,
            buf: Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4),
            encoder: Encoder::new(options.compress),
            crc: options.checksum.then_some(0),
            written: 0,
        };
        writer.buf.extend_from_slice(magic.as_bytes());
        Ok(writer)
    }

    /// An auxiliary field, such as `redis-ver` or `repl-offset`.
    pub fn aux(&mut self, key: &str, value: &[u8]) -> io::Result<()> {
        self.buf.push(opcode::AUX);
        self.encoder.string(&mut self.buf, key.as_bytes());
        self.encoder.string(&mut self.buf, value);
        self.spill()
    }

    /// A library of functions: its code.
    pub fn function(&mut self, code: &[u8]) -> io::Result<()> {
        self.buf.push(opcode::FUNCTION2);
        self.encoder.string(&mut self.buf, code);
        self.spill()
    }

    /// Begins a database.
    pub fn select_db(&mut self, db: u32) -> io::Result<()> {
        self.buf.push(opcode::SELECT_DB);
        put_len(&mut self.buf, u64::from(db));
        self.spill()
    }

    /// How many keys, and how many of them with an expiry, the database has: a hint for the reader.
    pub fn resize_db(&mut self, keys: u64, expires: u64) -> io::Result<()> {
        self.buf.push(opcode::RESIZE_DB);
        put_len(&mut self.buf, keys);
        put_len(&mut self.buf, expires);
        self.spill()
    }

    /// One key with its value.
    pub fn key(
        &mut self,
        key: &[u8],
        value: ValueRef<'_>,
        expire_ms: Option<i64>,
        lru: LruHint,
    ) -> io::Result<()> {
        self.encoder.key(&mut self.buf, key, value, expire_ms, lru);
        self.spill()
    }

    /// Keys that an [`Encoder`] has already encoded, as they are.
    pub fn encoded(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() < BLOCK_BYTES {
            self.buf.extend_from_slice(bytes);
            return self.spill();
        }
        self.flush_block()?;
        self.emit(bytes)
    }

    /// Bytes given to the sink or waiting in the buffer.
    pub fn written(&self) -> u64 {
        self.written + self.buf.len() as u64
    }

    /// Ends the file and hands the sink back; the caller syncs it.
    pub fn finish(mut self) -> io::Result<W> {
        self.buf.push(opcode::EOF);
        self.flush_block()?;
        let sum = self.crc.take().unwrap_or(0);
        self.emit(&sum.to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.buf.len() >= BLOCK_BYTES { self.flush_block() } else { Ok(()) }
    }

    fn flush_block(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.buf);
        let done = self.emit(&block);
        block.clear();
        self.buf = block;
        done
    }

    fn emit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(crc) = &mut self.crc {
            *crc = crc64::update(*crc, bytes);
        }
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}
