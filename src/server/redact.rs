//! Secrets in commands: which arguments MONITOR and the slow log must not show.

use crate::catalog::Command;
use crate::resp::Args;
use crate::server::config::is_sensitive;

/// What is shown in place of a secret.
pub const REDACTED: &[u8] = b"(redacted)";

/// The arguments as they may be shown. `command` may be the container of the subcommand that runs.
pub fn shown<'a>(command: &'static Command, args: Args<'a>) -> impl Iterator<Item = &'a [u8]> {
    args.iter().enumerate().map(move |(i, arg)| if is_secret(command, args, i) { REDACTED } else { arg })
}

fn is_secret(command: &Command, args: Args<'_>, i: usize) -> bool {
    let says = |at: usize, word: &str| args.at(at).eq_ignore_ascii_case(word.as_bytes());
    match command.full_name {
        "auth" => i >= 1,
        "hello" => i >= 3 && (says(i - 1, "auth") || i >= 4 && says(i - 2, "auth")),
        "config" | "config|set" => says(1, "set") && i >= 3 && i % 2 == 1 && is_sensitive(args.at(i - 1)),
        "acl" | "acl|setuser" => says(1, "setuser") && i >= 2,
        "migrate" => i >= 7 && is_migrate_secret(args, i),
        _ => false,
    }
}

/// The words of AUTH and AUTH2, ahead of KEYS.
fn is_migrate_secret(args: Args<'_>, i: usize) -> bool {
    let mut at = 6;
    while at < i {
        let secrets = match args.at(at).to_ascii_lowercase().as_slice() {
            b"auth" => 1,
            b"auth2" => 2,
            b"keys" => return false,
            _ => 0,
        };
        if i <= at + secrets {
            return true;
        }
        at += 1 + secrets;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::resp::OwnedArgs;

    fn line(words: &[&str]) -> String {
        let mut owned = OwnedArgs::new();
        words.iter().for_each(|word| owned.push(word.as_bytes()));
        let command = catalog::lookup(words[0].as_bytes()).unwrap();
        let all: Vec<String> =
            shown(command, owned.as_args()).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
        all.join(" ")
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(line(&["AUTH", "user", "pw"]), "AUTH (redacted) (redacted)");
        assert_eq!(
            line(&["hello", "3", "AUTH", "u", "p", "SETNAME", "n"]),
            "hello 3 AUTH (redacted) (redacted) SETNAME n"
        );
        assert_eq!(
            line(&["config", "set", "masterauth", "x", "port", "1"]),
            "config set masterauth (redacted) port 1"
        );
        assert_eq!(
            line(&[
                "migrate", "h", "1", "", "0", "9", "AUTH2", "u", "p", "copy", "auth", "q", "keys", "auth",
                "k"
            ]),
            "migrate h 1  0 9 AUTH2 (redacted) (redacted) copy auth (redacted) keys auth k"
        );
        assert_eq!(line(&["set", "auth", "x"]), "set auth x");
    }
}
