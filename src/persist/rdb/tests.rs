//! Tests of reader and writer together: round trips, truncation, corruption, bounded allocation.

use super::super::writer::{Options, RdbWriter};
use super::super::{LruHint, RdbError, RdbReader, StrValue, check};
use super::*;
use crate::persist::rdb::dump::{dump, restore};
use crate::persist::rdb::encode::Encoder;
use crate::store::ValueRef;
use crate::store::types::HashRef;
use proptest::prelude::*;

/// One key as owned data: database, key, value, expiry, hint.
type Row = (u32, Vec<u8>, Vec<u8>, Option<i64>, LruHint);

fn file(rows: &[Row], options: Options) -> Vec<u8> {
    let mut writer = RdbWriter::new(Vec::new(), options).unwrap();
    writer.aux("redis-ver", b"7.0.15").unwrap();
    writer.aux("redis-bits", b"64").unwrap();
    let mut db = None;
    for row in rows {
        if db.replace(row.0) != Some(row.0) {
            writer.select_db(row.0).unwrap();
            writer.resize_db(rows.len() as u64, 0).unwrap();
        }
        writer.key(&row.1, ValueRef::Str(&row.2), row.3, row.4).unwrap();
    }
    let announced = writer.written() + 9;
    let bytes = writer.finish().unwrap();
    assert_eq!(bytes.len() as u64, announced);
    bytes
}

/// Gives its bytes a few at a time, so that every item meets a refill.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(buf.len()).min(self.0.len());
        let (now, later) = self.0.split_at(n);
        buf[..n].copy_from_slice(now);
        self.0 = later;
        Ok(n)
    }
}

fn rows(src: impl Read) -> Result<Vec<Row>, RdbError> {
    let mut reader = RdbReader::new(src, true)?;
    let mut rows = Vec::new();
    loop {
        match reader.next_event()? {
            Event::Key(k) => {
                let Value::Str(value) = k.value else { panic!("a string was written") };
                let value = match value {
                    StrValue::Int(n) => n.to_string().into_bytes(),
                    StrValue::Bytes(b) => b.to_vec(),
                };
                rows.push((k.db, k.key.to_vec(), value, k.expire_ms, k.lru));
            }
            Event::End(_) => return Ok(rows),
            _ => {}
        }
    }
}

fn sample() -> Vec<Row> {
    vec![
        (0, b"key".to_vec(), b"value".to_vec(), None, LruHint::None),
        (0, b"12".to_vec(), b"-40000".to_vec(), Some(1_700_000_000_123), LruHint::IdleSecs(100)),
        (0, vec![b'k'; 100], vec![b'v'; 20_000], Some(-1), LruHint::Freq(255)),
        (9, b"".to_vec(), b"".to_vec(), None, LruHint::None),
        (
            9,
            b"big".to_vec(),
            (0..70_000u32).map(|i| (i.wrapping_mul(i) % 251) as u8).collect(),
            None,
            LruHint::None,
        ),
    ]
}

#[test]
fn round_trip_whole_and_in_drops() {
    for compress in [false, true] {
        let bytes = file(&sample(), Options { compress, ..Options::default() });
        assert_eq!(rows(&bytes[..]).unwrap(), sample());
        assert_eq!(rows(Trickle(&bytes, 1)).unwrap(), sample());
        assert_eq!(rows(Trickle(&bytes, 1000)).unwrap(), sample());
    }
}

#[test]
fn many_keys_cross_many_blocks() {
    let many: Vec<Row> = (0..50_000)
        .map(|i| {
            (0, format!("key:{i:07}").into_bytes(), format!("{i:>64}").into_bytes(), None, LruHint::None)
        })
        .collect();
    let bytes = file(&many, Options::default());
    assert_eq!(rows(&bytes[..]).unwrap(), many);
}

#[test]
fn truncation_anywhere_is_an_error() {
    let bytes = file(&sample(), Options::default());
    let step = if bytes.len() > 5000 { 37 } else { 1 };
    for cut in (0..400).chain((400..bytes.len() - 20).step_by(step)).chain(bytes.len() - 20..bytes.len()) {
        assert!(matches!(rows(&bytes[..cut]), Err(RdbError::Truncated { .. })), "cut at {cut}");
    }
}

