//! The names that commands go by on this server: those of the catalog, apart from what `rename-command`
//! changed. A command keeps its own name wherever the server speaks of it (COMMAND, INFO, its errors).

use std::collections::{HashMap, HashSet};

use crate::catalog::{self, Command};
use crate::server::config::FileLines;

/// Names in force.
#[derive(Default)]
pub struct Names {
    /// What names mean now, in lower case; `None`: nothing.
    changed: HashMap<Vec<u8>, Option<&'static Command>>,
    /// Commands without a name.
    disabled: HashSet<u16>,
}

impl Names {
    /// The names after these lines of a configuration, which were checked.
    pub fn new(lines: &FileLines) -> Names {
        let mut names = Names::default();
        for line in &lines.0 {
            if let [from, to] = line.as_slice() {
                names.rename(from, to);
            }
        }
        names
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) {
        let Some(command) = self.lookup(from) else { return };
        self.changed.insert(from.to_ascii_lowercase(), None);
        if to.is_empty() {
            self.disabled.insert(command.id);
        } else {
            self.changed.insert(to.to_ascii_lowercase(), Some(command));
        }
    }

    /// The command that clients call by this name, in any case.
    #[inline]
    pub fn lookup(&self, name: &[u8]) -> Option<&'static Command> {
        if self.changed.is_empty() { catalog::lookup(name) } else { self.lookup_changed(name) }
    }

    #[cold]
    fn lookup_changed(&self, name: &[u8]) -> Option<&'static Command> {
        match self.changed.get(&name.to_ascii_lowercase()) {
            Some(meaning) => *meaning,
            None => catalog::lookup(name),
        }
    }

    /// The command that a stream or a file means: the names of clients are in it, and the server's own,
    /// which are never renamed.
    pub fn lookup_or_original(&self, name: &[u8]) -> Option<&'static Command> {
        self.lookup(name).or_else(|| catalog::lookup(name))
    }

    /// Finds by full name ("get", "client|kill"), in any case.
    pub fn lookup_full(&self, name: &[u8]) -> Option<&'static Command> {
        match name.iter().position(|&byte| byte == b'|') {
            None => self.lookup(name),
            Some(bar) => catalog::lookup_sub(self.lookup(&name[..bar])?, &name[bar + 1..]),
        }
    }

    /// Can clients call this command, or its container?
    pub fn has(&self, command: &Command) -> bool {
        !self.disabled.contains(&command.parent.unwrap_or(command.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lines: &[[&str; 2]]) -> Names {
        let words = |line: &[&str; 2]| line.iter().map(|word| word.as_bytes().to_vec()).collect();
        Names::new(&FileLines(lines.iter().map(words).collect()))
    }

    #[test]
    fn names_change_line_by_line() {
        let names = names(&[["FLUSHALL", "Wipe"], ["wipe", "really"], ["config", ""], ["get", "config"]]);
        let called = |name: &str| names.lookup(name.as_bytes()).map(|command| command.full_name);
        assert_eq!(called("REALLY"), Some("flushall"));
        assert_eq!([called("flushall"), called("wipe"), called("get")], [None; 3]);
        assert_eq!([called("config"), called("set")], [Some("get"), Some("set")]);
        assert!(names.lookup_full(b"config|get").is_none());
        assert!(names.lookup_or_original(b"flushall").is_some());
        let config = catalog::lookup_full(b"config|get").map(|command| names.has(command));
        let get = catalog::lookup(b"get").map(|command| names.has(command));
        assert_eq!((config, get), (Some(false), Some(true)));
    }
}
