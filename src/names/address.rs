//! Where a node listens, as an operator writes it and as Redis prints it.

use std::fmt;
use std::net::{IpAddr, UdpSocket};

use crate::client::Endpoint;

/// The port when none is written.
const DEFAULT_PORT: u16 = 6379;

/// A host and a port. Two addresses may name one server (a name and its IP): only the run id tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// Host name, IPv4 or IPv6 address (without brackets).
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Address {
    /// An address from its parts.
    pub fn new(host: impl Into<String>, port: u16) -> Address {
        Address { host: host.into(), port }
    }

    /// Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn parse(text: &str) -> Result<Address, String> {
        let (host, port) =
            split(text).ok_or_else(|| format!("'{text}' is not an address such as 10.8.0.1:6379"))?;
        if host.is_empty()
            || host.contains(|c: char| c.is_whitespace() || c.is_control() || "/@[]".contains(c))
        {
            return Err(format!("'{text}' is not an address such as 10.8.0.1:6379"));
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| format!("'{port}' is not a port"))?,
        };
        Ok(Address::new(host, port))
    }

    /// For the client.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::tcp(self.host.clone(), self.port)
    }

    /// Does the address mean "this machine", whoever reads it?
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Is the server on this machine? Then its files can be read back. Only an address of one of our
    /// own interfaces can be bound.
    pub fn is_local(&self) -> bool {
        self.is_loopback() || self.host.parse::<IpAddr>().is_ok_and(|ip| UdpSocket::bind((ip, 0)).is_ok())
    }
}

fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after {
            "" => Some((host, None)),
            _ => after.strip_prefix(':').map(|port| (host, Some(port))),
        };
    }
    match text.matches(':').count() {
        0 => Some((text, None)),
        1 => text.split_once(':').map(|(host, port)| (host, Some(port))),
        _ => text.parse::<std::net::Ipv6Addr>().is_ok().then_some((text, None)),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for (text, host, port) in [
            ("10.8.0.1:6379", "10.8.0.1", 6379),
            ("redis-a", "redis-a", 6379),
            ("redis-a:7000", "redis-a", 7000),
            ("[::1]:7000", "::1", 7000),
            ("[fe80::1]", "fe80::1", 6379),
            ("::1", "::1", 6379),
        ] {
            assert_eq!(Address::parse(text), Ok(Address::new(host, port)), "{text}");
        }
        for bad in
            ["", ":6379", "a:", "a:0", "a:65536", "a:b", "a b:1", "[::1", "[::1]7000", "1:2:3", "u@h:1"]
        {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_print_as_they_are_written() {
        assert_eq!(Address::new("::1", 7000).to_string(), "[::1]:7000");
        assert_eq!(Address::new("a", 1).to_string(), "a:1");
    }

    #[test]
    fn this_machine() {
        assert!(Address::new("127.0.0.1", 1).is_local());
        assert!(!Address::new("192.0.2.1", 1).is_local());
    }
}
