//! The line editor: rustyline, told about commands by [`complete`] and [`hints`], and about secrets by
//! [`secrecy`]. The history keeps lines across sessions, each written when it is typed, so that two
//! shells side by side do not overwrite each other's.

use std::borrow::Cow;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::{FileHistory, History};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, EditMode, Editor as Rustyline, Helper};

use super::face::Face;
use super::hints::Source;
use super::names::Names;
use super::words::Command;
use super::{complete, guard, history, lines, local, secrecy};
use crate::catalog;
use crate::limits::HISTORY_LINES_MAX;
use crate::names::profiles::Colour;
use crate::resp::quote;
use crate::ui::{Error, Out, Result};

const GREY: &str = "\x1b[90m";
const PLAIN: &str = "\x1b[0m";

/// What the person did at the prompt.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// A line, or several that were pasted at once.
    Text(String),
    /// Ctrl-C: this line is not meant.
    Cancelled,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// The editor and its history file.
pub struct Editor {
    inner: Rustyline<Assistant, FileHistory>,
    file: Option<PathBuf>,
}

impl Editor {
    /// An editor with the history of earlier sessions. `out` says whether colour is wanted.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn new(out: &Out, face: Face) -> Result<Self> {
        let failed = |error: ReadlineError| Error::failed("cannot use the terminal").source(&error);
        let config = Config::builder()
            .max_history_size(HISTORY_LINES_MAX)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(failed)?
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .build();
        let mut inner = Rustyline::with_config(config).map_err(failed)?;
        inner.set_helper(Some(Assistant {
            hints: true,
            colours: out.has_color(),
            face,
            names: None,
            prompt: None,
        }));
        let file = history::path().filter(|path| history::prepare(path).is_ok());
        if let Some(path) = &file {
            // An unreadable history is an empty one.
            let _ = inner.load_history(path);
        }
        Ok(Self { inner, file })
    }

    /// Reads what is typed or pasted up to Enter.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn read(&mut self, prompt: &str) -> Result<Input> {
        match self.inner.readline(prompt) {
            Ok(text) => Ok(Input::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Input::Cancelled),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(error) => Err(Error::failed("cannot read the terminal").source(&error)),
        }
    }

    /// Adds a line to the history, unless it holds a secret: then without it, or not at all.
    pub fn remember(&mut self, line: &str) {
        let split = quote::split(line.as_bytes());
        let is_whole = split.is_ok();
        let words = split.unwrap_or_else(|_| rough_words(line));
        let secret = secrecy::holds_secret(&words);
        let own = self.inner.helper().is_some_and(|assistant| assistant.face == Face::Own);
        if words.is_empty() || secret && !(own && is_whole) {
            return;
        }
        let kept = if secret { secrecy::redacted(&words) } else { line.to_owned() };
        if self.inner.history_mut().add(&kept).unwrap_or(false)
            && let Some(path) = &self.file
        {
            // The history is a convenience: a full disk must not get in the way of the command.
            let _ = self.inner.append_history(path);
        }
    }

    /// Turns hints on or off.
    pub fn set_hints(&mut self, on: bool) {
        if let Some(assistant) = self.inner.helper_mut() {
            assistant.hints = on;
        }
    }

    /// The prompt's colour.
    pub fn set_colour(&mut self, colour: Option<Colour>) {
        if let Some(assistant) = self.inner.helper_mut() {
            assistant.prompt = colour.map(|colour| match colour {
                Colour::Red => "\x1b[31m",
                Colour::Yellow => "\x1b[33m",
                Colour::Green => "\x1b[32m",
                Colour::Blue => "\x1b[34m",
            });
        }
    }

    /// Says whom to ask for names.
    pub fn set_names(&mut self, names: Option<Names>) {
        if let Some(assistant) = self.inner.helper_mut() {
            assistant.names = names;
        }
    }

    /// Keys as in vi, or as in emacs.
    pub fn set_vi(&mut self, vi: bool) {
        self.inner.set_edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs });
    }

    /// Clears the screen.
    pub fn clear_screen(&mut self) {
        // A terminal that cannot be cleared stays as it is.
        let _ = self.inner.clear_screen();
    }
}

/// The words of a line whose quotes do not close: it may hold a password all the same.
fn rough_words(line: &str) -> Vec<Vec<u8>> {
    let words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words.map(|word| word.as_bytes().to_vec()).collect()
}

/// What rustyline asks while a line is typed.
struct Assistant {
    hints: bool,
    colours: bool,
    face: Face,
    /// Who knows the names of keys and directives.
    names: Option<Names>,
    /// The code of the prompt's colour.
    prompt: Option<&'static str>,
}

impl Assistant {
    fn source(&self) -> Source<'_> {
        Source { names: self.names.as_ref(), face: self.face }
    }
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let line = line.get(..pos).unwrap_or(line);
        let (start, mut found) = complete::candidates(line, self.source());
        if let Some(names) = &self.names
            && let Some((wanted, typed)) = complete::wanted(line, self.source())
        {
            found.extend(names.find(&wanted, typed));
        }
        Ok((start, found))
    }
}

impl Hinter for Assistant {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<String> {
        if !self.hints || pos < line.len() {
            return None;
        }
        let hint = self.source().hint(line)?;
        let gap = if line.ends_with(char::is_whitespace) { "" } else { " " };
        (!hint.is_empty()).then(|| format!("{gap}{hint}"))
    }
}

impl Highlighter for Assistant {
    /// The command word: known, dangerous, or nobody's.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let start = line.len() - line.trim_start().len();
        let end = line[start..].find(char::is_whitespace).map_or(line.len(), |at| start + at);
        let word = &line[start..end];
        if !self.colours || self.face == Face::RedisCli || word.is_empty() {
            return Cow::Borrowed(line);
        }
        let Some(code) = word_colour(word, end < line.len()) else { return Cow::Borrowed(line) };
        Cow::Owned(format!("{}{code}{word}{PLAIN}{}", &line[..start], &line[end..]))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colours && self.face == Face::Own
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.prompt.filter(|_| self.colours) {
            Some(code) => Cow::Owned(format!("{code}{prompt}{PLAIN}")),
            None => Cow::Borrowed(prompt),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colours { Cow::Owned(format!("{GREY}{hint}{PLAIN}")) } else { Cow::Borrowed(hint) }
    }
}

/// Bold what is a command, red what destroys, and red and underlined what nobody knows, once it is typed whole.
fn word_colour(word: &str, is_whole: bool) -> Option<&'static str> {
    let own = local::is_word(word);
    let words = [word.as_bytes().to_vec()];
    let destroys = Command::new(&words).is_some_and(|command| guard::is_fatal(&command));
    match catalog::lookup(word.as_bytes()) {
        Some(_) if destroys => Some("\x1b[1;31m"),
        Some(_) => Some("\x1b[1m"),
        None if own
            || !is_whole
            || word.starts_with('#')
            || word.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            None
        }
        None => Some("\x1b[4;31m"),
    }
}

impl Validator for Assistant {
    /// An open quote: the value goes on in the next line.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let goes_on = self.face == Face::Own && lines::is_open(context.input());
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Helper for Assistant {}
