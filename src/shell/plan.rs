//! `:plan COMMAND`: what a command would do, without running it: the keys it touches, how big they are, whether
//! this user may, what it costs, how the guard sees it, and whether replicas would follow.

use super::engine::Engine;
use super::guard::{self, Tier};
use super::words::Command;
use crate::catalog;
use crate::client::ClientError;
use crate::resp::quote::repr;

/// Keys that are looked at.
const KEYS_MAX: usize = 10;

/// The lines about a command.
///
/// # Errors
/// No reply came.
pub async fn lines(engine: &mut Engine, command: &Command<'_>) -> Result<Vec<String>, ClientError> {
    let mut lines = Vec::new();
    let found = command.args().first().and_then(|name| catalog::lookup(name));
    let sub = found.zip(command.args().get(1)).and_then(|(found, name)| catalog::lookup_sub(found, name));
    if let Some(found) = sub.or(found) {
        lines.push(format!("does       {}", found.summary));
        lines.push(format!("costs      {}", found.complexity));
    } else {
        lines.push("does       (not known to this shell)".to_owned());
    }
    lines.extend(keys(engine, command).await?);
    lines.push(format!("allowed    {}", verdict(engine, command).await?));
    let (tier, does) = guard::judge(&engine.policy, command);
    lines.push(match tier {
        Tier::None => "guard      does not ask".to_owned(),
        Tier::Note => format!("guard      remarks that it {does}"),
        Tier::Ask => format!("guard      asks, because it {does}"),
        Tier::Name => format!("guard      wants the server's name typed, because it {does}"),
    });
    let follows = if guard::writes(command) { "written to the log and sent to replicas" } else { "nothing" };
    lines.push(format!("replicates {follows}"));
    Ok(lines)
}

/// A line for each key: its type and size now, and what the command does with it.
async fn keys(engine: &mut Engine, command: &Command<'_>) -> Result<Vec<String>, ClientError> {
    let mut words: Vec<&[u8]> = vec![b"COMMAND", b"GETKEYSANDFLAGS"];
    words.extend(command.args().iter().map(Vec::as_slice));
    let reply = engine.ask(&words).await?;
    let Some(keys) = reply.as_list() else { return Ok(vec!["keys       none".to_owned()]) };
    let mut lines = Vec::new();
    for entry in keys.iter().take(KEYS_MAX) {
        let Some([key, flags]) = entry.as_list() else { continue };
        let Some(key) = key.as_bytes() else { continue };
        let flags: Vec<&str> =
            flags.as_list().unwrap_or_default().iter().filter_map(|flag| flag.as_str()).collect();
        let kind = engine.ask(&[b"TYPE", key]).await?;
        let kind = kind.as_str().unwrap_or("?").to_owned();
        let size = size(engine, &kind, key).await?;
        let mut name = Vec::new();
        repr(&mut name, key);
        lines.push(format!("key        {} {size} [{}]", String::from_utf8_lossy(&name), flags.join(" ")));
    }
    if keys.len() > KEYS_MAX {
        lines.push(format!("           and {} more keys", keys.len() - KEYS_MAX));
    }
    Ok(lines)
}

async fn size(engine: &mut Engine, kind: &str, key: &[u8]) -> Result<String, ClientError> {
    let (command, unit): (&[u8], &str) = match kind {
        "string" => (b"STRLEN", "bytes"),
        "list" => (b"LLEN", "elements"),
        "set" => (b"SCARD", "members"),
        "hash" => (b"HLEN", "fields"),
        "zset" => (b"ZCARD", "members"),
        "stream" => (b"XLEN", "entries"),
        "none" => return Ok("does not exist".to_owned()),
        other => return Ok(other.to_owned()),
    };
    let length = engine.ask(&[command, key]).await?.as_int().unwrap_or(0);
    Ok(format!("{kind} of {length} {unit}"))
}

/// What the server's rules say for this user.
async fn verdict(engine: &mut Engine, command: &Command<'_>) -> Result<String, ClientError> {
    let who = engine.ask(&["ACL", "WHOAMI"]).await?;
    let Some(user) = who.as_bytes().filter(|_| who.error().is_none()) else {
        return Ok("(the server has no rules to ask)".to_owned());
    };
    let mut words: Vec<&[u8]> = vec![b"ACL", b"DRYRUN", user];
    words.extend(command.args().iter().map(Vec::as_slice));
    let reply = engine.ask(&words).await?;
    let text = reply.error().unwrap_or_else(|| reply.as_str().unwrap_or("?").to_owned());
    Ok(format!("{text} ({})", String::from_utf8_lossy(user)))
}
