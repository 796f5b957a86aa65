//! RDB, the snapshot format: what a file consists of, apart from any store.
//!
//! ```text
//! REDIS0010 | VALKEY080                         9 bytes: magic and version
//! FA key value                                  auxiliary fields (redis-ver, repl-id, ...)
//! FE db   FB keys expires                       a database begins; how many keys it has
//!   [FC ms | FD s]  [F8 idle | F9 freq]  type key value        one key
//! FF  checksum                                  end; CRC-64 of all before it, little endian, 0 = none
//! ```
//!
//! A length is 6 bits (`00`), 14 bits (`01`), 32 or 64 bits big endian (0x80, 0x81); `11` leads a string
//! that is an integer of 8, 16 or 32 bits, or LZF (compressed length, length, bytes).
//!
//! Versions read: 1 to 12 of Redis and 80 of Valkey. Written: any, 10 unless told otherwise: the lowest
//! that holds our data, so that the oldest readers understand it.

pub mod check;
pub mod crc64;
pub mod dump;
pub mod encode;
pub mod functions;
mod input;
pub use crate::store::lzf;
pub mod reader;
pub mod value;
pub mod writer;

pub use encode::{Encoder, LruHint, StrValue};
pub use reader::{Event, RdbError, RdbReader, Value};
pub use writer::RdbWriter;

/// The version written unless the reader on the other end wants another.
pub const VERSION_WRITTEN: u32 = 10;
/// The newest version of Redis that is read.
pub const VERSION_REDIS_MAX: u32 = 12;
/// The version of Valkey 9, under its own magic.
pub const VERSION_VALKEY: u32 = 80;

/// First bytes that are not keys: everything from 243 up.
pub(crate) mod opcode {
    pub(crate) const SLOT_INFO: u8 = 244;
    pub(crate) const FUNCTION2: u8 = 245;
    pub(crate) const FUNCTION_PRE_GA: u8 = 246;
    pub(crate) const MODULE_AUX: u8 = 247;
    pub(crate) const IDLE: u8 = 248;
    pub(crate) const FREQ: u8 = 249;
    pub(crate) const AUX: u8 = 250;
    pub(crate) const RESIZE_DB: u8 = 251;
    pub(crate) const EXPIRE_MS: u8 = 252;
    pub(crate) const EXPIRE_S: u8 = 253;
    pub(crate) const SELECT_DB: u8 = 254;
    pub(crate) const EOF: u8 = 255;
    /// The lowest byte that is not a value type.
    pub(crate) const FIRST: u8 = 243;
}

/// The type byte of a string.
pub(crate) const TYPE_STRING: u8 = 0;

/// The type byte of a module's value.
pub(crate) const TYPE_MODULE_2: u8 = 7;

/// What users call the type behind a type byte; `None` when no version knows it.
pub(crate) fn type_name(byte: u8) -> Option<&'static str> {
    Some(match byte {
        0 => "string",
        1 | 10 | 14 | 18 => "list",
        2 | 11 | 20 => "set",
        3 | 5 | 12 | 17 => "zset",
        4 | 9 | 13 | 16 | 22 | 23 | 24 | 25 => "hash",
        6 | 7 => "module",
        15 | 19 | 21 => "stream",
        _ => return None,
    })
}
