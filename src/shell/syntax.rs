//! The syntax of one command as a tree, from the catalog or from a server's COMMAND DOCS, and as text.
//!
//! ```text
//! SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|...|KEEPTTL]
//!     |   |     |             |
//!     Key Other OneOf of two  OneOf of Integers with tokens
//! ```
//!
//! A server knows commands of modules and of later versions; the catalog knows ours when there is no server.

use super::face::Face;
use crate::catalog::{Arg, ArgKind, Command};
use crate::resp::value::Value;

/// Levels of blocks within blocks that are read from a server.
const DEPTH_MAX: usize = 16;

/// What fits in the place of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key's name.
    Key,
    /// Digits.
    Integer,
    /// A number.
    Double,
    /// Nothing but its token.
    PureToken,
    /// One of the children.
    OneOf,
    /// All children in order.
    Block,
    /// Any word.
    Other,
}

/// One argument.
#[derive(Clone, Debug)]
pub struct Part {
    /// The word in front of it.
    pub token: Option<String>,
    /// The name to show.
    pub shown: String,
    /// What it is.
    pub kind: Kind,
    /// May be left out.
    pub optional: bool,
    /// May be given several times.
    pub multiple: bool,
    /// The token is repeated with it.
    pub multiple_token: bool,
    /// Of a block, or of a choice.
    pub children: Vec<Part>,
}

/// The first major version of Redis that redis-cli 7.2 knows nothing of.
const UNKNOWN_TO_STRICT: u32 = 8;

/// The arguments of a command of the catalog; in the strict face only those that redis-cli knows.
pub fn of(command: &Command, face: Face) -> Vec<Part> {
    parts(command.args, face)
}

fn parts(args: &[Arg], face: Face) -> Vec<Part> {
    args.iter().filter(|arg| !face.is_strict() || !is_later(arg)).map(|arg| part(arg, face)).collect()
}

fn is_later(arg: &Arg) -> bool {
    let major = arg.since.and_then(|since| since.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= UNKNOWN_TO_STRICT)
}

fn part(arg: &Arg, face: Face) -> Part {
    Part {
        token: arg.token.map(str::to_owned),
        shown: arg.shown().to_owned(),
        kind: match arg.kind {
            ArgKind::Key(_) => Kind::Key,
            ArgKind::Integer | ArgKind::UnixTime => Kind::Integer,
            ArgKind::Double => Kind::Double,
            ArgKind::PureToken => Kind::PureToken,
            ArgKind::OneOf => Kind::OneOf,
            ArgKind::Block => Kind::Block,
            ArgKind::String | ArgKind::Pattern(_) => Kind::Other,
        },
        optional: arg.optional,
        multiple: arg.multiple,
        multiple_token: arg.multiple_token,
        children: parts(arg.children, face),
    }
}

/// What a server says of a command and of its subcommands: names as they are typed, in small letters.
pub fn of_docs(reply: &Value) -> Vec<(String, Vec<Part>)> {
    let mut found = Vec::new();
    for (name, facts) in pairs(reply) {
        let Some(name) = name.as_str() else { continue };
        found.push((name.replace('|', " ").to_ascii_lowercase(), arguments(facts, DEPTH_MAX)));
        if let Some(subcommands) = field(facts, "subcommands") {
            found.extend(of_docs(subcommands));
        }
    }
    found
}

fn arguments(facts: &Value, depth: usize) -> Vec<Part> {
    let list = field(facts, "arguments").and_then(Value::as_list).unwrap_or_default();
    if depth == 0 { Vec::new() } else { list.iter().map(|facts| documented(facts, depth - 1)).collect() }
}

fn documented(facts: &Value, depth: usize) -> Part {
    let text = |name| field(facts, name).and_then(Value::as_str);
    let flags = field(facts, "flags").and_then(Value::as_list).unwrap_or_default();
    let is = |flag: &str| flags.iter().any(|value| value.as_str() == Some(flag));
    Part {
        token: text("token").map(str::to_owned),
        shown: text("display_text").or_else(|| text("name")).unwrap_or_default().to_owned(),
        kind: match text("type") {
            Some("key") => Kind::Key,
            Some("integer" | "unix-time") => Kind::Integer,
            Some("double") => Kind::Double,
            Some("pure-token") => Kind::PureToken,
            Some("oneof") => Kind::OneOf,
            Some("block") => Kind::Block,
            _ => Kind::Other,
        },
        optional: is("optional"),
        multiple: is("multiple"),
        multiple_token: is("multiple_token"),
        children: arguments(facts, depth),
    }
}

/// A map in either protocol.
fn pairs(map: &Value) -> Vec<(&Value, &Value)> {
    match map {
        Value::Map(pairs) => pairs.iter().map(|pair| (&pair.0, &pair.1)).collect(),
        other => {
            let list = other.as_list().unwrap_or_default();
            list.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect()
        }
    }
}

fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    pairs(map).into_iter().find(|pair| pair.0.as_str() == Some(name)).map(|pair| pair.1)
}

impl Part {
    /// The fixed words it can begin with.
    pub fn first_words(&self) -> Vec<String> {
        match &self.token {
            Some(token) => vec![token.clone()],
            None => self.value_words(),
        }
    }

    /// The fixed words its value can begin with.
    pub fn value_words(&self) -> Vec<String> {
        match self.kind {
            Kind::OneOf => self.children.iter().flat_map(Part::first_words).collect(),
            Kind::Block => self.children.first().map(Part::first_words).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Whether it begins with a key's name, its token aside.
    pub fn value_is_key(&self) -> bool {
        match self.kind {
            Kind::Key => true,
            Kind::Block => {
                self.children.first().is_some_and(|first| first.token.is_none() && first.value_is_key())
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn a_server_that_documents_a_module_is_understood() {
        let text = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        let list = |items: Vec<Value>| Value::Array(items);
        let argument = list(vec![
            text("name"),
            text("n"),
            text("type"),
            text("integer"),
            text("token"),
            text("COUNT"),
            text("flags"),
            list(vec![text("optional"), text("multiple")]),
        ]);
        let sub = list(vec![text("arguments"), list(vec![argument])]);
        let docs = list(vec![
            text("mod.do"),
            list(vec![text("summary"), text("s"), text("subcommands"), list(vec![text("mod.do|it"), sub])]),
        ]);
        let found = of_docs(&docs);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0.as_str(), found[0].1.len()), ("mod.do", 0));
        assert_eq!(found[1].0, "mod.do it");
        let part = &found[1].1[0];
        assert_eq!(
            (part.token.as_deref(), part.kind, part.optional, part.multiple),
            (Some("COUNT"), Kind::Integer, true, true)
        );
    }

    #[test]
    fn every_command_of_the_catalog_is_a_tree() {
        for command in catalog::all() {
            let parts = of(command, Face::Own);
            assert_eq!(parts.len(), command.args.len(), "{}", command.full_name);
        }
    }
}
