//! Ranges in arguments: by rank, by score (`1`, `(1`, `-inf`), by member (`[a`, `(a`, `-`, `+`); each ends
//! up as a pair of ranks.

use crate::server::commands::parse;
use crate::server::fault::Fault;
use crate::store::types::zset::{Cut, ZsetRef};

use super::number_text;

const NOT_SCORES: Fault = Fault::new("ERR min or max is not a float");
const NOT_MEMBERS: Fault = Fault::new("ERR min or max not valid string range item");

/// What a range is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Ranks.
    Rank,
    /// Scores.
    Score,
    /// Members, where all scores are equal.
    Lex,
}

/// A range.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bounds<'a> {
    Ranks(i64, i64),
    Cuts(Cut<'a>, Cut<'a>),
}

fn score_cut(arg: &[u8], upper: bool) -> Option<Cut<'static>> {
    let (open, text) = match arg {
        [b'(', rest @ ..] => (true, rest),
        _ => (false, arg),
    };
    Some(Cut::Score(number_text::parse_bound(text)?, upper != open))
}

fn member_cut(arg: &[u8], upper: bool) -> Option<Cut<'_>> {
    match arg {
        b"-" => Some(Cut::Start),
        b"+" => Some(Cut::End),
        [b'(', member @ ..] => Some(Cut::Member(member, !upper)),
        [b'[', member @ ..] => Some(Cut::Member(member, upper)),
        _ => None,
    }
}

impl<'a> Bounds<'a> {
    pub(super) fn parse(by: By, low: &'a [u8], high: &'a [u8]) -> Result<Bounds<'a>, Fault> {
        let (cuts, words) = match by {
            By::Rank => return Ok(Bounds::Ranks(parse::int(low)?, parse::int(high)?)),
            By::Score => (score_cut(low, false).zip(score_cut(high, true)), NOT_SCORES),
            By::Lex => (member_cut(low, false).zip(member_cut(high, true)), NOT_MEMBERS),
        };
        let (low, high) = cuts.ok_or(words)?;
        Ok(Bounds::Cuts(low, high))
    }

    /// The ranks from which and before which the range is; with `reverse` ranks in the bounds count from
    /// the end.
    pub(super) fn ranks(&self, set: ZsetRef<'_>, reverse: bool) -> (usize, usize) {
        match self {
            Bounds::Cuts(low, high) => {
                let low = set.rank(low);
                (low, set.rank(high).max(low))
            }
            Bounds::Ranks(first, last) => {
                let len = set.len() as i64;
                let absolute = |rank: i64| if rank < 0 { rank.saturating_add(len).max(-1) } else { rank };
                let (first, last) = (absolute(*first).max(0), absolute(*last).min(len - 1));
                if first > last {
                    return (0, 0);
                }
                let (first, end) = (first as usize, last as usize + 1);
                if reverse { (len as usize - end, len as usize - first) } else { (first, end) }
            }
        }
    }
}
