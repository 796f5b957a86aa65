//! The planners without a socket: groups are built from INFO texts as servers print them, and what is
//! expected is the plan in its own sentences, or the kind of the refusal.

use super::choose::choose;
use super::promote;
use super::replicate;
use crate::client::Secret;
use crate::names::address::Address;
use crate::ops::facts::{Group, NodeFacts};
use crate::ops::fixtures::{OTHER_HISTORY, Orphan, addr, dead, master, node, refused};
use crate::ops::session::Fault;
use crate::ui::{Error, Kind};

use super::{Action, Plan};

fn sentences(plan: Result<Plan, Error>) -> Vec<String> {
    plan.unwrap().steps.iter().map(|step| step.action.sentence()).collect()
}

fn replicate_one(master: &NodeFacts, replica: &NodeFacts) -> Result<Plan, Error> {
    replicate::plan(master, &[replica], &replicate::Options { persist: true, ..Default::default() })
}

#[test]
fn a_fresh_pair() {
    let plan = replicate_one(&master(1, "secret", 5, 10), &master(2, "", 0, 0));
    assert_eq!(
        sentences(plan),
        [
            "on 10.0.0.1:2: set masterauth (not shown)",
            "on 10.0.0.1:2: follow 10.0.0.1:1",
            "wait until 10.0.0.1:2 holds the data of 10.0.0.1:1",
            "on 10.0.0.1:2: write the change into its configuration file",
            "prove that a key written on 10.0.0.1:1 arrives on 10.0.0.1:2",
        ]
    );
}

#[test]
fn a_pair_that_replicates_is_only_proven() {
    let more = "master_link_status:up\r\n";
    let replica = Orphan { more, ..Orphan::at(2, 10) }.facts();
    let steps = replicate_one(&master(1, "", 5, 10), &replica).unwrap().steps;
    assert!(steps.iter().all(|step| !matches!(step.action, Action::Follow { .. } | Action::Set { .. })));
}

#[test]
fn a_password_the_master_does_not_want_is_taken_back() {
    let mut replica = master(2, "", 0, 0);
    if let Ok(live) = &mut replica.answer {
        live.remember("masterauth", Secret::from("old"));
    }
    assert_eq!(
        sentences(replicate_one(&master(1, "", 5, 10), &replica))[0],
        "on 10.0.0.1:2: set masterauth (not shown)"
    );
}

#[test]
fn an_acl_user_is_set_before_its_password() {
    let mut first = master(1, "secret", 5, 10);
    first.node.user = Some("repl".to_owned());
    let steps = sentences(replicate_one(&first, &master(2, "", 0, 0)));
    assert_eq!(
        steps[..2],
        ["on 10.0.0.1:2: set masteruser to \"repl\"", "on 10.0.0.1:2: set masterauth (not shown)"]
    );
}

