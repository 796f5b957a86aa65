//! The writer driven turn by turn against a storage that forgets and breaks, and once as a real thread.
//!
//! The history is a row of numbered commands, `SET n n`. A base is the same commands in AOF form, so
//! whatever parts a folder has, loading it must give 0, 1, 2, ... up to some number, and at least up to
//! the last one that was acknowledged.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::*;
use crate::persist::aof::Level;
use crate::persist::aof::load::{LoadError, Loader, Target};
use crate::persist::rdb::Event;
use crate::persist::storage::Disk;
use crate::persist::storage::sim::{Faults, Sim};
use crate::resp::Args;
use crate::resp::request::encode_command;

fn place() -> Place {
    Place { dir: "dir".into(), name: "a.aof".into() }
}

/// A journal of numbered commands.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<u8>>>);

impl Journal {
    fn append(&self, numbers: std::ops::Range<u32>) {
        let mut bytes = lock(&self.0);
        for n in numbers {
            let text = n.to_string();
            encode_command(&mut bytes, ["SET", &text, &text]);
        }
    }

    fn end(&self) -> u64 {
        lock(&self.0).len() as u64
    }

    fn reader(&self, step: usize) -> Box<dyn Source> {
        Box::new(Reader { journal: self.clone(), at: self.end(), step, severed: false })
    }
}

/// Reads at most `step` bytes at a time, wherever that cuts a command.
struct Reader {
    journal: Journal,
    at: u64,
    step: usize,
    severed: bool,
}

impl Source for Reader {
    fn next(&mut self, max: usize) -> Result<Option<Piece>, Severed> {
        if self.severed {
            return Err(Severed);
        }
        let journal = lock(&self.journal.0);
        let rest = &journal[self.at as usize..];
        let piece = &rest[..rest.len().min(max).min(self.step)];
        let offset = self.at;
        self.at += piece.len() as u64;
        Ok((!piece.is_empty()).then(|| Piece { offset, bytes: Bytes::copy_from_slice(piece) }))
    }

    fn position(&self) -> u64 {
        self.at
    }

    fn poll_ready(&mut self, _waker: &Waker) -> bool {
        self.at < self.journal.end()
    }
}

#[derive(Default)]
struct Watch {
    now_us: AtomicU64,
    lines: Mutex<Vec<String>>,
    fatal: AtomicUsize,
    writable: AtomicBool,
    severed: AtomicUsize,
}

impl Observer for Watch {
    fn log(&self, _level: Level, line: &str) {
        lock(&self.lines).push(line.into());
    }

    fn latency(&self, _event: &'static str, _took: Duration) {}

    fn writable(&self, ok: bool) {
        self.writable.store(ok, Ordering::Relaxed);
    }

    fn fatal(&self, _line: &str) {
        self.fatal.fetch_add(1, Ordering::Relaxed);
    }

    fn severed(&self) {
        self.severed.fetch_add(1, Ordering::Relaxed);
    }
}

impl Clock for Watch {
    fn mono_us(&self) -> u64 {
        self.now_us.load(Ordering::Relaxed)
    }

    fn unix_secs(&self) -> i64 {
        1_700_000_000 + (self.mono_us() / 1_000_000) as i64
    }
}

/// What a folder loads to.
#[derive(Default)]
struct Numbers(Vec<u32>);

impl Target for Numbers {
    fn begin(&mut self, _total_bytes: u64) {}

    fn rdb(&mut self, _event: Event<'_>) -> Result<(), String> {
        Err("no RDB is expected".into())
    }

    fn command(&mut self, args: Args<'_>) -> Result<(), String> {
        if args.at(0) == b"SELECT" {
            return Ok(());
        }
        assert_eq!((args.at(0), args.at(1)), (&b"SET"[..], args.at(2)));
        self.0.push(std::str::from_utf8(args.at(1)).unwrap().parse().unwrap());
        Ok(())
    }

