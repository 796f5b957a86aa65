//! `rebalance`: moves slots until each master has its share by weight.

use super::move_slots::How;
use super::node::SLOTS;
use super::reshard::table;
use super::{Failed, Level, Manager, Step};

impl Manager<'_> {
    pub(super) async fn rebalance(&mut self, words: &[String]) -> Step<()> {
        self.load_from_words(words).await?;
        self.read_weights()?;
        let use_empty = self.options().cluster_use_empty_masters;
        let mut involved = self.masters();
        involved.retain(|at| use_empty || self.nodes[*at].slot_count() > 0);
        let total_weight: f64 = involved.iter().map(|at| self.nodes[*at].weight).sum();
        let _ = self.check(true).await;
        if !self.errors.is_empty() {
            return self.fail("*** Please fix your cluster problems before rebalancing");
        }
        if !self.set_balances(&involved, total_weight) {
            let threshold = self.options().cluster_threshold;
            let line =
                format!("*** No rebalancing needed! All nodes are within the {threshold:.2}% threshold.");
            self.log(Level::Warn, &line);
            return Ok(());
        }
        involved.sort_by_key(|at| self.nodes[*at].balance);
        let count = involved.len();
        let line = format!(">>> Rebalancing across {count} nodes. Total weight = {total_weight:.2}");
        self.log(Level::Info, &line);
        if self.args.verbose {
            for at in &involved {
                let line = format!("{} balance is {} slots", self.nodes[*at].addr(), self.nodes[*at].balance);
                self.line(&line);
            }
        }
        self.level(&involved).await
    }

    /// `id=weight`, the id perhaps cut short.
    fn read_weights(&mut self) -> Step<()> {
        for word in self.options().cluster_weight.clone() {
            let Some((id, weight)) =
                word.split_once('=').and_then(|(id, weight)| Some((id, weight.parse().ok()?)))
            else {
                return self.fail(&format!("*** invalid input {word}"));
            };
            let found = self
                .nodes
                .iter()
                .position(|node| node.id.starts_with(&id.to_lowercase()) && !node.is_replica());
            match found {
                Some(at) => self.nodes[at].weight = weight,
                None => return self.fail(&format!("*** No such master node {id}")),
            }
        }
        Ok(())
    }

    /// What each has to give or to get. Whether it is worth it for any.
    fn set_balances(&mut self, involved: &[usize], total_weight: f64) -> bool {
        let threshold = self.options().cluster_threshold;
        let mut reached = false;
        let mut sum = 0;
        for at in involved {
            let node = &mut self.nodes[*at];
            let (owned, share) =
                (node.slot_count(), SLOTS as f64 / total_weight.max(f64::MIN_POSITIVE) * node.weight);
            let expected = share as i64;
            node.balance = owned as i64 - expected;
            sum += node.balance;
            let off = (100.0 - 100.0 * expected as f64 / owned.max(1) as f64).abs();
            reached |= threshold > 0.0 && if owned > 0 { off > threshold } else { expected > 1 };
        }
        // Rounding leaves some over: whoever is to get slots gets one more.
        while sum > 0 && involved.iter().any(|at| self.nodes[*at].balance <= 0) {
            for at in involved {
                if self.nodes[*at].balance <= 0 && sum > 0 {
                    self.nodes[*at].balance -= 1;
                    sum -= 1;
                }
            }
        }
        reached
    }

    /// From those at the end, who give, to those at the beginning, who get.
    async fn level(&mut self, sorted: &[usize]) -> Step<()> {
        let simulate = self.options().cluster_simulate;
        let (mut first, mut last) = (0, sorted.len().saturating_sub(1));
        while first < last {
            let (target, source) = (sorted[first], sorted[last]);
            let wanted = self.nodes[target].balance.abs().min(self.nodes[source].balance.abs());
            if wanted > 0 {
                let line = format!(
                    "Moving {wanted} slots from {} to {}",
                    self.nodes[source].addr(),
                    self.nodes[target].addr()
                );
                self.line(&line);
                let moves = table(&self.slots_of(&[source]), wanted as usize);
                if moves.len() as i64 != wanted {
                    return self.fail("*** Assertion failed: Reshard table != number of slots");
                }
                for (from, slot) in moves {
                    if !simulate {
                        self.move_slot(from, target, slot, How { quiet: true, cold: false }).await?;
                    }
                    self.print("#");
                }
                self.print("\n");
            }
            self.nodes[target].balance += wanted;
            self.nodes[source].balance -= wanted;
            let (target, source) = (self.nodes[target].balance, self.nodes[source].balance);
            if target != 0 && source != 0 {
                return Err(Failed);
            }
            first += usize::from(target == 0);
            last -= usize::from(source == 0);
        }
        Ok(())
    }
}
