//! Async RESP client: connect, authenticate, send, receive. The shell and the operator commands talk
//! to every server, ours included, only through here.
//!
//! ```text
//! Target --connect--> [TCP | unix] --AUTH--> --HELLO--> --SELECT--> --SETNAME--> Client (ready)
//!                          \____________ any refusal: ClientError, connection dropped
//! Client: command | pipeline   one reply per request, in order; RESP3 pushes are set aside
//!         send + next_value    streams (MONITOR, SUBSCRIBE, PSYNC): values as they come
//! ```
//!
//! A client whose reply did not arrive (timeout, protocol error, dropped future) can no longer pair
//! replies with requests, so it closes itself instead of answering with somebody else's reply.
//! Nothing here reconnects or retries: only the caller knows whether repeating a write is safe.

mod connection;
mod error;
mod handshake;
mod secret;
pub mod snapshot;
mod target;
mod tls;

pub use connection::{Client, Socket};
pub use error::{ClientError, system_text};
pub use secret::Secret;
pub use target::{Endpoint, Family, Protocol, Target};
pub use tls::Tls;

#[cfg(test)]
mod tests;
