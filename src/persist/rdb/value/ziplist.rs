//! The ziplist and the zipmap: how Redis packed small collections before the listpack. Only read.
//!
//! ```text
//! ziplist   [ bytes: u32 ][ offset of the last entry: u32 ][ entries: u16, 65535 = not known ] entry ... [ 0xff ]
//! entry     [ size of the entry before: u8, or 254 and u32 ][ encoding ][ bytes or integer ]
//!           encoding   00xxxxxx              string of up to 63 bytes
//!                      01xxxxxx x8           string of up to 16383 bytes, big-endian
//!                      10------ u32          longer string, big-endian
//!                      c0 d0 e0 f0 fe        integer of 16, 32, 64, 24, 8 bits, little-endian
//!                      f1 .. fd              integer 0 to 12
//! zipmap    [ fields: u8, 254 = not known ]  [ len ] field [ len ][ free: u8 ] value, free bytes ...  [ 0xff ]
//!           len        u8, or 254 and u32
//! ```

use crate::store::packed::Item;

const HEADER: usize = 10;
const END: u8 = 0xff;
/// A length or count that is kept elsewhere.
const LONG: u8 = 254;
const UNKNOWN: u16 = u16::MAX;

/// Reads from bytes that may end anywhere.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.first_chunk().copied()
    }

    fn u32(&mut self) -> Option<usize> {
        self.array().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    /// A length of one byte, or of four behind a 254.
    fn len(&mut self) -> Option<usize> {
        match self.byte()? {
            END => None,
            LONG => self.u32(),
            short => Some(usize::from(short)),
        }
    }

    /// The encoding of a ziplist entry, and what it holds.
    fn item(&mut self) -> Option<Item<'a>> {
        let lead = self.byte()?;
        let low = usize::from(lead & 0x3f);
        Some(match lead {
            0..=0x3f => Item::of(self.take(low)?),
            0x40..=0x7f => {
                let len = low << 8 | usize::from(self.byte()?);
                Item::of(self.take(len)?)
            }
            0x80 => {
                let len = u32::from_be_bytes(self.array()?) as usize;
                Item::of(self.take(len)?)
            }
            0xc0 => Item::Int(i64::from(i16::from_le_bytes(self.array()?))),
            0xd0 => Item::Int(i64::from(i32::from_le_bytes(self.array()?))),
            0xe0 => Item::Int(i64::from_le_bytes(self.array()?)),
            0xf0 => {
                let [a, b, c] = self.array()?;
                Item::Int(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8))
            }
            0xfe => Item::Int(i64::from(self.byte()? as i8)),
            0xf1..=0xfd => Item::Int(i64::from(lead & 0x0f) - 1),
            _ => return None,
        })
    }
}

/// The elements of a ziplist; none when the bytes are not one.
pub(super) fn ziplist(bytes: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut cursor = Cursor { bytes, at: 0 };
    let (total, tail) = (cursor.u32()?, cursor.u32()?);
    let count = u16::from_le_bytes(cursor.array()?);
    if total != bytes.len() || bytes.last() != Some(&END) {
        return None;
    }
    let (mut items, mut last, mut before) = (Vec::new(), HEADER, 0);
    while *bytes.get(cursor.at)? != END {
        last = cursor.at;
        if cursor.len()? != before {
            return None;
        }
        items.push(cursor.item()?);
        before = cursor.at - last;
    }
    let counted = count == UNKNOWN || usize::from(count) == items.len();
    (counted && cursor.at + 1 == bytes.len() && tail == last).then_some(items)
}

/// The fields of a zipmap, each followed by its value; none when the bytes are not one.
pub(super) fn zipmap(bytes: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut cursor = Cursor { bytes, at: 0 };
    let count = cursor.byte()?;
    let mut items = Vec::new();
    while *bytes.get(cursor.at)? != END {
        let len = cursor.len()?;
        items.push(Item::of(cursor.take(len)?));
        let len = cursor.len()?;
        let free = usize::from(cursor.byte()?);
        items.push(Item::of(cursor.take(len)?));
        cursor.take(free)?;
    }
    let counted = count >= LONG || usize::from(count) == items.len() / 2;
    (counted && cursor.at + 1 == bytes.len()).then_some(items)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A ziplist of these encoded entries (without the size of the one before).
    fn pack(entries: &[&[u8]]) -> Vec<u8> {
        let (mut body, mut before, mut tail) = (Vec::new(), 0usize, HEADER);
        for entry in entries {
            tail = HEADER + body.len();
            match u8::try_from(before) {
                Ok(short) if short < LONG => body.push(short),
                _ => {
                    body.push(LONG);
                    body.extend_from_slice(&(before as u32).to_le_bytes());
                }
            }
            body.extend_from_slice(entry);
            before = HEADER + body.len() - tail;
        }
        let mut bytes = ((HEADER + body.len() + 1) as u32).to_le_bytes().to_vec();
        bytes.extend_from_slice(&(tail as u32).to_le_bytes());
        bytes.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes.push(END);
        bytes
    }

    #[test]
    fn every_encoding_is_read() {
        let long = [&[0x41, 0x00][..], &[b'x'; 256]].concat();
        let longer = [&[0x80, 0, 0, 1, 0][..], &[b'y'; 256]].concat();
        let entries: [&[u8]; 10] = [
            b"\x02ab",
            &long,
            &longer,
            b"\xc0\xff\xff",
            b"\xd0\x00\x00\x00\x80",
            b"\xe0\x00\x00\x00\x00\x00\x00\x00\x80",
            b"\xf0\xfe\xff\xff",
            b"\xfe\x80",
            b"\xf1",
            b"\xfd",
        ];
        let expected = [
            Item::Str(b"ab"),
            Item::Str(&long[2..]),
            Item::Str(&longer[5..]),
            Item::Int(-1),
            Item::Int(i64::from(i32::MIN)),
            Item::Int(i64::MIN),
            Item::Int(-2),
            Item::Int(-128),
            Item::Int(0),
            Item::Int(12),
        ];
        assert_eq!(ziplist(&pack(&entries)).as_deref(), Some(&expected[..]));
        assert_eq!(ziplist(&pack(&[])).as_deref(), Some(&[][..]));
    }

    #[test]
    fn a_zipmap_is_read() {
        let bytes = b"\x02\x03foo\x03\x01bar!\x01a\x01\x005\xff";
        let expected = [Item::Str(b"foo"), Item::Str(b"bar"), Item::Str(b"a"), Item::Int(5)];
        assert_eq!(zipmap(bytes).as_deref(), Some(&expected[..]));
        assert_eq!(zipmap(&bytes[..bytes.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn changed_bytes_are_refused_or_readable(at in 0usize..40, byte in any::<u8>()) {
            let mut bytes = pack(&[b"\x02ab", b"\xc0\xff\xff", b"\xfe\x80", b"\x05hello"]);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = ziplist(&bytes);
            let _ = zipmap(&bytes);
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_readable(bytes in vec(any::<u8>(), 0..60)) {
            let _ = ziplist(&bytes);
            let _ = zipmap(&bytes);
        }
    }
}
