//! The 80-bit floating point numbers of x86 in software, as far as INCRBYFLOAT and HINCRBYFLOAT need
//! them: read, add, print. Redis computes in them, and so the digits that users see come from them: 64 bits
//! of mantissa, rounded to nearest, ties to even, printed with 17 digits behind the point.
//!
//! ```text
//!   text --parse--> sign, mantissa, exponent --plus--> the same --text--> "%.17Lf" without trailing zeros
//! ```
//!
//! Reading and printing are exact: one correctly rounded result for each text and each number. Most
//! numbers are read by one division of 128 bits; the others by long division ([`big`](super::big)).

use super::big::Big;

/// The longest text that is read, in bytes: Redis has a buffer of 5 KiB.
const TEXT_BYTES_MAX: usize = 5 * 1024 - 1;

/// Exponent of the last bit of the smallest numbers there are.
const EXPONENT_MIN: i32 = -16445;

/// Exponent of the last bit of the largest numbers.
const EXPONENT_MAX: i32 = 16383 - 63;

/// Powers of ten beyond which a number is too large or too small, whatever its digits.
const POWER_MAX: i64 = 5000;

/// Digits behind the point.
const SHOWN: u32 = 17;

/// Quotient bits of the long division: a mantissa, and enough to round it.
const QUOTIENT_BITS: u32 = 67;

/// A number. Its value is `mantissa * 2^exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// A finite number; its mantissa has its highest bit set unless the number is zero or tiny.
    Finite {
        /// Below zero (or -0).
        negative: bool,
        /// 64 bits.
        mantissa: u64,
        /// Of the last bit of the mantissa.
        exponent: i32,
    },
    /// Infinity.
    Infinite {
        /// Minus infinity.
        negative: bool,
    },
    /// What infinity minus infinity is.
    Nan,
}

/// Why a sum cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumError {
    /// One of the texts is no number.
    NotANumber,
    /// The sum is not finite.
    NotFinite,
}

/// The text of `a + b`.
pub fn sum(a: &[u8], b: &[u8]) -> Result<String, SumError> {
    let read = |text| Extended::parse(text).ok_or(SumError::NotANumber);
    read(a)?.plus(read(b)?).text().ok_or(SumError::NotFinite)
}

impl Extended {
    /// Zero.
    pub const ZERO: Extended = Extended::Finite { negative: false, mantissa: 0, exponent: EXPONENT_MIN };

