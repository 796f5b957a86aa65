//! INFO: facts and statistics in sections, in Redis's order and under its names. Which sections a request
//! means is decided here; `process.rs` and `activity.rs` write those that concern the server as a whole,
//! the owners of the others write theirs.
//!
//! ```text
//!   process.rs    Server Clients Memory CPU       activity.rs  Stats Commandstats Errorstats Latencystats Debug
//!   durability::facts   Persistence               links::facts Replication        keysizes.rs  Keysizes
//!   here                the rest
//! ```

use std::fmt::{self, Display, Write as _};

use crate::limits::SHARDS;
use crate::server::Server;
use crate::server::config::Settings;
use crate::server::held::Held;
use crate::store::Db;

mod activity;
mod keysizes;
mod process;

pub use activity::distribution;

/// What a section's writer sees.
pub struct Facts<'a> {
    /// The server.
    pub server: &'static Server,
    /// The settings in force.
    pub settings: &'a Settings,
    /// The shards held, none or all.
    pub held: &'a mut Held,
    /// Wall clock, ms.
    pub now_ms: i64,
}

type Writer = fn(&mut Facts<'_>, &mut Lines) -> fmt::Result;

/// When a section is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Without being asked for.
    Always,
    /// When it or all are asked for.
    WithAll,
    /// When it is asked for by name.
    ByName,
}

/// A section: the name it is asked for by, its title, when it is shown, and who writes it.
struct Section {
    name: &'static str,
    title: &'static str,
    shown: Shown,
    write: Writer,
}

const fn section(name: &'static str, title: &'static str, shown: Shown, write: Writer) -> Section {
    Section { name, title, shown, write }
}

/// All sections, in the order they are shown.
const SECTIONS: &[Section] = &[
    section("server", "Server", Shown::Always, process::server),
    section("clients", "Clients", Shown::Always, process::clients),
    section("memory", "Memory", Shown::Always, process::memory),
    section("persistence", "Persistence", Shown::Always, persistence),
    section("stats", "Stats", Shown::Always, activity::stats),
    section("replication", "Replication", Shown::Always, replication),
    section("cpu", "CPU", Shown::Always, process::cpu),
    section("module_list", "Modules", Shown::Always, modules),
    section("commandstats", "Commandstats", Shown::WithAll, activity::commandstats),
    section("errorstats", "Errorstats", Shown::Always, activity::errorstats),
    section("latencystats", "Latencystats", Shown::WithAll, activity::latencystats),
    section("cluster", "Cluster", Shown::Always, cluster),
    section("keyspace", "Keyspace", Shown::Always, keyspace),
    section("rtool", "Rtool", Shown::Always, rtool),
    section("keysizes", "Keysizes", Shown::ByName, keysizes::keysizes),
    section("debug", "Debug", Shown::ByName, activity::debug),
];

/// Lines of the form `name:value`.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// One line.
    pub fn add(&mut self, name: &str, value: impl Display) -> fmt::Result {
        write!(self.0, "{name}:{value}\r\n")
    }

    /// Several lines with whole numbers.
    pub fn numbers(&mut self, rows: &[(&str, u64)]) -> fmt::Result {
        rows.iter().try_for_each(|(name, value)| self.add(name, value))
    }
}

/// The text of the sections asked for; of the default ones when none is.
pub fn text(facts: &mut Facts<'_>, asked: &[&[u8]]) -> String {
    let mut lines = Lines::default();
    for section in SECTIONS.iter().filter(|section| is_asked_for(section, asked)) {
        if !lines.0.is_empty() {
            lines.0.push_str("\r\n");
        }
        // Writing to a String cannot fail.
        let _ = write!(lines.0, "# {}\r\n", section.title);
        let _ = (section.write)(facts, &mut lines);
    }
    lines.0
}

fn is_asked_for(section: &Section, asked: &[&[u8]]) -> bool {
    let says = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if asked.is_empty() {
        return section.shown == Shown::Always;
    }
    asked.iter().any(|word| {
        let all = says(word, "all") || says(word, "everything");
        all && section.shown != Shown::ByName
            || section.shown == Shown::Always && says(word, "default")
            || says(word, section.name)
    })
}

fn persistence(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    crate::server::durability::facts::info(facts.server, &mut lines.0);
    Ok(())
}

fn replication(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    lines.0.push_str(&crate::server::links::facts::info(facts.server, facts.settings));
    Ok(())
}

