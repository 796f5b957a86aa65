//! A sorted map by id in shared chunks: what the nodes of a stream and the pending entries of a group lie
//! in.
//!
//! ```text
//! Tree --Arc--> [ (first id, Arc<leaf>), (first id, Arc<leaf>), ... ]     sorted
//!                                 |
//!                                 +--> [ (id, value), (id, value) ... ]   sorted, up to LEAF_ITEMS
//! ```
//!
//! Two levels are enough: ten million pending entries make a directory of 80 000 leaves. A clone of the map
//! shares everything; the first write after it copies the directory (pointers only) and one leaf. Ids mostly
//! come in order, so a leaf that is full at the end of the map is left full and a new one begun.

use std::ops::Bound;
use std::sync::Arc;

use super::id::Id;

/// Most items of a leaf.
const LEAF_ITEMS: usize = 128;

type Leaf<V> = Vec<(Id, V)>;

/// The map.
#[derive(Clone, Debug)]
pub struct Tree<V> {
    /// Never an empty leaf.
    leaves: Arc<Vec<(Id, Arc<Leaf<V>>)>>,
    len: usize,
}

impl<V> Default for Tree<V> {
    fn default() -> Tree<V> {
        Tree { leaves: Arc::new(Vec::new()), len: 0 }
    }
}

impl<V: Clone> Tree<V> {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the leaves and the directory, without what the values point to.
    pub fn mem_bytes(&self) -> usize {
        let directory = self.leaves.capacity() * size_of::<(Id, Arc<Leaf<V>>)>();
        self.len * size_of::<(Id, V)>() + directory + self.leaves.len() * 40
    }

    /// Number of allocations of its own.
    pub fn effort(&self) -> usize {
        self.leaves.len() * 2
    }

    /// The leaf where `id` is or would be: the last that begins at or before it.
    fn leaf_of(&self, id: Id) -> usize {
        if let Some((first, _)) = self.leaves.last()
            && *first <= id
        {
            return self.leaves.len() - 1;
        }
        self.leaves.partition_point(|(first, _)| *first <= id).saturating_sub(1)
    }

    fn find(&self, id: Id) -> Option<(usize, usize)> {
        let leaf = self.leaf_of(id);
        let (_, items) = self.leaves.get(leaf)?;
        let place = items.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some((leaf, place))
    }

    /// The value of an id.
    pub fn get(&self, id: Id) -> Option<&V> {
        let (leaf, place) = self.find(id)?;
        Some(&self.leaves[leaf].1[place].1)
    }

