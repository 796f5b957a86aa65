//! `:fork PATTERN`: copies keys from the live server to the private one, with their times to live, so that a
//! command or a script can be tried on real data without touching it. Bounded in keys and bytes.

use super::engine::Engine;
use crate::client::{Client, ClientError, Endpoint, Target};
use crate::limits::{FORK_BYTES_MAX, FORK_KEYS_MAX};
use crate::resp::value::Value;

/// Keys that one SCAN looks at.
const SCAN_COUNT: &str = "500";

/// Copies the keys that match. Returns what was done, in words.
///
/// # Errors
/// A connection broke.
pub async fn copy(engine: &mut Engine, to: Endpoint, pattern: &str) -> Result<String, ClientError> {
    let mut target = Target::new(to);
    target.db = engine.session.db();
    let mut scratch = Client::connect(&target).await?;
    let mut cursor = "0".to_owned();
    let (mut keys, mut bytes, mut refused) = (0usize, 0usize, 0usize);
    loop {
        let reply = engine.ask(&["SCAN", &cursor, "MATCH", pattern, "COUNT", SCAN_COUNT]).await?;
        let Some([next, found]) = reply.as_list() else {
            return Err(ClientError::Server(reply.error().unwrap_or_else(|| "no reply to SCAN".to_owned())));
        };
        cursor = next.as_str().unwrap_or("0").to_owned();
        for key in found.as_list().unwrap_or_default().iter().filter_map(Value::as_bytes) {
            match copy_key(engine, &mut scratch, key).await? {
                Some(size) => (keys, bytes) = (keys + 1, bytes + size),
                None => refused += 1,
            }
            if keys >= FORK_KEYS_MAX || bytes >= FORK_BYTES_MAX {
                return Ok(format!("{keys} keys copied, which is as many as a private server takes"));
            }
        }
        if cursor == "0" {
            let rest = if refused > 0 { format!(", {refused} could not be") } else { String::new() };
            return Ok(format!("{keys} keys copied{rest}"));
        }
    }
}

/// Copies one key. Its size; none if it is gone, or of a kind that the private server does not take.
async fn copy_key(
    engine: &mut Engine,
    scratch: &mut Client,
    key: &[u8],
) -> Result<Option<usize>, ClientError> {
    let commands = [vec![b"DUMP" as &[u8], key], vec![b"PTTL", key]];
    let replies = engine.session.client()?.pipeline(&commands).await?;
    let [Value::Bulk(dump), ttl] = replies.as_slice() else { return Ok(None) };
    let ttl = ttl.as_int().unwrap_or(0).max(0).to_string();
    let restored = scratch.call(&[b"RESTORE" as &[u8], key, ttl.as_bytes(), dump, b"REPLACE"]).await?;
    Ok(restored.error().is_none().then_some(dump.len()))
}
