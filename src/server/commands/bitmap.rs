//! Commands on strings as bitmaps: SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP. BITFIELD has its own file.

use std::ops::Range;

use crate::resp::{Args, number};
use crate::server::commands::{Table, bitfield, parse};
use crate::server::config::{Events, Settings};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::session::Origin;
use crate::store::bitmap::{self, Combiner, Operation};
use crate::store::{Encoding, EntryMut, IntText, Kind, OwnedValue};

/// This family's handlers.
pub const TABLE: Table = &[
    ("setbit", setbit),
    ("getbit", getbit),
    ("bitcount", bitcount),
    ("bitpos", bitpos),
    ("bitop", bitop),
    ("bitfield", bitfield::bitfield),
    ("bitfield_ro", bitfield::bitfield_ro),
];

const BAD_OFFSET: Fault = Fault::new("ERR bit offset is not an integer or out of range");

/// The number of a bit that a string may have. Commands of the master and of the append-only file have been
/// checked where they came from.
pub fn offset(settings: &Settings, origin: Origin, digits: &[u8], width: u64) -> Result<u64, Fault> {
    let number = number::parse_i64(digits).and_then(|n| u64::try_from(n).ok());
    let offset = number.and_then(|n| n.checked_mul(width)).ok_or(BAD_OFFSET)?;
    let fits = origin != Origin::Client || offset / 8 < settings.proto_max_bulk_len;
    if fits && i64::try_from(offset).is_ok() { Ok(offset) } else { Err(BAD_OFFSET) }
}

fn setbit(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    let at = offset(ctx.settings, ctx.data.origin, args.at(2), 1)?;
    let on = match number::parse_i64(args.at(3)) {
        Some(bit @ 0..=1) => bit == 1,
        _ => return Err(Fault::new("ERR bit is not an integer or out of range")),
    };
    let (byte, mask) = ((at / 8) as usize, 0x80u8 >> (at % 8));
    let old = match ctx.data.write_as(key, Kind::String)? {
        Some(mut entry) => set_in(&mut entry, byte, mask, on),
        None => {
            let mut fresh = vec![0; byte + 1];
            fresh[byte] = if on { mask } else { 0 };
            ctx.data.put_owned(key, OwnedValue::Str(fresh, Encoding::Raw));
            None
        }
    };
    if old != Some(on) {
        ctx.data.changed(Events::STRING, "setbit", key);
    }
    ctx.reply.int(i64::from(old.unwrap_or(false)));
    Ok(())
}

/// Sets a bit of a string; says what it was, or nothing when the string was too short to have it.
fn set_in(entry: &mut EntryMut<'_>, at: usize, mask: u8, on: bool) -> Option<bool> {
    let old = entry.value().bytes(&mut IntText::default()).get(at).copied();
    let byte = old.unwrap_or(0);
    entry.set_range(at, &[if on { byte | mask } else { byte & !mask }]);
    old.map(|old| old & mask != 0)
}

fn getbit(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let at = offset(ctx.settings, ctx.data.origin, args.at(2), 1)?;
    let mut scratch = IntText::default();
    let byte = match ctx.data.read_as(args.at(1), Kind::String)? {
        Some(entry) => entry.value().bytes(&mut scratch).get((at / 8) as usize).copied().unwrap_or(0),
        None => 0,
    };
    ctx.reply.int(i64::from(byte >> (7 - at % 8) & 1));
    Ok(())
}

/// A range as BITCOUNT and BITPOS are given it.
struct Span {
    start: i64,
    /// Not given: to the end of the string.
    end: Option<i64>,
    in_bits: bool,
}

impl Span {
    /// Reads the range whose first word is at `at`.
    fn parse(args: Args<'_>, at: usize) -> Result<Span, Fault> {
        let start = parse::int(args.at(at))?;
        let in_bits = match args.get(at + 2) {
            Some(unit) if parse::is(unit, "bit") => true,
            Some(unit) if !parse::is(unit, "byte") => return Err(fault::SYNTAX),
            _ => false,
        };
        let end = args.get(at + 1).map(parse::int).transpose()?;
        Ok(Span { start, end, in_bits })
    }

    /// The whole string.
    const WHOLE: Span = Span { start: 0, end: None, in_bits: false };

