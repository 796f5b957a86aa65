//! What TAB offers: command names, subcommands, the fixed words a command's syntax allows next, and
//! topics behind `help`. Everything comes from the catalog; no key name is guessed, nothing is sent.

use super::hints;
use crate::catalog;

/// Candidates for the word that ends the line, and where in the line that word begins.
pub fn candidates(line: &str) -> (usize, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, typed) = line.split_at(start);
    let words: Vec<String> = before.split_whitespace().map(str::to_owned).collect();
    let fitting = possible(&words).into_iter().filter(|word| starts_with(word, typed));
    let mut found: Vec<String> = fitting.map(|word| in_case_of(&word, typed)).collect();
    found.sort();
    found.dedup();
    (start, found)
}

/// All words that may follow these.
fn possible(words: &[String]) -> Vec<String> {
    match words {
        [] => {
            catalog::top_level().map(|command| command.name.to_owned()).chain(["help".to_owned()]).collect()
        }
        [help] if help.eq_ignore_ascii_case("help") || help == "?" => topics(),
        [help, container] if help.eq_ignore_ascii_case("help") => subcommands(container),
        [set] if set.eq_ignore_ascii_case(":set") => vec!["hints".to_owned(), "nohints".to_owned()],
        [container] if !subcommands(container).is_empty() => subcommands(container),
        words => {
            let tokens = hints::rest(words).map(|rest| rest.tokens).unwrap_or_default();
            tokens.into_iter().filter(|token| !token.is_empty()).map(str::to_owned).collect()
        }
    }
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
    let small = word.starts_with('@') || typed.starts_with(|first: char| first.is_ascii_lowercase());
    if small { word.to_ascii_lowercase() } else { word.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::candidates;

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
    }
}
