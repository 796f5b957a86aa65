//! Two servers side by side: which keys differ, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use super::digest::digest;
use crate::ops::session::{Fault, Session, bytes};
use crate::resp::value::Value;
use crate::ui::progress::Progress;

/// Keys that one SCAN looks at, and that are read side by side.
const BATCH: &str = "1000";

/// A value above this is read in pieces. Memory of the server for it, in bytes.
const BIG: u64 = 1 << 20;

/// The dumps of so many bytes are asked for at once.
const DUMPS_MAX: u64 = 16 << 20;

/// What differs is read again so often before it counts.
const SECOND_LOOKS: usize = 2;

/// Between two looks: a write that is on its way arrives.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// The end of a dump: version and checksum, which are not part of the value.
const DUMP_FOOTER: usize = 10;

/// What PTTL says of a key that is not there.
const NO_KEY: i64 = -2;

/// What is compared, and how.
pub struct Options {
    /// Keys that match this pattern alone.
    pub pattern: Option<Vec<u8>>,
    /// So many keys at random.
    pub sample: Option<u64>,
    /// How far times to live may be apart.
    pub tolerance_ms: i64,
    /// How many differences are kept.
    pub listed: usize,
}

/// How a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The second does not have it.
    OnlyA,
    /// The first does not have it.
    OnlyB,
    /// Type or value.
    Value,
    /// Milliseconds to live on each; negative without an end.
    Ttl(i64, i64),
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The database.
    pub db: u32,
    /// The key.
    pub key: Vec<u8>,
    /// What about it.
    pub what: What,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Keys that were compared.
    pub compared: u64,
    /// How many differ.
    pub differences: u64,
    /// The first of them.
    pub found: Vec<Found>,
    /// Keys of each database on both.
    pub counts: Vec<(u32, u64, u64)>,
}

/// Both servers.
pub struct Pair {
    a: Session,
    b: Session,
    options: Options,
    report: Report,
}

impl Pair {
    /// Two open sessions that nobody else uses.
    pub fn new(a: Session, b: Session, options: Options) -> Self {
        Self { a, b, options, report: Report::default() }
    }

    /// Compares everything that was asked for.
    ///
    /// # Errors
    /// A server does not answer any more, or refuses.
    pub async fn run(mut self, progress: &Progress) -> Result<Report, Fault> {
        self.report.counts = self.counts().await?;
        let total: u64 = self.report.counts.iter().map(|row| row.1).sum();
        for (db, first, _) in self.report.counts.clone() {
            self.select(db).await?;
            match self.options.sample {
                Some(sample) => self.random_keys(db, sample.min(first), progress).await?,
                None => self.all_keys(db, total, progress).await?,
            }
        }
        Ok(self.report)
    }

    async fn counts(&mut self) -> Result<Vec<(u32, u64, u64)>, Fault> {
        let mut all: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (db, keys) in self.a.info("keyspace").await?.databases() {
            all.entry(db).or_default().0 = keys;
        }
        for (db, keys) in self.b.info("keyspace").await?.databases() {
            all.entry(db).or_default().1 = keys;
        }
        Ok(all.into_iter().map(|(db, (a, b))| (db, a, b)).collect())
    }

    async fn select(&mut self, db: u32) -> Result<(), Fault> {
        let db = db.to_string();
        self.a.words(&["SELECT", &db]).await?;
        self.b.words(&["SELECT", &db]).await.map(|_| ())
    }

    async fn random_keys(&mut self, db: u32, wanted: u64, progress: &Progress) -> Result<(), Fault> {
        let batch: u64 = BATCH.parse().unwrap_or(1);
        let mut left = wanted;
        while left > 0 {
            let count = left.min(batch);
            left -= count;
            let asked: Vec<Vec<&str>> = (0..count).map(|_| vec!["RANDOMKEY"]).collect();
            let mut keys: Vec<Vec<u8>> = self.a.pipeline(&asked).await?.iter().filter_map(bytes).collect();
            keys.sort();
            keys.dedup();
            self.compare(db, keys).await?;
            progress.set(wanted - left, wanted);
        }
        Ok(())
    }

