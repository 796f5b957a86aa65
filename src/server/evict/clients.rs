//! `maxmemory-clients`: when the buffers of clients take too much together, those that take most are closed.
//!
//! Each connection asks after its turn, and before each command while there is a limit, whether the sum of all
//! (`Clients::note_memory`) has reached it: some loads. Only then are all clients looked at, and counted
//! exactly.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::clock;
use crate::server::config::{MemoryOrPercent, Settings};
use crate::server::session::{Class, ClientShared, KILL, outboxes};
use crate::server::{Server, log};

/// What the buffers of all clients may take; none: whatever they want.
fn limit(settings: &Settings) -> Option<usize> {
    let bytes = match settings.maxmemory_clients {
        MemoryOrPercent::Bytes(bytes) => bytes,
        MemoryOrPercent::Percent(share) => settings.maxmemory.saturating_mul(u64::from(share)) / 100,
    };
    (bytes > 0).then_some(bytes as usize)
}

/// Is there a limit?
#[inline]
pub fn is_limited(settings: &Settings) -> bool {
    settings.maxmemory_clients != MemoryOrPercent::Bytes(0)
}

/// Notes what a client takes after its turn, and makes room when that is too much. What others have sent to a client
/// counts though its task has not seen it.
pub fn note(server: &'static Server, settings: &Settings, client: &ClientShared) {
    let sum = server.clients.note_memory(client);
    if limit(settings).is_some_and(|limit| sum + outboxes() >= limit) {
        step(server, settings);
    }
}

/// Closes the biggest clients until the rest is within the limit. Replicas and masters have limits of
/// their own; a client with CLIENT NO-EVICT counts but stays.
pub fn step(server: &'static Server, settings: &Settings) {
    let Some(limit) = limit(settings) else { return };
    let counts =
        |c: &Arc<ClientShared>| matches!(c.class(), Class::Normal | Class::Pubsub) && c.flags() & KILL == 0;
    let mut by_size: Vec<(usize, Arc<ClientShared>)> =
        server.clients.all().into_iter().filter(counts).map(|c| (c.memory(), c)).collect();
    let mut total: usize = by_size.iter().map(|(bytes, _)| bytes).sum();
    if total < limit {
        return;
    }
    by_size.retain(|(_, client)| !client.no_evict.load(Ordering::Relaxed));
    by_size.sort_by_key(|(bytes, _)| Reverse(*bytes));
    for (bytes, client) in by_size {
        if total < limit {
            return;
        }
        let who = client.describe(clock::wall_ms(), clock::mono_ms());
        if server.clients.expel(&client) {
            log::notice(format_args!("Evicting client: {who}"));
            server.stats.evicted_clients.add_shared(1);
        }
        total = total.saturating_sub(bytes);
    }
    if total >= limit {
        log::warning(format_args!("Over client maxmemory after evicting all evictable clients"));
    }
}
