//! The plan of `promote`: whether this replica may become the master, what that loses, and the steps.
//! Pure.
//!
//! ```text
//!  is the master dead?      our own probe, and every replica's link
//!  may this one be it?      complete, same history, as fresh as every sibling, priority above 0
//!  what is lost?            bytes that a sibling (or the living master) has and this one has not
//!  steps                    silence confirmed -> REPLICAOF NO ONE -> settings -> persisted -> proven
//!                           -> each sibling: password, REPLICAOF, synchronised, persisted, proven
//! ```

use super::{
    Action, LastingRole, Party, Plan, fence, login_of, login_steps, must_answer, refuse_other_controllers,
};
use crate::names::address::Address;
use crate::ops::facts::{Group, Live, NodeFacts};
use crate::ops::session::Fault;
use crate::ui::{Error, Kind, format};

/// A link over which something came this recently is alive, whatever our own probe says: masters ping
/// their replicas every 10 seconds unless told otherwise.
const LINK_FRESH_SECONDS: u64 = 15;

/// A replica that never received anything has one of these offsets.
const OFFSET_NEVER_SYNCED: u64 = 1;

/// Settings that belong to the master's role: what the old master had, the new one gets.
const ROLE_SETTINGS: &[&str] =
    &["appendonly", "save", "maxmemory", "maxmemory-policy", "min-slaves-to-write", "min-slaves-max-lag"];

/// What the operator decided.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Promote although the master lives.
    pub even_if_master_alive: bool,
    /// A living master is not fenced first.
    pub accept_unfenced: bool,
    /// Bytes that may be lost.
    pub accept_data_loss: u64,
    /// What a replica of another history holds may go.
    pub discard: bool,
    /// Settings of the master's role.
    pub settings: Vec<(String, String)>,
    /// Replicas named to be moved; `None` for all that are known.
    pub repoint: Option<Vec<Address>>,
    /// Write configuration files.
    pub persist: bool,
}

/// Makes the plan, or says why not.
///
/// # Errors
/// A reasoned refusal; the kind is the exit code.
pub fn plan(group: &Group, chosen: &NodeFacts, options: &Options) -> Result<Plan, Error> {
    let live = must_answer(chosen)?;
    refuse_other_controllers(chosen, live)?;
    let mut plan = Plan::default();
    let siblings = siblings(group, chosen, options)?;
    if live.is_master() {
        plan.warn(format!("{} is a master already: only what is missing is done", chosen.title()));
    } else {
        check_candidate(group, (chosen, live))?;
        let old = old_master(group, live);
        if let Some((old, old_live)) = old.and_then(|old| Some((old, old.live()?))) {
            refuse_other_controllers(old, old_live)?;
        }
        check_master_is_dead(group, old, options)?;
        let loss = loss(group, old, (chosen, live));
        accept(loss, (chosen, live), options)?;
        add_promotion(&mut plan, old, (chosen, live), loss, options);
    }
    let inherited = old_master(group, live).and_then(NodeFacts::live).map(|old| inherited(old, live));
    add_settings(&mut plan, (chosen, live), &with_inherited(options, inherited.unwrap_or_default()));
    let node = Party::new(chosen, live);
    if options.persist {
        plan.step(Action::Persist { node: node.clone(), role: Some(LastingRole::Master) });
    }
    plan.outcome.insert(0, format!("{} is the master", node.addr()));
    plan.step(Action::ProveWritable { node });
    for sibling in siblings {
        add_sibling(&mut plan, (chosen, live), sibling, options)?;
    }
    Ok(plan)
}

/// The node that the chosen replica follows.
fn old_master<'a>(group: &'a Group, live: &Live) -> Option<&'a NodeFacts> {
    group.at(live.following()?.master.as_ref()?)
}

