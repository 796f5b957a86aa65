//! What a client has to wait at worst while the server does something big: 1M keys that expire at once, a
//! snapshot, the end of a value of 10M elements.
//!
//! ```text
//! cargo bench --bench latency                            every scenario, our own binary
//! cargo bench --bench latency -- expiry save             some of them
//! RTOOL_BENCH_SERVER="redis-server" cargo bench ...      another server's figures
//! ```
//!
//! One client sends GET and SET by turns, one at a time, and keeps every latency; another one gives the
//! orders. A row says what the first saw meanwhile: how many commands, half of them faster than, 99.9 % of
//! them faster than, the slowest, in milliseconds. `idle` is the same without anything going on: what the
//! machine itself adds. Numbers of keys and elements: `RTOOL_BENCH_SCALE` (1.0: as above). `cargo test` runs it
//! with few, to see that it works.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::Duration;

use rtool::clock;
use rtool::ui::{ColorChoice, Out};

type Done<T> = io::Result<T>;

fn elapsed(since_us: u64) -> Duration {
    Duration::from_micros(clock::mono_us() - since_us)
}

/// A server of its own, without files that matter, ended with this value.
struct Server {
    child: Child,
    port: u16,
    /// Removed with the server.
    _dir: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(extra: &[&str]) -> Done<Server> {
        let own = format!("{} serve", env!("CARGO_BIN_EXE_rtool"));
        let words = std::env::var("RTOOL_BENCH_SERVER").unwrap_or(own);
        let words: Vec<&str> = words.split(' ').collect();
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let dir = tempfile::tempdir()?;
        let child = Command::new(words[0])
            .args(&words[1..])
            .args(["--port", &port.to_string(), "--save", "", "--enable-debug-command", "yes", "--dir"])
            .arg(dir.path())
            .args(extra)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Server { child, port, _dir: dir };
        let since = clock::mono_us();
        while server.connect().and_then(|mut client| client.ask("GET x")).is_err() {
            if elapsed(since) > Duration::from_secs(10) {
                return Err(io::Error::other("the server does not start"));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn connect(&self) -> Done<Client> {
        let socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_nodelay(true)?;
        Ok(Client { reader: BufReader::with_capacity(1 << 16, socket.try_clone()?), socket })
    }
}

/// The least of a client: requests out, replies read and thrown away.
struct Client {
    socket: TcpStream,
    reader: BufReader<TcpStream>,
}

fn encode(words: &[&[u8]], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

impl Client {
    /// One command: the reply's first line, or the whole text of a bulk string.
    fn ask(&mut self, command: &str) -> Done<String> {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        let mut out = Vec::new();
        encode(&words, &mut out);
        self.socket.write_all(&out)?;
        self.reply()
    }

    fn reply(&mut self) -> Done<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(len) = line.strip_prefix('$').and_then(|n| n.trim_end().parse::<usize>().ok()) {
            let mut text = vec![0; len + 2];
            self.reader.read_exact(&mut text)?;
            text.truncate(len);
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
        match line.starts_with('-') {
            true => Err(io::Error::other(line.trim_end().to_owned())),
            false => Ok(line.trim_end().to_owned()),
        }
    }

    /// Many commands in pipelines; `make` writes the n-th.
    fn load(&mut self, count: usize, mut make: impl FnMut(usize, &mut Vec<u8>)) -> Done<()> {
        const PIPELINE: usize = 256;
        for first in (0..count).step_by(PIPELINE) {
            let mut out = Vec::new();
            let last = count.min(first + PIPELINE);
            (first..last).for_each(|n| make(n, &mut out));
            self.socket.write_all(&out)?;
            for _ in first..last {
                self.reply()?;
            }
        }
        Ok(())
    }

    /// Time that the server spent in a command of the kind since CONFIG RESETSTAT.
    fn spent_us(&mut self, command: &str) -> Done<u64> {
        let verb = command.split(' ').next().unwrap_or_default().to_lowercase();
        let text = self.ask("INFO commandstats")?;
        let row = text.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{verb}:")));
        let spent = row.and_then(|row| row.split("usec=").nth(1)?.split(',').next()?.parse().ok());
        Ok(spent.unwrap_or(0))
    }

    fn info(&mut self, field: &str) -> Done<u64> {
        let text = self.ask("INFO everything")?;
        let found = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        Ok(found.and_then(|n| n.trim().parse().ok()).unwrap_or(0))
    }
}

/// Keys of the client that is measured: some in every shard.
const PROBE_KEYS: usize = 1009;

/// The client that is measured, on a thread of its own.
struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Done<Vec<Duration>>>,
}

impl Probe {
    /// GET and SET by turns of keys that nothing else touches, spread over all shards.
    fn start(server: &Server) -> Done<Probe> {
        let mut client = server.connect()?;
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut seen = Vec::new();
            let mut n = 0u32;
            while !told.load(Ordering::Relaxed) {
                n = n.wrapping_add(1);
                let command = match n % 2 {
                    0 => format!("GET probe:{}", n as usize % PROBE_KEYS),
                    _ => format!("SET probe:{} value", n as usize % PROBE_KEYS),
                };
                let since = clock::mono_us();
                client.ask(&command)?;
                seen.push(elapsed(since));
            }
            Ok(seen)
        });
        Ok(Probe { stop, thread })
    }

    fn end(self) -> Done<Vec<Duration>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the probe failed"))?
    }
}