    /// Reads what C's `strtold` reads without leaving anything over: decimal and hexadecimal numbers and
    /// infinity. Blanks, NaN, and numbers too large or too small for the format are refused.
    pub fn parse(text: &[u8]) -> Option<Extended> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let (negative, rest) = match text.split_first()? {
            (b'-', rest) => (true, rest),
            (b'+', rest) => (false, rest),
            _ => (false, text),
        };
        if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
            return Some(Extended::Infinite { negative });
        }
        let number = match rest {
            [b'0', b'x' | b'X', digits @ ..] => Digits::read(digits, 16)?.hexadecimal(),
            _ => Digits::read(rest, 10)?.decimal(),
        };
        number.map(|number| if negative { number.negated() } else { number })
    }

    /// Is it a number proper?
    pub fn is_finite(self) -> bool {
        matches!(self, Extended::Finite { .. })
    }

    /// The number as a 64-bit float, nearly always the nearest one.
    pub fn nearest(self) -> f64 {
        let signed = |size: f64, negative| if negative { -size } else { size };
        match self {
            Extended::Finite { negative, mantissa, exponent } => {
                signed(mantissa as f64 * 2f64.powi(exponent), negative)
            }
            Extended::Infinite { negative } => signed(f64::INFINITY, negative),
            Extended::Nan => f64::NAN,
        }
    }

    fn negated(self) -> Extended {
        match self {
            Extended::Finite { negative, mantissa, exponent } => {
                Extended::Finite { negative: !negative, mantissa, exponent }
            }
            Extended::Infinite { negative } => Extended::Infinite { negative: !negative },
            Extended::Nan => Extended::Nan,
        }
    }

    /// `wide * 2^exponent`, rounded to the format; `more`: the true value is a little above that.
    fn round(negative: bool, wide: u128, exponent: i32, more: bool) -> Extended {
        let bits = 128 - wide.leading_zeros() as i32;
        let dropped = (bits - 64).max(EXPONENT_MIN - exponent);
        if dropped <= 0 {
            let shift = (64 - bits).min(exponent - EXPONENT_MIN);
            return Self::whole(negative, (wide << shift) as u64, exponent - shift);
        }
        match u64::try_from(shifted_right(wide, dropped.unsigned_abs(), more)) {
            Ok(mantissa) => Self::whole(negative, mantissa, exponent + dropped),
            Err(_) => Self::whole(negative, 1 << 63, exponent + dropped + 1),
        }
    }

    fn whole(negative: bool, mantissa: u64, exponent: i32) -> Extended {
        match mantissa {
            0 => Extended::Finite { negative, mantissa, exponent: EXPONENT_MIN },
            _ if exponent > EXPONENT_MAX => Extended::Infinite { negative },
            _ => Extended::Finite { negative, mantissa, exponent },
        }
    }

    /// The sum, rounded.
    pub fn plus(self, other: Extended) -> Extended {
        use Extended::{Finite, Infinite, Nan};
        match (self, other) {
            (Nan, _) | (_, Nan) => Nan,
            (Infinite { negative: a }, Infinite { negative: b }) if a != b => Nan,
            (Infinite { .. }, _) => self,
            (_, Infinite { .. }) => other,
            (
                Finite { negative: a, mantissa: m, exponent: e },
                Finite { negative: b, mantissa: n, exponent: f },
            ) => {
                if (e, m) >= (f, n) {
                    add((a, m, e), (b, n, f))
                } else {
                    add((b, n, f), (a, m, e))
                }
            }
        }
    }

    /// The digits as Redis shows them; none when the number is not finite.
    pub fn text(self) -> Option<String> {
        let Extended::Finite { negative, mantissa, exponent } = self else { return None };
        let digits = if exponent < 0 { fraction(mantissa, exponent) } else { integer(mantissa, exponent) };
        Some(if negative && digits != "0" { format!("-{digits}") } else { digits })
    }
}

impl From<i64> for Extended {
    fn from(number: i64) -> Extended {
        Extended::round(number < 0, number.unsigned_abs().into(), 0, false)
    }
}

/// `wide / 2^bits` to nearest, ties to even; `more`: the true value is a little above `wide`. `bits` is not 0.
fn shifted_right(wide: u128, bits: u32, more: bool) -> u128 {
    let kept = wide.checked_shr(bits).unwrap_or(0);
    let rest = wide.checked_shl(128u32.wrapping_sub(bits)).unwrap_or(0);
    let half = 1u128 << 127;
    let up = rest > half || rest == half && (more || kept & 1 == 1);
    kept + u128::from(up)
}

/// Adds the smaller number to the larger.
fn add(large: (bool, u64, i32), small: (bool, u64, i32)) -> Extended {
    const ROOM: i32 = 62; // bits behind the mantissa; one is left in front of it for the carry
    let ((sign, m, e), (other_sign, n, f)) = (large, small);
    let wide = u128::from(m) << ROOM;
    let other = u128::from(n) << ROOM;
    let distance = (e - f).min(127) as u32;
    let shifted = other >> distance;
    let lost = shifted << distance != other;
    if sign == other_sign {
        return Extended::round(sign, wide + shifted, e - ROOM, lost);
    }
    let difference = wide - shifted - u128::from(lost);
    Extended::round(sign && difference != 0, difference, e - ROOM, lost)
}

