//! Floating point numbers in arguments and replies, where Redis leaves them to C.

use crate::resp::{Reply, number};

/// Whole numbers below this are exact in a double.
const EXACT: u64 = 1 << 52;

/// Writes a score. Whole numbers are most of them, and quick.
#[inline]
pub(super) fn write(reply: &mut Reply, score: f64) {
    let whole = score as i64;
    if !reply.is_resp3() && whole as f64 == score && whole != 0 && whole.unsigned_abs() < EXACT {
        reply.bulk_int(whole);
    } else {
        reply.double(score);
    }
}

/// The number that a text is, as `strtod` reads it when it has to read all of it: no blanks, no NaN,
/// nothing too large or too small for a double.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    match number::parse_i64(text) {
        Some(whole) if whole.unsigned_abs() < EXACT => Some(whole as f64),
        _ => parse_any(text),
    }
}

fn parse_any(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return None;
    }
    if let Some(digits) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let value = u64::from_str_radix(digits, 16).ok()? as f64;
        return Some(if text.starts_with('-') { -value } else { value });
    }
    let value: f64 = text.parse().ok()?;
    let too_large = value.is_infinite() && unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let too_small = value == 0.0 && mantissa.contains(|c: char| matches!(c, '1'..='9'));
    (!value.is_nan() && !too_large && !too_small).then_some(value)
}

/// The same for the bounds of ranges, which forgive more: leading blanks, nothing at all, any size.
pub(super) fn parse_bound(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    if text.is_empty() {
        return Some(0.0);
    }
    parse(text.as_bytes()).or_else(|| text.parse().ok().filter(|value: &f64| !value.is_nan()))
}

/// The digits behind the point of `%.17g`.
const DIGITS: usize = 17;

/// A number as `%.17g` prints it: ZSCAN shows the scores of big sorted sets so.
pub(super) fn seventeen(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value.is_infinite() { number::double_text(value) } else { "0".to_owned() };
    }
    let scientific = format!("{value:.*e}", DIGITS - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= DIGITS as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let behind = (DIGITS as i32 - 1 - exponent).unsigned_abs() as usize;
    trimmed(&format!("{value:.behind$}")).to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strtod_reads() {
        for (text, value) in [
            ("1", 1.0),
            ("-1.5", -1.5),
            ("+.5", 0.5),
            ("1e3", 1000.0),
            ("inf", f64::INFINITY),
            ("0x10", 16.0),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", " 1", "1 ", "nan", "1e400", "1e-400", "abc", "--1", "1e"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_bound(b""), Some(0.0));
        assert_eq!(parse_bound(b" 1e400"), Some(f64::INFINITY));
        assert_eq!(parse_bound(b"nan"), None);
    }

    #[test]
    fn seventeen_digits() {
        for (value, text) in [
            (0.1, "0.10000000000000001"),
            (3.0, "3"),
            (1e17, "1e+17"),
            (1e-7, "9.9999999999999995e-08"),
            (-1.5, "-1.5"),
            (0.0, "0"),
            (f64::NEG_INFINITY, "-inf"),
            (12345678901234567.0, "12345678901234568"),
        ] {
            assert_eq!(seventeen(value), text);
        }
    }
}
