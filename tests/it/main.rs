//! The integration tests, as modules of one crate: linked once, run in parallel.
//!
//! Each starts the servers it needs (`harness`), ours or a real Redis or Valkey, on free ports in
//! folders of its own, and waits on conditions, never on time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[allow(dead_code)] // offers what any module may come to need
mod harness;

mod absent;
mod acl;
mod announced_lengths;
mod aof_vs_redis;
mod binary;
mod catalog_vs_redis;
mod changes;
mod cli_cluster;
mod cli_keys;
mod cli_modes;
mod cli_own;
mod cli_terminal;
mod cli_tls;
mod cli_vs_redis;
mod client_library;
mod commands_vs_redis;
mod config_vs_redis;
mod crash;
mod differential;
mod diskless_load;
mod durability;
mod effects;
mod failover;
mod field_expiry;
mod floats_vs_redis;
mod functions;
mod introspection;
mod keyspace;
mod load;
mod migrate;
mod ops_check;
mod ops_configure;
mod ops_dangers;
mod ops_group;
mod ops_history;
mod ops_promote;
mod ops_replicate;
mod ops_return;
mod ops_runbook;
mod ops_sentinel;
mod ops_status;
mod ops_swap;
mod ops_tutorial;
mod ops_verify;
mod output_limits;
mod peers;
mod protocol_vs_redis;
mod rdb_vs_redis;
mod renamed_commands;
mod replication;
mod scripts;
mod serial;
mod shard_channels;
mod tracking;
mod waiting;
