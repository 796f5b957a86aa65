//! Blocking commands: what they wait for, and what they answer. The connection's task waits; whoever
//! makes a condition true wakes it.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::resp::Reply;
use crate::server::Server;
use crate::server::session::{ClientShared, UNBLOCK, UNBLOCK_ERROR};

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
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The condition holds, or the time is over: the answer says which.
    Normally,
    /// CLIENT UNBLOCK ... ERROR.
    ByError,
}

/// Waits until the condition holds, the time is over, or CLIENT UNBLOCK.
pub async fn until(server: &'static Server, client: &Arc<ClientShared>, wait: &Wait) -> Ended {
    let Wait::Replicas { offset, count, deadline_ms } = wait;
    loop {
        let changed = server.acks.changed();
        match client.take_flags(UNBLOCK | UNBLOCK_ERROR) {
            0 => {}
            flags if flags & UNBLOCK_ERROR != 0 => return Ended::ByError,
            _ => return Ended::Normally,
        }
        if server.replicas_at(*offset) >= *count {
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

/// Writes the reply of a wait that ended.
pub fn answer(server: &'static Server, wait: &Wait, ended: Ended, reply: &mut Reply) {
    let Wait::Replicas { offset, .. } = wait;
    match ended {
        Ended::ByError => reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
        Ended::Normally => reply.int(server.replicas_at(*offset) as i64),
    }
}
