//! LZF, the compression of long strings in RDB files and of the inner nodes of lists: our own code for it.
//!
//! A compressed string is a row of instructions, each led by one control byte `c`:
//!
//! ```text
//! c < 32            literal: the next c+1 bytes as they are (1..32 bytes)
//! c >= 32           copy: length = (c >> 5) + 2, or when c >> 5 == 7, 9 + next byte (3..264 bytes);
//!                   distance = ((c & 31) << 8 | next byte) + 1, back from the end of the output (1..8192)
//! ```
//!
//! The compressor is greedy with one candidate per hash of three bytes. Its table is never cleared
//! between strings: positions go on counting from string to string (`base`), so that what an earlier
//! string left is recognised as too old. Clearing 32 KB would cost more than compressing a short string.

const HASH_BITS: u32 = 13;
const DISTANCE_MAX: usize = 1 << 13;
const LITERAL_MAX: usize = 32;
const COPY_MAX: usize = 264;

/// One instruction of three bytes yields at most [`COPY_MAX`] bytes: no honest string grows more than this.
const GROWTH_MAX: usize = COPY_MAX / 3;

/// Compresses strings one after another; keeps its table between them.
pub struct Compressor {
    /// Where each three-byte hash was last seen, as `base` + position; below `base`: an earlier string.
    seen: Box<[u32; 1 << HASH_BITS]>,
    base: u32,
}

impl Default for Compressor {
    fn default() -> Self {
        Compressor { seen: Box::new([0; 1 << HASH_BITS]), base: 1 }
    }
}

impl Compressor {
    /// Appends the compressed form of `input` to `out` when it takes at most `max` bytes. Otherwise
    /// leaves `out` as it was and answers false.
    pub fn compress(&mut self, input: &[u8], out: &mut Vec<u8>, max: usize) -> bool {
        let Some(next_base) = self.room_for(input.len()) else { return false };
        let start = out.len();
        let fits = self.run(input, out, start + max);
        self.base = next_base;
        if !fits {
            out.truncate(start);
        }
        fits
    }

    /// The base after this string; starts the count anew when it would run over.
    fn room_for(&mut self, len: usize) -> Option<u32> {
        let len = u32::try_from(len).ok()?;
        if let Some(next) = self.base.checked_add(len) {
            return Some(next);
        }
        self.seen.fill(0);
        self.base = 1;
        self.base.checked_add(len)
    }

    fn run(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> bool {
        let (mut at, mut literal) = (0, 0);
        while at + 3 <= input.len() {
            let Some(from) = self.candidate(input, at) else {
                if out.len() + (at - literal) > limit {
                    return false;
                }
                // The longer nothing matches, the fewer places are tried: such data seldom compresses.
                at += 1 + ((at - literal) >> 7);
                continue;
            };
            let len = match_len(input, from, at);
            put_literal(out, &input[literal..at]);
            put_copy(out, at - from, len);
            self.remember(input, at + len - 2);
            at += len;
            literal = at;
        }
        put_literal(out, &input[literal..]);
        out.len() <= limit
    }

    /// An earlier place with the same three bytes, near enough to be copied from.
    fn candidate(&mut self, input: &[u8], at: usize) -> Option<usize> {
        let seen = self.remember(input, at)?;
        let from = seen.checked_sub(self.base)? as usize;
        let near = at - from <= DISTANCE_MAX;
        (near && input[from..from + 3] == input[at..at + 3]).then_some(from)
    }

    /// Notes the three bytes at `at`; answers what their slot held before.
    fn remember(&mut self, input: &[u8], at: usize) -> Option<u32> {
        let three = input.get(at..at + 3)?;
        let word = u32::from_le_bytes([three[0], three[1], three[2], 0]);
        let slot = word.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS);
        Some(std::mem::replace(&mut self.seen[slot as usize], self.base + at as u32))
    }
}

fn match_len(input: &[u8], from: usize, at: usize) -> usize {
    let max = COPY_MAX.min(input.len() - at);
    input[from..].iter().zip(&input[at..at + max]).take_while(|(a, b)| a == b).count()
}

fn put_literal(out: &mut Vec<u8>, bytes: &[u8]) {
    for run in bytes.chunks(LITERAL_MAX) {
        out.push(run.len() as u8 - 1);
        out.extend_from_slice(run);
    }
}

fn put_copy(out: &mut Vec<u8>, distance: usize, len: usize) {
    debug_assert!((3..=COPY_MAX).contains(&len) && (1..=DISTANCE_MAX).contains(&distance));
    let high = ((distance - 1) >> 8) as u8;
    if len < 9 {
        out.push(((len - 2) as u8) << 5 | high);
    } else {
        out.extend_from_slice(&[7 << 5 | high, (len - 9) as u8]);
    }
    out.push((distance - 1) as u8);
}

