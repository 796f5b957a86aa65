//! Nodes of a list: the first byte says which form, the rest is the value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::bench::restore;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, value)) = data.split_first() else { return };
    let kind = [18, 18, 14, 1][usize::from(choice) % 4];
    restore(&[&[kind], value].concat());
});
