//! The text of JSON, token by token, as the C library cjson reads it: it takes some things that JSON does not have
//! (numbers in hexadecimal, NaN, infinities, leading zeros), and its errors name tokens and places.

/// A token.
#[derive(Debug, PartialEq)]
pub enum Token {
    /// `{`
    ObjectBegin,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayBegin,
    /// `]`
    ArrayEnd,
    /// A string, without escapes.
    Text(Vec<u8>),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// The text is over.
    End,
    /// What is wrong.
    Wrong(&'static str),
}

impl Token {
    /// How it is called in errors.
    pub fn name(&self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::Text(_) => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Boolean(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::End => "T_END",
            Token::Wrong(why) => why,
        }
    }
}

/// Reads tokens. A zero byte ends the text.
pub struct Scanner<'a> {
    text: &'a [u8],
    /// Bytes read.
    pub at: usize,
    /// Where the last token begins, or where it is wrong.
    pub token_at: usize,
    lenient: bool,
}

impl<'a> Scanner<'a> {
    /// `lenient`: numbers that are none in JSON are read.
    pub fn new(text: &'a [u8], lenient: bool) -> Scanner<'a> {
        Scanner { text, at: 0, token_at: 0, lenient }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next token.
    pub fn token(&mut self) -> Token {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.token_at = self.at;
        let single = match self.peek(0) {
            0 => return Token::End,
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' if !self.lenient && self.is_no_json_number() => {
                return Token::Wrong("invalid number");
            }
            b'-' | b'0'..=b'9' => return self.number(),
            b'f' | b'i' | b'I' | b'n' | b'N' | b't' | b'+' => return self.word(),
            _ => return Token::Wrong("invalid token"),
        };
        self.at += 1;
        single
    }

    fn word(&mut self) -> Token {
        let rest = &self.text[self.at..];
        for (word, token) in
            [("true", Token::Boolean(true)), ("false", Token::Boolean(false)), ("null", Token::Null)]
        {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return token;
            }
        }
        if self.lenient && self.is_no_json_number() { self.number() } else { Token::Wrong("invalid token") }
    }

    /// Is what follows a number that C knows and JSON does not?
    fn is_no_json_number(&self) -> bool {
        let sign = usize::from(self.peek(0) == b'-');
        match self.peek(sign) {
            b'+' if sign == 0 => true,
            b'0' => matches!(self.peek(sign + 1), b'x' | b'X' | b'0'..=b'9'),
            first if first <= b'9' => false,
            _ => {
                let word = self.text.get(self.at + sign..self.at + sign + 3).unwrap_or_default();
                word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan")
            }
        }
    }

    fn number(&mut self) -> Token {
        match leading_number(&self.text[self.at..]) {
            Some((number, len)) => {
                self.at += len;
                Token::Number(number)
            }
            None => Token::Wrong("invalid number"),
        }
    }

    fn wrong(&mut self, why: &'static str) -> Token {
        self.token_at = self.at;
        Token::Wrong(why)
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.peek(0) {
                b'"' => break,
                0 => return self.wrong("unexpected end of string"),
                b'\\' if self.peek(1) == b'u' => match self.unicode_escape() {
                    Some(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => return self.wrong("invalid unicode escape code"),
                },
                b'\\' => match escaped(self.peek(1)) {
                    Some(byte) => {
                        text.push(byte);
                        self.at += 2;
                    }
                    None => return self.wrong("invalid escape code"),
                },
                byte => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Token::Text(text)
    }

    fn hex4(&self, ahead: usize) -> Option<u32> {
        (0..4).try_fold(0, |code, digit| Some(code << 4 | char::from(self.peek(ahead + digit)).to_digit(16)?))
    }

    /// `\uXXXX`, or two of them for one character.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.hex4(2)?;
        if first & 0xf800 != 0xd800 {
            self.at += 6;
            return char::from_u32(first);
        }
        if first & 0x400 != 0 || self.peek(6) != b'\\' || self.peek(7) != b'u' {
            return None;
        }
        let second = self.hex4(8).filter(|second| second & 0xfc00 == 0xdc00)?;
        self.at += 12;
        char::from_u32(((first & 0x3ff) << 10 | second & 0x3ff) + 0x1_0000)
    }
}

fn escaped(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'f' => 12,
        b'r' => b'\r',
        _ => return None,
    })
}

