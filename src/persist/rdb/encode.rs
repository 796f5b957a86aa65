//! The pieces of an RDB file as bytes appended to a plain `Vec`: lengths, strings, keys, values.
//!
//! Apart from the streaming writer because a snapshot encodes entries while it holds a shard's lock:
//! that must be short and cannot fail, so it goes to memory. Checksum and disk come later, elsewhere.

use std::sync::mpsc::SyncSender;

use super::lzf::Compressor;
use super::{opcode, value};
use crate::store::ValueRef;

/// A string value as the store holds it: a number, or bytes. (Bytes that look like a small number are
/// written as one.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrValue<'a> {
    /// An integer whose decimal form is the value.
    Int(i64),
    /// The bytes themselves.
    Bytes(&'a [u8]),
}

/// What the eviction policy knew about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LruHint {
    /// Nothing worth keeping.
    #[default]
    None,
    /// Seconds since the key was used.
    IdleSecs(u64),
    /// The logarithmic use counter.
    Freq(u8),
}

/// Strings up to this long are never compressed (Redis's rule: it would not pay).
const COMPRESS_ABOVE: usize = 20;
/// Compression must save this many bytes.
const COMPRESS_GAIN: usize = 4;
/// The longest decimal form that is tried as an integer.
const INT_TEXT_MAX: usize = 11;

/// Bytes of a block that a streaming encoder hands over.
const BLOCK_BYTES: usize = 128 * 1024;

/// Encodes keys and values; holds the compressor's table, so keep one per snapshot.
#[derive(Default)]
pub struct Encoder {
    lzf: Option<Compressor>,
    packed: Vec<u8>,
    /// Where full blocks go, when a value need not be in memory as a whole.
    blocks: Option<SyncSender<Vec<u8>>>,
}

impl Encoder {
    /// `compress`: the `rdbcompression` setting.
    pub fn new(compress: bool) -> Self {
        Encoder { lzf: compress.then(Compressor::default), packed: Vec::new(), blocks: None }
    }

    /// An encoder that hands over what it has appended, from a block on, before each string. So whoever
    /// encodes a value may only append. The caller hands over the rest with [`Encoder::spill`].
    pub fn streaming(compress: bool, blocks: SyncSender<Vec<u8>>) -> Self {
        Encoder { blocks: Some(blocks), ..Encoder::new(compress) }
    }

