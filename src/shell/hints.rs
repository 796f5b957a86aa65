//! The syntax of commands as text, and what of it is left when some words are typed.
//!
//! ```text
//! SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|...|KEEPTTL]
//! set k v ex 10 _            ->  [NX|XX] [GET]
//! ```
//!
//! Typed words are matched against the catalog's argument tree: required arguments in order, a run of
//! optional ones in any order, each at most once unless it may repeat. Words that fit nowhere end the
//! hint: a wrong hint is worse than none. The same walk yields the words that may come next, which
//! is what completion offers.

use crate::catalog::{self, Arg, ArgKind, Command};

/// What may still be typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// The remaining syntax.
    pub hint: String,
    /// Words that may come next.
    pub tokens: Vec<&'static str>,
    /// Whether the next word is a key's name.
    pub wants_key: bool,
}

/// How an argument and the words fit together.
enum Fit {
    /// The words are something else.
    No,
    /// The argument took so many words, and could take more if a hint is left.
    Yes(usize, Option<String>),
    /// The words ended inside the argument.
    Partly(Rest),
}

/// The command a line begins with, and how many words name it.
pub fn find(words: &[String]) -> Option<(&'static Command, usize)> {
    let command = catalog::lookup(words.first()?.as_bytes())?;
    match words.get(1).and_then(|word| catalog::lookup_sub(command, word.as_bytes())) {
        Some(sub) => Some((sub, 2)),
        None => Some((command, 1)),
    }
}

/// What may follow the words of a line, the command among them; none if they do not fit its syntax.
pub fn rest(words: &[String]) -> Option<Rest> {
    let (command, named) = find(words)?;
    match walk(command.args, words.get(named..)?) {
        Fit::Partly(rest) => Some(rest),
        Fit::Yes(used, more) if used == words.len() - named => {
            let wants_key = more.as_deref().is_some_and(|more| more.starts_with("[key"));
            Some(Rest { hint: more.unwrap_or_default(), tokens: Vec::new(), wants_key })
        }
        _ => None,
    }
}

/// The whole syntax of a list of arguments.
pub fn syntax(args: &[Arg]) -> String {
    args.iter().map(optional_syntax).collect::<Vec<_>>().join(" ")
}

/// One argument, in brackets if it may be left out.
fn optional_syntax(arg: &Arg) -> String {
    let text = repeated_syntax(arg);
    if arg.optional { format!("[{text}]") } else { text }
}

/// One argument and how it repeats.
fn repeated_syntax(arg: &Arg) -> String {
    let value = value_syntax(arg);
    let once = join(arg.token, &value);
    match (arg.multiple, arg.multiple_token) {
        (false, _) => once,
        (true, true) => format!("{once} [{once} ...]"),
        (true, false) => format!("{once} [{value} ...]"),
    }
}

/// What stands behind an argument's token.
fn value_syntax(arg: &Arg) -> String {
    match arg.kind {
        ArgKind::PureToken => String::new(),
        ArgKind::Block => syntax(arg.children),
        ArgKind::OneOf => {
            let choices = arg.children.iter().map(optional_syntax).collect::<Vec<_>>().join("|");
            if arg.optional { choices } else { format!("<{choices}>") }
        }
        _ => arg.shown().to_owned(),
    }
}

/// A token and a value with a space between, if there are both. The empty token is shown as quotes.
fn join(token: Option<&str>, value: &str) -> String {
    let token = token.map(|token| if token.is_empty() { "\"\"" } else { token });
    match token {
        Some(token) if value.is_empty() => token.to_owned(),
        Some(token) => format!("{token} {value}"),
        None => value.to_owned(),
    }
}

/// Matches a list of arguments with words.
fn walk(args: &[Arg], words: &[String]) -> Fit {
    let mut used = 0;
    let mut at = 0;
    let mut more = None;
    while at < args.len() {
        let end = at + args[at..].iter().take_while(|arg| arg.optional).count();
        if end > at {
            match walk_options(&args[at..end], &args[end..], &words[used..]) {
                Fit::Yes(taken, left) => (used, more, at) = (used + taken, left, end),
                other => return other,
            }
            continue;
        }
        match take(&args[at], &args[at + 1..], &words[used..]) {
            Fit::Yes(taken, left) => (used, more, at) = (used + taken, left, at + 1),
            Fit::Partly(rest) => return Fit::Partly(followed_by(rest, &args[at + 1..])),
            Fit::No => return if used == words.len() { unstarted(more, &args[at..]) } else { Fit::No },
        }
    }
    Fit::Yes(used, more)
}

