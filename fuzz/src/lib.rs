//! What the targets of single encodings share: the server without sockets. A payload goes in through RESTORE as a
//! client's would; what is accepted has to survive the commands of its type, and come out of DUMP as it is.

pub mod bench;
pub mod commands;

/// Appends a string as RDB holds it.
pub fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(0x80);
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Makes the header and the end of a listpack right, which mutations nearly always break: what is between them is
/// what the target is about. Untouched where the first bit of `choice` is not set.
pub fn mend_listpack(bytes: &mut [u8], choice: u8) {
    let len = (bytes.len() as u32).to_le_bytes();
    if choice & 1 == 1 && bytes.len() > 6 {
        bytes[..4].copy_from_slice(&len);
        bytes[4..6].copy_from_slice(&[0xff, 0xff]); // the number of elements is not known
        let last = bytes.len() - 1;
        bytes[last] = 0xff;
    }
}
