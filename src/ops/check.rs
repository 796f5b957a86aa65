//! `rtool check`: what would go wrong in the next incident, each question by its name.
//!
//! ```text
//!  facts --> pure checks: persistence, limits, exposure, writes, control
//!       \--> checks that try something without changing it: reach dials announced addresses, auth logs in
//! ```

use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::facts::{Group, Live, NodeFacts};
use super::health::{Problem, Severity};
use super::persisted::{self, Proof};
use super::plan::{LastingRole, fence};
use super::session::{Fault, Session};
use super::{run, scope, status};
use crate::args::check::CheckArgs;
use crate::client::Secret;
use crate::names::address::Address;
use crate::names::secrets::STRONG_BYTES_MIN;
use crate::names::topology::{Fleet, Node};
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Exit, Style, format};

/// The checks, in the order in which they are run.
const NAMES: [&str; 7] = ["reach", "auth", "persistence", "limits", "exposure", "writes", "control"];

/// Settings in which a replica should be like its master, and what it would mean if not.
const PARITY: [(&str, &str); 4] = [
    ("maxmemory", "after a promotion it would hold less, or evict"),
    ("maxmemory-policy", "after a promotion it would evict other keys"),
    ("repl-backlog-size", "after a promotion replicas would need full copies sooner"),
    ("appendonly", "after a promotion less would survive a restart"),
];

/// What a check found.
type Findings = Vec<Problem>;

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: CheckArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| check(args, console))
}

async fn check(args: CheckArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let (names, targets): (Vec<&str>, Vec<&str>) =
        args.words.iter().map(String::as_str).partition(|word| NAMES.contains(word));
    let group = scope::around(&fleet, &targets, args.talk.node_timeout).await?;
    if group.answering().next().is_none() {
        return Err(status::nobody_answers(&group));
    }
    let wanted = NAMES.into_iter().filter(|name| names.is_empty() || names.contains(name));
    let mut results: Vec<(&str, Findings)> = Vec::new();
    for name in wanted {
        results.push((name, findings(name, &group, args.talk.node_timeout).await));
    }
    let is_bad = results.iter().flat_map(|result| &result.1).any(|found| found.severity == Severity::Bad);
    match args.talk.json {
        true => console.data.json(&document(&results, is_bad))?,
        false => results.iter().try_for_each(|(name, found)| print(name, found, &mut console))?,
    }
    Ok(if is_bad { Exit::UNHEALTHY } else { Exit::DONE })
}

async fn findings(name: &str, group: &Group, limit: Duration) -> Findings {
    match name {
        "reach" => reach(group, limit).await,
        "auth" => auth(group, limit).await,
        "persistence" => each(group, persistence),
        "limits" => limits(group),
        "exposure" => each(group, exposure),
        "writes" => each(group, writes),
        _ => each(group, control),
    }
}

fn each(group: &Group, question: fn(&NodeFacts, &Live) -> Findings) -> Findings {
    group.answering().flat_map(|(facts, live)| question(facts, live)).collect()
}

fn bad(facts: &NodeFacts, what: impl Into<String>) -> Problem {
    Problem::new(Severity::Bad, facts, what)
}

fn warning(facts: &NodeFacts, what: impl Into<String>) -> Problem {
    Problem::new(Severity::Warning, facts, what)
}

/// Nodes that do not answer, and announced addresses at which another server answers, or none.
async fn reach(group: &Group, limit: Duration) -> Findings {
    let mut found: Findings = group
        .nodes
        .iter()
        .filter_map(|facts| {
            Some(bad(facts, format!("does not answer: {}", facts.answer.as_ref().err()?.text())))
        })
        .collect();
    for (facts, live) in group.answering() {
        for line in live.replicas() {
            let known = group.at(&line.addr).and_then(NodeFacts::live);
            if known.is_none() {
                let problem = bad(facts, format!("announces {}, where nobody answers us", line.addr));
                found.push(problem.mend("set replica-announce-ip and replica-announce-port on that replica"));
            }
        }
        found.extend(master_is_reached(facts, live, group, limit).await);
    }
    found
}

