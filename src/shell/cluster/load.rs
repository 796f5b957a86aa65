//! A cluster from one of its nodes: what that node says of itself and of its friends, and what each friend says of
//! itself.

use super::node::{Node, parse_line, signature};
use super::{Level, Manager, NO_ADDRESS, Step};

/// Takes `host:port` (or `host:port@bus`) apart.
pub fn address(text: &str) -> Option<(String, u16)> {
    let text = text.split('@').next()?;
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some((host.to_owned(), port.parse().ok()?)).filter(|parts| !parts.0.is_empty())
}

impl Manager<'_> {
    /// The address in the words of a subcommand: one word, or host and port.
    pub(super) fn address_of(&mut self, words: &[String]) -> Step<(String, u16)> {
        let found = match words {
            [one] => address(one),
            [host, port, ..] => address(host).or_else(|| Some((host.clone(), port.parse().ok()?))),
            [] => None,
        };
        match found {
            Some(found) => Ok(found),
            None => self.refuse(NO_ADDRESS.trim_end()),
        }
    }

    pub(super) async fn load_from_words(&mut self, words: &[String]) -> Step<()> {
        let (host, port) = self.address_of(words)?;
        self.load(&host, port).await
    }

    /// Loads every node that can be reached.
    pub(super) async fn load(&mut self, host: &str, port: u16) -> Step<()> {
        let mut first = Node::new(host, port);
        self.connect(&mut first).await?;
        self.nodes = vec![first];
        self.must_be_cluster(0).await?;
        let text = self.text(0, &["CLUSTER", "NODES"]).await?;
        self.unreachable_masters = 0;
        let mut friends = Vec::new();
        for (node, myself) in text.lines().filter_map(parse_line) {
            if myself {
                self.describe(0, node);
            } else {
                friends.push(node);
            }
        }
        for friend in friends {
            self.load_friend(friend).await;
        }
        self.count_replicas();
        Ok(())
    }

    /// Takes over what a node says of itself; its address stays the one it was reached at.
    fn describe(&mut self, at: usize, said: Node) {
        let known = &mut self.nodes[at];
        let (host, port, client) = (known.host.clone(), known.port, known.client.take());
        *known = Node { host, port, client, ..said };
    }

    async fn load_friend(&mut self, mut friend: Node) {
        let is_master = !friend.is_replica();
        let is_gone =
            friend.flags.iter().any(|flag| matches!(flag.as_str(), "noaddr" | "disconnected" | "fail"));
        if is_gone || friend.host.is_empty() || self.connect(&mut friend).await.is_err() {
            self.unreachable_masters += usize::from(is_master);
            return;
        }
        self.nodes.push(friend);
        let at = self.nodes.len() - 1;
        let said = self.text(at, &["CLUSTER", "NODES"]).await.ok();
        let own = said.and_then(|text| text.lines().filter_map(parse_line).find(|found| found.1));
        match own {
            Some((node, _)) => self.describe(at, node),
            None => {
                let addr = self.nodes[at].addr();
                self.log(Level::Bad, &format!("[ERR] Unable to load info for node {addr}"));
                self.nodes.pop();
                self.unreachable_masters += usize::from(is_master);
            }
        }
    }

    fn count_replicas(&mut self) {
        for at in 0..self.nodes.len() {
            let Some(master) = self.nodes[at].replicate.clone() else { continue };
            match self.by_id(&master) {
                Some(master) => self.nodes[master].replicas += 1,
                None => {
                    let addr = self.nodes[at].addr();
                    let line = format!("*** WARNING: {addr} claims to be slave of unknown node ID {master}.");
                    self.log(Level::Warn, &line);
                }
            }
        }
    }

    /// A node without cluster mode is of no use here.
    pub(super) async fn must_be_cluster(&mut self, at: usize) -> Step<()> {
        let info = self.text(at, &["INFO"]).await?;
        if info.lines().any(|line| line.trim_end() == "cluster_enabled:1") {
            return Ok(());
        }
        let addr = self.nodes[at].addr();
        self.fail(&format!("[ERR] Node {addr} is not configured as a cluster node."))
    }

    /// Whether every node has the same view of who owns what.
    pub(super) async fn is_consistent(&mut self) -> bool {
        let mut views = Vec::new();
        for at in 0..self.nodes.len() {
            match self.ask(at, &["CLUSTER", "NODES"]).await {
                Ok(reply) => {
                    views.push(signature(&String::from_utf8_lossy(reply.as_bytes().unwrap_or_default())))
                }
                Err(_) => return false,
            }
        }
        self.nodes.len() <= 1 || views.windows(2).all(|pair| pair[0] == pair[1])
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses() {
        assert_eq!(address("127.0.0.1:7000"), Some(("127.0.0.1".to_owned(), 7000)));
        assert_eq!(address("h:7000@17000"), Some(("h".to_owned(), 7000)));
        assert_eq!(address("[::1]:7"), Some(("::1".to_owned(), 7)));
        assert_eq!(address("h"), None);
        assert_eq!(address(":7"), None);
    }
}
