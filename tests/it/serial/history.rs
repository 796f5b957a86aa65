//! Checks that transactions ran as if one after the other, each at some moment between its request and its reply
//! (strict serializability), by what they appended to lists and read of them: the idea of Elle (Kingsbury, Alvaro
//! 2020). The final lists say in which order values came, and with what was read that orders the transactions:
//!
//! ```text
//!   A appends 1, B appends 2 behind it   A -> B      C read [1]   A -> C, and C -> B (it has not seen 2)
//!   A's reply came before B was sent     A -> time -> B
//! ```
//!
//! A circle is an anomaly: there is no order in which all of this could have been.

use std::collections::HashMap;

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Appended a value, which nobody else appends anywhere, to a list.
    Append(usize, u64),
    /// Read a list.
    Read(usize, Vec<u64>),
}

/// A transaction as its client has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// When it was sent.
    pub began: u64,
    /// When its reply came; none if it did not: it has happened or not, as a whole.
    pub ended: Option<u64>,
    /// What it did: of one without a reply what it meant to append.
    pub steps: Vec<Step>,
}

/// Checks transactions against what the lists hold in the end.
pub fn check(transactions: &[Transaction], lists: &[Vec<u64>]) -> Result<(), String> {
    let mut graph = Graph::new(transactions, lists)?;
    for (i, transaction) in transactions.iter().enumerate() {
        for step in &transaction.steps {
            if let Step::Read(list, seen) = step {
                graph.add_read(i, *list, seen)?;
            }
        }
    }
    graph.add_time();
    graph.find_circle().map_or(Ok(()), |circle| {
        let told = circle.iter().filter_map(|node| transactions.get(*node)).map(|t| format!("{t:?}"));
        Err(format!("no order explains these:\n{}", told.collect::<Vec<_>>().join("\n")))
    })
}

/// Transactions, then moments: what comes after what.
struct Graph<'t> {
    transactions: &'t [Transaction],
    lists: &'t [Vec<u64>],
    /// Who appended a value.
    writers: HashMap<u64, usize>,
    after: Vec<Vec<usize>>,
}

