//! What is wrong with a group: a pure function of the facts. Every problem is named together with the
//! command that mends it.
//!
//! A problem that is *bad* makes the group unhealthy (exit code 10); a *warning* is a risk that has
//! not come true yet.

use super::facts::{Following, Group, Live, NodeFacts};
use super::plan::fence;
use super::session::{Fault, NAME_THE_PASSWORD};
use crate::ui::format;

/// How far behind a replica may be, in bytes, where nobody said otherwise.
pub const MAX_LAG_BYTES: u64 = 1 << 20;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something does not work.
    Bad,
    /// Something would not work if.
    Warning,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The node it is about.
    pub node: String,
    /// What is wrong.
    pub what: String,
    /// What to type, or what to do.
    pub mend: Option<String>,
}

impl Problem {
    /// A problem of a node, without a mend.
    pub fn new(severity: Severity, node: &NodeFacts, what: impl Into<String>) -> Problem {
        Problem { severity, node: node.title(), what: what.into(), mend: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn mend(mut self, command: impl Into<String>) -> Problem {
        self.mend = Some(command.into());
        self
    }
}

/// How far a replica is behind its master.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// Bytes of the stream; `None` when the two cannot be compared.
    pub bytes: Option<u64>,
    /// Seconds since the replica was heard of.
    pub seconds: Option<u64>,
}

/// Everything wrong with the group, the worst first.
pub fn problems(group: &Group, max_lag_bytes: u64) -> Vec<Problem> {
    let mut found = Vec::new();
    for facts in &group.nodes {
        match &facts.answer {
            Err(fault) => found.push(silent(group, facts, fault)),
            Ok(live) => {
                found.extend(own_problems(facts, live));
                match live.following() {
                    Some(following) => {
                        found.extend(replica_problems(group, facts, live, following, max_lag_bytes));
                    }
                    None => found.extend(master_problems(group, facts, live)),
                }
            }
        }
    }
    found.sort_by_key(|problem| problem.severity);
    found
}

/// The lag of a replica, from both sides' words: the master's view is up to a second old, the
/// replica's own is fresher.
pub fn lag(group: &Group, facts: &NodeFacts, live: &Live) -> Lag {
    let Some(following) = live.following() else { return Lag::default() };
    let master = following.master.as_ref().and_then(|addr| group.at(addr)).and_then(NodeFacts::live);
    let Some(master) = master else { return Lag { bytes: None, seconds: following.down_seconds } };
    let line = master.replicas().iter().find(|line| facts.is_at(&line.addr));
    let comparable = live.replid == master.replid && !following.syncing;
    let reached = live.offset.max(line.map_or(0, |line| line.offset));
    let seconds =
        if following.link_up { line.and_then(|line| line.lag_seconds) } else { following.down_seconds };
    Lag { bytes: comparable.then(|| master.offset.saturating_sub(reached)), seconds }
}

/// A node that does not answer.
fn silent(group: &Group, facts: &NodeFacts, fault: &Fault) -> Problem {
    let problem = Problem::new(Severity::Bad, facts, format!("does not answer: {}", fault.text()));
    if matches!(fault, Fault::Denied(_)) {
        return Problem::new(Severity::Bad, facts, format!("refuses the login: {}", fault.text()))
            .mend(NAME_THE_PASSWORD);
    }
    let followed =
        |live: &Live| live.following().is_some_and(|f| f.master.as_ref().is_some_and(|m| facts.is_at(m)));
    let orphans = group.answering().filter(|(_, live)| followed(live));
    match orphans.max_by_key(|(_, live)| live.offset) {
        Some((freshest, _)) => problem.mend(format!("rtool promote {}", freshest.node.addr)),
        None => problem.mend("start the server, or look at its log"),
    }
}

/// Problems that a node of either role can have.
fn own_problems(facts: &NodeFacts, live: &Live) -> Vec<Problem> {
    let mut found = Vec::new();
    let bad = |what: &str| Problem::new(Severity::Bad, facts, what);
    if live.loading {
        found.push(bad("is loading its data and answers nothing else yet").mend("wait, then look again"));
    }
    if live.persistence.aof_write_failed {
        found.push(bad("cannot write its append-only file").mend("look at the disk and at the server's log"));
    }
    if live.persistence.save_failed {
        found.push(
            bad("failed to save its last snapshot")
                .mend("look at the disk and at the server's log, then BGSAVE"),
        );
    }
    if live.config_file.is_empty() {
        let what = "runs without a configuration file: its role and settings end with the process";
        found.push(Problem::new(Severity::Warning, facts, what).mend("start it with a configuration file"));
    }
    found
}

fn master_problems(group: &Group, facts: &NodeFacts, live: &Live) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(rival_masters(group, facts, live));
    found.extend(came_back_empty(group, facts, live));
    if fence::behind(live).is_some() {
        let problem = Problem::new(Severity::Bad, facts, "is fenced: it refuses writes");
        found.push(problem.mend(format!("rtool unfence {}", facts.node.addr)));
    }
    if !live.is_persistent() && !live.replicas().is_empty() {
        let what = "is a master without persistence: a restart would empty it and then its replicas";
        let mend = format!(
            "rtool cli -h {} -p {} CONFIG SET appendonly yes",
            facts.node.addr.host, facts.node.addr.port
        );
        found.push(Problem::new(Severity::Warning, facts, what).mend(mend));
    }
    found
}

