//! The listpack: a list of strings and integers in one run of bytes (specified by antirez/listpack).
//!
//! ```text
//! [ total bytes: u32 ][ elements: u16, 65535 = not known ]  element ...  [ 0xff ]
//!
//! element   [ encoding, and what it holds ][ back length: the size of the part before, 7 bits a byte,
//!                                            to be read from right to left ]
//!
//! 0xxxxxxx                 integer 0 to 127
//! 10xxxxxx  bytes          string of up to 63 bytes
//! 110xxxxx  x8             signed 13-bit integer
//! 1110xxxx  x8  bytes      string of up to 4095 bytes
//! 11110000  u32 bytes      longer string
//! 11110001 .. 11110100     signed integer of 16, 24, 32, 64 bits, little-endian
//! ```
//!
//! A position is the offset of an element's first byte. Strings that spell an integer are stored as one.

use crate::store::value::{IntText, parse_int};

/// Bytes of the header.
pub const HEADER: usize = 6;
/// The last byte.
const END: u8 = 0xff;
/// Element count that says "count them".
const UNKNOWN: u16 = u16::MAX;
/// Bytes of an empty listpack.
pub const EMPTY_BYTES: usize = HEADER + 1;
/// Longest run of bytes that is edited: lengths have 32 bits, and Redis stops at 1 GiB.
pub const BYTES_MAX: usize = 1 << 30;

/// An element's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An integer.
    Int(i64),
    /// Bytes that spell no integer.
    Str(&'a [u8]),
}

impl<'a> Item<'a> {
    /// The value as bytes; an integer is spelled into `text`.
    #[inline]
    pub fn bytes(self, text: &'a mut IntText) -> &'a [u8] {
        match self {
            Item::Int(number) => text.spell(number),
            Item::Str(bytes) => bytes,
        }
    }

    /// What these bytes are stored as.
    #[inline]
    pub fn of(bytes: &'a [u8]) -> Item<'a> {
        parse_int(bytes).map_or(Item::Str(bytes), Item::Int)
    }

    /// The value as bytes of its own.
    pub fn to_vec(self) -> Vec<u8> {
        self.bytes(&mut IntText::default()).to_vec()
    }

    /// Number of bytes that the value has when spelled.
    pub fn len(self) -> usize {
        match self {
            Item::Int(number) => IntText::default().spell(number).len(),
            Item::Str(bytes) => bytes.len(),
        }
    }

    /// Whether it is the empty string.
    pub fn is_empty(self) -> bool {
        self == Item::Str(b"")
    }

    /// Bytes that the element takes in a listpack.
    pub fn size(self) -> usize {
        let body = match self {
            Item::Int(number) => int_size(number),
            Item::Str(bytes) => str_head(bytes.len()) + bytes.len(),
        };
        body + back_size(body)
    }
}

/// A listpack to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listpack<'a> {
    bytes: &'a [u8],
}

impl<'a> Listpack<'a> {
    /// Reads bytes that a function of this module made or [`validate`] accepted.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Listpack<'a> {
        debug_assert!(bytes.len() >= EMPTY_BYTES && bytes[bytes.len() - 1] == END);
        Listpack { bytes }
    }

    /// The bytes themselves.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Number of elements.
    #[inline]
    pub fn len(self) -> usize {
        match u16::from_le_bytes([self.bytes[4], self.bytes[5]]) {
            UNKNOWN => self.iter().count(),
            known => usize::from(known),
        }
    }

    /// Whether it has no elements.
    pub fn is_empty(self) -> bool {
        self.bytes.len() == EMPTY_BYTES
    }

    /// Position of the first element.
    #[inline]
    pub fn first(self) -> Option<usize> {
        (!self.is_empty()).then_some(HEADER)
    }

    /// Position of the last element.
    pub fn last(self) -> Option<usize> {
        self.prev(self.end())
    }

    /// Where the end mark is: what comes after the last element.
    pub fn end(self) -> usize {
        self.bytes.len() - 1
    }

