//! The engine by itself: requests as bytes in, replies as bytes out, without sockets. CPU time of a GET and
//! of a SET, and how much more two workers do than one.
//!
//! `cargo bench --bench engine` prints a line a measure, medians of seven rounds. Each worker has its own engine on one server, as
//! in `rtool serve`, and gets batches of 64 pipelined requests for random keys, that of 64-byte values.
//! Times are CPU times of the thread, so that a busy machine spoils them less. `cargo test` runs it with
//! few keys, to see that it works.

use std::ffi::OsString;
use std::sync::{Arc, Barrier};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rtool::resp::{Parser, Proto, Reply};
use rtool::server::Server;
use rtool::server::acl::Identity;
use rtool::server::config::Config;
use rtool::server::engine::Engine;
use rtool::server::session::{ClientShared, Origin, Peer, Session};
use rtool::ui::{ColorChoice, Out};

/// Requests of a pipeline.
const BATCH: usize = 64;
/// Batches made at a time.
const SLICE: usize = 256;
const VALUE: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// CPU time of this thread, in nanoseconds.
fn cpu_ns() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD)
        .map_or(0, |usage| (usage.user_time() + usage.system_time()).num_nanoseconds())
}

#[derive(Clone, Copy)]
enum Work {
    Get,
    Set,
}

/// A worker: an engine, a client, and where it is in its walk over the keys.
struct Worker {
    engine: Engine,
    session: Session,
    write: Vec<u8>,
    keys: usize,
    at: usize,
}

impl Worker {
    fn new(server: &'static Server, index: usize, keys: usize) -> Worker {
        let peer = Peer { addr: "bench".into(), laddr: "bench".into(), fd: 0 };
        let shared = Arc::new(ClientShared::new(index as u64 + 1, peer, 0, 0));
        let mut session = Session::new(shared, Origin::Client, true, Identity::server());
        session.authenticated = true;
        let engine = Engine::new(server, Arc::clone(&server.workers[index]));
        Worker { engine, session, write: Vec::new(), keys, at: index * keys / 2 }
    }

    /// The next requests, of keys in an order without locality: a multiplicative walk over a power of ten.
    fn batch(&mut self, work: Work) -> Vec<u8> {
        let mut bytes = String::new();
        for _ in 0..BATCH {
            self.at = (self.at + 387_420_489) % self.keys; // 3^18: coprime to powers of ten
            let key = format!("$16\r\nkey:{:012}\r\n", self.at);
            match work {
                Work::Get => bytes += &format!("*2\r\n$3\r\nGET\r\n{key}"),
                Work::Set => bytes += &format!("*3\r\n$3\r\nSET\r\n{key}$64\r\n{VALUE}\r\n"),
            }
        }
        bytes.into_bytes()
    }

    /// Runs one batch; its replies' length.
    fn run(&mut self, parser: &mut Parser, input: &mut [u8]) -> usize {
        let mut reply = Reply::new(std::mem::take(&mut self.write), Proto::Resp2);
        let outcome = self.engine.run(&mut self.session, parser, input, &mut reply, usize::MAX);
        assert_eq!(outcome.consumed, input.len(), "a whole batch runs at once");
        self.write = reply.into_buf();
        let length = self.write.len();
        self.write.clear();
        length
    }

    /// CPU time of one request, in nanoseconds, over about `requests` of them.
    fn measure(&mut self, work: Work, requests: usize) -> f64 {
        let expected = BATCH * if matches!(work, Work::Get) { VALUE.len() + 7 } else { "+OK\r\n".len() };
        let (slices, mut spent, mut parser) = ((requests / SLICE / BATCH).max(1), 0, Parser::new());
        for _ in 0..slices {
            let mut batches: Vec<Vec<u8>> = (0..SLICE).map(|_| self.batch(work)).collect();
            let start = cpu_ns();
            for input in &mut batches {
                assert_eq!(self.run(&mut parser, input), expected, "every key is there");
            }
            spent += cpu_ns() - start;
        }
        spent as f64 / (slices * SLICE * BATCH) as f64
    }
}

/// CPU times of a GET and of a SET when `count` workers work at once.
fn together(server: &'static Server, count: usize, keys: usize, requests: usize) -> [f64; 2] {
    let barrier = &Barrier::new(count);
    let times: Vec<[f64; 2]> = std::thread::scope(|scope| {
        let spawn = |index: usize| {
            scope.spawn(move || {
                let mut worker = Worker::new(server, index, keys);
                [Work::Get, Work::Set].map(|work| {
                    barrier.wait();
                    worker.measure(work, requests)
                })
            })
        };
        let threads: Vec<_> = (0..count).map(spawn).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    [0, 1].map(|work| times.iter().map(|time| time[work]).sum::<f64>() / times.len() as f64)
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(out: &mut Out, keys: usize, requests: usize, rounds: usize) {
    let words = ["--io-threads", "2", "--save", ""].map(OsString::from);
    let Ok(config) = Config::load(&words, &mut std::io::empty()) else { return };
    let server = Server::new(config);
    Worker::new(server, 0, keys).measure(Work::Set, keys * 2); // all of them, since it visits each once
    let times: Vec<[[f64; 2]; 2]> =
        (0..rounds).map(|_| [1, 2].map(|count| together(server, count, keys, requests))).collect();
    for (work, name) in ["GET", "SET"].into_iter().enumerate() {
        let one = median(times.iter().map(|[one, _]| one[work]).collect());
        let more = median(times.iter().map(|[one, two]| 2.0 * one[work] / two[work]).collect());
        let line = format!("{keys} keys: {name} {one:.0} ns, 2 workers do {more:.2} times the work of 1");
        out.note(&line);
    }
}

fn main() {
    let mut out = Out::stderr(ColorChoice::Never);
    if !std::env::args().any(|argument| argument == "--bench") {
        return measure(&mut out, 10_000, SLICE * BATCH, 1);
    }
    measure(&mut out, 1_000_000, 4_000_000, 7);
}
