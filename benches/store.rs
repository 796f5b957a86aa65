//! The store by itself: CPU time of GET and SET per key, bytes per key, and two threads against one.
//!
//! `cargo bench --bench store` (or `cargo run --profile quick`-style builds) prints one line a measure.
//! Keys are visited in a random order in batches of 64, each stage of the prefetch and each access
//! taking the shard's lock by itself, as the server's engine does. Times are CPU times of the thread,
//! so that a busy machine spoils them less. `cargo test` runs it with few keys, to see that it works.

use std::sync::Barrier;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rtool::limits::SHARDS;
use rtool::store::{Inserted, Keyspace, Str, ValueRef};
use rtool::ui::{ColorChoice, Out};

/// Keys looked up together: what a batch of requests has.
const BATCH: usize = 64;
/// A lock is fetched so many operations before it is taken.
const LOCKS_AHEAD: usize = 8;
/// Keys made at a time.
const SLICE: usize = 16_384;
const VALUE: [u8; 64] = [b'v'; 64];

/// CPU time of this thread, in nanoseconds.
fn cpu_ns() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD)
        .map_or(0, |usage| (usage.user_time() + usage.system_time()).num_nanoseconds())
}

/// Resident memory of the process, in bytes.
fn resident() -> i64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: i64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    pages * 4096
}

