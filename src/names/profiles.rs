//! Profiles: how a person uses a server, by name. They stand in the user's own file only, never in the folder
//! one happens to be in: a profile decides which commands are safe.
//!
//! ```toml
//! [profile.prod]
//! address = "10.8.0.1:6379"            # or a list: the first that answers; unix:///run/redis.sock works too
//! user = "ops"
//! password = { command = "pass show redis/prod" }     # or { env = "..." }, { file = "..." }
//! db = 0
//! tls = { ca = "ca.pem" }              # cert, key, name, insecure
//! env = "prod"                         # at prod, dangerous commands ask one step earlier
//! colour = "red"                       # of the prompt; prod is red by itself
//! read-only = true                     # refuse what writes
//! confirm = "always"                   # or "default", "never"
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::secrets::Source;
use super::{config_folder, topology};
use crate::client::Tls;
use crate::ui::Error;
use crate::ui::error::Result;

/// The file's name in the user's folder.
const FILE_NAME: &str = "config.toml";

/// The environment name that makes dangerous commands ask earlier.
const PRODUCTION: &str = "prod";

/// When dangerous commands ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confirm {
    /// By how much they could destroy.
    #[default]
    Default,
    /// Every command that writes.
    Always,
    /// Never.
    Never,
}

/// Colours of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// What production is.
    Red,
    /// A warning.
    Yellow,
    /// Safe.
    Green,
    /// As good as any other.
    Blue,
}

/// A profile as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Profile {
    /// Where the server is.
    pub address: Option<Addresses>,
    /// Whom to log in as.
    pub user: Option<String>,
    /// Where the password is.
    pub password: Option<Source>,
    /// How the connection is secured; none is in the clear.
    pub tls: Option<TlsFiles>,
    /// The database to use.
    pub db: Option<u32>,
    /// What kind of place it is, such as `prod`.
    pub env: Option<String>,
    /// The prompt's colour.
    #[serde(alias = "color")]
    pub colour: Option<Colour>,
    /// Whether commands that write are refused.
    pub read_only: bool,
    /// When dangerous commands ask.
    pub confirm: Confirm,
}

/// `tls = { ca = "ca.pem" }`; `tls = {}` trusts whom the system trusts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TlsFiles {
    /// Trusted roots.
    pub ca: Option<PathBuf>,
    /// Our own certificate.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The name in the server's certificate.
    pub name: Option<String>,
    /// Whether nothing is checked.
    pub insecure: bool,
}

impl From<TlsFiles> for Tls {
    fn from(written: TlsFiles) -> Tls {
        let TlsFiles { ca, cert, key, name, insecure } = written;
        Tls { ca_file: ca, ca_folder: None, cert, key, server_name: name, insecure, check_name: true }
    }
}

/// The addresses of a profile, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Addresses {
    /// The only one.
    One(String),
    /// In the order in which they are tried.
    Several(Vec<String>),
}

impl Profile {
    /// Its addresses, in the order in which they are tried.
    pub fn addresses(&self) -> Vec<&str> {
        match &self.address {
            None => vec!["127.0.0.1:6379"],
            Some(Addresses::One(one)) => vec![one],
            Some(Addresses::Several(all)) => all.iter().map(String::as_str).collect(),
        }
    }

    /// Whether it is a place where mistakes cost most.
    pub fn is_production(&self) -> bool {
        self.env.as_deref() == Some(PRODUCTION)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    profile: BTreeMap<String, Profile>,
}

/// The file that profiles are read from: `$RTOOL_CONFIG`, else `config.toml` in the user's folder.
pub fn path() -> Option<PathBuf> {
    let named = std::env::var_os("RTOOL_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| config_folder().map(|folder| folder.join(FILE_NAME)))
}

/// All profiles by name; none if there is no file.
///
/// # Errors
/// The file cannot be read or understood.
pub fn load() -> Result<BTreeMap<String, Profile>> {
    let Some(path) = path().filter(|path| path.is_file()) else { return Ok(BTreeMap::new()) };
    let wrong = || Error::usage(format!("the profile file {} is wrong", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| wrong().source(&error))?;
    parse(&text).map_err(|cause| wrong().cause(cause))
}

fn parse(text: &str) -> Result<BTreeMap<String, Profile>, String> {
    let file: File = toml::from_str(text).map_err(|error| topology::without_excerpt(&error, text))?;
    Ok(file.profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_defaults() {
        let all = parse(
            "[profile.prod]\naddress = [\"a:1\", \"b\"]\nenv = \"prod\"\nread-only = true\n\
             password = { env = \"X\" }\n[profile.dev]\n",
        )
        .unwrap();
        assert_eq!(all["prod"].addresses(), ["a:1", "b"]);
        assert!(all["prod"].is_production() && all["prod"].read_only);
        assert_eq!(all["dev"].addresses(), ["127.0.0.1:6379"]);
        assert_eq!((all["dev"].confirm, all["dev"].is_production()), (Confirm::Default, false));
    }

    #[test]
    fn a_password_is_not_repeated() {
        let error = parse("[profile.p]\npassword = \"geheim\"\n").unwrap_err();
        assert!(error.contains("line 2") && !error.contains("geheim"), "{error}");
        assert!(parse("[profile.p]\nunknown = 1\n").is_err());
    }
}
