//! FAILOVER: this master hands over to one of its replicas, with nothing lost on the way.
//!
//! ```text
//!            FAILOVER                the replica has everything           +CONTINUE, +FULLRESYNC
//!  none ---> WAITING (writes pause) -----------------------> IN PROGRESS ---------------------> none (replica)
//!    ^         |  ABORT, or its time is over without FORCE     |  PSYNC refused, ABORT
//!    +---------+-----------------------------------------------+  (master again)
//! ```
//!
//! The step to IN PROGRESS is made with every shard held, where the replica's acknowledgement is compared once
//! more: a write that was admitted before the pause either ran before, and is waited for, or finds a replica.
//! `PSYNC ... FAILOVER` then tells the other one to lead. While it does not answer nobody leads: writes stay
//! paused until it does, or until ABORT.

use std::time::Duration;

use crate::clock;
use crate::replication::handshake::Answer;
use crate::replication::psync::Replica;
use crate::server::fault::Fault;
use crate::server::held::Held;
use crate::server::links::{State, ask_for_acks, role};
use crate::server::pause::{Mode, Purpose};
use crate::server::{Server, log};

/// How often a failover that waits is looked at when nothing is heard.
const TICK: Duration = Duration::from_millis(10);

/// What FAILOVER asks for.
#[derive(Debug, Default)]
pub struct Wish {
    /// The replica, by the address that INFO shows; any when there is none. No port is too large to be asked for.
    pub target: Option<(String, i64)>,
    /// Time to wait for it, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Hand over when that is over, whatever the replica has.
    pub force: bool,
}

/// A failover on its way.
#[derive(Debug)]
pub struct Failover {
    target: Option<(String, u16)>,
    /// Monotonic, ms.
    deadline_ms: Option<u64>,
    force: bool,
    in_progress: bool,
}

impl Failover {
    /// The state as INFO names it.
    pub fn name(failover: Option<&Failover>) -> &'static str {
        match failover {
            None => "no-failover",
            Some(Failover { in_progress: false, .. }) => "waiting-for-sync",
            Some(Failover { in_progress: true, .. }) => "failover-in-progress",
        }
    }

    /// Does the next PSYNC tell the other one to lead?
    pub fn is_in_progress(&self) -> bool {
        self.in_progress
    }
}

/// Begins a failover. Every shard is held, here as at its end: neither overtakes the other.
pub fn start(server: &'static Server, wish: Wish) -> Result<(), Fault> {
    let mut state = server.links.state();
    if state.failover.is_some() {
        return Err(Fault::new("ERR FAILOVER already in progress."));
    }
    if state.master.is_some() {
        return Err(Fault::new("ERR FAILOVER is not valid when server is a replica."));
    }
    if state.replicas.is_empty() {
        return Err(Fault::new("ERR FAILOVER requires connected replicas."));
    }
    if wish.force && (wish.timeout_ms.is_none() || wish.target.is_none()) {
        return Err(Fault::new(
            "ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
        ));
    }
    let target = match wish.target {
        None => None,
        Some((host, port)) => {
            let port = u16::try_from(port).ok();
            let replica = port.and_then(|port| find(&state, &host, port));
            let replica = replica.ok_or(Fault::new("ERR FAILOVER target HOST and PORT is not a replica."))?;
            if !replica.is_online() {
                return Err(Fault::new("ERR FAILOVER target replica is not online."));
            }
            Some((host, replica.peer.port))
        }
    };
    match &target {
        None => log::notice(format_args!("FAILOVER requested to any replica.")),
        Some((host, port)) => log::notice(format_args!("FAILOVER requested to {host}:{port}.")),
    }
    state.failover = Some(Failover {
        target,
        deadline_ms: wish.timeout_ms.map(|timeout| clock::mono_ms().saturating_add(timeout)),
        force: wish.force,
        in_progress: false,
    });
    drop(state);
    server.pause.start(&server.gates, Purpose::Failover, Mode::Write, u64::MAX);
    // Nothing is written from here on: the answer to this is the one that counts, and without it up to a second is lost.
    ask_for_acks(server);
    server.journal.wake();
    server.links.failover_began.raise();
    Ok(())
}

