//! The reader's buffer: blocks from a source, items handed out as slices of it, the running checksum.
//!
//! ```text
//! buf:   [ done | item being parsed          | ahead | free ]
//!          0      keep         pos                end
//! ```
//!
//! An item (one key with its value) must be contiguous to be handed out without copying, so a refill
//! moves `keep..end` to the front and reads behind it. The buffer only grows past one block for an item
//! longer than that, and then no faster than twice what has really arrived: a length that was merely
//! announced costs nothing.

use std::io::Read;

use super::crc64;
use super::reader::RdbError;

/// Bytes asked of a file at a time.
pub(super) const BLOCK_BYTES: usize = 256 * 1024;
/// A buffer that one long value has grown past this is given back after it.
const KEEP_BYTES: usize = 16 * 1024 * 1024;

/// A slice of the current item, relative to its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: usize,
    len: usize,
}

pub(super) struct Input<R> {
    src: R,
    buf: Vec<u8>,
    keep: usize,
    pos: usize,
    end: usize,
    /// Everything before this is in `crc`.
    summed: usize,
    crc: Option<u64>,
    /// Position in the file of `buf[0]`.
    base: u64,
}

impl<R: Read> Input<R> {
    /// `block`: bytes to ask of the source at a time, at least 1.
    pub(super) fn new(src: R, checksum: bool, block: usize) -> Self {
        let crc = checksum.then_some(0);
        Input { src, buf: vec![0; block], keep: 0, pos: 0, end: 0, summed: 0, crc, base: 0 }
    }

    /// Position in the file, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.pos as u64
    }

    /// A new item begins here; spans of the one before are void.
    pub(super) fn begin_item(&mut self) {
        self.keep = self.pos;
    }

    pub(super) fn byte(&mut self) -> Result<u8, RdbError> {
        if self.pos == self.end {
            self.refill(1)?;
        }
        let byte = self.buf[self.pos];
        self.pos += 1;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], RdbError> {
        let mut out = [0; N];
        let span = self.take(N)?;
        out.copy_from_slice(self.slice(span));
        Ok(out)
    }

    /// The next `len` bytes, kept contiguous with the rest of the item.
    pub(super) fn take(&mut self, len: usize) -> Result<Span, RdbError> {
        if self.end - self.pos < len {
            self.refill(len)?;
        }
        let span = Span { start: self.pos - self.keep, len };
        self.pos += len;
        Ok(span)
    }

    pub(super) fn slice(&self, span: Span) -> &[u8] {
        let start = self.keep + span.start;
        &self.buf[start..start + span.len]
    }

    /// The checksum of everything consumed so far; `None` when none is kept.
    pub(super) fn checksum(&mut self) -> Option<u64> {
        self.sum();
        self.crc
    }

    /// Stops summing: the file's version has no checksum.
    pub(super) fn forget_checksum(&mut self) {
        self.crc = None;
    }

    /// What was read ahead but not consumed, and the source.
    pub(super) fn into_parts(mut self) -> (Vec<u8>, R) {
        self.buf.truncate(self.end);
        self.buf.drain(..self.pos);
        (self.buf, self.src)
    }

    fn sum(&mut self) {
        if let Some(crc) = &mut self.crc {
            *crc = crc64::update(*crc, &self.buf[self.summed..self.pos]);
        }
        self.summed = self.pos;
    }

    #[cold]
    fn refill(&mut self, need: usize) -> Result<(), RdbError> {
        self.sum();
        self.compact();
        while self.end - self.pos < need {
            if self.end == self.buf.len() {
                let wanted = (self.pos + need).min(self.buf.len() * 2);
                self.buf.resize(wanted, 0);
            }
            match self.src.read(&mut self.buf[self.end..]) {
                Ok(0) => return Err(RdbError::Truncated { offset: self.base + self.end as u64 }),
                Ok(n) => self.end += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(RdbError::Io(e)),
            }
        }
        Ok(())
    }

    fn compact(&mut self) {
        self.buf.copy_within(self.keep..self.end, 0);
        self.base += self.keep as u64;
        self.pos -= self.keep;
        self.end -= self.keep;
        self.summed -= self.keep;
        self.keep = 0;
        if self.buf.len() > KEEP_BYTES && self.end <= BLOCK_BYTES {
            self.buf.truncate(BLOCK_BYTES);
            self.buf.shrink_to_fit();
        }
    }
}
