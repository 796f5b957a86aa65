//! `rtool.toml`: groups of nodes by name, so that nobody types addresses and passwords at night.
//!
//! ```toml
//! [group.staging]
//! nodes = ["10.8.0.1:6379", { addr = "10.8.0.3:6379", name = "c", zone = "b", priority = 50 }]
//! user = "default"
//! password = { env = "STAGING_REDIS_PASSWORD" }   # or { file = "..." }, { command = "pass show redis" }
//! tls = { ca = "ca.pem" }                         # cert, key, name, insecure; tls = {} trusts whom the system trusts
//! max-lag-bytes = 1048576
//! ```
//!
//! A node of the table form may carry its own `user` and `password`. Every command also works without
//! the file, from addresses; [`Fleet`] is what both ways end in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::address::Address;
use super::profiles::TlsFiles;
use super::secrets::{self, Source};
use crate::args::operator::Login;
use crate::client::{Secret, Tls};
use crate::ui::error::Result;
use crate::ui::{Error, Out};

/// The file's name in the working folder and below the configuration folder.
const FILE_NAME: &str = "rtool.toml";

/// A node as the operator named it, with everything needed to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it listens.
    pub addr: Address,
    /// Short name from the file.
    pub name: Option<String>,
    /// Whom to log in as.
    pub user: Option<String>,
    /// With what.
    pub password: Option<Secret>,
    /// Preference in a choice among equals; 0 is never promoted.
    pub priority: Option<u32>,
    /// How its connections are secured; none is in the clear.
    pub tls: Option<Tls>,
}

/// What the command line and the file say together. Passwords of the file are read only for the group
/// that is asked for: another group's missing variable is no reason to fail.
#[derive(Debug, Default)]
pub struct Fleet {
    groups: BTreeMap<String, FileGroup>,
    user: Option<String>,
    password: Option<Secret>,
    tls: Option<Tls>,
}

/// A group of the file with its secrets resolved.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its name in the file.
    pub name: String,
    /// Its nodes, in the file's order.
    pub nodes: Vec<Node>,
    /// How far behind a replica may be.
    pub max_lag_bytes: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    group: BTreeMap<String, FileGroup>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileGroup {
    nodes: Vec<FileNode>,
    user: Option<String>,
    password: Option<Source>,
    tls: Option<TlsFiles>,
    max_lag_bytes: Option<u64>,
}

