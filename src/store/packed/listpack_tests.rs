//! The listpack against a vector of strings, and against bytes that Redis makes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Push(Vec<u8>),
    Insert(usize, Vec<u8>),
    Replace(usize, Vec<u8>),
    Remove(usize, usize),
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string().into_bytes()),
        (-5000i64..5000).prop_map(|n| n.to_string().into_bytes()),
        vec(any::<u8>(), 0..80),
        (0usize..5000).prop_map(|n| vec![b'x'; n]),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        value().prop_map(Op::Push),
        (any::<usize>(), value()).prop_map(|(i, v)| Op::Insert(i, v)),
        (any::<usize>(), value()).prop_map(|(i, v)| Op::Replace(i, v)),
        (any::<usize>(), 1usize..4).prop_map(|(i, n)| Op::Remove(i, n)),
    ]
}

fn apply(pack: &mut Vec<u8>, model: &mut Vec<Vec<u8>>, op: Op) {
    let place = |i: usize, len: usize, pack: &[u8]| {
        let i = i % len;
        (i, Listpack::new(pack).seek(i as i64).expect("the index is below the length"))
    };
    match op {
        Op::Push(value) => {
            push(pack, Item::of(&value));
            model.push(value);
        }
        Op::Insert(i, value) if !model.is_empty() => {
            let (i, at) = place(i, model.len(), pack);
            insert(pack, at, Item::of(&value));
            model.insert(i, value);
        }
        Op::Replace(i, value) if !model.is_empty() => {
            let (i, at) = place(i, model.len(), pack);
            replace(pack, at, Item::of(&value));
            model[i] = value;
        }
        Op::Remove(i, n) if !model.is_empty() => {
            let (i, at) = place(i, model.len(), pack);
            let there = n.min(model.len() - i);
            assert_eq!(remove(pack, at, n), there);
            model.drain(i..i + there);
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn behaves_as_a_vector(ops in vec(op(), 1..60)) {
        let (mut pack, mut model) = (empty(), Vec::new());
        for op in ops {
            apply(&mut pack, &mut model, op);
            prop_assert_eq!(validate(&pack), Some(model.len()));
        }
        let read = Listpack::new(&pack);
        let forward: Vec<_> = read.iter().map(Item::to_vec).collect();
        let mut backward: Vec<_> = read.iter().rev().map(Item::to_vec).collect();
        backward.reverse();
        prop_assert_eq!(&forward, &model);
        prop_assert_eq!(&backward, &model);
        for wanted in &model {
            let first = model.iter().position(|v| v == wanted).expect("it is there");
            prop_assert_eq!(read.find(read.first(), wanted, 1), read.seek(first as i64));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_readable(bytes in vec(any::<u8>(), 0..200)) {
        if let Some(count) = validate(&bytes) {
            prop_assert_eq!(Listpack::new(&bytes).iter().count(), count);
        }
    }
}

#[test]
fn bytes_are_those_that_redis_makes() {
    let items = [Item::Int(1), Item::Str(b"ab"), Item::Int(-1), Item::Int(4096), Item::Int(1 << 40)];
    let pack = collect(items);
    let expected = [
        31, 0, 0, 0, 5, 0, 1, 1, 0x82, b'a', b'b', 3, 0xdf, 0xff, 2, 0xf1, 0, 16, 3, 0xf4, 0, 0, 0, 0, 0, 1,
        0, 0, 9, 0xff,
    ];
    assert_eq!(pack[6..], expected[6..]);
    assert_eq!(validate(&pack), Some(5));
}

#[test]
fn many_elements_are_counted_when_the_header_cannot_say() {
    let mut pack = empty();
    for _ in 0..70_000 {
        push(&mut pack, Item::Int(7));
    }
    assert_eq!(Listpack::new(&pack).len(), 70_000);
    assert_eq!(remove(&mut pack, HEADER, 10_000), 10_000);
    assert_eq!(Listpack::new(&pack).len(), 60_000);
    assert_eq!(validate(&pack), Some(60_000));
}
