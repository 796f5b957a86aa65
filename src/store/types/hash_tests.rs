//! The hash in all its forms against a map.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const LIMITS: HashLimits = HashLimits { entries: 8, value: 10 };

#[derive(Clone, Debug)]
enum Op {
    Set(Vec<u8>, Vec<u8>),
    Keep(Vec<u8>, Vec<u8>),
    SetExpiring(Vec<u8>, Vec<u8>, i64),
    Expire(Vec<u8>, Option<i64>),
    Remove(Vec<u8>),
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => "[a-c]{0,2}".prop_map(String::into_bytes),
        4 => (-5i64..5000).prop_map(|n| n.to_string().into_bytes()),
        1 => "[a-b]{9,12}".prop_map(String::into_bytes),
        1 => (0usize..400).prop_map(|n| vec![b'x'; n]),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (text(), text()).prop_map(|(f, v)| Op::Set(f, v)),
        1 => (text(), text()).prop_map(|(f, v)| Op::Keep(f, v)),
        1 => (text(), text(), 0i64..100).prop_map(|(f, v, at)| Op::SetExpiring(f, v, at)),
        1 => (text(), proptest::option::of(0i64..100)).prop_map(|(f, at)| Op::Expire(f, at)),
        3 => text().prop_map(Op::Remove),
    ]
}

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

fn apply(value: &mut OwnedValue, model: &mut Model, op: &Op) {
    let mut hash = HashMut::new(value, LIMITS);
    match op {
        Op::Set(f, v) => {
            assert_eq!(hash.set(f, v), model.insert(f.clone(), (v.clone(), None)).is_none());
        }
        Op::Keep(f, v) => {
            let at = model.get(f).and_then(|(_, at)| *at);
            assert_eq!(hash.set_keeping(f, v), model.insert(f.clone(), (v.clone(), at)).is_none());
        }
        Op::SetExpiring(f, v, at) => {
            assert_eq!(
                hash.set_expiring(f, v, *at),
                model.insert(f.clone(), (v.clone(), Some(*at))).is_none()
            );
        }
        Op::Expire(f, at) => {
            let packed = hash.view().packed().is_some();
            assert_eq!(hash.expire(f, *at), model.contains_key(f) && !(packed && at.is_none()));
            model.entry(f.clone()).and_modify(|(_, old)| *old = *at);
        }
        Op::Remove(f) => assert_eq!(hash.remove(f), model.remove(f).is_some()),
    }
}

fn content(view: HashRef<'_>) -> Model {
    let all = view.to_vec().into_iter();
    all.map(|field| (field.name.to_vec(), (field.value.to_vec(), field.expire_ms))).collect()
}

proptest! {
    #[test]
    fn behaves_as_a_map_in_every_form(ops in vec(op(), 1..80)) {
        let (mut value, mut model) = (LIMITS.empty(), Model::new());
        for op in &ops {
            apply(&mut value, &mut model, op);
            let view = HashRef::of(value.as_ref());
            prop_assert_eq!(view.len(), model.len());
            prop_assert_eq!(&content(view), &model);
            for (field, (expected, _)) in &model {
                prop_assert_eq!(&view.get(field).map(|f| f.value.to_vec()), &Some(expected.clone()));
            }
            let alive: Model = model.iter().filter(|(_, (_, at))| at.is_none_or(|at| at >= 50)).map(|(f, v)| (f.clone(), v.clone())).collect();
            prop_assert_eq!(&content(view.at(50)), &alive);
            if let Some(hash) = view.big() {
                prop_assert_eq!(hash.due(), model.values().filter_map(|(_, at)| *at).min());
                prop_assert!(hash.encoding() == Encoding::Hashtable || model.len() <= LIMITS.entries);
            }
        }
    }
}

#[test]
fn long_fields_have_long_heads() {
    for len in [0, 63, 64, 8191, 8192, 70_000] {
        let field = vec![b'f'; len];
        for due in [NEVER, 0, i64::MAX - 1] {
            let item = [Head::new(len, due).bytes(), &field, b"value"].concat();
            assert_eq!(parts(&item), (&field[..], &b"value"[..], due));
        }
    }
}
