//! Files: RDB, append-only file, snapshot, loading at start.

use crate::server::Server;
use crate::server::config::Settings;

/// State of everything that is on disk or on its way there.
#[derive(Debug)]
pub struct Durability {}

impl Durability {
    /// Nothing is open yet.
    pub fn new(_settings: &Settings) -> Durability {
        Durability {}
    }

    /// Must replies wait until the append-only file is synced up to this offset?
    pub fn holds(&self, _offset: u64) -> bool {
        false
    }

    /// Waits until the append-only file is synced up to this offset.
    pub async fn committed(&self, _offset: u64) {}
}

/// Loads what the disk has, at start.
pub async fn load(_server: &'static Server) -> Result<(), String> {
    Ok(())
}

/// The whole data set was flushed by a command: a save that runs is of no use any more.
pub fn flushed(_server: &'static Server, _settings: &Settings) {}

/// CONFIG SET changed something that concerns files.
pub fn settings_changed(
    _server: &'static Server,
    _old: &Settings,
    _new: &Settings,
    _changed: &[&str],
) -> Result<(), (String, String)> {
    Ok(())
}
