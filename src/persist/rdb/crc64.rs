//! CRC-64/Jones, the checksum of RDB files and of DUMP payloads.
//!
//! Reflected polynomial 0xad93d23594c935a9, initial value 0, no final XOR: so a sum can be continued
//! from block to block by passing the last result back in. Eight bytes a step ("slicing by 8"): table
//! `T[k][b]` is the remainder of byte `b` followed by `k` zero bytes, so the eight look-ups of a step do
//! not depend on each other. The tables (16 KB) are computed at compile time.
//!
//! One step must still wait for the one before. So a long block is cut into three lanes that are summed
//! side by side, and put together by `crc(AB) = crc(A) * x^(8*len(B)) + crc(B)` over the polynomial:
//!
//! ```text
//! |-------- lane 0 --------|-------- lane 1 --------|-------- lane 2 --------|
//! ```

/// The polynomial, bit-reversed, as the reflected algorithm wants it.
const POLY: u64 = 0xad93_d235_94c9_35a9_u64.reverse_bits();

const TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut t = [[0u64; 256]; 8];
    let mut b = 0;
    while b < 256 {
        let mut crc = b as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLY } else { crc >> 1 };
            bit += 1;
        }
        t[0][b] = crc;
        b += 1;
    }
    let mut k = 1;
    while k < 8 {
        let mut b = 0;
        while b < 256 {
            let prev = t[k - 1][b];
            t[k][b] = t[0][(prev & 0xff) as usize] ^ (prev >> 8);
            b += 1;
        }
        k += 1;
    }
    t
}

/// Length of a lane, in bytes.
const LANE: usize = 4096;

/// x^(8 * LANE): what one lane of zero bytes multiplies a sum by.
const LANE_SHIFT: u64 = {
    let mut power = 1 << 62; // x
    let mut exponent = 1;
    while exponent < 8 * LANE {
        power = multiply(power, power);
        exponent *= 2;
    }
    assert!(exponent == 8 * LANE);
    power
};

/// Product of two polynomials modulo the checksum's; the highest bit is the coefficient of x^0.
const fn multiply(mut a: u64, mut b: u64) -> u64 {
    let mut product = 0;
    while a != 0 {
        if a >> 63 == 1 {
            product ^= b;
        }
        a <<= 1;
        b = if b & 1 == 1 { (b >> 1) ^ POLY } else { b >> 1 };
    }
    product
}

/// The checksum of everything summed so far (`crc`, 0 at the start) followed by `data`.
pub fn update(mut crc: u64, data: &[u8]) -> u64 {
    let (blocks, rest) = data.as_chunks::<{ 3 * LANE }>();
    for block in blocks {
        crc = three_lanes(crc, block);
    }
    one_lane(crc, rest)
}

fn three_lanes(crc: u64, block: &[u8; 3 * LANE]) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    let (first, rest) = words.split_at(LANE / 8);
    let (second, third) = rest.split_at(LANE / 8);
    let mut sums = (crc, 0, 0);
    for ((a, b), c) in first.iter().zip(second).zip(third) {
        sums.0 = step8(sums.0 ^ u64::from_le_bytes(*a));
        sums.1 = step8(sums.1 ^ u64::from_le_bytes(*b));
        sums.2 = step8(sums.2 ^ u64::from_le_bytes(*c));
    }
    multiply(multiply(sums.0, LANE_SHIFT) ^ sums.1, LANE_SHIFT) ^ sums.2
}

fn one_lane(crc: u64, data: &[u8]) -> u64 {
    let (words, rest) = data.as_chunks::<8>();
    let crc = words.iter().fold(crc, |crc, word| step8(crc ^ u64::from_le_bytes(*word)));
    rest.iter().fold(crc, |crc, byte| TABLES[0][usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

#[inline(always)]
fn step8(x: u64) -> u64 {
    let at = |k: usize, shift: u32| TABLES[k][usize::from((x >> shift) as u8)];
    at(7, 0) ^ at(6, 8) ^ at(5, 16) ^ at(4, 24) ^ at(3, 32) ^ at(2, 40) ^ at(1, 48) ^ at(0, 56)
}

#[cfg(test)]
mod tests {
    use super::{LANE, one_lane, update};

    #[test]
    fn known_sum() {
        assert_eq!(update(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        assert_eq!(update(0, b""), 0);
    }

    #[test]
    fn blocks_sum_like_the_whole() {
        let data: Vec<u8> = (0..1000u32).map(|i| (i * 31 % 251) as u8).collect();
        let whole = update(0, &data);
        for cut in 0..data.len() {
            let (a, b) = data.split_at(cut);
            assert_eq!(update(update(0, a), b), whole, "cut at {cut}");
        }
    }

    #[test]
    fn lanes_sum_like_one() {
        let data: Vec<u8> =
            (0..10 * LANE as u32 + 77).map(|i| (i.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
        for len in [0, 1, 3 * LANE - 1, 3 * LANE, 3 * LANE + 9, 6 * LANE, data.len()] {
            assert_eq!(update(7, &data[..len]), one_lane(7, &data[..len]), "{len} bytes");
        }
    }
}
