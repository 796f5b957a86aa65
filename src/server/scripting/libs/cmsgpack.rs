//! `cmsgpack`: values as MessagePack and back (<https://msgpack.org>). A table whose keys are 1..n is an array, any other
//! a map; a whole number is an integer, any other the shortest float that is exact; what has no form is nil.

use mlua::{Lua, MultiValue, Result, Table, Value};

use super::args::Args;
use super::{NESTING_MAX, VALUES_MAX};

/// Tables nested deeper are packed as nil.
const PACKED_NESTING_MAX: usize = 16;

/// The table of the library.
pub fn table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.set(
        "pack",
        lua.create_function(|lua, args: MultiValue| {
            let packed = pack(&Args::new(lua, &args))?;
            lua.create_string(packed)
        })?,
    )?;
    table
        .set("unpack", lua.create_function(|lua, args: MultiValue| unpack(&Args::new(lua, &args), 0, 0))?)?;
    table.set(
        "unpack_one",
        lua.create_function(|lua, args: MultiValue| {
            let args = Args::new(lua, &args);
            unpack(&args, 1, args.integer_or(2, 0)?)
        })?,
    )?;
    table.set(
        "unpack_limit",
        lua.create_function(|lua, args: MultiValue| {
            let args = Args::new(lua, &args);
            unpack(&args, args.integer(2)?, args.integer_or(3, 0)?)
        })?,
    )?;
    for (name, text) in [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ] {
        table.set(name, text)?;
    }
    Ok(table)
}

// ---- packing -------------------------------------------------------------------------------------------------------

fn pack(args: &Args<'_>) -> Result<Vec<u8>> {
    if args.len() == 0 {
        return Err(args.bad_call("MessagePack pack needs input."));
    }
    let mut out = Vec::new();
    for at in 1..=args.len() {
        put(&mut out, args.get(at).unwrap_or(&Value::Nil), 0)?;
    }
    Ok(out)
}

fn put(out: &mut Vec<u8>, value: &Value, level: usize) -> Result<()> {
    match value {
        Value::String(text) => put_bytes(out, &text.as_bytes()),
        Value::Boolean(yes) => out.push(if *yes { 0xc3 } else { 0xc2 }),
        Value::Integer(number) => put_integer(out, *number),
        Value::Number(number) => put_number(out, *number),
        Value::Table(table) if level < PACKED_NESTING_MAX => put_table(out, table, level)?,
        _ => out.push(0xc0),
    }
    Ok(())
}

/// A count behind its tag: in the tag itself when it is small enough, else in 2 or 4 bytes.
fn put_count(out: &mut Vec<u8>, len: usize, (fixed, fixed_max): (u8, usize), (two, four): (u8, u8)) {
    if len <= fixed_max {
        out.push(fixed | len as u8);
    } else if let Ok(len) = u16::try_from(len) {
        out.push(two);
        out.extend(len.to_be_bytes());
    } else {
        out.push(four);
        out.extend((len as u32).to_be_bytes());
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(len) if len >= 32 => out.extend([0xd9, len]),
        _ => put_count(out, bytes.len(), (0xa0, 31), (0xda, 0xdb)),
    }
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, number: f64) {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits && number.trunc() == number {
        return put_integer(out, number as i64);
    }
    let single = number as f32;
    if f64::from(single) == number {
        out.push(0xca);
        out.extend(single.to_be_bytes());
    } else {
        out.push(0xcb);
        out.extend(number.to_be_bytes());
    }
}

fn put_integer(out: &mut Vec<u8>, number: i64) {
    let bytes = number.to_be_bytes();
    let (tag, width) = match number {
        -32..=127 => return out.push(number as u8),
        128..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        0x1_0000_0000.. => (0xcf, 8),
        -128..=-33 => (0xd0, 1),
        -32768..=-129 => (0xd1, 2),
        -2_147_483_648..=-32769 => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(tag);
    out.extend_from_slice(&bytes[8 - width..]);
}

fn put_table(out: &mut Vec<u8>, table: &Table, level: usize) -> Result<()> {
    let (len, is_array) = measure(table)?;
    if is_array {
        put_count(out, len, (0x90, 15), (0xdc, 0xdd));
        return (1..=len).try_for_each(|at| put(out, &table.raw_get::<Value>(at)?, level + 1));
    }
    put_count(out, len, (0x80, 15), (0xde, 0xdf));
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        put(out, &key, level + 1)?;
        put(out, &value, level + 1)?;
    }
    Ok(())
}

/// Number of keys, and whether they are 1..n.
fn measure(table: &Table) -> Result<(usize, bool)> {
    let (mut len, mut max, mut are_places) = (0, 0, true);
    for pair in table.pairs::<Value, Value>() {
        len += 1;
        match pair?.0 {
            Value::Integer(at) if (1..=i64::from(i32::MAX)).contains(&at) => max = max.max(at),
            _ => are_places = false,
        }
    }
    Ok((len, are_places && max == len as i64))
}

// ---- unpacking -----------------------------------------------------------------------------------------------------

/// Why bytes cannot be unpacked.
enum Fault {
    /// They end too early.
    Short,
    /// They are no MessagePack.
    Bad,
    /// They nest too deep, or are too many.
    Deep,
    /// Lua's own.
    Lua(mlua::Error),
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Fault {
        if matches!(error, mlua::Error::StackError) { Fault::Deep } else { Fault::Lua(error) }
    }
}

