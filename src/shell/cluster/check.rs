//! `info` and `check`: how many keys and slots each master has; whether all nodes agree, no slot is half moved, every
//! slot has an owner, and (when asked) only one.

use std::collections::BTreeSet;
use std::time::Duration;

use super::node::SLOTS;
use super::{Failed, Level, Manager, Step};

/// Looks at the cluster's state, and the pause between two.
const LOOKS_MAX: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Manager<'_> {
    /// A line for each master, and the sums.
    pub(super) async fn show_summary(&mut self) -> Step<()> {
        let (mut masters, mut keys) = (0, 0);
        for at in self.masters() {
            let size = self.must(at, &["DBSIZE"]).await?.as_int().unwrap_or(0);
            let node = &self.nodes[at];
            let id = node.id.get(..8).unwrap_or(&node.id).to_owned();
            let (addr, slots, replicas) = (node.addr(), node.slot_count(), node.replicas);
            self.line(&format!("{addr} ({id}...) -> {size} keys | {slots} slots | {replicas} slaves."));
            masters += 1;
            keys += size;
        }
        self.log(Level::Good, &format!("[OK] {keys} keys in {masters} masters."));
        self.line(&format!("{:.2} keys per slot on average.", keys as f64 / SLOTS as f64));
        Ok(())
    }

    /// Checks the whole cluster, and mends it if that was asked for.
    pub(super) async fn check(&mut self, quiet: bool) -> Step<()> {
        let Some(first) = self.nodes.first() else { return Err(Failed) };
        let addr = first.addr();
        self.errors.clear();
        let mut sound = true;
        self.log(Level::Info, &format!(">>> Performing Cluster Check (using node {addr})"));
        if !quiet {
            self.show_nodes();
        }
        if self.is_consistent().await {
            self.log(Level::Good, "[OK] All nodes agree about slots configuration.");
        } else {
            self.problem("[ERR] Nodes don't agree about configuration!".to_owned());
            sound = false;
        }
        let open = self.open_slots();
        // A cluster with slots that nobody owns moves no keys: those get their owners first.
        let waits = self.fixing && !open.is_empty() && self.covered().contains(&false);
        if !waits {
            sound &= self.mend_open_slots(&open).await;
        }
        sound &= self.check_coverage().await;
        if waits {
            self.wait_until_up().await;
            sound &= self.mend_open_slots(&open).await;
        }
        if self.options().cluster_search_multiple_owners {
            sound &= self.check_owners().await?;
        }
        if sound { Ok(()) } else { Err(Failed) }
    }

    pub(super) fn show_nodes(&mut self) {
        let all: Vec<String> = self.nodes.iter().map(|node| node.info(0)).collect();
        all.iter().for_each(|info| self.line(info));
    }

    /// Slots that are half moved.
    fn open_slots(&mut self) -> Vec<usize> {
        self.log(Level::Info, ">>> Check for open slots...");
        let mut open = BTreeSet::new();
        for at in 0..self.nodes.len() {
            let node = &self.nodes[at];
            let addr = node.addr();
            for (slots, state) in
                [(node.migrating.clone(), "migrating"), (node.importing.clone(), "importing")]
            {
                if slots.is_empty() {
                    continue;
                }
                let list: Vec<String> = slots.iter().map(|(slot, _)| slot.to_string()).collect();
                open.extend(slots.into_iter().map(|row| row.0));
                self.problem(format!("[WARNING] Node {addr} has slots in {state} state {}.", list.join(",")));
            }
        }
        if !open.is_empty() {
            let list: Vec<String> = open.iter().map(usize::to_string).collect();
            self.log(Level::Bad, &format!("[WARNING] The following slots are open: {}.", list.join(",")));
        }
        open.into_iter().collect()
    }

    /// Closes them if that was asked for. Whether none is open.
    async fn mend_open_slots(&mut self, open: &[usize]) -> bool {
        if open.is_empty() || !self.fixing {
            return open.is_empty();
        }
        for slot in open {
            if self.fix_open_slot(*slot).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Waits until every node takes commands again; not for ever.
    pub(super) async fn wait_until_up(&mut self) {
        for _ in 0..LOOKS_MAX {
            let mut up = true;
            for at in 0..self.nodes.len() {
                let info = self.ask(at, &["CLUSTER", "INFO"]).await.ok();
                let text = info.as_ref().and_then(|reply| reply.as_bytes()).unwrap_or_default();
                up &= String::from_utf8_lossy(text).contains("cluster_state:ok");
            }
            if up {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn covered(&self) -> Vec<bool> {
        (0..SLOTS).map(|slot| self.nodes.iter().any(|node| node.slots[slot])).collect()
    }

    async fn check_coverage(&mut self) -> bool {
        self.log(Level::Info, ">>> Check slots coverage...");
        let covered: Vec<bool> =
            (0..SLOTS).map(|slot| self.nodes.iter().any(|node| node.slots[slot])).collect();
        if covered.iter().all(|covered| *covered) {
            self.log(Level::Good, &format!("[OK] All {SLOTS} slots covered."));
            return true;
        }
        self.problem(format!("[ERR] Not all {SLOTS} slots are covered by nodes.\n"));
        self.fixing && self.fix_coverage(&covered).await.is_ok()
    }

    /// Slots that more than one master owns, or has keys of.
    async fn check_owners(&mut self) -> Step<bool> {
        self.log(Level::Info, ">>> Check for multiple slot owners...");
        let mut sound = true;
        for slot in 0..SLOTS {
            let owners = self.owners_of(slot).await?;
            if owners.len() < 2 {
                continue;
            }
            self.log(Level::Bad, &format!("[WARNING] Slot {slot} has {} owners:", owners.len()));
            for at in &owners {
                let addr = self.nodes[*at].addr();
                self.log(Level::Bad, &format!("    {addr}"));
            }
            let mended = self.fixing && self.fix_owners(slot, &owners).await.is_ok();
            sound &= mended;
        }
        if sound {
            self.log(Level::Good, "[OK] No multiple owners found.");
        }
        Ok(sound)
    }

    /// Masters that own a slot, or have keys of it.
    pub(super) async fn owners_of(&mut self, slot: usize) -> Step<Vec<usize>> {
        let mut owners = Vec::new();
        for at in self.masters() {
            if self.nodes[at].slots[slot] || self.keys_in(at, slot).await? > 0 {
                owners.push(at);
            }
        }
        Ok(owners)
    }

    /// How many keys of a slot a node has.
    pub(super) async fn keys_in(&mut self, at: usize, slot: usize) -> Step<i64> {
        let reply = self.must(at, &["CLUSTER", "COUNTKEYSINSLOT", &slot.to_string()]).await?;
        Ok(reply.as_int().unwrap_or(0))
    }
}