    async fn all_keys(&mut self, db: u32, total: u64, progress: &Progress) -> Result<(), Fault> {
        let mut cursor = b"0".to_vec();
        loop {
            let keys;
            (cursor, keys) = scan(&mut self.a, &cursor, self.options.pattern.as_deref()).await?;
            self.compare(db, keys).await?;
            progress.set(self.report.compared, total);
            if cursor == b"0" {
                break;
            }
        }
        loop {
            let keys;
            (cursor, keys) = scan(&mut self.b, &cursor, self.options.pattern.as_deref()).await?;
            self.only_on_second(db, keys).await?;
            if cursor == b"0" {
                return Ok(());
            }
        }
    }

    /// Compares keys of the first, and again those that differ.
    async fn compare(&mut self, db: u32, keys: Vec<Vec<u8>>) -> Result<(), Fault> {
        self.report.compared += keys.len() as u64;
        let mut differing = self.look(&keys).await?;
        for _ in 0..SECOND_LOOKS {
            if differing.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let again: Vec<Vec<u8>> = differing.into_iter().map(|found| found.0).collect();
            differing = self.look(&again).await?;
        }
        for (key, what) in differing {
            self.note(Found { db, key, what });
        }
        Ok(())
    }

    fn note(&mut self, found: Found) {
        self.report.differences += 1;
        if self.report.found.len() < self.options.listed {
            self.report.found.push(found);
        }
    }

