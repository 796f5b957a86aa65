//! BITFIELD and BITFIELD_RO: integers of any width, at any bit, inside a string.
//!
//! All operations are read before the first one runs, so that a mistake in one leaves the string alone, and
//! the string is made long enough for all of them at once.

use crate::resp::Args;
use crate::server::commands::{bitmap, parse};
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::{Encoding, EntryMut, IntText, Kind, OwnedValue};

/// The type of a field: `i8`, `u5` ...
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    signed: bool,
    bits: u32,
    /// Number of its first bit.
    at: u64,
}

/// What happens when a number does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64, Overflow),
    Increment(i64, Overflow),
}

struct Step {
    field: Field,
    action: Action,
}

impl Field {
    fn parse(ctx: &Ctx<'_>, word: &[u8], offset: &[u8]) -> Result<Field, Fault> {
        const BAD: Fault = Fault::new(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        );
        let signed = match word.first() {
            Some(b'i') => true,
            Some(b'u') => false,
            _ => return Err(BAD),
        };
        let bits = crate::resp::number::parse_i64(&word[1..]).and_then(|bits| u32::try_from(bits).ok());
        let bits = bits.filter(|bits| (1..=if signed { 64 } else { 63 }).contains(bits)).ok_or(BAD)?;
        let (digits, width) = match offset {
            [b'#', digits @ ..] => (digits, u64::from(bits)),
            digits => (digits, 1),
        };
        let at = bitmap::offset(ctx.settings, ctx.data.origin, digits, width)?;
        Ok(Field { signed, bits, at })
    }

    /// Number of its last bit.
    fn last(self) -> u64 {
        self.at + u64::from(self.bits) - 1
    }

    fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// The smallest and the largest number it holds.
    fn bounds(self) -> (i128, i128) {
        if self.signed {
            (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1)
        } else {
            (0, (1 << self.bits) - 1)
        }
    }

    /// The number whose lowest bits these are.
    fn number(self, raw: u64) -> i64 {
        let unused = 64 - self.bits;
        if self.signed { ((raw << unused) as i64) >> unused } else { (raw & self.mask()) as i64 }
    }

    /// The number in a string, which goes on with zeros behind its end.
    fn get(self, bytes: &[u8]) -> i64 {
        let (first, window) = self.window(bytes);
        self.number((window >> self.shift(first)) as u64)
    }

    /// The bytes it touches as one number, with the first one's index.
    fn window(self, bytes: &[u8]) -> (usize, u128) {
        let first = (self.at / 8) as usize;
        let byte = |i: usize| u128::from(bytes.get(first + i).copied().unwrap_or(0));
        (first, (0..self.width(first)).fold(0, |sum, i| sum << 8 | byte(i)))
    }

    /// Bytes it touches.
    fn width(self, first: usize) -> usize {
        (self.last() / 8) as usize - first + 1
    }

    /// Bits of its bytes behind its last bit.
    fn shift(self, first: usize) -> u32 {
        (8 * (first + self.width(first)) as u64 - 1 - self.last()) as u32
    }

    /// Writes a number into a string that is long enough.
    fn put(self, entry: &mut EntryMut<'_>, number: i64) {
        let (first, window) = self.window(entry.value().bytes(&mut IntText::default()));
        let shift = self.shift(first);
        let kept = window & !(u128::from(self.mask()) << shift);
        let bytes = (kept | u128::from(number as u64 & self.mask()) << shift).to_be_bytes();
        entry.set_range(first, &bytes[bytes.len() - self.width(first)..]);
    }

    /// What becomes of a sum: nothing when it does not fit and must.
    fn fit(self, sum: i128, overflow: Overflow) -> Option<i64> {
        let (low, high) = self.bounds();
        match overflow {
            _ if (low..=high).contains(&sum) => Some(sum as i64),
            Overflow::Wrap => Some(self.number(sum as u64)),
            Overflow::Saturate => Some(sum.clamp(low, high) as i64),
            Overflow::Fail => None,
        }
    }
}

/// Reads the operations.
fn steps(ctx: &Ctx<'_>, args: Args<'_>) -> Result<Vec<Step>, Fault> {
    let (mut steps, mut overflow, mut i) = (Vec::new(), Overflow::Wrap, 2);
    while i < args.len() {
        let (word, left) = (args.at(i), args.len() - i - 1);
        if parse::is(word, "overflow") && left >= 1 {
            overflow = overflow_of(args.at(i + 1))?;
            i += 2;
            continue;
        }
        let values = match word {
            _ if parse::is(word, "get") => 2,
            _ if parse::is(word, "set") || parse::is(word, "incrby") => 3,
            _ => return Err(fault::SYNTAX),
        };
        if left < values {
            return Err(fault::SYNTAX);
        }
        let field = Field::parse(ctx, args.at(i + 1), args.at(i + 2))?;
        let action = match values {
            2 => Action::Get,
            _ if parse::is(word, "set") => Action::Set(parse::int(args.at(i + 3))?, overflow),
            _ => Action::Increment(parse::int(args.at(i + 3))?, overflow),
        };
        steps.push(Step { field, action });
        i += values + 1;
    }
    Ok(steps)
}

