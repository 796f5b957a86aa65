//! What a client that caches is told: that some keys changed, or all. A client with RESP3 gets a push; what
//! another client has redirected to a RESP2 subscriber comes as a message of the channel
//! `__redis__:invalidate`. A message is encoded once per form, whoever gets it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::mode;
use crate::resp::{Proto, Reply};
use crate::server::Server;
use crate::server::session::ClientShared;

const CHANNEL: &[u8] = b"__redis__:invalidate";

/// A message.
pub struct Message<'k> {
    /// The keys; none means all there are.
    keys: Option<Vec<&'k [u8]>>,
    resp2: Option<Bytes>,
    resp3: Option<Bytes>,
}

impl<'k> Message<'k> {
    /// These keys changed.
    pub fn keys(keys: Vec<&'k [u8]>) -> Message<'k> {
        Message { keys: Some(keys), resp2: None, resp3: None }
    }

    /// One key changed.
    pub fn key(key: &'k [u8]) -> Message<'k> {
        Message::keys(vec![key])
    }

    /// Everything changed.
    pub fn everything() -> Message<'static> {
        Message { keys: None, resp2: None, resp3: None }
    }

    fn encoded(&mut self, proto: Proto) -> Bytes {
        let slot = if proto == Proto::Resp3 { &mut self.resp3 } else { &mut self.resp2 };
        let keys = self.keys.as_deref();
        slot.get_or_insert_with(|| encode(proto, keys)).clone()
    }

    /// Sends it to a client that tracks, or to whom that has named in its place. Without a form for it, a
    /// RESP2 client gets nothing.
    pub fn send(&mut self, server: &Server, client: &ClientShared) {
        let Some(other) = client.tracking.redirect().filter(|id| *id != 0) else {
            if client.proto() == Proto::Resp3 {
                client.push(self.encoded(Proto::Resp3));
            }
            return;
        };
        match server.clients.get(other).filter(|other| !other.closing.load(Ordering::Acquire)) {
            Some(other) => self.deliver(&other),
            None => tell_broken(client, other),
        }
    }

    fn deliver(&mut self, other: &Arc<ClientShared>) {
        let listens = || other.subs.iter().any(|count| count.load(Ordering::Relaxed) > 0);
        if other.proto() == Proto::Resp3 || listens() {
            other.push(self.encoded(other.proto()));
        }
    }
}

/// The client that gets another one's messages is gone.
fn tell_broken(client: &ClientShared, other: u64) {
    client.tracking.set(mode::BROKEN, true);
    if client.proto() == Proto::Resp3 {
        let mut push = Reply::new(Vec::new(), Proto::Resp3);
        push.push(2);
        push.bulk(b"tracking-redir-broken");
        push.int(other as i64);
        client.push(Bytes::from(push.into_buf()));
    }
}

/// Bytes of a message beside its keys, and of a key beside itself, at most.
const FRAME_BYTES: usize = 64;
const KEY_FRAME_BYTES: usize = 16;

/// Messages may wait for their client, while keys are evicted, say: no more room than they need.
fn encode(proto: Proto, keys: Option<&[&[u8]]>) -> Bytes {
    let of_keys = keys.unwrap_or_default().iter().map(|key| key.len() + KEY_FRAME_BYTES);
    let room = FRAME_BYTES + of_keys.sum::<usize>();
    let mut push = Reply::new(Vec::with_capacity(room), proto);
    if proto == Proto::Resp3 {
        push.push(2);
        push.bulk(b"invalidate");
    } else {
        push.array(3);
        push.bulk(b"message");
        push.bulk(CHANNEL);
    }
    match keys {
        None => push.null(),
        Some(keys) => {
            push.array(keys.len());
            keys.iter().for_each(|key| push.bulk(key));
        }
    }
    Bytes::from(push.into_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        type Case<'a> = (Proto, Option<&'a [&'a [u8]]>, &'a [u8]);
        let cases: [Case<'_>; 4] = [
            (Proto::Resp3, Some(&[b"k"]), b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"),
            (Proto::Resp3, None, b">2\r\n$10\r\ninvalidate\r\n_\r\n"),
            (
                Proto::Resp2,
                Some(&[b"k", b""]),
                b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*2\r\n$1\r\nk\r\n$0\r\n\r\n",
            ),
            (Proto::Resp2, None, b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n"),
        ];
        for (proto, keys, wanted) in cases {
            assert_eq!(encode(proto, keys), wanted);
        }
    }
}
