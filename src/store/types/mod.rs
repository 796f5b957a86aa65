//! The collection types: each file has the big form of one type and, where the type has a packed form
//! too, the view and the editor that serve both, so that commands need not know which one they meet.

mod hash;
pub mod list;
mod set;
mod stream;
mod zset;

pub use hash::Hash;
pub use list::List;
pub use set::Set;
pub use stream::Stream;
pub use zset::Zset;
