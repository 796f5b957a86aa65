//! The two walks over the keys: one that counts and shows, one that changes, in batches and at a pace.

use std::time::Duration;

use serde_json::json;

use super::Trouble;
use super::undo::UndoFile;
use crate::args::keys::Choice;
use crate::client::{Client, ClientError};
use crate::clock::{Stopwatch, wall_ms};
use crate::resp::quote::repr;
use crate::resp::value::Value;
use crate::shell::modes::Interrupt;
use crate::ui::progress::{Progress, Unit};
use crate::ui::{Console, Exit, Kind, prompt};

/// Keys that one SCAN looks at.
const SCAN_COUNT: &str = "500";
/// Keys that are shown before it asks.
const SHOWN: usize = 10;

/// What is done to the keys.
pub enum Change {
    /// They go.
    Delete,
    /// They get so many seconds to live.
    Expire(u64),
    /// They are copied.
    Copy {
        /// The other server as it was called.
        to: String,
        /// The connection to it.
        other: Box<Client>,
        /// Whether keys that are there are replaced.
        replace: bool,
    },
}

impl Change {
    fn verb(&self) -> String {
        match self {
            Change::Delete => "delete".to_owned(),
            Change::Expire(seconds) => format!("expire in {seconds} seconds"),
            Change::Copy { to, .. } => format!("copy to {to}"),
        }
    }
}

/// Everything that is to be done.
pub struct Work {
    /// Which keys.
    pub pattern: String,
    /// Where, and how fast.
    pub choice: Choice,
    /// The connection.
    pub client: Client,
    /// Where what is lost is kept.
    pub undo: Option<UndoFile>,
    /// What is done.
    pub change: Change,
}

/// What was done.
#[derive(Default)]
struct Count {
    done: u64,
    failed: u64,
    gone: u64,
}

impl Work {
    /// Counts, asks, does, and says what was done.
    pub async fn run(mut self, console: &mut Console) -> Result<Exit, Trouble> {
        let interrupt = Interrupt::default();
        interrupt.listen()?;
        let (total, shown) = self.survey(&interrupt, console).await?;
        if interrupt.is_asked() {
            return Ok(Exit::INTERRUPTED);
        }
        for key in &shown {
            let mut text = Vec::new();
            repr(&mut text, key);
            console.notes.note(&format!("  {}", String::from_utf8_lossy(&text)));
        }
        let rest = if total > shown.len() as u64 { ", among them these" } else { "" };
        let pattern = &self.pattern;
        console.notes.note(&format!("{total} keys match {pattern} on {}{rest}", self.choice.on));
        if self.choice.dry_run || total == 0 {
            self.report(console, total, &Count::default())?;
            return Ok(Exit::DONE);
        }
        if !self.choice.yes && !self.confirm(console, total)? {
            console.notes.note("(nothing was done)");
            return Ok(Exit::DECLINED);
        }
        let mut count = Count::default();
        let result = self.change_all(&interrupt, console, total, &mut count).await;
        self.report(console, total, &count)?;
        result?;
        Ok(match (interrupt.is_asked(), count.failed) {
            (true, _) => Exit::INTERRUPTED,
            (false, 0) => Exit::DONE,
            (false, _) => Exit::PARTLY,
        })
    }

    fn confirm(&self, console: &mut Console, total: u64) -> Result<bool, Trouble> {
        match prompt::confirm(
            &mut console.notes,
            &format!("{} {total} keys?", capitalised(&self.change.verb())),
        ) {
            Err(error) if error.kind() == Kind::Refused => {
                console
                    .notes
                    .note("this needs a confirmation, and there is no terminal to ask on: use --yes");
                Ok(false)
            }
            other => Ok(other?),
        }
    }