/// A node as written: an address, or a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "WrittenNode")]
struct FileNode {
    addr: Address,
    name: Option<String>,
    priority: Option<u32>,
    user: Option<String>,
    password: Option<Source>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenNode {
    Addr(String),
    Table(NodeTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeTable {
    addr: String,
    name: Option<String>,
    #[serde(rename = "zone")]
    _zone: Option<String>,
    priority: Option<u32>,
    user: Option<String>,
    password: Option<Source>,
}

impl TryFrom<WrittenNode> for FileNode {
    type Error = String;

    fn try_from(written: WrittenNode) -> Result<FileNode, String> {
        match written {
            WrittenNode::Addr(addr) => {
                let addr = Address::parse(&addr)?;
                Ok(FileNode { addr, name: None, priority: None, user: None, password: None })
            }
            WrittenNode::Table(NodeTable { addr, name, _zone: _, priority, user, password }) => {
                Ok(FileNode { addr: Address::parse(&addr)?, name, priority, user, password })
            }
        }
    }
}

impl Fleet {
    /// Reads the topology file (if there is one) and the command line's login.
    ///
    /// # Errors
    /// A usage error when the file or a password source is wrong.
    pub fn load(login: &Login, notes: &mut Out) -> Result<Fleet> {
        let mut fleet = match find_file(login)? {
            Some(path) => read_file(&path)?,
            None => Fleet::default(),
        };
        fleet.user.clone_from(&login.user);
        fleet.password = secrets::from_login(login, notes)?;
        fleet.tls = tls_of(login);
        Ok(fleet)
    }

    /// The node meant by an address, a node's name, or `group/name`.
    ///
    /// # Errors
    /// A usage error when it is neither, or its password cannot be had.
    pub fn node(&self, word: &str) -> Result<Node> {
        let (group, name) = word.split_once('/').map_or((None, word), |(group, name)| (Some(group), name));
        let named = |node: &FileNode| node.name.as_deref() == Some(name);
        if let Some(node) = self.find(|key, node| group.is_none_or(|group| group == key) && named(node)) {
            return self.resolve(node.0, node.1);
        }
        let addr = Address::parse(word).map_err(|problem| Error::usage(problem).cause(self.known_names()))?;
        self.at(addr)
    }

    /// The node at an address that some other node told us: its entry of the file, or one with the
    /// command line's login.
    ///
    /// # Errors
    /// A usage error when its password cannot be had.
    pub fn at(&self, addr: Address) -> Result<Node> {
        match self.find(|_, node| node.addr == addr) {
            Some((group, node)) => self.resolve(group, node),
            None => {
                let (user, password) = (self.user.clone(), self.password.clone());
                Ok(Node { addr, name: None, user, password, priority: None, tls: self.tls.clone() })
            }
        }
    }

    /// The group of that name, or the file's only one when no name is given.
    ///
    /// # Errors
    /// A usage error when a password cannot be had.
    pub fn group(&self, name: Option<&str>) -> Result<Option<Group>> {
        let found = match name {
            Some(name) => self.groups.get_key_value(name),
            None if self.groups.len() == 1 => self.groups.iter().next(),
            None => None,
        };
        let Some((name, group)) = found else { return Ok(None) };
        let nodes = group.nodes.iter().map(|node| self.resolve(group, node)).collect::<Result<_>>()?;
        Ok(Some(Group { name: name.clone(), nodes, max_lag_bytes: group.max_lag_bytes }))
    }

    /// The names of the groups, and of the nodes that have one.
    pub fn names(&self) -> Vec<String> {
        let nodes = self.groups.values().flat_map(|group| &group.nodes).filter_map(|node| node.name.clone());
        self.groups.keys().cloned().chain(nodes).collect()
    }

    /// The group that lists this address.
    ///
    /// # Errors
    /// A usage error when a password cannot be had.
    pub fn group_of(&self, addr: &Address) -> Result<Option<Group>> {
        let lists = |group: &FileGroup| group.nodes.iter().any(|node| node.addr == *addr);
        match self.groups.iter().find(|(_, group)| lists(group)) {
            Some((name, _)) => self.group(Some(name)),
            None => Ok(None),
        }
    }

    fn find(&self, wanted: impl Fn(&str, &FileNode) -> bool) -> Option<(&FileGroup, &FileNode)> {
        let mut all = self
            .groups
            .iter()
            .flat_map(|(key, group)| group.nodes.iter().map(move |node| (key, group, node)));
        all.find(|(key, _, node)| wanted(key, node)).map(|(_, group, node)| (group, node))
    }

    /// A node of the file with its login: its own, else its group's, else the command line's.
    fn resolve(&self, group: &FileGroup, node: &FileNode) -> Result<Node> {
        let source = node.password.as_ref().or(group.password.as_ref());
        let password = source.map(Source::read).transpose()?;
        Ok(Node {
            addr: node.addr.clone(),
            name: node.name.clone(),
            user: node.user.clone().or_else(|| group.user.clone()).or_else(|| self.user.clone()),
            password: password.or_else(|| self.password.clone()),
            priority: node.priority,
            tls: group.tls.clone().map(Tls::from).or_else(|| self.tls.clone()),
        })
    }

    fn known_names(&self) -> String {
        match self.groups.is_empty() {
            true => "there is no topology file with names".to_owned(),
            false => {
                let names: Vec<&str> = self.groups.keys().map(String::as_str).collect();
                format!("the topology file knows the groups {}", names.join(", "))
            }
        }
    }
}

/// What the command line says of securing connections.
fn tls_of(login: &Login) -> Option<Tls> {
    let Login { tls, cacert, cert, key, sni, insecure, .. } = login.clone();
    let wanted = tls || cacert.is_some() || cert.is_some() || insecure;
    wanted.then_some(Tls {
        ca_file: cacert,
        ca_folder: None,
        cert,
        key,
        server_name: sni,
        insecure,
        check_name: true,
    })
}

/// The file to read: the one named, or the first that exists.
fn find_file(login: &Login) -> Result<Option<PathBuf>> {
    let named = login.topology.clone().or_else(|| std::env::var_os("RTOOL_TOPOLOGY").map(PathBuf::from));
    if let Some(path) = named {
        return match path.is_file() {
            true => Ok(Some(path)),
            false => Err(Error::usage(format!("the topology file {} does not exist", path.display()))),
        };
    }
    let places =
        [Some(PathBuf::from(FILE_NAME)), super::config_folder().map(|folder| folder.join(FILE_NAME))];
    Ok(places.into_iter().flatten().find(|path| path.is_file()))
}

fn read_file(path: &Path) -> Result<Fleet> {
    let wrong = || Error::usage(format!("the topology file {} is wrong", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong().source(&error))?;
    let file: File = toml::from_str(&text).map_err(|error| wrong().cause(without_excerpt(&error, &text)))?;
    Ok(Fleet { groups: file.group, ..Fleet::default() })
}

/// What the parser says and where, without the line itself: somebody may have written a password there.
pub(super) fn without_excerpt(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(text: &str) -> Result<Fleet> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        read_file(&path)
    }

    const STAGING: &str = r#"
        [group.staging]
        nodes = ["10.8.0.1:6379", { addr = "10.8.0.3", name = "c", zone = "b", priority = 50, password = { command = "echo own" } }]
        user = "ops"
        password = { command = "echo shared" }
        max-lag-bytes = 1024
        tls = { ca = "ca.pem" }
    "#;

    #[test]
    fn the_contracts_example() {
        let fleet = fleet(STAGING).unwrap();
        let group = fleet.group(None).unwrap().unwrap();
        assert_eq!((group.name.as_str(), group.nodes.len(), group.max_lag_bytes), ("staging", 2, Some(1024)));
        assert_eq!(group.nodes[0].password, Some(Secret::from("shared")));
        assert_eq!(group.nodes[0].tls.as_ref().unwrap().ca_file.as_deref(), Some(Path::new("ca.pem")));
        let c = fleet.node("c").unwrap();
        assert_eq!((c.addr.port, c.priority, c.user.as_deref()), (6379, Some(50), Some("ops")));
        assert_eq!(c.password, Some(Secret::from("own")));
        assert_eq!(fleet.node("staging/c").unwrap(), c);
        assert_eq!(fleet.group_of(&Address::new("10.8.0.1", 6379)).unwrap().unwrap().name, "staging");
    }

    #[test]
    fn an_address_needs_no_file() {
        let fleet = Fleet { password: Some(Secret::from("x")), ..Fleet::default() };
        let node = fleet.node("127.0.0.1:7000").unwrap();
        assert_eq!((node.addr.port, node.password), (7000, Some(Secret::from("x"))));
        assert!(fleet.group(None).unwrap().is_none());
        assert_eq!(fleet.node("not an address").unwrap_err().kind, crate::ui::Kind::Usage);
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        for (text, word) in [
            ("[group.a]\nnodes = [\"x y\"]", "not an address"),
            ("[group.a]\nnodes = [\"x\"]\ntls = { cca = \"ca.pem\" }", "line 3"),
            ("[group.a]\nnodes = [\"x\"]\npasswort = \"geheim\"", "line 3"),
            ("[group.a]\nnodes = [\"x\"]\npassword = \"geheim\"", "line 3"),
        ] {
            let error = fleet(text).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }

    #[test]
    fn a_missing_variable_matters_only_to_its_own_group() {
        let text = "[group.a]\nnodes = [\"a\"]\n[group.b]\nnodes = [\"b\"]\npassword = { env = \"RTOOL_NO_SUCH_VARIABLE\" }";
        let fleet = fleet(text).unwrap();
        assert!(fleet.node("a:6379").is_ok());
        let error = fleet.node("b:6379").unwrap_err();
        assert!(error.to_string().contains("RTOOL_NO_SUCH_VARIABLE"));
    }
}
