//! The commands, one file per family. Each file exports a table of (catalog name, handler); what a
//! command is (arity, flags, keys, documentation) stands in the catalog. A command without a handler
//! does not exist for clients.

use std::sync::OnceLock;

use crate::catalog;
use crate::server::ctx::Handler;

pub mod acl;
pub mod bitfield;
pub mod bitmap;
pub mod blocking_list;
pub mod client;
pub mod client_filter;
pub mod cluster;
pub mod command;
pub mod conditional;
pub mod config;
pub mod connection;
pub mod debug;
pub mod dump;
pub mod expiry;
pub mod fit;
pub mod flush;
pub mod function;
pub mod geo;
pub mod hash;
pub mod hash_expiry;
pub mod hash_values;
pub mod help;
pub mod hotkeys;
pub mod hyperloglog;
pub mod keys;
pub mod latency;
mod latency_graph;
pub mod lcs;
pub mod list;
pub mod memory;
pub mod migrate;
pub mod module;
pub mod parse;
pub mod persistence;
pub mod pubsub;
pub mod random;
pub mod replication;
pub mod scan;
pub mod scan_value;
pub mod script;
pub mod server;
pub mod set;
pub mod set_algebra;
pub mod sort;
pub mod stream;
pub mod string;
pub mod tracking;
pub mod transaction;
pub mod watchers;
pub mod zset;

/// One family's handlers.
pub type Table = &'static [(&'static str, Handler)];

const FAMILIES: &[Table] = &[
    acl::TABLE,
    expiry::TABLE,
    bitmap::TABLE,
    sort::TABLE,
    conditional::TABLE,
    hotkeys::TABLE,
    hyperloglog::TABLE,
    client::TABLE,
    cluster::TABLE,
    command::TABLE,
    config::TABLE,
    watchers::TABLE,
    latency::TABLE,
    memory::TABLE,
    migrate::TABLE,
    module::TABLE,
    persistence::TABLE,
    flush::TABLE,
    function::TABLE,
    hash::TABLE,
    hash_expiry::TABLE,
    hash_values::TABLE,
    geo::TABLE,
    keys::TABLE,
    list::TABLE,
    blocking_list::TABLE,
    scan::TABLE,
    connection::TABLE,
    debug::TABLE,
    dump::TABLE,
    pubsub::TABLE,
    replication::TABLE,
    script::TABLE,
    server::TABLE,
    set::TABLE,
    set_algebra::TABLE,
    stream::TABLE,
    string::TABLE,
    tracking::TABLE,
    transaction::TABLE,
    zset::TABLE,
];

/// All handlers by catalog id.
pub fn handlers() -> &'static [Option<Handler>] {
    static ALL: OnceLock<Vec<Option<Handler>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = vec![None; catalog::all().len()];
        for (name, handler) in FAMILIES.iter().flat_map(|table| table.iter()) {
            let command = catalog::lookup_full(name.as_bytes());
            let slot = command.and_then(|c| all.get_mut(usize::from(c.id)));
            match slot {
                Some(slot) => *slot = Some(*handler),
                None => unreachable!("handler for {name}, which is not in the catalog"),
            }
        }
        all
    })
}

/// Is there a handler for this command, or, for a container, for one of its subcommands?
pub fn exists(command: &catalog::Command) -> bool {
    let has = |id: u16| handlers().get(usize::from(id)).is_some_and(Option::is_some);
    has(command.id) || command.subcommands.clone().any(has)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_handler_is_in_the_catalog() {
        assert!(super::handlers().iter().flatten().count() > 0);
    }
}
