//! `cjson`: values as JSON and back. Scripts may change its settings, for themselves and for those that come after: all
//! interpreters share them, until the scripts are flushed.

use std::sync::{Arc, Mutex};

use mlua::{Lua, MultiValue, Result, Table, Value};

use super::NESTING_MAX;
use super::args::{Args, as_number, type_name};
use super::json::{Scanner, Token, put_text};
use crate::server::scripting::convert::number_text_with;
use crate::server::sync::locked;

/// What scripts can set.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    sparse_convert: bool,
    sparse_ratio: i32,
    sparse_safe: i32,
    encode_depth_max: i32,
    decode_depth_max: i32,
    precision: i32,
    keep_buffer: bool,
    encode_invalid: Invalid,
    decode_invalid: bool,
}

/// What becomes of NaN and the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Invalid {
    Refused,
    Written,
    Null,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_depth_max: 1000,
            decode_depth_max: 1000,
            precision: 14,
            keep_buffer: true,
            encode_invalid: Invalid::Refused,
            decode_invalid: true,
        }
    }
}

/// Settings that several interpreters share.
pub type Shared = Arc<Mutex<Settings>>;

/// The table of the library.
pub fn table(lua: &Lua, shared: Shared) -> Result<Table> {
    let table = lua.create_table()?;
    let settings = Arc::clone(&shared);
    table.set(
        "encode",
        lua.create_function(move |lua, args: MultiValue| {
            let encoded = encode(&Args::new(lua, &args), &settings)?;
            lua.create_string(encoded)
        })?,
    )?;
    let settings = Arc::clone(&shared);
    table.set(
        "decode",
        lua.create_function(move |lua, args: MultiValue| decode(&Args::new(lua, &args), &settings))?,
    )?;
    table.set("new", lua.create_function(|lua, _: MultiValue| self::table(lua, Shared::default()))?)?;
    add_options(lua, &table, &shared)?;
    table.set("null", Value::NULL)?;
    table.set("_NAME", "cjson")?;
    table.set("_VERSION", "2.1.0")?;
    Ok(table)
}

// ---- settings ------------------------------------------------------------------------------------------------------

type Setter = fn(&Args<'_>, &mut Settings) -> Result<MultiValue>;

const OPTIONS: [(&str, usize, Setter); 7] = [
    ("encode_sparse_array", 3, |args, settings| {
        let convert = switch(args, 1, &mut settings.sparse_convert)?;
        let ratio = number(args, 2, &mut settings.sparse_ratio, 0, i32::MAX)?;
        let safe = number(args, 3, &mut settings.sparse_safe, 0, i32::MAX)?;
        Ok([convert, ratio, safe].into_iter().collect())
    }),
    ("encode_max_depth", 1, |args, settings| {
        one(number(args, 1, &mut settings.encode_depth_max, 1, i32::MAX)?)
    }),
    ("decode_max_depth", 1, |args, settings| {
        one(number(args, 1, &mut settings.decode_depth_max, 1, i32::MAX)?)
    }),
    ("encode_number_precision", 1, |args, settings| one(number(args, 1, &mut settings.precision, 1, 14)?)),
    ("encode_keep_buffer", 1, |args, settings| one(switch(args, 1, &mut settings.keep_buffer)?)),
    ("encode_invalid_numbers", 1, |args, settings| one(invalid(args, &mut settings.encode_invalid)?)),
    ("decode_invalid_numbers", 1, |args, settings| one(switch(args, 1, &mut settings.decode_invalid)?)),
];

fn add_options(lua: &Lua, table: &Table, shared: &Shared) -> Result<()> {
    for (name, args_max, option) in OPTIONS {
        let settings = Arc::clone(shared);
        table.set(
            name,
            lua.create_function(move |lua, args: MultiValue| {
                let args = Args::new(lua, &args);
                if args.len() > args_max {
                    return Err(args.bad(args_max + 1, "found too many arguments"));
                }
                // Refusing an argument leaves the ones before it set, as in C.
                option(&args, &mut locked(&settings))
            })?,
        )?;
    }
    Ok(())
}

fn one(value: Value) -> Result<MultiValue> {
    Ok([value].into_iter().collect())
}

fn number(args: &Args<'_>, at: usize, setting: &mut i32, min: i32, max: i32) -> Result<Value> {
    if !args.is_absent(at) {
        let value = args.integer(at)? as i32;
        if !(min..=max).contains(&value) {
            return Err(args.bad(1, &format!("expected integer between {min} and {max}")));
        }
        *setting = value;
    }
    Ok(Value::Integer(i64::from(*setting)))
}

/// The number of the word that an argument is.
fn word(args: &Args<'_>, at: usize, words: &[&str]) -> Result<usize> {
    let given = args.bytes(at)?;
    let found = words.iter().position(|word| word.as_bytes() == &*given);
    found.ok_or_else(|| args.bad(at, &format!("invalid option '{}'", String::from_utf8_lossy(&given))))
}

fn switch(args: &Args<'_>, at: usize, setting: &mut bool) -> Result<Value> {
    match args.get(at) {
        None | Some(Value::Nil) => {}
        Some(Value::Boolean(on)) => *setting = *on,
        Some(_) => *setting = word(args, at, &["off", "on"])? == 1,
    }
    Ok(Value::Boolean(*setting))
}

fn invalid(args: &Args<'_>, setting: &mut Invalid) -> Result<Value> {
    const ALL: [Invalid; 3] = [Invalid::Refused, Invalid::Written, Invalid::Null];
    match args.get(1) {
        None | Some(Value::Nil) => {}
        Some(Value::Boolean(on)) => *setting = ALL[usize::from(*on)],
        Some(_) => *setting = ALL[word(args, 1, &["off", "on", "null"])?],
    }
    match setting {
        Invalid::Null => args.lua.create_string("null").map(Value::String),
        written => Ok(Value::Boolean(*written == Invalid::Written)),
    }
}

// ---- encoding ------------------------------------------------------------------------------------------------------

struct Encoder<'a> {
    args: &'a Args<'a>,
    settings: Settings,
    out: Vec<u8>,
}

