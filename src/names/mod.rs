//! What operators call their servers: profiles of the shell, groups and nodes of the topology file, addresses;
//! and where the passwords are. Nothing here connects to anything.
//!
//! ```text
//! ~/.config/rtool/config.toml   [profile.NAME]   profiles   how one person uses a server
//! rtool.toml                    [group.NAME]     topology   which servers belong together
//!                   password = { env | file | command }     secrets
//! ```

pub mod address;
pub mod profiles;
pub mod secrets;
pub mod topology;

use std::path::{Path, PathBuf};

/// The folder of the user's own files: `$XDG_CONFIG_HOME/rtool`, else `~/.config/rtool`.
pub fn config_folder() -> Option<PathBuf> {
    user_folder("XDG_CONFIG_HOME", ".config")
}

/// Where what happened is kept: `$XDG_STATE_HOME/rtool`, else `~/.local/state/rtool`.
pub fn state_folder() -> Option<PathBuf> {
    user_folder("XDG_STATE_HOME", ".local/state")
}

fn user_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set(variable).map(PathBuf::from);
    let base = base.or_else(|| set("HOME").map(|home| Path::new(&home).join(below_home)));
    base.map(|base| base.join("rtool"))
}