    /// Hands over what is there. When nobody takes blocks any more it is thrown away: the output failed.
    pub fn spill(&mut self, out: &mut Vec<u8>) {
        if let Some(blocks) = &self.blocks {
            let block = std::mem::replace(out, Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4));
            let _ = blocks.send(block);
        }
    }

    /// One key with its value, as it stands between `SELECTDB` and `EOF`. `expire_ms` is wall clock,
    /// milliseconds since the epoch.
    pub fn key(
        &mut self,
        out: &mut Vec<u8>,
        key: &[u8],
        value: ValueRef<'_>,
        expire_ms: Option<i64>,
        lru: LruHint,
    ) {
        put_key_head(out, expire_ms, lru);
        out.push(value::type_byte(value));
        self.string(out, key);
        value::encode(self, out, value);
    }

    /// A string value without its type byte.
    pub fn str_value(&mut self, out: &mut Vec<u8>, value: StrValue<'_>) {
        match value {
            StrValue::Int(number) => put_int(out, number),
            StrValue::Bytes(bytes) => self.string(out, bytes),
        }
    }

    /// A string in its shortest form: integer, compressed, or as it is.
    pub fn string(&mut self, out: &mut Vec<u8>, bytes: &[u8]) {
        if out.len() >= BLOCK_BYTES && self.blocks.is_some() {
            self.spill(out);
        }
        if let Some(number) = as_int32(bytes) {
            put_int(out, i64::from(number));
        } else if !self.compressed(out, bytes) {
            put_len(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    }

    fn compressed(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> bool {
        let Some(lzf) = self.lzf.as_mut().filter(|_| bytes.len() > COMPRESS_ABOVE) else { return false };
        self.packed.clear();
        if !lzf.compress(bytes, &mut self.packed, bytes.len() - COMPRESS_GAIN) {
            return false;
        }
        out.push(0xc3);
        put_len(out, self.packed.len() as u64);
        put_len(out, bytes.len() as u64);
        out.extend_from_slice(&self.packed);
        true
    }
}

fn put_key_head(out: &mut Vec<u8>, expire_ms: Option<i64>, lru: LruHint) {
    if let Some(ms) = expire_ms {
        out.push(opcode::EXPIRE_MS);
        out.extend_from_slice(&ms.to_le_bytes());
    }
    match lru {
        LruHint::None => {}
        LruHint::IdleSecs(seconds) => {
            out.push(opcode::IDLE);
            put_len(out, seconds);
        }
        LruHint::Freq(freq) => out.extend_from_slice(&[opcode::FREQ, freq]),
    }
}

/// A length, in the shortest of its four forms.
pub fn put_len(out: &mut Vec<u8>, len: u64) {
    if len < 1 << 6 {
        out.push(len as u8);
    } else if len < 1 << 14 {
        out.extend_from_slice(&[0x40 | (len >> 8) as u8, len as u8]);
    } else if let Ok(short) = u32::try_from(len) {
        out.push(0x80);
        out.extend_from_slice(&short.to_be_bytes());
    } else {
        out.push(0x81);
        out.extend_from_slice(&len.to_be_bytes());
    }
}

/// An integer as a string: 8, 16 or 32 bits when it fits, else its decimal digits.
fn put_int(out: &mut Vec<u8>, number: i64) {
    if let Ok(byte) = i8::try_from(number) {
        out.extend_from_slice(&[0xc0, byte as u8]);
    } else if let Ok(short) = i16::try_from(number) {
        out.push(0xc1);
        out.extend_from_slice(&short.to_le_bytes());
    } else if let Ok(word) = i32::try_from(number) {
        out.push(0xc2);
        out.extend_from_slice(&word.to_le_bytes());
    } else {
        let digits = number.to_string();
        put_len(out, digits.len() as u64);
        out.extend_from_slice(digits.as_bytes());
    }
}

/// The number whose decimal form is exactly `bytes`, if it fits 32 bits: no sign `+`, no leading zeros.
fn as_int32(bytes: &[u8]) -> Option<i32> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let canonical = match digits {
        [b'0'] => digits.len() == bytes.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical || bytes.len() > INT_TEXT_MAX {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Encoder::new(true).string(&mut out, bytes);
        out
    }

    #[test]
    fn integers_take_their_smallest_form() {
        assert_eq!(string(b"0"), [0xc0, 0]);
        assert_eq!(string(b"-128"), [0xc0, 0x80]);
        assert_eq!(string(b"128"), [0xc1, 0x80, 0]);
        assert_eq!(string(b"-32769"), [0xc2, 0xff, 0x7f, 0xff, 0xff]);
        assert_eq!(string(b"2147483647"), [0xc2, 0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(string(b"2147483648")[0], 10);
        for text in ["", "-", "-0", "01", "+1", "1 ", "1a", "-2147483649", "99999999999"] {
            assert_eq!(string(text.as_bytes())[0] as usize, text.len(), "{text:?} is no integer");
        }
    }

    #[test]
    fn lengths_take_their_smallest_form() {
        let len = |n| {
            let mut out = Vec::new();
            put_len(&mut out, n);
            out
        };
        assert_eq!(len(63), [63]);
        assert_eq!(len(64), [0x40, 64]);
        assert_eq!(len(16383), [0x7f, 0xff]);
        assert_eq!(len(16384), [0x80, 0, 0, 0x40, 0]);
        assert_eq!(len(1 << 32), [0x81, 0, 0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn long_strings_are_compressed_only_when_told() {
        assert_eq!(string(&[b'a'; 20])[0], 20);
        assert_eq!(string(&[b'a'; 21])[0], 0xc3);
        let mut plain = Vec::new();
        Encoder::new(false).string(&mut plain, &[b'a'; 21]);
        assert_eq!(plain[0], 21);
    }
}
