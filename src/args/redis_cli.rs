//! The strict face's command line: which words redis-cli would refuse, and how it says so.
//!
//! The options are those of `rtool cli`; the one difference is what happens to a wrong one. redis-cli
//! knows each option by its whole word, takes no clusters of letters and no `--name=value`, names the
//! first word it does not know and ends with 1. This check runs before clap, on the same definition.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction};

use super::{Unrunnable, generate};

/// The subcommand of the strict face.
pub const NAME: &str = "redis-cli";

/// Looks at the words behind the subcommand; nothing to say if they can be parsed and run.
pub fn check(words: &[OsString]) -> Option<Unrunnable> {
    let root = super::definition();
    let command = root.find_subcommand(NAME)?;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if !word.as_encoded_bytes().starts_with(b"-") {
            return None;
        }
        let is_last = at + 1 == words.len();
        if word == "-h" && is_last || word == "--help" {
            return Some(Unrunnable::Text(generate::help(NAME)));
        }
        if word == "-v" || word == "--version" {
            return Some(Unrunnable::Text(format!("{NAME} {}\n", crate::REDIS_VERSION)));
        }
        match command.get_arguments().find(|arg| is_named(arg, word)) {
            Some(arg) if !takes_value(arg) => at += 1,
            Some(_) if !is_last => at += 2,
            _ => return Some(Unrunnable::Refused(unknown(word))),
        }
    }
    None
}

/// redis-cli's line for a word it cannot use.
pub fn unknown(word: &OsStr) -> String {
    format!("Unrecognized option or bad number of args for: '{}'", word.to_string_lossy())
}

/// redis-cli's line for a command line whose words are all known, yet do not fit together.
pub fn misfit(error: &clap::Error) -> String {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.split(' ').next().unwrap_or_default().to_owned(),
        Some(ContextValue::Strings(all)) => all.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let named = text(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::ArgumentConflict => {
            let mut both = [named, text(ContextKind::PriorArg)];
            both.sort_by_key(|name| (name.to_lowercase(), name.starts_with("-X")));
            let word = if both[0] == "--functions-rdb" { "Option" } else { "Options" };
            format!("{word} {} and {} are mutually exclusive.", both[0], both[1])
        }
        _ if named == "-p" => "Invalid server port.".to_owned(),
        ErrorKind::MissingRequiredArgument => {
            "Options --ldb and --ldb-sync-mode require --eval.\nTry redis-cli --help for more information."
                .to_owned()
        }
        _ => unknown(OsStr::new(&named)),
    }
}

fn is_named(arg: &Arg, word: &OsStr) -> bool {
    let Some(word) = word.to_str() else { return false };
    match word.strip_prefix("--") {
        Some(long) => {
            arg.get_long() == Some(long)
                || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&long))
        }
        None => {
            arg.get_short().is_some_and(|short| word.strip_prefix('-') == Some(short.to_string().as_str()))
        }
    }
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Option<Unrunnable> {
        check(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn what_redis_cli_would_take() {
        for line in
            ["", "PING -h", "-h host -p 1 GET --nosuch", "--slave", "--json -e -x SET k", "-i 0.1 --stat"]
        {
            assert!(checked(line).is_none(), "{line}");
        }
        assert!(matches!(checked("-h"), Some(Unrunnable::Text(_))));
        assert!(
            matches!(checked("-p 1 -v"), Some(Unrunnable::Text(line)) if line.starts_with("redis-cli 7."))
        );
    }

    #[test]
    fn what_it_would_not() {
        for (line, word) in [("--nosuch", "--nosuch"), ("-p", "-p"), ("-xe", "-xe"), ("--rdb=f", "--rdb=f")] {
            let Some(Unrunnable::Refused(text)) = checked(line) else { panic!("{line}") };
            assert_eq!(text, format!("Unrecognized option or bad number of args for: '{word}'"));
        }
    }

    #[test]
    fn words_that_do_not_fit_together() {
        let said = |line: &str| match crate::args::parse(line.split(' ').map(OsString::from)) {
            Err(Unrunnable::Refused(text)) => text,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(said("redis-cli -2 -3 PING"), "Options -2 and -3 are mutually exclusive.");
        assert_eq!(said("redis-cli -X t -x PING"), "Options -x and -X are mutually exclusive.");
        assert_eq!(said("redis-cli -p abc PING"), "Invalid server port.");
        assert_eq!(
            said("redis-cli --ldb PING"),
            "Options --ldb and --ldb-sync-mode require --eval.\nTry redis-cli --help for more information."
        );
    }
}