/// Whether this replica may become the master, whatever the others hold.
///
/// # Errors
/// [`Kind::Refused`] with the reason.
pub fn check_candidate(group: &Group, (facts, live): (&NodeFacts, &Live)) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::new(Kind::Refused, format!("{} {why}", facts.title())));
    let Some(following) = live.following() else { return Ok(()) };
    if live.loading {
        return refused("is still loading its data");
    }
    if following.syncing {
        return refused("is in the middle of copying its master's data: what it holds is incomplete");
    }
    let ever_linked = following.link_up || following.down_seconds.is_some();
    if live.offset <= OFFSET_NEVER_SYNCED && (live.keys == 0 || !ever_linked) && !following.link_up {
        return refused("never received its master's data since it started").map_err(|error| {
            let Address { host, port } = &facts.node.addr;
            error.hint(format!(
                "if its {} are what you want: rtool cli -h {host} -p {port} REPLICAOF NO ONE, then repeat",
                format::count(live.keys, "key")
            ))
        });
    }
    if following.priority == 0 || facts.node.priority == Some(0) {
        return refused("has priority 0: it is not meant to be promoted").map_err(|error| {
            error.hint(format!(
                "rtool cli -h {} -p {} CONFIG SET replica-priority 100",
                facts.node.addr.host, facts.node.addr.port
            ))
        });
    }
    let full = group.answering().find(|(_, other)| live.keys == 0 && !other.is_master() && other.keys > 0);
    if let Some((other, _)) = full {
        return refused("holds no keys, and another replica does")
            .map_err(|error| error.hint(format!("rtool promote {}", other.node.addr)));
    }
    Ok(())
}

fn check_master_is_dead(group: &Group, old: Option<&NodeFacts>, options: &Options) -> Result<(), Error> {
    if options.even_if_master_alive {
        return Ok(());
    }
    let alive = |why: String| {
        Err(Error::new(Kind::Refused, why).hint("if it must be so, repeat with --even-if-master-alive"))
    };
    if let Some(old) = old {
        match &old.answer {
            Ok(_) => return alive(format!("the master {} answers", old.title())),
            Err(Fault::Denied(_)) => {
                return alive(format!("the master {} lives: it answers, and refuses our login", old.title()));
            }
            Err(_) => {}
        }
    }
    let named = |facts: &NodeFacts| options.repoint.iter().flatten().any(|addr| facts.is_at(addr));
    if let Some((other, _)) = group.masters().find(|(facts, _)| !named(facts)) {
        return alive(format!("{} is a master already", other.title()));
    }
    match group.answering().find_map(|(facts, live)| Some((facts, fresh_link(live)?))) {
        Some((facts, seconds)) => {
            alive(format!("{} heard from the master {seconds}s ago: only we cannot reach it", facts.title()))
        }
        None => Ok(()),
    }
}

/// How long ago something came over a link that is up; `None` for a link that is down or silent.
fn fresh_link(live: &Live) -> Option<u64> {
    let following = live.following().filter(|following| following.link_up)?;
    following.last_io_seconds.filter(|seconds| *seconds <= LINK_FRESH_SECONDS)
}

/// Do the two nodes' offsets count the same stream?
pub fn same_stream(a: &Live, b: &Live) -> bool {
    a.replid == b.replid || a.replid == b.replid2 || a.replid2 == b.replid
}

/// The most bytes that anybody who answers has beyond the chosen one, and who that is.
fn loss<'a>(
    group: &'a Group,
    old: Option<&'a NodeFacts>,
    (chosen, live): (&NodeFacts, &Live),
) -> Option<(&'a NodeFacts, u64)> {
    let others = group.answering().filter(|(facts, other)| {
        !facts.is_at(&chosen.node.addr)
            && same_stream(live, other)
            && (!other.is_master() || old.is_some_and(|old| old.is_at(&facts.node.addr)))
    });
    let ahead = others.map(|(facts, other)| (facts, other.offset.saturating_sub(live.offset)));
    ahead.filter(|(_, bytes)| *bytes > 0).max_by_key(|(_, bytes)| *bytes)
}

fn accept(
    loss: Option<(&NodeFacts, u64)>,
    (chosen, _): (&NodeFacts, &Live),
    options: &Options,
) -> Result<(), Error> {
    match loss {
        Some((ahead, bytes)) if bytes > options.accept_data_loss => Err(Error::new(
            Kind::DataLoss,
            format!("{} is {bytes} bytes behind {}: they would be lost", chosen.title(), ahead.title()),
        )
        .hint(format!("rtool promote {}, or repeat with --accept-data-loss {bytes}", ahead.node.addr))),
        _ => Ok(()),
    }
}

