//! The syntax of a command as text, and what of it is left when some words are typed.
//!
//! ```text
//! SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|...|KEEPTTL]
//! set k v ex 10 _            ->  [NX|XX] [GET]
//! set k v ex _               ->  seconds [NX|XX] [GET]
//! ```
//!
//! Typed words are matched against the syntax: required arguments in order, a run of optional ones in any
//! order, each at most once unless it may repeat. What a word has filled is marked, and the marks decide
//! what is still shown: nothing of an argument that is whole, an unfinished one first. Words that fit
//! nowhere end the hint: a wrong hint is worse than none. The texts are redis-cli's (7.2), whose suite for
//! hints is run by the tests; the same marks yield the words that may come next, which completion offers.

use std::rc::Rc;

use super::face::Face;
use super::names::Names;
use super::syntax::{self, Kind, Part};
use crate::catalog::{self, Command};
use crate::resp::quote;

/// What may still be typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// The remaining syntax.
    pub hint: String,
    /// Words that may come next.
    pub tokens: Vec<String>,
    /// Whether the next word is a key's name.
    pub wants_key: bool,
}

/// The command a line begins with, and how many words name it.
pub fn find(words: &[String]) -> Option<(&'static Command, usize)> {
    let command = catalog::lookup(words.first()?.as_bytes())?;
    match words.get(1).and_then(|word| catalog::lookup_sub(command, word.as_bytes())) {
        Some(sub) => Some((sub, 2)),
        None => Some((command, 1)),
    }
}

/// Who knows the syntax of commands: the server, if it can be asked, and the catalog.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The server.
    pub names: Option<&'a Names>,
    /// Whose hints are wanted.
    pub face: Face,
}

impl Source<'_> {
    /// The catalog alone.
    #[cfg(test)]
    pub const CATALOG: Source<'static> = Source { names: None, face: Face::Own };

    /// The syntax of the command these words begin with, and how many of them name it.
    fn syntax(&self, words: &[String]) -> Option<(Rc<Vec<Part>>, usize)> {
        self.names.and_then(|names| names.syntax(words)).or_else(|| {
            let (command, named) = find(words)?;
            Some((Rc::new(syntax::of(command, self.face)), named))
        })
    }

    /// What may follow the words of a line, the command among them; none if they do not fit its syntax.
    pub fn rest(&self, words: &[String]) -> Option<Rest> {
        let (syntax, named) = self.syntax(words)?;
        rest(&syntax, words.get(named..)?, self.face)
    }

    /// The hint of a line that is being typed: its last word counts once a blank follows it. None without a
    /// command.
    pub fn hint(&self, line: &str) -> Option<String> {
        let split = quote::split(line.as_bytes()).ok()?;
        let mut words: Vec<String> =
            split.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        if !line.ends_with(char::is_whitespace) {
            words.pop();
        }
        let (syntax, named) = self.syntax(&words)?;
        let rest = rest(&syntax, words.get(named..)?, self.face);
        Some(rest.map(|rest| rest.hint).unwrap_or_default())
    }
}

/// What may follow these words of a command with this syntax; none if they do not fit.
fn rest(syntax: &[Part], words: &[String], face: Face) -> Option<Rest> {
    let mut marked: Vec<Marked<'_>> = syntax.iter().map(|part| Marked::new(part, face)).collect();
    if match_all(&mut marked, words) != words.len() {
        return None;
    }
    let (mut tokens, mut wants_key) = (Vec::new(), false);
    next_words(&marked, &mut tokens, &mut wants_key);
    let mut hint = String::new();
    show_all(&mut hint, &marked, " ");
    Some(Rest { hint, tokens, wants_key })
}

/// The whole syntax of a command.
pub fn whole(command: &Command) -> String {
    rest(&syntax::of(command, Face::Own), &[], Face::Own).map(|rest| rest.hint).unwrap_or_default()
}

/// An argument, and what of it is typed.
struct Marked<'a> {
    part: &'a Part,
    face: Face,
    /// Words that it took.
    words: usize,
    /// Its token is typed.
    token: bool,
    /// Its value is typed.
    value: bool,
    /// Nothing is missing.
    whole: bool,
    /// It could be given once more.
    again: bool,
    children: Vec<Marked<'a>>,
}

impl<'a> Marked<'a> {
    fn new(part: &'a Part, face: Face) -> Self {
        let children = part.children.iter().map(|child| Marked::new(child, face)).collect();
        Self { part, face, words: 0, token: false, value: false, whole: false, again: false, children }
    }

    fn clear(&mut self) {
        *self = Self::new(self.part, self.face);
    }

