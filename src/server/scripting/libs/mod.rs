//! The libraries that scripts find beside Lua's own: bit, struct, cjson, cmsgpack, and of os its clock. They do what the C
//! libraries of these names do that Redis carries, with the same words when they refuse.

mod args;
mod bit;
mod cjson;
mod cmsgpack;
mod json;
mod structs;

use mlua::{Lua, Result, Table};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

pub use cjson::Shared as JsonSettings;

/// Values that a function may return at once: Lua's stack holds so many (`LUAI_MAXCSTACK`).
const VALUES_MAX: usize = 8000;

/// Tables within tables in JSON and MessagePack, whatever a script sets: the stack of our threads bounds it. The C
/// libraries end somewhere between 2000 and 8000.
const NESTING_MAX: usize = 2000;

/// Makes them: name and table of each. `json` is what scripts set in cjson.
pub fn install(lua: &Lua, json: cjson::Shared) -> Result<Vec<(&'static str, Table)>> {
    Ok(vec![
        ("bit", bit::table(lua)?),
        ("struct", structs::table(lua)?),
        ("cjson", cjson::table(lua, json)?),
        ("cmsgpack", cmsgpack::table(lua)?),
        ("os", os(lua)?),
    ])
}

/// `os.clock`: seconds of processor time that the process has used.
fn os(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.set("clock", lua.create_function(|_, ()| Ok(cpu_seconds()))?)?;
    Ok(table)
}

fn cpu_seconds() -> f64 {
    let of = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| of(usage.user_time()) + of(usage.system_time()))
}
