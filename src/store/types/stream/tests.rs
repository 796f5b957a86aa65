//! Streams against a sorted map of entries.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

type Model = BTreeMap<Id, Vec<Vec<u8>>>;

const LIMITS: NodeLimits = NodeLimits { bytes: 200, entries: 5 };

fn owned(entry: Entry<'_>) -> (Id, Vec<Vec<u8>>) {
    let parts = entry.pairs().flat_map(|(field, value)| [field.to_vec(), value.to_vec()]);
    (entry.id, parts.collect())
}

fn check(stream: &Stream, model: &Model) {
    assert_eq!(stream.len(), model.len());
    let all: Vec<_> = stream.range(Id::MIN, Id::MAX).map(owned).collect();
    assert!(all.iter().map(|(id, parts)| (id, parts)).eq(model));
    let back: Vec<_> = stream.range_back(Id::MIN, Id::MAX).map(|entry| entry.id).collect();
    assert!(back.iter().eq(model.keys().rev()));
    assert_eq!(stream.first_id(), model.keys().next().copied().unwrap_or_default());
    assert_eq!(stream.bytes, stream.nodes.iter().map(|(_, node)| node.mem_bytes()).sum::<usize>());
}

/// Every node survives the way through a listpack.
fn check_packs(stream: &Stream) {
    for (master, node) in stream.nodes().iter() {
        let pack = node.to_listpack(master);
        assert_eq!(pack.len(), node.packed_bytes());
        let again = Node::from_listpack(master, &pack).expect("a node's own listpack is good");
        assert_eq!(again.to_listpack(master), pack);
        assert_eq!((again.last(), again.all()), (node.last(), node.all()));
        assert_eq!(again.packed_bytes(), node.packed_bytes());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Add(u64, Vec<Vec<u8>>),
    Delete(u64),
    MaxLen(u64, bool),
    MinId(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let part = prop_oneof![Just(b"field".to_vec()), Just(b"17".to_vec()), "[a-c]{0,70}".prop_map(Vec::from)];
    let parts = proptest::collection::vec(part, 2..5).prop_map(|mut parts| {
        parts.truncate(parts.len() / 2 * 2);
        parts
    });
    prop_oneof![
        8 => (1u64..5, parts).prop_map(|(gap, parts)| Step::Add(gap, parts)),
        3 => (0u64..100).prop_map(Step::Delete),
        1 => (0u64..40, any::<bool>()).prop_map(|(max, exact)| Step::MaxLen(max, exact)),
        1 => (0u64..100, any::<bool>()).prop_map(|(min, exact)| Step::MinId(min, exact)),
    ]
}

fn run(stream: &mut Stream, model: &mut Model, step: Step) {
    let trim = |to, exact: bool| Trim { to, approximate: !exact, limit: 0, refs: Refs::Keep };
    match step {
        Step::Add(gap, parts) => {
            let id = Id::new(stream.last_id.ms + gap / 2, stream.last_id.seq + gap);
            stream.add(id, parts.iter().map(Vec::as_slice), LIMITS).expect("the id is larger");
            model.insert(id, parts);
        }
        Step::Delete(at) => {
            let id = model.keys().nth(at as usize).copied().unwrap_or(Id::new(at, 3));
            assert_eq!(stream.delete(id), model.remove(&id).is_some());
        }
        Step::MaxLen(max, exact) => {
            let removed = stream.trim(&trim(Threshold::MaxLen(max), exact));
            assert!(!exact || stream.len() as u64 <= max);
            (0..removed).for_each(|_| {
                model.pop_first();
            });
        }
        Step::MinId(min, exact) => {
            let min = Id::new(min, 0);
            let removed = stream.trim(&trim(Threshold::MinId(min), exact));
            (0..removed).for_each(|_| {
                model.pop_first();
            });
            assert!(!exact || model.keys().all(|id| *id >= min));
        }
    }
}

proptest! {
    #[test]
    fn a_stream_is_a_sorted_map_of_entries(steps in proptest::collection::vec(step(), 0..200)) {
        let (mut stream, mut model) = (Stream::default(), Model::new());
        let mut copy = None;
        for (n, step) in steps.into_iter().enumerate() {
            run(&mut stream, &mut model, step);
            check(&stream, &model);
            if n == 50 {
                copy = Some((stream.clone(), model.clone()));
            }
        }
        check_packs(&stream);
        if let Some((stream, model)) = copy {
            check(&stream, &model);
        }
    }

    #[test]
    fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in any::<usize>()) {
        let mut stream = Stream::default();
        for n in 1..4 {
            stream.add(Id::new(n, 0), [&b"f"[..], b"some value"].into_iter(), LIMITS).expect("in order");
        }
        let (master, node) = stream.nodes().first().expect("there is one");
        let mut pack = node.to_listpack(master);
        let at = at % pack.len();
        for (place, byte) in bytes.iter().take(3).enumerate() {
            let len = pack.len();
            pack[(at + place) % len] = *byte;
        }
        if let Some(node) = Node::from_listpack(master, &pack) {
            node.entries(master).for_each(|entry| drop(owned(entry)));
        }
        let _ = Node::from_listpack(master, &bytes);
    }
}

#[test]
fn a_group_and_its_consumers_agree() {
    let mut group = Group::new(Id::MIN, Some(0));
    let (anna, fresh) = group.number_or_create(b"anna", 5);
    let (bert, _) = group.number_or_create(b"bert", 6);
    assert!(fresh && group.number_or_create(b"anna", 7) == (anna, false));
    let to = |consumer| Pending { delivered_ms: 1, count: 1, consumer };
    (1..=300).for_each(|n| group.assign(Id::new(n, 0), to(anna)));
    (100..200).for_each(|n| group.assign(Id::new(n, 0), to(bert)));
    assert_eq!(group.consumer(anna).map(|c| c.pending().len()), Some(200));
    assert!(group.acknowledge(Id::new(150, 0)) && !group.acknowledge(Id::new(150, 0)));
    assert!(group.is_whole());
    assert_eq!(group.remove_consumer(b"bert"), Some(99));
    assert_eq!(group.pending().len(), 200);
    assert!(group.is_whole() && group.number_of(b"bert").is_none());
}
