//! The payload of DUMP and RESTORE: one value as in an RDB file, between its type and a footer.
//!
//! ```text
//! type  value  version (2 bytes, little endian)  CRC-64 of all before it (8 bytes, little endian)
//! ```

use super::encode::Encoder;
use super::reader::{RdbError, Value, single_value};
use super::{VERSION_REDIS_MAX, VERSION_VALKEY, VERSION_WRITTEN, crc64, value};
use crate::store::ValueRef;

const FOOTER_BYTES: usize = 10;

/// Why RESTORE refuses a payload.
#[derive(Debug)]
pub enum RestoreError {
    /// Too short, a version nobody here reads, or a sum that does not match.
    Footer,
    /// The footer is good but the value is not.
    Value(RdbError),
}

/// The payload of a value.
pub fn dump(encoder: &mut Encoder, value: ValueRef<'_>) -> Vec<u8> {
    let mut out = vec![value::type_byte(value)];
    value::encode(encoder, &mut out, value);
    seal(&mut out);
    out
}

/// Appends the footer to a type and value.
pub(super) fn seal(out: &mut Vec<u8>) {
    out.extend_from_slice(&(VERSION_WRITTEN as u16).to_le_bytes());
    let sum = crc64::update(0, out);
    out.extend_from_slice(&sum.to_le_bytes());
}

/// Type and value of a payload whose footer is good. `checksum`: whether the sum must match.
pub fn open(payload: &[u8], checksum: bool) -> Option<&[u8]> {
    open_any(payload, checksum).filter(|_| payload.len() > FOOTER_BYTES)
}

/// The same of a payload that may hold nothing.
pub(super) fn open_any(payload: &[u8], checksum: bool) -> Option<&[u8]> {
    let (summed, sum) = payload.split_last_chunk::<8>()?;
    let (body, version) = summed.split_last_chunk::<2>()?;
    let version = u32::from(u16::from_le_bytes(*version));
    let known = version <= VERSION_REDIS_MAX || version == VERSION_VALKEY;
    let intact = !checksum || crc64::update(0, summed) == u64::from_le_bytes(*sum);
    (known && intact).then_some(body)
}

/// Opens a payload and gives its value to `found`. Trailing bytes behind the value are refused.
pub fn restore<T>(
    payload: &[u8],
    checksum: bool,
    found: impl FnOnce(Value<'_>) -> T,
) -> Result<T, RestoreError> {
    let body = open(payload, checksum).ok_or(RestoreError::Footer)?;
    single_value(body, found).map_err(RestoreError::Value)
}

#[cfg(test)]
mod tests {
    use super::super::{StrValue, TYPE_STRING};
    use super::*;

    #[test]
    fn what_real_redis_dumps() {
        // DUMP of "10" and of "hello" by Redis 7.0.15.
        let mut encoder = Encoder::new(true);
        let ten = dump(&mut encoder, ValueRef::Str(b"10"));
        assert_eq!(ten, b"\x00\xc0\n\n\x00n\x9fWE\x0e\xaec\xbb");
        assert!(restore(&ten, true, |v| assert_eq!(v, Value::Str(StrValue::Int(10)))).is_ok());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let good = dump(&mut Encoder::new(true), ValueRef::Str(&[b'z'; 100]));
        assert!(restore(&good, true, |v| assert_eq!(v, Value::Str(StrValue::Bytes(&[b'z'; 100])))).is_ok());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(matches!(restore(&bad, true, |_| ()), Err(RestoreError::Footer)), "byte {at}");
            let _ = restore(&bad, false, |_| ());
            assert!(restore(&good[..at], true, |_| ()).is_err());
        }
    }

    #[test]
    fn bytes_behind_the_value_are_refused() {
        let mut payload = vec![TYPE_STRING, 0xc0, 1, 2];
        seal(&mut payload);
        assert!(matches!(restore(&payload, true, |_| ()), Err(RestoreError::Value(_))));
    }

    #[test]
    fn an_empty_node_of_a_list_is_refused() {
        let mut payload = vec![18, 1, 1, 0]; // a quicklist of one plain node without bytes
        seal(&mut payload);
        assert!(matches!(restore(&payload, true, |_| ()), Err(RestoreError::Value(_))));
    }
}
