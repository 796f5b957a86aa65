//! Replication's I/O: links to replicas and to the master, and the role.

use bytes::BytesMut;

use crate::server::Server;
use crate::server::config::Settings;
use crate::server::session::Session;
use crate::server::stream::Stream;

/// What a PSYNC or SYNC asked for.
#[derive(Debug)]
pub struct ReplicaRequest {}

/// Roles and links.
#[derive(Debug)]
pub struct Links {}

impl Links {
    /// A master without replicas.
    pub fn new(_settings: &Settings) -> Links {
        Links {}
    }

    /// Replicas that have acknowledged an offset.
    pub fn replicas_at(&self, _offset: u64) -> usize {
        0
    }
}

/// Starts what the role asks for, once the data is loaded.
pub fn start(_server: &'static Server) {}

/// Turns a client's connection into a replica's link, until that ends.
pub async fn serve_replica(
    server: &'static Server,
    _stream: Stream,
    session: Session,
    _request: ReplicaRequest,
    _unsent: BytesMut,
) {
    server.clients.remove(session.shared.id);
}

/// Sets the gates that follow from the role, the link and the replicas.
pub fn refresh_gates(_server: &'static Server) {}

/// Puts the role now in force into settings that are about to be written (CONFIG REWRITE).
pub fn describe(_server: &'static Server, _settings: &mut Settings) {}
