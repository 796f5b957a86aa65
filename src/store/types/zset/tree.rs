//! The order of a big sorted set: a B+tree by (score, member) that knows the number of elements below
//! every node, so that ranks cost a descent.
//!
//! ```text
//!   inner    [ low | low | ... ]                  the lowest score below each child: what a search reads
//!            [ count, node | count, node | ... ]
//!   leaf     elements in order, packed (leaf.rs)
//! ```
//!
//! Nodes are reference-counted: a clone shares all of them, and a change copies the nodes on its way down
//! that are shared. An inner node holds no members: where scores are equal, the first member below a
//! node is read from its first leaf.

use arrayvec::ArrayVec;
use triomphe::Arc;

use super::cut::Cut;
use super::leaf::{LEAF_MAX, Leaf};
use crate::store::table::prefetch;

/// Most children of an inner node.
const FANOUT: usize = 64;
/// Room of an inner node: it is split when it has one child too many.
const ROOM: usize = FANOUT + 1;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Most places that are fetched ahead at a time.
const WAYS_MAX: usize = 128;

/// Elements in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    root: Node,
    len: usize,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Arc<Leaf>),
    Inner(Arc<Inner>),
}

#[derive(Clone, Debug, Default)]
struct Inner {
    lows: ArrayVec<f64, ROOM>,
    slots: ArrayVec<Slot, ROOM>,
}

#[derive(Clone, Debug)]
struct Slot {
    count: usize,
    node: Node,
}

impl Default for Node {
    fn default() -> Node {
        Node::Leaf(Arc::default())
    }
}

/// An element on its way in.
struct Insertion<'a> {
    score: f64,
    member: &'a [u8],
    cut: Cut<'a>,
}

/// An element that is there.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// The one of this rank.
    Rank(usize),
    /// The last one before this cut.
    Behind(&'a Cut<'a>),
}

/// Whether a node is at the left or at the right edge of the tree. Leaves at an edge are not halved when
/// elements come in order: the new one begins a leaf, and the old one stays full.
#[derive(Clone, Copy)]
struct Edges {
    left: bool,
    right: bool,
}

impl Slot {
    fn new(node: Node) -> Slot {
        Slot { count: node.count(), node }
    }

    fn leaf(leaf: Leaf) -> Slot {
        Slot::new(Node::Leaf(Arc::new(leaf)))
    }
}

impl Node {
    /// The first element. Only of nodes that have one.
    fn first(&self) -> (f64, &[u8]) {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(leaf) => return (leaf.score(0), leaf.member(0)),
                Node::Inner(inner) => node = &inner.slots[0].node,
            }
        }
    }

    /// Fetches what a search reads of it.
    #[inline]
    fn prefetch(&self) {
        match self {
            Node::Leaf(leaf) => leaf.prefetch(),
            Node::Inner(inner) => {
                let lows = inner.lows.as_ptr().cast::<u8>();
                for line in 0..size_of_val(&inner.lows[..]).div_ceil(LINE) {
                    prefetch(lows.wrapping_add(line * LINE));
                }
            }
        }
    }

    fn count(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.slots.iter().map(|slot| slot.count).sum(),
        }
    }

    /// Inserts an element; when the node had to be split, what is right of it.
    fn insert(&mut self, new: &Insertion<'_>, edges: Edges) -> Option<Slot> {
        match self {
            Node::Leaf(leaf) => insert_in_leaf(Arc::make_mut(leaf), new, edges).map(Slot::leaf),
            Node::Inner(inner) => {
                let right = Arc::make_mut(inner).insert(new, edges)?;
                Some(Slot::new(Node::Inner(Arc::new(right))))
            }
        }
    }

    /// Removes an element.
    fn remove(&mut self, which: Which<'_>) {
        match self {
            Node::Leaf(leaf) => {
                leaf.prefetch();
                let at = match which {
                    Which::Rank(rank) => rank,
                    Which::Behind(cut) => leaf.position(cut) - 1,
                };
                Arc::make_mut(leaf).remove(at);
            }
            Node::Inner(inner) => Arc::make_mut(inner).remove(which),
        }
    }

    /// Does it hold so little that it should join a neighbour?
    fn is_sparse(&self) -> bool {
        match self {
            Node::Leaf(leaf) => leaf.len() < LEAF_MAX / 4,
            Node::Inner(inner) => inner.slots.len() < FANOUT / 4,
        }
    }

    /// Takes over everything of the node right of it, if there is room; says whether.
    fn join(&mut self, right: &Node) -> bool {
        match (self, right) {
            (Node::Leaf(left), Node::Leaf(right)) if left.can_take(right) => {
                Arc::make_mut(left).append(right);
                true
            }
            (Node::Inner(left), Node::Inner(right))
                if left.slots.len() + right.slots.len() <= FANOUT * 3 / 4 =>
            {
                let left = Arc::make_mut(left);
                left.lows.extend(right.lows.iter().copied());
                left.slots.extend(right.slots.iter().cloned());
                true
            }
            _ => false,
        }
    }
}

