//! Moving a slot, in an order that leaves it with an owner whatever crashes:
//!
//! ```text
//! target: IMPORTING   source: MIGRATING   keys: MIGRATE, some at a time
//! target: NODE target   source: NODE target   everybody else: NODE target
//! ```

use super::{Level, Manager, Step};
use crate::resp::value::Value;

/// How much a move says, and does.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Nothing but dots.
    pub quiet: bool,
    /// Only the keys: who owns the slot is set already.
    pub cold: bool,
}

impl Manager<'_> {
    /// Moves a slot with its keys.
    pub(super) async fn move_slot(
        &mut self,
        source: usize,
        target: usize,
        slot: usize,
        how: How,
    ) -> Step<()> {
        if !how.quiet {
            let line = format!(
                "Moving slot {slot} from {} to {}: ",
                self.nodes[source].addr(),
                self.nodes[target].addr()
            );
            self.print(&line);
        }
        if !how.cold {
            self.set_slot(target, source, slot, "importing").await?;
            self.set_slot(source, target, slot, "migrating").await?;
        }
        let moved = self.move_keys(source, target, slot, how).await;
        if !how.quiet {
            self.print("\n");
        }
        moved?;
        if !how.cold {
            self.hand_over(source, target, slot).await?;
        }
        self.nodes[source].slots[slot] = false;
        self.nodes[target].slots[slot] = true;
        Ok(())
    }

    async fn hand_over(&mut self, source: usize, target: usize, slot: usize) -> Step<()> {
        self.set_slot(target, target, slot, "node").await?;
        let id = self.nodes[target].id.clone();
        // A source that lost its last slot has become a replica already.
        let told = self.ask(source, &["CLUSTER", "SETSLOT", &slot.to_string(), "node", &id]).await;
        if let Err(error) = told
            && !error.starts_with("ERR Please use SETSLOT only with masters")
        {
            let addr = self.nodes[source].addr();
            return self.fail(&format!("Node {addr} replied with error:\n{error}"));
        }
        for at in self.masters() {
            if at != source && at != target {
                self.set_slot(at, target, slot, "node").await?;
            }
        }
        Ok(())
    }

    /// CLUSTER SETSLOT on a node, with another's id.
    pub(super) async fn set_slot(&mut self, at: usize, other: usize, slot: usize, state: &str) -> Step<()> {
        let id = self.nodes[other].id.clone();
        self.must(at, &["CLUSTER", "SETSLOT", &slot.to_string(), state, &id]).await.map(drop)
    }

    async fn move_keys(&mut self, source: usize, target: usize, slot: usize, how: How) -> Step<()> {
        let pipeline = self.options().cluster_pipeline.max(1).to_string();
        loop {
            let words = ["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &pipeline];
            let reply = self.must(source, &words).await?;
            let keys: Vec<Vec<u8>> = reply
                .as_list()
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_bytes)
                .map(<[u8]>::to_vec)
                .collect();
            if keys.is_empty() {
                return Ok(());
            }
            self.migrate(source, target, &keys).await?;
            if !how.quiet {
                self.print(&".".repeat(keys.len()));
            }
        }
    }

    /// MIGRATE; keys that the target has already are replaced only if that was said.
    async fn migrate(&mut self, source: usize, target: usize, keys: &[Vec<u8>]) -> Step<()> {
        let replace = self.options().cluster_replace;
        let first = self.migrate_once(source, target, keys, replace).await;
        let Err(mut error) = first else { return Ok(()) };
        if error.contains("CLUSTERDOWN") {
            // A node that has just joined takes nothing for its first seconds.
            self.wait_until_up().await;
            match self.migrate_once(source, target, keys, replace).await {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
        if error.contains("BUSYKEY") && (self.fixing || replace) {
            self.log(Level::Warn, "\n*** Target key exists");
            if self.holds_the_same(source, target, keys).await? {
                self.log(Level::Warn, "*** Replacing target keys...");
                if self.migrate_once(source, target, keys, true).await.is_ok() {
                    return Ok(());
                }
            }
        }
        let addr = self.nodes[source].addr();
        self.print("\n");
        self.fail(&format!("Node {addr} replied with error:\n{error}"))
    }

    /// Whether each key has the same value on both sides, so that replacing it loses nothing.
    async fn holds_the_same(&mut self, source: usize, target: usize, keys: &[Vec<u8>]) -> Step<bool> {
        for key in keys {
            let here = self.must(source, &[b"DUMP" as &[u8], key]).await?;
            // The slot is being imported: the target answers for its key when told that it is asked on purpose.
            self.must(target, &["ASKING"]).await?;
            let there = self.must(target, &[b"DUMP" as &[u8], key]).await?;
            if !there.is_null() && here != there {
                let name = String::from_utf8_lossy(key).into_owned();
                self.log(
                    Level::Warn,
                    &format!(
                        "*** Value differs in both nodes for key {name}: --cluster-replace takes the source's"
                    ),
                );
                return Ok(self.options().cluster_replace);
            }
        }
        Ok(true)
    }

    async fn migrate_once(
        &mut self,
        source: usize,
        target: usize,
        keys: &[Vec<u8>],
        replace: bool,
    ) -> std::result::Result<(), String> {
        let timeout = self.options().cluster_timeout.to_string();
        let (host, port) = (self.nodes[target].host.clone(), self.nodes[target].port.to_string());
        let login = self.engine.session.target().clone();
        let mut words: Vec<&[u8]> =
            vec![b"MIGRATE", host.as_bytes(), port.as_bytes(), b"", b"0", timeout.as_bytes()];
        if replace {
            words.push(b"REPLACE");
        }
        match (&login.user, &login.password) {
            (Some(user), Some(password)) => {
                words.extend([b"AUTH2" as &[u8], user.as_bytes(), password.expose()])
            }
            (None, Some(password)) => words.extend([b"AUTH" as &[u8], password.expose()]),
            _ => {}
        }
        words.push(b"KEYS");
        words.extend(keys.iter().map(Vec::as_slice));
        self.ask(source, &words).await.map(drop)
    }
}
