//! The intset: a set of integers in order, each in as many bytes as the widest needs.
//!
//! ```text
//! [ bytes per integer: u32, 2 4 or 8 ][ integers: u32 ]  integers, ascending, little-endian
//! ```

const HEADER: usize = 8;

/// An intset to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intset<'a> {
    bytes: &'a [u8],
}

impl<'a> Intset<'a> {
    /// Reads bytes that a function of this module made or [`validate`] accepted.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Intset<'a> {
        debug_assert!(bytes.len() >= HEADER);
        Intset { bytes }
    }

    #[inline]
    fn width(self) -> usize {
        usize::from(self.bytes[0])
    }

    /// Number of integers.
    #[inline]
    pub fn len(self) -> usize {
        (self.bytes.len() - HEADER) / self.width()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The integer at an index below the length.
    #[inline]
    pub fn get(self, index: usize) -> i64 {
        let width = self.width();
        let raw = &self.bytes[HEADER + index * width..][..width];
        match *raw {
            [a, b] => i64::from(i16::from_le_bytes([a, b])),
            [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => unreachable!("integers have 2, 4 or 8 bytes"),
        }
    }

    /// The index of an integer, or where it would have to be.
    pub fn search(self, wanted: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let mid = (low + high) / 2;
            match self.get(mid).cmp(&wanted) {
                std::cmp::Ordering::Less => low = mid + 1,
                std::cmp::Ordering::Equal => return Ok(mid),
                std::cmp::Ordering::Greater => high = mid,
            }
        }
        Err(low)
    }

    /// Whether an integer is in it.
    pub fn contains(self, wanted: i64) -> bool {
        self.search(wanted).is_ok()
    }

    /// The integers, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator + use<'a> {
        (0..self.len()).map(move |index| self.get(index))
    }
}

/// An empty intset.
pub fn empty() -> Vec<u8> {
    vec![2, 0, 0, 0, 0, 0, 0, 0]
}

/// Adds an integer; false when it was there.
pub fn insert(bytes: &mut Vec<u8>, number: i64) -> bool {
    let set = Intset::new(bytes);
    let Err(index) = set.search(number) else { return false };
    if width_of(number) > set.width() {
        widen(bytes, width_of(number));
    }
    let width = Intset::new(bytes).width();
    let at = HEADER + index * width;
    bytes.splice(at..at, number.to_le_bytes()[..width].iter().copied());
    recount(bytes);
    true
}

/// Removes an integer; false when it was not there.
pub fn remove(bytes: &mut Vec<u8>, number: i64) -> bool {
    let set = Intset::new(bytes);
    let Ok(index) = set.search(number) else { return false };
    let (width, at) = (set.width(), HEADER + index * set.width());
    bytes.drain(at..at + width);
    recount(bytes);
    true
}

fn width_of(number: i64) -> usize {
    if i16::try_from(number).is_ok() {
        2
    } else if i32::try_from(number).is_ok() {
        4
    } else {
        8
    }
}

fn widen(bytes: &mut Vec<u8>, width: usize) {
    let numbers: Vec<i64> = Intset::new(bytes).iter().collect();
    bytes.truncate(HEADER);
    bytes[0] = width as u8;
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes()[..width]);
    }
}

fn recount(bytes: &mut [u8]) {
    let count = Intset::new(bytes).len() as u32;
    bytes[4..8].copy_from_slice(&count.to_le_bytes());
}

/// Whether these bytes, which may come from anywhere, are an intset.
pub fn validate(bytes: &[u8]) -> bool {
    let Some(&[a, b, c, d, e, f, g, h]) = bytes.first_chunk::<HEADER>() else { return false };
    let (width, count) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if !matches!(width, 2 | 4 | 8) || count == 0 {
        return false;
    }
    if (bytes.len() - HEADER) as u64 != u64::from(width) * u64::from(count) {
        return false;
    }
    Intset::new(bytes).iter().is_sorted_by(|a, b| a < b)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![-50i64..50, -40_000i64..40_000, any::<i64>()]
    }

    proptest! {
        #[test]
        fn behaves_as_an_ordered_set(ops in vec((any::<bool>(), number()), 1..80)) {
            let (mut bytes, mut model) = (empty(), BTreeSet::new());
            for (add, number) in ops {
                if add {
                    prop_assert_eq!(insert(&mut bytes, number), model.insert(number));
                } else {
                    prop_assert_eq!(remove(&mut bytes, number), model.remove(&number));
                }
                prop_assert_eq!(validate(&bytes), !model.is_empty());
                prop_assert!(Intset::new(&bytes).iter().eq(model.iter().copied()));
            }
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_readable(bytes in vec(any::<u8>(), 0..60)) {
            if validate(&bytes) {
                prop_assert!(Intset::new(&bytes).iter().count() > 0);
            }
        }
    }
}