/// The number at the start of a text as C's `strtod` finds it, and its length.
pub fn leading_number(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let rest = &text[sign..];
    let (size, len) = word_number(rest).or_else(|| hex_number(rest)).or_else(|| decimal_number(rest))?;
    Some((if text[0] == b'-' { -size } else { size }, sign + len))
}

fn word_number(text: &[u8]) -> Option<(f64, usize)> {
    let starts = |word: &str| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()));
    let words = [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)];
    words.iter().find(|(word, _)| starts(word)).map(|(word, value)| (*value, word.len()))
}

fn digits(text: &[u8], is_digit: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|&&byte| is_digit(byte)).count()
}

/// Digits with a point among them: how long, and how many digits.
fn mantissa(text: &[u8], is_digit: fn(u8) -> bool) -> (usize, usize) {
    let whole = digits(text, is_digit);
    match text.get(whole) {
        Some(b'.') => {
            let fraction = digits(&text[whole + 1..], is_digit);
            if whole + fraction == 0 { (0, 0) } else { (whole + 1 + fraction, whole + fraction) }
        }
        _ => (whole, whole),
    }
}

/// Length of an exponent with its letter, 0 when it has no digits.
fn exponent(text: &[u8], letter: u8) -> usize {
    if !text.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&letter)) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'-' | b'+')));
    match digits(&text[1 + sign..], |byte| byte.is_ascii_digit()) {
        0 => 0,
        count => 1 + sign + count,
    }
}

fn decimal_number(text: &[u8]) -> Option<(f64, usize)> {
    let (len, count) = mantissa(text, |byte| byte.is_ascii_digit());
    if count == 0 {
        return None;
    }
    let len = len + exponent(&text[len..], b'e');
    std::str::from_utf8(&text[..len]).ok()?.parse().ok().map(|number| (number, len))
}

fn hex_number(text: &[u8]) -> Option<(f64, usize)> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let (len, count) = mantissa(digits, |byte| byte.is_ascii_hexdigit());
    if count == 0 {
        return None;
    }
    let (mut value, mut scale, mut behind_point) = (0.0f64, 0i32, false);
    for &byte in &digits[..len] {
        match char::from(byte).to_digit(16) {
            Some(digit) => {
                value = value * 16.0 + f64::from(digit);
                scale -= if behind_point { 4 } else { 0 };
            }
            None => behind_point = true,
        }
    }
    let power = exponent(&digits[len..], b'p');
    if power > 0 {
        let text = std::str::from_utf8(&digits[len + 1..len + power]).ok()?;
        scale =
            scale.saturating_add(text.parse().unwrap_or(if text.starts_with('-') { -9999 } else { 9999 }));
    }
    Some((value * 2f64.powi(scale), 2 + len + power))
}

/// Adds a string with its quotes.
pub fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' | b'/' => out.extend([b'\\', byte]),
            8 => out.extend(b"\\b"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            12 => out.extend(b"\\f"),
            b'\r' => out.extend(b"\\r"),
            0..32 | 127 => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_c_reads_them() {
        for (text, number, len) in [
            ("12,", 12.0, 2),
            ("-1.5e3x", -1500.0, 6),
            ("1e", 1.0, 1),
            ("1.", 1.0, 2),
            (".5", 0.5, 2),
            ("0x1F ", 31.0, 4),
            ("0x.8p1", 1.0, 6),
            ("0xg", 0.0, 1),
            ("infinite", f64::INFINITY, 3),
            ("-Infinity", f64::NEG_INFINITY, 9),
        ] {
            assert_eq!(leading_number(text.as_bytes()), Some((number, len)), "{text}");
        }
        assert_eq!(leading_number(b"."), None);
        assert_eq!(leading_number(b"-"), None);
        assert!(leading_number(b"nan").is_some_and(|(number, len)| number.is_nan() && len == 3));
    }

    #[test]
    fn strings_and_escapes() {
        let token = |text: &str| Scanner::new(text.as_bytes(), true).token();
        assert_eq!(token(r#""a\n\u00e9\ud83d\ude00""#), Token::Text("a\né😀".into()));
        assert_eq!(token(r#""\ud83d""#), Token::Wrong("invalid unicode escape code"));
        assert_eq!(token(r#""\x""#), Token::Wrong("invalid escape code"));
        assert_eq!(token("\"abc"), Token::Wrong("unexpected end of string"));
        let mut out = Vec::new();
        put_text(&mut out, b"a\"/\x01\n\xff");
        assert_eq!(out, b"\"a\\\"\\/\\u0001\\n\xff\"");
    }
}