fn overflow_of(word: &[u8]) -> Result<Overflow, Fault> {
    let all = [("wrap", Overflow::Wrap), ("sat", Overflow::Saturate), ("fail", Overflow::Fail)];
    let found = all.into_iter().find(|(name, _)| parse::is(word, name));
    found.map(|(_, overflow)| overflow).ok_or(Fault::new("ERR Invalid OVERFLOW type specified"))
}

/// BITFIELD.
pub fn bitfield(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let steps = steps(ctx, args)?;
    match last_written(&steps) {
        Some(last) => write(ctx, args.at(1), &steps, last),
        None => read(ctx, args.at(1), &steps),
    }
}

/// BITFIELD_RO.
pub fn bitfield_ro(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let steps = steps(ctx, args)?;
    if last_written(&steps).is_some() {
        return Err(Fault::new("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    read(ctx, args.at(1), &steps)
}

fn last_written(steps: &[Step]) -> Option<u64> {
    steps.iter().filter(|step| step.action != Action::Get).map(|step| step.field.last()).max()
}

fn read(ctx: &mut Ctx<'_>, key: &[u8], steps: &[Step]) -> Result<(), Fault> {
    let mut scratch = IntText::default();
    let bytes = match ctx.data.read_as(key, Kind::String)? {
        Some(entry) => entry.value().bytes(&mut scratch),
        None => b"",
    };
    ctx.reply.array(steps.len());
    steps.iter().for_each(|step| ctx.reply.int(step.field.get(bytes)));
    Ok(())
}

fn write(ctx: &mut Ctx<'_>, key: &[u8], steps: &[Step], last: u64) -> Result<(), Fault> {
    let len = (last / 8) as usize + 1;
    let missing = || OwnedValue::Str(Vec::new(), Encoding::Raw);
    let mut entry = ctx.data.write_or_create(key, missing, Kind::String)?;
    let grown = entry.value().str_len() < len;
    if grown {
        entry.set_range(len - 1, &[0]);
    }
    ctx.reply.array(steps.len());
    let mut changes = 0;
    for step in steps {
        let old = step.field.get(entry.value().bytes(&mut IntText::default()));
        let (shown, new) = match step.action {
            Action::Get => (Some(old), None),
            Action::Set(number, overflow) => {
                let new = step.field.fit(set_value(step.field, number, overflow), overflow);
                (new.map(|_| old), new)
            }
            Action::Increment(by, overflow) => {
                let new = step.field.fit(i128::from(old) + i128::from(by), overflow);
                (new, new)
            }
        };
        match shown {
            Some(number) => ctx.reply.int(number),
            None => ctx.reply.null(),
        }
        if let Some(new) = new {
            step.field.put(&mut entry, new);
            changes += u64::from(grown || new != old);
        }
    }
    if grown || changes > 0 {
        ctx.data.changed(Events::STRING, "setbit", key);
        ctx.data.dirty += changes.max(1) - 1;
    }
    Ok(())
}

/// What SET is asked to store: for an unsigned field a negative number is a very large one. So is for
/// OVERFLOW SAT a number so far below a signed field that Redis's distance to the largest one wraps around.
fn set_value(field: Field, number: i64, overflow: Overflow) -> i128 {
    let largest = field.bounds().1 as i64;
    match overflow {
        _ if !field.signed => i128::from(number as u64),
        Overflow::Saturate if number < 0 && largest.wrapping_sub(number) < 0 && field.bits < 64 => {
            i128::from(i64::MAX)
        }
        _ => i128::from(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn field(signed: bool, bits: u32, at: u64) -> Field {
        Field { signed, bits, at }
    }

    #[test]
    fn fields_are_read_across_bytes_and_behind_the_end() {
        let bytes = [0b1010_0101, 0b1100_0011];
        assert_eq!(field(false, 8, 4).get(&bytes), 0b0101_1100);
        assert_eq!(field(true, 4, 0).get(&bytes), -6);
        assert_eq!(field(true, 64, 8).get(&bytes), (0xc3_u64 << 56) as i64);
        assert_eq!(field(false, 5, 100).get(&bytes), 0);
    }

    #[test]
    fn what_does_not_fit() {
        let byte = field(true, 8, 0);
        assert_eq!(byte.fit(128, Overflow::Wrap), Some(-128));
        assert_eq!(byte.fit(128, Overflow::Saturate), Some(127));
        assert_eq!(byte.fit(-129, Overflow::Saturate), Some(-128));
        assert_eq!(byte.fit(-129, Overflow::Fail), None);
        let wide = field(true, 64, 0);
        assert_eq!(wide.fit(i128::from(i64::MAX) + 1, Overflow::Wrap), Some(i64::MIN));
        let unsigned = field(false, 63, 0);
        assert_eq!(
            unsigned.fit(set_value(unsigned, -1, Overflow::Saturate), Overflow::Saturate),
            Some(i64::MAX)
        );
        assert_eq!(unsigned.fit(-1, Overflow::Saturate), Some(0));
        let short = field(true, 5, 0);
        assert_eq!(set_value(short, i64::MIN, Overflow::Saturate), i128::from(i64::MAX));
        assert_eq!(set_value(short, -17, Overflow::Saturate), -17);
    }
}
