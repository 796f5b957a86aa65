//! The planners on thousands of random groups: whatever the facts, a plan keeps the rules, or there is none.
//!
//! ```text
//! a group     up to six nodes: masters, replicas of any of them or of nobody, dead, fenced, watched, half synchronised
//! the rules   no replica that lacks something is promoted unless that was accepted, nobody follows itself or in a
//!             circle, nobody's keys go without a risk that says so, whoever somebody else controls is left alone
//! ```

use proptest::prelude::*;

use super::{Action, Plan, fence, promote, rejoin, repoint, switchover};
use crate::names::address::Address;
use crate::ops::facts::{Group, Live, NodeFacts};
use crate::ops::fixtures::{HISTORY, OTHER_HISTORY, dead, node, refused};
use crate::ui::Error;

/// What a random node is made of.
#[derive(Debug, Clone)]
struct Made {
    answers: bool,
    /// Whom it follows: a number that may be its own, or nobody's.
    follows: Option<u16>,
    link_up: bool,
    syncing: bool,
    loading: bool,
    offset: u64,
    keys: u64,
    other_history: bool,
    priority: u32,
    sentinels: u64,
}

fn made() -> impl Strategy<Value = Made> {
    let flags =
        (prop::bool::weighted(0.8), any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let numbers = (
        0u64..5,
        0u64..3,
        prop::sample::select(vec![100u32, 100, 0, 50]),
        prop::sample::select(vec![0u64, 0, 0, 0, 1]),
    );
    (flags, prop::option::weighted(0.7, 1u16..8), prop::bool::weighted(0.2), numbers).prop_map(
        |(
            (answers, link_up, syncing, loading),
            follows,
            other_history,
            (offset, keys, priority, sentinels),
        )| Made {
            answers,
            follows,
            link_up,
            syncing,
            loading,
            offset: offset * 100,
            keys,
            other_history,
            priority,
            sentinels,
        },
    )
}

fn facts(number: u16, made: &Made) -> NodeFacts {
    if !made.answers {
        return dead(number, refused());
    }
    let history = if made.other_history { OTHER_HISTORY } else { HISTORY };
    let role = match made.follows {
        None => format!("role:master\r\nmaster_repl_offset:{}\r\n", made.offset),
        Some(master) => format!(
            "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:{master}\r\nslave_repl_offset:{}\r\n\
             master_link_status:{}\r\nmaster_link_down_since_seconds:5\r\nslave_priority:{}\r\n\
             master_sync_in_progress:{}\r\nslave_read_only:1\r\n",
            made.offset,
            if made.link_up { "up" } else { "down" },
            made.priority,
            u8::from(made.syncing),
        ),
    };
    let more = format!(
        "master_replid:{history}\r\nloading:{}\r\ndb0:keys={}\r\n",
        u8::from(made.loading),
        made.keys
    );
    let mut facts = node(number, "", &format!("{role}{more}"));
    if let Ok(live) = &mut facts.answer {
        live.sentinels = made.sentinels;
        live.remember(fence::SETTING, "0".into());
    }
    facts
}

fn group() -> impl Strategy<Value = Group> {
    prop::collection::vec(made(), 2..7).prop_map(|all| {
        let mut group = Group::default();
        all.iter().zip(1..).for_each(|(made, number)| group.add(facts(number, made)));
        group
    })
}

/// What every plan keeps.
fn keeps_the_rules(group: &Group, plan: &Plan) {
    let live_at = |addr: &Address| group.at(addr).and_then(NodeFacts::live);
    for party in plan.parties() {
        let live = live_at(party.addr()).expect("only who answers is touched");
        assert_eq!(live.run_id, party.run_id);
        assert_eq!(live.sentinels, 0, "whoever a Sentinel controls is left alone");
    }
    let mut follows: Vec<(Address, Address)> = Vec::new();
    for step in &plan.steps {
        match &step.action {
            Action::Follow { node, master } => {
                assert_ne!(node.run_id, master.run_id);
                follows.push((node.addr().clone(), master.addr().clone()));
                let (ours, theirs) = (live_at(node.addr()).unwrap(), live_at(master.addr()).unwrap());
                let foreign = ours.keys > 0 && !promote::same_stream(ours, theirs);
                assert!(!foreign || step.risk.is_some(), "keys go without a word");
            }
            Action::Detach { node } => {
                let live = live_at(node.addr()).unwrap();
                let link = live.following().expect("a replica is promoted");
                assert!(!live.loading && !link.syncing && step.risk.is_some());
            }
            _ => {}
        }
    }
    for (node, master) in &follows {
        assert!(!follows.contains(&(master.clone(), node.clone())), "two follow each other");
    }
}

/// Nobody who answers and shares the history has more.
fn is_freshest(group: &Group, chosen: &Live) -> bool {
    let others =
        group.answering().filter(|(_, other)| !other.is_master() && promote::same_stream(chosen, other));
    others.into_iter().all(|(_, other)| other.offset <= chosen.offset)
}

/// The plan for each node in turn.
fn each(group: &Group, plan: impl Fn(&NodeFacts) -> Result<Plan, Error>) -> Vec<(&NodeFacts, Plan)> {
    let all = group.nodes.iter().filter_map(|facts| Some((facts, plan(facts).ok()?))).collect::<Vec<_>>();
    all.iter().for_each(|(_, plan)| keeps_the_rules(group, plan));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_promotion_keeps_the_rules(group in group(), forced in any::<bool>()) {
        let options = promote::Options { persist: true, even_if_master_alive: forced, ..Default::default() };
        for (facts, plan) in each(&group, |facts| promote::plan(&group, facts, &options)) {
            let live = facts.live().unwrap();
            if !live.is_master() {
                prop_assert!(is_freshest(&group, live), "bytes are lost that nobody accepted");
                prop_assert!(live.following().unwrap().priority > 0);
                prop_assert!(forced || group.masters().count() == 0, "two masters that nobody asked for");
            }
            let proven = plan.steps.iter().any(|step| matches!(step.action, Action::ProveWritable { .. }));
            prop_assert!(proven);
        }
    }

    #[test]
    fn a_switchover_keeps_the_rules(group in group()) {
        let options = switchover::Options::default();
        for (facts, plan) in each(&group, |facts| switchover::plan(&group, facts, &options)) {
            let swaps = plan.steps.iter().filter(|step| matches!(step.action, Action::HandOver { .. })).count();
            prop_assert_eq!(swaps, usize::from(!facts.live().unwrap().is_master()));
            prop_assert_eq!(group.masters().count(), 1);
        }
    }

    #[test]
    fn a_repoint_keeps_the_rules(group in group(), discard in any::<bool>()) {
        let options = promote::Options { discard, ..Default::default() };
        for master in &group.nodes {
            each(&group, |facts| {
                let named = promote::Options { repoint: Some(vec![facts.node.addr.clone()]), ..options.clone() };
                repoint::plan(&group, master, &[facts], &named)
            });
        }
    }

    #[test]
    fn a_rejoin_keeps_the_rules(group in group(), copied in any::<bool>()) {
        let copy = if copied { rejoin::Copy::To("copy".into()) } else { rejoin::Copy::Nowhere };
        let options = rejoin::Options { copy, master_user: None, persist: true };
        for new in &group.nodes {
            for (old, plan) in each(&group, |old| rejoin::plan(old, new, &options)) {
                let (ours, theirs) = (old.live().unwrap(), new.live().unwrap());
                let alone = rejoin::divergence(ours, theirs) != rejoin::Divergence::Nothing;
                let follow = plan.steps.iter().position(|step| matches!(step.action, Action::Follow { .. }));
                let saved = plan.steps.iter().position(|step| matches!(step.action, Action::SaveCopy { .. }));
                if let Some(follow) = follow.filter(|_| alone) {
                    prop_assert!(saved.is_some_and(|saved| saved < follow), "what only it holds is saved first");
                }
                prop_assert!(theirs.keys > 0 || ours.keys == 0, "nobody is emptied by an empty master");
            }
        }
    }

    #[test]
    fn a_fence_comes_down_to_what_was(before in 0u64..100) {
        let mut facts = node(1, "", "role:master\r\n");
        if let Ok(live) = &mut facts.answer {
            live.remember(fence::SETTING, before.to_string().as_str().into());
        }
        let value = |plan: Plan| plan.steps.iter().find_map(|step| match &step.action {
            Action::Set { name, value, .. } if name == fence::SETTING => Some(String::from_utf8_lossy(value.expose()).into_owned()),
            _ => None,
        });
        let fenced = value(fence::plan(&facts, false).unwrap()).unwrap();
        if let Ok(live) = &mut facts.answer {
            live.remember(fence::SETTING, fenced.as_str().into());
        }
        prop_assert_eq!(fence::behind(facts.live().unwrap()), Some(before));
        prop_assert_eq!(value(fence::lift(&facts, &[], false).unwrap()), Some(before.to_string()));
    }
}
