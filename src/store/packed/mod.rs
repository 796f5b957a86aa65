//! Packed encodings: small collections as one run of bytes, laid out as Redis lays them out, so that RDB
//! and DUMP copy them as they are and every threshold counts the same bytes.
//!
//! Both are written without `unsafe`. Bytes that come from outside pass `validate` once; after that a
//! reader may trust the structure, and a mistake in ours is a panic, not a wrong read.

pub mod intset;
pub mod listpack;

pub use listpack::{Item, Listpack};
