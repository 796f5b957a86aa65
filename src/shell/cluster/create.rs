//! `create`: empty nodes become a cluster. Slots are dealt evenly to the masters, replicas to masters on other hosts
//! where there are any.
//!
//! ```text
//! plan --shown, confirmed--> ADDSLOTS, SET-CONFIG-EPOCH, MEET --> all agree --> REPLICATE --> check
//! ```

use std::time::Duration;

use super::load::address;
use super::node::{Node, SLOTS};
use super::{Failed, Level, Manager, Step};

/// Masters that a cluster needs.
const MASTERS_MIN: usize = 3;
/// The pause between two looks whether all nodes agree.
const JOIN_PAUSE: Duration = Duration::from_secs(1);
/// Looks before it is said that nodes may not reach each other's bus.
const JOIN_PATIENCE: usize = 20;
/// Looks before we give up: redis-cli never does.
const JOIN_LOOKS_MAX: usize = 600;
/// Slots in one ADDSLOTS.
const SLOTS_AT_ONCE: usize = 1000;

impl Manager<'_> {
    pub(super) async fn create(&mut self, words: &[String]) -> Step<()> {
        for word in words {
            let Some((host, port)) = address(word) else {
                return self.refuse(&format!("Invalid address format: {word}"));
            };
            self.add_empty_node(&host, port).await?;
        }
        let (count, replicas) = (self.nodes.len(), self.options().cluster_replicas);
        let masters = count / (replicas + 1);
        if masters < MASTERS_MIN {
            return self.fail(&format!(
                "*** ERROR: Invalid configuration for cluster creation.\n*** Redis Cluster requires at least 3 master \
                 nodes.\n*** This is not possible with {count} nodes and {replicas} replicas per node.\n*** At least {} \
                 nodes are required.",
                MASTERS_MIN * (replicas + 1)
            ));
        }
        self.log(Level::Info, &format!(">>> Performing hash slots allocation on {count} nodes..."));
        let order = interleaved(&self.nodes);
        self.deal_slots(&order[..masters]);
        self.deal_replicas(&order[..masters], &order[masters..], replicas);
        self.show_nodes();
        if !self.confirmed("Can I set the above configuration?", false) {
            return Err(Failed);
        }
        self.apply().await
    }

    /// A node that may become part of a cluster: cluster mode, no keys, no friends.
    pub(super) async fn add_empty_node(&mut self, host: &str, port: u16) -> Step<()> {
        let mut node = Node::new(host, port);
        self.connect(&mut node).await?;
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        self.must_be_cluster(at).await?;
        let text = self.text(at, &["CLUSTER", "NODES"]).await?;
        if let Some((said, _)) = text.lines().filter_map(super::node::parse_line).find(|found| found.1) {
            let client = self.nodes[at].client.take();
            self.nodes[at] = Node { host: host.to_owned(), port, client, ..said };
        }
        let has_keys = self.text(at, &["INFO", "keyspace"]).await?.contains("db0:");
        let info = self.text(at, &["CLUSTER", "INFO"]).await?;
        if has_keys || !info.lines().any(|line| line.trim_end() == "cluster_known_nodes:1") {
            return self.fail(&format!(
                "[ERR] Node {host}:{port} is not empty. Either the node already knows other nodes (check with CLUSTER \
                 NODES) or contains some key in database 0."
            ));
        }
        Ok(())
    }

    fn deal_slots(&mut self, masters: &[usize]) {
        let share = SLOTS as f64 / masters.len() as f64;
        let mut first = 0;
        for (rank, at) in masters.iter().enumerate() {
            let is_last = rank + 1 == masters.len();
            let last = if is_last { SLOTS - 1 } else { (share * (rank + 1) as f64 - 1.0).round() as usize };
            self.line(&format!("Master[{rank}] -> Slots {first} - {last}"));
            let node = &mut self.nodes[*at];
            node.slots[first..=last].fill(true);
            node.dirty = true;
            first = last + 1;
        }
    }

    /// Replicas go to masters on other hosts first; what is left goes where it fits.
    fn deal_replicas(&mut self, masters: &[usize], others: &[usize], replicas: usize) {
        let mut free: Vec<usize> = others.to_vec();
        // The first moves to the end, so that neighbours of masters are not their replicas.
        if !free.is_empty() {
            free.rotate_left(1);
        }
        let mut rounds = vec![replicas];
        if others.len() > masters.len() * replicas {
            rounds.push(1);
        }
        for (round, wanted) in rounds.into_iter().enumerate() {
            if round == 1 && !free.is_empty() {
                self.line("Adding extra replicas...");
            }
            for master in masters {
                for _ in 0..wanted {
                    let elsewhere =
                        free.iter().position(|at| self.nodes[*at].host != self.nodes[*master].host);
                    if free.is_empty() {
                        break;
                    }
                    let at = free.remove(elsewhere.unwrap_or(0));
                    let line =
                        format!("Adding replica {} to {}", self.nodes[at].addr(), self.nodes[*master].addr());
                    self.line(&line);
                    self.nodes[at].replicate = Some(self.nodes[*master].id.clone());
                    self.nodes[at].dirty = true;
                }
            }
        }
        self.remark_on_hosts(masters);
    }

    /// A replica on its master's host dies with it.
    fn remark_on_hosts(&mut self, masters: &[usize]) {
        let together = masters.iter().any(|master| {
            let (id, host) = (&self.nodes[*master].id, &self.nodes[*master].host);
            self.nodes.iter().any(|node| node.replicate.as_ref() == Some(id) && node.host == *host)
        });
        if together {
            self.log(Level::Info, ">>> Trying to optimize slaves allocation for anti-affinity");
            self.log(Level::Warn, "[WARNING] Some slaves are in the same host as their master");
        }
    }

    async fn apply(&mut self) -> Step<()> {
        for at in self.masters() {
            let slots: Vec<String> =
                (0..SLOTS).filter(|slot| self.nodes[at].slots[*slot]).map(|slot| slot.to_string()).collect();
            for block in slots.chunks(SLOTS_AT_ONCE) {
                let words: Vec<&str> =
                    ["CLUSTER", "ADDSLOTS"].into_iter().chain(block.iter().map(String::as_str)).collect();
                self.must(at, &words).await?;
            }
            self.nodes[at].dirty = false;
        }
        self.log(Level::Info, ">>> Nodes configuration updated");
        self.log(Level::Info, ">>> Assign a different config epoch to each node");
        for at in 0..self.nodes.len() {
            // Servers that have one already say so; it is different then.
            let _ = self.ask(at, &["CLUSTER", "SET-CONFIG-EPOCH", &(at + 1).to_string()]).await;
        }
        self.log(Level::Info, ">>> Sending CLUSTER MEET messages to join the cluster");
        for at in 1..self.nodes.len() {
            self.meet(at, 0).await?;
        }
        tokio::time::sleep(JOIN_PAUSE).await;
        self.wait_for_join().await?;
        for at in 0..self.nodes.len() {
            if let Some(master) = self.nodes[at].replicate.clone() {
                self.must(at, &["CLUSTER", "REPLICATE", &master]).await?;
            }
        }
        let (host, port) = (self.nodes[0].host.clone(), self.nodes[0].port);
        self.load(&host, port).await?;
        // What the check finds right after is said; the cluster is made.
        let _ = self.check(false).await;
        Ok(())
    }

    /// Introduces a node to another.
    pub(super) async fn meet(&mut self, at: usize, known: usize) -> Step<()> {
        let node = &self.nodes[known];
        let (host, port, bus) = (node.host.clone(), node.port, node.bus_port);
        // MEET takes addresses, no names.
        let found = tokio::net::lookup_host((host.as_str(), port)).await.ok().and_then(|mut all| all.next());
        let Some(ip) = found.map(|found| found.ip().to_string()) else {
            return self.refuse(&format!("Invalid IP address or hostname specified: {host}"));
        };
        let (port, bus_text) = (port.to_string(), bus.to_string());
        let mut words = vec!["CLUSTER", "MEET", &ip, &port];
        if bus != 0 && bus != node_bus(known, &self.nodes) {
            words.push(&bus_text);
        }
        self.must(at, &words).await.map(drop)
    }

    /// Waits until all nodes have the same view.
    pub(super) async fn wait_for_join(&mut self) -> Step<()> {
        self.line("Waiting for the cluster to join");
        for look in 1..=JOIN_LOOKS_MAX {
            if self.is_consistent().await {
                self.print("\n");
                return Ok(());
            }
            self.print(".");
            if look == JOIN_PATIENCE {
                self.print("\n");
                self.log(
                    Level::Bad,
                    "Cluster bus ports must be reachable by every node.\nRemember that cluster bus ports are \
                     different from standard instance ports.",
                );
            }
            tokio::time::sleep(JOIN_PAUSE).await;
        }
        self.fail("[ERR] The nodes do not agree; CLUSTER NODES on each shows whom it knows")
    }
}

/// The bus port that a node has when nobody chose one.
fn node_bus(at: usize, nodes: &[Node]) -> u16 {
    nodes[at].port.wrapping_add(10_000)
}

/// The nodes in an order in which neighbours are on different hosts.
fn interleaved(nodes: &[Node]) -> Vec<usize> {
    let mut hosts: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        match hosts.iter_mut().find(|row| row.0 == node.host) {
            Some(row) => row.1.push(at),
            None => hosts.push((&node.host, vec![at])),
        }
    }
    let longest = hosts.iter().map(|row| row.1.len()).max().unwrap_or(0);
    (0..longest).flat_map(|turn| hosts.iter().filter_map(move |row| row.1.get(turn).copied())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_take_turns() {
        let nodes: Vec<Node> = ["a", "a", "a", "b", "c", "b"].iter().map(|host| Node::new(host, 1)).collect();
        assert_eq!(interleaved(&nodes), [0, 3, 4, 1, 5, 2]);
    }
}
