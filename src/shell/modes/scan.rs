//! Walking over the keys with SCAN, for `--scan` and the modes that look at each key.
//!
//! redis-cli asks for ten keys at a time; so do we when `--count` or `-i` say how fast to go. Otherwise a call
//! looks at more: the order is the same, the round trips are fewer, and each is still far below a millisecond.

use std::os::unix::ffi::OsStrExt;

use super::{Context, Step};
use crate::args::cli_modes::SCAN_COUNT;
use crate::resp::quote::{self, repr};
use crate::resp::value::Value;
use crate::shell::format::Format;
use crate::shell::render::data_string;
use crate::ui::Exit;

/// Keys that one call looks at when nobody says how many.
const SCAN_COUNT_UNASKED: u32 = 250;

/// Calls between two pauses of `-i`, where each key is looked at (`--scan` pauses after each).
pub const CALLS_PER_PAUSE: u64 = 100;

/// A walk over the keys of the database.
pub struct Walk {
    /// Where the next call goes on; 0 at the end.
    pub cursor: u64,
    words: Vec<Vec<u8>>,
    begun: bool,
}

impl Walk {
    /// A walk from a cursor, over what the options choose.
    pub fn new(context: &mut Context<'_>, cursor: u64) -> Step<Self> {
        let mut words = Vec::new();
        if let Some(pattern) = pattern(context)? {
            words.extend([b"MATCH".to_vec(), pattern]);
        }
        let modes = context.modes();
        let hurried = modes.count == SCAN_COUNT && context.engine.interval.is_none();
        let count = if hurried { SCAN_COUNT_UNASKED } else { modes.count };
        words.extend([b"COUNT".to_vec(), count.to_string().into_bytes()]);
        if let Some(name) = &modes.r#type {
            words.extend([b"TYPE".to_vec(), name.clone().into_bytes()]);
        }
        Ok(Self { cursor, words, begun: false })
    }

    /// The keys of the next call; none when all were visited.
    pub async fn next(&mut self, context: &mut Context<'_>) -> Step<Option<Vec<Vec<u8>>>> {
        if self.begun && self.cursor == 0 {
            return Ok(None);
        }
        self.begun = true;
        let mut words = vec![b"SCAN".to_vec(), self.cursor.to_string().into_bytes()];
        words.extend(self.words.iter().cloned());
        let reply = context.ask(&words).await?;
        if let Some(error) = reply.error() {
            return Err(context.refused(&error, &format!("SCAN error: {error}")));
        }
        let parts = match reply.as_list() {
            None => return Err(context.failed("Non ARRAY response from SCAN!")),
            Some([cursor, keys]) => cursor.as_str().and_then(|text| text.parse().ok()).zip(keys.as_list()),
            Some(_) => None,
        };
        let Some((cursor, keys)) = parts else {
            return Err(context.failed("Invalid element count from SCAN!"));
        };
        self.cursor = cursor;
        Ok(Some(keys.iter().filter_map(key).collect()))
    }
}

fn key(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Bulk(bytes) | Value::Simple(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// `--pattern`, or `--quoted-pattern` without its quotes.
fn pattern(context: &mut Context<'_>) -> Step<Option<Vec<u8>>> {
    let Some(quoted) = &context.modes().quoted_pattern else {
        return Ok(context.modes().pattern.as_ref().map(|pattern| pattern.as_bytes().to_vec()));
    };
    match quote::split(quoted.as_bytes()).as_deref() {
        Ok([only]) => Ok(Some(only.clone())),
        _ => Err(context.failed("Invalid quoted string specified for --quoted-pattern.")),
    }
}

/// How many keys the database has.
pub async fn database_size(context: &mut Context<'_>) -> Step<u64> {
    let reply = context.ask(&["DBSIZE"]).await?;
    if let Some(error) = reply.error() {
        return Err(context.refused(&error, &format!("Couldn't determine DBSIZE: {error}")));
    }
    match reply.as_int() {
        Some(size) => Ok(size.unsigned_abs()),
        None => Err(context.failed("Non INTEGER response from DBSIZE!")),
    }
}

/// `--scan`: prints the names, one a line.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    context.interrupt.listen()?;
    let mut walk = Walk::new(context, 0)?;
    while let Some(keys) = walk.next(context).await? {
        let mut lines = Vec::new();
        for key in &keys {
            match context.engine.renderer.format {
                _ if context.wants_json() => data_string(&mut lines, key),
                Format::Human => repr(&mut lines, key),
                _ => lines.extend_from_slice(key),
            }
            lines.push(b'\n');
        }
        if !lines.is_empty() {
            context.bytes(&lines)?;
        }
        if context.interrupt.is_asked() {
            break;
        }
        if let Some(pause) = context.engine.interval {
            context.interrupt.sleep(pause).await;
        }
    }
    Ok(if context.interrupt.is_asked() && !context.engine.face.is_strict() {
        Exit::INTERRUPTED
    } else {
        Exit::DONE
    })
}
