//! Where an order of elements is cut in two. Elements are ordered by score, then by the bytes of the
//! member; every question about a range ("how many are below", "from where to where") is one of ranks, and
//! a rank is the number of elements before a cut:
//!
//! ```text
//!   a 1   b 1   c 2   d 5        Cut::score(2.0, false)   2     before the first 2
//!              ^                 Cut::score(2.0, true)    3     behind the last 2
//! ```

use std::cmp::Ordering;

/// A place between two elements.
#[derive(Clone, Copy, Debug)]
pub enum Cut<'a> {
    /// Before all elements.
    Start,
    /// Behind all elements.
    End,
    /// At a score; `after`: behind the elements that have it.
    Score(f64, bool),
    /// At a member, of elements that all have the same score; `after`: behind it.
    Member(&'a [u8], bool),
    /// At one element; `after`: behind it.
    Element(f64, &'a [u8], bool),
}

/// Is something before the cut, given how it compares with what the cut is at?
fn is_before(order: Option<Ordering>, after: bool) -> bool {
    match order {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => after,
        _ => false,
    }
}

impl Cut<'_> {
    /// Number of elements before the cut, among some in order: their scores, and their members, which are
    /// only looked at where the score does not decide.
    #[inline]
    pub(super) fn position<'m>(&self, scores: &[f64], member: impl Fn(usize) -> &'m [u8]) -> usize {
        match *self {
            Cut::Start => 0,
            Cut::End => scores.len(),
            Cut::Score(at, false) => scores.partition_point(|score| *score < at),
            Cut::Score(at, true) => scores.partition_point(|score| *score <= at),
            Cut::Member(name, after) => {
                search(0, scores.len(), |at| is_before(Some(member(at).cmp(name)), after))
            }
            Cut::Element(at, name, after) => {
                let low = scores.partition_point(|score| *score < at);
                let high = low + scores[low..].partition_point(|score| *score <= at);
                search(low, high, |at| is_before(Some(member(at).cmp(name)), after))
            }
        }
    }

    /// Is this element before the cut? The member is only looked at when the score does not decide.
    #[inline]
    pub fn is_behind<'m>(&self, score: f64, member: impl FnOnce() -> &'m [u8]) -> bool {
        match *self {
            Cut::Start => false,
            Cut::End => true,
            Cut::Score(at, after) => is_before(score.partial_cmp(&at), after),
            Cut::Member(at, after) => is_before(Some(member().cmp(at)), after),
            Cut::Element(at, name, after) => {
                score < at || (score == at && is_before(Some(member().cmp(name)), after))
            }
        }
    }
}

/// The first place from `low` on, and before `high`, that is not before; `high` when all are.
#[inline]
fn search(mut low: usize, mut high: usize, before: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = (low + high) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
