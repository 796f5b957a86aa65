//! The operator commands: status, replicate, promote, tutorial.

pub mod promote;
pub mod replicate;
pub mod status;
pub mod tutorial;
