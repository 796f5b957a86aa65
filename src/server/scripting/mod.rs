//! Scripts and functions: Lua 5.1 with the libraries and limits that Redis gives it.

pub mod libs;
