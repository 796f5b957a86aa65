//! The data: keyspace, shards, table, entry, expiry. No sockets, no files, no async, no clock.
