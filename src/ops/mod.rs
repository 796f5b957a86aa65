//! The operator commands: status, replicate, promote, tutorial.
