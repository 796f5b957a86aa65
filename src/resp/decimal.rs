//! Sums of decimal numbers as INCRBYFLOAT and HINCRBYFLOAT make them. Redis adds in 80-bit floats and
//! prints 17 digits behind the point without trailing zeros; exact decimal arithmetic gives the same text
//! for every sum whose digits fit an 80-bit mantissa, and does not drift. Numbers that do not fit 38
//! digits are added as 64-bit floats.

/// Digits behind the point that are kept.
const SCALE: u32 = 17;

/// Why a sum cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumError {
    /// One of the texts is no finite number.
    NotANumber,
    /// The sum is not finite.
    NotFinite,
}

/// The text of `a + b`.
pub fn sum(a: &[u8], b: &[u8]) -> Result<String, SumError> {
    if let (Some(x), Some(y)) = (scaled(a), scaled(b))
        && let Some(total) = x.checked_add(y)
    {
        return Ok(text(total));
    }
    let total = float(a)? + float(b)?;
    if total.is_finite() { Ok(trimmed(format!("{total:.17}"))) } else { Err(SumError::NotFinite) }
}

/// A number as Redis reads it for these commands: no blanks around it, not NaN; infinity is a number.
pub fn float(text: &[u8]) -> Result<f64, SumError> {
    let text = std::str::from_utf8(text).map_err(|_| SumError::NotANumber)?;
    let plausible = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'));
    match text.parse::<f64>() {
        Ok(value) if plausible && !value.is_nan() => Ok(value),
        _ => Err(SumError::NotANumber),
    }
}

/// A plain decimal number in units of 10^-17; none when it has an exponent, too many digits, or is none.
fn scaled(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mut value, mut behind, mut seen) = (0i128, None::<u32>, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                behind = behind.map(|n| n + 1);
                seen = true;
            }
            b'.' if behind.is_none() => behind = Some(0),
            _ => return None,
        }
    }
    let missing = SCALE.checked_sub(behind.unwrap_or(0))?;
    let value = value.checked_mul(10i128.checked_pow(missing)?)?;
    seen.then_some(if negative { -value } else { value })
}

fn text(total: i128) -> String {
    let unit = 10u128.pow(SCALE);
    let magnitude = total.unsigned_abs();
    let sign = if total < 0 { "-" } else { "" };
    trimmed(format!("{sign}{}.{:017}", magnitude / unit, magnitude % unit))
}

fn trimmed(text: String) -> String {
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        for (a, b, want) in [
            ("3", "1.1", "4.1"),
            ("1", "-1.1", "-0.1"),
            ("1", "-1", "0"),
            ("17179869184", "17179869184", "34359738368"),
            ("1.5", "0.25", "1.75"),
            ("5e3", "2", "5002"),
            ("10.50", "0.1", "10.6"),
            ("-0", "0", "0"),
        ] {
            assert_eq!(sum(a.as_bytes(), b.as_bytes()).as_deref(), Ok(want), "{a} + {b}");
        }
        assert_eq!(sum(b"1", b"x"), Err(SumError::NotANumber));
        assert_eq!(sum(b"1", b" 1"), Err(SumError::NotANumber));
        assert_eq!(sum(b"1", b"inf"), Err(SumError::NotFinite));
        assert_eq!(sum(b"", b"1"), Err(SumError::NotANumber));
        assert_eq!(sum(b"nan", b"1"), Err(SumError::NotANumber));
    }
}
