//! What a thread does that a script keeps from its work: the one that runs the script, and those that wait for its
//! shards. Redis looks at its sockets from time to time while a script is busy; so does such a thread here. It serves
//! its own connections, the new ones too, with an engine that answers what may be answered then: BUSY, SCRIPT KILL,
//! SHUTDOWN NOSAVE ... What it cannot do now stays for the connection's own task.
//!
//! ```text
//!   task of a connection:  idle [connection in its place] -> takes it out, works, puts it back
//!   serve():                     takes it out, reads, answers, writes, puts it back, wakes the task
//! ```
//!
//! The runtime of the thread stands still meanwhile, so sockets are read and written past it. A connection whose task is
//! at work (it runs the script, or waits for a shard) is not in its place, and is left alone.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::server::Server;
use crate::server::conn::{Bench, Conn, Event, SharedBench};
use crate::server::engine::Engine;
use crate::server::gate;
use crate::server::stats::WorkerStats;
use crate::server::worker::Intake;

/// Where a connection is while it has nothing to do.
type Slot = Rc<Cell<Option<Box<Conn>>>>;

/// What a worker's thread needs to serve its connections past its runtime.
struct Thread {
    server: &'static Server,
    bench: SharedBench,
    intake: Intake,
    slots: RefCell<Vec<Slot>>,
    serving: Cell<bool>,
}

thread_local! {
    static THREAD: RefCell<Option<Rc<Thread>>> = const { RefCell::new(None) };
}

/// A worker's thread begins.
pub fn begin(server: &'static Server, stats: std::sync::Arc<WorkerStats>, intake: Intake) {
    let bench = Bench::new(Engine::new(server, stats).for_busy());
    let thread = Thread { server, bench, intake, slots: RefCell::default(), serving: Cell::new(false) };
    THREAD.set(Some(Rc::new(thread)));
}

fn thread() -> Option<Rc<Thread>> {
    THREAD.with_borrow(Clone::clone)
}

/// A thread waits for a lock: if a script is busy, its connections are served meanwhile.
pub fn look_up() {
    let busy = thread().is_some_and(|thread| thread.server.gates.has(gate::BUSY));
    if busy {
        serve();
    }
}

/// Serves this thread's connections once.
pub fn serve() {
    let Some(thread) = thread().filter(|thread| !thread.serving.replace(true)) else { return };
    thread.intake.take_in();
    let slots = thread.slots.borrow().clone();
    for slot in &slots {
        if let Some(mut conn) = slot.take() {
            conn.serve_while_busy(&thread.bench);
            slot.set(Some(conn));
        }
    }
    thread.serving.set(false);
}

/// A connection's place on its thread.
pub struct Place(Slot);

impl Place {
    /// A place with its connection in it.
    pub fn new(conn: Box<Conn>) -> Place {
        let slot = Rc::new(Cell::new(Some(conn)));
        if let Some(thread) = thread() {
            thread.slots.borrow_mut().push(Rc::clone(&slot));
        }
        Place(slot)
    }

    /// Puts the connection back.
    pub fn put(&self, conn: Box<Conn>) {
        self.0.set(Some(conn));
    }

    /// Waits until the connection has something to do, and takes it.
    pub async fn take(&self) -> (Box<Conn>, Event) {
        let left_ms = self.with(|conn| conn.limit_left_ms()).flatten();
        let ready = poll_fn(|cx| self.poll(cx));
        match left_ms {
            None => ready.await,
            Some(ms) => match tokio::time::timeout(Duration::from_millis(ms), ready).await {
                Ok(found) => found,
                Err(_) => {
                    poll_fn(|_| match self.0.take() {
                        Some(conn) => Poll::Ready((conn, Event::Flags)),
                        None => Poll::Pending,
                    })
                    .await
                }
            },
        }
    }

    fn with<R>(&self, f: impl FnOnce(&Conn) -> R) -> Option<R> {
        let conn = self.0.take()?;
        let result = f(&conn);
        self.0.set(Some(conn));
        Some(result)
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<(Box<Conn>, Event)> {
        let Some(conn) = self.0.take() else { return Poll::Pending };
        match conn.poll_event(cx) {
            Poll::Ready(event) => Poll::Ready((conn, event)),
            Poll::Pending => {
                self.0.set(Some(conn));
                Poll::Pending
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(thread) = thread() {
            thread.slots.borrow_mut().retain(|slot| !Rc::ptr_eq(slot, &self.0));
        }
    }
}
