//! What a blocked command waits for, and what it answers. The connection's task waits; whoever makes a
//! condition true wakes it. Waits for keys are [`blocking`](super::blocking)'s, WAIT is here.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::clock;
use crate::resp::{OwnedArgs, Reply};
use crate::server::blocking::{self, KeyWait, Outcome, ROLE_CHANGED, Waiter};
use crate::server::session::{ClientShared, UNBLOCK, UNBLOCK_ERROR};
use crate::server::{Server, gate};

/// What a blocked client waits for.
#[derive(Debug, Clone)]
pub enum Wait {
    /// WAIT: so many replicas have acknowledged an offset.
    Replicas {
        /// The offset of the client's last write.
        offset: u64,
        /// Replicas wanted.
        count: usize,
        /// Monotonic time to give up, ms.
        deadline_ms: Option<u64>,
    },
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
        Wait::Replicas { offset, count, deadline_ms } => {
            until_acknowledged(server, client, *offset, *count, *deadline_ms).await
        }
        Wait::Enlisted(waiter) => until_served(server, client, waiter).await,
        Wait::Keys(_) | Wait::KeysAs(_) => Ended::Normally,
    }
}

async fn until_acknowledged(
    server: &'static Server,
    client: &Arc<ClientShared>,
    offset: u64,
    count: usize,
    deadline_ms: Option<u64>,
) -> Ended {
    loop {
        let changed = server.acks.changed();
        if let Some(ended) = Ended::of_flags(client.take_flags(UNBLOCK | UNBLOCK_ERROR)) {
            // A replica has no one to wait for: the role has changed meanwhile.
            let dismissed = server.gates.has(gate::REPLICA);
            return if dismissed { Ended::Served(Outcome::Dismissed(ROLE_CHANGED)) } else { ended };
        }
        if server.replicas_at(offset) >= count {
            return Ended::Normally;
        }
        match deadline_ms.map(|at| at.saturating_sub(clock::mono_ms())) {
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
        Wait::Replicas { offset, .. } => reply.int(server.replicas_at(*offset) as i64),
        Wait::Enlisted(waiter) => waiter.wait.empty.write(reply),
        Wait::Keys(wait) => wait.empty.write(reply),
        Wait::KeysAs(wait) => wait.0.empty.write(reply),
    }
}
