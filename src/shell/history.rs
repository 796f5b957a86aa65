//! The history file: where it lies, that nobody else can read it, and that no secret enters it.
//!
//! `REDISCLI_HISTFILE` names another file (`/dev/null`: none). Otherwise it is
//! `$XDG_STATE_HOME/rtool/history` if that variable is set, else `~/.rtool_history`. A history that
//! cannot be written is not worth disturbing anybody for: the shell goes on without.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Only the owner reads and writes.
const FILE_MODE: u32 = 0o600;
/// Only the owner enters.
const DIR_MODE: u32 = 0o700;

/// The history file to use, if any.
pub fn path() -> Option<PathBuf> {
    choose(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn choose(env: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if let Some(named) = env("REDISCLI_HISTFILE") {
        return (named != Path::new("/dev/null")).then_some(named);
    }
    match env("XDG_STATE_HOME") {
        Some(state) => Some(state.join("rtool").join("history")),
        None => Some(env("HOME")?.join(".rtool_history")),
    }
}

/// Makes sure the file exists and is private, before the line editor first writes it.
///
/// # Errors
/// Whatever keeps it from being created or made private; the caller then keeps no file.
pub fn prepare(path: &Path) -> std::io::Result<()> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists()) {
        fs::DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir)?;
    }
    let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(vars: &[(&str, &str)]) -> Option<String> {
        let env = |name: &str| vars.iter().find(|var| var.0 == name).map(|var| PathBuf::from(var.1));
        choose(env).map(|path| path.display().to_string())
    }

    #[test]
    fn where_it_lies() {
        let home = ("HOME", "/h");
        assert_eq!(chosen(&[home]).as_deref(), Some("/h/.rtool_history"));
        assert_eq!(chosen(&[home, ("XDG_STATE_HOME", "/s")]).as_deref(), Some("/s/rtool/history"));
        assert_eq!(chosen(&[home, ("REDISCLI_HISTFILE", "/x")]).as_deref(), Some("/x"));
        assert_eq!(chosen(&[home, ("REDISCLI_HISTFILE", "/dev/null")]), None);
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn nobody_else_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("history");
        prepare(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        prepare(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