fn encode(args: &Args<'_>, settings: &Shared) -> Result<Vec<u8>> {
    if args.len() != 1 {
        return Err(args.bad(1, "expected 1 argument"));
    }
    let mut encoder = Encoder { args, settings: *locked(settings), out: Vec::new() };
    encoder.value(args.get(1).unwrap_or(&Value::Nil), 0)?;
    Ok(encoder.out)
}

impl Encoder<'_> {
    fn refuse(&self, value: &Value, why: &str) -> mlua::Error {
        self.args.fail(&format!("Cannot serialise {}: {why}", type_name(value)))
    }

    fn value(&mut self, value: &Value, depth: i32) -> Result<()> {
        match value {
            Value::String(text) => put_text(&mut self.out, &text.as_bytes()),
            Value::Integer(_) | Value::Number(_) => self.number(value)?,
            Value::Boolean(yes) => self.out.extend_from_slice(if *yes { b"true" } else { b"false" }),
            Value::Table(table) => self.table(table, depth.saturating_add(1))?,
            Value::Nil => self.out.extend_from_slice(b"null"),
            Value::LightUserData(data) if data.0.is_null() => self.out.extend_from_slice(b"null"),
            _ => return Err(self.refuse(value, "type not supported")),
        }
        Ok(())
    }

    fn number(&mut self, value: &Value) -> Result<()> {
        let number = as_number(self.args.lua, value).unwrap_or(0.0);
        if !number.is_finite() {
            match self.settings.encode_invalid {
                Invalid::Refused => return Err(self.refuse(value, "must not be NaN or Inf")),
                Invalid::Null => {
                    self.out.extend_from_slice(b"null");
                    return Ok(());
                }
                Invalid::Written if number.is_nan() => {
                    self.out.extend_from_slice(b"nan");
                    return Ok(());
                }
                Invalid::Written => {}
            }
        }
        self.out.extend(number_text_with(number, self.settings.precision as usize).bytes());
        Ok(())
    }

    fn table(&mut self, table: &Table, depth: i32) -> Result<()> {
        if depth > self.settings.encode_depth_max.min(NESTING_MAX as i32) {
            return Err(self.args.fail(&format!("Cannot serialise, excessive nesting ({depth})")));
        }
        let len = self.array_len(table)?;
        if len > 0 {
            self.array(table, len, depth)?
        } else {
            self.object(table, depth)?
        }
        Ok(())
    }

    /// Length of an array; 0 for what is written as an object.
    fn array_len(&self, table: &Table) -> Result<i32> {
        let (mut max, mut items) = (0i32, 0i64);
        for pair in table.pairs::<Value, Value>() {
            let key = match pair?.0 {
                Value::Integer(key) => key as f64,
                Value::Number(key) => key,
                _ => return Ok(0),
            };
            if key < 1.0 || key.floor() != key {
                return Ok(0);
            }
            max = max.max(key as i32);
            items += 1;
        }
        let Settings { sparse_ratio: ratio, sparse_safe: safe, sparse_convert, .. } = self.settings;
        if ratio > 0 && i64::from(max) > items * i64::from(ratio) && max > safe {
            if !sparse_convert {
                return Err(self.args.fail("Cannot serialise table: excessively sparse array"));
            }
            return Ok(0);
        }
        Ok(max)
    }

    fn array(&mut self, table: &Table, len: i32, depth: i32) -> Result<()> {
        for at in 1..=len {
            self.out.push(if at == 1 { b'[' } else { b',' });
            self.value(&table.raw_get::<Value>(at)?, depth)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self, table: &Table, depth: i32) -> Result<()> {
        self.out.push(b'{');
        let mut first = true;
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.key(&key)?;
            self.value(&value, depth)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn key(&mut self, key: &Value) -> Result<()> {
        match key {
            Value::Integer(_) | Value::Number(_) => {
                self.out.push(b'"');
                self.number(key)?;
                self.out.extend_from_slice(b"\":");
            }
            Value::String(text) => {
                put_text(&mut self.out, &text.as_bytes());
                self.out.push(b':');
            }
            other => return Err(self.refuse(other, "table key must be a number or string")),
        }
        Ok(())
    }
}

// ---- decoding ------------------------------------------------------------------------------------------------------

struct Decoder<'a> {
    args: &'a Args<'a>,
    scanner: Scanner<'a>,
    depth: i32,
    depth_max: i32,
}

