//! The RDB reader on any bytes: an error or a summary, never a panic and never memory that the file
//! only announces. What is accepted is accepted again in the same words.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool::persist::rdb::check::check;

fuzz_target!(|data: &[u8]| {
    for checksum in [false, true] {
        if let Ok(summary) = check(data, checksum) {
            assert!(summary.bytes <= data.len() as u64 && summary.expires <= summary.keys);
            assert_eq!(check(data, checksum).ok(), Some(summary));
        }
    }
});
