//! The wire: request parser, reply writer, client-side value, quoting. No I/O.

pub mod glob;
