//! Any payload of RESTORE: a type byte and a value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::bench::restore;

fuzz_target!(|data: &[u8]| {
    restore(data);
});
