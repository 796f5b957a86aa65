//! The editors of all types through an entry of a database, back and forth over every change of form: against the
//! obvious collections, with copies taken on the way that must stay as they were.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::collection::vec;
use proptest::prelude::*;

use super::list::{self, End, ListMut, ListRef, Rules};
use super::zset::{self, ZsetMut, ZsetRef};
use super::{HashLimits, HashMut, HashRef, SetLimits, SetMut, SetRef};
use crate::store::db::EntryMut;
use crate::store::hash::Seed;
use crate::store::packed::Item;
use crate::store::{Db, OwnedEntry, OwnedValue, ValueRef};

const KEY: &[u8] = b"key";
const RULES: Rules = Rules { fill: 4, depth: 1 };
const SETS: SetLimits = SetLimits { intset_entries: 4, listpack_entries: 8, listpack_value: 8 };
const HASHES: HashLimits = HashLimits { entries: 6, value: 8 };
const ZSETS: zset::Limits = zset::Limits { entries: 6, value: 8 };
/// A copy is taken at every so many steps.
const COPY_STEPS: usize = 7;

/// A database with one key, and copies of its value with what they hold.
struct Held<M> {
    db: Db,
    copies: Vec<(OwnedValue, M)>,
}

impl<M: Clone> Held<M> {
    fn new(value: OwnedValue) -> Held<M> {
        let mut held = Held { db: Db::new(Seed::new([7; 16])), copies: Vec::new() };
        held.put(value);
        held
    }

    fn put(&mut self, value: OwnedValue) {
        let hash = self.db.hash(KEY);
        self.db.put(hash, KEY, OwnedEntry { value, expire_ms: None, access: 0 });
    }

    fn entry(&mut self) -> EntryMut<'_> {
        let hash = self.db.hash(KEY);
        self.db.get_mut(hash, KEY).expect("it is there")
    }

    fn value(&self) -> ValueRef<'_> {
        self.db.get(self.db.hash(KEY), KEY).expect("it is there").value()
    }

    fn note(&mut self, step: usize, model: &M) {
        if step.is_multiple_of(COPY_STEPS) {
            let entry = self.db.get(self.db.hash(KEY), KEY).expect("it is there");
            self.copies.push((entry.to_owned().value, model.clone()));
        }
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (-9i64..30).prop_map(|n| n.to_string().into_bytes()),
        3 => "[a-c]{0,2}".prop_map(String::into_bytes),
        1 => any::<i64>().prop_map(|n| n.to_string().into_bytes()),
        1 => (9usize..90).prop_map(|n| vec![b'x'; n]),
    ]
}

fn elements(list: ListRef<'_>, back: bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let start = if back { list.len().saturating_sub(1) } else { 0 };
    list.each(start, usize::MAX, back, &mut |item| {
        found.push(item.to_vec());
        true
    });
    found
}

fn check_list(value: ValueRef<'_>, model: &VecDeque<Vec<u8>>) {
    let list = ListRef::of(value).expect("it is a list");
    assert_eq!(list.len(), model.len());
    assert!(elements(list, false).iter().eq(model) && elements(list, true).iter().eq(model.iter().rev()));
    for (at, element) in model.iter().enumerate() {
        assert_eq!(list.get(at, |item| item.to_vec()).as_ref(), Some(element));
        let first = model.iter().position(|other| other == element);
        assert_eq!(list.position(element), first);
    }
    assert!(list.get(model.len(), |item| item.to_vec()).is_none());
}

type ListOp = (u8, bool, usize, Vec<Vec<u8>>);

fn change_list(list: &mut ListMut<'_>, model: &mut VecDeque<Vec<u8>>, (what, left, n, all): &ListOp) {
    let (end, len) = (if *left { End::Left } else { End::Right }, model.len());
    let (at, one) = (n % (len + 1), &all[0]);
    match what {
        0 => {
            list.push(end, all.iter().map(Vec::as_slice));
            all.iter().cloned().for_each(|e| if *left { model.push_front(e) } else { model.push_back(e) });
        }
        1 => {
            let mut taken = Vec::new();
            list.pop(end, n % 6, &mut |item| taken.push(item.to_vec()));
            for item in taken {
                assert_eq!(Some(item), if *left { model.pop_front() } else { model.pop_back() });
            }
            assert_eq!(model.len(), len - (n % 6).min(len));
        }
        2 => {
            list.insert(at, one);
            model.insert(at, one.clone());
        }
        3 if at < len => {
            list.set(at, one);
            model[at] = one.clone();
        }
        4 => {
            let count = (n % 4).min(len - at);
            list.remove(at, count);
            model.drain(at..at + count);
        }
        _ => {
            let count = model.iter().filter(|other| *other == one).count();
            assert_eq!(list.remove_equal(one, usize::MAX, *left), count);
            model.retain(|other| other != one);
            list.shrink();
        }
    }
}