    /// The keys of the second that the first does not have, and does not get in the meantime.
    async fn only_on_second(&mut self, db: u32, mut keys: Vec<Vec<u8>>) -> Result<(), Fault> {
        for look in 0..=SECOND_LOOKS {
            keys = missing(&mut self.a, keys).await?;
            // It may be gone from both by now.
            let gone = missing(&mut self.b, keys.clone()).await?;
            keys.retain(|key| !gone.contains(key));
            if keys.is_empty() {
                return Ok(());
            }
            if look < SECOND_LOOKS {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        }
        keys.into_iter().for_each(|key| self.note(Found { db, key, what: What::OnlyB }));
        Ok(())
    }

    /// One look at keys: those that differ.
    async fn look(&mut self, keys: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, What)>, Fault> {
        let sizes = self.sizes(keys).await?;
        let mut differing = Vec::new();
        let mut at = 0;
        while at < keys.len() {
            if sizes[at] > BIG {
                differing.extend(self.look_at_big(&keys[at]).await?);
                at += 1;
                continue;
            }
            let mut together = 0;
            let fits = |size: &&u64| {
                together += **size;
                **size <= BIG && together <= DUMPS_MAX
            };
            let end = at + sizes[at..].iter().take_while(fits).count().max(1);
            differing.extend(self.look_at_small(&keys[at..end]).await?);
            at = end;
        }
        Ok(differing)
    }

    /// How much memory each key takes; 0 where the server does not say.
    async fn sizes(&mut self, keys: &[Vec<u8>]) -> Result<Vec<u64>, Fault> {
        let asked: Vec<Vec<&[u8]>> =
            keys.iter().map(|key| vec![b"MEMORY", &b"USAGE"[..], key, b"SAMPLES", b"1"]).collect();
        let replies = self.a.pipeline(&asked).await?;
        let size = |reply: &Value| reply.as_int().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Ok(replies.iter().map(size).collect())
    }

    async fn look_at_small(&mut self, keys: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, What)>, Fault> {
        let asked: Vec<Vec<&[u8]>> =
            keys.iter().flat_map(|key| [vec![&b"DUMP"[..], key], vec![b"PTTL", key]]).collect();
        let (first, second) = tokio::join!(self.a.pipeline(&asked), self.b.pipeline(&asked));
        let (first, second) = (first?, second?);
        let mut differing = Vec::new();
        for ((key, a), b) in keys.iter().zip(first.chunks_exact(2)).zip(second.chunks_exact(2)) {
            let (ttl_a, ttl_b) = (ttl(&a[1]), ttl(&b[1]));
            let what = match (bytes(&a[0]), bytes(&b[0])) {
                // Gone meanwhile: on both, or soon.
                (None, _) => (ttl_b != NO_KEY).then_some(What::OnlyB),
                (Some(_), None) => Some(What::OnlyA),
                (Some(a), Some(b)) if same_dump(&a, &b) => self.ttl_differs(ttl_a, ttl_b),
                (Some(_), Some(_)) => self.value_differs(key, ttl_a, ttl_b).await?,
            };
            differing.extend(what.map(|what| (key.clone(), what)));
        }
        Ok(differing)
    }

    async fn look_at_big(&mut self, key: &[u8]) -> Result<Option<(Vec<u8>, What)>, Fault> {
        let asked = [vec![&b"PTTL"[..], key]];
        let (first, second) = tokio::join!(self.a.pipeline(&asked), self.b.pipeline(&asked));
        let time = |replies: Vec<Value>| replies.first().map_or(NO_KEY, ttl);
        let what = match (time(first?), time(second?)) {
            (NO_KEY, NO_KEY) => None,
            (NO_KEY, _) => Some(What::OnlyB),
            (_, NO_KEY) => Some(What::OnlyA),
            (a, b) => self.value_differs(key, a, b).await?,
        };
        Ok(what.map(|what| (key.to_vec(), what)))
    }

    async fn value_differs(&mut self, key: &[u8], ttl_a: i64, ttl_b: i64) -> Result<Option<What>, Fault> {
        let (first, second) = tokio::join!(digest(&mut self.a, key), digest(&mut self.b, key));
        Ok(if first? == second? { self.ttl_differs(ttl_a, ttl_b) } else { Some(What::Value) })
    }

    fn ttl_differs(&self, a: i64, b: i64) -> Option<What> {
        let one_ends = (a < 0) != (b < 0);
        let apart = a >= 0 && b >= 0 && (a - b).abs() > self.options.tolerance_ms;
        (one_ends || apart).then_some(What::Ttl(a, b))
    }
}

fn ttl(reply: &Value) -> i64 {
    reply.as_int().unwrap_or(NO_KEY)
}

/// The same value, written by servers of the same or of different versions.
fn same_dump(a: &[u8], b: &[u8]) -> bool {
    let value = |dump: &[u8]| dump.len().saturating_sub(DUMP_FOOTER);
    a[..value(a)] == b[..value(b)]
}

/// One page of keys, and the cursor of the next.
async fn scan(
    on: &mut Session,
    cursor: &[u8],
    pattern: Option<&[u8]>,
) -> Result<(Vec<u8>, Vec<Vec<u8>>), Fault> {
    let mut command: Vec<&[u8]> = vec![b"SCAN", cursor, b"COUNT", BATCH.as_bytes()];
    if let Some(pattern) = pattern {
        command.extend([&b"MATCH"[..], pattern]);
    }
    let reply = on.call(&command).await?;
    let parts = reply.as_list().unwrap_or_default();
    let next = parts.first().and_then(bytes).unwrap_or_else(|| b"0".to_vec());
    let keys = parts.get(1).and_then(Value::as_list).unwrap_or_default();
    Ok((next, keys.iter().filter_map(bytes).collect()))
}

/// Those of the keys that a server does not have.
async fn missing(on: &mut Session, keys: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Fault> {
    let asked: Vec<Vec<&[u8]>> = keys.iter().map(|key| vec![&b"EXISTS"[..], key]).collect();
    let replies = on.pipeline(&asked).await?;
    let absent: Vec<bool> = replies.iter().map(|reply| reply.as_int() == Some(0)).collect();
    Ok(keys.into_iter().zip(absent).filter(|row| row.1).map(|row| row.0).collect())
}

#[cfg(test)]
mod tests {
    use super::same_dump;

    #[test]
    fn a_dump_ends_with_version_and_checksum() {
        assert!(same_dump(b"\0\x01a\x09\0checksum", b"\0\x01a\x0b\0CHECKSUM"));
        assert!(!same_dump(b"\0\x01a\x09\0checksum", b"\0\x01b\x09\0checksum"));
        assert!(same_dump(b"", b"short"));
    }
}
