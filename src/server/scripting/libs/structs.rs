//! `struct`: numbers and strings as the bytes of C structures, and back, by a format: `>` `<` byte order, `!n` alignment,
//! `x` padding, `b B h H l L T in In` integers, `f d` floats, `s` a string up to a zero byte, `cn` n bytes (`c0`: as many
//! as the number before says, or all of the string).

use mlua::{Lua, MultiValue, Result, Table, Value};

use super::VALUES_MAX;
use super::args::{Args, as_number};

/// Bytes of the longest integer.
const INTEGER_BYTES_MAX: usize = 32;
/// What `!` alone means.
const NATIVE_ALIGNMENT: usize = 8;

/// The table of the library.
pub fn table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.set(
        "pack",
        lua.create_function(|lua, mut args: MultiValue| {
            if !args.is_empty() {
                args.push_back(Value::Nil); // what the C library finds behind the arguments
            }
            let packed = pack(&Args::new(lua, &args))?;
            lua.create_string(packed)
        })?,
    )?;
    table.set("unpack", lua.create_function(|lua, args: MultiValue| unpack(&Args::new(lua, &args)))?)?;
    table.set("size", lua.create_function(|lua, args: MultiValue| size(&Args::new(lua, &args)))?)?;
    Ok(table)
}

/// A format while it is read.
struct Format<'a> {
    args: &'a Args<'a>,
    rest: &'a [u8],
    big: bool,
    align: usize,
}

/// One option of a format and the bytes it takes; 0 when that depends.
struct Item {
    option: u8,
    size: usize,
}

impl<'a> Format<'a> {
    fn new(args: &'a Args<'a>, text: &'a [u8]) -> Format<'a> {
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        Format { args, rest: &text[..end], big: cfg!(target_endian = "big"), align: 1 }
    }

    fn next(&mut self) -> Result<Option<Item>> {
        let Some((&option, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let size = match option {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'l' | b'L' | b'T' | b'd' => 8,
            b'f' => 4,
            b'c' => self.number(1)?,
            b'i' | b'I' => self.integer_size()?,
            _ => 0,
        };
        Ok(Some(Item { option, size }))
    }

    fn integer_size(&mut self) -> Result<usize> {
        let size = self.number(4)?;
        if size > INTEGER_BYTES_MAX {
            let words = format!("integral size {size} is larger than limit of {INTEGER_BYTES_MAX}");
            return Err(self.args.fail(&words));
        }
        Ok(size)
    }

    fn number(&mut self, default: usize) -> Result<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (digits, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let mut number: i32 = 0;
        for digit in digits {
            let next = number.checked_mul(10).and_then(|n| n.checked_add(i32::from(digit - b'0')));
            number = next.ok_or_else(|| self.args.fail("integral size overflow"))?;
        }
        Ok(number as usize)
    }

    /// Bytes to leave free before an item at this position.
    fn padding(&self, position: usize, item: &Item) -> usize {
        if item.size == 0 || item.option == b'c' {
            return 0;
        }
        let size = item.size.min(self.align);
        size.wrapping_sub(position & (size - 1)) & (size - 1)
    }

    /// An option that is no item.
    fn control(&mut self, option: u8) -> Result<()> {
        match option {
            b' ' => {}
            b'>' => self.big = true,
            b'<' => self.big = false,
            b'!' => {
                let align = self.number(NATIVE_ALIGNMENT)?;
                if !align.is_power_of_two() {
                    return Err(self.args.fail(&format!("alignment {align} is not a power of 2")));
                }
                self.align = align;
            }
            other => {
                let words = format!("invalid format option '{}'", char::from(other));
                return Err(self.args.bad(1, &words));
            }
        }
        Ok(())
    }

    fn ordered<const N: usize>(&self, mut little: [u8; N]) -> [u8; N] {
        if self.big {
            little.reverse();
        }
        little
    }
}

fn pack(args: &Args<'_>) -> Result<Vec<u8>> {
    let text = args.bytes(1)?;
    let mut format = Format::new(args, &text);
    let (mut out, mut position, mut arg) = (Vec::new(), 0usize, 2);
    while let Some(item) = format.next()? {
        let padding = format.padding(position, &item);
        out.resize(out.len() + padding, 0);
        position = position.wrapping_add(padding).wrapping_add(item.size);
        match item.option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                put_integer(&mut out, args.number(arg)?, format.big, item.size);
            }
            b'x' => {
                out.push(0);
                continue;
            }
            b'f' => out.extend(format.ordered((args.number(arg)? as f32).to_le_bytes())),
            b'd' => out.extend(format.ordered(args.number(arg)?.to_le_bytes())),
            b'c' | b's' => position = position.wrapping_add(put_text(args, &mut out, arg, &item)?),
            other => {
                format.control(other)?;
                continue;
            }
        }
        arg += 1;
    }
    Ok(out)
}

fn put_integer(out: &mut Vec<u8>, number: f64, big: bool, size: usize) {
    let value = if number < 0.0 { number as i64 as u64 } else { number as u64 };
    let start = out.len();
    let bytes = (0..size).map(|at| if at < 8 { (value >> (8 * at)) as u8 } else { 0 });
    out.extend(bytes);
    if big {
        out[start..].reverse();
    }
}

/// Adds a string; how many bytes it took beyond what the item says.
fn put_text(args: &Args<'_>, out: &mut Vec<u8>, arg: usize, item: &Item) -> Result<usize> {
    let text = args.bytes(arg)?;
    let size = if item.size == 0 { text.len() } else { item.size };
    let part = text.get(..size).ok_or_else(|| args.bad(arg + 1, "string too short"))?;
    out.extend_from_slice(part);
    if item.option == b's' {
        out.push(0);
    }
    Ok(size - item.size + usize::from(item.option == b's'))
}

fn unpack(args: &Args<'_>) -> Result<MultiValue> {
    let (text, data) = (args.bytes(1)?, args.bytes(2)?);
    let mut position = args.integer_or(3, 1)? as usize;
    if position == 0 {
        return Err(args.bad(3, "offset must be 1 or greater"));
    }
    position -= 1;
    let mut format = Format::new(args, &text);
    let mut found: Vec<Value> = Vec::new();
    while let Some(item) = format.next()? {
        position = position.wrapping_add(format.padding(position, &item));
        let bytes = part(args, &data, position, item.size)?;
        if args.len() + found.len() + 3 > VALUES_MAX {
            return Err(args.fail("stack overflow (too many results)"));
        }
        let mut size = item.size;
        match item.option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                found.push(Value::Number(integer(bytes, format.big, item.option.is_ascii_lowercase())));
            }
            b'x' => {}
            b'f' => found.push(Value::Number(f64::from(f32::from_le_bytes(format.ordered(fixed(bytes)))))),
            b'd' => found.push(Value::Number(f64::from_le_bytes(format.ordered(fixed(bytes))))),
            b'c' => {
                if size == 0 {
                    size = size_before(args, &mut found)?;
                }
                found.push(Value::String(args.lua.create_string(part(args, &data, position, size)?)?));
            }
            b's' => {
                let rest = part(args, &data, position, data.len() - position)?;
                let end = rest.iter().position(|&byte| byte == 0);
                let end = end.ok_or_else(|| args.fail("unfinished string in data"))?;
                size = end + 1;
                found.push(Value::String(args.lua.create_string(&rest[..end])?));
            }
            other => format.control(other)?,
        }
        position = position.wrapping_add(size);
    }
    found.push(Value::Number((position + 1) as f64));
    Ok(found.into_iter().collect())
}