fn add_promotion(
    plan: &mut Plan,
    old: Option<&NodeFacts>,
    (chosen, live): (&NodeFacts, &Live),
    loss: Option<(&NodeFacts, u64)>,
    options: &Options,
) {
    match old {
        Some(old) if old.live().is_some() => fence_living(plan, old, options),
        Some(old) if matches!(old.answer, Err(Fault::Unreachable(_) | Fault::Unknown(_))) => {
            plan.step(Action::ConfirmSilence { master: old.node.clone() });
        }
        _ => {}
    }
    plan.risky_step(Action::Detach { node: Party::new(chosen, live) }, loss_sentence(old, live, loss));
    if live.keys == 0 {
        plan.warn(format!("{} holds no keys", chosen.title()));
    }
    if let Some(old) = old {
        let back = format!("when {0} returns: rtool rejoin {0} --to {1}", old.node.addr, chosen.node.addr);
        plan.outcome.push(back);
    }
}

/// A master that lives and cannot be asked to hand over is made to refuse writes first, as far as it lets us.
fn fence_living(plan: &mut Plan, old: &NodeFacts, options: &Options) {
    let Some(live) = old.live().filter(|live| live.is_master()) else { return };
    if options.accept_unfenced || fence::add(plan, old, live).is_err() {
        plan.warn(format!("{} still accepts writes: stop it, or there are two masters", old.title()));
        return;
    }
    plan.step(Action::ProveFenced { node: Party::new(old, live) });
    plan.warn(format!(
        "{} is fenced and stays a master: two masters, of which one takes writes",
        old.title()
    ));
}

fn loss_sentence(old: Option<&NodeFacts>, live: &Live, loss: Option<(&NodeFacts, u64)>) -> String {
    if let Some((ahead, bytes)) = loss {
        return format!("{} that {} has are lost", format::count(bytes, "byte"), ahead.title());
    }
    if old.is_some_and(|old| old.live().is_some()) {
        return "nothing that is known of, but what the master accepts from now on is lost".to_owned();
    }
    let since = live.following().and_then(|following| following.down_seconds);
    let since = since.map_or(String::new(), |seconds| format!(" (its link broke {seconds}s ago)"));
    format!(
        "0 bytes that any reachable server has; what the dead master accepted after offset {}{since} is lost, \
         and how much that is nobody can say",
        live.offset
    )
}

/// What the old master is set to and the new one is not. Persistence is only ever turned on.
pub fn inherited(old: &Live, live: &Live) -> Vec<(String, String)> {
    let before_the_fence = fence::behind(old).map(|value| value.to_string());
    let differing = ROLE_SETTINGS.iter().filter_map(|name| {
        let (mut theirs, ours) = (old.setting(name)?, live.setting(name)?);
        if *name == fence::SETTING {
            theirs = before_the_fence.as_deref().unwrap_or(theirs);
        }
        let weakens = *name == "appendonly" && theirs != "yes" || *name == "save" && theirs.is_empty();
        (theirs != ours && !weakens).then(|| ((*name).to_owned(), theirs.to_owned()))
    });
    differing.collect()
}

/// The operator's settings win over the old master's.
pub fn with_inherited(options: &Options, inherited: Vec<(String, String)>) -> Vec<(String, String)> {
    let chosen = &options.settings;
    let unspoken = inherited.into_iter().filter(|(name, _)| chosen.iter().all(|(said, _)| said != name));
    unspoken.chain(chosen.iter().cloned()).collect()
}

/// Adds the settings of the master's role.
pub fn add_settings(plan: &mut Plan, (chosen, live): (&NodeFacts, &Live), settings: &[(String, String)]) {
    let node = Party::new(chosen, live);
    for (name, value) in settings {
        let secret = ["requirepass", "masterauth"].contains(&name.as_str());
        plan.step(Action::Set {
            node: node.clone(),
            name: name.clone(),
            value: value.as_str().into(),
            secret,
        });
        if turns_on_aof(name, value) {
            plan.step(Action::AwaitAppendOnly { node: node.clone() });
        }
    }
    if !live.is_persistent() && !settings.iter().any(|(name, value)| turns_on_aof(name, value)) {
        let what = "keeps nothing on disk: add --set appendonly=yes, or a restart empties the group";
        plan.warn(format!("{} {what}", chosen.title()));
    }
}

