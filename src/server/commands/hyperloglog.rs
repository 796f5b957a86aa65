//! Commands on HyperLogLogs: PFADD, PFCOUNT, PFMERGE, and PFDEBUG and PFSELFTEST for tests.
//!
//! A HyperLogLog is a string, so every command first asks whether it is one that `store::hll` can read.

use crate::resp::Args;
use crate::server::commands::{Table, parse};
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::hll::{self, Corrupt, Layout, REGISTERS, Registers, sparse};
use crate::store::{Encoding, EntryMut, EntryRef, Kind, OwnedValue, ValueRef};

/// This family's handlers.
pub const TABLE: Table = &[
    ("pfadd", pfadd),
    ("pfcount", pfcount),
    ("pfmerge", pfmerge),
    ("pfdebug", pfdebug),
    ("pfselftest", pfselftest),
];

const NOT_HLL: Fault = Fault::new("WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPT: Fault = Fault::new("INVALIDOBJ Corrupted HLL object detected");

fn corrupt(_: Corrupt) -> Fault {
    CORRUPT
}

/// The bytes of a HyperLogLog.
fn bytes_of(value: ValueRef<'_>) -> Result<(&[u8], Layout), Fault> {
    let ValueRef::Str(bytes) = value else { return Err(NOT_HLL) };
    hll::layout(bytes).map(|layout| (bytes, layout)).ok_or(NOT_HLL)
}

fn sparse_bytes_max(ctx: &Ctx<'_>) -> usize {
    usize::try_from(ctx.settings.hll_sparse_max_bytes).unwrap_or(usize::MAX)
}

fn owned(bytes: Vec<u8>) -> OwnedValue {
    OwnedValue::Str(bytes, Encoding::Raw)
}

fn pfadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, elements, most) = (args.at(1), args.tail(2), sparse_bytes_max(ctx));
    let raised = match ctx.data.write_as(key, Kind::String)? {
        None => {
            let mut bytes = hll::empty();
            let raised = add(&mut bytes, elements, most)?;
            ctx.data.put_owned(key, owned(bytes));
            raised + 1
        }
        Some(mut entry) => match bytes_of(entry.value())?.1 {
            Layout::Dense => add_dense(&mut entry, elements)?,
            Layout::Sparse => {
                let mut bytes = bytes_of(entry.value())?.0.to_vec();
                let raised = add(&mut bytes, elements, most)?;
                if raised > 0 {
                    entry.set_value(owned(bytes));
                }
                raised
            }
        },
    };
    if raised > 0 {
        ctx.data.changed(Events::STRING, "pfadd", key);
        ctx.data.dirty += raised - 1;
    }
    ctx.reply.int(i64::from(raised > 0));
    Ok(())
}

/// Adds elements to a HyperLogLog in hand; returns how many of them raised a register.
fn add(bytes: &mut Vec<u8>, elements: Args<'_>, most: usize) -> Result<u64, Fault> {
    let mut raised = 0;
    for element in elements.iter() {
        let (index, value) = hll::place(element);
        raised += u64::from(hll::raise(bytes, index, value, most).map_err(corrupt)?);
    }
    hll::mark_stale(bytes);
    Ok(raised)
}

/// The same where it lies: a dense one is changed a byte or two at a time.
fn add_dense(entry: &mut EntryMut<'_>, elements: Args<'_>) -> Result<u64, Fault> {
    let mut raised = 0;
    for element in elements.iter() {
        let (index, value) = hll::place(element);
        if let Some((at, patch)) = hll::Dense::of(bytes_of(entry.value())?.0).raised(index, value) {
            entry.set_range(at, &patch);
            raised += 1;
        }
    }
    if raised > 0 {
        let (at, byte) = hll::stale(bytes_of(entry.value())?.0);
        entry.set_range(at, &[byte]);
    }
    Ok(raised)
}

fn pfcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let count = if args.len() == 2 { count_one(ctx, args.at(1))? } else { count_many(ctx, args)? };
    ctx.reply.int(count as i64);
    Ok(())
}

