//! `maxmemory-clients`: when the buffers of clients take too much together, those that take most are closed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::server::config::{MemoryOrPercent, Settings};
use crate::server::session::{Class, ClientShared, KILL};
use crate::server::{Server, log};

/// What the buffers of all clients may take; none: whatever they want.
fn limit(settings: &Settings) -> Option<usize> {
    let bytes = match settings.maxmemory_clients {
        MemoryOrPercent::Bytes(bytes) => bytes,
        MemoryOrPercent::Percent(share) => settings.maxmemory / 100 * u64::from(share),
    };
    (bytes > 0).then_some(bytes as usize)
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
    if total <= limit {
        return;
    }
    by_size.retain(|(_, client)| !client.no_evict.load(Ordering::Relaxed));
    by_size.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    for (bytes, client) in by_size {
        if total <= limit {
            break;
        }
        log::notice(format_args!("Evicting client: id={} addr={} tot-mem={bytes}", client.id, client.addr));
        client.raise(KILL);
        server.stats.evicted_clients.add_shared(1);
        total = total.saturating_sub(bytes);
    }
}
