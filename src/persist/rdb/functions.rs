//! The payload of FUNCTION DUMP and RESTORE: the libraries as in an RDB file, and the footer of DUMP.
//!
//! ```text
//! (FUNCTION2 code)*  version (2 bytes)  CRC-64 (8 bytes)
//! ```

use super::dump::{open_any, seal};
use super::encode::Encoder;
use super::opcode;
use super::reader::first_string;

/// The payload of some libraries' code.
pub fn dump<'a>(codes: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(true);
    for code in codes {
        out.push(opcode::FUNCTION2);
        encoder.string(&mut out, code);
    }
    seal(&mut out);
    out
}

/// The code of each library of a payload; or why there is none, in Redis's words.
pub fn restore(payload: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut body = open_any(payload, true).ok_or("DUMP payload version or checksum are wrong")?;
    let mut codes = Vec::new();
    while let Some((&tag, rest)) = body.split_first() {
        match tag {
            opcode::FUNCTION2 => {}
            opcode::FUNCTION_PRE_GA => return Err("Pre-GA function format not supported".into()),
            _ => return Err("given type is not a function".into()),
        }
        let (code, used) = first_string(rest).map_err(|_| "Failed loading library code")?;
        codes.push(code);
        body = rest.get(used..).unwrap_or_default();
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dumped_is_restored() {
        let long = [b"#!lua name=a\n".as_slice(), &[b'x'; 1000]].concat();
        let codes: [&[u8]; 2] = [&long, b"#!lua name=b\n"];
        let payload = dump(codes.into_iter());
        assert_eq!(restore(&payload).unwrap(), codes);
        assert_eq!(restore(&dump(std::iter::empty())).unwrap(), Vec::<Vec<u8>>::new());
        let mut bad = payload.clone();
        bad[3] ^= 1;
        assert_eq!(restore(&bad).unwrap_err(), "DUMP payload version or checksum are wrong");
    }
}
