//! The big list and both forms against a plain `VecDeque`.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Push(bool, Vec<u8>),
    Pop(bool),
    Insert(usize, Vec<u8>),
    Set(usize, Vec<u8>),
    Remove(usize, usize),
    RemoveEqual(Vec<u8>, usize, bool),
}

fn element() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0i64..5).prop_map(|n| n.to_string().into_bytes()),
        proptest::collection::vec(b'a'..=b'c', 0..4),
        (1usize..4000).prop_map(|n| vec![b'x'; n]),
        proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (any::<bool>(), element()).prop_map(|(left, e)| Op::Push(left, e)),
        2 => any::<bool>().prop_map(Op::Pop),
        2 => (any::<usize>(), element()).prop_map(|(at, e)| Op::Insert(at, e)),
        1 => (any::<usize>(), element()).prop_map(|(at, e)| Op::Set(at, e)),
        1 => (any::<usize>(), 0usize..20).prop_map(|(at, n)| Op::Remove(at, n)),
        1 => (element(), 1usize..4, any::<bool>()).prop_map(|(e, n, back)| Op::RemoveEqual(e, n, back)),
    ]
}

fn all(list: &List, back: bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let start = if back { list.len().saturating_sub(1) } else { 0 };
    list.each(start, usize::MAX, back, &mut |item| {
        found.push(item.to_vec());
        true
    });
    found
}

fn end(left: bool) -> End {
    if left { End::Left } else { End::Right }
}

fn apply(list: &mut List, model: &mut VecDeque<Vec<u8>>, op: &Op, rules: Rules) {
    match op {
        Op::Push(left, e) => {
            list.push(end(*left), e, rules);
            if *left { model.push_front(e.clone()) } else { model.push_back(e.clone()) }
        }
        Op::Pop(_) if model.is_empty() => {}
        Op::Pop(left) => {
            let taken = list.pop(end(*left), rules, |item| item.to_vec());
            let expected = if *left { model.pop_front() } else { model.pop_back() };
            assert_eq!(Some(taken), expected);
        }
        Op::Insert(at, e) => {
            let at = at % (model.len() + 1);
            list.insert(at, e, rules);
            model.insert(at, e.clone());
        }
        Op::Set(at, e) if !model.is_empty() => {
            let at = at % model.len();
            list.set(at, e, rules);
            model[at] = e.clone();
        }
        Op::Remove(at, n) if !model.is_empty() => {
            let at = at % model.len();
            let n = (*n).min(model.len() - at);
            list.remove(at, n, rules);
            model.drain(at..at + n);
        }
        Op::RemoveEqual(e, most, back) => {
            let gone = list.remove_equal(e, *most, *back, rules);
            let mut places: Vec<usize> = (0..model.len()).filter(|at| model[*at] == *e).collect();
            if *back {
                places.reverse();
            }
            places.truncate(*most);
            assert_eq!(gone, places.len());
            places.sort_unstable();
            for at in places.iter().rev() {
                model.remove(*at);
            }
        }
        Op::Set(..) | Op::Remove(..) => {}
    }
}

fn check_counters(list: &List, rules: Rules) {
    assert_eq!(list.nodes().map(Node::count).sum::<usize>(), list.len());
    assert_eq!(list.nodes().count(), list.node_count());
    assert_eq!(list.nodes().map(Node::mem_bytes).sum::<usize>(), list.mem);
    assert_eq!(list.nodes().filter(|node| node.is_squeezed()).count(), list.squeezed);
    assert!(list.nodes().all(|node| node.count() > 0));
    for chunk in &list.spine {
        assert!(!chunk.nodes.is_empty() && chunk.nodes.len() <= CHUNK_NODES_MAX);
        assert_eq!(chunk.nodes.iter().map(Node::count).sum::<usize>(), chunk.len);
    }
    for node in list.nodes().take(rules.depth).chain(list.nodes().rev().take(rules.depth)) {
        assert!(!node.is_squeezed());
    }
}

proptest! {
    #[test]
    fn behaves_as_a_deque(
        ops in proptest::collection::vec(op(), 1..300),
        fill in prop_oneof![Just(-2), Just(-1), 1i32..6],
        depth in 0usize..3,
    ) {
        let rules = Rules { fill, depth };
        let (mut list, mut model) = (List::default(), VecDeque::new());
        for op in &ops {
            let kept = list.clone();
            let before: Vec<Vec<u8>> = model.iter().cloned().collect();
            apply(&mut list, &mut model, op, rules);
            check_counters(&list, rules);
            prop_assert_eq!(all(&kept, false), before, "a copy does not change");
            prop_assert_eq!(list.len(), model.len());
        }
        let expected: Vec<Vec<u8>> = model.iter().cloned().collect();
        prop_assert_eq!(all(&list, false), expected.clone());
        prop_assert_eq!(all(&list, true), expected.iter().rev().cloned().collect::<Vec<_>>());
        for (at, e) in expected.iter().enumerate() {
            let found = list.get(at, |item| item.to_vec());
            prop_assert_eq!(found.as_ref(), Some(e));
        }
    }
}

#[test]
fn inner_nodes_are_compressed_and_ends_are_not() {
    let rules = Rules { fill: 2, depth: 1 };
    let mut list = List::default();
    for _ in 0..20 {
        list.push(End::Right, &[b'z'; 200], rules);
    }
    assert_eq!(list.node_count(), 10);
    assert_eq!(list.squeezed, 8);
    check_counters(&list, rules);
    while list.len() > 3 {
        list.pop(End::Left, rules, |_| ());
        check_counters(&list, rules);
    }
    assert_eq!(list.squeezed, 0);
}

#[test]
fn many_nodes_make_several_chunks() {
    let rules = Rules { fill: 1, depth: 0 };
    let mut list = List::default();
    for n in 0..1000 {
        list.push(End::Right, n.to_string().as_bytes(), rules);
    }
    assert!(list.spine.len() > 7);
    list.insert(500, b"here", rules);
    assert_eq!(list.get(500, |item| item.to_vec()), Some(b"here".to_vec()));
    assert_eq!(list.get(501, |item| item.to_vec()), Some(b"500".to_vec()));
    list.remove(1, 999, rules);
    assert_eq!(all(&list, false), [b"0".to_vec(), b"999".to_vec()]);
    check_counters(&list, rules);
}

#[test]
fn limits_of_nodes_are_those_of_redis() {
    let rules = |fill| Rules { fill, depth: 0 };
    assert!(!rules(-2).exceeds(8192, 100_000));
    assert!(rules(-2).exceeds(8193, 1));
    assert!(rules(-1).exceeds(4097, 1));
    assert!(!rules(-5).exceeds(65_536, 1));
    assert!(!rules(-9).exceeds(65_536, 1));
    assert!(rules(4).exceeds(10, 5));
    assert!(rules(4).exceeds(8193, 1));
    assert!(rules(0).exceeds(10, 2));
}