/// An 11-byte key.
fn key(number: usize) -> [u8; 11] {
    let mut key = *b"key:0000000";
    let mut rest = number;
    for digit in key[4..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

/// The numbers below `count` (a power of ten) in an order without locality: a multiplicative walk.
struct Order {
    count: usize,
    at: usize,
}

impl Order {
    fn batch(&mut self) -> [[u8; 11]; BATCH] {
        std::array::from_fn(|_| {
            self.at = (self.at + 387_420_489) % self.count; // 3^18: coprime to powers of ten
            key(self.at)
        })
    }
}

#[derive(Clone, Copy)]
enum Work {
    Get,
    Set,
    GetWithoutPrefetch,
}

/// Works on about `ops` keys in batches and returns the CPU time of one, in nanoseconds. Keys are made
/// beforehand, a slice at a time.
fn run(keyspace: &Keyspace, work: Work, order: &mut Order, ops: usize) -> f64 {
    let mut sum = 0u64;
    let mut spent = 0;
    let slices = (ops / SLICE).max(1);
    for _ in 0..slices {
        let batches: Vec<[[u8; 11]; BATCH]> = (0..SLICE / BATCH).map(|_| order.batch()).collect();
        let start = cpu_ns();
        sum += batches.iter().map(|keys| one_batch(keyspace, work, keys)).sum::<u64>();
        spent += cpu_ns() - start;
    }
    assert_eq!(sum, (slices * SLICE) as u64, "keys are missing");
    spent as f64 / (slices * SLICE) as f64
}

fn one_batch(keyspace: &Keyspace, work: Work, keys: &[[u8; 11]; BATCH]) -> u64 {
    let hashes: [u64; BATCH] = std::array::from_fn(|at| keyspace.hash(&keys[at]));
    if !matches!(work, Work::GetWithoutPrefetch) {
        prefetch(keyspace, &hashes);
    }
    let one = |(at, (key, &h)): (usize, (&[u8; 11], &u64))| {
        ahead(keyspace, &hashes, at);
        one(keyspace, work, key, h)
    };
    keys.iter().zip(&hashes).enumerate().map(one).sum()
}

/// Fetches a lock that is needed soon.
fn ahead(keyspace: &Keyspace, hashes: &[u64], at: usize) {
    if let Some(&h) = hashes.get(at + LOCKS_AHEAD) {
        keyspace.prefetch_lock(keyspace.shard_of(h));
    }
}

fn prefetch(keyspace: &Keyspace, hashes: &[u64; BATCH]) {
    for (at, &h) in hashes.iter().enumerate() {
        ahead(keyspace, hashes, at);
        keyspace.lock(keyspace.shard_of(h)).db(0).prefetch_bucket(h);
    }
    let mut later = [0u64; BATCH];
    let mut count = 0;
    for (at, &h) in hashes.iter().enumerate() {
        ahead(keyspace, hashes, at);
        later[count] = h;
        count += usize::from(keyspace.lock(keyspace.shard_of(h)).db(0).prefetch_entry(h));
    }
    for &h in &later[..count] {
        keyspace.lock(keyspace.shard_of(h)).db(0).prefetch_child_entry(h);
    }
}

#[inline]
fn one(keyspace: &Keyspace, work: Work, key: &[u8], h: u64) -> u64 {
    let mut shard = keyspace.lock(keyspace.shard_of(h));
    match work {
        Work::Set => u64::from(shard.db_mut(0).insert(h, key, Str::Bytes(&VALUE), None, 1) != Inserted::New),
        _ => match shard.db(0).get(h, key).map(|entry| entry.value()) {
            Some(ValueRef::Str(bytes)) => u64::from(bytes[5] == b'v'),
            _ => 0,
        },
    }
}

fn fill(keyspace: &Keyspace, count: usize) -> f64 {
    let start = cpu_ns();
    for batch in 0..count / BATCH + 1 {
        let keys: [[u8; 11]; BATCH] = std::array::from_fn(|at| key((batch * BATCH + at).min(count - 1)));
        let hashes: [u64; BATCH] = std::array::from_fn(|at| keyspace.hash(&keys[at]));
        for &h in &hashes {
            keyspace.lock(keyspace.shard_of(h)).db(0).prefetch_bucket(h);
        }
        for (key, &h) in keys.iter().zip(&hashes) {
            one(keyspace, Work::Set, key, h);
        }
    }
    (cpu_ns() - start) as f64 / count as f64
}

/// CPU time of one operation when `threads` threads work at once.
fn together(keyspace: &Keyspace, threads: usize, count: usize, ops: usize) -> f64 {
    let barrier = Barrier::new(threads);
    let barrier = &barrier;
    let times: Vec<f64> = std::thread::scope(|scope| {
        let spawn = |at: usize| {
            scope.spawn(move || {
                barrier.wait();
                let mut order = Order { count, at: at * count / 2 };
                (run(keyspace, Work::Get, &mut order, ops) + run(keyspace, Work::Set, &mut order, ops)) / 2.0
            })
        };
        let workers: Vec<_> = (0..threads).map(spawn).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    times.iter().sum::<f64>() / times.len() as f64
}

fn measure(out: &mut Out, count: usize, ops: usize) {
    let before = resident();
    let keyspace = Keyspace::new(16, *b"bench bench seed");
    let load = fill(&keyspace, count);
    let bytes = (resident() - before) as f64 / count as f64;
    let mut order = Order { count, at: 0 };
    let mut timed = |work| run(&keyspace, work, &mut order, ops);
    let (warm, get, set, plain) =
        (timed(Work::Get), timed(Work::Get), timed(Work::Set), timed(Work::GetWithoutPrefetch));
    let (alone, both) = (together(&keyspace, 1, count, ops), together(&keyspace, 2, count, ops));
    let start = cpu_ns();
    (0..SHARDS).for_each(|index| drop(keyspace.lock(index).clear_all()));
    let clear = (cpu_ns() - start) as f64 / count as f64;
    let line = format!(
        "{count} keys: load {load:.0} ns, GET {get:.0} ns ({warm:.0} cold, {plain:.0} without prefetch), \
         SET {set:.0} ns, clear {clear:.0} ns, {bytes:.1} bytes a key, 2 threads do {:.2} times the work of 1",
        2.0 * alone / both
    );
    out.note(&line);
}

fn main() {
    let mut out = Out::stderr(ColorChoice::Never);
    if !std::env::args().any(|argument| argument == "--bench") {
        return measure(&mut out, 10_000, SLICE);
    }
    measure(&mut out, 1_000_000, 4_000_000);
    measure(&mut out, 5_000_000, 4_000_000);
}
