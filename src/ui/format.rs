//! Numbers as people read them.

/// Bytes with a binary unit: `512B`, `1.5K`, `24.0M`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if count < 1024 {
        return format!("{count}B");
    }
    let mut scaled = count as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1}{}", UNITS.get(unit).unwrap_or(&""))
}

/// A count with its noun: `1 key`, `2 keys`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (count, text) in
            [(0, "0B"), (1023, "1023B"), (1536, "1.5K"), (24 << 20, "24.0M"), (u64::MAX, "16.0E")]
        {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn nouns() {
        assert_eq!((count(1, "key"), count(0, "key")), ("1 key".to_owned(), "0 keys".to_owned()));
    }
}
