//! The list: a small one is a listpack in its entry, a big one a row of nodes.
//!
//! ```text
//! List -> spine: [ Arc<Chunk>, Arc<Chunk>, ... ]     a copy of the list copies these pointers
//!                      |
//!                   Chunk: [ Node, Node, ... up to 128 ]  each some elements, see `node`
//! ```
//!
//! Ends are reached at once; the element at an index by passing over whole chunks, then whole nodes, then
//! elements of one node. Two levels, so that the copy a snapshot keeps costs some hundred pointers even
//! for millions of elements, and a write after it copies one chunk's pointers and one node.
//!
//! `Rules` says how much a node may hold and how many nodes at each end are never compressed; it is what
//! redis.conf says now, not what it said when the list was made.

mod node;
mod view;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use triomphe::Arc;

use crate::store::packed::listpack::{Item, Listpack};

pub use node::Node;
pub use view::{ListMut, ListRef, empty, settled};

/// Most nodes of a chunk.
const CHUNK_NODES_MAX: usize = 128;
/// The size that a node limited by its number of elements never exceeds, in bytes.
const SAFE_BYTES: usize = 8192;
/// What adding an element is assumed to cost beside its bytes.
const ELEMENT_OVERHEAD: usize = 8;
/// Elements from this size on are nodes of their own (1 GiB), unless DEBUG says otherwise.
const PLAIN_BYTES: usize = 1 << 30;

static PLAIN_THRESHOLD: AtomicUsize = AtomicUsize::new(PLAIN_BYTES);

/// DEBUG QUICKLIST-PACKED-THRESHOLD: elements from this size on are nodes of their own; 0 is the default.
pub fn set_plain_threshold(bytes: usize) {
    PLAIN_THRESHOLD.store(if bytes == 0 { PLAIN_BYTES } else { bytes }, Ordering::Relaxed);
}

fn is_plain(element: &[u8]) -> bool {
    element.len() >= PLAIN_THRESHOLD.load(Ordering::Relaxed)
}

/// What redis.conf says of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `list-max-listpack-size`: elements of a node, or, when negative, a class of its bytes.
    pub fill: i32,
    /// `list-compress-depth`: nodes at each end that are not compressed; 0 compresses none.
    pub depth: usize,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { fill: -2, depth: 0 }
    }
}

impl Rules {
    /// Most bytes and most elements of a node.
    fn limits(self) -> (usize, usize) {
        match self.fill {
            fill if fill >= 0 => (usize::MAX, fill.max(1) as usize),
            fill => (4096 << (-1 - fill.max(-5)), usize::MAX),
        }
    }

    /// May no node (and no listpack of a small list) have so many bytes and elements?
    pub fn exceeds(self, bytes: usize, count: usize) -> bool {
        match self.limits() {
            (most, usize::MAX) => bytes > most,
            (_, most) => bytes > SAFE_BYTES || count > most,
        }
    }

    /// Is a list of one node small enough to be a listpack, also after elements went?
    fn fits_packed(self, bytes: usize, count: usize, shrinking: bool) -> bool {
        let (most_bytes, most_count) = self.limits();
        let part = if shrinking { 2 } else { 1 };
        bytes <= most_bytes / part && count <= most_count / part
    }

    /// May this node take one more element of so many bytes?
    fn allows(self, node: &Node, element: usize) -> bool {
        !node.is_plain() && !self.exceeds(node.size() + element + ELEMENT_OVERHEAD, node.count() + 1)
    }
}

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The first element.
    Left,
    /// The last one.
    Right,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    nodes: VecDeque<Node>,
    len: usize,
}

/// A node's place, and that of an element in it.
#[derive(Clone, Copy, Debug)]
struct Place {
    chunk: usize,
    node: usize,
    index: usize,
}

/// A big list.
#[derive(Clone, Debug, Default)]
pub struct List {
    spine: VecDeque<Arc<Chunk>>,
    len: usize,
    nodes: usize,
    mem: usize,
    squeezed: usize,
}

impl List {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory it takes.
    pub fn mem_bytes(&self) -> usize {
        self.mem + self.nodes * size_of::<Node>() + self.spine.len() * (size_of::<Chunk>() + 16)
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        self.nodes * 2 + self.spine.len()
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.nodes
    }

