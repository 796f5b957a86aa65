//! A segment: some ten items of a big set or hash in one reference-counted run of bytes.
//!
//! ```text
//! [ items << 1 | wide: u16 ][ tag of each: u8 ][ end of each: u16, when wide u32 ][ items' bytes ][ slack ]
//! ```
//!
//! A tag is the highest byte of the hash of an item's key: a search compares bytes with bytes and opens
//! only items whose tag is right. Ends count from the start of the items' bytes. A segment is as long as
//! the allocator's class for it, so the slack is memory that would be lost anyway, and an item that fits
//! it moves nothing but its neighbours. A segment without items has no bytes at all.
//!
//! Who changes a segment that is shared (with a snapshot, a copy) changes a copy of it.

use std::ops::Deref;

use triomphe::Arc;

use crate::store::memory::class_bytes;

/// The bytes of a segment; none when it has no items.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment(Option<Arc<[u8]>>);

impl Deref for Segment {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Segment {
    /// The bytes to change, when there are any and nobody shares them.
    #[inline]
    fn get_mut(&mut self) -> Option<&mut [u8]> {
        self.0.as_mut().and_then(Arc::get_mut)
    }

    /// The bytes of a segment that is this owner's alone; none of one without items.
    #[inline]
    fn owned(&mut self) -> &mut [u8] {
        debug_assert!(self.0.as_ref().is_none_or(Arc::is_unique));
        self.get_mut().unwrap_or_default()
    }
}

const HEADER: usize = 2;
/// What an `Arc` keeps ahead of its bytes.
const COUNTS: usize = 8;
/// What new segments are copied from.
const ZEROS: [u8; 4096] = [0; 4096];
/// Tags compared at once.
const WORD: usize = 8;
/// Widths of an end.
const NARROW: usize = 2;
const WIDE: usize = 4;
/// Slack beyond which a segment is made shorter, in bytes: more than one class.
const SLACK_MAX: usize = 128;

/// A segment to read.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    bytes: &'a [u8],
    count: usize,
    width: usize,
}

impl<'a> View<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> View<'a> {
        let head = bytes.first_chunk().map_or(0, |head| u16::from_le_bytes(*head));
        let width = if head & 1 == 0 { NARROW } else { WIDE };
        View { bytes, count: usize::from(head >> 1), width }
    }

    /// Number of items.
    #[inline]
    pub(super) fn count(self) -> usize {
        self.count
    }

    /// All of it.
    #[inline]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    fn ends_at(self) -> usize {
        HEADER + self.count
    }

    fn data_at(self) -> usize {
        self.ends_at() + self.count * self.width
    }

    /// Where item `index` starts, counted from the start of the items' bytes.
    #[inline]
    fn start(self, index: usize) -> usize {
        let Some(before) = index.checked_sub(1) else { return 0 };
        let at = self.ends_at() + before * self.width;
        if self.width == NARROW {
            usize::from(u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]))
        } else {
            let all = [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]];
            u32::from_le_bytes(all) as usize
        }
    }

    /// The bytes of an item.
    #[inline]
    pub(super) fn item(self, index: usize) -> &'a [u8] {
        let data = self.data_at();
        &self.bytes[data + self.start(index)..data + self.start(index + 1)]
    }

    #[inline]
    pub(super) fn tag(self, index: usize) -> u8 {
        self.bytes[HEADER + index]
    }

    /// Bytes of all items together.
    fn data_len(self) -> usize {
        self.start(self.count)
    }

    /// Bytes without the slack.
    fn used(self) -> usize {
        if self.count == 0 { 0 } else { self.data_at() + self.data_len() }
    }

    /// The first item with this tag that is the wanted one.
    #[inline]
    pub(super) fn find(self, tag: u8, wanted: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let tags = self.bytes.get(HEADER..HEADER + self.count)?;
        let (words, rest) = tags.as_chunks();
        for (at, word) in words.iter().enumerate() {
            let mut equal = equal_bytes(*word, tag);
            while equal != 0 {
                let index = at * WORD + equal.trailing_zeros() as usize / 8;
                if tags[index] == tag && wanted(self.item(index)) {
                    return Some(index);
                }
                equal &= equal - 1;
            }
        }
        let first = tags.len() - rest.len();
        (first..tags.len()).find(|&index| tags[index] == tag && wanted(self.item(index)))
    }

    /// The items, in order.
    pub(super) fn items(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        (0..self.count).map(move |index| self.item(index))
    }
}

/// The highest bit of each byte that equals `tag`; at times also of a byte after such a one.
#[inline]
fn equal_bytes(word: [u8; WORD], tag: u8) -> u64 {
    const LOW: u64 = u64::from_le_bytes([1; WORD]);
    let differing = u64::from_le_bytes(word) ^ (LOW * u64::from(tag));
    differing.wrapping_sub(LOW) & !differing & (LOW << 7)
}

