//! The set: an intset, a listpack, or a table of segments.
//!
//! ```text
//! integers only, few      intset       set-max-intset-entries
//! few and short members   listpack     set-max-listpack-entries, set-max-listpack-value
//! else                    Set          an item of a segment is a member's bytes
//! ```
//!
//! A set moves down this list as it grows, never up.

use super::holder::Holder;
use super::segments::{NEVER, Segments, Shape};
use crate::store::hash;
use crate::store::object::{Object, Wanted};
use crate::store::packed::intset::{self, Intset};
use crate::store::packed::listpack::{self, BYTES_MAX, Item, Listpack};
use crate::store::value::{IntText, Kind, OwnedValue, Packing, ValueRef, parse_int};

/// Most integers an intset may be allowed to have.
const INTSET_ENTRIES_MAX: usize = 1 << 30;

/// When a set changes its form.
#[derive(Clone, Copy, Debug)]
pub struct SetLimits {
    /// `set-max-intset-entries`.
    pub intset_entries: usize,
    /// `set-max-listpack-entries`.
    pub listpack_entries: usize,
    /// `set-max-listpack-value`.
    pub listpack_value: usize,
}

/// Items of a set's segments are the members' bytes.
#[derive(Debug)]
struct Member;

impl Shape for Member {
    #[inline]
    fn key(item: &[u8]) -> &[u8] {
        item
    }

    #[inline]
    fn due(_: &[u8]) -> i64 {
        NEVER
    }
}

/// A big set.
#[derive(Clone, Debug, Default)]
pub struct Set {
    members: Segments<Member>,
}

impl Set {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes.
    pub fn mem_bytes(&self) -> usize {
        self.members.mem_bytes()
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        self.members.effort()
    }

    /// Whether this is a member.
    #[inline]
    pub fn contains(&self, member: &[u8]) -> bool {
        self.members.locate(hash::of_values().hash(member), member).is_some()
    }

    /// Adds a member; false when it was there.
    #[inline]
    pub fn add(&mut self, member: &[u8]) -> bool {
        let seed = hash::of_values();
        let h = seed.hash(member);
        let new = self.members.locate(h, member).is_none();
        if new {
            self.members.push(h, &[member], NEVER, seed);
        }
        new
    }

    /// Removes a member; false when it was not there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let seed = hash::of_values();
        let place = self.members.locate(seed.hash(member), member);
        place.map(|place| self.members.remove(place, seed)).is_some()
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = &[u8]> {
        self.members.items()
    }

    /// Fetches into the cache what looks at these are going to need.
    pub(in crate::store) fn prefetch(&self, wanted: &[Wanted]) {
        wanted.iter().for_each(|one| self.members.prefetch_way(one.hash));
        wanted.iter().for_each(|one| self.members.prefetch_head(one.hash));
        wanted.iter().for_each(|one| self.members.prefetch_item(one.hash));
    }
}

