//! A cluster node's answer that another node has the key: `MOVED slot host:port`, `ASK slot host:port`.
//! An empty host means the one that was asked.

use super::session::Event;
use crate::client::Endpoint;

/// Where to send the command instead.
#[derive(Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The slot, as the server wrote it.
    pub slot: String,
    /// The node.
    pub endpoint: Endpoint,
    /// Whether that node must be told by ASKING first.
    pub asking: bool,
}

/// The redirection among the answers to a command, if they are one.
pub fn find(events: &[Event], asked: &Endpoint) -> Option<Redirect> {
    events.iter().find_map(|event| match event {
        Event::Reply(value) => parse(&value.error()?, asked),
        _ => None,
    })
}

/// Reads an error line.
pub fn parse(line: &str, asked: &Endpoint) -> Option<Redirect> {
    let mut words = line.split(' ');
    let asking = match words.next()? {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    let slot = words.next()?.to_owned();
    let (host, port) = words.next()?.rsplit_once(':')?;
    let host = match (host, asked) {
        ("", Endpoint::Tcp { host, .. }) => host,
        (host, _) => host,
    };
    Some(Redirect { slot, endpoint: Endpoint::tcp(host, port.parse().ok()?), asking })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections() {
        let asked = Endpoint::tcp("a", 1);
        let to = |line: &str| parse(line, &asked).map(|found| (found.endpoint.to_string(), found.asking));
        assert_eq!(to("MOVED 5 10.0.0.1:7"), Some(("10.0.0.1:7".to_owned(), false)));
        assert_eq!(to("ASK 5 ::1:7"), Some(("[::1]:7".to_owned(), true)));
        assert_eq!(to("MOVED 5 :7"), Some(("a:7".to_owned(), false)));
        assert_eq!(to("MOVED 5 a:x"), None);
        assert_eq!(to("ERR MOVED 5 a:1"), None);
    }
}