fn check_set(value: ValueRef<'_>, model: &BTreeSet<Vec<u8>>) {
    let set = SetRef::of(value);
    let all: BTreeSet<_> = set.to_vec().into_iter().map(Item::to_vec).collect();
    assert_eq!((&all, set.len()), (model, model.len()));
    let (mut seen, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = set.scan(cursor, &mut |member| {
            seen.insert(member.to_vec());
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(&seen, model);
    let mut state = 1u64;
    let drawn = set.random(&mut || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 11
    });
    assert_eq!(drawn.is_some_and(|member| model.contains(&member.to_vec())), !model.is_empty());
}

type Fields = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

fn check_hash(value: ValueRef<'_>, model: &Fields) {
    let hash = HashRef::of(value);
    let all = hash.to_vec().into_iter().map(|f| (f.name.to_vec(), (f.value.to_vec(), f.expire_ms)));
    assert_eq!(&all.collect::<Fields>(), model);
    let (mut seen, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = hash.scan(cursor, &mut |field| {
            seen.insert(field.name.to_vec());
        });
        if cursor == 0 {
            break;
        }
    }
    assert!(seen.iter().eq(model.keys()));
    let mut state = 1u64;
    let drawn = hash.random(&mut || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 11
    });
    assert_eq!(drawn.is_some_and(|field| model.contains_key(&field.name.to_vec())), !model.is_empty());
}

fn check_zset(value: ValueRef<'_>, model: &BTreeMap<Vec<u8>, i64>) {
    let set = ZsetRef::new(value).expect("it is a sorted set");
    let mut order: Vec<_> = model.iter().map(|(member, score)| (*score, member.clone())).collect();
    order.sort();
    let pairs: Vec<_> = order.iter().map(|(score, member)| (member.clone(), *score as f64)).collect();
    assert_eq!(set.iter().map(|element| element.to_pair()).collect::<Vec<_>>(), pairs);
    for (rank, (member, score)) in pairs.iter().enumerate() {
        assert_eq!(set.score(member), Some(*score));
        let alone: Vec<_> = set.range(rank, rank + 1).map(|element| element.to_pair().0).collect();
        assert_eq!(alone, std::slice::from_ref(member));
    }
}

proptest! {
    #[test]
    fn a_list_is_a_deque(ops in vec((0u8..6, any::<bool>(), any::<usize>(), vec(text(), 1..4)), 1..60)) {
        let (mut held, mut model) = (Held::new(list::empty()), VecDeque::new());
        for (step, op) in ops.iter().enumerate() {
            change_list(&mut ListMut::new(held.entry(), RULES), &mut model, op);
            check_list(held.value(), &model);
            held.note(step, &model);
        }
        held.copies.iter().for_each(|(value, model)| check_list(value.as_ref(), model));
    }

    #[test]
    fn a_set_is_a_set(ops in vec((0u8..5, text()), 1..80)) {
        let (mut held, mut model) = (Held::new(SETS.empty()), BTreeSet::new());
        for (step, (what, member)) in ops.into_iter().enumerate() {
            let mut entry = held.entry();
            let mut set = SetMut::new(&mut entry, SETS);
            match what {
                0 | 1 => prop_assert_eq!(set.remove(&member), model.remove(&member)),
                _ => prop_assert_eq!(set.add(&member), model.insert(member)),
            }
            check_set(held.value(), &model);
            held.note(step, &model);
        }
        held.copies.iter().for_each(|(value, model)| check_set(value.as_ref(), model));
    }

    #[test]
    fn a_hash_is_a_map(ops in vec((0u8..6, text(), text(), 0i64..100), 1..80)) {
        let (mut held, mut model) = (Held::new(HASHES.empty()), Fields::new());
        for (step, (what, field, value, at)) in ops.into_iter().enumerate() {
            let mut entry = held.entry();
            let mut hash = HashMut::new(&mut entry, HASHES);
            match what {
                0 | 1 => prop_assert_eq!(hash.remove(&field), model.remove(&field).is_some()),
                2 => {
                    let new = hash.set_expiring(&field, &value, at);
                    prop_assert_eq!(new, model.insert(field, (value, Some(at))).is_none());
                }
                _ => prop_assert_eq!(hash.set(&field, &value), model.insert(field, (value, None)).is_none()),
            }
            check_hash(held.value(), &model);
            held.note(step, &model);
        }
        held.copies.iter().for_each(|(value, model)| check_hash(value.as_ref(), model));
    }

    #[test]
    fn a_zset_is_a_map_in_order(ops in vec((0u8..6, text(), -5i64..5, any::<usize>()), 1..80)) {
        let (mut held, mut model) = (Held::new(zset::collect(&[], ZSETS)), BTreeMap::new());
        for (step, (what, member, score, n)) in ops.into_iter().enumerate() {
            let mut set = ZsetMut::new(held.entry(), ZSETS);
            match what {
                0 => prop_assert_eq!(set.remove(&member), model.remove(&member).map(|score| score as f64)),
                1 => {
                    let low = n % (model.len() + 1);
                    let high = (low + n % 3).min(model.len());
                    set.remove_range(low, high);
                    let mut order: Vec<_> = model.iter().map(|(m, s): (&Vec<u8>, &i64)| (*s, m.clone())).collect();
                    order.sort();
                    order[low..high].iter().for_each(|(_, member)| _ = model.remove(member));
                }
                _ => {
                    let old = set.insert(&member, score as f64);
                    prop_assert_eq!(old, model.insert(member, score).map(|score| score as f64));
                }
            }
            check_zset(held.value(), &model);
            held.note(step, &model);
        }
        held.copies.iter().for_each(|(value, model)| check_zset(value.as_ref(), model));
    }
}
