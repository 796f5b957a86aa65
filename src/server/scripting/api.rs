//! The `redis` table of scripts, and the few functions of Lua that the server replaces.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Function, IntoLua, Lua, MultiValue, Result, Table, Value};

use super::cache;
use super::call::Answer;
use super::convert::{Words, text_of};
use super::host::{self, Effects, Raised};
use super::interpreter::PRELUDE;
use crate::resp::Proto;
use crate::server::config::REDIS_VERSION;
use crate::server::log::{self, Level};

/// What a script's uncaught error says, and where it was raised.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// The error line, code first.
    pub line: Vec<u8>,
    /// Chunk and line.
    pub place: Option<(String, i64)>,
    /// It is in the statistics already.
    pub counted: bool,
}

/// Where the handler leaves the failure for whoever ran the script.
pub type FailureSlot = Rc<RefCell<Option<Failure>>>;

fn raise<T>(raised: Raised) -> Result<T> {
    Err(mlua::Error::external(raised))
}

/// The server's own error in what Lua caught.
fn raised_in(error: &mlua::Error) -> Option<&Raised> {
    error.chain().find_map(|cause| cause.downcast_ref::<Raised>())
}

/// The words of an error that is not the server's own: a library's, or Lua's.
fn words_of(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. } => words_of(cause),
        mlua::Error::RuntimeError(words) | mlua::Error::MemoryError(words) => words.clone(),
        mlua::Error::StackError => "stack overflow".into(),
        other => other.to_string(),
    }
}

/// Prefixes words with the place of the Lua code that called: as `luaL_error` does.
pub fn located(lua: &Lua, words: &str) -> mlua::Error {
    match Place::at(lua, 1) {
        Some(Place { short, line, .. }) if line > 0 => {
            mlua::Error::runtime(format!("{short}:{line}: {words}"))
        }
        _ => mlua::Error::runtime(words),
    }
}

/// Where a function of Lua's stack is.
struct Place {
    source: String,
    short: String,
    line: i64,
    is_c: bool,
}

impl Place {
    fn at(lua: &Lua, level: usize) -> Option<Place> {
        lua.inspect_stack(level, |debug| {
            let source = debug.source();
            Place {
                source: source.source.unwrap_or_default().into_owned(),
                short: source.short_src.unwrap_or_default().into_owned(),
                line: debug.current_line().map_or(-1, |line| line as i64),
                is_c: source.what == "C",
            }
        })
    }

    /// Where the error was raised that is handled: by the function at the first level behind the handler and the
    /// library's, or, when that is none of Lua, by its caller. What the prelude puts between counts as no Lua.
    fn of_error(lua: &Lua) -> Option<Place> {
        const RAISED_BY: usize = 1;
        let mut place = Place::at(lua, RAISED_BY)?;
        let mut level = RAISED_BY + 1;
        if place.is_c {
            place = Place::at(lua, level)?;
            level += 1;
        }
        while place.source == PRELUDE {
            place = Place::at(lua, level)?;
            level += 1;
        }
        Some(place)
    }
}

/// The table `redis` of scripts, of running functions, and of libraries that are loaded.
pub fn tables(lua: &Lua, words: &Rc<Words>) -> Result<Table> {
    let (script, running, loading) = (lua.create_table()?, lua.create_table()?, lua.create_table()?);
    for table in [&script, &running] {
        calls(lua, table, words)?;
        replies(lua, table, words)?;
        settings(lua, table)?;
    }
    script.set("breakpoint", lua.create_function(|_, ()| Ok(false))?)?;
    script.set("debug", lua.create_function(|_, _: MultiValue| Ok(()))?)?;
    script.set("replicate_commands", lua.create_function(|_, ()| Ok(true))?)?;
    loading.set("register_function", lua.create_function(register_function)?)?;
    for table in [&script, &running, &loading] {
        log_and_version(lua, table)?;
    }
    lua.create_table_from([("script", script), ("running", running), ("loading", loading)])
}

