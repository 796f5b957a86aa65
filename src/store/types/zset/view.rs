//! A sorted set to read or to change, whichever of its two forms it has.

use std::collections::HashSet;

use crate::store::db::EntryMut;
use crate::store::object::Object;
use crate::store::packed::{Item, Listpack, listpack};
use crate::store::value::{IntText, Kind, OwnedValue, Packing, ValueRef};

use super::{Cut, Zset, packed, tree};

/// Up to which size a sorted set is packed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `zset-max-listpack-entries`.
    pub entries: u64,
    /// `zset-max-listpack-value`, in bytes.
    pub value: u64,
}

impl Limits {
    /// May so many elements, none longer than `longest`, be packed in so many bytes?
    pub fn allow(&self, elements: usize, longest: usize, bytes: usize) -> bool {
        elements as u64 <= self.entries && longest as u64 <= self.value && bytes < listpack::BYTES_MAX
    }
}

/// An element of a sorted set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Element<'a> {
    /// The member.
    pub member: Item<'a>,
    /// Its score.
    pub score: f64,
}

impl Element<'_> {
    /// A copy that depends on nothing.
    pub fn to_pair(self) -> (Vec<u8>, f64) {
        (self.member.to_vec(), self.score)
    }
}

/// A sorted set to read.
#[derive(Clone, Copy, Debug)]
pub enum ZsetRef<'a> {
    /// A small one.
    Packed(Listpack<'a>),
    /// A big one.
    Big(&'a Zset),
}

impl<'a> ZsetRef<'a> {
    /// The sorted set that a value is; nothing when it is another type.
    pub fn new(value: ValueRef<'a>) -> Option<ZsetRef<'a>> {
        match value {
            ValueRef::Packed(Kind::Zset, _, bytes) => Some(ZsetRef::Packed(Listpack::new(bytes))),
            ValueRef::Object(Object::Zset(zset)) => Some(ZsetRef::Big(zset)),
            _ => None,
        }
    }

    /// Number of elements.
    pub fn len(self) -> usize {
        match self {
            ZsetRef::Packed(pack) => pack.len() / 2,
            ZsetRef::Big(zset) => zset.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The score of a member.
    pub fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            ZsetRef::Packed(pack) => packed::find(pack, member).map(|(_, score)| score),
            ZsetRef::Big(zset) => zset.score(member),
        }
    }

    /// Number of elements before the cut.
    pub fn rank(self, cut: &Cut<'_>) -> usize {
        match self {
            ZsetRef::Packed(pack) => packed::rank(pack, cut),
            ZsetRef::Big(zset) => zset.rank(cut),
        }
    }

    /// The elements from rank `low` to before rank `high`, from either end.
    pub fn range(self, low: usize, high: usize) -> Elements<'a> {
        let high = high.min(self.len());
        let low = low.min(high);
        match self {
            ZsetRef::Packed(pack) => {
                let mut items = pack.iter();
                for _ in 0..2 * low {
                    items.next();
                }
                for _ in 2 * high..pack.len() {
                    items.next_back();
                }
                Elements::Packed(items)
            }
            ZsetRef::Big(zset) => Elements::Big(zset.range(low, high)),
        }
    }

    /// All elements in order.
    pub fn iter(self) -> Elements<'a> {
        self.range(0, usize::MAX)
    }
}

/// Elements in order, from either end.
#[derive(Clone, Debug)]
pub enum Elements<'a> {
    /// Of a small sorted set.
    Packed(listpack::Iter<'a>),
    /// Of a big one.
    Big(tree::Range<'a>),
}

fn of_pair<'a>((score, member): (f64, &'a [u8])) -> Element<'a> {
    Element { member: Item::Str(member), score }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            Elements::Packed(items) => {
                let member = items.next()?;
                Some(Element { member, score: packed::score_of(items.next()?)? })
            }
            Elements::Big(range) => range.next().map(of_pair),
        }
    }
}

impl DoubleEndedIterator for Elements<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Elements::Packed(items) => {
                let score = packed::score_of(items.next_back()?)?;
                Some(Element { member: items.next_back()?, score })
            }
            Elements::Big(range) => range.next_back().map(of_pair),
        }
    }
}

/// A sorted set to change.
pub struct ZsetMut<'a> {
    entry: EntryMut<'a>,
    limits: Limits,
}

impl<'a> ZsetMut<'a> {
    /// The sorted set that an entry holds. Only for entries of this type.
    pub fn new(entry: EntryMut<'a>, limits: Limits) -> ZsetMut<'a> {
        debug_assert_eq!(entry.as_ref().kind(), Kind::Zset);
        ZsetMut { entry, limits }
    }

    /// The sorted set to look at.
    pub fn view(&self) -> ZsetRef<'_> {
        ZsetRef::new(self.entry.value()).unwrap_or_else(|| unreachable!("the entry holds a sorted set"))
    }

