//! A node of a big list: a listpack of some elements, or one huge element by itself. The bytes are shared
//! with copies of the list, and copied on write. Inside a long list they may be held compressed.
//!
//! ```text
//! Packed    [ listpack ]            count elements
//! Plain     [ the element ]         one, whose size no listpack should have
//! Squeezed  [ LZF of one of both ]  read by expanding it into a buffer
//! ```

use std::borrow::Cow;
use std::cell::RefCell;

use triomphe::Arc;

use crate::store::lzf::{self, Compressor};
use crate::store::packed::listpack::{self, Item, Listpack, Roomy};

/// What an `Arc` keeps ahead of its value, in bytes.
const COUNT: usize = 8;
/// Nodes of fewer bytes are not compressed.
const SQUEEZE_BYTES_MIN: usize = 48;
/// Compression must save this much, in bytes.
const SQUEEZE_GAIN_MIN: usize = 8;

thread_local! {
    static COMPRESSOR: RefCell<Compressor> = RefCell::default();
}

#[derive(Clone, Debug)]
enum Body {
    Packed(Arc<Roomy>),
    Plain(Arc<Vec<u8>>),
    Squeezed { lzf: Arc<[u8]>, bytes: usize, plain: bool },
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    body: Body,
    count: usize,
}

impl Node {
    /// A node of a listpack with so many elements.
    pub fn packed(bytes: Vec<u8>, count: usize) -> Node {
        Node { body: Body::Packed(Arc::new(Roomy::new(bytes))), count }
    }

    /// A node of one huge element.
    pub fn plain(bytes: Vec<u8>) -> Node {
        Node { body: Body::Plain(Arc::new(bytes)), count: 1 }
    }

