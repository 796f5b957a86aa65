//! A consumer group against two plain maps: who there is, and what each has not acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Consumers, and the pending entries: whose, delivered when, how often.
type Model = (BTreeSet<u8>, BTreeMap<Id, (u8, i64, u64)>);

fn check(group: &Group, (names, pending): &Model) {
    assert!(group.is_whole());
    assert!(group.consumers().map(|consumer| consumer.name[0]).eq(names.iter().copied()));
    let found = group.pending().iter().map(|(id, entry)| {
        let (held, consumer) = group.holder(id).expect("it is pending");
        assert_eq!(held, entry);
        (id, (consumer.name[0], entry.delivered_ms, entry.count))
    });
    assert!(found.eq(pending.iter().map(|(id, entry)| (*id, *entry))));
    for consumer in group.consumers() {
        let own = pending.iter().filter(|(_, (name, ..))| *name == consumer.name[0]).map(|(id, _)| *id);
        assert!(consumer.pending().iter().map(|(id, ())| id).eq(own));
    }
}

fn change(group: &mut Group, (names, pending): &mut Model, (what, id, name, now_ms): (u8, u64, u8, i64)) {
    let id = Id::new(id / 4, id % 4);
    match what {
        0 => {
            let gone = pending.values().filter(|(owner, ..)| *owner == name).count();
            assert_eq!(group.remove_consumer(&[name]), names.remove(&name).then_some(gone));
            pending.retain(|_, (owner, ..)| *owner != name);
        }
        1 | 2 => assert_eq!(group.acknowledge(id), pending.remove(&id).is_some()),
        3 => {
            group.redeliver(id, now_ms);
            pending
                .entry(id)
                .and_modify(|(_, delivered_ms, count)| (*delivered_ms, *count) = (now_ms, *count + 1));
        }
        _ => {
            let (consumer, fresh) = group.number_or_create(&[name], now_ms);
            assert_eq!(fresh, names.insert(name));
            group.assign(id, Pending { delivered_ms: now_ms, count: 1, consumer });
            pending.insert(id, (name, now_ms, 1));
        }
    }
}

proptest! {
    #[test]
    fn a_group_is_two_maps(ops in vec((0u8..9, 0u64..300, b'a'..b'f', 0i64..1000), 1..400)) {
        let (mut group, mut model) = (Group::new(Id::MIN, Some(0)), Model::default());
        let mut copies = Vec::new();
        for (step, op) in ops.into_iter().enumerate() {
            change(&mut group, &mut model, op);
            if step.is_multiple_of(40) {
                copies.push((group.clone(), model.clone()));
            }
        }
        check(&group, &model);
        copies.iter().for_each(|(group, model)| check(group, model));
    }
}
