//! What MIGRATE does outside of the shards: it talks to the other server, on the runtime of its client's worker,
//! and then lets the engine delete what that one has accepted.
//!
//! ```text
//!   [handler, shards held]  look, encode, note the keys as moving  ->  Job
//!   connect, or a cached socket -> AUTH, SELECT and their answers -> RESTORE ... -> an answer for each key
//!   [engine, shards held]   delete the accepted keys, journal DEL -> reply
//! ```
//!
//! It is a task of its own: the client may leave, the keys still end in one place. Nothing is sent to restore
//! before AUTH and SELECT have succeeded, so that no key comes into a database nobody meant (Redis sends all at
//! once). The timeout is that of each step, as in Redis: to connect, to write 64 KiB, to get an answer.
//!
//! Sockets are kept for the next MIGRATE to the same place with the same words of AUTH, for ten seconds.

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::catalog::Command;
use crate::clock;
use crate::limits::{MIGRATE_SOCKETS_MAX, TARGET_LINE_BYTES_MAX};
use crate::resp::OwnedArgs;
use crate::resp::request::encode_command;
use crate::server::Server;
use crate::server::blocking::Outcome;
use crate::server::conn::SharedBench;
use crate::server::fault::Fault;
use crate::server::moving::Move;
use crate::server::session::Session;
use crate::server::sync::locked;

/// Milliseconds that an unused socket is kept, as in Redis.
const SOCKET_TTL_MS: u64 = 10_000;

/// Bytes written within one timeout.
const WRITE_CHUNK_BYTES: usize = 64 * 1024;

/// Where the keys go, and as whom: what a socket may be used again for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Host, as it was given.
    pub host: String,
    /// Port; 0 where no number was given, and nobody listens there.
    pub port: u16,
    /// The words behind AUTH; empty without it.
    pub auth: Vec<Vec<u8>>,
}

/// A MIGRATE that has looked its keys up.
pub struct Job {
    /// Where to.
    pub target: Target,
    /// The database there.
    pub db: i64,
    /// The time for each step.
    pub timeout: Duration,
    /// RESTORE of each key, as the other server gets it.
    pub requests: Vec<u8>,
    /// The keys of these requests.
    pub keys: Vec<Box<[u8]>>,
    /// Keeps writers away from them; none when they are only copied.
    pub moving: Option<Move>,
    /// The role the server had when they were looked up (`Links::epoch`).
    pub epoch: u64,
    /// The command.
    pub command: &'static Command,
    /// Its arguments, for the slow log.
    pub args: OwnedArgs,
    /// Its client.
    pub session: Session,
}

/// How it ended at the other server.
#[derive(Debug, Default)]
pub struct Answers {
    /// The keys it has accepted, by their places in the job.
    pub accepted: Vec<usize>,
    /// What the client is told, unless all went well.
    pub fault: Option<Fault>,
}

/// Sockets that wait for their next use.
#[derive(Default)]
pub struct Sockets(Mutex<HashMap<Target, Cached>>);

struct Cached {
    socket: std::net::TcpStream,
    /// The database selected there, if that is known.
    db: Option<i64>,
    used_ms: u64,
}

impl Sockets {
    /// Number of sockets.
    pub fn len(&self) -> usize {
        locked(&self.0).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes those that have not been used for long.
    pub fn close_old(&self, now_ms: u64) {
        locked(&self.0).retain(|_, cached| now_ms.saturating_sub(cached.used_ms) <= SOCKET_TTL_MS);
    }

    fn take(&self, target: &Target) -> Option<Wire> {
        let cached = locked(&self.0).remove(target)?;
        let socket = TcpStream::from_std(cached.socket).ok()?;
        Some(Wire { socket, db: cached.db, unread: Vec::new() })
    }

    /// Keeps a socket; when there are too many, the one that was used longest ago goes.
    fn keep(&self, target: &Target, wire: Wire) {
        let Ok(socket) = wire.socket.into_std() else { return };
        let mut all = locked(&self.0);
        if all.len() >= MIGRATE_SOCKETS_MAX {
            let oldest =
                all.iter().min_by_key(|(_, cached)| cached.used_ms).map(|(target, _)| target.clone());
            oldest.map(|target| all.remove(&target));
        }
        all.insert(target.clone(), Cached { socket, db: wire.db, used_ms: clock::mono_ms() });
    }
}

/// What the connection to the other server broke at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connecting,
    Writing,
    Reading,
}

/// A connection to the other server that broke.
#[derive(Debug, Clone, Copy)]
struct Broken {
    step: Step,
    in_time: bool,
}

impl Broken {
    fn fault(self) -> Fault {
        Fault::new(match self.step {
            Step::Connecting => "IOERR error or timeout connecting to the client",
            Step::Writing => "IOERR error or timeout writing to target instance",
            Step::Reading => "IOERR error or timeout reading to target instance",
        })
    }
}

async fn step<T>(
    step: Step,
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Broken> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Broken { step, in_time: true }),
        Err(_) => Err(Broken { step, in_time: false }),
    }
}

/// A connection to the other server.
struct Wire {
    socket: TcpStream,
    db: Option<i64>,
    unread: Vec<u8>,
}

