//! Many patterns asked at once: does any of them match? A user may have hundreds of key patterns, and every
//! command asks; nearly all patterns are names or end in their only `*`, and those are found by a search.
//!
//! ```text
//! "*"             everything matches
//! "user:17"       exact      in order, found by bisection
//! "cache:*"       prefix     in order, none begins another: only the greatest one not above the text can fit
//! "a?c", "*x*"    the rest   one by one
//! ```

use crate::resp::glob;

/// Bytes of a word that are compared as one number.
const HEAD_BYTES: usize = 8;

/// A set of glob patterns.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    everything: bool,
    exact: Ordered,
    prefixes: Ordered,
    rest: Vec<Box<[u8]>>,
}

impl Globs {
    /// The set of these patterns.
    pub fn new<'a>(patterns: impl Iterator<Item = &'a [u8]>) -> Globs {
        let mut globs = Globs::default();
        let (mut exact, mut prefixes) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match pattern.split_last() {
                Some((b'*', [])) => globs.everything = true,
                Some((b'*', head)) if is_plain(head) => prefixes.push(head),
                _ if is_plain(pattern) => exact.push(pattern),
                _ => globs.rest.push(pattern.into()),
            }
        }
        globs.exact = Ordered::new(exact);
        globs.prefixes = Ordered::new(shortest(prefixes));
        globs
    }

    /// Does a pattern match?
    pub fn matches(&self, text: &[u8]) -> bool {
        self.everything
            || self.prefixes.has_prefix_of(text)
            || self.exact.has(text)
            || self.rest.iter().any(|pattern| glob::matches(pattern, text))
    }
}

/// Nothing in it has a meaning of its own.
fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\'))
}

/// Without those that begin with another one.
fn shortest(mut prefixes: Vec<&[u8]>) -> Vec<&[u8]> {
    prefixes.sort_unstable();
    let mut kept: Vec<&[u8]> = Vec::with_capacity(prefixes.len());
    for prefix in prefixes {
        if !kept.last().is_some_and(|last| prefix.starts_with(last)) {
            kept.push(prefix);
        }
    }
    kept
}

/// Words in order. What all begin with stands once; of the rest, the first eight bytes are compared as
/// numbers, and whole words only among those that are equal there.
#[derive(Clone, Debug, Default)]
struct Ordered {
    shared: Box<[u8]>,
    heads: Vec<u64>,
    tails: Vec<Box<[u8]>>,
}

impl Ordered {
    fn new(mut words: Vec<&[u8]>) -> Ordered {
        words.sort_unstable();
        words.dedup();
        let shared = match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.iter().zip(*last).take_while(|(a, b)| a == b).count(),
            _ => 0,
        };
        let tails: Vec<Box<[u8]>> = words.iter().map(|word| word[shared..].into()).collect();
        Ordered {
            shared: words.first().map(|word| word[..shared].into()).unwrap_or_default(),
            heads: tails.iter().map(|tail| head(tail)).collect(),
            tails,
        }
    }

    /// Does `text` begin with one of the words, of which none begins with another?
    fn has_prefix_of(&self, text: &[u8]) -> bool {
        let Some((last, number, rest)) = self.near(text) else { return false };
        if self.heads[last] == number {
            return self.tie(last, rest).is_some_and(|tail| rest.starts_with(tail));
        }
        // The word ends within the head, or is another one.
        let bytes = self.tails[last].len();
        bytes < HEAD_BYTES && bytes <= rest.len() && self.heads[last] == number & !(u64::MAX >> (8 * bytes))
    }

    /// Is `text` one of the words?
    fn has(&self, text: &[u8]) -> bool {
        let Some((last, number, rest)) = self.near(text) else { return false };
        self.heads[last] == number && self.tie(last, rest).is_some_and(|tail| tail == rest)
    }

    /// The last word whose head is not above that of `text`, that head, and `text` without what all words begin
    /// with.
    fn near<'a>(&self, text: &'a [u8]) -> Option<(usize, u64, &'a [u8])> {
        if self.heads.is_empty() {
            return None;
        }
        let rest = text.strip_prefix(&*self.shared)?;
        let number = head(rest);
        let last = self.heads.partition_point(|head| *head <= number).checked_sub(1)?;
        Some((last, number, rest))
    }

    /// Of the words with the head of the `last` one, the last that is not above `rest`.
    fn tie(&self, last: usize, rest: &[u8]) -> Option<&[u8]> {
        let number = self.heads[last];
        let first = self.heads[..last].iter().rposition(|head| *head != number).map_or(0, |at| at + 1);
        let ties = &self.tails[first..=last];
        let at = ties.partition_point(|tail| **tail <= *rest).checked_sub(1)?;
        Some(&ties[at])
    }
}

/// The first eight bytes as a number that is in the same order.
fn head(text: &[u8]) -> u64 {
    if let Some(bytes) = text.first_chunk::<HEAD_BYTES>() {
        return u64::from_be_bytes(*bytes);
    }
    let mut bytes = [0; HEAD_BYTES];
    bytes[..text.len()].copy_from_slice(text);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn globs(patterns: &[&str]) -> Globs {
        Globs::new(patterns.iter().map(|pattern| pattern.as_bytes()))
    }

    #[test]
    fn names_prefixes_and_the_rest() {
        let all = globs(&["user:1", "cache:*", "cache:deep:*", "a?c", "\\*x"]);
        for text in ["user:1", "cache:", "cache:x", "cache:deep:y", "abc", "*x"] {
            assert!(all.matches(text.as_bytes()), "{text}");
        }
        for text in ["user:", "user:12", "cach", "ac", "x", ""] {
            assert!(!all.matches(text.as_bytes()), "{text}");
        }
        assert!(globs(&["*"]).matches(b"") && !globs(&[]).matches(b""));
        assert!(globs(&[""]).matches(b"") && !globs(&[""]).matches(b"a"));
    }

    proptest! {
        #[test]
        fn as_each_pattern_alone(
            patterns in prop::collection::vec("(kk:)?[ab]{0,3}[*?]?(\\x00|b{6,9})?[*]?", 0..20),
            texts in prop::collection::vec("(kk:)?[ab]{0,4}(\\x00|b{6,9})?a?", 1..30),
        ) {
            let all = Globs::new(patterns.iter().map(|pattern| pattern.as_bytes()));
            for text in &texts {
                let text = text.as_bytes();
                let any = patterns.iter().any(|pattern| {
                    let pattern = pattern.as_bytes();
                    glob::matches_all(pattern) || glob::matches(pattern, text)
                });
                prop_assert_eq!(all.matches(text), any, "{:?} of {:?}", text, patterns);
            }
        }
    }
}
