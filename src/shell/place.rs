//! A server by name: `rtool cli prod`, `rtool cli @prod GET key`. A profile of that name comes first, then a
//! group or node of `rtool.toml`. A word that is a command is one; with `@` it never is.

use crate::args::operator::Login;
use crate::catalog;
use crate::client::{Endpoint, Secret, Tls};
use crate::names::address::Address;
use crate::names::profiles::{self, Profile};
use crate::names::topology::{Fleet, Node};
use crate::shell::uri;
use crate::ui::{Error, Out, Result};

use std::ffi::OsString;

/// A server that was called by its name.
#[derive(Debug, Default)]
pub struct Place {
    /// The name.
    pub name: Option<String>,
    /// Where it may be, in order.
    pub endpoints: Vec<Endpoint>,
    /// Whom to log in as there, by the topology file.
    pub user: Option<String>,
    /// With what.
    pub password: Option<Secret>,
    /// How its connections are secured, by the topology file.
    pub tls: Option<Tls>,
    /// How it is used.
    pub profile: Profile,
}

impl Place {
    /// How connections to it are secured, if they are.
    pub fn security(&self) -> Option<Tls> {
        self.tls.clone().or_else(|| self.profile.tls.clone().map(Tls::from))
    }
}

/// The server that the first word names, if it does; the word is taken away.
///
/// # Errors
/// A file with names cannot be read, or `@name` is not in any.
pub fn named(words: &mut Vec<OsString>) -> Result<Option<Place>> {
    let Some(first) = words.first().and_then(|word| word.to_str()) else { return Ok(None) };
    let marked = first.strip_prefix('@');
    let is_word = first.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if marked.is_none() && (!is_word || catalog::lookup(first.as_bytes()).is_some()) {
        return Ok(None);
    }
    let found = find(marked.unwrap_or(first))?;
    match (&found, marked) {
        (Some(_), _) => drop(words.remove(0)),
        (None, Some(name)) => return Err(unknown(name)),
        (None, None) => {}
    }
    Ok(found)
}

/// The server of this name.
///
/// # Errors
/// A file with names cannot be read.
pub fn find(name: &str) -> Result<Option<Place>> {
    if let Some(profile) = profiles::load()?.remove(name) {
        let endpoints = profile.addresses().into_iter().map(endpoint).collect::<Result<_>>()?;
        return Ok(Some(Place { name: Some(name.to_owned()), endpoints, profile, ..Place::default() }));
    }
    let fleet = fleet()?;
    if let Some(group) = fleet.group(Some(name))? {
        let first = group.nodes.first();
        let login = first.map(|node| (node.user.clone(), node.password.clone(), node.tls.clone()));
        let (user, password, tls) = login.unwrap_or_default();
        let endpoints = group.nodes.iter().map(|node| node.addr.endpoint()).collect();
        let name = Some(name.to_owned());
        return Ok(Some(Place { name, endpoints, user, password, tls, ..Place::default() }));
    }
    if !fleet.names().iter().any(|known| known == name.rsplit('/').next().unwrap_or(name)) {
        return Ok(None);
    }
    let node = fleet.node(name)?;
    let endpoints = vec![node.addr.endpoint()];
    let name = Some(name.to_owned());
    let Node { user, password, tls, .. } = node;
    Ok(Some(Place { name, endpoints, user, password, tls, ..Place::default() }))
}

/// All names there are.
///
/// # Errors
/// A file with names cannot be read.
pub fn names() -> Result<Vec<String>> {
    Ok(profiles::load()?.into_keys().chain(fleet()?.names()).collect())
}

/// The error for a name nobody knows.
pub fn unknown(name: &str) -> Error {
    let known = names().unwrap_or_default().join(", ");
    let known =
        if known.is_empty() { "there are no names yet".to_owned() } else { format!("known: {known}") };
    Error::usage(format!("no profile, group or node is named '{name}'")).cause(known)
}

fn fleet() -> Result<Fleet> {
    // Its passwords come from the file: nothing is asked for here.
    let (mut silent, _) = Out::captured();
    Fleet::load(&Login::default(), &mut silent)
}

/// A written address: `host:port`, or a URI.
///
/// # Errors
/// It is neither.
pub fn endpoint(text: &str) -> Result<Endpoint> {
    if text.contains("://") {
        let parts =
            uri::parse(text).map_err(|error| Error::usage("a server's address is wrong").source(&error))?;
        return Ok(parts.endpoint("127.0.0.1", 6379));
    }
    let address =
        Address::parse(text).map_err(|problem| Error::usage("a server's address is wrong").cause(problem))?;
    Ok(address.endpoint())
}