/// The words ended before these arguments.
fn unstarted(more: Option<String>, args: &[Arg]) -> Fit {
    let first_required = args.iter().position(|arg| !arg.optional).map_or(args.len(), |at| at + 1);
    let tokens = args[..first_required].iter().flat_map(first_words).collect();
    let hint = join(more.as_deref(), &syntax(args));
    let repeats_key = more.as_deref().is_some_and(|more| more.starts_with("[key"));
    let wants_key = repeats_key || args.first().is_some_and(begins_with_key);
    Fit::Partly(Rest { hint, tokens, wants_key })
}

/// A rest, with the arguments behind it.
fn followed_by(mut rest: Rest, args: &[Arg]) -> Rest {
    for arg in args {
        rest.hint = join(Some(&rest.hint), &optional_syntax(arg));
    }
    rest
}

/// Matches a run of optional arguments in any order.
fn walk_options(options: &[Arg], after: &[Arg], words: &[String]) -> Fit {
    let mut open: Vec<&Arg> = options.iter().collect();
    let mut used = 0;
    let mut more = None;
    while used < words.len() {
        let stops: Vec<Arg> = open.iter().map(|arg| **arg).chain(after.iter().copied()).collect();
        let fits = open.iter().map(|arg| take(arg, &stops, &words[used..])).enumerate();
        let Some((at, fit)) = fits.into_iter().find(|(_, fit)| !matches!(fit, Fit::No)) else { break };
        open.remove(at);
        match fit {
            Fit::Yes(taken, left) => (used, more) = (used + taken, left),
            Fit::Partly(rest) => {
                let others: Vec<Arg> = open.into_iter().copied().collect();
                return Fit::Partly(followed_by(followed_by(rest, &others), after));
            }
            Fit::No => {}
        }
    }
    if used < words.len() {
        return Fit::Yes(used, None);
    }
    let left: Vec<Arg> = open.into_iter().copied().chain(after.iter().copied()).collect();
    if left.is_empty() { Fit::Yes(used, more) } else { unstarted(more, &left) }
}

/// Matches one argument as often as it may repeat; a token of a later argument ends the repetition.
fn take(arg: &Arg, later: &[Arg], words: &[String]) -> Fit {
    let mut used = match take_once(arg, words, true) {
        Fit::Yes(used, _) => used,
        other => return other,
    };
    if !arg.multiple {
        return Fit::Yes(used, None);
    }
    let stops: Vec<&str> = later.iter().flat_map(first_words).collect();
    while used < words.len() && !stops.iter().any(|stop| stop.eq_ignore_ascii_case(&words[used])) {
        match take_once(arg, &words[used..], arg.multiple_token) {
            Fit::Yes(taken, _) => used += taken,
            Fit::No => break,
            partly @ Fit::Partly(_) => return partly,
        }
    }
    let again = if arg.multiple_token { join(arg.token, &value_syntax(arg)) } else { value_syntax(arg) };
    Fit::Yes(used, Some(format!("[{again} ...]")))
}

/// Matches one occurrence of an argument.
fn take_once(arg: &Arg, words: &[String], with_token: bool) -> Fit {
    let token = arg.token.filter(|_| with_token);
    let Some(word) = words.first() else { return Fit::No };
    let skipped = match token {
        Some(token) if token.eq_ignore_ascii_case(word) => 1,
        Some(_) => return Fit::No,
        None => 0,
    };
    let words = &words[skipped..];
    if arg.kind == ArgKind::PureToken {
        return Fit::Yes(skipped, None);
    }
    if words.is_empty() {
        let wants_key = begins_with_key(arg);
        return Fit::Partly(Rest { hint: value_syntax(arg), tokens: value_words(arg), wants_key });
    }
    match take_value(arg, words) {
        Fit::Yes(used, more) => Fit::Yes(skipped + used, more),
        other => other,
    }
}

