//! What to connect to and as whom: one plain record, so that a connection can be made again exactly
//! as it was.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Secret, Tls};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A host name or address, and a port.
    Tcp {
        /// Host name, IPv4 or IPv6 address (without brackets).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A unix socket's path.
    Unix(PathBuf),
}

impl Endpoint {
    /// A TCP endpoint.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::Tcp { host: host.into(), port }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(out, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(out, "{host}:{port}"),
            Self::Unix(path) => write!(out, "{}", path.display()),
        }
    }
}

/// The protocol version asked for when connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// RESP2, what every server speaks unasked: no HELLO is sent, so servers older than 6.0 work.
    #[default]
    Resp2,
    /// RESP3 by `HELLO 3`; a server that refuses it is an error.
    Resp3,
    /// RESP3 by `HELLO 3` where the server has it, RESP2 where it refuses.
    Resp3IfPossible,
}

/// Which addresses of a host name are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Any, in the system's order.
    #[default]
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

/// Everything needed to make one connection, and to make it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where the server listens.
    pub endpoint: Endpoint,
    /// How the connection is secured; none sends everything in the clear.
    pub tls: Option<Tls>,
    /// Which kind of address a host name is looked up for.
    pub family: Family,
    /// ACL user; without one the password is that of the default user.
    pub user: Option<String>,
    /// Password; without one no AUTH is sent.
    pub password: Option<Secret>,
    /// Database to SELECT; 0 sends nothing.
    pub db: u32,
    /// Protocol version to ask for.
    pub protocol: Protocol,
    /// Longest wait for the connection and its handshake; none waits as long as the system does.
    pub connect_timeout: Option<Duration>,
    /// Longest wait for one reply (and for writing one request); none waits for ever.
    pub io_timeout: Option<Duration>,
    /// Connection name for CLIENT LIST; a server that does not know CLIENT SETNAME is not an error.
    pub name: Option<String>,
}

impl Target {
    /// A target without credentials, in database 0, RESP2, without time limits.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            tls: None,
            family: Family::Any,
            user: None,
            password: None,
            db: 0,
            protocol: Protocol::Resp2,
            connect_timeout: None,
            io_timeout: None,
            name: None,
        }
    }

    /// A TCP target; see [`Target::new`].
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::new(Endpoint::tcp(host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Target};
    use crate::client::Secret;

    #[test]
    fn endpoints_print_as_people_write_them() {
        assert_eq!(Endpoint::tcp("::1", 6379).to_string(), "[::1]:6379");
        assert_eq!(Endpoint::tcp("db.example", 1).to_string(), "db.example:1");
        assert_eq!(Endpoint::Unix("/run/r.sock".into()).to_string(), "/run/r.sock");
    }

    #[test]
    fn a_printed_target_hides_its_password() {
        let mut target = Target::tcp("h", 1);
        target.password = Some(Secret::from("hunter2"));
        assert!(!format!("{target:?}").contains("hunter2"));
    }
}
