//! A node of a cluster as it describes itself in CLUSTER NODES, and how it is shown.

use crate::client::Client;

/// Hash slots of every cluster.
pub const SLOTS: usize = 16_384;

/// A node and the connection to it.
pub struct Node {
    /// Host and client port.
    pub host: String,
    /// Client port.
    pub port: u16,
    /// Cluster bus port; 0 if not known.
    pub bus_port: u16,
    /// Its id.
    pub id: String,
    /// `master`, `slave`, `fail` ... without `myself`.
    pub flags: Vec<String>,
    /// The id of its master.
    pub replicate: Option<String>,
    /// The slots it owns.
    pub slots: Vec<bool>,
    /// Slots it gives away, and to whom.
    pub migrating: Vec<(usize, String)>,
    /// Slots it takes, and from whom.
    pub importing: Vec<(usize, String)>,
    /// How many replicas it has.
    pub replicas: usize,
    /// Its share in a rebalance.
    pub weight: f64,
    /// What it has to give (above 0) or to get.
    pub balance: i64,
    /// Whether it is to be configured as described here.
    pub dirty: bool,
    /// The connection.
    pub client: Option<Client>,
}

impl Node {
    /// A node of which only the address is known.
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.to_owned(),
            port,
            bus_port: 0,
            id: String::new(),
            flags: Vec::new(),
            replicate: None,
            slots: vec![false; SLOTS],
            migrating: Vec::new(),
            importing: Vec::new(),
            replicas: 0,
            weight: 1.0,
            balance: 0,
            dirty: false,
            client: None,
        }
    }

    /// `host:port`.
    pub fn addr(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether it follows a master.
    pub fn is_replica(&self) -> bool {
        self.replicate.is_some()
    }

    /// How many slots it owns.
    pub fn slot_count(&self) -> usize {
        self.slots.iter().filter(|owned| **owned).count()
    }

    /// What redis-cli prints of a node.
    pub fn info(&self, indent: usize) -> String {
        let spaces = " ".repeat(indent);
        let (id, addr) = (&self.id, self.addr());
        if self.dirty
            && let Some(master) = &self.replicate
        {
            return format!("{spaces}S: {id} {addr}\n{spaces}   replicates {master}");
        }
        let role = if self.flags.iter().any(|flag| flag == "slave") { "S" } else { "M" };
        let (slots, count, flags) = (ranges(&self.slots), self.slot_count(), self.flags.join(","));
        let mut info =
            format!("{spaces}{role}: {id} {addr}\n{spaces}   slots:{slots} ({count} slots) {flags}");
        match &self.replicate {
            Some(master) => info.push_str(&format!("\n{spaces}   replicates {master}")),
            None if self.replicas > 0 => {
                info.push_str(&format!("\n{spaces}   {} additional replica(s)", self.replicas));
            }
            None => {}
        }
        info
    }
}

/// `[0-5460],[5462]`
pub fn ranges(slots: &[bool]) -> String {
    let mut parts = Vec::new();
    let mut slot = 0;
    while slot < slots.len() {
        if !slots[slot] {
            slot += 1;
            continue;
        }
        let first = slot;
        while slot < slots.len() && slots[slot] {
            slot += 1;
        }
        parts.push(if first == slot - 1 { format!("[{first}]") } else { format!("[{first}-{}]", slot - 1) });
    }
    parts.join(",")
}

/// A line of CLUSTER NODES: the node, and whether it speaks of itself.
pub fn parse_line(line: &str) -> Option<(Node, bool)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, addr, flags, master, ..] = words.as_slice() else { return None };
    let (addr, bus) = addr.split(',').next()?.split_once('@').unwrap_or((addr, "0"));
    let (host, port) = addr.rsplit_once(':')?;
    let mut node = Node::new(host, port.parse().ok()?);
    node.id = (*id).to_owned();
    node.bus_port = bus.parse().unwrap_or(0);
    node.flags = flags.split(',').filter(|flag| *flag != "myself").map(str::to_owned).collect();
    node.replicate = (*master != "-").then(|| (*master).to_owned());
    for word in words.iter().skip(8) {
        read_slots(&mut node, word);
    }
    Some((node, flags.split(',').any(|flag| flag == "myself")))
}

/// `5`, `5-9`, `[7->-id]`, `[7-<-id]`.
fn read_slots(node: &mut Node, word: &str) {
    if let Some(open) = word.strip_prefix('[').and_then(|word| word.strip_suffix(']')) {
        if let Some((slot, id)) = open.split_once("->-") {
            node.migrating.extend(slot.parse().ok().map(|slot| (slot, id.to_owned())));
        } else if let Some((slot, id)) = open.split_once("-<-") {
            node.importing.extend(slot.parse().ok().map(|slot| (slot, id.to_owned())));
        }
        return;
    }
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    if let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.parse::<usize>()) {
        (first..=last).filter(|slot| *slot < SLOTS).for_each(|slot| node.slots[slot] = true);
    }
}

/// What all nodes must agree on: who owns which slots, as one node sees it.
pub fn signature(nodes_text: &str) -> String {
    let mut owners: Vec<String> = nodes_text
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut slots: Vec<&str> =
                words.iter().skip(8).copied().filter(|word| !word.starts_with('[')).collect();
            slots.sort_unstable();
            (!slots.is_empty()).then(|| format!("{}:{}", words[0], slots.join(",")))
        })
        .collect();
    owners.sort_unstable();
    owners.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "07c3 127.0.0.1:7000@17000,host myself,master - 0 0 1 connected 0-2 7 [9->-abc] [11-<-def]";

    #[test]
    fn a_line_becomes_a_node() {
        let (node, myself) = parse_line(LINE).unwrap();
        assert!(myself && !node.is_replica());
        assert_eq!((node.addr().as_str(), node.bus_port, node.slot_count()), ("127.0.0.1:7000", 17000, 4));
        assert_eq!(node.migrating, [(9, "abc".to_owned())]);
        assert_eq!(node.importing, [(11, "def".to_owned())]);
        assert_eq!(ranges(&node.slots), "[0-2],[7]");
        assert_eq!(node.info(0), "M: 07c3 127.0.0.1:7000\n   slots:[0-2],[7] (4 slots) master");
        let (replica, myself) = parse_line("b 1.2.3.4:5@6 slave 07c3 0 0 1 connected").unwrap();
        assert!(!myself && replica.is_replica());
        assert!(parse_line("short").is_none());
    }

    #[test]
    fn signatures_know_no_order() {
        let one = "a x:1@2 master - 0 0 1 connected 0-5 7\nb x:1@2 master - 0 0 1 connected 8-9\n";
        let other =
            "b x:1@2 myself,master - 1 1 1 connected 8-9 [8->-c]\na x:1@2 master - 0 0 1 connected 7 0-5\n";
        assert_eq!(signature(one), signature(other));
        assert_ne!(signature(one), signature("a x:1@2 master - 0 0 1 connected 0-5\n"));
    }
}
