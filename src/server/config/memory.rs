//! Amounts of memory as people write them: `1k` is 1000 bytes, `1kb` is 1024, and so on up to `gb`.

/// The units, with what they multiply by; a number alone counts bytes.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("kb", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1 << 30),
];

/// Bytes from a text such as `64mb`; the unit's case does not matter. No digits at all count as 0, as
/// in Redis; what does not fit in 64 bits becomes the largest amount there is.
pub fn parse(word: &[u8]) -> Option<u64> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, unit) = word.split_at_checked(digits)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name.as_bytes()))?;
    let add = |sum: u64, byte: &u8| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    Some(digits.iter().fold(0, add).saturating_mul(*factor))
}

/// Bytes in the largest unit that divides them, as CONFIG REWRITE writes them.
pub fn format(bytes: u64) -> String {
    let units = [("gb", 1_u64 << 30), ("mb", 1 << 20), ("kb", 1 << 10)];
    match units.iter().find(|(_, size)| bytes != 0 && bytes.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_in_redis() {
        let table: &[(&str, Option<u64>)] = &[
            ("0", Some(0)),
            ("", Some(0)),
            ("100", Some(100)),
            ("1b", Some(1)),
            ("1k", Some(1000)),
            ("1KB", Some(1024)),
            ("5m", Some(5_000_000)),
            ("5Mb", Some(5 << 20)),
            ("2g", Some(2_000_000_000)),
            ("2gb", Some(2 << 30)),
            ("-1", None),
            ("1tb", None),
            ("1 kb", None),
            ("x", None),
            ("99999999999999999999", Some(u64::MAX)),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn amounts_are_written_in_the_largest_unit() {
        let table = [(0, "0"), (1, "1"), (1024, "1kb"), (3 << 20, "3mb"), (1 << 30, "1gb"), (1025, "1025")];
        for (bytes, expected) in table {
            assert_eq!(format(bytes), expected);
        }
    }
}