fn find<'s>(state: &'s State, host: &str, port: u16) -> Option<&'s Replica> {
    let is = |replica: &&Replica| replica.ip().eq_ignore_ascii_case(host) && replica.peer.port == port;
    state.replicas.iter().map(|(_, replica)| replica).find(is)
}

/// FAILOVER ABORT.
pub fn abort_by_user(server: &'static Server, held: &mut Held) -> Result<(), Fault> {
    if server.links.state().failover.is_none() {
        return Err(Fault::new("ERR No failover in progress."));
    }
    abort(server, held, "Failover manually aborted");
    Ok(())
}

/// Ends a failover without a change of role: whoever has given up the lead takes it back.
fn abort(server: &'static Server, held: &mut Held, why: &str) {
    let Some(failover) = server.links.state().failover.take() else { return };
    match &failover.target {
        Some((host, port)) => log::notice(format_args!("FAILOVER to {host}:{port} aborted: {why}")),
        None => log::notice(format_args!("FAILOVER to any replica aborted: {why}")),
    }
    if failover.in_progress {
        role::lead(server, held);
    }
    server.pause.end(&server.gates, Purpose::Failover);
}

/// Runs on the main thread until the process ends.
pub async fn run(server: &'static Server) {
    loop {
        let (began, acked) = (server.links.failover_began.changed(), server.acks.changed());
        if step(server) {
            let _ = tokio::time::timeout(TICK, acked).await;
        } else {
            began.await;
        }
    }
}

/// What a failover does when it is looked at.
enum Turn {
    Nothing,
    Wait,
    TimedOut,
    HandOver { to: (String, u16), forced: bool },
}

/// Looks at a failover that waits; false when there is none to look at.
fn step(server: &'static Server) -> bool {
    match turn(server) {
        Turn::Nothing => return false,
        Turn::Wait => return true,
        Turn::TimedOut | Turn::HandOver { .. } => {}
    }
    // Once more, now that no write is on its way.
    let mut held = Held::all(&server.keyspace);
    match turn(server) {
        Turn::Nothing => return false,
        Turn::Wait => {}
        Turn::TimedOut => abort(server, &mut held, "Replica never caught up before timeout"),
        Turn::HandOver { to, forced } => hand_over(server, &mut held, to, forced),
    }
    true
}

fn turn(server: &'static Server) -> Turn {
    let state = server.links.state();
    let Some(failover) = state.failover.as_ref().filter(|failover| !failover.in_progress) else {
        return Turn::Nothing;
    };
    if failover.deadline_ms.is_some_and(|deadline| deadline <= clock::mono_ms()) {
        return match &failover.target {
            Some(to) if failover.force => Turn::HandOver { to: to.clone(), forced: true },
            _ => Turn::TimedOut,
        };
    }
    let end = server.journal.end();
    let has_all = |replica: &&Replica| replica.is_online() && replica.ack_offset() == end;
    let ready = match &failover.target {
        Some((host, port)) => find(&state, host, *port).filter(has_all),
        None => state.replicas.iter().map(|(_, replica)| replica).find(has_all),
    };
    ready.map_or(Turn::Wait, |replica| Turn::HandOver {
        to: (replica.ip().to_string(), replica.peer.port),
        forced: false,
    })
}

fn hand_over(server: &'static Server, held: &mut Held, to: (String, u16), forced: bool) {
    let (host, port) = &to;
    if forced {
        log::notice(format_args!("FAILOVER to {host}:{port} time out exceeded, failing over."));
    } else {
        log::notice(format_args!("Failover target {host}:{port} is synced, failing over."));
    }
    if let Some(failover) = server.links.state().failover.as_mut() {
        failover.in_progress = true;
        failover.target = Some(to.clone());
    }
    role::follow(server, held, host, *port);
}

/// The other one has answered the PSYNC that tells it to lead. (While it has not, another one is sent: who takes the
/// lead back because an answer was lost may find that both lead.)
pub fn answered(server: &'static Server, answer: Answer) {
    let in_progress = server.links.state().failover.as_ref().is_some_and(Failover::is_in_progress);
    match answer {
        _ if !in_progress => {}
        Answer::Accepted | Answer::Leads => {
            server.links.state().failover = None;
            server.pause.end(&server.gates, Purpose::Failover);
        }
        Answer::Refused => {
            abort(server, &mut Held::all(&server.keyspace), "Failover target rejected psync request");
        }
    }
}
