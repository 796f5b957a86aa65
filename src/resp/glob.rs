//! Glob patterns as KEYS, SCAN, PSUBSCRIBE, CONFIG GET, COMMAND LIST and ACL rules use them.
//!
//! ```text
//! *        any run of bytes, also none      [abc]  one of these      [^a-c]  none of these
//! ?        one byte                         \x     the byte x, whatever it means elsewhere
//! ```
//!
//! Every element but `*` eats exactly one byte. So when a match fails it is enough to go back to the
//! LAST `*` and let it eat one byte more: an earlier `*` eating more could only leave less text for
//! the same rest. That makes the matcher a loop with one remembered position: no recursion, and at
//! most pattern length times text length steps, so that `a*a*a*...b` cannot hold a server up.
//!
//! Three corners are kept as Redis has them, because users see them: an empty text matches only an
//! empty pattern (not `*`; callers that want `*` to mean "all" ask [`matches_all`]); a class that is
//! never closed ends with the pattern; ranges compare bytes as signed numbers.

/// Whether `pattern` is the single `*` that callers treat as "everything, the empty text too".
pub fn matches_all(pattern: &[u8]) -> bool {
    pattern == b"*"
}

/// Whether `pattern` has any of `*`, `?`, `[`: without them it is a name to look up directly.
/// A backslash alone does not make a pattern, as in CONFIG GET.
pub fn is_pattern(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Whether the whole of `text` matches `pattern`, byte by byte.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    run::<false>(pattern, text)
}

/// As [`matches`], with ASCII letters of either case being equal.
pub fn matches_nocase(pattern: &[u8], text: &[u8]) -> bool {
    run::<true>(pattern, text)
}

/// Where to resume after a failure: the pattern after the last `*`, and the text it was tried at.
struct Star {
    pattern: usize,
    text: usize,
}

fn run<const NOCASE: bool>(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut p, mut t) = (0, 0);
    let mut star: Option<Star> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p = skip_stars(pattern, p);
            if p == pattern.len() {
                return true;
            }
            star = Some(Star { pattern: p, text: t });
            continue;
        }
        if let Some(next) = element::<NOCASE>(pattern, p, text[t]) {
            p = next;
            t += 1;
            continue;
        }
        let Some(last) = &mut star else { return false };
        let Some(at) = resume::<NOCASE>(pattern, last, text) else { return false };
        last.text = at;
        (p, t) = (last.pattern, at);
    }
    skip_stars(pattern, p) == pattern.len()
}

/// The next place in `text` where what follows the star may begin: one further on, or, when a plain
/// byte follows, where that byte stands next.
fn resume<const NOCASE: bool>(pattern: &[u8], star: &Star, text: &[u8]) -> Option<usize> {
    let from = star.text + 1;
    let rest = text.get(from..)?;
    match pattern.get(star.pattern) {
        Some(&byte) if !NOCASE && !matches!(byte, b'?' | b'[' | b'\\') => {
            rest.iter().position(|&c| c == byte).map(|skip| from + skip)
        }
        _ => (!rest.is_empty()).then_some(from),
    }
}

fn skip_stars(pattern: &[u8], from: usize) -> usize {
    let stars = pattern.get(from..).unwrap_or_default().iter().take_while(|&&b| b == b'*').count();
    from + stars
}

/// Matches the one-byte element at `at`; answers where the next element begins.
fn element<const NOCASE: bool>(pattern: &[u8], at: usize, byte: u8) -> Option<usize> {
    match *pattern.get(at)? {
        b'?' => Some(at + 1),
        b'[' => class::<NOCASE>(pattern, at + 1, byte),
        b'\\' if at + 1 < pattern.len() => literal::<NOCASE>(pattern, at + 1, byte),
        _ => literal::<NOCASE>(pattern, at, byte),
    }
}

fn literal<const NOCASE: bool>(pattern: &[u8], at: usize, byte: u8) -> Option<usize> {
    (fold::<NOCASE>(*pattern.get(at)?) == fold::<NOCASE>(byte)).then_some(at + 1)
}