    fn progress(&mut self, _loaded_bytes: u64) {}
}

fn load(storage: &dyn Storage) -> Result<(Loaded, u32), LoadError> {
    let watch = Watch::default();
    let place = place();
    let loader = Loader { storage, place: &place, truncated_ok: true, checksum: true, observer: &watch };
    let mut numbers = Numbers::default();
    let loaded = loader.load(&mut numbers)?;
    let count = numbers.0.len() as u32;
    assert_eq!(numbers.0, (0..count).collect::<Vec<_>>(), "a gap or a repetition");
    Ok((loaded, count))
}

struct Rig {
    sim: Sim,
    watch: Arc<Watch>,
    journal: Journal,
    shared: Arc<Shared>,
    worker: Worker,
    /// Commands appended to the journal so far, and where each ends.
    ends: Vec<u64>,
    step: usize,
    replies: Arc<Mutex<Vec<bool>>>,
}

impl Rig {
    fn new(sim: Sim, options: Options, loaded: Loaded, step: usize) -> Rig {
        let watch = Arc::new(Watch::default());
        let shared = Shared::new(options);
        let setup = Setup {
            storage: Arc::new(sim.clone()),
            place: place(),
            observer: watch.clone(),
            clock: watch.clone(),
            options,
            loaded,
        };
        let worker = Worker::new(setup, Arc::clone(&shared));
        let (journal, replies) = (Journal::default(), Arc::default());
        Rig { sim, watch, journal, shared, worker, ends: Vec::new(), step, replies }
    }

    fn fresh(faults: Faults, policy: Policy) -> Rig {
        Rig::new(Sim::new(faults), Options { policy, ..Options::default() }, Loaded::default(), 37)
    }

    fn reply(&self) -> Reply {
        let replies = Arc::clone(&self.replies);
        Box::new(move |outcome| lock(&replies).push(outcome.is_ok()))
    }

    fn command(&mut self, command: Command) {
        lock(&self.shared.queue).push_back(command);
    }

    fn open(&mut self) -> &mut Self {
        let (source, reply) = (self.journal.reader(self.step), self.reply());
        self.command(Command::Open {
            source,
            db: Some(0),
            form: BaseForm::Aof,
            first_base: Vec::new(),
            reply,
        });
        self.settle()
    }

    fn write(&mut self, count: u32) -> &mut Self {
        let from = self.ends.len() as u32;
        for n in from..from + count {
            self.journal.append(n..n + 1);
            self.ends.push(self.journal.end());
        }
        self
    }

    /// Turns until the worker would sleep for long.
    fn settle(&mut self) -> &mut Self {
        for _ in 0..200 {
            match self.worker.turn(Waker::noop()) {
                Turn::Again => {}
                Turn::Sleep(limit) if limit < Duration::from_secs(2) => self.pass(limit),
                _ => return self,
            }
        }
        self
    }

    fn pass(&self, time: Duration) {
        self.watch.now_us.fetch_add(time.as_micros() as u64 + 1, Ordering::Relaxed);
    }

    fn begin(&mut self) -> u32 {
        let (cut, reply) = (Cut { offset: self.journal.end(), db: Some(0) }, self.reply());
        self.command(Command::Rotate { cut, reply });
        self.ends.len() as u32
    }