/// A master that restarted without its data makes its replicas as empty as itself, as soon as they reach it.
fn came_back_empty(group: &Group, facts: &NodeFacts, live: &Live) -> Option<Problem> {
    let holds = |other: &Live| {
        let follows =
            other.following().is_some_and(|f| f.master.as_ref().is_some_and(|addr| facts.is_at(addr)));
        follows && other.keys > 0 && !other.following().is_some_and(|following| following.link_up)
    };
    let (fullest, theirs) = group
        .answering()
        .filter(|(_, other)| live.keys == 0 && holds(other))
        .max_by_key(|(_, other)| other.keys)?;
    let keys = format::count(theirs.keys, "key");
    let what =
        format!("is an empty master, and {} still holds {keys}: stop it before they meet", fullest.title());
    Some(
        Problem::new(Severity::Bad, facts, what)
            .mend(format!("rtool promote {} --even-if-master-alive", fullest.node.addr)),
    )
}

/// Several masters: the one with the most replicas, then the most data, is the one to keep.
fn rival_masters(group: &Group, facts: &NodeFacts, live: &Live) -> Option<Problem> {
    let rivals = group.masters().filter(|(_, other)| other.run_id != live.run_id);
    let names: Vec<String> = rivals.map(|(other, _)| other.title()).collect();
    if names.is_empty() {
        return None;
    }
    let what = format!("is a master, and so is {}", names.join(", "));
    let problem = Problem::new(Severity::Bad, facts, what);
    let (keeper, _) = group.masters().max_by_key(|(_, live)| (live.replicas().len(), live.offset))?;
    Some(match keeper.is_at(&facts.node.addr) {
        true => problem,
        false => {
            let (keep, demote) = (&keeper.node.addr, &facts.node.addr);
            problem.mend(format!("rtool rejoin {demote} --to {keep}"))
        }
    })
}

fn replica_problems(
    group: &Group,
    facts: &NodeFacts,
    live: &Live,
    following: &Following,
    max_lag_bytes: u64,
) -> Vec<Problem> {
    let master = following.master.as_ref().and_then(|addr| group.at(addr));
    let link = if following.link_up { None } else { Some(broken_link(facts, following, master)) };
    let behind = lag(group, facts, live).bytes.filter(|bytes| *bytes > max_lag_bytes).map(|bytes| {
        Problem::new(Severity::Bad, facts, format!("is {} behind its master", format::bytes(bytes)))
            .mend("look at the network and at the replica's load")
    });
    let writable = (!following.read_only).then(|| {
        Problem::new(Severity::Warning, facts, "accepts writes although it is a replica").mend(format!(
            "rtool cli -h {} -p {} CONFIG SET replica-read-only yes",
            facts.node.addr.host, facts.node.addr.port
        ))
    });
    let strangers =
        master.and_then(NodeFacts::live).filter(|master| following.link_up && master.replid != live.replid);
    let lineage = strangers.map(|_| {
        Problem::new(Severity::Bad, facts, "has its link up but holds another history than its master")
            .mend("wait for the synchronisation to end, then look again")
    });
    link.into_iter()
        .chain(behind)
        .chain(writable)
        .chain(lineage)
        .chain(password_problem(facts, live, master))
        .collect()
}

fn broken_link(facts: &NodeFacts, following: &Following, master: Option<&NodeFacts>) -> Problem {
    if following.syncing {
        return Problem::new(Severity::Bad, facts, "is still copying its master's data")
            .mend("wait, then look again");
    }
    let since = following.down_seconds.map_or(String::new(), |seconds| format!(" for {seconds}s"));
    let problem = Problem::new(Severity::Bad, facts, format!("has no link to its master{since}"));
    match master {
        Some(master) if master.live().is_some() => {
            problem.mend(format!("rtool replicate --from {} --to {}", master.node.addr, facts.node.addr))
        }
        _ => problem.mend("mend or replace the master first"),
    }
}

