//! HyperLogLogs: strings that count distinct elements, laid out byte for byte as Redis lays them out, since
//! they travel in RDB files, in DUMP payloads and in plain GET and SET.
//!
//! ```text
//! "HYLL"  encoding (0 dense, 1 sparse)  3 unused  cached count (8 bytes, little endian; top bit: stale)
//! dense   16384 registers of 6 bits, the lowest bits of the first byte first
//! sparse  runs of registers, see `sparse`
//! ```
//!
//! An element's hash chooses a register with its low 14 bits; the register keeps the longest run of zeros
//! seen in the other 50, plus one. The estimate is Ertl's, from the histogram of the registers.

mod dense;
mod estimate;
mod hash;
mod registers;
pub mod sparse;

pub use dense::Dense;
pub use registers::Registers;

/// Bits of a hash that choose the register.
const INDEX_BITS: u32 = 14;
/// Number of registers.
pub const REGISTERS: usize = 1 << INDEX_BITS;
/// Bits of a hash that are looked at for zeros.
const RUN_BITS: u32 = 64 - INDEX_BITS;
/// Bytes in front of the registers.
pub const HEADER_BYTES: usize = 16;
/// Length of a dense string.
pub const DENSE_BYTES: usize = HEADER_BYTES + REGISTERS * 6 / 8;
/// The byte of the header whose top bit says that the cached count is stale.
const STALE_AT: usize = 15;
const STALE: u8 = 0x80;
const MAGIC: &[u8; 4] = b"HYLL";

/// How the registers are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Six bits each.
    Dense,
    /// Runs.
    Sparse,
}

/// The runs of a sparse string do not describe the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// The layout of a string, or nothing when it is no HyperLogLog.
pub fn layout(bytes: &[u8]) -> Option<Layout> {
    let (header, _) = bytes.split_at_checked(HEADER_BYTES)?;
    match (header.starts_with(MAGIC), header[4]) {
        (true, 0) if bytes.len() == DENSE_BYTES => Some(Layout::Dense),
        (true, 1) => Some(Layout::Sparse),
        _ => None,
    }
}

fn header(layout: Layout) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(MAGIC);
    header[4] = u8::from(layout == Layout::Sparse);
    header
}

/// An empty one. Its cached count, zero, is right.
pub fn empty() -> Vec<u8> {
    let mut bytes = header(Layout::Sparse).to_vec();
    bytes.extend_from_slice(&sparse::EMPTY);
    bytes
}

/// The register of an element and the value it wants there.
pub fn place(element: &[u8]) -> (usize, u8) {
    let hash = hash::murmur64a(element);
    let rest = hash >> INDEX_BITS | 1 << RUN_BITS; // the last run ends there
    (hash as usize & (REGISTERS - 1), rest.trailing_zeros() as u8 + 1)
}

/// The count kept in the header, when it is not stale. Only for strings that have a layout.
pub fn cached(bytes: &[u8]) -> Option<u64> {
    let count = bytes[8..HEADER_BYTES].first_chunk().map(|count| u64::from_le_bytes(*count))?;
    (bytes[STALE_AT] & STALE == 0).then_some(count)
}

/// Where in the string a count is kept, and the bytes to write there.
pub fn cache(count: u64) -> (usize, [u8; 8]) {
    (8, count.to_le_bytes())
}

/// Where in the string the mark is that the count is stale, and the byte to write there.
pub fn stale(bytes: &[u8]) -> (usize, u8) {
    (STALE_AT, bytes[STALE_AT] | STALE)
}

/// Marks the cached count of a string that is held in hand as stale.
pub fn mark_stale(bytes: &mut [u8]) {
    bytes[STALE_AT] |= STALE;
}

/// Raises `registers` to what the string has.
pub fn merge(registers: &mut Registers, bytes: &[u8]) -> Result<(), Corrupt> {
    match layout(bytes) {
        Some(Layout::Dense) => {
            Dense::of(bytes).merge_into(registers);
            Ok(())
        }
        Some(Layout::Sparse) => sparse::merge(registers, &bytes[HEADER_BYTES..]),
        None => Err(Corrupt),
    }
}

/// Estimates the number of elements that registers have seen.
pub fn estimate(registers: &Registers) -> u64 {
    estimate::of(registers)
}

/// Estimates the number of elements that a string has seen.
pub fn count(bytes: &[u8]) -> Result<u64, Corrupt> {
    let mut registers = Registers::default();
    merge(&mut registers, bytes)?;
    Ok(estimate(&registers))
}

/// Makes the string dense; the header keeps its count.
pub fn make_dense(bytes: &mut Vec<u8>) -> Result<(), Corrupt> {
    if layout(bytes) == Some(Layout::Dense) {
        return Ok(());
    }
    let mut registers = Registers::default();
    merge(&mut registers, bytes)?;
    let mut dense = header(Layout::Dense).to_vec();
    dense[5..].copy_from_slice(&bytes[5..HEADER_BYTES]);
    dense.resize(DENSE_BYTES, 0);
    dense::pack(&registers, &mut dense[HEADER_BYTES..]);
    *bytes = dense;
    Ok(())
}

/// Raises a register; says whether that was a change. A sparse string longer than `sparse_bytes_max`, or
/// with a value that runs cannot hold, becomes dense.
pub fn raise(bytes: &mut Vec<u8>, index: usize, value: u8, sparse_bytes_max: usize) -> Result<bool, Corrupt> {
    if layout(bytes) == Some(Layout::Sparse) {
        match sparse::raise(bytes, index, value, sparse_bytes_max)? {
            sparse::Raised::No => return Ok(false),
            sparse::Raised::Yes => return Ok(true),
            sparse::Raised::TooBig => make_dense(bytes)?,
        }
    }
    let Some((at, patch)) = Dense::of(bytes).raised(index, value) else { return Ok(false) };
    bytes[at..at + patch.len()].copy_from_slice(&patch);
    Ok(true)
}

/// Raises the registers of a string to these, which are as high as its own or higher.
pub fn raise_all(bytes: &mut Vec<u8>, registers: &Registers, sparse_bytes_max: usize) -> Result<(), Corrupt> {
    for (index, value) in registers.iter().enumerate().filter(|(_, value)| *value > 0) {
        if layout(bytes) == Some(Layout::Dense) {
            dense::pack(registers, &mut bytes[HEADER_BYTES..]);
            break;
        }
        raise(bytes, index, value, sparse_bytes_max)?;
    }
    mark_stale(bytes);
    Ok(())
}

#[cfg(test)]
mod tests;
