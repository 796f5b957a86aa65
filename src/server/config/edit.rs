//! CONFIG GET and CONFIG SET.
//!
//! ```text
//! SET: find all -> may they change? -> parse into a copy -> apply the side effects -> publish
//!                        any failure: nothing has changed; side effects are applied backwards
//! ```

use std::collections::BTreeMap;
use std::fmt;

use crate::resp::glob;

use super::Config;
use super::table::{self, Directive, Flags, Settings, TABLE};
use super::value::Origin;

/// What CONFIG SET has to know about who asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// The client is on this machine (loopback or unix socket).
    pub local: bool,
    /// A dataset is being loaded.
    pub loading: bool,
}

/// Why CONFIG SET has changed nothing. `Display` is the whole error reply.
#[derive(Debug, PartialEq, Eq)]
pub enum SetError {
    /// No such directive, under the name that was asked for.
    Unknown(String),
    /// A directive cannot be set so: its name and the reason, which may be empty.
    Refused(String, String),
    /// It cannot be set while loading.
    Loading,
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
            }
            Self::Refused(name, why) => {
                write!(f, "ERR CONFIG SET failed (possibly related to argument '{name}')")?;
                if why.is_empty() { Ok(()) } else { write!(f, " - {why}") }
            }
            Self::Loading => f.write_str("LOADING Redis is loading the dataset in memory"),
        }
    }
}

impl std::error::Error for SetError {}

/// The side effects of a change: the settings before and after, and the names that have changed.
/// On failure it names the directive and the reason, having undone what it did.
pub type Apply<'a> = dyn FnMut(&Settings, &Settings, &[&str]) -> Result<(), (String, String)> + 'a;

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether the value of a directive must be kept out of logs, SLOWLOG and MONITOR.
pub fn is_sensitive(name: &[u8]) -> bool {
    table::find(name).is_some_and(|row| row.flags.has(Flags::SENSITIVE))
}

impl Config {
    /// CONFIG GET: names and values, sorted by name. A pattern covers aliases too, each answering
    /// under its own name; hidden directives answer only to their exact name.
    pub fn get(&self, patterns: &[&[u8]]) -> Vec<(String, Vec<u8>)> {
        let settings = self.snapshot();
        let mut found: BTreeMap<String, (String, &Directive)> = BTreeMap::new();
        let mut add = |name: String, row| {
            found.entry(name.to_ascii_lowercase()).or_insert((name, row));
        };
        for pattern in patterns {
            if !glob::is_pattern(pattern) {
                let row = table::find(pattern).filter(|row| !row.flags.has(Flags::FILE_ONLY));
                row.into_iter().for_each(|row| add(lossy(pattern), row));
                continue;
            }
            names().filter(|(name, _)| glob::matches_nocase(pattern, name.as_bytes())).for_each(
                |(name, row)| {
                    add(name.to_owned(), row);
                },
            );
        }
        found.into_values().map(|(name, row)| (name, row.value(&settings))).collect()
    }

    /// CONFIG SET: all of the pairs or none. `apply` is called at most twice: for the change, and,
    /// when that fails, backwards.
    pub fn set(
        &self,
        pairs: &[(&[u8], &[u8])],
        caller: Caller,
        apply: &mut Apply<'_>,
    ) -> Result<(), SetError> {
        let _turn = self.turn();
        let old = self.snapshot();
        let rows = choose(pairs, caller, &old)?;
        let mut new = Settings::clone(&old);
        for (row, (name, value)) in rows.iter().zip(pairs) {
            take(row, &mut new, value).map_err(|why| SetError::Refused(lossy(name).to_lowercase(), why))?;
        }
        new.normalize();
        let changed: Vec<&str> =
            rows.iter().filter(|row| is_change(row, &old, &new)).map(|row| row.name).collect();
        if changed.is_empty() {
            return Ok(());
        }
        if let Err((name, why)) = apply(&old, &new, &changed) {
            // The refusal is what the caller must know; that undoing failed too would not help.
            let _ = apply(&new, &old, &changed);
            return Err(SetError::Refused(name, why));
        }
        self.publish(new);
        Ok(())
    }
}

/// Every name that a pattern may match, aliases included. Spellings that differ only in `-` and `_`
/// (Redis 7.4 renamed some so) count as one, the older.
fn names() -> impl Iterator<Item = (&'static str, &'static Directive)> {
    let open = |row: &&Directive| !row.flags.has(Flags::HIDDEN) && !row.flags.has(Flags::FILE_ONLY);
    TABLE.iter().filter(open).flat_map(|row| {
        let other = |alias: &&str| **alias != row.name.replace('_', "-");
        let aliases = row.aliases.iter().copied().filter(other);
        std::iter::once(row.name).chain(aliases).map(move |name| (name, row))
    })
}

fn is_change(row: &Directive, old: &Settings, new: &Settings) -> bool {
    row.flags.has(Flags::VOLATILE) || !row.same(old, new)
}

/// A value as CONFIG SET gives it: words are parted by single blanks, without quotes.
fn take(row: &Directive, settings: &mut Settings, value: &[u8]) -> Result<(), String> {
    let words: Vec<&[u8]> =
        if row.is_multi() { value.split(|byte| *byte == b' ').collect() } else { vec![value] };
    row.take(settings, &words, Origin::Command).map_err(std::borrow::Cow::into_owned)
}

/// The rows of all pairs, or the first reason why one of them must not be set.
fn choose(
    pairs: &[(&[u8], &[u8])],
    caller: Caller,
    now: &Settings,
) -> Result<Vec<&'static Directive>, SetError> {
    let mut rows: Vec<&'static Directive> = Vec::with_capacity(pairs.len());
    for (name, _) in pairs {
        let row = table::find(name).filter(|row| !row.flags.has(Flags::FILE_ONLY));
        let row = row.ok_or_else(|| SetError::Unknown(lossy(name)))?;
        if let Some(why) = obstacle(row, caller, now) {
            return Err(SetError::Refused(lossy(name), why.to_owned()));
        }
        if caller.loading && row.flags.has(Flags::NOT_LOADING) {
            return Err(SetError::Loading);
        }
        if rows.iter().any(|other| other.name == row.name) {
            return Err(SetError::Refused(lossy(name), "duplicate parameter".into()));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn obstacle(row: &Directive, caller: Caller, now: &Settings) -> Option<&'static str> {
    if row.flags.has(Flags::FIXED) {
        return Some("can't set immutable config");
    }
    let locked = row.flags.has(Flags::PROTECTED) && !now.enable_protected_configs.allows(caller.local);
    locked.then_some("can't set protected config")
}