    /// Makes a small one big when this many elements are about to come.
    pub fn expect(&mut self, elements: usize) {
        if elements as u64 > self.limits.entries {
            self.grow();
        }
    }

    /// Gives a member, new or not, the score that `decide` makes of its present one; leaves it alone when
    /// that is none. Returns the score before.
    pub fn update<E>(
        &mut self,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Result<Option<f64>, E>,
    ) -> Result<Option<f64>, E> {
        if let Some(Object::Zset(zset)) = self.entry.object_mut() {
            return zset.update(member, decide);
        }
        let (found, elements, bytes) = match self.view() {
            ZsetRef::Packed(pack) => (packed::find(pack, member), pack.len() / 2, pack.as_bytes().len()),
            ZsetRef::Big(_) => unreachable!("it is no object"),
        };
        let old = found.map(|(_, score)| score);
        let Some(new) = decide(old)? else { return Ok(old) };
        if old == Some(new) {
            return Ok(old);
        }
        if old.is_none() && !self.limits.allow(elements + 1, member.len(), bytes + member.len()) {
            self.grow();
            if let Some(Object::Zset(zset)) = self.entry.object_mut() {
                zset.insert(member, new);
            }
            return Ok(old);
        }
        self.entry.edit_packed(|bytes| {
            if let Some((at, _)) = found {
                packed::remove(bytes, at);
            }
            packed::insert(bytes, member, new);
        });
        Ok(old)
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
        if let Some(Object::Zset(zset)) = self.entry.object_mut() {
            return zset.remove(member);
        }
        let ZsetRef::Packed(pack) = self.view() else { return None };
        let (at, score) = packed::find(pack, member)?;
        self.entry.edit_packed(|bytes| packed::remove(bytes, at));
        Some(score)
    }

    /// Removes the elements from rank `low` to before rank `high`.
    pub fn remove_range(&mut self, low: usize, high: usize) {
        match self.entry.object_mut() {
            Some(Object::Zset(zset)) => zset.remove_range(low, high),
            _ => self.entry.edit_packed(|bytes| packed::remove_range(bytes, low, high)),
        }
    }

    /// Makes a small one big.
    fn grow(&mut self) {
        let ZsetRef::Packed(_) = self.view() else { return };
        let mut zset = Zset::default();
        let mut digits = IntText::default();
        for element in self.view().iter() {
            zset.insert(element.member.bytes(&mut digits), element.score);
        }
        self.entry.set_value(OwnedValue::Object(Box::new(Object::Zset(zset))));
    }
}

/// A sorted set of these elements, which are in order and have no member twice, in the form that suits it.
pub fn collect(elements: &[(Vec<u8>, f64)], limits: Limits) -> OwnedValue {
    let longest = elements.iter().map(|(member, _)| member.len()).max().unwrap_or(0);
    let bytes = elements.iter().map(|(member, _)| member.len()).sum();
    if limits.allow(elements.len(), longest, bytes) {
        let mut pack = listpack::empty();
        for (member, score) in elements {
            packed::push(&mut pack, Item::of(member), *score);
        }
        return OwnedValue::Packed(Kind::Zset, Packing::Listpack, pack);
    }
    let mut zset = Zset::default();
    for (member, score) in elements {
        zset.insert(member, *score);
    }
    OwnedValue::Object(Box::new(Object::Zset(zset)))
}

/// The elements of a listpack that may come from anywhere (it has passed the listpack's own check);
/// nothing when they are no sorted set: a score that is no number, a member twice.
pub fn packed_elements(pack: Listpack<'_>) -> Option<Vec<(Vec<u8>, f64)>> {
    let mut items = pack.iter();
    let (mut elements, mut members) = (Vec::new(), HashSet::new());
    while let Some(member) = items.next() {
        let score = packed::score_of(items.next()?).filter(|score| !score.is_nan())?;
        let member = member.to_vec();
        members.insert(member.clone()).then_some(())?;
        elements.push((member, score));
    }
    Some(elements)
}

/// A value as it comes from a file, which was written under other limits perhaps, in the form that suits
/// these. Other types are left alone.
pub fn fit(value: OwnedValue, limits: Limits) -> OwnedValue {
    let Some(set) = ZsetRef::new(value.as_ref()) else { return value };
    let few = set.len() as u64 <= limits.entries;
    let fits = match set {
        ZsetRef::Packed(_) => few,
        ZsetRef::Big(_) => !few || set.iter().any(|element| element.member.len() as u64 > limits.value),
    };
    if fits {
        return value;
    }
    let elements: Vec<_> = set.iter().map(Element::to_pair).collect();
    collect(&elements, limits)
}
