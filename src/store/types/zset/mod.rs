//! The sorted set. Small ones are listpacks of member, score, member, score ... in order; big ones are a
//! [`Zset`]:
//!
//! ```text
//!   tree    elements by (score, member), with counts: ranks and ranges      (tree.rs, leaf.rs)
//!   index   hash of the member -> score, without the member                 (index.rs)
//! ```
//!
//! The member is stored once. Both parts are made of shared chunks, so a clone costs little.
//! [`ZsetRef`] and [`ZsetMut`] serve both forms; ranges are pairs of ranks, found by [`Cut`]s.

mod cut;
mod index;
mod leaf;
mod packed;
mod tree;
mod view;

#[cfg(test)]
mod tests;

pub use cut::Cut;
pub use view::{Element, Elements, Limits, ZsetMut, ZsetRef, collect, fit, packed_elements};

use arrayvec::ArrayVec;

use crate::store::hash::of_values;
use crate::store::object::Wanted;

/// Bytes per element beside its member's, with leaves two thirds full: score, end, and a share of the rest.
const TREE_BYTES: usize = 22;
/// Elements per leaf, with leaves two thirds full.
const PER_LEAF: usize = 21;

/// Most places in the tree, or members, that are fetched ahead at a time.
const PLACES_AHEAD_MAX: usize = 128;

/// A big sorted set.
#[derive(Clone, Debug, Default)]
pub struct Zset {
    tree: tree::Tree,
    index: index::Index,
    member_bytes: usize,
}

/// The hash of a member: secret, and the same in all sorted sets of the process.
fn hash(member: &[u8]) -> u32 {
    of_values().hash(member) as u32
}

impl Zset {
    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes, about.
    pub fn mem_bytes(&self) -> usize {
        self.member_bytes + self.len() * TREE_BYTES + self.index.mem_bytes()
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        2 * self.len() / PER_LEAF + self.index.effort()
    }

    /// The score of a member.
    #[inline]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.score_hashed(hash(member), member)
    }

    #[inline]
    fn score_hashed(&self, hash: u32, member: &[u8]) -> Option<f64> {
        self.index.scores(hash).find(|score| self.tree.contains(*score, member))
    }

    /// Gives a member, new or not, the score that `decide` makes of its present one; leaves it alone when
    /// that is none. Returns the score before.
    pub fn update<E>(
        &mut self,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Result<Option<f64>, E>,
    ) -> Result<Option<f64>, E> {
        let hash = hash(member);
        let old = self.score_hashed(hash, member);
        let Some(new) = decide(old)? else { return Ok(old) };
        match old {
            Some(old) if old == new => {}
            Some(old) => {
                self.tree.remove(old, member);
                self.tree.insert(new, member);
                self.index.change(hash, old, new);
            }
            None => {
                self.tree.insert(new, member);
                self.index.add(hash, new);
                self.member_bytes += member.len();
            }
        }
        Ok(old)
    }

    /// Fetches into the cache what looks at these members, and moves to these scores, are going to need.
    pub(in crate::store) fn prefetch(&self, wanted: &[Wanted]) {
        wanted.iter().for_each(|one| self.index.prefetch_way(one.hash as u32));
        wanted.iter().for_each(|one| self.index.prefetch(one.hash as u32));
        let of_one = |one: &Wanted| self.index.scores(one.hash as u32).chain(one.score);
        let scores: ArrayVec<f64, PLACES_AHEAD_MAX> =
            wanted.iter().flat_map(of_one).take(PLACES_AHEAD_MAX).collect();
        self.tree.prefetch(&scores);
    }

    /// The same for taking the first (or last) few elements out.
    pub(in crate::store) fn prefetch_ends(&self, count: usize, last: bool) {
        let (low, high) = if last { (self.len().saturating_sub(count), self.len()) } else { (0, count) };
        let hashes: ArrayVec<u32, PLACES_AHEAD_MAX> =
            self.range(low, high).take(PLACES_AHEAD_MAX).map(|(_, member)| hash(member)).collect();
        hashes.iter().for_each(|hash| self.index.prefetch_way(*hash));
        hashes.iter().for_each(|hash| self.index.prefetch(*hash));
    }

    /// Sets the score of a member, new or not; returns the one before.
    pub fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let set: Result<_, std::convert::Infallible> = self.update(member, |_| Ok(Some(score)));
        match set {
            Ok(old) => old,
            Err(never) => match never {},
        }
    }

    /// Removes a member and returns its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let hash = hash(member);
        let score = self.score_hashed(hash, member)?;
        self.tree.remove(score, member);
        self.index.remove(hash, score);
        self.member_bytes -= member.len();
        Some(score)
    }

    /// Removes the elements from rank `low` to before rank `high`.
    pub fn remove_range(&mut self, low: usize, high: usize) {
        for _ in low..high.min(self.len()) {
            let (score, member) = self.tree.at(low);
            self.member_bytes -= member.len();
            self.index.remove(hash(member), score);
            self.tree.remove_at(low);
        }
    }

    /// Number of elements before the cut.
    pub fn rank(&self, cut: &Cut<'_>) -> usize {
        self.tree.rank(cut)
    }

    /// The elements from rank `low` to before rank `high`, from either end.
    pub fn range(&self, low: usize, high: usize) -> tree::Range<'_> {
        self.tree.range(low, high)
    }

    /// Visits elements from `cursor` on (0: the start) and returns the cursor to go on with (0: the
    /// end). An element that is there during the whole walk is visited, whatever its score becomes.
    ///
    /// The index knows scores and hashes; the members of a score are read from the tree, once for all
    /// pairs of the step that have it.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8], f64)) -> u64 {
        let mut pairs: Vec<(f64, u32)> = Vec::new();
        let next = self.index.scan(cursor, &mut |hash, score| pairs.push((score, hash)));
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            let score = same[0].0;
            let (low, high) = (self.rank(&Cut::Score(score, false)), self.rank(&Cut::Score(score, true)));
            for (score, member) in self.range(low, high) {
                let hash = hash(member);
                if same.iter().any(|pair| pair.1 == hash) {
                    visit(member, score);
                }
            }
        }
        next
    }
}
