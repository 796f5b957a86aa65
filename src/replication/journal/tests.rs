//! The journal against a flat list of bytes: every reader sees exactly what it should, however
//! appends, readers, backlog changes and reads fall together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use proptest::prelude::*;

use super::*;

fn text(journal: &Journal, reader: &mut Reader) -> String {
    let mut all = Vec::new();
    while let Some(piece) = reader.next(usize::MAX).unwrap() {
        all.extend_from_slice(&piece.bytes);
    }
    assert_eq!(reader.position(), journal.end());
    String::from_utf8(all).unwrap().replace("\r\n", " ")
}

fn unit(effects: &[(u32, Class, &[&[u8]])]) -> Unit {
    let mut unit = Unit::new();
    for (db, class, words) in effects {
        unit.effect_iter(*db, *class, words.iter());
    }
    unit
}

#[test]
fn nobody_listening_costs_nothing() {
    let journal = Journal::new(0);
    assert!(!journal.active());
    assert_eq!(journal.append(&unit(&[(0, Class::Data, &[b"DEL", b"k"])])), 0);
    let reader = journal.subscribe(Wants::All);
    assert!(journal.active());
    drop(reader);
    assert!(!journal.active());
}

#[test]
fn framing_is_added_where_it_is_due() {
    let journal = Journal::new(0);
    let mut reader = journal.subscribe(Wants::All);
    let del: &[&[u8]] = &[b"DEL", b"k"];
    journal.append(&unit(&[(9, Class::Data, del)]));
    assert_eq!(text(&journal, &mut reader), "*2 $6 SELECT $1 9 *2 $3 DEL $1 k ");
    journal.append(&unit(&[(9, Class::Data, del)]));
    assert_eq!(text(&journal, &mut reader), "*2 $3 DEL $1 k ");
    journal.append(&unit(&[(9, Class::Data, del), (10, Class::Data, del)]));
    assert_eq!(
        text(&journal, &mut reader),
        "*1 $5 MULTI *2 $3 DEL $1 k *2 $6 SELECT $2 10 *2 $3 DEL $1 k *1 $4 EXEC "
    );
    assert_eq!(journal.end_and_db(), (journal.end(), Some(10)));
    let mut bare = unit(&[(10, Class::Data, del), (10, Class::Data, del)]);
    bare.set_bare();
    journal.append(&bare);
    assert_eq!(text(&journal, &mut reader), "*2 $3 DEL $1 k *2 $3 DEL $1 k ");
    journal.append(&Unit::new());
    assert_eq!(text(&journal, &mut reader), "");
}

#[test]
fn the_file_sees_data_only() {
    let journal = Journal::new(0);
    let (mut all, mut file) = (journal.subscribe(Wants::All), journal.subscribe(Wants::Data));
    let publish: &[&[u8]] = &[b"PUBLISH", b"c", b"m"];
    journal.append(&unit(&[(0, Class::ReplicaOnly, publish)]));
    assert_eq!(text(&journal, &mut file), "*2 $6 SELECT $1 0 ");
    journal.append(&unit(&[(0, Class::ReplicaOnly, publish), (0, Class::ReplicaOnly, publish)]));
    assert_eq!(text(&journal, &mut file), "");
    journal.append(&unit(&[(0, Class::ReplicaOnly, publish), (0, Class::Data, &[b"DEL", b"k"])]));
    journal.append_raw(b"*1\r\n$4\r\nPING\r\n", Class::ReplicaOnly);
    assert_eq!(text(&journal, &mut file), "*1 $5 MULTI *2 $3 DEL $1 k *1 $4 EXEC ");
    assert!(text(&journal, &mut all).ends_with("*1 $4 EXEC *1 $4 PING "));
}

#[test]
fn a_large_effect_keeps_its_place() {
    let journal = Journal::new(0);
    let mut reader = journal.subscribe(Wants::All);
    let value = vec![b'x'; 3 * LARGE_BYTES + 5];
    let mut expected = Vec::new();
    let mut expect = |words: &[&[u8]]| encode_command(&mut expected, words);
    expect(&[b"MULTI"]);
    expect(&[b"SELECT", b"0"]);
    expect(&[b"SET", b"a", b"1"]);
    expect(&[b"SET", b"b", &value]);
    expect(&[b"EXEC"]);
    let sets: [&[&[u8]]; 2] = [&[b"SET", b"a", b"1"], &[b"SET", b"b", &value]];
    journal.append(&unit(&[(0, Class::Data, sets[0]), (0, Class::Data, sets[1])]));
    assert!(
        text(&journal, &mut reader).as_bytes()
            == String::from_utf8(expected).unwrap().replace("\r\n", " ").as_bytes()
    );
}

#[test]
fn a_reset_severs_readers_and_starts_over() {
    let journal = Journal::new(0);
    journal.create_backlog();
    let mut old = journal.subscribe(Wants::All);
    journal.append_raw(b"old", Class::Data);
    journal.reset(1000);
    assert_eq!(old.next(10), Err(Severed));
    assert_eq!((journal.end(), journal.first_offset(), journal.histlen()), (1000, 1000, 0));
    let mut new = journal.subscribe_at(1000, Wants::All).unwrap();
    assert!(journal.subscribe_at(999, Wants::All).is_none());
    journal.append_raw(b"new", Class::Data);
    assert_eq!(text(&journal, &mut new), "new");
}

#[test]
fn sleepers_are_woken_once() {
    #[derive(Default)]
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (journal, count) = (Journal::new(0), Arc::new(Count::default()));
    let mut reader = journal.subscribe(Wants::All);
    let waker = Waker::from(Arc::clone(&count));
    assert!(!reader.poll_ready(&waker));
    journal.append_raw(b"x", Class::Data);
    journal.wake();
    journal.wake();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(reader.poll_ready(&waker));
}