fn calls(lua: &Lua, table: &Table, words: &Rc<Words>) -> Result<()> {
    for (name, raises) in [("call", true), ("pcall", false)] {
        let words = Rc::clone(words);
        let call = lua.create_function(move |lua, args: MultiValue| call(lua, &words, &args, raises))?;
        table.set(name, call)?;
    }
    let words = Rc::clone(words);
    table.set(
        "acl_check_cmd",
        lua.create_function(move |_, args: MultiValue| {
            host::with(|host| host.acl_check(&args))
                .unwrap_or_else(|| Err(Raised::err("no script runs")))
                .or_else(raise)
        })?,
    )?;
    drop(words);
    Ok(())
}

/// `redis.call` and `redis.pcall`.
fn call(lua: &Lua, words: &Words, args: &MultiValue, raises: bool) -> Result<Value> {
    let answer = host::with(|host| host.call(lua, words, args));
    match answer {
        Some(Answer::Value(value)) => value,
        Some(Answer::Error { line, counted }) if raises => {
            raise(Raised::Line { line: super::convert::one_line(&line), counted })
        }
        Some(Answer::Error { line, counted }) => words.error_table(lua, &line, counted).map(Value::Table),
        None => raise(Raised::err("no script runs")),
    }
}

fn replies(lua: &Lua, table: &Table, words: &Rc<Words>) -> Result<()> {
    let wrong = "ERR wrong number or type of arguments";
    let of_error = Rc::clone(words);
    table.set(
        "error_reply",
        lua.create_function(move |lua, args: MultiValue| match only_text(&args) {
            Some(text) => of_error.error_table(lua, &error_line(&text), false),
            None => of_error.error_table(lua, wrong.as_bytes(), false),
        })?,
    )?;
    let of_status = Rc::clone(words);
    table.set(
        "status_reply",
        lua.create_function(move |lua, args: MultiValue| match args.front() {
            Some(Value::String(text)) if args.len() == 1 => of_status.status_table(lua, text),
            _ => of_status.error_table(lua, wrong.as_bytes(), false),
        })?,
    )?;
    table.set(
        "sha1hex",
        lua.create_function(|lua, args: MultiValue| match (args.len(), args.front()) {
            (1, Some(value)) => cache::hex(&cache::sha_of(&text_of(value).unwrap_or_default())).into_lua(lua),
            _ => raise(Raised::err("wrong number of arguments")),
        })?,
    )
}

fn only_text(args: &MultiValue) -> Option<Vec<u8>> {
    match args.front() {
        Some(Value::String(text)) if args.len() == 1 => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

/// The line of an error that a script words: its first word is the code only behind a hyphen.
fn error_line(text: &[u8]) -> Vec<u8> {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let trimmed = |words: &[u8]| words.trim_ascii_end().to_vec();
    match text.iter().position(|&byte| byte == b' ') {
        Some(at) => [&text[..at], b" ", &trimmed(text[at + 1..].trim_start_matches_line())].concat(),
        None => [b"ERR ".as_slice(), &trimmed(text)].concat(),
    }
}

/// Cutting line ends off the front, which `trim_ascii_start` would do with spaces too.
trait TrimLines {
    fn trim_start_matches_line(&self) -> &[u8];
}

impl TrimLines for [u8] {
    fn trim_start_matches_line(&self) -> &[u8] {
        let start = self.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(self.len());
        &self[start..]
    }
}

fn settings(lua: &Lua, table: &Table) -> Result<()> {
    table.set(
        "set_repl",
        lua.create_function(|_, args: MultiValue| {
            if args.len() != 1 {
                return raise(Raised::err("redis.set_repl() requires one argument."));
            }
            let effects = match number_of(args.front()) {
                0 => Effects::Nobody,
                1 | 3 => Effects::All, // the append-only file reads what replicas read
                2 => Effects::Replicas,
                _ => {
                    return raise(Raised::err(
                        "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
                    ));
                }
            };
            host::with(|host| host.set_effects(effects));
            Ok(())
        })?,
    )?;
    for (name, value) in
        [("REPL_NONE", 0), ("REPL_AOF", 1), ("REPL_SLAVE", 2), ("REPL_REPLICA", 2), ("REPL_ALL", 3)]
    {
        table.set(name, value)?;
    }
    table.set(
        "setresp",
        lua.create_function(|_, args: MultiValue| {
            if args.len() != 1 {
                return raise(Raised::err("redis.setresp() requires one argument."));
            }
            let proto = match number_of(args.front()) {
                2 => Proto::Resp2,
                3 => Proto::Resp3,
                _ => return raise(Raised::err("RESP version must be 2 or 3.")),
            };
            host::with(|host| host.set_proto(proto));
            Ok(())
        })?,
    )
}

/// A number as C would cut it; 0 for what is none.
fn number_of(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Integer(number)) => *number,
        Some(Value::Number(number)) => *number as i64,
        Some(Value::String(text)) => text.to_string_lossy().trim().parse::<f64>().map_or(0, |n| n as i64),
        _ => 0,
    }
}