fn turns_on_aof(name: &str, value: &str) -> bool {
    name == "appendonly" && value.eq_ignore_ascii_case("yes")
}

/// The replicas to move.
fn siblings<'a>(
    group: &'a Group,
    chosen: &NodeFacts,
    options: &Options,
) -> Result<Vec<&'a NodeFacts>, Error> {
    match &options.repoint {
        Some(named) => named.iter().map(|addr| named_sibling(group, chosen, addr)).collect(),
        None => Ok(group
            .answering()
            .filter(|(facts, live)| !facts.is_at(&chosen.node.addr) && is_left_behind(group, live, chosen))
            .map(|(facts, _)| facts)
            .collect()),
    }
}

/// A replica whose master is the chosen one's old master, the chosen one already, or nobody who answers.
fn is_left_behind(group: &Group, live: &Live, chosen: &NodeFacts) -> bool {
    let Some(master) = live.following().and_then(|following| following.master.as_ref()) else { return false };
    let old = chosen.live().and_then(Live::following).and_then(|following| following.master.as_ref());
    let same_master =
        old.is_some_and(|old| old == master || group.at(old).is_some_and(|old| old.is_at(master)));
    same_master || chosen.is_at(master) || group.at(master).is_none_or(|master| master.live().is_none())
}

fn named_sibling<'a>(group: &'a Group, chosen: &NodeFacts, addr: &Address) -> Result<&'a NodeFacts, Error> {
    let facts = group.at(addr).ok_or_else(|| Error::usage(format!("{addr} was not read")))?;
    must_answer(facts)?;
    match facts.is_at(&chosen.node.addr) {
        true => Err(Error::usage(format!("{addr} cannot be both promoted and repointed"))),
        false => Ok(facts),
    }
}

/// Adds what makes a sibling follow the chosen one.
///
/// # Errors
/// It does not answer, is somebody else's, or holds another history.
pub fn add_sibling(
    plan: &mut Plan,
    (chosen, chosen_live): (&NodeFacts, &Live),
    sibling: &NodeFacts,
    options: &Options,
) -> Result<(), Error> {
    let live = must_answer(sibling)?;
    refuse_other_controllers(sibling, live)?;
    let is_foreign = live.keys > 0 && (live.is_master() || !same_stream(live, chosen_live));
    if is_foreign && !options.discard {
        if options.repoint.is_none() {
            let what =
                "has another history and is left alone: name it with --repoint and --discard to move it";
            plan.warn(format!("{} {what}", sibling.title()));
            return Ok(());
        }
        let what = format!("has another history; moving it deletes its {}", format::count(live.keys, "key"));
        return Err(Error::new(Kind::DataLoss, format!("{} {what}", sibling.title()))
            .hint("save a copy, then repeat with --discard"));
    }
    let (node, master) = (Party::new(sibling, live), Party::new(chosen, chosen_live));
    login_steps(plan, &node, live, login_of(chosen, chosen_live, None));
    let follows =
        live.following().is_some_and(|f| f.link_up && f.master.as_ref().is_some_and(|m| chosen.is_at(m)));
    let follow = Action::Follow { node: node.clone(), master: master.clone() };
    match (follows, is_foreign) {
        (true, _) => {}
        (false, false) => plan.step(follow),
        (false, true) => {
            let keys = format::count(live.keys, "key");
            plan.risky_step(follow, format!("{keys} of another history that {} holds", sibling.title()));
        }
    }
    plan.step(Action::AwaitSync { node: node.clone(), master: master.clone() });
    if options.persist {
        let role = Some(LastingRole::ReplicaOf(master.addr().clone()));
        plan.step(Action::Persist { node: node.clone(), role });
    }
    let read_only = live.following().is_none_or(|following| following.read_only);
    plan.outcome.push(format!("{} follows {}", node.addr(), master.addr()));
    plan.step(Action::ProveReplication { master, replica: node, read_only });
    Ok(())
}
