//! `redis.register_function`: what a library calls while it is loaded, in both of its forms: a name and a function, or
//! one table of named arguments.

use std::collections::BTreeMap;

use mlua::{Function as LuaFunction, Lua, MultiValue, RegistryKey, Table, Value};

use super::flags;
use super::functions::{BAD_NAME, Function, is_name};

/// A function that a library has registered.
pub struct Registered {
    /// What it says of itself.
    pub function: Function,
    /// What is called. A key, since an interpreter has room for a few thousand handles only.
    pub callback: RegistryKey,
}

/// The functions that the library has registered so far, by name.
pub type Found = BTreeMap<String, Registered>;

const ONE_ARGUMENT: &str = "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).";

/// Takes one registration.
pub fn register(lua: &Lua, found: &mut Found, args: &MultiValue) -> Result<(), String> {
    let (function, callback) = match (args.len(), args.front()) {
        (1, Some(Value::Table(named))) => named_arguments(named)?,
        (1, _) => return Err(ONE_ARGUMENT.into()),
        (2, _) => positional(args)?,
        _ => return Err("wrong number of arguments to redis.register_function".into()),
    };
    let name = &function.name;
    if !is_name(name.as_bytes()) {
        return Err(BAD_NAME.into());
    }
    if found.contains_key(name) {
        return Err("Function already exists in the library".into());
    }
    let callback = lua.create_registry_value(callback).map_err(|why| why.to_string())?;
    found.insert(name.clone(), Registered { function, callback });
    Ok(())
}

fn positional(args: &MultiValue) -> Result<(Function, LuaFunction), String> {
    let name =
        args.front().and_then(text).ok_or("first argument to redis.register_function must be a string")?;
    match args.get(1) {
        Some(Value::Function(callback)) => Ok((function(&name, None, 0), callback.clone())),
        _ => Err("second argument to redis.register_function must be a function".into()),
    }
}

fn function(name: &[u8], description: Option<Vec<u8>>, flags: u32) -> Function {
    Function { name: String::from_utf8_lossy(name).into_owned(), description, flags }
}

fn named_arguments(named: &Table) -> Result<(Function, LuaFunction), String> {
    let (mut name, mut description, mut callback, mut flags) = (None, None, None, 0);
    for pair in named.pairs::<Value, Value>() {
        let Ok((key, value)) = pair else { break };
        let key = text(&key).ok_or("named argument key given to redis.register_function is not a string")?;
        match key.to_ascii_lowercase().as_slice() {
            b"function_name" => name = Some(text(&value).ok_or_else(|| not_text("function_name"))?),
            b"description" => description = Some(text(&value).ok_or_else(|| not_text("description"))?),
            b"callback" => match value {
                Value::Function(function) => callback = Some(function),
                _ => {
                    return Err(
                        "callback argument given to redis.register_function must be a function".into()
                    );
                }
            },
            b"flags" => match value {
                Value::Table(list) => flags = flags_of(&list)?,
                _ => {
                    return Err("flags argument to redis.register_function must be a table representing function flags".into());
                }
            },
            _ => return Err("unknown argument given to redis.register_function".into()),
        }
    }
    let name = name.ok_or("redis.register_function must get a function name argument")?;
    let callback = callback.ok_or("redis.register_function must get a callback argument")?;
    Ok((function(&name, description, flags), callback))
}

fn not_text(argument: &str) -> String {
    format!("{argument} argument given to redis.register_function must be a string")
}

fn flags_of(list: &Table) -> Result<u32, String> {
    let mut all = 0;
    for at in 1.. {
        match list.get::<Value>(at) {
            Ok(Value::Nil) | Err(_) => break,
            Ok(flag) => {
                all |= text(&flag).and_then(|flag| flags::by_name(&flag)).ok_or("unknown flag given")?
            }
        }
    }
    Ok(all)
}

/// The bytes of a string or of a number.
fn text(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Integer(number) => Some(number.to_string().into_bytes()),
        Value::Number(number) => Some(super::convert::number_text(*number).into_bytes()),
        _ => None,
    }
}
