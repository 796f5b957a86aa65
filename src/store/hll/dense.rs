//! The dense form: registers of six bits. Eight of them are 48 bits, which are spread to eight bytes, and
//! gathered again, with a few shifts.

use super::{HEADER_BYTES, Registers};

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
        let groups = self.packed.as_chunks::<6>().0.iter().zip(registers.as_chunks_mut::<8>().0);
        groups.for_each(|(packed, eight)| {
            let own = spread(packed);
            eight.iter_mut().zip(own).for_each(|(register, own)| *register = (*register).max(own));
        });
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

/// Eight registers from their 48 bits.
#[inline]
fn spread(packed: &[u8; 6]) -> [u8; 8] {
    let [a, b, c, d, e, f] = *packed;
    let word = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
    let word = word & 0xff_ffff | (word & 0xffff_ff00_0000) << 8;
    let word = word & 0xfff_0000_0fff | (word & 0x00ff_f000_00ff_f000) << 4;
    (word & 0x003f_003f_003f_003f | (word & 0x0fc0_0fc0_0fc0_0fc0) << 2).to_le_bytes()
}

/// The 48 bits of eight registers.
#[inline]
fn gather(registers: &[u8; 8]) -> [u8; 6] {
    let word = u64::from_le_bytes(*registers);
    let word = word & 0x003f_003f_003f_003f | (word & 0x3f00_3f00_3f00_3f00) >> 2;
    let word = word & 0xfff_0000_0fff | (word & 0x0fff_0000_0fff_0000) >> 4;
    let [a, b, c, d, e, f, ..] = (word & 0xff_ffff | (word & 0x00ff_ffff_0000_0000) >> 8).to_le_bytes();
    [a, b, c, d, e, f]
}

/// Packs registers.
pub(super) fn pack(registers: &Registers, packed: &mut [u8]) {
    let groups = packed.as_chunks_mut::<6>().0.iter_mut().zip(registers.as_chunks::<8>().0);
    groups.for_each(|(packed, eight)| *packed = gather(eight));
}
