//! Facts: one concurrent read of every node, and what each says of the others. Nothing here writes.
//!
//! ```text
//!   named nodes --read--> facts --neighbours not seen yet--> read --> ... --> Group
//!                          |  a replica names its master (INFO, master_host)
//!                          |  a master names its replicas (INFO, slaveN)
//! ```
//!
//! A node is known by its run id: two addresses with one run id are one node. What a server can do is
//! asked for and read from its answer, never concluded from its version.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::info::{Info, ReplicaLine};
use super::session::{Fault, Session, bytes, config_value};
use crate::client::Secret;
use crate::limits::GROUP_NODES_MAX;
use crate::names::address::Address;
use crate::names::topology::{Fleet, Node};
use crate::resp::value::Value;
use crate::ui::error::Result;

/// Settings that matter to a role or to a choice, each asked for by itself: several names in one
/// CONFIG GET came with 7.0. The old spellings are understood by every version.
const SETTINGS: &[&str] = &[
    "requirepass",
    "masterauth",
    "masteruser",
    "appendonly",
    "save",
    "maxmemory",
    "maxmemory-policy",
    "min-slaves-to-write",
    "min-slaves-max-lag",
    "slave-read-only",
    "bind",
    "protected-mode",
    "repl-backlog-size",
];

/// The channel every Sentinel subscribes to on every server it watches.
const SENTINEL_CHANNEL: &str = "__sentinel__:hello";

/// What is known of one node.
#[derive(Debug, Clone)]
pub struct NodeFacts {
    /// Where it is and how to log in.
    pub node: Node,
    /// Other addresses under which the same server was met.
    pub aliases: Vec<Address>,
    /// What it said, or why it said nothing.
    pub answer: Result<Box<Live>, Fault>,
}

/// What a node that answers says of itself.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Identity of the process.
    pub run_id: String,
    /// `redis 7.0.15`, `valkey 9.1.2`, `rtool 0.1.0`: for people, never for decisions.
    pub software: String,
    /// `standalone`, `cluster`, `sentinel`.
    pub mode: String,
    /// Process id on its machine.
    pub process_id: Option<u32>,
    /// Its configuration file; empty when it runs without one.
    pub config_file: String,
    /// Master or replica, with what belongs to it.
    pub role: Role,
    /// Current replication id.
    pub replid: String,
    /// The id before the last promotion, and up to which offset it is valid.
    pub replid2: String,
    /// The first offset that belongs to the current id alone; `None` where there was no earlier one.
    pub second_offset: Option<u64>,
    /// How far this node is in the stream, in bytes.
    pub offset: u64,
    /// Keys in all databases.
    pub keys: u64,
    /// Memory used, in bytes.
    pub memory: u64,
    /// Reading its data set into memory.
    pub loading: bool,
    /// What the disk knows.
    pub persistence: Persistence,
    /// Number of Sentinels that watch it.
    pub sentinels: u64,
    settings: HashMap<&'static str, Secret>,
}

/// A node's part in the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Accepts writes.
    Master {
        /// Those that follow it, as it sees them.
        replicas: Vec<ReplicaLine>,
    },
    /// Follows another node.
    Replica(Following),
}

impl Default for Role {
    fn default() -> Role {
        Role::Master { replicas: Vec::new() }
    }
}

/// A replica's link to its master.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Following {
    /// The master, as configured on the replica.
    pub master: Option<Address>,
    /// The link is up.
    pub link_up: bool,
    /// Seconds since the link broke; `None` while it is up, and when it never was.
    pub down_seconds: Option<u64>,
    /// Seconds since anything came over it.
    pub last_io_seconds: Option<u64>,
    /// A full synchronisation is running.
    pub syncing: bool,
    /// Refuses writes of clients.
    pub read_only: bool,
    /// `replica-priority`; 0 is never promoted.
    pub priority: u32,
    /// Those that follow this replica in turn.
    pub replicas: Vec<ReplicaLine>,
}

/// Whether the data would survive a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Persistence {
    /// Append-only file on.
    pub aof: bool,
    /// The last append failed.
    pub aof_write_failed: bool,
    /// The last snapshot failed.
    pub save_failed: bool,
    /// Changes since the last snapshot.
    pub unsaved_changes: u64,
}

impl NodeFacts {
    /// What the node says, if it answers.
    pub fn live(&self) -> Option<&Live> {
        self.answer.as_ref().ok().map(AsRef::as_ref)
    }

    /// Was the node met under this address?
    pub fn is_at(&self, addr: &Address) -> bool {
        self.node.addr == *addr || self.aliases.contains(addr)
    }

