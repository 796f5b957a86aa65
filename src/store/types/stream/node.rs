//! A node of a stream: a run of entries that share their field names and store their ids as differences.
//!
//! It holds what Redis's node, a listpack, holds, in the same order and with the same encoding of elements,
//! but without what can be told from the rest: the back length of each element, the closing count of each
//! entry, and the counters at the front, which are fields here. That is a fifth less memory; the listpack
//! itself is made when a node is written to RDB and taken apart when one is read.
//!
//! ```text
//! listpack  count deleted fields name .. name 0 | flags ms seq [ n name value .. | value .. ] entries ... | ...
//! body                           name .. name   | flags ms seq [ n name value .. | value .. ]             | ...
//!                                ^ head bytes   ^
//!
//! flags  1 = deleted, 2 = same field names as the node's: values only
//! ms, seq   less those of the node's own id, its key in the stream
//! ```

use crate::store::packed::listpack::{self, Item, Listpack};

use super::id::Id;

/// The entry is deleted.
const DELETED: i64 = 1;
/// The entry has the field names of the node.
const SAME_FIELDS: i64 = 2;

/// A node.
#[derive(Clone, Debug, Default)]
pub struct Node {
    body: Vec<u8>,
    /// The last id in it, of a deleted entry too.
    last: Id,
    /// Where the last entry is.
    last_at: u32,
    head: u32,
    fields: u32,
    live: u32,
    deleted: u32,
    /// Bytes of the listpack, without its two counters.
    packed: u32,
}

/// An entry where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its id.
    pub id: Id,
    node: &'a Node,
    /// Where its flags are.
    at: usize,
    /// Where its values or fields begin.
    data: usize,
    fields: usize,
    same: bool,
    deleted: bool,
}

fn int(item: Item<'_>) -> Option<i64> {
    match item {
        Item::Int(number) => Some(number),
        Item::Str(_) => None,
    }
}

/// The element at `at` and where the next one is.
fn read(body: &[u8], at: usize) -> (Item<'_>, usize) {
    let (item, size) = listpack::body(&body[at..]);
    (item, at + size)
}

fn read_int(body: &[u8], at: usize) -> (i64, usize) {
    let (item, next) = read(body, at);
    (int(item).unwrap_or(0), next)
}

/// A field's id difference, added to the node's id.
fn id_at(master: Id, ms: i64, seq: i64) -> Id {
    Id::new(master.ms.wrapping_add(ms as u64), master.seq.wrapping_add(seq as u64))
}

