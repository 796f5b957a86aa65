//! Which replica to promote when the operator names only the group. Pure.
//!
//! The most data wins: within one history the highest offset, then the lower priority number, then the
//! run id, so that two operators choose alike. Offsets of two histories do not count the same bytes:
//! then there is no choice to make here, and the operator must name one.

use super::promote::{check_candidate, same_stream};
use crate::ops::facts::{Group, Live, NodeFacts};
use crate::ui::{Error, Kind, format};

/// The replica to promote.
///
/// # Errors
/// [`Kind::Refused`] with the reason for each node, or naming the two histories.
pub fn choose(group: &Group) -> Result<&NodeFacts, Error> {
    let mut candidates = Vec::new();
    let mut none = Error::new(Kind::Refused, "no replica of the group can be promoted");
    for facts in &group.nodes {
        match eligible(group, facts) {
            Ok(live) => candidates.push((facts, live)),
            Err(reason) => none = none.cause(reason),
        }
    }
    let Some((best, live)) = candidates.iter().copied().max_by(|a, b| rank(a).cmp(&rank(b))) else {
        return Err(none);
    };
    match candidates.iter().find(|(_, other)| !same_stream(live, other)) {
        None => Ok(best),
        Some((other, _)) => Err(Error::new(
            Kind::Refused,
            format!("{} and {} hold different histories", best.title(), other.title()),
        )
        .hint(format!("name the one to keep: rtool promote {}", best.node.addr))),
    }
}

/// Why each of the others is not the one: for the person who is about to confirm it.
pub fn why_not(group: &Group, best: &NodeFacts) -> Vec<String> {
    let mut reasons = Vec::new();
    for facts in group.nodes.iter().filter(|facts| !facts.is_at(&best.node.addr)) {
        reasons.push(match (eligible(group, facts), best.live()) {
            (Err(reason), _) => reason,
            (Ok(live), Some(best_live)) if live.offset < best_live.offset => {
                let behind = format::count(best_live.offset - live.offset, "byte");
                format!("{} is {behind} behind {}", facts.title(), best.title())
            }
            (Ok(_), _) => format!("{} holds as much, and comes later by priority or run id", facts.title()),
        });
    }
    reasons
}

/// The node's own words if it may be promoted, else why not.
fn eligible<'a>(group: &Group, facts: &'a NodeFacts) -> Result<&'a Live, String> {
    let live = super::must_answer(facts).map_err(|error| error.to_string())?;
    if live.is_master() {
        return Err(format!("{} is a master", facts.title()));
    }
    check_candidate(group, (facts, live)).map_err(|error| error.message)?;
    Ok(live)
}

/// Greater is better.
fn rank<'a>((facts, live): &(&NodeFacts, &'a Live)) -> (u64, std::cmp::Reverse<u32>, &'a str) {
    let announced = live.following().map_or(u32::MAX, |following| following.priority);
    (live.offset, std::cmp::Reverse(facts.node.priority.unwrap_or(announced)), &live.run_id)
}