    /// Writes a base of the first `count` commands as the snapshot would; false when the disk refused.
    fn write_base(&mut self, count: u32) -> bool {
        let base = Journal::default();
        base.append(0..count);
        let bytes = lock(&base.0).clone();
        let path = place().temp_base();
        let written =
            self.sim.create(&path).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync()));
        written.is_ok()
    }

    fn finish(&mut self, count: u32) -> &mut Self {
        let begun = lock(&self.replies).pop() == Some(true);
        if begun && self.write_base(count) {
            let reply = self.reply();
            self.command(Command::Finish { form: BaseForm::Aof, reply });
        } else {
            self.command(Command::Abort);
        }
        self.settle()
    }

    /// How many commands are acknowledged as durable.
    fn acknowledged(&self) -> u32 {
        let synced = self.shared.offset(Milestone::Synced);
        self.ends.iter().filter(|&&end| end <= synced).count() as u32
    }

    fn flush(&mut self) -> bool {
        let (upto, reply) = (self.journal.end(), self.reply());
        self.command(Command::Flush { upto, reply });
        self.settle();
        lock(&self.replies).pop() == Some(true)
    }

    /// Writes, rewrites twice with writes in between, one rewrite aborted.
    fn story(&mut self) {
        self.open().write(3).settle();
        let cut = self.write(2).begin();
        self.write(3).settle().write(1).finish(cut);
        self.write(2).begin();
        self.settle().write(1).command(Command::Abort);
        let cut = self.settle().begin();
        self.write(2).settle().finish(cut);
        self.write(4).settle();
    }
}

#[test]
fn a_story_without_trouble() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    rig.story();
    assert_eq!(rig.acknowledged(), 18);
    assert_eq!(load(&rig.sim).unwrap().1, 18);
    assert_eq!(load(&rig.sim.crash(7)).unwrap().1, 18);
    let manifest = String::from_utf8(rig.sim.get("dir/a.aof.manifest").unwrap()).unwrap();
    assert_eq!(manifest, "file a.aof.3.base.aof seq 3 type b\nfile a.aof.4.incr.aof seq 4 type i\n");
    let mut files = rig.sim.list("dir").unwrap();
    files.sort();
    assert_eq!(files, ["a.aof.3.base.aof", "a.aof.4.incr.aof", "a.aof.manifest"]);
    assert!(rig.sim.get("dir/a.aof.4.incr.aof").unwrap().starts_with(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3"));
    assert!(lock(&rig.replies).iter().all(|ok| *ok));
    let status = lock(&rig.shared.status).clone();
    assert_eq!(
        status.current_size,
        rig.sim.size("dir/a.aof.3.base.aof").unwrap() + rig.sim.size("dir/a.aof.4.incr.aof").unwrap()
    );
}

#[test]
fn nothing_acknowledged_is_lost_whenever_the_power_goes() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    rig.story();
    let operations = rig.sim.operations();
    assert!(operations > 60);
    for cut in 0..operations {
        let mut rig = Rig::fresh(Faults { power_cut_at: Some(cut), ..Faults::default() }, Policy::Always);
        rig.story();
        let acknowledged = rig.acknowledged();
        for seed in 0..12 {
            let after = rig.sim.crash(seed);
            let (loaded, count) = load(&after).unwrap_or_else(|e| panic!("cut {cut} seed {seed}: {e}"));
            assert!(count >= acknowledged, "cut {cut} seed {seed}: {count} of {acknowledged} left");
            go_on_after(after, loaded, count);
        }
    }
}

/// A server that comes up on what a crash left can write on, and rewrite.
fn go_on_after(sim: Sim, loaded: Loaded, count: u32) {
    let mut next = Rig::new(sim, Options { policy: Policy::Always, ..Options::default() }, loaded, 1000);
    next.write(count);
    next.open().write(2).settle();
    assert_eq!(load(&next.sim).unwrap().1, count + 2);
    let cut = next.begin();
    next.write(1).settle().finish(cut);
    assert_eq!(load(&next.sim.crash(1)).unwrap().1, count + 3);
}

#[test]
fn one_failed_operation_never_loses_what_is_flushed() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.story();
    for fail in 0..rig.sim.operations() {
        let mut rig = Rig::fresh(Faults { fail_at: Some(fail), ..Faults::default() }, Policy::EverySec);
        rig.story();
        if rig.worker.mode == Mode::Off {
            continue; // It was the start that failed: the server would have ended.
        }
        assert!(rig.flush(), "operation {fail}");
        assert_eq!(rig.acknowledged(), 18, "operation {fail}");
        assert_eq!(load(&rig.sim.crash(fail)).unwrap().1, 18, "operation {fail}");
        assert!(rig.shared.write_ok.load(Ordering::Relaxed));
    }
}

