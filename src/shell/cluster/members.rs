//! `add-node`, `del-node`, `call`, `set-timeout`.

use std::time::Duration;

use super::load::address;
use super::{Level, Manager, NO_ADDRESS, Step};
use crate::shell::face::Face;
use crate::shell::format::Format;
use crate::shell::render::Renderer;

/// Smallest node timeout, in milliseconds, that is not a bad idea.
const TIMEOUT_MIN_MS: i64 = 100;

/// Looks whether a new node is known, and the pause between two.
const LOOKS_MAX: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Manager<'_> {
    fn one_address(&mut self, text: &str) -> Step<(String, u16)> {
        match address(text) {
            Some(found) => Ok(found),
            None => self.refuse(NO_ADDRESS.trim_end()),
        }
    }

    pub(super) async fn add_node(&mut self, new: &str, existing: &str) -> Step<()> {
        let (host, port) = self.one_address(existing)?;
        let (new_host, new_port) = self.one_address(new)?;
        self.log(Level::Info, &format!(">>> Adding node {new_host}:{new_port} to cluster {host}:{port}"));
        self.load(&host, port).await?;
        self.check(false).await?;
        let master = self.master_for_new_node()?;
        self.add_empty_node(&new_host, new_port).await?;
        let at = self.nodes.len() - 1;
        if master.is_none() {
            self.copy_functions(at).await?;
        }
        let addr = self.nodes[at].addr();
        self.log(Level::Info, &format!(">>> Send CLUSTER MEET to node {addr} to make it join the cluster."));
        self.meet(at, 0).await?;
        self.wait_until_known(at).await;
        if let Some(master) = master {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.wait_for_join().await?;
            let (addr, id) = (self.nodes[master].addr(), self.nodes[master].id.clone());
            self.log(Level::Info, &format!(">>> Configure node as replica of {addr}."));
            self.must(at, &["CLUSTER", "REPLICATE", &id]).await?;
        }
        self.log(Level::Good, "[OK] New node added correctly.");
        Ok(())
    }

    /// Waits until every node knows a new one, so that slots can be moved to it at once; not for ever.
    async fn wait_until_known(&mut self, new: usize) {
        let id = self.nodes[new].id.clone();
        for _ in 0..LOOKS_MAX {
            let mut known = true;
            for at in 0..self.nodes.len() {
                let nodes = self.ask(at, &["CLUSTER", "NODES"]).await.ok();
                let text = nodes.as_ref().and_then(|reply| reply.as_bytes()).unwrap_or_default();
                known &= String::from_utf8_lossy(text).contains(&id);
            }
            if known {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The master that a new replica follows; none if it is to be a master itself.
    fn master_for_new_node(&mut self) -> Step<Option<usize>> {
        if !self.options().cluster_slave {
            return Ok(None);
        }
        if let Some(id) = self.options().cluster_master_id.clone() {
            return match self.by_id(&id) {
                Some(at) => Ok(Some(at)),
                None => self.fail(&format!("[ERR] No such master ID {id}")),
            };
        }
        let Some(at) = self.least_followed() else { return Err(super::Failed) };
        let addr = self.nodes[at].addr();
        self.line(&format!("Automatically selected master {addr}"));
        Ok(Some(at))
    }

    /// The master with the fewest replicas.
    fn least_followed(&self) -> Option<usize> {
        self.masters().into_iter().min_by_key(|at| self.nodes[*at].replicas)
    }

    /// A new master gets the functions that the others have.
    async fn copy_functions(&mut self, at: usize) -> Step<()> {
        self.log(Level::Info, ">>> Getting functions from cluster");
        let dump = match self.ask(0, &["FUNCTION", "DUMP"]).await {
            Ok(dump) => dump.as_bytes().unwrap_or_default().to_vec(),
            Err(error) => {
                self.log(
                    Level::Info,
                    &format!(
                        ">>> Failed retrieving Functions from the cluster, skip this step as Redis version do not \
                         support function command (error = '{error}')"
                    ),
                );
                return Ok(());
            }
        };
        let addr = self.nodes[at].addr();
        self.log(
            Level::Info,
            &format!(">>> Send FUNCTION LIST to {addr} to verify there is no functions in it"),
        );
        let there = self.must(at, &["FUNCTION", "LIST"]).await?;
        if there.as_list().is_some_and(|list| !list.is_empty()) {
            return self.fail(
                ">>> New node already contains functions and can not be added to the cluster. Use FUNCTION FLUSH and \
                 try again.",
            );
        }
        self.log(Level::Info, &format!(">>> Send FUNCTION RESTORE to {addr}"));
        self.must(at, &[b"FUNCTION" as &[u8], b"RESTORE", &dump]).await.map(drop)
    }

    pub(super) async fn del_node(&mut self, existing: &str, id: &str) -> Step<()> {
        let (host, port) = self.one_address(existing)?;
        self.log(Level::Info, &format!(">>> Removing node {id} from cluster {host}:{port}"));
        self.load(&host, port).await?;
        let Some(at) = self.by_id(id) else { return self.fail(&format!("[ERR] No such node ID {id}")) };
        if self.nodes[at].slot_count() > 0 {
            let addr = self.nodes[at].addr();
            return self.fail(&format!("[ERR] Node {addr} is not empty! Reshard data away and try again."));
        }
        self.log(Level::Info, ">>> Sending CLUSTER FORGET messages to the cluster...");
        for other in (0..self.nodes.len()).filter(|other| *other != at) {
            let follows =
                self.nodes[other].replicate.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(id));
            if follows {
                let heir = self.masters().into_iter().filter(|heir| *heir != at);
                let Some(heir) = heir.min_by_key(|heir| self.nodes[*heir].replicas) else {
                    return Err(super::Failed);
                };
                let line =
                    format!(">>> {} as replica of {}", self.nodes[other].addr(), self.nodes[heir].addr());
                self.log(Level::Info, &line);
                let heir = self.nodes[heir].id.clone();
                self.must(other, &["CLUSTER", "REPLICATE", &heir]).await?;
            }
            self.must(other, &["CLUSTER", "FORGET", id]).await?;
        }
        self.log(Level::Info, ">>> Sending CLUSTER RESET SOFT to the deleted node.");
        self.must(at, &["CLUSTER", "RESET", "SOFT"]).await.map(drop)
    }

    pub(super) async fn call_all(&mut self, existing: &str, command: &[String]) -> Step<()> {
        let (host, port) = self.one_address(existing)?;
        self.load(&host, port).await?;
        // redis-cli colours the words before the command, and only those.
        let heading = if self.colour { "\x1b[29;1m>>> Calling\x1b[0m" } else { ">>> Calling" };
        self.line(&format!("{heading} {}", command.join(" ")));
        let raw = Renderer::new(Format::Raw, Face::RedisCli);
        for at in 0..self.nodes.len() {
            let is_replica = self.nodes[at].is_replica();
            let left_out = self.options().cluster_only_masters && is_replica
                || self.options().cluster_only_replicas && !is_replica;
            if left_out {
                continue;
            }
            let addr = self.nodes[at].addr();
            let reply = match self.nodes[at].client.as_mut() {
                Some(client) => client.call(command).await.ok(),
                None => None,
            };
            match reply {
                Some(value) => {
                    let text = raw.reply(&value, true);
                    self.line(&format!("{addr}: {}", String::from_utf8_lossy(&text)));
                }
                None => self.line(&format!("{addr}: Failed!")),
            }
        }
        Ok(())
    }

    pub(super) async fn set_timeout(&mut self, existing: &str, milliseconds: &str) -> Step<()> {
        let (host, port) = self.one_address(existing)?;
        let timeout: i64 = milliseconds.parse().unwrap_or(0);
        if timeout < TIMEOUT_MIN_MS {
            return self.refuse("Setting a node timeout of less than 100 milliseconds is a bad idea.");
        }
        self.load(&host, port).await?;
        self.log(Level::Info, ">>> Reconfiguring node timeout in every cluster node...");
        let (mut done, mut failed) = (0, 0);
        for at in 0..self.nodes.len() {
            let addr = self.nodes[at].addr();
            let set = self.ask(at, &["CONFIG", "SET", "cluster-node-timeout", &timeout.to_string()]).await;
            let written = match set {
                Ok(_) => self.ask(at, &["CONFIG", "REWRITE"]).await,
                Err(error) => Err(error),
            };
            match written {
                Ok(_) => {
                    self.log(Level::Warn, &format!("*** New timeout set for {addr}"));
                    done += 1;
                }
                Err(error) => {
                    self.log(Level::Bad, &format!("ERR setting node-timeout for {addr}: {error}"));
                    failed += 1;
                }
            }
        }
        self.log(Level::Info, &format!(">>> New node timeout set. {done} OK, {failed} ERR."));
        Ok(())
    }
}
