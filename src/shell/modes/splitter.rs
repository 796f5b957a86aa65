//! Where the commands of a stream begin and end: for `--pipe`, which must name the command that failed, and
//! leave out those that were sent before.
//!
//! ```text
//! between --"*3\r\n"--> 3 arguments to come --"$5\r\n"--> 5 bytes and a line end to come --> ... --> between
//!         --"SET k v\n" (a line that is not empty)--> one command --> between
//! ```
//!
//! What is no protocol at all is taken for lines, as the server takes it.

/// A command that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number, from 1.
    pub number: u64,
    /// The line of the stream it begins in, from 1.
    pub line: u64,
}

/// Follows a stream through any division into pieces.
#[derive(Default)]
pub struct Splitter {
    /// What is there of a line that is not whole.
    line: Vec<u8>,
    /// Arguments still to come.
    arguments: u64,
    /// Bytes of an argument still to come, its line end among them.
    argument_bytes: u64,
    number: u64,
    lines: u64,
    began_in: u64,
}

/// The longest line that is kept; more is no protocol, and only its end matters.
const LINE_BYTES_MAX: usize = 64;

impl Splitter {
    /// Takes bytes up to the end of a command, or all. Returns how many, and the command if one ended.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, Option<Mark>) {
        let mut at = 0;
        while at < bytes.len() {
            if self.argument_bytes > 0 {
                let taken = usize::try_from(self.argument_bytes).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.lines += bytes[at..at + taken].iter().filter(|byte| **byte == b'\n').count() as u64;
                self.argument_bytes -= taken as u64;
                at += taken;
                if self.argument_bytes == 0 && self.arguments == 0 {
                    return (at, Some(self.mark()));
                }
                continue;
            }
            let end = bytes[at..].iter().position(|byte| *byte == b'\n');
            let piece = &bytes[at..end.map_or(bytes.len(), |end| at + end)];
            let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            at += piece.len();
            if end.is_some() {
                at += 1;
                self.lines += 1;
                if self.end_of_line() {
                    return (at, Some(self.mark()));
                }
            }
        }
        (at, None)
    }

    /// Reads a whole line; whether a command ended with it.
    fn end_of_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let number =
            |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|text| text.parse::<u64>().ok());
        if self.arguments > 0 {
            self.arguments -= 1;
            self.argument_bytes = line.strip_prefix(b"$").and_then(number).map_or(0, |length| length + 2);
            return self.argument_bytes == 0 && self.arguments == 0;
        }
        self.began_in = self.lines;
        if let Some(count) = line.strip_prefix(b"*").map(number) {
            self.arguments = count.unwrap_or(0);
            return false;
        }
        !line.is_empty()
    }

    fn mark(&mut self) -> Mark {
        self.number += 1;
        Mark { number: self.number, line: self.began_in }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"SET a 1\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$3\r\nx\ny\r\n\r\n*1\r\n$4\r\nPING\r\nGET a\n";

    fn marks(piece: usize) -> Vec<(u64, u64)> {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        for mut bytes in STREAM.chunks(piece) {
            while !bytes.is_empty() {
                let (used, mark) = splitter.next(bytes);
                bytes = &bytes[used..];
                found.extend(mark.map(|mark| (mark.number, mark.line)));
            }
        }
        found
    }

    #[test]
    fn commands_are_found_in_any_pieces() {
        for piece in 1..STREAM.len() {
            assert_eq!(marks(piece), [(1, 1), (2, 2), (3, 11), (4, 14)], "pieces of {piece}");
        }
    }
}
