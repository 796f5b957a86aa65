//! What the next start of a server will make of its configuration file: read back from the file, not
//! believed from the reply to CONFIG REWRITE.
//!
//! Only a file on this machine can be read; for any other the answer is [`Proof::Unproven`] with the
//! reason, which is said to the user and is not an error. Command-line options of the service are not
//! in the file and cannot be seen from here.

use std::path::{Path, PathBuf};

use super::directives::{included, read, words};
use super::plan::LastingRole;
use crate::limits::CONFIG_INCLUDE_DEPTH_MAX;
use crate::names::address::Address;

/// What could be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The file says what it should.
    Proven,
    /// The file cannot be read from here: why.
    Unproven(String),
    /// The file says something else: what, and the line at fault where there is one.
    Wrong(String),
}

/// Compares the file with the role it should lead to.
pub fn prove(path: &Path, role: &LastingRole) -> Proof {
    let boot = match boot_master(path, 0) {
        Ok(boot) => boot,
        Err(why) => return Proof::Unproven(why),
    };
    match (role, boot) {
        (LastingRole::Master, None) => Proof::Proven,
        (LastingRole::Master, Some(line)) => {
            Proof::Wrong(format!("{} still says \"{}\": remove that line", line.file.display(), line.text))
        }
        (LastingRole::ReplicaOf(master), Some(line)) if line.master == *master => Proof::Proven,
        (LastingRole::ReplicaOf(master), Some(line)) => {
            Proof::Wrong(format!("{} says \"{}\" instead of {master}", line.file.display(), line.text))
        }
        (LastingRole::ReplicaOf(master), None) => {
            let line = format!("replicaof {} {}", master.host, master.port);
            Proof::Wrong(format!("{} names no master: add \"{line}\"", path.display()))
        }
    }
}

/// The line that makes the server a replica when it starts.
struct MasterLine {
    master: Address,
    file: PathBuf,
    text: String,
}

/// The last `replicaof` that counts, includes followed; `replicaof no one` takes one back.
fn boot_master(path: &Path, depth: usize) -> Result<Option<MasterLine>, String> {
    if depth > CONFIG_INCLUDE_DEPTH_MAX {
        return Err(format!("{} is included too deeply", path.display()));
    }
    let mut found = None;
    for line in read(path)?.lines() {
        let Some(words) = words(line) else { continue };
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["include", file] => {
                for inner in included(file)? {
                    found = boot_master(&inner, depth + 1)?.or(found);
                }
            }
            ["replicaof" | "slaveof", host, port] => found = master_line(path, line, host, port),
            _ => {}
        }
    }
    Ok(found)
}

fn master_line(path: &Path, line: &str, host: &str, port: &str) -> Option<MasterLine> {
    if host.eq_ignore_ascii_case("no") && port.eq_ignore_ascii_case("one") {
        return None;
    }
    let master = Address::new(host, port.parse().unwrap_or(0));
    Some(MasterLine { master, file: path.to_owned(), text: line.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(text: &str, role: &LastingRole) -> Proof {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner.conf");
        std::fs::write(&inner, "replicaof 10.0.0.9 6379\n").unwrap();
        let path = folder.path().join("redis.conf");
        std::fs::write(&path, text.replace("INNER", &inner.display().to_string())).unwrap();
        prove(&path, role)
    }

    #[test]
    fn a_master_has_no_replicaof_that_counts() {
        let master = LastingRole::Master;
        assert_eq!(boot("port 1\n# replicaof 1.2.3.4 5\n", &master), Proof::Proven);
        assert_eq!(boot("slaveof 1.2.3.4 5\nreplicaof no one\n", &master), Proof::Proven);
        for text in [
            "slaveof 1.2.3.4 5",
            "  ReplicaOf \"1.2.3.4\" 5",
            "include INNER",
            "replicaof no one\ninclude INNER",
        ] {
            assert!(matches!(boot(text, &master), Proof::Wrong(_)), "{text}");
        }
    }

    #[test]
    fn a_replica_names_its_master() {
        let role = LastingRole::ReplicaOf(Address::new("10.0.0.9", 6379));
        assert_eq!(boot("include INNER", &role), Proof::Proven);
        assert_eq!(boot("replicaof 1.1.1.1 1\nreplicaof 10.0.0.9 6379", &role), Proof::Proven);
        assert!(matches!(boot("include INNER\nreplicaof 1.1.1.1 1", &role), Proof::Wrong(_)));
        assert!(matches!(boot("port 1", &role), Proof::Wrong(_)));
    }

    #[test]
    fn what_cannot_be_read_is_not_proven() {
        assert!(matches!(prove(Path::new("/no/such/file"), &LastingRole::Master), Proof::Unproven(_)));
        assert!(matches!(boot("include /no/such/*.conf", &LastingRole::Master), Proof::Unproven(_)));
    }
}
