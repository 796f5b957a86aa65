//! What a big set and a big hash are made of: linear hashing over [`segment`](super::segment)s.
//!
//! ```text
//! pages --> page of 64 --> segment of about ten items      page and segment are reference-counted
//! ```
//!
//! As in the table of keys there are n segments, 2^L <= n < 2^(L+1), and an item belongs to the segment
//! of its hash's low L+1 bits, or of its low L bits while that one is not there yet. One segment at a time
//! is split or merged, so no operation moves more than a few items; a scan's cursor counts with its bits
//! reversed, so it misses nothing that was there all the time. A copy shares the pages; a writer copies one
//! page and one segment.
//!
//! Items may have a time to live. Each page knows the earliest one of its items, and so does the table:
//! finding what is due looks at the pages' heads and opens only pages that have something.
//!
//! Long items make the table grow until each has a segment nearly alone: rewriting one moves few others.

use std::marker::PhantomData;

use arrayvec::ArrayVec;
use triomphe::Arc;

use super::segment::{self, Segment, View};
use crate::store::hash::Seed;
use crate::store::table::prefetch;

/// Segments of a page.
const PAGE: usize = 64;
/// Mean number of items of a segment beyond which the table grows.
const ITEMS: usize = 14;
/// Mean bytes of a segment beyond which it grows too, as long as there are more items than segments.
const BYTES: usize = 2048;
/// The time of items that never expire.
pub(super) const NEVER: i64 = i64::MAX;
/// Bytes of a cache line.
const LINE: usize = 64;
/// Lines of a segment that are fetched ahead.
const LINES_MAX: usize = 8;
/// Bytes of a segment's head, about: tags and ends of the usual number of items.
const HEAD_BYTES: usize = 48;
/// Draws before the choice falls on the first item there is.
const DRAWS: usize = 100_000;

/// How an item's bytes are read.
pub(super) trait Shape {
    /// The part that is hashed.
    fn key(item: &[u8]) -> &[u8];

    /// When it expires, or [`NEVER`].
    fn due(item: &[u8]) -> i64;
}

#[derive(Clone, Debug, Default)]
struct Page {
    segments: ArrayVec<Segment, PAGE>,
}

#[derive(Clone, Debug)]
struct Slot {
    page: Arc<Page>,
    /// Earliest time of the page's items.
    due: i64,
}

/// The table.
#[derive(Debug)]
pub(super) struct Segments<S> {
    pages: Vec<Slot>,
    /// Number of segments; never zero once there was an item.
    segments: usize,
    /// The mask of the smaller level: 2^L - 1.
    small: usize,
    len: usize,
    /// Memory of all segments.
    bytes: usize,
    /// No segment had more items.
    widest: usize,
    /// Items that expire.
    expiring: usize,
    /// Earliest time of all items.
    due: i64,
    shape: PhantomData<fn() -> S>,
}

impl<S> Clone for Segments<S> {
    fn clone(&self) -> Self {
        Segments { pages: self.pages.clone(), ..*self }
    }
}

impl<S> Default for Segments<S> {
    fn default() -> Self {
        Segments {
            pages: Vec::new(),
            segments: 0,
            small: 0,
            len: 0,
            bytes: 0,
            widest: 0,
            expiring: 0,
            due: NEVER,
            shape: PhantomData,
        }
    }
}

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    segment: usize,
    index: usize,
}

#[inline]
fn tag_of(h: u64) -> u8 {
    (h >> 56) as u8
}

/// Must a table of so many segments grow for this?
fn is_full(len: usize, bytes: usize, segments: usize) -> bool {
    len > ITEMS * segments || (bytes > BYTES * segments && len > segments)
}

