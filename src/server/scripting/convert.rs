//! Values on their way between the server and Lua.
//!
//! ```text
//!  reply -> Lua                                       Lua -> reply
//!  :1               number                            number           :1 (truncated)
//!  $..              string                            string           $..
//!  $-1 *-1          false                             false, nil       null      (RESP3: false is #f)
//!  +OK              {ok="OK"}                         true             :1        (RESP3: #t)
//!  -ERR ..          {err="ERR .."}                    {err=..} {ok=..} -..  +..
//!  *..              {..}                              {..}             *.. up to the first nil
//!  _  #t            nil  true                         {double=n}       ,n
//!  %.. ~..          {map={..}}  {set={x=true}}        {map=..} {set=..} {big_number=..}
//!  ,1.5  (1         {double=1.5}  {big_number="1"}    {verbatim_string={format=..,string=..}}
//!  =..              {verbatim_string={format,string}}
//! ```

use mlua::{BString, Either, Lua, LuaString, Result, Table, Value};

use crate::limits::SCRIPT_REPLY_DEPTH_MAX;
use crate::resp::{Proto, Reply, number};

/// The names of fields, made once.
pub struct Words {
    err: LuaString,
    ok: LuaString,
    double: LuaString,
    big_number: LuaString,
    verbatim_string: LuaString,
    format: LuaString,
    string: LuaString,
    map: LuaString,
    set: LuaString,
    counted: LuaString,
}

/// Bytes on their way into Lua. Those that are text need no handle of their own.
pub type Text<'a> = Either<&'a str, BString>;

/// Bytes for Lua.
pub fn lua_text(bytes: &[u8]) -> Text<'_> {
    std::str::from_utf8(bytes).map_or_else(|_| Either::Right(BString::from(bytes)), Either::Left)
}

impl Words {
    /// The names in one interpreter.
    pub fn new(lua: &Lua) -> Result<Words> {
        let word = |text: &str| lua.create_string(text);
        Ok(Words {
            err: word("err")?,
            ok: word("ok")?,
            double: word("double")?,
            big_number: word("big_number")?,
            verbatim_string: word("verbatim_string")?,
            format: word("format")?,
            string: word("string")?,
            map: word("map")?,
            set: word("set")?,
            counted: word("ignore_error_stats_update")?,
        })
    }

    /// The table of an error line, as `redis.pcall` returns it.
    pub fn error_table(&self, lua: &Lua, line: &[u8], counted: bool) -> Result<Table> {
        let table = lua.create_table_with_capacity(0, 2)?;
        table.raw_set(&self.err, lua_text(line))?;
        if counted {
            table.raw_set(&self.counted, true)?;
        }
        Ok(table)
    }

    /// The line of a table that stands for an error, and whether it is counted.
    pub fn error_of(&self, table: &Table) -> Option<(Vec<u8>, bool)> {
        let line = text_of(&table.raw_get::<Value>(&self.err).ok()?)?;
        let counted = table.raw_get::<Value>(&self.counted).is_ok_and(|v| v.as_boolean() == Some(true));
        Some((line, counted))
    }

    /// The table of a status.
    pub fn status_table(&self, lua: &Lua, text: impl mlua::IntoLua) -> Result<Table> {
        let table = lua.create_table_with_capacity(0, 1)?;
        table.raw_set(&self.ok, text)?;
        Ok(table)
    }
}

/// The bytes of a string, or of a number as Lua prints it.
pub fn text_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Integer(number) => Some(number.to_string().into_bytes()),
        Value::Number(number) => Some(number_text(*number).into_bytes()),
        _ => None,
    }
}

/// A number as Lua prints it: `%.14g`.
pub fn number_text(number: f64) -> String {
    number_text_with(number, 14)
}

/// A number with so many digits: `%.{digits}g`.
pub fn number_text_with(number: f64, digits: usize) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan".into() } else { "nan".into() };
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf".into() } else { "inf".into() };
    }
    general(number, digits)
}

