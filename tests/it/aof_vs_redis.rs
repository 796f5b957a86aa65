//! The append-only folder handed back and forth between us and a real server.

use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use rtool::persist::aof::load::{Loaded, Loader, Target};
use rtool::persist::aof::manifest::BaseForm;
use rtool::persist::aof::writer::{Aof, Clock, Cut, Options, Piece, Policy, Reply, Setup, Severed, Source};
use rtool::persist::aof::{Level, Observer, Place};
use rtool::persist::rdb::{Event, LruHint, RdbWriter, StrValue, Value as Stored};
use rtool::persist::storage::Disk;
use rtool::resp::Args;
use rtool::resp::value::Value;
use rtool::store::ValueRef;
use tempfile::TempDir;

use crate::harness::{Program, Server, bulk, ok, request, wait_until};

/// The journal of this test: bytes that only grow.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<u8>>>);

impl Journal {
    fn command(&self, args: &[&str]) {
        self.0.lock().unwrap().extend(request(args));
    }

    fn end(&self) -> u64 {
        self.0.lock().unwrap().len() as u64
    }
}

struct Reader(Journal, u64);

impl Source for Reader {
    fn next(&mut self, max: usize) -> Result<Option<Piece>, Severed> {
        let bytes = self.0.0.lock().unwrap();
        let rest = &bytes[self.1 as usize..];
        let piece = rest[..rest.len().min(max)].to_vec();
        let offset = self.1;
        self.1 += piece.len() as u64;
        Ok((!piece.is_empty()).then(|| Piece { offset, bytes: piece.into() }))
    }

    fn position(&self) -> u64 {
        self.1
    }

    fn poll_ready(&mut self, _waker: &Waker) -> bool {
        self.1 < self.0.end()
    }
}

struct Quiet;

impl Observer for Quiet {
    fn log(&self, _level: Level, _line: &str) {}

    fn latency(&self, _event: &'static str, _took: Duration) {}

    fn writable(&self, _ok: bool) {}

    fn fatal(&self, line: &str) {
        panic!("{line}");
    }

    fn severed(&self) {}
}

impl Clock for Quiet {
    fn mono_us(&self) -> u64 {
        rtool::clock::mono_us()
    }

