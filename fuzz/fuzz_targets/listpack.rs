//! Listpacks where each type has them: the first byte of the input says where, the rest is the listpack.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool_fuzz::{bench::restore, mend_listpack, put_string};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, pack)) = data.split_first() else { return };
    let mut pack = pack.to_vec();
    mend_listpack(&mut pack, choice);
    let mut body = match choice >> 1 & 7 {
        0 | 1 => vec![16],                          // hash
        2 => vec![17],                              // sorted set
        3 => vec![20],                              // set
        4 | 5 => vec![18, 1, 2],                    // list
        _ => vec![25, 9, 0, 0, 0, 0, 0, 0, 0],      // hash with times
    };
    put_string(&mut body, &pack);
    restore(&body);
});