#[test]
fn a_failed_operation_and_then_a_power_cut_lose_nothing_acknowledged() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.story();
    let operations = rig.sim.operations();
    for fail in 0..operations {
        for cut in (fail + 1..operations + 4).step_by(3) {
            let faults = Faults { fail_at: Some(fail), power_cut_at: Some(cut), capacity: None };
            let mut rig = Rig::fresh(faults, Policy::EverySec);
            rig.story();
            for seed in [fail, cut, fail * cut] {
                let (_, count) =
                    load(&rig.sim.crash(seed)).unwrap_or_else(|e| panic!("{fail} {cut} {seed}: {e}"));
                assert!(
                    count >= rig.acknowledged(),
                    "{fail} {cut} {seed}: {count} of {}",
                    rig.acknowledged()
                );
            }
        }
    }
}

#[test]
fn under_always_a_failed_write_or_sync_is_fatal_and_acknowledges_nothing() {
    for fail in 0..3 {
        let always = Options { policy: Policy::Always, ..Options::default() };
        let mut rig = Rig::new(Sim::default(), always, Loaded::default(), 10_000);
        rig.open().write(2).settle();
        let now = rig.sim.operations();
        rig.sim.set_faults(Faults { fail_at: Some(now + fail), ..Faults::default() });
        rig.write(2).settle();
        let fatal = rig.watch.fatal.load(Ordering::Relaxed);
        assert_eq!((fatal, rig.acknowledged()), if fail < 2 { (1, 2) } else { (0, 4) });
        assert_eq!(rig.shared.offset(Milestone::Settled), rig.ends[rig.acknowledged() as usize - 1]);
    }
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.open().write(2).settle();
    let used = rig.sim.size("dir/a.aof.1.incr.aof").unwrap() + rig.sim.size("dir/a.aof.manifest").unwrap();
    rig.sim.set_faults(Faults { capacity: Some(used as usize + 10), ..Faults::default() });
    rig.write(3).settle();
    assert!(!rig.shared.write_ok.load(Ordering::Relaxed));
    assert!(lock(&rig.shared.status).write_error.is_some());
    assert_eq!(load(&rig.sim).unwrap(), (load(&rig.sim).unwrap().0, 2));
    let short = lock(&rig.watch.lines).iter().filter(|line| line.starts_with("Short write")).count();
    assert_eq!(short, 1, "one line in thirty seconds");
    assert!(!rig.flush(), "a flush must not wait for ever");
    rig.sim.set_faults(Faults::default());
    assert!({
        rig.settle();
        rig.flush()
    });
    assert!(rig.shared.write_ok.load(Ordering::Relaxed));
    assert_eq!(load(&rig.sim.crash(3)).unwrap().1, 5);
}

#[test]
fn everysec_syncs_once_a_second() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.open();
    let before = rig.sim.syncs();
    for _ in 0..300 {
        rig.write(1);
        while rig.worker.turn(Waker::noop()) == Turn::Again {}
        rig.pass(Duration::from_millis(10));
    }
    assert!((3..=4).contains(&(rig.sim.syncs() - before)), "{}", rig.sim.syncs() - before);
    rig.settle();
    assert_eq!(rig.acknowledged(), 300);
}

#[test]
fn no_appendfsync_on_rewrite_lets_replies_go() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    lock(&rig.shared.options).no_sync_on_rewrite = true;
    rig.open();
    rig.shared.snapshot.store(true, Ordering::Relaxed);
    let before = rig.sim.syncs();
    rig.write(3).settle();
    assert_eq!((rig.sim.syncs(), rig.acknowledged()), (before, 0));
    assert_eq!(rig.shared.offset(Milestone::Settled), rig.journal.end());
    rig.shared.snapshot.store(false, Ordering::Relaxed);
    rig.settle();
    assert_eq!(rig.acknowledged(), 3);
}