fn insert_in_leaf(leaf: &mut Leaf, new: &Insertion<'_>, edges: Edges) -> Option<Leaf> {
    leaf.prefetch();
    let at = leaf.position(&new.cut);
    if !leaf.is_full_for(new.member) {
        leaf.insert(at, new.score, new.member);
        return None;
    }
    if at == leaf.len() && (edges.right || leaf.len() == 1) {
        return Some(Leaf::single(new.score, new.member));
    }
    if at == 0 && (edges.left || leaf.len() == 1) {
        return Some(std::mem::replace(leaf, Leaf::single(new.score, new.member)));
    }
    let middle = leaf.len() / 2;
    let mut right = leaf.split_off(middle);
    if at <= middle {
        leaf.insert(at, new.score, new.member);
    } else {
        right.insert(at - middle, new.score, new.member);
    }
    Some(right)
}

impl Inner {
    /// The child that holds the last element before the cut; the first one when there is none.
    #[inline]
    fn child(&self, cut: &Cut<'_>) -> usize {
        cut.position(&self.lows, |at| self.slots[at].node.first().1).saturating_sub(1)
    }

    fn put(&mut self, at: usize, slot: Slot) {
        self.lows.insert(at, slot.node.first().0);
        self.slots.insert(at, slot);
    }

    fn take(&mut self, at: usize) {
        self.lows.remove(at);
        self.slots.remove(at);
    }

    fn split_off(&mut self, at: usize) -> Inner {
        Inner { lows: self.lows.drain(at..).collect(), slots: self.slots.drain(at..).collect() }
    }

    /// Brings what is known of a child up to date: it has now so many elements.
    fn refresh(&mut self, at: usize, count: usize) {
        let slot = &mut self.slots[at];
        slot.count = count;
        if count > 0 {
            self.lows[at] = slot.node.first().0;
        }
    }

    /// The child with the element of this rank, and the element's rank in it.
    #[inline]
    fn child_at(&self, mut rank: usize) -> (usize, usize) {
        let last = self.slots.len() - 1;
        for (at, slot) in self.slots[..last].iter().enumerate() {
            if rank < slot.count {
                return (at, rank);
            }
            rank -= slot.count;
        }
        (last, rank)
    }

    fn insert(&mut self, new: &Insertion<'_>, edges: Edges) -> Option<Inner> {
        let at = self.child(&new.cut);
        let (left, right) = (edges.left && at == 0, edges.right && at + 1 == self.slots.len());
        let slot = &mut self.slots[at];
        let count = slot.count + 1;
        let Some(beside) = slot.node.insert(new, Edges { left, right }) else {
            self.refresh(at, count);
            return None;
        };
        self.refresh(at, count - beside.count);
        self.put(at + 1, beside);
        if self.slots.len() <= FANOUT {
            return None;
        }
        let middle = if right { FANOUT } else { FANOUT / 2 };
        Some(self.split_off(middle))
    }

    fn remove(&mut self, which: Which<'_>) {
        let (at, which) = match which {
            Which::Rank(rank) => {
                let (at, rank) = self.child_at(rank);
                (at, Which::Rank(rank))
            }
            Which::Behind(cut) => (self.child(cut), which),
        };
        let slot = &mut self.slots[at];
        let count = slot.count - 1;
        if count == 0 {
            self.take(at);
            return;
        }
        slot.node.remove(which);
        let sparse = slot.node.is_sparse();
        self.refresh(at, count);
        if sparse {
            self.join_around(at);
        }
    }

    /// Joins a child with one of its neighbours, if there is room.
    fn join_around(&mut self, at: usize) {
        for left in [at, at.wrapping_sub(1)] {
            let Some([one, two]) = self.slots.get_mut(left..).and_then(|rest| rest.first_chunk_mut()) else {
                continue;
            };
            if one.node.join(&two.node) {
                one.count += two.count;
                self.take(left + 1);
                return;
            }
        }
    }
}

impl Tree {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Inserts an element that is not there.
    pub(super) fn insert(&mut self, score: f64, member: &[u8]) {
        let new = Insertion { score, member, cut: Cut::Element(score, member, false) };
        self.len += 1;
        let Some(right) = self.root.insert(&new, Edges { left: true, right: true }) else { return };
        let mut both = Inner::default();
        both.put(0, Slot::new(std::mem::take(&mut self.root)));
        both.put(1, right);
        self.root = Node::Inner(Arc::new(both));
    }

