//! Ziplists, which old files have: the first byte says of which type, the rest is the ziplist.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::{bench::restore, put_string};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, list)) = data.split_first() else { return };
    let mut list = list.to_vec();
    let len = list.len();
    if choice & 1 == 1 && len > 11 {
        list[..4].copy_from_slice(&(len as u32).to_le_bytes());
        list[8..10].copy_from_slice(&[0xff, 0xff]);
        list[len - 1] = 0xff;
    }
    let mut body = match choice >> 1 & 3 {
        0 => vec![10],
        1 => vec![12],
        2 => vec![13],
        _ => vec![14, 1],
    };
    put_string(&mut body, &list);
    restore(&body);
});