#[test]
fn turned_on_while_running() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    rig.write(3);
    for attempt in 0..2 {
        let (source, reply) = (rig.journal.reader(50), rig.reply());
        rig.command(Command::Enable { source, db: Some(0), reply });
        let cut = rig.ends.len() as u32;
        rig.write(2).settle();
        assert_eq!(rig.worker.mode, Mode::Waiting);
        assert!(rig.sim.get("dir/temp-a.aof.incr").is_some());
        assert!(rig.sim.get("dir/a.aof.manifest").is_none());
        if attempt == 0 {
            rig.command(Command::Abort);
            rig.settle();
            assert!(rig.sim.get("dir/temp-a.aof.incr").is_none());
            assert_eq!(rig.shared.offset(Milestone::Settled), u64::MAX);
        } else {
            rig.finish(cut);
        }
    }
    assert_eq!(rig.worker.mode, Mode::On);
    rig.write(1).settle();
    assert_eq!(load(&rig.sim.crash(5)).unwrap().1, 8);
    let manifest = String::from_utf8(rig.sim.get("dir/a.aof.manifest").unwrap()).unwrap();
    assert_eq!(manifest, "file a.aof.1.base.aof seq 1 type b\nfile a.aof.1.incr.aof seq 1 type i\n");
    let removed =
        lock(&rig.watch.lines).iter().filter(|l| l.contains("Removing the temp incr aof file")).count();
    assert_eq!(removed, 1);
}

#[test]
fn turned_off_it_flushes_and_a_rewrite_leaves_a_base_alone() {
    let mut rig = Rig::fresh(Faults::default(), Policy::No);
    rig.open().write(4);
    let (upto, reply) = (rig.journal.end(), rig.reply());
    rig.command(Command::Disable { upto, reply });
    rig.settle();
    assert_eq!((rig.worker.mode, load(&rig.sim.crash(1)).unwrap().1), (Mode::Off, 4));
    let cut = rig.begin();
    rig.settle().finish(cut);
    let manifest = String::from_utf8(rig.sim.get("dir/a.aof.manifest").unwrap()).unwrap();
    assert_eq!(manifest, "file a.aof.2.base.aof seq 2 type b\n");
    assert_eq!(load(&rig.sim).unwrap().1, 4);
}

#[test]
fn a_second_rewrite_waits_for_the_end_of_the_first() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    let first = rig.open().write(2).begin();
    rig.write(2).begin();
    rig.write(2).settle();
    assert_eq!(lock(&rig.replies).drain(..).collect::<Vec<_>>(), [true, true, false]);
    lock(&rig.replies).push(true);
    rig.finish(first);
    assert_eq!(load(&rig.sim).unwrap().1, 6);
    rig.finish(first);
    assert!(!lock(&rig.replies).last().unwrap(), "there is nothing to finish");
}

#[test]
fn history_is_kept_on_request_and_collected_later() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    lock(&rig.shared.options).keep_history = true;
    rig.story();
    let lines = |rig: &Rig| {
        let manifest = String::from_utf8(rig.sim.get("dir/a.aof.manifest").unwrap()).unwrap();
        manifest.lines().filter(|line| line.ends_with("type h")).count()
    };
    assert_eq!(lines(&rig), 5);
    assert_eq!(load(&rig.sim).unwrap().1, 18);
    lock(&rig.shared.options).keep_history = false;
    rig.settle();
    assert_eq!((lines(&rig), rig.sim.list("dir").unwrap().len()), (0, 3));
}

