//! Arguments of a library's function, taken as Lua's auxiliary library takes them, with its words for wrong ones.

use mlua::{BorrowedBytes, Error, Lua, MultiValue, Result, Value};

use crate::server::scripting::api::located;

/// The arguments of one call. Places count from 1, as in messages.
pub struct Args<'a> {
    /// The interpreter.
    pub lua: &'a Lua,
    values: &'a MultiValue,
}

impl<'a> Args<'a> {
    /// Of a call.
    pub fn new(lua: &'a Lua, values: &'a MultiValue) -> Args<'a> {
        Args { lua, values }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// One of them; `None` when there are fewer.
    pub fn get(&self, at: usize) -> Option<&'a Value> {
        self.values.get(at - 1)
    }

    /// There is none, or it is nil.
    pub fn is_absent(&self, at: usize) -> bool {
        self.get(at).is_none_or(Value::is_nil)
    }

    /// An error of these words, at the place of the caller.
    pub fn fail(&self, words: &str) -> Error {
        located(self.lua, words)
    }

    /// An argument is wrong.
    pub fn bad(&self, at: usize, words: &str) -> Error {
        let (name, is_method) = self.called_as();
        if is_method && at == 1 {
            return self.fail(&format!("calling '{name}' on bad self ({words})"));
        }
        self.fail(&format!("bad argument #{} to '{name}' ({words})", at - usize::from(is_method)))
    }

    /// No argument at all can be right: counted as number 0.
    pub fn bad_call(&self, words: &str) -> Error {
        self.fail(&format!("bad argument #0 to '{}' ({words})", self.called_as().0))
    }

    /// The name the caller has for the function, and whether it is called as a method.
    fn called_as(&self) -> (String, bool) {
        let names = self.lua.inspect_stack(0, |debug| {
            let names = debug.names();
            (names.name.map(|name| name.into_owned()), names.name_what == Some("method"))
        });
        let (name, is_method) = names.unwrap_or_default();
        (name.unwrap_or_else(|| "?".into()), is_method)
    }

    fn wrong_type(&self, at: usize, expected: &str) -> Error {
        let got = self.get(at).map_or("no value", type_name);
        self.bad(at, &format!("{expected} expected, got {got}"))
    }

    /// A number, or a string that spells one.
    pub fn number(&self, at: usize) -> Result<f64> {
        self.get(at).and_then(|value| as_number(self.lua, value)).ok_or_else(|| self.wrong_type(at, "number"))
    }

    /// A number without its fraction.
    pub fn integer(&self, at: usize) -> Result<i64> {
        self.number(at).map(|number| number as i64)
    }

    /// A number without its fraction, or what stands for none.
    pub fn integer_or(&self, at: usize, default: i64) -> Result<i64> {
        if self.is_absent(at) { Ok(default) } else { self.integer(at) }
    }

    /// The bytes of a string, or of a number as Lua prints it.
    pub fn bytes(&self, at: usize) -> Result<Bytes> {
        match self.get(at) {
            Some(Value::String(text)) => Ok(Bytes::Borrowed(text.as_bytes())),
            Some(value @ (Value::Integer(_) | Value::Number(_))) => {
                Ok(Bytes::Made(crate::server::scripting::convert::text_of(value).unwrap_or_default()))
            }
            _ => Err(self.wrong_type(at, "string")),
        }
    }
}

/// Bytes of an argument.
pub enum Bytes {
    /// Of a string.
    Borrowed(BorrowedBytes),
    /// Of a number.
    Made(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Borrowed(bytes) => bytes,
            Bytes::Made(bytes) => bytes,
        }
    }
}

/// The number that a value is or spells.
pub fn as_number(lua: &Lua, value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        Value::String(_) => lua.coerce_number(value.clone()).ok().flatten(),
        _ => None,
    }
}

/// The name of a value's type, as Lua has it.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) | Value::Number(_) => "number",
        Value::LightUserData(_) | Value::UserData(_) | Value::Error(_) => "userdata",
        other => other.type_name(),
    }
}
