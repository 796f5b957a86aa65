//! A leaf of the tree: some tens of elements in order, packed.
//!
//! ```text
//!   scores   [ 1.0 | 1.0 | 2.5 | ...        ]    room for LEAF_MAX
//!   ends     [  5  |  9  |  20 | ...        ]    where each member ends in `bytes`
//!   bytes    [ alice bob1 ...               ]    as long as the members are
//! ```
//!
//! A leaf is full when it has LEAF_MAX elements or its members reach LEAF_BYTES. Only a member that is
//! longer alone makes a leaf longer, and then the leaf soon holds little else: each further long member
//! halves what is with it, so that an end always fits 32 bits.

use super::cut::Cut;
use crate::store::table::prefetch;

/// Most elements of a leaf.
pub(super) const LEAF_MAX: usize = 32;
/// Bytes of members from which on a leaf is split.
const LEAF_BYTES: usize = 32 * 1024;
/// The bytes grow in steps of this many elements of the average length, so that little is spare.
const GROWTH: usize = 4;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Lines of members that are fetched ahead.
const MEMBER_LINES_MAX: usize = 16;

#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Leaf {
    len: usize,
    bytes: Vec<u8>,
    ends: [u32; LEAF_MAX],
    scores: [f64; LEAF_MAX],
}

impl Default for Leaf {
    fn default() -> Leaf {
        Leaf { len: 0, scores: [0.0; LEAF_MAX], ends: [0; LEAF_MAX], bytes: Vec::new() }
    }
}

impl Leaf {
    /// A leaf of one element.
    pub(super) fn single(score: f64, member: &[u8]) -> Leaf {
        let mut leaf = Leaf::default();
        leaf.insert(0, score, member);
        leaf
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn score(&self, at: usize) -> f64 {
        self.scores[at]
    }

    /// Fetches the leaf into the cache: the lines a search looks at come together and not one by one.
    #[inline]
    pub(super) fn prefetch(&self) {
        let at = std::ptr::from_ref(self).cast::<u8>();
        for line in 0..size_of::<Leaf>().div_ceil(LINE) {
            prefetch(at.wrapping_add(line * LINE));
        }
    }

    /// Fetches the members too, when the leaf itself has arrived.
    #[inline]
    pub(super) fn prefetch_members(&self) {
        for line in 0..self.bytes.len().div_ceil(LINE).min(MEMBER_LINES_MAX) {
            prefetch(self.bytes.as_ptr().wrapping_add(line * LINE));
        }
    }

    #[inline]
    fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.ends[at - 1] as usize }
    }

    #[inline]
    pub(super) fn member(&self, at: usize) -> &[u8] {
        &self.bytes[self.start(at)..self.ends[at] as usize]
    }

    /// Number of elements before the cut.
    #[inline]
    pub(super) fn position(&self, cut: &Cut<'_>) -> usize {
        cut.position(&self.scores[..self.len], |at| self.member(at))
    }

    /// Does one more member of this length make the leaf too large?
    #[inline]
    pub(super) fn is_full_for(&self, member: &[u8]) -> bool {
        self.len == LEAF_MAX || (self.len > 0 && self.bytes.len() + member.len() > LEAF_BYTES)
    }

    /// Inserts an element at a position.
    pub(super) fn insert(&mut self, at: usize, score: f64, member: &[u8]) {
        let (start, old) = (self.start(at), self.bytes.len());
        self.reserve(member.len());
        self.bytes.resize(old + member.len(), 0);
        self.bytes.copy_within(start..old, start + member.len());
        self.bytes[start..start + member.len()].copy_from_slice(member);
        self.scores.copy_within(at..self.len, at + 1);
        self.scores[at] = score;
        self.ends.copy_within(at..self.len, at + 1);
        self.len += 1;
        self.ends[at] = start as u32;
        self.ends[at..self.len].iter_mut().for_each(|end| *end += member.len() as u32);
    }

    fn reserve(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            let average = self.bytes.len() / self.len.max(1);
            self.bytes.reserve_exact(more + average * (GROWTH - 1));
        }
    }

    /// Removes the element at a position.
    pub(super) fn remove(&mut self, at: usize) {
        let (start, end) = (self.start(at), self.ends[at] as usize);
        self.bytes.drain(start..end);
        self.scores.copy_within(at + 1..self.len, at);
        self.ends.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self.ends[at..self.len].iter_mut().for_each(|moved| *moved -= (end - start) as u32);
        if self.bytes.capacity() > 2 * self.bytes.len() + LEAF_MAX {
            self.bytes.shrink_to_fit();
        }
    }

    /// Takes the elements from a position on out, as a leaf of their own.
    pub(super) fn split_off(&mut self, at: usize) -> Leaf {
        let (start, moved) = (self.start(at), self.len - at);
        let mut right = Leaf { len: moved, bytes: self.bytes[start..].to_vec(), ..Leaf::default() };
        right.scores[..moved].copy_from_slice(&self.scores[at..self.len]);
        for (to, from) in right.ends.iter_mut().zip(&self.ends[at..self.len]) {
            *to = from - start as u32;
        }
        self.bytes.truncate(start);
        self.bytes.shrink_to_fit();
        self.len = at;
        right
    }

    /// Can all elements of both be in one leaf, with some room left?
    pub(super) fn can_take(&self, other: &Leaf) -> bool {
        self.len + other.len <= LEAF_MAX * 3 / 4 && self.bytes.len() + other.bytes.len() <= LEAF_BYTES
    }

    /// Adds the elements of the leaf behind this one.
    pub(super) fn append(&mut self, other: &Leaf) {
        let (len, start) = (self.len, self.bytes.len() as u32);
        self.bytes.extend_from_slice(&other.bytes);
        self.scores[len..len + other.len].copy_from_slice(&other.scores[..other.len]);
        for (to, from) in self.ends[len..].iter_mut().zip(&other.ends[..other.len]) {
            *to = from + start;
        }
        self.len += other.len;
    }
}