#[test]
fn what_replicate_refuses() {
    let cluster = node(2, "", "redis_mode:cluster\r\nrole:master\r\n");
    let loading = node(1, "", "role:master\r\nloading:1\r\n");
    let mut watched = master(2, "", 0, 0);
    if let Ok(live) = &mut watched.answer {
        live.sentinels = 3;
    }
    let replica = || Orphan::at(1, 5).facts();
    let table = [
        (master(1, "", 5, 10), master(2, "", 7, 10), Kind::DataLoss),
        (
            master(1, "", 5, 10),
            Orphan { history: OTHER_HISTORY, ..Orphan::at(2, 10) }.facts(),
            Kind::DataLoss,
        ),
        (master(1, "", 5, 10), master(1, "", 5, 10), Kind::Usage),
        (master(1, "", 5, 10), dead(2, refused()), Kind::Unreachable),
        (dead(1, refused()), master(2, "", 0, 0), Kind::Unreachable),
        (replica(), master(2, "", 0, 0), Kind::Refused),
        (master(1, "", 5, 10), cluster, Kind::Refused),
        (master(1, "", 5, 10), watched, Kind::Refused),
        (loading, master(2, "", 0, 0), Kind::Refused),
    ];
    for (first, second, kind) in table {
        let error = replicate_one(&first, &second).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[test]
fn a_loopback_master_is_no_master_for_another_machine() {
    let mut first = master(1, "", 5, 10);
    first.node.addr = Address::new("127.0.0.1", 6379);
    assert_eq!(replicate_one(&first, &master(2, "", 0, 0)).unwrap_err().kind, Kind::Usage);
}

#[test]
fn discard_is_the_only_way_to_lose_keys() {
    let options = replicate::Options { discard: true, ..Default::default() };
    let plan = replicate::plan(&master(1, "", 5, 10), &[&master(2, "", 7, 10)], &options).unwrap();
    let risk = plan.steps.iter().find_map(|step| step.risk.clone()).unwrap();
    assert!(risk.contains("7 keys"), "{risk}");
}

fn promote_second(nodes: Vec<NodeFacts>, options: &promote::Options) -> Result<Plan, Error> {
    let group = Group { nodes };
    promote::plan(&group, group.at(&addr(2)).unwrap(), options)
}

fn persistent() -> promote::Options {
    promote::Options { persist: true, ..Default::default() }
}

#[test]
fn the_usual_night() {
    let nodes = vec![Orphan::at(2, 100).facts(), Orphan::at(3, 90).facts(), dead(1, refused())];
    let plan = promote_second(nodes, &persistent());
    assert_eq!(
        sentences(plan),
        [
            "make sure that 10.0.0.1:1 still does not answer",
            "on 10.0.0.1:2: follow no one and become a master",
            "on 10.0.0.1:2: write the change into its configuration file",
            "prove that 10.0.0.1:2 accepts writes",
            "on 10.0.0.1:3: follow 10.0.0.1:2",
            "wait until 10.0.0.1:3 holds the data of 10.0.0.1:2",
            "on 10.0.0.1:3: write the change into its configuration file",
            "prove that a key written on 10.0.0.1:2 arrives on 10.0.0.1:3",
        ]
    );
}

#[test]
fn what_promote_refuses() {
    let second = |offset| Orphan::at(2, offset).facts();
    let with = |more| Orphan { more, ..Orphan::at(2, 100) }.facts();
    let denied = Fault::Denied("NOAUTH".to_owned());
    let never = Orphan { more: "master_link_down_since_seconds:-1\r\n", ..Orphan::at(2, 1) }.facts();
    let fresh = "master_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n";
    let sibling_with_link = Orphan { more: fresh, ..Orphan::at(3, 100) }.facts();
    let table = [
        (vec![second(100), master(1, "", 5, 100)], Kind::Refused, "answers"),
        (vec![second(100), dead(1, denied)], Kind::Refused, "lives"),
        (vec![second(100), dead(1, refused()), sibling_with_link], Kind::Refused, "heard from"),
        (vec![with(fresh), dead(1, refused())], Kind::Refused, "heard from"),
        (vec![second(100), dead(1, refused()), master(4, "", 1, 1)], Kind::Refused, "a master already"),
        (vec![never, dead(1, refused())], Kind::Refused, "never received"),
        (vec![with("loading:1\r\n"), dead(1, refused())], Kind::Refused, "loading"),
        (vec![with("master_sync_in_progress:1\r\n"), dead(1, refused())], Kind::Refused, "incomplete"),
        (vec![with("slave_priority:0\r\n"), dead(1, refused())], Kind::Refused, "priority 0"),
        (
            vec![with("db0:keys=0\r\n"), Orphan::at(3, 100).facts(), dead(1, refused())],
            Kind::Refused,
            "no keys",
        ),
        (
            vec![second(100), Orphan::at(3, 150).facts(), dead(1, refused())],
            Kind::DataLoss,
            "50 bytes behind",
        ),
        (vec![dead(2, refused()), dead(1, refused())], Kind::Unreachable, "does not answer"),
    ];
    for (nodes, kind, words) in table {
        let error = promote_second(nodes, &persistent()).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_silent_link_does_not_save_a_dead_master() {
    let stale = "master_link_status:up\r\nmaster_last_io_seconds_ago:40\r\n";
    let nodes = vec![Orphan { more: stale, ..Orphan::at(2, 100) }.facts(), dead(1, refused())];
    assert!(promote_second(nodes, &persistent()).is_ok());
}

#[test]
fn a_loss_must_be_accepted_in_full() {
    let nodes = || vec![Orphan::at(2, 100).facts(), Orphan::at(3, 150).facts(), dead(1, refused())];
    let accepting = |bytes| promote::Options { accept_data_loss: bytes, ..persistent() };
    assert_eq!(promote_second(nodes(), &accepting(49)).unwrap_err().kind, Kind::DataLoss);
    let plan = promote_second(nodes(), &accepting(50)).unwrap();
    assert!(plan.steps.iter().any(|step| step.risk.as_ref().is_some_and(|risk| risk.contains("50 bytes"))));
}

#[test]
fn other_histories_are_not_compared_and_not_moved_unasked() {
    let stranger = || Orphan { history: OTHER_HISTORY, ..Orphan::at(3, 9999) }.facts();
    let nodes = || vec![Orphan::at(2, 100).facts(), stranger(), dead(1, refused())];
    let plan = promote_second(nodes(), &persistent()).unwrap();
    assert!(plan.warnings.iter().any(|warning| warning.contains("another history")), "{:?}", plan.warnings);
    let named = promote::Options { repoint: Some(vec![addr(3)]), ..persistent() };
    assert_eq!(promote_second(nodes(), &named).unwrap_err().kind, Kind::DataLoss);
    let discarding = promote::Options { discard: true, ..named };
    assert!(
        sentences(promote_second(nodes(), &discarding))
            .contains(&"on 10.0.0.1:3: follow 10.0.0.1:2".to_owned())
    );
}

#[test]
fn a_living_master_hands_its_settings_on() {
    let mut old = master(1, "", 5, 100);
    let mut second = Orphan { more: "master_link_status:up\r\n", ..Orphan::at(2, 100) }.facts();
    for (facts, appendonly, maxmemory) in [(&mut old, "yes", "100"), (&mut second, "no", "50")] {
        if let Ok(live) = &mut facts.answer {
            live.remember("appendonly", Secret::from(appendonly));
            live.remember("maxmemory", Secret::from(maxmemory));
        }
    }
    let options = promote::Options {
        even_if_master_alive: true,
        settings: vec![("maxmemory".to_owned(), "70".to_owned())],
        ..persistent()
    };
    let plan = promote_second(vec![second, old], &options).unwrap();
    assert!(plan.warnings.iter().any(|warning| warning.contains("two masters")));
    let steps = sentences(Ok(plan));
    assert!(steps.contains(&"on 10.0.0.1:2: set appendonly to \"yes\"".to_owned()), "{steps:?}");
    assert!(steps.contains(&"on 10.0.0.1:2: set maxmemory to \"70\"".to_owned()), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("\"100\"")), "{steps:?}");
}

fn chosen(nodes: Vec<NodeFacts>) -> Result<u16, Error> {
    let group = Group { nodes };
    choose(&group).map(|facts| facts.node.addr.port)
}

#[test]
fn the_most_data_wins_then_the_priority() {
    let with = |number, offset, more| Orphan { more, ..Orphan::at(number, offset) }.facts();
    assert_eq!(
        chosen(vec![with(2, 90, "slave_priority:1\r\n"), with(3, 100, ""), dead(1, refused())]),
        Ok(3)
    );
    assert_eq!(
        chosen(vec![with(2, 100, "slave_priority:1\r\n"), with(3, 100, ""), dead(1, refused())]),
        Ok(2)
    );
    assert_eq!(chosen(vec![with(2, 100, "slave_priority:0\r\n"), with(3, 50, "")]), Ok(3));
    assert_eq!(chosen(vec![with(2, 100, "loading:1\r\n"), with(3, 50, "")]), Ok(3));
}

#[test]
fn without_a_candidate_every_node_has_its_reason() {
    let syncing = Orphan { more: "master_sync_in_progress:1\r\n", ..Orphan::at(2, 100) }.facts();
    let error = chosen(vec![syncing, dead(1, refused()), master(4, "", 1, 1)]).unwrap_err();
    assert_eq!((error.kind, error.causes.len()), (Kind::Refused, 3), "{error}");
    let other = Orphan { history: OTHER_HISTORY, ..Orphan::at(3, 5) }.facts();
    let error = chosen(vec![Orphan::at(2, 100).facts(), other]).unwrap_err();
    assert!(error.message.contains("different histories"), "{error}");
}

#[test]
fn a_finished_promotion_is_only_proven() {
    let promoted = master(2, "", 5, 100);
    let more = "master_port:2\r\nmaster_link_status:up\r\n";
    let nodes = vec![promoted, Orphan { more, ..Orphan::at(3, 100) }.facts()];
    let steps = promote_second(nodes, &persistent()).unwrap().steps;
    assert!(steps.iter().all(|step| !matches!(step.action, Action::Detach { .. } | Action::Follow { .. })));
    assert!(steps.iter().any(|step| matches!(step.action, Action::ProveReplication { .. })));
}

#[test]
fn no_plan_ever_shows_a_password() {
    let plan = replicate_one(&master(1, "hunter2", 5, 10), &master(2, "hunter3", 0, 0)).unwrap();
    let text = format!("{:?} {:?}", plan.to_json(), plan);
    assert!(!text.contains("hunter"), "{text}");
}
