//! A plan: what will be done, as data. It is made by a pure function of the facts, printed as numbered
//! sentences, and carried out by `apply`; nothing in it can write.
//!
//! An [`Action`] is the one description of a step: its sentence, how it is checked, how it is undone
//! and what it may lose all derive from it, so the plan that was read is the plan that is run.

pub mod choose;
pub mod fence;
pub mod promote;
pub mod rejoin;
pub mod replicate;
pub mod repoint;
pub mod switchover;

#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::facts::{Live, NodeFacts};
use crate::client::Secret;
use crate::names::address::Address;
use crate::names::topology::Node;
use crate::ui::{Error, Kind};

/// A server as a plan means it: this process at this address, not whoever listens there later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// How to reach it.
    pub node: Node,
    /// Which process it was when the plan was made.
    pub run_id: String,
    /// Its configuration file, as it names it.
    pub config_file: String,
    /// Its replication id, if it was a master when the plan was made.
    pub replid: Option<String>,
}

impl Party {
    /// The party behind a node's facts.
    pub fn new(facts: &NodeFacts, live: &Live) -> Party {
        let replid = live.is_master().then(|| live.replid.clone());
        let (run_id, config_file) = (live.run_id.clone(), live.config_file.clone());
        Party { node: facts.node.clone(), run_id, config_file, replid }
    }

    /// Its address.
    pub fn addr(&self) -> &Address {
        &self.node.addr
    }
}

/// A role that must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastingRole {
    /// The file must not name a master.
    Master,
    /// The file must name this master.
    ReplicaOf(Address),
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The old master still does not answer: looked at again just before the first write.
    ConfirmSilence {
        /// The master believed dead.
        master: Node,
    },
    /// CONFIG SET of one setting.
    Set {
        /// Where.
        node: Party,
        /// Which.
        name: String,
        /// To what.
        value: Secret,
        /// The value must not be shown.
        secret: bool,
    },
    /// Wait until the append-only file that a `Set` turned on holds all data.
    AwaitAppendOnly {
        /// Where.
        node: Party,
    },
    /// REPLICAOF HOST PORT.
    Follow {
        /// The replica to be.
        node: Party,
        /// Its master to be.
        master: Party,
    },
    /// REPLICAOF NO ONE.
    Detach {
        /// The master to be.
        node: Party,
    },
    /// Wait until a replica holds its master's data.
    AwaitSync {
        /// The replica.
        node: Party,
        /// Its master.
        master: Party,
    },
    /// CONFIG REWRITE, and the file read back where it can be.
    Persist {
        /// Where.
        node: Party,
        /// What the next start must make of it; `None` for settings alone.
        role: Option<LastingRole>,
    },
    /// A test key through the link, a refused write, equal offsets.
    ProveReplication {
        /// Where the key is written.
        master: Party,
        /// Where it must arrive.
        replica: Party,
        /// The replica is meant to refuse writes.
        read_only: bool,
    },
    /// A test key written, read and removed.
    ProveWritable {
        /// The new master.
        node: Party,
    },
    /// What a server holds, in a file of ours, as a replica would receive it.
    SaveCopy {
        /// Whose data.
        node: Party,
        /// Where it goes.
        file: PathBuf,
    },
    /// The names of the keys that differ between two servers, in a file of ours.
    ListDifferences {
        /// Whose keys are about to go.
        node: Party,
        /// The one it will follow.
        other: Party,
        /// Where the list goes.
        file: PathBuf,
    },
    /// The replica takes its living master's place when it holds everything, and the master follows it.
    HandOver {
        /// The master that steps back.
        master: Party,
        /// The one that takes over.
        replica: Party,
        /// The replica's address in the master's own list.
        listed: Option<Address>,
        /// Longest time without a writable master, in milliseconds.
        limit_ms: u64,
    },
    /// The connections of clients are closed, so that they look for the master anew.
    CloseClients {
        /// The server that is no master any more.
        node: Party,
    },
    /// A write is refused.
    ProveFenced {
        /// The fenced server.
        node: Party,
    },
}