fn part<'a>(args: &Args<'_>, data: &'a [u8], position: usize, size: usize) -> Result<&'a [u8]> {
    let end = position.checked_add(size);
    end.and_then(|end| data.get(position..end)).ok_or_else(|| args.bad(2, "data string too short"))
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    all.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    all
}

/// The number before `c0`, which is taken back.
fn size_before(args: &Args<'_>, found: &mut Vec<Value>) -> Result<usize> {
    let size = found.last().and_then(|value| as_number(args.lua, value));
    let size = size.ok_or_else(|| args.fail("format 'c0' needs a previous size"))?;
    found.pop();
    Ok(if size < 0.0 { usize::MAX } else { size as usize })
}

fn integer(bytes: &[u8], big: bool, signed: bool) -> f64 {
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let value = if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) };
    if !signed {
        return value as f64;
    }
    let mask = u64::MAX.wrapping_shl((bytes.len() as u32 * 8).wrapping_sub(1));
    (if value & mask == 0 { value } else { value | mask }) as i64 as f64
}

fn size(args: &Args<'_>) -> Result<f64> {
    let text = args.bytes(1)?;
    let mut format = Format::new(args, &text);
    let mut position = 0usize;
    while let Some(item) = format.next()? {
        position = position.wrapping_add(format.padding(position, &item));
        match item.option {
            b's' => return Err(args.bad(1, "option 's' has no fixed size")),
            b'c' if item.size == 0 => return Err(args.bad(1, "option 'c0' has no fixed size")),
            option if !option.is_ascii_alphanumeric() => format.control(option)?,
            _ => {}
        }
        position = position.wrapping_add(item.size);
    }
    Ok(position as f64)
}
