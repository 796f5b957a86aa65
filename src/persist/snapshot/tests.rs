//! The snapshot is the data of its instant, whatever is written meanwhile.

use crate::persist::rdb::StrValue;
use std::collections::BTreeMap;
use std::io;

use super::*;
use crate::persist::rdb::writer::{Options as RdbOptions, RdbWriter};
use crate::persist::rdb::{Event, RdbReader, Value};
use crate::store::Str;

/// Changes the keyspace between the steps of the walk.
struct Meddler<'a> {
    keyspace: &'a Keyspace,
    out: RdbWriter<Vec<u8>>,
    step: u64,
    stop_at: Option<u64>,
}

impl Output for Meddler<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.encoded(bytes)
    }

    fn go_on(&mut self, _: u64) -> bool {
        self.step += 1;
        for n in 0..20 {
            let key = format!("key:{}", (self.step * 7919 + n * 104_729) % 3000).into_bytes();
            let hash = self.keyspace.hash(&key);
            let mut shard = self.keyspace.lock(self.keyspace.shard_of(hash));
            match n % 4 {
                0 => drop(shard.db_mut(0).remove(hash, &key)),
                1 => drop(shard.db_mut(0).insert(hash, &key, Str::Bytes(b"changed"), None, 0)),
                2 => drop(shard.db_mut(3).insert(hash, &key, Str::Bytes(b"new"), None, 0)),
                _ => drop(shard.db_mut(0).set_expire(hash, &key, Some(99))),
            }
        }
        self.stop_at.is_none_or(|at| self.step < at)
    }
}

fn fill(keyspace: &Keyspace) -> BTreeMap<(u32, Vec<u8>), Vec<u8>> {
    let mut model = BTreeMap::new();
    for n in 0..2000u32 {
        let (db, key) = (n % 3, format!("key:{n}").into_bytes());
        let hash = keyspace.hash(&key);
        let value = format!("value {n}").into_bytes();
        let mut shard = keyspace.lock(keyspace.shard_of(hash));
        shard.db_mut(db as usize).insert(hash, &key, Str::Bytes(&value), None, 0);
        model.insert((db, key), value);
    }
    model
}

fn begin(keyspace: &Keyspace) -> Snapshot {
    let options = Options { form: Form::Rdb, compress: false, access: Access::None, now_ms: 0 };
    let mut snapshot = Snapshot::new(options, keyspace.dbs());
    let mut held: Vec<_> = (0..SHARDS).map(|i| keyspace.lock(i)).collect();
    held.iter_mut().for_each(|shard| snapshot.join(shard));
    snapshot
}

fn read(bytes: &[u8]) -> BTreeMap<(u32, Vec<u8>), Vec<u8>> {
    let mut reader = RdbReader::new(bytes, true).unwrap();
    let mut found = BTreeMap::new();
    loop {
        match reader.next_event().unwrap() {
            Event::Key(key) => {
                let Value::Str(StrValue::Bytes(value)) = key.value else { panic!("{key:?}") };
                assert_eq!(key.expire_ms, None);
                let before = found.insert((key.db, key.key.to_vec()), value.to_vec());
                assert!(before.is_none(), "saved twice: {:?}", key.key);
            }
            Event::End(_) => return found,
            _ => {}
        }
    }
}

fn snapshot_content(keyspace: &Keyspace, snapshot: Snapshot) -> BTreeMap<(u32, Vec<u8>), Vec<u8>> {
    let out = RdbWriter::new(Vec::new(), RdbOptions::default()).unwrap();
    let mut meddler = Meddler { keyspace, out, step: 0, stop_at: None };
    snapshot.write(keyspace, &mut meddler).unwrap();
    assert!(!keyspace.lock(0).in_snapshot());
    read(&meddler.out.finish().unwrap())
}

#[test]
fn the_first_snapshot_equals_the_model() {
    let keyspace = Keyspace::new(16, [7; 16]);
    let model = fill(&keyspace);
    assert_eq!(snapshot_content(&keyspace, begin(&keyspace)), model);
}

#[test]
fn a_cancelled_snapshot_leaves_no_trace() {
    let keyspace = Keyspace::new(16, [7; 16]);
    fill(&keyspace);
    let out = RdbWriter::new(Vec::new(), RdbOptions::default()).unwrap();
    let mut meddler = Meddler { keyspace: &keyspace, out, step: 0, stop_at: Some(5) };
    let outcome = begin(&keyspace).write(&keyspace, &mut meddler);
    assert!(matches!(outcome, Err(Interrupted::Cancelled)));
    assert!((0..SHARDS).all(|i| !keyspace.lock(i).in_snapshot()));
}
