//! `rtool topology`: who follows whom, as a tree.
//!
//! ```text
//! 10.8.0.1:6379 master, 3 keys
//! |- 10.8.0.2:6379 replica, link up
//! |  `- 10.8.0.4:6379 replica, link up
//! `- 10.8.0.3:6379 replica, link down for 12s
//! ```

use serde_json::{Value as Json, json};

use super::facts::{Group, Live, NodeFacts};
use super::{run, scope, status};
use crate::args::topology::TopologyArgs;
use crate::names::address::Address;
use crate::names::topology::Fleet;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Exit, Out, Style, format};

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: TopologyArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| topology(args, console))
}

async fn topology(args: TopologyArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let words: Vec<&str> = args.targets.iter().map(String::as_str).collect();
    let group = scope::around(&fleet, &words, args.talk.node_timeout).await?;
    if group.answering().next().is_none() {
        return Err(status::nobody_answers(&group));
    }
    let trees = trees(&group);
    match args.talk.json {
        true => console.data.json(&json!({ "schema": SCHEMA, "ok": true, "trees": documents(&trees) }))?,
        false => trees.iter().try_for_each(|tree| print(tree, "", "", &mut console.data))?,
    }
    let sound = trees.len() == 1 && trees[0].facts.and_then(NodeFacts::live).is_some_and(Live::is_master);
    Ok(if sound { Exit::DONE } else { Exit::UNHEALTHY })
}

/// A server and those that follow it.
struct Tree<'a> {
    addr: Address,
    facts: Option<&'a NodeFacts>,
    below: Vec<Tree<'a>>,
}

/// The servers that follow nobody, each with its tree; then those whose master nobody could read; then rings.
fn trees(group: &Group) -> Vec<Tree<'_>> {
    let mut placed: Vec<&Address> = Vec::new();
    let follows_nobody = |facts: &&NodeFacts| facts.live().is_none_or(Live::is_master);
    let mut found: Vec<Tree<'_>> =
        group.nodes.iter().filter(follows_nobody).map(|facts| grow(group, facts, &mut placed)).collect();
    for facts in &group.nodes {
        let Some(master) = master_of(facts).filter(|master| group.at(master).is_none()) else { continue };
        let tree = grow(group, facts, &mut placed);
        match found.iter_mut().find(|tree| tree.facts.is_none() && tree.addr == *master) {
            Some(stray) => stray.below.push(tree),
            None => found.push(Tree { addr: master.clone(), facts: None, below: vec![tree] }),
        }
    }
    for facts in &group.nodes {
        if !placed.contains(&&facts.node.addr) {
            found.push(grow(group, facts, &mut placed));
        }
    }
    found
}

fn master_of(facts: &NodeFacts) -> Option<&Address> {
    facts.live()?.following()?.master.as_ref()
}

/// A node with its followers; each node grows once, so that servers which follow each other end.
fn grow<'a>(group: &'a Group, facts: &'a NodeFacts, placed: &mut Vec<&'a Address>) -> Tree<'a> {
    placed.push(&facts.node.addr);
    let mut below = Vec::new();
    for other in &group.nodes {
        let follows = master_of(other).is_some_and(|master| facts.is_at(master));
        if follows && !placed.contains(&&other.node.addr) {
            below.push(grow(group, other, placed));
        }
    }
    Tree { addr: facts.node.addr.clone(), facts: Some(facts), below }
}

/// One line per server; the branches of those below are drawn in ASCII, which every terminal shows.
fn print(tree: &Tree<'_>, first: &str, rest: &str, out: &mut Out) -> Result<()> {
    let (words, style) = description(tree);
    let title = tree.facts.map_or_else(|| tree.addr.to_string(), NodeFacts::title);
    let words = match style {
        Some(style) => out.paint(style, &words),
        None => words,
    };
    out.line(&format!("{first}{title} {words}"))?;
    let last = tree.below.len().saturating_sub(1);
    for (at, child) in tree.below.iter().enumerate() {
        let (branch, trunk) = if at == last { ("`- ", "   ") } else { ("|- ", "|  ") };
        print(child, &format!("{rest}{branch}"), &format!("{rest}{trunk}"), out)?;
    }
    Ok(())
}

fn description(tree: &Tree<'_>) -> (String, Option<Style>) {
    let Some(facts) = tree.facts else { return ("not read".to_owned(), Some(Style::Bad)) };
    let live = match &facts.answer {
        Ok(live) => live,
        Err(fault) => return (format!("unreachable: {}", fault.text()), Some(Style::Bad)),
    };
    match live.following() {
        None => (format!("master, {}", format::count(live.keys, "key")), None),
        Some(following) if following.syncing => ("replica, synchronising".to_owned(), Some(Style::Warn)),
        Some(following) if following.link_up => ("replica, link up".to_owned(), None),
        Some(following) => {
            let since = following.down_seconds.map_or(String::new(), |seconds| format!(" for {seconds}s"));
            (format!("replica, link down{since}"), Some(Style::Bad))
        }
    }
}

fn documents(trees: &[Tree<'_>]) -> Vec<Json> {
    let document = |tree: &Tree<'_>| {
        let live = tree.facts.and_then(NodeFacts::live);
        json!({
            "addr": tree.addr.to_string(),
            "name": tree.facts.and_then(|facts| facts.node.name.clone()),
            "answers": live.is_some(),
            "role": live.map(|live| if live.is_master() { "master" } else { "replica" }),
            "link": live.and_then(Live::following).map(|f| if f.link_up { "up" } else { "down" }),
            "run_id": live.map(|live| live.run_id.clone()),
            "replicas": documents(&tree.below),
        })
    };
    trees.iter().map(document).collect()
}