/// A set to read, whatever its form.
#[derive(Clone, Copy, Debug)]
pub enum SetRef<'a> {
    /// Integers in order.
    Ints(Intset<'a>),
    /// A listpack.
    Pack(Listpack<'a>),
    /// A table.
    Big(&'a Set),
}

impl<'a> SetRef<'a> {
    /// The set that a value is; only for sets.
    #[inline]
    pub fn of(value: ValueRef<'a>) -> SetRef<'a> {
        match value {
            ValueRef::Object(Object::Set(set)) => SetRef::Big(set),
            ValueRef::Packed(Kind::Set, Packing::Intset, bytes) => SetRef::Ints(Intset::new(bytes)),
            ValueRef::Packed(Kind::Set, Packing::Listpack, bytes) => SetRef::Pack(Listpack::new(bytes)),
            _ => unreachable!("the caller has checked that the value is a set"),
        }
    }

    /// Number of members.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            SetRef::Ints(ints) => ints.len(),
            SetRef::Pack(pack) => pack.len(),
            SetRef::Big(set) => set.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether this is a member.
    #[inline]
    pub fn contains(self, member: &[u8]) -> bool {
        match self {
            SetRef::Ints(ints) => parse_int(member).is_some_and(|number| ints.contains(number)),
            SetRef::Pack(pack) => pack.find(pack.first(), member, 1).is_some(),
            SetRef::Big(set) => set.contains(member),
        }
    }

    /// Visits the members until `visit` says false.
    pub fn each(self, visit: &mut dyn FnMut(Item<'a>) -> bool) {
        match self {
            SetRef::Ints(ints) => ints.iter().map(Item::Int).all(visit),
            SetRef::Pack(pack) => pack.iter().all(visit),
            SetRef::Big(set) => set.members().map(Item::Str).all(visit),
        };
    }

    /// The members.
    pub fn to_vec(self) -> Vec<Item<'a>> {
        let mut all = Vec::with_capacity(self.len());
        self.each(&mut |member| {
            all.push(member);
            true
        });
        all
    }

    /// A member, each as likely as any other.
    pub fn random(self, random: &mut dyn FnMut() -> u64) -> Option<Item<'a>> {
        match self {
            SetRef::Ints(ints) if ints.is_empty() => None,
            SetRef::Ints(ints) => Some(Item::Int(ints.get((random() % ints.len() as u64) as usize))),
            SetRef::Pack(pack) if pack.is_empty() => None,
            SetRef::Pack(pack) => pack.seek((random() % pack.len() as u64) as i64).map(|at| pack.get(at)),
            SetRef::Big(set) => set.members.random(random).map(Item::Str),
        }
    }

    /// One step of a scan: visits some members from `cursor` on and returns where to go on, 0 at the end.
    /// A packed set is one step.
    pub fn scan(self, cursor: u64, visit: &mut dyn FnMut(Item<'_>)) -> u64 {
        match self {
            SetRef::Big(set) => set.members.scan(cursor, &mut |member| visit(Item::Str(member))),
            packed => {
                packed.each(&mut |member| {
                    visit(member);
                    true
                });
                0
            }
        }
    }
}

/// A set to change.
pub struct SetMut<'h, H> {
    holder: &'h mut H,
    limits: SetLimits,
}

impl<'h, H: Holder> SetMut<'h, H> {
    /// An editor of the set that `holder` holds.
    pub fn new(holder: &'h mut H, limits: SetLimits) -> Self {
        SetMut { holder, limits }
    }

    /// The set to read.
    #[inline]
    pub fn view(&self) -> SetRef<'_> {
        SetRef::of(self.holder.value())
    }

    #[inline]
    fn big(&mut self) -> Option<&mut Set> {
        match self.holder.object_mut() {
            Some(Object::Set(set)) => Some(set),
            _ => None,
        }
    }

    /// Adds a member; false when it was there.
    #[inline]
    pub fn add(&mut self, member: &[u8]) -> bool {
        match self.big() {
            Some(set) => set.add(member),
            None => self.add_packed(member),
        }
    }

    fn add_packed(&mut self, member: &[u8]) -> bool {
        match (self.view(), parse_int(member)) {
            (SetRef::Ints(ints), Some(number)) => {
                let new = !ints.contains(number);
                if new {
                    self.add_int(number);
                }
                new
            }
            (view, _) => {
                let new = !view.contains(member);
                if new {
                    self.add_bytes(member);
                }
                new
            }
        }
    }

    fn add_int(&mut self, number: i64) {
        let len = self.holder.edit_packed(|bytes| {
            intset::insert(bytes, number);
            Intset::new(bytes).len()
        });
        if len > self.limits.intset_entries.min(INTSET_ENTRIES_MAX) {
            self.make_big();
        }
    }

    /// Adds a new member to an intset or a listpack that cannot stay an intset.
    fn add_bytes(&mut self, member: &[u8]) {
        let (limits, view) = (self.limits, self.view());
        let short = |len: usize| len <= limits.listpack_value;
        let fits =
            view.len() < limits.listpack_entries && short(member.len()) && packed_bytes(view) < BYTES_MAX;
        match view {
            SetRef::Ints(ints) if fits && widest(ints).is_none_or(short) => {
                let pack = listpack::collect(ints.iter().map(Item::Int).chain([Item::of(member)]));
                self.holder.set_value(OwnedValue::Packed(Kind::Set, Packing::Listpack, pack));
            }
            SetRef::Pack(_) if fits => {
                self.holder.edit_packed(|bytes| listpack::push(bytes, Item::of(member)))
            }
            _ => {
                self.make_big();
                self.big().map(|set| set.add(member));
            }
        }
    }

    /// Removes a member; false when it was not there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        if let Some(set) = self.big() {
            return set.remove(member);
        }
        match self.view() {
            SetRef::Ints(_) => {
                let number = parse_int(member);
                number.is_some_and(|number| self.holder.edit_packed(|bytes| intset::remove(bytes, number)))
            }
            SetRef::Pack(pack) => {
                let at = pack.find(pack.first(), member, 1);
                at.map(|at| self.holder.edit_packed(|bytes| listpack::remove(bytes, at, 1))).is_some()
            }
            SetRef::Big(_) => false,
        }
    }

    /// So many members are coming: a set that could not stay packed with all of them becomes big now.
    pub fn expect(&mut self, more: usize) {
        let most = match self.view() {
            SetRef::Ints(_) => self.limits.intset_entries,
            SetRef::Pack(_) => self.limits.listpack_entries,
            SetRef::Big(_) => return,
        };
        if more > most {
            self.make_big();
        }
    }

    /// Packs the set as an intset when it has integers only and may be one.
    pub fn pack_ints(&mut self) {
        let view = self.view();
        if view.len() > self.limits.intset_entries.min(INTSET_ENTRIES_MAX) {
            return;
        }
        let all: Option<Vec<i64>> = view
            .to_vec()
            .into_iter()
            .map(|member| match member {
                Item::Int(number) => Some(number),
                Item::Str(bytes) => parse_int(bytes),
            })
            .collect();
        if let Some(mut numbers) = all {
            numbers.sort_unstable();
            let mut bytes = intset::empty();
            for number in numbers {
                intset::insert(&mut bytes, number);
            }
            self.holder.set_value(OwnedValue::Packed(Kind::Set, Packing::Intset, bytes));
        }
    }

    fn make_big(&mut self) {
        let mut set = Set::default();
        let mut text = IntText::default();
        self.view().each(&mut |member| {
            set.add(member.bytes(&mut text));
            true
        });
        self.holder.set_value(OwnedValue::Object(Box::new(Object::Set(set))));
    }
}

