//! The collection types: each file has the big form of one type and, where the type has a packed form
//! too, the view and the editor that serve both, so that commands need not know which one they meet.

mod hash;
mod holder;
pub mod list;
mod segment;
mod segments;
mod set;
pub mod stream;
pub mod zset;

pub use hash::{FieldRef, Hash, HashLimits, HashMut, HashRef, fit as hash_fit};
pub use holder::Holder;
pub use list::List;
pub use set::{Set, SetLimits, SetMut, SetRef};
pub use stream::Stream;
pub use zset::Zset;

#[cfg(test)]
mod entry_tests;