/// The count of the union of several.
fn count_many(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<u64, Fault> {
    let mut registers = Registers::default();
    for key in args.tail(1).iter() {
        take(&mut registers, ctx.data.read_as(key, Kind::String)?)?;
    }
    Ok(hll::estimate(&registers))
}

/// Raises registers to those of an entry; says how it is laid out.
fn take(registers: &mut Registers, entry: Option<EntryRef<'_>>) -> Result<Option<Layout>, Fault> {
    let Some(entry) = entry else { return Ok(None) };
    let (bytes, layout) = bytes_of(entry.value())?;
    hll::merge(registers, bytes).map_err(corrupt)?;
    Ok(Some(layout))
}

/// The count kept in the string; a stale one is made anew and kept, which is a change of the string.
fn count_one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<u64, Fault> {
    let Some(entry) = ctx.data.read_as(key, Kind::String)? else { return Ok(0) };
    let (bytes, _) = bytes_of(entry.value())?;
    if let Some(count) = hll::cached(bytes) {
        return Ok(count);
    }
    let count = hll::count(bytes).map_err(corrupt)?;
    if let Some(mut entry) = ctx.data.write(key) {
        let (at, digits) = hll::cache(count);
        entry.set_range(at, &digits);
        ctx.data.changed(0, "", key); // WATCH sees it, but it is no event
    }
    Ok(count)
}

fn pfmerge(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (target, most) = (args.at(1), sparse_bytes_max(ctx));
    let (mut registers, mut dense) = (Registers::default(), false);
    for key in args.tail(1).iter() {
        let layout = take(&mut registers, ctx.data.read_as(key, Kind::String)?)?;
        dense |= layout == Some(Layout::Dense);
    }
    let old = ctx.data.write(target);
    let mut bytes = match &old {
        Some(entry) => bytes_of(entry.value())?.0.to_vec(),
        None => hll::empty(),
    };
    if dense {
        hll::make_dense(&mut bytes).map_err(corrupt)?;
    }
    hll::raise_all(&mut bytes, &registers, most).map_err(corrupt)?;
    match old {
        Some(mut entry) => entry.set_value(owned(bytes)),
        None => ctx.data.put_owned(target, owned(bytes)),
    }
    ctx.data.changed(Events::STRING, "pfadd", target);
    ctx.reply.ok();
    Ok(())
}

fn pfdebug(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (word, key) = (args.at(1), args.at(2));
    let Some(entry) = ctx.data.write_as(key, Kind::String)? else {
        return Err(Fault::new("ERR The specified key does not exist"));
    };
    let (bytes, layout) = bytes_of(entry.value())?;
    if parse::is(word, "getreg") {
        let mut registers = Registers::default();
        hll::merge(&mut registers, bytes).map_err(corrupt)?;
        make_dense(ctx, key)?;
        ctx.reply.array(REGISTERS);
        registers.iter().for_each(|value| ctx.reply.int(i64::from(value)));
    } else if parse::is(word, "decode") {
        if layout == Layout::Dense {
            return Err(Fault::new("ERR HLL encoding is not sparse"));
        }
        let text = decoded(&bytes[hll::HEADER_BYTES..]);
        ctx.reply.bulk(text.as_bytes());
    } else if parse::is(word, "encoding") {
        ctx.reply.simple(if layout == Layout::Dense { "dense" } else { "sparse" });
    } else if parse::is(word, "todense") {
        let done = make_dense(ctx, key)?;
        ctx.reply.int(i64::from(done));
    } else {
        return Err(Fault::err(format!("Unknown PFDEBUG subcommand '{}'", parse::lossy(word))));
    }
    Ok(())
}

/// Makes a HyperLogLog dense; says whether it was not.
fn make_dense(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<bool, Fault> {
    let Some(mut entry) = ctx.data.write(key) else { return Ok(false) };
    let (bytes, layout) = bytes_of(entry.value())?;
    if layout == Layout::Dense {
        return Ok(false);
    }
    let mut bytes = bytes.to_vec();
    hll::make_dense(&mut bytes).map_err(corrupt)?;
    entry.set_value(owned(bytes));
    ctx.data.dirty += 1; // replicas follow; to those who WATCH the key it is the same
    Ok(true)
}

/// The runs in words: `z:` and `Z:` for zeros, `v:` for a value and its length.
fn decoded(bytes: &[u8]) -> String {
    let words = sparse::runs(bytes).map(|run| match run {
        sparse::Run::Zero(len) => format!("z:{len}"),
        sparse::Run::XZero(len) => format!("Z:{len}"),
        sparse::Run::Val(value, len) => format!("v:{value},{len}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What Redis tests here at run time is in the tests of `store::hll`; this looks at one estimate.
fn pfselftest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    const ELEMENTS: u32 = 10_000;
    let mut bytes = hll::empty();
    for number in 0..ELEMENTS {
        let (index, value) = hll::place(&number.to_le_bytes());
        hll::raise(&mut bytes, index, value, sparse_bytes_max(ctx)).map_err(corrupt)?;
    }
    let off = hll::count(&bytes).map_err(corrupt)?.abs_diff(u64::from(ELEMENTS));
    if off > u64::from(ELEMENTS / 20) {
        return Err(Fault::err(format!("TESTFAILED Too big error: {off} of {ELEMENTS}")));
    }
    ctx.reply.ok();
    Ok(())
}
