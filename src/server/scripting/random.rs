//! The numbers of `math.random`: the 48-bit linear congruential generator of drand48, so that a
//! script that seeds it draws the same numbers on every server.

/// `X(n+1) = (a X(n) + c) mod 2^48`, of which the upper 31 bits are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Random(u64);

const FACTOR: u64 = 0x5_deec_e66d;
const SUMMAND: u64 = 0xb;
const MASK: u64 = (1 << 48) - 1;

/// Numbers are drawn below this.
pub const MAX: i32 = i32::MAX;

impl Default for Random {
    fn default() -> Random {
        Random::seeded(0)
    }
}

impl Random {
    /// Starts with a seed, of which 32 bits count.
    pub fn seeded(seed: i32) -> Random {
        Random(u64::from(seed as u32) << 16 | 0x330e)
    }

    /// The next number, from 0 to `MAX`.
    pub fn draw(&mut self) -> i32 {
        self.0 = (self.0.wrapping_mul(FACTOR).wrapping_add(SUMMAND)) & MASK;
        (self.0 >> 17) as i32
    }

    /// The next number of the interval [0, 1).
    pub fn unit(&mut self) -> f64 {
        f64::from(self.draw() % MAX) / f64::from(MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_lrand48() {
        let mut random = Random::seeded(0);
        assert_eq!([random.draw(), random.draw(), random.draw()], [366_850_414, 1_610_402_240, 206_956_554]);
    }
}