fn general(number: f64, digits: usize) -> String {
    if number == 0.0 {
        return if number.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| -> String {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{number:.decimals$}"))
}

/// One reply of the server, which is complete and well formed, as a value of Lua.
pub struct Replies<'a> {
    lua: &'a Lua,
    words: &'a Words,
    bytes: &'a [u8],
}

impl<'a> Replies<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(lua: &'a Lua, words: &'a Words, bytes: &'a [u8]) -> Replies<'a> {
        Replies { lua, words, bytes }
    }

    fn line(&mut self) -> &'a [u8] {
        let end = self.bytes.iter().position(|&byte| byte == b'\r').unwrap_or(self.bytes.len());
        let (line, rest) = self.bytes.split_at(end);
        self.bytes = rest.get(2..).unwrap_or_default();
        line
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(number::parse_i64(self.line())?).ok()
    }

    fn blob(&mut self) -> Option<&'a [u8]> {
        let len = self.length()?;
        let (blob, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest.get(2..).unwrap_or_default();
        Some(blob)
    }

    /// The next value.
    pub fn value(&mut self) -> Result<Value> {
        let Some((&tag, rest)) = self.bytes.split_first() else { return Ok(Value::Nil) };
        self.bytes = rest;
        Ok(match tag {
            b':' => Value::Integer(number::parse_i64(self.line()).unwrap_or(0)),
            b'$' => match self.blob() {
                Some(blob) => Value::String(self.lua.create_string(blob)?),
                None => Value::Boolean(false),
            },
            b'+' => {
                let text = self.line();
                Value::Table(self.words.status_table(self.lua, lua_text(text))?)
            }
            b'-' => {
                let line = self.line();
                Value::Table(self.words.error_table(self.lua, line, true)?)
            }
            b'*' => self.array()?,
            b'_' => {
                self.line();
                Value::Nil
            }
            b'#' => Value::Boolean(self.line() == b"t"),
            b',' => {
                let text = String::from_utf8_lossy(self.line());
                let number: f64 = text.parse().unwrap_or(0.0);
                self.wrapped(&self.words.double, Value::Number(number))?
            }
            b'(' => {
                let digits = self.lua.create_string(self.line())?;
                self.wrapped(&self.words.big_number, Value::String(digits))?
            }
            b'=' => self.verbatim()?,
            b'%' => self.map()?,
            b'~' => self.set()?,
            b'|' => {
                for _ in 0..2 * self.length().unwrap_or(0) {
                    self.value()?;
                }
                self.value()?
            }
            _ => {
                self.line();
                Value::Nil
            }
        })
    }

    fn wrapped(&self, name: &LuaString, value: Value) -> Result<Value> {
        let table = self.lua.create_table()?;
        table.raw_set(name, value)?;
        Ok(Value::Table(table))
    }

    fn array(&mut self) -> Result<Value> {
        let Some(len) = self.length() else { return Ok(Value::Boolean(false)) };
        let (lua, mut failure) = (self.lua, None);
        let table = lua.create_sequence_from((0..len).map(|_| {
            self.item().unwrap_or_else(|error| {
                failure.get_or_insert(error);
                Either::Right(Value::Nil)
            })
        }))?;
        failure.map_or(Ok(Value::Table(table)), Err)
    }

    /// An element of an array: text, or a value.
    fn item(&mut self) -> Result<Either<&'a str, Value>> {
        let before = self.bytes;
        if let Some(rest) = before.strip_prefix(b"$") {
            self.bytes = rest;
            if let Some(Ok(text)) = self.blob().map(std::str::from_utf8) {
                return Ok(Either::Left(text));
            }
            self.bytes = before;
        }
        self.value().map(Either::Right)
    }

    fn map(&mut self) -> Result<Value> {
        let len = self.length().unwrap_or(0);
        let table = self.lua.create_table_with_capacity(0, len)?;
        for _ in 0..len {
            let (key, value) = (self.value()?, self.value()?);
            table.raw_set(key, value)?;
        }
        self.wrapped(&self.words.map, Value::Table(table))
    }

    fn set(&mut self) -> Result<Value> {
        let len = self.length().unwrap_or(0);
        let table = self.lua.create_table_with_capacity(0, len)?;
        for _ in 0..len {
            table.raw_set(self.value()?, true)?;
        }
        self.wrapped(&self.words.set, Value::Table(table))
    }

    fn verbatim(&mut self) -> Result<Value> {
        let blob = self.blob().unwrap_or_default();
        let (format, text) = blob.split_at_checked(4).unwrap_or((b"txt:", blob));
        let table = self.lua.create_table()?;
        table.raw_set(&self.words.format, self.lua.create_string(&format[..3])?)?;
        table.raw_set(&self.words.string, self.lua.create_string(text)?)?;
        self.wrapped(&self.words.verbatim_string, Value::Table(table))
    }
}

/// Writes what a script returned. `spoken` is the protocol the script chose, the reply's is the client's.
pub struct Writer<'a> {
    words: &'a Words,
    reply: &'a mut Reply,
    spoken: Proto,
    /// Code of an error among the values that is not counted yet.
    pub uncounted: Vec<String>,
    /// Number of errors that were counted when they arose.
    pub counted: u64,
}

