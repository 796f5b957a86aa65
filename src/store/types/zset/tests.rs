//! The sorted set against a plain map: random operations, then every question that can be asked.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::store::packed::{Listpack, listpack};

#[derive(Clone, Debug)]
enum Op {
    Set(u16, i8),
    Remove(u16),
    RemoveRange(u16, u8),
    Clone,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (any::<u16>(), any::<i8>()).prop_map(|(member, score)| Op::Set(member % 3000, score)),
        5 => any::<u16>().prop_map(|member| Op::Remove(member % 3000)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(low, count)| Op::RemoveRange(low, count)),
        1 => Just(Op::Clone),
    ]
}

fn name(member: u16) -> Vec<u8> {
    let long = if member.is_multiple_of(97) { 3000 } else { usize::from(member % 7) };
    format!("{member}{}", "x".repeat(long)).into_bytes()
}

fn sorted(model: &BTreeMap<Vec<u8>, f64>) -> Vec<(f64, Vec<u8>)> {
    let mut all: Vec<_> = model.iter().map(|(member, score)| (*score, member.clone())).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    all
}

fn apply(zset: &mut Zset, model: &mut BTreeMap<Vec<u8>, f64>, op: &Op) {
    match op {
        Op::Set(member, score) => {
            let (member, score) = (name(*member), f64::from(*score) / 4.0);
            assert_eq!(zset.insert(&member, score), model.insert(member, score));
        }
        Op::Remove(member) => {
            let member = name(*member);
            assert_eq!(zset.remove(&member), model.remove(&member));
        }
        Op::RemoveRange(low, count) => {
            let low = usize::from(*low) % (model.len() + 1);
            let high = low + usize::from(*count);
            zset.remove_range(low, high);
            for (_, member) in sorted(model).into_iter().skip(low).take(high - low) {
                model.remove(&member);
            }
        }
        Op::Clone => {}
    }
}

fn check(zset: &Zset, model: &BTreeMap<Vec<u8>, f64>) {
    let all = sorted(model);
    assert_eq!(zset.len(), all.len());
    let found: Vec<_> = zset.range(0, usize::MAX).map(|(score, member)| (score, member.to_vec())).collect();
    assert_eq!(found, all);
    let mut back: Vec<_> = zset.range(3, all.len()).rev().map(|(_, member)| member.to_vec()).collect();
    back.reverse();
    assert_eq!(back, all.iter().skip(3).map(|(_, member)| member.clone()).collect::<Vec<_>>());
    for (rank, (score, member)) in all.iter().enumerate().step_by(7) {
        assert_eq!(zset.score(member), Some(*score));
        assert_eq!(zset.rank(&Cut::Element(*score, member, false)), rank);
        let (below, through) = (zset.rank(&Cut::Score(*score, false)), zset.rank(&Cut::Score(*score, true)));
        assert_eq!(below, all.iter().filter(|element| element.0 < *score).count());
        assert_eq!(through, all.iter().filter(|element| element.0 <= *score).count());
    }
    let (mut cursor, mut seen) = (0, BTreeMap::new());
    loop {
        cursor = zset.scan(cursor, &mut |member, score| {
            seen.insert(member.to_vec(), score);
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(&seen, model);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn behaves_like_a_map(ops in prop::collection::vec(op(), 1..2500)) {
        let (mut zset, mut model) = (Zset::default(), BTreeMap::new());
        let mut copies = Vec::new();
        for op in &ops {
            apply(&mut zset, &mut model, op);
            if matches!(op, Op::Clone) && copies.len() < 4 {
                copies.push((zset.clone(), model.clone()));
            }
        }
        check(&zset, &model);
        copies.iter().for_each(|(zset, model)| check(zset, model));
    }

    #[test]
    fn packed_is_as_big(ops in prop::collection::vec((0u8..40, -5i8..5, any::<bool>()), 1..100)) {
        let (mut pack, mut zset) = (listpack::empty(), Zset::default());
        for (member, score, keep) in ops {
            let (member, score) = (member.to_string().into_bytes(), f64::from(score) / 2.0);
            if let Some((at, _)) = packed::find(Listpack::new(&pack), &member) {
                packed::remove(&mut pack, at);
            }
            zset.remove(&member);
            if keep {
                packed::insert(&mut pack, &member, score);
                zset.insert(&member, score);
            }
        }
        let small = ZsetRef::Packed(Listpack::new(&pack));
        let pairs = |set: ZsetRef<'_>| set.iter().map(Element::to_pair).collect::<Vec<_>>();
        prop_assert_eq!(pairs(small), pairs(ZsetRef::Big(&zset)));
        prop_assert_eq!(packed_elements(Listpack::new(&pack)), Some(pairs(small)));
        for score in -6..6 {
            let cut = Cut::Score(f64::from(score) / 2.0, true);
            prop_assert_eq!(small.rank(&cut), zset.rank(&cut));
        }
    }
}

#[test]
fn members_are_seen_through_growth_and_shrinking() {
    let mut zset = Zset::default();
    for i in 0..2000 {
        zset.insert(format!("stay{i}").as_bytes(), f64::from(i));
    }
    let (mut cursor, mut seen, mut round) = (0, std::collections::HashSet::new(), 0);
    loop {
        cursor = zset.scan(cursor, &mut |member, _| {
            seen.insert(member.to_vec());
        });
        if cursor == 0 {
            break;
        }
        for i in 0..50 {
            let other = format!("other{}", (round % 60) * 50 + i).into_bytes();
            if round < 60 {
                zset.insert(&other, 1.0)
            } else {
                zset.remove(&other)
            };
        }
        for i in 0..5 {
            zset.insert(format!("stay{i}").as_bytes(), f64::from(round));
        }
        round += 1;
    }
    assert!((0..2000).all(|i| seen.contains(format!("stay{i}").as_bytes())));
}

#[test]
fn elements_in_order_fill_their_leaves() {
    for backwards in [false, true] {
        let mut zset = Zset::default();
        for i in 0..10_000 {
            let i = if backwards { 10_000 - i } else { i };
            zset.insert(format!("m{i:05}").as_bytes(), 0.0);
        }
        let model = zset.range(0, usize::MAX).map(|(score, member)| (member.to_vec(), score)).collect();
        check(&zset, &model);
    }
}
