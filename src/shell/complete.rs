//! What TAB offers: command names, subcommands, the fixed words a command's syntax allows next, the shell's own
//! words, topics behind `help`, all from the catalog; and names of keys and directives, which the caller finds.

use super::hints::Source;
use super::local;
use super::names::Names;
use crate::catalog;

/// What only a server can complete.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The name of a key.
    Key,
    /// The name of a configuration directive.
    Directive,
}

/// Whether the word that ends the line is one that a server could complete, and how it begins.
pub fn wanted<'l>(line: &'l str, source: Source<'_>) -> Option<(Wanted, &'l str)> {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, typed) = line.split_at(start);
    let words: Vec<String> = before.split_whitespace().map(str::to_owned).collect();
    let is = |at: usize, name: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(name));
    if is(0, "config") && (is(1, "get") || is(1, "set") && words.len().is_multiple_of(2)) {
        return Some((Wanted::Directive, typed));
    }
    let is_key = is(0, "peek") && words.len() == 1 || source.rest(&words).is_some_and(|rest| rest.wants_key);
    is_key.then_some((Wanted::Key, typed))
}

/// Candidates for the word that ends the line, and where in the line that word begins.
pub fn candidates(line: &str, source: Source<'_>) -> (usize, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, typed) = line.split_at(start);
    let words: Vec<String> = before.split_whitespace().map(str::to_owned).collect();
    let fitting = possible(&words, source).into_iter().filter(|word| starts_with(word, typed));
    let mut found: Vec<String> = fitting.map(|word| in_case_of(&word, typed)).collect();
    found.sort();
    found.dedup();
    (start, found)
}

/// All words that may follow these.
fn possible(words: &[String], source: Source<'_>) -> Vec<String> {
    match words {
        [] => catalog::top_level()
            .map(|command| command.name.to_owned())
            .chain(["help".to_owned()])
            .chain(own_words())
            .chain(source.names.map(Names::commands).unwrap_or_default())
            .collect(),
        [help] if help.eq_ignore_ascii_case("help") || help == "?" => topics(),
        [help, container] if help.eq_ignore_ascii_case("help") => subcommands(container),
        [set] if set.eq_ignore_ascii_case(":set") => vec!["hints".to_owned(), "nohints".to_owned()],
        [container] if !subcommands(container).is_empty() => subcommands(container),
        words => {
            let tokens = source.rest(words).map(|rest| rest.tokens).unwrap_or_default();
            tokens.into_iter().filter(|token| !token.is_empty()).collect()
        }
    }
}

/// The shell's own words.
fn own_words() -> impl Iterator<Item = String> {
    local::WORDS.iter().map(|row| row.0.to_owned())
}

fn topics() -> Vec<String> {
    let groups = catalog::all().iter().map(|command| format!("@{}", command.group.name()));
    catalog::top_level().map(|command| command.name.to_owned()).chain(groups).collect()
}

fn subcommands(container: &str) -> Vec<String> {
    let found = catalog::lookup(container.as_bytes()).map(catalog::subcommands).unwrap_or_default();
    found.iter().map(|sub| sub.name.to_owned()).collect()
}

fn starts_with(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
}

/// A candidate in the case of what is typed: capitals unless it begins with a small letter.
fn in_case_of(word: &str, typed: &str) -> String {
    let small = word.starts_with(['@', ':']) || typed.starts_with(|first: char| first.is_ascii_lowercase());
    if small { word.to_ascii_lowercase() } else { word.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(line: &str) -> Option<(Wanted, &str)> {
        super::wanted(line, Source::CATALOG)
    }

    fn candidates(line: &str) -> (usize, Vec<String>) {
        super::candidates(line, Source::CATALOG)
    }

    #[test]
    fn completions() {
        let of = |line: &str| candidates(line).1;
        assert_eq!(of("getd"), ["getdel"]);
        assert_eq!(of("GETD"), ["GETDEL"]);
        assert_eq!(of("client k"), ["kill"]);
        assert!(of("config ").contains(&"REWRITE".to_owned()));
        assert!(of("set k v k").contains(&"keepttl".to_owned()));
        assert!(of("help @str").contains(&"@string".to_owned()));
        assert_eq!(of("get "), Vec::<String>::new());
        assert_eq!(candidates("client ki").0, 7);
        assert_eq!(of(":wat"), [":watch"]);
    }

    #[test]
    fn what_a_server_knows() {
        assert_eq!(wanted("get us"), Some((Wanted::Key, "us")));
        assert_eq!(wanted("peek "), Some((Wanted::Key, "")));
        assert_eq!(wanted("config get maxm"), Some((Wanted::Directive, "maxm")));
        assert_eq!(wanted("config set maxmemory "), None);
        assert_eq!(wanted("config set maxmemory 1 a"), Some((Wanted::Directive, "a")));
        assert_eq!(wanted("set a "), None);
    }
}