type Unpacked<T> = std::result::Result<T, Fault>;

/// Bytes that are left, and how deep in tables they are.
struct Cursor<'a> {
    lua: &'a Lua,
    rest: &'a [u8],
    depth: usize,
}

fn unpack(args: &Args<'_>, limit: i64, offset: i64) -> Result<MultiValue> {
    let all = limit == 0 && offset == 0;
    let bytes = args.bytes(1)?;
    if offset < 0 || limit < 0 {
        let words =
            format!("Invalid request to unpack with offset of {offset} and limit of {}.", bytes.len());
        return Err(args.fail(&words));
    }
    let Some(rest) = bytes.get(offset as usize..) else {
        let words = format!("Start offset {offset} greater than input length {}.", bytes.len());
        return Err(args.fail(&words));
    };
    let limit = if all { usize::MAX } else { limit as usize };
    let mut cursor = Cursor { lua: args.lua, rest, depth: 0 };
    let mut found = Vec::new();
    while !cursor.rest.is_empty() && found.len() < limit {
        let value = if found.len() + 2 < VALUES_MAX { cursor.value() } else { Err(Fault::Deep) };
        let value = value.map_err(|fault| error_of(args, fault))?;
        found.push(value);
    }
    if !all {
        let next = if cursor.rest.is_empty() { -1 } else { (bytes.len() - cursor.rest.len()) as i64 };
        found.insert(0, Value::Integer(next));
    }
    Ok(found.into_iter().collect())
}

fn error_of(args: &Args<'_>, fault: Fault) -> mlua::Error {
    match fault {
        Fault::Short => args.fail("Missing bytes in input."),
        Fault::Bad => args.fail("Bad data format in input."),
        Fault::Deep => args
            .fail("stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)"),
        Fault::Lua(error) => error,
    }
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Unpacked<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Fault::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Unpacked<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn count(&mut self, width: usize) -> Unpacked<usize> {
        Ok(self.take(width)?.iter().fold(0, |count, &byte| count << 8 | usize::from(byte)))
    }

    fn text(&mut self, len: usize) -> Unpacked<Value> {
        let bytes = self.take(len)?;
        Ok(Value::String(self.lua.create_string(bytes)?))
    }

    fn value(&mut self) -> Unpacked<Value> {
        let [tag] = self.fixed()?;
        match tag {
            0x80..=0x8f => self.map(usize::from(tag & 0xf)),
            0x90..=0x9f => self.array(usize::from(tag & 0xf)),
            0xdc | 0xdd => self.count(2 << (tag - 0xdc)).and_then(|len| self.array(len)),
            0xde | 0xdf => self.count(2 << (tag - 0xde)).and_then(|len| self.map(len)),
            _ => self.scalar(tag),
        }
    }

    fn scalar(&mut self, tag: u8) -> Unpacked<Value> {
        Ok(match tag {
            0x00..=0x7f => Value::Integer(i64::from(tag)),
            0xa0..=0xbf => self.text(usize::from(tag & 0x1f))?,
            0xc0 => Value::Nil,
            0xc2 => Value::Boolean(false),
            0xc3 => Value::Boolean(true),
            0xca => Value::Number(f64::from(f32::from_be_bytes(self.fixed()?))),
            0xcb => Value::Number(f64::from_be_bytes(self.fixed()?)),
            0xcc => integer(u8::from_be_bytes(self.fixed()?).into()),
            0xcd => integer(u16::from_be_bytes(self.fixed()?).into()),
            0xce => integer(u32::from_be_bytes(self.fixed()?).into()),
            0xcf | 0xd3 => integer(i64::from_be_bytes(self.fixed()?)),
            0xd0 => integer(i8::from_be_bytes(self.fixed()?).into()),
            0xd1 => integer(i16::from_be_bytes(self.fixed()?).into()),
            0xd2 => integer(i32::from_be_bytes(self.fixed()?).into()),
            0xd9..=0xdb => {
                let len = self.count(1 << (tag - 0xd9))?;
                self.text(len)?
            }
            0xe0..=0xff => Value::Integer(i64::from(tag as i8)),
            _ => return Err(Fault::Bad),
        })
    }

    /// A new table that is to be filled.
    fn begin_table(&mut self) -> Unpacked<Table> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            return Err(Fault::Deep);
        }
        Ok(self.lua.create_table()?)
    }

    fn array(&mut self, len: usize) -> Unpacked<Value> {
        let table = self.begin_table()?;
        for at in 1..=len {
            let value = self.value()?;
            table.raw_set(at, value)?;
        }
        self.depth -= 1;
        Ok(Value::Table(table))
    }

    fn map(&mut self, len: usize) -> Unpacked<Value> {
        let table = self.begin_table()?;
        for _ in 0..len {
            let key = self.value()?;
            let value = self.value()?;
            match key {
                Value::Nil => return Err(mlua::Error::runtime("table index is nil").into()),
                Value::Number(key) if key.is_nan() => {
                    return Err(mlua::Error::runtime("table index is NaN").into());
                }
                key => table.raw_set(key, value)?,
            }
        }
        self.depth -= 1;
        Ok(Value::Table(table))
    }
}

fn integer(number: i64) -> Value {
    Value::Integer(number)
}
