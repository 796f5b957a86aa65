//! Streams: a whole value, or the listpack of a single node in a stream that is otherwise right.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtool::store::types::stream::{Id, Node};
use rtool_fuzz::{bench::restore, mend_listpack, put_string};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let kind = [15, 19, 21][usize::from(choice >> 2) % 3];
    if choice & 2 == 0 {
        restore(&[&[kind], rest].concat());
        return;
    }
    let mut pack = rest.to_vec();
    mend_listpack(&mut pack, choice);
    let master = Id::new(1, 1);
    let count = Node::from_listpack(master, &pack).map_or(1, |node| node.live() as u64);
    let mut body = vec![15, 1];
    put_string(&mut body, &master.to_bytes());
    put_string(&mut body, &pack);
    body.extend([[0x81].as_slice(), &count.to_be_bytes()].concat());
    body.extend([[0x81].as_slice(), &u64::MAX.to_be_bytes()].concat());
    body.extend([[0x81].as_slice(), &u64::MAX.to_be_bytes()].concat());
    body.push(0);
    restore(&body);
});
