//! The keyed hash of keys: a multiply-and-fold hash in the manner of wyhash, with a secret 128-bit
//! seed drawn once per process. A peer who does not know the seed cannot choose keys that collide.
//!
//! Which bits mean what (all users of a hash agree on this):
//!
//! ```text
//! 63      56 55  50 49                                   0
//! [  tag   ][shard ][ bucket index: as many low bits as   ]
//!                   [ the table has buckets               ]
//! ```

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// Secret key of the hash. Every table of a process uses the same one, so a hash is computed once
/// per command and key and passed down.
#[derive(Clone, Copy)]
pub struct Seed {
    a: u64,
    b: u64,
}

/// The seed of the tables inside values, which are also made where no keyspace is at hand (a file is
/// read). Drawn once per process from the system's randomness.
#[inline]
pub fn of_values() -> Seed {
    static SEED: OnceLock<Seed> = OnceLock::new();
    *SEED.get_or_init(|| {
        let [a, b] = [RandomState::new().hash_one(0), RandomState::new().hash_one(1)];
        Seed::new((u128::from(a) << 64 | u128::from(b)).to_le_bytes())
    })
}

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;

impl Seed {
    /// The seed from 16 random bytes.
    pub fn new(bytes: [u8; 16]) -> Seed {
        let word = u128::from_le_bytes(bytes);
        Seed { a: (word as u64) ^ K0, b: ((word >> 64) as u64) ^ K1 }
    }

    /// The 64-bit hash of `key`.
    #[inline]
    pub fn hash(&self, key: &[u8]) -> u64 {
        let len = key.len();
        let (x, y) = if len <= 16 { short(key) } else { self.long(key) };
        fold(fold(x ^ self.a, y ^ self.b) ^ self.a ^ (len as u64), self.b)
    }

    /// Consumes all but the last 16 bytes of a longer key and returns the two words that are left,
    /// with everything before mixed in.
    fn long(&self, key: &[u8]) -> (u64, u64) {
        let mut lane = self.a;
        let mut rest = key;
        while rest.len() > 16 {
            lane = fold(word(rest, 0) ^ self.b, word(rest, 8) ^ lane);
            rest = &rest[16..];
        }
        let tail = &key[key.len() - 16..];
        (word(tail, 0) ^ lane, word(tail, 8))
    }
}

/// Every byte of a key of at most 16 bytes, as two words (they overlap when it is shorter).
#[inline]
fn short(key: &[u8]) -> (u64, u64) {
    let len = key.len();
    if len >= 8 {
        (word(key, 0), word(key, len - 8))
    } else if len >= 4 {
        (half(key, 0), half(key, len - 4))
    } else if len > 0 {
        let spread = u64::from(key[0]) << 16 | u64::from(key[len / 2]) << 8 | u64::from(key[len - 1]);
        (spread, 0)
    } else {
        (0, 0)
    }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline]
fn half(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)))
}

#[inline]
fn fold(x: u64, y: u64) -> u64 {
    let wide = u128::from(x) * u128::from(y);
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::Seed;
    use std::collections::HashSet;

    #[test]
    fn every_byte_and_the_length_count() {
        let seed = Seed::new([7; 16]);
        for len in 1..70usize {
            let base = vec![0u8; len];
            let mut seen = HashSet::from([seed.hash(&base), seed.hash(&base[1..])]);
            for at in 0..len {
                let mut other = base.clone();
                other[at] = 1;
                assert!(seen.insert(seed.hash(&other)), "byte {at} of {len} does not count");
            }
        }
    }

    #[test]
    fn bits_are_spread() {
        let seed = Seed::new(*b"0123456789abcdef");
        let mut low = [0u32; 256];
        let mut high = [0u32; 256];
        for i in 0..65_536u32 {
            let h = seed.hash(format!("key:{i:010}").as_bytes());
            low[(h & 255) as usize] += 1;
            high[(h >> 56) as usize] += 1;
        }
        for count in low.iter().chain(&high) {
            assert!((170..350).contains(count), "a byte value came {count} times, 256 are expected");
        }
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(Seed::new([1; 16]).hash(b"a"), Seed::new([2; 16]).hash(b"a"));
    }
}