    /// Name for people: the name in the topology file with the address, or the address.
    pub fn title(&self) -> String {
        match &self.node.name {
            Some(name) => format!("{name} ({})", self.node.addr),
            None => self.node.addr.to_string(),
        }
    }
}

impl Live {
    /// A setting's value; `None` where CONFIG GET is forbidden or the setting unknown.
    pub fn setting(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.settings.get(name)?.expose()).ok()
    }

    /// A setting that is a secret.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.settings.get(name)
    }

    /// Notes a setting's value.
    pub fn remember(&mut self, name: &'static str, value: Secret) {
        self.settings.insert(name, value);
    }

    /// The link to the master, for a replica.
    pub fn following(&self) -> Option<&Following> {
        match &self.role {
            Role::Replica(following) => Some(following),
            Role::Master { .. } => None,
        }
    }

    /// Does it accept the role of master?
    pub fn is_master(&self) -> bool {
        matches!(self.role, Role::Master { .. })
    }

    /// Those that follow this node.
    pub fn replicas(&self) -> &[ReplicaLine] {
        match &self.role {
            Role::Master { replicas } => replicas,
            Role::Replica(following) => &following.replicas,
        }
    }

    /// Is any form of persistence on? Unknown counts as yes: no false alarm.
    pub fn is_persistent(&self) -> bool {
        self.persistence.aof || self.setting("save").is_none_or(|save| !save.is_empty())
    }

    /// Builds the facts from what the server printed.
    pub fn from_info(info: &Info) -> Live {
        Live {
            run_id: info.text("run_id"),
            software: software(info),
            mode: ["redis_mode", "server_mode"]
                .iter()
                .find_map(|name| info.get(name))
                .unwrap_or("standalone")
                .to_owned(),
            process_id: info.num("process_id"),
            config_file: info.text("config_file"),
            role: role(info),
            replid: info.text("master_replid"),
            replid2: info.text("master_replid2"),
            second_offset: info.num("second_repl_offset"),
            offset: own_offset(info),
            keys: info.keys(),
            memory: info.num("used_memory").unwrap_or(0),
            loading: info.flag("loading"),
            persistence: Persistence {
                aof: info.flag("aof_enabled"),
                aof_write_failed: info.get("aof_last_write_status") == Some("err"),
                save_failed: info.get("rdb_last_bgsave_status") == Some("err"),
                unsaved_changes: info.num("rdb_changes_since_last_save").unwrap_or(0),
            },
            sentinels: 0,
            settings: HashMap::new(),
        }
    }
}

fn software(info: &Info) -> String {
    let known = [("rtool", "rtool_version"), ("valkey", "valkey_version"), ("redis", "redis_version")];
    let found =
        known.iter().find_map(|(name, field)| info.get(field).map(|version| format!("{name} {version}")));
    found.unwrap_or_else(|| "unknown".to_owned())
}

fn role(info: &Info) -> Role {
    if info.get("role") != Some("slave") {
        return Role::Master { replicas: info.replicas() };
    }
    let host = info.get("master_host").filter(|host| !host.is_empty());
    let port = info.num("master_port");
    Role::Replica(Following {
        master: host.zip(port).map(|(host, port)| Address::new(host, port)),
        link_up: info.get("master_link_status") == Some("up"),
        down_seconds: down_seconds(info),
        last_io_seconds: info.num("master_last_io_seconds_ago"),
        syncing: info.flag("master_sync_in_progress"),
        read_only: info.get("slave_read_only") != Some("0"),
        priority: info.num("slave_priority").unwrap_or(100),
        replicas: info.replicas(),
    })
}

/// Since when the link is down. A link that never was up counts from the epoch, or says -1.
fn down_seconds(info: &Info) -> Option<u64> {
    const TEN_YEARS: u64 = 10 * 365 * 86_400;
    info.num("master_link_down_since_seconds").filter(|seconds| *seconds < TEN_YEARS)
}

/// A replica's own position; a master's is that of its stream.
fn own_offset(info: &Info) -> u64 {
    let field = if info.get("role") == Some("slave") { "slave_repl_offset" } else { "master_repl_offset" };
    info.num(field).unwrap_or(0)
}

/// All nodes of a group that could be found.
#[derive(Debug, Default)]
pub struct Group {
    /// The nodes: first those that were named, then those found through them.
    pub nodes: Vec<NodeFacts>,
}

impl Group {
    /// Reads the named nodes and everything they lead to.
    ///
    /// # Errors
    /// When the topology file's password for a found node cannot be had.
    pub async fn read(fleet: &Fleet, named: Vec<Node>, limit: Duration) -> Result<Group> {
        let mut group = Group::default();
        let mut wanted = named;
        while !wanted.is_empty() {
            for facts in read_all(wanted, limit).await {
                group.add(facts);
            }
            let room = GROUP_NODES_MAX.saturating_sub(group.nodes.len());
            wanted =
                group.unseen().into_iter().take(room).map(|addr| fleet.at(addr)).collect::<Result<_>>()?;
        }
        Ok(group)
    }

