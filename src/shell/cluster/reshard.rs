//! `reshard`: a number of slots from some masters to one.

use super::move_slots::How;
use super::node::SLOTS;
use super::{Manager, Step};

/// Which slots to take from which of the sources: each gives by what it has, the biggest rounds up.
pub fn table(sources: &[(usize, Vec<usize>)], wanted: usize) -> Vec<(usize, usize)> {
    let total: usize = sources.iter().map(|source| source.1.len()).sum();
    let mut sorted: Vec<&(usize, Vec<usize>)> = sources.iter().collect();
    sorted.sort_by_key(|source| std::cmp::Reverse(source.1.len()));
    let mut moved = Vec::new();
    for (rank, (node, slots)) in sorted.into_iter().enumerate() {
        let share = wanted as f64 / total.max(1) as f64 * slots.len() as f64;
        let share = if rank == 0 { share.ceil() } else { share.floor() } as usize;
        let room = wanted - moved.len();
        moved.extend(slots.iter().take(share.min(room)).map(|slot| (*node, *slot)));
    }
    moved
}

impl Manager<'_> {
    pub(super) async fn reshard(&mut self, words: &[String]) -> Step<()> {
        self.load_from_words(words).await?;
        // What is wrong is said by the check; here it only counts.
        let _ = self.check(false).await;
        if !self.errors.is_empty() {
            return self.refuse("*** Please fix your cluster problems before resharding");
        }
        let slots = self.wanted_slots();
        let target = self.target_node()?;
        let sources = self.source_nodes(target)?;
        if sources.is_empty() {
            return self.refuse("*** No source nodes given, operation aborted.");
        }
        self.line(&format!("\nReady to move {slots} slots.\n  Source nodes:"));
        for at in &sources {
            let info = self.nodes[*at].info(4);
            self.line(&info);
        }
        let info = self.nodes[target].info(4);
        self.line(&format!("  Destination node:\n{info}\n  Resharding plan:"));
        let moves = table(&self.slots_of(&sources), slots);
        for (source, slot) in &moves {
            let id = self.nodes[*source].id.clone();
            self.line(&format!("    Moving slot {slot} from {id}"));
        }
        if !self.options().cluster_yes {
            self.print("Do you want to proceed with the proposed reshard plan (yes/no)? ");
            if self.read_line() != "yes" {
                return Err(super::Failed);
            }
        }
        for (source, slot) in moves {
            self.move_slot(source, target, slot, How::default()).await?;
        }
        Ok(())
    }

    /// The slots that each of the nodes owns.
    pub(super) fn slots_of(&self, nodes: &[usize]) -> Vec<(usize, Vec<usize>)> {
        let owned = |at: usize| (0..SLOTS).filter(|slot| self.nodes[at].slots[*slot]).collect();
        nodes.iter().map(|at| (*at, owned(*at))).collect()
    }

    fn wanted_slots(&mut self) -> usize {
        let mut slots = self.options().cluster_slots;
        let mut tries = 0;
        while !(1..=SLOTS).contains(&slots) && tries < QUESTIONS_MAX {
            self.print(&format!("How many slots do you want to move (from 1 to {SLOTS})? "));
            slots = self.read_line().parse().unwrap_or(0);
            tries += 1;
        }
        slots.min(SLOTS)
    }

    fn target_node(&mut self) -> Step<usize> {
        let id = match self.options().cluster_to.clone() {
            Some(id) => id,
            None => {
                self.print("What is the receiving node ID? ");
                self.read_line()
            }
        };
        self.master_by_id(&id)
    }

    fn master_by_id(&mut self, id: &str) -> Step<usize> {
        match self.by_id(id).filter(|at| !self.nodes[*at].is_replica()) {
            Some(at) => Ok(at),
            None => self
                .fail(&format!("*** The specified node ({id}) is not known or not a master, please retry.")),
        }
    }

    fn source_nodes(&mut self, target: usize) -> Step<Vec<usize>> {
        let words: Vec<String> = match self.options().cluster_from.clone() {
            Some(from) => from.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            None => self.ask_for_sources(),
        };
        if words.iter().any(|word| word == "all") {
            return Ok(self.masters().into_iter().filter(|at| *at != target).collect());
        }
        let mut sources = Vec::new();
        for id in words {
            let at = self.master_by_id(&id)?;
            if at == target {
                self.log(super::Level::Bad, "*** It is not possible to use the target node as source node.");
                continue;
            }
            sources.push(at);
        }
        Ok(sources)
    }

    fn ask_for_sources(&mut self) -> Vec<String> {
        self.line("Please enter all the source node IDs.");
        self.line("  Type 'all' to use all the nodes as source nodes for the hash slots.");
        self.line("  Type 'done' once you entered all the source nodes IDs.");
        let mut ids = Vec::new();
        while ids.len() < QUESTIONS_MAX {
            self.print(&format!("Source node #{}: ", ids.len() + 1));
            match self.read_line().as_str() {
                "done" | "" => break,
                "all" => return vec!["all".to_owned()],
                id => ids.push(id.to_owned()),
            }
        }
        ids
    }
}

/// Most answers to one question.
const QUESTIONS_MAX: usize = 1000;

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn each_gives_by_what_it_has() {
        let sources = [(0, (0..10).collect()), (1, (10..40).collect())];
        let moved = table(&sources, 4);
        assert_eq!(moved, [(1, 10), (1, 11), (1, 12), (0, 0)]);
        assert_eq!(table(&sources, 1), [(1, 10)]);
        assert_eq!(table(&[(7, vec![3])], 1), [(7, 3)]);
        assert_eq!(table(&sources, 40).len(), 40);
    }
}
