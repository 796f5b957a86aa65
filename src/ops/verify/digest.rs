//! The digest of a value, whatever its encoding and its server's version: read in pieces, so that a value of any
//! size is compared in bounded memory.
//!
//! ```text
//! string, list, sorted set, stream    the pieces in their order
//! set, hash                           the sum of the digests of the members: they come in any order
//! ```

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::ops::session::{Fault, Session, bytes, text};
use crate::resp::value::Value;

/// Bytes of a string that are read at once.
const STRING_PIECE: usize = 1 << 20;

/// Members that are read at once.
const PIECE: usize = 1000;

/// What a value comes to; equal for equal values.
#[derive(Debug, PartialEq, Eq)]
pub struct Digest {
    /// Its type, as TYPE says it.
    kind: String,
    /// Bytes or members.
    length: u64,
    value: u128,
}

/// The digest of a key's value.
///
/// # Errors
/// The server does not answer, or refuses.
pub async fn digest(on: &mut Session, key: &[u8]) -> Result<Digest, Fault> {
    let kind = text(&on.call(&[b"TYPE", key]).await?).unwrap_or_default();
    let (length, value) = match kind.as_str() {
        "string" => string(on, key).await?,
        "list" => in_order(on, key, &[b"LRANGE"], &[], plain).await?,
        "zset" => in_order(on, key, &[b"ZRANGE"], &[b"WITHSCORES"], scored).await?,
        "set" => in_any_order(on, key, b"SSCAN", 1).await?,
        "hash" => in_any_order(on, key, b"HSCAN", 2).await?,
        "stream" => stream(on, key).await?,
        // A module's value has no other form than its dump.
        _ => {
            let dump = bytes(&on.call(&[b"DUMP", key]).await?).unwrap_or_default();
            (dump.len() as u64, xxh3_128(&dump))
        }
    };
    Ok(Digest { kind, length, value })
}

async fn string(on: &mut Session, key: &[u8]) -> Result<(u64, u128), Fault> {
    let mut hash = Xxh3::new();
    let mut at = 0;
    loop {
        let (from, to) = (at.to_string(), (at + STRING_PIECE - 1).to_string());
        let reply = on.call(&[b"GETRANGE", key, from.as_bytes(), to.as_bytes()]).await?;
        let piece = bytes(&reply).unwrap_or_default();
        hash.update(&piece);
        at += piece.len();
        if piece.len() < STRING_PIECE {
            return Ok((at as u64, hash.digest128()));
        }
    }
}

/// Adds a member to a hash, so that no two lists of members look alike.
fn add(hash: &mut Xxh3, member: &[u8]) {
    hash.update(&(member.len() as u64).to_le_bytes());
    hash.update(member);
}

fn plain(hash: &mut Xxh3, members: &[Value]) -> usize {
    members.iter().for_each(|member| add(hash, member.as_bytes().unwrap_or_default()));
    members.len()
}

/// Members with scores: as a flat list in RESP2. A score is a number, whatever its text.
fn scored(hash: &mut Xxh3, members: &[Value]) -> usize {
    for pair in members.chunks_exact(2) {
        add(hash, pair[0].as_bytes().unwrap_or_default());
        let score = pair[1].as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN);
        hash.update(&score.to_bits().to_le_bytes());
    }
    members.len() / 2
}

/// By ranges of ranks. `take` adds the members of a reply and says how many there are.
async fn in_order(
    on: &mut Session,
    key: &[u8],
    before: &[&[u8]],
    after: &[&[u8]],
    take: fn(&mut Xxh3, &[Value]) -> usize,
) -> Result<(u64, u128), Fault> {
    let mut hash = Xxh3::new();
    let mut at = 0;
    loop {
        let (from, to) = (at.to_string(), (at + PIECE - 1).to_string());
        let mut command = before.to_vec();
        command.extend([key, from.as_bytes(), to.as_bytes()]);
        command.extend(after);
        let reply = on.call(&command).await?;
        let count = take(&mut hash, reply.as_list().unwrap_or_default());
        at += count;
        if count < PIECE {
            return Ok((at as u64, hash.digest128()));
        }
    }
}

/// By a scan; members of `width` words.
async fn in_any_order(on: &mut Session, key: &[u8], scan: &[u8], width: usize) -> Result<(u64, u128), Fault> {
    let (mut count, mut sum) = (0u64, 0u128);
    let mut cursor = b"0".to_vec();
    let piece = PIECE.to_string();
    loop {
        let reply = on.call(&[scan, key, &cursor, b"COUNT", piece.as_bytes()]).await?;
        let parts = reply.as_list().unwrap_or_default();
        let members = parts.get(1).and_then(Value::as_list).unwrap_or_default();
        for member in members.chunks_exact(width) {
            let mut hash = Xxh3::new();
            plain(&mut hash, member);
            sum = sum.wrapping_add(hash.digest128());
            count += 1;
        }
        cursor = parts.first().and_then(bytes).unwrap_or_else(|| b"0".to_vec());
        if cursor == b"0" {
            return Ok((count, sum));
        }
    }
}

/// The entries of a stream, each id and its fields.
async fn stream(on: &mut Session, key: &[u8]) -> Result<(u64, u128), Fault> {
    let mut hash = Xxh3::new();
    let mut count = 0u64;
    let mut from = b"-".to_vec();
    let piece = PIECE.to_string();
    loop {
        let reply = on.call(&[b"XRANGE", key, &from, b"+", b"COUNT", piece.as_bytes()]).await?;
        let entries = reply.as_list().unwrap_or_default();
        for entry in entries.iter().filter_map(Value::as_list) {
            let [id, fields, ..] = entry else { continue };
            add(&mut hash, id.as_bytes().unwrap_or_default());
            plain(&mut hash, fields.as_list().unwrap_or_default());
            count += 1;
        }
        let last = entries.last().and_then(Value::as_list).and_then(|entry| bytes(entry.first()?));
        let Some(last) = last.filter(|_| entries.len() == PIECE) else {
            return Ok((count, hash.digest128()));
        };
        from = behind(&last);
    }
}

/// The smallest id behind this one, in a form that every version understands.
fn behind(id: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(id);
    let (time, number) = text.split_once('-').unwrap_or((&text, "0"));
    match number.parse::<u64>().ok().and_then(|number| number.checked_add(1)) {
        Some(next) => format!("{time}-{next}").into_bytes(),
        None => format!("{}-0", time.parse::<u64>().unwrap_or(0).saturating_add(1)).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn the_next_id() {
        assert_eq!(behind(b"5-1"), b"5-2");
        assert_eq!(behind(b"5-18446744073709551615"), b"6-0");
    }
}