    /// Position of the element after the one at `at`.
    #[inline]
    pub fn next(self, at: usize) -> Option<usize> {
        let next = at + self.span(at);
        (self.bytes[next] != END).then_some(next)
    }

    /// Position of the element before `at` (which may be the end).
    pub fn prev(self, at: usize) -> Option<usize> {
        if at <= HEADER {
            return None;
        }
        let (mut body, mut shift, mut digits) = (0usize, 0, 0);
        loop {
            digits += 1;
            let digit = self.bytes[at - digits];
            body |= usize::from(digit & 127) << shift;
            shift += 7;
            if digit & 128 == 0 {
                return Some(at - digits - body);
            }
        }
    }

    /// Position of the element with this index, from the end when negative.
    pub fn seek(self, index: i64) -> Option<usize> {
        let len = self.len() as i64;
        let index = if index < 0 { index + len } else { index };
        if index < 0 || index >= len {
            return None;
        }
        if index <= len / 2 {
            self.positions().nth(index as usize)
        } else {
            let mut at = self.last()?;
            for _ in index..len - 1 {
                at = self.prev(at)?;
            }
            Some(at)
        }
    }

    /// The element at a position.
    #[inline]
    pub fn get(self, at: usize) -> Item<'a> {
        let bytes = &self.bytes[at..];
        let lead = bytes[0];
        if lead < 0x80 {
            return Item::Int(i64::from(lead));
        }
        if lead < 0xc0 {
            return Item::Str(&bytes[1..1 + usize::from(lead & 0x3f)]);
        }
        if lead < 0xe0 {
            let raw = u16::from(lead & 0x1f) << 8 | u16::from(bytes[1]);
            return Item::Int(i64::from((raw << 3) as i16 >> 3));
        }
        match lead {
            0xf1 => Item::Int(i64::from(i16::from_le_bytes([bytes[1], bytes[2]]))),
            0xf2 => Item::Int(i64::from(i32::from_le_bytes([0, bytes[1], bytes[2], bytes[3]]) >> 8)),
            0xf3 => Item::Int(i64::from(i32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]))),
            0xf4 => Item::Int(i64::from_le_bytes(eight(&bytes[1..9]))),
            _ => {
                let (head, len) = str_span(bytes);
                Item::Str(&bytes[head..head + len])
            }
        }
    }

    /// The element at a position, and the position behind it (of the next one, or the end).
    #[inline]
    pub fn read(self, at: usize) -> (Item<'a>, usize) {
        let lead = self.bytes[at];
        if (0x80..0xc0).contains(&lead) {
            let (start, len) = (at + 1, usize::from(lead & 0x3f));
            return (Item::Str(&self.bytes[start..start + len]), start + len + 1);
        }
        (self.get(at), at + self.span(at))
    }

    /// Is this position the end?
    #[inline]
    pub fn is_end(self, at: usize) -> bool {
        self.bytes[at] == END
    }

    /// Bytes that the element at a position takes.
    #[inline]
    pub fn span(self, at: usize) -> usize {
        let body = body_size(&self.bytes[at..]);
        body + back_size(body)
    }

    /// Positions of the elements, in order.
    pub fn positions(self) -> impl Iterator<Item = usize> + use<'a> {
        let mut next = self.first();
        std::iter::from_fn(move || {
            let at = next?;
            next = self.next(at);
            Some(at)
        })
    }

    /// The elements, in order.
    pub fn iter(self) -> Iter<'a> {
        Iter { pack: self, front: HEADER, back: self.end() }
    }

    /// Position of the first element that equals `wanted`, looking at every `step`-th one from the
    /// element at `from` on.
    #[inline]
    pub fn find(self, from: Option<usize>, wanted: &[u8], step: usize) -> Option<usize> {
        let wanted = Item::of(wanted);
        let mut next = from;
        while let Some(at) = next {
            if self.get(at) == wanted {
                return Some(at);
            }
            next = self.next(at);
            for _ in 1..step {
                next = next.and_then(|at| self.next(at));
            }
        }
        None
    }
}

