//! The dense form: registers of six bits. Four of them are three bytes:
//!
//! ```text
//!   byte 0    byte 1    byte 2
//!   bbaaaaaa  ccccbbbb  ddddddcc      a, b, c, d: registers
//! ```
//!
//! Spreading and packing are compiled for several processors and the best is chosen at run time; the loops
//! have no branches, no calls and constant strides, so the compiler makes vector code of them.

use super::{HEADER_BYTES, Registers};
use multiversion::multiversion;

const MASK: u16 = 63;

/// The string of a dense HyperLogLog, to look at.
pub struct Dense<'a> {
    packed: &'a [u8],
}

impl<'a> Dense<'a> {
    /// Of a string whose layout is dense.
    pub fn of(bytes: &'a [u8]) -> Dense<'a> {
        Dense { packed: &bytes[HEADER_BYTES..] }
    }

    /// The two bytes that a register lies in (the second is 0 behind the end), its shift in them.
    fn pair(&self, index: usize) -> (usize, u16, usize) {
        let (at, shift) = (index * 6 / 8, index * 6 % 8);
        let second = self.packed.get(at + 1).copied().unwrap_or(0);
        (at, u16::from_le_bytes([self.packed[at], second]), shift)
    }

    /// A register.
    pub fn get(&self, index: usize) -> u8 {
        let (_, pair, shift) = self.pair(index);
        (pair >> shift & MASK) as u8
    }

    /// What to write where in the string to raise a register; nothing when it is as high already.
    pub fn raised(&self, index: usize, value: u8) -> Option<(usize, Patch)> {
        let (at, pair, shift) = self.pair(index);
        if (pair >> shift & MASK) as u8 >= value {
            return None;
        }
        let bytes = (pair & !(MASK << shift) | u16::from(value) << shift).to_le_bytes();
        let len = if shift > 2 { 2 } else { 1 };
        Some((HEADER_BYTES + at, Patch { bytes, len }))
    }

    /// Raises `registers` to these.
    pub(super) fn merge_into(&self, registers: &mut Registers) {
        raise(registers, self.packed);
    }
}

/// One or two bytes.
pub struct Patch {
    bytes: [u8; 2],
    len: usize,
}

impl std::ops::Deref for Patch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Raises registers to packed ones.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512vbmi", "x86_64+avx2"))]
fn raise(registers: &mut Registers, packed: &[u8]) {
    let [first, second, third, fourth] = &mut registers.planes;
    for (at, three) in packed.as_chunks::<3>().0.iter().enumerate().take(first.len()) {
        let [a, b, c] = *three;
        first[at] = first[at].max(a & 63);
        second[at] = second[at].max(a >> 6 | (b & 15) << 2);
        third[at] = third[at].max(b >> 4 | (c & 3) << 4);
        fourth[at] = fourth[at].max(c >> 2);
    }
}

/// Packs registers.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512vbmi", "x86_64+avx2"))]
pub(super) fn pack(registers: &Registers, packed: &mut [u8]) {
    let [first, second, third, fourth] = &registers.planes;
    for (at, three) in packed.as_chunks_mut::<3>().0.iter_mut().enumerate().take(first.len()) {
        let (a, b, c, d) = (first[at], second[at], third[at], fourth[at]);
        *three = [a | b << 6, b >> 2 | c << 4, c >> 4 | d << 2];
    }
}