impl<'a> Writer<'a> {
    /// Writes to `reply`.
    pub fn new(words: &'a Words, reply: &'a mut Reply, spoken: Proto) -> Writer<'a> {
        Writer { words, reply, spoken, uncounted: Vec::new(), counted: 0 }
    }

    /// Writes one value.
    pub fn value(&mut self, value: &Value) {
        self.nested(value, 0);
    }

    fn nested(&mut self, value: &Value, depth: usize) {
        if depth > SCRIPT_REPLY_DEPTH_MAX || self.reply.is_over() {
            return self.reply.error("ERR reached lua stack limit");
        }
        match value {
            Value::String(text) => self.reply.bulk(&text.as_bytes()),
            Value::Integer(number) => self.reply.int(*number),
            Value::Number(number) => self.reply.int(truncated(*number)),
            Value::Boolean(yes) if self.spoken == Proto::Resp3 => self.reply.bool(*yes),
            Value::Boolean(true) => self.reply.int(1),
            Value::Table(table) => self.table(table, depth),
            _ => self.reply.null(),
        }
    }

    fn table(&mut self, table: &Table, depth: usize) {
        let field = |name: &LuaString| table.raw_get::<Value>(name).unwrap_or(Value::Nil);
        if let Value::String(line) = field(&self.words.err) {
            let counted = field(&self.words.counted).as_boolean() == Some(true);
            return self.error(&line.as_bytes(), counted);
        }
        if let Value::String(status) = field(&self.words.ok) {
            return self.reply.simple(&one_line(&status.as_bytes()));
        }
        if let Value::Number(number) = as_number(field(&self.words.double)) {
            return self.reply.double(number);
        }
        if let Value::String(digits) = field(&self.words.big_number) {
            return self.reply.big_number(&one_line(&digits.as_bytes()));
        }
        if let Value::Table(verbatim) = field(&self.words.verbatim_string)
            && self.verbatim(&verbatim)
        {
            return;
        }
        if let Value::Table(map) = field(&self.words.map) {
            return self.map(&map, depth);
        }
        if let Value::Table(set) = field(&self.words.set) {
            return self.set(&set, depth);
        }
        self.array(table, depth);
    }

    fn error(&mut self, line: &[u8], counted: bool) {
        let line = one_line(line);
        if counted {
            self.counted += 1;
        } else {
            self.uncounted.push(code_of(&line).to_owned());
        }
        self.reply.error(&line);
    }

    fn verbatim(&mut self, table: &Table) -> bool {
        let field = |name: &LuaString| table.raw_get::<Value>(name).ok().and_then(|value| text_of(&value));
        let (Some(format), Some(text)) = (field(&self.words.format), field(&self.words.string)) else {
            return false;
        };
        let mut three = [b' '; 3];
        three.iter_mut().zip(&format).for_each(|(to, from)| *to = *from);
        self.reply.verbatim(&String::from_utf8_lossy(&three), &text);
        true
    }

    // Pairs are visited twice, to be counted first: Lua holds no more than 8000 values for us at a time.
    fn map(&mut self, map: &Table, depth: usize) {
        self.reply.map(map.pairs::<Value, Value>().flatten().count());
        for (key, value) in map.pairs::<Value, Value>().flatten() {
            self.nested(&key, depth + 1);
            self.nested(&value, depth + 1);
        }
    }

    fn set(&mut self, set: &Table, depth: usize) {
        self.reply.set(set.pairs::<Value, Value>().flatten().count());
        for (member, _) in set.pairs::<Value, Value>().flatten() {
            self.nested(&member, depth + 1);
        }
    }

    fn array(&mut self, table: &Table, depth: usize) {
        let place = self.reply.deferred();
        let mut len = 0;
        for at in 1.. {
            match table.raw_get::<Value>(at) {
                Ok(Value::Nil) | Err(_) => break,
                Ok(value) => self.nested(&value, depth + 1),
            }
            len = at;
        }
        self.reply.close_array(place, len);
    }
}

fn as_number(value: Value) -> Value {
    match value {
        Value::Integer(number) => Value::Number(number as f64),
        value => value,
    }
}

/// A number as the C conversion to a 64-bit integer leaves it.
fn truncated(number: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

/// Under which code an error line counts: its first word, if more follow.
pub fn code_of(line: &str) -> &str {
    line.split_once(' ').map_or("ERR", |(code, _)| code)
}

/// Bytes as text on one line: an error or a status must not break the protocol.
pub fn one_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_lua_prints_them() {
        for (number, text) in [
            (3.5, "3.5"),
            (1.0, "1"),
            (1e15, "1e+15"),
            (100_000_000_000_000.0, "1e+14"),
            (12_345_678_901_234.0, "12345678901234"),
            (0.1, "0.1"),
            (1e-5, "1e-05"),
            (-0.0, "-0"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn integers_are_cut_as_in_c() {
        assert_eq!([truncated(3.99), truncated(-3.99), truncated(f64::NAN)], [3, -3, i64::MIN]);
        assert_eq!(truncated(1e300), i64::MIN);
    }
}
