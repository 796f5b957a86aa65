//! What a blocked command waits for, and what it answers. The connection's task waits; whoever makes a
//! condition true wakes it. Waits for keys are [`blocking`](super::blocking)'s, WAIT and WAITAOF are here.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::clock;
use crate::resp::{OwnedArgs, Reply};
use crate::server::blocking::{self, KeyWait, Outcome, ROLE_CHANGED, Waiter};
use crate::server::fault::Fault;
use crate::server::session::{ClientShared, UNBLOCK, UNBLOCK_ERROR};
use crate::server::{Server, gate};

/// WAITAOF asks for our own disk, and nothing goes there.
pub const NO_AOF: Fault =
    Fault::new("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");

/// What WAIT and WAITAOF wait for.
#[derive(Debug, Clone, Copy)]
pub struct Safe {
    /// The offset of the client's last write.
    pub offset: u64,
    /// It is on our own disk (WAITAOF 1 ...).
    pub local: bool,
    /// Replicas wanted that have it.
    pub replicas: usize,
    /// They have it on disk (WAITAOF).
    pub on_disk: bool,
    /// Monotonic time to give up, ms.
    pub deadline_ms: Option<u64>,
}

impl Safe {
    /// Is it on our disk, and how many replicas have it?
    fn reached(&self, server: &Server) -> (bool, usize) {
        let links = &server.links;
        if self.on_disk {
            let local = server.durability.synced().is_some_and(|synced| synced >= self.offset);
            (local, links.replicas_synced_to(self.offset))
        } else {
            (true, links.replicas_at(self.offset))
        }
    }

    /// Does the condition hold?
    pub fn holds(&self, server: &Server) -> bool {
        let (local, replicas) = self.reached(server);
        (local || !self.local) && replicas >= self.replicas
    }

    /// Can it never hold, as the server is set up now?
    fn is_void(&self, server: &Server) -> bool {
        self.local && !server.durability.is_on()
    }

    /// Writes how far it has come.
    pub fn answer(&self, server: &Server, reply: &mut Reply) {
        let (local, replicas) = self.reached(server);
        if self.on_disk {
            reply.array(2);
            reply.int(i64::from(local));
        }
        reply.int(replicas as i64);
    }
}

/// What a blocked client waits for.
#[derive(Debug, Clone)]
pub enum Wait {
    /// WAIT and WAITAOF: what the client wrote is safe.
    Safe(Safe),
    /// Keys, as the command asks for it.
    Keys(Box<KeyWait>),
    /// The same, and these arguments take the place of the command's when it runs again (XREAD's `$`).
    KeysAs(Box<(KeyWait, OwnedArgs)>),
    /// The same once the engine has enlisted it.
    Enlisted(Arc<Waiter>),
}

/// How a wait ended.
#[derive(Debug)]
pub enum Ended {
    /// The condition holds, or the time is over: the answer says which.
    Normally,
    /// CLIENT UNBLOCK ... ERROR.
    ByError,
    /// Whoever made a key ready has done the rest.
    Served(Outcome),
}

impl Ended {
    fn of_flags(flags: u32) -> Option<Ended> {
        match flags {
            0 => None,
            flags if flags & UNBLOCK_ERROR != 0 => Some(Ended::ByError),
            _ => Some(Ended::Normally),
        }
    }
}

/// Waits until the condition holds, the time is over, or CLIENT UNBLOCK.
pub async fn until(server: &'static Server, client: &Arc<ClientShared>, wait: &Wait) -> Ended {
    match wait {
        Wait::Safe(safe) => until_safe(server, client, safe).await,
        Wait::Enlisted(waiter) => until_served(server, client, waiter).await,
        Wait::Keys(_) | Wait::KeysAs(_) => Ended::Normally,
    }
}

async fn until_safe(server: &'static Server, client: &Arc<ClientShared>, safe: &Safe) -> Ended {
    loop {
        let changed = server.acks.changed();
        if server.gates.has(gate::REPLICA) {
            return Ended::Served(Outcome::Dismissed(ROLE_CHANGED));
        }
        if let Some(ended) = Ended::of_flags(client.take_flags(UNBLOCK | UNBLOCK_ERROR)) {
            return ended;
        }
        if safe.holds(server) || safe.is_void(server) {
            return Ended::Normally;
        }
        let (local, _) = safe.reached(server);
        let changed = async {
            tokio::select! {
                () = changed => {}
                () = server.durability.until_synced(safe.offset), if safe.local && !local => {}
            }
        };
        match safe.deadline_ms.map(|at| at.saturating_sub(clock::mono_ms())) {
            Some(0) => return Ended::Normally,
            Some(left) => {
                let _ = tokio::time::timeout(Duration::from_millis(left), changed).await;
            }
            None => changed.await,
        }
    }
}

async fn until_served(server: &'static Server, client: &Arc<ClientShared>, waiter: &Waiter) -> Ended {
    let left = waiter.wait.deadline_ms.map(|at| at.saturating_sub(clock::mono_ms()));
    let mut over = pin!(async {
        match left {
            Some(left) => tokio::time::sleep(Duration::from_millis(left)).await,
            None => std::future::pending().await,
        }
    });
    let mut wanted = None;
    poll_fn(|cx| {
        client.set_waker(cx.waker());
        if let Some(outcome) = waiter.take_outcome() {
            return Poll::Ready(Ended::Served(outcome));
        }
        wanted = wanted.take().or_else(|| Ended::of_flags(client.take_flags(UNBLOCK | UNBLOCK_ERROR)));
        if wanted.is_none() && over.as_mut().poll(cx).is_ready() {
            wanted = Some(Ended::Normally);
        }
        match wanted.take() {
            Some(ended) if server.blocking.give_up(&server.keyspace, waiter) => Poll::Ready(ended),
            claimed => {
                wanted = claimed; // somebody is serving it: an outcome comes, or it may give up then
                Poll::Pending
            }
        }
    })
    .await
}

/// Writes the reply of a wait that nobody else has answered.
pub fn answer(server: &'static Server, wait: &Wait, ended: &Ended, reply: &mut Reply) {
    if matches!(ended, Ended::ByError) {
        server.stats.count_error(blocking::UNBLOCKED.code());
        return reply.error(blocking::UNBLOCKED.as_str());
    }
    match wait {
        Wait::Safe(safe) if safe.is_void(server) => {
            server.stats.count_error(NO_AOF.code());
            reply.error(NO_AOF.as_str());
        }
        Wait::Safe(safe) => safe.answer(server, reply),
        Wait::Enlisted(waiter) => waiter.wait.empty.write(reply),
        Wait::Keys(wait) => wait.empty.write(reply),
        Wait::KeysAs(wait) => wait.0.empty.write(reply),
    }
}
