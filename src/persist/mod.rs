//! The store to bytes and back: RDB, AOF, the snapshot walk. Writes through a small Storage trait.

pub mod aof;
pub mod rdb;
pub mod snapshot;
pub mod storage;
