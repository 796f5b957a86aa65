//! Validation of a whole RDB file: what is asked before old data is dropped for it.

use std::io::Read;

use super::reader::{Checksum, Event, RdbError, RdbReader};

/// What a valid file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its version.
    pub version: u32,
    /// Keys in all databases.
    pub keys: u64,
    /// Of them with an expiry.
    pub expires: u64,
    /// The highest database with keys; `None` when there are no keys.
    pub highest_db: Option<u32>,
    /// Whether the sum at the end was verified.
    pub checksum: Checksum,
    /// Its length, in bytes.
    pub bytes: u64,
}

/// Reads a file to its end. Everything that would stop a load stops here, with the same error.
pub fn check<R: Read>(src: R, checksum: bool) -> Result<Summary, RdbError> {
    let mut reader = RdbReader::new(src, checksum)?;
    let (mut keys, mut expires, mut highest_db) = (0, 0, None);
    loop {
        match reader.next_event()? {
            Event::Key(key) => {
                keys += 1;
                expires += u64::from(key.expire_ms.is_some());
                highest_db = highest_db.max(Some(key.db));
            }
            Event::End(checksum) => {
                let (version, bytes) = (reader.version(), reader.offset());
                return Ok(Summary { version, keys, expires, highest_db, checksum, bytes });
            }
            _ => {}
        }
    }
}