impl<'t> Graph<'t> {
    fn new(transactions: &'t [Transaction], lists: &'t [Vec<u64>]) -> Result<Graph<'t>, String> {
        let mut writers = HashMap::new();
        for (i, transaction) in transactions.iter().enumerate() {
            for step in &transaction.steps {
                if let Step::Append(_, value) = step {
                    assert!(writers.insert(*value, i).is_none(), "{value} is appended twice by the test");
                }
            }
        }
        let mut graph = Graph { transactions, lists, writers, after: vec![Vec::new(); transactions.len()] };
        graph.check_appends()?;
        for list in lists {
            for pair in list.windows(2) {
                let (one, other) = (graph.writer(pair[0])?, graph.writer(pair[1])?);
                graph.add(one, other);
            }
        }
        Ok(graph)
    }

    fn writer(&self, value: u64) -> Result<usize, String> {
        self.writers.get(&value).copied().ok_or_else(|| format!("nobody has appended {value}"))
    }

    fn add(&mut self, one: usize, other: usize) {
        if one != other {
            self.after[one].push(other);
        }
    }

    /// What was acknowledged is there once, and of what was not, all or nothing.
    fn check_appends(&self) -> Result<(), String> {
        let mut places: HashMap<u64, usize> = HashMap::new();
        for (i, list) in self.lists.iter().enumerate() {
            for value in list {
                if places.insert(*value, i).is_some() {
                    return Err(format!("{value} is there twice"));
                }
            }
        }
        for transaction in self.transactions {
            let appends = transaction.steps.iter().filter_map(|step| match step {
                Step::Append(list, value) => Some(places.get(value) == Some(list)),
                Step::Read(..) => None,
            });
            let there: Vec<bool> = appends.collect();
            let lost = there.contains(&false);
            if lost && (transaction.ended.is_some() || there.contains(&true)) {
                return Err(format!("lost, or done in part: {transaction:?}"));
            }
        }
        Ok(())
    }

    fn add_read(&mut self, reader: usize, list: usize, seen: &[u64]) -> Result<(), String> {
        let all = &self.lists[list];
        if !all.starts_with(seen) {
            return Err(format!("never was in list {list}: {:?}", self.transactions[reader]));
        }
        if let Some(last) = seen.last() {
            let writer = self.writer(*last)?;
            self.add(writer, reader);
        }
        if let Some(next) = all.get(seen.len()) {
            let writer = self.writer(*next)?;
            self.add(reader, writer);
        }
        Ok(())
    }

    /// A chain of moments, one for each reply: a reply comes before its moment, and the moment before whatever
    /// is sent later.
    fn add_time(&mut self) {
        let ended = self.transactions.iter().enumerate().filter_map(|(i, t)| Some((t.ended?, i)));
        let mut ends: Vec<(u64, usize)> = ended.collect();
        ends.sort_unstable();
        let first = self.transactions.len();
        self.after.resize(first + ends.len(), Vec::new());
        for (moment, (_, i)) in ends.iter().enumerate() {
            self.add(*i, first + moment);
            if moment > 0 {
                self.add(first + moment - 1, first + moment);
            }
        }
        for (i, transaction) in self.transactions.iter().enumerate() {
            let before = ends.partition_point(|(end, _)| *end < transaction.began);
            if let Some(moment) = before.checked_sub(1) {
                self.add(first + moment, i);
            }
        }
    }

    /// Takes away whatever has nothing before it; of what is left, a circle.
    fn find_circle(&self) -> Option<Vec<usize>> {
        let mut before = vec![0usize; self.after.len()];
        self.after.iter().flatten().for_each(|node| before[*node] += 1);
        let mut free: Vec<usize> = (0..before.len()).filter(|node| before[*node] == 0).collect();
        let mut left = before.len();
        while let Some(node) = free.pop() {
            left -= 1;
            for next in &self.after[node] {
                before[*next] -= 1;
                if before[*next] == 0 {
                    free.push(*next);
                }
            }
        }
        (left > 0).then(|| self.walk(&before))
    }

    /// Walks backwards among nodes that all have something before them, until one comes again.
    fn walk(&self, before: &[usize]) -> Vec<usize> {
        let mut ahead = vec![Vec::new(); self.after.len()];
        for (node, nexts) in self.after.iter().enumerate().filter(|(node, _)| before[*node] > 0) {
            nexts.iter().for_each(|next| ahead[*next].push(node));
        }
        let mut path: Vec<usize> = before.iter().position(|count| *count > 0).into_iter().collect();
        while let Some(prior) = path.last().and_then(|last| ahead[*last].first()) {
            if let Some(start) = path.iter().position(|node| node == prior) {
                return path.split_off(start);
            }
            path.push(*prior);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(began: u64, ended: u64, steps: &[Step]) -> Transaction {
        Transaction { began, ended: Some(ended), steps: steps.to_vec() }
    }

    fn read(list: usize, seen: &[u64]) -> Step {
        Step::Read(list, seen.to_vec())
    }

    use Step::Append;

    #[test]
    fn what_can_have_happened_is_let_pass() {
        let history = [
            transaction(0, 10, &[Append(0, 1), Append(1, 2)]),
            transaction(0, 10, &[read(0, &[]), Append(1, 3)]),
            transaction(5, 20, &[read(0, &[1]), read(1, &[3, 2])]),
            Transaction { began: 1, ended: None, steps: vec![Append(0, 4), Append(1, 5)] },
            transaction(30, 40, &[Append(0, 6), read(0, &[1, 6]), Append(0, 7)]),
        ];
        assert_eq!(check(&history, &[vec![1, 6, 7], vec![3, 2]]), Ok(()));
        assert_eq!(check(&history[..4], &[vec![1, 4], vec![3, 2, 5]]), Ok(()));
    }

    #[test]
    fn a_lost_or_doubled_value_is_found() {
        let history = [transaction(0, 10, &[Append(0, 1)])];
        for list in [vec![], vec![1, 1], vec![1, 9]] {
            assert!(check(&history, &[list]).is_err());
        }
        let part = [Transaction { began: 0, ended: None, steps: vec![Append(0, 1), Append(1, 2)] }];
        assert!(check(&part, &[vec![1], vec![]]).is_err(), "half of it");
        assert_eq!(check(&part, &[vec![], vec![]]), Ok(()));
    }

    #[test]
    fn a_torn_transaction_is_found() {
        let writer = transaction(0, 10, &[Append(0, 1), Append(1, 2)]);
        let torn = transaction(0, 10, &[read(0, &[1]), read(1, &[])]);
        assert!(check(&[writer.clone(), torn], &[vec![1], vec![2]]).is_err());
        let between = transaction(0, 10, &[Append(0, 3)]);
        let twice = transaction(0, 10, &[Append(0, 1), Append(0, 2)]);
        assert!(check(&[twice, between], &[vec![1, 3, 2]]).is_err());
        assert!(check(&[writer], &[vec![], vec![2]]).is_err());
    }

    #[test]
    fn a_lost_update_and_write_skew_are_found() {
        let both = [
            transaction(0, 10, &[read(0, &[]), Append(0, 1)]),
            transaction(0, 10, &[read(0, &[]), Append(0, 2)]),
        ];
        assert!(check(&both, &[vec![1, 2]]).is_err());
        let skew = [
            transaction(0, 10, &[read(0, &[]), Append(1, 1)]),
            transaction(0, 10, &[read(1, &[]), Append(0, 2)]),
        ];
        assert!(check(&skew, &[vec![2], vec![1]]).is_err());
    }

    #[test]
    fn a_read_of_the_past_is_found() {
        let history = [transaction(0, 10, &[Append(0, 1)]), transaction(11, 20, &[read(0, &[])])];
        assert!(check(&history, &[vec![1]]).is_err());
        let at_once = [transaction(0, 10, &[Append(0, 1)]), transaction(10, 20, &[read(0, &[])])];
        assert_eq!(check(&at_once, &[vec![1]]), Ok(()), "they were under way together");
    }
}