impl Node {
    /// A node for these field names, still without entries.
    pub fn new<'a>(fields: impl ExactSizeIterator<Item = &'a [u8]>) -> Node {
        let mut node = Node { fields: fields.len() as u32, ..Node::default() };
        node.packed = (listpack::EMPTY_BYTES + Item::Int(i64::from(node.fields)).size()) as u32;
        for field in fields {
            node.put(Item::of(field));
        }
        node.packed += Item::Int(0).size() as u32;
        node.head = node.body.len() as u32;
        node
    }

    fn put(&mut self, item: Item<'_>) {
        listpack::push_body(&mut self.body, item);
        self.packed += item.size() as u32;
    }

    /// Entries that are not deleted.
    pub fn live(&self) -> usize {
        self.live as usize
    }

    /// All entries.
    pub fn all(&self) -> usize {
        self.live as usize + self.deleted as usize
    }

    /// The last id, of a deleted entry too.
    pub fn last(&self) -> Id {
        self.last
    }

    /// Bytes of the node as a listpack: what `stream-node-max-bytes` counts.
    pub fn packed_bytes(&self) -> usize {
        let counters = Item::Int(self.live.into()).size() + Item::Int(self.deleted.into()).size();
        self.packed as usize + counters
    }

    /// Bytes of memory.
    pub fn mem_bytes(&self) -> usize {
        size_of::<Node>() + 2 * size_of::<usize>() + self.body.capacity()
    }

    /// No more entries come: gives back the room kept for them. By a copy, because the allocator leaves a
    /// block that shrinks by less than half where it is.
    pub fn seal(&mut self) {
        if self.body.capacity() > self.body.len() {
            self.body = self.body.as_slice().to_vec();
        }
    }

    /// Whether these are the node's field names, in this order.
    fn has_fields<'a>(&self, fields: impl ExactSizeIterator<Item = &'a [u8]>) -> bool {
        if fields.len() != self.fields as usize {
            return false;
        }
        let mut at = 0;
        fields.into_iter().all(|field| {
            let (item, next) = read(&self.body, at);
            at = next;
            item == Item::of(field)
        })
    }

    /// Adds an entry; `pairs` are fields and values in turn, `master` the node's id.
    pub fn append<'a>(&mut self, master: Id, id: Id, pairs: impl ExactSizeIterator<Item = &'a [u8]> + Clone) {
        let count = pairs.len() / 2;
        let same = self.has_fields(Fields(pairs.clone()));
        let start = self.body.len();
        self.last_at = start as u32;
        self.put(Item::Int(if same { SAME_FIELDS } else { 0 }));
        self.put(Item::Int(id.ms.wrapping_sub(master.ms) as i64));
        self.put(Item::Int(id.seq.wrapping_sub(master.seq) as i64));
        if !same {
            self.put(Item::Int(count as i64));
        }
        for (place, part) in pairs.enumerate() {
            if !same || place % 2 == 1 {
                self.put(Item::of(part));
            }
        }
        debug_assert!(self.body.len() > start);
        self.packed += Item::Int(elements(count, same)).size() as u32;
        self.live += 1;
        self.last = id;
    }

    /// The entry whose flags are at `at`, and where the next one is.
    fn entry_at(&self, master: Id, at: usize) -> (Entry<'_>, usize) {
        let (flags, next) = read_int(&self.body, at);
        let (ms, next) = read_int(&self.body, next);
        let (seq, next) = read_int(&self.body, next);
        let same = flags & SAME_FIELDS != 0;
        let (fields, data) = if same {
            (self.fields as usize, next)
        } else {
            let (count, data) = read_int(&self.body, next);
            (count as usize, data)
        };
        let parts = if same { fields } else { fields * 2 };
        let mut end = data;
        for _ in 0..parts {
            end += listpack::body_len(&self.body[end..]);
        }
        let id = id_at(master, ms, seq);
        (Entry { id, node: self, at, data, fields, same, deleted: flags & DELETED != 0 }, end)
    }

    /// Where to begin to look for entries from `start` on. Readers mostly ask for the last.
    fn start_at(&self, start: Id) -> usize {
        (if start >= self.last { self.last_at } else { self.head }) as usize
    }

    /// Every entry behind a place, deleted ones too.
    fn every(&self, master: Id, mut at: usize) -> impl Iterator<Item = Entry<'_>> + Clone {
        std::iter::from_fn(move || {
            if at >= self.body.len() {
                return None;
            }
            let (entry, next) = self.entry_at(master, at);
            at = next;
            Some(entry)
        })
    }

    /// The entries, in order.
    pub fn entries(&self, master: Id) -> impl Iterator<Item = Entry<'_>> + Clone {
        self.entries_from(master, Id::MIN)
    }

    /// The entries from an id on.
    pub fn entries_from(&self, master: Id, start: Id) -> impl Iterator<Item = Entry<'_>> + Clone {
        let every = self.every(master, self.start_at(start));
        every.filter(move |entry| !entry.deleted && entry.id >= start)
    }

    /// The entry with this id.
    pub fn find(&self, master: Id, id: Id) -> Option<Entry<'_>> {
        let mut every = self.every(master, self.start_at(id));
        every.find(|entry| entry.id >= id).filter(|entry| entry.id == id && !entry.deleted)
    }

    /// Whether the last entry is not deleted.
    pub fn ends_live(&self) -> bool {
        self.body.get(self.last_at as usize).is_some_and(|flags| i64::from(*flags) & DELETED == 0)
    }

    /// Marks the entry whose flags are at `at` as deleted.
    fn mark(&mut self, at: usize) {
        self.body[at] |= DELETED as u8; // the flags are one byte: an integer below 128
        self.live -= 1;
        self.deleted += 1;
    }

    /// Deletes an entry; says whether it was there.
    pub fn delete(&mut self, master: Id, id: Id) -> bool {
        let found = self.find(master, id).map(|entry| entry.at);
        if let Some(at) = found {
            self.mark(at);
        }
        found.is_some()
    }

    /// The node as Redis's listpack.
    pub fn to_listpack(&self, master: Id) -> Vec<u8> {
        let mut pack = listpack::empty();
        pack.reserve(self.packed_bytes());
        for number in [self.live, self.deleted, self.fields] {
            listpack::push(&mut pack, Item::Int(number.into()));
        }
        let copy = |pack: &mut Vec<u8>, from: usize, to: usize| {
            let mut at = from;
            while at < to {
                let (item, next) = read(&self.body, at);
                listpack::push(pack, item);
                at = next;
            }
        };
        copy(&mut pack, 0, self.head as usize);
        listpack::push(&mut pack, Item::Int(0));
        let mut at = self.head as usize;
        while at < self.body.len() {
            let (entry, next) = self.entry_at(master, at);
            copy(&mut pack, at, next);
            listpack::push(&mut pack, Item::Int(elements(entry.fields, entry.same)));
            at = next;
        }
        pack
    }

    /// The node of a listpack from anywhere: `None` unless it is all that a node must be. `master` is its id.
    pub fn from_listpack(master: Id, bytes: &[u8]) -> Option<Node> {
        listpack::validate(bytes)?;
        let mut items = Listpack::new(bytes).iter();
        let number = |items: &mut listpack::Iter<'_>| items.next().and_then(int);
        let live = u32::try_from(number(&mut items)?).ok()?;
        let deleted = u32::try_from(number(&mut items)?).ok()?;
        let fields = u32::try_from(number(&mut items)?).ok()?;
        let mut node = Node { fields, ..Node::default() };
        for _ in 0..fields {
            node.put(items.next()?);
        }
        if number(&mut items)? != 0 {
            return None;
        }
        node.head = node.body.len() as u32;
        let mut before = None;
        for _ in 0..u64::from(live) + u64::from(deleted) {
            let id = node.take_entry(master, &mut items)?;
            if before.is_some_and(|before| id <= before) {
                return None;
            }
            before = Some(id);
        }
        node.last = before?;
        node.packed += (listpack::EMPTY_BYTES + Item::Int(fields.into()).size() + Item::Int(0).size()) as u32;
        let whole = items.next().is_none() && (node.live, node.deleted) == (live, deleted) && live > 0;
        node.seal();
        whole.then_some(node)
    }

    /// Takes one entry over from a listpack.
    fn take_entry(&mut self, master: Id, items: &mut listpack::Iter<'_>) -> Option<Id> {
        let flags = items.next().and_then(int).filter(|flags| (0..=DELETED | SAME_FIELDS).contains(flags))?;
        let ms = items.next().and_then(int)?;
        let seq = items.next().and_then(int)?;
        self.last_at = self.body.len() as u32;
        for number in [flags, ms, seq] {
            self.put(Item::Int(number));
        }
        let same = flags & SAME_FIELDS != 0;
        let mut count = i64::from(self.fields);
        if !same {
            count = items.next().and_then(int).filter(|count| *count >= 0)?;
            self.put(Item::Int(count));
        }
        let parts = if same { count } else { count.checked_mul(2)? };
        for _ in 0..parts {
            self.put(items.next()?);
        }
        let closing = items.next().and_then(int)?;
        if closing != elements(count as usize, same) {
            return None;
        }
        self.packed += Item::Int(closing).size() as u32;
        if flags & DELETED != 0 {
            self.deleted += 1;
        } else {
            self.live += 1;
        }
        Some(id_at(master, ms, seq))
    }
}

