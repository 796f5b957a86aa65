//! Values from files and payloads, in the form that the thresholds in force give them.

use crate::server::commands::{hash, zset};
use crate::server::config::Settings;
use crate::store::types::{HashLimits, hash_fit, zset as zsets};
use crate::store::{Kind, OwnedValue};

/// Thresholds of the types whose small form is taken over as it is read.
#[derive(Clone, Copy)]
pub struct Fit {
    hash: HashLimits,
    zset: zsets::Limits,
}

impl Fit {
    /// Those of the settings.
    pub fn of(settings: &Settings) -> Fit {
        Fit { hash: hash::limits(settings), zset: zset::limits(settings) }
    }

    /// The value in the form it has here.
    pub fn apply(self, value: OwnedValue) -> OwnedValue {
        match value.kind() {
            Kind::Hash => hash_fit(value, self.hash),
            Kind::Zset => zsets::fit(value, self.zset),
            _ => value,
        }
    }
}