#[test]
fn timestamps_go_between_commands() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    lock(&rig.shared.options).timestamps = true;
    rig.open().write(2).settle().write(1).settle();
    rig.pass(Duration::from_secs(1));
    rig.write(1).settle();
    let text = String::from_utf8(rig.sim.get("dir/a.aof.1.incr.aof").unwrap()).unwrap();
    assert!(text.starts_with("#TS:1700000000\r\n*2\r\n$6\r\nSELECT"));
    assert_eq!(text.matches("#TS:").count(), 2);
    assert_eq!(load(&rig.sim).unwrap().1, 4);
}

#[test]
fn a_severed_journal_closes_the_file() {
    let mut rig = Rig::fresh(Faults::default(), Policy::Always);
    rig.open().write(2).settle();
    let severed = Reader { journal: rig.journal.clone(), at: rig.journal.end(), step: 9, severed: true };
    rig.worker.feed = Some(worker::Feed::new(Box::new(severed)));
    rig.settle();
    assert_eq!((rig.worker.mode, rig.watch.severed.load(Ordering::Relaxed)), (Mode::Off, 1));
    assert_eq!(load(&rig.sim.crash(2)).unwrap().1, 2);
}

#[test]
fn the_real_thread_commits_in_groups_and_wakes_who_waits() {
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk::new(dir.path()));
    let (watch, journal) = (Arc::new(Watch::default()), Journal::default());
    let options = Options { policy: Policy::Always, ..Options::default() };
    let setup = Setup {
        storage: storage.clone(),
        place: place(),
        observer: watch.clone(),
        clock: watch,
        options,
        loaded: Loaded::default(),
    };
    let aof = Aof::start(setup).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let reply: Reply = Box::new(move |outcome| tell.send(outcome).unwrap());
    aof.open(journal.reader(1000), Some(0), BaseForm::Aof, Vec::new(), reply);
    told.recv().unwrap().unwrap();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    for n in 0..200 {
        journal.append(n..n + 1);
        aof.thread.unpark(); // What the journal's wake-up does.
        while !aof.poll_settled(journal.end(), &waker) {
            thread::park();
        }
        assert!(aof.synced() >= journal.end());
    }
    aof.stop();
    assert_eq!(load(&*storage).unwrap().1, 200);
}

/// What was appended is written by whoever appended it; the thread is only told when it has to act.
#[test]
fn written_through_on_the_callers_thread() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.open().write(2);
    assert!(!rig.worker.write_through(rig.journal.end()), "the thread has to sync");
    assert_eq!(rig.shared.offset(Milestone::Settled), rig.journal.end());
    assert_eq!((load(&rig.sim).unwrap().1, rig.acknowledged()), (2, 0));
    rig.write(1);
    assert!(rig.worker.write_through(rig.journal.end()), "it knows already");
    assert_eq!(load(&rig.sim).unwrap().1, 3);
    lock(&rig.shared.options).write_delay_us = 1;
    rig.settle().write(1);
    assert!(!rig.worker.write_through(rig.journal.end()), "a slow disk is for the thread to wait for");
    assert_eq!(load(&rig.sim).unwrap().1, 3);
    assert_eq!(rig.settle().acknowledged(), 4);
}

/// As in Redis: what was run before the trouble showed is answered, what comes after is refused.
#[test]
fn a_full_disk_holds_no_replies_back() {
    let mut rig = Rig::fresh(Faults::default(), Policy::EverySec);
    rig.open().write(1).settle();
    rig.sim.set_faults(Faults { capacity: Some(0), ..Faults::default() });
    rig.write(1);
    assert!(!rig.worker.write_through(rig.journal.end()), "the thread has to try again");
    assert!(!rig.watch.writable.load(Ordering::Relaxed));
    assert_eq!(rig.shared.offset(Milestone::Settled), u64::MAX);
    rig.sim.set_faults(Faults::default());
    rig.settle();
    assert!(rig.watch.writable.load(Ordering::Relaxed));
    assert_eq!(rig.shared.offset(Milestone::Settled), rig.journal.end());
    assert_eq!(load(&rig.sim).unwrap().1, 2);
}
