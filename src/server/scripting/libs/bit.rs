//! `bit`: operations on the bits of numbers, each taken modulo 2^32, as Lua BitOp defines them.

use mlua::{Lua, MultiValue, Result, Table};

use super::args::{Args, as_number};

/// Adding it leaves the integer part of a double in its low bits: 2^52 + 2^51.
const TO_LOW_BITS: f64 = 6_755_399_441_055_744.0;

/// What a shift does with the bits and the distance.
type Shift = fn(u32, u32) -> u32;

/// The table of the library.
pub fn table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    for (name, f) in [("tobit", (|b| b) as fn(u32) -> u32), ("bnot", |b| !b), ("bswap", u32::swap_bytes)] {
        table.set(
            name,
            lua.create_function(move |lua, args: MultiValue| {
                Ok(signed(f(bits(&Args::new(lua, &args), 1)?)))
            })?,
        )?;
    }
    for (name, f) in
        [("band", (|a, b| a & b) as fn(u32, u32) -> u32), ("bor", |a, b| a | b), ("bxor", |a, b| a ^ b)]
    {
        table
            .set(name, lua.create_function(move |lua, args: MultiValue| fold(&Args::new(lua, &args), f))?)?;
    }
    let shifts: [(&str, Shift); 5] = [
        ("lshift", |b, n| b << n),
        ("rshift", |b, n| b >> n),
        ("arshift", |b, n| (b as i32 >> n) as u32),
        ("rol", u32::rotate_left),
        ("ror", u32::rotate_right),
    ];
    for (name, f) in shifts {
        table.set(
            name,
            lua.create_function(move |lua, args: MultiValue| {
                let args = Args::new(lua, &args);
                Ok(signed(f(bits(&args, 1)?, bits(&args, 2)? & 31)))
            })?,
        )?;
    }
    table.set("tohex", lua.create_function(|lua, args: MultiValue| to_hex(&Args::new(lua, &args)))?)?;
    Ok(table)
}

fn bits(args: &Args<'_>, at: usize) -> Result<u32> {
    let number = args.get(at).and_then(|value| as_number(args.lua, value));
    let low = (number.unwrap_or(0.0) + TO_LOW_BITS).to_bits() as u32;
    if low == 0 && number.is_none() {
        args.number(at)?;
    }
    Ok(low)
}

fn signed(bits: u32) -> i32 {
    bits as i32
}

fn fold(args: &Args<'_>, f: fn(u32, u32) -> u32) -> Result<i32> {
    let mut result = bits(args, 1)?;
    for at in (2..=args.len()).rev() {
        result = f(result, bits(args, at)?);
    }
    Ok(signed(result))
}

/// The lowest digits, as many as asked for: capitals for a negative number of them.
fn to_hex(args: &Args<'_>) -> Result<String> {
    let value = bits(args, 1)?;
    let digits = if args.len() < 2 { 8 } else { bits(args, 2)? as i32 };
    let width = digits.unsigned_abs().min(8) as usize;
    let all = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    Ok(all[8 - width..].to_owned())
}
