//! A small sorted set as a listpack: member, score, member, score ... in the order of (score, member).
//! A score that is a whole number is stored as an integer, any other as its text.

use crate::resp::number::double_text;
use crate::store::packed::{Item, Listpack, listpack};
use crate::store::value::IntText;

use super::cut::Cut;
use super::view::Element;

/// Whole numbers below this are exact in a double, and stored as integers.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// A score's text, when it needs one.
fn text(score: f64) -> Option<String> {
    let whole = score.fract() == 0.0 && score.abs() < WHOLE;
    (!whole).then(|| double_text(score))
}

/// The item that a score is stored as.
fn item(score: f64, text: Option<&String>) -> Item<'_> {
    text.map_or(Item::Int(score as i64), |text| Item::of(text.as_bytes()))
}

/// The score that an item is. Text that is no number (from a damaged file) reads as none.
pub(super) fn score_of(item: Item<'_>) -> Option<f64> {
    match item {
        Item::Int(number) => Some(number as f64),
        Item::Str(text) => std::str::from_utf8(text).ok()?.parse().ok(),
    }
}

/// The score behind the member at a position.
fn score_at(pack: Listpack<'_>, member: usize) -> f64 {
    pack.next(member).and_then(|at| score_of(pack.get(at))).unwrap_or(0.0)
}

/// Where a member is, and its score.
pub(super) fn find(pack: Listpack<'_>, member: &[u8]) -> Option<(usize, f64)> {
    let at = pack.find(pack.first(), member, 2)?;
    Some((at, score_at(pack, at)))
}

/// The elements with their positions.
fn walk(pack: Listpack<'_>) -> impl Iterator<Item = (usize, Element<'_>)> {
    pack.positions()
        .step_by(2)
        .map(move |at| (at, Element { member: pack.get(at), score: score_at(pack, at) }))
}

/// Is the element before the cut?
fn is_behind(cut: &Cut<'_>, element: Element<'_>) -> bool {
    let mut digits = IntText::default();
    cut.is_behind(element.score, || element.member.bytes(&mut digits))
}

/// Number of elements before the cut.
pub(super) fn rank(pack: Listpack<'_>, cut: &Cut<'_>) -> usize {
    walk(pack).take_while(|(_, element)| is_behind(cut, *element)).count()
}

/// Inserts an element that is not there.
pub(super) fn insert(bytes: &mut Vec<u8>, member: &[u8], score: f64) {
    let cut = Cut::Element(score, member, false);
    let pack = Listpack::new(bytes);
    let at = walk(pack).find(|(_, element)| !is_behind(&cut, *element)).map_or(pack.end(), |(at, _)| at);
    let text = text(score);
    listpack::insert_all(bytes, at, &[Item::of(member), item(score, text.as_ref())]);
}

/// Adds an element behind all others.
pub(super) fn push(bytes: &mut Vec<u8>, member: Item<'_>, score: f64) {
    let text = text(score);
    listpack::push(bytes, member);
    listpack::push(bytes, item(score, text.as_ref()));
}

/// Removes the element whose member is at a position.
pub(super) fn remove(bytes: &mut Vec<u8>, at: usize) {
    listpack::remove(bytes, at, 2);
}

/// Removes the elements from rank `low` to before rank `high`.
pub(super) fn remove_range(bytes: &mut Vec<u8>, low: usize, high: usize) {
    if let Some(at) = Listpack::new(bytes).seek(2 * low as i64) {
        listpack::remove(bytes, at, 2 * (high - low));
    }
}
