//! The table of this server's replicas: what INFO, ROLE, WAIT and `min-replicas-to-write` ask, and
//! when a snapshot for those who wait is due. Times are the caller's, in milliseconds.

use std::collections::BTreeMap;

use super::psync::{Capa, Filter, Peer, Phase, Replica, Target};

/// When snapshots for replicas begin, and where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `repl-diskless-sync`.
    pub diskless: bool,
    /// `repl-diskless-sync-delay`, in milliseconds: others may arrive meanwhile.
    pub delay_ms: u64,
    /// `repl-diskless-sync-max-replicas`: as many need not wait; 0 for none.
    pub max_replicas: usize,
}

/// A snapshot that is to begin, or is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Where it goes.
    pub target: Target,
    /// What all of its replicas can do.
    pub capa: Capa,
    /// What is left out of it.
    pub filter: Filter,
    /// The links it is for.
    pub links: Vec<u64>,
}

impl Sync {
    /// True when a replica that asks now may have this snapshot too, which is running: it goes into a
    /// file, holds what the replica wants, and speaks no newer dialect than it understands. The stream
    /// since the snapshot's begin is in the journal for as long as the first of its replicas is there.
    pub fn can_join(&self, peer: &Peer) -> bool {
        self.target == Target::File && self.filter == peer.filter && peer.capa.covers(self.capa)
    }
}

/// All replicas by their connection's id, which is also the order they came in.
#[derive(Debug, Default)]
pub struct Replicas {
    rows: BTreeMap<u64, Replica>,
}

impl Replicas {
    /// No replicas.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a link.
    pub fn add(&mut self, link: u64, replica: Replica) {
        self.rows.insert(link, replica);
    }

    /// Removes a link.
    pub fn remove(&mut self, link: u64) -> Option<Replica> {
        self.rows.remove(&link)
    }

    /// One link.
    pub fn get(&self, link: u64) -> Option<&Replica> {
        self.rows.get(&link)
    }

    /// One link, to change.
    pub fn get_mut(&mut self, link: u64) -> Option<&mut Replica> {
        self.rows.get_mut(&link)
    }