    /// The bits it stands for in a string of so many bytes.
    fn bits(&self, bytes: usize) -> Range<u64> {
        let unit = if self.in_bits { 1 } else { 8 };
        let len = (bytes as u64 * 8 / unit) as i64;
        let from_end = |i: i64| if i < 0 { len.saturating_add(i).max(0) } else { i };
        let (start, end) = (from_end(self.start), from_end(self.end.unwrap_or(-1)).min(len - 1));
        if start > end { 0..0 } else { start as u64 * unit..(end as u64 + 1) * unit }
    }

    /// Ends before it begins, whatever the string.
    fn is_reversed(&self) -> bool {
        self.end.is_some_and(|end| self.start < 0 && end < 0 && self.start > end)
    }
}

fn bitcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let span = match args.len() {
        2 => Span::WHOLE,
        4 | 5 => {
            let span = Span::parse(args, 2);
            parse::int(args.at(2)).and(parse::int(args.at(3)))?;
            span?
        }
        _ => return Err(fault::SYNTAX),
    };
    let mut scratch = IntText::default();
    let count = match ctx.data.read_as(args.at(1), Kind::String)? {
        Some(entry) if !span.is_reversed() => {
            let bytes = entry.value().bytes(&mut scratch);
            bitmap::count_in(bytes, span.bits(bytes.len()))
        }
        _ => 0,
    };
    ctx.reply.int(count as i64);
    Ok(())
}

fn bitpos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let wanted = match parse::int(args.at(2))? {
        bit @ 0..=1 => bit == 1,
        _ => return Err(Fault::new("ERR The bit argument must be 1 or 0.")),
    };
    let span = match args.len() {
        3 => Span::WHOLE,
        4..=6 => Span::parse(args, 3)?,
        _ => return Err(fault::SYNTAX),
    };
    let mut scratch = IntText::default();
    let place = match ctx.data.read_as(args.at(1), Kind::String)? {
        Some(entry) => position(entry.value().bytes(&mut scratch), &span, wanted),
        None if wanted => -1,
        None => 0, // an endless row of zeros
    };
    ctx.reply.int(place);
    Ok(())
}

/// Where the bit is, or -1. Without an end the string goes on with zeros.
fn position(bytes: &[u8], span: &Span, wanted: bool) -> i64 {
    let bits = span.bits(bytes.len());
    let beyond = if wanted || span.end.is_some() || bits.is_empty() { -1 } else { bits.end as i64 };
    bitmap::find_in(bytes, bits, wanted).map_or(beyond, |at| at as i64)
}

fn operation(word: &[u8]) -> Option<(Operation, &'static str)> {
    let all = [
        (Operation::And, "AND"),
        (Operation::Or, "OR"),
        (Operation::Xor, "XOR"),
        (Operation::Not, "NOT"),
        (Operation::Diff, "DIFF"),
        (Operation::Diff1, "DIFF1"),
        (Operation::AndOr, "ANDOR"),
        (Operation::One, "ONE"),
    ];
    all.into_iter().find(|(_, name)| parse::is(word, name))
}

fn bitop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (operation, name) = operation(args.at(1)).ok_or(fault::SYNTAX)?;
    let (target, sources) = (args.at(2), args.tail(3));
    match operation {
        Operation::Not if sources.len() != 1 => {
            return Err(Fault::new("ERR BITOP NOT must be called with a single source key."));
        }
        Operation::Diff | Operation::Diff1 | Operation::AndOr if sources.len() < 2 => {
            return Err(Fault::err(format!("BITOP {name} must be called with at least two source keys.")));
        }
        _ => {}
    }
    let mut len = 0;
    for key in sources.iter() {
        let entry = ctx.data.read_as(key, Kind::String)?;
        len = len.max(entry.map_or(0, |entry| entry.value().str_len()));
    }
    let mut combiner = Combiner::new(operation, len);
    for key in sources.iter() {
        let mut scratch = IntText::default();
        combiner.take(ctx.data.peek(key).map_or(b"", |entry| entry.value().bytes(&mut scratch)));
    }
    if len > 0 {
        ctx.data.put_owned(target, OwnedValue::Str(combiner.finish(), Encoding::Raw));
        ctx.data.changed(Events::STRING, "set", target);
    } else if ctx.data.remove(target) {
        ctx.data.changed(Events::GENERIC, "del", target);
    }
    ctx.reply.count(len);
    Ok(())
}
