//! A full copy that is read straight from the master's socket (`repl-diskless-load`): into a spare keyspace, by a
//! thread of its own, while the old data stays as it is. Only when the copy is whole do the two change places.
//!
//! ```text
//!   link's task:  socket -> transfer -> chunks ---+                        +--> swap, with every shard held
//!   thread:                                       +-> RDB reader -> spare -+
//!                                                       `-- a fault, an early end: the spare is dropped
//! ```
//!
//! Meanwhile clients hear LOADING, unless the copy is of the history that our data is of: then the old data is
//! merely old, and they go on reading it (`async_loading`).

use std::io::{self, Read};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::limits::{COPY_CHUNKS_MAX, SHARDS};
use crate::server::durability::load::{self, Found, Options};
use crate::server::gate::Raised;
use crate::server::held::Held;
use crate::server::{Server, gate, log};
use crate::store::Keyspace;

/// How often it is looked whether the last snapshot has ended.
const BEAT: Duration = Duration::from_millis(1);

/// The way of a copy from the socket into a spare keyspace.
pub struct Direct {
    server: &'static Server,
    /// The old data is served meanwhile.
    aside: bool,
    /// What has arrived and is not with the thread yet.
    pending: Vec<u8>,
    load: Option<Load>,
}

/// The thread that reads.
struct Load {
    chunks: mpsc::Sender<Vec<u8>>,
    thread: JoinHandle<Result<(Keyspace, Found), String>>,
    gate: Raised,
}

/// A copy that has arrived as a whole.
pub struct Loaded {
    server: &'static Server,
    spare: Keyspace,
    found: Found,
    _gate: Raised,
}

impl Direct {
    /// A copy that is about to come.
    pub fn new(server: &'static Server, aside: bool) -> Direct {
        Direct { server, aside, pending: Vec::new(), load: None }
    }

    /// Its first byte is there; `size` is what the master has said.
    pub fn begin(&mut self, size: Option<u64>) {
        let server = self.server;
        let gate = server.gates.raise(if self.aside { gate::ASYNC_LOADING } else { gate::LOADING });
        if !self.aside {
            server.links.drop_replicas();
        }
        log::notice(format_args!("MASTER <-> REPLICA sync: Loading DB in memory"));
        let (chunks, receiver) = mpsc::channel(COPY_CHUNKS_MAX);
        let source = Incoming { chunks: receiver, chunk: Vec::new(), at: 0 };
        let thread = tokio::task::spawn_blocking(move || {
            let spare = server.keyspace.spare();
            let options = Options { keep_expired: true, ..Options::default() };
            let size = size.unwrap_or(0);
            let found =
                load::load_source(server, &spare, &server.config.snapshot(), (source, size), options)?;
            Ok((spare, found))
        });
        self.load = Some(Load { chunks, thread, gate });
    }

    /// Bytes of it.
    pub fn take(&mut self, part: &[u8]) {
        self.pending.extend_from_slice(part);
    }

    /// Hands over what has been taken, when the thread has room for it. False when it takes no more.
    pub async fn pass_on(&mut self) -> bool {
        match &self.load {
            Some(load) if !self.pending.is_empty() => {
                load.chunks.send(std::mem::take(&mut self.pending)).await.is_ok()
            }
            _ => true,
        }
    }

    /// No more bytes come, be the copy whole or not: what the thread has made of it.
    pub async fn end(self) -> Option<Loaded> {
        let Load { chunks, thread, gate } = self.load?;
        drop(chunks);
        let outcome = thread.await.unwrap_or_else(|e| Err(e.to_string()));
        match outcome {
            Ok((spare, found)) => Some(Loaded { server: self.server, spare, found, _gate: gate }),
            Err(why) => {
                log::warning(format_args!(
                    "Failed trying to load the MASTER synchronization DB from socket, the old data stays: {why}"
                ));
                None
            }
        }
    }
}

impl Loaded {
    /// Puts the copy in the place of the data; `adopt` is called with every shard still held. Nothing happens when
    /// the role is no longer that of `epoch`.
    pub async fn swap<R>(self, epoch: u64, adopt: impl FnOnce(&mut Held, &Found) -> R) -> Option<R> {
        let Loaded { server, spare, mut found, _gate } = self;
        // A snapshot of data that goes away is of no use to anybody.
        let _turn = loop {
            server.durability.turn.cancel_any();
            match server.durability.turn.exclude() {
                Some(turn) => break turn,
                None => tokio::time::sleep(BEAT).await,
            }
        };
        let mut held = Held::all(&server.keyspace);
        if server.links.epoch() != epoch {
            return None;
        }
        log::notice(format_args!("MASTER <-> REPLICA sync: Swapping active DB with loaded DB"));
        server.links.drop_replicas();
        for index in 0..SHARDS {
            held.shard(index).exchange(&mut spare.lock(index));
        }
        server.watches.mark_all();
        server.tracking.replaced(server);
        server.local_keys.clear();
        server.scripts.functions.set(std::mem::take(&mut found.libraries));
        let adopted = adopt(&mut held, &found);
        drop(held);
        log::notice(format_args!("MASTER <-> REPLICA sync: Discarding old DB in background"));
        tokio::task::spawn_blocking(move || drop(spare));
        Some(adopted)
    }
}

/// The copy as the thread reads it.
struct Incoming {
    chunks: mpsc::Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for Incoming {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.blocking_recv() {
                Some(chunk) => (self.chunk, self.at) = (chunk, 0),
                None => return Ok(0),
            }
        }
        let n = out.len().min(self.chunk.len() - self.at);
        out[..n].copy_from_slice(&self.chunk[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