/// Why a compressed string could not be expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt;

/// Replaces `out` by the expansion of `input`, which must be exactly `len` bytes. A `len` that `input`
/// cannot reach is refused before anything is allocated.
pub fn decompress(input: &[u8], out: &mut Vec<u8>, len: usize) -> Result<(), Corrupt> {
    out.clear();
    if len > input.len().saturating_mul(GROWTH_MAX) {
        return Err(Corrupt);
    }
    out.reserve(len);
    let mut rest = input;
    while let Some((&control, after)) = rest.split_first() {
        rest = if usize::from(control) < LITERAL_MAX {
            expand_literal(after, out, usize::from(control) + 1)
        } else {
            expand_copy(after, out, control)
        }?;
        if out.len() > len {
            return Err(Corrupt);
        }
    }
    if out.len() == len { Ok(()) } else { Err(Corrupt) }
}

fn expand_literal<'a>(input: &'a [u8], out: &mut Vec<u8>, len: usize) -> Result<&'a [u8], Corrupt> {
    let (run, rest) = input.split_at_checked(len).ok_or(Corrupt)?;
    out.extend_from_slice(run);
    Ok(rest)
}

fn expand_copy<'a>(mut input: &'a [u8], out: &mut Vec<u8>, control: u8) -> Result<&'a [u8], Corrupt> {
    let mut next = || -> Result<usize, Corrupt> {
        let (&byte, rest) = input.split_first().ok_or(Corrupt)?;
        input = rest;
        Ok(usize::from(byte))
    };
    let mut len = usize::from(control >> 5) + 2;
    if control >> 5 == 7 {
        len += next()?;
    }
    let distance = (usize::from(control & 31) << 8 | next()?) + 1;
    let from = out.len().checked_sub(distance).ok_or(Corrupt)?;
    repeat(out, from, len);
    Ok(input)
}

/// Appends `len` bytes of `out` itself from `from` on. Source and target may overlap: then the bytes
/// between `from` and the end repeat, and each step can copy all repetitions there are.
fn repeat(out: &mut Vec<u8>, from: usize, mut len: usize) {
    while len > 0 {
        let run = len.min(out.len() - from);
        out.extend_from_within(from..from + run);
        len -= run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(c: &mut Compressor, input: &[u8]) -> Option<Vec<u8>> {
        let mut out = b"before".to_vec();
        let fits = c.compress(input, &mut out, input.len().saturating_sub(4));
        assert!(out.starts_with(b"before"));
        fits.then(|| out[6..].to_vec())
    }

    fn unpacked(input: &[u8], len: usize) -> Result<Vec<u8>, Corrupt> {
        let mut out = Vec::new();
        decompress(input, &mut out, len).map(|()| out)
    }

    #[test]
    fn runs_compress_and_expand() {
        let mut c = Compressor::default();
        for len in [21, 64, 263, 264, 265, 270, 1000, 100_000] {
            let input = vec![b'x'; len];
            let small = packed(&mut c, &input).expect("a run compresses");
            assert!(small.len() < len / 4 + 10);
            assert_eq!(unpacked(&small, len).as_deref(), Ok(&input[..]));
        }
    }

    #[test]
    fn incompressible_is_refused_and_leaves_no_trace() {
        let input: Vec<u8> = (0..=255).collect();
        assert_eq!(packed(&mut Compressor::default(), &input), None);
    }

    #[test]
    fn the_count_starts_anew_before_it_overflows() {
        let mut c = Compressor { base: u32::MAX - 50, ..Compressor::default() };
        let input = [b"abcdefgh".as_slice(); 20].concat();
        let small = packed(&mut c, &input).expect("compresses");
        assert_eq!(unpacked(&small, input.len()), Ok(input));
        assert!(c.base < 1000);
    }

    #[test]
    fn a_length_out_of_reach_is_refused() {
        assert_eq!(unpacked(&[0, b'a'], usize::MAX), Err(Corrupt));
        assert_eq!(unpacked(&[0xe0, 0xff, 0], 10), Err(Corrupt));
        assert_eq!(unpacked(&[31], 1), Err(Corrupt));
    }

    proptest! {
        #[test]
        fn round_trip(inputs in prop::collection::vec(prop::collection::vec(0u8..6, 0..2000), 1..5)) {
            let mut c = Compressor::default();
            for input in inputs {
                if let Some(small) = packed(&mut c, &input) {
                    prop_assert_eq!(unpacked(&small, input.len()), Ok(input));
                }
            }
        }

        #[test]
        fn garbage_never_panics(input in prop::collection::vec(any::<u8>(), 0..300), len in 0usize..5000) {
            let mut out = Vec::new();
            if decompress(&input, &mut out, len).is_ok() {
                prop_assert_eq!(out.len(), len);
            }
        }
    }
}
