//! Zipmaps, which the oldest files have.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::{bench::restore, put_string};

fuzz_target!(|data: &[u8]| {
    let mut body = vec![9];
    put_string(&mut body, data);
    restore(&body);
});