fn decode(args: &Args<'_>, settings: &Shared) -> Result<Value> {
    if args.len() != 1 {
        return Err(args.bad(1, "expected 1 argument"));
    }
    let text = args.bytes(1)?;
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(args.fail("JSON parser does not support UTF-16 or UTF-32"));
    }
    let settings = *locked(settings);
    let scanner = Scanner::new(&text, settings.decode_invalid);
    let mut decoder = Decoder { args, scanner, depth: 0, depth_max: settings.decode_depth_max };
    let first = decoder.scanner.token();
    let value = decoder.value(first)?;
    match decoder.scanner.token() {
        Token::End => Ok(value),
        other => Err(decoder.expected("the end", &other)),
    }
}

impl Decoder<'_> {
    fn expected(&self, what: &str, found: &Token) -> mlua::Error {
        let place = self.scanner.token_at + 1;
        self.args.fail(&format!("Expected {what} but found {} at character {place}", found.name()))
    }

    fn value(&mut self, token: Token) -> Result<Value> {
        match token {
            Token::Text(text) => self.args.lua.create_string(text).map(Value::String),
            Token::Number(number) => Ok(Value::Number(number)),
            Token::Boolean(yes) => Ok(Value::Boolean(yes)),
            Token::Null => Ok(Value::NULL),
            Token::ObjectBegin => self.nested(Self::object),
            Token::ArrayBegin => self.nested(Self::array),
            other => Err(self.expected("value", &other)),
        }
    }

    fn nested(&mut self, f: fn(&mut Self, &Table) -> Result<()>) -> Result<Value> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > self.depth_max.min(NESTING_MAX as i32) {
            return Err(self.args.fail(&format!(
                "Found too many nested data structures ({}) at character {}",
                self.depth, self.scanner.at
            )));
        }
        let table = self.args.lua.create_table()?;
        f(self, &table)?;
        self.depth -= 1;
        Ok(Value::Table(table))
    }

    fn object(&mut self, table: &Table) -> Result<()> {
        let mut token = self.scanner.token();
        if token == Token::ObjectEnd {
            return Ok(());
        }
        loop {
            let Token::Text(key) = token else { return Err(self.expected("object key string", &token)) };
            let key = self.args.lua.create_string(key)?;
            token = self.scanner.token();
            if token != Token::Colon {
                return Err(self.expected("colon", &token));
            }
            token = self.scanner.token();
            table.raw_set(key, self.value(token)?)?;
            match self.scanner.token() {
                Token::ObjectEnd => return Ok(()),
                Token::Comma => token = self.scanner.token(),
                other => return Err(self.expected("comma or object end", &other)),
            }
        }
    }

    fn array(&mut self, table: &Table) -> Result<()> {
        let mut token = self.scanner.token();
        if token == Token::ArrayEnd {
            return Ok(());
        }
        for at in 1.. {
            table.raw_set(at, self.value(token)?)?;
            match self.scanner.token() {
                Token::ArrayEnd => break,
                Token::Comma => token = self.scanner.token(),
                other => return Err(self.expected("comma or array end", &other)),
            }
        }
        Ok(())
    }
}