#[test]
fn what_follows_the_file_is_left_over() {
    let mut bytes = file(&sample(), Options::default());
    bytes.extend_from_slice(b"*1\r\n$4\r\nPING\r\n");
    let mut reader = RdbReader::new(&bytes[..], true).unwrap();
    while !matches!(reader.next_event().unwrap(), Event::End(_)) {}
    let (mut rest, src) = reader.into_parts();
    rest.extend_from_slice(src);
    assert_eq!(rest, b"*1\r\n$4\r\nPING\r\n");
}

#[test]
fn checksum_is_verified_absent_or_not_asked() {
    let with = file(&sample(), Options::default());
    let without = file(&sample(), Options { checksum: false, ..Options::default() });
    assert_eq!(check::check(&with[..], true).unwrap().checksum, Checksum::Verified);
    assert_eq!(check::check(&with[..], false).unwrap().checksum, Checksum::NotChecked);
    assert_eq!(check::check(&without[..], true).unwrap().checksum, Checksum::Absent);
    let mut bad = with.clone();
    let at = bad.len() - 1000;
    bad[at] ^= 0x20;
    assert!(matches!(check::check(&bad[..], true), Err(RdbError::Checksum { .. })));
}

#[test]
fn check_counts() {
    let summary = check::check(&file(&sample(), Options::default())[..], true).unwrap();
    assert_eq!((summary.version, summary.keys, summary.expires, summary.highest_db), (10, 5, 2, Some(9)));
}

#[test]
fn versions() {
    for version in 1..=12 {
        let bytes = file(&sample(), Options { version, ..Options::default() });
        assert_eq!(rows(&bytes[..]).unwrap(), sample());
    }
    assert_eq!(rows(&file(&sample(), Options { version: 80, ..Options::default() })[..]).unwrap(), sample());
    assert!(matches!(rows(&b"REDIS0013\xff"[..]), Err(RdbError::Version(13))));
    assert!(matches!(rows(&b"REDIS0000\xff"[..]), Err(RdbError::Version(0))));
    assert!(matches!(rows(&b"VALKEY079\xff"[..]), Err(RdbError::Version(79))));
    assert!(matches!(rows(&b"REDIS00x3\xff"[..]), Err(RdbError::BadMagic)));
    assert!(matches!(rows(&b"PK\x03\x04sometext"[..]), Err(RdbError::BadMagic)));
}

/// A module's id as files hold it.
fn module_id(name: &str, version: u64) -> [u8; 8] {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = name.chars().fold(0, |id, letter| id << 6 | LETTERS.find(letter).unwrap() as u64);
    (letters << 10 | version).to_be_bytes()
}

#[test]
fn what_a_module_left_is_named() {
    let id = [&[0x81][..], &module_id("vectorset", 3)].concat();
    let bytes = [b"REDIS0011".as_slice(), &[7, 3], b"abc", &id, &[1, 2, 3]].concat();
    match rows(&bytes[..]) {
        Err(RdbError::UnsupportedType { type_name, key }) => {
            assert_eq!((&type_name[..], &key[..]), ("module vectorset", &b"abc"[..]))
        }
        other => panic!("{other:?}"),
    }
    let aux = [b"REDIS0011".as_slice(), &[opcode::MODULE_AUX], &id, &[2, 1, 0]].concat();
    match rows(&aux[..]) {
        Err(RdbError::ModuleAux { module }) => assert_eq!(module, "vectorset"),
        other => panic!("{other:?}"),
    }
    assert!(rows(&aux[..12]).is_err());
    assert!(matches!(rows(&b"REDIS0011\x30\x01a"[..]), Err(RdbError::Corrupt { .. })));
}