fn fold<const NOCASE: bool>(byte: u8) -> u8 {
    if NOCASE { byte.to_ascii_lowercase() } else { byte }
}

/// A class, from the byte after its `[`. An escape in it is compared exactly, also without case.
fn class<const NOCASE: bool>(pattern: &[u8], from: usize, byte: u8) -> Option<usize> {
    let negated = pattern.get(from) == Some(&b'^');
    let mut at = from + usize::from(negated);
    let mut hit = false;
    loop {
        match pattern.get(at..).unwrap_or_default() {
            [] => break,
            [b'\\', escaped, ..] => {
                hit |= *escaped == byte;
                at += 2;
            }
            [b']', ..] => {
                at += 1;
                break;
            }
            [low, b'-', high, ..] => {
                hit |= in_range::<NOCASE>(*low, *high, byte);
                at += 3;
            }
            [one, ..] => {
                hit |= fold::<NOCASE>(*one) == fold::<NOCASE>(byte);
                at += 1;
            }
        }
    }
    (hit != negated).then_some(at)
}

/// Whether `byte` lies between two ends given in either order.
fn in_range<const NOCASE: bool>(low: u8, high: u8, byte: u8) -> bool {
    let signed = |b: u8| b.cast_signed();
    let (low, high) = if signed(low) > signed(high) { (high, low) } else { (low, high) };
    let [low, high, byte] = [low, high, byte].map(|b| signed(fold::<NOCASE>(b)));
    (low..=high).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_redis() {
        let table: &[(&str, &str, bool)] = &[
            ("", "", true),
            ("*", "", false),
            ("", "a", false),
            ("*", "a", true),
            ("**", "abc", true),
            ("a*", "a", true),
            ("a**", "a", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*ab", "aab", true),
            ("*aab", "aaaab", true),
            ("a*b*c", "abxbxc", true),
            ("a?c", "abc", true),
            ("a?", "a", false),
            ("?", "ab", false),
            ("[abc]", "b", true),
            ("[^abc]", "b", false),
            ("[^abc]x", "dx", true),
            ("[a-c]", "c", true),
            ("[c-a]", "b", true),
            ("[a-]]", "b", false),
            ("[a", "a", true),
            ("[", "a", false),
            ("[^", "a", true),
            ("[\\]]", "]", true),
            ("[\\", "\\", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("\\", "\\", true),
            ("a\\", "a", false),
            ("h[^e]llo*", "hallo world", true),
            ("*?", "a", true),
            ("*[0-9]", "key:7", true),
            ("*[0-9]", "key:x", false),
            ("user:*:name", "user:1:2:name", true),
        ];
        for &(pattern, text, expected) in table {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn case_is_ignored_when_asked() {
        assert!(matches_nocase(b"MAX*", b"maxmemory"));
        assert!(matches_nocase(b"[A-F]x", b"cX"));
        assert!(!matches(b"MAX*", b"maxmemory"));
        assert!(!matches_nocase(b"[\\A]", b"a"), "an escape in a class is compared exactly");
    }

    #[test]
    fn ranges_of_high_bytes_are_signed() {
        assert!(matches(b"[\x80-\xff]", b"\xc0"));
        assert!(!matches(b"[a-\xff]", b"z"));
        assert!(matches(b"[a-\xff]", b"A"));
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let pattern = b"a*".repeat(50_000);
        let text = vec![b'a'; 30_000];
        assert!(!matches(&[&pattern[..], b"b"].concat(), &text));
        let nested: Vec<u8> = b"*a".repeat(40).into_iter().chain(*b"*b").collect();
        assert!(!matches(&nested, &vec![b'a'; 2_000]));
    }

    #[test]
    fn names_and_patterns_are_told_apart() {
        assert!(is_pattern(b"max*") && is_pattern(b"a?") && is_pattern(b"[a]"));
        assert!(!is_pattern(b"maxmemory") && !is_pattern(b"a\\b"));
        assert!(matches_all(b"*") && !matches_all(b"**"));
    }
}
