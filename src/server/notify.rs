//! Keyspace notifications: publishing an event to the two channels of a key. The classes are those of
//! `notify-keyspace-events` ([`Events`]).

use crate::server::Server;
use crate::server::config::{Events, Settings};

/// Publishes an event of a class on the channels that the settings ask for.
pub fn event(server: &'static Server, settings: &Settings, class: u32, event: &str, db: usize, key: &[u8]) {
    let wanted = settings.notify_keyspace_events;
    if wanted.wants(class) {
        publish(server, wanted, event, db, key);
    }
}

#[cold]
fn publish(server: &'static Server, wanted: Events, event: &str, db: usize, key: &[u8]) {
    if wanted.0 & Events::KEYSPACE != 0 {
        let mut channel = format!("__keyspace@{db}__:").into_bytes();
        channel.extend_from_slice(key);
        server.pubsub.publish(&channel, event.as_bytes(), None);
    }
    if wanted.0 & Events::KEYEVENT != 0 {
        let channel = format!("__keyevent@{db}__:{event}");
        server.pubsub.publish(channel.as_bytes(), key, None);
    }
}
