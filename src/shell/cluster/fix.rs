//! `fix`: slots without an owner get one, slots that are half moved are moved or closed, slots with several owners
//! get one. Where keys are decides, never chance, unless no node has any.
//!
//! | slot | what is done |
//! |---|---|
//! | owned by nobody, keys nowhere | the masters take turns |
//! | owned by nobody, keys on one | that one owns it |
//! | owned by nobody, keys on several | the one with most keys owns it, the others' keys go there |
//! | migrating on one, importing on one | the move is finished |
//! | importing on some, migrating on none | their keys go to the owner, the slot is closed there |
//! | migrating on the owner, importing on none | the slot is closed |
//! | anything else | left alone, and said |

use super::move_slots::How;
use super::node::ranges;
use super::{Failed, Level, Manager, Step};

impl Manager<'_> {
    /// Masters that cannot be reached may own what seems to be owned by nobody.
    fn refuse_with_unreachable_masters(&mut self, what: &str) -> Step<()> {
        let missing = self.unreachable_masters;
        if missing == 0 || self.options().cluster_fix_with_unreachable_masters {
            return Ok(());
        }
        self.log(
            Level::Warn,
            &format!(
                "*** Fixing {what} with {missing} unreachable masters is dangerous: their slots seem to be owned by \
                 nobody and would be given to others. This can cause data loss and is rarely what you want to do. If \
                 you really want to proceed use the --cluster-fix-with-unreachable-masters option."
            ),
        );
        Err(Failed)
    }

    /// Gives an owner to every slot that has none.
    pub(super) async fn fix_coverage(&mut self, covered: &[bool]) -> Step<()> {
        self.refuse_with_unreachable_masters("slots coverage")?;
        self.log(Level::Info, ">>> Fixing slots coverage...");
        let (mut none, mut single, mut several) = (Vec::new(), Vec::new(), Vec::new());
        for slot in (0..covered.len()).filter(|slot| !covered[*slot]) {
            let mut holders = Vec::new();
            for at in self.masters() {
                if self.keys_in(at, slot).await? > 0 {
                    holders.push(at);
                }
            }
            match holders.as_slice() {
                [] => none.push(slot),
                [only] => single.push((slot, *only)),
                _ => several.push((slot, holders)),
            }
        }
        self.cover_empty(&none).await?;
        self.cover_single(&single).await?;
        self.cover_several(&several).await
    }

    async fn cover_empty(&mut self, slots: &[usize]) -> Step<()> {
        if !self.agreed(
            slots,
            "The following uncovered slots have no keys across the cluster:",
            "Fix these slots by covering with a random node?",
        )? {
            return Ok(());
        }
        let masters = self.masters();
        for (turn, slot) in slots.iter().enumerate() {
            let at = masters[turn % masters.len()];
            let addr = self.nodes[at].addr();
            self.log(Level::Info, &format!(">>> Covering slot {slot} with {addr}"));
            self.take(at, *slot).await?;
        }
        Ok(())
    }

    async fn cover_single(&mut self, slots: &[(usize, usize)]) -> Step<()> {
        let list: Vec<usize> = slots.iter().map(|row| row.0).collect();
        if !self.agreed(
            &list,
            "The following uncovered slots have keys in just one node:",
            "Fix these slots by covering with those nodes?",
        )? {
            return Ok(());
        }
        for (slot, at) in slots {
            let addr = self.nodes[*at].addr();
            self.log(Level::Info, &format!(">>> Covering slot {slot} with {addr}"));
            self.take(*at, *slot).await?;
        }
        Ok(())
    }

    async fn cover_several(&mut self, slots: &[(usize, Vec<usize>)]) -> Step<()> {
        let list: Vec<usize> = slots.iter().map(|row| row.0).collect();
        if !self.agreed(
            &list,
            "The following uncovered slots have keys in multiple nodes:",
            "Fix these slots by moving keys into a single node?",
        )? {
            return Ok(());
        }
        for (slot, holders) in slots {
            let owner = self.fullest(holders, *slot).await?;
            let addr = self.nodes[owner].addr();
            self.log(Level::Info, &format!(">>> Covering slot {slot} moving keys to {addr}"));
            self.take(owner, *slot).await?;
            self.must(owner, &["CLUSTER", "SETSLOT", &slot.to_string(), "stable"]).await?;
            for from in holders.iter().filter(|at| **at != owner) {
                self.set_slot(*from, owner, *slot, "importing").await?;
                self.move_slot(*from, owner, *slot, How { quiet: false, cold: true }).await?;
                self.must(*from, &["CLUSTER", "SETSLOT", &slot.to_string(), "stable"]).await?;
            }
        }
        Ok(())
    }

    /// Shows slots and asks; nothing to ask about is a no.
    fn agreed(&mut self, slots: &[usize], heading: &str, question: &str) -> Step<bool> {
        if slots.is_empty() {
            return Ok(false);
        }
        let mut all = vec![false; super::node::SLOTS];
        slots.iter().for_each(|slot| all[*slot] = true);
        self.line(&format!("{heading}\n{}", ranges(&all)));
        if self.confirmed(question, true) { Ok(true) } else { Err(Failed) }
    }

    /// Makes a node the owner of a slot that has none.
    async fn take(&mut self, at: usize, slot: usize) -> Step<()> {
        self.must(at, &["CLUSTER", "ADDSLOTS", &slot.to_string()]).await?;
        self.nodes[at].slots[slot] = true;
        // A new epoch: the others believe the owner.
        self.must(at, &["CLUSTER", "BUMPEPOCH"]).await.map(drop)
    }

    /// The node with most keys of a slot.
    async fn fullest(&mut self, nodes: &[usize], slot: usize) -> Step<usize> {
        let mut best: Option<(i64, usize)> = None;
        for at in nodes {
            let keys = self.keys_in(*at, slot).await?;
            if best.is_none_or(|(most, _)| keys > most) {
                best = Some((keys, *at));
            }
        }
        best.map(|(_, at)| at).ok_or(Failed)
    }

    /// Closes a slot that is half moved.
    pub(super) async fn fix_open_slot(&mut self, slot: usize) -> Step<()> {
        self.refuse_with_unreachable_masters("open slots")?;
        self.log(Level::Info, &format!(">>> Fixing open slot {slot}"));
        let masters = self.masters();
        let is_open = |list: &[(usize, String)]| list.iter().any(|(open, _)| *open == slot);
        let migrating: Vec<usize> =
            masters.iter().copied().filter(|at| is_open(&self.nodes[*at].migrating)).collect();
        let mut importing: Vec<usize> =
            masters.iter().copied().filter(|at| is_open(&self.nodes[*at].importing)).collect();
        let owners: Vec<usize> = masters.iter().copied().filter(|at| self.nodes[*at].slots[slot]).collect();
        for at in masters {
            let counts = !owners.contains(&at) && !importing.contains(&at) && !migrating.contains(&at);
            if counts && self.keys_in(at, slot).await? > 0 {
                let addr = self.nodes[at].addr();
                self.log(Level::Warn, &format!("*** Found keys about slot {slot} in node {addr}!"));
                importing.push(at);
            }
        }
        for (list, state) in [(&migrating, "migrating"), (&importing, "importing")] {
            let addrs: Vec<String> = list.iter().map(|at| self.nodes[*at].addr()).collect();
            if !addrs.is_empty() {
                self.line(&format!("Set as {state} in: {}", addrs.join(",")));
            }
        }
        self.close(slot, &owners, &migrating, &importing).await
    }

    async fn close(
        &mut self,
        slot: usize,
        owners: &[usize],
        migrating: &[usize],
        importing: &[usize],
    ) -> Step<()> {
        match (owners, migrating, importing) {
            ([_], [source], [target]) => {
                let (from, to) = (self.nodes[*source].addr(), self.nodes[*target].addr());
                self.log(Level::Info, &format!(">>> Case 1: Moving slot {slot} from {from} to {to}"));
                self.move_slot(*source, *target, slot, How::default()).await
            }
            ([owner], [], [_, ..]) => {
                let addr = self.nodes[*owner].addr();
                self.log(Level::Info, &format!(">>> Case 2: Moving all the {slot} slot keys to its owner {addr}"));
                for from in importing {
                    self.move_slot(*from, *owner, slot, How { quiet: false, cold: true }).await?;
                    let addr = self.nodes[*from].addr();
                    self.log(Level::Info, &format!(">>> Setting {slot} as STABLE in {addr}"));
                    self.must(*from, &["CLUSTER", "SETSLOT", &slot.to_string(), "stable"]).await?;
                }
                Ok(())
            }
            ([owner], [source], []) if owner == source => {
                let addr = self.nodes[*source].addr();
                self.log(Level::Info, &format!(">>> Setting {slot} as STABLE in {addr}"));
                self.must(*source, &["CLUSTER", "SETSLOT", &slot.to_string(), "stable"]).await.map(drop)
            }
            _ => self.fail(&format!(
                "[ERR] Sorry, slot {slot} cannot be fixed without knowing more: {} nodes own it, {} give it away, {} \
                 take it. Look at CLUSTER NODES of each, and close it with CLUSTER SETSLOT.",
                owners.len(),
                migrating.len(),
                importing.len()
            )),
        }
    }

    /// Leaves a slot with the one owner that has most keys.
    pub(super) async fn fix_owners(&mut self, slot: usize, owners: &[usize]) -> Step<()> {
        self.refuse_with_unreachable_masters("slot owners")?;
        let owner = self.fullest(owners, slot).await?;
        self.log(Level::Info, &format!(">>> Fixing multiple owners for slot {slot}..."));
        let addr = self.nodes[owner].addr();
        self.log(Level::Info, &format!(">>> Setting slot {slot} owner: {addr}"));
        if !self.nodes[owner].slots[slot] {
            self.take(owner, slot).await?;
        }
        self.must(owner, &["CLUSTER", "BUMPEPOCH"]).await?;
        for from in owners.iter().copied().filter(|at| *at != owner) {
            self.set_slot(from, owner, slot, "node").await?;
            self.set_slot(from, owner, slot, "importing").await?;
            self.move_slot(from, owner, slot, How { quiet: false, cold: true }).await?;
            self.must(from, &["CLUSTER", "SETSLOT", &slot.to_string(), "stable"]).await?;
        }
        Ok(())
    }
}