/// A replica's own word of whether it reaches its master, where we do.
async fn master_is_reached(
    facts: &NodeFacts,
    live: &Live,
    group: &Group,
    limit: Duration,
) -> Option<Problem> {
    let following = live.following().filter(|following| !following.link_up && !following.syncing)?;
    let master =
        following.master.as_ref().and_then(|addr| group.at(addr)).filter(|master| master.live().is_some())?;
    knock(&master.node, limit).await.ok()?;
    let what = format!("does not reach its master {}, and we do", master.node.addr);
    Some(bad(facts, what).mend(format!("rtool check auth {}", facts.node.addr)))
}

/// Each node's login for masters is tried on each other node.
async fn auth(group: &Group, limit: Duration) -> Findings {
    let mut tries = JoinSet::new();
    for (from, (facts, live)) in group.answering().enumerate() {
        for (to, (other, other_live)) in group.answering().enumerate() {
            if from != to
                && let Some(node) = as_replica(live, other, other_live)
            {
                let (title, target) = (facts.clone(), other.node.addr.clone());
                tries.spawn(async move { (title, target, knock(&node, limit).await.err()) });
            }
        }
    }
    let mut failed: Vec<(NodeFacts, Address, Fault)> =
        tries.join_all().await.into_iter().filter_map(|(from, to, fault)| Some((from, to, fault?))).collect();
    failed.sort_by_key(|row| (row.0.title(), row.1.to_string()));
    let finding = |(from, to, fault): (NodeFacts, Address, Fault)| {
        let what = format!("could not follow {to}: {}", fault.text());
        bad(&from, what).mend(format!(
            "rtool cli -h {} -p {} CONFIG SET masterauth PASSWORD, the password of {to}",
            from.node.addr.host, from.node.addr.port
        ))
    };
    failed.into_iter().map(finding).collect()
}

/// Logs in and is answered.
async fn knock(node: &Node, limit: Duration) -> Result<(), Fault> {
    Session::open(node, limit).await?.words(&["PING"]).await.map(|_| ())
}

/// The other node, with the login that this one would use as its replica; `None` where nobody can tell.
fn as_replica(live: &Live, other: &NodeFacts, other_live: &Live) -> Option<Node> {
    let password = live.secret("masterauth")?;
    let wants_none = other_live.secret("requirepass").is_some_and(Secret::is_empty);
    if wants_none && password.is_empty() {
        return None;
    }
    let user = live.setting("masteruser").filter(|user| !user.is_empty()).map(str::to_owned);
    let password = (!password.is_empty()).then(|| password.clone());
    Some(Node { user, password, ..other.node.clone() })
}

/// What the next start loads, and as what.
fn persistence(facts: &NodeFacts, live: &Live) -> Findings {
    let mut found = Vec::new();
    if !live.is_persistent() {
        let problem = warning(facts, "keeps nothing on disk: a restart empties it");
        let Address { host, port } = &facts.node.addr;
        found.push(problem.mend(format!("rtool cli -h {host} -p {port} CONFIG SET appendonly yes")));
    }
    if live.config_file.is_empty() {
        found.push(warning(facts, "has no configuration file: its role ends with the process"));
        return found;
    }
    if !facts.node.addr.is_local() {
        return found;
    }
    let role = match live.following().and_then(|following| following.master.clone()) {
        Some(master) => LastingRole::ReplicaOf(master),
        None => LastingRole::Master,
    };
    if let Proof::Wrong(what) = persisted::prove(Path::new(&live.config_file), &role) {
        found.push(bad(facts, format!("would start in another role: {what}")));
    }
    found
}