    /// Matches it as often as it may repeat; the number of words it takes.
    fn fit(&mut self, words: &[String]) -> usize {
        let mut used = self.fit_once(words);
        if !self.part.multiple {
            return used;
        }
        while self.whole && used < words.len() {
            self.clear();
            self.again = true;
            if self.part.token.is_some() && !self.part.multiple_token {
                used += self.fit_value(&words[used..]);
                self.token = self.words > 0;
            } else {
                used += self.fit_once(&words[used..]);
            }
        }
        self.again |= self.whole;
        self.whole = false;
        used
    }

    /// How many of the words it may take: a repetition ends before the token of an argument behind it (`ZINTER 2 a b
    /// WITHSCORES`). redis-cli lets it take them all.
    fn end_of_repetition(&self, later: &[Marked<'_>], words: &[String]) -> usize {
        if !self.part.multiple || self.face.is_strict() {
            return words.len();
        }
        let stops: Vec<String> = later.iter().flat_map(|arg| arg.part.first_words()).collect();
        let is_stop = |word: &String| stops.iter().any(|stop| stop.eq_ignore_ascii_case(word));
        words.iter().skip(1).position(is_stop).map_or(words.len(), |at| at + 1)
    }

    fn fit_once(&mut self, words: &[String]) -> usize {
        let Some(token) = &self.part.token else { return self.fit_value(words) };
        if !words.first().is_some_and(|word| word.eq_ignore_ascii_case(token)) {
            return 0;
        }
        (self.token, self.words) = (true, 1);
        if self.part.kind == Kind::PureToken {
            self.whole = true;
            return 1;
        }
        if words.len() > 1 && self.fit_value(&words[1..]) == 0 {
            self.words = 0;
        }
        self.words
    }

    /// Matches what stands behind the token; the words with which it now stands, 0 if they are something else.
    fn fit_value(&mut self, words: &[String]) -> usize {
        let fits = match self.part.kind {
            Kind::Block => {
                self.words += match_all(&mut self.children, words);
                self.whole = self.children.iter().all(|child| child.whole);
                return self.words;
            }
            Kind::OneOf => {
                if let Some(child) =
                    self.children.iter_mut().find_map(|child| (child.fit(words) > 0).then_some(child))
                {
                    self.words += child.words;
                    self.whole = child.whole;
                }
                return self.words;
            }
            Kind::Integer => is_integer(&words[0]),
            Kind::Double => words[0].parse::<f64>().is_ok(),
            _ => true,
        };
        (self.value, self.whole) = (fits, fits);
        self.words = if fits { self.words + 1 } else { 0 };
        self.words
    }
}

fn is_integer(word: &str) -> bool {
    word.parse::<i64>().is_ok()
}

/// Matches a list of arguments; the number of words that fit, 0 if a required argument does not.
fn match_all(args: &mut [Marked<'_>], words: &[String]) -> usize {
    let (mut used, mut at) = (0, 0);
    while used < words.len() && at < args.len() {
        let run = args[at..].iter().take_while(|arg| arg.part.optional).count();
        if run > 0 {
            used += match_any_order(&mut args[at..at + run], &words[used..]);
            at += run;
            continue;
        }
        let end = args[at].end_of_repetition(&args[at + 1..], &words[used..]);
        match args[at].fit(&words[used..used + end]) {
            0 => return 0,
            taken => used += taken,
        }
        at += 1;
    }
    used
}

/// Matches a run of optional arguments. One that another follows is not open any more.
fn match_any_order(args: &mut [Marked<'_>], words: &[String]) -> usize {
    let mut used = 0;
    let mut last: Option<usize> = None;
    while used < words.len() {
        let mut open = (0..args.len()).filter(|at| args[*at].words == 0).collect::<Vec<_>>().into_iter();
        let Some((at, taken)) =
            open.find_map(|at| Some((at, args[at].fit(&words[used..]))).filter(|found| found.1 > 0))
        else {
            break;
        };
        if let Some(last) = last.replace(at) {
            args[last].whole = true;
        }
        used += taken;
    }
    used
}

/// Writes what is left of a list of arguments.
fn show_all(hint: &mut String, args: &[Marked<'_>], separator: &str) {
    let mut pieces: Vec<String> = Vec::new();
    let mut at = 0;
    while at < args.len() {
        let run = args[at..].iter().take_while(|arg| arg.part.optional).count();
        let (optional, behind) = args[at..].split_at(run);
        let is_open = |arg: &Marked<'_>| arg.words > 0 && !arg.whole;
        pieces.extend(optional.iter().filter(|arg| is_open(arg)).map(Marked::left));
        if behind.first().is_none_or(|next| next.words == 0) {
            pieces.extend(optional.iter().filter(|arg| !is_open(arg)).map(Marked::left));
        }
        pieces.extend(behind.first().map(Marked::left));
        at += run + 1;
    }
    pieces.retain(|piece| !piece.is_empty());
    hint.push_str(&pieces.join(separator));
}

impl Marked<'_> {
    /// What is left of one argument.
    fn left(&self) -> String {
        if self.whole {
            return String::new();
        }
        let mut words: Vec<String> = Vec::new();
        words.extend(self.part.token.as_deref().filter(|_| !self.token).map(quoted));
        words.extend(Some(self.value_left()).filter(|value| !value.is_empty()));
        if self.part.multiple {
            words.push(self.repetition());
        }
        let text = words.join(" ");
        match self.part.optional {
            true if self.words == 0 => format!("[{text}]"),
            // redis-cli closes here the bracket that it did not open.
            true if self.part.multiple && self.face.is_strict() => format!("{text}]"),
            _ => text,
        }
    }

    fn value_left(&self) -> String {
        let mut text = String::new();
        match self.part.kind {
            Kind::OneOf if self.words > usize::from(self.token) => {
                let chosen = self.children.iter().filter(|child| child.words > 0);
                text = chosen.map(Marked::left).collect();
            }
            Kind::OneOf => show_all(&mut text, &self.children, "|"),
            Kind::Block => show_all(&mut text, &self.children, " "),
            Kind::PureToken => {}
            _ if self.value => {}
            _ => text = quoted(&self.part.shown),
        }
        text
    }

    /// The part that may be repeated, as a whole.
    fn repetition(&self) -> String {
        let fresh = Marked::new(self.part, self.face);
        let token = self.part.token.as_deref().filter(|_| self.part.multiple_token).map(quoted);
        let value = Some(fresh.value_left()).filter(|value| !value.is_empty());
        let words: Vec<String> = token.into_iter().chain(value).chain(["...".to_owned()]).collect();
        format!("[{}]", words.join(" "))
    }
}

/// The empty word is shown as quotes.
fn quoted(word: &str) -> String {
    if word.is_empty() { "\"\"".to_owned() } else { word.to_owned() }
}

/// Collects what the next word can be, from the first argument that is not whole. Whether the list could
/// end here, so that what stands behind it may come next too.
fn next_words(args: &[Marked<'_>], tokens: &mut Vec<String>, wants_key: &mut bool) -> bool {
    let mut at = 0;
    while at < args.len() {
        let run = args[at..].iter().take_while(|arg| arg.part.optional).count();
        let (optional, behind) = args[at..].split_at(run);
        if let Some(open) = optional.iter().find(|arg| arg.words > 0 && !arg.whole)
            && !open.next(tokens, wants_key)
        {
            return false;
        }
        if behind.first().is_none_or(|next| next.words == 0) {
            for arg in optional.iter().filter(|arg| arg.words == 0) {
                arg.begin(tokens, wants_key);
            }
        }
        if let Some(next) = behind.first().filter(|next| !next.whole)
            && !next.next(tokens, wants_key)
        {
            return false;
        }
        at += run + 1;
    }
    true
}

impl Marked<'_> {
    /// The words with which it can begin.
    fn begin(&self, tokens: &mut Vec<String>, wants_key: &mut bool) {
        tokens.extend(self.part.first_words());
        *wants_key |= self.part.token.is_none() && self.part.value_is_key();
    }

    /// The words with which it can go on; whether it could also end here.
    fn next(&self, tokens: &mut Vec<String>, wants_key: &mut bool) -> bool {
        if self.words == 0 {
            self.begin(tokens, wants_key);
            return false;
        }
        let ends = match self.part.kind {
            _ if self.words == usize::from(self.token) => {
                tokens.extend(self.part.value_words());
                *wants_key |= self.part.value_is_key();
                false
            }
            Kind::Block => next_words(&self.children, tokens, wants_key),
            Kind::OneOf => self
                .children
                .iter()
                .filter(|child| child.words > 0)
                .all(|child| child.whole || child.next(tokens, wants_key)),
            _ => true,
        };
        if ends && self.again {
            let with_token = self.part.multiple_token && self.part.token.is_some();
            tokens.extend(if with_token { self.part.first_words() } else { self.part.value_words() });
            *wants_key |= !with_token && self.part.value_is_key();
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str) -> Option<String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Source::CATALOG.rest(&words).map(|rest| rest.hint)
    }

    fn tokens(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Source::CATALOG.rest(&words).unwrap().tokens
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
        assert_eq!(hint("mset a 1 b").as_deref(), Some("value [key value ...]"));
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
        assert!(tokens("set k v").contains(&"NX".to_owned()) && tokens("set k v").contains(&"EX".to_owned()));
        assert!(!tokens("set k v get").contains(&"GET".to_owned()));
        assert_eq!(tokens("get"), Vec::<String>::new());
    }

    #[test]
    fn keys_are_told_from_other_words() {
        let wants_key = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Source::CATALOG.rest(&words).is_some_and(|rest| rest.wants_key)
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
            let text = whole(command);
            assert!(!text.contains("  "), "{}: {text}", command.full_name);
        }
    }
}