/// The empty set that a first member goes into, when `expected` members are coming in all.
pub(super) fn empty_for(first: &[u8], expected: usize, limits: SetLimits) -> OwnedValue {
    if parse_int(first).is_some() && expected <= limits.intset_entries {
        OwnedValue::Packed(Kind::Set, Packing::Intset, intset::empty())
    } else if expected <= limits.listpack_entries {
        OwnedValue::Packed(Kind::Set, Packing::Listpack, listpack::empty())
    } else {
        OwnedValue::Object(Box::new(Object::Set(Set::default())))
    }
}

impl SetLimits {
    /// The empty set that a first member goes into, when `expected` members are coming in all.
    pub fn empty_for(self, first: &[u8], expected: usize) -> OwnedValue {
        empty_for(first, expected, self)
    }

    /// An empty set that becomes whatever its members make it.
    pub fn empty(self) -> OwnedValue {
        OwnedValue::Packed(Kind::Set, Packing::Intset, intset::empty())
    }
}

fn packed_bytes(view: SetRef<'_>) -> usize {
    match view {
        SetRef::Pack(pack) => pack.as_bytes().len(),
        _ => 0,
    }
}

/// Length of the longest spelling in an intset: that of the first or the last.
fn widest(ints: Intset<'_>) -> Option<usize> {
    let last = ints.len().checked_sub(1)?;
    [0, last].into_iter().map(|index| Item::Int(ints.get(index)).len()).max()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const LIMITS: SetLimits = SetLimits { intset_entries: 6, listpack_entries: 10, listpack_value: 8 };

    fn member() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            (-20i64..20).prop_map(|n| n.to_string().into_bytes()),
            any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            "[a-d]{0,3}".prop_map(String::into_bytes),
            "[a-b]{8,10}".prop_map(String::into_bytes),
        ]
    }

    /// Where Redis has a set go when members are added one by one.
    fn form(value: &OwnedValue) -> u8 {
        match value {
            OwnedValue::Packed(_, Packing::Intset, _) => 0,
            OwnedValue::Packed(..) => 1,
            _ => 2,
        }
    }

    proptest! {
        #[test]
        fn behaves_as_a_set_in_every_form(ops in vec((any::<bool>(), member()), 1..60)) {
            let (mut value, mut model) = (LIMITS.empty(), BTreeSet::new());
            let mut before = 0;
            for (add, member) in ops {
                let mut set = SetMut::new(&mut value, LIMITS);
                if add {
                    prop_assert_eq!(set.add(&member), model.insert(member.clone()));
                } else {
                    prop_assert_eq!(set.remove(&member), model.remove(&member));
                }
                let view = set.view();
                prop_assert_eq!(view.contains(&member), add);
                prop_assert_eq!(view.len(), model.len());
                let all: BTreeSet<_> = view.to_vec().into_iter().map(Item::to_vec).collect();
                prop_assert_eq!(&all, &model);
                prop_assert!(form(&value) >= before);
                before = form(&value);
            }
        }
    }

    #[test]
    fn forms_change_where_limits_say() {
        let mut value = LIMITS.empty();
        let mut set = SetMut::new(&mut value, LIMITS);
        (0..6).for_each(|n: i64| assert!(set.add(n.to_string().as_bytes())));
        assert!(matches!(set.view(), SetRef::Ints(_)));
        assert!(set.add(b"a"));
        assert!(matches!(set.view(), SetRef::Pack(_)));
        (7..10).for_each(|n: i64| assert!(set.add(n.to_string().as_bytes())));
        assert!(matches!(set.view(), SetRef::Pack(_)));
        assert!(set.add(b"b"));
        assert!(matches!(set.view(), SetRef::Big(_)));
        let mut value = LIMITS.empty();
        let mut set = SetMut::new(&mut value, LIMITS);
        (0..7).for_each(|n: i64| assert!(set.add(n.to_string().as_bytes())));
        assert!(matches!(set.view(), SetRef::Big(_)));
    }
}
