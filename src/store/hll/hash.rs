//! The hash of elements: MurmurHash64A, with the seed that makes registers the same everywhere.

const SEED: u64 = 0xadc8_3b19;
const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
const SHIFT: u32 = 47;

/// MurmurHash64A of `bytes`.
pub(super) fn murmur64a(bytes: &[u8]) -> u64 {
    let mut sum = SEED ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut word = u64::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        word ^= word >> SHIFT;
        sum = (sum ^ word.wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
        sum = (sum ^ tail).wrapping_mul(MULTIPLIER);
    }
    sum ^= sum >> SHIFT;
    sum = sum.wrapping_mul(MULTIPLIER);
    sum ^ sum >> SHIFT
}