    fn unix_secs(&self) -> i64 {
        rtool::clock::wall_ms() / 1000
    }
}

/// A keyspace small enough for a test: database and key to value.
#[derive(Default)]
struct Keys {
    db: u32,
    all: std::collections::BTreeMap<(u32, String), String>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Target for Keys {
    fn begin(&mut self, _total_bytes: u64) {}

    fn rdb(&mut self, event: Event<'_>) -> Result<(), String> {
        if let Event::Key(key) = event {
            let value = match key.value {
                Stored::Str(StrValue::Int(number)) => number.to_string(),
                Stored::Str(StrValue::Bytes(bytes)) => text(bytes),
                other => return Err(format!("{other:?}")),
            };
            self.all.insert((key.db, text(key.key)), value);
        }
        Ok(())
    }

    fn command(&mut self, args: Args<'_>) -> Result<(), String> {
        match (args.at(0).to_ascii_lowercase().as_slice(), args.len()) {
            (b"select", 2) => self.db = text(args.at(1)).parse().unwrap(),
            (b"set", 3) => {
                self.all.insert((self.db, text(args.at(1))), text(args.at(2)));
            }
            (b"del", 2) => {
                self.all.remove(&(self.db, text(args.at(1))));
            }
            (other, _) => return Err(format!("Unknown command '{}'", text(other))),
        }
        Ok(())
    }

    fn progress(&mut self, _loaded_bytes: u64) {}
}

fn place() -> Place {
    Place { dir: "appendonlydir".into(), name: "appendonly.aof".into() }
}

fn load(dir: &Path) -> (Loaded, Keys) {
    let (storage, place) = (Disk::new(dir), place());
    let loader =
        Loader { storage: &storage, place: &place, truncated_ok: true, checksum: true, observer: &Quiet };
    let mut keys = Keys::default();
    let loaded = loader.load(&mut keys).unwrap();
    (loaded, keys)
}

/// Waits for the reply to one command to the writer's thread.
fn done(ask: impl FnOnce(Reply)) {
    let (tell, told) = channel();
    ask(Box::new(move |outcome| tell.send(outcome).unwrap()));
    told.recv().unwrap().unwrap();
}

fn rdb(keys: &[(u32, &str, &str)]) -> Vec<u8> {
    let mut writer = RdbWriter::new(Vec::new(), Default::default()).unwrap();
    writer.aux("aof-base", b"1").unwrap();
    for (db, key, value) in keys {
        writer.select_db(*db).unwrap();
        writer.key(key.as_bytes(), ValueRef::Str(value.as_bytes()), None, LruHint::None).unwrap();
    }
    writer.finish().unwrap()
}

/// Writes a folder the way the server does: three keys, a rewrite, two more.
fn write_folder(dir: &Path) {
    let loaded = load(dir).0;
    let setup = Setup {
        storage: Arc::new(Disk::new(dir)),
        place: place(),
        observer: Arc::new(Quiet),
        clock: Arc::new(Quiet),
        options: Options { policy: Policy::Always, timestamps: true, ..Options::default() },
        loaded,
    };
    let aof = Aof::start(setup).unwrap();
    let journal = Journal::default();
    let source = Box::new(Reader(journal.clone(), 0));
    done(|reply| aof.open(source, Some(0), BaseForm::Rdb, rdb(&[]), reply));
    journal.command(&["SET", "a", "1"]);
    journal.command(&["SELECT", "5"]);
    journal.command(&["SET", "b", "2"]);
    let cut = Cut { offset: journal.end(), db: Some(5) };
    done(|reply| aof.begin_rewrite(cut, reply));
    std::fs::write(dir.join(place().temp_base()), rdb(&[(0, "a", "1"), (5, "b", "2")])).unwrap();
    journal.command(&["SET", "c", "3"]);
    done(|reply| aof.finish_rewrite(BaseForm::Rdb, reply));
    journal.command(&["MULTI"]);
    journal.command(&["DEL", "b"]);
    journal.command(&["SET", "d", "4"]);
    journal.command(&["EXEC"]);
    done(|reply| aof.flush(journal.end(), reply));
    assert_eq!(aof.synced(), journal.end());
    aof.stop();
}

#[test]
fn what_we_write_redis_goes_on_with_and_we_read_again() {
    let dir = TempDir::with_prefix("rtool-test-").unwrap();
    write_folder(dir.path());
    let keys = load(dir.path()).1.all;
    assert_eq!(keys.len(), 3);
    let Some(_) = Server::peer(Program::Redis, &[]) else { return };
    let mut server = Server::start_in(Program::Redis, dir, &["--appendonly", "yes"]);
    let mut client = server.connect();
    assert_eq!(client.call(&["GET", "a"]), bulk("1"));
    assert_eq!(client.call(&["SELECT", "5"]), ok());
    assert_eq!(client.call(&["MGET", "b", "c", "d"]), Value::Array(vec![Value::Null, bulk("3"), bulk("4")]));
    assert_eq!(client.call(&["SET", "e", "5"]), ok());
    assert_eq!(load(server.dir()).1.all.len(), 4);
    assert_eq!(client.call(&["BGREWRITEAOF"]).error(), None);
    wait_until("the rewrite ended", || server.info("aof_rewrite_in_progress") == "0");
    assert_eq!(client.call(&["SET", "f", "6"]), ok());
    server.kill();
    let (loaded, keys) = load(server.dir());
    assert!(loaded.manifest.base.as_ref().unwrap().name.ends_with(".base.rdb"));
    let names: Vec<_> = keys.all.keys().map(|(db, key)| format!("{db}{key}")).collect();
    assert_eq!(names, ["0a", "5c", "5d", "5e", "5f"]);
}

#[test]
fn what_any_server_writes_we_load() {
    for program in Program::PEERS {
        for preamble in ["yes", "no"] {
            let directives = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble];
            let Some(mut server) = Server::peer(program, &directives) else { continue };
            for i in 0..50 {
                assert_eq!(server.call(&["SET", &format!("key:{i}"), &format!("value {i}")]), ok());
            }
            assert_eq!(server.call(&["BGREWRITEAOF"]).error(), None);
            wait_until("the rewrite ended", || {
                server.info("aof_rewrite_in_progress") == "0" && server.info("aof_rewrite_scheduled") == "0"
            });
            assert_eq!(server.call(&["DEL", "key:0"]), Value::Int(1));
            server.kill();
            let (loaded, keys) = load(server.dir());
            assert_eq!(keys.all.len(), 49, "{program:?} {preamble}");
            assert!(!loaded.truncated && loaded.manifest.incrs.len() == 1);
        }
    }
}

/// A folder whose only part is an incr with these commands.
fn folder(commands: &[&[&str]]) -> TempDir {
    let dir = TempDir::with_prefix("rtool-test-").unwrap();
    let parts = dir.path().join("appendonlydir");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n")
        .unwrap();
    let bytes: Vec<u8> = commands.iter().flat_map(|words| request(words)).collect();
    std::fs::write(parts.join("appendonly.aof.1.incr.aof"), bytes).unwrap();
    dir
}

/// What a program says of a folder: the keys it loads, or the last words of its refusal.
fn verdict(program: Program, commands: &[&[&str]]) -> Result<(Value, usize), String> {
    let dir = folder(commands);
    let server = Server::try_start_in(program, dir, &["--appendonly", "yes"]);
    let server = server.map_err(|log| log.trim_end().rsplit("# ").next().unwrap_or_default().to_owned())?;
    let alarms = server.log().matches("== CRITICAL ==").count();
    Ok((server.call(&["DBSIZE"]), alarms))
}

#[test]
fn commands_that_no_server_wrote_are_fatal_and_those_that_fail_are_not() {
    let set = &["SET", "a", "x"][..];
    let cases: &[&[&[&str]]] = &[
        &[set, &["INCR", "a"], &["SET", "b", "1"]],
        &[set, &["GET", "a"]],
        &[set, &["SELECT", "99"], &["SET", "b", "1"]],
        &[set, &["EXEC"], &["SET", "b", "1"]],
        &[set, &["MULTI"], &["SET", "b", "1"], &["MULTI"], &["SET", "c", "1"], &["EXEC"]],
        &[set, &["foo", "a"], &["SET", "b", "1"]],
        &[set, &["MULTI"], &["foo", "a"], &["SET", "b", "1"], &["EXEC"]],
        &[set, &["CONFIG", "foo"]],
    ];
    for commands in cases {
        let ours = verdict(Program::Rtool, commands);
        if Program::Redis.is_installed() {
            assert_eq!(ours, verdict(Program::Redis, commands), "{commands:?}");
        }
    }
    // Here Redis crashes.
    for words in [&["SET", "a"][..], &["INCR"], &["SET"]] {
        let refusal = verdict(Program::Rtool, &[set, words]).unwrap_err();
        assert!(refusal.starts_with("Wrong number of arguments for command '"), "{refusal}");
    }
}
