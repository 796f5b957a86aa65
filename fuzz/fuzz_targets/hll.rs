//! Strings under the commands of HyperLogLogs: the runs of the sparse form, or, where the first byte is odd, any string.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::bench::string;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    if choice & 1 == 1 {
        string(rest);
    } else {
        string(&[b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80", rest].concat());
    }
});
