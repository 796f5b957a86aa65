//! RDB files and DUMP payloads against real servers, in both directions and byte for byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use rtool::persist::rdb::reader::{Checksum, KeyEvent};
use rtool::persist::rdb::writer::Options;
use rtool::persist::rdb::{
    Encoder, Event, LruHint, RdbReader, RdbWriter, StrValue, Value as Stored, check, dump,
};
use rtool::resp::value::Value;
use rtool::store::ValueRef;
use tempfile::TempDir;

use crate::harness::{Program, Server, ok, wait_until};

/// Far in the future, so that nothing expires during a test.
const EXPIRY_MS: i64 = 4_000_000_000_123;

/// Database and key to value and expiry.
type Data = BTreeMap<(u32, Vec<u8>), (Vec<u8>, Option<i64>)>;

/// Values at every border of every encoding.
fn values() -> Vec<Vec<u8>> {
    let numbers = [0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 1 << 31, -(1 << 31)];
    let more = [(1i64 << 31) - 1, -(1 << 31) - 1, i64::MAX, i64::MIN, 12_345_678_901];
    let mut values: Vec<Vec<u8>> = numbers.iter().chain(&more).map(|n| n.to_string().into_bytes()).collect();
    values
        .extend(["", "-0", "007", "1.5", "+1", " 1", "text", "\r\n\0"].map(|text| text.as_bytes().to_vec()));
    for len in [19, 20, 21, 63, 64, 65, 255, 256, 16383, 16384, 70_000, 1_000_000] {
        values.push(vec![b'a'; len]);
        values.push((0..len as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect());
        values.push(b"some words that come again ".iter().copied().cycle().take(len).collect());
    }
    values
}

fn data() -> Data {
    let mut data = Data::new();
    for (i, value) in values().into_iter().enumerate() {
        let db = [0, 0, 3, 15][i % 4];
        let expiry = (i % 3 == 0).then_some(EXPIRY_MS + i as i64);
        data.insert((db, format!("key:{i}").into_bytes()), (value, expiry));
    }
    data.insert((3, b"1234".to_vec()), (b"a key that is a number".to_vec(), None));
    data.insert((3, vec![b'k'; 500]), (b"a key that is compressed".to_vec(), None));
    data
}

fn fill(server: &Server, data: &Data) {
    let mut client = server.connect();
    for ((db, key), (value, expiry)) in data {
        assert_eq!(client.call(&["SELECT", &db.to_string()]), ok());
        assert_eq!(client.call(&[b"SET", &key[..], value]), ok());
        if let Some(ms) = expiry {
            assert_eq!(client.call(&[b"PEXPIREAT", &key[..], ms.to_string().as_bytes()]), Value::Int(1));
        }
    }
}

fn compare(server: &Server, data: &Data) {
    let mut client = server.connect();
    for ((db, key), (value, expiry)) in data {
        assert_eq!(client.call(&["SELECT", &db.to_string()]), ok());
        assert_eq!(client.call(&[b"GET", &key[..]]), Value::Bulk(value.clone()));
        let at = client.call(&[b"PEXPIRETIME", &key[..]]);
        assert_eq!(at, Value::Int(expiry.unwrap_or(-1)));
    }
    for db in [0, 3, 15] {
        client.call(&["SELECT", &db.to_string()]);
        let keys = data.keys().filter(|(in_db, _)| *in_db == db).count();
        assert_eq!(client.call(&["DBSIZE"]), Value::Int(keys as i64));
    }
}

fn bytes(value: Stored<'_>) -> Vec<u8> {
    match value {
        Stored::Str(StrValue::Int(number)) => number.to_string().into_bytes(),
        Stored::Str(StrValue::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn read(path: &Path) -> Data {
    let mut reader = RdbReader::new(File::open(path).unwrap(), true).unwrap();
    let mut data = Data::new();
    loop {
        match reader.next_event().unwrap() {
            Event::Key(KeyEvent { db, key, expire_ms, value, .. }) => {
                assert_eq!(data.insert((db, key.to_vec()), (bytes(value), expire_ms)), None);
            }
            Event::End(checksum) => {
                assert_eq!(checksum, Checksum::Verified);
                return data;
            }
            _ => {}
        }
    }
}

fn write(path: &Path, data: &Data, options: Options) {
    let mut writer = RdbWriter::new(File::create(path).unwrap(), options).unwrap();
    writer.aux("redis-ver", b"7.2.0").unwrap();
    writer.aux("redis-bits", b"64").unwrap();
    let mut open = None;
    for ((db, key), (value, expiry)) in data {
        if open.replace(*db) != Some(*db) {
            writer.select_db(*db).unwrap();
            writer.resize_db(data.len() as u64, 3).unwrap();
        }
        writer.key(key, ValueRef::Str(value), *expiry, LruHint::None).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn what_they_save_we_read() {
    for program in Program::PEERS {
        let Some(server) = Server::peer(program, &[]) else { continue };
        fill(&server, &data());
        assert_eq!(server.call(&["SAVE"]), ok());
        let path = server.dir().join("dump.rdb");
        assert_eq!(read(&path), data(), "{program:?}");
        let summary = check::check(File::open(&path).unwrap(), true).unwrap();
        assert_eq!(summary.keys, data().len() as u64, "{program:?}");
        assert_eq!(summary.bytes, path.metadata().unwrap().len(), "{program:?}");
    }
}

#[test]
fn what_we_write_they_load() {
    for program in Program::PEERS {
        for compress in [true, false] {
            let dir = TempDir::with_prefix("rtool-test-").unwrap();
            let version = if program == Program::Valkey { 80 } else { 10 };
            write(&dir.path().join("dump.rdb"), &data(), Options { version, compress, checksum: compress });
            let Some(_) = Server::peer(program, &[]) else { continue };
            let server = Server::start_in(program, dir, &[]);
            compare(&server, &data());
        }
    }
}

/// A file that is read and written again piece by piece is the same file, unless LZF is in it: two
/// compressors need not agree.
#[test]
fn our_encoding_is_redis_own_byte_for_byte() {
    for hint in ["noeviction", "allkeys-lru", "allkeys-lfu"] {
        let directives = ["--rdbcompression", "no", "--maxmemory-policy", hint];
        let Some(server) = Server::peer(Program::Redis, &directives) else { return };
        fill(&server, &data());
        assert_eq!(server.call(&["SAVE"]), ok());
        let original = std::fs::read(server.dir().join("dump.rdb")).unwrap();
        let copy = copy(&original);
        assert!(copy == original, "{hint}: {} bytes became {}", original.len(), copy.len());
    }
}

fn copy(original: &[u8]) -> Vec<u8> {
    let mut reader = RdbReader::new(original, true).unwrap();
    let options = Options { compress: false, ..Options::default() };
    let mut writer = RdbWriter::new(Vec::new(), options).unwrap();
    loop {
        match reader.next_event().unwrap() {
            Event::Aux { key, value } => writer.aux(std::str::from_utf8(key).unwrap(), value).unwrap(),
            Event::SelectDb(db) => writer.select_db(db).unwrap(),
            Event::ResizeDb { keys, expires } => writer.resize_db(keys, expires).unwrap(),
            Event::Key(KeyEvent { key, value: Stored::Str(value), expire_ms, lru, .. }) => {
                let value = match value {
                    StrValue::Int(number) => ValueRef::Int(number),
                    StrValue::Bytes(bytes) => ValueRef::Str(bytes),
                };
                writer.key(key, value, expire_ms, lru).unwrap();
            }
            Event::End(_) => return writer.finish().unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn files_with_every_type_are_read() {
    for program in Program::PEERS {
        let Some(server) = Server::peer(program, &["--enable-debug-command", "yes"]) else { continue };
        let cases: [&[&str]; 5] = [
            &["RPUSH", "list", "a", "12"],
            &["SADD", "set", "a", "12"],
            &["ZADD", "zset", "1", "a", "2.5", "b"],
            &["HSET", "hash", "f", "v", "g", "12"],
            &["XADD", "stream", "1-1", "f", "v"],
        ];
        for command in cases {
            assert_eq!(server.call(command).error(), None);
        }
        assert_eq!(server.call(&["SAVE"]), ok());
        let ours = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
        std::fs::copy(server.dir().join("dump.rdb"), ours.dir().join("dump.rdb")).unwrap();
        assert_eq!(ours.call(&["DEBUG", "RELOAD", "NOSAVE"]), ok(), "{program:?}");
        assert_eq!(ours.digest(), server.digest(), "{program:?}");
    }
}

/// Small and big values of every type in two databases, fields that expire where the server knows them, and a
/// library of functions.
fn fill_with_everything(server: &Server) {
    let mut client = server.connect();
    let mut run =
        |line: &str| assert_eq!(client.call(&line.split(' ').collect::<Vec<_>>()).error(), None, "{line}");
    for db in ["0", "3"] {
        run(&format!("SELECT {db}"));
        for i in 0..700 {
            run(&format!("RPUSH list element:{i}"));
            run(&format!("SADD set element:{i}"));
            run(&format!("SADD ints {i}"));
            run(&format!("HSET hash field:{i} {i}"));
            run(&format!("ZADD zset {i}.5 element:{i}"));
            run(&format!("XADD stream {}-1 f {i}", i + 1));
        }
        run("RPUSH small:list a 12");
        run("SADD small:set a 12");
        run("SADD small:ints 1 2");
        run("HSET small:hash f v g 12");
        run("ZADD small:zset 1 a inf b");
        run("XGROUP CREATE stream group 3-1");
        run("XREADGROUP GROUP group me COUNT 2 STREAMS stream >");
        run("XDEL stream 1-1");
        run("EXPIRE list 10000");
        if server.program() != Program::Redis {
            run("HEXPIRE hash 10000 FIELDS 2 field:0 field:5");
            run("HEXPIRE small:hash 10000 FIELDS 1 f");
        }
    }
    let code = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
    assert_eq!(client.call(&["FUNCTION", "LOAD", code]), Value::Bulk(b"lib".to_vec()));
}

/// A database has the same keys with the same digests on both. The digest of Valkey says nothing of the times of
/// fields: where ours does, pairs and times are compared instead.
fn same_data(ours: &Server, theirs: &Server, db: &str) {
    let [mut ours, mut peer] = [ours, theirs].map(Server::connect);
    let mut both = |words: &[&str]| [&mut ours, &mut peer].map(|client| client.call(words));
    both(&["SELECT", db]);
    let keys = both(&["KEYS", "*"]).map(|keys| sorted(&keys));
    assert_eq!(keys[0], keys[1], "{:?}", theirs.program());
    for key in &keys[1] {
        let [our, their] = both(&["DEBUG", "DIGEST-VALUE", key]);
        if our == their {
            continue;
        }
        let times_unseen = theirs.program() == Program::Valkey && key.ends_with("hash");
        assert!(times_unseen, "{key} differs from that of {:?}", theirs.program());
        let [our, their] = both(&["HGETALL", key]).map(|pairs| sorted(&pairs));
        assert_eq!(our, their);
    }
}

fn sorted(list: &Value) -> Vec<String> {
    let words = list.as_list().unwrap_or_default().iter().filter_map(Value::as_str);
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn a_server_starts_with_the_file_of_any_other() {
    for program in Program::PEERS {
        let Some(theirs) = Server::peer(program, &["--enable-debug-command", "yes"]) else { continue };
        fill_with_everything(&theirs);
        assert_eq!(theirs.call(&["SAVE"]), ok());
        let file = std::fs::read(theirs.dir().join("dump.rdb")).unwrap();
        let magic: &[u8] = match program {
            Program::Valkey => b"VALKEY080",
            Program::Redis8 => b"REDIS0012",
            _ => b"REDIS0010",
        };
        assert_eq!(&file[..9], magic, "{program:?}");
        let dir = TempDir::with_prefix("rtool-test-").unwrap();
        std::fs::write(dir.path().join("dump.rdb"), &file).unwrap();
        let ours = Server::start_in(Program::Rtool, dir, &["--enable-debug-command", "yes"]);
        for db in ["0", "3"] {
            same_data(&ours, &theirs, db);
        }
        let times = ["HPEXPIRETIME", "hash", "FIELDS", "3", "field:0", "field:1", "field:5"];
        if program != Program::Redis {
            assert_eq!(ours.call(&times), theirs.call(&times), "{program:?}");
            let times = ["HPEXPIRETIME", "small:hash", "FIELDS", "2", "f", "g"];
            assert_eq!(ours.call(&times), theirs.call(&times), "{program:?}");
        }
        assert_eq!(ours.call(&["XINFO", "GROUPS", "stream"]), theirs.call(&["XINFO", "GROUPS", "stream"]));
        let libraries = ["FUNCTION", "LIST", "WITHCODE"];
        assert_ne!(ours.call(&libraries), Value::Array(Vec::new()));
        assert_eq!(ours.call(&libraries), theirs.call(&libraries), "{program:?}");
    }
}

#[test]
fn a_server_does_not_start_without_what_a_module_kept() {
    let Some(theirs) = Server::peer(Program::Redis8, &[]) else { return };
    assert_eq!(theirs.call(&["VADD", "vectors", "VALUES", "2", "1", "2", "element"]), Value::Int(1));
    assert_eq!(theirs.call(&["SAVE"]), ok());
    let dir = TempDir::with_prefix("rtool-test-").unwrap();
    std::fs::copy(theirs.dir().join("dump.rdb"), dir.path().join("dump.rdb")).unwrap();
    let Err(log) = Server::try_start_in(Program::Rtool, dir, &[]) else { panic!("it started") };
    assert!(log.contains("key 'vectors' holds a value of type module vectorset"), "{log}");
    let payload = theirs.call(&["DUMP", "vectors"]);
    let ours = Server::start(Program::Rtool, &[]);
    let answer = ours.call(&[b"RESTORE", &b"k"[..], b"0", payload.as_bytes().unwrap()]);
    assert_eq!(answer.error().as_deref(), Some("ERR Bad data format"));
}

#[test]
fn dump_payloads_go_both_ways() {
    for program in Program::PEERS {
        let Some(server) = Server::peer(program, &[]) else { continue };
        let mut encoder = Encoder::new(true);
        for value in values() {
            server.call(&[b"SET", &b"k"[..], &value]);
            let theirs = server.call(&["DUMP", "k"]);
            let theirs = theirs.as_bytes().unwrap();
            assert_eq!(dump::restore(theirs, true, bytes).unwrap(), value, "{program:?}");
            let ours = dump::dump(&mut encoder, ValueRef::Str(&value));
            assert_eq!(server.call(&[b"RESTORE", &b"k"[..], b"0", &ours, b"REPLACE"]), ok(), "{program:?}");
            assert_eq!(server.call(&["GET", "k"]), Value::Bulk(value), "{program:?}");
        }
    }
}

#[test]
fn a_file_written_during_traffic_is_whole() {
    let Some(server) = Server::peer(Program::Redis, &[]) else { return };
    server.call(&["DEBUG", "POPULATE", "20000", "key", "100"]);
    assert_eq!(server.call(&["BGSAVE"]).error(), None);
    server.call(&["FLUSHALL"]);
    wait_until("the save ended", || server.info("rdb_bgsave_in_progress") == "0");
    let path = server.dir().join("dump.rdb");
    if server.info("rdb_last_bgsave_status") == "ok" && path.is_file() {
        let keys = check::check(File::open(path).unwrap(), true).unwrap().keys;
        assert!(keys == 20_000 || keys == 0, "{keys}");
    }
}