    /// Removes the element of this rank, which there is.
    pub(super) fn remove_at(&mut self, rank: usize) {
        self.remove_which(Which::Rank(rank));
    }

    /// Removes this element, which there is.
    pub(super) fn remove(&mut self, score: f64, member: &[u8]) {
        self.remove_which(Which::Behind(&Cut::Element(score, member, true)));
    }

    fn remove_which(&mut self, which: Which<'_>) {
        self.root.remove(which);
        self.len -= 1;
        while let Node::Inner(inner) = &mut self.root {
            match inner.slots.len() {
                0 => self.root = Node::default(),
                1 => self.root = inner.slots[0].node.clone(),
                _ => return,
            }
        }
    }

    /// Number of elements before the cut.
    pub(super) fn rank(&self, cut: &Cut<'_>) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            match node {
                Node::Leaf(leaf) => {
                    leaf.prefetch();
                    return rank + leaf.position(cut);
                }
                Node::Inner(inner) => {
                    let at = inner.child(cut);
                    rank += inner.slots[..at].iter().map(|slot| slot.count).sum::<usize>();
                    node = &inner.slots[at].node;
                }
            }
        }
    }

    /// Is this element there?
    #[inline]
    pub(super) fn contains(&self, score: f64, member: &[u8]) -> bool {
        let cut = Cut::Element(score, member, true);
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    leaf.prefetch();
                    let at = leaf.position(&cut);
                    return at > 0 && leaf.score(at - 1) == score && leaf.member(at - 1) == member;
                }
                Node::Inner(inner) => node = &inner.slots[inner.child(&cut)].node,
            }
        }
    }

    /// Fetches into the cache the ways to the places of these scores, and the leaves there: a level for all
    /// of them, then the next.
    pub(super) fn prefetch(&self, scores: &[f64]) {
        let mut ways: ArrayVec<(&Node, f64), WAYS_MAX> =
            scores.iter().take(WAYS_MAX).map(|score| (&self.root, *score)).collect();
        while ways.iter().any(|(node, _)| matches!(node, Node::Inner(_))) {
            for (node, score) in &mut ways {
                if let Node::Inner(inner) = node {
                    *node = &inner.slots[inner.child(&Cut::Score(*score, true))].node;
                    node.prefetch();
                }
            }
        }
        for (node, _) in ways {
            if let Node::Leaf(leaf) = node {
                leaf.prefetch_members();
            }
        }
    }

    /// The leaf with the element of this rank, and the element's place in it.
    fn leaf_at(&self, rank: usize) -> (&Leaf, usize) {
        let (mut node, mut rank) = (&self.root, rank);
        loop {
            match node {
                Node::Leaf(leaf) => return (leaf, rank),
                Node::Inner(inner) => {
                    let (at, below) = inner.child_at(rank);
                    (node, rank) = (&inner.slots[at].node, below);
                }
            }
        }
    }

    /// The element of this rank, which there is.
    pub(super) fn at(&self, rank: usize) -> (f64, &[u8]) {
        let (leaf, at) = self.leaf_at(rank);
        (leaf.score(at), leaf.member(at))
    }

    /// The elements from rank `low` to before rank `high`, from either end.
    pub(super) fn range(&self, low: usize, high: usize) -> Range<'_> {
        let high = high.min(self.len);
        Range { tree: self, low: low.min(high), high, front: None, back: None }
    }
}

/// Elements in order, from either end. A leaf is looked up once and read through.
#[derive(Clone, Debug)]
pub struct Range<'a> {
    tree: &'a Tree,
    low: usize,
    high: usize,
    front: Option<(&'a Leaf, usize)>,
    back: Option<(&'a Leaf, usize)>,
}

impl<'a> Iterator for Range<'a> {
    type Item = (f64, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.low >= self.high {
            return None;
        }
        let (leaf, at) = match self.front {
            Some((leaf, at)) if at < leaf.len() => (leaf, at),
            _ => self.tree.leaf_at(self.low),
        };
        self.front = Some((leaf, at + 1));
        self.low += 1;
        Some((leaf.score(at), leaf.member(at)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.high - self.low, Some(self.high - self.low))
    }
}

impl DoubleEndedIterator for Range<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.low >= self.high {
            return None;
        }
        self.high -= 1;
        let (leaf, at) = match self.back {
            Some((leaf, at)) if at > 0 => (leaf, at - 1),
            _ => self.tree.leaf_at(self.high),
        };
        self.back = Some((leaf, at));
        Some((leaf.score(at), leaf.member(at)))
    }
}

impl ExactSizeIterator for Range<'_> {}
