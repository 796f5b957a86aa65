//! The list.

use std::io::Read;

use crate::persist::rdb::encode::Encoder;
use crate::persist::rdb::input::Input;
use crate::persist::rdb::reader::RdbError;
use crate::store::{OwnedValue, ValueRef};

/// The type byte that a list is written with.
pub(super) fn type_byte(_value: ValueRef<'_>) -> u8 {
    18
}

/// Appends the value.
pub(super) fn encode(_encoder: &mut Encoder, _out: &mut Vec<u8>, _value: ValueRef<'_>) {}

/// Reads a value of one of the type bytes of a list.
pub(super) fn decode<R: Read>(
    _input: &mut Input<R>,
    _byte: u8,
    _room: &mut Vec<u8>,
) -> Result<Option<OwnedValue>, RdbError> {
    Ok(None)
}
