//! The keyspace against a model: every operation, every size class, expiry in step, and snapshots that
//! must deliver each entry exactly once, as it was when they began.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::limits::SHARDS;

const SEED: [u8; 16] = *b"a test's own key";

/// The value, its encoding, its expiry.
type Held = (Vec<u8>, Encoding, Option<i64>);

fn held(entry: EntryRef<'_>) -> Held {
    let text = entry.value().bytes(&mut IntText::default()).to_vec();
    assert_eq!(entry.value().str_len(), text.len());
    (text, entry.encoding(), entry.expire_ms())
}

/// A key by number: short ones, ones of every size class, long ones.
fn key(number: u16) -> Vec<u8> {
    let mut key = format!("key:{number}").into_bytes();
    match number % 8 {
        6 => key.resize(usize::from(number) % 300, b'x'),
        7 => key.resize(usize::from(number) % 900, b'y'),
        _ => {}
    }
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn text(len: u16, fill: u8) -> Vec<u8> {
    (0..len).map(|at| fill.wrapping_add(at as u8)).collect()
}

#[derive(Clone, Debug)]
enum Op {
    Set(u16, u16, u8, Option<i64>),
    SetInt(u16, i64),
    Append(u16, u16, u8),
    SetRange(u16, u16, u16, u8),
    Expire(u16, Option<i64>),
    Remove(u16),
    Move(u16, u16),
    Copy(u16, u16),
    Touch(u16, u32),
}

fn len() -> impl Strategy<Value = u16> {
    prop_oneof![4 => 0..80u16, 2 => 80..400u16, 1 => 400..5000u16]
}

fn op(keys: u16) -> impl Strategy<Value = Op> {
    let k = 0..keys;
    let expiry = prop::option::of(1..1000i64);
    prop_oneof![
        4 => (k.clone(), len(), any::<u8>(), expiry.clone()).prop_map(|(k, l, b, e)| Op::Set(k, l, b, e)),
        2 => (k.clone(), any::<i64>()).prop_map(|(k, n)| Op::SetInt(k, n)),
        2 => (k.clone(), len(), any::<u8>()).prop_map(|(k, l, b)| Op::Append(k, l, b)),
        2 => (k.clone(), len(), len(), any::<u8>()).prop_map(|(k, o, l, b)| Op::SetRange(k, o, l, b)),
        2 => (k.clone(), expiry).prop_map(|(k, e)| Op::Expire(k, e)),
        4 => k.clone().prop_map(Op::Remove),
        1 => (k.clone(), k.clone()).prop_map(|(a, b)| Op::Move(a, b)),
        1 => (k.clone(), k.clone()).prop_map(|(a, b)| Op::Copy(a, b)),
        1 => (k, any::<u32>()).prop_map(|(k, a)| Op::Touch(k, a & lru::ACCESS_MASK)),
    ]
}

/// One shard's database and what should be in it.
struct Pair {
    keyspace: Keyspace,
    model: BTreeMap<Vec<u8>, Held>,
}

impl Pair {
    fn new() -> Pair {
        Pair { keyspace: Keyspace::new(16, SEED), model: BTreeMap::new() }
    }

    fn apply(&mut self, op: &Op) {
        let mut shard = self.keyspace.lock(0);
        let db = shard.db_mut(0);
        apply(db, &mut self.model, op);
    }

    fn check(&self) {
        let shard = self.keyspace.lock(0);
        check(shard.db(0), &self.model);
    }
}

fn apply(db: &mut Db, model: &mut BTreeMap<Vec<u8>, Held>, op: &Op) {
    match *op {
        Op::Set(number, len, fill, expire) => {
            let (key, text) = (key(number), text(len, fill));
            let h = db.hash(&key);
            let found = db.insert(h, &key, Str::Bytes(&text), expire, 77);
            let encoding = if text.len() <= EMBSTR_BYTES_MAX { Encoding::Embstr } else { Encoding::Raw };
            let before = model.insert(key.clone(), (text, encoding, expire));
            let expected = before.map_or(Inserted::New, |(_, _, expire_ms)| Inserted::Replaced { expire_ms });
            assert_eq!(found, expected);
            assert_eq!(db.get(h, &key).unwrap().access(), 77);
        }
        Op::SetInt(number, value) => {
            let key = key(number);
            let h = db.hash(&key);
            let held = model.get_mut(&key);
            let entry = db.get_mut(h, &key);
            assert_eq!(held.is_some(), entry.is_some());
            if let (Some(held), Some(mut entry)) = (held, entry) {
                entry.set_int(value);
                (held.0, held.1) = (value.to_string().into_bytes(), Encoding::Int);
                assert_eq!(entry.value(), ValueRef::Int(value));
            }
        }
        Op::Append(number, len, fill) => {
            let (key, text) = (key(number), text(len, fill));
            if let Some(mut entry) = db.get_mut(db.hash(&key), &key) {
                let held = model.get_mut(&key).unwrap();
                held.0.extend_from_slice(&text);
                held.1 = Encoding::Raw;
                assert_eq!(entry.append(&text), held.0.len());
            }
        }
        Op::SetRange(number, offset, len, fill) => {
            let (key, text, offset) = (key(number), text(len, fill), usize::from(offset));
            if let Some(mut entry) = db.get_mut(db.hash(&key), &key) {
                let held = model.get_mut(&key).unwrap();
                let end = offset + text.len();
                held.0.resize(held.0.len().max(end), 0);
                held.0[offset..end].copy_from_slice(&text);
                held.1 = Encoding::Raw;
                assert_eq!(entry.set_range(offset, &text), held.0.len());
            }
        }
        Op::Expire(number, expire) => {
            let key = key(number);
            let held = model.get_mut(&key);
            assert_eq!(db.set_expire(db.hash(&key), &key, expire), held.is_some());
            if let Some(held) = held {
                held.2 = expire;
            }
        }
        Op::Remove(number) => {
            let key = key(number);
            assert_eq!(db.remove(db.hash(&key), &key), model.remove(&key).is_some());
        }
        Op::Move(from, to) => {
            let (from, to) = (key(from), key(to));
            let taken = db.take(db.hash(&from), &from);
            let held = model.remove(&from);
            assert_eq!(taken.is_some(), held.is_some());
            if let (Some(taken), Some(held)) = (taken, held) {
                db.put(db.hash(&to), &to, taken);
                model.insert(to, held);
            }
        }
        Op::Copy(from, to) => {
            let (from, to) = (key(from), key(to));
            if let Some(copy) = db.get(db.hash(&from), &from).map(|entry| entry.to_owned()) {
                db.put(db.hash(&to), &to, copy);
                let held = model.get(&from).unwrap().clone();
                model.insert(to, held);
            }
        }
        Op::Touch(number, access) => {
            let key = key(number);
            if let Some(entry) = db.get(db.hash(&key), &key) {
                entry.touch(access);
                assert_eq!(entry.access(), access);
            }
        }
    }
}

fn check(db: &Db, model: &BTreeMap<Vec<u8>, Held>) {
    assert_eq!(db.len(), model.len());
    assert_eq!(db.expires_len(), model.values().filter(|held| held.2.is_some()).count());
    for (key, expected) in model {
        let entry = db.get(db.hash(key), key).expect("a key of the model is there");
        assert_eq!(entry.key(), &key[..]);
        assert_eq!(&held(entry), expected, "of {:?}", String::from_utf8_lossy(key));
        assert!(entry.mem_bytes() > key.len());
    }
    let mut expiring = HashSet::new();
    let mut cursor = 0;
    loop {
        cursor = db.scan_expires(cursor, &mut |entry| {
            assert_eq!(entry.expire_ms(), model[entry.key()].2, "of an entry in the expiry table");
            expiring.insert(entry.key().to_vec());
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(expiring.len(), db.expires_len());
}

/// Collects what a snapshot delivers.
#[derive(Default)]
struct Sink {
    got: Mutex<Vec<(usize, Vec<u8>, Held)>>,
}

impl SnapshotSink for Sink {
    fn save(&self, db: usize, entry: EntryRef<'_>) {
        self.got.lock().unwrap().push((db, entry.key().to_vec(), held(entry)));
    }
}

impl Sink {
    fn of_db(&self, number: usize) -> BTreeMap<Vec<u8>, Held> {
        let got = self.got.lock().unwrap();
        let mut map = BTreeMap::new();
        for (db, key, held) in got.iter().filter(|(db, _, _)| *db == number) {
            let twice = map.insert(key.clone(), held.clone()).is_some();
            assert!(!twice, "{:?} of database {db} was delivered twice", String::from_utf8_lossy(key));
        }
        map
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn behaves_like_a_map(keys in 1..400u16, ops in prop::collection::vec(op(400), 1..800)) {
        let mut pair = Pair::new();
        for number in 0..keys {
            pair.apply(&Op::Set(number, number % 200, 1, (number % 3 == 0).then_some(i64::from(number))));
        }
        ops.iter().for_each(|op| pair.apply(op));
        pair.check();
    }

    /// Two snapshots in a row under random writes, with SWAPDB and FLUSHDB among them.
    #[test]
    fn a_snapshot_gets_each_entry_once_as_it_was(
        before in prop::collection::vec(op(300), 0..400),
        during in prop::collection::vec((op(300), 0..40u8), 0..400),
    ) {
        let keyspace = Keyspace::new(16, SEED);
        let mut shard = keyspace.lock(0);
        let mut models = [BTreeMap::new(), BTreeMap::new()];
        for number in 0..200 {
            apply(shard.db_mut(0), &mut models[0], &Op::Set(number, 20, 1, None));
            apply(shard.db_mut(1), &mut models[1], &Op::Set(number, 300, 2, Some(5)));
        }
        before.iter().for_each(|op| apply(shard.db_mut(0), &mut models[0], op));
        for budget in [3, 50] {
            let at_start = models.clone();
            let sink = Arc::new(Sink::default());
            shard.begin_snapshot(sink.clone());
            let mut done = false;
            for (op, extra) in &during {
                apply(shard.db_mut(0), &mut models[0], op);
                match extra {
                    0 => { shard.swap_dbs(0, 1); models.swap(0, 1); }
                    1 => { drop(shard.db_mut(0).clear()); models[0].clear(); }
                    2 => { drop(shard.clear_all()); models.iter_mut().for_each(BTreeMap::clear); }
                    3 => { apply(shard.db_mut(1), &mut models[1], op); }
                    4 => { done = shard.walk(budget); }
                    _ => {}
                }
            }
            while !done {
                done = shard.walk(budget);
            }
            shard.end_snapshot();
            prop_assert!(sink.of_db(0) == at_start[0], "database 0 differs");
            prop_assert!(sink.of_db(1) == at_start[1], "database 1 differs");
            check(shard.db(0), &models[0]);
            check(shard.db(1), &models[1]);
        }
    }
}

#[test]
fn a_new_database_joins_a_running_snapshot_with_nothing() {
    let keyspace = Keyspace::new(16, SEED);
    let mut shard = keyspace.lock(3);
    let sink = Arc::new(Sink::default());
    shard.begin_snapshot(sink.clone());
    let h = keyspace.hash(b"k");
    shard.db_mut(5).insert(h, b"k", Str::Bytes(b"v"), None, 0);
    shard.db_mut(5).remove(h, b"k");
    shard.db_mut(5).insert(h, b"k", Str::Bytes(b"v"), None, 0);
    assert!(shard.walk(100));
    shard.end_snapshot();
    assert!(sink.got.lock().unwrap().is_empty());
}

#[test]
fn many_snapshots_given_up_do_not_confuse_the_next() {
    let keyspace = Keyspace::new(1, SEED);
    let mut shard = keyspace.lock(0);
    for number in 0..2_000u32 {
        let key = number.to_be_bytes();
        shard.db_mut(0).insert(keyspace.hash(&key), &key, Str::Int(7), None, 0);
    }
    for round in 0..700u32 {
        let sink = Arc::new(Sink::default());
        shard.begin_snapshot(sink.clone());
        shard.walk(50);
        let key = (round % 2_000).to_be_bytes();
        shard.db_mut(0).insert(keyspace.hash(&key), &key, Str::Int(8), None, 0);
        if round % 300 == 299 {
            while !shard.walk(50) {}
            assert_eq!(sink.of_db(0).len(), 2_000);
        }
        shard.end_snapshot();
    }
}

#[test]
fn expiry_steps_remove_what_is_due_and_nothing_else() {
    let keyspace = Keyspace::new(1, SEED);
    let mut shard = keyspace.lock(0);
    let db = shard.db_mut(0);
    for number in 0..3_000u32 {
        let key = number.to_be_bytes();
        let expire = (number % 3 != 0).then_some(i64::from(number % 3) * 1_000);
        db.insert(keyspace.hash(&key), &key, Str::Int(1), expire, 0);
    }
    assert_eq!((db.len(), db.expires_len()), (3_000, 2_000));
    let mut reported = 0;
    let mut cursor = 0;
    loop {
        let step = expiry::step(db, cursor, 100, 1_500, &mut |entry| {
            assert_eq!(entry.expire_ms(), Some(1_000));
            reported += 1;
        });
        assert!(step.seen < 150);
        cursor = step.cursor;
        if cursor == 0 {
            break;
        }
    }
    assert_eq!((reported, db.len(), db.expires_len()), (1_000, 2_000, 1_000));
}

#[test]
fn keys_spread_over_the_shards_and_threads_work_on_them_at_once() {
    let keyspace = Keyspace::new(16, SEED);
    std::thread::scope(|scope| {
        for worker in 0..4u32 {
            let keyspace = &keyspace;
            scope.spawn(move || {
                for number in 0..5_000u32 {
                    let key = format!("{worker}:{number}").into_bytes();
                    let h = keyspace.hash(&key);
                    let mut shard = keyspace.lock(keyspace.shard_of(h));
                    shard.db_mut(0).insert(h, &key, Str::Bytes(&key), None, 0);
                    if number % 2 == 0 {
                        assert!(shard.db_mut(0).remove(h, &key));
                    }
                }
            });
        }
    });
    let counts: Vec<usize> = (0..SHARDS).map(|index| keyspace.lock(index).len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 10_000);
    assert!(counts.iter().all(|&count| count > 80), "{counts:?}");
    let cleared: Vec<Detached> = (0..SHARDS).flat_map(|index| keyspace.lock(index).clear_all()).collect();
    let dropped = std::thread::spawn(move || cleared.iter().map(Detached::len).sum::<usize>());
    assert_eq!(dropped.join().unwrap(), 10_000);
    assert!((0..SHARDS).all(|index| keyspace.lock(index).is_empty()));
}

#[test]
fn databases_are_cheap_until_used() {
    let keyspace = Keyspace::new(crate::limits::DATABASES_MAX, SEED);
    let mut shard = keyspace.lock(0);
    assert!(shard.db(16_383).is_empty());
    shard.db_mut(16_383).insert(1, b"k", Str::Int(1), None, 0);
    assert_eq!(shard.db(16_383).len(), 1);
    shard.swap_dbs(16_383, 2);
    assert_eq!((shard.db(2).len(), shard.db(16_383).len()), (1, 0));
}

#[test]
fn random_entries_cover_the_database() {
    let keyspace = Keyspace::new(1, SEED);
    let mut shard = keyspace.lock(0);
    let db = shard.db_mut(0);
    assert!(db.random_entry(1).is_none());
    for number in 0..100u32 {
        let key = number.to_be_bytes();
        db.insert(keyspace.hash(&key), &key, Str::Int(1), (number < 10).then_some(5), 0);
    }
    let mut all = HashMap::<Vec<u8>, u32>::new();
    let mut expiring = HashSet::new();
    for draw in 0..5_000 {
        *all.entry(db.random_entry(draw).unwrap().key().to_vec()).or_default() += 1;
        expiring.insert(db.random_expiring(draw).unwrap().key().to_vec());
    }
    assert_eq!((all.len(), expiring.len()), (100, 10));
}