fn log_and_version(lua: &Lua, table: &Table) -> Result<()> {
    table.set("log", lua.create_function(|_, args: MultiValue| log_line(&args))?)?;
    for (name, level) in [("LOG_DEBUG", 0), ("LOG_VERBOSE", 1), ("LOG_NOTICE", 2), ("LOG_WARNING", 3)] {
        table.set(name, level)?;
    }
    table.set("REDIS_VERSION", REDIS_VERSION)?;
    let parts = REDIS_VERSION.split('.').map(|part| part.parse::<i64>().unwrap_or(0));
    table.set("REDIS_VERSION_NUM", parts.fold(0, |number, part| number << 8 | part))
}

fn log_line(args: &MultiValue) -> Result<()> {
    if args.len() < 2 {
        return raise(Raised::err("redis.log() requires two arguments or more."));
    }
    let level = match args.front() {
        Some(Value::Integer(level)) => *level,
        Some(Value::Number(level)) => *level as i64,
        Some(Value::String(text)) if text.to_string_lossy().trim().parse::<f64>().is_ok() => {
            number_of(args.front())
        }
        _ => return raise(Raised::err("First argument must be a number (log level).")),
    };
    let level = match level {
        0 => Level::Debug,
        1 => Level::Verbose,
        2 => Level::Notice,
        3 => Level::Warning,
        _ => return raise(Raised::err("Invalid debug level.")),
    };
    let words: Vec<Vec<u8>> = args.iter().skip(1).filter_map(text_of).collect();
    log::line(level, format_args!("{}", String::from_utf8_lossy(&words.join(&b' '))));
    Ok(())
}

fn register_function(lua: &Lua, args: MultiValue) -> Result<()> {
    match host::with(|host| host.register(lua, &args)).unwrap_or_else(|| Err("no library is loaded".into())) {
        Ok(()) => Ok(()),
        Err(why) => raise(Raised::err(&why)),
    }
}

/// What the prelude asks of the server: the handlers of errors, and random numbers.
pub fn helpers(lua: &Lua, words: &Rc<Words>, slot: &FailureSlot) -> Result<Table> {
    let table = lua.create_table()?;
    let (of_pcall, of_others) = (Rc::clone(words), Rc::clone(words));
    table.set(
        "failure",
        lua.create_function(move |lua, error: Value| caught(lua, &of_pcall, error, false))?,
    )?;
    table.set(
        "as_table",
        lua.create_function(move |lua, error: Value| caught(lua, &of_others, error, true))?,
    )?;
    let (words, slot) = (Rc::clone(words), Rc::clone(slot));
    table.set(
        "handler",
        lua.create_function(move |lua, error: Value| {
            let failure = failure(lua, &words, &error);
            *slot.borrow_mut() = Some(failure);
            Ok(())
        })?,
    )?;
    random(lua, &table)?;
    Ok(table)
}