/// A number with bits behind the point, to 17 digits, ties to even.
fn fraction(mantissa: u64, exponent: i32) -> String {
    let unit = 10u128.pow(SHOWN);
    let scaled = u128::from(mantissa) * unit; // 64 bits and 57
    let value = shifted_right(scaled, exponent.unsigned_abs(), false);
    let text = format!("{}.{:017}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number without any.
fn integer(mantissa: u64, exponent: i32) -> String {
    let mut big = Big::from(mantissa);
    big.shift_left(exponent.unsigned_abs());
    big.to_string()
}

/// The digits of a number as they were written: `value * base^power`, for hexadecimal ones `value * 2^power`.
struct Digits {
    value: Big,
    /// Number of digits of the value, without leading zeros.
    count: i64,
    power: i64,
}

impl Digits {
    /// Digits with at most one point among them, then perhaps an exponent.
    fn read(text: &[u8], base: u32) -> Option<Digits> {
        let marks = if base == 10 { *b"eE" } else { *b"pP" };
        let end = text.iter().position(|byte| marks.contains(byte));
        let (digits, exponent) = match end {
            Some(at) => (&text[..at], power(&text[at + 1..])?),
            None => (text, 0),
        };
        let mut all = Digits { value: Big::default(), count: 0, power: 0 };
        let (mut seen, mut point) = (false, false);
        for &byte in digits {
            if byte == b'.' && !point {
                point = true;
                continue;
            }
            all.push(char::from(byte).to_digit(base)?, base);
            all.power -= i64::from(point);
            seen = true;
        }
        let digit_power = if base == 10 { 1 } else { 4 };
        all.power = all.power * digit_power + exponent;
        seen.then_some(all)
    }

    fn push(&mut self, digit: u32, base: u32) {
        self.value.multiply_add(base, digit);
        self.count += i64::from(self.count > 0 || digit > 0);
    }

    fn hexadecimal(self) -> Option<Extended> {
        if self.count == 0 {
            return Some(Extended::ZERO);
        }
        let power = self.power.clamp(-100_000, 100_000) as i32;
        let (top, below, lost) = self.value.top();
        representable(Extended::round(false, top, below as i32 + power, lost))
    }

    fn decimal(self) -> Option<Extended> {
        let magnitude = self.count.saturating_add(self.power);
        if self.count == 0 {
            return Some(Extended::ZERO);
        }
        if magnitude.abs() > POWER_MAX {
            return None;
        }
        let power = self.power.unsigned_abs() as u32;
        let number = match self.value.as_u64() {
            Some(value) if self.power <= 0 && power <= SHORT_POWER => short(value, power),
            _ if self.power >= 0 => self.multiplied(power),
            _ => self.divided(power),
        };
        representable(number)
    }

    fn multiplied(mut self, power: u32) -> Extended {
        self.value.multiply_power_of_ten(power);
        let (top, below, lost) = self.value.top();
        Extended::round(false, top, below as i32, lost)
    }

    /// Long division by a power of ten, one bit of the quotient at a time.
    fn divided(self, power: u32) -> Extended {
        let (mut rest, mut divisor) = (self.value, Big::from(1));
        divisor.multiply_power_of_ten(power);
        let (up, down) = (rest.bits(), divisor.bits());
        rest.shift_left(down.saturating_sub(up));
        divisor.shift_left(up.saturating_sub(down));
        let mut quotient = 0u128;
        for _ in 0..QUOTIENT_BITS {
            let fits = rest >= divisor;
            if fits {
                rest.subtract(&divisor);
            }
            quotient = quotient << 1 | u128::from(fits);
            rest.shift_left(1);
        }
        let exponent = up as i32 - down as i32 - (QUOTIENT_BITS as i32 - 1);
        Extended::round(false, quotient, exponent, !rest.is_zero())
    }
}

/// The largest power of ten for which one division leaves enough bits: 10^18 has 60.
const SHORT_POWER: u32 = 18;

/// `value / 10^power`, by one division.
fn short(value: u64, power: u32) -> Extended {
    let divisor = 10u128.pow(power);
    let shift = 64 + value.leading_zeros();
    let wide = u128::from(value) << shift;
    Extended::round(false, wide / divisor, -(shift as i32), !wide.is_multiple_of(divisor))
}

/// The number behind an exponent's mark; what does not fit is beyond every limit.
fn power(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i64, |all, digit| (all * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if negative { -value } else { value })
}

/// Not when it became infinite, or zero although it is none.
fn representable(number: Extended) -> Option<Extended> {
    match number {
        Extended::Finite { mantissa: 1.., .. } => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(a: &str, b: &str) -> Result<String, SumError> {
        sum(a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn sums_are_those_of_a_real_server() {
        for (a, b, want) in [
            ("3", "1.1", "4.1"),
            ("1", "-1.1", "-0.1"),
            ("1", "-1", "0"),
            ("17179869184", "17179869184", "34359738368"),
            ("1.5", "0.25", "1.75"),
            ("5e3", "2", "5002"),
            ("10.50", "0.1", "10.6"),
            ("-0", "0", "0"),
            ("0x10", "0x.8p1", "17"),
            ("1e-30", "-1e-31", "0"),
            ("-1e-30", "0", "0"),
            ("18446744073709551615", "1", "18446744073709551616"),
            ("18446744073709551616", "1", "18446744073709551616"),
            ("18446744073709551616", "3", "18446744073709551620"),
            ("1e20", ".5", "100000000000000000000"),
        ] {
            assert_eq!(shown(a, b).as_deref(), Ok(want), "{a} + {b}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(TEXT_BYTES_MAX + 1);
        for bad in [
            "",
            ".",
            " 1",
            "1 ",
            "x",
            "nan",
            "-nan",
            "1e",
            "1e+",
            "--1",
            "1.2.3",
            "0x",
            "0xg",
            "1p3",
            "in",
            "1e5000",
            "1e-5000",
            "-1e4933",
            "1e99999999999999999999",
            "1\0",
            "0x1p16384",
            "0x1p-20000",
            &long,
        ] {
            assert_eq!(Extended::parse(bad.as_bytes()), None, "{bad:?}");
            assert_eq!(shown("1", bad), Err(SumError::NotANumber));
        }
        for fine in ["1e4932", "1e-4940", "0e99999", "1.", ".1", "0x.1p-3", "+5", "1E+5", "INF", "-infinity"]
        {
            assert!(Extended::parse(fine.as_bytes()).is_some(), "{fine:?}");
        }
    }

    #[test]
    fn infinity_can_be_read_but_not_reached() {
        let largest = "1.18973149535723176502e4932";
        for (a, b) in [("1", "inf"), ("-inf", "inf"), ("inf", "inf"), (largest, largest)] {
            assert_eq!(shown(a, b), Err(SumError::NotFinite), "{a} + {b}");
        }
        assert_eq!(shown("1e4900", "0").map(|text| text.len()), Ok(4901));
    }

    /// A 53-bit number needs no rounding in 64 bits, so reading it is exact.
    fn exact(value: f64) -> Extended {
        let (bits, negative) = (value.to_bits(), value.is_sign_negative());
        let (field, low) = ((bits >> 52 & 0x7ff) as i32, u128::from(bits & ((1 << 52) - 1)));
        let mantissa = if field == 0 { low } else { low | 1 << 52 };
        Extended::round(negative, mantissa, field.max(1) - 1075, false)
    }

    proptest! {
        #[test]
        fn doubles_are_read_exactly(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            // Every double has a finite decimal form; 1100 digits hold them all.
            let text = format!("{value:.1100}");
            prop_assert_eq!(Extended::parse(text.as_bytes()), Some(exact(value)));
        }

        #[test]
        fn short_and_long_division_agree(value in 1u64.., power in 0..=SHORT_POWER) {
            let long = Digits { value: Big::from(value), count: 1, power: 0 }.divided(power);
            prop_assert_eq!(short(value, power), long);
        }

        #[test]
        fn sums_of_integers_are_exact(a: i32, b: i32) {
            let total = i64::from(a) + i64::from(b);
            prop_assert_eq!(shown(&a.to_string(), &b.to_string()), Ok(total.to_string()));
            prop_assert_eq!(Extended::from(i64::from(a)).plus(i64::from(b).into()), total.into());
        }

        #[test]
        fn order_does_not_matter(a: f64, b: f64) {
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert_eq!(exact(a).plus(exact(b)).text(), exact(b).plus(exact(a)).text());
        }

        #[test]
        fn nothing_panics(a in "[-+0-9.exp]{0,12}", b in "[-+]?[0-9]{0,30}(\\.[0-9]{0,30})?(e[-+]?[0-9]{1,5})?") {
            let _ = shown(&a, &b);
        }
    }
}