/// A replica whose master's password it does not know follows only until the link breaks.
fn password_problem(facts: &NodeFacts, live: &Live, master: Option<&NodeFacts>) -> Option<Problem> {
    let master = master?;
    let wanted = master.live()?.secret("requirepass")?;
    let known = live.secret("masterauth")?;
    let wrong = !wanted.is_empty() && wanted != known && live.setting("masteruser").is_none_or(str::is_empty);
    wrong.then(|| {
        Problem::new(
            Severity::Bad,
            facts,
            "has another masterauth than its master's password: the next break of the link will last",
        )
        .mend(format!("rtool replicate --from {} --to {}", master.node.addr, facts.node.addr))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Secret;
    use crate::ops::fixtures::{OTHER_HISTORY, Orphan, dead, master, node, refused};

    const LINKED: &str = "master_link_status:up\r\nmaster_last_io_seconds_ago:0\r\n";

    /// The master as it sees a replica at `offset`.
    fn master_of(number: u16, replica: u16, offset: u64, own: u64) -> NodeFacts {
        let line = format!("slave0:ip=10.0.0.1,port={replica},state=online,offset={offset},lag=1\r\n");
        node(
            number,
            "",
            &format!(
                "role:master\r\nmaster_replid:aaaaaaaa\r\nmaster_repl_offset:{own}\r\nconnected_slaves:1\r\n{line}"
            ),
        )
    }

    fn said(nodes: Vec<NodeFacts>) -> Vec<(Severity, String, Option<String>)> {
        let found = problems(&Group { nodes }, 100);
        found.into_iter().map(|problem| (problem.severity, problem.what, problem.mend)).collect()
    }

    #[test]
    fn a_group_in_order_has_no_problems() {
        let replica = Orphan { more: LINKED, ..Orphan::at(2, 950) }.facts();
        assert_eq!(said(vec![master_of(1, 2, 900, 1000), replica]), []);
    }

    #[test]
    fn the_fresher_of_both_views_counts() {
        let replica = Orphan { more: LINKED, ..Orphan::at(2, 950) }.facts();
        let group = Group { nodes: vec![master_of(1, 2, 900, 1000), replica] };
        let (facts, live) = group.answering().nth(1).unwrap();
        assert_eq!(lag(&group, facts, live), Lag { bytes: Some(50), seconds: Some(1) });
    }

    #[test]
    fn what_is_bad_about_a_replica() {
        let replica = |more| Orphan { more, ..Orphan::at(2, 800) }.facts();
        let stranger = Orphan { more: LINKED, history: OTHER_HISTORY, ..Orphan::at(2, 1000) }.facts();
        let table = [
            (replica(LINKED), "200B behind"),
            (replica(""), "no link to its master for 1s"),
            (replica("master_sync_in_progress:1\r\n"), "still copying"),
            (replica("loading:1\r\n"), "is loading"),
            (stranger, "another history"),
        ];
        for (replica, words) in table {
            let found = said(vec![master_of(1, 2, 0, 1000), replica]);
            assert_eq!(found[0].0, Severity::Bad);
            assert!(found.iter().any(|(_, what, _)| what.contains(words)), "{words}: {found:?}");
        }
    }

    #[test]
    fn a_dead_master_is_mended_by_promoting_the_freshest() {
        let nodes = vec![Orphan::at(2, 10).facts(), Orphan::at(3, 20).facts(), dead(1, refused())];
        let found = said(nodes);
        let mend =
            found.iter().find(|(_, what, _)| what.contains("does not answer")).and_then(|row| row.2.clone());
        assert_eq!(mend.as_deref(), Some("rtool promote 10.0.0.1:3"));
    }

    #[test]
    fn of_two_masters_the_one_with_replicas_is_kept() {
        let replica = Orphan { more: LINKED, ..Orphan::at(2, 1000) }.facts();
        let found = said(vec![master_of(1, 2, 1000, 1000), replica, master(3, "", 1, 5000)]);
        let mends: Vec<String> = found.into_iter().filter_map(|(_, _, mend)| mend).collect();
        assert_eq!(mends.len(), 1);
        assert_eq!(mends, ["rtool rejoin 10.0.0.1:3 --to 10.0.0.1:1"]);
    }

    #[test]
    fn an_unknown_masterauth_is_a_problem_before_the_link_breaks() {
        let mut first = master_of(1, 2, 1000, 1000);
        if let Ok(live) = &mut first.answer {
            live.remember("requirepass", Secret::from("x"));
        }
        let replica = Orphan { more: LINKED, ..Orphan::at(2, 1000) }.facts();
        assert!(said(vec![first, replica])[0].1.contains("masterauth"));
    }
}
