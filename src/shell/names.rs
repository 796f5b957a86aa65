//! What the server knows for completion and hints: keys by one bounded SCAN, directives by CONFIG GET, the syntax of
//! a command by COMMAND DOCS, over a connection of their own that is made for each question. Whatever takes
//! longer than a person notices is no answer; production is not asked for keys. What commands there are and how they
//! are written is asked once, and not again after a refusal: the access log is not ours to fill.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use super::complete::Wanted;
use super::local;
use super::syntax::{self, Part};
use crate::client::{Client, ClientError, Target};
use crate::resp::value::Value;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_millis(50);
/// Keys that the SCAN looks at.
const SCAN_COUNT: &str = "1000";
/// Commands whose syntax is kept.
const DOCS_MAX: usize = 1000;
/// Names that are offered.
const OFFERED: usize = 50;

/// Whom to ask.
pub struct Names {
    target: Target,
    keys: bool,
    known: RefCell<Known>,
}

/// What the server documents under one word: names as they are typed, and what follows each.
type Docs = Vec<(String, Rc<Vec<Part>>)>;

/// What the server said.
#[derive(Default)]
struct Known {
    /// The names of its commands.
    commands: Option<Vec<String>>,
    /// The syntax of commands, under the first word of each; names as they are typed.
    docs: HashMap<String, Docs>,
    /// It would not say, or not in time.
    is_silent: bool,
}

impl Names {
    /// The server of the session; for its keys only if that is no burden.
    pub fn new(target: &Target, keys: bool) -> Self {
        let mut target = target.clone();
        target.name = None;
        Self { target, keys, known: RefCell::default() }
    }

    /// Names that begin so; none when the server is too slow, or refuses.
    pub fn find(&self, wanted: &Wanted, typed: &str) -> Vec<String> {
        if *wanted == Wanted::Key && !self.keys || typed.starts_with(['"', '\'']) {
            return Vec::new();
        }
        let mut names = self.in_time(self.ask(wanted, typed)).unwrap_or_default();
        names.sort();
        names.truncate(OFFERED);
        names
    }

    /// The names of the server's commands; none when it does not say.
    pub fn commands(&self) -> Vec<String> {
        let mut known = self.known.borrow_mut();
        if known.commands.is_none() && !known.is_silent {
            let reply = self.in_time(self.question(&["COMMAND", "LIST"]));
            known.is_silent = reply.is_none();
            let list = reply.as_ref().and_then(Value::as_list).unwrap_or_default();
            known.commands = Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        known.commands.clone().unwrap_or_default()
    }

    /// The syntax of the command these words begin with, as the server documents it, and how many words name it.
    pub fn syntax(&self, words: &[String]) -> Option<(Rc<Vec<Part>>, usize)> {
        let first = words.first().filter(|word| is_command_word(word))?.to_ascii_lowercase();
        let mut known = self.known.borrow_mut();
        if !known.docs.contains_key(&first) {
            if known.is_silent || known.docs.len() >= DOCS_MAX {
                return None;
            }
            let reply = self.in_time(self.question(&["COMMAND", "DOCS", &first]));
            known.is_silent = reply.is_none();
            let docs = reply.as_ref().map(syntax::of_docs).unwrap_or_default();
            known.docs.insert(
                first.clone(),
                docs.into_iter().map(|(name, parts)| (name, Rc::new(parts))).collect(),
            );
        }
        let docs = known.docs.get(&first)?;
        let find = |name: &str| docs.iter().find(|row| row.0 == name).map(|row| Rc::clone(&row.1));
        let second = words.get(1).map(|word| format!("{first} {}", word.to_ascii_lowercase()));
        let both = second.and_then(|name| find(&name)).map(|parts| (parts, 2));
        both.or_else(|| Some((find(&first)?, 1)))
    }

    async fn question(&self, words: &[&str]) -> Result<Value, ClientError> {
        let mut client = Client::connect(&self.target).await?;
        client.command(words).await
    }

    /// An answer, if it comes in time.
    fn in_time<T>(&self, question: impl Future<Output = Result<T, ClientError>>) -> Option<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, question).await });
        answer.ok()?.ok()
    }

    async fn ask(&self, wanted: &Wanted, typed: &str) -> Result<Vec<String>, ClientError> {
        let mut client = Client::connect(&self.target).await?;
        let pattern = format!("{}*", literally(typed));
        if *wanted == Wanted::Directive {
            let reply = client.command(&["CONFIG", "GET", &pattern]).await?;
            let names = match &reply {
                Value::Map(pairs) => pairs.iter().filter_map(|pair| pair.0.as_str()).collect::<Vec<_>>(),
                other => {
                    other.as_list().unwrap_or_default().iter().step_by(2).filter_map(Value::as_str).collect()
                }
            };
            return Ok(names.into_iter().map(str::to_owned).collect());
        }
        let reply = client.command(&["SCAN", "0", "MATCH", &pattern, "COUNT", SCAN_COUNT]).await?;
        let keys = reply.as_list().and_then(|parts| parts.get(1)?.as_list()).unwrap_or_default();
        Ok(keys.iter().filter_map(Value::as_str).filter(|key| is_bare(key)).map(str::to_owned).collect())
    }
}

/// Whether a word could be a command's name, and not a line of the shell's own or a count in front of a command.
fn is_command_word(word: &str) -> bool {
    !local::is_word(word)
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a name can stand in a line without quotes.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'\\".contains(c))
}

/// What is typed, as a pattern that matches itself.
fn literally(typed: &str) -> String {
    typed.chars().flat_map(|c| if "*?[]\\^".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_quotes() {
        assert!(is_bare("user:1") && is_bare("é"));
        assert!(!is_bare("a b") && !is_bare("") && !is_bare("a\"b"));
        assert_eq!(literally("a[1]*"), "a\\[1\\]\\*");
    }
}