fn show(out: &mut Out, what: &str, mut seen: Vec<Duration>, note: &str) {
    seen.sort_unstable();
    let at = |share: f64| {
        let index = ((seen.len() as f64 * share) as usize).min(seen.len().saturating_sub(1));
        seen.get(index).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    out.note(&format!(
        "{what:<28} {:>8} commands   p50 {:>7.3}   p99.9 {:>7.3}   max {:>7.3} ms   {note}",
        seen.len(),
        at(0.5),
        at(0.999),
        at(1.0)
    ));
}

fn idle(out: &mut Out, _: f64) -> Done<()> {
    let server = Server::start(&[])?;
    let probe = Probe::start(&server)?;
    sleep(Duration::from_secs(2));
    show(out, "idle", probe.end()?, "");
    Ok(())
}

/// Keys whose time is over at one instant, with the append-only file and without.
fn expiry(out: &mut Out, scale: f64) -> Done<()> {
    for (what, extra) in [("expiry", &[][..]), ("expiry, append-only file", &["--appendonly", "yes"])] {
        let count = (1e6 * scale) as usize;
        let server = Server::start(extra)?;
        let mut client = server.connect()?;
        client.load(count, |n, out| encode(&[b"SET", format!("k:{n}").as_bytes(), b"v"], out))?;
        let at = (clock::wall_ms() + (5000.0 * scale.max(0.1)) as i64).to_string();
        let at = at.as_bytes();
        client.load(count, |n, out| encode(&[b"PEXPIREAT", format!("k:{n}").as_bytes(), at], out))?;
        let probe = Probe::start(&server)?;
        let since = clock::mono_us();
        let mut began = None;
        loop {
            let size: usize = client.ask("DBSIZE")?.trim_start_matches(':').parse().unwrap_or(0);
            if size < count {
                began.get_or_insert_with(clock::mono_us);
            }
            if size <= PROBE_KEYS || elapsed(since) > Duration::from_secs(60) {
                break;
            }
            sleep(Duration::from_millis(5));
        }
        let took = began.map_or(0.0, |at| elapsed(at).as_secs_f64());
        show(out, what, probe.end()?, &format!("{count} keys gone in {took:.1} s"));
    }
    Ok(())
}

/// A background save of many keys under writes.
fn save(out: &mut Out, scale: f64) -> Done<()> {
    let count = (5e6 * scale) as usize;
    let server = Server::start(&[])?;
    let mut client = server.connect()?;
    client.load(count, |n, out| encode(&[b"SET", format!("k:{n:010}").as_bytes(), &[b'v'; 64]], out))?;
    let probe = Probe::start(&server)?;
    let since = clock::mono_us();
    client.ask("BGSAVE")?;
    while client.info("rdb_bgsave_in_progress")? == 1 {
        sleep(Duration::from_millis(20));
    }
    let took = elapsed(since).as_secs_f64();
    show(out, "save", probe.end()?, &format!("{count} keys in {took:.1} s"));
    Ok(())
}

/// Makes the n-th request that fills a big value; many elements in each.
type Fill = fn(usize, &mut Vec<u8>);

/// Elements of one request that fills.
const EACH: usize = 100;

fn fill(verb: &[u8], n: usize, out: &mut Vec<u8>, words: impl Fn(usize) -> Vec<String>) {
    let all: Vec<String> = (n * EACH..(n + 1) * EACH).flat_map(words).collect();
    let mut request: Vec<&[u8]> = vec![verb, b"big"];
    request.extend(all.iter().map(|word| word.as_bytes()));
    encode(&request, out);
}

const TYPES: &[(&str, Fill)] = &[
    ("list", |n, out| fill(b"RPUSH", n, out, |i| vec![format!("element{i:08}")])),
    ("set", |n, out| fill(b"SADD", n, out, |i| vec![format!("element{i:08}")])),
    ("hash", |n, out| fill(b"HSET", n, out, |i| vec![format!("field{i:08}"), "value".to_owned()])),
    ("zset", |n, out| fill(b"ZADD", n, out, |i| vec![i.to_string(), format!("element{i:08}")])),
    ("stream", |n, out| {
        for i in n * EACH..(n + 1) * EACH {
            encode(&[b"XADD", b"big", format!("{}-1", i + 1).as_bytes(), b"f", b"v"], out);
        }
    }),
];

/// The ways in which a value ends, or is copied: what is done, in front of it and then.
const ENDS: &[(&str, &str)] = &[
    ("COPY", "COPY big copy"),
    ("SET over", "SET copy x"),
    ("COPY", "COPY big copy REPLACE"),
    ("RENAME over", "RENAME probe:1 copy"),
    ("COPY", "COPY big copy REPLACE"),
    ("expire", "PEXPIRE copy 1"),
    ("COPY", "COPY big copy REPLACE"),
    ("UNLINK", "UNLINK copy"),
    ("COPY", "COPY big copy REPLACE"),
    ("FLUSHALL", "FLUSHALL"),
];

/// Big values end. The shards are the probe's too: it uses all of them.
fn big(out: &mut Out, scale: f64) -> Done<()> {
    for (kind, fill) in TYPES {
        let server = Server::start(&[])?;
        let mut client = server.connect()?;
        let requests = (1e7 * scale) as usize / EACH;
        for n in 0..requests {
            let mut bytes = Vec::new();
            fill(n, &mut bytes);
            client.socket.write_all(&bytes)?;
            for _ in 0..if *kind == "stream" { EACH } else { 1 } {
                client.reply()?;
            }
        }
        let memory = client.info("used_memory")?;
        out.note(&format!("{kind}: {} elements, {} MB", requests * EACH, memory >> 20));
        for (what, command) in ENDS {
            let probe = Probe::start(&server)?;
            sleep(Duration::from_millis(50));
            client.ask("CONFIG RESETSTAT")?;
            client.ask(command)?;
            let spent = client.spent_us(command)?;
            sleep(Duration::from_millis(500));
            show(out, &format!("  {kind} {what}"), probe.end()?, &format!("the command itself {spent} us"));
        }
    }
    Ok(())
}

type Scenario = fn(&mut Out, f64) -> Done<()>;

fn main() -> Done<()> {
    let mut out = Out::stderr(ColorChoice::Never);
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let bench = std::env::args().any(|word| word == "--bench");
    let scale = std::env::var("RTOOL_BENCH_SCALE").ok().and_then(|word| word.parse().ok());
    let scale = scale.unwrap_or(if bench { 1.0 } else { 0.002 });
    let scenarios: [(&str, Scenario); 4] = [("idle", idle), ("expiry", expiry), ("save", save), ("big", big)];
    for (name, run) in scenarios {
        if words.is_empty() || words.iter().any(|word| word == name) {
            run(&mut out, scale)?;
        }
    }
    Ok(())
}