impl Action {
    /// What is done, for a person.
    pub fn sentence(&self) -> String {
        match self {
            Action::ConfirmSilence { master } => {
                format!("make sure that {} still does not answer", master.addr)
            }
            Action::Set { node, name, secret: true, .. } => {
                format!("on {}: set {name} (not shown)", node.addr())
            }
            Action::Set { node, name, value, .. } => {
                format!("on {}: set {name} to \"{}\"", node.addr(), String::from_utf8_lossy(value.expose()))
            }
            Action::AwaitAppendOnly { node } => {
                format!("on {}: wait until the new append-only file holds all data", node.addr())
            }
            Action::Follow { node, master } => format!("on {}: follow {}", node.addr(), master.addr()),
            Action::Detach { node } => format!("on {}: follow no one and become a master", node.addr()),
            Action::AwaitSync { node, master } => {
                format!("wait until {} holds the data of {}", node.addr(), master.addr())
            }
            Action::Persist { node, .. } => {
                format!("on {}: write the change into its configuration file", node.addr())
            }
            Action::ProveReplication { master, replica, .. } => {
                format!("prove that a key written on {} arrives on {}", master.addr(), replica.addr())
            }
            Action::ProveWritable { node } => format!("prove that {} accepts writes", node.addr()),
            Action::SaveCopy { node, file } => {
                format!("save a copy of what {} holds in {}", node.addr(), file.display())
            }
            Action::ListDifferences { node, other, file } => format!(
                "list the keys that differ between {} and {} in {}",
                node.addr(),
                other.addr(),
                file.display()
            ),
            Action::HandOver { master, replica, limit_ms, .. } => format!(
                "hand over from {} to {}: hold writes, catch up, swap; back to {} if that takes over {limit_ms} ms",
                master.addr(),
                replica.addr(),
                master.addr()
            ),
            Action::CloseClients { node } => {
                format!("on {}: close the connections of clients, which look for a master", node.addr())
            }
            Action::ProveFenced { node } => format!("prove that {} refuses writes", node.addr()),
        }
    }

    /// The servers it is carried out on.
    pub fn parties(&self) -> Vec<&Party> {
        match self {
            Action::ConfirmSilence { .. } => Vec::new(),
            Action::Set { node, .. }
            | Action::AwaitAppendOnly { node }
            | Action::Detach { node }
            | Action::Persist { node, .. }
            | Action::ProveWritable { node }
            | Action::SaveCopy { node, .. }
            | Action::CloseClients { node }
            | Action::ProveFenced { node } => vec![node],
            Action::Follow { node, master } | Action::AwaitSync { node, master } => vec![node, master],
            Action::ListDifferences { node, other, .. } => vec![node, other],
            Action::ProveReplication { master, replica, .. } | Action::HandOver { master, replica, .. } => {
                vec![master, replica]
            }
        }
    }

    /// How the step is known to have worked.
    pub fn check(&self) -> &'static str {
        match self {
            Action::ConfirmSilence { .. } => "no connection, or none within the time limit",
            Action::Set { .. } => "the reply, and CONFIG GET returns the new value",
            Action::AwaitAppendOnly { .. } => "INFO: the rewrite has ended without an error",
            Action::Follow { .. } => "the reply, and INFO names the master",
            Action::Detach { .. } => "the reply, and INFO says role:master",
            Action::AwaitSync { .. } => "INFO: the link is up and no synchronisation is running",
            Action::Persist { .. } => "the reply, and the file's text where it can be read from here",
            Action::ProveReplication { .. } => {
                "the key is read on the replica, a write there is refused, the replica reaches the master's offset"
            }
            Action::ProveWritable { .. } => "the key is written, read and removed",
            Action::SaveCopy { .. } => "the snapshot is whole and on the disk",
            Action::ListDifferences { .. } => "every key was compared",
            Action::HandOver { .. } => "INFO on both: the roles are swapped",
            Action::CloseClients { .. } => "the reply",
            Action::ProveFenced { .. } => "a write of a test key is answered with NOREPLICAS or READONLY",
        }
    }

    /// How to take the step back.
    pub fn undo(&self) -> Option<String> {
        match self {
            Action::Set { name, .. } => Some(format!("CONFIG SET {name} to what it was")),
            Action::Follow { node, .. } => Some(format!("on {}: REPLICAOF NO ONE", node.addr())),
            Action::HandOver { master, replica, .. } => {
                Some(format!("rtool switchover {} --to {}", replica.addr(), master.addr()))
            }
            Action::Persist { node, .. } => {
                Some(format!("on {}: CONFIG REWRITE after the undo", node.addr()))
            }
            _ => None,
        }
    }

    /// Does it change a server? Proofs remove their own test key and change nothing that stays.
    pub fn is_change(&self) -> bool {
        matches!(
            self,
            Action::Set { .. }
                | Action::Follow { .. }
                | Action::Detach { .. }
                | Action::Persist { .. }
                | Action::HandOver { .. }
                | Action::CloseClients { .. }
        )
    }
}