#[test]
fn legacy_expiry_functions_and_slot_info_are_read() {
    let head = b"REDIS0012".as_slice();
    let slot = [opcode::SLOT_INFO, 1, 2, 3];
    let function = [&[opcode::FUNCTION2, 4][..], b"code"].concat();
    let key = [opcode::EXPIRE_S, 1, 0, 0, 0, 0, 1, b'k', 0xc0, 7];
    let end = [0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    let bytes = [head, &slot, &function, &key, &end].concat();
    let mut reader = RdbReader::new(&bytes[..], true).unwrap();
    assert_eq!(reader.next_event().unwrap(), Event::Function(b"code"));
    let Event::Key(found) = reader.next_event().unwrap() else { panic!("a key was expected") };
    assert_eq!((found.expire_ms, found.value), (Some(1000), Value::Str(StrValue::Int(7))));
    assert_eq!(reader.next_event().unwrap(), Event::End(Checksum::Absent));
}

#[test]
fn a_collection_without_elements_is_no_key() {
    let listpack = [7, 7, 0, 0, 0, 0, 0, 0xff];
    let ziplist = [11, 11, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0xff];
    let plain = [1u8, 2, 3, 4, 5].map(|kind| vec![kind, 1, b'k', 0]);
    let packed = [16u8, 17, 20].map(|kind| [&[kind, 1, b'k'][..], &listpack].concat());
    let old = [10u8, 12, 13].map(|kind| [&[kind, 1, b'k'][..], &ziplist].concat());
    let nodes = [[&[14, 1, b'k', 1][..], &ziplist].concat(), [&[18, 1, b'k', 1, 2][..], &listpack].concat()];
    for body in plain.into_iter().chain(packed).chain(old).chain(nodes) {
        let bytes = [b"REDIS0011".as_slice(), &body, &[0, 1, b'a', 0xc0, 1, 0xff], &[0; 8]].concat();
        let mut reader = RdbReader::new(&bytes[..], true).unwrap();
        assert_eq!(reader.next_event().unwrap(), Event::EmptyKey(b"k"), "{body:?}");
        assert!(matches!(reader.next_event().unwrap(), Event::Key(_)), "{body:?}");
    }
}

#[test]
fn a_field_whose_time_is_0_keeps_a_time() {
    let bytes =
        [b"VALKEY080".as_slice(), &[22, 1, b'k', 1, 1, b'a', 1, b'b'], &[0; 8], &[0xff], &[0; 8]].concat();
    let mut reader = RdbReader::new(&bytes[..], true).unwrap();
    let Event::Key(found) = reader.next_event().unwrap() else { panic!("a key was expected") };
    let Value::Owned(hash) = found.value else { panic!("a hash was expected") };
    let payload = dump(&mut Encoder::new(true), hash.as_ref());
    let time = |value: Value<'_>| match value {
        Value::Owned(hash) => HashRef::of(hash.as_ref()).get(b"a").and_then(|field| field.expire_ms),
        other => panic!("{other:?}"),
    };
    assert_eq!(restore(&payload, true, time).unwrap(), Some(1));
}

#[test]
fn announced_lengths_are_not_believed() {
    let huge = [0x80, 0x1f, 0xff, 0xff, 0xff];
    for body in [
        [&[0u8][..], &huge, b"short"].concat(),
        [&[0u8, 1, b'k'][..], &huge, b"short"].concat(),
        [&[0u8, 1, b'k', 0xc3, 3][..], &huge, b"\x00a\x00"].concat(),
    ] {
        let bytes = [b"REDIS0010".as_slice(), &body].concat();
        let mut reader = RdbReader::new(&bytes[..], true).unwrap();
        assert!(reader.next_event().is_err());
        assert!(reader.key_room.capacity() + reader.value_room.capacity() < 1 << 20);
    }
    let longer = [b"REDIS0010\x00\x81".as_slice(), &u64::MAX.to_be_bytes()].concat();
    assert!(matches!(rows(&longer[..]), Err(RdbError::TooLong { len: u64::MAX })));
}

fn row() -> impl Strategy<Value = Row> {
    let text = || {
        prop_oneof![
            any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..300),
            (0usize..3000).prop_map(|n| b"abc".repeat(n)),
        ]
    };
    let hint = prop_oneof![
        Just(LruHint::None),
        any::<u64>().prop_map(LruHint::IdleSecs),
        any::<u8>().prop_map(LruHint::Freq)
    ];
    (0u32..4, text(), text(), any::<Option<i64>>(), hint)
}

proptest! {
    #[test]
    fn any_rows_round_trip(mut all in prop::collection::vec(row(), 0..40), drop in 1usize..3000) {
        all.sort_by_key(|row| row.0);
        let bytes = file(&all, Options::default());
        prop_assert_eq!(rows(Trickle(&bytes, drop)).unwrap(), all);
    }

    #[test]
    fn garbage_is_an_error_or_a_file(garbage in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [b"REDIS0011".as_slice(), &garbage].concat();
        let _ = rows(&bytes[..]);
    }

    #[test]
    fn changed_bytes_never_pass(at in 9usize..1000, flip in 1u8..=255) {
        let mut bytes = file(&sample()[..2], Options::default());
        let at = 9 + at % (bytes.len() - 9);
        bytes[at] ^= flip;
        if let Ok(read) = rows(&bytes[..]) {
            prop_assert!(bytes.ends_with(&[0; 8]), "accepted: {read:?}");
        }
    }
}
