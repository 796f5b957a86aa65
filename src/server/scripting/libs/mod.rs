//! The libraries that scripts find beside Lua's own: bit, struct, cjson and cmsgpack.