/// A step with what it may cost here and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// What may be lost by it.
    pub risk: Option<String>,
}

impl From<Action> for Step {
    fn from(action: Action) -> Step {
        Step { action, risk: None }
    }
}

/// Everything that will be done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What a person should know before saying yes.
    pub warnings: Vec<String>,
    /// What the group looks like afterwards, one line each.
    pub outcome: Vec<String>,
}

impl Plan {
    /// Adds a step without risk.
    pub fn step(&mut self, action: Action) {
        self.steps.push(action.into());
    }

    /// Adds a step and what it may cost.
    pub fn risky_step(&mut self, action: Action, risk: impl Into<String>) {
        self.steps.push(Step { action, risk: Some(risk.into()) });
    }

    /// Adds a warning, once.
    pub fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Does any step change a server?
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| step.action.is_change())
    }

    /// The servers that the steps are carried out on, each once.
    pub fn parties(&self) -> Vec<Party> {
        let mut found: Vec<Party> = Vec::new();
        for party in self.steps.iter().flat_map(|step| step.action.parties()) {
            if found.iter().all(|known| known.run_id != party.run_id) {
                found.push(party.clone());
            }
        }
        found
    }

    /// The steps for `--json`.
    pub fn to_json(&self) -> Vec<Json> {
        let numbered = self.steps.iter().zip(1..);
        numbered
            .map(|(step, number): (_, u32)| {
                json!({
                    "step": number,
                    "what": step.action.sentence(),
                    "check": step.action.check(),
                    "undo": step.action.undo(),
                    "risk": step.risk,
                    "changes": step.action.is_change(),
                })
            })
            .collect()
    }
}

/// How a replica has to log in to `master`: user (if not the default one) and password.
pub fn login_of(facts: &NodeFacts, live: &Live, user: Option<&str>) -> Option<(Option<String>, Secret)> {
    let user = user.or(facts.node.user.as_deref()).filter(|user| *user != "default").map(str::to_owned);
    let open = live.secret("requirepass").is_some_and(Secret::is_empty) && user.is_none();
    match &facts.node.password {
        Some(password) if !open => Some((user, password.clone())),
        _ => None,
    }
}

/// The settings a replica needs to log in to its master, as far as it does not have them yet.
pub fn login_steps(plan: &mut Plan, node: &Party, live: &Live, login: Option<(Option<String>, Secret)>) {
    let (user, password) = login.unwrap_or((None, Secret::new(Vec::new())));
    let user = Secret::from(user.unwrap_or_default());
    for (name, value, secret) in [("masteruser", user, false), ("masterauth", password, true)] {
        // A server without masteruser (before 6.0) says nothing here, and needs nothing.
        let differs = live.secret(name).map_or(!value.is_empty(), |known| *known != value);
        if differs {
            plan.step(Action::Set { node: node.clone(), name: name.to_owned(), value, secret });
        }
    }
}

/// The facts of a node that must answer.
///
/// # Errors
/// [`Kind::Unreachable`] with the reason.
pub fn must_answer(facts: &NodeFacts) -> Result<&Live, Error> {
    facts.answer.as_deref().map_err(|fault| {
        let error =
            Error::new(Kind::Unreachable, format!("{} does not answer", facts.title())).cause(fault.text());
        match fault {
            super::session::Fault::Denied(_) => error.hint(super::session::NAME_THE_PASSWORD),
            _ => error,
        }
    })
}

/// Refuses servers whose roles somebody else decides.
///
/// # Errors
/// [`Kind::Refused`] naming the right door.
pub fn refuse_other_controllers(facts: &NodeFacts, live: &Live) -> Result<(), Error> {
    let title = facts.title();
    if live.mode == "cluster" {
        return Err(Error::new(Kind::Refused, format!("{title} is part of a Redis Cluster"))
            .hint("use CLUSTER REPLICATE and CLUSTER FAILOVER"));
    }
    if live.mode == "sentinel" {
        return Err(Error::new(Kind::Refused, format!("{title} is a Sentinel, not a data server")));
    }
    if live.sentinels > 0 {
        return Err(Error::new(
            Kind::Refused,
            format!("{title} is watched by Sentinel, which would undo this"),
        )
        .hint("use SENTINEL FAILOVER on a Sentinel"));
    }
    Ok(())
}
