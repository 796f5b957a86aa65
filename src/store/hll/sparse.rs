//! The sparse form: runs of registers with the same value.
//!
//! ```text
//! ZERO   00nnnnnn            n + 1 registers (1 to 64) are 0
//! XZERO  01nnnnnn nnnnnnnn   n + 1 registers (1 to 16384) are 0
//! VAL    1vvvvvnn            n + 1 registers (1 to 4) have the value v + 1 (1 to 32)
//! ```
//!
//! Raising a register splits its run; then up to five runs from the one before are looked at, and equal
//! neighbours joined while a VAL holds them. Which runs come out is part of the format: two servers that
//! saw the same elements in the same order have the same bytes.

use super::{Corrupt, HEADER_BYTES, REGISTERS, Registers};

/// Longest run of a ZERO.
const ZERO_LEN_MAX: usize = 64;
/// Longest run of a VAL.
const VAL_LEN_MAX: usize = 4;
/// Highest value of a VAL.
const VAL_MAX: u8 = 32;
/// Runs that are looked at for joining.
const JOIN_RUNS: usize = 5;

/// All registers zero: one XZERO.
pub const EMPTY: [u8; 2] = [0x7f, 0xff];

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// A short run of zeros.
    Zero(usize),
    /// A long one.
    XZero(usize),
    /// A run of a value.
    Val(u8, usize),
}

impl Run {
    /// The run at the start of some bytes.
    pub fn at(bytes: &[u8]) -> Option<Run> {
        Some(match *bytes {
            [first @ 0..=0x3f, ..] => Run::Zero(usize::from(first) + 1),
            [first @ 0x40..=0x7f, second, ..] => {
                Run::XZero((usize::from(first & 0x3f) << 8 | usize::from(second)) + 1)
            }
            [first @ 0x80..=0xff, ..] => Run::Val((first >> 2 & 31) + 1, usize::from(first & 3) + 1),
            _ => return None,
        })
    }

    /// Number of registers.
    fn len(self) -> usize {
        match self {
            Run::Zero(len) | Run::XZero(len) | Run::Val(_, len) => len,
        }
    }

    /// Bytes it takes.
    pub fn bytes(self) -> usize {
        if matches!(self, Run::XZero(_)) { 2 } else { 1 }
    }

    /// The same value over so many registers.
    fn resized(self, len: usize) -> Run {
        match self {
            Run::Val(value, _) => Run::Val(value, len),
            _ if len > ZERO_LEN_MAX => Run::XZero(len),
            _ => Run::Zero(len),
        }
    }

    fn push(self, out: &mut Vec<u8>) {
        match self {
            Run::Zero(len) => out.push((len - 1) as u8),
            Run::XZero(len) => out.extend_from_slice(&(0x4000 | (len - 1) as u16).to_be_bytes()),
            Run::Val(value, len) => out.push(val(value, len)),
        }
    }
}

fn val(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

/// The runs in some bytes; ends at one that is cut off.
pub fn runs(mut bytes: &[u8]) -> impl Iterator<Item = Run> {
    std::iter::from_fn(move || {
        let run = Run::at(bytes)?;
        bytes = &bytes[run.bytes()..];
        Some(run)
    })
}

/// Raises `registers` to what runs say.
pub fn merge(registers: &mut Registers, bytes: &[u8]) -> Result<(), Corrupt> {
    let (mut first, mut read) = (0, 0);
    for run in runs(bytes) {
        let end = first + run.len();
        if end > REGISTERS {
            return Err(Corrupt);
        }
        if let Run::Val(value, _) = run {
            (first..end).for_each(|index| registers.raise(index, value));
        }
        first = end;
        read += run.bytes();
    }
    if first == REGISTERS && read == bytes.len() { Ok(()) } else { Err(Corrupt) }
}

/// What came of raising a register.
#[derive(Debug, PartialEq, Eq)]
pub enum Raised {
    /// It was as high already.
    No,
    /// It was raised.
    Yes,
    /// This form has no room for it.
    TooBig,
}

/// Where a run is: its place in the string, its first register, and the place of the run before it.
struct Found {
    run: Run,
    at: usize,
    first: usize,
    before: usize,
}

fn find(bytes: &[u8], index: usize) -> Result<Found, Corrupt> {
    let (mut at, mut first, mut before) = (HEADER_BYTES, 0, HEADER_BYTES);
    while let Some(run) = Run::at(&bytes[at..]) {
        if index < first + run.len() {
            return Ok(Found { run, at, first, before });
        }
        first += run.len();
        before = at;
        at += run.bytes();
    }
    Err(Corrupt)
}

/// Raises a register of a sparse string, header included, and marks the cached count as stale.
pub fn raise(bytes: &mut Vec<u8>, index: usize, value: u8, bytes_max: usize) -> Result<Raised, Corrupt> {
    if value > VAL_MAX {
        return Ok(Raised::TooBig);
    }
    let found = find(bytes, index)?;
    if let Run::Val(old, _) = found.run
        && old >= value
    {
        return Ok(Raised::No);
    }
    if found.run.bytes() == 1 && found.run.len() == 1 {
        bytes[found.at] = val(value, 1);
    } else {
        let split = split(&found, index, value);
        let old = found.run.bytes();
        if split.len() > old && bytes.len() + split.len() - old > bytes_max {
            return Ok(Raised::TooBig);
        }
        bytes.splice(found.at..found.at + old, split);
    }
    join(bytes, found.before);
    super::mark_stale(bytes);
    Ok(Raised::Yes)
}

/// The runs that take the place of one: what is before the register, the register, what is behind it.
fn split(found: &Found, index: usize, value: u8) -> Vec<u8> {
    let (before, after) = (index - found.first, found.first + found.run.len() - 1 - index);
    let mut out = Vec::with_capacity(JOIN_RUNS);
    if before > 0 {
        found.run.resized(before).push(&mut out);
    }
    Run::Val(value, 1).push(&mut out);
    if after > 0 {
        found.run.resized(after).push(&mut out);
    }
    out
}

/// Joins equal neighbours, from the run at `at` on.
fn join(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOIN_RUNS {
        let Some(run) = bytes.get(at..).and_then(Run::at) else { return };
        let next = bytes.get(at + run.bytes()..).and_then(Run::at);
        match (run, next) {
            (Run::Val(value, len), Some(Run::Val(other, more)))
                if value == other && len + more <= VAL_LEN_MAX =>
            {
                bytes[at + 1] = val(value, len + more);
                bytes.remove(at);
            }
            _ => at += run.bytes(),
        }
    }
}
