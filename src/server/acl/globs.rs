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

/// So many heads are counted through: that takes less time than the steps of a bisection, which wait for each
/// other.
const COUNTED_HEADS: usize = 12;

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
    #[inline]
    pub fn matches(&self, text: &[u8]) -> bool {
        self.everything || self.prefixes.has_prefix_of(text) || self.matches_other(text)
    }

    /// Does one match that is no prefix?
    #[inline(never)]
    fn matches_other(&self, text: &[u8]) -> bool {
        self.exact.has(text) || self.rest.iter().any(|pattern| glob::matches(pattern, text))
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

/// Words in order, of which it takes a few steps to find the one that a text may be or begin with.
///
/// ```text
/// shared   what all of them begin with, once: "user:"
/// starts   the words by the first byte behind that
/// heads    of each word the first eight bytes behind it, as a number in the same order
/// tails    of each word all bytes behind it: looked at among those with the same head
/// ```
#[derive(Clone, Debug, Default)]
struct Ordered {
    shared: Box<[u8]>,
    /// The head of what is shared, if that is no longer than one.
    short: Option<(u64, u64)>,
    /// What is shared is itself a word: of prefixes it is then the only one.
    whole: bool,
    /// Empty when there are no words.
    starts: Vec<u32>,
    heads: Vec<u64>,
    tails: Vec<Box<[u8]>>,
}

impl Ordered {
    fn new(mut words: Vec<&[u8]>) -> Ordered {
        words.sort_unstable();
        words.dedup();
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Ordered::default() };
        let bytes = first.iter().zip(*last).take_while(|(a, b)| a == b).count();
        let shared: Box<[u8]> = first[..bytes].into();
        let tails: Vec<Box<[u8]>> = words.iter().map(|word| word[bytes..].into()).collect();
        let below =
            |byte: usize| tails.partition_point(|tail| tail.first().is_none_or(|b| usize::from(*b) < byte));
        Ordered {
            short: (bytes <= HEAD_BYTES).then(|| (head(&shared), mask(bytes))),
            whole: tails[0].is_empty(),
            starts: (0..=256).map(|byte| below(byte) as u32).collect(),
            heads: tails.iter().map(|tail| head(tail)).collect(),
            shared,
            tails,
        }
    }

    /// Does `text` begin with one of the words, of which none begins with another?
    #[inline]
    fn has_prefix_of(&self, text: &[u8]) -> bool {
        let Some(rest) = self.behind_shared(text) else { return false };
        if self.whole {
            return true;
        }
        let Some((last, number)) = self.near(rest) else { return false };
        if self.heads[last] == number {
            return self.tie(last, rest).is_some_and(|tail| rest.starts_with(tail));
        }
        // The word ends within the head, or is another one.
        let bytes = self.tails[last].len();
        bytes < HEAD_BYTES && bytes <= rest.len() && self.heads[last] == number & mask(bytes)
    }

    /// Is `text` one of the words?
    fn has(&self, text: &[u8]) -> bool {
        let Some(rest) = self.behind_shared(text) else { return false };
        if rest.is_empty() {
            return self.whole;
        }
        let Some((last, number)) = self.near(rest) else { return false };
        self.heads[last] == number && self.tie(last, rest).is_some_and(|tail| tail == rest)
    }

    /// `text` without what all words begin with; none when it does not begin so, or there are no words.
    #[inline]
    fn behind_shared<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        if self.starts.is_empty() {
            return None;
        }
        let Some((number, mask)) = self.short else { return text.strip_prefix(&*self.shared) };
        if head(text) & mask == number { text.get(self.shared.len()..) } else { None }
    }

    /// The last word whose head is not above that of `rest`, and that head. The word has the same first byte.
    #[inline]
    fn near(&self, rest: &[u8]) -> Option<(usize, u64)> {
        let byte = usize::from(*rest.first()?);
        let (mut start, end) = (self.starts[byte] as usize, self.starts[byte + 1] as usize);
        let number = head(rest);
        let mut heads = &self.heads[start..end];
        while heads.len() > COUNTED_HEADS {
            let (low, high) = heads.split_at(heads.len() / 2);
            (start, heads) = if high[0] <= number { (start + low.len(), high) } else { (start, low) };
        }
        let not_above = heads.iter().map(|head| usize::from(*head <= number)).sum::<usize>();
        Some((start + not_above.checked_sub(1)?, number))
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

/// The first eight bytes as a number that is in the same order; what is missing is zero.
///
/// A copy of so many bytes as there are would be a call, and the load behind it would wait for its stores: what is
/// short is put together from loads that overlap.
#[inline]
fn head(text: &[u8]) -> u64 {
    if let Some(bytes) = text.first_chunk::<HEAD_BYTES>() {
        return u64::from_be_bytes(*bytes);
    }
    let behind = 8 * (HEAD_BYTES - text.len());
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return u64::from(u32::from_be_bytes(*first)) << 32 | u64::from(u32::from_be_bytes(*last)) << behind;
    }
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return 0 };
    let middle = u64::from(text[text.len() / 2]) << (56 - 8 * (text.len() / 2));
    u64::from(*first) << 56 | middle | u64::from(*last) << behind
}

/// The part of a head that so many bytes make, at most eight.
#[inline]
fn mask(bytes: usize) -> u64 {
    !u64::MAX.checked_shr(8 * bytes as u32).unwrap_or(0)
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