    /// A node of one element.
    pub fn of(element: &[u8], plain: bool) -> Node {
        match plain {
            true => Node::plain(element.to_vec()),
            false => Node::packed(listpack::collect([Item::of(element)]), 1),
        }
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Is it one huge element?
    pub fn is_plain(&self) -> bool {
        matches!(self.body, Body::Plain(_) | Body::Squeezed { plain: true, .. })
    }

    /// Is it held compressed?
    pub fn is_squeezed(&self) -> bool {
        matches!(self.body, Body::Squeezed { .. })
    }

    /// Bytes of the listpack or of the element.
    pub fn size(&self) -> usize {
        match &self.body {
            Body::Packed(pack) => pack.as_bytes().len(),
            Body::Plain(bytes) => bytes.len(),
            Body::Squeezed { bytes, .. } => *bytes,
        }
    }

    /// Bytes of memory beside the node itself.
    pub fn mem_bytes(&self) -> usize {
        match &self.body {
            Body::Packed(pack) => pack.capacity() + size_of::<Roomy>() + COUNT,
            Body::Plain(bytes) => bytes.capacity() + size_of::<Vec<u8>>() + COUNT,
            Body::Squeezed { lzf, .. } => lzf.len() + COUNT,
        }
    }

    /// The listpack or the element.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match &self.body {
            Body::Packed(pack) => Cow::Borrowed(pack.as_bytes()),
            Body::Plain(bytes) => Cow::Borrowed(bytes),
            Body::Squeezed { lzf, bytes, .. } => Cow::Owned(expanded(lzf, *bytes)),
        }
    }

    /// The listpack to change; only for nodes that are not plain.
    #[inline]
    fn pack(&mut self) -> &mut Roomy {
        self.expand();
        match &mut self.body {
            Body::Packed(pack) => Arc::make_mut(pack),
            Body::Plain(_) | Body::Squeezed { .. } => unreachable!("expanded, and not plain"),
        }
    }

    /// The listpack's bytes to change in any way.
    fn edit(&mut self) -> &mut Vec<u8> {
        self.pack().edit()
    }

    /// Holds the bytes compressed, if that saves memory.
    pub fn squeeze(&mut self) {
        let bytes: &[u8] = match &self.body {
            Body::Packed(pack) => pack.as_bytes(),
            Body::Plain(bytes) => bytes,
            Body::Squeezed { .. } => return,
        };
        if bytes.len() < SQUEEZE_BYTES_MIN {
            return;
        }
        let (mut out, most) = (Vec::new(), bytes.len() - SQUEEZE_GAIN_MIN);
        if COMPRESSOR.with_borrow_mut(|lzf| lzf.compress(bytes, &mut out, most)) {
            let plain = self.is_plain();
            self.body = Body::Squeezed { lzf: Arc::from(&out[..]), bytes: self.size(), plain };
        }
    }

    /// Holds the bytes as they are.
    pub fn expand(&mut self) {
        if let Body::Squeezed { lzf, bytes, plain } = &self.body {
            let bytes = expanded(lzf, *bytes);
            self.body = match plain {
                true => Body::Plain(Arc::new(bytes)),
                false => Body::Packed(Arc::new(Roomy::new(bytes))),
            };
        }
    }

    /// Adds an element ahead of the one at `index`, or at the end.
    #[inline]
    pub fn insert(&mut self, index: usize, item: Item<'_>) {
        if index == self.count {
            self.pack().push_back(item);
        } else if index == 0 {
            self.pack().push_front(item);
        } else {
            let bytes = self.edit();
            let at = position(bytes, index);
            listpack::insert(bytes, at, item);
        }
        self.count += 1;
    }

    /// Puts another element in the place of the one at `index`.
    pub fn replace(&mut self, index: usize, element: &[u8], plain: bool) {
        if self.is_plain() || plain {
            *self = Node::of(element, plain);
            return;
        }
        let bytes = self.edit();
        let at = position(bytes, index);
        listpack::replace(bytes, at, Item::of(element));
    }

    /// Removes `count` elements from the one at `index` on.
    #[inline]
    pub fn remove(&mut self, index: usize, count: usize) {
        if self.is_plain() || count == 0 {
            self.count -= count;
            return;
        }
        if count == 1 && index == 0 {
            self.pack().pop_front();
        } else if count == 1 && index + 1 == self.count {
            self.pack().pop_back();
        } else {
            let bytes = self.edit();
            let at = position(bytes, index);
            listpack::remove(bytes, at, count);
        }
        self.count -= count;
    }

    /// Splits off the elements from `index` on.
    pub fn split_off(&mut self, index: usize) -> Node {
        let count = self.count - index;
        let bytes = self.edit();
        let pack = Listpack::new(bytes);
        let tail = listpack::collect(pack.iter().skip(index));
        let at = position(bytes, index);
        listpack::remove(bytes, at, count);
        self.count = index;
        Node::packed(tail, count)
    }

    /// Takes over the elements of another packed node, behind its own.
    pub fn append(&mut self, other: &Node) {
        let theirs = other.bytes();
        let bytes = self.edit();
        for item in Listpack::new(&theirs).iter() {
            listpack::push(bytes, item);
        }
        self.count += other.count;
    }

    /// Removes elements that equal `wanted`, at most `most` of them, from the end if `back`; says how many.
    pub fn remove_equal(&mut self, wanted: &[u8], most: usize, back: bool) -> usize {
        if self.is_plain() {
            let gone = usize::from(*self.bytes() == *wanted);
            self.count -= gone;
            return gone;
        }
        let held = self.bytes();
        let (pack, item) = (Listpack::new(&held), Item::of(wanted));
        let equal = pack.positions().filter(|at| pack.get(*at) == item);
        let mut found: Vec<usize> = equal.collect();
        drop(held);
        if found.len() > most {
            if back {
                found.drain(..found.len() - most);
            } else {
                found.truncate(most);
            }
        }
        if found.is_empty() {
            return 0;
        }
        let bytes = self.edit();
        for at in found.iter().rev() {
            listpack::remove(bytes, *at, 1);
        }
        self.count -= found.len();
        found.len()
    }
}

fn expanded(squeezed: &[u8], bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes);
    let intact = lzf::decompress(squeezed, &mut out, bytes).is_ok();
    assert!(intact, "a node was compressed by this process");
    out
}

/// Position of the element with this index; the end when there is none.
#[inline]
fn position(bytes: &[u8], index: usize) -> usize {
    let pack = Listpack::new(bytes);
    match index {
        0 => listpack::HEADER,
        _ => pack.seek(index as i64).unwrap_or(pack.end()),
    }
}

impl Node {
    /// Gives back room that is not used: nothing is added to this node for now.
    pub fn trim(&mut self) {
        if let Body::Packed(pack) = &mut self.body
            && let Some(pack) = Arc::get_mut(pack)
        {
            pack.trim();
        }
    }
}