/// The elements of a listpack, from either end.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    pack: Listpack<'a>,
    front: usize,
    back: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        if self.front >= self.back {
            return None;
        }
        let (item, behind) = self.pack.read(self.front);
        self.front = behind;
        Some(item)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = self.pack.prev(self.back)?;
        Some(self.pack.get(self.back))
    }
}

/// An empty listpack.
pub fn empty() -> Vec<u8> {
    let mut bytes = vec![0; EMPTY_BYTES];
    bytes[0] = EMPTY_BYTES as u8;
    bytes[HEADER] = END;
    bytes
}

/// A listpack of these elements.
pub fn collect<'a>(items: impl IntoIterator<Item = Item<'a>>) -> Vec<u8> {
    let mut bytes = empty();
    for item in items {
        push(&mut bytes, item);
    }
    bytes
}

/// Adds an element at the end.
#[inline]
pub fn push(bytes: &mut Vec<u8>, item: Item<'_>) {
    bytes.pop();
    put(bytes, item);
    bytes.push(END);
    recount(bytes, 1);
}

/// Inserts an element ahead of position `at` (or at the end).
pub fn insert(bytes: &mut Vec<u8>, at: usize, item: Item<'_>) {
    splice(bytes, at, 0, &[item]);
    recount(bytes, 1);
}

