//! `import`: the keys of a server that is no cluster. `backup`: a snapshot of every master, and who owned what.

use std::path::Path;

use serde_json::json;

use super::load::address;
use super::{Level, Manager, NO_ADDRESS, Step};
use crate::client::{Client, Endpoint, Secret};
use crate::resp::value::Value;
use crate::shell::modes::save_snapshot;
use crate::ui::prompt;

/// Keys that one SCAN looks at.
const SCAN_COUNT: &str = "1000";

impl Manager<'_> {
    pub(super) async fn import(&mut self, existing: &str) -> Step<()> {
        let Some((host, port)) = address(existing) else { return self.refuse(NO_ADDRESS.trim_end()) };
        let from = self.options().cluster_from.clone();
        let Some(from) = from else {
            return self.refuse("[ERR] Option '--cluster-from' is required for subcommand 'import'.");
        };
        let Some((from_host, from_port)) = address(&from) else {
            return self.refuse(
                "[ERR] Invalid --cluster-from host. You need to pass a valid address (ie. 120.0.0.1:7000).",
            );
        };
        self.log(Level::Info, &format!(">>> Importing data from {from} to cluster {host}:{port}"));
        self.load(&host, port).await?;
        self.check(false).await?;
        let mut source = self.connect_source(&from_host, from_port).await?;
        let size = self.source_reply(&mut source, &["DBSIZE"], &from).await?.as_int().unwrap_or(0);
        self.log(Level::Warn, &format!("*** Importing {size} keys from DB 0"));
        let mut cursor = "0".to_owned();
        loop {
            let reply =
                self.source_reply(&mut source, &["SCAN", &cursor, "COUNT", SCAN_COUNT], &from).await?;
            let Some([next, keys]) = reply.as_list() else { return Err(super::Failed) };
            for key in keys.as_list().unwrap_or_default().iter().filter_map(Value::as_bytes) {
                self.import_key(&mut source, key, &from).await?;
            }
            cursor = next.as_str().unwrap_or("0").to_owned();
            if cursor == "0" {
                return Ok(());
            }
        }
    }

    async fn connect_source(&mut self, host: &str, port: u16) -> Step<Client> {
        let mut target = self.engine.session.target().clone();
        target.endpoint = Endpoint::tcp(host, port);
        target.db = 0;
        target.user = self.options().cluster_from_user.clone();
        target.password = self.options().cluster_from_pass.as_ref().map(|word| Secret::new(word.bytes()));
        if self.options().cluster_from_askpass {
            let asked = prompt::password(
                &mut self.engine.console.notes,
                "Please input import source node password: ",
            );
            target.password = asked.ok().map(Secret::new);
        }
        match Client::connect(&target).await {
            Ok(client) => Ok(client),
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    async fn source_reply(&mut self, source: &mut Client, words: &[&str], from: &str) -> Step<Value> {
        match source.command(words).await {
            Ok(value) => Ok(value),
            Err(error) => self.fail(&format!("Source {from} replied with error:\n{error}")),
        }
    }

    async fn import_key(&mut self, source: &mut Client, key: &[u8], from: &str) -> Step<()> {
        let slot = self.must(0, &[b"CLUSTER" as &[u8], b"KEYSLOT", key]).await?.as_int().unwrap_or(0);
        let owner = self.masters().into_iter().find(|at| self.nodes[*at].slots[slot.unsigned_abs() as usize]);
        let Some(owner) = owner else { return self.fail(&format!("[ERR] Slot {slot} has no owner")) };
        let (host, port) = (self.nodes[owner].host.clone(), self.nodes[owner].port.to_string());
        let name = String::from_utf8_lossy(key).into_owned();
        self.print(&format!("Migrating {name} to {host}:{port}: "));
        let timeout = self.options().cluster_timeout.to_string();
        let login = self.engine.session.target().clone();
        let mut words: Vec<&[u8]> =
            vec![b"MIGRATE", host.as_bytes(), port.as_bytes(), key, b"0", timeout.as_bytes()];
        match (&login.user, &login.password) {
            (Some(user), Some(password)) => {
                words.extend([b"AUTH2" as &[u8], user.as_bytes(), password.expose()])
            }
            (None, Some(password)) => words.extend([b"AUTH" as &[u8], password.expose()]),
            _ => {}
        }
        if self.options().cluster_copy {
            words.push(b"COPY");
        }
        if self.options().cluster_replace {
            words.push(b"REPLACE");
        }
        match source.command(&words).await {
            Ok(_) => {
                self.log(Level::Good, "OK");
                Ok(())
            }
            Err(error) => self.fail(&format!("Source {from} replied with error:\n{error}")),
        }
    }

    pub(super) async fn backup(&mut self, existing: &str, folder: &str) -> Step<()> {
        let Some((host, port)) = address(existing) else { return self.refuse(NO_ADDRESS.trim_end()) };
        self.load(&host, port).await?;
        let sound = self.check(false).await.is_ok();
        let errors = self.errors.len();
        let mut described = Vec::new();
        for at in 0..self.nodes.len() {
            let node = &self.nodes[at];
            let slots: Vec<String> = super::node::ranges(&node.slots)
                .split(',')
                .map(|range| range.trim_matches(['[', ']']).to_owned())
                .filter(|range| !range.is_empty())
                .collect();
            described.push(json!({
                "name": node.id, "host": node.host, "port": node.port, "replicate": node.replicate,
                "slots": slots, "slots_count": node.slot_count(), "flags": node.flags.join(","),
                "cluster_errors": errors,
            }));
            if !node.is_replica() {
                self.save_node(at, folder).await?;
            }
        }
        let path = Path::new(folder).join("nodes.json");
        self.log(Level::Info, &format!("Saving cluster configuration to: {}", path.display()));
        let text = serde_json::to_string_pretty(&described).unwrap_or_default();
        if std::fs::write(&path, text).is_err() {
            self.log(Level::Bad, &format!("Could not save nodes to: {}", path.display()));
            return self.fail("[ERR] Failed to back cluster!");
        }
        if !sound {
            self.log(
                Level::Warn,
                "*** Cluster seems to have some problems, please be aware of it if you're going to restore this backup.",
            );
        }
        self.log(Level::Good, &format!("[OK] Backup created into: {folder}"));
        Ok(())
    }

    /// A snapshot of one master.
    async fn save_node(&mut self, at: usize, folder: &str) -> Step<()> {
        let node = &self.nodes[at];
        let addr = node.addr();
        let file = Path::new(folder).join(format!("redis-node-{}-{}-{}.rdb", node.host, node.port, node.id));
        self.log(Level::Info, &format!(">>> Node {addr} -> Saving RDB..."));
        let mut target = self.engine.session.target().clone();
        target.endpoint = Endpoint::tcp(self.nodes[at].host.clone(), self.nodes[at].port);
        target.db = 0;
        match save_snapshot(self.engine, self.args, target, &file).await {
            true => Ok(()),
            false => self.fail("[ERR] Failed to back cluster!"),
        }
    }
}
