//! Which command lines hold a secret, and therefore never reach the history as they are. The strict face leaves
//! such a line out, as redis-cli does; our own keeps it with `***` in the secret's place, so that it can be found
//! and completed again.
//!
//! One table of command prefixes; each row says where in the rest of the line a secret can stand.

/// Where a secret stands after the words of a row.
enum Holds {
    /// Anywhere: the command exists to carry one.
    Always,
    /// Behind one of these words, in any place.
    After(&'static [&'static str]),
}

use Holds::{After, Always};

use crate::resp::quote::repr;

/// Command words and where their secrets stand.
const ROWS: &[(&[&str], Holds)] = &[
    (&["auth"], Always),
    (&["acl", "setuser"], Always),
    (&["acl", "deluser"], Always),
    (&["acl", "getuser"], Always),
    (
        &["config", "set"],
        After(&[
            "masterauth",
            "masteruser",
            "primaryauth",
            "primaryuser",
            "requirepass",
            "user",
            "tls-key-file-pass",
            "tls-client-key-file-pass",
        ]),
    ),
    (&["hello"], After(&["auth"])),
    (&["migrate"], After(&["auth", "auth2"])),
    (&["sentinel", "set"], After(&["auth-pass", "auth-user"])),
    (&["sentinel", "config", "set"], After(&["sentinel-pass", "sentinel-user"])),
];

/// Whether the command line holds a secret. A word that only looks like one (a key named "auth")
/// errs on the side of silence.
pub fn holds_secret(args: &[Vec<u8>]) -> bool {
    let args = without_repeat(args);
    ROWS.iter().any(|(words, holds)| starts_with(args, words) && matches(&args[words.len()..], holds))
}

/// The line with `***` for what is secret; as it is if nothing is.
pub fn redacted(args: &[Vec<u8>]) -> String {
    let rest = without_repeat(args);
    let repeat = &args[..args.len() - rest.len()];
    let row =
        ROWS.iter().find(|(words, holds)| starts_with(rest, words) && matches(&rest[words.len()..], holds));
    let mut words: Vec<String> = repeat.iter().map(|word| shown(word)).collect();
    let Some((prefix, holds)) = row else {
        words.extend(rest.iter().map(|word| shown(word)));
        return words.join(" ");
    };
    let mut hide = false;
    for (at, word) in rest.iter().enumerate() {
        let is_named = at < prefix.len() || at == prefix.len() && keeps_first_operand(prefix, rest.len());
        let secret = match holds {
            Always => !is_named,
            After(_) => at >= prefix.len() && hide,
        };
        words.push(if secret { "***".to_owned() } else { shown(word) });
        if let After(names) = holds {
            hide |= at >= prefix.len() && names.iter().any(|name| is(word, name));
        }
    }
    words.join(" ")
}

/// Users are no secret: `AUTH user ***`, `ACL SETUSER user ***`.
fn keeps_first_operand(prefix: &[&str], words: usize) -> bool {
    prefix != ["auth"] || words > 2
}

/// A word as it can be typed again.
fn shown(word: &[u8]) -> String {
    let plain =
        !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte));
    if plain {
        return String::from_utf8_lossy(word).into_owned();
    }
    let mut quoted = Vec::new();
    repr(&mut quoted, word);
    String::from_utf8_lossy(&quoted).into_owned()
}

/// The command line without a leading repeat count.
fn without_repeat(args: &[Vec<u8>]) -> &[Vec<u8>] {
    match args {
        [count, rest @ ..] if !rest.is_empty() && count.iter().all(u8::is_ascii_digit) => rest,
        all => all,
    }
}

fn starts_with(args: &[Vec<u8>], words: &[&str]) -> bool {
    args.len() >= words.len() && args.iter().zip(words).all(|(arg, word)| is(arg, word))
}

fn matches(rest: &[Vec<u8>], holds: &Holds) -> bool {
    match holds {
        Always => true,
        After(names) => rest.iter().any(|arg| names.iter().any(|name| is(arg, name))),
    }
}

fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, redacted};
    use crate::resp::quote;

    fn secret(line: &str) -> bool {
        holds_secret(&quote::split(line.as_bytes()).unwrap())
    }

    #[test]
    fn lines_with_secrets() {
        for line in [
            "AUTH geheim",
            "auth bob geheim",
            "3 AUTH geheim",
            "ACL SETUSER bob >geheim",
            "CONFIG SET requirepass geheim",
            "config set maxmemory 1 MASTERAUTH geheim",
            "HELLO 3 AUTH bob geheim",
            "HELLO 3 SETNAME x AUTH bob geheim",
            "MIGRATE h 1 \"\" 0 10 AUTH geheim KEYS a",
            "MIGRATE h 1 k 0 10 AUTH2 bob geheim",
            "SENTINEL SET m auth-pass geheim",
            "SENTINEL CONFIG SET sentinel-pass geheim",
        ] {
            assert!(secret(line), "{line}");
        }
    }

    #[test]
    fn what_is_kept_of_a_secret_line() {
        for (line, kept) in [
            ("AUTH geheim", "AUTH ***"),
            ("3 auth bob geheim", "3 auth bob ***"),
            ("ACL SETUSER bob >geheim +get", "ACL SETUSER bob *** ***"),
            ("CONFIG SET requirepass geheim", "CONFIG SET requirepass ***"),
            ("HELLO 3 AUTH bob geheim", "HELLO 3 AUTH *** ***"),
            ("SET k \"a b\"", "SET k \"a b\""),
        ] {
            assert_eq!(redacted(&quote::split(line.as_bytes()).unwrap()), kept);
        }
    }

    #[test]
    fn lines_without() {
        for line in
            ["GET auth", "CONFIG GET requirepass", "CONFIG SET maxmemory 1", "HELLO 3", "5 PING", "5", ""]
        {
            assert!(!secret(line), "{line}");
        }
    }
}
