//! Pub/sub: who listens to which channel and pattern. A message is encoded once per protocol version
//! and shared by reference count among all who get it; it goes to their outboxes, never to their
//! sockets. The registry's lock is a leaf.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use bytes::Bytes;

use crate::resp::{Proto, Reply, glob};
use crate::server::session::ClientShared;
use crate::server::sync::{reading, writing};

type Listeners = Vec<Arc<ClientShared>>;

/// The kinds of subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE: a shard channel. Patterns do not see its messages, and without a cluster that is all there
    /// is to it.
    Shard,
}

impl Kind {
    /// All kinds, each at the place of its number.
    pub const ALL: [Kind; 3] = [Kind::Channel, Kind::Pattern, Kind::Shard];
}

/// Listeners by name.
type Names = HashMap<Bytes, Listeners>;

#[derive(Debug, Default)]
struct Inner {
    /// By the number of their kind.
    names: [Names; Kind::ALL.len()],
}

/// The registry.
#[derive(Debug, Default)]
pub struct PubSub {
    inner: RwLock<Inner>,
    listeners: AtomicUsize,
}

/// One message in the two protocols, each encoded when first needed.
struct Message<'m> {
    words: &'m [&'m [u8]],
    resp2: Option<Bytes>,
    resp3: Option<Bytes>,
}

impl<'m> Message<'m> {
    fn new(words: &'m [&'m [u8]]) -> Self {
        Message { words, resp2: None, resp3: None }
    }

    fn encoded(&mut self, proto: Proto) -> Bytes {
        let slot = if proto == Proto::Resp3 { &mut self.resp3 } else { &mut self.resp2 };
        slot.get_or_insert_with(|| {
            let mut reply = Reply::new(Vec::new(), proto);
            write_push(&mut reply, self.words);
            Bytes::from(reply.into_buf())
        })
        .clone()
    }
}

/// Writes a push of bulk strings.
pub fn write_push(reply: &mut Reply, words: &[&[u8]]) {
    reply.push(words.len());
    words.iter().for_each(|word| reply.bulk(word));
}

/// The client that publishes: a message to itself goes behind its own reply, the count.
pub struct Publisher<'p> {
    /// Its id.
    pub id: u64,
    /// What comes behind its reply.
    pub reply: &'p mut Reply,
}

impl PubSub {
    /// Adds a subscription.
    pub fn add(&self, kind: Kind, name: &Bytes, client: &Arc<ClientShared>) {
        writing(&self.inner).names[kind as usize].entry(name.clone()).or_default().push(Arc::clone(client));
        self.listeners.fetch_add(1, Ordering::AcqRel);
    }

    /// Removes a subscription.
    pub fn remove(&self, kind: Kind, name: &[u8], client: u64) {
        let mut inner = writing(&self.inner);
        let map = &mut inner.names[kind as usize];
        let Some(listeners) = map.get_mut(name) else { return };
        let before = listeners.len();
        listeners.retain(|known| known.id != client);
        self.listeners.fetch_sub(before - listeners.len(), Ordering::AcqRel);
        if listeners.is_empty() {
            map.remove(name);
        }
    }

    /// Does nobody listen to anything?
    pub fn is_idle(&self) -> bool {
        self.listeners.load(Ordering::Acquire) == 0
    }

    /// Everyone who listens to one of the names of a kind that are meant.
    pub fn listeners_of(&self, kind: Kind, means: impl Fn(&[u8]) -> bool) -> Vec<Arc<ClientShared>> {
        let inner = reading(&self.inner);
        let meant = inner.of(kind).iter().filter(|(name, _)| means(name));
        meant.flat_map(|(_, listeners)| listeners.iter().cloned()).collect()
    }

    /// Sends a message to everyone who listens to a channel; returns how many got it.
    pub fn publish(&self, channel: &[u8], text: &[u8], mut from: Option<Publisher<'_>>) -> usize {
        if self.is_idle() {
            return 0;
        }
        let inner = reading(&self.inner);
        let mut got = 0;
        if let Some(listeners) = inner.of(Kind::Channel).get(channel) {
            got += send(listeners, &[b"message", channel, text], &mut from);
        }
        for (pattern, listeners) in inner.of(Kind::Pattern) {
            if glob::matches(pattern, channel) {
                got += send(listeners, &[b"pmessage", pattern, channel, text], &mut from);
            }
        }
        got
    }

    /// The same for a shard channel.
    pub fn publish_to_shard(&self, channel: &[u8], text: &[u8], mut from: Option<Publisher<'_>>) -> usize {
        if self.is_idle() {
            return 0;
        }
        let inner = reading(&self.inner);
        let listeners = inner.of(Kind::Shard).get(channel);
        listeners.map_or(0, |listeners| send(listeners, &[b"smessage", channel, text], &mut from))
    }

    /// Names of one kind that somebody listens to, all or those of a pattern.
    pub fn names(&self, kind: Kind, pattern: Option<&[u8]>) -> Vec<Bytes> {
        let inner = reading(&self.inner);
        let wanted = |name: &&Bytes| pattern.is_none_or(|p| glob::matches(p, name));
        inner.of(kind).keys().filter(wanted).cloned().collect()
    }

    /// Number of listeners of a name.
    pub fn listeners(&self, kind: Kind, name: &[u8]) -> usize {
        reading(&self.inner).of(kind).get(name).map_or(0, Vec::len)
    }

    /// Number of names of one kind that somebody listens to.
    pub fn len(&self, kind: Kind) -> usize {
        reading(&self.inner).of(kind).len()
    }
}

impl Inner {
    fn of(&self, kind: Kind) -> &Names {
        &self.names[kind as usize]
    }
}

fn send(listeners: &Listeners, words: &[&[u8]], from: &mut Option<Publisher<'_>>) -> usize {
    let mut message = Message::new(words);
    for client in listeners {
        match from.as_mut().filter(|publisher| publisher.id == client.id) {
            Some(publisher) => write_push(publisher.reply, words),
            None => client.push(message.encoded(client.proto())),
        }
    }
    listeners.len()
}
