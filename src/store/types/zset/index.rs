//! Scores by member, without the members: a linear hash table of (32 bits of the member's hash, score).
//! Whoever looks a member up gets the scores it may have, most often one or none, and asks the tree
//! whether (score, member) is there.
//!
//! ```text
//!   pages     [ Arc | Arc | ... ]          16 segments a page, shared by clones, copied on write
//!   segment   [ (hash, score) ... ]        some 16 to 48 pairs in no order
//!   number    hash mod 2^(k+1) if there is such a segment, else hash mod 2^k
//! ```
//!
//! It grows by splitting one segment and shrinks by joining two: no operation touches more.

use triomphe::Arc;

use crate::store::table::prefetch;

/// Segments of a page.
const PAGE: usize = 16;
/// Average number of pairs of a segment above which one is split.
const SPLIT_ABOVE: usize = 24;
/// Average number of pairs of a segment below which two are joined.
const JOIN_BELOW: usize = 8;
/// Bytes of a cache line.
const LINE: usize = 64;
/// Lines of a segment that are fetched ahead.
const LINES_MAX: usize = 9;
/// A segment grows by an eighth, and by at least this many pairs.
const GROWTH_MIN: usize = 2;

/// A pair, the score in halves so that it takes 12 bytes and not 16.
#[derive(Clone, Copy, Debug)]
struct Pair {
    hash: u32,
    score: [u32; 2],
}

impl Pair {
    fn new(hash: u32, score: f64) -> Pair {
        let bits = score.to_bits();
        Pair { hash, score: [bits as u32, (bits >> 32) as u32] }
    }

    fn score(self) -> f64 {
        f64::from_bits(u64::from(self.score[0]) | u64::from(self.score[1]) << 32)
    }
}

type Segment = Vec<Pair>;

#[derive(Clone, Debug, Default)]
struct Page {
    segments: [Segment; PAGE],
}

/// The index.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pages: Vec<Arc<Page>>,
    segments: usize,
    len: usize,
}

impl Default for Index {
    fn default() -> Index {
        Index { pages: vec![Arc::default()], segments: 1, len: 0 }
    }
}

/// The largest power of two that is not above `n` (which is not 0).
fn power_below(n: usize) -> usize {
    1 << n.ilog2()
}

fn add(segment: &mut Segment, pair: Pair) {
    if segment.len() == segment.capacity() {
        segment.reserve_exact((segment.len() / 8).max(GROWTH_MIN));
    }
    segment.push(pair);
}

impl Index {
    /// The number of the segment of a hash.
    #[inline]
    fn number(&self, hash: u32) -> usize {
        let low = power_below(self.segments);
        let number = hash as usize & (2 * low - 1);
        if number < self.segments { number } else { number & (low - 1) }
    }

    #[inline]
    fn segment(&self, number: usize) -> &Segment {
        &self.pages[number / PAGE].segments[number % PAGE]
    }

    fn segment_mut(&mut self, number: usize) -> &mut Segment {
        &mut Arc::make_mut(&mut self.pages[number / PAGE]).segments[number % PAGE]
    }

    /// Fetches into the cache what says where the pairs of this hash are.
    #[inline]
    pub(super) fn prefetch_way(&self, hash: u32) {
        prefetch(std::ptr::from_ref(self.segment(self.number(hash))).cast());
    }

    /// Fetches the pairs.
    #[inline]
    pub(super) fn prefetch(&self, hash: u32) {
        let segment = self.segment(self.number(hash));
        for line in 0..size_of_val(&segment[..]).div_ceil(LINE).min(LINES_MAX) {
            prefetch(segment.as_ptr().cast::<u8>().wrapping_add(line * LINE));
        }
    }

    /// The scores that a member with this hash may have.
    #[inline]
    pub(super) fn scores(&self, hash: u32) -> impl Iterator<Item = f64> {
        let segment = self.segment(self.number(hash));
        segment.iter().filter(move |pair| pair.hash == hash).map(|pair| pair.score())
    }

    /// Adds a member.
    pub(super) fn add(&mut self, hash: u32, score: f64) {
        let number = self.number(hash);
        add(self.segment_mut(number), Pair::new(hash, score));
        self.len += 1;
        if self.len > self.segments * SPLIT_ABOVE {
            self.split();
        }
    }

    /// The place of a pair in the segment of its hash. Equal pairs are as good as each other.
    fn place(&self, number: usize, hash: u32, score: f64) -> Option<usize> {
        self.segment(number).iter().position(|pair| pair.hash == hash && pair.score() == score)
    }

    /// Changes the score of a member.
    pub(super) fn change(&mut self, hash: u32, old: f64, new: f64) {
        let number = self.number(hash);
        if let Some(place) = self.place(number, hash, old) {
            self.segment_mut(number)[place] = Pair::new(hash, new);
        }
    }

    /// Removes a member.
    pub(super) fn remove(&mut self, hash: u32, score: f64) {
        let number = self.number(hash);
        let Some(place) = self.place(number, hash, score) else { return };
        let segment = self.segment_mut(number);
        segment.swap_remove(place);
        if segment.capacity() > 2 * segment.len() + 2 * GROWTH_MIN {
            segment.shrink_to_fit();
        }
        self.len -= 1;
        if self.segments > 1 && self.len < self.segments * JOIN_BELOW {
            self.join();
        }
    }

    /// Splits the segment whose turn it is in two.
    fn split(&mut self) {
        let new = self.segments;
        let low = power_below(new);
        if new.is_multiple_of(PAGE) {
            self.pages.push(Arc::default());
        }
        let old = self.segment_mut(new - low);
        let mut go = Segment::with_capacity(old.len() / 2 + 2 * GROWTH_MIN);
        old.retain(|pair| {
            let stays = pair.hash as usize & (2 * low - 1) != new;
            if !stays {
                add(&mut go, *pair);
            }
            stays
        });
        old.shrink_to(old.len() + 2 * GROWTH_MIN);
        *self.segment_mut(new) = go;
        self.segments += 1;
    }

    /// Joins the last segment with the one it was split from.
    fn join(&mut self) {
        let last = self.segments - 1;
        let pairs = std::mem::take(self.segment_mut(last));
        if last.is_multiple_of(PAGE) {
            self.pages.pop();
        }
        self.segments = last;
        let other = self.segment_mut(last - power_below(last));
        other.reserve_exact(pairs.len());
        other.extend_from_slice(&pairs);
    }

    /// Visits the pairs of one step of a walk with Redis's guarantee for SCAN, and returns the cursor of
    /// the next step (0: the end). The cursor counts with its bits reversed, so that what was split or
    /// joined between two steps is neither missed nor begun anew.
    pub(super) fn scan(&self, cursor: u64, visit: &mut dyn FnMut(u32, f64)) -> u64 {
        let low = power_below(self.segments);
        let mask = low as u64 - 1;
        let number = (cursor & mask) as usize;
        for number in [number, number + low] {
            if number < self.segments {
                self.segment(number).iter().for_each(|pair| visit(pair.hash, pair.score()));
            }
        }
        (cursor | !mask).reverse_bits().wrapping_add(1).reverse_bits()
    }

    /// Bytes that the index takes, about.
    pub(super) fn mem_bytes(&self) -> usize {
        self.pages.len() * size_of::<Page>() + self.len * size_of::<Pair>() * 9 / 8
    }

    /// Number of allocations.
    pub(super) fn effort(&self) -> usize {
        self.pages.len() + self.segments
    }
}
