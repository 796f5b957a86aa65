//! Server URIs, as redis-cli reads them, and `unix://PATH`:
//!
//! ```text
//! redis://[[USER:]PASSWORD@][HOST[:PORT]][/DB]      a lone word before @ is the password
//! rediss://...                                      the same over TLS
//! unix://PATH
//! ```
//!
//! User and password are percent-encoded. An error never repeats the URI: it may hold a password.

use std::path::PathBuf;

use crate::client::{Endpoint, Secret};

/// What a URI says; what it leaves out stays as it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Host, port, or path.
    pub host: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Unix socket.
    pub socket: Option<PathBuf>,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// Database.
    pub db: Option<u32>,
    /// Whether the connection is to be secured.
    pub tls: bool,
}

/// Why a URI was refused.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum UriError {
    /// Neither `redis://` nor another known scheme.
    Scheme,
    /// The port is not a number up to 65535.
    Port,
    /// The database is not a number.
    Db,
    /// A percent sign without two hexadecimal digits, or a user that is not UTF-8.
    Encoding,
}

impl std::fmt::Display for UriError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Scheme => "Invalid URI scheme",
            Self::Port => "Invalid server port.",
            Self::Db => "Invalid database number in the URI",
            Self::Encoding => "Illegal character in URI encoding",
        })
    }
}

impl std::error::Error for UriError {}

/// Takes a URI apart.
///
/// # Errors
/// See [`UriError`].
pub fn parse(uri: &str) -> Result<Parts, UriError> {
    let (scheme, rest) = uri.split_once("://").ok_or(UriError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "redis" | "valkey" => parse_tcp(rest),
        "unix" => Ok(Parts { socket: Some(PathBuf::from(rest)), ..Parts::default() }),
        "rediss" | "valkeys" => parse_tcp(rest).map(|parts| Parts { tls: true, ..parts }),
        _ => Err(UriError::Scheme),
    }
}

fn parse_tcp(rest: &str) -> Result<Parts, UriError> {
    let mut parts = Parts::default();
    // The last @ ends the credentials: a password may hold one unescaped.
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, rest),
    };
    if let Some(credentials) = credentials {
        take_credentials(&mut parts, credentials)?;
    }
    let (address, path) = place.split_once('/').unwrap_or((place, ""));
    take_address(&mut parts, address)?;
    let db = path.split('?').next().unwrap_or("");
    if !db.is_empty() {
        parts.db = Some(db.parse().map_err(|_| UriError::Db)?);
    }
    Ok(parts)
}

fn take_credentials(parts: &mut Parts, credentials: &str) -> Result<(), UriError> {
    let (user, password) = match credentials.split_once(':') {
        Some((user, password)) => (user, password),
        None => ("", credentials),
    };
    if !user.is_empty() {
        parts.user = Some(String::from_utf8(percent_decode(user)?).map_err(|_| UriError::Encoding)?);
    }
    parts.password = Some(Secret::new(percent_decode(password)?));
    Ok(())
}

fn take_address(parts: &mut Parts, address: &str) -> Result<(), UriError> {
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    if !host.is_empty() {
        parts.host = Some(host.to_owned());
    }
    if let Some(port) = port {
        parts.port = Some(port.parse().map_err(|_| UriError::Port)?);
    }
    Ok(())
}

/// `%41` to `A`.
fn percent_decode(text: &str) -> Result<Vec<u8>, UriError> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16)).ok_or(UriError::Encoding);
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).map_err(|_| UriError::Encoding)?);
    }
    Ok(out)
}

impl Parts {
    /// The endpoint the URI names, with the defaults of the command line for what it leaves out.
    pub fn endpoint(&self, host: &str, port: u16) -> Endpoint {
        match &self.socket {
            Some(path) => Endpoint::Unix(path.clone()),
            None => Endpoint::tcp(self.host.as_deref().unwrap_or(host), self.port.unwrap_or(port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> Parts {
        parse(uri).unwrap()
    }

    #[test]
    fn a_secured_scheme() {
        assert!(parse("rediss://h:7").unwrap().tls && parse("valkeys://h").unwrap().tls);
        assert!(!parse("redis://h").unwrap().tls);
    }

    #[test]
    fn all_parts() {
        let got = parts("redis://bob:p%40ss@db.example:7000/3");
        assert_eq!(got.user.as_deref(), Some("bob"));
        assert_eq!(got.password, Some(Secret::from("p@ss")));
        assert_eq!(got.endpoint("127.0.0.1", 6379), Endpoint::tcp("db.example", 7000));
        assert_eq!(got.db, Some(3));
    }

    #[test]
    fn a_lone_word_is_the_password() {
        let got = parts("redis://geheim@h");
        assert_eq!((got.user, got.password), (None, Some(Secret::from("geheim"))));
    }

    #[test]
    fn what_is_left_out_stays_default() {
        assert_eq!(parts("redis://"), Parts::default());
        assert_eq!(parts("REDIS:///5").db, Some(5));
        assert_eq!(parts("redis://h/0?timeout=1").db, Some(0));
    }

    #[test]
    fn addresses() {
        assert_eq!(parts("redis://[::1]:1").endpoint("x", 2), Endpoint::tcp("::1", 1));
        assert_eq!(parts("redis://:7").endpoint("x", 2), Endpoint::tcp("x", 7));
        assert_eq!(parts("unix:///run/r.sock").endpoint("x", 2), Endpoint::Unix("/run/r.sock".into()));
    }

    #[test]
    fn refusals() {
        let table = [
            ("http://h", UriError::Scheme),
            ("h:6379", UriError::Scheme),
            ("redis://h:99999", UriError::Port),
            ("redis://h/x", UriError::Db),
            ("redis://a%4@h", UriError::Encoding),
            ("redis://a%zz@h", UriError::Encoding),
        ];
        for (uri, expected) in table {
            assert_eq!(parse(uri), Err(expected), "{uri}");
        }
    }
}
