//! Numbers as RESP writes and reads them: integers by hand (they are in every request and reply),
//! doubles in the form Redis 7.2 prints them.
//!
//! Reading is strict the way Redis is strict: one spelling per integer (no `+`, no leading zero, no
//! `-0`, no blanks), so that a value read as an integer prints back to the same bytes.

/// Longest decimal form of a 64-bit integer, in bytes (`-9223372036854775808`).
pub const INT_BYTES_MAX: usize = 20;

/// "00" to "99", so that two digits cost one division.
const PAIRS: [[u8; 2]; 100] = digit_pairs();

const fn digit_pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[0u8; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
}

/// Decimal form of an integer, held inline: no allocation.
#[derive(Clone, Copy)]
pub struct IntText {
    bytes: [u8; INT_BYTES_MAX],
    start: usize,
}

impl IntText {
    /// The decimal form of `n`.
    pub fn new(n: i64) -> Self {
        let mut text = Self::unsigned(n.unsigned_abs());
        if n < 0 {
            text.start -= 1;
            text.bytes[text.start] = b'-';
        }
        text
    }

    /// The decimal form of `n`, which may be larger than any `i64`.
    pub fn unsigned(mut n: u64) -> Self {
        let mut text = IntText { bytes: [0; INT_BYTES_MAX], start: INT_BYTES_MAX };
        while n >= 100 {
            let pair = PAIRS[(n % 100) as usize];
            n /= 100;
            text.start -= 2;
            text.bytes[text.start..text.start + 2].copy_from_slice(&pair);
        }
        if n >= 10 {
            text.start -= 2;
            text.bytes[text.start..text.start + 2].copy_from_slice(&PAIRS[n as usize]);
        } else {
            text.start -= 1;
            text.bytes[text.start] = b'0' + n as u8;
        }
        text
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// Appends `<tag><n>\r\n`: the head of every integer, bulk and aggregate. A short one is put together in a
/// register and copied with a length known at compile time.
#[inline]
pub fn push_header(out: &mut Vec<u8>, tag: u8, n: i64) {
    let (text, len) = match n {
        0..=9 => ([tag, b'0' + n as u8, b'\r', b'\n', 0, 0, 0, 0], 4),
        10..=99 => {
            let [tens, ones] = PAIRS[n as usize];
            ([tag, tens, ones, b'\r', b'\n', 0, 0, 0], 5)
        }
        _ => return push_long_header(out, tag, n),
    };
    let end = out.len() + len;
    out.extend_from_slice(&u64::from_le_bytes(text).to_le_bytes());
    out.truncate(end);
}

fn push_long_header(out: &mut Vec<u8>, tag: u8, n: i64) {
    let text = IntText::new(n);
    out.push(tag);
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The head of an aggregate or bulk of `len` elements or bytes.
#[inline]
pub fn push_len(out: &mut Vec<u8>, tag: u8, len: usize) {
    push_header(out, tag, i64::try_from(len).unwrap_or(i64::MAX));
}

/// Reads an integer in its one canonical spelling; anything else is `None`.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let magnitude = parse_u64(digits)?;
    match (negative, magnitude) {
        (true, 0) => None,
        (true, m) if m <= i64::MIN.unsigned_abs() => Some((m as i64).wrapping_neg()),
        (false, m) => i64::try_from(m).ok(),
        _ => None,
    }
}

/// Reads an unsigned integer in its one canonical spelling; anything else is `None`.
pub fn parse_u64(digits: &[u8]) -> Option<u64> {
    match digits {
        [b'0'] => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= INT_BYTES_MAX => {}
        _ => return None,
    }
    let mut value = 0u64;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    Some(value)
}

/// The text of a double as Redis 7.2 replies it: the fewest digits that read back to the same value,
/// plain up to seven trailing zeros and six leading ones, otherwise with an exponent.
pub fn double_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    if let Some(int) = as_plain_integer(value) {
        return int.to_string();
    }
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let shown = lay_out_digits(&digits, exponent.parse().unwrap_or(0));
    if value < 0.0 { format!("-{shown}") } else { shown }
}

/// Integers a double holds exactly print as integers, whatever their number of zeros.
fn as_plain_integer(value: f64) -> Option<i64> {
    const EXACT: f64 = 4_503_599_627_370_496.0; // 2^52
    (value.abs() < EXACT && value.fract() == 0.0).then_some(value as i64)
}

/// Places the point among `digits` of a number `d.ddd * 10^exponent`.
fn lay_out_digits(digits: &str, exponent: i32) -> String {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = exponent - count + 1; // power of ten of the last digit
    if zeros >= 0 && exponent.abs() < count + 7 {
        return format!("{digits}{}", "0".repeat(zeros.unsigned_abs() as usize));
    }
    if zeros < 0 && (zeros > -7 || exponent.abs() < 4) {
        let whole = count + zeros;
        if whole <= 0 {
            return format!("0.{}{digits}", "0".repeat(whole.unsigned_abs() as usize));
        }
        let (before, after) = digits.split_at(whole.unsigned_abs() as usize);
        return format!("{before}.{after}");
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_print_like_std() {
        for n in [0, 1, 9, 10, 42, 99, 100, 101, 12345, -1, -10, -99, -100, i64::MAX, i64::MIN] {
            assert_eq!(IntText::new(n).as_bytes(), n.to_string().as_bytes());
            let mut out = Vec::new();
            push_header(&mut out, b':', n);
            assert_eq!(out, format!(":{n}\r\n").into_bytes());
        }
        assert_eq!(IntText::unsigned(u64::MAX).as_bytes(), u64::MAX.to_string().as_bytes());
    }

    #[test]
    fn only_one_spelling_of_an_integer_is_read() {
        for bad in ["", "-", "+1", "01", "-0", "00", " 1", "1 ", "1a", "9223372036854775808", "0x1", "-01"] {
            assert_eq!(parse_i64(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_i64(b"-9223372036854775809"), None);
    }

    #[test]
    fn doubles_print_as_redis_does() {
        let table = [
            (3.1, "3.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-1.5, "-1.5"),
            (10.0, "10"),
            (-0.0, "-0"),
            (1e15, "1000000000000000"),
            (1e16, "1e+16"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-5, "0.000015"),
            (1e21, "1e+21"),
            (123456789012345680.0, "123456789012345680"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in table {
            assert_eq!(double_text(value), text);
        }
        assert_eq!(double_text(f64::NAN), "nan");
    }

    proptest! {
        #[test]
        fn integers_round_trip(n: i64) {
            prop_assert_eq!(parse_i64(IntText::new(n).as_bytes()), Some(n));
        }

        #[test]
        fn doubles_round_trip(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            prop_assert_eq!(double_text(value).parse::<f64>().ok(), Some(value));
        }
    }
}
