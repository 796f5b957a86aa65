//! Quoting as redis-cli and inline commands use it: splitting a line into arguments, and showing bytes
//! as a quoted string.
//!
//! ```text
//! plain text   ends at a blank; a quote inside it opens a quoted part of the same argument
//! "..."        \n \r \t \b \a \xHH, any other \c is c      must be followed by a blank or the end
//! '...'        \' only                                      likewise
//! ```

use super::request::Span;

/// A quote that does not close, or one that closes in the middle of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnbalancedQuotes;

impl std::fmt::Display for UnbalancedQuotes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unbalanced quotes")
    }
}

impl std::error::Error for UnbalancedQuotes {}

/// Splits `line` into arguments, rewriting what is quoted in place: what is between the quotes is never longer
/// than what stood there. Appends one span per argument, relative to `line[0]`. Such a line cannot be split a second
/// time; one without quotes is not changed.
pub fn split_in_place(line: &mut [u8], spans: &mut Vec<Span>) -> Result<(), UnbalancedQuotes> {
    let mut cursor = Cursor { line, read: 0, write: 0 };
    loop {
        while cursor.peek(0).is_some_and(is_blank) {
            cursor.read += 1;
        }
        if cursor.peek(0).is_none() {
            return Ok(());
        }
        // A word without quotes stays where it is: only what is quoted is rewritten.
        cursor.write = cursor.read;
        let start = cursor.write;
        cursor.argument()?;
        spans.push(Span::new(start, cursor.write - start));
    }
}

/// Splits a line into owned arguments.
pub fn split(line: &[u8]) -> Result<Vec<Vec<u8>>, UnbalancedQuotes> {
    let mut line = line.to_vec();
    let mut spans = Vec::new();
    split_in_place(&mut line, &mut spans)?;
    let args = super::request::Args::new(&line, &spans);
    Ok(args.iter().map(<[u8]>::to_vec).collect())
}

/// What the C locale calls a blank.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Reads ahead of where it writes, in one buffer.
struct Cursor<'a> {
    line: &'a mut [u8],
    read: usize,
    write: usize,
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.line.get(self.read + ahead).copied()
    }

    /// Emits one byte for `used` bytes read.
    fn put(&mut self, byte: u8, used: usize) {
        debug_assert!(self.write < self.read + used, "the cursor writes behind where it reads");
        self.line[self.write] = byte;
        self.write += 1;
        self.read += used;
    }

    /// One argument; a quoted part ends it.
    fn argument(&mut self) -> Result<(), UnbalancedQuotes> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => {
                    self.read += 1;
                    break;
                }
                b'"' => return self.double_quoted(),
                b'\'' => return self.single_quoted(),
                other => self.put(other, 1),
            }
        }
        Ok(())
    }

    fn double_quoted(&mut self) -> Result<(), UnbalancedQuotes> {
        self.read += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(UnbalancedQuotes),
                (Some(b'"'), next) => return self.close(next),
                (Some(b'\\'), Some(escaped)) => self.escape(escaped),
                (Some(other), _) => self.put(other, 1),
            }
        }
    }

    fn escape(&mut self, escaped: u8) {
        let hex = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        match (escaped, hex(self.peek(2)), hex(self.peek(3))) {
            (b'x', Some(high), Some(low)) => self.put((high * 16 + low) as u8, 4),
            (b'n', ..) => self.put(b'\n', 2),
            (b'r', ..) => self.put(b'\r', 2),
            (b't', ..) => self.put(b'\t', 2),
            (b'b', ..) => self.put(0x08, 2),
            (b'a', ..) => self.put(0x07, 2),
            (other, ..) => self.put(other, 2),
        }
    }

    fn single_quoted(&mut self) -> Result<(), UnbalancedQuotes> {
        self.read += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(UnbalancedQuotes),
                (Some(b'\\'), Some(b'\'')) => self.put(b'\'', 2),
                (Some(b'\''), next) => return self.close(next),
                (Some(other), _) => self.put(other, 1),
            }
        }
    }

    /// A closing quote must end the argument.
    fn close(&mut self, next: Option<u8>) -> Result<(), UnbalancedQuotes> {
        self.read += 1;
        if next.is_none_or(is_blank) { Ok(()) } else { Err(UnbalancedQuotes) }
    }
}

/// Appends `bytes` as a quoted string: what redis-cli shows for a bulk, and what [`split`] reads back.
pub fn repr(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x07 => out.extend_from_slice(b"\\a"),
            0x08 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits = [HEX[usize::from(other >> 4)], HEX[usize::from(other & 15)]];
                out.extend_from_slice(b"\\x");
                out.extend_from_slice(&digits);
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_without_quotes_is_not_changed() {
        let (mut line, mut spans) = (b"  SET  key:1 \\x value".to_vec(), Vec::new());
        let before = line.clone();
        split_in_place(&mut line, &mut spans).unwrap();
        assert_eq!((line, spans.len()), (before, 4));
    }

    #[test]
    fn repr_shows_what_redis_cli_shows() {
        let mut out = Vec::new();
        repr(&mut out, b"a\"\\\n\r\t\x07\x08\x00\x7f\xff~");
        assert_eq!(out, br#""a\"\\\n\r\t\a\b\x00\x7f\xff~""#);
    }

    #[test]
    fn lines_split_as_in_redis_cli() {
        let split = |line: &str| split(line.as_bytes()).map(|args| args.join(&b'|'));
        assert_eq!(split("  set  key \"a b\" 'c d'  "), Ok(b"set|key|a b|c d".to_vec()));
        assert_eq!(split(r#""\x41\xg1\"\'" '\x41\''"#), Ok(br#"Axg1"'|\x41'"#.to_vec()));
        assert_eq!(split(r#"a"b""#), Ok(b"ab".to_vec()));
        assert_eq!(split(""), Ok(Vec::new()));
        for bad in ["\"", "'", "\"a\"b", "'a'b", "\"\\", "x\"y\"z"] {
            assert_eq!(split(bad), Err(UnbalancedQuotes), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_repr_writes_split_reads(bytes: Vec<u8>) {
            let mut shown = Vec::new();
            repr(&mut shown, &bytes);
            prop_assert_eq!(split(&shown), Ok(vec![bytes]));
        }

        #[test]
        fn no_line_makes_split_panic(line in "[ \"'\\\\xa0\n\r]{0,40}") {
            let _ = split(line.as_bytes());
        }
    }
}
