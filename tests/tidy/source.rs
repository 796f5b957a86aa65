//! A source file as the rules see it: the text, the text with comments and literals blanked out, and
//! which lines are tests.
//!
//! This is no parser. Blanking keeps every byte where it was (newlines too), so a rule can search for a
//! word without meeting it in a comment or a string, and report the line it stands on.

use std::ops::Range;

/// One file.
pub struct Source {
    /// Path from the package root, with `/`.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// The same with comments, strings and character literals turned into spaces.
    pub code: String,
    tests: Vec<Range<usize>>,
}

/// A function: where its signature begins and its body ends.
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub lines: usize,
}

impl Source {
    /// Look at a file's text.
    pub fn new(path: &str, text: &str) -> Source {
        let code = blank(text);
        let tests =
            if is_test_file(path) { std::iter::once(0..text.len()).collect() } else { test_items(&code) };
        Source { path: path.to_owned(), text: text.to_owned(), code, tests }
    }

    /// Whether the byte at this place belongs to a test.
    pub fn is_test(&self, at: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&at))
    }

    /// The line of a byte, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// Lines that are no tests.
    pub fn production_lines(&self) -> usize {
        let newlines = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        newlines.filter(|&(at, _)| !self.is_test(at)).count()
    }

    /// Places where a word or path stands in the code, not as a part of a longer one.
    pub fn find(&self, word: &str) -> Vec<usize> {
        let bytes = self.code.as_bytes();
        let open_end = !word.ends_with(is_name);
        let whole = |&at: &usize| {
            let before = at.checked_sub(1).map(|i| bytes[i]);
            let after = bytes.get(at + word.len());
            !before.is_some_and(|b| is_name(b as char))
                && (open_end || !after.is_some_and(|&b| is_name(b as char)))
        };
        self.code.match_indices(word).map(|(at, _)| at).filter(whole).collect()
    }

    /// Every function that has a body.
    pub fn functions(&self) -> Vec<Function> {
        self.find("fn").into_iter().filter_map(|at| self.function_at(at)).collect()
    }

    fn function_at(&self, at: usize) -> Option<Function> {
        let rest = &self.code[at + 2..];
        let name: String = rest.trim_start().chars().take_while(|&c| is_name(c)).collect();
        if name.is_empty() {
            return None; // the type `fn(...)`
        }
        let body = body_of(&self.code, at)?;
        let line = self.line_of(at);
        Some(Function { name, line, lines: self.line_of(body.end - 1) - line + 1 })
    }
}

fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The items behind `#[cfg(test)]`.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let starts = code.match_indices("#[cfg(test)]").map(|(at, _)| at);
    starts.map(|at| at..body_of(code, at).map_or(code.len(), |body| body.end)).collect()
}

/// The braces of the item that begins at `from`; none when it ends with a semicolon first.
fn body_of(code: &str, from: usize) -> Option<Range<usize>> {
    let (mut parens, mut braces, mut start) = (0_i32, 0_i32, 0);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => parens += 1,
            b')' | b']' => parens -= 1,
            b';' if parens == 0 && braces == 0 => return None,
            b'{' => {
                if braces == 0 {
                    start = at;
                }
                braces += 1;
            }
            b'}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(start..at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Turn comments and literals into spaces, byte for byte.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + literal_len(bytes, at);
        if end == at {
            // Bytes that are no ASCII occur in names nowhere here; any one-byte stand-in keeps the place.
            code.push(if bytes[at].is_ascii() { bytes[at] as char } else { '?' });
            at += 1;
        } else {
            code.extend(bytes[at..end].iter().map(|&byte| if byte == b'\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// The length of the comment or literal at this place, 0 when there is none.
fn literal_len(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let in_name = at > 0 && is_name(bytes[at - 1] as char);
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment_len(rest),
        [b'"', ..] => quoted_len(rest, b'"'),
        [b'r', b'"' | b'#', ..] if !in_name => raw_len(rest, 1),
        [b'b', b'r', b'"' | b'#', ..] if !in_name => raw_len(rest, 2),
        [b'\'', b'\\', ..] => quoted_len(rest, b'\''),
        [b'\'', ..] => char_len(rest),
        _ => 0,
    }
}

fn block_comment_len(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted_len(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A raw string whose hashes begin at `hashes_at`; 0 for a raw identifier.
fn raw_len(rest: &[u8], hashes_at: usize) -> usize {
    let hashes = rest[hashes_at..].iter().take_while(|&&b| b == b'#').count();
    let open = hashes_at + hashes;
    if rest.get(open) != Some(&b'"') {
        return 0;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let found = rest[open + 1..].windows(close.len()).position(|window| window == close);
    found.map_or(rest.len(), |at| open + 1 + at + close.len())
}

/// `'x'`, of any length in bytes; 0 for a lifetime.
fn char_len(rest: &[u8]) -> usize {
    let width = match rest.get(1) {
        Some(0..=0x7f) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(_) => 4,
        None => return 0,
    };
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
}

#[test]
fn comments_and_literals_are_blanked_in_place() {
    for (text, want) in [
        ("a // fn b\nc", "a        \nc"),
        ("a /* x /* y */ z */ b", "a                   b"),
        (r#"f("un\"safe") + 1"#, "f(          ) + 1"),
        (r##"r#"a"b"# ; r#type"##, "         ; r#type"),
        ("b'x' 'y' &'a str '\\'' '\u{e9}'", "b        &'a str           "),
        ("br\"x\" var\"y\"", "      var   "),
    ] {
        assert_eq!(blank(text).trim_end(), want.trim_end(), "{text}");
        assert_eq!(blank(text).len(), text.len());
    }
}

#[test]
fn functions_are_measured() {
    let text = "fn one() {}\ntrait T { fn none(&self); }\nfn two<F: Fn(u8)>(x: [u8; 2])\nwhere F: X,\n{\n  if x {}\n}\n";
    let source = Source::new("src/x.rs", text);
    let found: Vec<_> = source.functions().iter().map(|f| (f.name.clone(), f.line, f.lines)).collect();
    assert_eq!(found, [("one".to_owned(), 1, 1), ("two".to_owned(), 3, 5)]);
}

#[test]
fn tests_are_told_from_production() {
    let source = Source::new("src/x.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n");
    let places = source.find("fn");
    assert_eq!(places.iter().map(|&at| source.is_test(at)).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(source.production_lines(), 3);
    assert!(Source::new("src/store/tests.rs", "fn a() {}").is_test(3));
}