/// What a script sees of an error that it caught.
fn caught(lua: &Lua, words: &Words, error: Value, as_table: bool) -> Result<Value> {
    host::with(|host| host.go_on()).unwrap_or(Ok(())).or_else(raise)?;
    match &error {
        Value::Error(inner) => match raised_in(inner) {
            Some(Raised::Killed(_)) => Err(*inner.clone()),
            Some(Raised::Line { line, counted }) if as_table => {
                words.error_table(lua, line.as_bytes(), *counted).map(Value::Table)
            }
            Some(Raised::Line { line, .. }) => line.as_str().into_lua(lua),
            None => words_of(inner).into_lua(lua),
        },
        Value::Table(table) if !as_table => match words.error_of(table) {
            Some((line, _)) => lua.create_string(line).map(Value::String),
            None => Ok(error),
        },
        Value::String(text) => match without_prelude(&text.as_bytes()) {
            Some(words) => lua.create_string(words).map(Value::String),
            None => Ok(error),
        },
        _ => Ok(error),
    }
}

/// What an error that nobody caught says, and where it was raised.
fn failure(lua: &Lua, words: &Words, error: &Value) -> Failure {
    let place = Place::of_error(lua);
    let (line, counted) = match error {
        Value::Error(inner) => match raised_in(inner) {
            Some(Raised::Line { line, counted }) => (line.clone().into_bytes(), *counted),
            Some(Raised::Killed(line)) => (line.clone().into_bytes(), false),
            None => (format!("ERR {}", words_of(inner)).into_bytes(), false),
        },
        Value::Table(table) => {
            words.error_of(table).unwrap_or_else(|| (b"ERR unknown error".to_vec(), false))
        }
        other => ([b"ERR ".as_slice(), &moved(printed(other), place.as_ref())].concat(), false),
    };
    Failure { line, place: place.map(|place| (place.source, place.line)), counted }
}

/// The words of an error without the place in the prelude where it was raised, if that is where.
fn without_prelude(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(PRELUDE.trim_start_matches('=').as_bytes())?.strip_prefix(b":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b": ")
}

/// The words of an error; when the prelude raised it, with the place that counts for it.
fn moved(text: Vec<u8>, place: Option<&Place>) -> Vec<u8> {
    match (without_prelude(&text), place) {
        (Some(words), Some(place)) => {
            [format!("{}:{}: ", place.short, place.line).as_bytes(), words].concat()
        }
        _ => text,
    }
}

/// A value as `tostring` has it, but for addresses.
fn printed(value: &Value) -> Vec<u8> {
    text_of(value)
        .unwrap_or_else(|| value.to_string().unwrap_or_else(|_| value.type_name().into()).into_bytes())
}

fn random(lua: &Lua, table: &Table) -> Result<()> {
    let argument = |lua: &Lua, args: &MultiValue, at: usize, name: &str| -> Result<i32> {
        match args.get(at - 1) {
            Some(Value::Integer(number)) => Ok(*number as i32),
            Some(Value::Number(number)) => Ok(*number as i64 as i32),
            Some(Value::String(text)) if text.to_string_lossy().trim().parse::<f64>().is_ok() => {
                Ok(number_of(args.get(at - 1)) as i32)
            }
            other => {
                let got = other.map_or("no value", Value::type_name);
                Err(located(lua, &format!("bad argument #{at} to '{name}' (number expected, got {got})")))
            }
        }
    };
    table.set(
        "random",
        lua.create_function(move |lua, args: MultiValue| -> Result<f64> {
            let unit = host::with(|host| host.draw()).unwrap_or(0.0);
            let empty =
                |at: usize| Err(located(lua, &format!("bad argument #{at} to 'random' (interval is empty)")));
            match args.len() {
                0 => Ok(unit),
                1 => match argument(lua, &args, 1, "random")? {
                    upper if upper < 1 => empty(1),
                    upper => Ok((unit * f64::from(upper)).floor() + 1.0),
                },
                2 => {
                    let (low, high) =
                        (argument(lua, &args, 1, "random")?, argument(lua, &args, 2, "random")?);
                    if low > high {
                        return empty(2);
                    }
                    let width = high.wrapping_sub(low).wrapping_add(1);
                    Ok((unit * f64::from(width)).floor() + f64::from(low))
                }
                _ => Err(located(lua, "wrong number of arguments")),
            }
        })?,
    )?;
    let seed: Function = lua.create_function(move |lua, args: MultiValue| {
        let seed = argument(lua, &args, 1, "randomseed")?;
        host::with(|host| host.seed(seed));
        Ok(())
    })?;
    table.set("randomseed", seed)
}
