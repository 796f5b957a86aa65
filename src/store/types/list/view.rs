//! A list to read and a list to change, whichever form it has. The change of form is here too: a list
//! becomes big before it gets elements that its listpack may not hold, and small again when it has shrunk
//! to half of what a listpack may hold (so that it does not go back and forth).

use std::cell::RefCell;

use super::{End, List, Rules, each_packed};
use crate::store::packed::listpack::{self, Item, Listpack};
use crate::store::{EntryMut, Kind, Object, OwnedValue, Packing, ValueRef};

/// A list to read.
#[derive(Clone, Copy)]
pub enum ListRef<'a> {
    /// A small one.
    Packed(Listpack<'a>),
    /// A big one.
    Big(&'a List),
}

impl<'a> ListRef<'a> {
    /// The list that a value is; none when it is another type.
    #[inline]
    pub fn of(value: ValueRef<'a>) -> Option<ListRef<'a>> {
        match value {
            ValueRef::Packed(Kind::List, _, bytes) => Some(ListRef::Packed(Listpack::new(bytes))),
            ValueRef::Object(Object::List(list)) => Some(ListRef::Big(list)),
            _ => None,
        }
    }

    /// Number of elements.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            ListRef::Packed(pack) => pack.len(),
            ListRef::Big(list) => list.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Shows the element with this index.
    pub fn get<R>(self, index: usize, f: impl FnOnce(Item<'_>) -> R) -> Option<R> {
        match self {
            ListRef::Packed(pack) => pack.seek(index as i64).map(|at| f(pack.get(at))),
            ListRef::Big(list) => list.get(index, f),
        }
    }

    /// Shows up to `count` elements from the one at `start` on, towards the end or (`back`) the beginning,
    /// as long as `f` wants more.
    pub fn each(self, start: usize, mut count: usize, back: bool, f: &mut impl FnMut(Item<'_>) -> bool) {
        match self {
            ListRef::Packed(pack) => {
                each_packed(pack, start, back, &mut count, f);
            }
            ListRef::Big(list) => list.each(start, count, back, f),
        }
    }

    /// Index of the first element that equals `wanted`.
    pub fn position(self, wanted: &[u8]) -> Option<usize> {
        let (mut at, mut found) = (0, None);
        let item = Item::of(wanted);
        self.each(0, usize::MAX, false, &mut |element| {
            if same(element, item, wanted) {
                found = Some(at);
            }
            at += 1;
            found.is_none()
        });
        found
    }
}

/// Are an element and the wanted bytes, as `item`, the same?
pub(super) fn same(element: Item<'_>, item: Item<'_>, wanted: &[u8]) -> bool {
    element == item || matches!((element, item), (Item::Str(bytes), Item::Int(_)) if bytes == wanted)
}

/// An empty small list.
pub fn empty() -> OwnedValue {
    OwnedValue::Packed(Kind::List, Packing::Listpack, listpack::empty())
}

/// A list to change.
pub struct ListMut<'a> {
    entry: EntryMut<'a>,
    rules: Rules,
}

impl<'a> ListMut<'a> {
    /// The list of an entry that holds one.
    pub fn new(entry: EntryMut<'a>, rules: Rules) -> ListMut<'a> {
        debug_assert!(entry.as_ref().kind() == Kind::List);
        ListMut { entry, rules }
    }

    /// The list to read.
    pub fn view(&self) -> ListRef<'_> {
        ListRef::of(self.entry.value()).unwrap_or_else(|| unreachable!("the entry holds a list"))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn big(&mut self) -> Option<&mut List> {
        match self.entry.object_mut() {
            Some(Object::List(list)) => Some(list),
            _ => None,
        }
    }

    /// Becomes big if it may not stay small with so many more bytes and elements.
    fn make_room(&mut self, bytes: usize, count: usize) {
        let ValueRef::Packed(_, _, packed) = self.entry.value() else { return };
        let len = Listpack::new(packed).len();
        if self.rules.exceeds(packed.len() + bytes, len + count) {
            let list = List::of_packed(packed.to_vec(), len);
            self.entry.set_value(OwnedValue::Object(Box::new(Object::List(list))));
        }
    }

    /// Becomes small if it has shrunk enough.
    pub fn shrink(&mut self) {
        let ListRef::Big(list) = self.view() else { return };
        if let Some(bytes) = list.as_packed(self.rules, true) {
            self.entry.set_value(OwnedValue::Packed(Kind::List, Packing::Listpack, bytes));
        }
    }

    /// Adds elements at an end, one after the other.
    pub fn push<'e>(&mut self, end: End, elements: impl Iterator<Item = &'e [u8]> + Clone) {
        let (bytes, count) = elements.clone().fold((0, 0), |(bytes, n), e| (bytes + e.len(), n + 1));
        self.make_room(bytes, count);
        let rules = self.rules;
        if let Some(list) = self.big() {
            elements.for_each(|element| list.push(end, element, rules));
            return;
        }
        self.entry.edit_packed(|packed| {
            for element in elements {
                match end {
                    End::Left => listpack::insert(packed, listpack::HEADER, Item::of(element)),
                    End::Right => listpack::push(packed, Item::of(element)),
                }
            }
        });
    }

    /// Takes up to `count` elements from an end, each shown to `taken`.
    pub fn pop(&mut self, end: End, count: usize, taken: &mut dyn FnMut(Item<'_>)) {
        let count = count.min(self.len());
        let rules = self.rules;
        if let Some(list) = self.big() {
            for _ in 0..count {
                list.pop(end, rules, &mut *taken);
            }
            return self.shrink();
        }
        self.entry.edit_packed(|packed| {
            let pack = Listpack::new(packed);
            let first = if end == End::Left { pack.first() } else { pack.last() };
            let mut left = count;
            let (mut next, mut last) = (first, first);
            while let Some(at) = next.filter(|_| left > 0) {
                taken(pack.get(at));
                last = Some(at);
                left -= 1;
                next = if end == End::Left { pack.next(at) } else { pack.prev(at) };
            }
            if let (Some(first), Some(last)) = (first, last) {
                listpack::remove(packed, first.min(last), count);
            }
        });
    }

    /// Inserts an element ahead of the one at `index`, or at the end.
    pub fn insert(&mut self, index: usize, element: &[u8]) {
        self.make_room(element.len(), 1);
        let rules = self.rules;
        if let Some(list) = self.big() {
            return list.insert(index, element, rules);
        }
        self.entry.edit_packed(|packed| {
            let pack = Listpack::new(packed);
            let at = pack.seek(index as i64).unwrap_or(pack.end());
            listpack::insert(packed, at, Item::of(element));
        });
    }

    /// Puts another element in the place of the one at `index`, which must be there.
    pub fn set(&mut self, index: usize, element: &[u8]) {
        self.make_room(element.len(), 1);
        let rules = self.rules;
        if let Some(list) = self.big() {
            list.set(index, element, rules);
            return self.shrink();
        }
        self.entry.edit_packed(|packed| {
            if let Some(at) = Listpack::new(packed).seek(index as i64) {
                listpack::replace(packed, at, Item::of(element));
            }
        });
    }

    /// Removes `count` elements from the one at `start` on; they must be there.
    pub fn remove(&mut self, start: usize, count: usize) {
        let rules = self.rules;
        if let Some(list) = self.big() {
            list.remove(start, count, rules);
            return;
        }
        self.entry.edit_packed(|packed| {
            if let Some(at) = Listpack::new(packed).seek(start as i64) {
                listpack::remove(packed, at, count);
            }
        });
    }

    /// Removes elements that equal `wanted`, at most `most`, from the end if `back`; says how many.
    pub fn remove_equal(&mut self, wanted: &[u8], most: usize, back: bool) -> usize {
        let rules = self.rules;
        if let Some(list) = self.big() {
            return list.remove_equal(wanted, most, back, rules);
        }
        if self.view().position(wanted).is_none() {
            return 0;
        }
        let removed = RefCell::new(0);
        self.entry.edit_packed(|packed| {
            let len = Listpack::new(packed).len();
            let mut node = super::Node::packed(std::mem::take(packed), len);
            removed.replace(node.remove_equal(wanted, most, back));
            *packed = node.bytes().into_owned();
        });
        removed.into_inner()
    }
}

/// A list of nodes as a value: small again if it is one small node; none when it is empty.
pub fn settled(list: List, rules: Rules) -> Option<OwnedValue> {
    if list.is_empty() {
        return None;
    }
    let value = match list.as_packed(rules, false) {
        Some(bytes) => OwnedValue::Packed(Kind::List, Packing::Listpack, bytes),
        None => OwnedValue::Object(Box::new(Object::List(list))),
    };
    Some(value)
}
