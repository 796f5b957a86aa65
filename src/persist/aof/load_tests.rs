//! Loading: every way a folder can be, whole, upgraded, cut or wrong.

use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::persist::rdb::{LruHint, RdbWriter, StrValue, Value};
use crate::persist::storage::sim::Sim;
use crate::resp::request::encode_command;
use crate::store::ValueRef;

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Observer for Log {
    fn log(&self, level: Level, line: &str) {
        if level == Level::Warning {
            self.0.lock().unwrap().push(line.into());
        }
    }

    fn latency(&self, _event: &'static str, _took: Duration) {}

    fn writable(&self, _ok: bool) {}

    fn fatal(&self, _line: &str) {}

    fn severed(&self) {}
}

/// Everything it was given, as words.
#[derive(Default)]
struct Words(Vec<String>);

impl Target for Words {
    fn begin(&mut self, _total_bytes: u64) {}

    fn rdb(&mut self, event: Event<'_>) -> Result<(), String> {
        if let Event::Key(key) = event {
            let Value::Str(StrValue::Bytes(value)) = key.value else { return Err("a number".into()) };
            self.0.push(format!("rdb {} {}", key.key.escape_ascii(), value.escape_ascii()));
        }
        Ok(())
    }

    fn command(&mut self, args: Args<'_>) -> Result<(), String> {
        if args.at(0) == b"bla" {
            return Err("Unknown command 'bla'".into());
        }
        let words: Vec<_> = args.iter().map(|arg| arg.escape_ascii().to_string()).collect();
        self.0.push(words.join(" "));
        Ok(())
    }

    fn progress(&mut self, _loaded_bytes: u64) {}
}

fn commands(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        encode_command(&mut out, line.split(' ').collect::<Vec<_>>());
    }
    out
}

fn rdb(keys: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = RdbWriter::new(Vec::new(), Default::default()).unwrap();
    writer.select_db(0).unwrap();
    for (key, value) in keys {
        writer.key(key.as_bytes(), ValueRef::Str(value.as_bytes()), None, LruHint::None).unwrap();
    }
    writer.finish().unwrap()
}

struct Case {
    sim: Sim,
    truncated_ok: bool,
    log: Log,
}

impl Case {
    fn new(files: &[(&str, &[u8])]) -> Case {
        let sim = Sim::default();
        files.iter().for_each(|(name, bytes)| sim.put(name, bytes));
        Case { sim, truncated_ok: true, log: Log::default() }
    }

    fn load(&self) -> (Result<Loaded, LoadError>, Vec<String>) {
        let place = Place { dir: "d".into(), name: "a".into() };
        let loader = Loader {
            storage: &self.sim,
            place: &place,
            truncated_ok: self.truncated_ok,
            checksum: true,
            observer: &self.log,
        };
        let mut words = Words::default();
        let loaded = loader.load(&mut words);
        (loaded, words.0)
    }

    fn logged(&self, what: &str) -> bool {
        self.log.0.lock().unwrap().iter().any(|line| line.contains(what))
    }
}

const TWO: &[u8] = b"file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n";

#[test]
fn base_and_incrs_in_order() {
    let manifest = [TWO, b"file a.3.incr.aof seq 3 type i\n"].concat();
    let case = Case::new(&[
        ("d/a.manifest", &manifest),
        ("d/a.1.base.rdb", &rdb(&[("k", "v")])),
        ("d/a.1.incr.aof", b""),
        (
            "d/a.3.incr.aof",
            &[b"#TS:12\r\n".to_vec(), commands(&["set a 1", "multi", "set b 2", "set c 3", "exec"])].concat(),
        ),
    ]);
    let (loaded, words) = case.load();
    let loaded = loaded.unwrap();
    assert_eq!(words, ["rdb k v", "set a 1", "set b 2", "set c 3"]);
    assert!(loaded.found && !loaded.truncated);
    assert_eq!(loaded.base_size, case.sim.get("d/a.1.base.rdb").unwrap().len() as u64);
    assert!(loaded.size > loaded.base_size);
}

#[test]
fn nothing_there() {
    let (loaded, words) = Case::new(&[]).load();
    assert_eq!((loaded.unwrap().found, words.len()), (false, 0));
}

#[test]
fn every_cut_of_the_last_file_loses_only_its_tail() {
    let incr = commands(&["set a 1", "multi", "set b 2", "set c 3", "exec", "set d 4"]);
    let all = ["set a 1", "set b 2", "set c 3", "set d 4"];
    let base = rdb(&[]);
    for cut in 0..=incr.len() {
        let case =
            Case::new(&[("d/a.manifest", TWO), ("d/a.1.base.rdb", &base), ("d/a.1.incr.aof", &incr[..cut])]);
        let (loaded, words) = case.load();
        let loaded = loaded.unwrap();
        assert!([0, 1, 3, 4].contains(&words.len()), "cut {cut}: {words:?}");
        assert_eq!(words, all[..words.len()]);
        assert_eq!(loaded.truncated, case.logged("loaded anyway because aof-load-truncated is enabled"));
        let left = case.sim.get("d/a.1.incr.aof").unwrap();
        assert_eq!(loaded.size, (base.len() + left.len()) as u64);
        assert_eq!(case.load().1, words, "the cut file must be whole");

        let strict = Case {
            truncated_ok: false,
            ..Case::new(&[("d/a.manifest", TWO), ("d/a.1.base.rdb", &base), ("d/a.1.incr.aof", &incr[..cut])])
        };
        let refused = matches!(strict.load().0, Err(LoadError::Truncated { .. }));
        assert_eq!(refused, loaded.truncated, "cut {cut}");
        assert_eq!(
            refused,
            strict.logged("Unexpected end of file reading the append only file a.1.incr.aof")
        );
        assert_eq!(strict.sim.get("d/a.1.incr.aof").unwrap().len(), cut);
    }
}

