//! Intsets. Where the first byte is odd, the number of members is made to fit the length.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::{bench::restore, put_string};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, set)) = data.split_first() else { return };
    let mut set = set.to_vec();
    if choice & 1 == 1 && set.len() > 8 {
        let width = [2u32, 4, 8][usize::from(choice >> 1) % 3];
        let count = (set.len() as u32 - 8) / width;
        set[..4].copy_from_slice(&width.to_le_bytes());
        set[4..8].copy_from_slice(&count.to_le_bytes());
        set.truncate(8 + (count * width) as usize);
    }
    let mut body = vec![11];
    put_string(&mut body, &set);
    restore(&body);
});