#[derive(Clone, Debug)]
enum Op {
    Append(usize, Class),
    Subscribe(Wants),
    SubscribeAt(u64, Wants),
    Read(usize, usize),
    Drop(usize),
    CreateBacklog,
    FreeBacklog,
    Size(usize),
}

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![3 => Just(Class::Data), 1 => Just(Class::ReplicaOnly)]
}

fn wants() -> impl Strategy<Value = Wants> {
    prop_oneof![Just(Wants::All), Just(Wants::Data)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1usize..200, class()).prop_map(|(n, c)| Op::Append(n, c)),
        3 => (1000usize..30_000, class()).prop_map(|(n, c)| Op::Append(n, c)),
        2 => wants().prop_map(Op::Subscribe),
        2 => (0u64..60_000, wants()).prop_map(|(back, w)| Op::SubscribeAt(back, w)),
        6 => (0usize..8, 1usize..40_000).prop_map(|(r, n)| Op::Read(r, n)),
        1 => (0usize..8).prop_map(Op::Drop),
        1 => Just(Op::CreateBacklog),
        1 => Just(Op::FreeBacklog),
        1 => (0usize..100_000).prop_map(Op::Size),
    ]
}

/// The model: all bytes ever appended, with their class, and every reader's position.
#[derive(Default)]
struct Model {
    bytes: Vec<(u8, Class)>,
    readers: Vec<(Reader, u64, Wants)>,
    backlog: Option<u64>,
    size: usize,
    /// Where the backlog's window began at its furthest: a larger size brings nothing back.
    forgot: u64,
}

impl Model {
    fn end(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn append(&mut self, journal: &Journal, n: usize, class: Class) {
        if !journal.active() {
            assert!(self.readers.is_empty() && self.backlog.is_none());
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend((start..start + n).map(|i| ((i % 251) as u8, class)));
        let raw: Vec<u8> = self.bytes[start..].iter().map(|(byte, _)| *byte).collect();
        assert_eq!(journal.append_raw(&raw, class), self.end());
    }

    fn subscribe_at(&mut self, journal: &Arc<Journal>, back: u64, wants: Wants) {
        let offset = self.end().saturating_sub(back);
        let kept = offset >= journal.first_offset();
        let reader = journal.subscribe_at(offset, wants);
        assert_eq!(reader.is_some(), kept);
        self.readers.extend(reader.map(|reader| (reader, offset, wants)));
    }

    fn read(&mut self, at: usize, max: usize) {
        let end = self.end();
        let count = self.readers.len().max(1);
        let Some((reader, position, wants)) = self.readers.get_mut(at % count) else { return };
        let skipped = |byte: &&(u8, Class)| *wants == Wants::Data && byte.1 == Class::ReplicaOnly;
        let piece = reader.next(max).unwrap();
        *position += self.bytes[*position as usize..].iter().take_while(skipped).count() as u64;
        if let Some(piece) = piece {
            assert!(piece.bytes.len() <= max && !piece.bytes.is_empty());
            assert_eq!(piece.offset, *position);
            let expected = &self.bytes[piece.offset as usize..piece.end() as usize];
            assert!(expected.iter().map(|(byte, _)| byte).eq(piece.bytes.iter()));
            assert!(!expected.iter().any(|byte| skipped(&byte)));
            *position = piece.end();
        } else {
            assert_eq!(*position, end);
        }
        assert_eq!(reader.position(), *position);
        assert_eq!(reader.lag(), end - *position);
    }

    /// What must be kept is kept, and not much more.
    fn check(&mut self, journal: &Journal) {
        let usage = journal.usage();
        assert_eq!(journal.end(), self.end());
        assert_eq!(usage.first_offset + usage.histlen, self.end());
        let slowest = self.readers.iter().map(|reader| reader.1).min().unwrap_or(self.end());
        self.forgot = self.forgot.max(self.end().saturating_sub(self.size as u64));
        let window = self.forgot;
        if let Some(created) = self.backlog {
            assert!(usage.first_offset <= window.max(created));
            assert!(usage.first_offset >= created);
        }
        let needed = self.backlog.map_or(slowest, |created| slowest.min(window.max(created)));
        let slack = 3 * JOURNAL_BLOCK_BYTES_MAX;
        assert!(usage.memory <= (self.end() - needed) as usize + slack, "{usage:?} needs from {needed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn behaves_like_a_flat_list(ops in prop::collection::vec(op(), 1..200)) {
        let journal = Journal::new(0);
        let mut model = Model { size: BACKLOG_BYTES_MIN, ..Model::default() };
        for op in ops {
            match op {
                Op::Append(n, class) => model.append(&journal, n, class),
                Op::Subscribe(wants) if model.readers.len() < 8 => {
                    let end = model.end();
                    model.readers.push((journal.subscribe(wants), end, wants));
                }
                Op::SubscribeAt(back, wants) if model.readers.len() < 8 => {
                    model.subscribe_at(&journal, back, wants);
                }
                Op::Subscribe(_) | Op::SubscribeAt(..) => {}
                Op::Read(at, max) => model.read(at, max),
                Op::Drop(at) if at < model.readers.len() => drop(model.readers.swap_remove(at)),
                Op::Drop(_) => {}
                Op::CreateBacklog => {
                    journal.create_backlog();
                    let end = model.end();
                    model.backlog.get_or_insert(end);
                }
                Op::FreeBacklog => {
                    journal.free_backlog();
                    model.backlog = None;
                }
                Op::Size(size) => {
                    journal.set_backlog_size(size);
                    model.size = size.max(BACKLOG_BYTES_MIN);
                }
            }
            model.check(&journal);
        }
    }
}
