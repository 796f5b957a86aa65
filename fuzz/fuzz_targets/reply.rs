//! The client's decoder on any bytes: it ends, and never reads beyond what it was given.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool::resp::value::Decoder;

fuzz_target!(|data: &[u8]| {
    let (mut decoder, mut rest) = (Decoder::new(), data);
    while let Ok(Some((_, used))) = decoder.decode(rest) {
        assert!(used > 0 && used <= rest.len());
        rest = &rest[used..];
    }
});