#[test]
fn only_the_last_file_may_be_short() {
    let manifest = b"file a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n";
    let case = Case::new(&[
        ("d/a.manifest", manifest),
        ("d/a.1.incr.aof", &commands(&["set a 1"])[..20]),
        ("d/a.2.incr.aof", &commands(&["set b 1"])),
    ]);
    assert!(matches!(case.load().0, Err(LoadError::Truncated { .. })));
    assert!(case.logged("the truncated file is not the last file"));
    assert_eq!(case.sim.get("d/a.1.incr.aof").unwrap().len(), 20);
}

#[test]
fn wrong_bytes_are_refused_in_redis_words() {
    for junk in ["!!!", "*0\r\n", "*x\r\n", "*1\r\n+PING\r\n", "PING\r\n", "\0\0\0\0"] {
        let incr = [commands(&["set a 1"]), junk.into(), commands(&["set a 1"])].concat();
        let case =
            Case::new(&[("d/a.manifest", TWO), ("d/a.1.base.rdb", &rdb(&[])), ("d/a.1.incr.aof", &incr)]);
        assert!(matches!(case.load().0, Err(LoadError::Format { .. })), "{junk:?}");
        assert!(case.logged("Bad file format reading the append only file a.1.incr.aof"));
    }
    let unknown = commands(&["set a 1", "bla", "set a 1"]);
    let case =
        Case::new(&[("d/a.manifest", TWO), ("d/a.1.base.rdb", &rdb(&[])), ("d/a.1.incr.aof", &unknown)]);
    assert!(matches!(case.load().0, Err(LoadError::Refused { .. })));
    assert!(case.logged("Unknown command 'bla' reading the append only file a.1.incr.aof"));
}

#[test]
fn a_missing_part_and_a_broken_base_are_refused() {
    let case = Case::new(&[("d/a.manifest", TWO), ("d/a.1.base.rdb", &rdb(&[]))]);
    assert!(matches!(case.load().0, Err(LoadError::Io { .. })));
    assert!(case.logged("Unable to obtain the AOF file a.1.incr.aof length."));

    let base = rdb(&[("key", "value")]);
    for cut in 5..base.len() {
        let case = Case::new(&[
            ("d/a.manifest", b"file a.1.base.rdb seq 1 type b\n"),
            ("d/a.1.base.rdb", &base[..cut]),
        ]);
        assert!(matches!(case.load().0, Err(LoadError::Rdb { .. })), "cut {cut}");
        assert!(case.logged("Error reading the RDB base file a.1.base.rdb, AOF loading aborted"));
    }
}

#[test]
fn an_old_single_file_moves_in() {
    let plain = commands(&["set a 1", "set b 2"]);
    let preamble = [rdb(&[("k", "v")]), commands(&["set a 1"])].concat();
    for (old, expected) in [(plain, vec!["set a 1", "set b 2"]), (preamble, vec!["rdb k v", "set a 1"])] {
        let case = Case::new(&[("a", &old)]);
        let (loaded, words) = case.load();
        assert_eq!((loaded.unwrap().found, words), (true, expected.iter().map(|s| s.to_string()).collect()));
        assert_eq!((case.sim.get("a"), case.sim.get("d/a")), (None, Some(old)));
        assert_eq!(case.sim.get("d/a.manifest").unwrap(), b"file a seq 1 type b\n");
        assert_eq!(case.load().1.len(), 2);
    }
}

#[test]
fn an_interrupted_move_goes_on_and_a_stranger_is_left_alone() {
    let begun = b"file a seq 1 type b\n";
    let case = Case::new(&[("a", &commands(&["set a 1"])), ("d/a.manifest", begun)]);
    assert_eq!(case.load().1, ["set a 1"]);
    let both = Case::new(&[
        ("a", &commands(&["set a 1"])),
        ("d/a.manifest", begun),
        ("d/a", &commands(&["set b 2"])),
    ]);
    assert_eq!(both.load().1, ["set b 2"]);
    assert!(both.sim.get("a").is_some());
    let neither = Case::new(&[("d/a.manifest", begun)]);
    assert!(matches!(neither.load().0, Err(LoadError::Io { .. })));
}

#[test]
fn a_large_value_crosses_blocks() {
    let big = "x".repeat(3_000_000);
    let mut incr = commands(&["set a 1"]);
    encode_command(&mut incr, ["set", "big", &big]);
    incr.extend(commands(&["set b 2"]));
    let case = Case::new(&[("d/a.manifest", b"file a.1.incr.aof seq 1 type i\n"), ("d/a.1.incr.aof", &incr)]);
    let words = case.load().1;
    assert_eq!((words.len(), words[1].len()), (3, big.len() + 8));
}
