//! The store to bytes and back: RDB, AOF, the snapshot walk. Writes through a small Storage trait.

pub mod rdb;