/// There are no modules.
fn modules(_: &mut Facts<'_>, _: &mut Lines) -> fmt::Result {
    Ok(())
}

fn cluster(_: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    lines.add("cluster_enabled", 0)
}

/// Entries of one shard whose expiry goes into the estimate of the average.
const EXPIRES_SAMPLED: usize = 8;

/// What INFO says about one database.
#[derive(Default)]
struct Count {
    keys: usize,
    expires: usize,
    /// Hashes with fields that expire.
    due: usize,
    sampled: i64,
    left_ms: i64,
}

impl Count {
    fn add(&mut self, db: &Db, now_ms: i64) {
        self.keys += db.len();
        self.expires += db.expires_len();
        self.due += db.due_len();
        if db.expires_len() == 0 {
            return;
        }
        let (mut cursor, mut visited) = (0, 0);
        loop {
            cursor = db.scan_expires(cursor, &mut |entry| {
                visited += 1;
                self.sampled += 1;
                self.left_ms += (entry.expire_ms().unwrap_or(now_ms) - now_ms).max(0);
            });
            if cursor == 0 || visited >= EXPIRES_SAMPLED {
                return;
            }
        }
    }
}

/// Databases with keys; the average time to live is an estimate from a few keys of each shard.
fn keyspace(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let mut counts: Vec<Count> = Vec::new();
    counts.resize_with(facts.server.keyspace.dbs(), Count::default);
    for index in 0..SHARDS {
        facts.held.visit(index, |shard| {
            counts.iter_mut().enumerate().for_each(|(db, count)| count.add(shard.db(db), facts.now_ms));
        });
    }
    for (db, count) in counts.iter().enumerate().filter(|(_, count)| count.keys > 0) {
        let average = count.left_ms.checked_div(count.sampled).unwrap_or(0);
        let (keys, expires) = (count.keys, count.expires);
        // A field of Redis 7.4: shown where there is something to show, so that the line is 7.2's otherwise.
        let due = if count.due > 0 { format!(",subexpiry={}", count.due) } else { String::new() };
        lines
            .add(&format!("db{db}"), format_args!("keys={keys},expires={expires},avg_ttl={average}{due}"))?;
    }
    Ok(())
}

/// Ours: what Redis has no name for.
fn rtool(facts: &mut Facts<'_>, lines: &mut Lines) -> fmt::Result {
    let server = facts.server;
    let journal = server.journal.usage();
    lines.add("rtool_version", env!("CARGO_PKG_VERSION"))?;
    lines.add("workers", server.inboxes().len())?;
    for (i, inbox) in server.inboxes().iter().enumerate() {
        let connections = inbox.load.load(std::sync::atomic::Ordering::Relaxed);
        let commands = server.workers.get(i).map_or(0, |stats| stats.commands.get());
        lines.add(&format!("worker{i}"), format_args!("connections={connections},commands={commands}"))?;
    }
    lines.numbers(&[
        ("auth_failures", server.stats.auth_failures.get()),
        ("auth_refused", server.stats.auth_refused.get()),
        ("auth_blocked_addresses", server.limiter.blocked(crate::clock::mono_ms()) as u64),
        ("journal_active", u64::from(server.journal.active())),
        ("journal_end", server.journal.end()),
        ("journal_memory", journal.memory as u64),
        ("journal_memory_for_readers", journal.memory_for_readers as u64),
        ("query_buffer_limit_disconnections", server.stats.qbuf_limit_disconnections.get()),
        ("output_buffer_limit_disconnections", server.stats.obuf_limit_disconnections.get()),
        ("snapshots", server.stats.snapshots.get()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(asked: &[&str]) -> Vec<&'static str> {
        let asked: Vec<&[u8]> = asked.iter().map(|word| word.as_bytes()).collect();
        SECTIONS.iter().filter(|s| is_asked_for(s, &asked)).map(|s| s.name).collect()
    }

    #[test]
    fn sections_asked_for() {
        assert!(shown(&[]).contains(&"server") && !shown(&[]).contains(&"commandstats"));
        assert_eq!(shown(&["DEFAULT"]), shown(&[]));
        assert_eq!(shown(&["all"]).len(), SECTIONS.len() - 2);
        assert_eq!(shown(&["debug"]), ["debug"]);
        assert_eq!(shown(&["keyspace", "CPU", "nothing"]), ["cpu", "keyspace"]);
        assert_eq!(shown(&["default", "latencystats"]).len(), shown(&[]).len() + 1);
    }
}