/// Inserts several elements ahead of position `at` (or at the end), in this order.
pub fn insert_all(bytes: &mut Vec<u8>, at: usize, items: &[Item<'_>]) {
    splice(bytes, at, 0, items);
    recount(bytes, items.len() as isize);
}

/// Puts another element in the place of the one at position `at`.
pub fn replace(bytes: &mut Vec<u8>, at: usize, item: Item<'_>) {
    let span = Listpack::new(bytes).span(at);
    splice(bytes, at, span, &[item]);
    recount(bytes, 0);
}

/// Removes up to `count` elements from position `at` on; returns how many there were.
pub fn remove(bytes: &mut Vec<u8>, at: usize, count: usize) -> usize {
    let pack = Listpack::new(bytes);
    let (mut end, mut removed) = (at, 0);
    while removed < count && bytes[end] != END {
        end += pack.span(end);
        removed += 1;
    }
    bytes.drain(at..end);
    recount(bytes, -(removed as isize));
    removed
}

/// Puts `items` in the place of `old` bytes at `at`.
fn splice(bytes: &mut Vec<u8>, at: usize, old: usize, items: &[Item<'_>]) {
    let size: usize = items.iter().map(|item| item.size()).sum();
    let tail = bytes.len() - at - old;
    if size > old {
        bytes.resize(bytes.len() + size - old, 0);
    }
    let from = at + old;
    bytes.copy_within(from..from + tail, at + size);
    bytes.truncate(at + size + tail);
    let mut at = at;
    for item in items {
        at += write(&mut bytes[at..], *item);
    }
}

/// Brings the header up to date after `delta` elements came or went.
#[inline]
fn recount(bytes: &mut [u8], delta: isize) {
    let total = bytes.len() as u32;
    bytes[..4].copy_from_slice(&total.to_le_bytes());
    let known = u16::from_le_bytes([bytes[4], bytes[5]]);
    let count = if known != UNKNOWN {
        usize::from(known).wrapping_add_signed(delta)
    } else if delta < 0 {
        Listpack::new(bytes).iter().count() // it may be few enough again
    } else {
        return;
    };
    let count = u16::try_from(count).unwrap_or(UNKNOWN);
    bytes[4..6].copy_from_slice(&count.to_le_bytes());
}

fn put(bytes: &mut Vec<u8>, item: Item<'_>) {
    let at = bytes.len();
    bytes.resize(at + item.size(), 0);
    write(&mut bytes[at..], item);
}

/// Writes an element to the start of `out` and returns its size.
fn write(out: &mut [u8], item: Item<'_>) -> usize {
    let body = match item {
        Item::Int(number) => write_int(out, number),
        Item::Str(bytes) => write_str(out, bytes),
    };
    body + write_back(&mut out[body..], body)
}

fn write_int(out: &mut [u8], number: i64) -> usize {
    let size = int_size(number);
    match size {
        1 => out[0] = number as u8,
        2 => {
            out[0] = 0xc0 | (number >> 8) as u8 & 0x1f;
            out[1] = number as u8;
        }
        _ => {
            out[0] = match size {
                3 => 0xf1,
                4 => 0xf2,
                5 => 0xf3,
                _ => 0xf4,
            };
            out[1..size].copy_from_slice(&number.to_le_bytes()[..size - 1]);
        }
    }
    size
}

fn write_str(out: &mut [u8], bytes: &[u8]) -> usize {
    let (head, len) = (str_head(bytes.len()), bytes.len());
    match head {
        1 => out[0] = 0x80 | len as u8,
        2 => {
            out[0] = 0xe0 | (len >> 8) as u8;
            out[1] = len as u8;
        }
        _ => {
            out[0] = 0xf0;
            out[1..5].copy_from_slice(&(len as u32).to_le_bytes());
        }
    }
    out[head..head + len].copy_from_slice(bytes);
    head + len
}

/// Writes a back length and returns how many bytes it took.
fn write_back(out: &mut [u8], body: usize) -> usize {
    let size = back_size(body);
    for (i, out) in out[..size].iter_mut().enumerate() {
        let digit = (body >> (7 * (size - 1 - i))) as u8 & 127;
        *out = if i == 0 { digit } else { digit | 128 };
    }
    size
}

/// Bytes of a back length.
#[inline]
fn back_size(body: usize) -> usize {
    match body {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        2_097_152..=268_435_455 => 4,
        _ => 5,
    }
}

/// Bytes of an integer element without its back length.
fn int_size(number: i64) -> usize {
    match number {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    }
}

/// Bytes ahead of a string's own bytes.
fn str_head(len: usize) -> usize {
    match len {
        0..=63 => 1,
        64..=4095 => 2,
        _ => 5,
    }
}

/// Bytes ahead of the string at the start of `bytes`, and its length.
#[inline]
fn str_span(bytes: &[u8]) -> (usize, usize) {
    match bytes[0] {
        lead @ 0x80..=0xbf => (1, usize::from(lead & 0x3f)),
        lead @ 0xe0..=0xef => (2, usize::from(lead & 0x0f) << 8 | usize::from(bytes[1])),
        _ => (5, u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize),
    }
}

/// Bytes of the element at the start of `bytes`, without its back length.
#[inline]
fn body_size(bytes: &[u8]) -> usize {
    match bytes[0] {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xf1 => 3,
        0xf2 => 4,
        0xf3 => 5,
        0xf4 => 9,
        _ => {
            let (head, len) = str_span(bytes);
            head + len
        }
    }
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut all = [0; 8];
    all.copy_from_slice(bytes);
    all
}

/// Room ahead of a listpack that is kept although the listpack is shorter than it, in bytes.
const ROOM_KEPT: usize = 512;

/// A listpack with room ahead of it, so that elements come and go at both ends without moving the others.
///
/// ```text
/// [ room, start bytes ][ listpack ................ ]
/// ```
#[derive(Clone, Debug)]
pub struct Roomy {
    buf: Vec<u8>,
    start: usize,
}

impl Roomy {
    /// A listpack without room so far.
    pub fn new(bytes: Vec<u8>) -> Roomy {
        Roomy { buf: bytes, start: 0 }
    }

    /// The listpack.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf[self.start..]
    }

    /// Bytes allocated.
    pub fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// The listpack to change in any way; the room is given up.
    pub fn edit(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.buf.drain(..self.start);
            self.start = 0;
        }
        &mut self.buf
    }

    /// Gives back what is not used.
    pub fn trim(&mut self) {
        self.edit().shrink_to_fit();
    }

    /// Adds an element at the front.
    #[inline]
    pub fn push_front(&mut self, item: Item<'_>) {
        let size = item.size();
        if self.start < size {
            self.make_room(size);
        }
        self.shift_header(self.start - size);
        write(&mut self.buf[self.start + HEADER..], item);
        recount(&mut self.buf[self.start..], 1);
    }

    /// As much room as there are bytes: what is copied is copied a bounded number of times.
    fn make_room(&mut self, size: usize) {
        let room = size + self.as_bytes().len();
        let mut buf = Vec::with_capacity(room + self.as_bytes().len());
        buf.resize(room, 0);
        buf.extend_from_slice(self.as_bytes());
        (self.buf, self.start) = (buf, room);
    }

    fn shift_header(&mut self, start: usize) {
        self.buf.copy_within(self.start..self.start + HEADER, start);
        self.start = start;
    }

    /// Adds an element at the end.
    #[inline]
    pub fn push_back(&mut self, item: Item<'_>) {
        if self.start > self.as_bytes().len() + ROOM_KEPT {
            self.edit(); // a queue: what left at the front must not pile up
        }
        self.buf.pop();
        put(&mut self.buf, item);
        self.buf.push(END);
        recount(&mut self.buf[self.start..], 1);
    }

    /// Removes the first element, which must be there.
    #[inline]
    pub fn pop_front(&mut self) {
        let span = Listpack::new(self.as_bytes()).span(HEADER);
        self.shift_header(self.start + span);
        recount(&mut self.buf[self.start..], -1);
    }

    /// Removes the last element, which must be there.
    #[inline]
    pub fn pop_back(&mut self) {
        let last = Listpack::new(self.as_bytes()).last().unwrap_or(HEADER);
        self.buf.truncate(self.start + last);
        self.buf.push(END);
        recount(&mut self.buf[self.start..], -1);
    }
}

