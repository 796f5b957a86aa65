//! Which servers a verb is about: words of the command line become a group that is read, and nodes in it.

use std::time::Duration;

use super::facts::{Group, Live, NodeFacts};
use crate::names::topology::{Fleet, Node};
use crate::ui::error::Result;
use crate::ui::{Error, Kind};

/// Reads the groups around these words: a group's name stands for its nodes, and a node for itself and the
/// group that lists it. Without words, the only group of the topology file.
///
/// # Errors
/// A word means nothing, or a password cannot be had.
pub async fn around(fleet: &Fleet, words: &[&str], limit: Duration) -> Result<Group> {
    let mut nodes: Vec<Node> = Vec::new();
    for word in words {
        match fleet.group(Some(word))? {
            Some(group) => nodes.extend(group.nodes),
            None => {
                let node = fleet.node(word)?;
                let listed = fleet.group_of(&node.addr)?.map(|group| group.nodes).unwrap_or_default();
                nodes.push(node);
                nodes.extend(listed);
            }
        }
    }
    if words.is_empty() {
        nodes.extend(fleet.group(None)?.map(|group| group.nodes).unwrap_or_default());
    }
    if nodes.is_empty() {
        return Err(Error::usage("name a server, or a group of the topology file"));
    }
    Group::read(fleet, nodes, limit).await
}

/// The node of the group that a word means.
///
/// # Errors
/// A usage error when it means none.
pub fn node<'a>(group: &'a Group, fleet: &Fleet, word: &str) -> Result<&'a NodeFacts> {
    let addr = fleet.node(word)?.addr;
    group.at(&addr).ok_or_else(|| Error::usage(format!("{addr} was not read")))
}

/// The group's only master, one node left out of the question.
///
/// # Errors
/// There is none, or more than one.
pub fn sole_master<'a>(group: &'a Group, but: Option<&NodeFacts>) -> Result<&'a NodeFacts> {
    let counts = |facts: &NodeFacts| but.is_none_or(|but| !but.is_at(&facts.node.addr));
    let masters: Vec<(&NodeFacts, &Live)> = group.masters().filter(|(facts, _)| counts(facts)).collect();
    match masters.as_slice() {
        [(only, _)] => Ok(only),
        [] => {
            let what = "no other server that answers is a master";
            Err(Error::new(Kind::Refused, what).hint("name the master, or promote one first"))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(facts, _)| facts.title()).collect();
            let what = format!("there is more than one master: {}", names.join(", "));
            Err(Error::new(Kind::Refused, what).hint("name the one to keep"))
        }
    }
}
