//! Strings as arrays of bits: counting, searching and combining them. Bit 0 is the highest bit of byte 0.
//!
//! Counting is compiled for several processors and the best is chosen at run time; its loop has no branches
//! and no calls, so the compiler makes vector code of it.

use multiversion::multiversion;
use std::ops::Range;

/// Bytes that are compared at once while searching.
const LANE_BYTES: usize = 32;

/// Number of bits that are set.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512vpopcntdq", "x86_64+avx2", "x86_64+popcnt"))]
pub fn count(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut ones = 0;
    for word in words {
        ones += u64::from(u64::from_le_bytes(*word).count_ones());
    }
    for byte in rest {
        ones += u64::from(byte.count_ones());
    }
    ones
}

/// The bytes that a range of bits lies in, and how many bits of the first and the last are outside of it.
fn cover(bits: &Range<u64>) -> (Range<usize>, u32, u32) {
    let bytes = (bits.start / 8) as usize..bits.end.div_ceil(8) as usize;
    (bytes, (bits.start % 8) as u32, (8 - bits.end % 8) as u32 % 8)
}

/// Number of bits that are set in a range of bits, which lies inside the string.
pub fn count_in(bytes: &[u8], bits: Range<u64>) -> u64 {
    if bits.is_empty() {
        return 0;
    }
    let (inside, before, after) = cover(&bits);
    let bytes = &bytes[inside];
    let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
    let outside_first = (first & !(0xff >> before)).count_ones();
    let outside_last = (last & !(0xff << after)).count_ones();
    count(bytes) - u64::from(outside_first) - u64::from(outside_last)
}

/// The first bit in a range of bits, inside the string, that is as wanted.
pub fn find_in(bytes: &[u8], bits: Range<u64>, wanted: bool) -> Option<u64> {
    if bits.is_empty() {
        return None;
    }
    let (inside, before, _) = cover(&bits);
    let flip = if wanted { 0 } else { 0xff };
    let (from, bytes) = (inside.start, &bytes[inside]);
    let first = (bytes[0] ^ flip) & (0xff >> before);
    let place = |at: usize, byte: u8| 8 * (from + at) as u64 + u64::from(byte.leading_zeros());
    let found = if first != 0 {
        place(0, first)
    } else {
        let at = 1 + bytes[1..].len() - skip(&bytes[1..], flip).len();
        place(at, bytes.get(at)? ^ flip)
    };
    (found < bits.end).then_some(found)
}

/// What is left behind the bytes equal to `byte` at the start.
fn skip(bytes: &[u8], byte: u8) -> &[u8] {
    let dull = [byte; LANE_BYTES];
    let (lanes, _) = bytes.as_chunks::<LANE_BYTES>();
    let lanes = lanes.iter().take_while(|lane| **lane == dull).count();
    let rest = &bytes[lanes * LANE_BYTES..];
    &rest[rest.iter().take_while(|at| **at == byte).count()..]
}

/// How BITOP combines strings. A string that is shorter than the longest counts as padded with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Bits that are set in all.
    And,
    /// Bits that are set in any.
    Or,
    /// Bits that are set in an odd number of them.
    Xor,
    /// The bits of the one string turned around.
    Not,
    /// Bits of the first that are in none of the others.
    Diff,
    /// Bits of any of the others that are not in the first.
    Diff1,
    /// Bits of the first that are in any of the others.
    AndOr,
    /// Bits that are set in exactly one.
    One,
}

/// Combines strings one after the other.
pub struct Combiner {
    operation: Operation,
    /// The first string.
    first: Vec<u8>,
    /// What came of the ones after it (of all of them, where the first is not special).
    sum: Vec<u8>,
    /// Bits seen more than once, for `One`.
    more: Vec<u8>,
    seen: usize,
}

impl Combiner {
    /// For strings of at most `len` bytes.
    pub fn new(operation: Operation, len: usize) -> Combiner {
        let more = if operation == Operation::One { len } else { 0 };
        let keeps_first = matches!(operation, Operation::Diff | Operation::Diff1 | Operation::AndOr);
        let first = if keeps_first { len } else { 0 };
        Combiner { operation, first: vec![0; first], sum: vec![0; len], more: vec![0; more], seen: 0 }
    }