/// Each replica beside its master.
fn limits(group: &Group) -> Findings {
    let mut found = Vec::new();
    for (facts, live) in group.answering() {
        let master = live.following().and_then(|following| group.at(following.master.as_ref()?));
        let Some(master_live) = master.and_then(NodeFacts::live) else { continue };
        for (name, meaning) in PARITY {
            let (Some(ours), Some(theirs)) = (live.setting(name), master_live.setting(name)) else {
                continue;
            };
            if ours != theirs && !(name == "appendonly" && ours == "yes") {
                let what = format!("has {name} \"{ours}\" and its master \"{theirs}\": {meaning}");
                found.push(warning(facts, what));
            }
        }
        let room =
            live.setting("maxmemory").and_then(|value| value.parse::<u64>().ok()).filter(|room| *room > 0);
        if room.is_some_and(|room| room < master_live.memory) {
            let used = format::bytes(master_live.memory);
            found.push(bad(facts, format!("has room for less than the {used} that its master uses")));
        }
    }
    found
}

/// Who could get in.
fn exposure(facts: &NodeFacts, live: &Live) -> Findings {
    let mut found = Vec::new();
    let password = live.secret("requirepass");
    let everywhere = live.setting("bind").is_some_and(|bind| {
        bind.is_empty() || bind.split_whitespace().any(|addr| ["*", "0.0.0.0", "::", "-::*"].contains(&addr))
    });
    match password {
        Some(password)
            if password.is_empty() && everywhere && live.setting("protected-mode") == Some("no") =>
        {
            found.push(bad(facts, "has no password and listens everywhere: whoever reaches it owns it"));
        }
        Some(password) if password.is_empty() => found.push(warning(facts, "has no password")),
        Some(password) if password.expose().len() < STRONG_BYTES_MIN => {
            let what = format!("has a password of less than {STRONG_BYTES_MIN} bytes, which can be guessed");
            found.push(warning(facts, what));
        }
        _ => {}
    }
    if !facts.node.addr.is_loopback() && facts.node.tls.is_none() {
        found.push(warning(facts, "is spoken to in the clear: passwords can be read on the way"));
    }
    found
}

/// When a master stops taking writes; both sides of that trade are said.
fn writes(facts: &NodeFacts, live: &Live) -> Findings {
    if !live.is_master() || live.replicas().is_empty() {
        return Vec::new();
    }
    if fence::behind(live).is_some() {
        return vec![
            bad(facts, "is fenced: it refuses writes").mend(format!("rtool unfence {}", facts.node.addr)),
        ];
    }
    match live.setting(fence::SETTING) {
        Some("0") => vec![warning(
            facts,
            "goes on taking writes when it is cut off from all replicas, and those are lost in a failover; \
             min-replicas-to-write 1 would stop it, and also stop writes whenever no replica is there",
        )],
        _ => Vec::new(),
    }
}

/// Who else decides about roles.
fn control(facts: &NodeFacts, live: &Live) -> Findings {
    let mut found = Vec::new();
    if live.sentinels > 0 {
        let sentinels = format::count(live.sentinels, "Sentinel");
        let problem =
            warning(facts, format!("is watched by {sentinels}, which would undo what is done by hand"));
        found.push(problem.mend("use SENTINEL FAILOVER on a Sentinel"));
    }
    if live.mode == "cluster" {
        found.push(warning(facts, "is part of a Redis Cluster").mend("use CLUSTER FAILOVER on the replica"));
    }
    found
}

fn print(name: &str, found: &Findings, console: &mut Console) -> Result<()> {
    let out = &mut console.data;
    if found.is_empty() {
        let fine = out.paint(Style::Good, "ok");
        return out.line(&format!("{fine}       {name}"));
    }
    for problem in found {
        let label = match problem.severity {
            Severity::Bad => out.paint(Style::Bad, "problem:"),
            Severity::Warning => out.paint(Style::Warn, "warning:"),
        };
        out.line(&format!("{label} {name}: {} {}", problem.node, problem.what))?;
        if let Some(mend) = &problem.mend {
            out.line(&format!("  mend: {mend}"))?;
        }
    }
    Ok(())
}

fn document(results: &[(&str, Findings)], is_bad: bool) -> Json {
    let checks: Vec<Json> = results
        .iter()
        .map(|(name, found)| {
            let found: Vec<Json> = found.iter().map(status::problem_document).collect();
            json!({ "check": name, "ok": found.is_empty(), "found": found })
        })
        .collect();
    json!({ "schema": SCHEMA, "ok": !is_bad, "verb": "check", "checks": checks })
}
