//! Where the memory goes: the numbers behind INFO memory and MEMORY STATS, gathered at once. What is used
//! is counted by our allocator; what the system gave comes from `/proc`. The allocator below (mimalloc)
//! does not tell its own share, so the resident size stands for what it holds.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::SHARDS;
use crate::server::held::Held;
use crate::server::session::{Class, ClientShared, WatchedKey};
use crate::server::{Server, evict};
use crate::store;

/// Bytes of a page, when the system does not say otherwise.
const PAGE_BYTES: usize = 4096;

/// The numbers, in bytes.
#[derive(Debug, Default, Clone, Copy)]
pub struct Memory {
    /// Allocated now.
    pub used: usize,
    /// The most that was ever allocated.
    pub peak: usize,
    /// Allocated when the server had started and held no data.
    pub startup: usize,
    /// Resident, as the system counts it.
    pub resident: usize,
    /// Tables that lead to the keys, without the entries.
    pub tables: usize,
    /// Number of keys.
    pub keys: usize,
    /// The journal kept for partial resyncs.
    pub backlog: usize,
    /// The journal kept beyond that, for replicas that are behind: they share it, and hold nothing else
    /// that counts.
    pub replicas: usize,
    /// Buffers of ordinary clients, subscribers, and the link to the master.
    pub clients: usize,
    /// Append-only file data that is not written yet.
    pub aof: usize,
    /// Interpreters of scripts, and the scripts.
    pub scripts: usize,
    /// Libraries of functions.
    pub functions: usize,
    /// What `maxmemory` does not cover.
    pub not_counted: usize,
    /// Memory of the machine.
    pub system: usize,
}

impl Memory {
    /// Gathers the numbers.
    pub fn gather(server: &'static Server, held: &mut Held) -> Memory {
        let journal = server.journal.usage();
        let (tables, keys) = tables(server, held);
        let all = server.clients.all();
        let is_replica = |c: &Arc<ClientShared>| c.class() == Class::Replica;
        let ordinary = all.iter().filter(|c| !is_replica(c));
        let replicas = if all.iter().any(is_replica) { journal.memory_for_readers } else { 0 };
        let used = store::used_memory();
        server.stats.memory_peak.raise(used as u64);
        Memory {
            used,
            peak: server.stats.memory_peak.get() as usize,
            startup: server.startup_memory,
            resident: resident(),
            tables,
            keys,
            backlog: journal.memory - replicas,
            replicas,
            clients: ordinary.map(|c| c.memory()).sum(),
            aof: server.durability.aof().map_or(0, |aof| aof.status().pending_bytes as usize),
            scripts: server.scripts.lua_bytes() + server.scripts.cache.bytes(),
            functions: server.scripts.functions.get().bytes(),
            not_counted: evict::not_counted(server),
            system: system(),
        }
    }

    /// Everything that is not keys and values.
    pub fn overhead(&self) -> usize {
        let buffers = self.backlog + self.clients + self.replicas + self.aof;
        self.startup + self.tables + buffers + self.scripts + self.functions
    }

    /// Keys and values.
    pub fn dataset(&self) -> usize {
        self.used.saturating_sub(self.overhead())
    }

    /// Share of the data in what was allocated since the start, in percent.
    pub fn dataset_percent(&self) -> f64 {
        percent(self.dataset(), self.used.saturating_sub(self.startup))
    }

    /// Share of the peak that is used now, in percent.
    pub fn peak_percent(&self) -> f64 {
        percent(self.used, self.peak)
    }

    /// Resident bytes to one that is used.
    pub fn fragmentation(&self) -> f64 {
        ratio(self.resident, self.used)
    }

    /// Resident bytes that are not used; negative when memory was swapped out.
    pub fn fragmentation_bytes(&self) -> i64 {
        self.resident as i64 - self.used as i64
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * ratio(part, whole)
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Bytes of the tables, and number of keys, over all shards and databases.
fn tables(server: &'static Server, held: &mut Held) -> (usize, usize) {
    let (mut bytes, mut keys) = (0, 0);
    for index in 0..SHARDS {
        held.visit(index, |shard| {
            let dbs = (0..server.keyspace.dbs()).map(|db| shard.db(db)).filter(|db| !db.is_empty());
            bytes += dbs.map(|db| db.table_bytes()).sum::<usize>();
            keys += shard.len();
        });
    }
    (bytes, keys)
}

/// The resident size of the process; 0 where `/proc` is missing.
pub fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|word| word.parse::<usize>().ok());
    pages.unwrap_or(0) * page_bytes()
}

fn page_bytes() -> usize {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE_BYTES)
}

/// The memory of the machine; 0 where `/proc` is missing.
fn system() -> usize {
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
    kib.unwrap_or(0) * 1024
}

/// Bytes as INFO shows them to people: "1.50K", "23.54G".
pub fn human(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["K", "M", "G", "T", "P"];
    if bytes < 1024 {
        return format!("{bytes}B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.2}{}", UNITS[unit])
}

impl ClientShared {
    /// Bytes this client takes, as far as they are known.
    pub fn memory(&self) -> usize {
        /// A connection's task and its place in the registry, about.
        const TASK_BYTES: usize = 512;
        /// One WATCHed key: the key's record, its references, and its place in the registry; about.
        const WATCH_BYTES: usize = size_of::<WatchedKey>() + 48;
        /// One subscription: the name's reference here and in the registry, the names themselves are shared.
        const SUBSCRIPTION_BYTES: usize = 2 * size_of::<bytes::Bytes>();
        let load = |bytes: &AtomicUsize| bytes.load(Ordering::Relaxed);
        let of_buffers =
            [&self.input_bytes, &self.input_free, &self.output_free, &self.argv_bytes, &self.reply_bytes];
        size_of::<Self>()
            + TASK_BYTES
            + of_buffers.into_iter().map(load).sum::<usize>()
            + self.pending_output()
            + load(&self.multi_bytes)
            + self.tracking.memory()
            + load(&self.watched) * WATCH_BYTES
            + self.subs.iter().map(load).sum::<usize>() * SUBSCRIPTION_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_for_people() {
        let cases =
            [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (941_032, "918.98K"), (25_276_514_304, "23.54G")];
        for (bytes, text) in cases {
            assert_eq!(human(bytes), text);
        }
    }

    #[test]
    fn the_system_says_how_much_is_resident() {
        assert!(resident() > PAGE_BYTES && system() > resident());
    }
}
