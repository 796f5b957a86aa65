//! Random choice for commands: a small generator seeded by the system for each command, and the choice of
//! several different things.

use crate::server;

/// SplitMix64.
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator that nobody can foresee.
    pub fn new() -> Random {
        Random { state: u64::from_le_bytes(server::random_bytes()) }
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// Moves `count` things, chosen from all, to the front of `things` in random order.
    pub fn choose<T>(&mut self, things: &mut [T], count: usize) {
        for i in 0..count.min(things.len()) {
            let other = i + self.below(things.len() - i);
            things.swap(i, other);
        }
    }
}

impl Default for Random {
    fn default() -> Self {
        Random::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_permutation() {
        let mut things: Vec<u32> = (0..100).collect();
        Random { state: 1 }.choose(&mut things, 50);
        things.sort_unstable();
        assert!(things.into_iter().eq(0..100));
    }
}
