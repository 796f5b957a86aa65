//! A worker: one thread with a single-threaded runtime, its own connections and its own engine. The
//! acceptor hands it sockets; from then on a connection never leaves its worker.

use std::cell::RefCell;
use std::future::poll_fn;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use crate::clock;
use crate::server::Server;
use crate::server::acl::Identity;
use crate::server::busy::{self, Place};
use crate::server::conn::{Bench, Conn, SharedBench};
use crate::server::engine::Engine;
use crate::server::round;
use crate::server::session::{ClientShared, Origin, Peer, Session};
use crate::server::stats::WorkerStats;
use crate::server::stream::Stream;

/// A socket on its way to a worker.
pub enum Accepted {
    /// TCP: the socket, and whether protected mode trusts the peer.
    Tcp(std::net::TcpStream, bool),
    /// A unix socket.
    Unix(std::os::unix::net::UnixStream, String),
}

/// How the acceptor reaches a worker.
pub struct Inbox {
    sender: mpsc::UnboundedSender<Accepted>,
    /// Connections the worker has.
    pub load: Arc<AtomicUsize>,
}

impl Inbox {
    /// Hands a socket over; false when the worker is gone.
    pub fn send(&self, accepted: Accepted) -> bool {
        self.load.fetch_add(1, Ordering::Relaxed);
        self.sender.send(accepted).is_ok()
    }
}

/// The receiving half, for the worker's thread.
pub struct Queue {
    receiver: mpsc::UnboundedReceiver<Accepted>,
    load: Arc<AtomicUsize>,
}

/// A pair of halves.
pub fn inbox() -> (Inbox, Queue) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let load = Arc::new(AtomicUsize::new(0));
    (Inbox { sender, load: Arc::clone(&load) }, Queue { receiver, load })
}

/// Runs a worker until its queue closes.
pub fn run(server: &'static Server, index: usize, queue: Queue) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(|| {
            crate::store::memory::flush();
            round::over();
        })
        .build()?;
    let local = LocalSet::new();
    let stats = &server.workers[index];
    let bench = Bench::new(Engine::new(server, Arc::clone(stats)));
    let intake =
        Intake(Rc::new(Door { server, bench, stats: Arc::clone(stats), queue: RefCell::new(queue) }));
    local.block_on(&runtime, async move {
        busy::begin(server, Arc::clone(stats), intake.clone());
        while let Some(accepted) = poll_fn(|cx| intake.0.queue.borrow_mut().receiver.poll_recv(cx)).await {
            intake.0.admit(accepted);
        }
    });
    Ok(())
}

/// Where new connections come in.
#[derive(Clone)]
pub struct Intake(Rc<Door>);

struct Door {
    server: &'static Server,
    bench: SharedBench,
    stats: Arc<WorkerStats>,
    queue: RefCell<Queue>,
}

impl Intake {
    /// Takes in whoever waits at the door, while the runtime is held up.
    pub fn take_in(&self) {
        loop {
            let Ok(mut queue) = self.0.queue.try_borrow_mut() else { return };
            let Ok(accepted) = queue.receiver.try_recv() else { return };
            drop(queue);
            self.0.admit(accepted);
        }
    }
}

impl Door {
    fn admit(&self, accepted: Accepted) {
        let server = self.server;
        let load = Arc::clone(&self.queue.borrow().load);
        match connection(server, (self.bench.clone(), Arc::clone(&self.stats)), accepted) {
            Ok(conn) => {
                let place = Place::new(Box::new(conn));
                tokio::task::spawn_local(async move {
                    Conn::serve(place).await;
                    server.connected.fetch_sub(1, Ordering::AcqRel);
                    load.fetch_sub(1, Ordering::Relaxed);
                });
            }
            Err(_) => {
                load.fetch_sub(1, Ordering::Relaxed);
                server.connected.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }
}

fn connection(
    server: &'static Server,
    bench: (SharedBench, Arc<WorkerStats>),
    accepted: Accepted,
) -> std::io::Result<Conn> {
    let (stream, peer, local) = match accepted {
        Accepted::Tcp(socket, local) => {
            let addr = socket.peer_addr()?.to_string();
            let laddr = socket.local_addr()?.to_string();
            let fd = socket.as_raw_fd();
            (Stream::Tcp(TcpStream::from_std(socket)?), Peer { addr, laddr, fd }, local)
        }
        Accepted::Unix(socket, path) => {
            let addr = format!("{path}:0");
            let fd = socket.as_raw_fd();
            (Stream::Unix(UnixStream::from_std(socket)?), Peer { addr: addr.clone(), laddr: addr, fd }, true)
        }
    };
    let shared = ClientShared::new(server.clients.next_id(), peer, clock::wall_ms(), clock::mono_ms());
    let shared = Arc::new(shared);
    server.clients.add(&shared);
    let identity = Identity::of(&server.acl, server.acl.default_user());
    let mut session = Session::new(shared, Origin::Client, local, identity);
    session.authenticated = server.acl.is_open();
    Ok(Conn::new(server, bench, stream, session))
}