/// The element at the start of `bytes` when there are no back lengths, and its size: for structures that
/// keep elements but walk them one way only.
#[inline]
pub fn body(bytes: &[u8]) -> (Item<'_>, usize) {
    (Listpack { bytes }.get(0), body_size(bytes))
}

/// Only its size.
#[inline]
pub fn body_len(bytes: &[u8]) -> usize {
    body_size(bytes)
}

/// Adds an element without a back length.
pub fn push_body(out: &mut Vec<u8>, item: Item<'_>) {
    let (at, size) = (out.len(), item.size());
    out.resize(at + size, 0);
    let body = match item {
        Item::Int(number) => write_int(&mut out[at..], number),
        Item::Str(bytes) => write_str(&mut out[at..], bytes),
    };
    out.truncate(at + body);
}

/// Whether these bytes, which may come from anywhere, are a listpack; returns the number of elements.
pub fn validate(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    let total = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    if total as usize != bytes.len() || bytes.len() < EMPTY_BYTES || *bytes.last()? != END {
        return None;
    }
    let (mut at, mut count) = (HEADER, 0usize);
    while at < bytes.len() - 1 {
        at = valid_element(bytes, at)?;
        count += 1;
    }
    let claimed = u16::from_le_bytes([header[4], header[5]]);
    (at == bytes.len() - 1 && (claimed == UNKNOWN || usize::from(claimed) == count)).then_some(count)
}

/// Checks the element at `at` and returns where the next one starts.
fn valid_element(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..bytes.len() - 1];
    let lead = *rest.first()?;
    let head = match lead {
        0xf5..=0xff => return None,
        0xf0 => 5,
        0xe0..=0xef => 2,
        _ => 1,
    };
    rest.get(..head)?;
    let body = body_size(rest);
    let size = back_size(body);
    let back = rest.get(body..body.checked_add(size)?)?;
    let mut expected = [0; 5];
    write_back(&mut expected, body);
    (back == &expected[..size]).then_some(at + body + size)
}

#[cfg(test)]
#[path = "listpack_tests.rs"]
mod tests;