impl<S: Shape> Segments<S> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of memory.
    pub(super) fn mem_bytes(&self) -> usize {
        let page = size_of::<Slot>() + size_of::<Page>() + size_of::<usize>();
        self.bytes + self.pages.len() * page
    }

    /// About how many allocations freeing it takes.
    pub(super) fn effort(&self) -> usize {
        self.segments + self.pages.len()
    }

    /// Number of items that expire.
    pub(super) fn expiring(&self) -> usize {
        self.expiring
    }

    /// When the first item expires, or [`NEVER`].
    pub(super) fn due(&self) -> i64 {
        self.due
    }

    #[inline]
    fn index_of(&self, h: u64) -> usize {
        let large = self.small << 1 | 1;
        let index = h as usize & large;
        if index < self.segments { index } else { index & self.small }
    }

    #[inline]
    fn segment(&self, index: usize) -> &Segment {
        &self.pages[index / PAGE].page.segments[index % PAGE]
    }

    #[inline]
    fn view(&self, index: usize) -> View<'_> {
        View::new(self.segment(index))
    }

    /// Fetches into the cache what says where the segment of this hash is.
    #[inline]
    pub(super) fn prefetch_way(&self, h: u64) {
        if self.segments > 0 {
            prefetch(std::ptr::from_ref(self.segment(self.index_of(h))).cast());
        }
    }

    /// Fetches the head of the segment of this hash, when the way to it has arrived.
    #[inline]
    pub(super) fn prefetch_head(&self, h: u64) {
        if self.segments > 0 {
            let head = self.segment(self.index_of(h)).as_ptr();
            prefetch(head);
            prefetch(head.wrapping_add(HEAD_BYTES));
        }
    }

    /// Fetches the item that seems to have this hash, or the whole segment for one that is going to be new,
    /// when the head has arrived.
    #[inline]
    pub(super) fn prefetch_item(&self, h: u64) {
        if self.segments == 0 {
            return;
        }
        let view = self.view(self.index_of(h));
        let item = view.find(tag_of(h), |_| true).map(|index| view.item(index));
        let bytes = item.unwrap_or(view.bytes());
        for line in 0..bytes.len().div_ceil(LINE).min(LINES_MAX) {
            prefetch(bytes.as_ptr().wrapping_add(line * LINE));
        }
        prefetch(bytes.as_ptr().wrapping_add(bytes.len().min(LINES_MAX * LINE)));
    }

    /// Where the item of a key is.
    #[inline]
    pub(super) fn locate(&self, h: u64, key: &[u8]) -> Option<Place> {
        if self.segments == 0 {
            return None;
        }
        let segment = self.index_of(h);
        let index = self.view(segment).find(tag_of(h), |item| S::key(item) == key)?;
        Some(Place { segment, index })
    }

    /// The item at a place.
    #[inline]
    pub(super) fn item(&self, place: Place) -> &[u8] {
        self.view(place.segment).item(place.index)
    }

    /// The item of a key.
    #[inline]
    pub(super) fn find(&self, h: u64, key: &[u8]) -> Option<&[u8]> {
        self.locate(h, key).map(|place| self.item(place))
    }

    /// Lets `change` change a segment, and keeps the count of memory.
    #[inline]
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Segment)) {
        let page = Arc::make_mut(&mut self.pages[index / PAGE].page);
        let segment = &mut page.segments[index % PAGE];
        let before = segment.len();
        change(segment);
        if segment.len() != before {
            self.bytes = self.bytes + segment::mem_bytes(segment.len()) - segment::mem_bytes(before);
        }
    }

    /// Adds an item whose key is not in the table; its bytes are the parts together.
    #[inline]
    pub(super) fn push(&mut self, h: u64, parts: &[&[u8]], due: i64, seed: Seed) {
        if self.segments == 0 {
            self.add_segment(Segment::default());
        }
        let index = self.index_of(h);
        self.change(index, |segment| segment::push(segment, tag_of(h), parts));
        self.widest = self.widest.max(self.view(index).count());
        self.len += 1;
        self.note_due(index / PAGE, NEVER, due);
        if is_full(self.len, self.bytes, self.segments) {
            self.split(seed);
        }
    }

    /// Gives the item at a place other bytes; its key stays.
    #[inline]
    pub(super) fn replace(&mut self, place: Place, parts: &[&[u8]], due: i64) {
        let old = if self.expiring == 0 { NEVER } else { S::due(self.item(place)) };
        self.change(place.segment, |segment| segment::replace(segment, place.index, parts));
        self.note_due(place.segment / PAGE, old, due);
    }

    /// Removes the item at a place.
    pub(super) fn remove(&mut self, place: Place, seed: Seed) {
        let old = if self.expiring == 0 { NEVER } else { S::due(self.item(place)) };
        self.change(place.segment, |segment| segment::remove(segment, place.index));
        self.len -= 1;
        self.note_due(place.segment / PAGE, old, NEVER);
        let fewer = self.segments - 1;
        if fewer > 0 && !is_full(3 * self.len, 3 * self.bytes, fewer) {
            self.merge(seed);
        }
    }

    /// An item of the page had one time and has the other.
    #[inline]
    fn note_due(&mut self, page: usize, old: i64, new: i64) {
        if old == NEVER && new == NEVER {
            return;
        }
        self.expiring = self.expiring + usize::from(new != NEVER) - usize::from(old != NEVER);
        let slot = &mut self.pages[page];
        let was = slot.due;
        if new <= was {
            slot.due = new;
        } else if old == was {
            slot.due = earliest::<S>(&slot.page);
        }
        if slot.due < self.due {
            self.due = slot.due;
        } else if was == self.due {
            self.due = self.pages.iter().map(|slot| slot.due).min().unwrap_or(NEVER);
        }
    }

    fn add_segment(&mut self, segment: Segment) {
        if self.segments.is_multiple_of(PAGE) {
            self.pages.push(Slot { page: Arc::default(), due: NEVER });
        }
        if let Some(last) = self.pages.last_mut() {
            self.bytes += segment::mem_bytes(segment.len());
            Arc::make_mut(&mut last.page).segments.push(segment);
        }
        self.set_segments(self.segments + 1);
    }

    fn set_segments(&mut self, segments: usize) {
        self.segments = segments;
        self.small = (1 << segments.max(1).ilog2()) - 1;
    }

    /// Splits the segment whose turn it is.
    fn split(&mut self, seed: Seed) {
        let new = self.segments;
        let half = 1 << new.ilog2();
        let old = new - half;
        let source = self.segment(old).clone();
        let view = View::new(&source);
        let all = (0..view.count()).map(|index| (view.tag(index), view.item(index)));
        let (go, stay): (Vec<_>, Vec<_>) =
            all.partition(|(_, item)| seed.hash(S::key(item)) as usize & half != 0);
        self.change(old, |segment| *segment = segment::collect(&stay));
        self.add_segment(segment::collect(&go));
        self.refresh_due(old / PAGE);
        self.refresh_due(new / PAGE);
    }

    /// Puts the last segment's items back into the one they came from.
    fn merge(&mut self, _: Seed) {
        let last = self.segments - 1;
        let half = 1 << last.ilog2();
        let into = last - half;
        let source = self.segment(last).clone();
        let both = [self.view(into), View::new(&source)];
        let all: Vec<(u8, &[u8])> =
            both.iter().flat_map(|v| (0..v.count()).map(move |i| (v.tag(i), v.item(i)))).collect();
        let merged = segment::collect(&all);
        self.widest = self.widest.max(all.len());
        self.bytes -= segment::mem_bytes(source.len());
        self.change(into, |segment| *segment = merged);
        if let Some(slot) = self.pages.last_mut() {
            Arc::make_mut(&mut slot.page).segments.pop();
            if slot.page.segments.is_empty() {
                self.pages.pop();
            }
        }
        self.set_segments(last);
        self.refresh_due(into / PAGE);
        self.refresh_due(last / PAGE);
    }

    /// Items have moved into or out of this page.
    fn refresh_due(&mut self, page: usize) {
        if self.expiring > 0
            && let Some(slot) = self.pages.get_mut(page)
        {
            slot.due = earliest::<S>(&slot.page);
        }
    }

    /// Visits the items of one segment and its partner from `cursor` on; returns the cursor to go on with,
    /// 0 at the end.
    pub(super) fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8])) -> u64 {
        if self.segments == 0 {
            return 0;
        }
        let index = cursor as usize & self.small;
        for index in [index, index + self.small + 1].into_iter().filter(|&index| index < self.segments) {
            self.view(index).items().for_each(&mut *visit);
        }
        (cursor | !(self.small as u64)).reverse_bits().wrapping_add(1).reverse_bits()
    }

    /// All items.
    pub(super) fn items(&self) -> impl Iterator<Item = &[u8]> {
        self.pages
            .iter()
            .flat_map(|slot| slot.page.segments.iter())
            .flat_map(|segment| View::new(segment).items())
    }

    /// An item, each as likely as any other.
    pub(super) fn random(&self, random: &mut dyn FnMut() -> u64) -> Option<&[u8]> {
        if self.len == 0 {
            return None;
        }
        let pick = |random: u64, below: usize| (((random & 0xffff_ffff) * below as u64) >> 32) as usize;
        for _ in 0..DRAWS {
            let drawn = random();
            let (view, index) = (self.view(pick(drawn, self.segments)), pick(drawn >> 32, self.widest));
            if index < view.count() {
                return Some(view.item(index));
            }
        }
        self.items().next()
    }

    /// Keys of items whose time is over, at most about `most` of them.
    pub(super) fn overdue(&self, now_ms: i64, most: usize) -> Vec<Box<[u8]>> {
        let mut found = Vec::new();
        for slot in self.pages.iter().filter(|slot| slot.due < now_ms) {
            for segment in &slot.page.segments {
                let due = View::new(segment).items().filter(|item| S::due(item) < now_ms);
                found.extend(due.map(|item| S::key(item).into()));
                if found.len() >= most {
                    return found;
                }
            }
        }
        found
    }
}

/// The earliest time of a page's items.
fn earliest<S: Shape>(page: &Page) -> i64 {
    page.segments.iter().flat_map(|segment| View::new(segment).items()).map(S::due).min().unwrap_or(NEVER)
}

#[cfg(test)]
#[path = "segments_tests.rs"]
mod tests;
