//! `peek KEY`: what a key is, in one look: type, encoding, time to live, memory, length, how it is used, and a few
//! of its elements. Every question is cheap; nothing is read whole.

use super::engine::Engine;
use super::modes::human;
use crate::client::ClientError;

/// Elements that are shown.
const SAMPLE: &str = "5";
/// Bytes of a string that are shown.
const SAMPLE_BYTES: &str = "100";

/// The lines about a key.
///
/// # Errors
/// No reply came.
pub async fn lines(engine: &mut Engine, key: &[u8]) -> Result<Vec<String>, ClientError> {
    let kind = engine.ask(&[b"TYPE", key]).await?;
    let kind = kind.as_str().unwrap_or("?").to_owned();
    if kind == "none" {
        return Ok(vec!["(no such key)".to_owned()]);
    }
    let encoding = engine.ask(&[b"OBJECT" as &[u8], b"ENCODING", key]).await?;
    let ttl = engine.ask(&[b"PTTL", key]).await?.as_int().unwrap_or(-1);
    let memory = engine.ask(&[b"MEMORY" as &[u8], b"USAGE", key]).await?.as_int();
    let mut lines = vec![format!("type      {kind} ({})", encoding.as_str().unwrap_or("?"))];
    lines.push(match ttl {
        ..0 => "ttl       none".to_owned(),
        ttl => format!("ttl       {:.3} s", ttl as f64 / 1000.0),
    });
    if let Some(memory) = memory {
        lines.push(format!("memory    {}", human(memory)));
    }
    if let Some(length) = length(engine, &kind, key).await? {
        lines.push(format!("length    {length}"));
    }
    lines.extend(usage(engine, key).await?);
    lines.extend(sample(engine, &kind, key).await?);
    Ok(lines)
}

async fn length(engine: &mut Engine, kind: &str, key: &[u8]) -> Result<Option<i64>, ClientError> {
    let command: &[u8] = match kind {
        "string" => b"STRLEN",
        "list" => b"LLEN",
        "set" => b"SCARD",
        "hash" => b"HLEN",
        "zset" => b"ZCARD",
        "stream" => b"XLEN",
        _ => return Ok(None),
    };
    Ok(engine.ask(&[command, key]).await?.as_int())
}

/// How long it was not used, or how often it is: the server knows one of the two.
async fn usage(engine: &mut Engine, key: &[u8]) -> Result<Option<String>, ClientError> {
    if let Some(idle) = engine.ask(&[b"OBJECT" as &[u8], b"IDLETIME", key]).await?.as_int() {
        return Ok(Some(format!("idle      {idle} s")));
    }
    let frequency = engine.ask(&[b"OBJECT" as &[u8], b"FREQ", key]).await?.as_int();
    Ok(frequency.map(|frequency| format!("frequency {frequency}")))
}

async fn sample(engine: &mut Engine, kind: &str, key: &[u8]) -> Result<Vec<String>, ClientError> {
    let words: Vec<&[u8]> = match kind {
        "string" => vec![b"GETRANGE", key, b"0", SAMPLE_BYTES.as_bytes()],
        "list" => vec![b"LRANGE", key, b"0", b"4"],
        "set" => vec![b"SRANDMEMBER", key, SAMPLE.as_bytes()],
        "hash" => vec![b"HRANDFIELD", key, SAMPLE.as_bytes(), b"WITHVALUES"],
        "zset" => vec![b"ZRANGE", key, b"0", b"4", b"WITHSCORES"],
        "stream" => vec![b"XREVRANGE", key, b"+", b"-", b"COUNT", SAMPLE.as_bytes()],
        _ => return Ok(Vec::new()),
    };
    let value = engine.ask(&words).await?;
    let text = String::from_utf8_lossy(&engine.renderer.for_people(&value)).into_owned();
    Ok(text.lines().map(|line| format!("  {line}")).collect())
}