    /// The node at an address.
    pub fn at(&self, addr: &Address) -> Option<&NodeFacts> {
        self.nodes.iter().find(|facts| facts.is_at(addr))
    }

    /// The nodes that answer, with what they say.
    pub fn answering(&self) -> impl Iterator<Item = (&NodeFacts, &Live)> {
        self.nodes.iter().filter_map(|facts| facts.live().map(|live| (facts, live)))
    }

    /// The nodes that say they are a master.
    pub fn masters(&self) -> impl Iterator<Item = (&NodeFacts, &Live)> {
        self.answering().filter(|(_, live)| live.is_master())
    }

    /// Adds a node, or an alias to the node it turns out to be.
    pub fn add(&mut self, facts: NodeFacts) {
        let run_id = facts.live().map(|live| live.run_id.as_str()).filter(|run_id| !run_id.is_empty());
        let same = |known: &&mut NodeFacts| {
            known.is_at(&facts.node.addr)
                || known.live().is_some_and(|live| Some(live.run_id.as_str()) == run_id)
        };
        match self.nodes.iter_mut().find(same) {
            Some(known) if known.is_at(&facts.node.addr) => {}
            Some(known) => known.aliases.push(facts.node.addr),
            None => self.nodes.push(facts),
        }
    }

    /// Addresses that nodes name and nobody has looked at.
    fn unseen(&self) -> Vec<Address> {
        let mut unseen: Vec<Address> = Vec::new();
        for (facts, live) in self.answering() {
            let up = live.following().and_then(|following| following.master.as_ref());
            let down = live.replicas().iter().map(|replica| &replica.addr);
            for addr in up.into_iter().chain(down) {
                if self.at(addr).is_none() && !unseen.contains(addr) && can_mean_it(facts, addr) {
                    unseen.push(addr.clone());
                }
            }
        }
        unseen
    }
}

/// "127.0.0.1" from another machine means that machine, not ours; port 0 is no address.
fn can_mean_it(from: &NodeFacts, addr: &Address) -> bool {
    addr.port != 0 && (!addr.is_loopback() || from.node.addr.is_local())
}

/// Reads nodes side by side, in the order given.
pub async fn read_all(nodes: Vec<Node>, limit: Duration) -> Vec<NodeFacts> {
    let mut reads = JoinSet::new();
    for (index, node) in nodes.into_iter().enumerate() {
        reads.spawn(async move { (index, read_node(node, limit).await) });
    }
    let mut all = reads.join_all().await;
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, facts)| facts).collect()
}

/// Reads one node; whatever it does, this ends within twice the limit.
pub async fn read_node(node: Node, limit: Duration) -> NodeFacts {
    let reading = async {
        let mut session = Session::open(&node, limit).await?;
        read_live(&mut session).await
    };
    let answer = match timeout(limit.saturating_mul(2), reading).await {
        Ok(Ok(live)) => Ok(Box::new(live)),
        Ok(Err(fault)) => Err(fault),
        Err(_) => Err(Fault::Unreachable("no answer within the time limit".to_owned())),
    };
    NodeFacts { node, aliases: Vec::new(), answer }
}

/// Everything in one round trip.
async fn read_live(session: &mut Session) -> Result<Live, Fault> {
    let mut questions = vec![vec!["INFO"], vec!["PUBSUB", "NUMSUB", SENTINEL_CHANNEL]];
    questions.extend(SETTINGS.iter().map(|name| vec!["CONFIG", "GET", name]));
    let mut answers = session.pipeline(&questions).await?.into_iter();
    let info = answers.next().ok_or_else(|| Fault::Unknown("no reply to INFO".to_owned()))?;
    if let Value::Error(line) = &info {
        return Err(Fault::from_line(String::from_utf8_lossy(line).into_owned()));
    }
    let mut live = Live::from_info(&Info::parse(&bytes(&info).unwrap_or_default()));
    live.sentinels = answers.next().as_ref().map_or(0, subscribers);
    for (name, reply) in SETTINGS.iter().zip(answers) {
        if let Some(value) = config_value(&reply) {
            live.remember(name, Secret::new(value));
        }
    }
    Ok(live)
}

/// The count in a PUBSUB NUMSUB reply for one channel.
fn subscribers(reply: &Value) -> u64 {
    match reply {
        Value::Array(items) => {
            items.get(1).and_then(Value::as_int).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
        }
        _ => 0,
    }
}