/// A segment with room for `used` bytes.
fn room(used: usize) -> Segment {
    let len = class_bytes(used + COUNTS) - COUNTS;
    let bytes = ZEROS.get(..len).map_or_else(|| Arc::from(&vec![0; len][..]), Arc::from);
    Segment(Some(bytes))
}

fn put_head(bytes: &mut [u8], count: usize, width: usize) {
    assert!(count <= usize::from(u16::MAX >> 1), "a table grows long before its segments are full");
    let head = (count as u16) << 1 | u16::from(width == WIDE);
    bytes[..HEADER].copy_from_slice(&head.to_le_bytes());
}

fn put_end(bytes: &mut [u8], at: usize, width: usize, end: usize) {
    assert!(
        u32::try_from(end).is_ok(),
        "items are shorter than 512 MiB, and such have segments of their own"
    );
    if width == NARROW {
        bytes[at..at + NARROW].copy_from_slice(&(end as u16).to_le_bytes());
    } else {
        bytes[at..at + WIDE].copy_from_slice(&(end as u32).to_le_bytes());
    }
}

fn put_parts(bytes: &mut [u8], parts: &[&[u8]]) {
    let mut at = 0;
    for part in parts {
        bytes[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
}

fn len_of(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

fn width_for(data_len: usize) -> usize {
    if data_len <= usize::from(u16::MAX) { NARROW } else { WIDE }
}

/// A segment of these items with their tags.
pub(super) fn collect(items: &[(u8, &[u8])]) -> Segment {
    let data_len: usize = items.iter().map(|(_, item)| item.len()).sum();
    if items.is_empty() {
        return Segment::default();
    }
    let width = width_for(data_len);
    let data = HEADER + items.len() * (1 + width);
    let mut segment = room(data + data_len);
    let bytes = segment.owned();
    put_head(bytes, items.len(), width);
    let mut end = 0;
    for (index, (tag, item)) in items.iter().enumerate() {
        bytes[HEADER + index] = *tag;
        bytes[data + end..data + end + item.len()].copy_from_slice(item);
        end += item.len();
        put_end(bytes, HEADER + items.len() + index * width, width, end);
    }
    segment
}

/// Makes the segment this owner's alone, with room for `used` bytes in all.
#[inline]
fn own(segment: &mut Segment, used: usize) -> &mut [u8] {
    if segment.len() < used || segment.get_mut().is_none() {
        let mut fresh = room(used.max(View::new(segment).used()));
        let kept = View::new(segment).used();
        fresh.owned()[..kept].copy_from_slice(&segment[..kept]);
        *segment = fresh;
    }
    segment.owned()
}

/// Gives ends four bytes when the items' bytes are going to need them.
fn widen(segment: &mut Segment, data_len: usize) {
    let view = View::new(segment);
    if view.width == WIDE || width_for(data_len) == NARROW || view.count == 0 {
        return;
    }
    let mut fresh = room(view.used() + view.count * (WIDE - NARROW));
    let bytes = fresh.owned();
    put_head(bytes, view.count, WIDE);
    bytes[HEADER..HEADER + view.count].copy_from_slice(&segment[HEADER..HEADER + view.count]);
    for index in 0..view.count {
        put_end(bytes, HEADER + view.count + index * WIDE, WIDE, view.start(index + 1));
    }
    let (from, to) = (view.data_at(), HEADER + view.count * (1 + WIDE));
    bytes[to..to + view.data_len()].copy_from_slice(&segment[from..from + view.data_len()]);
    *segment = fresh;
}

/// Adds an item at the end; its bytes are the parts together.
pub(super) fn push(segment: &mut Segment, tag: u8, parts: &[&[u8]]) {
    let len = len_of(parts);
    widen(segment, View::new(segment).data_len() + len);
    let old = View::new(segment);
    let (count, data, data_len) = (old.count, old.data_at(), old.data_len());
    let width = if count == 0 { width_for(len) } else { old.width };
    let (ends, used) = (HEADER + count, HEADER + count * (1 + width));
    debug_assert!(count == 0 || used == data);
    let bytes = own(segment, used + 1 + width + data_len + len);
    let shift = 1 + width;
    bytes.copy_within(used..used + data_len, used + shift);
    bytes.copy_within(ends..used, ends + 1);
    bytes[ends] = tag;
    put_head(bytes, count + 1, width);
    put_end(bytes, used + 1, width, data_len + len);
    put_parts(&mut bytes[used + shift + data_len..][..len], parts);
}

/// Gives an item other bytes: the parts together.
pub(super) fn replace(segment: &mut Segment, index: usize, parts: &[&[u8]]) {
    let (old_len, len) = (View::new(segment).item(index).len(), len_of(parts));
    if len == old_len && overwrite(segment, index, parts) {
        return;
    }
    widen(segment, View::new(segment).data_len() - old_len + len);
    let view = View::new(segment);
    let (count, width, ends, data) = (view.count, view.width, view.ends_at(), view.data_at());
    let (start, data_len) = (view.start(index), view.data_len());
    let bytes = own(segment, data + data_len - old_len + len);
    if len != old_len {
        let at = data + start;
        bytes.copy_within(at + old_len..data + data_len, at + len);
        for i in index..count {
            let end = View::new(bytes).start(i + 1) - old_len + len;
            put_end(bytes, ends + i * width, width, end);
        }
    }
    put_parts(&mut bytes[data + start..][..len], parts);
    trim(segment);
}

/// Writes over an item of the same length, when the segment is not shared; says whether.
#[inline]
fn overwrite(segment: &mut Segment, index: usize, parts: &[&[u8]]) -> bool {
    let view = View::new(segment);
    let at = view.data_at() + view.start(index);
    let Some(bytes) = segment.get_mut() else { return false };
    put_parts(&mut bytes[at..], parts);
    true
}

/// Removes an item.
pub(super) fn remove(segment: &mut Segment, index: usize) {
    let view = View::new(segment);
    if view.count == 1 {
        *segment = Segment::default();
        return;
    }
    let (count, width, data, data_len) = (view.count, view.width, view.data_at(), view.data_len());
    let (start, len) = (view.start(index), view.item(index).len());
    let (used, ends) = (view.used(), view.ends_at());
    let bytes = own(segment, used);
    for i in index + 1..count {
        let end = View::new(bytes).start(i + 1) - len;
        put_end(bytes, ends + (i - 1) * width, width, end);
    }
    bytes.copy_within(HEADER + index + 1..data - width, HEADER + index);
    let to = data - width - 1;
    bytes.copy_within(data..data + start, to);
    bytes.copy_within(data + start + len..data + data_len, to + start);
    put_head(bytes, count - 1, width);
    trim(segment);
}

/// Gives slack back that is more than the allocator's.
fn trim(segment: &mut Segment) {
    let used = View::new(segment).used();
    if segment.len() > used + SLACK_MAX + used / 4 {
        let mut fresh = room(used);
        fresh.owned()[..used].copy_from_slice(&segment[..used]);
        *segment = fresh;
    }
}

/// Bytes of memory that a segment of so many bytes takes, its place in a page not included.
pub(super) fn mem_bytes(len: usize) -> usize {
    if len == 0 { 0 } else { class_bytes(len + COUNTS) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    type Model = Vec<(u8, Vec<u8>)>;

    #[derive(Clone, Debug)]
    enum Op {
        Push(u8, Vec<u8>),
        Replace(usize, Vec<u8>),
        Remove(usize),
        Share,
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![8 => vec(any::<u8>(), 0..40), 1 => (0usize..50_000).prop_map(|n| vec![7; n])]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            3 => (any::<u8>(), bytes()).prop_map(|(tag, item)| Op::Push(tag, item)),
            2 => (any::<usize>(), bytes()).prop_map(|(i, item)| Op::Replace(i, item)),
            2 => any::<usize>().prop_map(Op::Remove),
            1 => Just(Op::Share),
        ]
    }

    fn apply(segment: &mut Segment, model: &mut Model, op: &Op) {
        match op {
            Op::Push(tag, item) => {
                let (a, b) = item.split_at(item.len() / 2);
                push(segment, *tag, &[a, b]);
                model.push((*tag, item.clone()));
            }
            Op::Replace(i, item) if !model.is_empty() => {
                let i = i % model.len();
                replace(segment, i, &[item]);
                model[i].1.clone_from(item);
            }
            Op::Remove(i) if !model.is_empty() => {
                let i = i % model.len();
                remove(segment, i);
                model.remove(i);
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn behaves_as_a_vector(ops in vec(op(), 1..60)) {
            let (mut segment, mut model) = (Segment::default(), Vec::new());
            let mut shared: Option<(Segment, Model)> = None;
            for op in &ops {
                apply(&mut segment, &mut model, op);
                if matches!(op, Op::Share) {
                    shared = Some((segment.clone(), model.clone()));
                }
                for (segment, model) in [(&segment, &model)].into_iter().chain(shared.iter().map(|(s, m)| (s, m))) {
                    let view = View::new(segment);
                    prop_assert_eq!(view.count(), model.len());
                    for (i, (tag, item)) in model.iter().enumerate() {
                        prop_assert_eq!((view.tag(i), view.item(i)), (*tag, &item[..]));
                    }
                }
                let items: Vec<_> = model.iter().map(|(tag, item)| (*tag, &item[..])).collect();
                let collected = collect(&items);
                prop_assert!(View::new(&collected).items().eq(View::new(&segment).items()));
            }
        }
    }
}
