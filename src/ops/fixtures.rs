//! Nodes for the tests of the pure parts, built from INFO texts as servers print them.

use super::facts::{Live, NodeFacts};
use super::info::Info;
use super::session::Fault;
use crate::client::Secret;
use crate::names::address::Address;
use crate::names::topology::Node;

pub const HISTORY: &str = "aaaaaaaa";
pub const OTHER_HISTORY: &str = "bbbbbbbb";

pub fn addr(number: u16) -> Address {
    Address::new("10.0.0.1", number)
}

/// A node that answers: `number` is its port and its run id.
pub fn node(number: u16, password: &str, info: &str) -> NodeFacts {
    let text = format!("run_id:{number}\r\nredis_mode:standalone\r\nconfig_file:/c/{number}\r\n{info}");
    let mut live = Live::from_info(&Info::parse(text.as_bytes()));
    for (name, value) in [("requirepass", password), ("masterauth", ""), ("masteruser", ""), ("save", "60 1")]
    {
        live.remember(name, Secret::from(value));
    }
    let password = (!password.is_empty()).then(|| Secret::from(password));
    NodeFacts {
        node: Node { addr: addr(number), name: None, user: None, password, priority: None, tls: None },
        aliases: Vec::new(),
        answer: Ok(Box::new(live)),
    }
}

pub fn master(number: u16, password: &str, keys: u64, offset: u64) -> NodeFacts {
    let info = format!(
        "role:master\r\nmaster_replid:{HISTORY}\r\nmaster_repl_offset:{offset}\r\ndb0:keys={keys}\r\n"
    );
    node(number, password, &info)
}

/// A replica of node 1 whose link has been down for a second.
pub struct Orphan {
    pub number: u16,
    pub offset: u64,
    pub keys: u64,
    pub history: &'static str,
    pub more: &'static str,
}

impl Orphan {
    pub fn at(number: u16, offset: u64) -> Orphan {
        Orphan { number, offset, keys: 10, history: HISTORY, more: "" }
    }

    pub fn facts(self) -> NodeFacts {
        let Orphan { number, offset, keys, history, more } = self;
        let info = format!(
            "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:1\r\nmaster_link_status:down\r\n\
             master_link_down_since_seconds:1\r\nslave_repl_offset:{offset}\r\nslave_priority:100\r\n\
             slave_read_only:1\r\nmaster_replid:{history}\r\ndb0:keys={keys}\r\n{more}"
        );
        node(number, "", &info)
    }
}

pub fn dead(number: u16, fault: Fault) -> NodeFacts {
    let mut facts = node(number, "", "");
    facts.answer = Err(fault);
    facts
}

pub fn refused() -> Fault {
    Fault::Unreachable("connection refused".to_owned())
}