    /// `connected_slaves`: all links, whatever their state.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without any link.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All links in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Replica)> {
        self.rows.iter().map(|(link, replica)| (*link, replica))
    }

    /// WAIT: replicas that have confirmed journal position `offset`.
    pub fn acked(&self, offset: u64) -> usize {
        self.rows.values().filter(|replica| replica.is_online() && replica.ack_offset() >= offset).count()
    }

    /// WAITAOF: replicas whose append-only file has journal position `offset` on disk.
    pub fn facked(&self, offset: u64) -> usize {
        let synced = |replica: &&Replica| replica.is_online() && replica.fack_offset() >= Some(offset);
        self.rows.values().filter(synced).count()
    }

    /// `min-replicas-to-write`: online replicas heard of within `max_lag_s` seconds.
    pub fn good(&self, max_lag_s: u64, now_ms: u64) -> usize {
        self.rows.values().filter(|replica| replica.is_online() && replica.lag_s(now_ms) <= max_lag_s).count()
    }

    /// Links that have been silent for longer than `timeout_ms`.
    pub fn silent(&self, now_ms: u64, timeout_ms: u64) -> Vec<u64> {
        self.iter()
            .filter(|(_, replica)| replica.is_silent(now_ms, timeout_ms))
            .map(|(link, _)| link)
            .collect()
    }

    /// The snapshot that is due now, when none is running: for the first who waits and all who want
    /// the same. A file need not wait for others; a diskless transfer does, for a while.
    pub fn due(&self, policy: Policy, now_ms: u64) -> Option<Sync> {
        let waiting: Vec<_> = self.waiting().collect();
        let filter = waiting.first()?.1.peer.filter;
        let same: Vec<_> = waiting.into_iter().filter(|row| row.1.peer.filter == filter).collect();
        let capa = same.iter().map(|row| row.1.peer.capa).reduce(Capa::common)?;
        let diskless = (policy.diskless || filter.is_set()) && capa.eof;
        let longest = same.iter().map(|row| now_ms.saturating_sub(row.2)).max()?;
        let enough = policy.max_replicas > 0 && same.len() >= policy.max_replicas;
        if diskless && policy.diskless && !enough && longest < policy.delay_ms {
            return None;
        }
        let target = if diskless { Target::Sockets } else { Target::File };
        Some(Sync { target, capa, filter, links: same.iter().map(|row| row.0).collect() })
    }

    /// Links that wait for a snapshot to begin, and since when.
    fn waiting(&self) -> impl Iterator<Item = (u64, &Replica, u64)> {
        self.iter().filter_map(|(link, replica)| match replica.phase() {
            Phase::WaitStart { since_ms } => Some((link, replica, since_ms)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(eof: bool) -> Peer {
        Peer { capa: Capa { eof, psync2: true }, port: 6380, ..Peer::default() }
    }

    fn waiting(eof: bool, now_ms: u64) -> Replica {
        Replica::waiting(peer(eof), "10.0.0.2".to_owned(), false, now_ms)
    }

    fn online(offset: u64, now_ms: u64) -> Replica {
        let mut replica = Replica::continuing(peer(true), "10.0.0.2".to_owned(), now_ms);
        replica.acked(offset, Some(offset / 2), now_ms);
        replica
    }

    const DISKLESS: Policy = Policy { diskless: true, delay_ms: 5000, max_replicas: 0 };

    #[test]
    fn acks_are_counted_by_offset_and_age() {
        let mut table = Replicas::new();
        table.add(1, online(100, 0));
        table.add(2, online(200, 9_000));
        table.add(3, waiting(true, 0));
        assert_eq!([table.acked(100), table.acked(101), table.acked(201)], [2, 1, 0]);
        assert_eq!([table.facked(50), table.facked(100), table.facked(101)], [2, 1, 0]);
        assert_eq!([table.good(10, 10_000), table.good(9, 10_000), table.good(0, 20_000)], [2, 1, 0]);
        assert_eq!(table.silent(60_001, 60_000), [1]);
    }

    #[test]
    fn a_file_is_begun_at_once_and_sockets_wait_for_company() {
        let mut table = Replicas::new();
        assert_eq!(table.due(DISKLESS, 0), None);
        table.add(1, waiting(true, 1000));
        assert_eq!(table.due(DISKLESS, 5999), None);
        let due = table.due(DISKLESS, 6000).unwrap();
        assert_eq!((due.target, due.links), (Target::Sockets, vec![1]));
        assert_eq!(table.due(Policy { max_replicas: 1, ..DISKLESS }, 1000).unwrap().target, Target::Sockets);
        let disk = Policy { diskless: false, ..DISKLESS };
        assert_eq!(table.due(disk, 1000).unwrap().target, Target::File);
        // One that cannot read a mark makes it a file for all, and a file need not wait.
        table.add(2, waiting(false, 2000));
        let due = table.due(DISKLESS, 2000).unwrap();
        assert_eq!((due.target, due.links), (Target::File, vec![1, 2]));
    }

    #[test]
    fn different_wishes_are_served_one_after_the_other() {
        let mut table = Replicas::new();
        let filter = Filter { without_data: true, without_functions: false };
        let filtered = Peer { filter, ..peer(true) };
        table.add(1, Replica::waiting(filtered, String::new(), false, 0));
        table.add(2, waiting(true, 0));
        let disk = Policy { diskless: false, ..DISKLESS };
        let first = table.due(disk, 0).unwrap();
        assert_eq!((first.target, &first.links), (Target::Sockets, &vec![1]), "a filtered copy is no file");
        table.get_mut(1).unwrap().snapshot_begun(first.target);
        assert_eq!(table.due(disk, 0).unwrap().links, [2]);
    }

    #[test]
    fn a_file_may_be_shared_with_whoever_understands_it() {
        let capa = Capa { eof: true, psync2: true };
        let running = Sync { target: Target::File, capa, filter: Filter::default(), links: vec![1] };
        assert!(running.can_join(&peer(true)));
        assert!(!running.can_join(&peer(false)));
        let filter = Filter { without_data: true, without_functions: true };
        assert!(!running.can_join(&Peer { filter, ..peer(true) }));
        assert!(!Sync { target: Target::Sockets, ..running }.can_join(&peer(true)));
    }
}
