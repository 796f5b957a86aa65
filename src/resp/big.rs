//! Unsigned integers of any size, with the few operations that reading and printing a number needs.

use std::cmp::Ordering;
use std::fmt;

/// An integer: 32-bit digits, the lowest first, the last one not zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Big(Vec<u32>);

/// The largest power of ten that fits a digit, and its exponent.
const CHUNK: u32 = 1_000_000_000;
const CHUNK_DIGITS: u32 = 9;

impl From<u64> for Big {
    fn from(value: u64) -> Big {
        Big::trimmed(vec![value as u32, (value >> 32) as u32])
    }
}

impl Big {
    fn trimmed(mut digits: Vec<u32>) -> Big {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Big(digits)
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of bits up to the highest one set.
    pub fn bits(&self) -> u32 {
        self.0.last().map_or(0, |top| self.0.len() as u32 * 32 - top.leading_zeros())
    }

    /// The value, if it fits.
    pub fn as_u64(&self) -> Option<u64> {
        match *self.0.as_slice() {
            [] => Some(0),
            [low] => Some(low.into()),
            [low, high] => Some(u64::from(high) << 32 | u64::from(low)),
            _ => None,
        }
    }

    /// Becomes `self * factor + more`.
    pub fn multiply_add(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for digit in &mut self.0 {
            let product = u64::from(*digit) * u64::from(factor) + carry;
            *digit = product as u32;
            carry = product >> 32;
        }
        if carry != 0 {
            self.0.push(carry as u32);
        }
    }

    /// Becomes `self * 10^power`.
    pub fn multiply_power_of_ten(&mut self, power: u32) {
        (0..power / CHUNK_DIGITS).for_each(|_| self.multiply_add(CHUNK, 0));
        self.multiply_add(10u32.pow(power % CHUNK_DIGITS), 0);
    }

    /// Becomes `self * 2^bits`.
    pub fn shift_left(&mut self, bits: u32) {
        if self.is_zero() {
            return;
        }
        self.multiply_add(1 << (bits % 32), 0);
        self.0.splice(0..0, std::iter::repeat_n(0, bits as usize / 32));
    }

    /// Becomes `self - other`, which must not be larger.
    pub fn subtract(&mut self, other: &Big) {
        let mut borrow = false;
        for (i, digit) in self.0.iter_mut().enumerate() {
            let (once, under) = digit.overflowing_sub(other.0.get(i).copied().unwrap_or(0));
            let (twice, under_again) = once.overflowing_sub(borrow.into());
            (*digit, borrow) = (twice, under || under_again);
        }
        debug_assert!(!borrow, "subtracting the larger number");
        *self = Big::trimmed(std::mem::take(&mut self.0));
    }

    /// The highest digits, up to 128 bits of them, the number of bits below, and whether one of those is set.
    pub fn top(&self) -> (u128, u32, bool) {
        let below = self.0.len().saturating_sub(4);
        let (low, high) = self.0.split_at(below);
        let top = high.iter().rev().fold(0u128, |all, digit| all << 32 | u128::from(*digit));
        (top, below as u32 * 32, low.iter().any(|digit| *digit != 0))
    }

    /// Divides by a digit and returns the remainder.
    fn divide(&mut self, divisor: u32) -> u32 {
        let mut rest = 0u64;
        for digit in self.0.iter_mut().rev() {
            let value = rest << 32 | u64::from(*digit);
            *digit = (value / u64::from(divisor)) as u32;
            rest = value % u64::from(divisor);
        }
        *self = Big::trimmed(std::mem::take(&mut self.0));
        rest as u32
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Big) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Big) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Big {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut left, mut chunks) = (self.clone(), Vec::new());
        while !left.is_zero() {
            chunks.push(left.divide(CHUNK));
        }
        write!(f, "{}", chunks.pop().unwrap_or(0))?;
        chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:09}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn big(value: u128) -> Big {
        let mut big = Big::from((value >> 64) as u64);
        big.shift_left(64);
        for shift in [32, 0] {
            let digit = Big::from((value as u64 >> shift) & 0xffff_ffff);
            let mut part = digit;
            part.shift_left(shift);
            big = sum(&big, &part);
        }
        big
    }

    fn sum(a: &Big, b: &Big) -> Big {
        let mut digits = a.0.clone();
        digits.resize(a.0.len().max(b.0.len()), 0);
        for (digit, more) in digits.iter_mut().zip(&b.0) {
            *digit |= more; // the parts of `big` do not overlap
        }
        Big::trimmed(digits)
    }

    proptest! {
        #[test]
        fn it_counts_like_the_machine(a: u128, b: u128, factor: u32, more: u32, shift in 0u32..64) {
            prop_assert_eq!(big(a).to_string(), a.to_string());
            prop_assert_eq!(big(a).cmp(&big(b)), a.cmp(&b));
            prop_assert_eq!(big(a).bits(), 128 - a.leading_zeros());
            let (large, small) = (a.max(b), a.min(b));
            let mut difference = big(large);
            difference.subtract(&big(small));
            prop_assert_eq!(difference, big(large - small));
            let half = a >> 64;
            let mut product = big(half);
            product.multiply_add(factor, more);
            prop_assert_eq!(product, big(half * u128::from(factor) + u128::from(more)));
            let mut shifted = big(half);
            shifted.shift_left(shift);
            prop_assert_eq!(shifted, big(half << shift));
        }
    }

    #[test]
    fn powers_of_ten() {
        for power in [0, 1, 8, 9, 10, 38, 400] {
            let mut one = Big::from(1);
            one.multiply_power_of_ten(power);
            assert_eq!(one.to_string(), format!("1{}", "0".repeat(power as usize)));
        }
        assert_eq!(Big::default().to_string(), "0");
        assert_eq!(Big::from(7).top(), (7, 0, false));
    }
}