/// What the closing count of an entry says: its elements in a listpack, itself left out.
fn elements(fields: usize, same: bool) -> i64 {
    (if same { fields + 3 } else { 2 * fields + 4 }) as i64
}

impl<'a> Entry<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields
    }

    /// Whether it has no fields: only in data from elsewhere.
    pub fn is_empty(&self) -> bool {
        self.fields == 0
    }

    /// Fields and values, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (Item<'a>, Item<'a>)> + use<'a> {
        let body = &self.node.body;
        let (same, mut left) = (self.same, self.fields);
        let (mut name, mut at) = (0, self.data);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let from = if same { &mut name } else { &mut at };
            let (field, next) = read(body, *from);
            *from = next;
            let (value, next) = read(body, at);
            at = next;
            Some((field, value))
        })
    }
}

/// Every other one of some pairs: the fields.
struct Fields<I>(I);

impl<'a, I: ExactSizeIterator<Item = &'a [u8]>> Iterator for Fields<I> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let field = self.0.next();
        self.0.next();
        field
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len() / 2, Some(self.0.len() / 2))
    }
}

impl<'a, I: ExactSizeIterator<Item = &'a [u8]>> ExactSizeIterator for Fields<I> {}

/// The fields among fields and values.
pub fn fields_of<'a>(
    pairs: impl ExactSizeIterator<Item = &'a [u8]>,
) -> impl ExactSizeIterator<Item = &'a [u8]> {
    Fields(pairs)
}