impl Wire {
    async fn connect(target: &Target, limit: Duration) -> Result<Wire, Broken> {
        let connecting = TcpStream::connect((target.host.as_str(), target.port));
        let socket = match tokio::time::timeout(limit, connecting).await {
            Ok(Ok(socket)) => socket,
            // Redis notices that nobody listens when it writes, and so say its words.
            Ok(Err(e)) if e.kind() == io::ErrorKind::ConnectionRefused => {
                return Err(Broken { step: Step::Writing, in_time: true });
            }
            Ok(Err(_)) => return Err(Broken { step: Step::Connecting, in_time: true }),
            Err(_) => return Err(Broken { step: Step::Connecting, in_time: false }),
        };
        let _ = socket.set_nodelay(true); // only faster
        Ok(Wire { socket, db: None, unread: Vec::new() })
    }

    async fn write(&self, bytes: &[u8], limit: Duration) -> Result<(), Broken> {
        for mut chunk in bytes.chunks(WRITE_CHUNK_BYTES) {
            let work = async {
                while !chunk.is_empty() {
                    self.socket.writable().await?;
                    match self.socket.try_write(chunk) {
                        Ok(n) => chunk = &chunk[n..],
                        Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                        Err(e) => return Err(e),
                    }
                }
                Ok(())
            };
            step(Step::Writing, limit, work).await?;
        }
        Ok(())
    }

    /// One line, without its end: each answer to AUTH, SELECT and RESTORE is one.
    async fn line(&mut self, limit: Duration) -> Result<Vec<u8>, Broken> {
        let work = async {
            loop {
                if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                    let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                    line.truncate(line.trim_ascii_end().len());
                    return Ok(line);
                }
                if self.unread.len() > TARGET_LINE_BYTES_MAX {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                self.socket.readable().await?;
                match self.socket.try_read_buf(&mut self.unread) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(_) => {}
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    Err(e) => return Err(e),
                }
            }
        };
        step(Step::Reading, limit, work).await
    }
}

/// The other server's error, as the client gets it.
fn refused(line: &[u8]) -> Fault {
    let words = String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
    Fault::err(format!("Target instance replied with error: {words}"))
}

fn is_error(line: &[u8]) -> bool {
    line.first() == Some(&b'-')
}

impl Job {
    /// Talks to the other server. A socket that broke before the first answer is given a second chance: it
    /// was most likely an old one, closed over there.
    async fn transfer(&self, sockets: &Sockets) -> Answers {
        let mut chances = 2;
        loop {
            chances -= 1;
            let mut answers = Answers::default();
            match self.attempt(sockets, &mut answers).await {
                Ok(()) => return answers,
                Err(broken) => {
                    let untouched = answers.accepted.is_empty() && answers.fault.is_none();
                    let again = broken.step != Step::Connecting && broken.in_time;
                    if !(chances > 0 && untouched && again) {
                        answers.fault.get_or_insert(broken.fault());
                        return answers;
                    }
                }
            }
        }
    }

    async fn attempt(&self, sockets: &Sockets, answers: &mut Answers) -> Result<(), Broken> {
        let mut wire = match sockets.take(&self.target) {
            Some(wire) => wire,
            None => Wire::connect(&self.target, self.timeout).await?,
        };
        answers.fault = self.enter(&mut wire).await?;
        if answers.fault.is_none() {
            wire.write(&self.requests, self.timeout).await?;
            for at in 0..self.keys.len() {
                let line = wire.line(self.timeout).await?;
                if !is_error(&line) {
                    answers.accepted.push(at);
                } else if answers.fault.is_none() {
                    answers.fault = Some(refused(&line));
                }
            }
        }
        wire.db = Some(self.db).filter(|_| answers.fault.is_none());
        sockets.keep(&self.target, wire);
        Ok(())
    }

    /// AUTH and SELECT, where they are needed; an error of the other server is returned.
    async fn enter(&self, wire: &mut Wire) -> Result<Option<Fault>, Broken> {
        let (mut hello, mut lines) = (Vec::new(), 0);
        if !self.target.auth.is_empty() {
            let words: Vec<&[u8]> =
                [b"AUTH".as_slice()].into_iter().chain(self.target.auth.iter().map(Vec::as_slice)).collect();
            encode_command(&mut hello, words);
            lines += 1;
        }
        if wire.db != Some(self.db) {
            encode_command(&mut hello, ["SELECT", &self.db.to_string()]);
            lines += 1;
        }
        wire.write(&hello, self.timeout).await?;
        let mut fault = None;
        for _ in 0..lines {
            let line = wire.line(self.timeout).await?;
            if is_error(&line) && fault.is_none() {
                fault = Some(refused(&line));
            }
        }
        Ok(fault)
    }
}

/// Moves the keys and says what the client is told. A pause of writes that has begun meanwhile is waited for.
pub async fn run(server: &'static Server, bench: SharedBench, mut job: Job) -> Outcome {
    let began_ns = clock::mono_ns();
    let answers = job.transfer(&server.sockets).await;
    loop {
        let ended = bench.borrow_mut().engine.end_move(&mut job, &answers, began_ns);
        match ended {
            Some(reply) => return Outcome::Reply(reply, job.session.last_write),
            None => server.pause.over().await,
        }
    }
}