    /// The nodes, in order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> {
        self.spine.iter().flat_map(|chunk| chunk.nodes.iter())
    }

    /// A list of one node.
    pub fn of_packed(bytes: Vec<u8>, count: usize) -> List {
        let mut list = List::default();
        if count > 0 {
            list.push_node(End::Right, Node::packed(bytes, count));
        }
        list
    }

    /// Adds a node at an end.
    pub fn push_node(&mut self, end: End, node: Node) {
        self.add_counts(&node);
        let room = |chunk: &Arc<Chunk>| chunk.nodes.len() < CHUNK_NODES_MAX;
        let at = match end {
            End::Left if self.spine.front().is_some_and(room) => 0,
            End::Left => {
                self.spine.push_front(Arc::default());
                0
            }
            End::Right => {
                if !self.spine.back().is_some_and(room) {
                    self.spine.push_back(Arc::default());
                }
                self.spine.len() - 1
            }
        };
        let chunk = Arc::make_mut(&mut self.spine[at]);
        chunk.len += node.count();
        match end {
            End::Left => chunk.nodes.push_front(node),
            End::Right => chunk.nodes.push_back(node),
        }
    }

    fn add_counts(&mut self, node: &Node) {
        self.nodes += 1;
        self.len += node.count();
        self.mem += node.mem_bytes();
        self.squeezed += usize::from(node.is_squeezed());
    }

    /// Lets `f` change a node, and keeps the counters.
    #[inline]
    fn edit<R>(&mut self, chunk: usize, node: usize, f: impl FnOnce(&mut Node) -> R) -> R {
        let chunk = Arc::make_mut(&mut self.spine[chunk]);
        let node = &mut chunk.nodes[node];
        let (count, mem, squeezed) = (node.count(), node.mem_bytes(), node.is_squeezed());
        let result = f(node);
        chunk.len = chunk.len + node.count() - count;
        self.len = self.len + node.count() - count;
        self.mem = self.mem + node.mem_bytes() - mem;
        self.squeezed = self.squeezed + usize::from(node.is_squeezed()) - usize::from(squeezed);
        result
    }

    /// Takes a node out.
    fn remove_node(&mut self, chunk: usize, node: usize) {
        let part = Arc::make_mut(&mut self.spine[chunk]);
        let Some(gone) = part.nodes.remove(node) else { return };
        part.len -= gone.count();
        self.nodes -= 1;
        self.len -= gone.count();
        self.mem -= gone.mem_bytes();
        self.squeezed -= usize::from(gone.is_squeezed());
        if part.nodes.is_empty() {
            self.spine.remove(chunk);
        }
    }

    /// Puts a node ahead of the one at `node` of a chunk; a chunk that gets too long is split.
    fn insert_node(&mut self, chunk: usize, node: usize, fresh: Node) {
        self.add_counts(&fresh);
        let part = Arc::make_mut(&mut self.spine[chunk]);
        part.len += fresh.count();
        part.nodes.insert(node, fresh);
        if part.nodes.len() > CHUNK_NODES_MAX {
            let nodes = part.nodes.split_off(CHUNK_NODES_MAX / 2);
            let len = nodes.iter().map(Node::count).sum();
            part.len -= len;
            self.spine.insert(chunk + 1, Arc::new(Chunk { nodes, len }));
        }
    }

    fn node(&self, place: Place) -> &Node {
        &self.spine[place.chunk].nodes[place.node]
    }

    /// The chunk and node at an end; the list must not be empty.
    fn end(&self, end: End) -> (usize, usize) {
        match end {
            End::Left => (0, 0),
            End::Right => {
                let chunk = self.spine.len() - 1;
                (chunk, self.spine[chunk].nodes.len() - 1)
            }
        }
    }

    /// Where the element with this index is, found from the nearer end; it must be there.
    fn find(&self, index: usize) -> Place {
        if index < self.len / 2 {
            let mut left = index;
            let chunk = skip(self.spine.iter().map(|c| c.len), &mut left);
            let node = skip(self.spine[chunk].nodes.iter().map(Node::count), &mut left);
            return Place { chunk, node, index: left };
        }
        let mut left = self.len - 1 - index;
        let chunk = self.spine.len() - 1 - skip(self.spine.iter().rev().map(|c| c.len), &mut left);
        let nodes = &self.spine[chunk].nodes;
        let node = nodes.len() - 1 - skip(nodes.iter().rev().map(Node::count), &mut left);
        Place { chunk, node, index: nodes[node].count() - 1 - left }
    }

    /// Adds an element at an end.
    #[inline]
    pub fn push(&mut self, end: End, element: &[u8], rules: Rules) {
        let plain = is_plain(element);
        if self.nodes > 0 && !plain {
            let (chunk, node) = self.end(end);
            if rules.allows(&self.spine[chunk].nodes[node], element.len()) {
                let item = Item::of(element);
                self.edit(chunk, node, |node| {
                    let index = if end == End::Left { 0 } else { node.count() };
                    node.insert(index, item);
                });
                return;
            }
            self.edit(chunk, node, Node::trim);
        }
        self.push_node(end, Node::of(element, plain));
        self.settle_ends(rules);
    }

    /// Takes the element at an end, which is shown to `taken`; the list must not be empty.
    #[inline]
    pub fn pop<R>(&mut self, end: End, rules: Rules, taken: impl FnOnce(Item<'_>) -> R) -> R {
        let (chunk, node) = self.end(end);
        let result = self.edit(chunk, node, |node| {
            node.expand();
            let index = if end == End::Left { 0 } else { node.count() - 1 };
            let result = with_item(node, end, taken);
            node.remove(index, 1);
            result
        });
        if self.spine[chunk].nodes[node].count() == 0 {
            self.remove_node(chunk, node);
            self.settle_ends(rules);
        }
        result
    }

    /// Shows the element with this index, when there is one.
    pub fn get<R>(&self, index: usize, f: impl FnOnce(Item<'_>) -> R) -> Option<R> {
        if index >= self.len {
            return None;
        }
        let place = self.find(index);
        let node = self.node(place);
        let bytes = node.bytes();
        if node.is_plain() {
            return Some(f(Item::Str(&bytes)));
        }
        let pack = Listpack::new(&bytes);
        pack.seek(place.index as i64).map(|at| f(pack.get(at)))
    }

    /// Shows up to `count` elements from the one at `start` on, towards the end or (`back`) the beginning,
    /// as long as `f` wants more.
    pub fn each(&self, start: usize, count: usize, back: bool, f: &mut impl FnMut(Item<'_>) -> bool) {
        if start >= self.len {
            return;
        }
        let (place, mut left) = (self.find(start), count);
        let (mut chunk, mut node, mut first) = (place.chunk, place.node, Some(place.index));
        while left > 0 {
            let held = &self.spine[chunk].nodes[node];
            let end = if back { held.count() - 1 } else { 0 };
            if !each_of(held, first.take().unwrap_or(end), back, &mut left, f) {
                return;
            }
            let next = if back { self.before(chunk, node) } else { self.after(chunk, node) };
            match next {
                Some(next) => (chunk, node) = next,
                None => return,
            }
        }
    }

    fn after(&self, chunk: usize, node: usize) -> Option<(usize, usize)> {
        if node + 1 < self.spine[chunk].nodes.len() {
            return Some((chunk, node + 1));
        }
        (chunk + 1 < self.spine.len()).then_some((chunk + 1, 0))
    }

    fn before(&self, chunk: usize, node: usize) -> Option<(usize, usize)> {
        if node > 0 {
            return Some((chunk, node - 1));
        }
        chunk.checked_sub(1).map(|chunk| (chunk, self.spine[chunk].nodes.len() - 1))
    }

    /// Inserts an element ahead of the one at `index`, or at the end.
    pub fn insert(&mut self, index: usize, element: &[u8], rules: Rules) {
        if index == 0 || index >= self.len {
            return self.push(if index == 0 { End::Left } else { End::Right }, element, rules);
        }
        let (place, plain) = (self.find(index), is_plain(element));
        let item = Item::of(element);
        let before = self.before(place.chunk, place.node).filter(|_| place.index == 0);
        let fits = |list: &List, (chunk, node): (usize, usize)| {
            !plain && rules.allows(&list.spine[chunk].nodes[node], element.len())
        };
        if fits(self, (place.chunk, place.node)) {
            self.edit(place.chunk, place.node, |node| node.insert(place.index, item));
        } else if let Some((chunk, node)) = before.filter(|at| fits(self, *at)) {
            self.edit(chunk, node, |node| node.insert(node.count(), item));
        } else {
            self.insert_between(place, Node::of(element, plain), rules);
        }
        self.settle_all(rules);
    }

    /// Puts a node ahead of an element, splitting the one it is in.
    fn insert_between(&mut self, place: Place, fresh: Node, rules: Rules) {
        let Place { chunk, node, index } = place;
        if index == 0 {
            return self.insert_node(chunk, node, fresh);
        }
        let tail = self.edit(chunk, node, |node| node.split_off(index));
        self.insert_node(chunk, node + 1, tail);
        // The chunk may have been split: find the place again.
        let (chunk, node) = if node + 1 < self.spine[chunk].nodes.len() {
            (chunk, node + 1)
        } else {
            (chunk + 1, node + 1 - self.spine[chunk].nodes.len())
        };
        self.insert_node(chunk, node, fresh);
        self.merge_small(chunk.saturating_sub(1), rules);
    }

    /// Joins neighbours that fit one node, in a chunk and the one behind it: splits leave such.
    fn merge_small(&mut self, chunk: usize, rules: Rules) {
        for chunk in (chunk..(chunk + 3).min(self.spine.len())).rev() {
            let mut node = self.spine[chunk].nodes.len();
            while node > 1 {
                node -= 1;
                let (a, b) = (&self.spine[chunk].nodes[node - 1], &self.spine[chunk].nodes[node]);
                let joins = !a.is_plain() && !b.is_plain();
                if joins && !rules.exceeds(a.size() + b.size(), a.count() + b.count()) {
                    let other = b.clone();
                    self.remove_node(chunk, node);
                    self.edit(chunk, node - 1, |node| node.append(&other));
                }
            }
        }
    }

    /// Puts another element in the place of the one at `index`, which must be there.
    pub fn set(&mut self, index: usize, element: &[u8], rules: Rules) {
        let (place, plain) = (self.find(index), is_plain(element));
        let alone = self.node(place).count() == 1;
        let size = self.node(place).size() + element.len() + ELEMENT_OVERHEAD;
        if alone || !plain && !rules.exceeds(size, self.node(place).count()) {
            self.edit(place.chunk, place.node, |node| match alone {
                true => *node = Node::of(element, plain),
                false => node.replace(place.index, element, plain),
            });
            return self.settle_all(rules);
        }
        self.edit(place.chunk, place.node, |node| node.remove(place.index, 1));
        self.insert(index, element, rules);
    }

    /// Removes `count` elements from the one at `start` on; they must be there.
    pub fn remove(&mut self, start: usize, mut count: usize, rules: Rules) {
        while count > 0 {
            let place = self.find(start);
            let here = (self.node(place).count() - place.index).min(count);
            if here == self.node(place).count() {
                self.remove_node(place.chunk, place.node);
            } else {
                self.edit(place.chunk, place.node, |node| node.remove(place.index, here));
            }
            count -= here;
        }
        self.settle_all(rules);
    }

    /// Removes elements that equal `wanted`, at most `most`, from the end if `back`; says how many.
    pub fn remove_equal(&mut self, wanted: &[u8], most: usize, back: bool, rules: Rules) -> usize {
        let mut gone = 0;
        let mut at =
            if self.nodes == 0 { None } else { Some(self.end(if back { End::Right } else { End::Left })) };
        while let Some((chunk, node)) = at.filter(|_| gone < most) {
            let next = if back { self.before(chunk, node) } else { self.after(chunk, node) };
            let held = &self.spine[chunk].nodes[node];
            let mut edited = held.clone();
            let found = edited.remove_equal(wanted, most - gone, back);
            let chunks = self.spine.len();
            at = next;
            if found > 0 && edited.count() == 0 {
                self.remove_node(chunk, node);
                let dropped = chunks > self.spine.len();
                // Walking forward, what follows has moved up.
                at = match next {
                    Some((c, n)) if !back && c == chunk => Some((c, n - 1)),
                    Some((c, n)) if !back && dropped => Some((c - 1, n)),
                    next => next,
                };
            } else if found > 0 {
                self.edit(chunk, node, |node| *node = edited);
            }
            gone += found;
        }
        self.settle_all(rules);
        gone
    }

    /// After nodes came or went at an end: those near it are plain to reach, the next may be compressed.
    fn settle_ends(&mut self, rules: Rules) {
        if rules.depth == 0 || self.nodes == 0 {
            return;
        }
        for from_end in 0..=rules.depth.min(self.nodes.saturating_sub(1)) {
            for at in [from_end, self.nodes - 1 - from_end] {
                let (chunk, node) = self.nth_node(at);
                self.settle_node(at, chunk, node, rules);
            }
        }
    }

    /// After a change anywhere.
    fn settle_all(&mut self, rules: Rules) {
        if rules.depth == 0 && self.squeezed == 0 {
            return;
        }
        let mut at = 0;
        for chunk in 0..self.spine.len() {
            for node in 0..self.spine[chunk].nodes.len() {
                self.settle_node(at, chunk, node, rules);
                at += 1;
            }
        }
    }

    fn settle_node(&mut self, at: usize, chunk: usize, node: usize, rules: Rules) {
        let inner = rules.depth > 0 && at >= rules.depth && at + rules.depth < self.nodes;
        if self.spine[chunk].nodes[node].is_squeezed() != inner {
            self.edit(chunk, node, if inner { Node::squeeze } else { Node::expand });
        }
    }

    fn nth_node(&self, mut at: usize) -> (usize, usize) {
        if at >= self.nodes / 2 {
            let mut back = self.nodes - 1 - at;
            let chunk =
                self.spine.len() - 1 - skip(self.spine.iter().rev().map(|c| c.nodes.len()), &mut back);
            return (chunk, self.spine[chunk].nodes.len() - 1 - back);
        }
        let chunk = skip(self.spine.iter().map(|c| c.nodes.len()), &mut at);
        (chunk, at)
    }

    /// The only node's listpack, when the list is short enough to be one again.
    fn as_packed(&self, rules: Rules, shrinking: bool) -> Option<Vec<u8>> {
        let node = self.spine.front()?.nodes.front().filter(|node| self.nodes == 1 && !node.is_plain())?;
        rules.fits_packed(node.size(), node.count(), shrinking).then(|| node.bytes().into_owned())
    }
}

/// Passes over whole parts; returns the number of the part that `left` ends in.
fn skip(sizes: impl Iterator<Item = usize>, left: &mut usize) -> usize {
    let mut passed = 0;
    for size in sizes {
        if *left < size {
            break;
        }
        *left -= size;
        passed += 1;
    }
    passed
}

/// Shows the first or last element of a node that is not compressed.
fn with_item<R>(node: &Node, end: End, f: impl FnOnce(Item<'_>) -> R) -> R {
    let bytes = node.bytes();
    if node.is_plain() {
        return f(Item::Str(&bytes));
    }
    let pack = Listpack::new(&bytes);
    let at = if end == End::Left { pack.first() } else { pack.last() };
    f(at.map_or(Item::Str(b""), |at| pack.get(at)))
}

/// Shows a node's elements from one on; false when `f` has had enough.
fn each_of(
    node: &Node,
    first: usize,
    back: bool,
    left: &mut usize,
    f: &mut impl FnMut(Item<'_>) -> bool,
) -> bool {
    let bytes = node.bytes();
    if node.is_plain() {
        *left -= 1;
        return f(Item::Str(&bytes));
    }
    each_packed(Listpack::new(&bytes), first, back, left, f)
}

/// The same of a listpack.
fn each_packed(
    pack: Listpack<'_>,
    first: usize,
    back: bool,
    left: &mut usize,
    f: &mut impl FnMut(Item<'_>) -> bool,
) -> bool {
    let Some(mut at) = pack.seek(first as i64) else { return true };
    while *left > 0 {
        let (item, behind) = pack.read(at);
        *left -= 1;
        if !f(item) {
            return false;
        }
        at = match back {
            false if pack.is_end(behind) => break,
            false => behind,
            true => match pack.prev(at) {
                Some(before) => before,
                None => break,
            },
        };
    }
    true
}

#[cfg(test)]
mod tests;