    /// How many keys match, and some of them.
    async fn survey(
        &mut self,
        interrupt: &Interrupt,
        console: &mut Console,
    ) -> Result<(u64, Vec<Vec<u8>>), Trouble> {
        let progress = Progress::start(&console.notes, "counting", Unit::Items);
        let mut cursor = Some(0);
        let (mut total, mut shown) = (0, Vec::new());
        while let Some(at) = cursor.filter(|_| !interrupt.is_asked()) {
            let (next, keys) = self.scan(at).await?;
            total += keys.len() as u64;
            let room = SHOWN - shown.len();
            shown.extend(keys.into_iter().take(room));
            progress.label(&format!("counting: {total} match"));
            cursor = next;
        }
        Ok((total, shown))
    }

    /// The keys of one SCAN, and where the next begins.
    async fn scan(&mut self, cursor: u64) -> Result<(Option<u64>, Vec<Vec<u8>>), ClientError> {
        let cursor = cursor.to_string();
        let mut words = vec!["SCAN", &cursor, "MATCH", &self.pattern, "COUNT", SCAN_COUNT];
        if let Some(name) = &self.choice.r#type {
            words.extend(["TYPE", name]);
        }
        let reply = self.client.command(&words).await?;
        let parts = reply.as_list().and_then(|parts| match parts {
            [next, keys] => Some((next.as_str()?.parse::<u64>().ok()?, keys.as_list()?)),
            _ => None,
        });
        let (next, keys) = parts.ok_or_else(|| ClientError::Protocol("no reply to SCAN".to_owned()))?;
        let keys = keys.iter().filter_map(Value::as_bytes).map(<[u8]>::to_vec).collect();
        Ok(((next != 0).then_some(next), keys))
    }

    async fn change_all(
        &mut self,
        interrupt: &Interrupt,
        console: &mut Console,
        total: u64,
        count: &mut Count,
    ) -> Result<(), Trouble> {
        let progress = Progress::start(&console.notes, "keys", Unit::Items);
        let watch = Stopwatch::start();
        let mut cursor = Some(0);
        while let Some(at) = cursor.filter(|_| !interrupt.is_asked()) {
            let (next, keys) = self.scan(at).await?;
            if !keys.is_empty() {
                self.change_batch(&keys, count).await?;
                progress.set((count.done + count.failed + count.gone).min(total), total);
                self.keep_pace(watch, count, interrupt).await;
            }
            cursor = next;
        }
        Ok(())
    }

    /// Waits until so much time has passed as the keys so far may take.
    async fn keep_pace(&self, watch: Stopwatch, count: &Count, interrupt: &Interrupt) {
        if self.choice.rate == 0 {
            return;
        }
        let due = Duration::from_secs_f64((count.done + count.failed) as f64 / self.choice.rate as f64);
        interrupt.sleep(due.saturating_sub(watch.elapsed())).await;
    }

    async fn change_batch(&mut self, keys: &[Vec<u8>], count: &mut Count) -> Result<(), Trouble> {
        match &self.change {
            Change::Delete => {
                let saved =
                    if self.undo.is_some() { self.save_values(keys, count).await? } else { keys.to_vec() };
                let commands: Vec<Vec<&[u8]>> =
                    saved.iter().map(|key| vec![b"UNLINK" as &[u8], key]).collect();
                let replies = self.client.pipeline(&commands).await?;
                tally(&replies, count);
            }
            Change::Expire(seconds) => {
                let seconds = seconds.to_string();
                self.save_times(keys).await?;
                let commands: Vec<Vec<&[u8]>> =
                    keys.iter().map(|key| vec![b"EXPIRE" as &[u8], key, seconds.as_bytes()]).collect();
                let replies = self.client.pipeline(&commands).await?;
                tally(&replies, count);
            }
            Change::Copy { .. } => self.copy(keys, count).await?,
        }
        Ok(())
    }

    /// Values and times to live of keys that are still there.
    async fn dumps(&mut self, keys: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, Vec<u8>, i64)>, ClientError> {
        let commands: Vec<Vec<&[u8]>> =
            keys.iter().flat_map(|key| [vec![b"DUMP" as &[u8], key], vec![b"PTTL", key]]).collect();
        let replies = self.client.pipeline(&commands).await?;
        let mut found = Vec::new();
        for (key, pair) in keys.iter().zip(replies.chunks(2)) {
            match pair {
                [Value::Bulk(dump), ttl] => {
                    found.push((key.clone(), dump.clone(), ttl.as_int().unwrap_or(-1)))
                }
                [Value::Error(line), _] => {
                    return Err(ClientError::Server(String::from_utf8_lossy(line).into_owned()));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Writes the values to the undo file. Returns the keys that are safe there.
    async fn save_values(&mut self, keys: &[Vec<u8>], count: &mut Count) -> Result<Vec<Vec<u8>>, Trouble> {
        let found = self.dumps(keys).await?;
        count.gone += (keys.len() - found.len()) as u64;
        let now = wall_ms();
        let Some(undo) = &mut self.undo else { return Ok(keys.to_vec()) };
        for (key, dump, ttl) in &found {
            let (time, absolute) = if *ttl < 0 { (0, false) } else { (now + ttl, true) };
            let time = time.to_string();
            let mut words: Vec<&[u8]> = vec![b"RESTORE", key, time.as_bytes(), dump];
            if absolute {
                words.push(b"ABSTTL");
            }
            undo.add(&words);
        }
        undo.sync()?;
        Ok(found.into_iter().map(|entry| entry.0).collect())
    }

    /// Writes the times to live to the undo file.
    async fn save_times(&mut self, keys: &[Vec<u8>]) -> Result<(), Trouble> {
        if self.undo.is_none() {
            return Ok(());
        }
        let commands: Vec<Vec<&[u8]>> = keys.iter().map(|key| vec![b"PTTL" as &[u8], key]).collect();
        let replies = self.client.pipeline(&commands).await?;
        let now = wall_ms();
        let Some(undo) = &mut self.undo else { return Ok(()) };
        for (key, ttl) in keys.iter().zip(replies.iter().map(Value::as_int)) {
            match ttl {
                Some(ttl @ 0..) => undo.add(&[b"PEXPIREAT", key, (now + ttl).to_string().as_bytes()]),
                Some(-1) => undo.add(&[b"PERSIST", key]),
                _ => {}
            }
        }
        Ok(undo.sync()?)
    }

    async fn copy(&mut self, keys: &[Vec<u8>], count: &mut Count) -> Result<(), Trouble> {
        let found = self.dumps(keys).await?;
        count.gone += (keys.len() - found.len()) as u64;
        let Change::Copy { other, replace, .. } = &mut self.change else { return Ok(()) };
        let times: Vec<String> = found.iter().map(|entry| entry.2.max(0).to_string()).collect();
        let mut commands: Vec<Vec<&[u8]>> = Vec::new();
        for ((key, dump, _), time) in found.iter().zip(&times) {
            let mut words: Vec<&[u8]> = vec![b"RESTORE", key, time.as_bytes(), dump];
            if *replace {
                words.push(b"REPLACE");
            }
            commands.push(words);
        }
        let replies = other.pipeline(&commands).await?;
        tally(&replies, count);
        Ok(())
    }

    fn report(&self, console: &mut Console, total: u64, count: &Count) -> Result<(), Trouble> {
        let undo = self.undo.as_ref().and_then(UndoFile::written);
        let Count { done, failed, gone } = count;
        if self.choice.json {
            console.data.json(&json!({
                "schema": 1, "matched": total, "done": done, "failed": failed, "gone": gone, "undo": undo,
                "dry_run": self.choice.dry_run,
            }))?;
            return Ok(());
        }
        if self.choice.dry_run {
            console.data.line(&format!("{total} keys would be changed ({})", self.change.verb()))?;
            return Ok(());
        }
        console
            .data
            .line(&format!("{done} done, {failed} failed, {gone} were gone ({})", self.change.verb()))?;
        if let Some(path) = undo {
            console.notes.note(&format!("to undo it: rtool keys restore {path} --on {}", self.choice.on));
        }
        Ok(())
    }
}

/// Counts replies: an error failed, 0 was gone.
fn tally(replies: &[Value], count: &mut Count) {
    for reply in replies {
        match reply {
            Value::Error(_) => count.failed += 1,
            Value::Int(0) => count.gone += 1,
            _ => count.done += 1,
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
