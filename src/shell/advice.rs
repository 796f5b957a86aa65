//! What to do next, in one line behind an error: for people at a terminal, never for scripts.

use super::words::Command;
use crate::catalog;

/// Error codes and what helps. The first whose beginning fits.
const ADVICE: &[(&str, &str)] = &[
    ("NOAUTH", "log in: AUTH [user] password, or start with --askpass"),
    ("WRONGPASS", "--user names another user, --askpass asks for the password"),
    ("NOPERM", "ACL WHOAMI says who you are, ACL DRYRUN what you may"),
    ("MOVED", "start with -c to follow keys to their nodes"),
    ("ASK", "start with -c to follow keys to their nodes"),
    ("CROSSSLOT", "keys of one command live in one slot: give them the same {tag}"),
    ("CLUSTERDOWN", "rtool cli --cluster check HOST:PORT says what is missing"),
    ("READONLY", "this is a replica: rtool status shows who the master is"),
    ("LOADING", "the server is still reading its data; INFO persistence shows how far it is"),
    ("MASTERDOWN", "the replica has lost its master: rtool status shows the group"),
    ("OOM", "maxmemory is reached: INFO memory, and CONFIG GET maxmemory-policy"),
    ("MISCONF", "snapshots fail: INFO persistence, and the server's log, say why"),
    ("BUSYKEY", "the key exists: add REPLACE"),
    ("BUSY ", "a script runs: SCRIPT KILL or FUNCTION KILL stops it"),
    ("NOSCRIPT", "the server does not have it: EVAL sends it, SCRIPT LOAD keeps it"),
];

/// Advice for an error reply, if there is any.
pub fn on(line: &str, command: &Command<'_>) -> Option<String> {
    if line.starts_with("ERR unknown command") {
        return nearest(&command.name()).map(|name| format!("did you mean {}?", name.to_ascii_uppercase()));
    }
    if line.starts_with("ERR unknown subcommand") {
        let container = command.args().first().and_then(|name| catalog::lookup(name))?;
        return Some(format!("HELP {} lists what there is", container.name.to_ascii_uppercase()));
    }
    if line.starts_with("WRONGTYPE") {
        let key = command.args().get(1).map(|key| String::from_utf8_lossy(key).into_owned())?;
        return Some(format!("peek {key} shows what it is"));
    }
    if line.starts_with("ERR wrong number of arguments") {
        return Some(format!("HELP {} shows its arguments", command.name().to_ascii_uppercase()));
    }
    ADVICE.iter().find(|row| line.starts_with(row.0)).map(|row| row.1.to_owned())
}

/// The command whose name is most like a word, if it is like it at all.
fn nearest(word: &str) -> Option<&'static str> {
    let allowed = if word.len() < 4 { 1 } else { 2 };
    let distances =
        catalog::top_level().map(|command| (strsim::damerau_levenshtein(word, command.name), command.name));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps() {
        let on = |line: &str, command: &str| {
            let words: Vec<Vec<u8>> = command.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            on(line, &Command::new(&words).unwrap())
        };
        assert_eq!(on("ERR unknown command 'gte'", "gte k").as_deref(), Some("did you mean GET?"));
        assert_eq!(on("ERR unknown command 'hgetal'", "hgetal k").as_deref(), Some("did you mean HGETALL?"));
        assert_eq!(on("ERR unknown command 'frobnicate'", "frobnicate"), None);
        assert_eq!(on("WRONGTYPE Operation", "lpush k v").as_deref(), Some("peek k shows what it is"));
        assert!(on("MOVED 5 h:1", "get k").unwrap().contains("-c"));
        assert!(on("BUSY Redis", "get k").unwrap().contains("KILL"));
        assert_eq!(on("ERR other", "get k"), None);
    }
}
