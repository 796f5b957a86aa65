//! `command | program` and `command > file` at the prompt: the reply goes there, byte for byte, instead of to the
//! terminal. A bare `|`, `>` or `>>` between blanks and outside quotes says so; XREADGROUP, whose `>` means new
//! entries, is never taken apart at one.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::engine::Engine;
use super::format::Format;
use crate::ui::{Error, Out, Result};

/// Where a reply goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Sink {
    /// To the standard input of a shell command.
    Program(String),
    /// To a file, perhaps behind what is there.
    File(PathBuf, bool),
}

/// Takes the sink off a line, if it has one.
pub fn split(line: &str) -> (&str, Option<Sink>) {
    let is_stream = line.trim_start().get(..10).is_some_and(|word| word.eq_ignore_ascii_case("xreadgroup"));
    for (at, word) in bare_words(line) {
        let rest = line[at + word.len()..].trim();
        let sink = match word {
            _ if rest.is_empty() => continue,
            "|" => Sink::Program(rest.to_owned()),
            ">" | ">>" if !is_stream && !rest.contains(char::is_whitespace) => {
                Sink::File(PathBuf::from(rest), word == ">>")
            }
            _ => continue,
        };
        return (line[..at].trim_end(), Some(sink));
    }
    (line, None)
}

/// The words outside quotes, and where they begin.
fn bare_words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut begun = None;
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, _) if character.is_whitespace() => {
                words.extend(begun.take().map(|from: usize| (from, &line[from..at])));
                continue;
            }
            (None, _) => {}
        }
        begun = begun.or(Some(at));
    }
    words.extend(begun.map(|from| (from, &line[from..])));
    words
}

/// A sink in use: the terminal's stream and format wait here.
pub struct Opened {
    data: Out,
    format: Format,
    for_people: bool,
    child: Option<Child>,
}

impl Opened {
    /// Points the output at the sink.
    ///
    /// # Errors
    /// The file cannot be opened, the program not started.
    pub fn new(engine: &mut Engine, sink: &Sink) -> Result<Self> {
        let (out, child) = match sink {
            Sink::File(path, append) => {
                let file =
                    OpenOptions::new().create(true).write(true).append(*append).truncate(!append).open(path);
                let failed = |error| Error::failed(format!("cannot write {}", path.display())).source(&error);
                (Out::into_writer(file.map_err(failed)?), None)
            }
            Sink::Program(line) => {
                let started = Command::new("sh").arg("-c").arg(line).stdin(Stdio::piped()).spawn();
                let failed = |error| Error::failed(format!("cannot run {line}")).source(&error);
                let mut child = started.map_err(failed)?;
                let Some(input) = child.stdin.take() else {
                    return Err(Error::failed("the program takes no input"));
                };
                (Out::into_writer(input), Some(child))
            }
        };
        let data = std::mem::replace(&mut engine.console.data, out);
        let format = engine.renderer.format;
        engine.renderer.exact = true;
        let for_people = std::mem::replace(&mut engine.for_people, false);
        if format == Format::Human {
            engine.renderer.format = Format::Raw;
        }
        Ok(Self { data, format, for_people, child })
    }

    /// Gives the terminal back and waits for the program.
    ///
    /// # Errors
    /// The program cannot be waited for.
    pub fn close(self, engine: &mut Engine) -> Result<()> {
        engine.console.data = self.data;
        engine.renderer.format = self.format;
        engine.renderer.exact = false;
        engine.for_people = self.for_people;
        if let Some(mut child) = self.child {
            child.wait().map_err(|error| Error::failed("cannot wait for the program").source(&error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_their_sinks() {
        let program = |text: &str| Some(Sink::Program(text.to_owned()));
        let file = |name: &str, append| Some(Sink::File(PathBuf::from(name), append));
        let table = [
            ("get a", "get a", None),
            ("get a | jq .x | head", "get a", program("jq .x | head")),
            ("get a > /tmp/x", "get a", file("/tmp/x", false)),
            ("get a >> x", "get a", file("x", true)),
            ("set a \" | b\"", "set a \" | b\"", None),
            ("set a '> b' | cat", "set a '> b'", program("cat")),
            ("acl setuser bob >secret", "acl setuser bob >secret", None),
            ("XREADGROUP GROUP g c STREAMS a b > >", "XREADGROUP GROUP g c STREAMS a b > >", None),
            ("echo >", "echo >", None),
        ];
        for (line, command, sink) in table {
            assert_eq!(split(line), (command, sink), "{line}");
        }
    }
}