/// Matches what stands behind an argument's token.
fn take_value(arg: &Arg, words: &[String]) -> Fit {
    let fits = |yes: bool| if yes { Fit::Yes(1, None) } else { Fit::No };
    match arg.kind {
        ArgKind::Block => walk(arg.children, words),
        ArgKind::OneOf => {
            let fits = arg.children.iter().map(|child| take(child, &[], words));
            fits.into_iter().find(|fit| !matches!(fit, Fit::No)).unwrap_or(Fit::No)
        }
        ArgKind::Integer | ArgKind::UnixTime => {
            fits(words.first().is_some_and(|word| word.parse::<i64>().is_ok()))
        }
        ArgKind::Double => fits(words.first().is_some_and(|word| word.parse::<f64>().is_ok())),
        _ => fits(!words.is_empty()),
    }
}

/// Whether an argument, its token aside, begins with a key's name.
fn begins_with_key(arg: &Arg) -> bool {
    match arg.kind {
        ArgKind::Key(_) => true,
        ArgKind::Block => arg.children.first().is_some_and(begins_with_key),
        _ => false,
    }
}

/// The fixed words an argument can begin with.
fn first_words(arg: &Arg) -> Vec<&'static str> {
    match arg.token {
        Some(token) => vec![token],
        None => value_words(arg),
    }
}

/// The fixed words an argument's value can begin with.
fn value_words(arg: &Arg) -> Vec<&'static str> {
    match arg.kind {
        ArgKind::OneOf => arg.children.iter().flat_map(first_words).collect(),
        ArgKind::Block => arg.children.first().map(first_words).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str) -> Option<String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        rest(&words).map(|rest| rest.hint)
    }

    fn tokens(line: &str) -> Vec<&'static str> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        rest(&words).unwrap().tokens
    }

    #[test]
    fn the_hint_shrinks_as_words_are_typed() {
        assert_eq!(hint("get").as_deref(), Some("key"));
        assert_eq!(hint("get k").as_deref(), Some(""));
        assert_eq!(hint("get k x"), None);
        assert_eq!(hint("del").as_deref(), Some("key [key ...]"));
        assert_eq!(hint("del a").as_deref(), Some("[key ...]"));
        assert_eq!(hint("del a b").as_deref(), Some("[key ...]"));
        assert_eq!(hint("mset a 1").as_deref(), Some("[key value ...]"));
        assert_eq!(hint("mset a 1 b").as_deref(), Some("value"));
        assert_eq!(hint("nosuch"), None);
    }

    #[test]
    fn options_come_in_any_order() {
        let options = hint("set k v").unwrap();
        assert!(options.starts_with("[NX|XX"), "{options}");
        let after = hint("set k v ex 10").unwrap();
        assert!(after.contains("[GET]") && !after.contains("EX seconds"), "{after}");
        assert!(hint("set k v get nx").is_some());
        assert!(hint("set k v ex").unwrap().starts_with("seconds"));
        assert_eq!(hint("set k v ex soon"), None);
        assert_eq!(hint("set k v nonsense"), None);
    }

    #[test]
    fn subcommands_have_their_own() {
        assert_eq!(hint("config get").as_deref(), Some("parameter [parameter ...]"));
        assert_eq!(hint("object encoding").as_deref(), Some("key"));
    }

    #[test]
    fn a_later_option_ends_a_list() {
        let left = hint("zinter 2 a b withscores").unwrap();
        assert!(!left.contains("[WITHSCORES]"), "{left}");
    }

    #[test]
    fn tokens_are_what_may_come_next() {
        assert!(tokens("set k v").contains(&"NX") && tokens("set k v").contains(&"EX"));
        assert!(!tokens("set k v get").contains(&"GET"));
        assert_eq!(tokens("get"), Vec::<&str>::new());
    }

    #[test]
    fn keys_are_told_from_other_words() {
        let wants_key = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            rest(&words).is_some_and(|rest| rest.wants_key)
        };
        for line in ["get", "del", "del a", "mset", "mset a 1", "lmove", "lmove a", "xread streams", "zadd"] {
            assert!(wants_key(line), "{line}");
        }
        for line in ["get a", "set a", "mset a", "config get", "ping", "expire a", "publish"] {
            assert!(!wants_key(line), "{line}");
        }
    }

    #[test]
    fn every_command_has_a_syntax_that_can_be_written() {
        for command in catalog::all() {
            let text = syntax(command.args);
            assert!(!text.contains("  "), "{}: {text}", command.full_name);
        }
    }
}
