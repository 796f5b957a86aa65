//! The set.

/// A big set.
#[derive(Clone, Debug, Default)]
pub struct Set {}

impl Set {
    /// Number of elements.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes.
    pub fn mem_bytes(&self) -> usize {
        0
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        0
    }
}