    /// The value of an id, to be changed.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut V> {
        let (leaf, place) = self.find(id)?;
        let leaves = Arc::make_mut(&mut self.leaves);
        Some(&mut Arc::make_mut(&mut leaves[leaf].1)[place].1)
    }

    /// Puts a value in; returns the one it replaces.
    pub fn insert(&mut self, id: Id, value: V) -> Option<V> {
        let leaf = self.leaf_of(id);
        let leaves = Arc::make_mut(&mut self.leaves);
        if leaves.is_empty() {
            leaves.push((id, Arc::new(vec![(id, value)])));
            self.len += 1;
            return None;
        }
        let last = leaf + 1 == leaves.len();
        let (first, shared) = &mut leaves[leaf];
        let items = Arc::make_mut(shared);
        match items.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(place) => return Some(std::mem::replace(&mut items[place].1, value)),
            Err(place) if place == items.len() && last && items.len() >= LEAF_ITEMS => {
                leaves.push((id, Arc::new(vec![(id, value)])));
            }
            Err(place) => {
                items.insert(place, (id, value));
                *first = items[0].0;
                if items.len() > LEAF_ITEMS {
                    let upper = items.split_off(LEAF_ITEMS / 2);
                    leaves.insert(leaf + 1, (upper[0].0, Arc::new(upper)));
                }
            }
        }
        self.len += 1;
        None
    }

    /// Takes an id out.
    pub fn remove(&mut self, id: Id) -> Option<V> {
        let (leaf, place) = self.find(id)?;
        let leaves = Arc::make_mut(&mut self.leaves);
        let items = Arc::make_mut(&mut leaves[leaf].1);
        let (_, value) = items.remove(place);
        match items.first() {
            Some((first, _)) => leaves[leaf].0 = *first,
            None => {
                leaves.remove(leaf);
            }
        }
        self.len -= 1;
        Some(value)
    }

    /// The first item.
    pub fn first(&self) -> Option<(Id, &V)> {
        self.leaves.first().and_then(|(_, items)| items.first()).map(|(id, value)| (*id, value))
    }

    /// The last item.
    pub fn last(&self) -> Option<(Id, &V)> {
        self.leaves.last().and_then(|(_, items)| items.last()).map(|(id, value)| (*id, value))
    }

    /// The last item, its value to be changed.
    pub fn last_mut(&mut self) -> Option<(Id, &mut V)> {
        let leaves = Arc::make_mut(&mut self.leaves);
        let items = Arc::make_mut(&mut leaves.last_mut()?.1);
        items.last_mut().map(|(id, value)| (*id, value))
    }

    /// All items, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Id, &V)> + Clone {
        self.leaves.iter().flat_map(|(_, items)| items.iter().map(|(id, value)| (*id, value)))
    }

    /// The items from `start` on.
    pub fn range_from(&self, start: Id) -> impl Iterator<Item = (Id, &V)> + Clone {
        self.after(Bound::Included(start))
    }

    /// The items behind a bound.
    fn after(&self, start: Bound<Id>) -> impl Iterator<Item = (Id, &V)> + Clone {
        let before = move |id: Id| match start {
            Bound::Included(start) => id < start,
            Bound::Excluded(start) => id <= start,
            Bound::Unbounded => false,
        };
        let leaf = match start {
            Bound::Included(start) | Bound::Excluded(start) => self.leaf_of(start),
            Bound::Unbounded => 0,
        };
        let skip = self.leaves.get(leaf).map_or(0, |(_, items)| items.partition_point(|(id, _)| before(*id)));
        let leaves = self.leaves.get(leaf..).unwrap_or_default().iter();
        leaves.flat_map(|(_, items)| items.iter().map(|(id, value)| (*id, value))).skip(skip)
    }

    /// The items up to and with `end`, last first.
    pub fn range_back(&self, end: Id) -> impl Iterator<Item = (Id, &V)> + Clone {
        let leaf = self.leaf_of(end);
        let keep = self.leaves.get(leaf).map_or(0, |(_, items)| items.partition_point(|(id, _)| *id <= end));
        let upto = (leaf + 1).min(self.leaves.len());
        let drop = self.leaves.get(leaf).map_or(0, |(_, items)| items.len() - keep);
        let leaves = self.leaves[..upto].iter().rev();
        leaves.flat_map(|(_, items)| items.iter().rev().map(|(id, value)| (*id, value))).skip(drop)
    }

    /// The last item at or before `id`.
    pub fn at_or_before(&self, id: Id) -> Option<(Id, &V)> {
        self.range_back(id).next()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map(steps in proptest::collection::vec((0u8..4, 0u64..400), 0..1200)) {
            let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
            let mut kept = Vec::new();
            for (n, (what, at)) in steps.into_iter().enumerate() {
                let id = Id::new(at, 0);
                match what {
                    0 | 1 => prop_assert_eq!(tree.insert(id, n), model.insert(id, n)),
                    2 => prop_assert_eq!(tree.remove(id), model.remove(&id)),
                    _ => kept.push((tree.clone(), model.clone())),
                }
                let front: Vec<_> = tree.range_from(id).map(|(id, n)| (id, *n)).collect();
                prop_assert_eq!(front, model.range(id..).map(|(id, n)| (*id, *n)).collect::<Vec<_>>());
                let back: Vec<_> = tree.range_back(id).map(|(id, n)| (id, *n)).collect();
                prop_assert_eq!(back, model.range(..=id).rev().map(|(id, n)| (*id, *n)).collect::<Vec<_>>());
                prop_assert_eq!(tree.get(id), model.get(&id));
                prop_assert_eq!(tree.len(), model.len());
                if kept.len() > 8 {
                    kept.clear();
                }
            }
            for (tree, model) in kept {
                prop_assert!(tree.iter().map(|(id, n)| (id, *n)).eq(model));
            }
        }
    }
}