    /// Takes the next string.
    pub fn take(&mut self, bytes: &[u8]) {
        let is_first = self.seen == 0;
        self.seen += 1;
        match self.operation {
            _ if is_first && !self.first.is_empty() => self.first[..bytes.len()].copy_from_slice(bytes),
            Operation::And if is_first => self.sum[..bytes.len()].copy_from_slice(bytes),
            Operation::And => {
                each(&mut self.sum, bytes, |sum, byte| sum & byte);
                self.sum[bytes.len()..].fill(0);
            }
            Operation::Xor => each(&mut self.sum, bytes, |sum, byte| sum ^ byte),
            Operation::One => {
                let both = self.more.iter_mut().zip(&self.sum).zip(bytes);
                both.for_each(|((more, sum), byte)| *more |= sum & byte);
                each(&mut self.sum, bytes, |sum, byte| sum | byte);
            }
            _ => each(&mut self.sum, bytes, |sum, byte| sum | byte),
        }
    }

    /// What comes of them.
    pub fn finish(mut self) -> Vec<u8> {
        match self.operation {
            Operation::And | Operation::Or | Operation::Xor => {}
            Operation::Not => self.sum.iter_mut().for_each(|byte| *byte = !*byte),
            Operation::Diff => each(&mut self.sum, &self.first, |others, first| first & !others),
            Operation::Diff1 => each(&mut self.sum, &self.first, |others, first| others & !first),
            Operation::AndOr => each(&mut self.sum, &self.first, |others, first| others & first),
            Operation::One => each(&mut self.sum, &self.more, |any, more| any & !more),
        }
        self.sum
    }
}

#[inline]
fn each(sum: &mut [u8], bytes: &[u8], combine: impl Fn(u8, u8) -> u8) {
    sum.iter_mut().zip(bytes).for_each(|(sum, byte)| *sum = combine(*sum, *byte));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn bit(bytes: &[u8], at: u64) -> bool {
        bytes.get((at / 8) as usize).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
    }

    fn skewed() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![vec(any::<u8>(), 0..3000), vec(prop_oneof![Just(0u8), Just(0xff)], 0..200)]
    }

    proptest! {
        #[test]
        fn counts_and_finds_are_those_of_single_bits(bytes in skewed(), a in any::<u64>(), b in any::<u64>()) {
            let len = 8 * bytes.len() as u64;
            let (a, b) = (a % (len + 1), b % (len + 1));
            let (low, high) = (a.min(b), a.max(b));
            prop_assert_eq!(count(&bytes), (0..len).filter(|&at| bit(&bytes, at)).count() as u64);
            let some = (low..high).filter(|&at| bit(&bytes, at)).count() as u64;
            prop_assert_eq!(count_in(&bytes, low..high), some);
            for wanted in [true, false] {
                let first = (low..high).find(|&at| bit(&bytes, at) == wanted);
                prop_assert_eq!(find_in(&bytes, low..high, wanted), first);
            }
        }

        #[test]
        fn combinations_are_those_of_single_bits(strings in vec(vec(any::<u8>(), 0..40), 1..5)) {
            use Operation::*;
            let len = strings.iter().map(Vec::len).max().unwrap_or(0);
            for operation in [And, Or, Xor, Not, Diff, Diff1, AndOr, One] {
                let strings = if operation == Not { &strings[..1] } else { &strings[..] };
                let len = if operation == Not { strings[0].len() } else { len };
                let mut combiner = Combiner::new(operation, len);
                strings.iter().for_each(|string| combiner.take(string));
                let result = combiner.finish();
                for at in 0..8 * len as u64 {
                    let bits: Vec<bool> = strings.iter().map(|string| bit(string, at)).collect();
                    let (set, others) = (bits.iter().filter(|b| **b).count(), bits[1..].contains(&true));
                    let wanted = match operation {
                        And => set == bits.len(),
                        Or => set > 0,
                        Xor => set % 2 == 1,
                        Not => set == 0,
                        Diff => bits[0] && !others,
                        Diff1 => !bits[0] && others,
                        AndOr => bits[0] && others,
                        One => set == 1,
                    };
                    prop_assert_eq!(bit(&result, at), wanted, "{:?} bit {}", operation, at);
                }
            }
        }
    }
}
